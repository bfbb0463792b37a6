use super::*;
use crate::{draft::DraftKey, key::KeyId, policy::EnvironmentPolicy};

const KEY: &str = include_str!("../../tests/life/public.pem");

fn details() -> ClientDetails {
    let draft = Draft {
        client_name: "Pharmacy First".into(),
        public_keys: vec![DraftKey::of(KEY)],
        redirect_uris: vec!["https://b.example.org/callback".into(), "https://a.example.org/callback/%C3%A9".into()],
        scopes: vec!["openid".into(), "email".into()],
        reasons: [("email".to_owned(), "To send a receipt of “each” order.".to_owned())].into(),
        vectors: vec!["P9.Cp.Cd".into(), "P9.Cm".into()],
        ..Draft::default()
    };
    let policy = EnvironmentPolicy::nhs_login().into_iter().find(|policy| policy.name == "sandpit").unwrap();
    let mut details = draft.check(&policy).unwrap();
    details.evidence = [("dspt".to_owned(), [("status".to_owned(), "standards_met".to_owned())].into())].into();
    details
}

/// What is published, and what digests and approvals are of, letter by letter.
#[test]
fn the_bytes_are_these() {
    let key = PublicKey::try_from(KEY.to_owned()).unwrap();
    let (n, thumbprint) = (key.jwk("RS512")["n"].as_str().unwrap().to_owned(), key.thumbprint());
    let metadata = format!(
        "{{\"client_name\":\"Pharmacy First\",\"grant_types\":[\"authorization_code\",\"refresh_token\"],\
         \"id_token_signed_response_alg\":\"RS512\",\"jwks\":{{\"keys\":[{{\"alg\":\"RS512\",\"e\":\"AQAB\",\
         \"kid\":\"{thumbprint}\",\"kty\":\"RSA\",\"n\":\"{n}\",\"use\":\"sig\"}}]}},\
         \"nhs_vtr\":[\"P9.Cp.Cd\",\"P9.Cm\"],\"redirect_uris\":[\"https://b.example.org/callback\",\
         \"https://a.example.org/callback/%C3%A9\"],\"response_types\":[\"code\"],\"scope\":\"openid email\",\
         \"token_endpoint_auth_method\":\"private_key_jwt\",\"token_endpoint_auth_signing_alg\":\"RS512\"}}"
    );
    let bytes = format!(
        "{{\"client_metadata\":{metadata},\"evidence\":{{\"dspt\":{{\"status\":\"standards_met\"}}}},\
         \"reasons\":{{\"email\":\"To send a receipt of “each” order.\"}}}}"
    );
    let frozen = details().freeze();
    assert_eq!((frozen.bytes.as_str(), frozen.metadata.as_str()), (bytes.as_str(), metadata.as_str()));
    assert_eq!(frozen.digest, hex_digest(bytes.as_bytes()));
    assert_eq!(frozen.metadata_digest, hex_digest(metadata.as_bytes()));
}

#[test]
fn what_was_frozen_is_read_back() {
    let mut details = details();
    details.public_keys[0].own_kid = KeyId::parse("signing-2026").ok();
    let frozen = details.freeze();
    let read = FrozenRevision::read(&frozen.bytes).unwrap();
    assert_eq!(read.metadata.published(), frozen.metadata);
    assert_eq!(ClientMetadata::read(&frozen.metadata).unwrap(), read.metadata);
    assert_eq!(read.metadata.client_name, details.client_name.as_str());
    assert_eq!(read.metadata.public_keys(), Some(vec![&details.public_keys[0].key]));
    assert_eq!(read.metadata.keys[0].own_kid(), "signing-2026");
    assert_eq!(read.metadata.scopes, ["openid", "email"]);
    assert_eq!((&read.reasons, &read.evidence), (&details.reasons, &details.evidence));
    let (draft, problems) = read.draft();
    assert_eq!(
        (draft.public_keys[0].kid.as_str(), &draft.evidence, problems),
        ("signing-2026", &details.evidence, vec![])
    );
    let settings: Vec<&str> = read.settings().map(|(name, _)| name).collect();
    let expected = [
        "grant_types",
        "id_token_signed_response_alg",
        "response_types",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
    ];
    assert_eq!(settings, expected);
}

#[test]
fn a_thumbprint_is_no_name_of_its_own() {
    let read = FrozenRevision::read(&details().freeze().bytes).unwrap();
    assert_eq!(read.metadata.keys[0].kid, details().public_keys[0].key.thumbprint());
    assert_eq!(read.metadata.keys[0].own_kid(), "");
}

#[test]
fn several_keys_are_read_in_their_order() {
    let key = PublicKey::try_from(KEY.to_owned()).unwrap();
    let mut broken = key.jwk("RS512");
    broken["n"] = json!(ERASED);
    let named = key.jwk_named("RS512", &KeyId::parse("second").unwrap());
    let of = |keys: &[&Value]| ClientMetadata::read(&json!({"jwks": {"keys": keys}}).to_string()).unwrap();
    let both = of(&[&key.jwk("RS512"), &named]);
    assert_eq!(both.keys.iter().map(ClientKey::own_kid).collect::<Vec<_>>(), ["", "second"]);
    assert_eq!(both.public_keys(), Some(vec![&key, &key]));
    // Nothing may rest on one of two.
    let half = of(&[&named, &broken]);
    assert!(half.keys[1].public_key.is_none() && half.public_keys().is_none());
    assert_eq!(of(&[]).public_keys(), None);
}

#[test]
fn a_member_that_is_not_there_is_empty_and_one_that_nobody_knows_is_not_lost() {
    assert_eq!(FrozenRevision::read("{}"), Ok(FrozenRevision::default()));
    assert_eq!(ClientMetadata::read("{}").unwrap().published(), "{}");
    let text = r#"{"client_metadata":{"client_name":"A","contacts":["b"]},"later":{"c":1}}"#;
    let read = FrozenRevision::read(text).unwrap();
    let settings: Vec<String> = read.settings().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(settings, [r#"contacts: ["b"]"#, r#"later: {"c":1}"#]);
    assert_eq!(read.metadata.published(), r#"{"client_name":"A","contacts":["b"]}"#);
}

/// As [`crate::erasure`] leaves a document: the mark in place of any text or name of a member, or of the whole.
#[test]
fn what_an_erasure_left_is_read() {
    fn erased(value: &Value, at: &mut usize) -> Value {
        let mut hit = || {
            *at = at.wrapping_sub(1);
            *at == usize::MAX
        };
        match value {
            Value::String(_) if hit() => json!(ERASED),
            Value::Array(entries) => entries.iter().map(|entry| erased(entry, at)).collect(),
            Value::Object(members) => {
                let mut left = Map::new();
                for (name, member) in members {
                    *at = at.wrapping_sub(1);
                    let name = if *at == usize::MAX { ERASED } else { name };
                    left.insert(name.to_owned(), erased(member, at));
                }
                Value::Object(left)
            }
            other => other.clone(),
        }
    }
    let document: Value = serde_json::from_str(&details().freeze().bytes).unwrap();
    let mut count = 0;
    loop {
        let left = erased(&document, &mut count.clone());
        if left == document {
            break;
        }
        let read = FrozenRevision::read(&canonical(&left)).unwrap();
        let metadata = left.get("client_metadata").cloned().unwrap_or_else(|| json!({}));
        assert_eq!(read.metadata.published(), canonical(&metadata));
        count += 1;
    }
    assert!(count > 40, "{count}");
    assert_eq!(FrozenRevision::read(ERASED), Ok(FrozenRevision::default()));
    assert_eq!(ClientMetadata::read(ERASED), Ok(ClientMetadata::default()));
}

#[test]
fn what_was_never_frozen_is_an_error() {
    for text in [
        "",
        "not JSON",
        "[]",
        r#"{"client_metadata":"a"}"#,
        r#"{"client_metadata":{"client_name":1}}"#,
        r#"{"client_metadata":{"redirect_uris":"https://a.example"}}"#,
        r#"{"client_metadata":{"redirect_uris":[1]}}"#,
        r#"{"client_metadata":{"jwks":{"keys":["a"]}}}"#,
        r#"{"client_metadata":{"jwks":{"keys":[{"kid":1}]}}}"#,
        r#"{"client_metadata":{"client_name":"a","client_name":"b"}}"#,
        r#"{"reasons":["a"]}"#,
        r#"{"evidence":{"a":"b"}}"#,
    ] {
        assert_eq!(FrozenRevision::read(text), Err(Unreadable), "{text}");
    }
    assert_eq!(ClientMetadata::read("[]"), Err(Unreadable));
    let said = Unreadable.to_string();
    assert_eq!(said, "what was frozen of a revision cannot be read");
}

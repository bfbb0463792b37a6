use std::{process::Command, sync::LazyLock};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

struct Pair {
    private: String,
    der: Vec<u8>,
    public: PublicKey,
}

fn pair() -> Pair {
    let openssl = |command: &str| {
        let output = Command::new("sh").args(["-ec", command]).output().unwrap();
        output.stdout
    };
    let private = String::from_utf8(openssl("openssl genrsa 2048 2>/dev/null")).unwrap();
    let der = openssl(&format!("echo '{private}' | openssl rsa -traditional -outform DER 2>/dev/null"));
    let public = String::from_utf8(openssl(&format!("echo '{private}' | openssl rsa -pubout 2>/dev/null"))).unwrap();
    Pair { private, der, public: PublicKey::parse(&public, &[2048]).unwrap() }
}

static OURS: LazyLock<Pair> = LazyLock::new(pair);
static THEIRS: LazyLock<Pair> = LazyLock::new(pair);

fn challenge() -> Challenge {
    Challenge {
        issuer: "client-1".into(),
        audience: "https://portal.example/possession".into(),
        nonce: "nonce-1".into(),
        algorithm: "RS512".into(),
    }
}

fn claims() -> Value {
    json!({
        "iss": "client-1", "sub": "client-1", "aud": "https://portal.example/possession",
        "jti": "nonce-1", "iat": NOW, "exp": NOW + 300,
    })
}

fn signed(pair: &Pair, header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_rsa_der(&pair.der)).unwrap()
}

fn verdict(assertion: &str) -> String {
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    match verify(assertion, &OURS.public, &challenge(), now) {
        Ok(()) => "accepted".into(),
        Err(problem) => {
            assert_eq!(problem.field, "assertion");
            problem.rule.name().to_owned()
        }
    }
}

/// The verdict on the right claims with some changed; `null` takes one out.
fn with(changes: Value) -> String {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            _ => claims[name] = value.clone(),
        }
    }
    verdict(&signed(&OURS, &Header::new(Algorithm::RS512), &claims))
}

#[test]
fn a_signed_nonce_is_accepted() {
    assert_eq!(with(json!({})), "accepted");
    assert_eq!(with(json!({ "aud": ["https://portal.example/possession"] })), "accepted");
    assert_eq!(with(json!({ "iat": null })), "accepted");
    assert_eq!(with(json!({ "exp": NOW + 3600 })), "accepted");
    assert_eq!(verdict(&format!("\n  {}\n", signed(&OURS, &Header::new(Algorithm::RS512), &claims()))), "accepted");
}

#[test]
fn each_wrong_claim_has_its_own_rule() {
    for (changes, rule) in [
        (json!({ "iss": "client-2" }), "assertion-iss"),
        (json!({ "iss": null }), "assertion-iss"),
        (json!({ "sub": "client-2" }), "assertion-sub"),
        (json!({ "aud": "https://portal.example" }), "assertion-aud"),
        (json!({ "aud": ["https://portal.example/possession", "https://other.example"] }), "assertion-aud"),
        (json!({ "aud": [] }), "assertion-aud"),
        (json!({ "aud": null }), "assertion-aud"),
        (json!({ "jti": "nonce-2" }), "assertion-jti"),
        (json!({ "jti": null }), "assertion-jti"),
        (json!({ "exp": null }), "assertion-exp"),
        (json!({ "exp": "soon" }), "assertion-exp"),
        (json!({ "exp": 1e300 }), "assertion-exp"),
        (json!({ "exp": i64::MAX }), "assertion-exp"),
        (json!({ "exp": NOW }), "assertion-expired"),
        (json!({ "exp": NOW + 3601 }), "assertion-exp-far"),
        (json!({ "exp": NOW * 1000 }), "assertion-exp"),
        (json!({ "iat": NOW + 301 }), "assertion-iat"),
        (json!({ "iat": NOW - 86400 }), "assertion-iat"),
        (json!({ "iat": NOW * 1000 }), "assertion-iat"),
        (json!({ "iat": "now" }), "assertion-iat"),
        (json!({ "nbf": NOW + 301 }), "assertion-nbf"),
    ] {
        assert_eq!(with(changes.clone()), rule, "{changes}");
    }
}

#[test]
fn only_the_registered_algorithm_and_key_count() {
    let sign = |header: Header| verdict(&signed(&OURS, &header, &claims()));
    assert_eq!(sign(Header::new(Algorithm::RS256)), "assertion-alg");
    assert_eq!(sign(Header::new(Algorithm::PS512)), "assertion-alg");
    assert_eq!(verdict(&signed(&THEIRS, &Header::new(Algorithm::RS512), &claims())), "assertion-signature");
    for name in ["jku", "x5u"] {
        let mut header = Header::new(Algorithm::RS512);
        match name {
            "jku" => header.jku = Some("https://example.com/jwks".into()),
            _ => header.x5u = Some("https://example.com/cert".into()),
        }
        assert_eq!(sign(header), "assertion-header", "{name}");
    }
    // The public key as an HMAC secret, and no signature at all.
    let secret = EncodingKey::from_secret(OURS.public.pem().as_bytes());
    let hmac = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims(), &secret).unwrap();
    assert_eq!(verdict(&hmac), "assertion-alg");
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    assert_eq!(verdict(&format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims()))), "assertion-alg");
    assert_eq!(verdict(&format!("{}.{}.", part(&json!({ "alg": "RS512" })), part(&claims()))), "assertion-signature");
    for name in ["jwk", "x5c", "crit"] {
        let header = part(&json!({ "alg": "RS512", name: [] }));
        assert_eq!(verdict(&format!("{header}.{}.AAAA", part(&claims()))), "assertion-header", "{name}");
    }
}

#[test]
fn what_is_no_signed_token_is_named_and_broken_lines_are_mended() {
    let token = signed(&OURS, &Header::new(Algorithm::RS512), &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let twice = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"RS512","alg":"none"}"#);
    for (text, rule) in [
        (String::new(), "assertion-missing"),
        ("token".into(), "assertion-parts"),
        (format!("{token}.more"), "assertion-parts"),
        ("a.b.c.d.e".into(), "assertion-parts"),
        (OURS.private.clone(), "private-key"),
        (format!("{token}="), "assertion-encoding"),
        (format!("{}.{}\n.{}", parts[0], parts[1], parts[2]), "accepted"),
        (format!(" {}\r\n{} .{}.{}", &parts[0][..9], &parts[0][9..], parts[1], parts[2]), "accepted"),
        (format!("{}.!.{}", parts[0], parts[2]), "assertion-encoding"),
        (format!("{twice}.{}.{}", parts[1], parts[2]), "assertion-encoding"),
        (format!("{}.{}.AA", "A".repeat(9000), "A".repeat(9000)), "assertion-too-long"),
        (format!("{}.{}.{}", parts[0], parts[1], &parts[2][4..]), "assertion-signature"),
    ] {
        assert_eq!(verdict(&text), rule, "{text}");
    }
}

#[test]
fn no_changed_byte_is_accepted() {
    let token = signed(&OURS, &Header::new(Algorithm::RS512), &claims());
    for position in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        assert_ne!(verdict(&String::from_utf8(bytes).unwrap()), "accepted", "byte {position}");
    }
}

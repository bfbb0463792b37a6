//! Every sentence that a person can meet here, kept in `snapshots/sentences.txt` for reading.
//! `UPDATE_SNAPSHOTS=1` rewrites the file.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    client_name::ClientName,
    email::EmailAddress,
    evidence,
    id::ClientId,
    key::PublicKey,
    ods::OdsCode,
    organisation::{ServiceDraft, check_service},
    policy::{EnvironmentPolicy, EvidenceItem},
    possession::{self, Challenge},
    problem::Problem,
    redirect_uri::{self, RedirectUri, UriRules},
    scope::ScopeCatalogue,
    text, vector,
};
use serde_json::{Value, json};

fn modulus(name: &str) -> Vec<u8> {
    let line = include_str!("sentences/moduli.txt").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    data_encoding::HEXLOWER.decode(line.unwrap().as_bytes()).unwrap()
}

fn key(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    PublicKey::from_jwk(&json!({ "kty": "RSA", "n": number(modulus), "e": number(exponent) })).unwrap()
}

fn sound() -> PublicKey {
    key(&modulus("sound"), &[1, 0, 1])
}

fn armoured(label: &str, der: &[u8]) -> String {
    let body = data_encoding::BASE64.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// Texts in the key field, one for each rule of form.
fn key_texts() -> Vec<String> {
    let pem = sound().pem();
    let lines: Vec<&str> = pem.lines().collect();
    let body = lines[1..lines.len() - 1].join("\n");
    let spki = sound().spki_der().to_vec();
    let with_oid = |oid: &[u8]| {
        let algorithm = [&[0x06, u8::try_from(oid.len()).unwrap()], oid].concat();
        let algorithm = [&[0x30, u8::try_from(algorithm.len()).unwrap()], &algorithm[..]].concat();
        let content = [&algorithm[..], &[0x03, 2, 0, 1]].concat();
        armoured("PUBLIC KEY", &[&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat())
    };
    vec![
        String::new(),
        " ".repeat(70_000),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAr1bQx7mVw1yB0m0mJYxhYw\n".into(),
        "not a key".into(),
        pem.replace("-----", "---"),
        format!("{pem}{pem}"),
        format!("{}\n{body}", lines[0]),
        format!("{}\n{}", lines[0], lines[lines.len() - 1]),
        serde_json::to_string(&pem).unwrap(),
        pem.replace(&body[..8], "!!!!!!!!"),
        pem.replace("END PUBLIC KEY", "END RSA PUBLIC KEY"),
        pem.replace("PUBLIC KEY", "WONDERFUL KEY"),
        pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        armoured("PUBLIC KEY", &spki[24..]),
        body,
        armoured("PUBLIC KEY", &[&spki[..], &[0, 0, 0]].concat()),
        armoured("PUBLIC KEY", &[0x30, 0x03, 0x04, 0x01, 0x00]),
        armoured("RSA PUBLIC KEY", &[0x30, 0x0e, 0x02, 0x01, 0x03, 0x02, 0x09, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x01]),
        armoured("CERTIFICATE", &[0]),
        armoured("CERTIFICATE REQUEST", &[0]),
        armoured("PKCS7", &[0]),
        armoured("PGP PUBLIC KEY BLOCK", &[0]),
        "ssh-rsa AAAAB3NzaC1yc2E me@machine".into(),
        sound().jwk("RS512").to_string(),
        with_oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]),
        with_oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        with_oid(&[0x2b, 0x65, 0x6e]),
        with_oid(&[0x2b, 0x65, 0x6f]),
        with_oid(&[0x2b, 0x65, 0x70]),
        with_oid(&[0x2b, 0x65, 0x71]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]),
        with_oid(&[0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01]),
        with_oid(&[0x2a, 0x03]),
    ]
}

fn keys() -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        key_texts().iter().map(|text| PublicKey::parse(text, &[2048]).unwrap_err()).collect();
    for rule in [
        "key-even",
        "key-small-factor",
        "key-repeated-bytes",
        "key-polynomial",
        "key-roca",
        "key-perfect-power",
        "key-prime",
        "key-close-primes",
    ] {
        let problem = PublicKey::parse(&key(&modulus(rule), &[1, 0, 1]).pem(), &[2048]).unwrap_err();
        assert_eq!(problem.rule, rule);
        problems.push(problem);
    }
    problems.push(sound().check(&[3072, 4096]).unwrap_err());
    problems.push(key(&modulus("sound"), &[3]).check(&[2048]).unwrap_err());
    problems.push(PublicKey::from_jwk(&json!({ "kty": "EC" })).unwrap_err());
    problems
}

#[test]
fn the_sample_moduli_are_judged() {
    assert!(PublicKey::parse(&sound().pem(), &[2048]).is_ok());
    let (a, b) = (key(&modulus("shared-a"), &[1, 0, 1]), key(&modulus("shared-b"), &[1, 0, 1]));
    assert!(a.check(&[2048]).is_ok() && b.check(&[2048]).is_ok() && a.shares_prime_with_any([b.modulus()]));
    assert!(!a.shares_prime_with_any([sound().modulus(), a.modulus()]));
}

fn redirect_uris() -> Vec<Problem> {
    let strict = UriRules { allow_loopback: false, allow_custom_schemes: false };
    let custom = UriRules { allow_loopback: false, allow_custom_schemes: true };
    let texts = [
        "",
        "https://a b/",
        "https://bücher.com/",
        "www.example.com",
        "http://example.com/",
        "app.x://y/",
        "https:/a.com/",
        "https://a.com\\b",
        "https://*.a.com/",
        "https://a.com/?",
        "https://a.com/#",
        "https://u@a.com/",
        "https://",
        "https://a.com:443/",
        "https://a.com:0/",
        "https://localhost/",
        "https://127.1/",
        "https://a.com./",
        "https://a_b.com/",
        "https://a..com/",
        "https://intranet/",
        "https://co.uk/",
        "https://a.com",
        "https://a.com/|",
        "https://a.com/%",
        "https://a.com/%00",
        "https://a.com/..",
        "https://A.com/",
        "https://xn--a.com/",
        "https://xn--xn--a-vla.com/",
        "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    ];
    let mut problems: Vec<Problem> = texts.iter().map(|text| RedirectUri::parse(text, strict).unwrap_err()).collect();
    problems.push(RedirectUri::parse(&format!("https://a.com/{}", "a".repeat(2000)), strict).unwrap_err());
    for text in ["data:x", "app.x:y", "app.x://y:1/", "app.x://y/../z"] {
        problems.push(RedirectUri::parse(text, custom).unwrap_err());
    }
    for text in ["clientapp://connect/x", "https://xn--80ak6aa92e.com/"] {
        problems.extend(RedirectUri::parse(text, custom).unwrap().warnings());
    }
    let twice = ["https://a.com/".to_owned(), "https://a.com/".to_owned()];
    let many: Vec<String> = (0..11).map(|number| format!("https://a.com/{number}")).collect();
    for list in [&twice[..], &many, &[]] {
        problems.extend(redirect_uri::check_all(list, strict).1);
    }
    problems
}

fn words() -> Vec<Problem> {
    let mut problems = Vec::new();
    for text in ["", "a\u{200b}b", "NНS", "Health Здоровье", "---", &"a".repeat(65)] {
        problems.push(ClientName::parse(text).unwrap_err());
    }
    problems.extend(ClientName::parse("NHS App").unwrap().warnings());
    for input in ["", "a\nb", "a\u{200b}b", "too long for this field"] {
        problems.push(text::one_line("name", "organisation name", input, 12).unwrap_err());
    }
    for text in ["", "ada", "adа@example.com", &"a".repeat(255)] {
        problems.push(EmailAddress::parse(text).unwrap_err());
    }
    problems.push(OdsCode::parse("?").unwrap_err());
    problems.push(ClientId::try_from(String::new()).unwrap_err());
    problems
}

/// What a service and the evidence lack, for integration and live, empty and on impossible days.
fn services_and_evidence() -> Vec<Problem> {
    let mut service = ServiceDraft::default();
    let mut problems = check_service(&service).unwrap_err();
    service.contacts.security = "ada".into();
    problems.extend(check_service(&service).unwrap_err());
    let today = time::Date::from_calendar_date(2026, time::Month::March, 27).unwrap();
    for policy in EnvironmentPolicy::nhs_login() {
        problems.extend(evidence::check(&policy.evidence, &evidence::Answers::new()).1);
        let all = |date: &str| -> evidence::Answers {
            let fields =
                |item: &EvidenceItem| item.fields.iter().map(|field| (field.id.clone(), date.to_owned())).collect();
            policy.evidence.iter().map(|item| (item.id.clone(), fields(item))).collect()
        };
        problems.extend(evidence::check_dates(&policy.evidence, &all("2020-01-01"), today));
        problems.extend(evidence::check_dates(&policy.evidence, &all("2030-01-01"), today));
    }
    problems
}

fn scopes_and_vectors() -> Vec<Problem> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (vectors, mut problems, warnings) = vector::check_all(&own(&["P0.Cp.Ck", "P5.Cm", "P9.Cp", "P7.Cp"]));
    problems.extend(warnings);
    let catalogue = ScopeCatalogue::nhs_login();
    let all: Vec<String> = catalogue.scopes.iter().map(|rule| rule.name.clone()).skip(1).chain(own(&["all"])).collect();
    let reasons = BTreeMap::from([("email".to_owned(), "why".to_owned()), ("phone".to_owned(), "\0".to_owned())]);
    problems.extend(catalogue.check(&own(&["openid"]), &reasons, &vectors).1);
    for vectors in [&vectors[..], &vectors[..1]] {
        let (_, refused, warned) = catalogue.check(&all, &reasons, vectors);
        problems.extend(refused.into_iter().chain(warned));
    }
    problems
}

fn assertions() -> Vec<Problem> {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let challenge = Challenge {
        issuer: "client-1".into(),
        audience: "https://portal.example/possession".into(),
        nonce: "nonce".into(),
        algorithm: "RS512".into(),
    };
    let header = |value: Value| format!("{}.{}.AAAA", part(&value), part(&json!({})));
    let texts = [
        String::new(),
        "a.b".into(),
        "a.b.c.d.e".into(),
        "!.!.!".into(),
        "!.e30.AAAA".into(),
        "e30.!.AAAA".into(),
        format!("{}.a.b", "a".repeat(17_000)),
        header(json!({})),
        header(json!({ "alg": "none" })),
        header(json!({ "alg": "RS512", "jku": "x" })),
        header(json!({ "alg": "RS512" })),
    ];
    let now = time::OffsetDateTime::UNIX_EPOCH;
    texts.iter().map(|text| possession::verify(text, &sound(), &challenge, now).unwrap_err()).collect()
}

#[test]
fn are_kept_for_reading() {
    let problems =
        [keys(), redirect_uris(), words(), services_and_evidence(), scopes_and_vectors(), assertions()].concat();
    let lines: BTreeSet<String> =
        problems.iter().map(|one| format!("{} / {}\n    {}\n", one.field, one.rule, one.message)).collect();
    let found: String = lines.into_iter().collect();
    let path = format!("{}/tests/snapshots/sentences.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), found, "look at {path}");
}

#[test]
fn end_with_a_full_stop_and_have_one_space() {
    for problem in
        [keys(), redirect_uris(), words(), services_and_evidence(), scopes_and_vectors(), assertions()].concat()
    {
        let sentence = problem.message;
        assert!(sentence.ends_with('.') && !sentence.contains("  ") && !sentence.contains('\n'), "{sentence}");
        assert!(problem.rule.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()));
    }
}

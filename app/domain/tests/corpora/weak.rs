//! Threat 13: weak keys that others published. `weak-keys.txt` says where.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{draft::Draft, key::PublicKey, policy::EnvironmentPolicy, problem::Problem};
use serde_json::json;

const SAMPLES: &str = include_str!("weak-keys.txt");

/// The rule that refuses a key, where the environment allows its size.
fn rule_of(pem: &str, compromised: BTreeSet<String>) -> String {
    let sizes = PublicKey::try_from(pem.to_owned()).map_or(vec![2048], |key| vec![key.bits()]);
    let mut policy = EnvironmentPolicy::nhs_login().remove(0);
    (policy.key_sizes, policy.compromised_keys) = (sizes, compromised);
    let draft = Draft { public_key: pem.to_owned(), ..Draft::default() };
    draft.check_key(&policy).map_or_else(|problem| problem.rule, |_| "accepted".to_owned())
}

/// The same modulus with the one exponent that is accepted, so that the rules of the modulus are asked.
fn with_usual_exponent(pem: &str) -> Result<String, Problem> {
    let key = PublicKey::try_from(pem.to_owned())?;
    let n = BASE64_URL_SAFE_NO_PAD.encode(key.modulus());
    PublicKey::from_jwk(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).map(|key| key.pem())
}

#[test]
fn published_weak_keys_are_refused_by_name() {
    let mut rules = BTreeSet::new();
    for sample in SAMPLES.split("\n\n").skip(1) {
        let (title, pem) = sample.trim().split_once('\n').unwrap();
        let (expected, name) = title.split_once(' ').unwrap();
        let key = match expected {
            "key-exponent" => pem.to_owned(),
            _ => with_usual_exponent(pem).unwrap(),
        };
        let listed = match expected {
            "key-compromised" => BTreeSet::from([PublicKey::try_from(key.clone()).unwrap().sha256()]),
            _ => BTreeSet::new(),
        };
        assert_eq!(rule_of(&key, listed), expected, "{name}");
        rules.insert(expected);
    }
    assert_eq!(rules.len(), 10, "{rules:?}");
}

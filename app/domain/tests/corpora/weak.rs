//! Threat 13: weak keys that others published. `weak-keys.txt` says where.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{key::PublicKey, policy::EnvironmentPolicy, rule::KeyRule};
use serde_json::json;

const SAMPLES: &str = include_str!("weak-keys.txt");

/// The rule that refuses a key, where the environment allows its size.
fn rule_of(pem: &str, compromised: BTreeSet<String>) -> String {
    let sizes = PublicKey::try_from(pem.to_owned()).map_or(vec![2048], |key| vec![key.bits()]);
    let mut policy = EnvironmentPolicy::nhs_login().remove(0);
    (policy.key_sizes, policy.compromised_keys) = (sizes, compromised);
    policy.check_key(pem).map_or_else(|problem| problem.rule.name().to_owned(), |_| "accepted".to_owned())
}

/// The same modulus with the one exponent that is accepted, so that the rules of the modulus are asked.
fn with_usual_exponent(pem: &str) -> Result<String, KeyRule> {
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

/// A key of each source of the list that ships, in both forms, is refused as one that everybody has.
#[test]
fn published_test_keys_are_refused_in_both_forms() {
    let samples = include_str!("../../src/weak_key/compromised/samples.txt");
    let sources: Vec<&str> = samples.lines().filter(|line| line.contains(' ') && !line.starts_with('#')).collect();
    let moduli: Vec<&str> = samples.lines().filter(|line| !line.contains(' ')).collect();
    assert!(sources.len() >= 45 && sources.len() == moduli.len(), "{} {}", sources.len(), moduli.len());
    for (source, modulus) in sources.iter().zip(moduli) {
        let modulus = data_encoding::HEXLOWER.decode(modulus.as_bytes()).unwrap();
        let n = BASE64_URL_SAFE_NO_PAD.encode(&modulus);
        let key = PublicKey::from_jwk(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
        // The last part of SPKI is the key in PKCS#1.
        let pkcs1 = data_encoding::BASE64.encode(&key.spki_der()[24..]);
        let pkcs1 = format!("-----BEGIN RSA PUBLIC KEY-----\n{pkcs1}\n-----END RSA PUBLIC KEY-----\n");
        for pem in [key.pem(), pkcs1] {
            assert_eq!(rule_of(&pem, BTreeSet::new()), "key-compromised", "{source}");
        }
    }
}

/// What jwt.io signs its example with, which people copy.
#[test]
fn the_example_of_jwt_io_is_refused() {
    let n = "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18\
             gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0\
             iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoX\
             bAAEgAqeGUxrcIlbjXfbcmw";
    let key = PublicKey::from_jwk(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
    assert_eq!(rule_of(&key.pem(), BTreeSet::new()), "key-compromised");
}

/// The keys that the RFCs print, by the first characters of their moduli.
#[test]
fn the_keys_of_the_rfcs_are_refused() {
    let samples = include_str!("../../src/weak_key/compromised/rfcs.txt");
    let lines: Vec<(&str, &str)> =
        samples.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect();
    assert!(lines.len() >= 5, "{}", lines.len());
    for (rfc, n) in lines {
        let key = PublicKey::from_jwk(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
        assert_eq!(rule_of(&key.pem(), BTreeSet::new()), "key-compromised", "{rfc}");
    }
}

//! A public RSA key as a JWK (RFC 7517, RFC 7518 6.3.1).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{PublicKey, from_numbers};
use crate::rule::{KeyFault, OtherKey};

/// With `kid` as its name, or else its thumbprint.
pub(super) fn write(key: &PublicKey, alg: &str, kid: Option<&str>) -> Value {
    json!({
        "kty": "RSA",
        "n": key.modulus_base64url(),
        "e": key.exponent_base64url(),
        "use": "sig",
        "alg": alg,
        "kid": kid.map_or_else(|| key.thumbprint(), str::to_owned),
    })
}

pub(super) fn read(jwk: &Value) -> Result<PublicKey, KeyFault> {
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| jwk.get(name).is_some()) {
        return Err(KeyFault::Private);
    }
    let is_for_signatures = |given: &Value| given.as_str() == Some("sig");
    let verifies = |given: &Value| given.as_array().is_some_and(|uses| uses.iter().any(|one| one == "verify"));
    if !jwk.get("use").is_none_or(is_for_signatures) || !jwk.get("key_ops").is_none_or(verifies) {
        return Err(KeyFault::JwkUse);
    }
    let (modulus, exponent) = numbers(jwk).ok_or(KeyFault::JwkInvalid)?;
    from_numbers(&modulus, exponent)
}

/// What a JWK or a JWKS is that was pasted where PEM has to be. Only the kinds and the use of its keys are looked at.
pub(super) fn pasted(text: &str) -> KeyFault {
    let kinds: Vec<&str> = members(text, "\"kty\"").collect();
    let rsa = kinds.iter().filter(|kind| **kind == "RSA").count();
    let other_use = members(text, "\"use\"").any(|given| given != "sig");
    match (rsa, kinds.first()) {
        (0, Some(&"EC")) => KeyFault::OtherKey(OtherKey::EllipticCurve),
        (0, Some(&"OKP")) => KeyFault::OtherKey(OtherKey::Ed25519OrX25519),
        (0, Some(&"oct")) => KeyFault::SharedSecret,
        (0, _) => KeyFault::JwkInvalid,
        (1, _) if other_use => KeyFault::JwkUse,
        (1, _) if text.contains("\"keys\"") => KeyFault::Jwks,
        (1, _) => KeyFault::Jwk,
        (several, _) => KeyFault::JwksOfSeveral(several),
    }
}

/// The string values of a member, wherever it stands. A JSON reader of its own would be too large for the browser.
fn members<'a>(text: &'a str, name: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(name).skip(1).filter_map(|after| {
        let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        value.split_once('"').map(|(value, _)| value)
    })
}

fn numbers(jwk: &Value) -> Option<(Vec<u8>, u64)> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    if member("kty") != Some("RSA") {
        return None;
    }
    let number = |name: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(member(name)?).ok()?;
        bytes.first().is_some_and(|byte| *byte != 0).then_some(bytes)
    };
    let exponent = number("e").filter(|bytes| bytes.len() <= 8)?;
    Some((number("n")?, exponent.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))))
}

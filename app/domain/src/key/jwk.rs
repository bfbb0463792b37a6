//! A public RSA key as a JWK (RFC 7517, RFC 7518 6.3.1).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{PublicKey, from_numbers, refusal::Refusal};

pub(super) fn write(key: &PublicKey, alg: &str) -> Value {
    json!({
        "kty": "RSA",
        "n": key.modulus_base64url(),
        "e": key.exponent_base64url(),
        "use": "sig",
        "alg": alg,
        "kid": key.thumbprint(),
    })
}

pub(super) fn read(jwk: &Value) -> Result<PublicKey, Refusal> {
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| jwk.get(name).is_some()) {
        return Err(Refusal::Private);
    }
    let (modulus, exponent) = numbers(jwk).ok_or(Refusal::JwkInvalid)?;
    from_numbers(&modulus, exponent)
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

//! Verifies RSASSA-PKCS1-v1_5 signatures (RFC 8017, 8.2.2): the only thing here that uses a cryptographic library.

use rsa::{
    BigUint, RsaPublicKey,
    pkcs1v15::{Signature, VerifyingKey},
    sha2::{Sha256, Sha384, Sha512},
    signature::Verifier,
};

use crate::key::PublicKey;

/// The largest modulus that is computed with, in bits.
const LARGEST: usize = 8192;

/// Whether the signature over the message is by the key under an algorithm of RFC 7518: `RS256`, `RS384`, `RS512`.
/// No other algorithm verifies anything.
#[must_use]
pub fn verifies(key: &PublicKey, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
    // The library takes a shorter signature for one with zeros in front (RFC 8017 does not).
    if signature.len() != key.modulus().len() {
        return false;
    }
    let (modulus, exponent) = (BigUint::from_bytes_be(key.modulus()), BigUint::from(key.exponent()));
    let (Ok(key), Ok(signature)) =
        (RsaPublicKey::new_with_max_size(modulus, exponent, LARGEST), Signature::try_from(signature))
    else {
        return false;
    };
    match algorithm {
        "RS256" => VerifyingKey::<Sha256>::new(key).verify(message, &signature).is_ok(),
        "RS384" => VerifyingKey::<Sha384>::new(key).verify(message, &signature).is_ok(),
        "RS512" => VerifyingKey::<Sha512>::new(key).verify(message, &signature).is_ok(),
        _ => false,
    }
}

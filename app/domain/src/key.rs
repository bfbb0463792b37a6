//! The public key of a client: RSA, in PEM, of a size that the environment allows, and not one that is known to be weak.
//!
//! Stock parsers are no validators, so the reading is our own, small and strict: one PEM block ([`armour`]), strict
//! DER ([`der`]), then the rules of [`crate::weak_key`]. Everything else that people paste gets the sentence and the
//! command that mend it ([`KeyFault`]).

mod armour;
mod classify;
mod der;
mod id;
mod jwk;

pub use id::KeyId;

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use pem::{EncodeConfig, LineEnding, Pem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    hex,
    natural::Natural,
    private_key,
    rule::{KeyFault, KeyRule},
    weak_key,
};

/// The field in which a key is typed.
pub const FIELD: &str = "public_key";
/// The longest text that is read at all, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// The largest modulus that is read at all, in bytes: the largest size that an environment can allow. Arithmetic on more
/// would be work for nothing, and under the lock of whoever writes.
const LARGEST_MODULUS: usize = 8192 / 8;

/// What is said of a text that is longer than [`LONGEST`].
pub fn too_long() -> KeyRule {
    KeyFault::TooLong.for_sizes(&[])
}

/// An RSA public key. Equality is that of the canonical DER.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    spki: Vec<u8>,
    modulus: Vec<u8>,
    exponent: u64,
}

impl PublicKey {
    /// Reads and judges a pasted key. `sizes` are the sizes in bits that the environment allows.
    ///
    /// # Errors
    /// `private-key`, a rule of the form (`key-certificate`, `key-jwk`, …) or a
    /// rule of [`crate::weak_key`].
    pub fn parse(text: &str, sizes: &[u32]) -> Result<Self, KeyRule> {
        let key = Self::read(text, sizes)?;
        key.check(sizes)?;
        Ok(key)
    }

    /// Judges a key that was read already, for example after the environment's policy changed.
    ///
    /// # Errors
    /// One of the rules of [`crate::weak_key`].
    pub fn check(&self, sizes: &[u32]) -> Result<(), KeyRule> {
        weak_key::check(&self.modulus, self.exponent, sizes)
    }

    /// Reads a pasted key whatever its size and strength: what may be saved before it is judged. `sizes` are those in the
    /// commands that a sentence gives.
    ///
    /// # Errors
    /// `private-key` or a rule of the form.
    pub fn read(text: &str, sizes: &[u32]) -> Result<Self, KeyRule> {
        read(text).map_err(|fault| fault.for_sizes(sizes))
    }

    /// The key of a public RSA JWK (RFC 7517), structure only.
    ///
    /// # Errors
    /// `key-jwk-invalid`, `key-use`, `key-size` or `private-key`.
    pub fn from_jwk(jwk: &serde_json::Value) -> Result<Self, KeyRule> {
        jwk::read(jwk).map_err(|fault| fault.for_sizes(&[]))
    }

    /// The public JWK: `kty`, `n`, `e`, `use`, `alg` and the thumbprint as `kid`.
    #[must_use]
    pub fn jwk(&self, alg: &str) -> serde_json::Value {
        jwk::write(self, alg, None)
    }

    /// [`PublicKey::jwk`] under a `kid` of the registration's own.
    #[must_use]
    pub fn jwk_named(&self, alg: &str, kid: &KeyId) -> serde_json::Value {
        jwk::write(self, alg, Some(kid.as_str()))
    }

    /// From a big-endian modulus without a leading zero.
    fn from_parts(modulus: &[u8], exponent: u64) -> Self {
        Self { spki: der::spki(modulus, exponent), modulus: modulus.to_vec(), exponent }
    }

    /// The canonical SPKI PEM: LF, 64 columns, a final newline.
    #[must_use]
    pub fn pem(&self) -> String {
        let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
        pem::encode_config(&Pem::new("PUBLIC KEY", self.spki.as_slice()), lines)
    }

    /// The canonical `SubjectPublicKeyInfo` (RFC 5280, RFC 3279 2.3.1) in DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the SPKI in lowercase hexadecimal, as `openssl rsa -pubin -outform DER | sha256sum` prints it.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::lower(&Sha256::digest(&self.spki))
    }

    /// The RFC 7638 thumbprint with SHA-256, in base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let members =
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.exponent_base64url(), self.modulus_base64url());
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        weak_key::bits(&self.modulus)
    }

    /// The public exponent.
    #[must_use]
    pub fn exponent(&self) -> u64 {
        self.exponent
    }

    /// The modulus, big-endian, without a leading zero.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Whether this modulus has a factor in common with a product of others, big-endian, so that anyone can compute both
    /// private keys. The product must not have this modulus itself in it.
    #[must_use]
    pub fn shares_prime_with(&self, product: &[u8]) -> bool {
        Natural::from_be_bytes(&self.modulus).shares_factor_with(Natural::from_be_bytes(product))
    }

    pub(crate) fn exponent_bytes(&self) -> Vec<u8> {
        self.exponent.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
    }

    fn modulus_base64url(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.modulus)
    }

    fn exponent_base64url(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.exponent_bytes())
    }
}

/// The product of moduli, big-endian, with one more: what [`PublicKey::shares_prime_with`] compares with.
#[must_use]
pub fn multiplied(product: &[u8], modulus: &[u8]) -> Vec<u8> {
    Natural::from_be_bytes(product).mul(&Natural::from_be_bytes(modulus)).to_be_bytes()
}

/// What came of reading a pasted key, whatever its size and strength. Reading costs much, where the text is long.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading(Result<PublicKey, KeyFault>);

impl Reading {
    /// Reads a text in which no private key was found.
    pub(crate) fn of_clean(text: &str) -> Self {
        Self(if text.len() > LONGEST { Err(KeyFault::TooLong) } else { structure(text) })
    }

    /// The key; `sizes` are those in the commands that a sentence gives.
    pub(crate) fn for_sizes(&self, sizes: &[u32]) -> Result<PublicKey, KeyRule> {
        self.0.clone().map_err(|fault| fault.for_sizes(sizes))
    }
}

/// Reads the structure alone.
///
/// In the canonical PEM nothing stands but the public key. So what is stored, and read at each look at its registration,
/// is not searched for a private key again: that costs fifty times as much.
fn read(text: &str) -> Result<PublicKey, KeyFault> {
    if text.len() > LONGEST {
        return Err(KeyFault::TooLong);
    }
    match structure(text) {
        Ok(key) if key.pem() == text => Ok(key),
        _ if private_key::found_in(text) => Err(KeyFault::Private),
        read => read,
    }
}

fn structure(text: &str) -> Result<PublicKey, KeyFault> {
    let text = armour::visible(text);
    let block = armour::only_block(&text)?;
    let der = block.der().map_err(|damaged| match classify::Announced::by(block.label) {
        classify::Announced::Key(_) => damaged,
        classify::Announced::Other(other) => other,
    })?;
    let numbers = classify::rsa_numbers(&der, block.label)?;
    from_numbers(numbers.modulus, numbers.exponent)
}

/// The text of a key file, to be judged as a pasted one. `sizes` are those in the commands that a sentence gives.
///
/// # Errors
/// `key-too-long`, before anything is looked at; `private-key`, `key-der` and the rules of other things in DER, `key-not-text`.
pub fn text_of_file(bytes: &[u8], sizes: &[u32]) -> Result<String, KeyRule> {
    let refuse = |fault: KeyFault| Err(fault.for_sizes(sizes));
    if bytes.len() > LONGEST {
        return refuse(KeyFault::TooLong);
    }
    if private_key::found_in_bytes(bytes) {
        return refuse(KeyFault::Private);
    }
    let text = private_key::text_of(bytes);
    match text.contains([char::REPLACEMENT_CHARACTER, '\0']) {
        false => Ok(text),
        // 0x30 is how every structure in DER begins.
        true if bytes.first() == Some(&0x30) => refuse(classify::binary(bytes)),
        true => refuse(KeyFault::NotText),
    }
}

fn from_numbers(modulus: &[u8], exponent: u64) -> Result<PublicKey, KeyFault> {
    match modulus.len() > LARGEST_MODULUS {
        true => Err(KeyFault::HugeModulus),
        false => Ok(PublicKey::from_parts(modulus, exponent)),
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, SHA-256 {})", self.bits(), self.sha256())
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyRule;

    fn try_from(pem: String) -> Result<Self, KeyRule> {
        read(&pem).map_err(|fault| fault.for_sizes(&[]))
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.pem()
    }
}

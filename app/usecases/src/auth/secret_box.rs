//! Secrets at rest: XChaCha20-Poly1305 under the key file, bound to the account that they belong to.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;

/// Bytes of a nonce. Random ones of this length never repeat in practice.
pub const NONCE_BYTES: usize = 24;

/// Says which key and cipher sealed a text, so that a later key can be told apart.
const VERSION: &str = "v1.";

/// Seals and opens secrets. Cheap to clone.
#[derive(Clone)]
pub struct SecretBox(XChaCha20Poly1305);

impl SecretBox {
    /// A box under the 32 bytes of the key file.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// The sealed form of a secret, as text for a column. `owner` is the id of the account: a row copied to another
    /// account does not open. `None` only when the secret is too long for the cipher (256 GiB).
    pub fn seal(&self, secret: &[u8], owner: &[u8], nonce: [u8; NONCE_BYTES]) -> Option<String> {
        let payload = Payload { msg: secret, aad: owner };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Some(format!("{VERSION}{}", BASE64URL_NOPAD.encode(&bytes)))
    }

    /// The secret, or `None` when key, owner or text are not those of the sealing.
    pub fn open(&self, sealed: &str, owner: &[u8]) -> Option<Vec<u8>> {
        let bytes = BASE64URL_NOPAD.decode(sealed.strip_prefix(VERSION)?.as_bytes()).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: owner }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &[u8] = b"account-1";

    #[test]
    fn opens_what_it_sealed() {
        let sealed = SecretBox::new(&[1; 32]).seal(b"secret", OWNER, [2; NONCE_BYTES]).unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(SecretBox::new(&[1; 32]).open(&sealed, OWNER).unwrap(), b"secret");
    }

    #[test]
    fn another_account_or_key_does_not_open_it() {
        let sealed = SecretBox::new(&[1; 32]).seal(b"secret", OWNER, [2; NONCE_BYTES]).unwrap();
        assert_eq!(SecretBox::new(&[1; 32]).open(&sealed, b"account-2"), None);
        assert_eq!(SecretBox::new(&[3; 32]).open(&sealed, OWNER), None);
    }

    #[test]
    fn a_changed_text_does_not_open() {
        let seal = SecretBox::new(&[1; 32]);
        let sealed = seal.seal(b"secret", OWNER, [2; NONCE_BYTES]).unwrap();
        for at in VERSION.len()..sealed.len() - 1 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open(&String::from_utf8(bytes).unwrap(), OWNER), None, "at {at}");
        }
        for text in ["", "v1.", "v1.AAAA", "v2.AAAA"] {
            assert_eq!(seal.open(text, OWNER), None, "{text}");
        }
    }
}

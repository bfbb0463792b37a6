//! Single-use and session tokens: 256 random bits, of which only the SHA-256 is ever stored.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

/// Bytes of randomness in a token: 256 bits, twice what ASVS 5.0 asks for.
pub const TOKEN_BYTES: usize = 32;

/// Characters of a token's text: base64url without padding.
const TEXT_LENGTH: usize = 43;

/// A token on its way to the person: in a cookie or in a link, never in the database or a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token of the random bytes given.
    pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(BASE64URL_NOPAD.encode(&bytes))
    }

    /// What the person presented, when it has the shape of a token.
    pub fn parse(presented: &str) -> Option<Self> {
        let decoded = (presented.len() == TEXT_LENGTH).then(|| BASE64URL_NOPAD.decode(presented.as_bytes()))?;
        decoded.is_ok().then(|| Self(presented.to_owned()))
    }

    /// The text that goes into the link or the cookie. URL-safe.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// 32 bytes that only whoever holds the token can work out: SHA-256 over two labels and the text. The token is as
    /// random as a key has to be, so nothing slower is needed; and no label holds the byte that ends it.
    pub fn derived(&self, label: &str, purpose: &str) -> [u8; 32] {
        let parts = [label.as_bytes(), b"\0", purpose.as_bytes(), b"\0", self.0.as_bytes()];
        Sha256::digest(parts.concat()).into()
    }

    /// What is stored and looked up: the lowercase hex SHA-256 of the text.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_link_and_keeps_its_hash() {
        let token = Token::from_bytes([7; TOKEN_BYTES]);
        let back = Token::parse(token.text()).unwrap();
        assert_eq!(back.hash(), token.hash());
        assert_eq!(token.hash().len(), 64);
        assert_ne!(token.hash(), Token::from_bytes([8; TOKEN_BYTES]).hash());
        assert!(token.text().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }

    #[test]
    fn what_is_not_a_token_is_not_parsed() {
        let long = "A".repeat(5_000);
        let bad_tail = format!("{}B", "A".repeat(42));
        for text in ["", "abc", &long, &"é".repeat(22), &"!".repeat(43), &bad_tail] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_is_not_printed_by_debug() {
        let token = Token::from_bytes([7; TOKEN_BYTES]);
        assert!(!format!("{token:?}").contains(token.text()));
    }
}

//! Finds private-key material in anything that a person pastes, so that it is refused before it is saved, logged or
//! shown again.
//!
//! Three independent looks at the same text, each linear in its length: labels with a body beside them
//! ([`label`]), the structure of the encoded key whatever its label ([`body`]), and JSON or XML members ([`member`]).
//! Words about private keys, public keys and certificates are none of these.

mod body;
mod label;
mod member;
mod unescape;

/// What the person is told, at the field where the key was found, or on the command line. Without the size of the new
/// pair, which is the environment's.
pub const SENTENCE: &str = "This contains a private key, so it was neither saved nor shown again. Treat that key as \
    exposed: make a new pair of keys, keep private_key.pem to yourself, and enter only what is in public_key.pem.";

/// Whether the text holds a private key, or enough of one to matter: PEM under any label, damaged or on one line,
/// escaped for HTML, JSON or a URL; base64 or hexadecimal DER without its label (PKCS#8, PKCS#1, SEC 1, PKCS#12); an
/// OpenSSH or PuTTY file; a JWK; a key printed by `openssl -text`; a PEM file encoded once more (Kubernetes secrets).
#[must_use]
pub fn found_in(text: &str) -> bool {
    found_at_depth(text, 1)
}

/// [`found_in`] for an uploaded file: also binary DER, and text in UTF-16 as some Windows tools write it.
#[must_use]
pub fn found_in_bytes(bytes: &[u8]) -> bool {
    body::is_private_der(bytes) || found_in(&text_of(bytes))
}

/// The text of an uploaded file: UTF-8 with or without a byte-order mark, or UTF-16 with one. What is no text becomes
/// replacement characters, which no rule accepts.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn found_at_depth(text: &str, depth: u8) -> bool {
    let plain = unescape::plain(text);
    label::found_in(&plain)
        || body::found_in(&plain)
        || member::found_in(&plain)
        || (depth > 0 && body::encoded_pem(&plain).iter().any(|inner| found_at_depth(inner, depth - 1)))
}

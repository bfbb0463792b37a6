//! Finds private-key material in anything that a person pastes, so that it is refused before it is saved, logged or
//! shown again (threat 12).
//!
//! Four independent looks at the same text, each linear in its length: labels with a body beside them ([`label`]), the
//! structure of the encoded key whatever its label ([`body`], and [`binary`] and `blob` in bytes), the members of JSON or
//! XML ([`member`]), and what programs print ([`printed`]) or call a private number (`named`). Words about private keys,
//! public keys and certificates are none of these.
//!
//! What the text is an encoding of is looked at in the same way, and what that is an encoding of ([`search`]): base64
//! ([`base64`]), base32 and uuencode (`recoded`), lines with a number, a sign or a time beside them (`lines`), numbers and
//! escapes ([`numbers`]), dumps ([`dump`]), other character sets ([`charset`]) and compressed data ([`inflate`]). All of it
//! together costs at most 5 looks at a text of the length given and 192 KB more. In the browser, whose program has to stay
//! small, base64 and the character sets alone are undone; the server undoes all.

mod base64;
mod binary;
#[cfg(not(target_arch = "wasm32"))]
mod blob;
mod body;
mod charset;
#[cfg(not(target_arch = "wasm32"))]
mod dump;
#[cfg(not(target_arch = "wasm32"))]
mod inflate;
mod label;
#[cfg(not(target_arch = "wasm32"))]
mod lines;
mod member;
#[cfg(not(target_arch = "wasm32"))]
mod named;
#[cfg(not(target_arch = "wasm32"))]
mod numbers;
#[cfg(not(target_arch = "wasm32"))]
mod printed;
#[cfg(not(target_arch = "wasm32"))]
mod recoded;
mod search;
mod unescape;

/// What the person is told, at the field where the key was found, or on the command line. Without the size of the new
/// pair, which is the environment's.
pub const SENTENCE: &str = "What you entered contains a private key. We did not keep it. Treat that key as exposed: make \
    a new pair of keys, keep private_key.pem to yourself, and enter only what is in public_key.pem.";

/// The same where the box is not empty: what stands in it is no part of what was refused.
pub const SENTENCE_BESIDE: &str = "What you entered contains a private key. We did not keep it. The box shows what was \
    there before. Treat that key as exposed: make a new pair of keys, keep private_key.pem to yourself, and enter only \
    what is in public_key.pem.";

/// What the person is told at a field that holds `present` again, as it was before the private key was put into it.
#[must_use]
pub fn sentence_beside(present: &str) -> &'static str {
    if present.trim().is_empty() { SENTENCE } else { SENTENCE_BESIDE }
}

/// Whether the text holds a private key, or enough of one to matter, in whatever it was wrapped.
#[must_use]
pub fn found_in(text: &str) -> bool {
    search::found(text.as_bytes())
}

/// The cheapest of the looks, at the text as it stands: whether it says of itself that it is a private key. For what is too
/// long, or came too often, to be looked through, and is shown to whoever sent it and kept nowhere.
#[must_use]
pub fn is_labelled(text: &str) -> bool {
    label::found_in(text.as_bytes())
}

/// [`found_in`] for an uploaded file, which need not be text.
#[must_use]
pub fn found_in_bytes(bytes: &[u8]) -> bool {
    search::found(bytes)
}

/// How many bytes [`found_in`] looks at for a text, in all its decodings: at most 5 times its length and 192 KB, whatever
/// it is (threat 16). Its time is in proportion.
#[must_use]
pub fn bytes_looked_at(text: &str) -> usize {
    search::look(text.as_bytes()).1
}

/// The text of an uploaded file: UTF-8 with or without a byte-order mark, or UTF-16, as some Windows tools write it.
/// What is no text becomes replacement characters, which no rule accepts.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ if is_every_other_zero(bytes, 1) => utf16(bytes, u16::from_le_bytes),
        _ if is_every_other_zero(bytes, 0) => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Whether the bytes begin like UTF-16 of ASCII: this one of each of the first pairs is zero, and the other is not.
fn is_every_other_zero(bytes: &[u8], zero: usize) -> bool {
    let mut pairs = bytes.chunks_exact(2).take(32);
    bytes.len() >= 8 && pairs.all(|pair| pair[zero] == 0 && pair[1 - zero] != 0)
}

//! The structure of an encoded private key, whatever its label says or when it has none.

use super::base64::prefix;
use crate::hex;

/// How many base64 characters are decoded to judge a candidate: 96 bytes reach past a certificate's algorithm.
const PREFIX: usize = 128;
/// How many digits are decoded first, as most candidates are none.
const GLANCE: usize = 16;
/// The fewest bytes that are a key worth the name; an Ed25519 key in PKCS#8 has 48.
const FEWEST: usize = 28;

/// Whether a private key starts anywhere in the text, in base64 or hexadecimal.
pub(super) fn found_in(plain: &[u8]) -> bool {
    let read = |at: usize, most: usize| prefix(&plain[at..], most);
    let base64 = |at: usize| may_be_private(&read(at, GLANCE)) && is_private_der(&read(at, PREFIX));
    let read_hex = |at: usize, most: usize| decode_hex(&plain[at..], most);
    let hex = |at: usize| may_be_private(&read_hex(at, GLANCE)) && is_private_der(&read_hex(at, PREFIX * 2));
    let openssh = |at: usize| prefix(&plain[at..], 20).starts_with(b"openssh-key-v1");
    (0..plain.len()).any(|at| match plain[at] {
        // 0x30 and the three kinds of length that follow it.
        b'M' => base64(at),
        b'3' => plain.get(at + 1) == Some(&b'0') && hex(at),
        b'b' => plain.get(at + 1) == Some(&b'3') && openssh(at),
        _ => false,
    })
}

/// Decodes up to `most` hexadecimal digits over spaces, line breaks and colons.
fn decode_hex(text: &[u8], most: usize) -> Vec<u8> {
    let parts = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b' ' | b'\n' | b':');
    let digits = text.iter().take_while(parts).filter(|byte| byte.is_ascii_hexdigit()).take(most);
    hex::decode(digits.copied())
}

/// Every structure is a SEQUENCE that begins with an INTEGER or a SEQUENCE.
fn may_be_private(bytes: &[u8]) -> bool {
    enter(bytes, 0x30).is_some_and(|content| matches!(content.first(), Some(0x02 | 0x30)))
}

/// Whether the bytes begin like one of the private-key structures; the end may be cut off.
pub(super) fn is_private_der(bytes: &[u8]) -> bool {
    if bytes.len() < FEWEST {
        return false;
    }
    let Some(content) = enter(bytes, 0x30) else { return false };
    encrypted_pkcs8(content) || versioned(content, true)
}

/// Whether one of the structures begins here, as far as its parts show that are there. In the middle of other data a
/// part that is cut off says nothing.
pub(super) fn is_whole_private_der(bytes: &[u8]) -> bool {
    let Some(content) = enter(bytes, 0x30).filter(|_| bytes.len() >= FEWEST) else { return false };
    encrypted_pkcs8(content) || versioned(content, false)
}

/// PKCS#8 (RFC 5958), PKCS#1 and DSA, SEC 1 (RFC 5915), PKCS#12 (RFC 7292): each begins with its version.
fn versioned(content: &[u8], may_be_cut: bool) -> bool {
    let [0x02, 0x01, version, rest @ ..] = content else { return false };
    match (version, rest.first()) {
        (0 | 1, Some(0x30)) => pkcs8(rest, may_be_cut),
        (0 | 1, Some(0x02)) => enter(rest, 0x02).is_some() && rest.get(1).is_some_and(|length| *length >= 0x20),
        (1, Some(0x04)) => rest.get(1).is_some_and(|length| *length >= 0x10),
        (3, Some(0x30)) => enter(rest, 0x30).is_some_and(|inner| inner.first() == Some(&0x06)),
        _ => false,
    }
}

/// `AlgorithmIdentifier` and then an OCTET STRING; in a certificate that starts alike a name follows instead.
fn pkcs8(rest: &[u8], may_be_cut: bool) -> bool {
    let Some(algorithm) = enter(rest, 0x30) else { return false };
    if algorithm.first() != Some(&0x06) {
        return false;
    }
    let header = rest.len() - algorithm.len();
    let length = match &rest[1..header] {
        [short] => usize::from(*short),
        [_, long @ ..] => long.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
        [] => return false,
    };
    // Cut off before that tag it is a key all the same: no public structure has so long an algorithm so early.
    rest.get(header.saturating_add(length)).map_or(may_be_cut, |tag| *tag == 0x04)
}

/// An algorithm of PKCS#5 or PKCS#12 password-based encryption first.
fn encrypted_pkcs8(content: &[u8]) -> bool {
    let pkcs5 = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
    let pkcs12 = [0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
    let Some(algorithm) = enter(content, 0x30) else { return false };
    // The schemes of PKCS#5 v1.5, and PBES2.
    let pbes = algorithm.strip_prefix(&pkcs5).is_some_and(|rest| matches!(rest, [1 | 3 | 4 | 6 | 10 | 11 | 13, ..]));
    pbes || algorithm.starts_with(&pkcs12)
}

/// The content of the element that the bytes begin with, as far as it is there. Indefinite lengths (BER) count too.
fn enter(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    match length {
        0x00..=0x80 => Some(rest),
        0x81..=0x84 => rest.get(usize::from(length - 0x80)..),
        _ => None,
    }
}

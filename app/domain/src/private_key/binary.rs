//! Private keys in bytes that are no text, wherever they begin.

use super::body;

/// Whether a private key, or enough of one, is in the bytes. One pass.
pub(super) fn found_in(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| {
        let rest = &bytes[at..];
        #[cfg(not(target_arch = "wasm32"))]
        if super::blob::begins(rest) {
            return true;
        }
        match rest[0] {
            0x30 => body::is_whole_private_der(rest),
            0x02 => is_rsa_tail(rest),
            0x06 => rest.starts_with(&SUN_PROTECTION),
            0xa1 => EC_POINTS.iter().any(|point| rest.starts_with(point)),
            0xfe | 0xce => is_java_keystore(rest),
            b'o' => rest.starts_with(b"openssh-key-v1"),
            0 => is_openssh_private(rest),
            _ => false,
        }
    })
}

/// The algorithm that protects keys in Java keystores: 1.3.6.1.4.1.42.2.17.1.1.
const SUN_PROTECTION: [u8; 12] = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];

/// How the public point begins that follows the private number in RFC 5915, of P-256, P-384 and P-521. In a public key
/// another tag is before it.
const EC_POINTS: [&[u8]; 3] = [
    &[0xa1, 0x44, 0x03, 0x42, 0x00, 0x04],
    &[0xa1, 0x64, 0x03, 0x62, 0x00, 0x04],
    &[0xa1, 0x81, 0x89, 0x03, 0x81, 0x86, 0x00, 0x04],
];

/// The later part of an RSA private key (RFC 8017, A.1.2): the private exponent after the public one, or three of the
/// numbers of one size that follow.
fn is_rsa_tail(rest: &[u8]) -> bool {
    let after_exponent = match rest {
        [0x02, 0x03, 1, 0, 1, after @ ..] | [0x02, 0x01, 3 | 5 | 7 | 17, after @ ..] => after,
        _ => &[],
    };
    match after_exponent {
        [0x02, 0x81, length, ..] if *length >= 0x80 => return true,
        [0x02, 0x82, 1..=8, ..] => return true,
        _ => {}
    }
    let Some(first) = Integer::read(rest) else { return false };
    let Some(second) = rest.get(first.end..).and_then(Integer::read) else { return false };
    let Some(third) = rest.get(first.end + second.end..).and_then(Integer::read) else { return false };
    let is_like = |one: &Integer, other: &Integer| one.length.abs_diff(other.length) <= 2;
    // A length in one byte is the exception: three of them in a row stand in any two-byte characters.
    let is_rule = |number: &Integer| number.length >= 0x80;
    is_like(&first, &second) && is_like(&second, &third) && [first, second, third].iter().any(is_rule)
}

/// A large INTEGER.
struct Integer {
    /// The bytes of its content.
    length: usize,
    /// Where what follows it begins.
    end: usize,
}

impl Integer {
    /// The one that the bytes begin with. Below 128 bytes a length is written by itself (X.690, 8.1.3.4), as of one number
    /// in a hundred of RSA-2048, which begins with zeros.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (length, header) = match bytes {
            [0x02, length @ 0x7e..=0x7f, ..] => (usize::from(*length), 2),
            [0x02, 0x81, length, ..] if *length >= 0x40 => (usize::from(*length), 3),
            [0x02, 0x82, high @ 1..=8, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 4),
            _ => return None,
        };
        Some(Self { length, end: header + length })
    }
}

/// JKS or JCEKS whose first entry is a private key. A store of certificates alone is none.
fn is_java_keystore(rest: &[u8]) -> bool {
    let magic = [[0xfe, 0xed, 0xfe, 0xed], [0xce; 4]].iter().any(|magic| rest.starts_with(magic));
    magic && matches!(rest.get(4..16), Some([0, 0, 0, 1 | 2, 0, 0, _, _, 0, 0, 0, 1 | 3]))
}

/// The private part of an OpenSSH key: it begins with the modulus, a number with a zero before its highest bit, where a
/// public key has the exponent and a signature has as many bytes as the modulus; or a public key of Ed25519 with the
/// private one after it.
fn is_openssh_private(rest: &[u8]) -> bool {
    let rsa =
        rest.strip_prefix(b"\0\0\0\x07ssh-rsa\0\0").is_some_and(|after| matches!(after, [1..=8, 1 | 0x81, 0, ..]));
    let ed25519 = rest.strip_prefix(b"\0\0\0\x0bssh-ed25519\0\0\0\x20");
    rsa || ed25519.is_some_and(|after| after.get(32..36) == Some(&[0, 0, 0, 0x40]))
}

//! What `openssl asn1parse` prints of a private key.

/// The shortest number, in hexadecimal digits, that counts: a serial number has at most 40.
const LONG: usize = 48;

/// Whether the lines tell of a private key: four long INTEGERs one after another (an RSA public key has one, parameters
/// of DSA three), a private number beside its curve, or a structure that is printed as a whole.
pub(super) fn found_in(plain: &[u8]) -> bool {
    if !plain.windows(5).any(|piece| piece == b"prim:") {
        return false;
    }
    let mut integers = 0;
    let mut before: (Kind, &[u8]) = (Kind::Other, &[]);
    for line in plain.split(|byte| *byte == b'\n').filter(|line| line.windows(2).any(|piece| piece == b"l=")) {
        let (kind, value) = (kind(line), value(line));
        integers = match kind {
            Kind::Integer if value.len() >= LONG => integers + 1,
            Kind::Integer => integers,
            _ => 0,
        };
        let private_number = kind == Kind::Octets
            && (before == (Kind::Integer, b"01".as_slice()) && value.len() >= 32
                || before.0 == Kind::Curve && value.starts_with(b"04"));
        if integers >= 4 || private_number {
            return true;
        }
        before = (kind, value);
    }
    false
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Octets,
    Curve,
    Other,
}

fn kind(line: &[u8]) -> Kind {
    let has = |word: &[u8]| line.windows(word.len()).any(|piece| piece == word);
    if has(b"INTEGER") {
        Kind::Integer
    } else if has(b"OCTET") {
        Kind::Octets
    } else if has(b"OBJECT") && (has(b"25519") || has(b"X448") || has(b"ED448") || has(b"Ed448")) {
        Kind::Curve
    } else {
        Kind::Other
    }
}

/// The hexadecimal digits at the end of a line.
fn value(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_end();
    let start = line.iter().rposition(|byte| !byte.is_ascii_hexdigit()).map_or(0, |at| at + 1);
    &line[start..]
}

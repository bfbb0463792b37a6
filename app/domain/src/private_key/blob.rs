//! Private keys in the binary forms of Windows (CryptoAPI, PVK, CNG) and of COSE, wherever they begin.

/// Whether one begins with these bytes.
pub(super) fn begins(rest: &[u8]) -> bool {
    match rest[0] {
        b'R' | b'D' | b'E' => cng(rest),
        0x1e => matches!(rest, [0x1e, 0xf1, 0xb5, 0xb0, 0, 0, 0, 0, 1 | 2, 0, 0, 0, ..]),
        0x21 => matches!(rest, [0x21, 0x43, 1, 0, 1, 0x22, 0x58 | 0x59, ..]) || ec_pair(rest),
        0x20 => matches!(rest, [0x20, 1..=8, 0x23, 0x58, 0x20..=0x42, _, ..]),
        _ => false,
    }
}

/// `BCRYPT_RSAKEY_BLOB` and its kin: a sign for a private key, then a length. `RSA2` follows the header of a
/// PRIVATEKEYBLOB of CryptoAPI, too.
fn cng(rest: &[u8]) -> bool {
    let Some((magic, length)) = rest.split_at_checked(4) else { return false };
    let is_length = matches!(length, [_, 0..=0x40, 0, 0, ..]) && !length.starts_with(&[0, 0]);
    is_length
        && [b"RSA2", b"RSA3", b"DSS2", b"DSPV", b"DPV2", b"ECS2", b"ECS4", b"ECS6", b"ECK2", b"ECK4", b"ECK6", b"ECPV"]
            .iter()
            .any(|private| *private == magic)
}

/// COSE (RFC 9053): x, then y where there is one, then d.
fn ec_pair(rest: &[u8]) -> bool {
    let Some(after_x) = byte_string(&rest[1..]) else { return false };
    let after_y = match after_x {
        [0x22, 0xf4 | 0xf5, after @ ..] => Some(after),
        [0x22, y @ ..] => byte_string(y),
        after => Some(after),
    };
    after_y.and_then(|rest| rest.strip_prefix(&[0x23])).and_then(byte_string).is_some()
}

/// What follows a byte string of the length of a curve's numbers.
fn byte_string(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [0x58, length @ 0x20..=0x42, after @ ..] => after.get(usize::from(*length)..),
        _ => None,
    }
}

//! Hexadecimal. Our own few lines, because the general library is 50 KB of wasm.

/// The bytes in lowercase hexadecimal.
#[must_use]
pub fn lower(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes that pairs of digits of either case stand for; a last single digit is left out.
pub(crate) fn decode(digits: impl Iterator<Item = u8>) -> Vec<u8> {
    let values: Vec<u8> =
        digits.filter_map(|digit| char::from(digit).to_digit(16)).filter_map(|v| u8::try_from(v).ok()).collect();
    values.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(lower(&[0x00, 0x9a, 0xff]), "009aff");
        assert_eq!(decode(lower(&all).into_bytes().into_iter()), all);
        assert_eq!(decode(b"AbC".iter().copied()), [0xab]);
    }
}

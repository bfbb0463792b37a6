//! Runs of base64 or base64url in a text, decoded from each place at which their groups of four may begin.

use base64::Engine;

/// Base64 that is read forgivingly: padding or none, trailing bits whatever they are.
const FORGIVING: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// The fewest digits that are worth decoding.
const SHORTEST: usize = 32;

/// What each run of base64 holds. A word before it may have run into it, so each of the four alignments is tried.
pub(super) fn decoded(plain: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = plain;
    while let Some(start) = rest.iter().position(|byte| digit(*byte).is_some()) {
        let (digits, used) = run(&rest[start..], usize::MAX);
        if is_encoded(&digits) {
            found.extend((0..4).map(|skipped| decode(&digits[skipped..])));
        }
        rest = &rest[start + used.max(1)..];
    }
    found
}

/// Whether somewhere in the run stand so many digits in a row of which so many are capitals, numbers or signs. Of what is
/// encoded more than half are, of prose without its spaces next to none: most of what people write need not be decoded.
fn is_encoded(digits: &[u8]) -> bool {
    digits.windows(SHORTEST).step_by(SHORTEST / 2).any(|row| {
        let telling = row.iter().filter(|digit| !digit.is_ascii_lowercase());
        telling.count() >= SHORTEST / 4
    })
}

/// Decodes up to `most` base64 characters at the start of a text, over line breaks and quotes.
pub(super) fn prefix(text: &[u8], most: usize) -> Vec<u8> {
    decode(&run(text, most).0)
}

/// The base64 digits at the start of a text, and how many bytes of it they and the signs between them take. Between
/// them stand line breaks, what quotes a mail or a string in a program, and soft breaks of quoted-printable.
fn run(text: &[u8], most: usize) -> (Vec<u8>, usize) {
    let mut digits = Vec::new();
    let mut used = 0;
    while let Some(byte) = text.get(used).filter(|_| digits.len() < most) {
        match (byte, digit(*byte)) {
            (b'"' | b'\'', _) => used += glue(&text[used..]),
            (_, Some(digit)) => {
                digits.push(digit);
                used += 1;
            }
            (b' ' | b'\n' | b'>' | b',' | b'|', None) => used += 1,
            (b'=', None) if text.get(used + 1) == Some(&b'\n') => used += 2,
            _ => break,
        }
    }
    (digits, used)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        byte => byte.is_ascii_alphanumeric().then_some(byte),
    }
}

/// A quotation mark, with the sign of concatenation and the next mark where one string is continued in another.
fn glue(text: &[u8]) -> usize {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'');
    let between =
        text.iter().skip(1).take(40).take_while(|byte| matches!(**byte, b' ' | b'\n' | b'+' | b'.' | b'&')).count();
    let next = text.get(1 + between).filter(|byte| is_mark(byte));
    if next.is_some() { between + 2 } else { 1 }
}

fn decode(digits: &[u8]) -> Vec<u8> {
    // A single digit left over holds no byte.
    let whole = if digits.len() % 4 == 1 { &digits[..digits.len() - 1] } else { digits };
    FORGIVING.decode(whole).unwrap_or_default()
}

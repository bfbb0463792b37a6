//! Texts that were read in another character set than they were written in.

/// UTF-16 that was read byte by byte, and binary data that was read as Latin-1 or Windows-1252.
pub(super) fn decoded(view: &[u8], text: &str) -> Vec<Vec<u8>> {
    let mut found = narrow(view);
    if std::str::from_utf8(view).is_ok() {
        found.extend(without_gaps(text));
        found.extend(without_spaces(text));
        found.extend(one_byte_each(text));
    }
    found
}

/// The text without the NULs between its letters, or what stands for them.
fn without_gaps(text: &str) -> Option<Vec<u8>> {
    let gaps = text.chars().filter(|c| is_gap(*c)).count() + text.matches("^@").count();
    if gaps == 0 || gaps * 8 < text.chars().count() {
        return None;
    }
    let kept: String = text.chars().filter(|c| !is_gap(*c)).collect();
    Some(kept.replace("^@", "").into_bytes())
}

/// The text without the spaces between its letters: every other character where it begins with a letter, and all of
/// them, where nearly half of it is spaces.
fn without_spaces(text: &str) -> Vec<Vec<u8>> {
    let spaces = text.bytes().filter(|byte| *byte == b' ').count();
    if spaces == 0 || spaces * 100 < text.len() * 45 {
        return Vec::new();
    }
    let letters = text.bytes().step_by(2).collect();
    vec![letters, text.bytes().filter(|byte| *byte != b' ').collect()]
}

/// Stretches of bytes with a zero after each: UTF-16 of anything, in either order of bytes.
fn narrow(view: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for first in 0..2 {
        let letters = view.get(first..).unwrap_or_default();
        let pairs = letters.len().div_ceil(2);
        // Each stretch ends with a letter without a zero: the last one may have its zero before it.
        let ends = letters.chunks(2).enumerate().filter(|(_, pair)| !matches!(pair, [_, 0])).map(|(at, _)| at + 1);
        let mut start = 0;
        for end in ends.chain([pairs]) {
            if end - start >= SHORTEST {
                found.push(letters.iter().step_by(2).take(end).skip(start).copied().collect());
            }
            start = end;
        }
    }
    found
}

/// The shortest stretch of UTF-16 that is looked at, in characters.
const SHORTEST: usize = 24;

fn is_gap(c: char) -> bool {
    matches!(c, '\0' | '\u{fffd}' | '\u{2400}')
}

/// Each character as the byte that it was. What could not be read then is taken for the byte that is there most often in
/// the lengths of keys.
fn one_byte_each(text: &str) -> Option<Vec<u8>> {
    let high = text.chars().filter(|c| !c.is_ascii() && byte_of(*c).is_some()).count();
    if high * 8 < text.chars().count() || high == 0 {
        return None;
    }
    Some(text.chars().map(|c| byte_of(c).unwrap_or(b'?')).collect())
}

fn byte_of(c: char) -> Option<u8> {
    if c == '\u{fffd}' {
        return Some(0x82);
    }
    let windows = WINDOWS_1252.iter().position(|special| *special == c).and_then(|at| u8::try_from(0x80 + at).ok());
    u8::try_from(u32::from(c)).ok().or(windows)
}

/// The characters of the bytes 0x80 to 0x9f; what is none there stands for itself.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Text whose bytes were read as UTF-16 in pairs, or UTF-16 that was read with its bytes exchanged: each character taken
/// apart into its two bytes, in both orders.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn units(text: &str) -> Vec<Vec<u8>> {
    let units: Vec<u16> =
        text.encode_utf16().filter(|unit| *unit > 0x7f && *unit != 0xfffd && *unit != 0xfeff).collect();
    let readable = |byte: u8| matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    let fitting = units.iter().filter(|unit| unit.to_be_bytes().into_iter().all(readable)).count();
    if fitting < 12 || fitting * 10 < units.len() * 9 {
        return Vec::new();
    }
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_be_bytes, u16::to_le_bytes];
    let bytes =
        |order: fn(u16) -> [u8; 2]| units.iter().flat_map(|unit| order(*unit)).filter(|byte| *byte != 0).collect();
    orders.into_iter().map(bytes).collect()
}

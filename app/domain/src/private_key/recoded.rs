//! Base32 (RFC 4648) and what `uuencode` writes.

/// The fewest digits of base32 that are worth decoding.
const SHORTEST: usize = 48;
/// The fewest bytes of uuencode that are worth a look.
const FEWEST: usize = 28;

/// What each run of base32 holds, in capitals or in small letters, over line breaks and what quotes a mail.
pub(super) fn base32(plain: &[u8]) -> Vec<Vec<u8>> {
    let mut runs = Runs::default();
    let mut is_line_start = true;
    for byte in plain {
        match (digit(*byte), byte) {
            (Some(digit), _) => {
                runs.take(digit, *byte);
                is_line_start = false;
            }
            (None, b'\n') => is_line_start = true,
            (None, b' ' | b'>' | b'"') if is_line_start => {}
            _ => runs.end(),
        }
    }
    runs.end();
    runs.found
}

#[derive(Default)]
struct Runs {
    digits: Vec<u8>,
    /// Whether the run is in capitals, once that is known.
    capitals: Option<bool>,
    found: Vec<Vec<u8>>,
}

impl Runs {
    fn take(&mut self, digit: u8, byte: u8) {
        if byte.is_ascii_alphabetic() {
            let capitals = byte.is_ascii_uppercase();
            if self.capitals.is_some_and(|before| before != capitals) {
                self.end();
            }
            self.capitals = Some(capitals);
        }
        self.digits.push(digit);
    }

    fn end(&mut self) {
        let digits = std::mem::take(&mut self.digits);
        self.capitals = None;
        if digits.len() >= SHORTEST {
            self.found.push(packed(&digits, 5));
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// The bytes of digits of so many bits each.
fn packed(digits: &[u8], bits: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len());
    let (mut held, mut count) = (0u32, 0);
    for digit in digits {
        held = (held << bits | u32::from(*digit)) & 0xffff;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(held >> count & 0xff));
        }
    }
    bytes
}

/// What rows of lines hold of which each says its length first, as `uuencode` writes them.
pub(super) fn uuencoded(text: &str) -> Vec<Vec<u8>> {
    let mut found = vec![Vec::new()];
    for line in text.lines() {
        match (uu_line(line.as_bytes()), found.last_mut()) {
            (Some(bytes), Some(row)) => row.extend(bytes),
            _ => found.push(Vec::new()),
        }
    }
    found.retain(|row| row.len() >= FEWEST);
    found
}

/// Spaces at the end may have been lost.
fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let (length, digits) = line.split_first()?;
    let length = usize::from(length.checked_sub(b' ')?) & 63;
    let wanted = length.div_ceil(3) * 4;
    let fits = length > 0 && digits.len() <= wanted + 1 && digits.len() + 4 >= wanted;
    if !fits || !digits.iter().all(|byte| (b' '..=b'`').contains(byte)) {
        return None;
    }
    let mut values: Vec<u8> = digits.iter().take(wanted).map(|byte| (byte - b' ') & 63).collect();
    values.resize(wanted, 0);
    let mut bytes = packed(&values, 6);
    bytes.truncate(length);
    Some(bytes)
}

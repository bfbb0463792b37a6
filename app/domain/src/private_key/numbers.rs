//! Bytes that a program wrote as numbers: in hexadecimal with any prefix and separator, in decimal, or escaped in a
//! string.

/// The most signs between two numbers of a list: a line break with its indentation, a bracket and a type.
const GAP: usize = 40;
/// The fewest bytes that are worth a look.
const FEWEST: usize = 28;

/// What each row of numbers stands for: hexadecimal, the same with the bytes of each word reversed, and decimal.
pub(super) fn decoded(text: &[u8]) -> Vec<Vec<u8>> {
    let mut rows = Rows::default();
    let mut at = 0;
    while at < text.len() {
        let gap = text[at..].iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        let start = at + gap;
        let length = text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if gap > GAP {
            rows.end();
        }
        // `-91` is a negative number where the sign follows another; in `30-82` it parts two.
        let is_negative = text[at..start].ends_with(b"-") && (gap > 1 || at == 0);
        rows.take(&text[start..start + length], is_negative);
        at = start + length;
    }
    rows.end();
    rows.found
}

#[derive(Default)]
struct Rows {
    hexadecimal: Vec<u8>,
    reversed: Vec<u8>,
    decimal: Vec<u8>,
    found: Vec<Vec<u8>>,
}

impl Rows {
    fn take(&mut self, word: &[u8], is_negative: bool) {
        if word.is_empty() || is_type(word) {
            return;
        }
        match hexadecimal(word).or_else(|| cut(word, self.hexadecimal.is_empty())) {
            Some(bytes) => {
                self.hexadecimal.extend(&bytes);
                self.reversed.extend(bytes.iter().rev());
            }
            None => self.end_hexadecimal(),
        }
        match decimal(word, is_negative) {
            Some(byte) => self.decimal.push(byte),
            None => self.end_decimal(),
        }
    }

    fn end(&mut self) {
        self.end_hexadecimal();
        self.end_decimal();
    }

    fn end_hexadecimal(&mut self) {
        let (row, reversed) = (std::mem::take(&mut self.hexadecimal), std::mem::take(&mut self.reversed));
        if row.len() >= FEWEST {
            if row != reversed {
                self.found.push(reversed);
            }
            self.found.push(row);
        }
    }

    fn end_decimal(&mut self) {
        let row = std::mem::take(&mut self.decimal);
        if row.len() >= FEWEST {
            self.found.push(row);
        }
    }
}

/// The type that languages ask for before each byte.
fn is_type(word: &[u8]) -> bool {
    [&b"byte"[..], b"sbyte", b"u8", b"uint8", b"Byte", b"UInt8"].contains(&word)
}

/// `0x30`, `x30`, `u0030`, `30h`, `0x30u`, `30`, or any even number of digits at once.
fn hexadecimal(word: &[u8]) -> Option<Vec<u8>> {
    let bare = [&b"0x"[..], b"0X", b"x", b"X", b"u", b"U"].iter().find_map(|prefix| word.strip_prefix(*prefix));
    let digits = bare.unwrap_or(word);
    let digits = match digits {
        // In assembler a zero stands before a letter.
        [b'0', digits @ .., b'h' | b'H'] if digits.len() % 2 == 0 => digits,
        [digits @ .., b'h' | b'H' | b'u' | b'U' | b'L'] => digits,
        digits => digits,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    match digits {
        [digit] => Some(crate::hex::decode([b'0', *digit].into_iter())),
        digits if digits.len() % 2 == 0 => Some(crate::hex::decode(digits.iter().copied())),
        _ => None,
    }
}

/// The fewest digits of a line of hexadecimal that may have lost one.
const LINE: usize = 32;

/// A line that was cut within a byte: at its beginning where it is the first, else at its end.
fn cut(word: &[u8], is_first: bool) -> Option<Vec<u8>> {
    let odd = word.len() >= LINE && word.len() % 2 == 1;
    odd.then(|| hexadecimal(if is_first { &word[1..] } else { &word[..word.len() - 1] }))?
}

fn decimal(word: &[u8], is_negative: bool) -> Option<u8> {
    let digits = word.iter().all(u8::is_ascii_digit) && word.len() <= 3;
    let value = std::str::from_utf8(word).ok().filter(|_| digits)?.parse::<u16>().ok()?;
    match is_negative {
        true => (1..=128).contains(&value).then(|| u8::try_from(256 - value).ok())?,
        false => u8::try_from(value).ok(),
    }
}

/// The fewest escapes that make a text worth unescaping.
const FEWEST_ESCAPES: usize = 4;

/// The bytes of a string literal, a URL or a quoted-printable mail: `\x82`, `\202`, `\u0082`, `%82`, `=82`.
pub(super) fn escapes(text: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut escapes) = (0, 0);
    while at < bytes.len() {
        match escape(&bytes[at..]) {
            Some((byte, used)) => {
                out.extend(byte);
                at += used;
                escapes += 1;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    (escapes >= FEWEST_ESCAPES).then_some(out)
}

/// The byte that an escape at the start stands for, if any, and its length.
fn escape(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let hex = |from: usize| {
        let digits = rest.get(from..from + 2)?;
        digits.iter().all(u8::is_ascii_hexdigit).then(|| crate::hex::decode(digits.iter().copied()).first().copied())?
    };
    match rest {
        [b'\\', b'x' | b'X', ..] => hex(2).map(|byte| (Some(byte), 4)),
        [b'\\', b'u', b'0', b'0', ..] => hex(4).map(|byte| (Some(byte), 6)),
        [b'%' | b'=', ..] if hex(1).is_some() => hex(1).map(|byte| (Some(byte), 3)),
        [b'=', b'\r', b'\n', ..] => Some((None, 3)),
        [b'=', b'\n', ..] => Some((None, 2)),
        [b'\\', b'0'..=b'7', ..] => Some(octal(&rest[1..])),
        [b'\\', letter, ..] => named(*letter).map(|byte| (Some(byte), 2)),
        _ => None,
    }
}

fn octal(digits: &[u8]) -> (Option<u8>, usize) {
    let digits: Vec<u16> =
        digits.iter().take(3).map_while(|d| matches!(d, b'0'..=b'7').then(|| u16::from(d - b'0'))).collect();
    let value = digits.iter().fold(0, |value, digit| value * 8 + digit);
    (u8::try_from(value).ok(), 1 + digits.len())
}

/// The control that a letter stands for after a backslash, as C and `od -c` write it.
pub(super) fn named(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'\\' | b'"' | b'\'' => letter,
        _ => return None,
    })
}

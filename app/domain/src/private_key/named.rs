//! The private numbers of a key under the names that programs give them, also where only a part was pasted: JWK, .NET's
//! `RSAParameters`, BIND, Java, Python, Go and libgcrypt. And without names, in the order of RFC 8017.

/// What says “private” wherever it stands, without its case, spaces and signs.
const TELLING: [&[u8]; 13] = [
    b"privateexponent",
    b"privatekey",
    b"prime1",
    b"prime2",
    b"primep",
    b"primeq",
    b"primes",
    b"exponent1",
    b"exponent2",
    b"exponentp",
    b"exponentq",
    b"coefficient",
    b"inverseq",
];
/// What says so as a word alone: letters as few as these end one line of base64 in a hundred thousand.
const TELLING_WORDS: [&[u8]; 5] = [b"qinv", b"q_inv", b"iqmp", b"dmp1", b"dmq1"];
/// What says so before a number that is long enough for RSA.
const SHORT: [&[u8]; 4] = [b"d", b"dp", b"dq", b"qi"];
/// The last letters of all of these, and of `p` and `q`.
const LAST: &[u8] = b"dDpPqQiItTyY12sSvV";
/// The longest of the names, with the spaces and signs in it.
const LONGEST_NAME: usize = 24;

/// The least that a prime of RSA or what is left of a division by it has, in bits.
const PRIME: usize = 500;
/// The least that the private number of any key has, in bits: P-256 and Ed25519.
const LEAST: usize = 240;
/// A line of at least this many digits may go on in the next one.
const FULL_LINE: usize = 56;
/// The most digits that are counted of one number, and the most numbers of one list.
const MOST: usize = 1100;

/// Whether one of the forms is in the text. One pass.
pub(super) fn found_in(plain: &[u8]) -> bool {
    let (mut p, mut q) = (0, 0);
    let separators =
        plain.iter().enumerate().filter(|(_, byte)| matches!(byte, b':' | b'=' | b'>' | b'#' | b'|' | b','));
    for (at, _) in separators {
        let Some(name) = name_before(&plain[..at]) else { continue };
        let bits = bits(&plain[at + 1..]);
        let is_telling = || {
            TELLING.iter().any(|telling| name.whole.ends_with(telling))
                || TELLING_WORDS.iter().any(|telling| name.is_word(telling))
        };
        let is_member = || name.word == b"d" && name.is_quoted && plain.get(at + 1..).is_some_and(is_quoted_base64);
        let is_long = bits >= PRIME && SHORT.contains(&name.word.as_slice());
        if bits >= LEAST && (is_long || is_telling() || is_member()) {
            return true;
        }
        match name.word.as_slice() {
            b"p" => p = bits.max(p),
            b"q" => q = bits.max(q),
            _ => {}
        }
        if p >= PRIME && q >= PRIME && p.abs_diff(q) <= 32 {
            return true;
        }
    }
    in_order(plain) || age(plain)
}

/// What stands before a separator.
struct Name<'a> {
    /// Its letters and digits, as far back as a name of several words may reach.
    whole: Vec<u8>,
    /// The last word of it.
    word: Vec<u8>,
    is_quoted: bool,
    /// Where it ends, with what is before it.
    reach: &'a [u8],
}

impl Name<'_> {
    /// Whether it is this one, with nothing before it that it may be the rest of.
    fn is_word(&self, word: &[u8]) -> bool {
        let Some((before, end)) = self.reach.split_at_checked(self.reach.len().wrapping_sub(word.len())) else {
            return false;
        };
        end.eq_ignore_ascii_case(word)
            && before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/'))
    }
}

fn name_before(before: &[u8]) -> Option<Name<'_>> {
    let is_sign = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'\n' | b'=' | b']' | b')' | b'*');
    let signs = before.iter().rev().take(8).take_while(|byte| is_sign(byte)).count();
    let before = &before[..before.len() - signs];
    before.last().filter(|byte| LAST.contains(byte))?;
    let reach = &before[before.len().saturating_sub(LONGEST_NAME)..];
    let lower =
        |part: &[u8]| part.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let word = reach.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(reach, |at| &reach[at + 1..]);
    Some(Name {
        whole: lower(reach),
        word: lower(word),
        is_quoted: signs > 0 && ends_quoted(&before[..before.len() - word.len()]),
        reach,
    })
}

fn ends_quoted(before: &[u8]) -> bool {
    matches!(before.last(), Some(b'"' | b'\''))
}

fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// A string right after the separator, in base64.
fn is_quoted_base64(rest: &[u8]) -> bool {
    matches!(rest.trim_ascii_start().first(), Some(b'"' | b'\'')) && is_mixed(digits(opened(rest)))
}

/// How long the number is that stands here: in base64, hexadecimal or decimal, or as a list of bytes. A word of a
/// language is none.
fn bits(rest: &[u8]) -> usize {
    let rest = opened(rest);
    let line = digits(rest);
    let per_digit = match line {
        line if line.len() <= 4 => return listed(rest) * 8,
        line if line.iter().all(u8::is_ascii_digit) => 332,
        line if line.iter().all(u8::is_ascii_hexdigit) => 400,
        line if is_mixed(line) => 600,
        _ => return 0,
    };
    let (mut length, mut rest, mut last) = (line.len(), &rest[line.len()..], line.len());
    while last >= FULL_LINE && length < MOST && rest.first() == Some(&b'\n') {
        rest = rest.trim_ascii_start();
        last = digits(rest).len();
        length += last;
        rest = &rest[last..];
    }
    length * per_digit / 100
}

fn digits(rest: &[u8]) -> &[u8] {
    &rest[..rest.iter().take(MOST).take_while(|byte| is_digit(byte)).count()]
}

/// Base64 of a number has capitals, small letters and digits; the path of a file has more strokes.
fn is_mixed(line: &[u8]) -> bool {
    let strokes = line.iter().filter(|byte| **byte == b'/').count();
    strokes * 9 <= line.len()
        && [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit].iter().all(|kind| line.iter().any(kind))
}

/// Past quotes, brackets and spaces, the call of a constructor (`new BigInteger("`) and `0x`.
fn opened(rest: &[u8]) -> &[u8] {
    let past_signs = |rest: &'_ [u8]| rest.iter().take(40).take_while(|byte| !is_digit(byte)).count();
    let rest = &rest[past_signs(rest)..];
    let is_call = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'_' | b' ');
    let call = rest.iter().take(40).take_while(is_call).count();
    let rest = match rest.get(call) {
        Some(b'(' | b'{') => &rest[call + past_signs(&rest[call..])..],
        _ => rest,
    };
    rest.strip_prefix(b"0x").unwrap_or(rest)
}

/// How many bytes are in the list that begins here: as many as a number of RSA has, give or take a sign.
fn listed(rest: &[u8]) -> usize {
    let (mut at, mut items) = (0, 0);
    while items < MOST {
        let item = rest[at..].iter().take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let between = rest[at + item..].iter().take(40).take_while(|byte| matches!(byte, b',' | b' ' | b'\n')).count();
        let is_byte = std::str::from_utf8(&rest[at..at + item]).is_ok_and(|item| match item.strip_prefix("0x") {
            Some(hex) => u8::from_str_radix(hex, 16).is_ok(),
            None => item.parse::<u8>().is_ok(),
        });
        if !is_byte {
            break;
        }
        items += 1;
        at += item + between;
        if between == 0 {
            break;
        }
    }
    if (items + 1) % 32 <= 2 { items } else { 0 }
}

/// `n, e, d` as numbers, as Go and Python print a key: a modulus, its exponent, and a number that no exponent follows.
fn in_order(plain: &[u8]) -> bool {
    let words = plain.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let kinds = words.map(|word| match word {
        b"65537" | b"0x10001" | b"3" | b"17" => Kind::Exponent,
        [b'0', b'x', hex @ ..] if hex.len() >= PRIME / 4 && hex.iter().all(u8::is_ascii_hexdigit) => Kind::Long,
        word if word.len() * 332 >= PRIME * 100 && word.iter().all(u8::is_ascii_digit) => Kind::Long,
        _ => Kind::Other,
    });
    let mut last = [Kind::Other; 3];
    for kind in kinds.chain([Kind::Other]) {
        if last == [Kind::Long, Kind::Exponent, Kind::Long] && kind != Kind::Exponent {
            return true;
        }
        last = [last[1], last[2], kind];
    }
    false
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Long,
    Exponent,
    Other,
}

/// The identity of age: `AGE-SECRET-KEY-1…`.
fn age(plain: &[u8]) -> bool {
    const LABEL: &[u8] = b"AGE-SECRET-KEY-";
    let begins = |at: &usize| plain.get(*at..at + LABEL.len()).is_some_and(|label| label.eq_ignore_ascii_case(LABEL));
    let long =
        |at: usize| plain[at + LABEL.len()..].iter().take(60).filter(|byte| byte.is_ascii_alphanumeric()).count() >= 50;
    (0..plain.len()).filter(|at| matches!(plain[*at], b'A' | b'a')).filter(begins).any(long)
}

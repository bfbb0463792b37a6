//! Undoes the escapes that HTML, JSON, shells and URLs put into a pasted key, as ASCII.

/// The text with escaped line breaks and signs undone, every dash made `-`, every other space a plain one and
/// invisible characters dropped. Lossy on purpose: it is only searched, never kept.
pub(super) fn plain(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (byte, used) = match c {
            '\\' => backslash(rest),
            '&' => entity(rest),
            '%' => percent(rest),
            '<' => break_tag(rest),
            _ => (ascii(c), c.len_utf8()),
        };
        out.extend(byte);
        rest = rest.get(used..).unwrap_or_default();
    }
    out
}

fn ascii(c: char) -> Option<u8> {
    match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Some(b'-'),
        '\u{201c}'..='\u{201f}' => Some(b'"'),
        // Full-width forms are ASCII at a fixed distance.
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(c) - 0xfee0).ok(),
        c if c.is_whitespace() => Some(if c == '\n' || c == '\r' { b'\n' } else { b' ' }),
        c if c.is_ascii() => u8::try_from(c).ok(),
        // Any other letter stands for itself, so that it still parts what it stands between.
        _ => Some(0),
    }
}

/// `\n`, `\r`, `\t`, `\/`, `\"`, `\u002b`, each with any number of backslashes before it.
fn backslash(rest: &str) -> (Option<u8>, usize) {
    let slashes = rest.bytes().take_while(|byte| *byte == b'\\').count();
    let after = rest.get(slashes..).unwrap_or_default();
    match after.bytes().next() {
        Some(b'n' | b'r') => (Some(b'\n'), slashes + 1),
        Some(b't') => (Some(b' '), slashes + 1),
        Some(b'u') => match hex(after.get(1..5)) {
            Some(code) => (ascii(code), slashes + 5),
            None => (None, slashes),
        },
        Some(b'x') => match hex(after.get(1..3)) {
            Some(code) => (ascii(code), slashes + 3),
            None => (None, slashes),
        },
        _ => (None, slashes),
    }
}

fn hex(digits: Option<&str>) -> Option<char> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// `&#10;`, `&#x2B;`, `&quot;`, `&nbsp;`, `&lt;`, `&gt;`, `&amp;`, `&plus;`, `&sol;`, `&NewLine;`.
fn entity(rest: &str) -> (Option<u8>, usize) {
    let Some(end) = rest.bytes().take(12).position(|byte| byte == b';') else { return (Some(b'&'), 1) };
    let Some(name) = rest.get(1..end) else { return (Some(b'&'), 1) };
    let named = |byte| (Some(byte), end + 1);
    match name {
        "quot" | "apos" => named(b'"'),
        "nbsp" | "Tab" => named(b' '),
        "NewLine" => named(b'\n'),
        "lt" => named(b'<'),
        "gt" => named(b'>'),
        "plus" => named(b'+'),
        "sol" => named(b'/'),
        "equals" => named(b'='),
        "hyphen" | "dash" | "ndash" | "mdash" | "minus" => named(b'-'),
        // `&amp;#10;` is an entity escaped twice.
        "amp" => (None, end + 1),
        _ => match name.strip_prefix('#').and_then(numeric) {
            Some(c) => (ascii(c), end + 1),
            None => (Some(b'&'), 1),
        },
    }
}

fn numeric(digits: &str) -> Option<char> {
    match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    }
    .and_then(char::from_u32)
}

/// `%0A`, `%2B`, also when escaped twice (`%250A`).
fn percent(rest: &str) -> (Option<u8>, usize) {
    let twice = rest.get(1..3) == Some("25");
    let start = if twice { 3 } else { 1 };
    match hex(rest.get(start..start + 2)) {
        Some(c) if c.is_ascii() => (ascii(c), start + 2),
        _ => (Some(b'%'), 1),
    }
}

/// `<br>`, `<br/>`, `<p>` and the like part lines; every other `<` is itself. `<P>` is a prime in the XML of .NET.
fn break_tag(rest: &str) -> (Option<u8>, usize) {
    for tag in ["<br>", "<br/>", "<br />", "<p>", "</p>", "<div>", "</div>"] {
        let is_tag = |start: &str| start.eq_ignore_ascii_case(tag) && !start.contains('P');
        if rest.get(..tag.len()).is_some_and(is_tag) {
            return (Some(b'\n'), tag.len());
        }
    }
    (Some(b'<'), 1)
}

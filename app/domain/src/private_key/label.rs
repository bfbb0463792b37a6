//! A label that says PRIVATE KEY, with something beside it that is encoded and not a sentence.

/// A run of this many base64 characters without a space is no word of any language; it may be a path of a file.
const BODY: usize = 28;
/// How far from the label its body may start: room for `Proc-Type`, `DEK-Info` and comments.
const REACH: usize = 300;

/// Whether a BEGIN or END label of a private key has a body after or before it.
pub(super) fn found_in(plain: &[u8]) -> bool {
    let upper = plain.to_ascii_uppercase();
    let mut from = 0;
    while let Some(start) = find(&upper[from..], b"PRIVATE").map(|position| from + position) {
        from = start + b"PRIVATE".len();
        let Some(end) = key_word(&upper, from) else { continue };
        let armour = upper.get(end..).unwrap_or_default().iter().take(12);
        let dashes_after = armour.filter(|byte| **byte == b'-').count() >= 2;
        let before = &upper[start.saturating_sub(40)..start];
        let dashes_before = before.windows(2).any(|pair| pair == b"--");
        // Without dashes only a label in capitals is one: in prose “begin” and “private key” come near each other.
        let capitals = plain[start..end].iter().all(|byte| !byte.is_ascii_lowercase());
        let word = |word: &[u8]| before.windows(word.len()).any(|piece| piece == word);
        let label = dashes_after || dashes_before || (capitals && (word(b"BEGIN") || word(b"END")));
        if label && (body_after(plain, end) || body_before(plain, start)) {
            return true;
        }
    }
    putty(&upper)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|piece| piece == word)
}

/// The end of the word KEY when it follows within a few signs.
fn key_word(upper: &[u8], from: usize) -> Option<usize> {
    let rest = upper.get(from..)?;
    let gap = rest.iter().take(6).take_while(|byte| !byte.is_ascii_alphanumeric() || **byte == 0).count();
    rest.get(gap..gap + 3).filter(|word| *word == b"KEY").map(|_| from + gap + 3)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_')
}

/// A run of base64 characters that begins in the reach, before any other label.
fn body_after(plain: &[u8], end: usize) -> bool {
    let window = &plain[end..plain.len().min(end + REACH + BODY)];
    let other = [&b"BEGIN"[..], b"PUBLIC", b"CERTIFICATE"].iter().filter_map(|word| find(window, word)).min();
    has_body(&window[..other.unwrap_or(window.len())])
}

/// A run just before an END label, with nothing but space and signs between.
fn body_before(plain: &[u8], start: usize) -> bool {
    let before = &plain[..start];
    let near = start.saturating_sub(40);
    let Some(label) = before[near..].windows(3).rposition(|word| word == b"END").map(|at| near + at) else {
        return false;
    };
    let end = before[..label].iter().rposition(|byte| is_base64(*byte)).map_or(0, |at| at + 1);
    // The last line of a body may be short, so the line above it counts too.
    has_body(&before[end.saturating_sub(140)..end])
}

fn has_body(window: &[u8]) -> bool {
    window.split(|byte| !is_base64(*byte)).any(|run| run.len() >= BODY && is_encoded(run))
}

/// Base64 of a key has capitals, small letters and digits; the path of a file seldom has all three. Of the last line of a
/// short key one in some hundred has no digit: then its letters are capitals and small ones in like numbers, which those of
/// names written together are not. Or hexadecimal.
fn is_encoded(run: &[u8]) -> bool {
    let many = |kind: fn(&u8) -> bool| run.iter().filter(|byte| kind(byte)).count();
    let fewer = many(u8::is_ascii_uppercase).min(many(u8::is_ascii_lowercase));
    match many(u8::is_ascii_digit) {
        0 => fewer * 4 >= run.len(),
        _ => fewer > 0 || run.iter().all(u8::is_ascii_hexdigit),
    }
}

/// A PuTTY file, or the private part of one.
fn putty(upper: &[u8]) -> bool {
    let lines = b"PRIVATE-LINES:";
    find(upper, lines)
        .is_some_and(|at| find(upper, b"PUTTY-USER-KEY-FILE").is_some() || has_lines(&upper[at + lines.len()..]))
}

/// A number and then a run of base64, of which the capitals are left here.
fn has_lines(upper: &[u8]) -> bool {
    let skipped = upper.iter().take(12).take_while(|byte| !byte.is_ascii_uppercase()).count();
    upper[skipped..].iter().take_while(|byte| is_base64(**byte)).count() >= BODY
}

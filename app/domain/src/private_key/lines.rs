//! Lines of which only a part is encoded: numbered ones, those of a difference, a quoted mail, a log with its times.

/// The shortest part of a line that may be one of base64 or hexadecimal: longer than a number, a word or a time.
const FEWEST: usize = 16;

/// The encoded parts of the lines below each other; nothing where the lines have no other part.
pub(super) fn decoded(plain: &[u8]) -> Option<Vec<u8>> {
    let parts: Vec<&[u8]> = plain.split(|byte| *byte == b'\n').filter_map(part).collect();
    if parts.len() < 2 {
        return None;
    }
    // The sign of a difference is a digit of base64 too: there each line begins with it.
    let sign = parts[0][0];
    let is_sign = matches!(sign, b'+' | b'-') && parts.iter().all(|part| part[0] == sign);
    let bodies = parts.iter().map(|part| &part[usize::from(is_sign)..]);
    let joined = bodies.collect::<Vec<_>>().join(&b'\n');
    (!is_same(&joined, plain)).then_some(joined)
}

/// The last run of digits of base64 in a line, where it is long enough.
fn part(line: &[u8]) -> Option<&[u8]> {
    let mut runs = line.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')));
    runs.rfind(|run| run.len() >= FEWEST)
}

/// Whether nothing but space and padding was taken off.
fn is_same(joined: &[u8], plain: &[u8]) -> bool {
    let bare = |text: &[u8]| text.iter().filter(|byte| !matches!(byte, b' ' | b'\n' | b'=')).count();
    bare(joined) == bare(plain)
}

//! The path of a redirect URI.

use super::{Mend, Refusal, refuse, refuse_with};
use crate::rule::UriFault;

/// The authority and the path, which begins with its slash or is empty.
pub(super) fn split(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// RFC 3986's path, without the escapes and segments that parsers disagree on.
pub(super) fn judge(path: &str) -> Result<(), Refusal> {
    if path.is_empty() {
        return refuse(UriFault::NoPath);
    }
    if let Some(sign) = path.chars().find(|c| !is_allowed(*c)) {
        return refuse(UriFault::Character(sign));
    }
    check_escapes(path)?;
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse(UriFault::Dots);
    }
    let hides_parent = |segment: &str| {
        let name = segment.split(';').next().unwrap_or_default();
        let lower = segment.to_ascii_lowercase();
        (segment.contains(';') && matches!(name, "." | ".."))
            || ["..%3b", ".%3b"].iter().any(|start| lower.starts_with(start))
    };
    if path.split('/').any(hides_parent) {
        return refuse_with(UriFault::HiddenDots, Mend::Nothing);
    }
    Ok(())
}

/// pchar, `/` and `%`.
pub(super) fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/%".contains(c)
}

fn check_escapes(path: &str) -> Result<(), Refusal> {
    for (at, escape) in path.match_indices('%').map(|(at, _)| (at, path.get(at + 1..at + 3))) {
        let digits = escape.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return refuse(UriFault::Escape);
        };
        // U+0080 to U+009F in UTF-8: the second set of controls.
        let is_control = byte < 0x20
            || byte == 0x7f
            || (matches!(byte, 0x80..=0x9f) && path[at.saturating_sub(3)..at].eq_ignore_ascii_case("%c2"));
        if is_control || matches!(byte, b'.' | b'/' | b'\\') {
            return refuse(UriFault::EscapeForbidden(byte));
        }
    }
    Ok(())
}

//! What clings to an address that was copied from somewhere: spaces, quotation marks, a comma.

use super::{Mend, Refusal, refuse_with};
use crate::rule::{End, UriFault};

/// Quotation marks as keyboards, word processors and mail programs make them, and the brackets around a link.
const QUOTES: &str = "\"`“”„‟‘’‚‛«»‹›<>「」";

/// Escapes of spaces, quotation marks and of what cannot be seen. In the middle of a path they may be meant.
const ESCAPED: [&str; 6] = ["%20", "%22", "%c2%a0", "%e2%80%8b", "%ef%bb%bf", "%e2%80%9d"];

/// The escape of a blank at the end.
fn escaped_end(text: &str) -> Option<&'static str> {
    let end = |escape: &&str| {
        let start = text.len().checked_sub(escape.len());
        start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(escape))
    };
    ESCAPED.into_iter().find(end)
}

/// A space or a break of any kind, or a character that has no shape.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_unseen(c)
}

/// Characters without a shape that come along when text is copied.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn is_quote(c: char) -> bool {
    QUOTES.contains(c)
}

/// An apostrophe or a bracket is a sign of addresses too: it is a quotation mark only around one.
fn pair_around(text: &str) -> Option<&str> {
    [('\'', '\''), ('(', ')'), ('[', ']')]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))
}

/// The text without a sign at its end that belongs to nothing before it: none that it would close, or one with nothing but
/// an escaped blank between them, or another of two apostrophes.
fn without_last(text: &str, sign: char, opens: char) -> &str {
    let belongs_to_nothing =
        |rest: &&str| !rest.contains(opens) || escaped_end(rest).is_some() || (sign == '\'' && rest.ends_with(sign));
    text.strip_suffix(sign).filter(belongs_to_nothing).unwrap_or(text)
}

/// The address without what clings to its ends.
pub(super) fn clean(text: &str) -> &str {
    let mut rest = text;
    loop {
        let ends = rest.trim_matches(|c| is_blank(c) || is_quote(c)).trim_end_matches([',', ';']);
        let ends = pair_around(ends).unwrap_or(ends);
        let ends = ends.trim_end_matches('(');
        let ends = without_last(ends, '\'', '\'');
        let ends = without_last(ends, ')', '(');
        let ends = without_last(ends, ']', '[');
        let ends = escaped_end(ends).map_or(ends, |escape| &ends[..ends.len() - escape.len()]);
        if ends == rest {
            return rest;
        }
        rest = ends;
    }
}

/// Refuses what clings to an address, with the address to adopt.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    let inner = clean(text);
    if inner == text {
        return check_inside(text);
    }
    let start = text.chars().next().filter(|_| !text.starts_with(inner) || inner.is_empty());
    let (found, place) = match start {
        Some(first) => (first, End::Start),
        None => (text.chars().next_back().unwrap_or(' '), End::End),
    };
    let mend = if inner.is_empty() { Mend::Nothing } else { Mend::Form(inner.to_owned()) };
    if let (None, Some(escape)) = (start, escaped_end(text)) {
        return refuse_with(UriFault::EscapeAtEnd(escape.to_owned()), mend);
    }
    let fault = match found {
        ' ' => UriFault::Space(place),
        '\t' | '\n' | '\r' => UriFault::Break(place),
        blank if is_blank(blank) => UriFault::Unseen(blank, place),
        ',' => UriFault::TrailingComma,
        ';' => UriFault::TrailingSemicolon,
        sign => UriFault::Quoted(sign, place),
    };
    refuse_with(fault, mend)
}

/// What cannot be seen is taken out; what stands there instead of a space is not guessed at.
fn check_inside(text: &str) -> Result<(), Refusal> {
    match text.chars().find(|c| is_unseen(*c)) {
        Some(unseen) => {
            refuse_with(UriFault::Invisible(unseen), Mend::Form(text.chars().filter(|c| !is_unseen(*c)).collect()))
        }
        None => Ok(()),
    }
}

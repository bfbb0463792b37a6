//! Looks at a text, at what it decodes to, and at what that decodes to, as far as the work allowed reaches.

use std::{borrow::Cow, collections::VecDeque};

use super::{base64, binary, body, charset, label, member, unescape};
#[cfg(not(target_arch = "wasm32"))]
use super::{dump, inflate, lines, numbers, printed, recoded};

/// How many wrappings are taken off: a PEM file in base64 in JSON in base64 in gzip is four.
const DEPTH: u8 = 4;
/// How often everything that was given may be looked at again in another form, in all.
const PASSES: usize = 4;
/// Bytes that may be looked at beyond that: a small text can hold a large compressed one.
const SPARE: usize = 192 * 1024;
/// The shortest view that can hold enough of a key to matter.
const FEWEST: usize = 24;

/// Whether private-key material is in the bytes or in what they decode to.
///
/// Breadth first, so that simple wrappings are always seen through. Each view costs time in proportion to its length,
/// and all of them together have at most 4 times the length given and 192 KB more.
pub(super) fn found(bytes: &[u8]) -> bool {
    look(bytes).0
}

/// The same, with how many bytes were looked at for it.
pub(super) fn look(bytes: &[u8]) -> (bool, usize) {
    if bytes.len() < FEWEST {
        return (false, 0);
    }
    let (mut left, mut looked_at) = (bytes.len() * PASSES + SPARE, 0);
    let mut views = VecDeque::from([(Cow::Borrowed(bytes), 0)]);
    while let Some((view, depth)) = views.pop_front() {
        looked_at += view.len();
        let text = text(&view);
        let plain = unescape::plain(&text);
        if binary::found_in(&view) || in_plain(&plain) {
            return (true, looked_at);
        }
        if depth == DEPTH {
            continue;
        }
        for inner in decoded(&view, &text, &plain) {
            if inner.len() >= FEWEST && inner.len() <= left {
                left -= inner.len();
                views.push_back((Cow::Owned(inner), depth + 1));
            }
        }
    }
    (false, looked_at)
}

/// The view as a text. In what is none every byte that is not ASCII becomes a NUL.
fn text(view: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(view) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => view.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\0' }).collect(),
    }
}

fn in_plain(plain: &[u8]) -> bool {
    #[cfg(not(target_arch = "wasm32"))]
    if printed::found_in(plain) {
        return true;
    }
    label::found_in(plain) || body::found_in(plain) || member::found_in(plain)
}

/// Everything that the view may be an encoding of. In the browser the usual ones alone: the server has the last word.
fn decoded(view: &[u8], text: &str, plain: &[u8]) -> Vec<Vec<u8>> {
    let mut found = charset::decoded(view, text);
    found.extend(base64::decoded(plain));
    #[cfg(not(target_arch = "wasm32"))]
    {
        found.extend(lines::decoded(plain));
        found.extend(charset::units(text));
        found.extend(numbers::decoded(text.as_bytes()));
        found.extend(numbers::escapes(text));
        found.extend(dump::decoded(text));
        found.extend(recoded::base32(plain));
        found.extend(recoded::uuencoded(text));
        found.extend(inflate::decoded(view));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter of prose is a digit of base64: decoded four ways, and what comes of it again, it was looked at five times.
    #[test]
    fn what_people_write_is_looked_at_once() {
        let prose = "People sign in to see their appointments and the letters of their clinic. We match the record by the \
                     number that the provider gives us, and ask for the address only where a letter has to be sent.";
        assert_eq!(look(prose.as_bytes()), (false, prose.len()));
    }
}

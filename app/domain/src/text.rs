//! Text that people type: what is kept as typed, what is tidied, what is refused.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::{
    private_key,
    problem::Problem,
    rule::{Asks, Rule, TextFault},
    skeleton,
};

/// Free text or personal data. The history commits to it by a salted hash only, so that it can be erased without
/// breaking the record; its JSON form `{"$text": "…"}` marks the place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FreeText(#[serde(with = "marked")] pub String);

mod marked {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Marked<T> {
        #[serde(rename = "$text")]
        text: T,
    }

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        Marked { text }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Marked::deserialize(deserializer).map(|marked| marked.text)
    }
}

impl From<String> for FreeText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for FreeText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A single line of 1 to `max` characters: trimmed, NFC, every kind of space made a plain one.
/// `what` names the thing as in the middle of a sentence: `the organisation name`.
///
/// # Errors
/// `text-missing`, `text-too-long`, `text-line-break`, `text-invisible`, `private-key`.
pub fn one_line(field: &str, what: &str, input: &str, max: usize) -> Result<String, Problem> {
    let tidy: String = input.nfc().map(|c| if is_space(c) { ' ' } else { c }).collect();
    let tidy = tidy.trim().to_owned();
    if tidy.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}']) {
        return Err(Problem::new(field, TextFault::LineBreak(what.to_owned())));
    }
    finish(field, what, tidy, max, |_| false)
}

/// Text of one or more lines and 1 to `max` characters: trimmed, NFC, line ends made LF.
///
/// # Errors
/// `text-missing`, `text-too-long`, `text-invisible`, `private-key`.
pub fn paragraphs(field: &str, what: &str, input: &str, max: usize) -> Result<String, Problem> {
    let lines = input.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    let tidy: String = lines.nfc().map(|c| if is_space(c) || c == '\t' { ' ' } else { c }).collect();
    finish(field, what, tidy.trim().to_owned(), max, |c| c == '\n')
}

/// A number as people write it: `2,000`.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let comma_before = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let written =
        digits.char_indices().map(|(at, digit)| if comma_before(at) { format!(",{digit}") } else { digit.into() });
    written.collect()
}

/// What a name of a client, an organisation or a person is compared by with other names: alike ones have the same shape.
#[must_use]
pub fn name_shape(name: &str) -> String {
    skeleton::of_name(name)
}

fn finish(
    field: &str,
    what: &str,
    text: String,
    max: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::new(field, TextFault::Missing(what.to_owned(), Asks::Enter)));
    }
    let length = text.chars().count();
    if length > max {
        return Err(Problem::new(field, TextFault::TooLong { what: what.to_owned(), most: max, length }));
    }
    if let Some((position, sign)) = text.chars().enumerate().find(|(_, c)| is_invisible(*c) && !allowed(*c)) {
        return Err(Problem::new(field, TextFault::Invisible { what: what.to_owned(), sign, position }));
    }
    if private_key::found_in(&text) {
        return Err(Problem::new(field, Rule::PrivateKey));
    }
    Ok(text)
}

/// A space of any width (Unicode category Zs).
pub(crate) fn is_space(c: char) -> bool {
    c.general_category() == GeneralCategory::SpaceSeparator
}

/// Control, format, private-use and unassigned characters, and the letters that have no shape.
pub(crate) fn is_invisible(c: char) -> bool {
    use GeneralCategory as G;
    let no_shape = matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}');
    no_shape
        || matches!(
            c.general_category(),
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::LineSeparator
                | G::ParagraphSeparator
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_between_thousands() {
        for (number, written) in
            [(0, "0"), (999, "999"), (2_000, "2,000"), (20_014, "20,014"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(number), written);
        }
    }

    #[test]
    fn free_text_is_marked() {
        let text = FreeText::from("Ada");
        let json = serde_json::to_string(&text).unwrap();
        assert_eq!(json, r#"{"$text":"Ada"}"#);
        assert_eq!(serde_json::from_str::<FreeText>(&json).unwrap(), text);
        for bad in [r#""Ada""#, r#"{"text":"Ada"}"#, r#"{"$text":"Ada","more":1}"#] {
            assert!(serde_json::from_str::<FreeText>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_is_tidied() {
        assert_eq!(one_line("name", "name", " Ada\u{a0}Love\u{301}lace ", 20).unwrap(), "Ada Lov\u{e9}lace");
    }

    #[test]
    fn a_line_is_refused_in_plain_words() {
        let sentence = |input: &str| one_line("name", "the organisation name", input, 10).unwrap_err().message();
        assert_eq!(sentence("  "), "Enter the organisation name.");
        assert_eq!(
            sentence("01234567890"),
            "The organisation name must be 10 characters or fewer. It has 11: shorten it."
        );
        assert_eq!(sentence("a\nb"), "The organisation name must be on one line. Remove the line breaks.");
        assert_eq!(
            sentence("a\u{200b}b"),
            "The organisation name has a character that cannot be seen (U+200B), number 2 from the start. Delete it, \
             or type the organisation name again instead of pasting it."
        );
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        assert_eq!(
            paragraphs("comment", "comment", " one\r\ntwo\r\n\r\nthree\t3 \n", 50).unwrap(),
            "one\ntwo\n\nthree 3"
        );
        assert_eq!(paragraphs("comment", "comment", "a\u{202e}b", 50).unwrap_err().rule.name(), "text-invisible");
        assert_eq!(paragraphs("comment", "comment", "a\0b", 50).unwrap_err().rule.name(), "text-invisible");
        assert_eq!(paragraphs("comment", "comment", "\n\t ", 50).unwrap_err().rule.name(), "text-missing");
    }
}

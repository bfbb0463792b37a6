//! The text that is to be erased, and how a value is rid of it.

use domain::{draft::hex_digest, erasure::ERASED};
use serde_json::{Map, Value};

/// Fewer characters than this would be found in texts that have nothing to do with it.
const FEWEST: usize = 8;

/// What a value is looked through for.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Needle {
    /// Whatever holds these words, however lines are broken and indented.
    Within(String),
    /// Exactly this.
    Exactly(String),
    /// Whatever has this SHA-256, lowercase hex.
    Digest(String),
}

impl Needle {
    /// A text that somebody gave; none where it is too short to be told apart.
    pub(super) fn within(text: &str) -> Option<Self> {
        let run = run(text);
        (run.chars().count() >= FEWEST).then_some(Self::Within(run))
    }

    /// A text that stands somewhere.
    pub(super) fn of(text: &str) -> Self {
        Self::within(text).unwrap_or_else(|| Self::Exactly(text.to_owned()))
    }

    /// Whether this one value is, or holds, what is to be erased.
    pub(super) fn hits(&self, value: &str) -> bool {
        match self {
            Self::Within(words) => value.len() >= words.len() && run(value).contains(words),
            Self::Exactly(text) => value == text,
            Self::Digest(digest) => hex_digest(value.as_bytes()) == *digest,
        }
    }

    /// Whether a text, or a value of the document that it is, holds it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.hits(text) || document(text).is_some_and(|document| self.is_in_value(&document))
    }

    fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.hits(text),
            Value::Array(entries) => entries.iter().any(|entry| self.is_in_value(entry)),
            Value::Object(members) => members.iter().any(|(name, member)| self.hits(name) || self.is_in_value(member)),
            _ => false,
        }
    }

    /// The text without it: a document keeps all of its other values; anything else is replaced as a whole. None where
    /// it does not hold it.
    pub(super) fn taken_from(&self, text: &str, mark: &str) -> Option<String> {
        if let Some(mut document) = document(text)
            && self.take(&mut document, mark)
        {
            return Some(domain::draft::canonical(&document));
        }
        self.hits(text).then(|| mark.to_owned())
    }

    /// Rids a row's document of it: what is in a draft is emptied, so that its page asks for it again.
    pub(super) fn take_from_state(&self, state: &mut Value) -> bool {
        let draft = state.get_mut("draft").is_some_and(|draft| self.take(draft, ""));
        self.take(state, ERASED) || draft
    }

    fn take(&self, value: &mut Value, mark: &str) -> bool {
        match value {
            Value::String(text) if self.hits(text) => {
                mark.clone_into(text);
                true
            }
            // Of all of them: none is passed over because an earlier one had it.
            Value::Array(entries) => {
                entries.iter_mut().filter_map(|entry| self.take(entry, mark).then_some(())).count() > 0
            }
            Value::Object(members) => {
                let mut found = members.iter_mut().fold(false, |found, (_, member)| self.take(member, mark) || found);
                if members.keys().any(|name| self.hits(name)) {
                    *members =
                        std::mem::take(members).into_iter().map(|pair| self.renamed(pair, mark)).collect::<Map<_, _>>();
                    found = true;
                }
                found
            }
            _ => false,
        }
    }

    fn renamed(&self, (name, member): (String, Value), mark: &str) -> (String, Value) {
        (if self.hits(&name) { mark.to_owned() } else { name }, member)
    }
}

/// The characters of a text without those that a line break or an indentation adds, written out or escaped.
fn run(text: &str) -> String {
    let text = text.replace("\\r", "").replace("\\n", "").replace("\\t", "");
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn document(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// The only text of a document, or what a pointer leads to in it. Otherwise the pointers that could be given, as far as
/// they hold nothing that somebody typed.
pub(super) fn within_document(text: &str, pointer: &str) -> Result<String, Vec<String>> {
    let Some(document) = document(text) else {
        return if pointer.is_empty() { Ok(text.to_owned()) } else { Err(Vec::new()) };
    };
    let mut texts = Vec::new();
    if let Some(value) = document.pointer(pointer) {
        gather(value, pointer, &mut texts);
    }
    match texts.as_slice() {
        [(_, text)] => Ok((*text).to_owned()),
        _ => Err(texts.into_iter().map(|(pointer, _)| pointer).collect()),
    }
}

fn gather<'a>(value: &'a Value, pointer: &str, texts: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) if !text.is_empty() => texts.push((pointer.to_owned(), text)),
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, entry)| gather(entry, &format!("{pointer}/{at}"), texts));
        }
        Value::Object(members) => {
            let plain = |name: &str| name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            for (name, member) in members {
                let name = if plain(name) { name.as_str() } else { "…" };
                gather(member, &format!("{pointer}/{name}"), texts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_may_be_broken_in_another_way() {
        let needle = Needle::within("-----BEGIN KEY-----\nAAAA\nBBBB\n").unwrap();
        for text in ["x -----BEGIN KEY-----\r\n  AAAABBBB y", "-----BEGIN KEY-----\\nAAAA\\nBBBB"] {
            assert!(needle.hits(text), "{text}");
        }
        assert!(!needle.hits("-----BEGIN KEY-----"));
        assert!(Needle::within(" a b c ").is_none(), "too short to be told apart");
        assert!(Needle::of("abc").hits("abc") && !Needle::of("abc").hits("abcd"));
    }

    #[test]
    fn a_document_keeps_its_other_values() {
        let needle = Needle::within("secret words").unwrap();
        let text = json!({"a": ["other", "my secret\twords!"], "secret words": 1}).to_string();
        assert_eq!(needle.taken_from(&text, "(erased)").unwrap(), r#"{"(erased)":1,"a":["other","(erased)"]}"#);
        assert_eq!(needle.taken_from("secret words", "(erased)").unwrap(), "(erased)");
        assert_eq!(needle.taken_from("other", "(erased)"), None);
        let digest = Needle::Digest(hex_digest(b"my secret\twords!"));
        assert!(digest.is_in(&text) && !digest.is_in("my secret words!"));
    }

    #[test]
    fn one_text_of_a_document_is_named_by_its_pointer() {
        let text = json!({"evidence": {"answers": {"a": "one", "B 1": "two"}}}).to_string();
        assert_eq!(within_document(&text, "/evidence/answers/a").as_deref(), Ok("one"));
        assert_eq!(within_document(&text, "").unwrap_err(), ["/evidence/answers/…", "/evidence/answers/a"]);
        assert_eq!(within_document(r#"{"public_key":"P"}"#, "").as_deref(), Ok("P"));
        assert_eq!(within_document("plain", "").as_deref(), Ok("plain"));
    }
}

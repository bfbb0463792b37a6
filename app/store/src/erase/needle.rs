//! The text that is to be erased, and how a value is rid of it.

use domain::{draft::hex_digest, erasure::ERASED};
use serde_json::{Map, Value};

/// Fewer characters than this would be found in texts that have nothing to do with it.
const FEWEST: usize = 8;

/// Members of a row's document whose texts people typed. Whatever else stands there is the portal's own: states, ids, times,
/// environments. An erasure leaves those as they are, whatever somebody is to be rid of is called.
const TYPED: [&str; 11] = [
    "$text",
    "name",
    "email",
    "ods_code",
    "description",
    "use_case",
    "technical",
    "product",
    "security",
    "entry",
    "message",
];
/// Members whose own members people name: reasons by scope, answers by item and field.
const NAMED_BY_PEOPLE: [&str; 3] = ["reasons", "evidence", "answers"];
/// What a saved item of evidence calls its parts.
const OF_AN_ITEM: [&str; 2] = ["item", "answers"];

/// Members of client metadata that the portal fills in, or takes from lists of its own. A draft calls what is chosen
/// otherwise: that may be whatever was sent.
const OURS: [&str; 10] = [
    "alg",
    "grant_types",
    "id_token_signed_response_alg",
    "kty",
    "nhs_vtr",
    "response_types",
    "scope",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "use",
];

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
        match document(text) {
            Some(document) => self.is_in_value(&document, false) || self.goes_across(text, document),
            None => self.hits(text),
        }
    }

    /// Whether it is the whole of a document, or goes across members that people fill in. What could be a member's name does
    /// not: it would be found in every document that has the member.
    fn goes_across(&self, text: &str, mut document: Value) -> bool {
        let is_name = |words: &str| words.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match self {
            Self::Within(words) if is_name(words) => false,
            Self::Within(_) => {
                without_ours(&mut document, false);
                self.hits(&document.to_string())
            }
            Self::Exactly(_) | Self::Digest(_) => self.hits(text),
        }
    }

    /// `named`: whether people gave the members their names.
    fn is_in_value(&self, value: &Value, named: bool) -> bool {
        match value {
            Value::String(text) => self.hits(text),
            Value::Array(entries) => entries.iter().any(|entry| self.is_in_value(entry, false)),
            Value::Object(members) => {
                members.iter().filter(|(name, _)| named || !is_ours(name)).any(|(name, member)| {
                    self.hits_name(name, named) || self.is_in_value(member, named || are_named(name))
                })
            }
            _ => false,
        }
    }

    fn hits_name(&self, name: &str, named: bool) -> bool {
        named && !OF_AN_ITEM.contains(&name) && self.hits(name)
    }

    /// The text without it: a document keeps all of its other values; anything else is replaced as a whole. None where
    /// it does not hold it.
    pub(super) fn taken_from(&self, text: &str, mark: &str) -> Option<String> {
        let Some(mut document) = document(text) else { return self.hits(text).then(|| mark.to_owned()) };
        match self.take(&mut document, mark, false) {
            true => Some(domain::draft::canonical(&document)),
            false => self.goes_across(text, document).then(|| mark.to_owned()),
        }
    }

    /// Rids a row's document of it: what is in a draft is emptied, so that its page asks for it again. Gives whether it
    /// held it.
    pub(super) fn take_from_state(&self, state: &mut Value) -> bool {
        match state {
            Value::Array(entries) => entries.iter_mut().fold(false, |found, entry| found | self.take_from_state(entry)),
            Value::Object(members) => members.iter_mut().fold(false, |found, (name, member)| {
                let taken = match name.as_str() {
                    // What a team calls its keys stands beside the draft, too.
                    "draft" => self.take(member, "", false),
                    "keys" if member.is_object() => self.take(member, "", false),
                    name if TYPED.contains(&name) => self.take(member, ERASED, false),
                    _ => self.take_from_state(member),
                };
                taken || found
            }),
            _ => false,
        }
    }

    fn take(&self, value: &mut Value, mark: &str, named: bool) -> bool {
        match value {
            Value::String(text) if self.hits(text) => {
                mark.clone_into(text);
                true
            }
            // Of all of them: none is passed over because an earlier one had it.
            Value::Array(entries) => {
                entries.iter_mut().fold(false, |found, entry| found | self.take(entry, mark, false))
            }
            Value::Object(members) => {
                let below = |name: &str| named || are_named(name);
                let found = members
                    .iter_mut()
                    .filter(|(name, _)| named || !is_ours(name))
                    .fold(false, |found, (name, member)| self.take(member, mark, below(name)) || found);
                self.rename(members, mark, named) || found
            }
            _ => false,
        }
    }

    fn rename(&self, members: &mut Map<String, Value>, mark: &str, named: bool) -> bool {
        if !members.keys().any(|name| self.hits_name(name, named)) {
            return false;
        }
        let renamed = |(name, member): (String, Value)| {
            (if self.hits_name(&name, named) { mark.to_owned() } else { name }, member)
        };
        *members = std::mem::take(members).into_iter().map(renamed).collect();
        true
    }
}

fn are_named(name: &str) -> bool {
    NAMED_BY_PEOPLE.contains(&name)
}

fn is_ours(name: &str) -> bool {
    OURS.contains(&name)
}

fn without_ours(value: &mut Value, named: bool) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| without_ours(entry, false)),
        Value::Object(members) => {
            members.retain(|name, _| named || !is_ours(name));
            members.iter_mut().for_each(|(name, member)| without_ours(member, named || are_named(name)));
        }
        _ => {}
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
        let text = json!({"a": ["other", "my secret\twords!"], "reasons": {"secret words": 1}}).to_string();
        let left = r#"{"a":["other","(erased)"],"reasons":{"(erased)":1}}"#;
        assert_eq!(needle.taken_from(&text, "(erased)").unwrap(), left);
        assert_eq!(needle.taken_from("secret words", "(erased)").unwrap(), "(erased)");
        assert_eq!(needle.taken_from("other", "(erased)"), None);
        let digest = Needle::Digest(hex_digest(b"my secret\twords!"));
        assert!(digest.is_in(&text) && !digest.is_in("my secret words!"));
    }

    #[test]
    fn what_the_portal_calls_its_own_stays() {
        let saved = json!({"evidence": {"item": "a", "answers": {"answers": "b", "disabled": "c"}}}).to_string();
        let metadata = json!({"client_name": "d", "nhs_vtr": ["P9.Cp.Cd"], "scope": "openid email"});
        let client = json!({"client_metadata": metadata, "evidence": {"e": {"disabled": "f"}}}).to_string();
        for word in ["item", "answers", "evidence", "client_name", "client_metadata", "P9.Cp.Cd", "openid email"] {
            for needle in [Needle::of(word), Needle::Exactly(word.into()), Needle::Digest(hex_digest(word.as_bytes()))]
            {
                assert!(!needle.is_in(&saved) && !needle.is_in(&client), "{word}");
                assert_eq!((needle.taken_from(&saved, ""), needle.taken_from(&client, "")), (None, None), "{word}");
            }
        }
        let answered = json!({"evidence": {"use": {"scope": "secret words"}}}).to_string();
        assert!(Needle::of("secret words").is_in(&answered), "an answer, whatever its field is called");
        let left = r#"{"evidence":{"answers":{"":"c","answers":"b"},"item":"a"}}"#;
        assert_eq!(Needle::of("disabled").taken_from(&saved, "").as_deref(), Some(left), "as somebody named it");
        let mut state = json!({"disabled": {"by": "disabled"}, "environment": "disabled", "name": "disabled"});
        assert!(Needle::of("disabled").take_from_state(&mut state));
        assert_eq!(state, json!({"disabled": {"by": "disabled"}, "environment": "disabled", "name": "(erased)"}));
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

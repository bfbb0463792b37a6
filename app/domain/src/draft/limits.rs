//! How much of anything a draft takes. Saving is total up to here: what is longer is no answer to any question, and each
//! saved section stays in the history for good (threat 15).

use super::{DraftChange, DraftKey};
use crate::{
    key::{self, KeyId},
    policy::EnvironmentPolicy,
    problem::Problem,
    rule::{EvidenceFault, Rule},
    text,
};
use std::collections::BTreeMap;

/// Bytes of a name, a reason or an answer: ten times what any of them may have at submission.
const LONGEST_TEXT: usize = 20 * 1024;
/// Characters of what a team calls a key.
const KEY_NAME: usize = 64;
/// Bytes of a redirect URI.
const LONGEST_URI: usize = 4 * 1024;
/// Redirect URIs, scopes, reasons or vectors: more than any catalogue has.
const MOST_ENTRIES: usize = 50;

impl DraftChange {
    /// How many bytes were typed.
    pub fn bytes(&self) -> usize {
        let entries = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
        let pairs = |texts: &BTreeMap<String, String>| -> usize {
            texts.iter().map(|(name, text)| name.len() + text.len()).sum()
        };
        match self {
            Self::ClientName(text) | Self::PublicKey(text) => text.len(),
            Self::PublicKeys(keys) => keys.iter().map(|key| key.pem.len() + key.kid.len() + key.name.len()).sum(),
            Self::RedirectUris(texts) | Self::Vectors(texts) => entries(texts),
            Self::Scopes { scopes, reasons } => entries(scopes) + pairs(reasons),
            Self::Evidence { item, answers } => item.len() + pairs(answers),
        }
    }

    /// What is too much to be saved, and answers that the environment does not ask for.
    pub fn excess(&self, policy: &EnvironmentPolicy) -> Vec<Problem> {
        match self {
            Self::ClientName(name) => long("client_name", "", name, LONGEST_TEXT).into_iter().collect(),
            Self::PublicKey(text) => (text.len() > key::LONGEST).then(|| key::too_long().into()).into_iter().collect(),
            Self::PublicKeys(keys) => keys.iter().flat_map(of_key).chain(many("public_key", keys.len())).collect(),
            Self::RedirectUris(uris) => {
                let entries = uris.iter().enumerate();
                let long = entries.filter_map(|(at, uri)| long("redirect_uris", &at.to_string(), uri, LONGEST_URI));
                long.chain(many("redirect_uris", uris.len())).collect()
            }
            Self::Scopes { scopes, reasons } => {
                let names = scopes.iter().filter_map(|scope| long("scope", "", scope, LONGEST_TEXT));
                let reason = |(scope, reason): (&String, &String)| long("reasons", scope, reason, LONGEST_TEXT);
                let entries = scopes.len().max(reasons.len());
                names.chain(reasons.iter().filter_map(reason)).chain(many("scope", entries)).collect()
            }
            Self::Vectors(vectors) => {
                let long = vectors.iter().filter_map(|vector| long("nhs_vtr", "", vector, LONGEST_TEXT));
                long.chain(many("nhs_vtr", vectors.len())).collect()
            }
            Self::Evidence { item, answers } => {
                let asked = policy.evidence.iter().find(|asked| asked.id == *item);
                let fields = asked.map(|asked| asked.fields.as_slice()).unwrap_or_default();
                let is_asked = |field: &String| fields.iter().any(|known| known.id == *field);
                let unasked =
                    (!answers.keys().all(is_asked)).then(|| Problem::new("evidence", EvidenceFault::NotAsked));
                let answer = |(field, text): (&String, &String)| {
                    long("evidence", &format!("{item}.{field}"), text, LONGEST_TEXT)
                };
                unasked.into_iter().chain(answers.iter().filter_map(answer)).collect()
            }
        }
    }
}

/// What is too much of a key. Its name and its `kid` are judged here: neither is of a revision that somebody sends back.
fn of_key(key: &DraftKey) -> Vec<Problem> {
    let pem = (key.pem.len() > key::LONGEST).then(|| key::too_long().into());
    let of_kid = |problem| Problem { field: "kid".into(), ..problem };
    let kid = (!key.kid.is_empty()).then(|| KeyId::parse(&key.kid).err().map(of_kid)).flatten();
    let name = || text::one_line("key_name", "the name of the key", &key.name, KEY_NAME).err();
    let name = (!key.name.is_empty()).then(name).flatten();
    [pem, kid, name].into_iter().flatten().collect()
}

fn long(field: &str, entry: &str, text: &str, most: usize) -> Option<Problem> {
    (text.len() > most).then(|| Problem::new(field, Rule::TooLarge(most / 1024)).at(entry))
}

fn many(field: &str, entries: usize) -> Option<Problem> {
    (entries > MOST_ENTRIES).then(|| Problem::new(field, Rule::TooMany(entries, MOST_ENTRIES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_answer_needs_is_not_saved() {
        let text = |bytes: usize| "x".repeat(bytes);
        let pairs = |name: &str, bytes: usize| BTreeMap::from([(name.to_owned(), text(bytes))]);
        let scopes = |bytes| DraftChange::Scopes { scopes: vec!["openid".into()], reasons: pairs("email", bytes) };
        let evidence =
            |item: &str, field, bytes| DraftChange::Evidence { item: item.into(), answers: pairs(field, bytes) };
        let uris = |many, bytes| DraftChange::RedirectUris(vec![text(bytes); many]);
        let integration = EnvironmentPolicy::nhs_login().remove(1);
        for (change, expected) in [
            (DraftChange::ClientName(text(LONGEST_TEXT)), None),
            (DraftChange::ClientName(text(LONGEST_TEXT + 1)), Some(("client_name", "", "too-large"))),
            (DraftChange::one_key(text(key::LONGEST)), None),
            (DraftChange::one_key(text(key::LONGEST + 1)), Some(("public_key", "", "key-too-long"))),
            (uris(MOST_ENTRIES, 10), None),
            (uris(MOST_ENTRIES + 1, 10), Some(("redirect_uris", "", "too-many"))),
            (uris(1, LONGEST_URI + 1), Some(("redirect_uris", "0", "too-large"))),
            (scopes(LONGEST_TEXT), None),
            (scopes(LONGEST_TEXT + 1), Some(("reasons", "email", "too-large"))),
            (DraftChange::Vectors(vec![String::new(); MOST_ENTRIES + 1]), Some(("nhs_vtr", "", "too-many"))),
            (evidence("dspt", "expiry", 10), None),
            (evidence("dspt", "expiry", LONGEST_TEXT + 1), Some(("evidence", "dspt.expiry", "too-large"))),
            (evidence("dspt", "other", 10), Some(("evidence", "", "not-asked"))),
            (evidence("other", "expiry", 10), Some(("evidence", "", "not-asked"))),
        ] {
            let found = change.excess(&integration);
            let found = found.first().map(|one| (one.field.as_str(), one.entry.as_str(), one.rule.name()));
            assert_eq!(found, expected, "{:?}", change.section());
        }
    }
}

//! What a revision would change: field by field against what is published. Keys are told apart by fingerprint,
//! lists by what was added and removed.

use crate::ui::{DiffField, date_text};
use domain::{
    attachment::Attachment,
    draft::{Draft, DraftChange, DraftKey},
    evidence::Answers,
    key::PublicKey,
    organisation::{Contacts, Organisation, Service},
    policy::{AnswerKind, EnvironmentPolicy, EvidenceField},
    revision::{ClientKey, FrozenRevision},
};
use serde_json::Value;

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Every field of a revision against the one before it.
pub fn between(before: &FrozenRevision, after: &FrozenRevision, policy: &EnvironmentPolicy) -> Vec<DiffField> {
    let field = |label: &str, entries: &dyn Fn(&FrozenRevision) -> Vec<String>| {
        DiffField::between(label, &entries(before), &entries(after))
    };
    vec![
        field("Client name", &|revision| vec![revision.metadata.client_name.clone()]),
        field("Public key", &|revision| revision.metadata.keys.iter().filter_map(client_key_words).collect()),
        field("Redirect URIs", &|revision| revision.metadata.redirect_uris.clone()),
        field("Scopes", &|revision| revision.metadata.scopes.clone()),
        field("Vectors of trust", &|revision| revision.metadata.vectors.clone()),
        field("Reasons", &|revision| revision.reasons.iter().map(|(scope, why)| format!("{scope}: {why}")).collect()),
        field("Evidence", &|revision| {
            let answers = evidence_words(policy, &revision.evidence);
            let lines = |item: ItemWords| {
                item.answers.into_iter().map(move |answer| format!("{}, {} {}", item.title, answer.label, answer.text))
            };
            answers.into_iter().flat_map(lines).collect()
        }),
        field("Fixed settings", &|revision| {
            revision.settings().map(|(name, value)| format!("{name}: {}", plain(value))).collect()
        }),
    ]
}

/// The values of the section that `change` is about, for a before and after: a key by its fingerprints, evidence in the
/// words of the form.
pub fn section_lines(draft: &Draft, change: &DraftChange, policy: &EnvironmentPolicy) -> Vec<String> {
    match change {
        DraftChange::ClientName(_) => given([draft.client_name.clone()]),
        DraftChange::PublicKey(_) | DraftChange::PublicKeys(_) => {
            draft.public_keys.iter().map(|key| typed_key(key, policy)).collect()
        }
        DraftChange::RedirectUris(_) => draft.redirect_uris.clone(),
        DraftChange::Scopes { .. } => {
            let reasons = draft.reasons.iter().map(|(scope, why)| format!("{scope}, because: {why}"));
            draft.scopes.iter().cloned().chain(reasons).collect()
        }
        DraftChange::Vectors(_) => draft.vectors.clone(),
        DraftChange::Evidence { item, .. } => {
            let answers = draft.evidence.get(item).map(|answers| (item.clone(), answers.clone()));
            let words = evidence_words(policy, &answers.into_iter().collect());
            let answers = words.into_iter().flat_map(|item| item.answers);
            answers
                .filter(|answer| !answer.text.is_empty())
                .map(|AnswerWords { label, text: answer, .. }| match label.ends_with('?') {
                    true => format!("{label} {answer}"),
                    false => format!("{label}: {answer}"),
                })
                .collect()
        }
    }
}

/// Every section of a draft that differs from the one before it, and each item of evidence that does.
pub fn between_drafts(before: &Draft, after: &Draft, policy: &EnvironmentPolicy) -> Vec<DiffField> {
    let sections = [
        DraftChange::ClientName(String::new()),
        DraftChange::PublicKeys(Vec::new()),
        DraftChange::RedirectUris(Vec::new()),
        DraftChange::Scopes { scopes: Vec::new(), reasons: Default::default() },
        DraftChange::Vectors(Vec::new()),
    ];
    let sections = sections.into_iter().map(|section| (section.section().title().to_owned(), section));
    let items = policy.evidence.iter().map(|item| {
        let answers = Default::default();
        (item.title.clone(), DraftChange::Evidence { item: item.id.clone(), answers })
    });
    let field = |(title, section): (String, DraftChange)| {
        let lines = |draft: &Draft| section_lines(draft, &section, policy);
        DiffField::between(&title, &lines(before), &lines(after))
    };
    sections.chain(items).map(field).filter(DiffField::changed).collect()
}

/// The values of an organisation, for a before and after.
pub fn organisation_lines(organisation: &Organisation) -> Vec<String> {
    let code = organisation.ods_code.as_ref().map_or("", |code| code.as_str());
    vec![format!("Name: {}", organisation.name), format!("ODS code: {code}")]
}

/// The values of a service, for a before and after.
pub fn service_lines(service: &Service) -> Vec<String> {
    let mut lines = vec![
        format!("Name: {}", service.name),
        format!("Description: {}", service.description),
        format!("Use case: {}", service.use_case),
    ];
    lines.extend(contact_lines(&service.contacts));
    lines
}

/// The contacts of a service or of an organisation, for a before and after.
pub fn contact_lines(contacts: &Contacts) -> Vec<String> {
    vec![
        format!("Technical contact: {}", contacts.technical),
        format!("Product contact: {}", contacts.product),
        format!("Security contact: {}", contacts.security),
    ]
}

fn given(values: impl IntoIterator<Item = String>) -> Vec<String> {
    values.into_iter().filter(|value| !value.is_empty()).collect()
}

/// What was typed as a key, in words.
fn typed_key(key: &DraftKey, policy: &EnvironmentPolicy) -> String {
    let words = match policy.check_key(&key.pem) {
        Ok(public_key) => key_words(&public_key, &key.kid),
        Err(_) => {
            let digest = domain::draft::hex_digest(key.pem.as_bytes());
            format!("A key that cannot be used. SHA-256 of the text {digest}.")
        }
    };
    if key.name.is_empty() { words } else { format!("“{}”: {words}", key.name) }
}

/// A key in words, by its size and fingerprints, and the name that the registration gives it where that is not its
/// thumbprint.
pub fn key_words(key: &PublicKey, own_kid: &str) -> String {
    let words = format!("RSA, {} bits. SHA-256 {}. Thumbprint {}.", key.bits(), key.sha256(), key.thumbprint());
    if own_kid.is_empty() { words } else { format!("{words} Key ID (kid) {own_kid}.") }
}

/// A key of a revision in words, when it can be read.
pub fn client_key_words(key: &ClientKey) -> Option<String> {
    key.public_key.as_ref().map(|public_key| key_words(public_key, key.own_kid()))
}

/// One item of evidence with its answers, in the words of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemWords {
    /// The item's id.
    pub id: String,
    /// The item's title.
    pub title: String,
    /// What an admin looks for in its answers; may be empty.
    pub looks_for: String,
    /// Questions with their answers.
    pub answers: Vec<AnswerWords>,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerWords {
    /// The question.
    pub label: String,
    /// The answer.
    pub text: String,
    /// The files that the answer is, where it is files.
    pub files: Vec<Attachment>,
}

/// The answers in the words of the environment's policy, in its order; what it does not know any more comes last, raw.
pub fn evidence_words(policy: &EnvironmentPolicy, answers: &Answers) -> Vec<ItemWords> {
    let mut words = Vec::new();
    for item in &policy.evidence {
        let Some(given) = answers.get(&item.id) else { continue };
        let answered = item.fields.iter().filter_map(|field| given.get(&field.id).map(|answer| told(field, answer)));
        words.push(ItemWords {
            id: item.id.clone(),
            title: item.title.clone(),
            looks_for: item.looks_for.clone(),
            answers: answered.collect(),
        });
    }
    let known = |id: &String| policy.evidence.iter().any(|item| item.id == *id);
    for (id, given) in answers.iter().filter(|(id, _)| !known(id)) {
        words.push(ItemWords {
            id: id.clone(),
            title: id.clone(),
            looks_for: String::new(),
            answers: given.iter().map(|(field, answer)| untold(field, answer)).collect(),
        });
    }
    words
}

fn told(field: &EvidenceField, answer: &str) -> AnswerWords {
    let files = if field.kind == AnswerKind::Files { Attachment::all(answer).collect() } else { Vec::new() };
    AnswerWords { label: field.label.clone(), text: answer_words(field, answer), files }
}

/// An answer to what is not asked any more.
fn untold(field: &str, answer: &str) -> AnswerWords {
    AnswerWords { label: field.to_owned(), text: answer.to_owned(), files: Vec::new() }
}

/// An answer as a person reads it: the label of a choice, a date in words.
pub fn answer_words(field: &EvidenceField, answer: &str) -> String {
    match &field.kind {
        AnswerKind::Choice(options) => options
            .iter()
            .find(|option| option.value == answer)
            .map_or_else(|| answer.to_owned(), |option| option.label.clone()),
        AnswerKind::PastDate | AnswerKind::ExpiryDate => match domain::evidence::parse_date(answer) {
            Some(date) => date_text(date),
            None => answer.to_owned(),
        },
        AnswerKind::Files if Attachment::all(answer).next().is_some() => {
            let words = |file: Attachment| format!("{} ({}, SHA-256 {})", file.name, file.size(), file.digest);
            Attachment::all(answer).map(words).collect::<Vec<_>>().join("\n")
        }
        AnswerKind::Confirmation if answer == "yes" => "Confirmed".into(),
        _ => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::ui::Change;

    fn changed(differences: &[DiffField]) -> Vec<&str> {
        differences.iter().filter(|field| field.changed()).map(|field| field.label.as_str()).collect()
    }

    #[test]
    fn only_what_changed_differs() {
        let before = samples::draft();
        let mut after = before.clone();
        after.redirect_uris = vec![before.redirect_uris[0].clone(), "https://new.example.org/callback".into()];
        let policy = samples::policy("sandpit");
        let same = between(&samples::frozen(&before), &samples::frozen(&before), &policy);
        assert_eq!(changed(&same), [""; 0]);
        let different = between(&samples::frozen(&before), &samples::frozen(&after), &policy);
        assert_eq!(changed(&different), ["Redirect URIs"]);
        let lines = [
            (Change::Unchanged, before.redirect_uris[0].clone()),
            (Change::Removed, before.redirect_uris[1].clone()),
            (Change::Added, "https://new.example.org/callback".into()),
        ];
        assert_eq!(different[2].lines, lines);
    }

    /// What is published changes with it, so the reviewer has to see it.
    #[test]
    fn another_kid_of_the_same_key_differs() {
        let before = samples::draft();
        let after = Draft {
            public_keys: vec![DraftKey { kid: "signing-2026".into(), ..before.public_keys[0].clone() }],
            ..before.clone()
        };
        let policy = samples::policy("sandpit");
        let different = between(&samples::frozen(&before), &samples::frozen(&after), &policy);
        assert_eq!(changed(&different), ["Public key"]);
        assert!(
            different[1].lines.iter().any(|(_, line)| line.ends_with("Key ID (kid) signing-2026.")),
            "{different:?}"
        );
    }

    #[test]
    fn answers_are_in_the_words_of_the_form() {
        let policy = samples::policy("integration");
        let answers = [("dspt".to_owned(), [("status".to_owned(), "standards_met".to_owned())].into())].into();
        let words = evidence_words(&policy, &answers);
        assert_eq!(words[0].title, "Data Security and Protection Toolkit");
        let [answer] = &words[0].answers[..] else { panic!("{words:?}") };
        let told = (answer.label.as_str(), answer.text.as_str());
        assert_eq!(told, ("Status of your latest assessment", "Standards met"));
    }

    #[test]
    fn a_saved_section_is_told_by_fingerprint_and_label() {
        let draft = samples::draft();
        let key = DraftChange::PublicKeys(Vec::new());
        let lines = section_lines(&draft, &key, &samples::policy("sandpit"));
        assert!(lines[0].contains("SHA-256") && !lines[0].contains("BEGIN"), "{lines:?}");
        let unusable = Draft { public_keys: vec![DraftKey::of("MIIB")], ..Draft::default() };
        assert!(
            section_lines(&unusable, &key, &samples::policy("sandpit"))[0].starts_with("A key that cannot be used.")
        );
        let answers = [("status".to_owned(), "standards_met".to_owned())].into();
        let change = DraftChange::Evidence { item: "dspt".into(), answers };
        let mut draft = Draft::default();
        draft.change(change.clone());
        let lines = section_lines(&draft, &change, &samples::policy("integration"));
        assert_eq!(lines, ["Status of your latest assessment: Standards met"]);
    }

    #[test]
    fn what_nobody_fills_in_is_shown_whatever_it_is() {
        let policy = samples::policy("sandpit");
        let more = samples::revision_bytes(&samples::draft()).replace("\"reasons\"", "\"later\":[\"a\",1],\"reasons\"");
        let before = samples::frozen(&samples::draft());
        let different = between(&before, &FrozenRevision::read(&more).unwrap(), &policy);
        assert_eq!(changed(&different), ["Fixed settings"]);
        let lines = &different[7].lines;
        assert!(
            lines.contains(&(Change::Unchanged, "token_endpoint_auth_method: private_key_jwt".into())),
            "{lines:?}"
        );
        assert!(lines.contains(&(Change::Added, "later: a, 1".into())), "{lines:?}");
    }
}

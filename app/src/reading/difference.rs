//! What a revision would change: field by field against what is published. Keys are told apart by fingerprint,
//! lists by what was added and removed.

use crate::ui::{DiffField, date_text};
use domain::{
    draft::{Draft, DraftChange},
    evidence::Answers,
    key::PublicKey,
    organisation::{Organisation, Service},
    policy::{AnswerKind, EnvironmentPolicy, EvidenceField},
    problem::Problem,
    registration::Frozen,
};
use serde_json::Value;

/// A revision's bytes, read.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The revision as a draft, so that the checks can judge it again.
    pub draft: Draft,
    /// The key, when it can be read.
    pub key: Option<PublicKey>,
    /// The members of the client metadata that no field of the draft holds, as `name: value`.
    pub fixed: Vec<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Content {
    /// What a decision on the revision rests on, when it can be read.
    pub fn frozen(&self) -> Option<Frozen> {
        Some(Frozen { public_key: self.key.clone()?, evidence: self.draft.evidence.clone() })
    }
}

/// The members of client metadata that the partner fills in.
const FILLED_IN: [&str; 5] = ["client_name", "jwks", "redirect_uris", "scope", "nhs_vtr"];

/// Reads a revision's exact bytes: RFC 8785 JSON `{client_metadata, reasons, evidence}`.
pub fn read(bytes: &str) -> Content {
    let document: Value = serde_json::from_str(bytes).unwrap_or_default();
    let metadata = document.get("client_metadata").cloned().unwrap_or_default();
    let mut members = metadata.as_object().cloned().unwrap_or_default();
    let fixed = members.iter().filter(|(name, _)| !FILLED_IN.contains(&name.as_str()));
    let fixed = fixed.map(|(name, value)| format!("{name}: {}", plain(value))).collect();
    for member in ["reasons", "evidence"] {
        if let Some(value) = document.get(member) {
            members.insert(member.into(), value.clone());
        }
    }
    let jwk = metadata.pointer("/jwks/keys/0");
    let key = jwk.and_then(|jwk| PublicKey::from_jwk(jwk).ok());
    let (draft, problems) = Draft::from_metadata(&Value::Object(members));
    Content { draft, key, fixed, problems }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Every field of a revision against the one before it.
pub fn between(before: &Content, after: &Content, policy: &EnvironmentPolicy) -> Vec<DiffField> {
    let field = |label: &str, entries: &dyn Fn(&Content) -> Vec<String>| {
        DiffField::between(label, &entries(before), &entries(after))
    };
    vec![
        field("Client name", &|content| vec![content.draft.client_name.clone()]),
        field("Public key", &|content| content.key.iter().map(|key| key_words(key, &content.draft.key_id)).collect()),
        field("Redirect URIs", &|content| content.draft.redirect_uris.clone()),
        field("Scopes", &|content| content.draft.scopes.clone()),
        field("Vectors of trust", &|content| content.draft.vectors.clone()),
        field("Reasons", &|content| {
            content.draft.reasons.iter().map(|(scope, why)| format!("{scope}: {why}")).collect()
        }),
        field("Evidence", &|content| {
            let answers = evidence_words(policy, &content.draft.evidence);
            let lines = |item: ItemWords| {
                item.answers.into_iter().map(move |(label, answer)| format!("{}, {label} {answer}", item.title))
            };
            answers.into_iter().flat_map(lines).collect()
        }),
        field("Fixed settings", &|content| content.fixed.clone()),
    ]
}

/// The values of the section that `change` is about, for a before and after: a key by its fingerprints, evidence in the
/// words of the form.
pub fn section_lines(draft: &Draft, change: &DraftChange, policy: &EnvironmentPolicy) -> Vec<String> {
    match change {
        DraftChange::ClientName(_) => given([draft.client_name.clone()]),
        DraftChange::PublicKey(_) => given([typed_key(draft, policy)]),
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
                .filter(|(_, answer)| !answer.is_empty())
                .map(|(label, answer)| match label.ends_with('?') {
                    true => format!("{label} {answer}"),
                    false => format!("{label}: {answer}"),
                })
                .collect()
        }
    }
}

/// The values of an organisation, for a before and after.
pub fn organisation_lines(organisation: &Organisation) -> Vec<String> {
    let code = organisation.ods_code.as_ref().map_or("", |code| code.as_str());
    vec![format!("Name: {}", organisation.name), format!("ODS code: {code}")]
}

/// The values of a service, for a before and after.
pub fn service_lines(service: &Service) -> Vec<String> {
    vec![
        format!("Name: {}", service.name),
        format!("Description: {}", service.description),
        format!("Use case: {}", service.use_case),
        format!("Technical contact: {}", service.contacts.technical),
        format!("Product contact: {}", service.contacts.product),
        format!("Security contact: {}", service.contacts.security),
    ]
}

fn given(values: impl IntoIterator<Item = String>) -> Vec<String> {
    values.into_iter().filter(|value| !value.is_empty()).collect()
}

/// What was typed as a key, in words.
fn typed_key(draft: &Draft, policy: &EnvironmentPolicy) -> String {
    match (draft.public_key.as_str(), draft.check_key(policy)) {
        ("", _) => String::new(),
        (_, Ok(key)) => key_words(&key, &draft.key_id),
        (typed, Err(_)) => {
            let digest = domain::draft::hex_digest(typed.as_bytes());
            format!("A key that cannot be used. SHA-256 of the text {digest}.")
        }
    }
}

/// A key in words, by its size and fingerprints, and the name that the registration gives it where that is not its
/// thumbprint.
pub fn key_words(key: &PublicKey, own_kid: &str) -> String {
    let words = format!("RSA, {} bits. SHA-256 {}. Thumbprint {}.", key.bits(), key.sha256(), key.thumbprint());
    if own_kid.is_empty() { words } else { format!("{words} Key ID (kid) {own_kid}.") }
}

/// One item of evidence with its answers, in the words of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemWords {
    /// The item's id.
    pub id: String,
    /// The item's title.
    pub title: String,
    /// Question and answer.
    pub answers: Vec<(String, String)>,
}

/// The answers in the words of the environment's policy, in its order; what it does not know any more comes last, raw.
pub fn evidence_words(policy: &EnvironmentPolicy, answers: &Answers) -> Vec<ItemWords> {
    let mut words = Vec::new();
    for item in &policy.evidence {
        let Some(given) = answers.get(&item.id) else { continue };
        let answered = item
            .fields
            .iter()
            .filter_map(|field| given.get(&field.id).map(|answer| (field.label.clone(), answer_words(field, answer))));
        words.push(ItemWords { id: item.id.clone(), title: item.title.clone(), answers: answered.collect() });
    }
    let known = |id: &String| policy.evidence.iter().any(|item| item.id == *id);
    for (id, given) in answers.iter().filter(|(id, _)| !known(id)) {
        words.push(ItemWords {
            id: id.clone(),
            title: id.clone(),
            answers: given.iter().map(|(field, answer)| (field.clone(), answer.clone())).collect(),
        });
    }
    words
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
        AnswerKind::Confirmation if answer == "yes" => "Confirmed".into(),
        _ => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::staff::samples;
    use crate::ui::Change;

    fn changed(differences: &[DiffField]) -> Vec<&str> {
        differences.iter().filter(|field| field.changed()).map(|field| field.label.as_str()).collect()
    }

    #[test]
    fn a_revision_reads_back_as_its_draft() {
        let content = read(&samples::revision_bytes(&samples::draft()));
        assert_eq!(content.problems, []);
        assert_eq!(content.draft.client_name, samples::draft().client_name);
        assert_eq!(content.draft.redirect_uris, samples::draft().redirect_uris);
        assert_eq!(content.draft.reasons, samples::draft().reasons);
        assert!(content.key.is_some());
        assert!(content.fixed.contains(&"token_endpoint_auth_method: private_key_jwt".to_owned()));
    }

    #[test]
    fn only_what_changed_differs() {
        let before = samples::draft();
        let mut after = before.clone();
        after.redirect_uris = vec![before.redirect_uris[0].clone(), "https://new.example.org/callback".into()];
        let policy = samples::policy("sandpit");
        let same = between(&read(&samples::revision_bytes(&before)), &read(&samples::revision_bytes(&before)), &policy);
        assert_eq!(changed(&same), [""; 0]);
        let different =
            between(&read(&samples::revision_bytes(&before)), &read(&samples::revision_bytes(&after)), &policy);
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
        let after = Draft { key_id: "signing-2026".into(), ..before.clone() };
        let policy = samples::policy("sandpit");
        let read = |draft: &Draft| read(&samples::revision_bytes(draft));
        let different = between(&read(&before), &read(&after), &policy);
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
        assert_eq!(words[0].answers, [("Status of your latest assessment".to_owned(), "Standards met".to_owned())]);
    }

    #[test]
    fn a_saved_section_is_told_by_fingerprint_and_label() {
        let draft = samples::draft();
        let key = DraftChange::PublicKey(draft.public_key.clone());
        let lines = section_lines(&draft, &key, &samples::policy("sandpit"));
        assert!(lines[0].contains("SHA-256") && !lines[0].contains("BEGIN"), "{lines:?}");
        let unusable = Draft { public_key: "MIIB".into(), ..Draft::default() };
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
    fn what_cannot_be_read_is_empty_and_said() {
        let content = read("not JSON");
        assert!(content.key.is_none() && content.draft.client_name.is_empty());
    }
}

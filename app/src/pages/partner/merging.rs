//! Two people in one section of a draft: what both typed, put together in the form, and mine or theirs where that cannot be.

use crate::{
    api::{form::Values, registrations::THEIRS},
    reading::difference::{answer_words, section_lines},
    ui::{Choice, Diff, DiffField, InsetText, Radios},
};
use domain::{
    draft::{Conflict, Draft, DraftChange},
    policy::EnvironmentPolicy,
};
use leptos::prelude::*;

/// What a form shows whose section changed while it was open.
pub(super) struct Both {
    /// What was changed meanwhile.
    difference: DiffField,
    /// The texts that both changed.
    conflicts: Vec<Conflict>,
}

impl Both {
    /// Puts what was typed together with what is saved: the form shows both from then on. `shown` is the draft that the form
    /// was opened on.
    pub(super) fn put_together(
        values: &mut Values,
        section: &DraftChange,
        shown: &Draft,
        now: &Draft,
        policy: &EnvironmentPolicy,
    ) -> Self {
        let lines = |draft| section_lines(draft, section, policy);
        let difference = DiffField::between(section.section().title(), &lines(shown), &lines(now));
        let merged = typed(values, section).merged(shown, now);
        values.retain(|name, _| !is_of_section(name, section));
        values.extend(as_values(&merged.change));
        Self { difference, conflicts: merged.conflicts }
    }

    /// The difference, and a choice for each text that both changed.
    pub(super) fn view(&self, policy: &EnvironmentPolicy, section: &DraftChange) -> AnyView {
        let both = match self.conflicts.is_empty() {
            true => "The form now has both changes. Check it, then save it.",
            false => "The form has both changes, but for what was changed twice. Choose what to keep, then save it.",
        };
        let choices = self.conflicts.iter().map(|conflict| choice(conflict, section, policy)).collect_view();
        let fields = vec![self.difference.clone()];
        view! {
            <InsetText>
                <p>"What changed while you had this open:"</p>
                <Diff fields=fields />
                <p>{both}</p>
            </InsetText>
            {choices}
        }
        .into_any()
    }
}

fn choice(conflict: &Conflict, section: &DraftChange, policy: &EnvironmentPolicy) -> AnyView {
    let (label, words) = told(conflict, section, policy);
    let [mine, saved] = [&conflict.mine, &conflict.theirs].map(|text| match words(text) {
        said if said.trim().is_empty() => "Nothing".to_owned(),
        said => said,
    });
    let choices = vec![
        Choice::new("mine", "What I typed").hint(mine).chosen(true),
        Choice::new(THEIRS, "What is saved now").hint(saved),
    ];
    let legend = format!("“{label}” changed while you had it open. Which do you want to keep?");
    view! { <Radios name=format!("take[{}]", conflict.entry) legend=legend choices=choices /> }.into_any()
}

/// How a text reads to a person.
type Words<'a> = Box<dyn Fn(&str) -> String + 'a>;

/// What an entry is called, and how its text reads.
fn told<'a>(conflict: &Conflict, section: &DraftChange, policy: &'a EnvironmentPolicy) -> (String, Words<'a>) {
    let plain = || Box::new(str::to_owned);
    match section {
        DraftChange::Evidence { item, .. } => {
            let item = policy.evidence.iter().find(|asked| asked.id == *item);
            match item.and_then(|item| item.fields.iter().find(|field| field.id == conflict.entry)) {
                Some(field) => (field.label.clone(), Box::new(|text| answer_words(field, text))),
                None => (conflict.entry.clone(), plain()),
            }
        }
        DraftChange::Scopes { .. } => (format!("Why do you need {}?", conflict.entry), plain()),
        _ => (section.section().title().to_owned(), plain()),
    }
}

/// What a form held, by the names of its inputs.
fn typed(values: &Values, section: &DraftChange) -> DraftChange {
    let of = |field: &str| {
        let entries = values.iter().filter_map(|(name, text)| Some((entry_of(name, field)?, text.clone())));
        entries.collect::<Vec<(String, String)>>()
    };
    let ticked = |field: &str| of(field).into_iter().map(|(entry, _)| entry).collect();
    match section {
        DraftChange::ClientName(_) => DraftChange::ClientName(values.get("client_name").cloned().unwrap_or_default()),
        DraftChange::RedirectUris(_) => {
            let mut entries: Vec<(usize, String)> =
                of("redirect_uris").into_iter().filter_map(|(at, uri)| Some((at.parse().ok()?, uri))).collect();
            entries.sort();
            let uris = entries.into_iter().map(|(_, uri)| uri).filter(|uri| !uri.trim().is_empty());
            DraftChange::RedirectUris(uris.collect())
        }
        DraftChange::Scopes { .. } => {
            let reasons = of("reasons").into_iter().filter(|(_, why)| !why.trim().is_empty());
            DraftChange::Scopes { scopes: ticked("scope"), reasons: reasons.collect() }
        }
        DraftChange::Vectors(_) => DraftChange::Vectors(ticked("nhs_vtr")),
        DraftChange::Evidence { item, .. } => {
            let answer =
                |(entry, text): (String, String)| Some((entry.strip_prefix(&format!("{item}."))?.to_owned(), text));
            let answers = of("evidence").into_iter().filter_map(answer).filter(|(_, text)| !text.is_empty());
            DraftChange::Evidence { item: item.clone(), answers: answers.collect() }
        }
        keys @ (DraftChange::PublicKey(_) | DraftChange::PublicKeys(_)) => keys.clone(),
    }
}

/// The inputs of a form that hold this.
fn as_values(change: &DraftChange) -> Values {
    let each = |field: &str, entries: &[String]| -> Values {
        entries.iter().map(|entry| (format!("{field}[{entry}]"), "on".to_owned())).collect()
    };
    match change {
        DraftChange::ClientName(name) => [("client_name".to_owned(), name.clone())].into(),
        DraftChange::RedirectUris(uris) => {
            uris.iter().enumerate().map(|(at, uri)| (format!("redirect_uris[{at}]"), uri.clone())).collect()
        }
        DraftChange::Scopes { scopes, reasons } => {
            let reasons = reasons.iter().map(|(scope, why)| (format!("reasons[{scope}]"), why.clone()));
            each("scope", scopes).into_iter().chain(reasons).collect()
        }
        DraftChange::Vectors(vectors) => each("nhs_vtr", vectors),
        DraftChange::Evidence { item, answers } => {
            answers.iter().map(|(field, text)| (format!("evidence[{item}.{field}]"), text.clone())).collect()
        }
        DraftChange::PublicKey(_) | DraftChange::PublicKeys(_) => Values::new(),
    }
}

fn is_of_section(name: &str, section: &DraftChange) -> bool {
    let fields: &[&str] = match section {
        DraftChange::ClientName(_) => return name == "client_name",
        DraftChange::RedirectUris(_) => &["redirect_uris"],
        DraftChange::Scopes { .. } => &["scope", "reasons"],
        DraftChange::Vectors(_) => &["nhs_vtr"],
        DraftChange::Evidence { .. } => &["evidence"],
        DraftChange::PublicKey(_) | DraftChange::PublicKeys(_) => &[],
    };
    fields.iter().any(|field| entry_of(name, field).is_some())
}

/// `profile` of `scope[profile]`.
fn entry_of(name: &str, field: &str) -> Option<String> {
    Some(name.strip_prefix(field)?.strip_prefix('[')?.strip_suffix(']')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_a_form_holds_is_read_as_it_is_written() {
        let one = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let many: Vec<String> = (0..11).map(|at| format!("https://{at}.example.org/")).collect();
        for change in [
            DraftChange::ClientName("Health app".into()),
            DraftChange::RedirectUris(many),
            DraftChange::Scopes { scopes: vec!["email".into(), "openid".into()], reasons: one("email", "To write.") },
            DraftChange::Vectors(vec!["P0.Cp".into()]),
            DraftChange::Evidence { item: "dspt".into(), answers: one("expiry", "2027-6-30") },
        ] {
            let values = as_values(&change);
            assert_eq!(typed(&values, &change), change);
            assert!(values.keys().all(|name| is_of_section(name, &change)), "{values:?}");
        }
    }
}

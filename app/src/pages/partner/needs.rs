//! What an amendment will need once it is submitted, and what it will not: said before it is.

use crate::ui::InsetText;
use domain::{
    draft::{ClientDetails, NamedKey},
    registration::{Registration, Revision, RevisionState},
    revision::FrozenRevision,
    standing::Does,
};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// What the change needs that `foreseen` would be, of a client that the provider has; none for a first submission.
pub(super) fn needs(
    details: &RegistrationDetails,
    draft: &ClientDetails,
    foreseen: Option<&Revision>,
) -> Option<AnyView> {
    let held = details.facts.held.as_ref()?;
    let needed = needed(details, draft, held, foreseen?);
    let not_needed = not_needed(&details.registration, draft, held);
    let list = |lines: Vec<String>| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { <ul class="nhsuk-list nhsuk-list--bullet">{lines}</ul> }
    };
    Some(
        view! {
            <InsetText>
                <h3 class="nhsuk-heading-s">"What this change needs"</h3>
                {list(needed)}
                <h3 class="nhsuk-heading-s">"What it does not need"</h3>
                {list(not_needed)}
            </InsetText>
        }
        .into_any(),
    )
}

fn needed(
    details: &RegistrationDetails,
    draft: &ClientDetails,
    held: &FrozenRevision,
    foreseen: &Revision,
) -> Vec<String> {
    let mut lines = vec![approval(details, foreseen)];
    let new = foreseen.restricted.iter().filter(|scope| !held.metadata.scopes.contains(scope));
    lines.extend(new.map(|scope| format!("We read why you need {scope}, which is a restricted scope.")));
    if held.evidence != draft.evidence {
        lines.push("We read the evidence that you changed.".into());
    }
    if changes_keys(draft, held) {
        lines.push("We email every owner of your team, because a key changes.".into());
    }
    lines
}

/// Who has to approve it.
fn approval(details: &RegistrationDetails, foreseen: &Revision) -> String {
    match (foreseen.state, foreseen.approvals_needed(&details.policy)) {
        (RevisionState::Approved, _) => "Nobody has to approve it: every check passed.".into(),
        (_, 0 | 1) => "One NHS login admin must approve it.".into(),
        (_, 2) => "Two NHS login admins must approve it.".into(),
        (_, many) => format!("{many} NHS login admins must approve it."),
    }
}

fn not_needed(registration: &Registration, draft: &ClientDetails, held: &FrozenRevision) -> Vec<String> {
    let is_on = registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
    let mut lines = Vec::new();
    if is_on {
        lines.push(
            "You do not have to stop your service. What is published keeps working until the provider has the change."
                .to_owned(),
        );
    }
    if !held.evidence.is_empty() && held.evidence == draft.evidence {
        lines.push("You do not have to give your evidence again. You changed none of it.".to_owned());
    }
    if !changes_keys(draft, held) {
        lines.push("You do not have to prove again that you hold the private key.".to_owned());
    }
    lines.push("The client_id stays the same.".to_owned());
    lines
}

fn changes_keys(draft: &ClientDetails, held: &FrozenRevision) -> bool {
    let before: Vec<_> = held.metadata.keys.iter().filter_map(|key| key.public_key.as_ref()).collect();
    let is_there = |named: &NamedKey| before.contains(&&named.key);
    draft.public_keys.len() != before.len() || !draft.public_keys.iter().all(is_there)
}

//! What the pages of admins and auditors share: names of people, statuses, addresses of filtered lists.

use crate::{
    api::{context::portal, error::ApiError},
    reading::Names,
    ui::{Colour, Status, StatusTag, Tag},
};
use domain::{
    actor::By,
    id::AccountId,
    policy::EnvironmentPolicy,
    registration::{ClientState, Registration, Revision, RevisionState},
};
use leptos::prelude::*;

/// Who did something, in words.
pub(super) fn who(by: By, names: &Names) -> String {
    match by {
        By::Account(account) => person(account, names),
        By::Visitor => "somebody who was not signed in".into(),
        By::System => "the portal".into(),
        By::Operator => "an operator on the command line".into(),
    }
}

/// A person's name; the account's id where it has none.
pub(super) fn person(account: AccountId, names: &Names) -> String {
    names.get(&account).filter(|name| !name.is_empty()).map_or_else(|| account.to_string(), Clone::clone)
}

/// The status of a revision under, or after, review.
pub(in crate::pages) fn revision_status(revision: &Revision) -> Status {
    match revision.state {
        RevisionState::Submitted if revision.approvals.is_empty() => Status::Submitted,
        RevisionState::Submitted => Status::PartlyApproved,
        RevisionState::Approved => Status::Approved,
        RevisionState::ChangesRequested => Status::ChangesRequested,
        RevisionState::Rejected => Status::Rejected,
        RevisionState::Withdrawn => Status::Withdrawn,
    }
}

/// The status of a client; *failed* is a mark that outweighs its state.
pub(super) fn client_status(state: ClientState, failed: bool) -> Status {
    match (state, failed) {
        (ClientState::Retired, _) => Status::Retired,
        (_, true) => Status::Failed,
        (ClientState::Unpublished, _) => Status::Draft,
        (ClientState::Pending, _) => Status::Pending,
        (ClientState::Published, _) => Status::Published,
        (ClientState::Suspended, _) => Status::Suspended,
    }
}

/// The statuses of a registration beside each other: its client's, and that of the revision under review.
pub(super) fn statuses(registration: &Registration) -> AnyView {
    let client = client_status(registration.client_state(), registration.failure.is_some());
    let review = registration.submitted().map(revision_status);
    view! {
        <StatusTag status=client />
        {review.map(|status| view! { " " <StatusTag status=status /> })}
    }
    .into_any()
}

/// The environment's tag. Live stands out: a decision on it reaches the public.
pub(super) fn environment_tag(name: &str, policies: &[EnvironmentPolicy]) -> AnyView {
    let colour = if name == "live" { Colour::Red } else { Colour::White };
    view! { <Tag colour=colour text=environment_title(name, policies) /> }.into_any()
}

/// The environment's name on pages.
pub(super) fn environment_title(name: &str, policies: &[EnvironmentPolicy]) -> String {
    let known = policies.iter().find(|policy| policy.name == name);
    known.map_or_else(|| super::words::action(name), |policy| policy.title.clone())
}

/// The configured environments.
///
/// # Errors
/// `Unavailable` outside a request.
pub(super) fn environments() -> Result<Vec<EnvironmentPolicy>, ApiError> {
    Ok(portal()?.store.environments().to_vec())
}

/// An address with a query. Pairs without a value are left out, so that addresses stay short.
pub(super) fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let given: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

fn encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encode).collect()
}

/// Text as it was typed: every line on its own.
pub(super) fn paragraphs(text: &str) -> AnyView {
    text.split("\n\n").map(|part| view! { <p class="app-typed">{part.to_owned()}</p> }).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_only_what_is_asked() {
        assert_eq!(address("/history", &[]), "/history");
        assert_eq!(address("/history", &[("kind", ""), ("q", "a b&c=ü")]), "/history?q=a%20b%26c%3D%C3%BC");
    }

    #[test]
    fn people_without_a_name_are_named_by_their_account() {
        let account = AccountId::from_parts(1, [0; 10]);
        assert_eq!(person(account, &Names::new()), account.to_string());
        assert_eq!(who(By::Account(account), &[(account, "Ada".to_owned())].into()), "Ada");
        assert_eq!(who(By::System, &Names::new()), "the portal");
    }
}

//! What the pages of admins and auditors share: names of people and tags.

use crate::{
    reading::{
        Names,
        standing::{client_status, revision_status},
    },
    ui::{Colour, StatusTag, Tag, day_text},
};
use domain::{
    actor::By,
    authority::Voters,
    id::AccountId,
    policy::EnvironmentPolicy,
    registration::{ClientState, Registration},
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

/// The statuses of a registration beside each other: its client's, and that of the revision under review.
pub(super) fn statuses(registration: &Registration, voters: &Voters) -> AnyView {
    let client = client_status(registration.client_state(), registration.failure.is_some());
    let review = registration.submitted().map(|revision| revision_status(revision, voters));
    view! {
        <StatusTag status=client />
        {review.map(|status| view! { " " <StatusTag status=status /> })}
    }
    .into_any()
}

/// Where the client is now and what follows for people who sign in, in a sentence; none before there is a client.
pub(super) fn client_standing(registration: &Registration) -> Option<String> {
    registration.client_id.as_ref()?;
    let failed = registration.failure.as_ref().map(|failure| day_text(failure.at));
    let sentence = match (registration.client_state(), failed) {
        (ClientState::Retired, failed) => {
            let on = registration.retired.map(|stamp| day_text(stamp.at)).unwrap_or_default();
            off(format!("Retired on {on}"), "nobody can sign in with it any more", failed)
        }
        (ClientState::Suspended, failed) => {
            let since = registration.suspension().map(|off| day_text(off.stamp.at)).unwrap_or_default();
            off(format!("Suspended since {since}"), "people cannot sign in with it", failed)
        }
        (ClientState::Published, Some(on)) => {
            format!("Publishing failed on {on}: the provider may still have the revision before.")
        }
        (_, Some(on)) => format!("Publishing failed on {on}: people cannot sign in with it yet."),
        (ClientState::Published, None) if registration.is_publication_due() => {
            "Published. A change is on its way to the provider.".into()
        }
        (ClientState::Published, None) => "Published: people can sign in with it.".into(),
        (_, None) => "Pending: on its way to the provider. People cannot sign in with it yet.".into(),
    };
    Some(sentence)
}

/// Off by our records; whether the provider knows is another question.
fn off(since: String, follows: &str, failed: Option<String>) -> String {
    match failed {
        None => format!("{since}: {follows}."),
        Some(on) => format!("{since}, but telling the provider failed on {on}: people may still sign in with it."),
    }
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

/// The mark of what only an admin may grant.
pub(super) fn restricted_tag() -> AnyView {
    view! { <Tag colour=Colour::Orange text="Restricted" /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_without_a_name_are_named_by_their_account() {
        let account = AccountId::from_parts(1, [0; 10]);
        assert_eq!(person(account, &Names::new()), account.to_string());
        assert_eq!(who(By::Account(account), &[(account, "Ada".to_owned())].into()), "Ada");
        assert_eq!(who(By::System, &Names::new()), "the portal");
    }
}

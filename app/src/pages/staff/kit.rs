//! What the pages of admins and auditors share: names of people and tags.

use crate::{
    reading::{
        Names,
        standing::{client_sentence, client_tags, revision_status},
        subject::Subject,
    },
    ui::{Colour, StatusTag, Tag},
};
use domain::{actor::By, id::AccountId, policy::EnvironmentPolicy, standing::Reader};
use leptos::prelude::*;

/// Who did something, in words.
pub(super) fn who(by: By, names: &Names) -> String {
    match by {
        By::Account(account) => person(account, names),
        By::Visitor => "someone who was not signed in".into(),
        By::System => "the portal".into(),
        By::Operator => "an operator on the command line".into(),
    }
}

/// A person's name; the account's id where it has none.
pub(super) fn person(account: AccountId, names: &Names) -> String {
    names.get(&account).map_or_else(|| account.to_string(), ToString::to_string)
}

/// The statuses of a registration beside each other: its client's, and that of the revision under review.
pub(super) fn statuses(subject: &Subject) -> AnyView {
    let client = client_tags(&subject.standing());
    let review = subject.registration.submitted().map(|revision| revision_status(revision, &subject.voters));
    let tags = client.into_iter().chain(review).map(|status| view! { <StatusTag status=status /> " " });
    tags.collect_view().into_any()
}

/// What the client does at the provider and what is on its way, in sentences; none before there is a client.
pub(super) fn client_standing(subject: &Subject) -> Option<String> {
    client_sentence(&subject.standing(), Reader::Staff)
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
    use crate::samples::shown;
    use domain::actor::StaffRole;

    #[test]
    fn people_without_a_name_are_named_by_their_account() {
        let account = AccountId::from_parts(1, [0; 10]);
        assert_eq!(person(account, &Names::new()), account.to_string());
        assert_eq!(
            who(By::Account(account), &[(account, shown("Ada", Some(StaffRole::Admin)))].into()),
            "Ada (NHS login admin)"
        );
        assert_eq!(who(By::System, &Names::new()), "the portal");
    }
}

//! What a reader may do: the same rules as the write path asks, so that a page never offers what will be refused, and
//! never says that somebody may not do what they may. Every form, button and sentence about a permission comes from here.

use domain::{
    actor::{Actor, Person, TeamRole},
    aggregate::Aggregate,
    draft::DraftChange,
    id::{ClientId, OrganisationId, RegistrationId, ServiceId},
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{ClientState, Command, Facts, Registration, Revision},
};
use std::collections::BTreeMap;
use store::read::RegistrationHead;
use time::OffsetDateTime;

/// What the rules say of each command, with the sentence where they say no.
#[derive(Clone, Debug, PartialEq)]
pub struct Permissions {
    /// Approve the revision under review. Re-authentication is asked on the form, so it is not held against anyone.
    pub approve: Result<(), Refusal>,
    /// Send it back.
    pub request_changes: Result<(), Refusal>,
    /// Refuse it.
    pub reject: Result<(), Refusal>,
    /// Switch the client off.
    pub suspend: Result<(), Refusal>,
    /// Switch it on again, or propose to where two admins have to.
    pub reinstate: Result<(), Refusal>,
    /// Second the proposal to switch it on again.
    pub confirm_reinstatement: Result<(), Refusal>,
    /// Drop the proposal to switch it on again.
    pub drop_reinstatement: Result<(), Refusal>,
    /// Switch the client off for good. Re-authentication is asked on the form here too.
    pub retire: Result<(), Refusal>,
    /// Publish again.
    pub republish: Result<(), Refusal>,
}

/// A text where a command needs one: whether it is allowed does not hang on the words.
const WORDS: &str = "…";

impl Permissions {
    /// Asks the rules, as `person` at `now`.
    pub fn of(registration: &Registration, person: &Person, facts: &Facts, now: OffsetDateTime) -> Self {
        let fresh = Person { reauthenticated_at: Some(now), ..person.clone() };
        let actor = Actor::Person(fresh);
        let ask = |command: Command| registration.decide(&actor, &command, facts, now).map(drop);
        let (number, digest, metadata_digest) = match open_revision(registration, facts) {
            Some(revision) => (revision.number, revision.digest.clone(), revision.metadata_digest.clone()),
            None => (0, String::new(), String::new()),
        };
        let proposal = registration.suspension().and_then(|suspension| suspension.proposal.as_ref());
        Self {
            approve: ask(Command::Approve {
                number,
                digest,
                metadata_digest,
                comment: String::new(),
                client_id: ClientId::from_random([0; 16]),
            }),
            request_changes: ask(Command::RequestChanges { number, comment: WORDS.into(), sections: BTreeMap::new() }),
            reject: ask(Command::Reject { number, reason: WORDS.into() }),
            suspend: ask(Command::Suspend { reason: WORDS.into() }),
            reinstate: ask(Command::Reinstate { reason: WORDS.into() }),
            confirm_reinstatement: ask(Command::ConfirmReinstatement {
                proposed_at: proposal.map_or(now, |proposal| proposal.stamp.at),
            }),
            drop_reinstatement: ask(Command::DropReinstatement),
            retire: ask(Command::Retire { reason: WORDS.into() }),
            republish: ask(Command::Republish),
        }
    }
}

impl Permissions {
    /// What the reader may decide about the revision, in one sentence; none where nothing.
    pub fn decisions_in_words(&self) -> Option<String> {
        let verbs = [(&self.approve, "approve"), (&self.request_changes, "request changes"), (&self.reject, "reject")];
        let allowed: Vec<&str> = verbs.iter().filter(|(asked, _)| asked.is_ok()).map(|(_, verb)| *verb).collect();
        match allowed.as_slice() {
            [] => None,
            [only] => Some(format!("You can {only} it.")),
            [before @ .., last] => Some(format!("You can {} or {last} it.", before.join(", "))),
        }
    }
}

/// The revision on which approvals have an effect now: the one under review, or else one that is withheld because too few
/// approvals count.
pub fn open_revision<'a>(registration: &'a Registration, facts: &Facts) -> Option<&'a Revision> {
    let withheld = || registration.short_of_approvals(facts.policy.as_ref()?, &facts.voters);
    registration.submitted().or_else(withheld)
}

/// What the rules say to somebody who reads the thing that it is about: it is there for them, so it is their role that
/// does not allow it.
pub fn to_a_reader(asked: Result<(), Refusal>) -> Result<(), Refusal> {
    match asked {
        Err(Refusal::NotFound) => Err(Refusal::NotAllowed),
        asked => asked,
    }
}

/// What of a service a new registration hangs on.
#[derive(Clone, Copy)]
pub struct ToStart<'a> {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The service.
    pub service: ServiceId,
    /// Whether an admin has confirmed the organisation.
    pub confirmed: bool,
    /// Its registrations.
    pub registrations: &'a [RegistrationHead],
}

/// Everything for which the rules keep `person` from starting a registration of the service in the environment now, what
/// the person can do nothing about last. Nothing: they may.
pub fn kept_from_starting(
    of: ToStart<'_>,
    policy: &EnvironmentPolicy,
    person: &Person,
    now: OffsetDateTime,
) -> Vec<Refusal> {
    let living = |environment: &str| {
        let here = of.registrations.iter().filter(move |head| head.environment == environment);
        here.map(|head| head.client_state).find(|state| *state != ClientState::Retired)
    };
    let mut facts = Facts {
        policy: Some(policy.clone()),
        organisation_confirmed: of.confirmed,
        service_known: true,
        already_registered: living(&policy.name).is_some(),
        earlier_published: policy.after.as_deref().and_then(living) == Some(ClientState::Published),
        ..Facts::default()
    };
    let command = Command::Start {
        organisation: of.organisation,
        service: of.service,
        environment: policy.name.clone(),
        copy_of: None,
        draft: Box::default(),
    };
    let blank = Registration::blank(RegistrationId::from_parts(0, [0; 10]));
    let (mut person, mut kept, mut role) = (person.clone(), Vec::new(), None);
    // The rules name one reason at a time: what each asks for is granted, to hear the next.
    while let Err(refusal) = blank.decide(&Actor::Person(person.clone()), &command, &facts, now) {
        match refusal {
            Refusal::NotAllowed | Refusal::NotFound if role.is_none() => {
                person.memberships.insert(of.organisation, TeamRole::Owner);
                role = Some(Refusal::NotAllowed);
                continue;
            }
            Refusal::OrganisationNotConfirmed if !facts.organisation_confirmed => facts.organisation_confirmed = true,
            Refusal::EarlierEnvironmentNotPublished if !facts.earlier_published => facts.earlier_published = true,
            _ => {
                kept.push(refusal);
                break;
            }
        }
        kept.push(refusal);
    }
    kept.extend(role);
    kept
}

/// Whether `person` may edit drafts of an organisation's registrations that are not retired.
pub fn may_edit(
    organisation: OrganisationId,
    policy: &EnvironmentPolicy,
    person: &Person,
    now: OffsetDateTime,
) -> bool {
    let blank = Registration::blank(RegistrationId::from_parts(0, [0; 10]));
    let registration = Registration { organisation: Some(organisation), ..blank };
    let facts = Facts { policy: Some(policy.clone()), ..Facts::default() };
    let same = Command::save(DraftChange::ClientName(String::new()));
    registration.decide(&Actor::Person(person.clone()), &same, &facts, now).is_ok()
}

/// Whether a password or code was given so lately that an approval may rest on it for the next minute too.
pub fn fresh_enough(reauthenticated_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    let margin = time::Duration::minutes(1);
    reauthenticated_at.is_some_and(|at| now - at + margin <= domain::actor::REAUTHENTICATION_LASTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use time::{Duration, macros::datetime};

    fn kept(role: Option<TeamRole>, confirmed: bool) -> Vec<Refusal> {
        let organisation = samples::organisation().id;
        let memberships = role.map(|role| (organisation, role)).into_iter().collect();
        let person = Person { memberships, staff: None, ..samples::admin_number(1) };
        let service = ServiceId::from_parts(1, [1; 10]);
        let of = ToStart { organisation, service, confirmed, registrations: &[] };
        kept_from_starting(of, &samples::policy("integration"), &person, datetime!(2026-03-03 12:00 UTC))
    }

    /// Everything that is missing is told at once, by the rules that will judge the start.
    #[test]
    fn all_that_keeps_from_starting_is_what_the_rules_say() {
        use Refusal::{EarlierEnvironmentNotPublished as Earlier, NotAllowed, OrganisationNotConfirmed as Unconfirmed};
        assert_eq!(kept(Some(TeamRole::Owner), false), [Unconfirmed, Earlier]);
        assert_eq!(kept(Some(TeamRole::Developer), true), [Earlier]);
        assert_eq!(kept(Some(TeamRole::Viewer), false), [Unconfirmed, Earlier, NotAllowed]);
        assert_eq!(kept(None, true), [Earlier, NotAllowed]);
    }

    #[test]
    fn drafts_are_edited_by_whom_the_rules_let() {
        let organisation = samples::organisation().id;
        for (role, expected) in [(TeamRole::Owner, true), (TeamRole::Developer, true), (TeamRole::Viewer, false)] {
            let person = Person { memberships: [(organisation, role)].into(), ..samples::admin_number(1) };
            let now = datetime!(2026-03-03 12:00 UTC);
            assert_eq!(may_edit(organisation, &samples::policy("sandpit"), &person, now), expected, "{role:?}");
        }
    }

    #[test]
    fn a_proof_that_is_about_to_run_out_is_asked_again() {
        let now = datetime!(2026-03-03 12:00 UTC);
        assert!(fresh_enough(Some(now - Duration::minutes(3)), now));
        assert!(!fresh_enough(Some(now - Duration::seconds(270)), now));
        assert!(!fresh_enough(None, now));
    }
}

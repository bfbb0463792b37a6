//! Which buttons a reviewer gets: the same rules as the write path asks, so a page never offers what will be refused.

use domain::{
    actor::{Actor, Person},
    aggregate::Aggregate,
    id::ClientId,
    refusal::Refusal,
    registration::{Command, Facts, Registration},
};
use std::collections::BTreeMap;
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
    /// Switch it on again.
    pub reinstate: Result<(), Refusal>,
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
        let (number, digest, metadata_digest) = match registration.submitted() {
            Some(revision) => (revision.number, revision.digest.clone(), revision.metadata_digest.clone()),
            None => (0, String::new(), String::new()),
        };
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
            reinstate: ask(Command::Reinstate),
            retire: ask(Command::Retire { reason: WORDS.into() }),
            republish: ask(Command::Republish),
        }
    }
}

/// Whether a password or code was given so lately that an approval may rest on it for the next minute too.
pub fn fresh_enough(reauthenticated_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    let margin = time::Duration::minutes(1);
    reauthenticated_at.is_some_and(|at| now - at + margin <= domain::actor::REAUTHENTICATION_LASTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn a_proof_that_is_about_to_run_out_is_asked_again() {
        let now = datetime!(2026-03-03 12:00 UTC);
        assert!(fresh_enough(Some(now - Duration::minutes(3)), now));
        assert!(!fresh_enough(Some(now - Duration::seconds(270)), now));
        assert!(!fresh_enough(None, now));
    }
}

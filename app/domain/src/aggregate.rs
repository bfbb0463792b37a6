//! The one shape of everything that changes: a state, commands, events and two pure functions.

use crate::{
    actor::{Actor, Stamp, TokenScope},
    refusal::Refusal,
};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

/// What a command asks of a session beside the role that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofNeeded {
    /// Nothing: it opens no door and can be undone, or it stops something at once, or its form asks for the password
    /// itself, as those do that change how a person signs in.
    None,
    /// Password or second factor again, within [`crate::actor::REAUTHENTICATION_LASTS`]: it opens a door, or cannot be
    /// undone (threat 20).
    Fresh,
}

/// A thing with a history. Folding its events over [`Aggregate::blank`] gives its present state.
pub trait Aggregate: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The word that the history uses for this kind of thing.
    const KIND: &'static str;
    /// Its identifier.
    type Id: Copy + std::fmt::Display + std::str::FromStr + Send + Sync;
    /// What somebody asks for.
    type Command: Clone + Send + Sync;
    /// What happened. Free text and personal data are [`crate::text::FreeText`], so that the history can
    /// commit to them by salted hash.
    type Event: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What the decision needs to know of other aggregates, read in the same transaction.
    type Facts: Send + Sync;

    /// The state before the first event.
    fn blank(id: Self::Id) -> Self;

    /// Which proof a command asks of whoever sends it. Exhaustive in every aggregate, so that a new command does not compile
    /// until somebody has thought of it.
    fn proof_needed(command: &Self::Command) -> ProofNeeded;

    /// Which scope a command asks of a token of an organisation; none for what nobody but a person does. Exhaustive in every
    /// aggregate, as [`Aggregate::proof_needed`].
    fn token_scope(command: &Self::Command) -> Option<TokenScope>;

    /// In which environment a command has its effect, where it has it in one.
    fn environment_of<'a>(&'a self, command: &'a Self::Command) -> Option<&'a str>;

    /// Every permission and every transition: who may, in which state, with which evidence, and whether the session has
    /// proved lately who is there. The proof is asked last, so that nobody gives it in vain.
    ///
    /// # Errors
    /// The [`Refusal`] that the person reads.
    fn decide(
        &self,
        actor: &Actor,
        command: &Self::Command,
        facts: &Self::Facts,
        now: OffsetDateTime,
    ) -> Result<Vec<Self::Event>, Refusal> {
        if let Some(token) = actor.token() {
            token.may(Self::token_scope(command))?;
        }
        let events = self.judge(actor, command, facts, now)?;
        // Last, so that a token of another organisation is not told in which environment something is.
        if let Some(token) = actor.token() {
            token.may_in(self.environment_of(command))?;
        }
        let is_stale = actor.person().is_some_and(|person| !person.is_freshly_authenticated(now));
        match Self::proof_needed(command) {
            ProofNeeded::Fresh if is_stale && !events.is_empty() => Err(Refusal::ReauthenticationNeeded),
            _ => Ok(events),
        }
    }

    /// What [`Aggregate::decide`] asks beside the proof. Nothing else calls it.
    ///
    /// Several events come of one command where one fact follows from another in the same moment: a sandpit
    /// submission that the rules approve is two facts.
    ///
    /// # Errors
    /// The [`Refusal`] that the person reads.
    fn judge(
        &self,
        actor: &Actor,
        command: &Self::Command,
        facts: &Self::Facts,
        now: OffsetDateTime,
    ) -> Result<Vec<Self::Event>, Refusal>;

    /// Changes the state by what happened. Total: an event of the history always applies.
    fn apply(&mut self, event: &Self::Event, stamp: &Stamp);
}

/// What happens beside a decision and leaves what its form showed as it was: the partner goes on with the draft, of
/// which the revision under review is no part, or with its services; the worker reports what the provider holds.
const BESIDE: [&str; 22] = [
    "saved",
    "challenged",
    "possession_proved",
    "key_endorsed",
    "published",
    "publication_failed",
    "service_added",
    "service_changed",
    "contacts_changed",
    "member_invited",
    "invitation_sent_again",
    "invitation_withdrawn",
    "invitation_declined",
    "ownership_offered",
    "ownership_offer_withdrawn",
    "ownership_offer_declined",
    "join_requested",
    "join_request_withdrawn",
    "join_declined",
    "token_made",
    "token_ended",
    "token_taken_over",
];

/// Whether an event of this type leaves what a decision form showed as it was: it disturbs no decision.
pub fn is_beside(event_type: &str) -> bool {
    BESIDE.contains(&event_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{organisation, registration};
    use serde_json::json;

    /// Of a type that there is, something else is missing.
    #[test]
    fn what_happens_beside_is_events_that_there_are() {
        for name in BESIDE {
            let event = json!({"type": name});
            let of_registration = serde_json::from_value::<registration::Event>(event.clone()).map(drop);
            let of_organisation = serde_json::from_value::<organisation::Event>(event).map(drop);
            let is_known = |read: Result<(), serde_json::Error>| {
                read.err().is_none_or(|error| !error.to_string().contains("unknown variant"))
            };
            assert!(is_known(of_registration) || is_known(of_organisation), "{name}");
        }
        assert!(!is_beside("approved"));
    }
}

//! The one shape of everything that changes: a state, commands, events and two pure functions.

use crate::{
    actor::{Actor, Stamp},
    refusal::Refusal,
};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

/// A thing with a history. Folding its events over [`Aggregate::blank`] gives its present state.
pub trait Aggregate: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The word that the history uses for this kind of thing.
    const KIND: &'static str;
    /// Its identifier.
    type Id: Copy + std::fmt::Display + Send + Sync;
    /// What somebody asks for.
    type Command: Send + Sync;
    /// What happened. Free text and personal data are [`crate::text::FreeText`], so that the history can
    /// commit to them by salted hash.
    type Event: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What the decision needs to know of other aggregates, read in the same transaction.
    type Facts: Send + Sync;

    /// The state before the first event.
    fn blank(id: Self::Id) -> Self;

    /// Every permission and every transition: who may, in which state, with which evidence.
    ///
    /// Several events come of one command where one fact follows from another in the same moment: a sandpit
    /// submission that the rules approve is two facts.
    ///
    /// # Errors
    /// The [`Refusal`] that the person reads.
    fn decide(
        &self,
        actor: &Actor,
        command: &Self::Command,
        facts: &Self::Facts,
        now: OffsetDateTime,
    ) -> Result<Vec<Self::Event>, Refusal>;

    /// Changes the state by what happened. Total: an event of the history always applies.
    fn apply(&mut self, event: &Self::Event, stamp: &Stamp);
}

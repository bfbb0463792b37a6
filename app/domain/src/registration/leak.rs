//! A private key that got into other hands: its public half leaves the provider at once, whoever is asleep, and is refused
//! from then on.

use super::{
    decide::{Decision, writer},
    *,
};
use crate::{actor::Actor, refusal::Refusal, revision::FrozenRevision};

/// Why the client is off, where no other key is left. The partner reads it.
const NO_KEY_LEFT: &str = "A private key was reported as leaked, and the client has no other published key.";

/// Why it is off, where the provider could not be told to let a key go.
const NOT_REMOVED: &str = "A private key was reported as leaked, and the provider could not be told to remove the key.";

/// What follows from the report that a key leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeakOutcome {
    /// The provider does not have it, and is not to have it.
    NotPublished,
    /// The provider has it, and is being told already to let it go.
    OnItsWayOut,
    /// The provider keeps another key, with which people go on signing in.
    OtherKeyStays,
    /// The client is suspended: there is no other key.
    ClientSuspended,
    /// The client is suspended already, and stays so.
    StaysSuspended,
}

impl Registration {
    /// Whether the key of this thumbprint was reported as leaked, here or where `facts` know of it.
    pub(super) fn is_leaked(&self, thumbprint: &str, facts: &Facts) -> bool {
        self.leaked.contains_key(thumbprint) || facts.leaked.contains(thumbprint)
    }

    /// What follows where somebody reports now that this key leaked. `facts` know which of the client's keys did elsewhere.
    pub fn leak_outcome(&self, thumbprint: &str, facts: &Facts) -> LeakOutcome {
        let has = |revision: &Revision| revision.thumbprints.iter().any(|key| key == thumbprint);
        let wanted = self.wanted_revision().filter(|wanted| has(wanted));
        let held = self.held().filter(|held| has(held));
        match (wanted, held) {
            (None, None) => LeakOutcome::NotPublished,
            _ if self.retired.is_some() => LeakOutcome::OnItsWayOut,
            _ if self.suspension().is_some() => LeakOutcome::StaysSuspended,
            // It goes by itself, unless the provider could not be told.
            (None, Some(_)) if self.failure.is_none() => LeakOutcome::OnItsWayOut,
            _ if self.leak_leaves(thumbprint, facts).is_some() => LeakOutcome::OtherKeyStays,
            _ => LeakOutcome::ClientSuspended,
        }
    }

    /// The revision that is published without a key that leaked: what is wanted, or else what the provider holds. What it never
    /// had is not published for the first time in a hurry; of what was erased it cannot be told what would be; and where
    /// somebody changed the client at the provider, an admin looks before it is written on again.
    pub fn leak_goes_on_from(&self) -> Option<&Revision> {
        let wanted = self.wanted.as_ref().filter(|wanted| self.seen_generation <= wanted.generation)?;
        let was_held = |revision: &&Revision| revision.published.is_some() && revision.erased.is_none();
        let wanted = self.revision(wanted.revision).filter(was_held);
        wanted.or_else(|| self.held().filter(was_held).filter(|held| self.is_on_with(held.number)))
    }

    /// The revision to go on from, where a key of it is left beside those that leaked.
    fn leak_leaves(&self, thumbprint: &str, facts: &Facts) -> Option<&Revision> {
        let stays = |key: &String| key != thumbprint && !self.is_leaked(key, facts);
        self.leak_goes_on_from().filter(|from| from.thumbprints.iter().any(stays))
    }

    /// Takes a key out of the draft, out of the review and out of the provider. Where the provider keeps another key of what
    /// it had before, people go on signing in with that; else the client is suspended.
    pub(super) fn report_leak(&self, actor: &Actor, key: &PublicKey, client_id: &ClientId, facts: &Facts) -> Decision {
        writer(actor, self.organisation)?;
        if actor.person().is_some_and(|person| !person.second_factor) {
            return Err(Refusal::SecondFactorToReport);
        }
        let thumbprint = key.thumbprint();
        let of_draft = self.draft.public_keys.iter().any(|other| other.public_key().as_ref() == Some(key));
        if !of_draft && !self.revisions.iter().any(|revision| revision.thumbprints.contains(&thumbprint)) {
            return Err(Refusal::NotFound);
        }
        let mut events = Vec::new();
        if !self.leaked.contains_key(&thumbprint) {
            events.push(Event::KeyLeaked { thumbprint: thumbprint.clone(), key: key.clone() });
        }
        if self.retired.is_some() {
            return Ok(events);
        }
        // Whoever reports it again, because it is not out yet, is heard.
        let outcome = self.leak_outcome(&thumbprint, facts);
        let acts = matches!(outcome, LeakOutcome::OtherKeyStays | LeakOutcome::ClientSuspended);
        let left = self.left(&thumbprint, facts).filter(|_| acts);
        if let Some(revision) = self.ended_by_leak(&thumbprint, left.is_some()) {
            events.push(Event::Withdrawn { number: revision.number, instead: None });
        }
        if acts {
            match left {
                Some((from, left)) => events.extend(self.publish_without(from, &left, client_id)),
                None => events.push(Event::Suspended {
                    reason: FreeText(NO_KEY_LEFT.into()),
                    generation: self.next_generation(),
                }),
            }
        }
        Ok(events)
    }

    /// The revision under review that a report ends: one with the key; one in which only keys changed since what is over with
    /// it; and any where another is frozen, whose number comes after its own. Another key that is being reviewed is not sent
    /// back: it ends the outage.
    pub fn ended_by_leak(&self, thumbprint: &str, is_frozen_anew: bool) -> Option<&Revision> {
        let has_it = |revision: &&Revision| revision.thumbprints.iter().any(|key| key == thumbprint);
        self.submitted().filter(|revision| is_frozen_anew || revision.rotation.is_some() || has_it(revision))
    }

    /// Where the provider keeps a key that leaked because it could not be told, the client goes off: nobody may be awake.
    pub(super) fn suspended_for_leak(&self, generation: u64) -> Option<Event> {
        let held = self.held().filter(|held| self.is_on_with(held.number))?;
        let is_leaked = held.thumbprints.iter().any(|key| self.leaked.contains_key(key));
        is_leaked.then(|| Event::Suspended { reason: FreeText(NOT_REMOVED.into()), generation })
    }

    /// What is left to be published without the keys that leaked, if it can be told from what was frozen.
    fn left(&self, thumbprint: &str, facts: &Facts) -> Option<(&Revision, FrozenRevision)> {
        let from = self.leak_leaves(thumbprint, facts)?;
        let frozen = facts.frozen.as_ref().filter(|frozen| frozen.freeze().digest == from.digest)?;
        let leaked = from.thumbprints.iter().filter(|key| *key == thumbprint || self.is_leaked(key, facts));
        let left = leaked.fold(frozen.clone(), |left, key| left.without_key(key));
        left.metadata.public_keys().is_some().then_some((from, left))
    }

    /// A revision frozen anew without keys. Nothing else changed, so that the rules approve it.
    fn publish_without(&self, from: &Revision, left: &FrozenRevision, client_id: &ClientId) -> [Event; 2] {
        let frozen = left.freeze();
        let number = self.revisions.len() as u32 + 1;
        let thumbprints = left.metadata.keys.iter().filter_map(|key| key.public_key.as_ref());
        let submitted = Event::Submitted {
            number,
            digest: frozen.digest.clone(),
            metadata_digest: frozen.metadata_digest.clone(),
            thumbprints: thumbprints.map(PublicKey::thumbprint).collect(),
            rotation: Some(Rotation { from: from.number, keys: KeyChange::Removal }),
            restricted: from.restricted.clone(),
            bytes: FreeText(frozen.bytes),
            warnings: Document::Is(Vec::new()),
        };
        let approved = Event::Approved {
            number,
            digest: frozen.digest,
            metadata_digest: frozen.metadata_digest,
            by_rules: true,
            comment: FreeText::default(),
            publish: Some(self.publish(client_id)),
        };
        [submitted, approved]
    }
}

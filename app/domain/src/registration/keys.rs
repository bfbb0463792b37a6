//! The keys of a registration, each with where it stands, and how far a rotation has come.

use super::*;
use crate::{draft::DraftKey, revision::ClientKey};

/// A key of the draft, or one that the provider holds.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyStanding {
    /// The key.
    pub key: PublicKey,
    /// Its `kid` where the registration gives one of its own; empty for the thumbprint.
    pub own_kid: String,
    /// What the team calls it; empty for nothing.
    pub name: String,
    /// When it came into the draft, and who put it there; none where that was before it was noted.
    pub added: Option<Stamp>,
    /// When possession was proved, and by whom.
    pub proved: Option<Stamp>,
    /// When the provider was first read back to have a revision with it.
    pub first_published: Option<OffsetDateTime>,
    /// When it was reported as leaked here, and by whom.
    pub leaked: Option<Stamp>,
    /// Whether it was reported as leaked, here or elsewhere: it is refused.
    pub is_refused: bool,
    /// Whether it is in the draft.
    pub in_draft: bool,
    /// Whether it is in the revision that is under review.
    pub under_review: bool,
    /// Whether it is in the revision that the provider is to hold.
    pub wanted: bool,
    /// Whether the provider was last read back to hold it.
    pub held: bool,
    /// Whether it is in what the provider will hold next: in the revision under review, else in the one that is wanted.
    pub awaited: bool,
}

/// How far a rotation has come, while people sign in: what is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RotationStep {
    /// Add the new key beside the old one.
    Add,
    /// The new key is in the draft: submit it.
    SubmitNew,
    /// The new key waits for a decision or for the provider.
    AwaitNew,
    /// The provider holds both: switch the service to the new one, then remove the old one.
    Switch,
    /// The old key is out of the draft: submit that.
    SubmitRemoval,
    /// The provider is to be without the old key.
    AwaitRemoval,
    /// No key that the provider holds is in the draft: once that is published, sign-ins fail until the service has changed.
    SubmitSwap,
    /// The same, and it waits for a decision or for the provider.
    AwaitSwap,
}

impl Registration {
    /// Every key of the draft and of what was frozen, in this order. `frozen` are the keys of [`Registration::held`], of
    /// [`Registration::awaited`] and of [`Registration::wanted_revision`]; `leaked` are those that are refused.
    pub fn key_standings(&self, frozen: &[ClientKey], leaked: &BTreeSet<String>) -> Vec<KeyStanding> {
        let of_draft =
            self.draft.public_keys.iter().filter_map(|key: &DraftKey| Some((key.public_key()?, key.kid.clone())));
        let of_provider = frozen.iter().filter_map(|key| Some((key.public_key.clone()?, key.own_kid().to_owned())));
        let mut all: Vec<(PublicKey, String)> = Vec::new();
        for (key, own_kid) in of_draft.chain(of_provider) {
            if all.iter().all(|(other, _)| *other != key) {
                all.push((key, own_kid));
            }
        }
        all.into_iter().map(|(key, own_kid)| self.key_standing(key, own_kid, leaked)).collect()
    }

    fn key_standing(&self, key: PublicKey, own_kid: String, leaked: &BTreeSet<String>) -> KeyStanding {
        let thumbprint = key.thumbprint();
        let has = |revision: &Revision| revision.thumbprints.contains(&thumbprint);
        let with_it = self.revisions.iter().filter(|revision| has(revision));
        let known = self.keys.get(&thumbprint);
        KeyStanding {
            own_kid,
            name: known.map(|known| known.name.clone()).unwrap_or_default(),
            added: known.map(|known| known.added),
            proved: self.proofs.get(&thumbprint).copied(),
            first_published: with_it.filter_map(|revision| revision.published).min(),
            leaked: self.leaked.get(&thumbprint).copied(),
            is_refused: self.leaked.contains_key(&thumbprint) || leaked.contains(&thumbprint),
            in_draft: self.draft.public_keys.iter().any(|other| other.public_key().as_ref() == Some(&key)),
            under_review: self.submitted().is_some_and(has),
            wanted: self.wanted_revision().is_some_and(has),
            held: self.held().is_some_and(has),
            awaited: self.awaited().is_some_and(has),
            key,
        }
    }

    /// The revision that decides what the provider will hold next: the one under review, else the one that is wanted.
    pub fn awaited(&self) -> Option<&Revision> {
        self.submitted().or_else(|| self.wanted_revision())
    }

    /// The revision that the provider is to hold; none before the first, and once it is to be removed.
    pub fn wanted_revision(&self) -> Option<&Revision> {
        let wanted = self.wanted.as_ref().filter(|wanted| !wanted.removed)?;
        self.revision(wanted.revision)
    }

    /// What is to be done next to rotate a key; none while nobody signs in with the client.
    pub fn rotation_step(&self, keys: &[KeyStanding]) -> Option<RotationStep> {
        let keys: Vec<&KeyStanding> = keys.iter().filter(|key| !key.is_refused).collect();
        let is_on = self.held().is_some_and(|held| self.is_on_with(held.number));
        if !is_on || !keys.iter().any(|key| key.held) {
            return None;
        }
        let any = |is: fn(&KeyStanding) -> bool| keys.iter().any(|key| is(key));
        Some(if any(|key| key.awaited && !key.held) {
            if any(|key| key.awaited && key.held) { RotationStep::AwaitNew } else { RotationStep::AwaitSwap }
        } else if any(|key| key.held && !key.awaited) {
            RotationStep::AwaitRemoval
        } else if any(|key| key.in_draft && !key.held) {
            if any(|key| key.in_draft && key.held) { RotationStep::SubmitNew } else { RotationStep::SubmitSwap }
        } else if any(|key| key.held && !key.in_draft) {
            RotationStep::SubmitRemoval
        } else if keys.len() > 1 {
            RotationStep::Switch
        } else {
            RotationStep::Add
        })
    }
}

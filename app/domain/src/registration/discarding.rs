//! Throwing away what changed in a draft.

use super::{decide::Decision, *};
use crate::{actor::Actor, draft::DraftKey, refusal::Refusal};

impl Registration {
    /// The revision whose content the draft has again once its changes are thrown away: the one under review, or else the
    /// one that was approved last. None where nothing changed since.
    pub fn discards_to(&self) -> Option<&Revision> {
        self.submitted_last().filter(|_| self.is_draft_ahead())
    }

    /// `facts` hold the content of that revision.
    pub(super) fn discard(&self, actor: &Actor, facts: &Facts) -> Decision {
        self.editor(actor)?;
        let to = self.discards_to().ok_or(Refusal::NothingToDiscard)?;
        let draft = self.draft_again(to, facts).ok_or(Refusal::ErasedSince)?;
        Ok(vec![Event::ChangesDiscarded { revision: to.number, draft: Document::Is(draft) }])
    }

    /// The draft as it was frozen, with the names that the team gives its keys, which are in no revision, and without
    /// those that leaked. None where something was erased from it since.
    pub fn draft_again(&self, revision: &Revision, facts: &Facts) -> Option<Draft> {
        let frozen = facts.frozen.as_ref().filter(|frozen| frozen.freeze().digest == revision.digest)?;
        let mut draft = frozen.draft().0;
        draft.public_keys.retain(|key| !self.is_leaked_here(key));
        draft.public_keys.iter_mut().for_each(|key| key.name = self.name_of(key));
        Some(draft)
    }

    fn is_leaked_here(&self, key: &DraftKey) -> bool {
        key.public_key().is_some_and(|key| self.leaked.contains_key(&key.thumbprint()))
    }

    fn name_of(&self, key: &DraftKey) -> String {
        let known = key.public_key().and_then(|key| self.keys.get(&key.thumbprint()));
        known.map(|known| known.name.clone()).unwrap_or_default()
    }
}

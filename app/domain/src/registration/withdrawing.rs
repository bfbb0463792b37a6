//! Taking a revision back: under review, or approved and not confirmed by the provider yet.

use super::{decide::Decision, *};
use crate::{actor::Actor, refusal::Refusal};

impl Registration {
    /// The revision that was approved and is on its way to the provider, which never had it: it can be withdrawn still. Not
    /// while what the provider holds is off, or something was erased from it: that would be what people sign in with then, and
    /// whoever reinstated the client looked at the other one.
    pub fn approved_on_its_way(&self) -> Option<&Revision> {
        let wanted = self.wanted_revision().filter(|_| self.suspension().is_none() && self.retired.is_none())?;
        let goes_on = |held: &Revision| held.erased.is_none() && self.is_on_with(held.number);
        if !self.held().is_none_or(goes_on) {
            return None;
        }
        let is_held = self.held().is_some_and(|held| held.number == wanted.number);
        (wanted.published.is_none() && !is_held).then_some(wanted)
    }

    /// Takes the revision under review back; where there is none, what was approved and has not arrived. The provider then
    /// keeps what it holds, or is not to have the client at all.
    pub(super) fn withdraw(&self, actor: &Actor, facts: &Facts) -> Decision {
        self.editor(actor)?;
        if let Some(revision) = self.submitted() {
            return Ok(vec![Event::Withdrawn { number: revision.number, instead: None }]);
        }
        let on_its_way = self.approved_on_its_way().ok_or(Refusal::NothingSubmitted)?;
        let held = self.held();
        if held.is_some_and(|held| held.thumbprints.iter().any(|key| self.is_leaked(key, facts))) {
            return Err(Refusal::TakesLeakedKeyOut);
        }
        // Whoever changed the client at the provider would be overwritten: an admin looks first.
        if self.wanted.as_ref().is_some_and(|wanted| self.seen_generation > wanted.generation) {
            return Err(Refusal::ChangedAtProvider);
        }
        let instead = Instead { revision: held.map(|held| held.number), generation: self.next_generation() };
        let mut withdrawn: Vec<Event> = self
            .never_arrived(held)
            .filter(|earlier| earlier.number != on_its_way.number)
            .map(|earlier| Event::Withdrawn { number: earlier.number, instead: None })
            .collect();
        withdrawn.push(Event::Withdrawn { number: on_its_way.number, instead: Some(instead) });
        Ok(withdrawn)
    }

    /// What was approved since the revision that the provider holds: none of it may seem approved afterwards.
    fn never_arrived(&self, held: Option<&Revision>) -> impl Iterator<Item = &Revision> {
        let last = held.map_or(0, |held| held.number);
        let is_it = move |one: &&Revision| one.number > last && one.state == RevisionState::Approved;
        self.revisions.iter().filter(is_it)
    }
}

//! What the provider was last read back to do, and what follows from it.

use super::*;
use crate::standing::{Asked, Confirmed, Does, Standing, Tried};

/// The greatest generation of somebody else's that the portal goes above: half of the numbers that every reader of JSON
/// keeps exactly (RFC 8785, 3.2.2.3), so that there is room above it.
pub const LAST_GENERATION: u64 = 1 << 52;

/// How often in a row a generation is raised above what a client store was read back to have. One that has a greater one
/// each time is written by something else, or lies.
pub(super) const MOST_RAISES: u32 = 3;

impl Wanted {
    /// What the provider does once it does what is wanted.
    pub fn does(&self) -> Does {
        match (self.withdrawn, self.removed, self.enabled) {
            (true, ..) => Does::Absent,
            (_, true, _) => Does::Removed,
            (_, _, true) => Does::On,
            (_, _, false) => Does::Off,
        }
    }
}

impl Registration {
    /// What the provider was last read back to do; none when it never was.
    pub fn confirmed(&self) -> Option<Confirmed> {
        let published = self.published.as_ref()?;
        let same = self.wanted.as_ref().filter(|wanted| wanted.generation == published.generation);
        let does = published.does.or_else(|| same.map(Wanted::does)).unwrap_or_else(|| self.did(published.at));
        Some(Confirmed { does, at: published.at })
    }

    /// Where the client stands at the provider.
    pub fn standing(&self, tried: Tried) -> Standing {
        let wanted = self.wanted.as_ref().map(|wanted| Asked { does: wanted.does(), since: wanted.since });
        let tried = Tried { reported: self.failure.is_some(), ..tried };
        Standing::of(wanted, self.confirmed(), self.is_publication_due(), tried)
    }

    /// The revision that the provider was last read back to hold; none before the first, once it is removed, and while what
    /// was approved first is withdrawn.
    pub fn held(&self) -> Option<&Revision> {
        self.confirmed().filter(|confirmed| confirmed.does.has_client())?;
        self.revision(self.published.as_ref()?.revision)
    }

    /// What was confirmed then, of a state that an earlier version of the portal wrote.
    fn did(&self, at: OffsetDateTime) -> Does {
        let lasted = |off: &Suspension| off.stamp.at <= at && off.ended.is_none_or(|ended| at <= ended.at);
        match self.retired.is_some_and(|stamp| stamp.at <= at) {
            true => Does::Removed,
            false if self.suspensions.iter().any(lasted) => Does::Off,
            false => Does::On,
        }
    }

    /// A generation above every one that was wanted, and above every one that the provider was read back to have.
    pub(super) fn next_generation(&self) -> u64 {
        self.wanted.as_ref().map_or(0, |wanted| wanted.generation).max(self.seen_generation) + 1
    }
}

//! Handing over the ownership of an organisation: offered by an owner to one of the team, and accepted. Then one is the
//! owner and the other a developer, at once.

use super::{Decision, Event, Facts, Organisation, in_team};
use crate::{
    actor::{Actor, TeamRole},
    id::AccountId,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long an offer can be accepted.
pub const OFFER_LASTS: Duration = Duration::days(7);

/// An owner's offer to hand over the ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// To whom.
    pub to: AccountId,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Offer {
    /// Until when it can be accepted.
    pub fn until(&self) -> OffsetDateTime {
        self.at + OFFER_LASTS
    }

    /// Whether it can be accepted at `now`, as far as time goes.
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        now < self.until()
    }
}

impl Organisation {
    /// Those who offer their ownership to somebody at `now`, and until when.
    pub fn offers_to(
        &self,
        to: AccountId,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = (AccountId, OffsetDateTime)> + '_ {
        let open = self.offers.iter().filter(move |(_, offer)| offer.to == to && offer.is_open(now));
        open.map(|(from, offer)| (*from, offer.until()))
    }

    pub(super) fn offer_ownership(&self, actor: &Actor, to: AccountId, now: OffsetDateTime) -> Decision {
        let from = self.owner_in_person(actor)?;
        match self.members.get(&to) {
            None => return Err(Refusal::NotFound),
            Some(TeamRole::Owner) => return Err(Refusal::OwnerAlready),
            Some(TeamRole::Developer | TeamRole::Viewer) => {}
        }
        let offered = Event::OwnershipOffered { account: to };
        Ok(match self.offers.get(&from) {
            Some(open) if open.to == to && open.is_open(now) => Vec::new(),
            // One owner offers it to one person.
            Some(other) if other.to != to => vec![Event::OwnershipOfferWithdrawn { account: other.to }, offered],
            _ => vec![offered],
        })
    }

    pub(super) fn withdraw_offer(&self, actor: &Actor) -> Decision {
        let from = self.owner_in_person(actor)?;
        // What asks for what is so already is no conflict.
        let withdrawn = self.offers.get(&from).map(|offer| Event::OwnershipOfferWithdrawn { account: offer.to });
        Ok(withdrawn.into_iter().collect())
    }

    pub(super) fn accept_ownership(
        &self,
        actor: &Actor,
        from: AccountId,
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        let account = self.offered(actor, from, now)?;
        if actor.person().is_some_and(|person| person.staff.is_some()) {
            return Err(Refusal::NotAllowed);
        }
        if facts.sender_locked {
            return Err(Refusal::OfferGone);
        }
        Ok(self.with_end_of(from, Event::OwnershipHandedOver { from, account }))
    }

    pub(super) fn decline_ownership(&self, actor: &Actor, from: AccountId, now: OffsetDateTime) -> Decision {
        self.offered(actor, from, now).map(|_| vec![Event::OwnershipOfferDeclined { from }])
    }

    /// Whom it was offered to, who is the actor.
    fn offered(&self, actor: &Actor, from: AccountId, now: OffsetDateTime) -> Result<AccountId, Refusal> {
        in_team(actor, self.id, &[TeamRole::Owner, TeamRole::Developer, TeamRole::Viewer])?;
        let account = actor.person().ok_or(Refusal::NotSignedIn)?.account;
        let offer = self.offers.get(&from).filter(|offer| offer.to == account && offer.is_open(now));
        offer.map(|offer| offer.to).ok_or(Refusal::OfferGone)
    }

    /// Nobody gives away what is another's.
    fn owner_in_person(&self, actor: &Actor) -> Result<AccountId, Refusal> {
        self.owner(actor)?;
        actor.person().map(|person| person.account).ok_or(Refusal::NotAllowed)
    }

    /// An offer is by an owner and to one of the team who is none: what changes that ends it.
    pub(super) fn end_offers(&mut self) {
        let members = &self.members;
        let is_owner = |account: &AccountId| members.get(account).map(|role| *role == TeamRole::Owner);
        self.offers.retain(|from, offer| is_owner(from) == Some(true) && is_owner(&offer.to) == Some(false));
    }
}

//! Whoever an owner asked to join the team: sent to an address, and accepted by the account of that address alone.

use super::{Decision, Event, Facts, MOST_ORGANISATIONS, Organisation};
use crate::{
    actor::{Actor, Stamp, TeamRole, account_of},
    email::EmailAddress,
    id::{AccountId, InvitationId},
    problem::Problem,
    refusal::Refusal,
    rule::TeamFault,
    text::FreeText,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// How long an invitation can be accepted after it was sent.
pub const INVITATION_LASTS: Duration = Duration::days(7);

/// Invitations of one organisation that were not answered, at most.
pub const MOST_INVITATIONS: usize = 20;

/// People who are or ever were in the team, and invitations to it, at most: every page about the organisation reads them all.
pub const MOST_IN_TEAM: usize = 500;

/// An invitation that was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The address, as it was typed.
    pub email: String,
    /// As what.
    pub role: TeamRole,
    /// When it was sent last, and by whom.
    pub stamp: Stamp,
}

impl Invitation {
    /// What its address is compared by.
    pub fn email_key(&self) -> String {
        self.email.to_ascii_lowercase()
    }

    /// Until when it can be accepted.
    pub fn until(&self) -> OffsetDateTime {
        self.stamp.at + INVITATION_LASTS
    }

    /// Whether it can be accepted at `now`, as far as time goes.
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        now < self.until()
    }

    fn address(&self) -> FreeText {
        FreeText(self.email.clone())
    }
}

impl Organisation {
    /// The invitation to an address, if there is one.
    pub fn invitation_to(&self, email: &EmailAddress) -> Option<(InvitationId, &Invitation)> {
        let mut sent = self.invitations.iter().map(|(id, invitation)| (*id, invitation));
        sent.find(|(_, invitation)| invitation.email_key() == email.key())
    }

    pub(super) fn invite(
        &self,
        actor: &Actor,
        (id, email, role): (InvitationId, &EmailAddress, TeamRole),
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        self.owner(actor)?;
        let refused = |fault: TeamFault| Err(Refusal::problem(Problem::new("email", fault)));
        if facts.invited_is_in {
            return refused(TeamFault::InTeam);
        }
        let before = self.invitation_to(email);
        match before {
            Some((_, open)) if open.is_open(now) && open.role == role => return Ok(Vec::new()),
            Some((_, open)) if open.is_open(now) => return refused(TeamFault::Invited),
            Some(_) => {}
            None if self.invitations.len() >= MOST_INVITATIONS => {
                return refused(TeamFault::InvitationsMany(MOST_INVITATIONS));
            }
            None if self.ever_members.len() + self.invitations.len() >= MOST_IN_TEAM => {
                return refused(TeamFault::PeopleMany(MOST_IN_TEAM));
            }
            None => {}
        }
        // One that has run out makes room for the new one.
        let ended = before.map(|(id, old)| Event::InvitationWithdrawn { invitation: id, email: old.address() });
        let sent = Event::MemberInvited { invitation: id, email: FreeText(email.as_str().to_owned()), role };
        Ok(ended.into_iter().chain([sent]).collect())
    }

    pub(super) fn send_invitation_again(&self, actor: &Actor, id: InvitationId) -> Decision {
        self.owner(actor)?;
        let invitation = self.invitations.get(&id).ok_or(Refusal::InvitationGone)?;
        Ok(vec![Event::InvitationSentAgain { invitation: id, email: invitation.address() }])
    }

    pub(super) fn withdraw_invitation(&self, actor: &Actor, id: InvitationId) -> Decision {
        self.owner(actor)?;
        // What asks for what is so already is no conflict.
        let withdrawn = |one: &Invitation| Event::InvitationWithdrawn { invitation: id, email: one.address() };
        Ok(self.invitations.get(&id).map(withdrawn).into_iter().collect())
    }

    pub(super) fn accept_invitation(
        &self,
        actor: &Actor,
        id: InvitationId,
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        let person = actor.person().ok_or(Refusal::NotSignedIn)?;
        let invitation = self.invitations.get(&id).filter(|one| one.is_open(now) && facts.is_invited);
        let invitation = invitation.filter(|_| !facts.sender_locked).ok_or(Refusal::InvitationGone)?;
        if person.staff.is_some() {
            return Err(Refusal::StaffJoinNoTeam);
        }
        if self.members.contains_key(&person.account) {
            return Err(Refusal::AlreadySo);
        }
        if !facts.actor_verified {
            return Err(Refusal::NotVerified);
        }
        if person.memberships.len() >= MOST_ORGANISATIONS {
            return Err(Refusal::TooManyOrganisations);
        }
        Ok(vec![Event::InvitationAccepted { invitation: id, account: person.account, role: invitation.role }])
    }

    /// Staff leave it unanswered: their answer would tell a partner who they are.
    pub(super) fn decline_invitation(&self, actor: &Actor, id: InvitationId, facts: &Facts) -> Decision {
        let invitation = self.invitations.get(&id).filter(|_| facts.is_invited).ok_or(Refusal::InvitationGone)?;
        match actor {
            Actor::Person(person) if person.staff.is_some() => Err(Refusal::StaffJoinNoTeam),
            Actor::Person(_) | Actor::Visitor => {
                Ok(vec![Event::InvitationDeclined { invitation: id, email: invitation.address() }])
            }
            Actor::System | Actor::Operator => Err(Refusal::NotAllowed),
        }
    }

    /// The ends of the invitations that somebody sent who is no owner any more: nobody comes in by the word of whoever may
    /// not let them in.
    pub(super) fn without_invitations_of(&self, sender: AccountId) -> impl Iterator<Item = Event> {
        let theirs = self.invitations.iter().filter(move |(_, one)| account_of(&one.stamp) == Some(sender));
        theirs.map(|(id, one)| Event::InvitationWithdrawn { invitation: *id, email: one.address() })
    }
}

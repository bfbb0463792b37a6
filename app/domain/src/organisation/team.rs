//! Who belongs to an organisation, and what they may do about that. Never without an owner who can sign in.

use super::{Decision, Event, Facts, Organisation, in_team};
use crate::{
    actor::{Actor, TeamRole},
    id::AccountId,
    refusal::Refusal,
};

impl Organisation {
    pub(super) fn add_member(&self, actor: &Actor, account: AccountId, role: TeamRole) -> Decision {
        if *actor != Actor::Operator {
            return Err(Refusal::NotAllowed);
        }
        if role != TeamRole::Owner && self.is_last_owner(account) {
            return Err(Refusal::LastOwner);
        }
        let added = Event::MemberAdded { account, role };
        Ok(if role == TeamRole::Owner { vec![added] } else { self.with_end_of(account, added) })
    }

    pub(super) fn change_role(&self, actor: &Actor, account: AccountId, role: TeamRole, facts: &Facts) -> Decision {
        self.owner(actor)?;
        match self.members.get(&account) {
            None => Err(Refusal::NotFound),
            Some(present) if *present == role => Ok(Vec::new()),
            Some(_) if self.is_needed(account, facts) => Err(Refusal::LastOwner),
            Some(TeamRole::Owner) => Ok(self.with_end_of(account, Event::RoleChanged { account, role })),
            Some(_) => Ok(vec![Event::RoleChanged { account, role }]),
        }
    }

    pub(super) fn remove_member(&self, actor: &Actor, account: AccountId, facts: &Facts) -> Decision {
        self.owner(actor)?;
        self.may_go(account, facts)?;
        Ok(self.with_end_of(account, Event::MemberRemoved { account }))
    }

    pub(super) fn leave(&self, actor: &Actor, facts: &Facts) -> Decision {
        in_team(actor, self.id, &[TeamRole::Owner, TeamRole::Developer, TeamRole::Viewer])?;
        let account = actor.person().ok_or(Refusal::NotSignedIn)?.account;
        self.may_go(account, facts)?;
        Ok(self.with_end_of(account, Event::MemberLeft { account }))
    }

    /// What ends somebody's time as an owner, after what ends with it.
    pub(super) fn with_end_of(&self, account: AccountId, end: Event) -> Vec<Event> {
        self.without_invitations_of(account).chain([end]).collect()
    }

    fn may_go(&self, account: AccountId, facts: &Facts) -> Result<(), Refusal> {
        match self.members.get(&account) {
            None => Err(Refusal::NotFound),
            Some(_) if self.is_needed(account, facts) => Err(Refusal::LastOwner),
            Some(_) => Ok(()),
        }
    }

    /// Whether nobody else is an owner who can sign in.
    fn is_needed(&self, account: AccountId, facts: &Facts) -> bool {
        let is_owner = self.members.get(&account) == Some(&TeamRole::Owner);
        self.is_last_owner(account) || (is_owner && facts.no_other_owner)
    }

    /// Whether nobody else is an owner.
    fn is_last_owner(&self, account: AccountId) -> bool {
        let mut owners = self.members.iter().filter(|(_, role)| **role == TeamRole::Owner);
        owners.next().is_some_and(|(owner, _)| *owner == account) && owners.next().is_none()
    }

    pub(super) fn join(&mut self, account: AccountId, role: TeamRole) {
        self.members.insert(account, role);
        self.ever_members.insert(account);
        self.requests.remove(&account);
    }
}

//! Switching a client off, on again, and off for good.

use super::{
    decide::{Decision, optional_words, role, second_factor_to_submit, words},
    *,
};
use crate::{
    account::PROPOSAL_LASTS,
    actor::{Actor, TeamRole, account_of},
    refusal::Refusal,
};

/// What is asked for where it is missing, after “Say”.
const SUSPENSION: &str = "why you are suspending this client";
const REINSTATEMENT: &str = "why you reinstate this client";
const RETIREMENT: &str = "why you are retiring this client";

impl Registration {
    /// The accounts behind the last reinstatement or the proposal of one: who proposed it, and who decided it. None once
    /// the provider has confirmed what came after it, because then it is in effect.
    pub fn reinstaters(&self) -> Vec<AccountId> {
        let Some(last) = self.suspensions.last().filter(|last| !self.is_confirmed_since(last)) else {
            return Vec::new();
        };
        let stamps = last.proposal.as_ref().map(|proposal| proposal.stamp).into_iter().chain(last.ended);
        stamps.filter_map(|stamp| account_of(&stamp)).collect()
    }

    fn is_confirmed_since(&self, suspension: &Suspension) -> bool {
        let confirmed = self.published.as_ref().map(|published| published.at);
        suspension.ended.is_some_and(|ended| confirmed.is_some_and(|at| at > ended.at))
    }

    /// The proposal to reinstate the client that stands: not too old, and of somebody who is an admin still.
    pub fn open_reinstatement(&self, voters: &Voters, now: OffsetDateTime) -> Option<&ReinstatementProposal> {
        let proposal = self.suspension()?.proposal.as_ref()?;
        let is_standing = account_of(&proposal.stamp).is_some_and(|proposer| voters.counts(proposer));
        (is_standing && now - proposal.stamp.at <= PROPOSAL_LASTS).then_some(proposal)
    }

    pub(super) fn suspend(&self, actor: &Actor, reason: &str) -> Decision {
        self.reviewer(actor)?;
        // Whatever is wanted at the provider can be stopped, whether or not the provider has confirmed it.
        match self.client_state() {
            ClientState::Pending | ClientState::Published => {}
            ClientState::Unpublished => return Err(Refusal::NoClient),
            ClientState::Suspended => return Err(Refusal::AlreadySuspended),
            ClientState::Retired => return Err(Refusal::Retired),
        }
        let reason = words("reason", SUSPENSION, reason)?;
        Ok(vec![Event::Suspended { reason, generation: self.next_generation() }])
    }

    /// Opens a door: where the environment asks for two admins, one proposes and another confirms.
    pub(super) fn reinstate(&self, actor: &Actor, reason: &str, facts: &Facts, now: OffsetDateTime) -> Decision {
        self.reinstating(actor)?;
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        self.may_be_on(facts)?;
        if self.open_reinstatement(&facts.voters, now).is_some() {
            return Err(Refusal::ReinstatementOpen);
        }
        let reason = words("reason", REINSTATEMENT, reason)?;
        Ok(vec![match policy.approvals_needed() {
            1 => Event::Reinstated { generation: self.next_generation(), reason, proposed: None },
            _ => Event::ReinstatementProposed { reason },
        }])
    }

    pub(super) fn confirm_reinstatement(
        &self,
        actor: &Actor,
        proposed_at: OffsetDateTime,
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        let suspension = self.reinstating(actor)?;
        let proposal = suspension.proposal.as_ref().ok_or(Refusal::ReinstatementGone)?;
        if proposal.stamp.by == actor.by() {
            return Err(Refusal::OwnProposal);
        }
        if proposal.stamp.at != proposed_at {
            return Err(Refusal::ProposalChanged);
        }
        if self.open_reinstatement(&facts.voters, now).is_none() {
            return Err(Refusal::ReinstatementLapsed);
        }
        self.may_be_on(facts)?;
        let (reason, proposed) = (proposal.reason.clone(), Some(proposal.stamp));
        Ok(vec![Event::Reinstated { generation: self.next_generation(), reason, proposed }])
    }

    pub(super) fn drop_reinstatement(&self, actor: &Actor) -> Decision {
        match self.reinstating(actor)?.proposal {
            Some(_) => Ok(vec![Event::ReinstatementDropped]),
            None => Err(Refusal::ReinstatementGone),
        }
    }

    /// The suspension that lasts, for an admin who may end it.
    fn reinstating(&self, actor: &Actor) -> Result<&Suspension, Refusal> {
        self.reviewer(actor)?;
        match self.client_state() {
            ClientState::Retired => Err(Refusal::Retired),
            _ => self.suspension().ok_or(Refusal::NotSuspended),
        }
    }

    /// Ends it for good. An admin, whose client it is not, gives a reason.
    pub(super) fn retire(&self, actor: &Actor, reason: &str, facts: &Facts) -> Decision {
        let by_owner = match role(actor, self.organisation) {
            Ok(TeamRole::Owner) => true,
            _ if actor.is_admin() => self.reviewer(actor).map(|_| false)?,
            _ if actor.staff_role().is_some() => return Err(Refusal::AdminsOnly),
            other => return Err(other.err().unwrap_or(Refusal::NotAllowed)),
        };
        if self.retired.is_some() {
            return Err(Refusal::Retired);
        }
        if self.submitted().is_some() {
            return Err(Refusal::ReviewOpen);
        }
        let reason = match by_owner {
            true => {
                second_factor_to_submit(actor, facts.policy.as_ref())?;
                optional_words("reason", reason)?
            }
            false => words("reason", RETIREMENT, reason)?,
        };
        Ok(vec![Event::Retired { generation: self.wanted.as_ref().map(|_| self.next_generation()), reason }])
    }
}

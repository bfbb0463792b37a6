//! Whoever asks to join an organisation that exists: an owner answers; an admin where no owner can be reached, with a reason.

use super::{Decision, Event, Facts, MOST_IN_TEAM, MOST_ORGANISATIONS, Organisation, paragraphs, said};
use crate::{
    actor::{Actor, TeamRole},
    id::AccountId,
    problem::Problem,
    refusal::Refusal,
    text::FreeText,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// Requests to join one organisation that were not answered, at most.
pub const MOST_REQUESTS: usize = 20;

/// Requests of one person that were not answered, at most.
pub const MOST_ASKED: usize = 5;

/// How long owners have to answer, after the request and after any of them signed in last, before an admin may.
pub const OWNERS_ANSWER_WITHIN: Duration = Duration::days(7);

/// How long whoever was declined cannot ask the same organisation again.
pub const DECLINED_FOR: Duration = Duration::days(30);

/// A request to join that was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Who asks, and why, in their words.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A no to somebody who asked to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Declined {
    /// Whether it keeps whoever asked from asking again at `now`.
    fn counts(self, now: OffsetDateTime) -> bool {
        now < self.at + DECLINED_FOR
    }
}

/// A request as it was shown to whoever answers it: it may have been withdrawn since, and asked again in other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asked.
    pub account: AccountId,
    /// When, to the millisecond.
    pub at: OffsetDateTime,
}

/// Whether an admin may answer in place of the owners: none of them can sign in, or none has for long enough. The rows of
/// organisations say the same, for lists.
pub fn are_unreachable(asked_at: OffsetDateTime, facts: &Facts, now: OffsetDateTime) -> bool {
    let could_answer_at = facts.owner_seen_at.map_or(asked_at, |seen_at| seen_at.max(asked_at));
    facts.no_owner || now >= could_answer_at + OWNERS_ANSWER_WITHIN
}

const LABEL: &str = "the answer to “Why do you want to join?”";
const ASKED_FOR: &str = "who you are and why you want to join";

/// Whether the reason of a request says anything, and not too much; what it may not hold is asked when it is sent.
///
/// # Errors
/// What is wrong with it.
pub fn check_reason(typed: &str) -> Result<(), Problem> {
    paragraphs("reason", LABEL, ASKED_FOR, typed).map(drop)
}

impl Organisation {
    pub(super) fn ask_to_join(&self, actor: &Actor, reason: &str, facts: &Facts, now: OffsetDateTime) -> Decision {
        let person = actor.person().ok_or(Refusal::NotSignedIn)?;
        if person.staff.is_some() {
            return Err(Refusal::StaffJoinNoTeam);
        }
        if !facts.actor_verified {
            return Err(Refusal::NotVerified);
        }
        if self.members.contains_key(&person.account) {
            return Err(Refusal::InTeamAlready);
        }
        if self.requests.contains_key(&person.account) {
            return Ok(Vec::new());
        }
        if self.declined.get(&person.account).is_some_and(|no| no.counts(now)) {
            return Err(Refusal::DeclinedLately);
        }
        if person.memberships.len() >= MOST_ORGANISATIONS {
            return Err(Refusal::TooManyOrganisations);
        }
        if facts.actor_asks >= MOST_ASKED {
            return Err(Refusal::TooManyRequests);
        }
        if self.requests.len() >= MOST_REQUESTS {
            return Err(Refusal::TooManyAsk);
        }
        let reason = FreeText(said("reason", LABEL, ASKED_FOR, reason).map_err(Refusal::problem)?);
        Ok(vec![Event::JoinRequested { reason }])
    }

    pub(super) fn withdraw_request(&self, actor: &Actor) -> Decision {
        let account = actor.person().ok_or(Refusal::NotSignedIn)?.account;
        // What asks for what is so already is no conflict.
        Ok(self.requests.get(&account).map(|_| Event::JoinRequestWithdrawn).into_iter().collect())
    }

    pub(super) fn agree_to_join(&self, actor: &Actor, asked: Asked, role: TeamRole, facts: &Facts) -> Decision {
        self.owner(actor)?;
        self.may_join(asked, facts)?;
        Ok(vec![Event::JoinAgreed { account: asked.account, role }])
    }

    pub(super) fn decline_to_join(&self, actor: &Actor, asked: Asked) -> Decision {
        self.owner(actor)?;
        self.request(asked)?;
        Ok(vec![Event::JoinDeclined { account: asked.account }])
    }

    pub(super) fn decide_join(
        &self,
        actor: &Actor,
        (asked, role, reason): (Asked, Option<TeamRole>, &str),
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Decision {
        if !actor.is_admin() {
            return Err(Refusal::AdminsOnly);
        }
        let request = self.request(asked)?;
        if !are_unreachable(request.at, facts, now) {
            return Err(Refusal::OwnersAnswer);
        }
        if actor.person().is_some_and(|person| self.ever_members.contains(&person.account)) {
            return Err(Refusal::BelongedToOrganisation);
        }
        if facts.actor_locked_owner {
            return Err(Refusal::LockedOwner);
        }
        if role.is_some() {
            self.may_join(asked, facts)?;
        }
        let reason = said("reason", "the reason", "why you answer in place of the owners", reason);
        let reason = FreeText(reason.map_err(Refusal::problem)?);
        Ok(vec![Event::JoinDecided { account: asked.account, role, reason }])
    }

    fn request(&self, asked: Asked) -> Result<&JoinRequest, Refusal> {
        let millis = |at: OffsetDateTime| at.unix_timestamp_nanos() / 1_000_000;
        let shown = self.requests.get(&asked.account).filter(|request| millis(request.at) == millis(asked.at));
        shown.ok_or(Refusal::RequestGone)
    }

    fn may_join(&self, asked: Asked, facts: &Facts) -> Result<(), Refusal> {
        self.request(asked)?;
        let knows = self.ever_members.contains(&asked.account);
        match self.ever_members.len() + self.invitations.len() >= MOST_IN_TEAM && !knows {
            _ if facts.asker_barred => Err(Refusal::AskerCannotJoin),
            true => Err(Refusal::TeamFull),
            false => Ok(()),
        }
    }

    /// Remembers a no as long as it keeps somebody from asking again.
    pub(super) fn decline(&mut self, account: AccountId, at: OffsetDateTime) {
        self.requests.remove(&account);
        self.declined.retain(|_, no| no.counts(at));
        self.declined.insert(account, Declined { at });
    }
}

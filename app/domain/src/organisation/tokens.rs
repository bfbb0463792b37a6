//! Tokens of an organisation: programs act by them, each as one of the team, with at most what that person may do.

use super::{Decision, Event, Organisation, line, may_write};
use crate::{
    actor::{Actor, Stamp, TeamRole, TokenScope},
    id::{AccountId, TokenId},
    problem::Problem,
    refusal::Refusal,
    rule::TokenFault,
    text::FreeText,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// Tokens of one organisation that have not expired, at most.
pub const MOST_TOKENS: usize = 50;

/// How many days a token may last.
pub const TOKEN_LIVES: [u16; 4] = [30, 90, 180, 365];

/// How long a token that has expired is still shown.
const EXPIRED_SHOWN: Duration = Duration::days(30);

/// A token as somebody wants to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDraft {
    /// What it is called, as typed.
    pub name: String,
    /// How much it may do; none where nothing was chosen.
    pub scope: Option<TokenScope>,
    /// In which environments, by name.
    pub environments: BTreeSet<String>,
    /// How many days it lasts, one of [`TOKEN_LIVES`]; none where nothing was chosen.
    pub days: Option<u16>,
}

/// A token that was not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// What its team calls it.
    pub name: String,
    /// How much it may do.
    pub scope: TokenScope,
    /// In which environments, by name.
    pub environments: BTreeSet<String>,
    /// As whom it acts.
    pub holder: AccountId,
    /// When it was made, and by whom.
    pub made: Stamp,
    /// When it stops working.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// When it stopped working because its holder left, or edits no more. For good, until another one takes it over.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub lapsed_at: Option<OffsetDateTime>,
}

impl ApiToken {
    /// Whether it has expired at `now`.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now >= self.until
    }

    /// Whether it works at `now`, as far as the organisation knows: its holder may be locked.
    pub fn works(&self, now: OffsetDateTime) -> bool {
        self.lapsed_at.is_none() && !self.is_expired(now)
    }
}

impl Organisation {
    pub(super) fn make_token(&self, actor: &Actor, id: TokenId, draft: &TokenDraft, now: OffsetDateTime) -> Decision {
        may_write(actor, self.id)?;
        // It acts as whoever makes it, who can end it by leaving: nobody is that on the command line.
        actor.person().ok_or(Refusal::NotAllowed)?;
        let mut problems = Vec::new();
        let mut wrong = |field: &str, fault: TokenFault| problems.push(Problem::new(field, fault));
        let days = draft.days.filter(|days| TOKEN_LIVES.contains(days));
        let living = || self.tokens.values().filter(|token| !token.is_expired(now));
        if draft.scope.is_none() {
            wrong("scope", TokenFault::ScopeMissing);
        }
        if draft.environments.is_empty() {
            wrong("environments", TokenFault::EnvironmentMissing);
        }
        if days.is_none() {
            wrong("days", TokenFault::LifeMissing);
        }
        if living().count() >= MOST_TOKENS {
            wrong("name", TokenFault::TokensMany(MOST_TOKENS));
        } else if living().any(|token| token.name == draft.name.trim()) {
            wrong("name", TokenFault::NameTaken);
        }
        let name = line("name", "the name of the token", &draft.name, 60).map_err(|problem| problems.push(problem));
        match (name, draft.scope, days) {
            (Ok(name), Some(scope), Some(days)) if problems.is_empty() => Ok(vec![Event::TokenMade {
                token: id,
                name: FreeText(name),
                scope,
                environments: draft.environments.clone(),
                until: now + Duration::days(i64::from(days)),
            }]),
            _ => {
                problems.sort_by_key(|problem| problem.field != "name");
                Err(Refusal::Problems(problems))
            }
        }
    }

    pub(super) fn end_token(&self, actor: &Actor, id: TokenId) -> Decision {
        may_write(actor, self.id)?;
        // What asks for what is so already is no conflict.
        let ended = self.tokens.get(&id);
        Ok(ended.map(|token| Event::TokenEnded { token: id, name: FreeText(token.name.clone()) }).into_iter().collect())
    }

    pub(super) fn take_token_over(&self, actor: &Actor, id: TokenId, now: OffsetDateTime) -> Decision {
        may_write(actor, self.id)?;
        let account = actor.person().ok_or(Refusal::NotAllowed)?.account;
        let token = self.tokens.get(&id).filter(|token| !token.is_expired(now)).ok_or(Refusal::TokenGone)?;
        match token.lapsed_at {
            None if token.holder == account => Ok(Vec::new()),
            None => Err(Refusal::TokenHeld),
            Some(_) => {
                let name = FreeText(token.name.clone());
                Ok(vec![Event::TokenTakenOver { token: id, name, from: token.holder }])
            }
        }
    }

    /// The tokens of whoever left, or may edit no more, stop working: they do not come back with them.
    pub(super) fn lapse_tokens(&mut self, at: OffsetDateTime) {
        let members = &self.members;
        let writes = |holder: &AccountId| matches!(members.get(holder), Some(TeamRole::Owner | TeamRole::Developer));
        for token in self.tokens.values_mut().filter(|token| !writes(&token.holder)) {
            token.lapsed_at.get_or_insert(at);
        }
    }

    pub(super) fn keep_token(&mut self, id: TokenId, token: ApiToken) {
        let at = token.made.at;
        self.tokens.retain(|_, other| !other.is_expired(at - EXPIRED_SHOWN));
        self.tokens.insert(id, token);
    }
}

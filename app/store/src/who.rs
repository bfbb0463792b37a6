//! Who asks: resolved inside the transaction that decides.

use crate::{error::StoreError, rows::Scope, sessions, tokens};
use domain::{
    actor::{ActingToken, Actor, By, Person, StaffRole, TeamRole},
    refusal::Refusal,
    text::FreeText,
};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Whoever sends a command, as the caller knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Not signed in.
    Visitor,
    /// The worker.
    System,
    /// The command line.
    Operator,
    /// The person of a session.
    Session {
        /// SHA-256 of the session's token, lowercase hex.
        token_hash: String,
    },
    /// A program, by a token of an organisation.
    Token {
        /// SHA-256 of the token's secret, lowercase hex.
        token_hash: String,
    },
}

/// The part in which somebody acted, as the history binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An admin with a second factor.
    Admin,
    /// An auditor with a second factor.
    Auditor,
    /// An owner of the organisation that it is about.
    Owner,
    /// A developer of it.
    Developer,
    /// A viewer of it.
    Viewer,
    /// Whoever's account it is.
    Holder,
    /// Signed in, and none of these.
    Person,
    /// Not signed in.
    Visitor,
    /// The worker.
    System,
    /// Whoever runs `portal` on the command line.
    Operator,
}

impl Role {
    /// The role in the words of a page; none where it says nothing beside the name.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Admin => Some(StaffRole::Admin.word()),
            Self::Auditor => Some(StaffRole::Auditor.word()),
            Self::Owner => Some(TeamRole::Owner.word()),
            Self::Developer => Some(TeamRole::Developer.word()),
            Self::Viewer => Some(TeamRole::Viewer.word()),
            Self::Holder | Self::Person | Self::Visitor | Self::System | Self::Operator => None,
        }
    }

    /// The part of `actor` in what happened to something of `scope`. `own`: it is their own account; `founded`: they
    /// made this organisation by it, and are its owner from then on.
    pub(crate) fn of(actor: &Actor, scope: &Scope, own: bool, founded: bool) -> Self {
        match actor {
            Actor::Visitor => Self::Visitor,
            Actor::System => Self::System,
            Actor::Operator => Self::Operator,
            Actor::Person(_) if own => Self::Holder,
            Actor::Person(_) if founded => Self::Owner,
            Actor::Person(person) => Self::of_person(person, scope),
        }
    }

    fn of_person(person: &Person, scope: &Scope) -> Self {
        let team = scope.organisation.and_then(|id| person.memberships.get(&id));
        match (team, person.staff_role()) {
            (Some(TeamRole::Owner), _) => Self::Owner,
            (Some(TeamRole::Developer), _) => Self::Developer,
            (Some(TeamRole::Viewer), _) => Self::Viewer,
            (None, Some(StaffRole::Admin)) => Self::Admin,
            (None, Some(StaffRole::Auditor)) => Self::Auditor,
            (None, None) => Self::Person,
        }
    }
}

/// Who did something, as an entry binds it.
#[derive(Clone, Debug)]
pub(crate) struct Doer {
    pub(crate) by: By,
    pub(crate) role: Role,
    /// The name at that moment, or the address where there is none; none for whoever has no account.
    pub(crate) name: Option<FreeText>,
    /// The token that acted as them.
    pub(crate) token: Option<ActingToken>,
}

/// The actor with the roles that are in force now, and the name at this moment.
pub(crate) async fn resolve(
    connection: &impl ConnectionTrait,
    who: &Who,
    now: OffsetDateTime,
) -> Result<(Actor, Option<FreeText>), StoreError> {
    match who {
        Who::Visitor => Ok((Actor::Visitor, None)),
        Who::System => Ok((Actor::System, None)),
        Who::Operator => Ok((Actor::Operator, None)),
        Who::Session { token_hash } => {
            let signed_in = sessions::find(connection, token_hash, now).await?;
            named(signed_in)
        }
        Who::Token { token_hash } => named(tokens::find(connection, token_hash, now).await?),
    }
}

fn named(signed_in: Option<sessions::SignedIn>) -> Result<(Actor, Option<FreeText>), StoreError> {
    let signed_in = signed_in.ok_or(StoreError::Refused(Refusal::NotSignedIn))?;
    let name = if signed_in.name.is_empty() { signed_in.email } else { signed_in.name };
    Ok((Actor::Person(signed_in.person), Some(FreeText(name))))
}

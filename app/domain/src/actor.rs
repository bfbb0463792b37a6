//! Who acts. Loaded inside the transaction that decides, so that a role lost a moment ago is lost.

use crate::{
    id::{AccountId, OrganisationId, TokenId},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// How long a re-authentication lasts before an approval needs another (ASVS 5.0, 7.5.3).
pub const REAUTHENTICATION_LASTS: Duration = Duration::minutes(5);

/// Who is behind an entry of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A signed-in person.
    Account(AccountId),
    /// Somebody who is not signed in: sign-up, a password reset asked for.
    Visitor,
    /// The worker.
    System,
    /// Whoever runs `portal` on the command line.
    Operator,
}

impl By {
    /// The account, where a person was signed in.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Visitor | Self::System | Self::Operator => None,
        }
    }
}

/// When something happened and who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The moment, UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The author.
    pub by: By,
}

/// What a user may do in a partner organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Manages the organisation and its team, retires registrations, and everything that a developer does.
    Owner,
    /// Edits, submits and withdraws.
    Developer,
    /// Reads.
    Viewer,
}

impl TeamRole {
    /// The role in the words of a page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The same in a sentence: `an owner`.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Owner => "an owner",
            Self::Developer => "a developer",
            Self::Viewer => "a viewer",
        }
    }
}

/// What a member of NHS staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Reviews, approves, suspends.
    Admin,
    /// Reads everything, changes nothing.
    Auditor,
}

impl StaffRole {
    /// The role in the words of a page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }
}

/// A signed-in person as the database knows them at the moment of deciding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The staff role that is in force.
    pub staff: Option<StaffRole>,
    /// Roles in the organisations that this person belongs to now.
    pub memberships: BTreeMap<OrganisationId, TeamRole>,
    /// Every organisation this person belongs to or ever belonged to.
    pub ever_belonged: BTreeSet<OrganisationId>,
    /// Whether this session was begun, or confirmed, with a second factor.
    pub second_factor: bool,
    /// When this session last proved a password or a second factor again.
    #[serde(with = "time::serde::rfc3339::option")]
    pub reauthenticated_at: Option<OffsetDateTime>,
    /// The token that acts as this person, where it is not they themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Box<ActingToken>>,
}

/// How much a token may do. Each contains the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what its organisation can.
    Read,
    /// Start registrations, and edit drafts and services.
    Draft,
    /// Submit drafts and withdraw them.
    Submit,
}

impl TokenScope {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Draft, Self::Submit];

    /// The scope in the words of a page, and as forms name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Draft => "draft",
            Self::Submit => "submit",
        }
    }
}

/// A token of an organisation that acts as somebody: with at most what they may do there themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActingToken {
    /// Which.
    pub id: TokenId,
    /// What its team calls it.
    pub name: String,
    /// How much it may do.
    pub scope: TokenScope,
    /// In which environments, by name.
    pub environments: BTreeSet<String>,
}

impl ActingToken {
    /// Whether it may do what takes this scope; none for what a person does themselves.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, needed: Option<TokenScope>) -> Result<(), Refusal> {
        match needed {
            None => Err(Refusal::PersonNeeded),
            Some(needed) if needed <= self.scope => Ok(()),
            Some(needed) => Err(Refusal::TokenScope(needed)),
        }
    }

    /// Whether it is for what is in this environment; what is in none is for every token.
    ///
    /// # Errors
    /// `TokenEnvironment`.
    pub fn may_in(&self, environment: Option<&str>) -> Result<(), Refusal> {
        match environment.is_none_or(|environment| self.environments.contains(environment)) {
            true => Ok(()),
            false => Err(Refusal::TokenEnvironment),
        }
    }
}

/// Whoever asks for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    Person(Person),
    /// Not signed in.
    Visitor,
    /// The worker.
    System,
    /// The command line.
    Operator,
}

/// The account behind a stamp; none where no person was.
pub fn account_of(stamp: &Stamp) -> Option<AccountId> {
    stamp.by.account()
}

impl Actor {
    /// How the history names this actor.
    pub fn by(&self) -> By {
        match self {
            Self::Person(person) => By::Account(person.account),
            Self::Visitor => By::Visitor,
            Self::System => By::System,
            Self::Operator => By::Operator,
        }
    }

    /// The signed-in person, if it is one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            _ => None,
        }
    }

    /// The token that acts, if it is one.
    pub fn token(&self) -> Option<&ActingToken> {
        self.person()?.token.as_deref()
    }

    /// The role in `organisation`, if any.
    pub fn team_role(&self, organisation: OrganisationId) -> Option<TeamRole> {
        self.person()?.memberships.get(&organisation).copied()
    }

    /// The staff role in force, once the second factor that it requires has been shown.
    pub fn staff_role(&self) -> Option<StaffRole> {
        self.person().and_then(Person::staff_role)
    }

    /// Whether this is an admin who has shown a second factor.
    pub fn is_admin(&self) -> bool {
        self.staff_role() == Some(StaffRole::Admin)
    }

    /// Whether everything of `organisation` may be read.
    pub fn may_read(&self, organisation: OrganisationId) -> bool {
        self.person().is_some_and(|person| person.may_read(organisation))
    }
}

impl Person {
    /// The staff role in force, once the second factor that it requires has been shown.
    pub fn staff_role(&self) -> Option<StaffRole> {
        self.staff.filter(|_| self.second_factor)
    }

    /// Whether everything of `organisation` may be read.
    pub fn may_read(&self, organisation: OrganisationId) -> bool {
        self.staff_role().is_some() || self.memberships.contains_key(&organisation)
    }

    /// Whether an approval may rest on this session at `now`.
    pub fn is_freshly_authenticated(&self, now: OffsetDateTime) -> bool {
        self.reauthenticated_at.is_some_and(|at| now - at <= REAUTHENTICATION_LASTS)
    }
}

//! How each aggregate is kept: its row, the facts that its decisions rest on, and what follows from its events.

use crate::{entity::At, execute::Moment, history::named::About};
use domain::{
    actor::By,
    aggregate::Aggregate,
    id::{AccountId, OrganisationId, RegistrationId, ServiceId},
    policy::EnvironmentPolicy,
};
use sea_orm::{ActiveValue, NotSet, Set};
use time::OffsetDateTime;

mod account;
mod evidence_ends;
mod invitations;
mod organisation;
pub(crate) mod ownerless;
mod published_keys;
mod registration;
pub(crate) mod submission;
mod ways_in;

/// An aggregate that the store keeps: registrations, organisations, accounts.
pub trait Stored: sealed::Rows {}

impl<A: sealed::Rows> Stored for A {}

/// What the aggregate itself tells of what an event is about; the rest follows from its [`Scope`].
#[derive(Debug, Default)]
pub struct Subject {
    pub(crate) about: About,
    /// The revision whose client name it is about.
    pub(crate) revision: Option<u32>,
    /// The person that it is about, beside whoever did it.
    pub(crate) account: Option<AccountId>,
}

/// What one command has to work with.
#[derive(Debug)]
pub struct Context<'a> {
    pub(crate) now: OffsetDateTime,
    pub(crate) seed: [u8; 32],
    pub(crate) environments: &'a [EnvironmentPolicy],
}

impl<'a> Context<'a> {
    pub(crate) fn new(moment: &Moment, environments: &'a [EnvironmentPolicy]) -> Self {
        Self { now: moment.stored_now(), seed: moment.seed, environments }
    }

    pub(crate) fn environment(&self, name: &str) -> Option<&'a EnvironmentPolicy> {
        self.environments.iter().find(|policy| policy.name == name)
    }
}

/// What the history's columns say an entry is about, so that it is found and shown to whom it belongs.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub(crate) organisation: Option<OrganisationId>,
    pub(crate) registration: Option<RegistrationId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) environment: Option<String>,
}

/// What a command did.
#[derive(Debug)]
pub struct Change<'a, A: Aggregate> {
    pub(crate) before: &'a A,
    pub(crate) after: &'a A,
    pub(crate) by: By,
    pub(crate) command: &'a A::Command,
    pub(crate) events: &'a [A::Event],
}

/// When a row was made, for the first version of it: later ones leave it as it is.
fn made(version: u64, now: OffsetDateTime) -> ActiveValue<At> {
    if version == 1 { Set(At(now)) } else { NotSet }
}

pub(crate) mod sealed {
    use super::{Change, Context, Scope, Subject};
    use crate::error::StoreError;
    use domain::{actor::Actor, aggregate::Aggregate, erasure::Erasure, id::OrganisationId, refusal::Refusal};
    use sea_orm::{DatabaseTransaction, DbBackend, Statement, sea_query::SelectStatement};
    use time::OffsetDateTime;

    /// The store's side of an aggregate. Private: nobody outside adds a kind or calls a part.
    pub trait Rows: Aggregate {
        /// Selects state and version of its row.
        fn find(id: Self::Id) -> SelectStatement;

        /// The statement that writes its row with this version.
        fn row(&self, version: u64, now: OffsetDateTime, backend: DbBackend) -> Result<Statement, StoreError>;

        /// What its history entries are about.
        fn scope(&self) -> Scope;

        /// What an event is about, as far as the aggregate knows: names as the command found them.
        fn subject(change: &Change<'_, Self>, event: &Self::Event) -> Subject;

        /// The command that records an erasure.
        fn erase(erasure: Erasure) -> Self::Command;

        /// The organisation whose people may read it; none when that is not how reading is decided.
        fn owner(&self) -> Option<OrganisationId>;

        /// What a unique index refusing the row means, where it is more than a stale read.
        fn taken() -> Option<Refusal>;

        /// What the decision needs to know of the rest.
        fn facts(
            transaction: &DatabaseTransaction,
            context: &Context<'_>,
            state: &Self,
            actor: &Actor,
            command: &Self::Command,
        ) -> impl Future<Output = Result<Self::Facts, StoreError>> + Send;

        /// What the database's guards of the row read, and has to be there before it.
        fn before_row(
            _transaction: &DatabaseTransaction,
            _context: &Context<'_>,
            _change: &Change<'_, Self>,
        ) -> impl Future<Output = Result<(), StoreError>> + Send {
            std::future::ready(Ok(()))
        }

        /// Side rows and outbox.
        fn follow_up(
            transaction: &DatabaseTransaction,
            context: &Context<'_>,
            change: &Change<'_, Self>,
        ) -> impl Future<Output = Result<(), StoreError>> + Send;
    }
}

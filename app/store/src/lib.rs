//! The one write path, the history, the outbox and the read models, on SQLite and on PostgreSQL.
//!
//! Nothing here reads a clock or draws a random number: times, ids and seeds are parameters. Rows are private; what
//! leaves this package is the domain's types and plain structures.

mod attachments;
mod authority;
mod credentials;
mod entity;
mod erase;
mod error;
mod execute;
mod forms;
mod history;
mod keys;
mod links;
mod list_words;
#[cfg(test)]
mod made_up;
mod marks;
mod outbox;
mod quotas;
pub mod read;
mod reads;
mod requests;
mod role;
mod rows;
mod sessions;
mod snapshot;
mod sql;
mod store;
mod tokens;
mod who;
mod words;

pub use attachments::{Attached, MOST_FILES};
pub use credentials::CredentialsRow;
pub use erase::{EraseError, ErasureReport, Place, ToErase};
pub use error::StoreError;
pub use execute::{Done, Expected, Moment};
pub use forms::FormOf;
pub use keys::{Comparison, Product};
pub use links::LinkPurpose;
pub use outbox::{
    digest::Digest,
    mail::{MailAbout, MailInvitation, MailJob, OutboxCounts},
    publications::{Claimed, PublicationJob, Withheld},
};
pub use quotas::Quotas;
pub use requests::RequestKey;
pub use role::DatabaseRole;
pub use rows::Stored;
pub use sessions::{ABSOLUTE_LIMIT, IDLE_LIMIT, OpenSession, SignedIn};
pub use snapshot::let_go;
pub use store::{Connections, Store};
pub use who::{Role, Who};

//! The one write path, the history, the outbox and the read models, on SQLite and on PostgreSQL.
//!
//! Nothing here reads a clock or draws a random number: times, ids and seeds are parameters. Rows are private; what
//! leaves this package is the domain's types and plain structures.

mod authority;
mod credentials;
mod error;
mod execute;
mod forms;
mod history;
mod links;
mod outbox;
pub mod read;
mod rows;
mod sessions;
mod sql;
mod store;
mod who;

pub use credentials::CredentialsRow;
pub use error::StoreError;
pub use execute::{Done, Expected, Moment};
pub use forms::RefusedForm;
pub use links::LinkPurpose;
pub use outbox::{
    mail::{MailAbout, MailJob, OutboxCounts},
    publications::{Claimed, PublicationJob, Withheld},
};
pub use rows::Stored;
pub use sessions::{ABSOLUTE_LIMIT, IDLE_LIMIT, OpenSession, SignedIn};
pub use store::Store;
pub use who::Who;

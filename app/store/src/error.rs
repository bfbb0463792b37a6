//! What can go wrong between a command and its commit.

use domain::{refusal::Refusal, revision::Unreadable, rule::FormFault};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, sqlx};

/// What we say ourselves of a statement that we ended.
pub(crate) const CUT_OFF: &str = "the statement took too long";

/// Why nothing was changed or read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// The rules do not allow it.
    #[error("{0}")]
    Refused(Refusal),
    /// Somebody else changed it since it was read; `version` is the present one.
    #[error("This has changed since you opened it. Look at what is there now, then try again.")]
    Stale {
        /// The version that is there now.
        version: u64,
    },
    /// A request that is called the same had its effect already, and said something else.
    #[error("This was sent before, and said something else then.")]
    SentBefore,
    /// It is not there, or not the viewer's to see.
    #[error("We cannot find that page, or you do not have access to it.")]
    NotFound,
    /// No connection was free in time, or too much came between that has to be looked at first: nothing was read or changed.
    #[error("{}", FormFault::Crowded)]
    Busy,
    /// A read took longer than a page may.
    #[error("{}", FormFault::TooLong)]
    TooLong,
    /// The database failed. The cause is for the log only: no page shows it.
    #[error("The database is not available.")]
    Unavailable(String),
    /// What is stored is not what is written there: altered, or written by a later version. The cause is for the log only.
    #[error("{}", FormFault::Unreadable)]
    Unreadable(String),
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            // A row refers to something that is not there: an account id of the command line, for instance.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Self::NotFound,
            _ if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => Self::Busy,
            _ if is_cut_off(&error) => Self::TooLong,
            _ if matches!(error, DbErr::Type(_) | DbErr::Json(_)) => Self::Unreadable(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<Unreadable> for StoreError {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(format!("a stored document cannot be read: {error}"))
    }
}

/// Whether a statement was ended by its time limit: by PostgreSQL (`query_canceled`), by SQLite (`SQLITE_INTERRUPT`), or
/// by us.
fn is_cut_off(error: &DbErr) -> bool {
    match error {
        DbErr::Query(RuntimeErr::Internal(cause)) => cause == CUT_OFF,
        DbErr::Query(RuntimeErr::SqlxError(cause)) | DbErr::Exec(RuntimeErr::SqlxError(cause)) => match &**cause {
            sqlx::Error::Database(cause) => matches!(cause.code().as_deref(), Some("57014" | "9")),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a statement failed because a unique index has such a row already.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

//! Why something that was asked for did not happen. Closed, and free of strings that came from elsewhere.

use crate::auth::{PoolError, bucket::TooMany};
use domain::{
    refusal::Refusal,
    revision::Unreadable,
    rule::{FormFault, Since},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use store::StoreError;

/// Why a read or a command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The rules do not allow it.
    Refused(Refusal),
    /// Somebody else changed it in the meantime.
    Stale,
    /// The same request had its effect already, and said something else.
    SentBefore,
    /// It is not there, or not this person's to see.
    NotFound,
    /// Too many tries.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// More changes by one account than a person makes.
    TooFast {
        /// How long to wait.
        seconds: u64,
    },
    /// More is being checked than can be at once.
    Busy,
    /// No connection to the database was free in time.
    Crowded,
    /// A read took longer than a page may.
    TooLong,
    /// Something broke. The cause is in the log under the request's reference.
    Unavailable,
    /// What is stored cannot be read. The cause is in the log under the request's reference.
    Unreadable,
    /// The request was not one of our forms.
    Malformed,
}

impl Fault {
    /// What is said of a form that ended so.
    pub fn of_form(&self) -> FormFault {
        match self {
            Self::Refused(refusal) => FormFault::Refused(Box::new(refusal.clone())),
            Self::Stale | Self::SentBefore => FormFault::Stale(Since::Unknown),
            Self::NotFound => FormFault::Refused(Box::new(Refusal::NotFound)),
            Self::TooMany { seconds } => FormFault::TooManyTries(*seconds),
            Self::TooFast { seconds } => FormFault::TooManyChanges(*seconds),
            Self::Busy => FormFault::Busy,
            Self::Crowded => FormFault::Crowded,
            Self::TooLong => FormFault::TooLong,
            Self::Unavailable => FormFault::Unavailable,
            Self::Unreadable => FormFault::Unreadable,
            Self::Malformed => FormFault::Malformed,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of_form().fmt(f)
    }
}

impl std::error::Error for Fault {}

impl From<TooMany> for Fault {
    fn from(TooMany { seconds }: TooMany) -> Self {
        Self::TooMany { seconds }
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy => Self::Busy,
            PoolError::Failed => {
                tracing::error!(%error, "costly work broke off");
                Self::Unavailable
            }
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Stale { .. } => Self::Stale,
            StoreError::SentBefore => Self::SentBefore,
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy => {
                tracing::warn!("no connection to the database was free in time");
                Self::Crowded
            }
            StoreError::TooLong => {
                tracing::warn!("a read was ended by its time limit");
                Self::TooLong
            }
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the store did not answer");
                Self::Unavailable
            }
            StoreError::Unreadable(cause) => {
                tracing::error!(%cause, "what is stored cannot be read");
                Self::Unreadable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_said_and_never_too_short() {
        for (seconds, words) in [(1, "a second"), (30, "30 seconds"), (61, "2 minutes"), (900, "15 minutes")] {
            let sentence = Fault::TooMany { seconds }.to_string();
            assert_eq!(sentence, format!("There were too many tries. Wait {words}, then try again."));
        }
    }
}

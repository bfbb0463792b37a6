//! What can go wrong between a page and the store. Closed, and free of strings that came from elsewhere.

use crate::auth::{PoolError, limits::TooMany};
use domain::refusal::Refusal;
use leptos::{prelude::FromServerFnError, server_fn::codec::JsonEncoding, server_fn::error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use store::StoreError;

/// Why a read or a command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ApiError {
    /// The rules do not allow it.
    #[error("{0}")]
    Refused(Refusal),
    /// Somebody else changed it in the meantime.
    #[error("This has changed since you opened it. Check what is there now and try again.")]
    Stale,
    /// It is not there, or not this person's to see.
    #[error("We cannot find that page, or you do not have access to it.")]
    NotFound,
    /// Too many tries.
    #[error("There were too many tries. Wait {}, then try again.", wait(*seconds))]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// More changes by one account than a person makes.
    #[error("You have made a lot of changes in a short time. Wait {}, then try again.", wait(*seconds))]
    TooFast {
        /// How long to wait.
        seconds: u64,
    },
    /// More is being checked than can be at once.
    #[error("{}", PoolError::Busy)]
    Busy,
    /// No connection to the database was free in time.
    #[error("{}", StoreError::Busy)]
    Crowded,
    /// A read took longer than a page may.
    #[error("{}", StoreError::TooLong)]
    TooLong,
    /// Something broke. The cause is in the log under the request's reference.
    #[error("Something went wrong on our side. Nothing was changed. Try again in a minute.")]
    Unavailable,
    /// The request was not one of our forms.
    #[error("We could not read this request. Go back, reload the page and try again.")]
    Malformed,
}

/// A time to wait in words, never shorter than it is.
fn wait(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=60 => format!("{seconds} seconds"),
        longer => format!("{} minutes", longer.div_ceil(60)),
    }
}

impl From<TooMany> for ApiError {
    fn from(TooMany { seconds }: TooMany) -> Self {
        Self::TooMany { seconds }
    }
}

impl From<PoolError> for ApiError {
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

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Stale { .. } => Self::Stale,
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
        }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_said_and_never_too_short() {
        for (seconds, words) in [(1, "a second"), (30, "30 seconds"), (61, "2 minutes"), (900, "15 minutes")] {
            let sentence = ApiError::TooMany { seconds }.to_string();
            assert_eq!(sentence, format!("There were too many tries. Wait {words}, then try again."));
        }
    }
}

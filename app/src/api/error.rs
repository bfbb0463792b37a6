//! What can go wrong between a page and the store. Closed, and free of strings that came from elsewhere.

use crate::auth::PasswordsError;
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
    #[error("Someone else changed this while you were looking at it. Check what is there now and try again.")]
    Stale,
    /// It is not there, or not this person's to see.
    #[error("That does not exist, or is not yours to see.")]
    NotFound,
    /// Too many tries.
    #[error("There were too many tries. Wait a few minutes and try again.")]
    TooMany,
    /// More passwords are being checked than can be at once.
    #[error("{}", PasswordsError::Busy)]
    Busy,
    /// Something broke. The cause is in the log under the request's reference.
    #[error("Something went wrong on our side. Nothing was changed. Try again in a minute.")]
    Unavailable,
    /// The request was not one of our forms.
    #[error("We could not read this request. Go back, reload the page and try again.")]
    Malformed,
}

impl From<PasswordsError> for ApiError {
    fn from(error: PasswordsError) -> Self {
        match error {
            PasswordsError::Busy => Self::Busy,
            PasswordsError::Failed => {
                tracing::error!(%error, "a password could be neither hashed nor verified");
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

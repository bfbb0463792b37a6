//! Who asks: resolved inside the transaction that decides.

use crate::{error::StoreError, sessions};
use domain::{actor::Actor, refusal::Refusal};
use sea_orm::ConnectionTrait;
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
}

/// The actor with the roles that are in force now.
pub(crate) async fn resolve(
    connection: &impl ConnectionTrait,
    who: &Who,
    now: OffsetDateTime,
) -> Result<Actor, StoreError> {
    match who {
        Who::Visitor => Ok(Actor::Visitor),
        Who::System => Ok(Actor::System),
        Who::Operator => Ok(Actor::Operator),
        Who::Session { token_hash } => sessions::find(connection, token_hash, now)
            .await?
            .map(|signed_in| Actor::Person(signed_in.person))
            .ok_or(StoreError::Refused(Refusal::NotSignedIn)),
    }
}

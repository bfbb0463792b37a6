//! Where a provider keeps its clients: the one port with several adapters.

mod sql;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use crate::config::ClientStoreConfig;

pub use sql::SqlClientStore;

/// What the provider should have for one client, in full: wanted state, not a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The identifier that the portal allocated.
    pub client_id: String,
    /// RFC 7591 JSON, the exact approved bytes.
    pub metadata: String,
    /// Counts every change of wanted state: the fencing token.
    pub generation: i64,
    /// Lowercase hex SHA-256 of `metadata`.
    pub digest: String,
    /// Whether the provider may use the client. False while suspended.
    pub enabled: bool,
}

/// What the provider has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The client as it was written.
    pub client: Client,
    /// A tombstone: it was removed, and its generation keeps late writers out.
    pub removed: bool,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has exactly what was asked for: it was read back.
    Confirmed,
    /// A newer generation is there already. Nothing was changed.
    Superseded {
        /// The generation that is there.
        by: i64,
    },
}

/// Why a client store could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientStoreError {
    /// It did not answer; another try may succeed.
    #[error("the client store did not answer: {0}")]
    Unavailable(String),
    /// It answered, and trying again will not help.
    #[error("the client store refused: {0}")]
    Refused(String),
}

/// A provider's client store. Every method may be called again after a failure.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// Makes the provider have this client, unless it has a newer generation.
    async fn publish(&self, client: &Client) -> Result<Outcome, ClientStoreError>;

    /// What the provider has under this identifier.
    async fn read(&self, client_id: &str) -> Result<Option<Kept>, ClientStoreError>;

    /// Leaves a tombstone of this generation, unless there is a newer one.
    async fn remove(&self, client_id: &str, generation: i64) -> Result<Outcome, ClientStoreError>;

    /// One line for `portal doctor`: what it is and that it answers. Holds no secret.
    async fn describe(&self) -> Result<String, ClientStoreError>;
}

/// The adapter that a configuration names. Connects when it is first used.
pub fn open(config: &ClientStoreConfig) -> Result<Arc<dyn ClientStore>, ClientStoreError> {
    match config {
        ClientStoreConfig::Sql { url } => Ok(Arc::new(SqlClientStore::new(url))),
    }
}

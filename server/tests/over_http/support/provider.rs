//! A client store out of reach.

use std::sync::Arc;

use async_trait::async_trait;
use server::client_store::{Client, ClientStore, ClientStoreError, Kept, Outcome};

use super::World;

/// A client store that is locked, or refuses.
struct Shut(ClientStoreError);

#[async_trait]
impl ClientStore for Shut {
    async fn publish(&self, _: &Client) -> Result<Outcome, ClientStoreError> {
        Err(self.0.clone())
    }

    async fn read(&self, _: &str) -> Result<Option<Kept>, ClientStoreError> {
        Err(self.0.clone())
    }

    async fn remove(&self, _: &str, _: i64) -> Result<Outcome, ClientStoreError> {
        Err(self.0.clone())
    }

    async fn describe(&self) -> Result<String, ClientStoreError> {
        Err(self.0.clone())
    }
}

/// Puts such a store in place of an environment’s, which it gives back.
pub(crate) fn shut(world: &mut World, environment: &str, error: ClientStoreError) -> Arc<dyn ClientStore> {
    world.worker.client_stores.insert(environment.into(), Arc::new(Shut(error))).unwrap()
}

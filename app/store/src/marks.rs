//! What a database is marked as, so that whoever opens it knows.

use crate::{entity::*, error::StoreError, store::Store};
use time::OffsetDateTime;

/// People with known passwords are in it.
const DEMO_DATA: &str = "demo-data";

impl Store {
    /// Marks the database as one with demo data, for good.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mark_demo_data(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let row = mark::Model { name: DEMO_DATA.into(), at: At(now) };
        self.write(&Insert::one(row).on_conflict_do_nothing()).await.map(|_| ())
    }

    /// Whether demo data is in the database: it is marked so, or one of these people (by address in lower case) has a
    /// verified account. Nobody can verify an address of a demo person but the command that puts the data in, so that a
    /// sign-up with one of them means nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_demo_data(&self, people: &[&str]) -> Result<bool, StoreError> {
        if is_any(self.connection(), mark::Entity::find_by_id(DEMO_DATA)).await? {
            return Ok(true);
        }
        let people = account::Entity::find().filter(account::EmailKey.is_in(people.iter().copied()));
        is_any(self.connection(), people.filter(account::Verified.eq(true))).await
    }
}

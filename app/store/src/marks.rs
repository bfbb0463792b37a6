//! What a database is marked as, so that whoever opens it knows.

use crate::{
    error::StoreError,
    sql::{self, millis, values},
    store::Store,
};
use sea_orm::Value;
use time::OffsetDateTime;

/// People with known passwords are in it.
const DEMO_DATA: &str = "demo-data";

impl Store {
    /// Marks the database as one with demo data, for good.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mark_demo_data(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let mark = "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.write(mark, values![DEMO_DATA, millis(now)]).await.map(|_| ())
    }

    /// Whether demo data is in the database: it is marked so, or one of these people (by address in lower case) has a
    /// verified account. Nobody can verify an address of a demo person but the command that puts the data in, so that a
    /// sign-up with one of them means nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_demo_data(&self, people: &[&str]) -> Result<bool, StoreError> {
        let marked = "SELECT 1 AS found FROM marks WHERE name = $1";
        if sql::exists(self.connection(), marked, values![DEMO_DATA]).await? {
            return Ok(true);
        }
        let select = format!(
            "SELECT 1 AS found FROM accounts WHERE verified AND email_key IN ({})",
            sql::places(1, people.len())
        );
        sql::exists(self.connection(), &select, people.iter().map(|person| Value::from(*person)).collect()).await
    }
}

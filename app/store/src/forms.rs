//! Forms that wait for a browser. What is in them is sealed before it comes here, under a key that only the browser's
//! cookie holds (threat 12).

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, values},
    store::Store,
};
use time::OffsetDateTime;

impl Store {
    /// Keeps a sealed form until `expires_at`, found by what its token gives; it takes the place of one that is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_form(&self, lookup: &str, sealed: &str, expires_at: OffsetDateTime) -> Result<(), StoreError> {
        let insert = "INSERT INTO refused_forms (token_hash, sealed, expires_at) VALUES ($1, $2, $3)
                      ON CONFLICT (token_hash) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at";
        self.write(insert, values![lookup, sealed, millis(expires_at)]).await.map(|_| ())
    }

    /// The sealed form, while it is kept. Reading does not use it up: a page may be loaded again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_form(&self, lookup: &str, now: OffsetDateTime) -> Result<Option<String>, StoreError> {
        let select = "SELECT sealed FROM refused_forms WHERE token_hash = $1 AND expires_at > $2";
        let row = sql::first(self.connection(), select, values![lookup, millis(now)]).await?;
        row.map(|row| row.col("sealed")).transpose()
    }

    /// Forgets a kept form. Nothing happens when there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn drop_form(&self, lookup: &str) -> Result<(), StoreError> {
        self.write("DELETE FROM refused_forms WHERE token_hash = $1", values![lookup]).await.map(|_| ())
    }
}

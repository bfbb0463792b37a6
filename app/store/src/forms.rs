//! Forms that wait for a browser. What is in them is sealed before it comes here, under a key that only the browser's
//! cookie holds (threat 12).

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, values},
    store::Store,
};
use time::OffsetDateTime;

/// Whose forms are counted together: nobody who is signed in is pushed out by visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOf {
    /// Somebody who is not signed in.
    Visitor,
    /// Somebody who is signed in, or was a moment ago.
    Account,
}

impl FormOf {
    /// How many are kept at the same time. Each has at most 96 KB, and a quarter more when it is sealed.
    fn most(self) -> u32 {
        match self {
            Self::Visitor => 300,
            Self::Account => 700,
        }
    }
}

impl Store {
    /// Keeps a sealed form until `expires_at`, found by what its token gives; it takes the place of one that is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_form(
        &self,
        lookup: &str,
        sealed: &str,
        whose: FormOf,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let of_visitor = whose == FormOf::Visitor;
        let insert = "INSERT INTO refused_forms (token_hash, sealed, of_visitor, expires_at) VALUES ($1, $2, $3, $4)
                      ON CONFLICT (token_hash) DO UPDATE SET sealed = excluded.sealed,
                          of_visitor = excluded.of_visitor, expires_at = excluded.expires_at";
        self.write(insert, values![lookup, sealed, of_visitor, millis(expires_at)]).await?;
        let oldest = "DELETE FROM refused_forms WHERE token_hash IN (
                          SELECT token_hash FROM refused_forms WHERE of_visitor = $1
                          ORDER BY expires_at DESC, token_hash LIMIT 1000 OFFSET $2)";
        self.write(oldest, values![of_visitor, i64::from(whose.most())]).await.map(|_| ())
    }

    /// The sealed form, while it is kept. Reading does not use it up: a page may be loaded again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_form(&self, lookup: &str, now: OffsetDateTime) -> Result<Option<String>, StoreError> {
        let select = "SELECT sealed FROM refused_forms WHERE token_hash = $1 AND expires_at > $2";
        let row = sql::first(self.reads(), select, values![lookup, millis(now)]).await?;
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

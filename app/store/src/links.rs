//! Links sent by mail: kept by the hash of their token, accepted once, and not for long (threat 11).

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, values, word_of},
    store::Store,
};
use domain::id::AccountId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Verify the address.
    Verify,
    /// Choose a password: after a forgotten one, or the first of a staff account.
    Reset,
}

impl Store {
    /// Keeps a link that is about to be mailed. `token_hash` is SHA-256 of its token, lowercase hex.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn store_link(
        &self,
        token_hash: &str,
        account: AccountId,
        purpose: LinkPurpose,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO links (token_hash, account_id, purpose, expires_at) VALUES ($1, $2, $3, $4)";
        let row = values![token_hash, account.to_string(), word_of(&purpose), millis(expires_at)];
        self.write(insert, row).await.map(|_| ())
    }

    /// Whose link this is and what for, while it can be used. Reading does not use it up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn link(
        &self,
        token_hash: &str,
        now: OffsetDateTime,
    ) -> Result<Option<(AccountId, LinkPurpose)>, StoreError> {
        let select = "SELECT account_id, purpose FROM links
                      WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
        let row = sql::first(self.reads(), select, values![token_hash, millis(now)]).await?;
        row.map(|row| Ok((row.parsed("account_id")?, row.word("purpose")?))).transpose()
    }
}

/// Whether a link of this account can be used for this.
pub(crate) async fn is_valid(
    connection: &impl ConnectionTrait,
    token_hash: &str,
    account: AccountId,
    purpose: LinkPurpose,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let select = "SELECT 1 AS found FROM links WHERE token_hash = $1 AND account_id = $2 AND purpose = $3
                  AND used_at IS NULL AND expires_at > $4";
    sql::exists(connection, select, values![token_hash, account.to_string(), word_of(&purpose), millis(now)]).await
}

/// Uses up every open link of this account and purpose: an older mail must not work after a newer one did.
pub(crate) async fn use_up(
    connection: &impl ConnectionTrait,
    account: AccountId,
    purpose: LinkPurpose,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let note = "UPDATE links SET used_at = $3 WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL";
    sql::run(connection, note, values![account.to_string(), word_of(&purpose), millis(now)]).await.map(|_| ())
}

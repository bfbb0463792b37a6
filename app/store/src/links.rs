//! Links sent by mail: kept by the hash of their token, accepted once, and not for long (threat 11).

use crate::{entity::*, error::StoreError, store::Store};
use domain::id::AccountId;
use sea_orm::sea_query::ExprTrait;
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
        let (account_id, purpose, expires_at) = (Word(account), Word(purpose), At(expires_at));
        let row = link::Model { token_hash: token_hash.into(), account_id, purpose, expires_at, used_at: None };
        self.write(&Insert::one(row)).await.map(|_| ())
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
        let link = usable(token_hash, now).one(self.reads()).await?;
        Ok(link.map(|link| (link.account_id.0, link.purpose.0)))
    }
}

fn usable(token_hash: &str, now: OffsetDateTime) -> Select<link::Entity> {
    link::Entity::find_by_id(token_hash).filter(link::UsedAt.is_null()).filter(link::ExpiresAt.gt(At(now)))
}

/// Whether a link of this account can be used for this.
pub(crate) async fn is_valid(
    connection: &impl ConnectionTrait,
    token_hash: &str,
    account: AccountId,
    purpose: LinkPurpose,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    is_any(connection, usable(token_hash, now).filter(of(account, purpose))).await
}

/// Uses up every open link of this account and purpose: an older mail must not work after a newer one did.
pub(crate) async fn use_up(
    connection: &impl ConnectionTrait,
    account: AccountId,
    purpose: LinkPurpose,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let used = update(link::ActiveModel { used_at: Set(Some(At(now))), ..Default::default() });
    run(connection, &used.filter(of(account, purpose)).filter(link::UsedAt.is_null())).await.map(|_| ())
}

fn of(account: AccountId, purpose: LinkPurpose) -> Expr {
    link::AccountId.eq(Word(account)).and(link::Purpose.eq(Word(purpose)))
}

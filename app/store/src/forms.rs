//! Forms that wait for a browser. What is in them is sealed before it comes here, under a key that only the browser's
//! cookie holds (threat 12).

use crate::{entity::*, error::StoreError, store::Store};
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
    fn most(self) -> u64 {
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
        let (token_hash, sealed, expires_at) = (lookup.into(), sealed.into(), At(expires_at));
        let row = sealed_form::Model { token_hash, sealed, of_visitor, expires_at };
        let mut again = OnConflict::column(sealed_form::TokenHash);
        again.update_columns([sealed_form::Sealed, sealed_form::OfVisitor, sealed_form::ExpiresAt]);
        self.write(&Insert::one(row).on_conflict(again)).await?;
        let newest = sealed_form::Entity::find()
            .select_only()
            .column(sealed_form::TokenHash)
            .filter(sealed_form::OfVisitor.eq(of_visitor));
        let newest = newest.order_by_desc(sealed_form::ExpiresAt).order_by_asc(sealed_form::TokenHash);
        let others = newest.offset(whose.most()).limit(1000).into_query();
        self.write(&sealed_form::Entity::delete_many().filter(sealed_form::TokenHash.in_subquery(others)))
            .await
            .map(|_| ())
    }

    /// The sealed form, while it is kept. Reading does not use it up: a page may be loaded again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sealed_form(&self, lookup: &str, now: OffsetDateTime) -> Result<Option<String>, StoreError> {
        let kept = sealed_form::Entity::find_by_id(lookup).filter(sealed_form::ExpiresAt.gt(At(now)));
        Ok(kept.one(self.reads()).await?.map(|form| form.sealed))
    }

    /// Forgets a kept form. Nothing happens when there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn drop_form(&self, lookup: &str) -> Result<(), StoreError> {
        self.write(&sealed_form::Entity::delete_many().filter(sealed_form::TokenHash.eq(lookup))).await.map(|_| ())
    }
}

//! What follows a commit, claimed by workers under a lease.

use crate::entity::*;
use sea_orm::sea_query::{ExprTrait, LockBehavior, LockType};
use time::OffsetDateTime;

pub(crate) mod digest;
pub(crate) mod mail;
mod pace;
pub(crate) mod publications;

/// Whether no worker holds the lease in this column.
fn is_free(lease_until: impl ColumnTrait, now: OffsetDateTime) -> Expr {
    lease_until.is_null().or(lease_until.lte(At(now)))
}

/// Rows that another worker is claiming at this moment are passed over on PostgreSQL; SQLite has one writer.
fn skip_locked<E: EntityTrait>(rows: Select<E>) -> Select<E> {
    rows.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
}

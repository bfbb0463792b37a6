//! What one account may leave behind.
//!
//! The history is for good, so what an account adds to it in a day is bounded: the bytes of leaves and texts. What adds
//! little is never refused: to withdraw, to retire or to leave stays possible, and how often is limited elsewhere. Staff
//! are not counted, so that they can suspend and reject at any time.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, millis, number, values},
};
use domain::{actor::Actor, refusal::Refusal};
use sea_orm::DeleteMany;
use time::OffsetDateTime;

/// What adds fewer bytes than this is never refused.
const LITTLE: u64 = 2 * 1024;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How much may be left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes that one account, unless it is staff, adds to the history in a day (UTC).
    pub history_bytes_a_day: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { history_bytes_a_day: 20_000_000 }
    }
}

impl Quotas {
    /// Counts what a command of `actor` adds. `is_exempt`: it is counted, and never refused.
    ///
    /// # Errors
    /// [`Refusal::TooMuchToday`].
    pub(crate) async fn count(
        &self,
        transaction: &DatabaseTransaction,
        actor: &Actor,
        bytes: u64,
        is_exempt: bool,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let Some(person) = actor.person().filter(|person| person.staff.is_none()) else { return Ok(()) };
        // As SQL: what is there now is said by the same statement. sea-orm asks SQLite again for what it wrote.
        let add = "INSERT INTO history_usage (account_id, day, bytes) VALUES ($1, $2, $3)
                   ON CONFLICT (account_id, day) DO UPDATE SET bytes = history_usage.bytes + excluded.bytes
                   RETURNING bytes";
        let row = values![Word(person.account), day(now), number(bytes)];
        let Count(total): Count<u64> = sql::one(transaction, add, row).await?;
        match !is_exempt && bytes >= LITTLE && total > self.history_bytes_a_day {
            true => Err(StoreError::Refused(Refusal::TooMuchToday)),
            false => Ok(()),
        }
    }
}

/// Days since 1970, UTC.
fn day(now: OffsetDateTime) -> i64 {
    millis(now).div_euclid(DAY)
}

/// Deletes what was counted before yesterday.
pub(crate) fn outdated(now: OffsetDateTime) -> DeleteMany<usage::Entity> {
    usage::Entity::delete_many().filter(usage::Day.lt(day(now) - 1))
}

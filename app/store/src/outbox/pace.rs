//! How much mail leaves: to one address, and in all for what anybody may cause. Both are a pace with a burst (GCRA): one row
//! with the time at which everything that was let through would have left at that pace.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, millis, values},
};
use domain::{id::AccountId, notice::Notice};
use time::{Duration, OffsetDateTime};

/// A pace: so many mails at once, and one more after each interval.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// The time between two mails, once the burst is used up.
    interval: Duration,
    /// How many leave at once.
    burst: i32,
}

/// To one address: 60 an hour.
const TO_ONE: Pace = Pace { interval: Duration::MINUTE, burst: 60 };
/// In all, of what anybody may cause who is not signed in: 600 an hour.
const OF_ANYONE: Pace = Pace { interval: Duration::seconds(6), burst: 600 };
/// Reminders of what waits by itself: one a week.
const REMINDER: Pace = Pace { interval: Duration::WEEK, burst: 1 };
/// To one owner, of those who ask to join: strangers to them. Few, and beside all others, so that they put nothing off.
const OF_ASKERS: Pace = Pace { interval: Duration::HOUR, burst: 5 };
/// How long a mail may be put off. A later one is not written: its link would be worth nothing, and the pages have the rest.
const PATIENCE: Duration = Duration::hours(24);

/// When the mail may leave; none when there are too many already.
pub(super) async fn admit(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    account: AccountId,
    notice: &Notice,
) -> Result<Option<OffsetDateTime>, StoreError> {
    if matches!(notice, Notice::JoinAsked(_)) {
        // The pages have the rest.
        return take(transaction, &format!("asked {account}"), OF_ASKERS, now, Duration::ZERO).await;
    }
    let all = match notice.anyone_may_cause() {
        true => take(transaction, "anyone", OF_ANYONE, now, PATIENCE).await?,
        false => Some(now),
    };
    let Some(all) = all else { return Ok(None) };
    let one = take(transaction, &key(account), TO_ONE, now, PATIENCE).await?;
    Ok(one.map(|one| one.max(all)))
}

/// Whether a mail may leave to the account at once.
pub(super) async fn admit_at_once(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    account: AccountId,
) -> Result<bool, StoreError> {
    Ok(take(transaction, &key(account), TO_ONE, now, Duration::ZERO).await?.is_some())
}

/// Whether admins may be reminded, by whichever instance asks first: once a week.
pub(super) async fn admit_reminder(transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<bool, StoreError> {
    Ok(take(transaction, "reminder", REMINDER, now, Duration::ZERO).await?.is_some())
}

fn key(account: AccountId) -> String {
    format!("account {account}")
}

/// Takes one place, where one is free within `patience`.
async fn take(
    transaction: &DatabaseTransaction,
    key: &str,
    pace: Pace,
    now: OffsetDateTime,
    patience: Duration,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let step = i64::try_from(pace.interval.whole_milliseconds()).unwrap_or(i64::MAX);
    let ahead = pace.interval * (pace.burst - 1);
    // As SQL: what a row becomes follows from what it was, and says whether it does.
    let upsert = "INSERT INTO mail_pace (pace_key, taken_until) VALUES ($1, $2 + $3)
                  ON CONFLICT (pace_key) DO UPDATE SET taken_until =
                      CASE WHEN mail_pace.taken_until > $2 THEN mail_pace.taken_until ELSE $2 END + $3
                  WHERE mail_pace.taken_until <= $4
                  RETURNING taken_until";
    let taken = values![key, millis(now), step, millis(now + ahead + patience)];
    let taken = sql::tuple(transaction, upsert, taken).await?;
    Ok(taken.map(|At(until)| (until - pace.interval - ahead).max(now)))
}

//! Until when the evidence for what is published holds, so that its team is told in time. Kept by whatever changes what a
//! provider holds.

use super::{published_keys, submission};
use crate::{entity::*, error::StoreError, outbox::mail, store::Store};
use domain::{
    evidence,
    id::RegistrationId,
    notice::{About, Notice},
    policy::EnvironmentPolicy,
    registration::Registration,
};
use time::{Duration, OffsetDateTime};

/// How long before the end a team is told, each time once.
const BEFORE: [Duration; 3] = [Duration::days(60), Duration::days(30), Duration::days(7)];
/// How long after a reminder the next one is due once it has ended.
const AFTERWARDS: Duration = Duration::days(30);
/// How many reminders are sent in one transaction.
const AT_ONCE: u64 = 20;

/// Notes until when the evidence holds that the revision has which the provider was read back to hold.
pub(super) async fn note(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    policy: Option<&EnvironmentPolicy>,
) -> Result<(), StoreError> {
    let policy = policy.filter(|policy| evidence::has_ends(&policy.evidence));
    let held = registration.held().filter(|_| registration.retired.is_none());
    let ends = match policy.zip(held) {
        Some((policy, held)) => submission::frozen(transaction, registration.id, held.number)
            .await?
            .and_then(|frozen| evidence::ends(&policy.evidence, &frozen.evidence))
            .map(|date| date.midnight().assume_utc()),
        None => None,
    };
    let known =
        registration::Entity::find_by_id(Word(registration.id)).select_only().column(registration::EvidenceEnds);
    let known: Option<Option<At>> = known.into_tuple().one(transaction).await?;
    // What was told of it stays told.
    if known.flatten().map(|At(known)| known) == ends {
        return Ok(());
    }
    let noted = registration::ActiveModel {
        evidence_ends: Set(ends.map(At)),
        evidence_remind_at: Set(ends.map(|ends| At(ends - BEFORE[0]))),
        ..Default::default()
    };
    run(transaction, &update(noted).filter(registration::Id.eq(Word(registration.id)))).await.map(|_| ())
}

impl Store {
    /// Has the teams told of evidence that is about to end, or has ended. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn remind_of_evidence(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        if due(self.connection(), now, 1).await?.is_empty() {
            return Ok(0);
        }
        let work = self.begin_in_turn().await?;
        let told = remind(work.transaction(), now).await;
        work.finish(told).await
    }
}

/// The registrations whose teams are to be told, with the end: who waits longest first.
async fn due(
    connection: &impl ConnectionTrait,
    now: OffsetDateTime,
    most: u64,
) -> Result<Vec<(Word<RegistrationId>, Option<At>)>, StoreError> {
    let due = registration::Entity::find().filter(registration::EvidenceRemindAt.lte(At(now)));
    let due = due.order_by_asc(registration::EvidenceRemindAt).limit(most).select_only();
    Ok(due.columns([registration::Id, registration::EvidenceEnds]).into_tuple().all(connection).await?)
}

async fn remind(transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<u64, StoreError> {
    let due = due(transaction, now, AT_ONCE).await?;
    for (Word(id), ends) in &due {
        let again = next(ends.map_or(now, |At(ends)| ends), now);
        let again = registration::ActiveModel { evidence_remind_at: Set(Some(At(again))), ..Default::default() };
        run(transaction, &update(again).filter(registration::Id.eq(Word(*id)))).await?;
        for account in published_keys::writers(transaction, *id).await? {
            let notice = Notice::EvidenceEnds(About { registration: *id });
            mail::enqueue(transaction, now, account, &notice, None).await?;
        }
    }
    Ok(due.len() as u64)
}

/// When a team is told next: so long before the end, on the day after it, and then every 30 days.
fn next(ends: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    let before = BEFORE.iter().map(|before| ends - *before);
    let mut planned = before.chain([ends + Duration::DAY]);
    planned.find(|at| *at > now).unwrap_or(now + AFTERWARDS)
}

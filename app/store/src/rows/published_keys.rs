//! The keys that people sign in with now, a row each: since when, so that their team is reminded of old ones, and whether
//! whoever brought them is still in the team. Kept by whatever changes what a provider holds, or a team.

use super::evidence_ends;
use crate::{
    entity::*,
    error::StoreError,
    outbox::mail,
    sql::{self, values},
    store::Store,
};
use domain::{
    actor::account_of,
    id::{AccountId, OrganisationId, RegistrationId},
    notice::{About, Notice},
    policy::EnvironmentPolicy,
    registration::Registration,
};
use time::{Duration, OffsetDateTime};

/// How long after a reminder the next one is due.
const REMIND_AGAIN: Duration = Duration::days(90);
/// How many reminders are sent in one transaction.
const AT_ONCE: u64 = 20;
/// How many registrations from before this was noted are looked at in one transaction.
const NOTED_AT_ONCE: u64 = 200;
/// The mark of a database in which it was noted of all of them.
const NOTED: &str = "published-keys";

/// Notes what the provider was read back to hold of a registration.
pub(super) async fn note(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    policy: Option<&EnvironmentPolicy>,
) -> Result<(), StoreError> {
    let Some(organisation) = registration.organisation else { return Ok(()) };
    let of_registration = published_key::RegistrationId.eq(Word(registration.id));
    let held = registration.held().filter(|_| registration.retired.is_none());
    let thumbprints = held.map(|held| held.thumbprints.clone()).unwrap_or_default();
    let gone = published_key::Entity::delete_many().filter(of_registration);
    run(transaction, &gone.filter(published_key::Thumbprint.is_not_in(thumbprints.iter().cloned()))).await?;
    for thumbprint in thumbprints {
        let row = row(registration, organisation, thumbprint, policy);
        run(transaction, &Insert::one(row).on_conflict_do_nothing()).await?;
    }
    judge(transaction, organisation).await
}

fn row(
    registration: &Registration,
    organisation: OrganisationId,
    thumbprint: String,
    policy: Option<&EnvironmentPolicy>,
) -> published_key::Model {
    let with_it = || registration.revisions.iter().filter(|revision| revision.thumbprints.contains(&thumbprint));
    let since = with_it().filter_map(|revision| revision.published).min();
    let since = since.or(registration.published.as_ref().map(|published| published.at));
    let since = since.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Before it was noted who brought a key: who submitted it first.
    let added = registration.keys.get(&thumbprint).map(|known| known.added);
    let added = added.or_else(|| with_it().next().map(|revision| revision.submitted));
    let age = policy.and_then(|policy| policy.key_age_days).map(|days| Duration::days(days.into()));
    published_key::Model {
        registration_id: Word(registration.id),
        organisation_id: Word(organisation),
        since: At(since),
        added_by: added.as_ref().and_then(account_of).map(Word),
        remind_at: age.map(|age| At(since + age)),
        thumbprint,
    }
}

/// Judges whether whoever brought a key of the organisation is in its team no more. As SQL: the row is set to what a query about
/// it says.
pub(super) async fn judge(transaction: &DatabaseTransaction, id: OrganisationId) -> Result<(), StoreError> {
    let judge = "UPDATE organisations SET keys_left = EXISTS (
            SELECT 1 FROM published_keys k WHERE k.organisation_id = organisations.id AND k.added_by IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.organisation_id = k.organisation_id
                            AND m.account_id = k.added_by AND m.ended_at IS NULL))
         WHERE id = $1";
    sql::run(transaction, judge, values![Word(id)]).await.map(|_| ())
}

impl Store {
    /// Has the teams told of keys that are as old as the environment's policy says that they are told of; once in 90 days.
    /// Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn remind_of_keys(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        if due(self.connection(), now, 1).await?.is_empty() {
            return Ok(0);
        }
        let work = self.begin_in_turn().await?;
        let told = remind(work.transaction(), now).await;
        work.finish(told).await
    }

    /// Notes the keys of what was published before they were noted, and until when its evidence holds. Does nothing once it did, so that it may be called at
    /// every start. Gives how many registrations it looked at.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn note_earlier_keys(&self) -> Result<u64, StoreError> {
        let (mut count, mut after) = (0, String::new());
        while !is_any(self.connection(), mark::Entity::find_by_id(NOTED)).await? {
            let work = self.begin_in_turn().await?;
            let noted = self.note_some(work.transaction(), &after).await;
            let (some, last) = work.finish(noted).await?;
            (count, after) = (count + some, last);
        }
        Ok(count)
    }

    async fn note_some(&self, transaction: &DatabaseTransaction, after: &str) -> Result<(u64, String), StoreError> {
        let some = registration::Entity::find().filter(registration::Id.gt(after)).order_by_asc(registration::Id);
        let some = some.select_only().columns([registration::Id, registration::State]).limit(NOTED_AT_ONCE);
        let some: Vec<(String, Document)> = some.into_tuple().all(transaction).await?;
        let Some((last, _)) = some.last() else {
            let row = mark::Model { name: NOTED.into(), at: At(OffsetDateTime::UNIX_EPOCH) };
            run(transaction, &Insert::one(row).on_conflict_do_nothing()).await?;
            return Ok((0, after.to_owned()));
        };
        let last = last.clone();
        for (id, state) in &some {
            // One that cannot be read keeps nothing from starting: whoever reads it says so.
            match state.read::<Registration>() {
                Ok(registration) => {
                    let policy = self.environment(&registration.environment);
                    note(transaction, &registration, policy).await?;
                    evidence_ends::note(transaction, &registration, policy).await?;
                }
                Err(_) => {
                    tracing::error!(registration = id, "the keys of a registration that cannot be read are not noted")
                }
            }
        }
        Ok((some.len() as u64, last))
    }
}

/// The registrations of keys that are old enough, the longest first.
async fn due(
    connection: &impl ConnectionTrait,
    now: OffsetDateTime,
    most: u64,
) -> Result<Vec<(Word<RegistrationId>, String)>, StoreError> {
    let due = published_key::Entity::find().filter(published_key::RemindAt.lte(At(now)));
    let due = due.order_by_asc(published_key::RemindAt).limit(most).select_only();
    let due = due.columns([published_key::RegistrationId, published_key::Thumbprint]);
    Ok(due.into_tuple().all(connection).await?)
}

async fn remind(transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<u64, StoreError> {
    let due = due(transaction, now, AT_ONCE).await?;
    for (Word(id), thumbprint) in &due {
        let again = published_key::ActiveModel { remind_at: Set(Some(At(now + REMIND_AGAIN))), ..Default::default() };
        let again = update(again).filter(published_key::RegistrationId.eq(Word(*id)));
        run(transaction, &again.filter(published_key::Thumbprint.eq(thumbprint.as_str()))).await?;
        for account in writers(transaction, *id).await? {
            mail::enqueue(transaction, now, account, &Notice::KeyOld(About { registration: *id }), None).await?;
        }
    }
    Ok(due.len() as u64)
}

/// Who is told of a registration's keys: its owners and developers.
pub(super) async fn writers(
    transaction: &DatabaseTransaction,
    id: RegistrationId,
) -> Result<Vec<AccountId>, StoreError> {
    let organisation = registration::Entity::find_by_id(Word(id)).select_only().column(registration::OrganisationId);
    let organisation: Option<Option<Word<OrganisationId>>> = organisation.into_tuple().one(transaction).await?;
    super::registration::team(transaction, organisation.flatten().map(|Word(id)| id), super::registration::WRITER_ROLES)
        .await
}

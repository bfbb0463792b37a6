//! What waits for the admins, told in one mail an admin and hour. What a cheap account can have wait costs no mail more.

use super::{mail, pace};
use crate::{
    entity::*,
    error::StoreError,
    read::{
        JOINING, MOST_COUNTED, OWNERS_AWAY,
        held::{held_counts, holds_up},
    },
    sql::{self, millis, values},
    store::Store,
};
use domain::{
    id::AccountId,
    notice::{Notice, Waiting},
    registration::RevisionState,
};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// The time between two such mails to one admin.
const EVERY: Duration = Duration::HOUR;
/// How many revisions are counted; of more it is said that there are more.
const MOST: usize = MOST_COUNTED as usize;

/// The admins who are mailed: no address is written to before its owner verified it.
const MAILED: &str = "staff_role = 'admin' AND NOT disabled AND verified";

fn mailed() -> Select<account::Entity> {
    account::Entity::find().filter(Expr::cust(MAILED))
}

/// What waits, as a mail tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Revisions that wait for a decision, by the environment's title, in the environments' order.
    pub revisions: Vec<(String, u32)>,
    /// Whether there are more than were counted.
    pub more: bool,
    /// When the first of them was submitted.
    pub oldest: Option<OffsetDateTime>,
    /// Open proposals to reinstate a client.
    pub proposed: u64,
    /// Clients that are withheld from the provider, because somebody behind them counts no more.
    pub withheld: u64,
    /// Organisations that somebody asks to join where staff may answer.
    pub joining: u64,
    /// Organisations with a client of which no owner can sign in: in the weekly mail alone, as the one below.
    pub without_owner: u64,
    /// Organisations with a client of which no owner has signed in for long.
    pub owners_away: u64,
    /// Organisations with a published key that somebody brought who has left their team.
    pub keys_left: u64,
    /// What gathered since the last mail.
    pub gathered: Waiting,
}

impl Digest {
    /// Whether there is nothing to tell any more.
    pub fn is_empty(&self) -> bool {
        let waits = !self.revisions.is_empty() || self.proposed > 0 || self.withheld > 0 || self.joining > 0;
        let waits = waits || self.without_owner > 0 || self.owners_away > 0 || self.keys_left > 0;
        !waits && self.gathered == Waiting::default()
    }
}

/// Has every admin told of what waits: at once, or an hour after their last such mail. `more` is added to what gathered.
pub(crate) async fn tell_admins(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    more: Waiting,
) -> Result<(), StoreError> {
    tell(transaction, now, more, None).await
}

/// Has every admin told where something waits for another one because this admin counts no more.
pub(crate) async fn tell_what_lapsed(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    admin: AccountId,
) -> Result<(), StoreError> {
    match holds_up(transaction, admin).await? {
        true => tell_admins(transaction, now, Waiting::default()).await,
        false => Ok(()),
    }
}

/// Tells every admin at once; whoever had too many mails lately, in their next digest.
pub(crate) async fn tell_admins_at_once(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    notice: &Notice,
    revision: Option<u32>,
) -> Result<(), StoreError> {
    let admins = mailed().select_only().column(account::Id).order_by_asc(account::Id).into_tuple();
    for Word(admin) in admins.all(transaction).await? {
        match pace::admit_at_once(transaction, now, admin).await? {
            true => mail::write(transaction, now, admin, notice, revision, now).await?,
            false => tell(transaction, now, Waiting { organisations: 0, urgent: 1 }, Some(admin)).await?,
        }
    }
    Ok(())
}

async fn tell(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    more: Waiting,
    admin: Option<AccountId>,
) -> Result<(), StoreError> {
    // As SQL: what a row becomes follows from what it was, case by case.
    let upsert = format!(
        "INSERT INTO mail_digests (account_id, due_at, sent_at, organisations, urgent)
                  SELECT id, $1, NULL, $3, $4 FROM accounts
                  WHERE {MAILED} AND ($5 = '' OR id = $5)
                  ON CONFLICT (account_id) DO UPDATE SET
                      due_at = CASE WHEN mail_digests.due_at IS NOT NULL THEN mail_digests.due_at
                                    WHEN mail_digests.sent_at > $1 - $2 THEN mail_digests.sent_at + $2 ELSE $1 END,
                      organisations = mail_digests.organisations + excluded.organisations,
                      urgent = mail_digests.urgent + excluded.urgent"
    );
    let every = i64::try_from(EVERY.whole_milliseconds()).unwrap_or(i64::MAX);
    let admin = admin.map(|admin| admin.to_string()).unwrap_or_default();
    let row = values![millis(now), every, i64::from(more.organisations), i64::from(more.urgent), admin];
    sql::run(transaction, &upsert, row).await.map(|_| ())
}

impl Store {
    /// Writes the digests that are due into the outbox.
    pub(super) async fn write_digests(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        // Mostly none is due, which needs no writer's turn.
        let due = mail_digest::Entity::find()
            .filter(mail_digest::DueAt.lte(At(now)))
            .select_only()
            .column(mail_digest::AccountId);
        while let Some(Word(admin)) = due.clone().into_tuple().one(self.connection()).await? {
            let work = self.begin().await?;
            let written = write_one(work.transaction(), now, admin).await;
            work.finish(written).await?;
        }
        Ok(())
    }

    /// What waits now for this admin, beside what gathered: not what they have voted on, nor what is their own team's.
    pub(super) async fn digest(
        &self,
        admin: AccountId,
        gathered: Waiting,
        now: OffsetDateTime,
    ) -> Result<Digest, StoreError> {
        // As SQL: what this admin has voted on, or belongs to, is left out row by row.
        let select = format!(
            "SELECT g.environment, g.submitted_at FROM registrations g WHERE g.review_state = $1
             AND NOT EXISTS (SELECT 1 FROM approvals v
                 WHERE v.registration_id = g.id AND v.number = g.revision AND v.admin_id = $2)
             AND NOT EXISTS (SELECT 1 FROM memberships m
                 WHERE m.organisation_id = g.organisation_id AND m.account_id = $2)
             ORDER BY g.submitted_at, g.id LIMIT {}",
            MOST + 1
        );
        let values = values![Word(RevisionState::Submitted), Word(admin)];
        let rows: Vec<(String, At)> = sql::tuples(self.connection(), &select, values).await?;
        let (more, oldest) = (rows.len() > MOST, rows.first().map(|(_, At(submitted_at))| *submitted_at));
        let mut counted: BTreeMap<String, u32> = BTreeMap::new();
        for (environment, _) in rows.into_iter().take(MOST) {
            *counted.entry(environment).or_default() += 1;
        }
        let known = self.environments().iter().map(|policy| (policy.name.clone(), policy.title.clone()));
        let mut revisions: Vec<(String, u32)> =
            known.filter_map(|(name, title)| Some((title, counted.remove(&name)?))).collect();
        revisions.extend(counted);
        let (proposed, withheld) = held_counts(self.connection()).await?;
        let joining = self.owners_away(now).await?.joining;
        Ok(Digest { revisions, more, oldest, proposed, withheld, joining, gathered, ..Digest::default() })
    }

    /// What waits for staff because no owner answers: each figure up to one more than is counted.
    pub(super) async fn owners_away(&self, now: OffsetDateTime) -> Result<Digest, StoreError> {
        let most = MOST + 1;
        let counted = |condition: &str| {
            format!("(SELECT COUNT(*) FROM (SELECT 1 FROM organisations o WHERE {condition} LIMIT {most}) c)")
        };
        let count = format!(
            "SELECT {}, {}, {}, {}",
            counted(&JOINING.replace('?', "$1")),
            counted("o.without_owner AND o.has_client"),
            counted(&OWNERS_AWAY.replace('?', "$2")),
            counted("o.keys_left")
        );
        let row = values![millis(now), millis(now - self.owners_away_after())];
        let (Count(joining), Count(without_owner), Count(owners_away), Count(keys_left)) =
            sql::one(self.connection(), &count, row).await?;
        Ok(Digest { joining, without_owner, owners_away, keys_left, ..Digest::default() })
    }

    /// Has every admin told once a week of what waits for them because no owner answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn remind_of_owners(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        if self.owners_away(now).await?.is_empty() {
            return Ok(());
        }
        let work = self.begin().await?;
        let told = remind(work.transaction(), now).await;
        work.finish(told).await
    }
}

/// Unless another worker did within the week.
async fn remind(transaction: &DatabaseTransaction, now: OffsetDateTime) -> Result<(), StoreError> {
    match pace::admit_reminder(transaction, now).await? {
        true => {
            let admins = mailed().select_only().column(account::Id).order_by_asc(account::Id).into_tuple();
            for Word(admin) in admins.all(transaction).await? {
                mail::enqueue(transaction, now, admin, &Notice::OwnersAway, None).await?;
            }
            Ok(())
        }
        false => Ok(()),
    }
}

/// Another worker may have written it meanwhile.
async fn write_one(transaction: &DatabaseTransaction, now: OffsetDateTime, admin: AccountId) -> Result<(), StoreError> {
    let own = mail_digest::AccountId.eq(Word(admin));
    let sent = mail_digest::ActiveModel { due_at: Set(None), sent_at: Set(Some(At(now))), ..Default::default() };
    if run(transaction, &update(sent).filter(own.clone()).filter(mail_digest::DueAt.lte(At(now)))).await? == 0 {
        return Ok(());
    }
    let row = mail_digest::Entity::find().filter(own.clone()).select_only();
    let row = row.columns([mail_digest::Organisations, mail_digest::Urgent]).into_tuple().one(transaction).await?;
    let (Count(organisations), Count(urgent)) = row.ok_or(StoreError::NotFound)?;
    let gathered = Waiting { organisations, urgent };
    let cleared = mail_digest::ActiveModel { organisations: Set(0), urgent: Set(0), ..Default::default() };
    run(transaction, &update(cleared).filter(own)).await?;
    match is_any(transaction, mailed().filter(account::Id.eq(Word(admin)))).await? {
        true => mail::write(transaction, now, admin, &Notice::Waiting(gathered), None, now).await,
        false => Ok(()),
    }
}

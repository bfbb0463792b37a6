//! Publications: one row per registration with the generation that is wanted. A worker claims it under a lease; a
//! newer generation takes the row over, so that a late writer confirms nothing (threat 5).

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, number, values},
    store::Store,
};
use domain::{
    draft::hex_digest,
    id::{ClientId, RegistrationId},
    policy::EnvironmentPolicy,
    registration::{Registration, Revision, RevisionState, Wanted},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use time::{Duration, OffsetDateTime};

/// What the client store is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationJob {
    /// The registration.
    pub registration: RegistrationId,
    /// The environment's name.
    pub environment: String,
    /// The generation that fences out late writers.
    pub generation: u64,
    /// The provider's name for the client.
    pub client_id: ClientId,
    /// RFC 8785 JSON of the client metadata, exactly as approved.
    pub metadata: String,
    /// SHA-256 of `metadata`, lowercase hex.
    pub metadata_digest: String,
    /// Off while suspended.
    pub enabled: bool,
    /// A tombstone once retired.
    pub removed: bool,
    /// How often this generation was tried before.
    pub attempts: u32,
}

/// What a worker gets when something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// To be written to the client store.
    Job(Box<PublicationJob>),
    /// Must not be handed out: somebody has to look at it first.
    Withheld(Withheld),
}

/// A publication that must not reach the client store, to be reported like a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The registration.
    pub registration: RegistrationId,
    /// The generation that is withheld.
    pub generation: u64,
    /// How often this generation was tried before.
    pub attempts: u32,
    /// Why, in a sentence for the admins.
    pub reason: &'static str,
}

/// Asks for the generation that the registration wants now. Whatever was due before is superseded.
pub(crate) async fn want(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(wanted) = &registration.wanted else { return Ok(()) };
    let upsert = "INSERT INTO publications (registration_id, environment, wanted_generation, attempts, next_attempt_at)
                  VALUES ($1, $2, $3, 0, $4)
                  ON CONFLICT (registration_id) DO UPDATE SET wanted_generation = excluded.wanted_generation,
                      attempts = 0, next_attempt_at = excluded.next_attempt_at, last_error = NULL, done_at = NULL,
                      lease_until = NULL, lease_holder = NULL";
    let row =
        values![registration.id.to_string(), registration.environment.clone(), number(wanted.generation), millis(now),];
    sql::run(transaction, upsert, row).await.map(|_| ())
}

const DONE: &str = "UPDATE publications SET done_at = $3, lease_until = NULL, lease_holder = NULL, last_error = NULL
                    WHERE registration_id = $1 AND wanted_generation = $2 AND done_at IS NULL";

/// The generation was read back; nothing is due unless a newer one is wanted.
pub(crate) async fn confirm(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    generation: u64,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sql::run(transaction, DONE, values![registration.to_string(), number(generation), millis(now)]).await.map(|_| ())
}

impl Store {
    /// Claims one publication that is due, if any. The lease keeps other workers off it until it runs out.
    ///
    /// The metadata comes from the immutable revision alone, and only after its digest and its approvals were
    /// counted again: a row that was tampered with is withheld, and the worker reports it. Switching off needs no
    /// approval, so a policy that changed since never keeps a client switched on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_publication(
        &self,
        now: OffsetDateTime,
        holder: &str,
        lease: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        loop {
            let work = self.begin().await?;
            let claimed = claim(work.transaction(), now, holder, lease).await;
            let Some((registration, generation, attempts)) = work.finish(claimed).await? else { return Ok(None) };
            match self.job(registration, generation, attempts).await? {
                Ready::Job(job) => return Ok(Some(Claimed::Job(job))),
                Ready::Superseded => {}
                Ready::Withheld(reason) => {
                    return Ok(Some(Claimed::Withheld(Withheld { registration, generation, attempts, reason })));
                }
            }
        }
    }

    /// Gives the claim back after a failure, to be tried again from `next_attempt_at`. Of no effect once a newer
    /// generation is wanted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn publication_failed(
        &self,
        registration: RegistrationId,
        generation: u64,
        next_attempt_at: OffsetDateTime,
        error: &str,
    ) -> Result<(), StoreError> {
        let note = "UPDATE publications SET attempts = attempts + 1, next_attempt_at = $3, last_error = $4,
                        lease_until = NULL, lease_holder = NULL
                    WHERE registration_id = $1 AND wanted_generation = $2 AND done_at IS NULL";
        let values = values![registration.to_string(), number(generation), millis(next_attempt_at), error];
        self.write(note, values).await.map(|_| ())
    }

    /// Marks a generation as done. `ConfirmPublished` does this in its own transaction; this is for the worker that
    /// finds it confirmed already.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn publication_done(
        &self,
        registration: RegistrationId,
        generation: u64,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.write(DONE, values![registration.to_string(), number(generation), millis(now)]).await.map(|_| ())
    }

    async fn job(&self, id: RegistrationId, generation: u64, attempts: u32) -> Result<Ready, StoreError> {
        let (registration, _) = self.load::<Registration>(id).await?;
        let Some(wanted) = registration.wanted.clone().filter(|wanted| wanted.generation == generation) else {
            return Ok(Ready::Superseded);
        };
        let Some(policy) = self.environment(&registration.environment) else {
            return Ok(Ready::Withheld("The environment is not configured."));
        };
        let select =
            "SELECT metadata, metadata_digest, digest FROM revisions WHERE registration_id = $1 AND number = $2";
        let row = sql::first(self.connection(), select, values![id.to_string(), i64::from(wanted.revision)]).await?;
        let Some(row) = row else { return Ok(Ready::Withheld("The revision is missing.")) };
        let revision = Kept {
            digest: row.col("digest")?,
            metadata: row.col("metadata")?,
            metadata_digest: row.col("metadata_digest")?,
        };
        let approvers = self.approvers(id, wanted.revision, &revision).await?;
        Ok(judge(&registration, policy, wanted, revision, approvers, attempts))
    }

    /// How many admins approved exactly this revision.
    async fn approvers(&self, id: RegistrationId, number: u32, revision: &Kept) -> Result<u64, StoreError> {
        let select = "SELECT COUNT(DISTINCT admin_id) AS approvers FROM approvals
                      WHERE registration_id = $1 AND number = $2 AND digest = $3 AND metadata_digest = $4";
        let values =
            values![id.to_string(), i64::from(number), revision.digest.clone(), revision.metadata_digest.clone()];
        let row = sql::first(self.connection(), select, values).await?;
        row.map_or(Ok(0), |row| row.number("approvers"))
    }
}

enum Ready {
    Job(Box<PublicationJob>),
    Superseded,
    Withheld(&'static str),
}

/// A revision as it was kept.
struct Kept {
    digest: String,
    metadata: String,
    metadata_digest: String,
}

fn judge(
    registration: &Registration,
    policy: &EnvironmentPolicy,
    wanted: Wanted,
    kept: Kept,
    approvers: u64,
    attempts: u32,
) -> Ready {
    let Some(revision) = registration.revision(wanted.revision) else {
        return Ready::Withheld("The revision is missing.");
    };
    if hex_digest(kept.metadata.as_bytes()) != kept.metadata_digest
        || (&revision.digest, &revision.metadata_digest) != (&kept.digest, &kept.metadata_digest)
    {
        return Ready::Withheld("The kept revision does not have the digest that was approved.");
    }
    let switches_off = !wanted.enabled || wanted.removed;
    if !switches_off && !is_approved(revision, policy, approvers) {
        return Ready::Withheld("The revision does not have the approvals that the environment asks for.");
    }
    let Some(client_id) = registration.client_id.clone() else {
        return Ready::Withheld("The registration has no client ID.");
    };
    Ready::Job(Box::new(PublicationJob {
        registration: registration.id,
        environment: registration.environment.clone(),
        generation: wanted.generation,
        client_id,
        metadata: kept.metadata,
        metadata_digest: kept.metadata_digest,
        enabled: wanted.enabled,
        removed: wanted.removed,
        attempts,
    }))
}

/// Whether the revision has what the environment asks for now: enough admins, or the rules where they suffice.
fn is_approved(revision: &Revision, policy: &EnvironmentPolicy, approvers: u64) -> bool {
    let by_rules = policy.automatic
        && revision.restricted.is_empty()
        && revision.approvals.iter().any(|approval| approval.admin.is_none());
    revision.state == RevisionState::Approved && (by_rules || approvers >= u64::from(policy.approvals.max(1)))
}

async fn claim(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    holder: &str,
    lease: Duration,
) -> Result<Option<(RegistrationId, u64, u32)>, StoreError> {
    let select = format!(
        "SELECT registration_id, wanted_generation, attempts FROM publications
         WHERE done_at IS NULL AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
         ORDER BY next_attempt_at, registration_id LIMIT 1{}",
        skip_locked(transaction)
    );
    let Some(row) = sql::first(transaction, &select, values![millis(now)]).await? else { return Ok(None) };
    let registration: RegistrationId = row.parsed("registration_id")?;
    let take = "UPDATE publications SET lease_until = $2, lease_holder = $3 WHERE registration_id = $1";
    sql::run(transaction, take, values![registration.to_string(), millis(now + lease), holder]).await?;
    Ok(Some((registration, row.number("wanted_generation")?, row.number("attempts")?)))
}

/// Rows that another worker is claiming at this moment are passed over on PostgreSQL; SQLite has one writer.
pub(super) fn skip_locked(transaction: &DatabaseTransaction) -> &'static str {
    match transaction.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

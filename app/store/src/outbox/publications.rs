//! Publications: one row per registration with the generation that is wanted. A worker claims it under a lease; a
//! newer generation takes the row over, so that a late writer confirms nothing (threat 5).

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, number, values, word_of},
    store::Store,
};
use domain::{
    draft::hex_digest,
    id::{ClientId, RegistrationId},
    policy::EnvironmentPolicy,
    registration::{Registration, Revision, RevisionState, Wanted},
    standing::Does,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};
use serde_json::Value;
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
    /// A tombstone: once retired, and while suspended where the kept metadata is not what was approved. Then `metadata`
    /// is of no account.
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

/// Keeps how many admins an environment asks for, by which the database counts who reinstates a client.
pub(crate) async fn note_rule(transaction: &DatabaseTransaction, policy: &EnvironmentPolicy) -> Result<(), StoreError> {
    let note = "INSERT INTO environment_rules (environment, admins_needed) VALUES ($1, $2)
                ON CONFLICT (environment) DO UPDATE SET admins_needed = excluded.admins_needed";
    let row = values![policy.name.clone(), number(policy.approvals_needed() as u64)];
    sql::run(transaction, note, row).await.map(|_| ())
}

/// Asks for the generation that the registration wants now. Whatever was due before is superseded. Where that switches a
/// revision on that the provider never had, the database counts the approvals too, and refuses where too few count; where
/// it ends a suspension, it counts the admins behind that.
pub(crate) async fn want(
    transaction: &DatabaseTransaction,
    registration: &Registration,
    policy: Option<&EnvironmentPolicy>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let Some(wanted) = &registration.wanted else { return Ok(()) };
    let upsert = "INSERT INTO publications (registration_id, environment, wanted_generation, attempts, next_attempt_at,
                      revision, approvals_needed, wanted, reinstates)
                  VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8)
                  ON CONFLICT (registration_id) DO UPDATE SET wanted_generation = excluded.wanted_generation,
                      revision = excluded.revision, approvals_needed = excluded.approvals_needed,
                      wanted = excluded.wanted, reinstates = excluded.reinstates, attempts = 0,
                      next_attempt_at = excluded.next_attempt_at, last_error = NULL, done_at = NULL,
                      lease_until = NULL, lease_holder = NULL";
    let row = values![
        registration.id.to_string(),
        registration.environment.clone(),
        number(wanted.generation),
        millis(now),
        i64::from(wanted.revision),
        number(approvals_needed(registration, wanted, policy) as u64),
        word_of(&wanted.does()),
        wanted.does() == Does::On && !registration.reinstaters().is_empty(),
    ];
    sql::run(transaction, upsert, row).await.map(|_| ())
}

/// How many approvals have to count for what is wanted now.
fn approvals_needed(registration: &Registration, wanted: &Wanted, policy: Option<&EnvironmentPolicy>) -> usize {
    let revision = registration.revision(wanted.revision).filter(|_| wanted.enabled && !wanted.removed);
    revision.zip(policy).map_or(0, |(revision, policy)| revision.approvals_to_publish(policy))
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
    /// Claims one publication that is due, if any, of an environment that is not among `but`. The lease keeps other
    /// workers off it until it runs out.
    ///
    /// The metadata comes from the immutable revision alone, and only after its digest and its approvals were
    /// counted again: a row that was tampered with is withheld, and the worker reports it. Switching off needs neither,
    /// so nothing that happened to revision or policy keeps a client switched on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_publication(
        &self,
        now: OffsetDateTime,
        holder: &str,
        lease: Duration,
        but: &[String],
    ) -> Result<Option<Claimed>, StoreError> {
        loop {
            // Mostly nothing is due, which needs no writer's turn.
            if first_due(self.connection(), now, but, "").await?.is_none() {
                return Ok(None);
            }
            let work = self.begin().await?;
            let claimed = claim(work.transaction(), now, holder, lease, but).await;
            let Some(row) = work.finish(claimed).await? else { return Ok(None) };
            let Ok((registration, generation, attempts)) = read_claim(&row) else {
                // One such row must not hold up the others: it stays claimed, and is looked at when its lease runs out.
                tracing::error!("a row of the publications cannot be read");
                continue;
            };
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
        let select = "SELECT state FROM registrations WHERE id = $1";
        let row = sql::first(self.connection(), select, values![id.to_string()]).await?;
        let Some(Ok(registration)) = row.map(|row| row.json::<Registration>("state")) else {
            return Ok(Ready::Withheld("The registration cannot be read."));
        };
        let Some(wanted) = registration.wanted.clone().filter(|wanted| wanted.generation == generation) else {
            return Ok(Ready::Superseded);
        };
        let select =
            "SELECT metadata, metadata_digest, digest FROM revisions WHERE registration_id = $1 AND number = $2";
        let row = sql::first(self.connection(), select, values![id.to_string(), i64::from(wanted.revision)]).await?;
        let kept = row.as_ref().map(Kept::of).transpose()?;
        let votes = match &kept {
            Some(kept) => self.votes(id, wanted.revision, kept).await?,
            None => Votes::default(),
        };
        let policy = self.environment(&registration.environment);
        Ok(judge(&registration, policy, &wanted, kept, votes, attempts))
    }

    /// How many admins approved exactly this revision and how many reinstate the client, and what the outbox was asked for.
    async fn votes(&self, id: RegistrationId, number: u32, revision: &Kept) -> Result<Votes, StoreError> {
        let of_it = "WHERE registration_id = $1 AND number = $2 AND digest = $3 AND metadata_digest = $4";
        let select = format!(
            "SELECT (SELECT COUNT(DISTINCT admin_id) FROM approvals {of_it}) AS given,
                    (SELECT COUNT(DISTINCT admin_id) FROM counting_approvals {of_it}) AS counting,
                    (SELECT COUNT(*) FROM counting_reinstaters WHERE registration_id = $1) AS reinstaters,
                    (SELECT wanted FROM publications WHERE registration_id = $1) AS wanted"
        );
        let id = id.to_string();
        let values = values![id, i64::from(number), revision.digest.clone(), revision.metadata_digest.clone()];
        let row = sql::first(self.connection(), &select, values).await?;
        let row = row.ok_or_else(|| StoreError::Unavailable("a query of counts gave no row".into()))?;
        Ok(Votes {
            given: row.number("given")?,
            counting: row.number("counting")?,
            reinstaters: row.number("reinstaters")?,
            asked: row.word_option("wanted")?,
        })
    }
}

/// Who stands behind what is wanted, at the moment of the claim.
#[derive(Clone, Copy, Default)]
struct Votes {
    /// Admins who approved exactly this revision.
    given: u64,
    /// Those of them whose approvals count now.
    counting: u64,
    /// Admins who reinstated the client last and who count now.
    reinstaters: u64,
    /// What the outbox was asked for, which the database guards.
    asked: Option<Does>,
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

impl Kept {
    fn of(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            digest: row.col("digest")?,
            metadata: row.col("metadata")?,
            metadata_digest: row.col("metadata_digest")?,
        })
    }
}

fn judge(
    registration: &Registration,
    policy: Option<&EnvironmentPolicy>,
    wanted: &Wanted,
    kept: Option<Kept>,
    votes: Votes,
    attempts: u32,
) -> Ready {
    let Some(revision) = registration.revision(wanted.revision) else {
        return Ready::Withheld("The revision is missing.");
    };
    let Some(client_id) = registration.client_id.clone() else {
        return Ready::Withheld("The registration has no client ID.");
    };
    let sound = sound_metadata(revision, kept);
    let (metadata, removed) = match !wanted.enabled || wanted.removed {
        // Without metadata to leave there, a tombstone switches off as well, and a later generation lifts it.
        true => sound.map_or_else(|_| ("{}".to_owned(), true), |metadata| (metadata, wanted.removed)),
        false => match sound.and_then(|metadata| may_be_on(registration, revision, policy, metadata, votes)) {
            Ok(metadata) => (metadata, false),
            Err(reason) => return Ready::Withheld(reason),
        },
    };
    Ready::Job(Box::new(PublicationJob {
        registration: registration.id,
        environment: registration.environment.clone(),
        generation: wanted.generation,
        client_id,
        metadata,
        metadata_digest: revision.metadata_digest.clone(),
        enabled: wanted.enabled,
        removed,
        attempts,
    }))
}

/// The kept metadata, if it is what the revision's digests say.
fn sound_metadata(revision: &Revision, kept: Option<Kept>) -> Result<String, &'static str> {
    let kept = kept.ok_or("The revision is missing.")?;
    let sound = hex_digest(kept.metadata.as_bytes()) == kept.metadata_digest
        && (&revision.digest, &revision.metadata_digest) == (&kept.digest, &kept.metadata_digest);
    match sound {
        true => Ok(kept.metadata),
        false => Err("The kept revision does not have the digest that was approved."),
    }
}

/// The metadata, if a client may be switched on with it now.
fn may_be_on(
    registration: &Registration,
    revision: &Revision,
    policy: Option<&EnvironmentPolicy>,
    metadata: String,
    votes: Votes,
) -> Result<String, &'static str> {
    let policy = policy.ok_or("The environment is not configured.")?;
    if !is_approved(revision, policy, &metadata, votes.given) {
        return Err(TOO_FEW);
    }
    // What the provider had once stays as it is when an approver is locked later.
    if revision.published.is_none() && !is_approved(revision, policy, &metadata, votes.counting) {
        return Err(LAPSED);
    }
    // Until the provider has it on again it rests on them; and while it is suspended nobody ended that.
    let rests_on_them = registration.suspension().is_some() || !registration.reinstaters().is_empty();
    if rests_on_them && votes.reinstaters < policy.approvals_needed() as u64 {
        return Err(REINSTATEMENT_LAPSED);
    }
    if votes.asked == Some(Does::On) { Ok(metadata) } else { Err(NOT_ASKED) }
}

const TOO_FEW: &str = "The revision does not have the approvals that the environment asks for.";
const LAPSED: &str = "An approval of this revision no longer counts: whoever gave it is no longer an active admin with a \
                      second factor, or has joined the partner’s team. Another admin must approve the revision on its \
                      review page. Then it is published.";
const REINSTATEMENT_LAPSED: &str = "The reinstatement no longer counts: an admin behind it is no longer an active admin with \
                                    a second factor, or has joined the partner’s team. Suspend the client on its review \
                                    page, then reinstate it again.";

const NOT_ASKED: &str = "The registration says that the client is on, and the outbox was asked for something else.";

/// Whether the revision has what the environment asks for now: enough admins, or the rules where they suffice.
fn is_approved(revision: &Revision, policy: &EnvironmentPolicy, metadata: &str, approvers: u64) -> bool {
    let by_rules = policy.automatic
        && !asks_restricted_scopes(policy, metadata)
        && revision.approvals.iter().any(|approval| approval.admin.is_none());
    revision.state == RevisionState::Approved && (by_rules || approvers >= policy.approvals_needed() as u64)
}

/// From the metadata itself: what the registration's state says of it could have been written by anybody.
fn asks_restricted_scopes(policy: &EnvironmentPolicy, metadata: &str) -> bool {
    let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
    let Some(scopes) = metadata.get("scope").and_then(Value::as_str) else { return true };
    scopes.split_ascii_whitespace().any(|name| policy.scopes.rule(name).is_none_or(|rule| rule.restricted))
}

/// The row that has been due longest, of an environment that is not among `but`.
async fn first_due(
    connection: &impl ConnectionTrait,
    now: OffsetDateTime,
    but: &[String],
    locking: &str,
) -> Result<Option<QueryResult>, StoreError> {
    let others = match but.len() {
        0 => String::new(),
        count => format!("AND environment NOT IN ({})", sql::places(2, count)),
    };
    let select = format!(
        "SELECT registration_id, wanted_generation, attempts FROM publications
         WHERE done_at IS NULL AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) {others}
         ORDER BY next_attempt_at, registration_id LIMIT 1{locking}"
    );
    let mut values = values![millis(now)];
    values.extend(but.iter().map(|environment| sea_orm::Value::from(environment.as_str())));
    sql::first(connection, &select, values).await
}

async fn claim(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    holder: &str,
    lease: Duration,
    but: &[String],
) -> Result<Option<QueryResult>, StoreError> {
    let Some(row) = first_due(transaction, now, but, skip_locked(transaction)).await? else { return Ok(None) };
    let take = "UPDATE publications SET lease_until = $2, lease_holder = $3 WHERE registration_id = $1";
    let registration: String = row.col("registration_id")?;
    sql::run(transaction, take, values![registration, millis(now + lease), holder]).await?;
    Ok(Some(row))
}

fn read_claim(row: &QueryResult) -> Result<(RegistrationId, u64, u32), StoreError> {
    Ok((row.parsed("registration_id")?, row.number("wanted_generation")?, row.number("attempts")?))
}

/// Rows that another worker is claiming at this moment are passed over on PostgreSQL; SQLite has one writer.
pub(super) fn skip_locked(transaction: &DatabaseTransaction) -> &'static str {
    match transaction.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

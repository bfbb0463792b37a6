//! Publications: one row per registration with the generation that is wanted. A worker claims it under a lease; a
//! newer generation takes the row over, so that a late writer confirms nothing (threat 5).

use super::{is_free, skip_locked};
use crate::{
    entity::*,
    error::StoreError,
    list_words,
    sql::{self, number, small, values},
    store::Store,
};
use domain::{
    draft::hex_digest,
    id::{ClientId, RegistrationId},
    policy::EnvironmentPolicy,
    registration::{Registration, Revision, RevisionState, Wanted},
    revision::ClientMetadata,
    standing::Does,
};
use sea_orm::{Iterable, sea_query::ExprTrait};
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
    let (environment, admins_needed) = (policy.name.clone(), number(policy.approvals_needed() as u64));
    let mut again = OnConflict::column(environment_rule::Environment);
    again.update_column(environment_rule::AdminsNeeded);
    let note = Insert::one(environment_rule::Model { environment, admins_needed }).on_conflict(again);
    run(transaction, &note).await.map(|_| ())
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
    let row = publication::Model {
        registration_id: Word(registration.id),
        environment: registration.environment.clone(),
        wanted_generation: number(wanted.generation),
        revision: Some(i64::from(wanted.revision)),
        approvals_needed: number(approvals_needed(registration, wanted, policy) as u64),
        wanted: Some(Word(wanted.does())),
        reinstates: wanted.does() == Does::On && !registration.reinstaters().is_empty(),
        lease_until: None,
        lease_holder: None,
        attempts: 0,
        next_attempt_at: At(now),
        last_error: None,
        done_at: None,
    };
    let mut superseded = OnConflict::column(publication::RegistrationId);
    let stays = |column: &publication::Column| matches!(column, publication::RegistrationId | publication::Environment);
    superseded.update_columns(publication::Column::iter().filter(|column| !stays(column)));
    run(transaction, &Insert::one(row).on_conflict(superseded)).await?;
    list_words::rank(transaction, registration.id).await
}

/// How many approvals have to count for what is wanted now.
fn approvals_needed(registration: &Registration, wanted: &Wanted, policy: Option<&EnvironmentPolicy>) -> usize {
    let revision = registration.revision(wanted.revision).filter(|_| wanted.enabled && !wanted.removed);
    revision.zip(policy).map_or(0, |(revision, policy)| revision.approvals_to_publish(policy))
}

/// Changes what is due of a generation, and gives the claim back. Of no effect once it is done, or a newer one is wanted.
fn give_back(
    registration: RegistrationId,
    generation: u64,
    with: publication::ActiveModel,
) -> UpdateMany<publication::Entity> {
    let due =
        publication::RegistrationId.eq(Word(registration)).and(publication::WantedGeneration.eq(number(generation)));
    let with = publication::ActiveModel { lease_until: Set(None), lease_holder: Set(None), ..with };
    update(with).filter(due.and(publication::DoneAt.is_null()))
}

/// The generation was read back; nothing is due unless a newer one is wanted.
pub(crate) async fn confirm(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    generation: u64,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let (done_at, last_error) = (Set(Some(At(now))), Set(None));
    let done = publication::ActiveModel { done_at, last_error, ..Default::default() };
    note(transaction, registration, &give_back(registration, generation, done)).await
}

/// Notes what came of a generation, and with it where the list has it.
async fn note(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    what: &UpdateMany<publication::Entity>,
) -> Result<(), StoreError> {
    run(transaction, what).await?;
    list_words::rank(transaction, registration).await
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
            if first_due(now, but).into_tuple::<Claim>().one(self.connection()).await?.is_none() {
                return Ok(None);
            }
            let work = self.begin().await?;
            let claimed = claim(work.transaction(), now, holder, lease, but).await;
            let Some(row) = work.finish(claimed).await? else { return Ok(None) };
            let Ok((registration, generation, attempts)) = read_claim(row) else {
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
        let (next_attempt_at, last_error) = (Set(At(next_attempt_at)), Set(Some(error.into())));
        let failed = publication::ActiveModel { next_attempt_at, last_error, ..Default::default() };
        let one_more = Expr::col(publication::Attempts).add(1);
        let failed = give_back(registration, generation, failed).col_expr(publication::Attempts, one_more);
        let work = self.begin_in_turn().await?;
        let outcome = note(work.transaction(), registration, &failed).await;
        work.finish(outcome).await
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
        let work = self.begin_in_turn().await?;
        let outcome = confirm(work.transaction(), registration, generation, now).await;
        work.finish(outcome).await
    }

    async fn job(&self, id: RegistrationId, generation: u64, attempts: u32) -> Result<Ready, StoreError> {
        let state = registration::Entity::find_by_id(Word(id)).select_only().column(registration::State);
        let state: Option<Document> = state.into_tuple().one(self.connection()).await?;
        let Some(Ok(registration)) = state.map(|state| state.read::<Registration>()) else {
            return Ok(Ready::Withheld("The registration cannot be read."));
        };
        let Some(wanted) = registration.wanted.clone().filter(|wanted| wanted.generation == generation) else {
            return Ok(Ready::Superseded);
        };
        let kept = revision::Entity::find_by_id((Word(id), i64::from(wanted.revision))).into_partial_model::<Kept>();
        let kept = kept.one(self.connection()).await?;
        let votes = match &kept {
            Some(kept) => self.votes(id, wanted.revision, kept).await?,
            None => Votes::default(),
        };
        let changes_keys_alone = match (registration.revision(wanted.revision).and_then(|own| own.rotation), &kept) {
            (Some(rotation), Some(kept)) => self.differs_in_keys_alone(id, rotation.from, &kept.metadata).await?,
            _ => false,
        };
        let votes = Votes { changes_keys_alone, ..votes };
        let policy = self.environment(&registration.environment);
        Ok(judge(&registration, policy, &wanted, kept, votes, attempts))
    }

    /// Whether metadata is that of an earlier revision but for its keys.
    async fn differs_in_keys_alone(&self, id: RegistrationId, from: u32, metadata: &str) -> Result<bool, StoreError> {
        let earlier =
            revision::Entity::find_by_id((Word(id), i64::from(from))).select_only().column(revision::Metadata);
        let earlier: Option<String> = earlier.into_tuple().one(self.connection()).await?;
        let without_keys = |metadata: &str| ClientMetadata::read(metadata).ok().map(|read| read.without_keys());
        Ok(earlier.is_some_and(|earlier| {
            let (before, after) = (without_keys(&earlier), without_keys(metadata));
            before.is_some() && before == after
        }))
    }

    /// How many admins approved exactly this revision and how many reinstate the client, and what the outbox was asked for.
    async fn votes(&self, id: RegistrationId, number: u32, revision: &Kept) -> Result<Votes, StoreError> {
        // As SQL: counts of two tables and two views in one statement.
        let of_it = "WHERE registration_id = $1 AND number = $2 AND digest = $3 AND metadata_digest = $4";
        let select = format!(
            "SELECT (SELECT COUNT(DISTINCT admin_id) FROM approvals {of_it}),
                    (SELECT COUNT(DISTINCT admin_id) FROM counting_approvals {of_it}),
                    (SELECT COUNT(*) FROM counting_reinstaters WHERE registration_id = $1),
                    (SELECT wanted FROM publications WHERE registration_id = $1),
                    (SELECT COUNT(*) FROM registered_keys k JOIN leaked_keys l ON l.thumbprint = k.thumbprint
                     WHERE k.registration_id = $1 AND k.revision = $2
                     AND (l.everywhere OR l.organisation_id = k.organisation_id))"
        );
        let (digest, metadata_digest) = (revision.digest.as_str(), revision.metadata_digest.as_str());
        let values = values![Word(id), i64::from(number), digest, metadata_digest];
        let (Count(given), Count(counting), Count(reinstaters), asked, Count(leaked)): (_, _, _, Option<Word<_>>, _) =
            sql::one(self.connection(), &select, values).await?;
        let asked = asked.map(|Word(does)| does);
        Ok(Votes { given, counting, reinstaters, asked, leaked, changes_keys_alone: false })
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
    /// How often a key of the revision was reported as leaked.
    leaked: u64,
    /// Whether nothing but keys changed since the revision that it says that it goes on from.
    changes_keys_alone: bool,
}

enum Ready {
    Job(Box<PublicationJob>),
    Superseded,
    Withheld(&'static str),
}

/// A revision as it was kept.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "revision::Entity")]
struct Kept {
    digest: String,
    metadata: String,
    metadata_digest: String,
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
    if votes.leaked > 0 {
        return Err(LEAKED);
    }
    let from = revision.rotation.and_then(|rotation| registration.revision(rotation.from));
    if revision.rotation.is_some() && !(votes.changes_keys_alone && from.is_some_and(|from| from.published.is_some())) {
        return Err(NOT_KEYS_ALONE);
    }
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
const LEAKED: &str = "A key of the revision was reported as leaked. The partner must submit a new key.";
const NOT_KEYS_ALONE: &str = "The revision was approved as one in which only keys changed, and more than that differs from the \
                              revision that it goes on from.";
const LAPSED: &str = "An approval of this revision no longer counts: whoever gave it is no longer an active admin with a \
                      second factor, or has joined the partner’s team. Another admin must approve the revision on its \
                      review page. Then it is published.";
const REINSTATEMENT_LAPSED: &str = "The reinstatement no longer counts: an admin behind it is no longer an active admin with \
                                    a second factor, or has joined the partner’s team. Suspend the client on its review \
                                    page, then reinstate it again.";

const NOT_ASKED: &str = "The registration says that the client is on, and the outbox was asked for something else.";

/// Whether the revision has what the environment asks for now: enough admins, or the rules where they suffice.
fn is_approved(revision: &Revision, policy: &EnvironmentPolicy, metadata: &str, approvers: u64) -> bool {
    let needed = revision.approvals_needed(policy);
    let suffice = needed == 0 || policy.automatic && !asks_restricted_scopes(policy, metadata);
    let by_rules = suffice && revision.approvals.iter().any(|approval| approval.admin.is_none());
    revision.state == RevisionState::Approved && (by_rules || approvers >= needed.max(1) as u64)
}

/// From the metadata itself: what the registration's state says of it could have been written by anybody.
fn asks_restricted_scopes(policy: &EnvironmentPolicy, metadata: &str) -> bool {
    let scopes = ClientMetadata::read(metadata).map(|metadata| metadata.scopes).unwrap_or_default();
    scopes.is_empty() || scopes.iter().any(|name| policy.scopes.rule(name).is_none_or(|rule| rule.restricted))
}

/// Registration, generation and attempts of a row.
type Claim = (String, i64, i64);

/// The row that has been due longest, of an environment that is not among `but`.
fn first_due(now: OffsetDateTime, but: &[String]) -> Select<publication::Entity> {
    let due = publication::Entity::find()
        .filter(publication::DoneAt.is_null())
        .filter(publication::NextAttemptAt.lte(At(now)));
    let due = due.filter(is_free(publication::LeaseUntil, now)).select_only();
    let due = due.columns([publication::RegistrationId, publication::WantedGeneration, publication::Attempts]);
    let due = due.order_by_asc(publication::NextAttemptAt).order_by_asc(publication::RegistrationId);
    due.apply_if((!but.is_empty()).then_some(but), |due, but| due.filter(publication::Environment.is_not_in(but)))
}

async fn claim(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    holder: &str,
    lease: Duration,
    but: &[String],
) -> Result<Option<Claim>, StoreError> {
    let due = skip_locked(first_due(now, but)).into_tuple::<Claim>().one(transaction).await?;
    let Some(row) = due else { return Ok(None) };
    let (lease_until, lease_holder) = (Set(Some(At(now + lease))), Set(Some(holder.into())));
    let taken = update(publication::ActiveModel { lease_until, lease_holder, ..Default::default() });
    run(transaction, &taken.filter(publication::RegistrationId.eq(row.0.as_str()))).await?;
    Ok(Some(row))
}

fn read_claim((registration, generation, attempts): Claim) -> Result<(RegistrationId, u64, u32), StoreError> {
    let registration =
        registration.parse().map_err(|_| StoreError::Unreadable("no registration has this id".into()))?;
    Ok((registration, small(generation)?, small(attempts)?))
}

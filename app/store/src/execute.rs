//! The only way to change anything: one transaction from the session to the outbox.

use crate::{
    entity::*,
    error::{StoreError, is_duplicate},
    history::{self, Appended, Entry, named::About},
    quotas::Quotas,
    requests::{self, Known, RequestKey},
    rows::{Change, Context, Stored},
    sql::{millis, moment, small},
    store::Store,
    who::{self, Doer, Role, Who},
};
use domain::{
    account::Account,
    actor::{Actor, Stamp},
    aggregate::{Aggregate, ProofNeeded},
    organisation::Organisation,
    text::FreeText,
};
use sea_orm::{DbErr, TryGetableMany};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

/// The time and fresh random bytes of one command, and which request it carries out.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The time, UTC. Kept to the millisecond.
    pub now: OffsetDateTime,
    /// From the system's random source. Salts of the history are derived of it.
    pub seed: [u8; 32],
    /// By what it is known again when it is sent twice: then nothing is done, and the same came of it. None for what may be
    /// done again and again.
    pub request: Option<RequestKey>,
}

/// What the sender of a command believes to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Exactly this version; otherwise the command is stale.
    Version(u64),
    /// Something that is not there any more. Only what changes nothing is no conflict.
    Gone,
    /// Nothing yet.
    New,
    /// Whatever is there: for commands that carry their own digest or generation, and for accounts.
    Any,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<A: Aggregate> {
    /// The version now. The same as before when nothing happened.
    pub version: u64,
    /// The state now.
    pub state: A,
    /// What happened: an entry of the history each.
    pub events: Vec<A::Event>,
    /// Whether it was done before: the same was sent twice.
    pub again: bool,
}

impl Store {
    /// Decides and carries out one command, all of it or nothing: the row, one history entry for each event, what
    /// hangs on it, and the outbox. A request that had its effect has it once. What asks for what is there already is no
    /// conflict, whatever was read before.
    ///
    /// # Errors
    /// Any [`StoreError`]; then nothing was changed.
    pub async fn execute<A: Stored>(
        &self,
        moment: &Moment,
        who: &Who,
        id: A::Id,
        expected: Expected,
        command: A::Command,
    ) -> Result<Done<A>, StoreError> {
        let work = self.begin_in_turn().await?;
        let context = Context::new(moment, self.environments());
        let asked = Asked { who, id, expected, command: &command, request: moment.request.as_ref() };
        let outcome = carry_out::<A>(work.transaction(), &context, self.quotas(), &asked).await;
        work.finish(outcome).await
    }

    /// The state and version, without asking who wants to know: for the worker, and for whoever has checked that the
    /// caller is staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn load<A: Stored>(&self, id: A::Id) -> Result<(A, u64), StoreError> {
        load(self.reads(), id).await?.ok_or(StoreError::NotFound)
    }
}

/// One command, and who asks for it.
struct Asked<'a, A: Stored> {
    who: &'a Who,
    id: A::Id,
    expected: Expected,
    command: &'a A::Command,
    request: Option<&'a RequestKey>,
}

async fn carry_out<A: Stored>(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    quotas: &Quotas,
    &Asked { who, id, expected, command, request }: &Asked<'_, A>,
) -> Result<Done<A>, StoreError> {
    let (actor, name) = who::resolve(transaction, who, context.now).await?;
    let known = match request {
        Some(request) => requests::known(transaction, request).await?,
        None => Known::No,
    };
    let is_first = matches!(known, Known::No);
    let before_this = match (known, expected) {
        (Known::Done(done), Expected::New | Expected::Any) => return Ok(done),
        // Somebody went back to a form that had its effect. What rests on a version is stale, and nothing else would stop it.
        (Known::Other, Expected::New | Expected::Any) => return Err(StoreError::SentBefore),
        // A program names each request of its own: one that says something else is another one by mistake.
        (Known::Other, _) if matches!(who, Who::Token { .. }) => return Err(StoreError::SentBefore),
        (Known::Done(done), _) => Some(done),
        (Known::Other | Known::No, _) => None,
    };
    let found = load::<A>(transaction, id).await?;
    let (before, version, is_stale) = match (found, expected) {
        (None, Expected::Version(_) | Expected::Gone) => return Err(StoreError::NotFound),
        (None, _) => (A::blank(id), 0, false),
        (Some((state, version)), Expected::New) => return Err(stale(&state, &actor, version)),
        (Some((state, version)), Expected::Version(read)) => (state, version, read != version),
        (Some((state, version)), Expected::Gone) => (state, version, true),
        (Some((state, version)), Expected::Any) => (state, version, false),
    };
    let facts = A::facts(transaction, context, &before, &actor, command).await?;
    let decided = before.decide(&actor, command, &facts, context.now);
    // It was done, unless something happened since after which it would be done again: then it is as stale as anything.
    if let Some(done) = before_this
        && (done.version == version || !matches!(&decided, Ok(events) if !events.is_empty()))
    {
        return Ok(done);
    }
    if is_stale && !matches!(&decided, Ok(events) if events.is_empty()) {
        return Err(stale(&before, &actor, version));
    }
    let events = decided?;
    if events.is_empty() {
        return Ok(Done { version, state: before, events, again: false });
    }
    let happened = Happened { id, before: &before, version, command, events: &events };
    let (version, state, appended) = write_down(transaction, context, (&actor, name), &happened).await?;
    if let Some(request) = request.filter(|_| is_first) {
        requests::keep::<A>(transaction, request, (id, version), &appended, context.now).await?;
    }
    let bytes = appended.iter().map(|entry| entry.bytes).sum();
    // What is asked for with a proof of its own, such as the report that a key leaked, is refused for no quota.
    let is_proved = A::proof_needed(command) == ProofNeeded::Fresh;
    quotas.count(transaction, &actor, bytes, is_proved, context.now).await?;
    Ok(Done { version, state, events, again: false })
}

/// What was decided about an aggregate, to be written.
pub(crate) struct Happened<'a, A: Stored> {
    pub(crate) id: A::Id,
    pub(crate) before: &'a A,
    /// The version before; 0 where there was nothing.
    pub(crate) version: u64,
    pub(crate) command: &'a A::Command,
    pub(crate) events: &'a [A::Event],
}

/// Writes what was decided: the row, what hangs on it, and one entry for each event. Gives the version and the state then.
pub(crate) async fn write_down<A: Stored>(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    (actor, name): (&Actor, Option<FreeText>),
    happened: &Happened<'_, A>,
) -> Result<(u64, A, Vec<Appended>), StoreError> {
    let by = actor.by();
    let mut after = happened.before.clone();
    for event in happened.events {
        after.apply(event, &Stamp { at: context.now, by });
    }
    let version = happened.version + 1;
    let change =
        Change { before: happened.before, after: &after, by, command: happened.command, events: happened.events };
    A::before_row(transaction, context, &change).await?;
    save(transaction, &after, version, context.now).await?;
    A::follow_up(transaction, context, &change).await?;
    // After what follows from it, so that an entry can name what this command froze.
    let appended = record(transaction, context, &change, (actor, name), (happened.id, version)).await?;
    Ok((version, after, appended))
}

/// One entry for each event, with the actor's role and name and the names that the command found.
async fn record<A: Stored>(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    change: &Change<'_, A>,
    (actor, name): (&Actor, Option<FreeText>),
    (id, version): (A::Id, u64),
) -> Result<Vec<Appended>, StoreError> {
    let scope = change.after.scope();
    let own =
        actor.person().is_some_and(|person| A::KIND == Account::KIND && person.account.to_string() == id.to_string());
    let founded = version == 1 && A::KIND == Organisation::KIND;
    let doer = Doer { by: change.by, role: Role::of(actor, &scope, own, founded), name, token: actor.token().cloned() };
    let mut appended = Vec::new();
    for event in change.events {
        let about = About::of(transaction, A::subject(change, event), &scope, &doer).await?;
        let entry = Entry { id, version, doer: &doer, event, scope: &scope, about: &about };
        appended.push(history::append::<A>(transaction, context, &entry).await?);
    }
    Ok(appended)
}

/// Whoever may not even read learns nothing of versions.
fn stale<A: Stored>(state: &A, actor: &Actor, version: u64) -> StoreError {
    let hidden = state.owner().is_some_and(|organisation| actor.person().is_some() && !actor.may_read(organisation));
    if hidden { StoreError::NotFound } else { StoreError::Stale { version } }
}

pub(crate) async fn load<A: Stored>(
    connection: &impl ConnectionTrait,
    id: A::Id,
) -> Result<Option<(A, u64)>, StoreError> {
    load_as::<A, A>(connection, id).await
}

/// As [`load`], with the state as something else that its document can be read as.
pub(crate) async fn load_as<A: Stored, T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    id: A::Id,
) -> Result<Option<(T, u64)>, StoreError> {
    let Some(row) = connection.query_one(&A::find(id)).await? else { return Ok(None) };
    let (state, version) = <(Document, i64)>::try_get_many_by_index(&row).map_err(DbErr::from)?;
    Ok(Some((state.read()?, small(version)?)))
}

async fn save<A: Stored>(
    transaction: &DatabaseTransaction,
    state: &A,
    version: u64,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let statement = state.row(version, now, transaction.get_database_backend())?;
    match try_run(transaction, statement).await {
        Ok(1) => Ok(()),
        Ok(_) => Err(StoreError::Stale { version }),
        Err(error) => Err(refused_by_index::<A>(error, version)),
    }
}

fn refused_by_index<A: Stored>(error: DbErr, version: u64) -> StoreError {
    match is_duplicate(&error) {
        true => A::taken().map_or(StoreError::Stale { version }, StoreError::Refused),
        false => error.into(),
    }
}

impl Moment {
    /// That of a command that may be done again and again.
    pub fn new(now: OffsetDateTime, seed: [u8; 32]) -> Self {
        Self { now, seed, request: None }
    }

    /// The time to the millisecond, as it is stored, so that what is folded from the history equals the row.
    pub(crate) fn stored_now(&self) -> OffsetDateTime {
        moment(millis(self.now))
    }
}

//! What is sent twice is done once: a request that had its effect is known by its key, and finds what came of it.
//!
//! The key is kept in the transaction of what it asked for, so that of two that come together the second finds it. What came
//! of it is in the history: some entries.

use crate::{
    entity::*,
    error::StoreError,
    execute::{Done, load},
    history::{self, Appended},
    rows::Stored,
    sql::{number, small},
    store::Store,
};
use domain::{aggregate::Aggregate, draft::hex_digest, id::AccountId};
use time::{Duration, OffsetDateTime};

/// How long a request is known: longer than a session lasts, in which a form stays open.
const KNOWN_FOR: Duration = Duration::hours(24);

/// By what a request is known again: a digest of who asks and what their form or program calls it, and one of everything that
/// it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    name: String,
    says: String,
}

impl RequestKey {
    /// The key of a request that an account calls `name`, with what it says.
    pub fn of(account: AccountId, name: &str, says: &serde_json::Value) -> Self {
        let digest = |value: serde_json::Value| hex_digest(value.to_string().as_bytes());
        // With its name, which is stored nowhere: what was typed cannot be guessed from its digest.
        let says = digest(serde_json::json!([name, says]));
        Self { name: digest(serde_json::json!([account.to_string(), name])), says }
    }

    /// As it is kept: of each kind of thing by itself.
    fn of_kind<A: Aggregate>(&self) -> String {
        format!("{} {}", A::KIND, self.name)
    }
}

/// What is known of a request.
pub(crate) enum Known<A: Aggregate> {
    /// Nothing: it did not have its effect.
    No,
    /// What came of it: as it is now, and the events of then.
    Done(Done<A>),
    /// One that is called the same had its effect, and said something else.
    Other,
}

/// Keeps what came of a request: entries of the history, which follow each other.
pub(crate) async fn keep<A: Stored>(
    transaction: &DatabaseTransaction,
    key: &RequestKey,
    (id, version): (A::Id, u64),
    appended: &[Appended],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let index = |entry: Option<&Appended>| number(entry.map_or(0, |entry| entry.index));
    let row = request::Model {
        request_key: key.of_kind::<A>(),
        says: key.says.clone(),
        subject_id: id.to_string(),
        version: number(version),
        first_entry: index(appended.first()),
        last_entry: index(appended.last()),
        at: At(now),
    };
    add(transaction, row).await
}

/// What is known of a request.
pub(crate) async fn known<A: Stored>(
    connection: &impl ConnectionTrait,
    key: &RequestKey,
) -> Result<Known<A>, StoreError> {
    let found = request::Entity::find_by_id(key.of_kind::<A>()).one(connection).await?;
    let Some(request) = found else { return Ok(Known::No) };
    if request.says != key.says {
        return Ok(Known::Other);
    }
    let id = request.subject_id.parse().map_err(|_| StoreError::Unreadable("a request is about no id".into()))?;
    let Some((state, _)) = load::<A>(connection, id).await? else { return Ok(Known::No) };
    let events = history::events_between::<A>(connection, request.first_entry, request.last_entry).await?;
    Ok(Known::Done(Done { version: small(request.version)?, state, events, again: true }))
}

/// Requests that are known no more.
pub(crate) fn outdated(now: OffsetDateTime) -> sea_orm::DeleteMany<request::Entity> {
    request::Entity::delete_many().filter(request::At.lte(At(now - KNOWN_FOR)))
}

impl Store {
    /// What came of a request, if it had its effect: for whoever would otherwise be refused before the command is asked for.
    /// Reads what is committed now, whatever the page reads.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn outcome_of<A: Stored>(&self, request: &RequestKey) -> Result<Option<Done<A>>, StoreError> {
        Ok(match known(self.connection(), request).await? {
            Known::Done(done) => Some(done),
            Known::No | Known::Other => None,
        })
    }
}

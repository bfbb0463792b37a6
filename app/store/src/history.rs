//! The append-only history.
//!
//! An entry's leaf is RFC 8785 JSON, kept byte for byte:
//!
//! ```json
//! {"actor": {"account": "0191…"} | "system" | "operator" | "visitor",
//!  "at": "2026-01-31T09:30:00.000Z",
//!  "event": {"type": "rejected", "number": 1, "reason": {"$sha256": "…"}},
//!  "id": "0191…", "index": 42, "kind": "registration", "v": 1, "version": 7}
//! ```
//!
//! `index` counts from 0 without a gap; `version` is the aggregate's after the command, so events of one command share
//! it. Where the event holds free text or personal data (`{"$text": s}`) the leaf has `{"$sha256": h}`, `h` being the
//! lowercase hex of `SHA-256(salt || UTF-8(s))`; salt (16 bytes) and text are kept in `history_texts` under the text's
//! JSON pointer (RFC 6901) within `event`, where both can be erased. Salts are the first 16 bytes of
//! `SHA-256(seed || index || n)`, both numbers as 8 bytes big-endian, `n` counting the texts of the entry.
//!
//! `leaf_hash` is the leaf hash of RFC 6962, `SHA-256(0x00 || leaf)`: a Merkle tree can be grown over the rows as they
//! are.

use crate::{
    error::StoreError,
    rows::{Context, Scope, Stored},
    sql::{self, Columns, millis, moment, number, values},
    store::Store,
    words::{self, About},
};
use data_encoding::HEXLOWER;
use domain::actor::{By, Stamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use time::{format_description::BorrowedFormatItem, macros::format_description};

/// RFC 3339, UTC, milliseconds.
const AT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

const TEXT: &str = "$text";
const HASH: &str = "$sha256";

/// Texts that staff alone read, by the event's type: what a provider answers may name what is behind it (threat 21).
pub(crate) const FOR_STAFF: [(&str, &str); 1] = [("publication_failed", "message")];

/// A text taken out of an entry.
struct Taken {
    pointer: String,
    salt: [u8; 16],
    text: String,
}

/// Appends one entry and says how many bytes it has, with its texts. The caller holds the writer's turn, so the index that
/// is read is the next one.
pub(crate) async fn append<A: Stored>(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    by: By,
    id: A::Id,
    version: u64,
    event: &A::Event,
    scope: &Scope,
) -> Result<u64, StoreError> {
    let index = next_index(transaction).await?;
    let mut event = serde_json::to_value(event)?;
    let event_type = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut taken = Vec::new();
    let mut salts = (0u64..).map(|count| salt(&context.seed, index, count));
    take_texts(&mut event, "", &mut salts, &mut taken);
    let leaf = serde_jcs::to_vec(&json!({
        "v": 1,
        "index": index,
        "at": context.now.format(AT).map_err(|error| StoreError::Unavailable(error.to_string()))?,
        "actor": by,
        "kind": A::KIND,
        "id": id.to_string(),
        "version": version,
        "event": event,
    }))?;
    let insert = "INSERT INTO history (entry_index, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type,
                  actor, organisation_id, registration_id, service_id, environment)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let row = values![
        number(index),
        leaf.clone(),
        leaf_hash(&leaf),
        millis(context.now),
        A::KIND,
        id.to_string(),
        number(version),
        event_type.clone(),
        actor_word(by),
        scope.organisation.map(|id| id.to_string()),
        scope.registration.map(|id| id.to_string()),
        scope.service.map(|id| id.to_string()),
        scope.environment.clone(),
    ];
    sql::run(transaction, insert, row).await?;
    for text in &taken {
        let insert = "INSERT INTO history_texts (entry_index, pointer, salt, text) VALUES ($1, $2, $3, $4)";
        let row = values![number(index), text.pointer.clone(), text.salt.to_vec(), text.text.clone()];
        sql::run(transaction, insert, row).await?;
    }
    let (subject, actor) = (id.to_string(), actor_word(by));
    let (organisation, service) = (scope.organisation.map(|id| id.to_string()), scope.service.map(|id| id.to_string()));
    let about = About {
        kind: A::KIND,
        subject: &subject,
        actor: &actor,
        organisation: organisation.as_deref(),
        service: service.as_deref(),
        event_type: &event_type,
    };
    words::keep(transaction, index, &about, &taken.iter().map(|text| text.text.as_str()).collect::<Vec<_>>()).await?;
    Ok((leaf.len() + taken.iter().map(|text| text.text.len()).sum::<usize>()) as u64)
}

async fn next_index(transaction: &DatabaseTransaction) -> Result<u64, StoreError> {
    let take = "UPDATE history_head SET next_index = next_index + 1 WHERE id = 1 RETURNING next_index - 1 AS taken";
    let row = sql::first(transaction, take, vec![]).await?;
    row.ok_or_else(|| StoreError::Unavailable("the history has no head".into()))?.number("taken")
}

fn salt(seed: &[u8; 32], index: u64, count: u64) -> [u8; 16] {
    let digest = Sha256::new().chain_update(seed).chain_update(index.to_be_bytes()).chain_update(count.to_be_bytes());
    let mut salt = [0; 16];
    salt.copy_from_slice(&digest.finalize()[..16]);
    salt
}

/// SHA-256(0x00 || leaf), RFC 6962, 2.1.
pub(crate) fn leaf_hash(leaf: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().to_vec()
}

fn commitment(salt: &[u8], text: &str) -> String {
    HEXLOWER.encode(&Sha256::new().chain_update(salt).chain_update(text.as_bytes()).finalize())
}

/// How the history's columns name an actor: an account by its id, the others by a word.
pub(crate) fn actor_word(by: By) -> String {
    match by {
        By::Account(account) => account.to_string(),
        By::Visitor => "visitor".into(),
        By::System => "system".into(),
        By::Operator => "operator".into(),
    }
}

fn take_texts(value: &mut Value, pointer: &str, salts: &mut impl Iterator<Item = [u8; 16]>, taken: &mut Vec<Taken>) {
    match value {
        Value::Object(members) => {
            if let (1, Some(Value::String(text))) = (members.len(), members.get(TEXT)) {
                let (text, Some(salt)) = (text.clone(), salts.next()) else { return };
                *value = json!({HASH: commitment(&salt, &text)});
                taken.push(Taken { pointer: pointer.into(), salt, text });
                return;
            }
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                take_texts(member, &format!("{pointer}/{name}"), salts, taken);
            }
        }
        Value::Array(entries) => {
            for (at, entry) in entries.iter_mut().enumerate() {
                take_texts(entry, &format!("{pointer}/{at}"), salts, taken);
            }
        }
        _ => {}
    }
}

/// A text as it is kept beside its entry; salt and text are none once erased.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) text: Option<String>,
}

impl Kept {
    /// Reads the columns `salt` and `text`.
    pub(crate) fn of(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self { salt: row.col("salt")?, text: row.col("text")? })
    }

    /// Whether this is another text than the one that the leaf committed to at this place.
    pub(crate) fn is_altered(&self, place: &Value) -> bool {
        let committed = place.get(HASH).and_then(Value::as_str);
        match (&self.salt, &self.text) {
            (Some(salt), Some(text)) => committed != Some(commitment(salt, text).as_str()),
            (salt, text) => committed.is_none() || salt.is_some() || text.is_some(),
        }
    }
}

/// Puts texts back: `{"$text": s}`, `{"$erased": true}` where the text was erased, `{"$altered": true}` where it is not
/// the one that the leaf committed to.
pub(crate) fn put_texts(event: &mut Value, texts: &BTreeMap<String, Kept>) {
    for (pointer, kept) in texts {
        if let Some(place) = event.pointer_mut(pointer) {
            *place = match (kept.is_altered(place), &kept.text) {
                (true, _) => json!({"$altered": true}),
                (false, Some(text)) => json!({TEXT: text}),
                (false, None) => json!({"$erased": true}),
            };
        }
    }
}

/// Texts of entries by index and pointer.
type Texts = BTreeMap<i64, BTreeMap<String, Kept>>;

/// The texts of some entries: of one page, so never many.
pub(crate) async fn texts_of(connection: &impl ConnectionTrait, indexes: &[i64]) -> Result<Texts, StoreError> {
    if indexes.is_empty() {
        return Ok(Texts::new());
    }
    let select = format!(
        "SELECT entry_index, pointer, salt, text FROM history_texts WHERE entry_index IN ({})",
        sql::places(1, indexes.len())
    );
    collect_texts(&sql::all(connection, &select, indexes.iter().map(|index| (*index).into()).collect()).await?)
}

/// The texts of every entry about one aggregate.
async fn texts_of_subject<A: Stored>(connection: &impl ConnectionTrait, id: A::Id) -> Result<Texts, StoreError> {
    let select = "SELECT t.entry_index, t.pointer, t.salt, t.text FROM history h
                  JOIN history_texts t ON t.entry_index = h.entry_index WHERE h.subject_id = $1 AND h.kind = $2";
    collect_texts(&sql::all(connection, select, values![id.to_string(), A::KIND]).await?)
}

fn collect_texts(rows: &[QueryResult]) -> Result<Texts, StoreError> {
    let mut texts = Texts::new();
    for row in rows {
        texts.entry(row.col("entry_index")?).or_default().insert(row.col("pointer")?, Kept::of(row)?);
    }
    Ok(texts)
}

/// The `event` of a stored leaf.
pub(crate) fn event_of(leaf: &[u8]) -> Result<Value, StoreError> {
    let mut leaf: Map<String, Value> = serde_json::from_slice(leaf)?;
    leaf.remove("event").ok_or_else(|| StoreError::Unavailable("an entry has no event".into()))
}

/// Who is behind a stored entry.
pub(crate) fn by_of(row: &QueryResult) -> Result<By, StoreError> {
    Ok(match row.col::<String>("actor")?.as_str() {
        "visitor" => By::Visitor,
        "system" => By::System,
        "operator" => By::Operator,
        account => {
            By::Account(account.parse().map_err(|_| StoreError::Unavailable("an entry's actor cannot be read".into()))?)
        }
    })
}

impl Store {
    /// Folds the events of one aggregate with an index below `before`: the state as that entry found it. Times would not
    /// do: clocks of several machines give entries whose times go back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no event; [`StoreError::Unavailable`] also when a text that the fold
    /// needs was erased or altered.
    pub async fn replay<A: Stored>(&self, id: A::Id, before: u64) -> Result<A, StoreError> {
        let select = "SELECT entry_index, leaf, at, actor FROM history
                      WHERE kind = $1 AND subject_id = $2 AND entry_index < $3 ORDER BY entry_index";
        let rows = sql::all(self.reads(), select, values![A::KIND, id.to_string(), number(before)]).await?;
        let mut state = A::blank(id);
        if rows.is_empty() {
            return Err(StoreError::NotFound);
        }
        let texts = texts_of_subject::<A>(self.reads(), id).await?;
        for row in &rows {
            let mut event = event_of(&row.col::<Vec<u8>>("leaf")?)?;
            if let Some(texts) = texts.get(&row.col("entry_index")?) {
                put_texts(&mut event, texts);
            }
            let event: A::Event = serde_json::from_value(event)?;
            state.apply(&event, &Stamp { at: moment(row.col("at")?), by: by_of(row)? });
        }
        Ok(state)
    }
}

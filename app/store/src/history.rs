//! The append-only history.
//!
//! An entry's leaf is RFC 8785 JSON, kept byte for byte:
//!
//! ```json
//! {"about": {"client_id": "5d41…", "client_name": {"$sha256": "…"}, "environment": "live",
//!            "organisation": {"name": {"$sha256": "…"}, "ods_code": "X26"}, "service": {"$sha256": "…"}},
//!  "actor": {"account": "0191…"} | "system" | "operator" | "visitor",
//!  "actor_name": {"$sha256": "…"}, "actor_role": "admin",
//!  "at": "2026-01-31T09:30:00.000Z",
//!  "event": {"type": "rejected", "number": 1, "reason": {"$sha256": "…"}},
//!  "id": "0191…", "index": 42, "kind": "registration", "v": 2, "version": 7}
//! ```
//!
//! `index` counts from 0 without a gap; `version` is the aggregate's after the command, so events of one command share
//! it. `actor_role` is the [`Role`](crate::who::Role) by which the actor acted. `about` holds the names that the command found: what was
//! confirmed, approved or suspended is bound by what it was called then ([`named`]). Members of `about` that are not
//! known are left out, and so is the name of an actor who has none. Where a program acted as somebody by a token of an
//! organisation, `actor_token` has its id and name: `{"id": "0191…", "name": {"$sha256": "…"}}`.
//!
//! Where the leaf would hold free text or personal data (`{"$text": s}`) it has `{"$sha256": h}`, `h` being the
//! lowercase hex of `SHA-256(salt || UTF-8(s))`; salt (16 bytes) and text are kept in `history_texts` under the text's
//! JSON pointer (RFC 6901) within the leaf, where both can be erased. Salts are the first 16 bytes of
//! `SHA-256(seed || index || n)`, both numbers as 8 bytes big-endian, `n` counting the texts of the entry.
//!
//! Leaves of version 1 have neither `about` nor `actor_name` nor `actor_role`, and their pointers are within `event`.
//! They stay as they are; [`earlier`] says what their subjects were called.
//!
//! `leaf_hash` is the leaf hash of RFC 6962, `SHA-256(0x00 || leaf)`: a Merkle tree can be grown over the rows as they
//! are.

pub(crate) mod earlier;
pub(crate) mod erased;
pub(crate) mod named;

use crate::{
    entity::*,
    error::StoreError,
    rows::{Context, Scope, Stored},
    sql::{self, number},
    store::Store,
    who::Doer,
    words,
};
use data_encoding::HEXLOWER;
use domain::{
    actor::{By, Stamp},
    recorded::{AsTold, Happened, Part, Texts as HasTexts, Version},
    text::FreeText,
};
use named::{About, Names};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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

/// An entry to be appended.
pub(crate) struct Entry<'a, A: Stored> {
    /// What it happened to.
    pub(crate) id: A::Id,
    /// Its version after the command.
    pub(crate) version: u64,
    /// Who did it.
    pub(crate) doer: &'a Doer,
    /// What happened.
    pub(crate) event: &'a A::Event,
    /// Who may read it, and how it is found.
    pub(crate) scope: &'a Scope,
    /// What it is about, by the names that the command found.
    pub(crate) about: &'a About,
}

/// An entry that was appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// Its index.
    pub(crate) index: u64,
    /// How many bytes it has, with its texts.
    pub(crate) bytes: u64,
}

/// Where a leaf has the name of whoever acted.
pub(crate) const ACTOR_NAME: &str = "/actor_name";

/// Appends one entry. The caller holds the writer's turn, so the index that is read is the next one.
pub(crate) async fn append<A: Stored>(
    transaction: &DatabaseTransaction,
    context: &Context<'_>,
    entry: &Entry<'_, A>,
) -> Result<Appended, StoreError> {
    let Entry { id, version, doer, event, scope, about } = *entry;
    let index = next_index(transaction).await?;
    let mut leaf = json!({
        "v": Version::WRITTEN,
        "index": index,
        "at": context.now.format(AT).map_err(|error| StoreError::Unavailable(error.to_string()))?,
        "actor": doer.by,
        "actor_role": doer.role,
        "kind": A::KIND,
        "id": id.to_string(),
        "version": version,
        "about": about,
        "event": event,
    });
    if let (Some(members), Some(name)) = (leaf.as_object_mut(), &doer.name) {
        members.insert(ACTOR.into(), serde_json::to_value(name)?);
    }
    if let (Some(members), Some(token)) = (leaf.as_object_mut(), &doer.token) {
        let name = FreeText(token.name.clone());
        members.insert(TOKEN.into(), json!({"id": token.id, "name": name}));
    }
    let event_type = leaf.pointer("/event/type").and_then(Value::as_str).map(str::to_owned);
    let event_type = event_type.ok_or_else(|| StoreError::Unavailable("an event has no type".into()))?;
    let mut taken = Vec::new();
    let mut salts = (0u64..).map(|count| salt(&context.seed, index, count));
    take_texts(&mut leaf, "", &mut salts, &mut taken);
    let leaf = serde_jcs::to_vec(&leaf)?;
    let bytes = (leaf.len() + taken.iter().map(|text| text.text.len()).sum::<usize>()) as u64;
    let (subject, actor) = (id.to_string(), actor_word(doer.by));
    let (organisation, service) = (scope.organisation.map(|id| id.to_string()), scope.service.map(|id| id.to_string()));
    let row = entry::Model {
        entry_index: number(index),
        leaf_hash: leaf_hash(&leaf),
        leaf,
        at: At(context.now),
        kind: A::KIND.into(),
        subject_id: subject.clone(),
        subject_version: number(version),
        event_type: event_type.clone(),
        actor: actor.clone(),
        organisation_id: scope.organisation.map(Word),
        registration_id: scope.registration.map(Word),
        service_id: scope.service.map(Word),
        environment: scope.environment.clone(),
    };
    add(transaction, row).await?;
    // One by one: another statement for each number of texts would be prepared anew each time.
    for Taken { pointer, salt, text } in &taken {
        let (pointer, salt, text) = (pointer.clone(), Some(salt.to_vec()), Some(text.clone()));
        add(transaction, entry_text::Model { entry_index: number(index), pointer, salt, text }).await?;
    }
    let about = words::About {
        kind: A::KIND,
        subject: &subject,
        actor: &actor,
        organisation: organisation.as_deref(),
        service: service.as_deref(),
        event_type: &event_type,
    };
    // Whoever acted is found by staff alone, as whoever acted is read by staff alone.
    let texts: Vec<&str> =
        taken.iter().filter(|text| text.pointer != ACTOR_NAME).map(|text| text.text.as_str()).collect();
    words::keep(transaction, index, &about, &texts).await?;
    Ok(Appended { index, bytes })
}

/// As SQL: the head's counter, taken and read in one statement.
async fn next_index(transaction: &DatabaseTransaction) -> Result<u64, StoreError> {
    let take = "UPDATE history_head SET next_index = next_index + 1 WHERE id = 1 RETURNING next_index - 1";
    let Count(taken) = sql::one(transaction, take, vec![]).await?;
    Ok(taken)
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
    /// What an erasure left of the text, with the erased words replaced; none where nothing is left or none was erased.
    pub(crate) remains: Option<String>,
}

impl Kept {
    /// Whether this is another text than the one that the leaf committed to at this place.
    pub(crate) fn is_altered(&self, place: &Value) -> bool {
        let committed = place.get(HASH).and_then(Value::as_str);
        match (&self.salt, &self.text) {
            (Some(salt), Some(text)) => committed != Some(commitment(salt, text).as_str()),
            (salt, text) => committed.is_none() || salt.is_some() || text.is_some(),
        }
    }
}

/// What a leaf has in place of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Commitment {
    #[serde(rename = "$sha256")]
    digest: String,
}

/// Of what is as the leaf has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Committed {}

impl HasTexts for Committed {
    type Of<P: Part> = Commitment;

    fn before_it_was_recorded() -> Commitment {
        Commitment { digest: String::new() }
    }
}

/// The members of every leaf.
const MEMBERS: [&str; 8] = ["actor", "at", "event", "id", "index", "kind", "v", "version"];
/// And those of one that binds names; who has no name is without the last but one, and who acted by no token without the last.
const OF_NAMES: [&str; 4] = ["about", "actor_role", ACTOR, TOKEN];
const ACTOR: &str = "actor_name";
const TOKEN: &str = "actor_token";

/// A stored leaf, read.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    version: Version,
    kind: String,
    /// What happened, without its texts.
    happened: Happened<Committed>,
    /// As it stands, or with texts put in place.
    leaf: Value,
}

impl Leaf {
    /// Reads the bytes of a leaf. Whatever is missing or not known, be it a version, a type or a member, is an error.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let leaf: Value = serde_json::from_slice(bytes)?;
        let member = |name: &str| leaf.get(name).ok_or_else(|| unreadable(&format!("it has no {name}")));
        let version = Version::deserialize(member("v")?)?;
        let kind = String::deserialize(member("kind")?)?;
        By::deserialize(member("actor")?)?;
        let happened = Happened::read(&kind, member("event")?)?;
        let of_version = match version {
            Version::One => &[][..],
            Version::Two => &OF_NAMES[..],
        };
        MEMBERS
            .iter()
            .chain(of_version)
            .filter(|name| ![ACTOR, TOKEN].contains(*name))
            .try_for_each(|name| member(name).map(|_| ()))?;
        let is_known = |name: &String| MEMBERS.iter().chain(of_version).any(|known| known == name);
        if let Some(name) = leaf.as_object().and_then(|members| members.keys().find(|name| !is_known(name))) {
            return Err(unreadable(&format!("its {name} is not known")));
        }
        let leaf = Self { version, kind, happened, leaf };
        leaf.names::<Committed>()?;
        Ok(leaf)
    }

    /// Whether it binds the names of its moment.
    pub(crate) fn binds_names(&self) -> bool {
        self.version >= Version::Two
    }

    /// The names that it binds.
    fn names<X: HasTexts>(&self) -> Result<Option<Names<X>>, StoreError> {
        match self.version {
            Version::One => Ok(None),
            Version::Two => Ok(Some(Names::read(&self.leaf)?)),
        }
    }

    /// What happened, without its texts.
    pub(crate) fn happened(&self) -> &Happened<Committed> {
        &self.happened
    }

    /// The pointer within the leaf of a text that is kept under `pointer`.
    pub(crate) fn place(&self, pointer: &str) -> String {
        match self.binds_names() {
            true => pointer.to_owned(),
            false => format!("/event{pointer}"),
        }
    }

    /// What stands where a text is kept under `pointer`.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.leaf.pointer(&self.place(pointer))
    }

    /// Puts texts back: `{"$text": s}`, `{"$erased": true}` where the text was erased and nothing remains of it,
    /// `{"$altered": true}` where it is not the one that the leaf committed to.
    pub(crate) fn put_texts(&mut self, texts: &BTreeMap<String, Kept>) {
        for (pointer, kept) in texts {
            let place = self.place(pointer);
            if let Some(place) = self.leaf.pointer_mut(&place) {
                *place = match (kept.is_altered(place), &kept.text, &kept.remains) {
                    (true, _, _) => json!({"$altered": true}),
                    (false, Some(text), _) | (false, None, Some(text)) => json!({TEXT: text}),
                    (false, None, None) => json!({"$erased": true}),
                };
            }
        }
    }

    /// A member of the leaf.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.leaf.get(name)
    }

    /// What happened, as far as its texts are put in place.
    pub(crate) fn told(&self) -> Result<Happened<AsTold>, StoreError> {
        let event = self.member("event").ok_or_else(|| unreadable("it has no event"))?;
        Ok(Happened::read(&self.kind, event)?)
    }

    /// What happened, and the same as JSON, without the text of the member that the reader may not know.
    pub(crate) fn into_told(mut self, withheld: Option<&str>) -> Result<(Happened<AsTold>, Value), StoreError> {
        if let Some(text) = withheld.and_then(|member| self.leaf.get_mut("event")?.get_mut(member)) {
            *text = json!({"$withheld": true});
        }
        let happened = self.told()?;
        let event = self.leaf.get_mut("event").map(Value::take).ok_or_else(|| unreadable("it has no event"))?;
        Ok((happened, event))
    }
}

fn unreadable(cause: &str) -> StoreError {
    StoreError::Unreadable(format!("an entry cannot be read: {cause}"))
}

/// Texts of entries by index and pointer.
pub(crate) type Texts = BTreeMap<i64, BTreeMap<String, Kept>>;

/// The texts of some entries: of one page, so never many.
pub(crate) async fn texts_of(connection: &impl ConnectionTrait, indexes: &[i64]) -> Result<Texts, StoreError> {
    if indexes.is_empty() {
        return Ok(Texts::new());
    }
    let texts = entry_text::Entity::find().filter(entry_text::EntryIndex.is_in(indexes.iter().copied()));
    erased::with_remains(connection, collect_texts(texts.all(connection).await?)).await
}

/// The texts of every entry about one aggregate.
async fn texts_of_subject<A: Stored>(connection: &impl ConnectionTrait, id: A::Id) -> Result<Texts, StoreError> {
    let of = entry_text::Entity::belongs_to(entry::Entity).from(entry_text::EntryIndex).to(entry::EntryIndex);
    let texts = entry_text::Entity::find().join(JoinType::InnerJoin, of.into());
    let texts = texts.filter(entry::SubjectId.eq(id.to_string())).filter(entry::Kind.eq(A::KIND));
    erased::with_remains(connection, collect_texts(texts.all(connection).await?)).await
}

/// The events of some entries that follow each other, all about one aggregate.
pub(crate) async fn events_between<A: Stored>(
    connection: &impl ConnectionTrait,
    first: i64,
    last: i64,
) -> Result<Vec<A::Event>, StoreError> {
    let rows = entry::Entity::find().filter(entry::EntryIndex.between(first, last)).filter(entry::Kind.eq(A::KIND));
    let rows = rows.order_by_asc(entry::EntryIndex).select_only();
    let rows = rows.columns([entry::EntryIndex, entry::Leaf]).into_tuple();
    let rows: Vec<(i64, Vec<u8>)> = rows.all(connection).await?;
    let indexes: Vec<i64> = rows.iter().map(|(index, _)| *index).collect();
    let texts = texts_of(connection, &indexes).await?;
    rows.iter().map(|(index, leaf)| event::<A>(leaf, texts.get(index))).collect()
}

/// The event of a leaf, with its texts.
fn event<A: Stored>(leaf: &[u8], texts: Option<&BTreeMap<String, Kept>>) -> Result<A::Event, StoreError> {
    let mut leaf = Leaf::read(leaf)?;
    if let Some(texts) = texts {
        leaf.put_texts(texts);
    }
    let (_, event) = leaf.into_told(None)?;
    Ok(serde_json::from_value(event)?)
}

fn collect_texts(rows: Vec<entry_text::Model>) -> Texts {
    let mut texts = Texts::new();
    for entry_text::Model { entry_index, pointer, salt, text } in rows {
        texts.entry(entry_index).or_default().insert(pointer, Kept { salt, text, remains: None });
    }
    texts
}

/// Who is behind a stored entry, by its column.
pub(crate) fn by_of(actor: &str) -> Result<By, StoreError> {
    Ok(match actor {
        "visitor" => By::Visitor,
        "system" => By::System,
        "operator" => By::Operator,
        account => {
            By::Account(account.parse().map_err(|_| StoreError::Unreadable("an entry's actor cannot be read".into()))?)
        }
    })
}

impl Store {
    /// Folds the events of one aggregate with an index below `before`: the state as that entry found it. Times would not
    /// do: clocks of several machines give entries whose times go back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no event; [`StoreError::Unavailable`]; [`StoreError::Unreadable`] when a text
    /// that the fold needs was altered, or erased without an entry that says what remains.
    pub async fn replay<A: Stored>(&self, id: A::Id, before: u64) -> Result<A, StoreError> {
        let rows = entry::Entity::find().filter(entry::Kind.eq(A::KIND)).filter(entry::SubjectId.eq(id.to_string()));
        let rows = rows.filter(entry::EntryIndex.lt(number(before))).order_by_asc(entry::EntryIndex).select_only();
        let rows = rows.columns([entry::EntryIndex, entry::Leaf, entry::At, entry::Actor]).into_tuple();
        let rows: Vec<(i64, Vec<u8>, At, String)> = rows.all(self.reads()).await?;
        let mut state = A::blank(id);
        if rows.is_empty() {
            return Err(StoreError::NotFound);
        }
        let texts = texts_of_subject::<A>(self.reads(), id).await?;
        for (index, leaf, At(at), actor) in &rows {
            state.apply(&event::<A>(leaf, texts.get(index))?, &Stamp { at: *at, by: by_of(actor)? });
        }
        Ok(state)
    }
}

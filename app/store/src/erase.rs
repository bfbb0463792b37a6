//! Erasing one text from everywhere that it stands, for whoever runs the portal.
//!
//! The row of what it belongs to, the texts of its history and the bytes of its revisions are rid of it in one
//! transaction, with an entry for each registration, organisation or account concerned. Leaves, digests and approvals
//! stay as they are: a leaf holds a salted hash of each text, and a revision keeps the digests that it had. What is left
//! of a text of the history is bound by the entry of its erasure, so folding the history still gives the rows.
//!
//! As SQL where rows are found by where they lie, in whatever table and column.

use crate::{
    entity::*,
    error::StoreError,
    execute::{self, Moment},
    history::{Leaf, erased::erased_by},
    list_words,
    rows::{Context, Stored},
    sql::{self, number, small, values},
    store::Store,
    words,
};
use domain::{
    account::Account,
    actor::Actor,
    aggregate::Aggregate,
    erasure::{ERASED, ErasedText, Erasure},
    id::{AccountId, OrganisationId, RegistrationId},
    organisation::Organisation,
    registration::Registration,
    text::FreeText,
};
use needle::Needle;
use scan::{Hit, row_is, scan};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

mod needle;
mod scan;

/// What to erase.
#[derive(Clone, PartialEq, Eq)]
pub enum ToErase {
    /// These words, wherever they stand, however their lines are broken.
    Text(String),
    /// Every text with this SHA-256, in hex.
    Digest(String),
    /// What stands in an entry of the history, wherever else it stands too.
    Place {
        /// The entry's index.
        entry: u64,
        /// The JSON pointer of the text as the entry's page has it, going on into the text where that is a document.
        pointer: String,
    },
}

/// Where a text stood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The row of a registration, an organisation or an account: its kind and id.
    Row(&'static str, String),
    /// The bytes of a revision: registration and number.
    Revision(String, u32),
    /// A text of the history: entry and pointer.
    Text(u64, String),
    /// A column beside these: table and column.
    Column(String, String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(kind, id) => write!(f, "the {kind} {id}, as it is now"),
            Self::Revision(registration, number) => write!(f, "revision {number} of the registration {registration}"),
            Self::Text(entry, pointer) => write!(f, "entry {entry} of the history, at {pointer}"),
            Self::Column(table, column) => write!(f, "the table {table}, column {column}"),
        }
    }
}

/// What an erasure did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// Where the text stood.
    pub places: BTreeSet<Place>,
    /// The entries of the history that say so.
    pub entries: Vec<u64>,
    /// Where it still stands, because nothing there can be changed.
    pub left: BTreeSet<Place>,
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Too little to be told apart.
    #[error("Give at least 8 characters: fewer would be found in texts that have nothing to do with it.")]
    TooShort,
    /// Not a SHA-256.
    #[error("Give the digest as 64 hexadecimal digits.")]
    NotADigest,
    /// There is no such text.
    #[error("Entry {0} keeps no text at this pointer. Copy the pointer from the page of the entry.")]
    NoSuchText(u64),
    /// There are several.
    #[error("There are several texts at this pointer. Add the rest of one of these to it: {}.", .0.join(", "))]
    Several(Vec<String>),
    /// It was erased before.
    #[error("The text at this pointer has been erased already.")]
    Gone,
    /// The reason would keep what is erased.
    #[error("The reason holds the text that you erase. Say it in other words.")]
    InReason,
    /// It is something that the portal cannot do without.
    #[error("The {0} {1} cannot be read without this text, for example because it is an email address or an id.")]
    Needed(&'static str, String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Erases a text from everywhere that it stands. Unless `carry_out`, does it all and takes it back, and says where
    /// the text stands. Reads the whole database.
    ///
    /// # Errors
    /// [`EraseError`]; then nothing was changed.
    pub async fn erase_text(
        &self,
        moment: &Moment,
        what: &ToErase,
        reason: &str,
        carry_out: bool,
    ) -> Result<ErasureReport, EraseError> {
        let work = self.begin_in_turn().await?;
        let context = Context::new(moment, self.environments());
        let erasing = Erasing { transaction: work.transaction(), context: &context, reason };
        let outcome = erasing.erase(what).await;
        match outcome {
            Ok(report) if carry_out => work.finish(Ok(report)).await.map_err(EraseError::from),
            other => {
                work.take_back().await;
                other
            }
        }
    }

    /// Makes the database forget what it keeps of rows that were changed: free pages and the write-ahead log of SQLite,
    /// dead rows of PostgreSQL. False where somebody who reads at this moment keeps it from doing so.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forget_what_was(&self) -> Result<bool, StoreError> {
        let connection = self.connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            for table in CHANGED {
                connection.execute_unprepared(&format!("VACUUM FULL {table}")).await?;
            }
            return Ok(true);
        }
        connection.execute_unprepared("VACUUM").await?;
        Ok(sql::one::<i32>(connection, "PRAGMA wal_checkpoint(TRUNCATE)", vec![]).await? == 0)
    }
}

/// The tables that an erasure changes or removes rows of.
const CHANGED: [&str; 12] = [
    "accounts",
    "history_texts",
    "history_words",
    "list_words",
    "look_alikes",
    "mail_outbox",
    "organisations",
    "publications",
    "refused_forms",
    "registrations",
    "revisions",
    "services",
];

/// One erasure under way.
struct Erasing<'a> {
    transaction: &'a DatabaseTransaction,
    context: &'a Context<'a>,
    reason: &'a str,
}

/// What is to be erased from one registration, organisation or account.
#[derive(Default)]
struct Share {
    /// Entry, pointer and text, and what is recorded of it.
    texts: Vec<(i64, String, String, ErasedText)>,
    revisions: BTreeMap<u32, (String, String)>,
}

/// The aggregates in the order in which they are rid of it: those that give names to others first.
const KINDS: [&str; 3] = [Account::KIND, Organisation::KIND, Registration::KIND];

impl Erasing<'_> {
    async fn erase(&self, what: &ToErase) -> Result<ErasureReport, EraseError> {
        let needle = self.needle(what).await?;
        if needle.is_in(self.reason) {
            return Err(EraseError::InReason);
        }
        let mut report = ErasureReport::default();
        let mut shares: BTreeMap<(usize, String), Share> = BTreeMap::new();
        let mut columns = Vec::new();
        for hit in scan(self.transaction, &needle).await? {
            match (hit.table.as_str(), hit.column.as_str()) {
                ("history", _) => {}
                // What else stands there is the portal's own.
                ("history_texts", "text") => self.share_text(&needle, &hit, &mut shares, &mut report).await?,
                ("revisions", "bytes" | "metadata") => {
                    self.share_revision(&needle, &hit, &mut shares, &mut report).await?
                }
                ("accounts", "state") => {
                    self.share_row(Account::KIND, (&needle, &hit), &mut shares, &mut report).await?
                }
                ("organisations", "state") => {
                    self.share_row(Organisation::KIND, (&needle, &hit), &mut shares, &mut report).await?
                }
                ("registrations", "state") => {
                    self.share_row(Registration::KIND, (&needle, &hit), &mut shares, &mut report).await?
                }
                // Follows from the state.
                ("accounts" | "organisations", _) => {}
                (
                    "services" | "registrations" | "look_alikes" | "refused_forms" | "publications" | "mail_outbox",
                    _,
                ) => {
                    report.places.insert(Place::Column(hit.table.clone(), hit.column.clone()));
                    columns.push(hit);
                }
                _ => {}
            }
        }
        for hit in &columns {
            self.erase_column(&needle, hit).await?;
        }
        for ((kind, id), share) in shares {
            let entries = match KINDS.get(kind).copied().unwrap_or_default() {
                Account::KIND => self.erase_from::<Account>(&needle, parsed::<AccountId>(&id)?, share).await?,
                Organisation::KIND => {
                    self.erase_from::<Organisation>(&needle, parsed::<OrganisationId>(&id)?, share).await?
                }
                _ => self.erase_from::<Registration>(&needle, parsed::<RegistrationId>(&id)?, share).await?,
            };
            report.entries.extend(entries);
        }
        // An entry that was found by a name has its words without having it among its texts.
        if let Needle::Within(words) | Needle::Exactly(words) = &needle {
            words::forget_everywhere(self.transaction, words).await?;
        }
        self.look_again(&needle, &mut report).await?;
        Ok(report)
    }

    async fn needle(&self, what: &ToErase) -> Result<Needle, EraseError> {
        match what {
            ToErase::Text(text) => Needle::within(text).ok_or(EraseError::TooShort),
            ToErase::Digest(digest) => {
                let digest = digest.trim().to_ascii_lowercase();
                let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
                is_digest.then_some(Needle::Digest(digest)).ok_or(EraseError::NotADigest)
            }
            ToErase::Place { entry, pointer } => self.needle_at(*entry, pointer).await,
        }
    }

    /// The text at a pointer, which may go on into the document that the text is.
    async fn needle_at(&self, entry: u64, pointer: &str) -> Result<Needle, EraseError> {
        let texts = entry_text::Entity::find().inner_join(entry::Entity).select_only().column(entry::Leaf);
        let texts = texts.columns([entry_text::Pointer, entry_text::Text]);
        let texts = texts.filter(entry_text::EntryIndex.eq(number(entry))).into_tuple().all(self.transaction);
        let texts: Vec<(Vec<u8>, String, Option<String>)> = texts.await.map_err(StoreError::from)?;
        for (leaf, own, text) in texts {
            let place = Leaf::read(&leaf)?.place(&own);
            let Some(rest) = pointer.strip_prefix(&place).filter(|rest| rest.is_empty() || rest.starts_with('/'))
            else {
                continue;
            };
            let text = text.ok_or(EraseError::Gone)?;
            return match needle::within_document(&text, rest) {
                Ok(text) => Ok(Needle::of(&text)),
                Err(pointers) if pointers.is_empty() => Err(EraseError::NoSuchText(entry)),
                Err(pointers) => Err(EraseError::Several(pointers)),
            };
        }
        Err(EraseError::NoSuchText(entry))
    }

    /// A text of the history: noted for what its entry is about, and, where it is itself what an erasure left, for what
    /// it was left of.
    async fn share_text(
        &self,
        needle: &Needle,
        hit: &Hit,
        shares: &mut BTreeMap<(usize, String), Share>,
        report: &mut ErasureReport,
    ) -> Result<(), EraseError> {
        let select = format!(
            "SELECT t.entry_index, t.pointer, h.kind, h.subject_id, h.leaf FROM history_texts t
             JOIN history h ON h.entry_index = t.entry_index WHERE t.{}",
            row_is(self.transaction.get_database_backend(), 1)
        );
        let (index, pointer, kind, subject, leaf): (i64, String, String, String, Vec<u8>) =
            self.row_of(hit, &select).await?;
        let (entry, leaf) = (small(index)?, Leaf::read(&leaf)?);
        report.places.insert(Place::Text(entry, leaf.place(&pointer)));
        let share = shares.entry((kind_of(&kind), subject)).or_default();
        let left_of = erased_by(&leaf).into_iter().find(|(place, _)| *place == pointer).map(|(_, erased)| erased);
        let own = match left_of {
            Some(first) => {
                let remains = needle.taken_from(&hit.value, mark_at(&first.pointer)).map(FreeText);
                share.texts.push((index, pointer.clone(), hit.value.clone(), ErasedText { remains, ..first }));
                // Nothing asks any more what the earlier erasure left.
                ERASED.to_owned()
            }
            None => needle.taken_from(&hit.value, mark_at(&pointer)).unwrap_or_default(),
        };
        let erased = ErasedText { entry, pointer: pointer.clone(), remains: Some(FreeText(own)) };
        share.texts.push((index, pointer, hit.value.clone(), erased));
        Ok(())
    }

    /// What a statement says of the row of a hit. As SQL, as all that finds a row by the database's own address.
    async fn row_of<T: sea_orm::TryGetableMany>(&self, hit: &Hit, select: &str) -> Result<T, StoreError> {
        sql::tuple(self.transaction, select, values![hit.row.clone()]).await?.ok_or(StoreError::NotFound)
    }

    async fn share_revision(
        &self,
        needle: &Needle,
        hit: &Hit,
        shares: &mut BTreeMap<(usize, String), Share>,
        report: &mut ErasureReport,
    ) -> Result<(), EraseError> {
        let select = format!(
            "SELECT registration_id, number, bytes, metadata FROM revisions WHERE {}",
            row_is(self.transaction.get_database_backend(), 1)
        );
        let (registration, Count(revision), bytes, metadata): (String, _, String, String) =
            self.row_of(hit, &select).await?;
        let left = |text: String| needle.taken_from(&text, ERASED).unwrap_or(text);
        let share = shares.entry((kind_of(Registration::KIND), registration.clone())).or_default();
        share.revisions.insert(revision, (left(bytes), left(metadata)));
        report.places.insert(Place::Revision(registration, revision));
        Ok(())
    }

    /// A row's document: noted for what it is the state of, where it holds the text among what people typed.
    async fn share_row(
        &self,
        kind: &'static str,
        (needle, hit): (&Needle, &Hit),
        shares: &mut BTreeMap<(usize, String), Share>,
        report: &mut ErasureReport,
    ) -> Result<(), EraseError> {
        let mut state = serde_json::from_str(&hit.value).map_err(StoreError::from)?;
        if !needle.take_from_state(&mut state) {
            return Ok(());
        }
        let row = row_is(self.transaction.get_database_backend(), 1);
        let (id,): (String,) = self.row_of(hit, &format!("SELECT id FROM {} WHERE {row}", hit.table)).await?;
        report.places.insert(Place::Row(kind, id.clone()));
        shares.entry((kind_of(kind), id)).or_default();
        Ok(())
    }

    /// What stands beside what has a history: a name is replaced, a message or a form forgotten.
    async fn erase_column(&self, needle: &Needle, hit: &Hit) -> Result<(), EraseError> {
        let row = row_is(self.transaction.get_database_backend(), 1);
        let statement = match (hit.table.as_str(), hit.column.as_str()) {
            ("look_alikes" | "refused_forms", _) => format!("DELETE FROM {} WHERE {row}", hit.table),
            (table, "last_error") => format!("UPDATE {table} SET last_error = NULL WHERE {row}"),
            (table, column @ ("name" | "client_name")) => {
                let left = needle.taken_from(&hit.value, ERASED).unwrap_or_default();
                let set = format!("UPDATE {table} SET {column} = $2 WHERE {row}");
                sql::run(self.transaction, &set, values![hit.row.clone(), left]).await?;
                return Ok(());
            }
            // What follows from the state, or cannot be changed: looked at again in the end.
            _ => return Ok(()),
        };
        sql::run(self.transaction, &statement, values![hit.row.clone()]).await?;
        Ok(())
    }

    /// Rids one aggregate of it, with its entry. Gives the entry's index.
    async fn erase_from<A: Stored>(&self, needle: &Needle, id: A::Id, share: Share) -> Result<Vec<u64>, EraseError> {
        let found = execute::load_as::<A, serde_json::Value>(self.transaction, id).await?;
        let (mut state, version) = found.ok_or(StoreError::NotFound)?;
        needle.take_from_state(&mut state);
        let before: A = serde_json::from_value(state).map_err(|_| EraseError::Needed(A::KIND, id.to_string()))?;
        let texts = share.texts.iter().map(|(_, _, _, erased)| erased.clone()).collect();
        let revisions = share.revisions.keys().copied().collect();
        let command = A::erase(Erasure { reason: FreeText(self.reason.to_owned()), texts, revisions });
        let facts = A::facts(self.transaction, self.context, &before, &Actor::Operator, &command).await?;
        let decided = before.decide(&Actor::Operator, &command, &facts, self.context.now);
        let events = decided.map_err(StoreError::from)?;
        let happened = execute::Happened { id, before: &before, version, command: &command, events: &events };
        let who = (&Actor::Operator, None);
        let (_, _, appended) = execute::write_down(self.transaction, self.context, who, &happened).await?;
        let entries: Vec<u64> = appended.iter().map(|entry| entry.index).collect();
        list_words::keep_of(self.transaction, A::KIND, &id.to_string()).await?;
        self.erase_texts(&share).await?;
        self.erase_revisions(&id.to_string(), &share, entries.last().copied()).await?;
        Ok(entries)
    }

    async fn erase_texts(&self, share: &Share) -> Result<(), EraseError> {
        for (entry, pointer, text, _) in &share.texts {
            let erased = update(entry_text::ActiveModel { text: Set(None), salt: Set(None), ..Default::default() });
            let erased = erased.filter(entry_text::EntryIndex.eq(*entry)).filter(entry_text::Pointer.eq(pointer));
            run(self.transaction, &erased).await?;
            words::forget(self.transaction, small(*entry)?, text).await?;
        }
        Ok(())
    }

    async fn erase_revisions(&self, registration: &str, share: &Share, entry: Option<u64>) -> Result<(), EraseError> {
        for (revision, (bytes, metadata)) in &share.revisions {
            let (bytes, metadata, erased_by) = (Set(bytes.clone()), Set(metadata.clone()), Set(entry.map(number)));
            let erased = update(revision::ActiveModel { bytes, metadata, erased_by, ..Default::default() });
            let erased = erased.filter(revision::RegistrationId.eq(registration));
            run(self.transaction, &erased.filter(revision::Number.eq(i64::from(*revision)))).await?;
        }
        Ok(())
    }

    /// Whatever is still found is said: leaves, and columns of which this version knows nothing.
    async fn look_again(&self, needle: &Needle, report: &mut ErasureReport) -> Result<(), EraseError> {
        for hit in scan(self.transaction, needle).await? {
            report.left.insert(Place::Column(hit.table, hit.column));
        }
        Ok(())
    }
}

fn parsed<T: std::str::FromStr>(id: &str) -> Result<T, StoreError> {
    id.parse().map_err(|_| StoreError::Unreadable("a stored id cannot be read".into()))
}

/// The place of a kind in the order of [`KINDS`].
fn kind_of(kind: &str) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len() - 1)
}

/// What stands in place of what was erased from a text under this pointer: nothing in a draft, as in its row.
fn mark_at(pointer: &str) -> &'static str {
    let of_draft = ["/change", "/draft"].iter().any(|end| pointer.ends_with(end));
    if of_draft { "" } else { ERASED }
}

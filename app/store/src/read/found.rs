//! Which entries of the history a page shows, found without reading what it does not show.
//!
//! A page looks at *candidates*: indexes of entries in order, merged out of ranges of an index of the database, each read
//! some at a time. A search is led by its rarest word. What the ranges do not restrict is asked of each candidate by its
//! key. A page looks at [`MOST_LOOKED_AT`] candidates; where that is not enough, its last cursor goes on from there. So a
//! page costs the same however much is stored, by whomever.

use super::{
    history::HistoryFilter,
    ranges::{self, AT_ONCE, MOST_LOOKED_AT, MOST_WORDS, Merged, Range, Words},
};
use crate::{
    entity::*,
    error::StoreError,
    sql::{self, values},
    store::Store,
    words::{Term, filled, scope_of_account, scope_of_organisation, terms},
};
use domain::{actor::Person, id::OrganisationId};
use sea_orm::Value;
use std::collections::BTreeSet;
use time::Duration;

/// The words of entries, each entry's of a scope.
const WORDS: Words = Words { table: "history_words", part: "scope" };
/// Ranges that one word of a search reads at most: its words in each of the reader's organisations.
const MOST_RANGES: usize = 64;
/// Organisations of one person that are searched at once. Whoever has more chooses one.
const MOST_SCOPES: usize = 16;
/// How far clocks of several machines may be apart: indexes are in the order of commits, times nearly.
const CLOCKS_APART: Duration = Duration::hours(1);

/// A range of an index of the database, in the order of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entries {
    /// Every entry.
    All,
    /// Entries with a value in an indexed column of `history`.
    Column(&'static str, String),
    /// Entries with a word; of one scope, or of all.
    Word(String, Option<String>),
}

impl Range for Entries {
    type Key = (i64,);

    fn statement(&self, (from,): &(i64,), ascending: bool, backend: DbBackend) -> (String, Vec<Value>) {
        if let (Self::Word(word, Some(scope)), DbBackend::Postgres) = (self, backend) {
            return (within_a_scope(ascending), values![scope.clone(), word.clone(), *from]);
        }
        let (table, condition, mut values) = match self {
            Self::All => ("history", String::new(), values![]),
            Self::Column(column, value) => ("history", format!("{column} = $1 AND "), values![value.clone()]),
            Self::Word(word, None) => ("history_words", "word = $1 AND ".into(), values![word.clone()]),
            Self::Word(word, Some(scope)) => {
                ("history_words", "scope = $1 AND word = $2 AND ".into(), values![scope.clone(), word.clone()])
            }
        };
        values.push(Value::from(*from));
        let (sign, order) = if ascending { (">", "ASC") } else { ("<", "DESC") };
        let select = format!(
            "SELECT entry_index FROM {table} WHERE {condition}entry_index {sign} ${}
             ORDER BY entry_index {order} LIMIT {AT_ONCE}",
            values.len()
        );
        (select, values)
    }
}

/// On PostgreSQL all three columns are compared as one row, which leads to the one index that begins with them: it takes a
/// word for a rare one, and would look at the entries of all scopes. The end is asked of the rows that are found: as a
/// condition PostgreSQL would read on to the end of the scope for it. SQLite would look at all words of the scope.
fn within_a_scope(ascending: bool) -> String {
    let (onward, order) = if ascending { (">", "ASC") } else { ("<", "DESC") };
    format!(
        "SELECT entry_index FROM (
             SELECT scope, word, entry_index FROM history_words WHERE (scope, word, entry_index) {onward} ($1, $2, $3)
             ORDER BY scope {order}, word {order}, entry_index {order} LIMIT {AT_ONCE}
         ) w WHERE scope = $1 AND word = $2 ORDER BY entry_index {order}"
    )
}

/// A word of a search, as the words and ids that it stands for.
#[derive(Debug)]
struct Sought {
    /// Each with its scope, where scopes are searched.
    words: Vec<(Option<String>, String)>,
    /// Values of columns that hold ids.
    ids: Vec<(&'static str, String)>,
}

/// The search of a page: candidates that have every word.
pub(super) struct Search {
    leading: Merged<Entries>,
    others: Vec<Sought>,
    for_staff: bool,
    /// Candidates that are looked at a time.
    batch: usize,
    bounds: (i64, i64),
    looked_at: usize,
    /// Whether there is nothing more to look at.
    is_done: bool,
    /// The last candidate that was looked at.
    pub(super) last: Option<i64>,
    /// Words of the search that begin more words than were looked for.
    pub(super) too_common: Vec<String>,
}

impl Search {
    /// Begins after the entry `from`, else at the end; `ascending` towards the latest. A page whose ranges leave nothing
    /// to be asked of a candidate looks at `batch` at a time.
    pub(super) async fn begin(
        store: &Store,
        viewer: &Person,
        filter: &HistoryFilter,
        (from, ascending): (Option<i64>, bool),
        batch: usize,
    ) -> Result<Self, StoreError> {
        let bounds = bounds(store, filter).await?;
        let start = match (from, ascending) {
            (from, true) => from.unwrap_or(-1).max(bounds.0),
            (from, false) => from.unwrap_or(i64::MAX).min(bounds.1),
        };
        let for_staff = viewer.staff_role().is_some();
        let scopes = scopes(viewer, filter);
        let base = base(store, viewer, filter).await?;
        let everything = base == [Entries::All];
        let mut streams = Vec::new();
        let mut too_common = Vec::new();
        for term in terms(&filter.search) {
            let found = seek(store, viewer, &term, scopes.as_deref()).await?;
            if found.is_cut_short() {
                too_common.push(term.word.clone());
            }
            streams.push((Merged::new(found.ranges(), &(start,), ascending), Some(found)));
        }
        // What was typed and holds no word is found nowhere.
        let nowhere = streams.is_empty() && !filter.search.trim().is_empty();
        if !nowhere && (streams.is_empty() || !everything) {
            streams.push((Merged::new(base, &(start,), ascending), None));
        }
        let leading = ranges::rarest(store, &mut streams).await?;
        let leading = leading.map_or_else(|| Merged::new(Vec::new(), &(start,), ascending), |(leading, _)| leading);
        let others: Vec<Sought> = streams.into_iter().filter_map(|(_, found)| found).collect();
        let batch = if others.is_empty() { batch } else { AT_ONCE };
        let (looked_at, is_done, last) = (0, false, None);
        Ok(Self { leading, others, for_staff, batch, bounds, looked_at, is_done, last, too_common })
    }

    /// The next candidates that have every word, in order: maybe none of those that were looked at. `None` where there
    /// is nothing more, or where the page has looked at enough.
    pub(super) async fn next(&mut self, store: &Store) -> Result<Option<Vec<i64>>, StoreError> {
        if self.is_done || self.looked_at >= MOST_LOOKED_AT {
            return Ok(None);
        }
        let candidates = self.leading.batch(store, self.batch).await?;
        let mut candidates: Vec<i64> = candidates.into_iter().map(|(index,)| index).collect();
        self.looked_at += candidates.len();
        self.last = candidates.last().copied().or(self.last);
        let (after, before) = self.bounds;
        self.is_done = candidates.len() < self.batch || self.last.is_some_and(|last| last <= after || before <= last);
        candidates.retain(|index| after < *index && *index < before);
        for found in &self.others {
            if !candidates.is_empty() {
                let having = found.among(store, &candidates, self.for_staff).await?;
                candidates.retain(|index| having.contains(index));
            }
        }
        Ok(Some(candidates))
    }

    /// Whether the page stopped looking before the end.
    pub(super) fn is_cut_short(&self) -> bool {
        !self.is_done
    }
}

/// Between which indexes the entries of a span of time are, both not included. Later entries than one that happened well
/// after its end happened after its end too.
async fn bounds(store: &Store, filter: &HistoryFilter) -> Result<(i64, i64), StoreError> {
    let first = async |entries: Select<entry::Entity>, otherwise: i64| -> Result<i64, StoreError> {
        let index = entries.select_only().column(entry::EntryIndex).into_tuple().one(store.reads()).await?;
        Ok(index.unwrap_or(otherwise))
    };
    let entries = entry::Entity::find;
    let from = match filter.from.map(|from| entry::At.lt(At(from - CLOCKS_APART))) {
        Some(before) => first(entries().filter(before).order_by_desc(entry::At), -1).await?,
        None => -1,
    };
    let to = match filter.to.map(|to| entry::At.gte(At(to + CLOCKS_APART))) {
        Some(after) => first(entries().filter(after).order_by_asc(entry::At), i64::MAX).await?,
        None => i64::MAX,
    };
    Ok((from, to))
}

/// Whose words a viewer searches: those of these scopes, or everybody's.
fn scopes(viewer: &Person, filter: &HistoryFilter) -> Option<Vec<String>> {
    let is_staff = viewer.staff_role().is_some();
    match filter.organisation {
        Some(organisation) => {
            let readable = super::may_read(viewer, organisation).is_ok();
            Some(readable.then(|| scope_of_organisation(&organisation.to_string())).into_iter().collect())
        }
        None if is_staff => None,
        None => {
            let organisations = viewer.memberships.keys().rev().take(MOST_SCOPES);
            let organisations = organisations.map(|id| scope_of_organisation(&id.to_string()));
            Some(organisations.chain([scope_of_account(&viewer.account.to_string())]).collect())
        }
    }
}

/// Whether the viewer has more organisations than are searched at once.
pub(super) fn has_more_organisations(viewer: &Person, filter: &HistoryFilter) -> bool {
    viewer.staff_role().is_none() && filter.organisation.is_none() && viewer.memberships.len() > MOST_SCOPES
}

/// The narrowest ranges that hold every entry that is asked for, without regard to words. None for what is not the
/// viewer's: how long it takes to find nothing in it would tell that it is there (threat 10).
async fn base(store: &Store, viewer: &Person, filter: &HistoryFilter) -> Result<Vec<Entries>, StoreError> {
    let by = |column: &'static str, value: String| vec![Entries::Column(column, value)];
    let asked = [filter.registration.map(|id| id.to_string()), filter.subject.clone()];
    let asked = asked.into_iter().chain([filter.organisation.map(|id| id.to_string())]).flatten();
    for id in asked {
        if !is_of_viewer(store, viewer, &id).await? {
            return Ok(Vec::new());
        }
    }
    if let Some(registration) = filter.registration {
        return Ok(by("registration_id", registration.to_string()));
    }
    if let Some(subject) = &filter.subject {
        return Ok(by("subject_id", subject.clone()));
    }
    if let Some(client_id) = &filter.client_id {
        let registration = of_client(store, viewer, client_id).await?;
        return Ok(registration.map_or(Vec::new(), |id| by("registration_id", id)));
    }
    if let Some(organisation) = filter.organisation {
        return Ok(by("organisation_id", organisation.to_string()));
    }
    if let Some(person) = filter.person.filter(|_| viewer.staff_role().is_some()) {
        let id = person.to_string();
        return Ok(vec![Entries::Column("actor", id.clone()), Entries::Column("subject_id", id)]);
    }
    if viewer.staff_role().is_none() && viewer.memberships.len() <= MOST_SCOPES {
        let organisations = viewer.memberships.keys().map(|id| Entries::Column("organisation_id", id.to_string()));
        return Ok(organisations.chain(by("subject_id", viewer.account.to_string())).collect());
    }
    Ok(match &filter.event_type {
        Some(event_type) => by("event_type", event_type.clone()),
        None => vec![Entries::All],
    })
}

/// The registration with this client_id, where it is the viewer's.
async fn of_client(store: &Store, viewer: &Person, client_id: &str) -> Result<Option<String>, StoreError> {
    let of_client = registration::Entity::find().filter(registration::ClientId.eq(client_id)).select_only();
    let of_client = of_client.columns([registration::Id, registration::OrganisationId]).into_tuple();
    let found: Option<(String, Word<OrganisationId>)> = of_client.one(store.reads()).await?;
    Ok(found.filter(|(_, Word(organisation))| super::may_read(viewer, *organisation).is_ok()).map(|(id, _)| id))
}

/// Whether an id is that of the viewer's account, or of an organisation that they may read or of what is its. Every id is,
/// to staff.
async fn is_of_viewer(store: &Store, viewer: &Person, id: &str) -> Result<bool, StoreError> {
    if viewer.staff_role().is_some() || viewer.account.to_string() == id {
        return Ok(true);
    }
    // As SQL: three tables in one statement.
    let select = "SELECT id FROM organisations WHERE id = $1
                  UNION ALL SELECT organisation_id FROM registrations WHERE id = $1
                  UNION ALL SELECT organisation_id FROM services WHERE id = $1";
    let whose: Vec<Word<OrganisationId>> = sql::tuples(store.reads(), select, values![id]).await?;
    Ok(whose.into_iter().any(|Word(organisation)| super::may_read(viewer, organisation).is_ok()))
}

/// What a word of a search stands for.
async fn seek(store: &Store, viewer: &Person, term: &Term, scopes: Option<&[String]>) -> Result<Sought, StoreError> {
    let mut words = Vec::new();
    match scopes {
        None => words.extend(WORDS.beginning(store, &term.word, None).await?.into_iter().map(|word| (None, word))),
        Some(scopes) => {
            for scope in scopes {
                let found = WORDS.beginning(store, &term.word, Some(scope)).await?;
                words.extend(found.into_iter().map(|word| (Some(scope.clone()), word)));
            }
        }
    }
    let mut ids = Vec::new();
    let is_id = term.word.len() == ID_LENGTH && term.word.split('-').count() == 5;
    if is_id && is_of_viewer(store, viewer, &term.word).await? {
        let columns = ["subject_id", "organisation_id", "registration_id", "service_id"];
        ids.extend(columns.map(|column| (column, term.word.clone())));
        ids.extend(viewer.staff_role().map(|_| ("actor", term.word.clone())));
    }
    ids.extend(of_client(store, viewer, &term.typed).await?.map(|id| ("registration_id", id)));
    Ok(Sought { words, ids })
}

/// The length of an id of ours, a UUID.
const ID_LENGTH: usize = 36;

impl Sought {
    /// Whether it begins more words than are looked for.
    fn is_cut_short(&self) -> bool {
        self.words.len() > MOST_RANGES || self.distinct().len() >= MOST_WORDS
    }

    fn distinct(&self) -> BTreeSet<&String> {
        self.words.iter().map(|(_, word)| word).collect()
    }

    fn ranges(&self) -> Vec<Entries> {
        let words = self.words.iter().take(MOST_RANGES);
        let words = words.map(|(scope, word)| Entries::Word(word.clone(), scope.clone()));
        words.chain(self.ids.iter().map(|(column, id)| Entries::Column(column, id.clone()))).collect()
    }

    /// Which of some entries have it. What staff alone may search by is asked of for them only. As SQL: few texts, each
    /// with so many parameters.
    async fn among(&self, store: &Store, entries: &[i64], for_staff: bool) -> Result<BTreeSet<i64>, StoreError> {
        let mut having = BTreeSet::new();
        if !self.words.is_empty() {
            let open = if for_staff { "" } else { " AND w.scope <> ''" };
            let words: Vec<&String> = self.distinct().into_iter().take(MOST_WORDS).collect();
            // Few texts of statements, and none that makes a planner expect many words where there is one.
            let room = if words.len() == 1 { 1 } else { MOST_WORDS };
            // Asked of each entry by itself: without `OFFSET`, PostgreSQL looks at every entry that has the word.
            let select = format!(
                "WITH asked (entry_index) AS (VALUES {}) SELECT a.entry_index FROM asked a
                 WHERE EXISTS (SELECT 1 FROM history_words w WHERE w.word IN ({}) AND w.entry_index = a.entry_index{open}
                               LIMIT 1 OFFSET 0)",
                sql::rows_of_one(1 + room, AT_ONCE),
                sql::places(1, room)
            );
            let mut row: Vec<Value> = filled(&words, room).map(|word| Value::from((*word).clone())).collect();
            row.extend(filled(entries, AT_ONCE).map(|index| Value::from(*index)));
            having.extend(sql::tuples::<i64>(store.reads(), &select, row).await?);
        }
        if !self.ids.is_empty() {
            let columns: Vec<String> =
                self.ids.iter().enumerate().map(|(at, (column, _))| format!("{column} = ${}", at + 1)).collect();
            let select = format!(
                "SELECT entry_index FROM history WHERE entry_index IN ({}) AND ({})",
                sql::places(1 + self.ids.len(), AT_ONCE),
                columns.join(" OR ")
            );
            let mut row: Vec<Value> = self.ids.iter().map(|(_, id)| id.clone().into()).collect();
            row.extend(filled(entries, AT_ONCE).map(|index| Value::from(*index)));
            having.extend(sql::tuples::<i64>(store.reads(), &select, row).await?);
        }
        Ok(having)
    }
}

//! Pages by keyset: a cursor holds the key of the row that the page follows or precedes, so that a page deep in a
//! list costs what the first one does and does not shift while rows are added.
//!
//! sea-orm's own cursors cannot say this: they order by columns of one table, not by what a column falls back to, compare
//! two keys by an `OR`, which leads an index to no place, do not tell whether there is more, and have no end to how far they look.

use super::{
    ranges::{AT_ONCE, MOST_LOOKED_AT},
    sought::{Led, Sought},
};
use crate::{error::StoreError, sql, store::Store, words::filled};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};

/// How many rows a page has at most.
pub const PAGE_ROWS: usize = 25;
/// How many rows that a word leads to are read at first: what a page needs, and one more.
const A_PAGE: usize = PAGE_ROWS + 1;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the page after this one.
    pub next: Option<String>,
    /// The cursor of the page before this one.
    pub previous: Option<String>,
    /// The cursor of the page on which the search goes on, where this one is not full because it looked at as much as one
    /// page looks at.
    pub further: Option<String>,
}

impl<T> Page<T> {
    /// The only page of a list.
    pub fn of(rows: Vec<T>) -> Self {
        Self { rows, next: None, previous: None, further: None }
    }

    /// A page and where the list goes on from it, as it was read: backward, or not.
    pub(super) fn between(
        rows: Vec<T>,
        backward: bool,
        (onward, back): (Option<Key>, Option<Key>),
        is_cut_short: bool,
    ) -> Self {
        let at = |key: Option<Key>, backward| key.map(|key| Cursor { backward, key }.to_string());
        let (onward, back) = (at(onward, backward), at(back, !backward));
        let further = onward.clone().filter(|_| is_cut_short);
        let (next, previous) = if backward { (back, onward) } else { (onward, back) };
        Self { rows, next, previous, further }
    }

    /// The same page of what its rows are made into.
    pub(super) fn map<R>(self, row: impl FnMut(T) -> R) -> Page<R> {
        let Self { rows, next, previous, further } = self;
        Page { rows: rows.into_iter().map(row).collect(), next, previous, further }
    }
}

/// A list: what it selects (without `WHERE`), what restricts it, and the two columns, an integer and its rows' id, that
/// order it and are unique together. As SQL: two keys are compared as one row.
#[derive(Clone)]
pub(super) struct List {
    select: String,
    conditions: Vec<String>,
    values: Vec<Value>,
    keys: [&'static str; 2],
    descending: bool,
    sought: Option<Sought>,
    /// The table that is walked in the list's order for what is sought, some rows at a time.
    walked: Option<&'static str>,
}

impl List {
    pub(super) fn new(select: &str, keys: [&'static str; 2], descending: bool) -> Self {
        let (conditions, values) = (Vec::new(), Vec::new());
        Self { select: select.into(), conditions, values, keys, descending, sought: None, walked: None }
    }

    /// The list of those of its rows that are sought.
    pub(super) fn of(self, sought: Sought) -> Self {
        Self { sought: Some(sought), ..self }
    }

    /// The list of those of its rows that are sought by words in its own order. Its keys and conditions are those of one
    /// table with an index for them: where no word leads, that is walked.
    pub(super) fn along(self, table: &'static str, sought: Sought) -> Self {
        Self { walked: Some(table), ..self.of(sought) }
    }

    /// Adds that a column has a value, if there is one.
    pub(super) fn equal(&mut self, column: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.only(&format!("{column} = ?"), vec![value.into()]);
        }
    }

    /// Adds a condition; each `?` in it stands for the next value.
    pub(super) fn only(&mut self, condition: &str, values: Vec<Value>) {
        let mut numbered = String::new();
        let mut parts = condition.split('?');
        numbered.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.values.push(value);
            numbered.push_str(&format!("${}{part}", self.values.len()));
        }
        self.conditions.push(format!("({numbered})"));
    }

    /// Reads the first rows, at most `most`, where no page follows.
    pub(super) async fn first<T: FromQueryResult + Send>(
        self,
        connection: &impl ConnectionTrait,
        most: usize,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.statement(self.descending, most);
        sql::rows(connection, &statement, self.values).await
    }

    fn statement(&self, descending: bool, most: usize) -> String {
        format!("{}{} LIMIT {most}", self.select, self.clauses(descending))
    }

    fn clauses(&self, descending: bool) -> String {
        let [first, second] = self.keys;
        let order = if descending { "DESC" } else { "ASC" };
        let restriction = match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.conditions.join(" AND ")),
        };
        format!("{restriction} ORDER BY {first} {order}, {second} {order}")
    }

    /// Reads one page. A cursor that cannot be read gives the first page.
    pub(super) async fn page<T: FromQueryResult + Send>(
        mut self,
        store: &Store,
        cursor: Option<&str>,
    ) -> Result<Page<T>, StoreError> {
        if self.sought.as_ref().is_some_and(Sought::is_in_vain) {
            return Ok(Page::of(Vec::new()));
        }
        let cursor = cursor.and_then(Cursor::parse);
        let backward = cursor.as_ref().is_some_and(|cursor| cursor.backward);
        let descending = self.descending != backward;
        let from = cursor.as_ref().map(|cursor| &cursor.key);
        let led = match (&self.sought, self.walked) {
            (Some(sought), Some(_)) => sought.led(store, (self.keys[1], from, !descending)).await?,
            _ => None,
        };
        let Found { rows: mut found, last } = match led {
            Some(led) => self.follow(store, led, descending).await?,
            None => {
                if let Some(key) = from {
                    let sign = if descending { "<" } else { ">" };
                    self.compare(sign, key);
                }
                self.walk(store, descending).await?
            }
        };
        let more = found.len() > PAGE_ROWS;
        found.truncate(PAGE_ROWS);
        if backward {
            found.reverse();
        }
        let key = |row: Option<&Keyed<T>>| row.map(|row| row.key.clone());
        let (start, end) = if backward { (found.last(), found.first()) } else { (found.first(), found.last()) };
        // It goes on behind its last row, or behind what it looked at; and back from its first row, or from where it began.
        let is_cut_short = !more && last.is_some();
        let onward = if more { key(end) } else { last };
        let back = cursor.map(|cursor| key(start).unwrap_or(cursor.key));
        let rows = found.into_iter().map(|found| found.row).collect();
        Ok(Page::between(rows, backward, (onward, back), is_cut_short))
    }

    /// Restricts it to what comes before or after a key.
    fn compare(&mut self, sign: &str, key: &Key) {
        let [first, second] = self.keys;
        self.only(&format!("({first}, {second}) {sign} (?, ?)"), key.values());
    }

    /// Reads a page of the rows that a word leads to: few at first, which a page needs, then more.
    async fn follow<T: FromQueryResult + Send>(
        self,
        store: &Store,
        led: Led,
        descending: bool,
    ) -> Result<Found<T>, StoreError> {
        let Led { rows: mut leading, others } = led;
        let (mut rows, mut last, mut looked_at, mut batch) = (Vec::new(), None, 0, A_PAGE);
        while rows.len() <= PAGE_ROWS && looked_at < MOST_LOOKED_AT {
            let keys = leading.batch(store, batch).await?;
            let mut some = self.clone();
            let ids = filled(&keys, batch).map(|(_, id)| Value::from(id.clone())).collect();
            some.only(&format!("{} IN ({})", self.keys[1], vec!["?"; batch].join(", ")), ids);
            for (condition, values) in &others {
                some.only(condition, values.clone());
            }
            let statement = some.statement(descending, PAGE_ROWS + 1 - rows.len());
            if !keys.is_empty() {
                rows.extend(sql::rows::<Keyed<T>>(store.reads(), &statement, some.values).await?);
            }
            looked_at += keys.len();
            last = keys.last().map(|(number, text)| Key { number: *number, text: text.clone() });
            if keys.len() < batch {
                last = None;
                break;
            }
            batch = AT_ONCE;
        }
        Ok(Found { rows, last })
    }

    /// Reads a page in the list's order, asking each row for what is sought.
    async fn walk<T: FromQueryResult + Send>(
        mut self,
        store: &Store,
        descending: bool,
    ) -> Result<Found<T>, StoreError> {
        let conditions = self.sought.as_ref().map(|sought| sought.conditions(self.keys[1])).unwrap_or_default();
        let mut last = None;
        if !conditions.is_empty()
            && let Some(table) = self.walked
        {
            last = self.last_looked_at(store, table, descending).await?;
        }
        if let Some(last) = &last {
            self.compare(if descending { ">=" } else { "<=" }, last);
        }
        for (condition, values) in conditions {
            self.only(&condition, values);
        }
        let rows = sql::rows(store.reads(), &self.statement(descending, PAGE_ROWS + 1), self.values).await?;
        Ok(Found { rows, last })
    }

    /// The key of the last row that the page looks at; none where it looks at all that there are.
    async fn last_looked_at(&self, store: &Store, table: &str, descending: bool) -> Result<Option<Key>, StoreError> {
        let [first, second] = self.keys;
        let statement = format!(
            "SELECT CAST({first} AS BIGINT) AS key_number, {second} AS key_text FROM {table}{} LIMIT 1 OFFSET {}",
            self.clauses(descending),
            MOST_LOOKED_AT - 1
        );
        Ok(sql::rows(store.reads(), &statement, self.values.clone()).await?.pop())
    }
}

/// Rows of a page, and one more where there is more.
struct Found<T: FromQueryResult> {
    rows: Vec<Keyed<T>>,
    /// The key of the last row that was looked at, where not all were.
    last: Option<Key>,
}

/// What a row is ordered by: an integer and a text, which the row selects as `key_number` and `key_text`.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Key {
    #[sea_orm(alias = "key_number")]
    pub(super) number: i64,
    #[sea_orm(alias = "key_text")]
    pub(super) text: String,
}

/// A row of a list beside its key.
#[derive(FromQueryResult)]
struct Keyed<T: FromQueryResult> {
    #[sea_orm(nested)]
    key: Key,
    #[sea_orm(nested)]
    row: T,
}

impl Key {
    fn values(&self) -> Vec<Value> {
        vec![self.number.into(), self.text.clone().into()]
    }
}

/// Where a page begins: after a row, or, going backward, before one.
pub(super) struct Cursor {
    pub(super) backward: bool,
    pub(super) key: Key,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let direction = if self.backward { 'b' } else { 'a' };
        write!(f, "{direction}.{}.{}", self.key.number, self.key.text)
    }
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let backward = match parts.next()? {
            "a" => false,
            "b" => true,
            _ => return None,
        };
        let key = Key { number: parts.next()?.parse().ok()?, text: parts.next()?.to_owned() };
        Some(Self { backward, key })
    }
}

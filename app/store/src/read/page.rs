//! Pages by keyset: a cursor holds the key of the row that the page follows or precedes, so that a page deep in a
//! list costs what the first one does and does not shift while rows are added.

use crate::{
    error::StoreError,
    list_words::Sought,
    sql::{self, Columns},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};

/// How many rows a page has at most.
pub const PAGE_ROWS: usize = 25;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the page after this one.
    pub next: Option<String>,
    /// The cursor of the page before this one.
    pub previous: Option<String>,
}

/// A list: what it selects (without `WHERE`), what restricts it, and the two columns, an integer and a text, that
/// order it and are unique together.
pub(super) struct List {
    select: String,
    conditions: Vec<String>,
    values: Vec<Value>,
    keys: [&'static str; 2],
    descending: bool,
}

impl List {
    pub(super) fn new(select: &str, keys: [&'static str; 2], descending: bool) -> Self {
        Self { select: select.into(), conditions: Vec::new(), values: Vec::new(), keys, descending }
    }

    /// A list of what is sought, which selects from [`Sought::among`] its rows; `id` is the column with their id.
    pub(super) fn of(select: &str, keys: [&'static str; 2], descending: bool, sought: &Sought, id: &str) -> Self {
        let mut list = Self { values: sought.parameters(), ..Self::new(select, keys, descending) };
        for (condition, values) in sought.conditions(id) {
            list.only(&condition, values);
        }
        list
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
    pub(super) async fn first<T>(
        self,
        connection: &impl ConnectionTrait,
        most: usize,
        read: impl Fn(&QueryResult) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.statement(self.descending, most);
        sql::all(connection, &statement, self.values).await?.iter().map(read).collect()
    }

    fn statement(&self, descending: bool, most: usize) -> String {
        let [first, second] = self.keys;
        let order = if descending { "DESC" } else { "ASC" };
        let restriction = match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.conditions.join(" AND ")),
        };
        format!("{}{restriction} ORDER BY {first} {order}, {second} {order} LIMIT {most}", self.select)
    }

    /// Reads one page. A cursor that cannot be read gives the first page.
    pub(super) async fn page<T>(
        mut self,
        connection: &impl ConnectionTrait,
        cursor: Option<&str>,
        read: impl Fn(&QueryResult) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let cursor = cursor.and_then(Cursor::parse);
        let backward = cursor.as_ref().is_some_and(|cursor| cursor.backward);
        if let Some(cursor) = &cursor {
            let [first, second] = self.keys;
            let sign = if self.descending == backward { '>' } else { '<' };
            let key = vec![cursor.number.into(), cursor.text.clone().into()];
            self.only(&format!("({first}, {second}) {sign} (?, ?)"), key);
        }
        let statement = self.statement(self.descending != backward, PAGE_ROWS + 1);
        let mut found = sql::all(connection, &statement, self.values).await?;
        let more = found.len() > PAGE_ROWS;
        found.truncate(PAGE_ROWS);
        if backward {
            found.reverse();
        }
        let (has_next, has_previous) = if backward { (true, more) } else { (more, cursor.is_some()) };
        let edge = |row: Option<&QueryResult>, backward| row.map(|row| Cursor::of(row, backward)).transpose();
        Ok(Page {
            next: if has_next { edge(found.last(), false)? } else { None },
            previous: if has_previous { edge(found.first(), true)? } else { None },
            rows: found.iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

/// Where a page begins: after a row, or, going backward, before one.
pub(super) struct Cursor {
    pub(super) backward: bool,
    pub(super) number: i64,
    pub(super) text: String,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let direction = if self.backward { 'b' } else { 'a' };
        write!(f, "{direction}.{}.{}", self.number, self.text)
    }
}

impl Cursor {
    /// The row selects its key as `key_number` and `key_text`.
    fn of(row: &QueryResult, backward: bool) -> Result<String, StoreError> {
        Ok(Self { backward, number: row.col("key_number")?, text: row.col("key_text")? }.to_string())
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let backward = match parts.next()? {
            "a" => false,
            "b" => true,
            _ => return None,
        };
        Some(Self { backward, number: parts.next()?.parse().ok()?, text: parts.next()?.to_owned() })
    }
}

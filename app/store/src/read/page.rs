//! Pages by keyset: a cursor holds the key of the row that the page follows or precedes, so that a page deep in a
//! list costs what the first one does and does not shift while rows are added.

use crate::{
    error::StoreError,
    sql::{self, Columns},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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

    /// Keeps rows in which one of the expressions contains `words`, in any case of letters. Empty words keep all. This
    /// reads every row that the list has: for names in lists of staff only, whose statements have a time limit.
    pub(super) fn containing(&mut self, words: &str, expressions: &[&str]) {
        let words = searched(words);
        if words.is_empty() {
            return;
        }
        let capitals = capitals(&words);
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        for expression in expressions {
            let lower = capitals.iter().fold((*expression).to_owned(), |text, _| format!("replace({text}, ?, ?)"));
            conditions.push(format!("lower({lower}) LIKE ? ESCAPE '\\'"));
            values.extend(capitals.iter().flat_map(|(small, capital)| [Value::from(capital), Value::from(small)]));
            values.push(pattern(&words).into());
        }
        self.only(&conditions.join(" OR "), values);
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

/// The most characters that are searched for: as many as a name has. What a comparison costs grows with them.
const MOST_SEARCHED: usize = 100;

/// What is searched for, in lower case. PostgreSQL takes no NUL in a text, and no control is ever looked for.
fn searched(words: &str) -> String {
    let words: String = words.chars().take(MOST_SEARCHED).collect();
    words.replace(char::is_control, " ").trim().to_lowercase()
}

/// The most letters of one search beyond ASCII whose capitals are found.
const MOST_CAPITALS: usize = 20;

/// The letters beyond ASCII with their capitals. `lower` of SQLite, and of PostgreSQL where its locale is C, knows the
/// letters of ASCII alone.
fn capitals(words: &str) -> Vec<(String, String)> {
    let letters: BTreeSet<char> = words.chars().filter(|letter| !letter.is_ascii()).collect();
    let pairs = letters.into_iter().map(|letter| (letter.to_string(), letter.to_uppercase().to_string()));
    pairs.filter(|(small, capital)| small != capital).take(MOST_CAPITALS).collect()
}

/// `%words%` with the signs of LIKE escaped.
fn pattern(words: &str) -> String {
    let escaped = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
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

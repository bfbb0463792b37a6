//! Ranges of indexes of the database, read in order some keys at a time, and merged into one. A search that is led by them
//! reads what its page shows, however much is stored.

use crate::{
    entity::DbBackend,
    error::StoreError,
    sql::{self, number, values},
    store::Store,
};
use sea_orm::{ConnectionTrait, TryGetableMany, Value};
use std::collections::VecDeque;

/// Keys that are read, and asked about, at a time.
pub(super) const AT_ONCE: usize = 128;
/// The most keys that one page looks at. Where that is not enough, its last cursor goes on from there: so it costs the same
/// however much there is, and however little of it is what is sought.
pub(super) const MOST_LOOKED_AT: usize = 2_048;
/// Words that one word of a search stands for at most, as their beginning.
pub(super) const MOST_WORDS: usize = 32;

/// A range of an index: keys in order.
pub(super) trait Range {
    /// What is in it, in its order.
    type Key: Ord + Clone + std::fmt::Debug + TryGetableMany;

    /// Reads the first [`AT_ONCE`] keys after `from`, going up or down, as SQL: always one of few texts, whatever is searched
    /// for.
    fn statement(&self, from: &Self::Key, ascending: bool, backend: DbBackend) -> (String, Vec<Value>);
}

/// A range that is being read.
#[derive(Debug)]
struct Reading<R: Range> {
    range: R,
    ahead: VecDeque<R::Key>,
    from: R::Key,
    done: bool,
}

/// Ranges merged into one, each key once.
#[derive(Debug)]
pub(super) struct Merged<R: Range> {
    readings: Vec<Reading<R>>,
    ascending: bool,
}

impl<R: Range> Merged<R> {
    /// The keys of the ranges after `from`.
    pub(super) fn new(ranges: Vec<R>, from: &R::Key, ascending: bool) -> Self {
        let reading = |range| Reading { range, ahead: VecDeque::new(), from: from.clone(), done: false };
        Self { readings: ranges.into_iter().map(reading).collect(), ascending }
    }

    /// Reads on wherever nothing is ahead any more.
    async fn fill(&mut self, store: &Store) -> Result<(), StoreError> {
        for reading in self.readings.iter_mut().filter(|reading| reading.ahead.is_empty() && !reading.done) {
            let backend = store.reads().get_database_backend();
            let (statement, values) = reading.range.statement(&reading.from, self.ascending, backend);
            let keys: Vec<R::Key> = sql::tuples(store.reads(), &statement, values).await?;
            reading.done = keys.len() < AT_ONCE;
            reading.from = keys.last().unwrap_or(&reading.from).clone();
            reading.ahead.extend(keys);
        }
        Ok(())
    }

    /// How far what is read ahead reaches, all ranges together; none: to their end.
    fn reach(&self) -> Option<&R::Key> {
        let reaches = self.readings.iter().filter(|reading| !reading.done).map(|reading| &reading.from);
        if self.ascending { reaches.min() } else { reaches.max() }
    }

    /// The next key in order.
    async fn next(&mut self, store: &Store) -> Result<Option<R::Key>, StoreError> {
        self.fill(store).await?;
        let heads = self.readings.iter().filter_map(|reading| reading.ahead.front());
        let next = if self.ascending { heads.min() } else { heads.max() }.cloned();
        for reading in self.readings.iter_mut().filter(|reading| reading.ahead.front() == next.as_ref()) {
            reading.ahead.pop_front();
        }
        Ok(next)
    }

    /// The next keys in order, at most so many; fewer at the end alone.
    pub(super) async fn batch(&mut self, store: &Store, most: usize) -> Result<Vec<R::Key>, StoreError> {
        let mut batch = Vec::new();
        while batch.len() < most {
            match self.next(store).await? {
                Some(key) => batch.push(key),
                None => break,
            }
        }
        Ok(batch)
    }
}

/// Begins to read all of some merged ranges, and takes out the rarest, which leads: what is rarer reaches further. Each is
/// beside what it stands for.
pub(super) async fn rarest<R: Range, T>(
    store: &Store,
    merged: &mut Vec<(Merged<R>, T)>,
) -> Result<Option<(Merged<R>, T)>, StoreError> {
    for (one, _) in merged.iter_mut() {
        one.fill(store).await?;
    }
    let further = |one: &Merged<R>, other: &Merged<R>| match (one.reach(), other.reach()) {
        (Some(one_reach), Some(other_reach)) if one.ascending => other_reach.cmp(one_reach),
        (Some(one_reach), Some(other_reach)) => one_reach.cmp(other_reach),
        (one_reach, other_reach) => one_reach.is_some().cmp(&other_reach.is_some()),
    };
    let first = (0..merged.len()).min_by(|one, other| further(&merged[*one].0, &merged[*other].0));
    Ok(first.map(|at| merged.remove(at)))
}

/// A table of words, and the column whose words are looked for apart from others'.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) table: &'static str,
    pub(super) part: &'static str,
}

impl Words {
    /// The first words that begin so, of one part or of all: each found from the one before it, however many rows have it. As
    /// SQL, which has a query that goes on from its own rows.
    pub(super) async fn beginning(
        self,
        store: &Store,
        start: &str,
        of: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let Self { table, part } = self;
        let is_postgres = store.reads().get_database_backend() == DbBackend::Postgres;
        let first = |is: &str, after: &str| match of {
            // Both as one row, which leads PostgreSQL to the one index that begins with them. Its end is asked of the one row
            // that is found: as a condition PostgreSQL would read on to the end of the part for it.
            Some(_) if is_postgres => format!(
                "(SELECT CASE WHEN h.{part} = $4 AND h.word < $2 THEN h.word END FROM {table} h
                  WHERE (h.{part}, h.word) {is} ($4, {after}) ORDER BY h.{part}, h.word LIMIT 1)"
            ),
            Some(_) => format!(
                "(SELECT h.word FROM {table} h WHERE h.{part} = $4 AND h.word {is} {after} AND h.word < $2
                  ORDER BY h.word LIMIT 1)"
            ),
            None => format!(
                "(SELECT h.word FROM {table} h WHERE h.word {is} {after} AND h.word < $2 ORDER BY h.word LIMIT 1)"
            ),
        };
        let select = format!(
            "WITH RECURSIVE found (word, n) AS (
                 SELECT {}, CAST(1 AS BIGINT)
                 UNION ALL SELECT {}, f.n + 1 FROM found f WHERE f.word IS NOT NULL AND f.n < $3
             ) SELECT word FROM found WHERE word IS NOT NULL",
            first(">=", "$1"),
            first(">", "f.word")
        );
        let [from, until] = beginnings(start);
        let mut row = values![from, until, number(MOST_WORDS as u64)];
        row.extend(of.map(Value::from));
        sql::tuples(store.reads(), &select, row).await
    }
}

/// What words begin so: from this one, and until the next that does not.
pub(super) fn beginnings(start: &str) -> [String; 2] {
    [start.to_owned(), format!("{start}\u{10ffff}")]
}

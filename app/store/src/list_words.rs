//! The words by which lists are searched, kept in a table so that a search reads an index and never a name: of a
//! registration those of its client, service and organisation and its client_id, of an organisation those of its name and
//! its ODS code, of an account those of its name and address. They are split and compared as those of the history
//! ([`words`]), found by how they begin, and follow from the rows: what changes a name writes them anew.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, values},
    store::Store,
    words::{self, filled},
};
use domain::{account::Account, aggregate::Aggregate, organisation::Organisation, registration::Registration};
use sea_orm::Value;
use time::OffsetDateTime;

/// Words that one statement writes.
const AT_ONCE: usize = 16;
/// Rows from before the table that one transaction puts into it.
const BATCH: usize = 200;
/// What a database is marked as whose rows all have their words.
const MARK: &str = "list-words";
/// Up to so many rows that have a word are looked at one by one. Where more have it, the list itself is walked, some rows
/// for each page: there it is not far from one to the next.
const FEW: usize = 1_000;

/// A list that is searched by words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Registrations: the queue, clients, publications.
    Registrations,
    /// Partner organisations.
    Organisations,
    /// Accounts.
    Accounts,
}

impl List {
    const ALL: [Self; 3] = [Self::Registrations, Self::Organisations, Self::Accounts];

    fn word(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Organisations => "organisations",
            Self::Accounts => "accounts",
        }
    }

    /// Reads the names of rows `t` with their ids: [`Named`]. As SQL: the lists differ in their tables.
    fn names(self) -> &'static str {
        match self {
            Self::Registrations => {
                "SELECT t.id, t.client_id, t.client_name, s.name, o.name FROM registrations t
                 JOIN services s ON s.id = t.service_id JOIN organisations o ON o.id = t.organisation_id"
            }
            Self::Organisations => "SELECT t.id, t.name, t.ods_code, NULL, NULL FROM organisations t",
            Self::Accounts => "SELECT t.id, t.name, t.email, NULL, NULL FROM accounts t",
        }
    }
}

/// A row's id and names.
type Named = (String, Option<String>, Option<String>, Option<String>, Option<String>);

/// Writes the words of a registration, an organisation or an account anew; those of an organisation's registrations too,
/// which are found by its names.
pub(crate) async fn keep_of(transaction: &DatabaseTransaction, kind: &str, id: &str) -> Result<(), StoreError> {
    match kind {
        Registration::KIND => keep(transaction, List::Registrations, "t.id = $1", id).await,
        Organisation::KIND => {
            keep(transaction, List::Organisations, "t.id = $1", id).await?;
            keep(transaction, List::Registrations, "t.organisation_id = $1", id).await
        }
        Account::KIND => keep(transaction, List::Accounts, "t.id = $1", id).await,
        _ => Ok(()),
    }
}

async fn keep(transaction: &DatabaseTransaction, list: List, which: &str, value: &str) -> Result<(), StoreError> {
    let select = format!("{} WHERE {which}", list.names());
    for row in sql::tuples(transaction, &select, values![value]).await? {
        keep_row(transaction, list, row).await?;
    }
    Ok(())
}

async fn keep_row(transaction: &DatabaseTransaction, list: List, row: Named) -> Result<(), StoreError> {
    let (id, first, second, third, fourth) = row;
    let names = [first, second, third, fourth];
    let words = words::words(names.iter().flatten().map(String::as_str));
    let of_row = list_word::Entity::delete_many().filter(list_word::List.eq(list.word()));
    run(transaction, &of_row.filter(list_word::Id.eq(id.as_str()))).await?;
    // Always the same statement, whose last word is repeated: another text for each number would be prepared anew.
    let rows = (3..3 + AT_ONCE).map(|at| format!("($1, ${at}, $2)")).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO list_words (list, word, id) VALUES {rows} ON CONFLICT DO NOTHING");
    for batch in words.chunks(AT_ONCE) {
        let mut row = values![list.word(), id.clone()];
        row.extend(filled(batch, AT_ONCE).map(|word| Value::from(word.clone())));
        sql::run(transaction, &insert, row).await?;
    }
    Ok(())
}

/// Which rows of a list a search finds.
#[derive(Debug)]
pub(crate) struct Sought {
    list: List,
    /// Words that begin one of a row's, each.
    words: Vec<String>,
    /// That of them which few rows have.
    rare: Option<String>,
    /// Whether nothing can be found: what is searched for has no word, as in the history, or one that no row has.
    in_vain: bool,
}

impl Sought {
    /// Looks up which of the words that are searched for few rows have. Reads no more of the index than that takes.
    pub(crate) async fn of(connection: &impl ConnectionTrait, list: List, search: &str) -> Result<Self, StoreError> {
        let terms = words::terms(search);
        let in_vain = terms.is_empty() && !search.trim().is_empty();
        let mut sought = Self { list, words: Vec::new(), rare: None, in_vain };
        let mut fewest = FEW;
        for term in terms {
            // As SQL: a count that stops.
            let select = format!(
                "SELECT COUNT(*) FROM (SELECT 1 AS one FROM list_words
                 WHERE list = $1 AND word >= $2 AND word < $3 LIMIT {FEW}) w"
            );
            let [from, until] = range(&term.word);
            let Count(rows) = sql::one(connection, &select, values![list.word(), from, until]).await?;
            if rows < fewest {
                (fewest, sought.rare) = (rows, Some(term.word.clone()));
            }
            sought.words.push(term.word);
        }
        sought.in_vain |= fewest == 0;
        Ok(sought)
    }

    /// Whether nothing can be found, which needs no further looking.
    pub(crate) fn is_in_vain(&self) -> bool {
        self.in_vain
    }

    /// Whether many rows have every word that is sought, as far as is known.
    pub(crate) fn has_many(&self) -> bool {
        self.rare.is_none() && !self.words.is_empty()
    }

    /// Where a list reads its rows from, `rows` being its table with its name: where few have a word, those come first, as
    /// `f`. SQLite keeps the order of a cross join.
    pub(crate) fn among(&self, rows: &str) -> String {
        match self.rare {
            None => rows.to_owned(),
            Some(_) => format!(
                "(SELECT DISTINCT id FROM list_words WHERE list = $1 AND word >= $2 AND word < $3) f CROSS JOIN {rows}"
            ),
        }
    }

    /// The parameters of [`Sought::among`], which come before all others.
    pub(crate) fn parameters(&self) -> Vec<Value> {
        let of = |word: &String| {
            let [from, until] = range(word);
            values![self.list.word(), from, until]
        };
        self.rare.as_ref().map(of).unwrap_or_default()
    }

    /// What holds of the rows that are found, and its parameters, `id` being the column with their id.
    pub(crate) fn conditions(&self, id: &str) -> Vec<(String, Vec<Value>)> {
        let rare = self.rare.as_ref().map(|_| (format!("{id} = f.id"), vec![]));
        let others = self.words.iter().filter(|word| Some(*word) != self.rare.as_ref());
        let has = |word: &String| {
            // Asked of each row by itself: without `OFFSET`, PostgreSQL makes a join of it and may begin with all words.
            let has = format!(
                "EXISTS (SELECT 1 FROM list_words w WHERE w.id = {id} AND w.list = ? AND w.word >= ? AND w.word < ?
                         LIMIT 1 OFFSET 0)"
            );
            let [from, until] = range(word);
            (has, values![self.list.word(), from, until])
        };
        rare.into_iter().chain(others.map(has)).collect()
    }
}

/// From this word, and until the next that does not begin with it.
fn range(word: &str) -> [String; 2] {
    [word.to_owned(), format!("{word}\u{10ffff}")]
}

impl Store {
    /// Gives their words to the rows from before the table, some hundred in each transaction, and says how many. Begun anew
    /// where it was interrupted. What brings a database up to date calls it after the schema's steps.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn index_earlier_names(&self) -> Result<u64, StoreError> {
        if is_any(self.connection(), mark::Entity::find_by_id(MARK)).await? {
            return Ok(0);
        }
        let mut count = 0;
        for list in List::ALL {
            let mut after = String::new();
            loop {
                let work = self.begin_in_turn().await?;
                let outcome = index_batch(work.transaction(), list, &after).await;
                let Some((rows, last)) = work.finish(outcome).await? else { break };
                (count, after) = (count + rows, last);
            }
        }
        let row = mark::Model { name: MARK.into(), at: At(OffsetDateTime::UNIX_EPOCH) };
        self.write(&Insert::one(row).on_conflict_do_nothing()).await?;
        Ok(count)
    }
}

/// How many rows were given their words, and the last of them; none where there is none left.
async fn index_batch(
    transaction: &DatabaseTransaction,
    list: List,
    after: &str,
) -> Result<Option<(u64, String)>, StoreError> {
    let select = format!("{} WHERE t.id > $1 ORDER BY t.id LIMIT {BATCH}", list.names());
    let rows: Vec<Named> = sql::tuples(transaction, &select, values![after]).await?;
    let last = rows.last().map(|(id, ..)| (rows.len() as u64, id.clone()));
    for row in rows {
        keep_row(transaction, list, row).await?;
    }
    Ok(last)
}

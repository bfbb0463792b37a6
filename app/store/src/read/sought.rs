//! What a search of a list finds, by the words that are kept in the list's order: it is led by the rarest word, and what
//! has it is asked for the others. A word that begins too many leads nothing: where no other does, the list is walked.

use super::{
    page::Key,
    ranges::{self, AT_ONCE, MOST_WORDS, Merged, Range, Words, beginnings},
};
use crate::{entity::DbBackend, error::StoreError, list_words::List, sql::values, store::Store, words::terms};
use sea_orm::Value;

/// The words of rows, each row's in each of its lists.
const WORDS: Words = Words { table: "list_words", part: "list" };

/// What a search of a list stands for.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    list: List,
    terms: Vec<Term>,
    in_vain: bool,
}

/// A word of a search, and the words that it begins.
#[derive(Clone, Debug)]
struct Term {
    word: String,
    stands_for: Vec<String>,
}

/// Rows of a list with a word, in the list's order.
#[derive(Debug)]
pub(super) struct Rows {
    list: List,
    word: String,
}

/// A search that is led by one of its words.
pub(super) struct Led {
    /// Rows with that word.
    pub(super) rows: Merged<Rows>,
    /// What holds of those that have the others too.
    pub(super) others: Vec<(String, Vec<Value>)>,
}

impl Range for Rows {
    type Key = (i64, String);

    fn statement(&self, (number, id): &(i64, String), ascending: bool, _: DbBackend) -> (String, Vec<Value>) {
        let (sign, order) = if ascending { (">", "ASC") } else { ("<", "DESC") };
        let select = format!(
            "SELECT number, id FROM list_words WHERE list = $1 AND word = $2 AND (number, id) {sign} ($3, $4)
             ORDER BY number {order}, id {order} LIMIT {AT_ONCE}"
        );
        (select, values![self.list.word(), self.word.clone(), *number, id.clone()])
    }
}

impl Sought {
    /// Looks up what the words of a search stand for. Reads no more of the index than that takes.
    pub(super) async fn of(store: &Store, list: List, search: &str) -> Result<Self, StoreError> {
        let searched = terms(search);
        // What was typed and holds no word is found nowhere, as in the history.
        let in_vain = searched.is_empty() && !search.trim().is_empty();
        let mut sought = Self { list, terms: Vec::new(), in_vain };
        for term in searched {
            let stands_for = WORDS.beginning(store, &term.word, Some(list.word())).await?;
            sought.in_vain |= stands_for.is_empty();
            sought.terms.push(Term { word: term.word, stands_for });
        }
        Ok(sought)
    }

    /// Whether nothing can be found, which needs no further looking.
    pub(super) fn is_in_vain(&self) -> bool {
        self.in_vain
    }

    /// What holds of the rows that have every word, `id` being the column with their id, and its parameters.
    pub(super) fn conditions(&self, id: &str) -> Vec<(String, Vec<Value>)> {
        self.terms.iter().map(|term| self.has(term, id)).collect()
    }

    fn has(&self, term: &Term, id: &str) -> (String, Vec<Value>) {
        // Asked of each row by itself: without `OFFSET`, PostgreSQL makes a join of it and may begin with all words.
        let has = format!(
            "EXISTS (SELECT 1 FROM list_words w WHERE w.id = {id} AND w.list = ? AND w.word >= ? AND w.word < ?
                     LIMIT 1 OFFSET 0)"
        );
        let [from, until] = beginnings(&term.word);
        (has, values![self.list.word(), from, until])
    }

    /// The rows with the rarest of the words, after a key of the list, and what holds of those that have the others too. None
    /// where every word begins too many, or none is searched for.
    pub(super) async fn led(
        &self,
        store: &Store,
        (id, from, ascending): (&str, Option<&Key>, bool),
    ) -> Result<Option<Led>, StoreError> {
        let from = match (from, ascending) {
            (Some(key), _) => (key.number, key.text.clone()),
            (None, true) => (i64::MIN, String::new()),
            (None, false) => (i64::MAX, String::new()),
        };
        let mut leading = Vec::new();
        for (at, term) in self.terms.iter().enumerate().filter(|(_, term)| term.stands_for.len() < MOST_WORDS) {
            let rows = term.stands_for.iter().map(|word| Rows { list: self.list, word: word.clone() });
            leading.push((Merged::new(rows.collect(), &from, ascending), at));
        }
        let Some((rows, rarest)) = ranges::rarest(store, &mut leading).await? else { return Ok(None) };
        let others = self.terms.iter().enumerate().filter(|(at, _)| *at != rarest);
        let others = others.map(|(_, term)| self.has(term, id)).collect();
        Ok(Some(Led { rows, others }))
    }
}

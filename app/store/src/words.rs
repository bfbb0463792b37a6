//! The words of entries, kept in a table of their own so that a search reads an index and never a text.
//!
//! A word is a run of letters and digits in lower case, after Unicode's compatibility folding (NFKC), cut at [`LONGEST`].
//! E-mail addresses and ids, such as a `client_id` in a text, are words as a whole. An entry has the words of its texts
//! and of the names that its organisation and service have at that moment, and, for staff alone, of the names and
//! addresses of who did it and whose account it was. What is searched for is split in the same way.

use crate::{
    entity::*,
    error::StoreError,
    history::{ACTOR_NAME, FOR_STAFF},
    sql::{self, number, small, values},
    store::Store,
};
use sea_orm::Value;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The most characters of a word.
const LONGEST: usize = 64;
/// The most words of the texts of one entry: those that come first. Far more than a comment has; a draft that was filled
/// to its last byte is not found by its last words.
const MOST: usize = 400;
/// What is as long as this, has a digit, and no sign but `-` and `_`, is an id.
const SHORTEST_ID: usize = 16;
/// The most words of one search.
const MOST_TERMS: usize = 6;
/// Words that one statement writes.
const AT_ONCE: usize = 32;
/// Entries from before the table that one transaction puts into it.
const BATCH: i64 = 200;

/// A word that is searched for, and entries have it or one that begins with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// As words are kept.
    pub(crate) word: String,
    /// As it was typed: an id is found as it is.
    pub(crate) typed: String,
}

/// What is searched for, word by word, each once. A single letter or digit of ASCII begins too much to be looked for.
pub(crate) fn terms(search: &str) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    for chunk in chunks(search) {
        let words = match whole(chunk) {
            Some(word) => vec![word],
            None => parts(chunk).collect(),
        };
        for word in words {
            if found.len() < MOST_TERMS && found.iter().all(|term| term.word != word) {
                found.push(Term { word, typed: chunk.to_owned() });
            }
        }
    }
    found
}

/// The words of texts, each once, those that come first.
pub(crate) fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let of_chunk = |chunk| whole(chunk).into_iter().chain(parts(chunk));
    let all = texts.into_iter().flat_map(chunks).flat_map(of_chunk);
    all.filter(|word| seen.insert(word.clone())).take(MOST).collect()
}

/// Runs of what is no space, quotation mark, bracket or comma, without punctuation at their ends.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| c.is_whitespace() || c.is_control() || "\"'<>()[]{},;|\\“”‘’".contains(c);
    text.split(apart).map(|chunk| chunk.trim_matches(|c: char| !c.is_alphanumeric())).filter(|chunk| !chunk.is_empty())
}

/// The chunk as one word, where it is an e-mail address or an id.
fn whole(chunk: &str) -> Option<String> {
    let is_address = chunk.split_once('@').is_some_and(|(_, domain)| domain.contains('.'));
    let is_id = chunk.len() >= SHORTEST_ID
        && chunk.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && chunk.bytes().any(|byte| byte.is_ascii_digit());
    (is_address || is_id).then(|| cut(&folded(chunk)))
}

fn parts(chunk: &str) -> impl Iterator<Item = String> {
    let folded = folded(chunk);
    let parts: Vec<String> = folded.split(|c: char| !c.is_alphanumeric()).map(cut).collect();
    parts.into_iter().filter(|part| part.len() > 1)
}

fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// What of an entry says whose its words are, and whose names belong to it.
pub(crate) struct About<'a> {
    /// `registration`, `organisation` or `account`.
    pub(crate) kind: &'a str,
    pub(crate) subject: &'a str,
    /// As in the history's column: an account, or a word.
    pub(crate) actor: &'a str,
    pub(crate) organisation: Option<&'a str>,
    pub(crate) service: Option<&'a str>,
    pub(crate) event_type: &'a str,
}

/// Whose words: of the organisation with this id.
pub(crate) fn scope_of_organisation(id: &str) -> String {
    format!("o{id}")
}

/// Whose words: of the account with this id.
pub(crate) fn scope_of_account(id: &str) -> String {
    format!("a{id}")
}

impl About<'_> {
    fn scope(&self) -> String {
        match (self.kind, self.organisation) {
            ("account", _) => scope_of_account(self.subject),
            (_, Some(organisation)) => scope_of_organisation(organisation),
            (_, None) => String::new(),
        }
    }
}

/// Keeps the words of an entry. What staff alone may read, staff alone may search by: others could guess it word by word.
pub(crate) async fn keep(
    transaction: &DatabaseTransaction,
    index: u64,
    about: &About<'_>,
    texts: &[&str],
) -> Result<(), StoreError> {
    let (names, people) = names_of(transaction, about).await?;
    let is_for_staff = FOR_STAFF.iter().any(|(event_type, _)| *event_type == about.event_type);
    let (for_all, for_staff) = if is_for_staff { (&[][..], texts) } else { (texts, &[][..]) };
    let with = |names: &[String], texts: &[&str]| words(names.iter().map(String::as_str).chain(texts.iter().copied()));
    write(transaction, index, &about.scope(), &with(&names, for_all)).await?;
    write(transaction, index, "", &with(&people, for_staff)).await
}

/// Forgets the words of one text of an entry, but for those that its other texts have too: in the transaction that erases
/// the text, after it is gone.
pub(crate) async fn forget(transaction: &DatabaseTransaction, index: u64, erased: &str) -> Result<(), StoreError> {
    let left: Vec<String> = texts_of(number(index)).into_tuple().all(transaction).await?;
    let left: BTreeSet<String> = words(left.iter().map(String::as_str)).into_iter().collect();
    for word in words([erased]).into_iter().filter(|word| !left.contains(word)) {
        let kept = entry_word::Entity::delete_many().filter(entry_word::Word.eq(word));
        run(transaction, &kept.filter(entry_word::EntryIndex.eq(number(index)))).await?;
    }
    Ok(())
}

/// The texts of an entry that were not erased.
fn texts_of(index: i64) -> Select<entry_text::Entity> {
    let texts = entry_text::Entity::find().select_only().column(entry_text::Text);
    texts.filter(entry_text::EntryIndex.eq(index)).filter(entry_text::Text.is_not_null())
}

/// Forgets what is long enough to be of this text alone, whichever entries have it.
pub(crate) async fn forget_everywhere(transaction: &DatabaseTransaction, erased: &str) -> Result<(), StoreError> {
    for word in words([erased]).into_iter().filter(|word| word.chars().count() >= SHORTEST_ID) {
        let kept = entry_word::Entity::delete_many().filter(entry_word::Word.eq(word));
        run(transaction, &kept).await?;
    }
    Ok(())
}

/// Names of organisation and service, and those of people with their addresses.
async fn names_of(
    transaction: &DatabaseTransaction,
    about: &About<'_>,
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    // As SQL: three tables in one statement, with every entry.
    let select = "SELECT name, TRUE FROM organisations WHERE id = $1
                  UNION ALL SELECT name, TRUE FROM services WHERE id = $2
                  UNION ALL SELECT name || ' ' || email, FALSE FROM accounts WHERE id IN ($3, $4)";
    let holder = if about.kind == "account" { about.subject } else { "" };
    let ids = values![about.organisation.unwrap_or_default(), about.service.unwrap_or_default(), about.actor, holder];
    let (mut own, mut people) = (Vec::new(), Vec::new());
    for (name, is_own) in sql::tuples(transaction, select, ids).await? {
        if is_own { own.push(name) } else { people.push(name) }
    }
    Ok((own, people))
}

/// Always the same statement, whose last word is repeated: another text for each number of words would be prepared anew
/// each time. As SQL, in which index and scope are one parameter each: it runs once or more with every entry.
async fn write(transaction: &DatabaseTransaction, index: u64, scope: &str, words: &[String]) -> Result<(), StoreError> {
    let rows = (3..3 + AT_ONCE).map(|at| format!("(${at}, $1, $2)")).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO history_words (word, entry_index, scope) VALUES {rows} ON CONFLICT DO NOTHING");
    for batch in words.chunks(AT_ONCE) {
        let mut row = values![number(index), scope];
        row.extend(filled(batch, AT_ONCE).map(|word| Value::from(word.clone())));
        sql::run(transaction, &insert, row).await?;
    }
    Ok(())
}

/// The entries and, up to `count`, the last one again.
pub(crate) fn filled<T>(entries: &[T], count: usize) -> impl Iterator<Item = &T> {
    entries.iter().chain(entries.last().into_iter().cycle().take(count.saturating_sub(entries.len())))
}

impl Store {
    /// Puts entries from before the table of words into it, some hundred in each transaction, and says how many. Begun
    /// again where it was interrupted. What brings a database up to date calls it after the schema's steps.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn index_earlier_entries(&self) -> Result<u64, StoreError> {
        let mut done = 0;
        loop {
            let work = self.begin_in_turn().await?;
            let outcome = index_batch(work.transaction()).await;
            match work.finish(outcome).await? {
                0 => return Ok(done),
                count => done += count,
            }
        }
    }
}

/// What [`keep`] asks about an entry.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "entry::Entity")]
struct Earlier {
    entry_index: i64,
    kind: String,
    subject_id: String,
    actor: String,
    organisation_id: Option<String>,
    service_id: Option<String>,
    event_type: String,
}

async fn index_batch(transaction: &DatabaseTransaction) -> Result<u64, StoreError> {
    let Some(head) = words_head::Entity::find_by_id(1).one(transaction).await? else { return Ok(0) };
    let (next, end) = (head.next_index, head.until_index.min(head.next_index + BATCH));
    if next >= end {
        return Ok(0);
    }
    let entries = entry::Entity::find().filter(entry::EntryIndex.gte(next)).filter(entry::EntryIndex.lt(end));
    let entries = entries.order_by_asc(entry::EntryIndex).into_partial_model::<Earlier>();
    for entry in entries.all(transaction).await? {
        let texts =
            texts_of(entry.entry_index).filter(entry_text::Pointer.ne(ACTOR_NAME)).order_by_asc(entry_text::Pointer);
        let texts: Vec<String> = texts.into_tuple().all(transaction).await?;
        let about = About {
            kind: &entry.kind,
            subject: &entry.subject_id,
            actor: &entry.actor,
            organisation: entry.organisation_id.as_deref(),
            service: entry.service_id.as_deref(),
            event_type: &entry.event_type,
        };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        keep(transaction, small(entry.entry_index)?, &about, &texts).await?;
    }
    let head = words_head::ActiveModel { next_index: Set(end), ..Default::default() };
    run(transaction, &update(head).filter(words_head::Id.eq(1))).await?;
    Ok(u64::try_from(end - next).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_searches_are_split_alike() {
        let kept = words(["The “Riverside” clinic, RIVERSIDE: see https://example.org/cb?x=1 (ada@nhs.example)."]);
        assert_eq!(
            kept,
            ["the", "riverside", "clinic", "see", "https", "example", "org", "cb", "ada@nhs.example", "ada", "nhs"]
        );
        let sought = |search| terms(search).into_iter().map(|term| term.word).collect::<Vec<_>>();
        assert_eq!(sought("  RIVERSIDE a clinic riverside "), ["riverside", "clinic"]);
        assert_eq!(sought("Ada@NHS.example"), ["ada@nhs.example"]);
        assert_eq!(sought("0191A2B3-7c1d-7000-8000-000000000001"), ["0191a2b3-7c1d-7000-8000-000000000001"]);
        assert_eq!(sought("Église ɴʜꜱ ﬁne ⓃⒽⓈ"), ["église", "ɴʜꜱ", "fine", "nhs"]);
        assert_eq!(sought("% _ \\ a \0"), Vec::<String>::new());
        assert_eq!(sought("一 two three four five six seven eight").len(), MOST_TERMS);
    }

    #[test]
    fn what_one_entry_keeps_is_bounded() {
        let text: String = (0..20_000).map(|at| format!("w{at:x} ")).collect();
        assert_eq!(words([text.as_str()]).len(), MOST);
        assert_eq!(words(["x".repeat(70_000).as_str()]), ["x".repeat(LONGEST)]);
        assert_eq!(filled(&[1, 2], 4).copied().collect::<Vec<_>>(), [1, 2, 2, 2]);
    }
}

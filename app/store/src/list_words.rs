//! The words by which lists are searched, kept in a table in each list's own order, so that a search reads the rows that
//! its page shows and no name: of a registration those of its client, service and organisation and its client_id, of an
//! organisation those of its name and its ODS code, of an account those of its name and address. They are split and
//! compared as those of the history ([`words`]), found by how they begin, and follow from the rows: what changes a name, or
//! the place of a row in a list, writes them anew.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, values},
    store::Store,
    words::{self, filled},
};
use domain::{
    account::Account, aggregate::Aggregate, id::RegistrationId, organisation::Organisation, registration::Registration,
};
use sea_orm::Value;
use time::OffsetDateTime;

/// Words that one statement writes.
const AT_ONCE: usize = 16;
/// Rows from before the table that one transaction puts into it.
const BATCH: usize = 200;
/// What a database is marked as whose rows all have their words.
const MARK: &str = "list-words";
/// The lists of the version before, by the kinds of their rows: an instance of it, which runs on beside this one during an
/// upgrade, still writes to them.
const EARLIER: [(&str, &str); 3] =
    [("registrations", Registration::KIND), ("organisations", Organisation::KIND), ("accounts", Account::KIND)];

/// A list that is searched by words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Registrations with a revision under review, by when it was submitted.
    Queue,
    /// Registrations with a client_id, by when they were started.
    Clients,
    /// Registrations with a publication, by where that stands.
    Publications,
    /// Partner organisations, by when they were created.
    Organisations,
    /// Accounts, by when they were created.
    Accounts,
}

impl List {
    /// As the table has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Clients => "clients",
            Self::Publications => "publications",
            Self::Organisations => "partners",
            Self::Accounts => "people",
        }
    }
}

/// What the rows of a table are listed as.
#[derive(Clone, Copy)]
enum Kind {
    Registrations,
    Organisations,
    Accounts,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Registrations, Self::Organisations, Self::Accounts];

    /// The lists in which its rows may be.
    fn lists(self) -> &'static [List] {
        match self {
            Self::Registrations => &[List::Queue, List::Clients, List::Publications],
            Self::Organisations => &[List::Organisations],
            Self::Accounts => &[List::Accounts],
        }
    }

    /// Reads rows `t`: [`Listed`]. As SQL: the tables differ.
    fn select(self) -> &'static str {
        match self {
            Self::Registrations => {
                "SELECT t.id, CASE WHEN t.review_state = 'submitted' THEN t.submitted_at END,
                        CASE WHEN t.client_id IS NOT NULL THEN t.created_at END, CAST(p.list_rank AS BIGINT),
                        t.client_id, t.client_name, s.name, o.name
                 FROM registrations t JOIN services s ON s.id = t.service_id
                 JOIN organisations o ON o.id = t.organisation_id LEFT JOIN publications p ON p.registration_id = t.id"
            }
            Self::Organisations => {
                "SELECT t.id, t.created_at, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), t.name, t.ods_code, NULL, NULL
                 FROM organisations t"
            }
            Self::Accounts => {
                "SELECT t.id, t.created_at, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), t.name, t.email, NULL, NULL
                 FROM accounts t"
            }
        }
    }
}

/// A row: its id, by what number each of the lists of its kind has it, if it is in it, and its names.
type Listed =
    (String, Option<i64>, Option<i64>, Option<i64>, Option<String>, Option<String>, Option<String>, Option<String>);

/// Writes the words of a registration, an organisation or an account anew; those of an organisation's registrations too,
/// which are found by its names.
pub(crate) async fn keep_of(transaction: &DatabaseTransaction, kind: &str, id: &str) -> Result<(), StoreError> {
    match kind {
        Registration::KIND => keep(transaction, Kind::Registrations, "t.id = $1", id).await,
        Organisation::KIND => {
            keep(transaction, Kind::Organisations, "t.id = $1", id).await?;
            keep(transaction, Kind::Registrations, "t.organisation_id = $1", id).await
        }
        Account::KIND => keep(transaction, Kind::Accounts, "t.id = $1", id).await,
        _ => Ok(()),
    }
}

async fn keep(transaction: &DatabaseTransaction, kind: Kind, which: &str, value: &str) -> Result<(), StoreError> {
    let select = format!("{} WHERE {which}", kind.select());
    for row in sql::tuples(transaction, &select, values![value]).await? {
        keep_row(transaction, kind, row).await?;
    }
    Ok(())
}

async fn keep_row(transaction: &DatabaseTransaction, kind: Kind, row: Listed) -> Result<(), StoreError> {
    let (id, first, second, third, one, other, service, organisation) = row;
    let names = [one, other, service, organisation];
    let words = words::words(names.iter().flatten().map(String::as_str));
    let lists = kind.lists().iter().map(|list| list.word());
    let of_row = list_word::Entity::delete_many().filter(list_word::List.is_in(lists));
    run(transaction, &of_row.filter(list_word::Id.eq(id.as_str()))).await?;
    // Always the same statement, whose last word is repeated: another text for each number would be prepared anew.
    let rows = (4..4 + AT_ONCE).map(|at| format!("($1, ${at}, $2, $3)")).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO list_words (list, word, number, id) VALUES {rows} ON CONFLICT DO NOTHING");
    for (list, number) in kind.lists().iter().zip([first, second, third]) {
        let Some(number) = number else { continue };
        for batch in words.chunks(AT_ONCE) {
            let mut row = values![list.word(), number, id.clone()];
            row.extend(filled(batch, AT_ONCE).map(|word| Value::from(word.clone())));
            sql::run(transaction, &insert, row).await?;
        }
    }
    Ok(())
}

/// Moves a registration to where its publication stands now in the list of publications.
pub(crate) async fn rank(transaction: &DatabaseTransaction, registration: RegistrationId) -> Result<(), StoreError> {
    // As SQL: what the database makes of a publication's columns is in no entity.
    let rank = "(SELECT list_rank FROM publications WHERE registration_id = $1)";
    let update = format!("UPDATE list_words SET number = {rank} WHERE list = $2 AND id = $1 AND number <> {rank}");
    sql::run(transaction, &update, values![Word(registration), List::Publications.word()]).await.map(|_| ())
}

impl Store {
    /// Gives their words to the rows from before the table, some hundred in each transaction, and to what an instance of an
    /// earlier version wrote during an upgrade, and says to how many. Begun anew where it was interrupted. What brings a
    /// database up to date calls it after the schema's steps.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn index_earlier_names(&self) -> Result<u64, StoreError> {
        let left_behind = self.index_left_behind().await?;
        if is_any(self.connection(), mark::Entity::find_by_id(MARK)).await? {
            return Ok(left_behind);
        }
        let mut count = left_behind;
        for kind in Kind::ALL {
            let mut after = String::new();
            loop {
                let work = self.begin_in_turn().await?;
                let outcome = index_batch(work.transaction(), kind, &after).await;
                let Some((rows, last)) = work.finish(outcome).await? else { break };
                (count, after) = (count + rows, last);
            }
        }
        let row = mark::Model { name: MARK.into(), at: At(OffsetDateTime::UNIX_EPOCH) };
        self.write(&Insert::one(row).on_conflict_do_nothing()).await?;
        Ok(count)
    }

    /// Gives their words to what an instance of the version before wrote: by the words that it left, and to what it put into
    /// the queue without a word.
    async fn index_left_behind(&self) -> Result<u64, StoreError> {
        let mut count = 0;
        for (list, kind) in EARLIER {
            let left = list_word::Entity::find().filter(list_word::List.eq(list)).select_only().column(list_word::Id);
            while let Some(id) = left.clone().into_tuple::<String>().one(self.connection()).await? {
                self.index_one(list, kind, &id).await?;
                count += 1;
            }
        }
        // As SQL: each of the queue is asked by itself, on both databases.
        let wordless = "SELECT g.id FROM registrations g WHERE g.review_state = 'submitted' AND NOT EXISTS (
                            SELECT 1 FROM list_words w WHERE w.id = g.id AND w.list = 'queue' LIMIT 1 OFFSET 0)";
        for id in sql::tuples::<String>(self.connection(), wordless, vec![]).await? {
            self.index_one("", Registration::KIND, &id).await?;
            count += 1;
        }
        Ok(count)
    }

    async fn index_one(&self, left_in: &str, kind: &str, id: &str) -> Result<(), StoreError> {
        let work = self.begin_in_turn().await?;
        let earlier = list_word::Entity::delete_many().filter(list_word::List.eq(left_in));
        let outcome = async {
            run(work.transaction(), &earlier.filter(list_word::Id.eq(id))).await?;
            keep_of(work.transaction(), kind, id).await
        };
        let outcome = outcome.await;
        work.finish(outcome).await
    }
}

/// How many rows were given their words, and the last of them; none where there is none left.
async fn index_batch(
    transaction: &DatabaseTransaction,
    kind: Kind,
    after: &str,
) -> Result<Option<(u64, String)>, StoreError> {
    let select = format!("{} WHERE t.id > $1 ORDER BY t.id LIMIT {BATCH}", kind.select());
    let rows: Vec<Listed> = sql::tuples(transaction, &select, values![after]).await?;
    let last = rows.last().map(|(id, ..)| (rows.len() as u64, id.clone()));
    for row in rows {
        keep_row(transaction, kind, row).await?;
    }
    Ok(last)
}

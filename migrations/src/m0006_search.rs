//! What keeps reads and accounts bounded: the words of the history, what each account added to it in a day, and what the
//! database is marked as.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A range of words is a range of bytes on both databases.
        let (binary, clustered) = match manager.get_database_backend() {
            DbBackend::Postgres => ("COLLATE \"C\"", ""),
            _ => ("COLLATE BINARY", " WITHOUT ROWID"),
        };
        let tables = TABLES.replace("{binary}", binary).replace("{clustered}", clustered);
        portable::run(manager, &tables).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP TABLE marks; DROP TABLE history_usage; DROP TABLE history_words_head;
                    DROP TABLE history_words; DROP INDEX history_service;";
        portable::run(manager, drop).await
    }
}

const TABLES: &str = "
-- Each word of an entry, in lower case, for searching without reading a text. scope is whose it is: 'o' and the id of an
-- organisation, 'a' and the id of an account; empty for what staff alone may search by, such as the name of an admin.
-- What is in here follows from the entries and can be made again; where a text is erased its words go too.
CREATE TABLE history_words (
    word TEXT {binary} NOT NULL,
    entry_index {int} NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (word, entry_index)
){clustered};
CREATE INDEX history_words_scope ON history_words (scope, word, entry_index);
CREATE INDEX history_service ON history (service_id, entry_index);

-- Entries from before this table, which are still to be put into it: those from next_index and below until_index.
CREATE TABLE history_words_head (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    next_index {int} NOT NULL,
    until_index {int} NOT NULL
);
INSERT INTO history_words_head (id, next_index, until_index) SELECT 1, 0, next_index FROM history_head WHERE id = 1;

-- How many bytes an account added to the history on a day, counted in days since 1970, UTC.
CREATE TABLE history_usage (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    day {int} NOT NULL,
    bytes {int} NOT NULL,
    PRIMARY KEY (account_id, day)
);
CREATE INDEX history_usage_day ON history_usage (day);

-- What this database is: 'demo-data' where people with known passwords are in it.
CREATE TABLE marks (
    name TEXT NOT NULL PRIMARY KEY,
    at {int} NOT NULL
);
";

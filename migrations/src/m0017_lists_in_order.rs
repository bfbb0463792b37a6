//! The words of lists in each list's own order, and the revisions that somebody has approved already in an index of their
//! own: so a search and a figure read what their page shows.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, APPROVED).await?;
        match manager.get_database_backend() {
            // In place, as its rights stay with it. An instance of the version before waits with what it writes.
            DbBackend::Postgres => {
                let lock = "LOCK TABLE list_words IN ACCESS EXCLUSIVE MODE;
                            ALTER TABLE list_words ADD COLUMN number BIGINT NOT NULL DEFAULT 0;";
                portable::run(manager, lock).await?;
                portable::run(manager, &ORDERED.replace("{to}", "list_words")).await?;
                let key = "ALTER TABLE list_words DROP CONSTRAINT list_words_pkey;
                           ALTER TABLE list_words ADD PRIMARY KEY (list, word, number, id);";
                portable::run(manager, &format!("{EARLIER}{key}")).await
            }
            _ => {
                portable::run(manager, TABLE).await?;
                portable::run(manager, &ORDERED.replace("{to}", "list_words_in_order")).await?;
                portable::run(manager, SWAPPED).await
            }
        }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let back = if manager.get_database_backend() == DbBackend::Postgres { IN_PLACE } else { UNORDERED };
        portable::run(manager, back).await
    }
}

// `number` and `id` are what a list is ordered by. An instance of the version before, which runs on during an upgrade, writes
// no number, and calls the lists by other names.
const TABLE: &str = "
CREATE TABLE list_words_in_order (
    list TEXT NOT NULL,
    word TEXT COLLATE BINARY NOT NULL,
    number INTEGER NOT NULL DEFAULT 0,
    id TEXT NOT NULL,
    PRIMARY KEY (list, word, number, id)
) WITHOUT ROWID;
";

const ORDERED: &str = "
INSERT INTO {to} (list, word, number, id)
    SELECT 'partners', w.word, o.created_at, w.id FROM list_words w JOIN organisations o ON o.id = w.id
        WHERE w.list = 'organisations'
    UNION ALL SELECT 'people', w.word, a.created_at, w.id FROM list_words w JOIN accounts a ON a.id = w.id
        WHERE w.list = 'accounts'
    UNION ALL SELECT 'queue', w.word, g.submitted_at, w.id FROM list_words w JOIN registrations g ON g.id = w.id
        WHERE w.list = 'registrations' AND g.review_state = 'submitted'
    UNION ALL SELECT 'clients', w.word, g.created_at, w.id FROM list_words w JOIN registrations g ON g.id = w.id
        WHERE w.list = 'registrations' AND g.client_id IS NOT NULL
    UNION ALL SELECT 'publications', w.word, p.list_rank, w.id FROM list_words w
        JOIN publications p ON p.registration_id = w.id WHERE w.list = 'registrations';
";

const EARLIER: &str = "DELETE FROM list_words WHERE list IN ('registrations', 'organisations', 'accounts');";

const SWAPPED: &str = "
DROP TABLE list_words;
ALTER TABLE list_words_in_order RENAME TO list_words;
CREATE INDEX list_words_of ON list_words (id, list, word);
";

const APPROVED: &str = "
CREATE INDEX registrations_approved_in_part ON registrations (review_state, submitted_at, id, revision)
    WHERE approvals > 0;
";

const UNORDERED: &str = "
DROP INDEX registrations_approved_in_part;
CREATE TABLE list_words_unordered (
    list TEXT NOT NULL,
    word TEXT COLLATE BINARY NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (list, word, id)
) WITHOUT ROWID;
INSERT INTO list_words_unordered (list, word, id)
    SELECT DISTINCT CASE list WHEN 'partners' THEN 'organisations' WHEN 'people' THEN 'accounts' ELSE 'registrations' END,
        word, id
    FROM list_words;
DROP TABLE list_words;
ALTER TABLE list_words_unordered RENAME TO list_words;
CREATE INDEX list_words_of ON list_words (id, list, word);
-- Registrations that are in no list have words there, which are made anew.
DELETE FROM marks WHERE name = 'list-words';
";

const IN_PLACE: &str = "
DROP INDEX registrations_approved_in_part;
ALTER TABLE list_words DROP CONSTRAINT list_words_pkey;
INSERT INTO list_words (list, word, id)
    SELECT DISTINCT CASE list WHEN 'partners' THEN 'organisations' WHEN 'people' THEN 'accounts' ELSE 'registrations' END,
        word, id
    FROM list_words;
DELETE FROM list_words WHERE list NOT IN ('registrations', 'organisations', 'accounts');
ALTER TABLE list_words DROP COLUMN number;
ALTER TABLE list_words ADD PRIMARY KEY (list, word, id);
DELETE FROM marks WHERE name = 'list-words';
";

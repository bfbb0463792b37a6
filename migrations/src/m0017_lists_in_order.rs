//! The words of lists in each list's own order, and the revisions that somebody has approved already in an index of their
//! own: so a search and a figure read what their page shows.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // An instance of the version before waits with what it writes, so that nothing of it is lost.
        if manager.get_database_backend() == DbBackend::Postgres {
            portable::run(manager, "LOCK TABLE list_words IN ACCESS EXCLUSIVE MODE").await?;
        }
        let (binary, clustered) = words_of(manager);
        let ordered = ORDERED.replace("{binary}", binary).replace("{clustered}", clustered);
        portable::run(manager, &ordered).await?;
        portable::run(manager, APPROVED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (binary, clustered) = words_of(manager);
        let unordered = UNORDERED.replace("{binary}", binary).replace("{clustered}", clustered);
        portable::run(manager, &unordered).await
    }
}

/// How words are compared, byte by byte, and how SQLite keeps a table that is its own index.
fn words_of(manager: &SchemaManager) -> (&'static str, &'static str) {
    match manager.get_database_backend() {
        DbBackend::Postgres => ("COLLATE \"C\"", ""),
        _ => ("COLLATE BINARY", " WITHOUT ROWID"),
    }
}

const ORDERED: &str = "
-- `number` and `id` are what the list is ordered by. An instance of the version before, which runs on during an upgrade,
-- writes no number.
CREATE TABLE list_words_in_order (
    list TEXT NOT NULL,
    word TEXT {binary} NOT NULL,
    number {int} NOT NULL DEFAULT 0,
    id TEXT NOT NULL,
    PRIMARY KEY (list, word, number, id)
){clustered};
INSERT INTO list_words_in_order (list, word, number, id)
    SELECT w.list, w.word, o.created_at, w.id FROM list_words w JOIN organisations o ON o.id = w.id
        WHERE w.list = 'organisations'
    UNION ALL SELECT w.list, w.word, a.created_at, w.id FROM list_words w JOIN accounts a ON a.id = w.id
        WHERE w.list = 'accounts'
    UNION ALL SELECT 'queue', w.word, g.submitted_at, w.id FROM list_words w JOIN registrations g ON g.id = w.id
        WHERE w.list = 'registrations' AND g.review_state = 'submitted'
    UNION ALL SELECT 'clients', w.word, g.created_at, w.id FROM list_words w JOIN registrations g ON g.id = w.id
        WHERE w.list = 'registrations' AND g.client_id IS NOT NULL
    UNION ALL SELECT 'publications', w.word, p.list_rank, w.id FROM list_words w
        JOIN publications p ON p.registration_id = w.id WHERE w.list = 'registrations';
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
    word TEXT {binary} NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (list, word, id)
){clustered};
INSERT INTO list_words_unordered (list, word, id)
    SELECT DISTINCT CASE WHEN list IN ('organisations', 'accounts') THEN list ELSE 'registrations' END, word, id
    FROM list_words;
DROP TABLE list_words;
ALTER TABLE list_words_unordered RENAME TO list_words;
CREATE INDEX list_words_of ON list_words (id, list, word);
-- Registrations that are in no list have words there, which are made anew.
DELETE FROM marks WHERE name = 'list-words';
";

//! What lists and figures read is kept ready, so that a page costs the same however much is stored: the order and the
//! conditions of each list as an index, and what a condition would have to look up elsewhere as a column.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds no column that is stored, PostgreSQL knows no other.
        let generated = match manager.get_database_backend() {
            DbBackend::Postgres => "STORED",
            _ => "VIRTUAL",
        };
        // A range of words is a range of bytes on both databases.
        let (binary, clustered) = match manager.get_database_backend() {
            DbBackend::Postgres => ("COLLATE \"C\"", ""),
            _ => ("COLLATE BINARY", " WITHOUT ROWID"),
        };
        let words = WORDS.replace("{binary}", binary).replace("{clustered}", clustered);
        portable::run(manager, &words).await?;
        portable::run(manager, &COLUMNS.replace("{generated}", generated)).await?;
        portable::run(manager, INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP TABLE list_words; DELETE FROM marks WHERE name = 'list-words';
                    DROP INDEX organisations_unconfirmed; DROP INDEX organisations_unconfirmed_client;
                    DROP INDEX publications_listed; DROP INDEX publications_listed_in; DROP INDEX publications_failing;
                    DROP INDEX registrations_clients; DROP INDEX registrations_clients_in;
                    DROP INDEX registrations_clients_as; DROP INDEX registrations_clients_in_as;
                    DROP INDEX registrations_clients_due; DROP INDEX registrations_failed;
                    DROP INDEX registrations_queue_in; DROP INDEX registrations_queue_restricted;
                    DROP INDEX registrations_latest;
                    ALTER TABLE publications DROP COLUMN list_rank;
                    ALTER TABLE organisations DROP COLUMN has_client;";
        portable::run(manager, drop).await
    }
}

const WORDS: &str = "
-- The words by which the rows of lists are found: registrations, organisations, accounts. They follow from the rows' names
-- and can be made again.
CREATE TABLE list_words (
    list TEXT NOT NULL,
    word TEXT {binary} NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (list, word, id)
){clustered};
CREATE INDEX list_words_of ON list_words (id, list, word);
";

const COLUMNS: &str = "
-- Whether it ever had a client at a provider.
ALTER TABLE organisations ADD COLUMN has_client BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE organisations SET has_client = TRUE
    WHERE id IN (SELECT organisation_id FROM registrations WHERE published_at IS NOT NULL);

-- Where it stands in the list of publications: what failed (0), what is pending (1), what is done (2).
ALTER TABLE publications ADD COLUMN list_rank {int} GENERATED ALWAYS AS
    (CASE WHEN done_at IS NOT NULL THEN 2 WHEN attempts > 0 THEN 0 ELSE 1 END) {generated};
";

const INDEXES: &str = "
CREATE INDEX organisations_unconfirmed ON organisations (created_at, id) WHERE confirmed_at IS NULL;
CREATE INDEX organisations_unconfirmed_client ON organisations (created_at, id)
    WHERE confirmed_at IS NULL AND has_client;

CREATE INDEX publications_listed ON publications (list_rank, registration_id);
CREATE INDEX publications_listed_in ON publications (environment, list_rank, registration_id);
CREATE INDEX publications_failing ON publications (registration_id) WHERE done_at IS NULL AND last_error IS NOT NULL;

CREATE INDEX registrations_clients ON registrations (created_at, id) WHERE client_id IS NOT NULL;
CREATE INDEX registrations_clients_in ON registrations (environment, created_at, id) WHERE client_id IS NOT NULL;
CREATE INDEX registrations_clients_as ON registrations (confirmed, created_at, id) WHERE client_id IS NOT NULL;
CREATE INDEX registrations_clients_in_as ON registrations (environment, confirmed, created_at, id)
    WHERE client_id IS NOT NULL;
CREATE INDEX registrations_clients_due ON registrations (created_at, id) WHERE publication_due;
CREATE INDEX registrations_failed ON registrations (id) WHERE failed;

CREATE INDEX registrations_queue_in ON registrations (environment, submitted_at, id) WHERE review_state = 'submitted';
CREATE INDEX registrations_queue_restricted ON registrations (submitted_at, id)
    WHERE review_state = 'submitted' AND restricted <> '';

-- When each environment's provider was last read back.
CREATE INDEX registrations_latest ON registrations (environment, published_at);
";

//! Erasing one text, renamings that an admin has to look at, and what entries that bind no names are about.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        let (names, guards) = match manager.get_database_backend() {
            DbBackend::Postgres => (NAMES_POSTGRES, GUARDS_POSTGRES),
            _ => (NAMES_SQLITE, GUARDS_SQLITE),
        };
        portable::run(manager, names).await?;
        portable::run(manager, guards).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guards = match manager.get_database_backend() {
            DbBackend::Postgres => UNGUARD_POSTGRES,
            _ => UNGUARD_SQLITE,
        };
        portable::run(manager, guards).await?;
        let drop = "DROP INDEX organisations_renamed; ALTER TABLE organisations DROP COLUMN renamed_at;
                    DROP INDEX history_erasures; DROP TABLE history_names;
                    ALTER TABLE revisions DROP COLUMN erased_by;";
        portable::run(manager, drop).await
    }
}

const TABLES: &str = "
-- Which entry of before leaves bound names gave an organisation, a service or a person its name: subject_id has it in
-- the text at pointer from entry_index on. Filled here, once.
CREATE TABLE history_names (
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    entry_index {int} NOT NULL REFERENCES history (entry_index),
    pointer TEXT NOT NULL,
    PRIMARY KEY (kind, subject_id, entry_index)
);

-- The erasures of each subject: what they left of a text is found from the text.
CREATE INDEX history_erasures ON history (subject_id, entry_index) WHERE event_type = 'text_erased';

-- The entry of the last erasure from a revision, whose bytes have its digests no more.
ALTER TABLE revisions ADD COLUMN erased_by {int} NULL;

-- Since when what an admin confirmed has another name while a client is at a provider; null once an admin looked.
ALTER TABLE organisations ADD COLUMN renamed_at {int} NULL;
CREATE INDEX organisations_renamed ON organisations (renamed_at, id) WHERE renamed_at IS NOT NULL;
";

const NAMES_SQLITE: &str = "
INSERT INTO history_names (kind, subject_id, entry_index, pointer)
SELECT kind, subject_id, entry_index, '/name' FROM history
WHERE (kind = 'organisation' AND event_type IN ('created', 'organisation_changed'))
   OR (kind = 'account' AND event_type IN ('signed_up', 'renamed'));
INSERT INTO history_names (kind, subject_id, entry_index, pointer)
SELECT 'service', json_extract(CAST(leaf AS TEXT), '$.event.service'), entry_index, '/content' FROM history
WHERE kind = 'organisation' AND event_type IN ('service_added', 'service_changed');
";

const NAMES_POSTGRES: &str = "
INSERT INTO history_names (kind, subject_id, entry_index, pointer)
SELECT kind, subject_id, entry_index, '/name' FROM history
WHERE (kind = 'organisation' AND event_type IN ('created', 'organisation_changed'))
   OR (kind = 'account' AND event_type IN ('signed_up', 'renamed'));
INSERT INTO history_names (kind, subject_id, entry_index, pointer)
SELECT 'service', convert_from(leaf, 'UTF8')::jsonb #>> '{event,service}', entry_index, '/content' FROM history
WHERE kind = 'organisation' AND event_type IN ('service_added', 'service_changed');
";

/// A revision changes by an erasure alone: its bytes and its metadata, when a later entry of its registration says that
/// a text was erased. Whatever identifies it stays. Afterwards nobody approves it.
const GUARDS_SQLITE: &str = "
DROP TRIGGER revisions_no_update;
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions
WHEN NEW.erased_by IS NULL OR NEW.erased_by <= IFNULL(OLD.erased_by, -1)
    OR NEW.registration_id IS NOT OLD.registration_id OR NEW.number IS NOT OLD.number
    OR NEW.digest IS NOT OLD.digest OR NEW.metadata_digest IS NOT OLD.metadata_digest
    OR NEW.submitted_by IS NOT OLD.submitted_by
    OR NOT EXISTS (SELECT 1 FROM history h WHERE h.entry_index = NEW.erased_by AND h.event_type = 'text_erased'
                   AND h.registration_id = OLD.registration_id)
BEGIN SELECT RAISE(ABORT, 'revisions is append-only, but for erasing'); END;
CREATE TRIGGER approvals_of_erased BEFORE INSERT ON approvals
WHEN EXISTS (SELECT 1 FROM revisions r WHERE r.registration_id = NEW.registration_id AND r.number = NEW.number
             AND r.erased_by IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'approvals are of revisions from which nothing was erased'); END;
";

const UNGUARD_SQLITE: &str = "
DROP TRIGGER approvals_of_erased;
DROP TRIGGER revisions_no_update;
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions
BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END;
";

const GUARDS_POSTGRES: &str = "
CREATE OR REPLACE FUNCTION revisions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.erased_by IS NOT NULL AND NEW.erased_by > COALESCE(OLD.erased_by, -1)
            AND NEW.registration_id = OLD.registration_id AND NEW.number = OLD.number
            AND NEW.digest = OLD.digest AND NEW.metadata_digest = OLD.metadata_digest
            AND NEW.submitted_by IS NOT DISTINCT FROM OLD.submitted_by
            AND EXISTS (SELECT 1 FROM history h WHERE h.entry_index = NEW.erased_by
                        AND h.event_type = 'text_erased' AND h.registration_id = OLD.registration_id) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'revisions is append-only, but for erasing';
END $$;
CREATE FUNCTION approvals_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM revisions r WHERE r.registration_id = NEW.registration_id AND r.number = NEW.number
               AND r.erased_by IS NOT NULL) THEN
        RAISE EXCEPTION 'approvals are of revisions from which nothing was erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approvals_of_erased BEFORE INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_of_erased();
";

const UNGUARD_POSTGRES: &str = "
DROP TRIGGER approvals_of_erased ON approvals;
DROP FUNCTION approvals_of_erased;
CREATE OR REPLACE FUNCTION revisions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'revisions is append-only'; END $$;
";

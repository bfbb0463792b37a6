//! The append-only history.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::append_only(manager, "history", &["entry_index"]).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => portable::run(manager, ERASABLE_POSTGRES).await,
            _ => {
                portable::run(manager, ERASABLE_SQLITE).await?;
                let no_replace = portable::no_replace("history_texts", &["entry_index", "pointer"]);
                portable::run(manager, &no_replace).await
            }
        }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, "DROP TABLE history_head; DROP TABLE history_texts; DROP TABLE history;").await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            portable::run(manager, "DROP FUNCTION history_append_only; DROP FUNCTION history_texts_guard;").await?;
        }
        Ok(())
    }
}

const TABLES: &str = "
-- One row per event, gapless from 0. leaf is what a Merkle tree (RFC 6962) is grown over, byte for byte; leaf_hash is
-- SHA-256(0x00 || leaf). The other columns only find entries: what they say is in the leaf or follows from it.
CREATE TABLE history (
    entry_index {int} NOT NULL PRIMARY KEY,
    leaf {blob} NOT NULL,
    leaf_hash {blob} NOT NULL,
    at {int} NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_version {int} NOT NULL,
    event_type TEXT NOT NULL,
    actor TEXT NOT NULL,
    organisation_id TEXT NULL,
    registration_id TEXT NULL,
    service_id TEXT NULL,
    environment TEXT NULL
);
CREATE INDEX history_subject ON history (subject_id, entry_index);
CREATE INDEX history_organisation ON history (organisation_id, entry_index);
CREATE INDEX history_registration ON history (registration_id, entry_index);
CREATE INDEX history_actor ON history (actor, entry_index);
CREATE INDEX history_event_type ON history (event_type, entry_index);
CREATE INDEX history_at ON history (at);

-- Free text and personal data of entries, which the leaf holds as salted hashes: here it can be erased without touching
-- the leaf. The salt goes with the text, since beside the hash it would let a short text be guessed. Triggers allow
-- nothing else.
CREATE TABLE history_texts (
    entry_index {int} NOT NULL REFERENCES history (entry_index),
    pointer TEXT NOT NULL,
    salt {blob} NULL,
    text TEXT NULL,
    PRIMARY KEY (entry_index, pointer)
);

-- The next index. Every writer locks this row first, so that indexes have no gaps and commands run one after another.
CREATE TABLE history_head (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    next_index {int} NOT NULL
);
INSERT INTO history_head (id, next_index) VALUES (1, 0);
";

const ERASABLE_SQLITE: &str = "
CREATE TRIGGER history_texts_no_update BEFORE UPDATE ON history_texts
WHEN NEW.text IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.entry_index <> OLD.entry_index OR NEW.pointer <> OLD.pointer
BEGIN SELECT RAISE(ABORT, 'history_texts is append-only, but for erasing'); END;
CREATE TRIGGER history_texts_no_delete BEFORE DELETE ON history_texts
BEGIN SELECT RAISE(ABORT, 'history_texts is append-only, but for erasing'); END;
";

const ERASABLE_POSTGRES: &str = "
CREATE FUNCTION history_texts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.text IS NULL AND NEW.salt IS NULL
            AND NEW.entry_index = OLD.entry_index AND NEW.pointer = OLD.pointer THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'history_texts is append-only, but for erasing';
END $$;
CREATE TRIGGER history_texts_guard BEFORE UPDATE OR DELETE ON history_texts
FOR EACH ROW EXECUTE FUNCTION history_texts_guard();
CREATE TRIGGER history_texts_no_truncate BEFORE TRUNCATE ON history_texts
FOR EACH STATEMENT EXECUTE FUNCTION history_texts_guard();
";

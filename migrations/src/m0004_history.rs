//! The append-only history.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::append_only(manager, "history").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, "DROP TABLE history_head; DROP TABLE history_texts; DROP TABLE history;").await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            portable::run(manager, "DROP FUNCTION history_append_only;").await?;
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
CREATE INDEX history_actor ON history (actor, entry_index);
CREATE INDEX history_event_type ON history (event_type, entry_index);
CREATE INDEX history_at ON history (at);

-- Free text and personal data of entries, which the leaf holds as salted hashes: here it can be erased (text NULL)
-- without touching the leaf.
CREATE TABLE history_texts (
    entry_index {int} NOT NULL REFERENCES history (entry_index),
    pointer TEXT NOT NULL,
    salt {blob} NOT NULL,
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

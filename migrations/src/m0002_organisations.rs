//! Partner organisations, who belongs to them, what they own.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, "DROP TABLE services; DROP TABLE memberships; DROP TABLE organisations;").await
    }
}

const TABLES: &str = "
-- One row per partner organisation.
CREATE TABLE organisations (
    id TEXT NOT NULL PRIMARY KEY,
    version {int} NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    ods_code TEXT NULL,
    confirmed_at {int} NULL,
    created_at {int} NOT NULL
);
CREATE INDEX organisations_created ON organisations (created_at, id);

-- Who belongs, and who ever belonged: a row is ended, never deleted, because nobody who ever belonged may decide on
-- the organisation's registrations (threat 3).
CREATE TABLE memberships (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    ended_at {int} NULL,
    PRIMARY KEY (organisation_id, account_id)
);
CREATE INDEX memberships_account ON memberships (account_id);

-- Services by id: registrations refer to them.
CREATE TABLE services (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL
);
CREATE INDEX services_organisation ON services (organisation_id);
";

//! Forms that wait for a browser are sealed under a key that only its cookie holds. What waits in plain is dropped: it
//! lasts ten minutes anyhow, and whoever typed it is told that it is not kept any more.

use crate::portable;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, BEFORE).await
    }
}

const TABLE: &str = "
DROP TABLE refused_forms;

-- By what its token gives, of which the database holds nothing: what was typed and what is wrong with it, sealed.
CREATE TABLE refused_forms (
    token_hash TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    of_visitor BOOLEAN NOT NULL,
    expires_at {int} NOT NULL
);
CREATE INDEX refused_forms_expiry ON refused_forms (expires_at);
CREATE INDEX refused_forms_newest ON refused_forms (of_visitor, expires_at);
";

const BEFORE: &str = "
DROP TABLE refused_forms;
CREATE TABLE refused_forms (
    token_hash TEXT NOT NULL PRIMARY KEY,
    form TEXT NOT NULL,
    form_values TEXT NOT NULL,
    problems TEXT NOT NULL,
    account_id TEXT NULL,
    expires_at {int} NOT NULL
);
CREATE INDEX refused_forms_expiry ON refused_forms (expires_at);
";

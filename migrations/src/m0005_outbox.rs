//! What has to follow a commit: publications and mail; and forms kept for the person who typed them.

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
        portable::run(manager, "DROP TABLE refused_forms; DROP TABLE mail_outbox; DROP TABLE publications;").await
    }
}

const TABLES: &str = "
-- One row per registration that was ever to be published: the generation wanted, written in the transaction that
-- wanted it, and the lease of the worker that is at it (threat 5). done_at is set when that generation was confirmed.
CREATE TABLE publications (
    registration_id TEXT NOT NULL PRIMARY KEY REFERENCES registrations (id),
    environment TEXT NOT NULL,
    wanted_generation {int} NOT NULL,
    lease_until {int} NULL,
    lease_holder TEXT NULL,
    attempts {int} NOT NULL,
    next_attempt_at {int} NOT NULL,
    last_error TEXT NULL,
    done_at {int} NULL
);
CREATE INDEX publications_due ON publications (done_at, next_attempt_at);

-- Mail to be sent, written in the transaction of what it tells of. One that holds an account's link is urgent: somebody
-- waits for it.
CREATE TABLE mail_outbox (
    id {serial},
    account_id TEXT NOT NULL REFERENCES accounts (id),
    notice TEXT NOT NULL,
    revision {int} NULL,
    urgent BOOLEAN NOT NULL,
    created_at {int} NOT NULL,
    attempts {int} NOT NULL,
    next_attempt_at {int} NOT NULL,
    lease_until {int} NULL,
    last_error TEXT NULL,
    sent_at {int} NULL,
    gave_up_at {int} NULL
);
CREATE INDEX mail_outbox_due ON mail_outbox (sent_at, gave_up_at, next_attempt_at);

-- A refused form with what was typed in it, by the hash of a token in the address that shows it again.
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

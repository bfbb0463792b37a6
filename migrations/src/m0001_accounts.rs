//! People: accounts, their secrets, their sessions, the links mailed to them.

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
        let drop = "DROP TABLE links; DROP TABLE sessions; DROP TABLE recovery_codes; DROP TABLE credentials;
                    DROP TABLE accounts;";
        portable::run(manager, drop).await
    }
}

const TABLES: &str = "
-- One row per person. email_key is the address in lower case: of two sign-ups racing for one address, this index
-- lets one win.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    version {int} NOT NULL,
    state TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    staff_role TEXT NULL,
    verified BOOLEAN NOT NULL,
    second_factor BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at {int} NOT NULL
);
CREATE INDEX accounts_staff ON accounts (staff_role);
CREATE INDEX accounts_created ON accounts (created_at, id);

-- Secrets beside the account, so that neither its state nor its history ever holds one. sign_outs counts how often its
-- sessions were ended all at once: a sign-in that began before does not finish after.
CREATE TABLE credentials (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    password_phc TEXT NULL,
    totp_sealed TEXT NULL,
    last_totp_step {int} NULL,
    sign_outs {int} NOT NULL DEFAULT 0
);

-- Recovery codes, hashed; each is accepted once.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    hash TEXT NOT NULL,
    used_at {int} NULL,
    PRIMARY KEY (account_id, hash)
);

-- Open sessions by the hash of their token: whoever reads the database cannot sign in with it (threat 7).
CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    second_factor BOOLEAN NOT NULL,
    reauthenticated_at {int} NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_seen ON sessions (seen_at);
CREATE INDEX sessions_created ON sessions (created_at);

-- Mailed links by the hash of their token; each is accepted once and runs out (threat 11).
CREATE TABLE links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    purpose TEXT NOT NULL,
    expires_at {int} NOT NULL,
    used_at {int} NULL
);
CREATE INDEX links_account ON links (account_id);
CREATE INDEX links_expiry ON links (expires_at);
";

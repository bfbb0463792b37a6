//! Registrations, their immutable revisions, the approvals, and what later submissions are compared with.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::append_only(manager, "revisions", &["registration_id", "number"]).await?;
        portable::append_only(manager, "approvals", &["registration_id", "number", "admin_id"]).await?;
        let guard = match manager.get_database_backend() {
            DbBackend::Postgres => GUARD_POSTGRES,
            _ => GUARD_SQLITE,
        };
        portable::run(manager, guard).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP TABLE look_alikes; DROP TABLE registered_keys; DROP TABLE approvals; DROP TABLE revisions;
                    DROP TABLE registrations;";
        portable::run(manager, drop).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let drop = "DROP FUNCTION approvals_guard; DROP FUNCTION approvals_append_only;
                        DROP FUNCTION revisions_append_only;";
            portable::run(manager, drop).await?;
        }
        Ok(())
    }
}

const TABLES: &str = "
-- One row per registration. One per service and environment: of two that start at once, one wins.
CREATE TABLE registrations (
    id TEXT NOT NULL PRIMARY KEY,
    version {int} NOT NULL,
    state TEXT NOT NULL,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    service_id TEXT NOT NULL REFERENCES services (id),
    environment TEXT NOT NULL,
    client_id TEXT NULL UNIQUE,
    client_state TEXT NOT NULL,
    revision {int} NOT NULL,
    review_state TEXT NULL,
    restricted TEXT NOT NULL,
    approvals {int} NOT NULL,
    submitted_at {int} NULL,
    submitted_by TEXT NULL,
    client_name TEXT NULL,
    published_at {int} NULL,
    publication_due BOOLEAN NOT NULL,
    failed BOOLEAN NOT NULL,
    draft_ahead BOOLEAN NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    UNIQUE (service_id, environment)
);
CREATE INDEX registrations_organisation ON registrations (organisation_id);
CREATE INDEX registrations_queue ON registrations (review_state, submitted_at, id);
CREATE INDEX registrations_created ON registrations (created_at, id);

-- The exact bytes that a review is about, and those that are published. Immutable (threat 1).
CREATE TABLE revisions (
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    number {int} NOT NULL,
    digest TEXT NOT NULL,
    metadata_digest TEXT NOT NULL,
    bytes TEXT NOT NULL,
    metadata TEXT NOT NULL,
    submitted_by TEXT NULL,
    PRIMARY KEY (registration_id, number)
);

-- Approvals by people. The key refuses a second one by the same admin; a trigger refuses the submitter, whoever ever
-- belonged to the organisation, and another digest than the revision's (threat 3).
CREATE TABLE approvals (
    registration_id TEXT NOT NULL,
    number {int} NOT NULL,
    admin_id TEXT NOT NULL REFERENCES accounts (id),
    digest TEXT NOT NULL,
    metadata_digest TEXT NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (registration_id, number, admin_id),
    FOREIGN KEY (registration_id, number) REFERENCES revisions (registration_id, number)
);

-- Keys of submitted revisions, for shared moduli and shared primes (threat 13). proved: that organisation signed a
-- nonce with the private key, for whichever of its registrations.
CREATE TABLE registered_keys (
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    revision {int} NOT NULL,
    organisation_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    modulus_hex TEXT NOT NULL,
    proved BOOLEAN NOT NULL,
    PRIMARY KEY (registration_id, revision)
);
CREATE INDEX registered_keys_thumbprint ON registered_keys (thumbprint);
CREATE INDEX registered_keys_modulus ON registered_keys (modulus_hex);

-- Skeletons (UTS 39) of hosts and client names of submitted revisions, for look-alikes (threat 2).
CREATE TABLE look_alikes (
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    revision {int} NOT NULL,
    organisation_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    shown TEXT NOT NULL,
    PRIMARY KEY (registration_id, revision, kind, shown)
);
CREATE INDEX look_alikes_skeleton ON look_alikes (kind, skeleton);
";

const GUARD_SQLITE: &str = "
CREATE TRIGGER approvals_guard BEFORE INSERT ON approvals
WHEN NOT EXISTS (
    SELECT 1 FROM revisions r
    WHERE r.registration_id = NEW.registration_id AND r.number = NEW.number
      AND r.digest = NEW.digest AND r.metadata_digest = NEW.metadata_digest
      AND (r.submitted_by IS NULL OR r.submitted_by <> NEW.admin_id)
) OR EXISTS (
    SELECT 1 FROM registrations g JOIN memberships m ON m.organisation_id = g.organisation_id
    WHERE g.id = NEW.registration_id AND m.account_id = NEW.admin_id
)
BEGIN SELECT RAISE(ABORT, 'approvals are by others than the submitter and the team, of the exact revision'); END;
";

const GUARD_POSTGRES: &str = "
CREATE FUNCTION approvals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM revisions r
        WHERE r.registration_id = NEW.registration_id AND r.number = NEW.number
          AND r.digest = NEW.digest AND r.metadata_digest = NEW.metadata_digest
          AND (r.submitted_by IS NULL OR r.submitted_by <> NEW.admin_id)
    ) OR EXISTS (
        SELECT 1 FROM registrations g JOIN memberships m ON m.organisation_id = g.organisation_id
        WHERE g.id = NEW.registration_id AND m.account_id = NEW.admin_id
    ) THEN
        RAISE EXCEPTION 'approvals are by others than the submitter and the team, of the exact revision';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approvals_guard BEFORE INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_guard();
";

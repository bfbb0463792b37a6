//! Votes that count, guarded by the database; organisations that no owner can sign in for; and room for another
//! registration beside one that is retired.

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, UP).await?;
        let guard = match manager.get_database_backend() {
            DbBackend::Postgres => GUARD_POSTGRES,
            _ => GUARD_SQLITE,
        };
        portable::run(manager, guard).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unguard = match manager.get_database_backend() {
            DbBackend::Postgres => "DROP TRIGGER publications_guard ON publications; DROP FUNCTION publications_guard;",
            _ => "DROP TRIGGER publications_guard_insert; DROP TRIGGER publications_guard_update;",
        };
        portable::run(manager, unguard).await?;
        portable::run(manager, DOWN).await
    }
}

const UP: &str = "
-- Approvals that count now: of an active admin with a second factor who never belonged to the partner's team (threat 3).
-- The one place in which the database says so.
CREATE VIEW counting_approvals AS
SELECT p.registration_id, p.number, p.admin_id, p.digest, p.metadata_digest
FROM approvals p JOIN accounts a ON a.id = p.admin_id JOIN registrations g ON g.id = p.registration_id
WHERE a.staff_role = 'admin' AND a.second_factor AND NOT a.disabled AND NOT EXISTS (
    SELECT 1 FROM memberships m WHERE m.organisation_id = g.organisation_id AND m.account_id = a.id);

-- The revision that is wanted, and how many approvals have to count for it at the moment at which it is wanted: 0 where
-- the client is wanted off, where the rules approved it, and where the provider had it before.
ALTER TABLE publications ADD COLUMN revision {int} NULL;
ALTER TABLE publications ADD COLUMN approvals_needed {int} NOT NULL DEFAULT 0;

-- UNIQUE (service_id, environment) was over this column, which goes on as the place that a registration takes in its
-- service: the environment's name, or, once retired, the registration's own id. So there is one that is not retired in
-- each environment, and another can follow one that is. SQLite changes no constraint of a table that others refer to.
ALTER TABLE registrations RENAME COLUMN environment TO place;
ALTER TABLE registrations ADD COLUMN environment TEXT NOT NULL DEFAULT '';
UPDATE registrations SET environment = place;
UPDATE registrations SET place = id WHERE client_state = 'retired';

-- Whether no owner can sign in: kept beside the team, so that such organisations are found by an index.
ALTER TABLE organisations ADD COLUMN without_owner BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE organisations SET without_owner = TRUE WHERE NOT EXISTS (
    SELECT 1 FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = organisations.id AND m.role = 'owner' AND m.ended_at IS NULL AND NOT a.disabled);
CREATE INDEX organisations_without_owner ON organisations (created_at, id) WHERE without_owner;
";

const DOWN: &str = "
DROP INDEX organisations_without_owner;
ALTER TABLE organisations DROP COLUMN without_owner;
DROP VIEW counting_approvals;
-- One that another one followed keeps its id there: the constraint takes one of them only.
UPDATE registrations SET place = environment WHERE NOT EXISTS (
    SELECT 1 FROM registrations o WHERE o.id <> registrations.id
    AND o.service_id = registrations.service_id AND o.environment = registrations.environment);
ALTER TABLE registrations DROP COLUMN environment;
ALTER TABLE registrations RENAME COLUMN place TO environment;
ALTER TABLE publications DROP COLUMN approvals_needed;
ALTER TABLE publications DROP COLUMN revision;
";

const GUARD_SQLITE: &str = "
CREATE TRIGGER publications_guard_insert BEFORE INSERT ON publications
WHEN NEW.approvals_needed > (
    SELECT COUNT(*) FROM counting_approvals c
    WHERE c.registration_id = NEW.registration_id AND c.number = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'too few approvals of this revision count'); END;
CREATE TRIGGER publications_guard_update BEFORE UPDATE OF wanted_generation, revision, approvals_needed ON publications
WHEN NEW.approvals_needed > (
    SELECT COUNT(*) FROM counting_approvals c
    WHERE c.registration_id = NEW.registration_id AND c.number = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'too few approvals of this revision count'); END;
";

const GUARD_POSTGRES: &str = "
CREATE FUNCTION publications_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approvals_needed > (
        SELECT COUNT(*) FROM counting_approvals c
        WHERE c.registration_id = NEW.registration_id AND c.number = NEW.revision) THEN
        RAISE EXCEPTION 'too few approvals of this revision count';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publications_guard BEFORE INSERT OR UPDATE OF wanted_generation, revision, approvals_needed
ON publications FOR EACH ROW EXECUTE FUNCTION publications_guard();
";

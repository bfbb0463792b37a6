//! What takes two admins beside an approval is guarded by the database too: switching a suspended client on again, and
//! giving or taking a staff role (threat 3).

use crate::portable;
use domain::actor::{By, Stamp};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement, Value},
};
use serde_json::Value as Json;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Rows that are read at once, so that memory does not depend on how many there are.
const BATCH: usize = 200;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, TABLES).await?;
        portable::run(manager, named_environment(manager.get_database_backend())).await?;
        fill(manager, "accounts", &["proposed_role\":{", "staff_set\":{"], account).await?;
        fill(manager, "registrations", &["suspensions\":[{"], registration).await?;
        portable::run(manager, WHAT_IS_WANTED).await?;
        let guards = match manager.get_database_backend() {
            DbBackend::Postgres => GUARDS_POSTGRES,
            _ => GUARDS_SQLITE,
        };
        portable::run(manager, guards).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unguard = match manager.get_database_backend() {
            DbBackend::Postgres => UNGUARD_POSTGRES,
            _ => UNGUARD_SQLITE,
        };
        portable::run(manager, unguard).await?;
        portable::run(manager, DOWN).await
    }
}

const TABLES: &str = "
-- How many admins an environment asks for, as the portal last had it configured when it mattered. One that is not here
-- asks for two.
CREATE TABLE environment_rules (
    environment TEXT NOT NULL PRIMARY KEY,
    admins_needed {int} NOT NULL
);

-- Of the last suspension: who proposed to end it and when, and who ended it. What is proposed has to be there before it
-- is confirmed.
ALTER TABLE registrations ADD COLUMN reinstatement_proposed_by TEXT NULL;
ALTER TABLE registrations ADD COLUMN reinstatement_proposed_at {int} NULL;
ALTER TABLE registrations ADD COLUMN reinstated_by TEXT NULL;
CREATE INDEX registrations_reinstatements ON registrations (reinstatement_proposed_at, id)
    WHERE reinstatement_proposed_at IS NOT NULL AND reinstated_by IS NULL;

-- What is asked of the provider: on, off or removed; and whether that ends a suspension that the provider was told of.
ALTER TABLE publications ADD COLUMN wanted TEXT NULL;
ALTER TABLE publications ADD COLUMN reinstates BOOLEAN NOT NULL DEFAULT FALSE;

-- The staff role that is proposed (none: to take it away), by whom and when; and who set the role that is in force: an
-- account, or 'operator'.
ALTER TABLE accounts ADD COLUMN role_proposed TEXT NULL;
ALTER TABLE accounts ADD COLUMN role_proposed_by TEXT NULL;
ALTER TABLE accounts ADD COLUMN role_proposed_at {int} NULL;
ALTER TABLE accounts ADD COLUMN role_set_by TEXT NULL;

-- Admins whose vote counts now, as far as it concerns no partner.
CREATE VIEW counting_admins AS
SELECT a.id FROM accounts a WHERE a.staff_role = 'admin' AND a.second_factor AND NOT a.disabled;

-- Who stands behind a reinstatement and counts now: never belonged to the partner's team either.
CREATE VIEW counting_reinstaters AS
SELECT g.id AS registration_id, a.id AS admin_id
FROM registrations g JOIN counting_admins a ON a.id IN (g.reinstatement_proposed_by, g.reinstated_by)
WHERE g.reinstated_by IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM memberships m WHERE m.organisation_id = g.organisation_id AND m.account_id = a.id);
";

/// A retired registration that was taken back behind m0007, and forward again, has its id where the environment's name was.
/// Its state has the name.
fn named_environment(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "UPDATE registrations SET environment = state::jsonb ->> 'environment'
             WHERE environment = id AND state::jsonb ->> 'environment' IS NOT NULL;"
        }
        _ => {
            "UPDATE registrations SET environment = json_extract(state, '$.environment')
             WHERE environment = id AND json_valid(state) AND json_extract(state, '$.environment') IS NOT NULL;"
        }
    }
}

/// Follows from what was filled in.
const WHAT_IS_WANTED: &str = "
UPDATE publications SET wanted = (SELECT g.wanted FROM registrations g WHERE g.id = publications.registration_id);
UPDATE publications SET reinstates = TRUE WHERE done_at IS NULL AND wanted = 'on' AND EXISTS (
    SELECT 1 FROM registrations g WHERE g.id = publications.registration_id AND g.confirmed = 'off'
    AND g.reinstated_by IS NOT NULL);
";

const DOWN: &str = "
DROP VIEW counting_reinstaters;
DROP VIEW counting_admins;
ALTER TABLE accounts DROP COLUMN role_set_by;
ALTER TABLE accounts DROP COLUMN role_proposed_at;
ALTER TABLE accounts DROP COLUMN role_proposed_by;
ALTER TABLE accounts DROP COLUMN role_proposed;
ALTER TABLE publications DROP COLUMN reinstates;
ALTER TABLE publications DROP COLUMN wanted;
DROP INDEX registrations_reinstatements;
ALTER TABLE registrations DROP COLUMN reinstated_by;
ALTER TABLE registrations DROP COLUMN reinstatement_proposed_at;
ALTER TABLE registrations DROP COLUMN reinstatement_proposed_by;
DROP TABLE environment_rules;
";

type Columns = Vec<(&'static str, Value)>;

/// What the columns of each row are to hold, from its state: of the rows whose state has one of these members.
async fn fill(
    manager: &SchemaManager<'_>,
    table: &str,
    members: &[&str],
    columns: fn(&Json) -> Columns,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let has: Vec<String> = members.iter().map(|member| format!("state LIKE '%\"{member}%'")).collect();
    let has = has.join(" OR ");
    let mut last = String::new();
    loop {
        let select = format!("SELECT id, state FROM {table} WHERE id > $1 AND ({has}) ORDER BY id LIMIT {BATCH}");
        let statement = Statement::from_sql_and_values(backend, select, [last.clone().into()]);
        let rows = connection.query_all_raw(statement).await?;
        for row in &rows {
            last = row.try_get("", "id")?;
            let state: String = row.try_get("", "state")?;
            // A state that cannot be read stays: whoever opens it is told so.
            let columns = serde_json::from_str(&state).map(|state| columns(&state)).unwrap_or_default();
            if columns.is_empty() {
                continue;
            }
            let sets: Vec<String> = (2..).zip(&columns).map(|(at, (name, _))| format!("{name} = ${at}")).collect();
            let update = format!("UPDATE {table} SET {} WHERE id = $1", sets.join(", "));
            let values = std::iter::once(last.clone().into()).chain(columns.into_iter().map(|(_, value)| value));
            connection.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
        }
        if rows.len() < BATCH {
            return Ok(());
        }
    }
}

/// The open proposal of a role, and who set the one in force, where that was recorded.
fn account(state: &Json) -> Columns {
    let mut columns = Columns::new();
    if let Some((by, at)) = state.pointer("/proposed_role/stamp").and_then(stamped) {
        let role = state.pointer("/proposed_role/role").and_then(Json::as_str).unwrap_or("none");
        columns.push(("role_proposed", role.into()));
        columns.push(("role_proposed_by", by.into()));
        columns.push(("role_proposed_at", at.into()));
    }
    match state.get("staff_set") {
        Some(set) if set.pointer("/by").and_then(Json::as_str) == Some("operator") => {
            columns.push(("role_set_by", "operator".into()));
        }
        Some(set) => columns.extend(stamped(set).map(|(by, _)| ("role_set_by", by.into()))),
        None => {}
    }
    columns
}

/// Who proposed to end the last suspension, and who ended it.
fn registration(state: &Json) -> Columns {
    let Some(last) = state.get("suspensions").and_then(Json::as_array).and_then(|all| all.last()) else {
        return Vec::new();
    };
    let mut columns = Columns::new();
    if let Some((by, at)) = last.pointer("/proposal/stamp").and_then(stamped) {
        columns.push(("reinstatement_proposed_by", by.into()));
        columns.push(("reinstatement_proposed_at", at.into()));
    }
    if let Some((by, _)) = last.get("ended").and_then(stamped) {
        columns.push(("reinstated_by", by.into()));
    }
    columns
}

/// Which account it was, and when, in milliseconds since 1970.
fn stamped(stamp: &Json) -> Option<(String, i64)> {
    let stamp: Stamp = serde_json::from_value(stamp.clone()).ok()?;
    let By::Account(account) = stamp.by else { return None };
    let millis = stamp.at.unix_timestamp_nanos().div_euclid(1_000_000);
    Some((account.to_string(), millis.try_into().ok()?))
}

const GUARDS_SQLITE: &str = "
-- Wanted off, and now on: by as many admins who count as the environment asks for, of whom the first proposed it before.
CREATE TRIGGER registrations_reinstatement BEFORE UPDATE OF wanted ON registrations
WHEN OLD.wanted IN ('off', 'removed') AND NEW.wanted = 'on' AND (
    OLD.wanted = 'removed'
    OR NOT EXISTS (SELECT 1 FROM counting_admins a WHERE a.id = NEW.reinstated_by)
    OR NEW.reinstatement_proposed_by IS NOT OLD.reinstatement_proposed_by
    OR NEW.reinstatement_proposed_at IS NOT OLD.reinstatement_proposed_at
    OR IFNULL((SELECT r.admins_needed FROM environment_rules r WHERE r.environment = OLD.environment), 2) > (
        SELECT COUNT(*) FROM counting_admins a WHERE a.id IN (OLD.reinstatement_proposed_by, NEW.reinstated_by)
        AND NOT EXISTS (SELECT 1 FROM memberships m
                        WHERE m.organisation_id = OLD.organisation_id AND m.account_id = a.id)))
BEGIN SELECT RAISE(ABORT, 'too few admins who count reinstate this client'); END;

CREATE TRIGGER publications_reinstatement BEFORE UPDATE OF wanted ON publications
WHEN OLD.wanted IN ('off', 'removed') AND NEW.wanted = 'on' AND (
    OLD.wanted = 'removed'
    OR IFNULL((SELECT r.admins_needed FROM environment_rules r JOIN registrations g ON g.environment = r.environment
               WHERE g.id = NEW.registration_id), 2) > (
        SELECT COUNT(*) FROM counting_reinstaters c WHERE c.registration_id = NEW.registration_id))
BEGIN SELECT RAISE(ABORT, 'too few admins who count reinstate this client'); END;

-- A row in the place of another one is no way around it.
CREATE TRIGGER publications_reinstatement_insert BEFORE INSERT ON publications
WHEN NEW.wanted = 'on' AND (
    SELECT IFNULL(p.wanted, g.confirmed) FROM registrations g LEFT JOIN publications p ON p.registration_id = g.id
    WHERE g.id = NEW.registration_id) IN ('off', 'removed')
AND IFNULL((SELECT r.admins_needed FROM environment_rules r JOIN registrations g ON g.environment = r.environment
            WHERE g.id = NEW.registration_id), 2) > (
    SELECT COUNT(*) FROM counting_reinstaters c WHERE c.registration_id = NEW.registration_id)
BEGIN SELECT RAISE(ABORT, 'too few admins who count reinstate this client'); END;

-- A staff role is another one by a proposal of one admin that another one confirms, or by the operator.
CREATE TRIGGER accounts_staff_role BEFORE UPDATE OF staff_role ON accounts
WHEN NEW.staff_role IS NOT OLD.staff_role AND NEW.role_set_by IS NOT 'operator' AND (
    IFNULL(OLD.role_proposed, '') <> IFNULL(NEW.staff_role, 'none')
    OR 2 > (SELECT COUNT(*) FROM counting_admins a WHERE a.id IN (OLD.role_proposed_by, NEW.role_set_by) AND a.id <> NEW.id))
BEGIN SELECT RAISE(ABORT, 'a staff role takes two admins who count, or the operator'); END;
CREATE TRIGGER accounts_staff_role_insert BEFORE INSERT ON accounts
WHEN NEW.staff_role IS NOT NULL AND NEW.role_set_by IS NOT 'operator'
BEGIN SELECT RAISE(ABORT, 'a staff role takes two admins who count, or the operator'); END;
";

const UNGUARD_SQLITE: &str = "
DROP TRIGGER accounts_staff_role_insert;
DROP TRIGGER accounts_staff_role;
DROP TRIGGER publications_reinstatement_insert;
DROP TRIGGER publications_reinstatement;
DROP TRIGGER registrations_reinstatement;
";

/// Where the tables have an owner, only who may act as that owner is the operator.
const GUARDS_POSTGRES: &str = "
CREATE FUNCTION admins_needed(of_registration TEXT) RETURNS BIGINT LANGUAGE sql STABLE AS $$
    SELECT COALESCE((SELECT r.admins_needed FROM environment_rules r JOIN registrations g ON g.environment = r.environment
                     WHERE g.id = of_registration), 2)
$$;
CREATE FUNCTION registrations_reinstatement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.wanted = 'removed'
        OR NOT EXISTS (SELECT 1 FROM counting_admins a WHERE a.id = NEW.reinstated_by)
        OR NEW.reinstatement_proposed_by IS DISTINCT FROM OLD.reinstatement_proposed_by
        OR NEW.reinstatement_proposed_at IS DISTINCT FROM OLD.reinstatement_proposed_at
        OR admins_needed(OLD.id) > (
            SELECT COUNT(*) FROM counting_admins a WHERE a.id IN (OLD.reinstatement_proposed_by, NEW.reinstated_by)
            AND NOT EXISTS (SELECT 1 FROM memberships m
                            WHERE m.organisation_id = OLD.organisation_id AND m.account_id = a.id)) THEN
        RAISE EXCEPTION 'too few admins who count reinstate this client';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registrations_reinstatement BEFORE UPDATE OF wanted ON registrations
FOR EACH ROW WHEN (OLD.wanted IN ('off', 'removed') AND NEW.wanted = 'on')
EXECUTE FUNCTION registrations_reinstatement();

CREATE FUNCTION publications_reinstatement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was TEXT;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD.wanted;
    ELSE
        SELECT COALESCE(p.wanted, g.confirmed) INTO was FROM registrations g
        LEFT JOIN publications p ON p.registration_id = g.id WHERE g.id = NEW.registration_id;
    END IF;
    IF was = 'removed' OR (was = 'off' AND admins_needed(NEW.registration_id) > (
        SELECT COUNT(*) FROM counting_reinstaters c WHERE c.registration_id = NEW.registration_id)) THEN
        RAISE EXCEPTION 'too few admins who count reinstate this client';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publications_reinstatement BEFORE INSERT OR UPDATE OF wanted ON publications
FOR EACH ROW WHEN (NEW.wanted = 'on') EXECUTE FUNCTION publications_reinstatement();

CREATE FUNCTION accounts_staff_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.role_set_by = 'operator' AND pg_has_role(
        (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'a staff role takes two admins who count, or the operator as the owner of the tables';
    END IF;
    IF OLD.role_proposed IS DISTINCT FROM COALESCE(NEW.staff_role, 'none') OR 2 > (
        SELECT COUNT(*) FROM counting_admins a
        WHERE a.id IN (OLD.role_proposed_by, NEW.role_set_by) AND a.id <> NEW.id) THEN
        RAISE EXCEPTION 'a staff role takes two admins who count, or the operator as the owner of the tables';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_staff_role BEFORE UPDATE OF staff_role ON accounts
FOR EACH ROW WHEN (NEW.staff_role IS DISTINCT FROM OLD.staff_role) EXECUTE FUNCTION accounts_staff_role();
CREATE TRIGGER accounts_staff_role_insert BEFORE INSERT ON accounts
FOR EACH ROW WHEN (NEW.staff_role IS NOT NULL) EXECUTE FUNCTION accounts_staff_role();
";

const UNGUARD_POSTGRES: &str = "
DROP TRIGGER accounts_staff_role_insert ON accounts;
DROP TRIGGER accounts_staff_role ON accounts;
DROP FUNCTION accounts_staff_role;
DROP TRIGGER publications_reinstatement ON publications;
DROP FUNCTION publications_reinstatement;
DROP TRIGGER registrations_reinstatement ON registrations;
DROP FUNCTION registrations_reinstatement;
DROP FUNCTION admins_needed;
";

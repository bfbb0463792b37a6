//! A client that was withdrawn before its provider had it is wanted *absent*, from where it can be wanted on again by what is
//! approved next. What is off or removed is not: that takes who reinstates it, or is final (m0012).

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guard = match manager.get_database_backend() {
            DbBackend::Postgres => GUARD_POSTGRES,
            _ => GUARD_SQLITE,
        };
        portable::run(manager, guard).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unguard = match manager.get_database_backend() {
            DbBackend::Postgres => {
                "DROP TRIGGER publications_withdrawal ON publications; DROP TRIGGER registrations_withdrawal ON registrations;
                 DROP FUNCTION refuse_withdrawal;"
            }
            _ => {
                "DROP TRIGGER publications_withdrawal_insert; DROP TRIGGER publications_withdrawal;
                 DROP TRIGGER registrations_withdrawal;"
            }
        };
        portable::run(manager, unguard).await
    }
}

const GUARD_SQLITE: &str = "
CREATE TRIGGER registrations_withdrawal BEFORE UPDATE OF wanted ON registrations
WHEN NEW.wanted = 'absent' AND OLD.wanted IN ('off', 'removed')
BEGIN SELECT RAISE(ABORT, 'what is switched off is not withdrawn'); END;
CREATE TRIGGER publications_withdrawal BEFORE UPDATE OF wanted ON publications
WHEN NEW.wanted = 'absent' AND OLD.wanted IN ('off', 'removed')
BEGIN SELECT RAISE(ABORT, 'what is switched off is not withdrawn'); END;
-- A row in the place of another one is no way around it.
CREATE TRIGGER publications_withdrawal_insert BEFORE INSERT ON publications
WHEN NEW.wanted = 'absent' AND EXISTS (
    SELECT 1 FROM publications p WHERE p.registration_id = NEW.registration_id AND p.wanted IN ('off', 'removed'))
BEGIN SELECT RAISE(ABORT, 'what is switched off is not withdrawn'); END;
";

/// A row is put in the place of another one by an update there.
const GUARD_POSTGRES: &str = "
CREATE FUNCTION refuse_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is switched off is not withdrawn';
END $$;
CREATE TRIGGER registrations_withdrawal BEFORE UPDATE OF wanted ON registrations
FOR EACH ROW WHEN (NEW.wanted = 'absent' AND OLD.wanted IN ('off', 'removed')) EXECUTE FUNCTION refuse_withdrawal();
CREATE TRIGGER publications_withdrawal BEFORE UPDATE OF wanted ON publications
FOR EACH ROW WHEN (NEW.wanted = 'absent' AND OLD.wanted IN ('off', 'removed')) EXECUTE FUNCTION refuse_withdrawal();
";

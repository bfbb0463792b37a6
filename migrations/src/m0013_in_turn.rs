//! The history is append-only, one entry at a time: whoever may add to it cannot leave a gap, nor take an index out of turn
//! (threats 6 and 23).

use crate::portable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guards = match manager.get_database_backend() {
            DbBackend::Postgres => GUARDS_POSTGRES,
            _ => GUARDS_SQLITE,
        };
        portable::run(manager, guards).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unguard = match manager.get_database_backend() {
            DbBackend::Postgres => UNGUARD_POSTGRES,
            _ => "DROP TRIGGER history_in_turn; DROP TRIGGER history_head_in_turn;",
        };
        portable::run(manager, unguard).await
    }
}

const GUARDS_SQLITE: &str = "
-- An index is taken from the head first, and then written.
CREATE TRIGGER history_in_turn BEFORE INSERT ON history
WHEN NEW.entry_index IS NOT (SELECT h.next_index - 1 FROM history_head h WHERE h.id = 1)
BEGIN SELECT RAISE(ABORT, 'history is append-only, one entry at a time'); END;
CREATE TRIGGER history_head_in_turn BEFORE UPDATE ON history_head
WHEN NEW.id IS NOT OLD.id OR NEW.next_index NOT IN (OLD.next_index, OLD.next_index + 1)
BEGIN SELECT RAISE(ABORT, 'history is append-only, one entry at a time'); END;
";

const GUARDS_POSTGRES: &str = "
CREATE FUNCTION history_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entry_index IS DISTINCT FROM (SELECT h.next_index - 1 FROM history_head h WHERE h.id = 1) THEN
        RAISE EXCEPTION 'history is append-only, one entry at a time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER history_in_turn BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION history_in_turn();

CREATE FUNCTION history_head_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.next_index NOT IN (OLD.next_index, OLD.next_index + 1) THEN
        RAISE EXCEPTION 'history is append-only, one entry at a time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER history_head_in_turn BEFORE UPDATE ON history_head
FOR EACH ROW EXECUTE FUNCTION history_head_in_turn();

-- An index that was taken has its entry by the end of the transaction.
CREATE FUNCTION history_head_has_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.next_index > OLD.next_index
        AND NOT EXISTS (SELECT 1 FROM history h WHERE h.entry_index = NEW.next_index - 1) THEN
        RAISE EXCEPTION 'history is append-only, one entry at a time';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER history_head_has_entry AFTER UPDATE ON history_head
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION history_head_has_entry();
";

const UNGUARD_POSTGRES: &str = "
DROP TRIGGER history_head_has_entry ON history_head;
DROP FUNCTION history_head_has_entry;
DROP TRIGGER history_head_in_turn ON history_head;
DROP FUNCTION history_head_in_turn;
DROP TRIGGER history_in_turn ON history;
DROP FUNCTION history_in_turn;
";

//! One text of SQL for two databases.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Runs statements after putting in what the two databases call differently: `{int}` 64-bit integer, `{blob}` bytes,
/// `{serial}` a primary key that counts by itself.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let (int, blob, serial) = match manager.get_database_backend() {
        DbBackend::Postgres => ("BIGINT", "BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        _ => ("INTEGER", "BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    };
    let sql = sql.replace("{int}", int).replace("{blob}", blob).replace("{serial}", serial);
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

/// Refuses every change and removal of rows of `table`: what was written there stays as it was written. `key` is its
/// primary key.
pub(crate) async fn append_only(manager: &SchemaManager<'_>, table: &str, key: &[&str]) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => format!(
            "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN RAISE EXCEPTION '{table} is append-only'; END $$; \
             CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} \
             FOR EACH ROW EXECUTE FUNCTION {table}_append_only(); \
             CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();"
        ),
        _ => format!(
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} \
             BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END; \
             CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} \
             BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;{}",
            no_replace(table, key)
        ),
    };
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

/// On SQLite `INSERT OR REPLACE` deletes the row that is there without asking the triggers on DELETE.
pub(crate) fn no_replace(table: &str, key: &[&str]) -> String {
    let same: Vec<String> = key.iter().map(|column| format!("{column} = NEW.{column}")).collect();
    format!(
        "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} \
         WHEN EXISTS (SELECT 1 FROM {table} WHERE {}) \
         BEGIN SELECT RAISE(ABORT, '{table} is append-only: each key is unique'); END;",
        same.join(" AND ")
    )
}

//! The shapes of names of organisations and people, by which alike ones are found; and who else gives an ODS code.

use crate::portable;
use domain::text::name_shape;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Rows that are read at once, so that memory does not depend on how many there are.
const BATCH: usize = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        portable::run(manager, COLUMNS).await?;
        for table in ["organisations", "accounts"] {
            fill(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP INDEX organisations_ods_code; DROP INDEX organisations_shape; DROP INDEX accounts_shape;
                    ALTER TABLE organisations DROP COLUMN name_shape; ALTER TABLE accounts DROP COLUMN name_shape;";
        portable::run(manager, drop).await
    }
}

const COLUMNS: &str = "
-- The name as it looks: confusable letters are alike, case and spaces do not count (UTS 39).
ALTER TABLE organisations ADD COLUMN name_shape TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN name_shape TEXT NOT NULL DEFAULT '';
CREATE INDEX organisations_shape ON organisations (name_shape);
CREATE INDEX accounts_shape ON accounts (name_shape, staff_role);
CREATE INDEX organisations_ods_code ON organisations (ods_code);
";

/// Gives each name that is there its shape.
async fn fill(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let mut last = String::new();
    loop {
        let select = format!("SELECT id, name FROM {table} WHERE id > $1 ORDER BY id LIMIT {BATCH}");
        let rows =
            connection.query_all_raw(Statement::from_sql_and_values(backend, select, [last.clone().into()])).await?;
        for row in &rows {
            last = row.try_get("", "id")?;
            let name: String = row.try_get("", "name")?;
            let set = format!("UPDATE {table} SET name_shape = $2 WHERE id = $1");
            let values = [last.clone().into(), name_shape(&name).into()];
            connection.execute_raw(Statement::from_sql_and_values(backend, set, values)).await?;
        }
        if rows.len() < BATCH {
            return Ok(());
        }
    }
}

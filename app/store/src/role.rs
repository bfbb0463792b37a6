//! What the database lets the role do that the portal connects with (threat 23).
//!
//! On PostgreSQL the tables have an owner, who could drop the triggers that guard the history, and a *runtime role* with
//! the rights that serving needs and no others. Tables that only grow are known by their trigger, `TABLE_append_only`; the
//! texts of the history may only be erased, by the owner.

use crate::{
    error::StoreError,
    sql::{self, values},
    store::Store,
};
use sea_orm::{ConnectionTrait, DbBackend};

/// What the present role is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseRole {
    /// A SQLite file has no roles: whoever may write the file may do everything.
    NoRoles,
    /// It owns the tables, or may act as their owner: it could change the history.
    Owner {
        /// Its name.
        name: String,
    },
    /// It can neither drop triggers nor change the history.
    Runtime {
        /// Its name.
        name: String,
    },
}

/// Tables of which nothing is changed but by the owner, beside those that only grow: an erasure changes what the history
/// says and by which words it is found.
const OWNERS: [&str; 3] = ["history_texts", "history_words", "seaql_migrations"];

// As SQL: PostgreSQL's own tables.
const MAY_CHANGE: &str = "
SELECT CAST(current_user AS TEXT) AS name, BOOL_OR(
    pg_has_role(c.relowner, 'USAGE')
    OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
    OR has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')
) AS changes
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace)
  AND (c.relname = 'history_texts' OR EXISTS (
      SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_append_only'))";

const ONLY_GROWING: &str = "
SELECT CAST(c.relname AS TEXT) AS name FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND t.tgname = c.relname || '_append_only'
ORDER BY c.relname";

impl Store {
    /// What the role is that this store connects with.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn role(&self) -> Result<DatabaseRole, StoreError> {
        if self.connection().get_database_backend() != DbBackend::Postgres {
            return Ok(DatabaseRole::NoRoles);
        }
        let (name, changes): (_, Option<bool>) = sql::one(self.connection(), MAY_CHANGE, vec![]).await?;
        Ok(match changes.unwrap_or(true) {
            true => DatabaseRole::Owner { name },
            false => DatabaseRole::Runtime { name },
        })
    }

    /// Gives a role of PostgreSQL what serving needs, and takes the rest away. For the tables' owner, after the schema's
    /// steps. Does nothing on SQLite.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also where there is no such role or the present one is not the owner.
    pub async fn grant_runtime(&self, role: &str) -> Result<(), StoreError> {
        let connection = self.connection();
        if connection.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let schema = "SELECT CAST(quote_ident(current_schema()) AS TEXT)";
        let schema: String = sql::one(connection, schema, vec![]).await?;
        let growing: Vec<String> = sql::tuples(connection, ONLY_GROWING, vec![]).await?;
        let role: String = sql::one(connection, "SELECT quote_ident($1)", values![role]).await?;
        let growing = growing.join(", ");
        let owners = OWNERS.join(", ");
        let grants = format!(
            "BEGIN;
             GRANT USAGE ON SCHEMA {schema} TO {role};
             REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
             REVOKE UPDATE, DELETE ON {growing}, {owners} FROM {role};
             REVOKE INSERT ON seaql_migrations FROM {role};
             REVOKE INSERT, DELETE ON history_head FROM {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
             COMMIT;"
        );
        connection.execute_unprepared(&grants).await?;
        Ok(())
    }
}

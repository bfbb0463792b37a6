//! Where a text stands: every column of every table is looked through, so that no table is forgotten that comes later.

use super::needle::Needle;
use crate::{
    error::StoreError,
    sql::{self, values},
};
use sea_orm::{ConnectionTrait, DbBackend};

// As SQL throughout: the databases' own tables, and addresses of rows.

/// How many rows are read at once.
const ROWS: usize = 200;

/// Tables that cannot hold it: the indexes of searches hold single words, which go with their entry or their row.
const PASSED_OVER: [&str; 3] = ["seaql_migrations", "history_words", "list_words"];

/// A value that holds the text.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) table: String,
    pub(super) column: String,
    /// The database's own address of the row: `rowid` or `ctid`. Good until the row is changed.
    pub(super) row: String,
    /// The value as it stands.
    pub(super) value: String,
}

/// Every value that holds the text. Reads the whole database: for the operator, never for a request.
pub(super) async fn scan(connection: &impl ConnectionTrait, needle: &Needle) -> Result<Vec<Hit>, StoreError> {
    let mut hits = Vec::new();
    for (table, columns) in tables(connection).await? {
        scan_table(connection, &table, &columns, needle, &mut hits).await?;
    }
    Ok(hits)
}

type Table = (String, Vec<String>);

/// Tables with their columns of text or bytes.
async fn tables(connection: &impl ConnectionTrait) -> Result<Vec<Table>, StoreError> {
    let select = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT CAST(c.table_name AS TEXT) AS name, CAST(c.column_name AS TEXT) AS column_name FROM information_schema.columns c
             JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
               AND c.data_type IN ('text', 'bytea', 'character varying', 'json', 'jsonb')
             ORDER BY 1, 2"
        }
        _ => {
            "SELECT m.name AS name, p.name AS column_name FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
               AND UPPER(p.type) NOT IN ('INTEGER', 'BIGINT', 'BOOLEAN', 'REAL')
             ORDER BY 1, 2"
        }
    };
    let mut tables: Vec<Table> = Vec::new();
    for (name, column) in sql::tuples::<(String, String)>(connection, select, vec![]).await? {
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        match tables.last_mut().filter(|(last, _)| *last == name) {
            Some((_, columns)) => columns.push(column),
            None => tables.push((name, vec![column])),
        }
    }
    Ok(tables)
}

async fn scan_table(
    connection: &impl ConnectionTrait,
    table: &str,
    columns: &[String],
    needle: &Needle,
    hits: &mut Vec<Hit>,
) -> Result<(), StoreError> {
    let postgres = connection.get_database_backend() == DbBackend::Postgres;
    let (key, begin) = if postgres { ("CAST(ctid AS TEXT)", "(0,0)") } else { ("CAST(rowid AS TEXT)", "-1") };
    let (order, after) = if postgres { ("ctid", "CAST($1 AS tid)") } else { ("rowid", "CAST($1 AS INTEGER)") };
    let selected: Vec<String> = columns.iter().map(|name| as_text(name, postgres)).collect();
    let select = format!(
        "SELECT {key}, {} FROM {table} WHERE {order} > {after} ORDER BY {order} LIMIT {ROWS}",
        selected.join(", ")
    );
    let mut last = begin.to_owned();
    loop {
        let rows = connection.query_all_raw(sql::statement(connection, &select, values![last.clone()])).await?;
        for row in &rows {
            last = row.try_get_by_index(0)?;
            for (at, column) in (1..).zip(columns) {
                let Some(value) = row.try_get_by_index::<Option<String>>(at)? else { continue };
                if needle.is_in(&value) {
                    hits.push(Hit { table: table.into(), column: column.clone(), row: last.clone(), value });
                }
            }
        }
        if rows.len() < ROWS {
            return Ok(());
        }
    }
}

/// Leaves are text in bytes; of other bytes nothing is a text that somebody typed.
fn as_text(column: &str, postgres: bool) -> String {
    match (postgres, column) {
        (true, "leaf") => format!("convert_from({column}, 'UTF8')"),
        (false, "leaf") | (true, _) => format!("CAST({column} AS TEXT)"),
        (false, _) => format!("CASE WHEN typeof({column}) = 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END"),
    }
}

/// The condition that finds a row by its address, the parameter being `$at`.
pub(super) fn row_is(backend: DbBackend, at: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("ctid = CAST(${at} AS tid)"),
        _ => format!("rowid = CAST(${at} AS INTEGER)"),
    }
}

//! Statements with numbered parameters, `$1`, `$2` …, which both databases read, and how their rows are
//! read. In them `g` is a registration, `o` an organisation, `s` a service, `a` an account, `m` a membership, `p` a
//! publication, `v` an approval and `h` an entry of the history.

use crate::error::StoreError;
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Statement, TryGetableMany, Value};
use time::OffsetDateTime;

/// Parameters of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use values;

/// A statement of a text.
pub(crate) fn statement(connection: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// All rows, their columns read by name.
pub(crate) async fn rows<T: FromQueryResult + Send>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    Ok(T::find_by_statement(statement(connection, sql, values)).all(connection).await?)
}

/// All rows of a few columns, read in their order.
pub(crate) async fn tuples<T: TryGetableMany>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    Ok(rows.iter().map(QueryResult::try_get_many_by_index).collect::<Result<_, _>>()?)
}

/// As [`tuples`], the first row, if any.
pub(crate) async fn tuple<T: TryGetableMany>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, StoreError> {
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    Ok(row.as_ref().map(QueryResult::try_get_many_by_index).transpose()?)
}

/// As [`tuple`], of a statement that always gives a row.
pub(crate) async fn one<T: TryGetableMany>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<T, StoreError> {
    let row = tuple(connection, sql, values).await?;
    row.ok_or_else(|| StoreError::Unavailable("a statement gave no row".into()))
}

/// Runs a statement and says how many rows it changed.
pub(crate) async fn run(connection: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
    Ok(connection.execute_raw(statement(connection, sql, values)).await?.rows_affected())
}

/// Milliseconds since 1970, as times are stored.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

/// The time of stored milliseconds.
pub(crate) fn moment(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A count or number that the schema keeps small and non-negative.
pub(crate) fn small<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Unreadable(format!("the stored number {number} is out of range")))
}

/// A number as the database takes it.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The snake-case word of an enum, as it is stored.
pub(crate) fn word_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// `(CAST($from AS BIGINT)), ($from+1), …`: as many rows of one number, whose type the first one says.
pub(crate) fn rows_of_one(from: usize, count: usize) -> String {
    let row = |at| if at == from { format!("(CAST(${at} AS BIGINT))") } else { format!("(${at})") };
    (from..from + count).map(row).collect::<Vec<_>>().join(", ")
}

/// `$from, $from+1, …` for a list of `count` parameters.
pub(crate) fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

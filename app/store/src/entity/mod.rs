//! The tables as sea-orm's entities, after all steps of the schema, and how statements about them are run.
//!
//! A table is described once, in [`tables`], with what its columns hold ([`value`]). What the query builder can say is
//! built from there; SQL stays where it cannot, and where a statement is measured, with the reason beside it, and its rows are
//! read with the same types. Whoever builds statements imports all of this.

use crate::{error::StoreError, sql::number};

mod tables;
mod value;

use sea_orm::{ActiveModelTrait, DbErr, IntoActiveModel};
pub(crate) use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DerivePartialModel, EntityTrait, FromQueryResult,
    Insert, JoinType, NotSet, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Set, Statement, UpdateMany,
    sea_query::{Expr, OnConflict, SelectStatement},
    value::TimeUnixTimestampMillis as At,
};
pub(crate) use tables::*;
pub(crate) use value::{Count, Document, Json, OrNull, Word, time};

/// Runs a statement that writes and says how many rows it changed.
pub(crate) async fn run(connection: &impl ConnectionTrait, query: &impl QueryTrait) -> Result<u64, StoreError> {
    Ok(try_run(connection, query.build(connection.get_database_backend())).await?)
}

/// As [`run`], with the database's own error for whoever wants to know a duplicate from a failure.
pub(crate) async fn try_run(connection: &impl ConnectionTrait, statement: Statement) -> Result<u64, DbErr> {
    Ok(connection.execute_raw(statement).await?.rows_affected())
}

/// Adds a row.
pub(crate) async fn add<A: ActiveModelTrait>(
    connection: &impl ConnectionTrait,
    row: impl IntoActiveModel<A>,
) -> Result<(), StoreError> {
    run(connection, &Insert::one(row)).await.map(|_| ())
}

/// The statement that sets what is set here, in the rows that it is filtered by.
pub(crate) fn update<A: ActiveModelTrait>(to: A) -> UpdateMany<A::Entity> {
    A::Entity::update_many().set(to)
}

/// The statement that writes a row with this version: the first one adds it, each other one finds the one before there, or
/// changes nothing.
pub(crate) fn keep<A: ActiveModelTrait>(
    row: A,
    of: <A::Entity as EntityTrait>::Column,
    version: u64,
    backend: DbBackend,
) -> Result<Statement, StoreError> {
    Ok(match version {
        1 => A::Entity::insert(row).build(backend),
        _ => A::Entity::update(row).validate()?.filter(of.eq(number(version - 1))).build(backend),
    })
}

/// Whether there is any row. sea-orm's own `exists` asks for all of them, and PostgreSQL would send them.
pub(crate) async fn is_any<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    query: Select<E>,
) -> Result<bool, StoreError> {
    Ok(query.select_only().expr(Expr::cust("1")).into_tuple::<i32>().one(connection).await?.is_some())
}

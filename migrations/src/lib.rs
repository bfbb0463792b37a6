//! The database schema, one file for each step, the same for SQLite and PostgreSQL.
//!
//! Conventions: ids are UUIDs as text; times are milliseconds since 1970, UTC; digests are lowercase hex. What is
//! `state` is the JSON of an aggregate; the columns beside it repeat what lists filter and sort by, and are written
//! by the same statement.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        ConnectionTrait, DatabaseBackend, DatabaseConnection, SqliteTransactionMode, TransactionOptions,
        TransactionTrait,
    },
};

mod m0001_accounts;
mod m0002_organisations;
mod m0003_registrations;
mod m0004_history;
mod m0005_outbox;
mod m0006_search;
mod m0007_authority;
mod m0008_erasure;
mod m0009_read_back;
mod m0010_sealed_forms;
mod m0011_names;
mod m0012_two_people;
mod m0013_in_turn;
mod m0014_lists;
mod m0015_keys;
mod m0016_indexes;
mod m0017_lists_in_order;
mod m0018_requests;
mod m0019_invitations;
mod m0020_ways_in;
mod m0021_several_keys;
mod m0022_withdrawals;
mod m0023_tokens;
mod m0024_evidence_ends;
mod m0025_attachments;
mod portable;

/// Identifies the migration lock among PostgreSQL's advisory locks.
const LOCK: i64 = 0x706f_7274_616c;

/// Brings a database to the present schema: all of the missing steps, or none. Instances that start together take
/// turns.
///
/// # Errors
/// Whatever the database answers.
pub async fn bring_up(database: &DatabaseConnection) -> Result<(), DbErr> {
    let sqlite = database.get_database_backend() == DatabaseBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let work = database.begin_with_options(options).await?;
    if !sqlite {
        // The turn may come late and a step may take long: the limits of requests are not for them.
        let patient = "SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
                       SET LOCAL statement_timeout = 0;";
        work.execute_unprepared(patient).await?;
        work.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Migrator::up(&work, None).await?;
    work.commit().await
}

/// How many steps the database lacks. Reads only: whoever asks needs no right to create tables.
///
/// # Errors
/// Whatever the database answers.
pub async fn pending(database: &DatabaseConnection) -> Result<usize, DbErr> {
    Ok(Migrator::get_pending_migrations_read_only(database).await?.len())
}

/// The steps to the present schema.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_organisations::Migration),
            Box::new(m0003_registrations::Migration),
            Box::new(m0004_history::Migration),
            Box::new(m0005_outbox::Migration),
            Box::new(m0006_search::Migration),
            Box::new(m0007_authority::Migration),
            Box::new(m0008_erasure::Migration),
            Box::new(m0009_read_back::Migration),
            Box::new(m0010_sealed_forms::Migration),
            Box::new(m0011_names::Migration),
            Box::new(m0012_two_people::Migration),
            Box::new(m0013_in_turn::Migration),
            Box::new(m0014_lists::Migration),
            Box::new(m0015_keys::Migration),
            Box::new(m0016_indexes::Migration),
            Box::new(m0017_lists_in_order::Migration),
            Box::new(m0018_requests::Migration),
            Box::new(m0019_invitations::Migration),
            Box::new(m0020_ways_in::Migration),
            Box::new(m0021_several_keys::Migration),
            Box::new(m0022_withdrawals::Migration),
            Box::new(m0023_tokens::Migration),
            Box::new(m0024_evidence_ends::Migration),
            Box::new(m0025_attachments::Migration),
        ]
    }
}

//! The connections, and how a transaction that writes begins.

use crate::{
    entity::*,
    error::StoreError,
    quotas::Quotas,
    reads::{self, Brake, Reads},
    snapshot,
};
use domain::{person_name::PersonNames, policy::EnvironmentPolicy, protected::Protected};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait, sqlx::sqlite::SqliteConnectOptions,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

/// How long a writer waits for another one's transaction, and for a connection of the pool.
const PATIENCE: Duration = Duration::from_secs(15);
/// A connection that has rested for this long is tried before it is used: the server or a proxy may have closed it.
const RESTED: Duration = Duration::from_secs(30);
/// What PostgreSQL ends: waiting for a lock, and the transaction of somebody who does not go on, such as a machine that
/// went away. Otherwise one of them, holding the history's head, would stop every writer for good. what differs
/// comes with each kind of connection.
const POSTGRES_LIMITS: [(&str, &str); 2] = [("lock_timeout", "15s"), ("idle_in_transaction_session_timeout", "30s")];
/// How long a statement of a command may take on PostgreSQL, with the wait for its turn.
const FOR_COMMANDS: &[(&str, &str)] = &[("statement_timeout", "20s")];
/// How long a command may take on SQLite once it has its turn, where it would keep every other writer waiting.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);
/// The same for the worker.
const FOR_THE_WORKER: &[(&str, &str)] = &[("statement_timeout", "60s")];
/// The same for a page: [`crate::reads::STATEMENT_LIMIT`]. It writes nothing, and what it reads stands as at one moment.
const FOR_PAGES: &[(&str, &str)] = &[
    ("statement_timeout", "3s"),
    ("default_transaction_isolation", "repeatable read"),
    ("default_transaction_read_only", "on"),
];

/// How many connections there are for what. Nobody takes the last one of another kind: however many people read, commands
/// and the worker go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// For reading pages.
    pub pages: u32,
    /// For commands. SQLite has one writer, so that more than one wait there for each other.
    pub commands: u32,
    /// For the worker.
    pub worker: u32,
}

impl Connections {
    /// Divides a number of connections: a quarter each for commands and worker, the rest for pages, each one at least.
    pub fn of(all: u32) -> Self {
        let quarter = (all / 4).max(1);
        Self { pages: all.saturating_sub(2 * quarter).max(1), commands: quarter, worker: quarter }
    }
}

/// What [`Store::owners_away_after`] is where nothing is configured.
const OWNERS_AWAY_AFTER: time::Duration = time::Duration::days(180);

/// The portal's database.
#[derive(Clone, Debug)]
pub struct Store {
    /// Commands, migrations and what else is no page.
    connection: DatabaseConnection,
    /// The worker's connections, and their brake.
    worker: (DatabaseConnection, Arc<Brake>),
    reads: Reads,
    /// Of the connections for commands.
    brake: Arc<Brake>,
    environments: Arc<Vec<EnvironmentPolicy>>,
    person_names: Arc<PersonNames>,
    quotas: Quotas,
    owners_away_after: time::Duration,
    /// SQLite has one writer: inside this process writers queue here, in order, instead of polling the file's lock.
    writer: Arc<Mutex<()>>,
    writes: Arc<AtomicU64>,
}

impl Store {
    /// Connects to `sqlite:PATH` (created when missing) or `postgres://…` with [`Connections::of`] a number. The schema is
    /// `migrations::Migrator`'s.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn connect(
        url: &str,
        max_connections: u32,
        environments: Arc<Vec<EnvironmentPolicy>>,
    ) -> Result<Self, StoreError> {
        Self::connect_with(url, Connections::of(max_connections), environments).await
    }

    /// The same with so many connections for each kind of work.
    ///
    /// SQLite is opened in WAL mode with `synchronous=FULL`: what was committed survives a power cut (threat 15).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn connect_with(
        url: &str,
        connections: Connections,
        environments: Arc<Vec<EnvironmentPolicy>>,
    ) -> Result<Self, StoreError> {
        let brake = Arc::new(Brake::new());
        let mut commands = options(url, connections.commands, FOR_COMMANDS);
        reads::put_on(&mut commands, Arc::clone(&brake), Arc::default());
        let connection = Database::connect(commands).await?;
        // A database in memory is that of one pool.
        let (worker, reads) = match url.contains(":memory:") {
            true => ((connection.clone(), Arc::clone(&brake)), Reads::Shared(connection.clone())),
            false => {
                let mut pages = options(url, connections.pages, FOR_PAGES);
                pages.map_sqlx_sqlite_opts(|options| sqlite(options).pragma("query_only", "ON"));
                let reads = Reads::open(&pages, connections.pages, connection.clone()).await?;
                let brake = Arc::new(Brake::new());
                let mut worker = options(url, connections.worker, FOR_THE_WORKER);
                reads::put_on(&mut worker, Arc::clone(&brake), Arc::default());
                ((Database::connect(worker).await?, brake), reads)
            }
        };
        let quotas = Quotas::default();
        // Every environment protects the same names.
        let protected = environments.first().map_or_else(Protected::nhs_login, |policy| policy.protected.clone());
        let person_names = Arc::new(PersonNames::new(&protected));
        let (writer, writes) = (Arc::default(), Arc::default());
        Ok(Self {
            connection,
            worker,
            reads,
            brake,
            environments,
            person_names,
            quotas,
            owners_away_after: OWNERS_AWAY_AFTER,
            writer,
            writes,
        })
    }

    /// The same database for the worker: with connections of its own, and in one queue with the other writers.
    #[must_use]
    pub fn for_worker(&self) -> Self {
        let (worker, brake) = self.worker.clone();
        Self { connection: worker.clone(), reads: Reads::Shared(worker), brake, ..self.clone() }
    }

    /// The same with other quotas than [`Quotas::default`].
    #[must_use]
    pub fn with_quotas(self, quotas: Quotas) -> Self {
        Self { quotas, ..self }
    }

    /// The same with another time without a sign-in of any owner, after which an organisation with a client is shown to staff,
    /// than 180 days.
    #[must_use]
    pub fn with_owners_away_after(self, owners_away_after: time::Duration) -> Self {
        Self { owners_away_after, ..self }
    }

    /// After which time without a sign-in of any owner an organisation with a client is shown to staff.
    pub fn owners_away_after(&self) -> time::Duration {
        self.owners_away_after
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// The environments' policies, in order.
    pub fn environments(&self) -> &[EnvironmentPolicy] {
        &self.environments
    }

    /// By which people's names are shown.
    pub fn person_names(&self) -> &PersonNames {
        &self.person_names
    }

    /// The policy of one environment.
    pub fn environment(&self, name: &str) -> Option<&EnvironmentPolicy> {
        self.environments.iter().find(|policy| policy.name == name)
    }

    /// For migrations and `portal doctor`. Pages read by [`Store::reads`].
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Closes every connection: whoever asks afterwards is told that the database is not available.
    pub async fn close(&self) {
        for pool in self.reads.pools().into_iter().chain([self.connection.clone(), self.worker.0.clone()]) {
            if let Err(cause) = pool.close().await {
                tracing::debug!(%cause, "a connection was closed already");
            }
        }
    }

    /// For what pages read: statements with a time limit, which end with their request.
    pub(crate) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// How many steps SQLite's machine made for what pages read since the start, to the thousand. A test compares what a
    /// read costs beside little and beside much.
    pub fn steps_read(&self) -> u64 {
        self.reads.steps()
    }

    /// How many statements pages asked since the start. A test says how many each of them needs.
    pub fn statements_read(&self) -> u64 {
        self.reads.statements()
    }

    /// How often a connection was taken to read a page since the start. A test says that each page takes one.
    pub fn connections_taken(&self) -> u64 {
        self.reads.taken()
    }

    /// Begins a transaction that may write. SQLite takes the writer's lock at once (`BEGIN IMMEDIATE`), so that no
    /// transaction fails for having read before it wrote.
    pub(crate) async fn begin(&self) -> Result<Work<'_>, StoreError> {
        // Whoever waits for the turn to write keeps no connection for reading.
        snapshot::let_go();
        let sqlite = self.connection.get_database_backend() == DbBackend::Sqlite;
        let turn = if sqlite { Some(self.writer.lock().await) } else { None };
        let armed = Armed::new(&self.brake);
        let options = TransactionOptions {
            sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(Work { transaction, _armed: armed, _turn: turn, writes: &self.writes })
    }

    /// Begins a transaction that runs after every other one of its kind: on PostgreSQL by the lock on the history's
    /// head, which gives the history gapless indexes too. A decision therefore never rests on what another command
    /// is changing at the same moment.
    pub(crate) async fn begin_in_turn(&self) -> Result<Work<'_>, StoreError> {
        let work = self.begin().await?;
        if self.connection.get_database_backend() == DbBackend::Postgres {
            head::Entity::find_by_id(1).lock_exclusive().one(&work.transaction).await?;
        }
        Ok(work)
    }

    /// What a command costs that changes nothing: its turn, a write and a commit. Where a command would tell by the time
    /// that it takes whether something is there, the other path does this instead (threat 16).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn write_in_vain(&self) -> Result<(), StoreError> {
        let work = self.begin_in_turn().await?;
        let same = head::Entity::update_many().col_expr(head::NextIndex, Expr::col(head::NextIndex));
        let outcome = run(work.transaction(), &same.filter(head::Id.eq(1))).await;
        work.finish(outcome).await.map(|_| ())
    }

    /// How often something was committed since the start. A test compares it between paths that must not differ.
    pub fn writes_done(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Runs one statement that writes, outside any transaction.
    pub(crate) async fn write(&self, query: &impl QueryTrait) -> Result<u64, StoreError> {
        snapshot::let_go();
        let sqlite = self.connection.get_database_backend() == DbBackend::Sqlite;
        let _turn = if sqlite { Some(self.writer.lock().await) } else { None };
        let _armed = Armed::new(&self.brake);
        let changed = run(&self.connection, query).await?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(changed)
    }
}

fn options(url: &str, count: u32, settings: &'static [(&str, &str)]) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // Statements carry secrets as parameters, so none is logged.
    options.max_connections(count).sqlx_logging(false).record_stmt_in_spans(false);
    options.connect_timeout(PATIENCE).acquire_timeout(PATIENCE);
    options.test_before_acquire_if_idle_for(RESTED);
    options.map_sqlx_postgres_opts(move |options| options.options(POSTGRES_LIMITS).options(settings.iter().copied()));
    options.map_sqlx_sqlite_opts(sqlite);
    options
}

fn sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .pragma("journal_mode", "WAL")
        .pragma("synchronous", "FULL")
        // In KiB. What is read again comes from the system's cache; each connection would keep twice as much.
        .pragma("cache_size", "-1000")
}

/// The brake of the connections that write, while there is something to be ended: however that ends, it rests afterwards.
struct Armed<'a>(&'a Brake);

impl<'a> Armed<'a> {
    fn new(brake: &'a Brake) -> Self {
        brake.run_for(COMMAND_LIMIT);
        Self(brake)
    }
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.0.rest();
    }
}

/// A transaction that writes, with this process's turn to write. Dropped without commit, it rolls back.
pub(crate) struct Work<'a> {
    transaction: DatabaseTransaction,
    _armed: Armed<'a>,
    _turn: Option<MutexGuard<'a, ()>>,
    writes: &'a AtomicU64,
}

impl Work<'_> {
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Rolls everything back.
    pub(crate) async fn take_back(self) {
        if let Err(cause) = self.transaction.rollback().await {
            tracing::warn!(%cause, "a transaction could not be rolled back");
        }
    }

    /// Commits what went well and rolls back the rest.
    pub(crate) async fn finish<T>(self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match outcome {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                self.take_back().await;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    /// What is written ends at its limit, and whoever writes next has the whole of theirs, also where nothing was
    /// committed or rolled back.
    async fn writers_are_stopped_and_leave_no_limit_behind(store: Store) {
        const ENDLESS: &str = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000000000)
                               SELECT COUNT(*) AS n FROM c";
        let soon = Duration::from_millis(50);
        let work = store.begin().await.unwrap();
        store.brake.run_for(soon);
        let stopped = tokio::time::timeout(PATIENCE, sql::one::<i64>(work.transaction(), ENDLESS, vec![])).await;
        assert!(matches!(stopped, Ok(Err(_))), "{stopped:?}");
        drop(work);
        assert!(store.brake.may_go_on(), "whoever writes next is stopped by the limit of who wrote before");
        store.write_in_vain().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_writes_on_sqlite_is_stopped_and_leaves_no_limit_behind() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("writers.sqlite").display());
        let store = Store::connect(&url, 3, Arc::default()).await.unwrap();
        migrations::bring_up(store.connection()).await.unwrap();
        writers_are_stopped_and_leave_no_limit_behind(store.for_worker()).await;
        writers_are_stopped_and_leave_no_limit_behind(store).await;
    }

    #[tokio::test]
    async fn names_that_the_configuration_protects_are_seen_in_peoples_names() {
        let mut environments = EnvironmentPolicy::nhs_login();
        for policy in &mut environments {
            policy.protected.names.push("Riverside Onboarding".into());
        }
        let store = Store::connect("sqlite::memory:", 1, Arc::new(environments)).await.unwrap();
        let shown = store.person_names().shown("Riverside Onboarding", None).to_string();
        assert_eq!(shown, "Riverside Onboarding (not NHS login staff)");
    }
}

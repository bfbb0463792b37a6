//! The connections that pages read with: each statement has a time limit, and ends with whoever asked for it.
//!
//! A driver's future that is dropped leaves its statement running: PostgreSQL goes on until it has a row to send, SQLite
//! on a thread of its own until it steps to one. Eight searches whose readers had gone away kept the portal from
//! everybody. So each connection has a brake: SQLite asks it every [`STEPS`] steps of its machine, and PostgreSQL's
//! process is told to cancel. A connection serves the next reader once the old statement has ended.

use crate::{
    error::CUT_OFF,
    snapshot::{self, Open},
};
use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseExecutor, DbBackend, DbErr,
    ExecResult, QueryResult, RuntimeErr, Statement, TransactionTrait,
    sqlx::{self, Connection},
};
use std::{
    collections::VecDeque,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::error::Elapsed,
};

/// How long one statement of a page may run.
pub(crate) const STATEMENT_LIMIT: Duration = Duration::from_secs(3);
/// How long a page waits for a connection before its reader is told to come back.
pub(crate) const WAIT_LIMIT: Duration = Duration::from_secs(3);
/// How much later than the database we end a statement ourselves: the network may be what hangs.
const GRACE: Duration = Duration::from_secs(2);
/// Steps of SQLite's machine between two looks at the brake: some tens of microseconds.
const STEPS: i32 = 1_000;

/// Where reads go.
#[derive(Clone, Debug)]
pub(crate) enum Reads {
    /// A pool as it is: the worker's, and that of a database in memory, which has one.
    Shared(DatabaseConnection),
    /// Connections with brakes.
    Braked(Arc<Lanes>),
}

/// A number of connections, each with its brake.
#[derive(Debug)]
pub(crate) struct Lanes {
    backend: DbBackend,
    free: Mutex<VecDeque<Lane>>,
    places: Arc<Semaphore>,
    /// Cancels what a process of PostgreSQL is doing.
    side: DatabaseConnection,
    steps: Arc<AtomicU64>,
    statements: AtomicU64,
    taken: AtomicU64,
}

#[derive(Clone, Debug)]
struct Lane {
    connection: DatabaseConnection,
    brake: Arc<Brake>,
}

/// When the statement on a connection has to end.
#[derive(Debug)]
pub(crate) struct Brake {
    since: Instant,
    /// In milliseconds after `since`; `u64::MAX` while nothing runs.
    until: AtomicU64,
    /// PostgreSQL's process behind the connection.
    process: AtomicI32,
}

impl Brake {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), until: AtomicU64::new(u64::MAX), process: AtomicI32::new(0) }
    }

    /// From now on what runs has to end so soon.
    pub(crate) fn run_for(&self, limit: Duration) {
        let until = u64::try_from((self.since.elapsed() + limit).as_millis()).unwrap_or(u64::MAX);
        self.until.store(until, Ordering::SeqCst);
    }

    fn stop(&self) {
        self.until.store(0, Ordering::SeqCst);
    }

    /// What runs may run for ever.
    pub(crate) fn rest(&self) {
        self.until.store(u64::MAX, Ordering::SeqCst);
    }

    /// Whether what runs may run on.
    pub(crate) fn may_go_on(&self) -> bool {
        self.since.elapsed().as_millis() < u128::from(self.until.load(Ordering::SeqCst))
    }
}

/// Lets SQLite ask a brake on each connection of a pool, and counts the steps of its machine.
pub(crate) fn put_on(options: &mut ConnectOptions, brake: Arc<Brake>, steps: Arc<AtomicU64>) {
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        let (brake, steps) = (Arc::clone(&brake), Arc::clone(&steps));
        pool.after_connect(move |connection, _| {
            let (brake, steps) = (Arc::clone(&brake), Arc::clone(&steps));
            Box::pin(async move {
                connection.lock_handle().await?.set_progress_handler(STEPS, move || {
                    steps.fetch_add(u64::from(STEPS.unsigned_abs()), Ordering::Relaxed);
                    brake.may_go_on()
                });
                Ok(())
            })
        })
    });
}

impl Reads {
    /// Opens `count` connections with brakes. `options` are those of every connection of the portal; `side` cancels.
    pub(crate) async fn open(options: &ConnectOptions, count: u32, side: DatabaseConnection) -> Result<Self, DbErr> {
        let steps = Arc::<AtomicU64>::default();
        let mut free = VecDeque::new();
        for _ in 0..count {
            free.push_back(open_lane(options.clone(), Arc::clone(&steps)).await?);
        }
        let places = Arc::new(Semaphore::new(free.len()));
        let backend = side.get_database_backend();
        let (statements, taken) = (AtomicU64::default(), AtomicU64::default());
        Ok(Self::Braked(Arc::new(Lanes { backend, free: Mutex::new(free), places, side, steps, statements, taken })))
    }

    /// Steps that SQLite's machine made for reads since the start, to the thousand: what reading cost.
    pub(crate) fn steps(&self) -> u64 {
        match self {
            Self::Shared(_) => 0,
            Self::Braked(lanes) => lanes.steps.load(Ordering::SeqCst),
        }
    }

    /// Statements that were asked since the start.
    pub(crate) fn statements(&self) -> u64 {
        match self {
            Self::Shared(_) => 0,
            Self::Braked(lanes) => lanes.statements.load(Ordering::SeqCst),
        }
    }

    /// How often a connection was taken since the start.
    pub(crate) fn taken(&self) -> u64 {
        match self {
            Self::Shared(_) => 0,
            Self::Braked(lanes) => lanes.taken.load(Ordering::SeqCst),
        }
    }

    /// The pools behind it, those that nobody reads with at this moment.
    pub(crate) fn pools(&self) -> Vec<DatabaseConnection> {
        match self {
            Self::Shared(connection) => vec![connection.clone()],
            Self::Braked(lanes) => {
                let free = lanes.free.lock().unwrap_or_else(PoisonError::into_inner);
                free.iter().map(|lane| lane.connection.clone()).collect()
            }
        }
    }

    /// Where the next statement is asked: in the transaction of the page that is being read, or by itself.
    async fn at(&self) -> Result<At, DbErr> {
        let lanes = match self {
            Self::Shared(connection) => return Ok(At::Shared(connection.clone())),
            Self::Braked(lanes) => lanes,
        };
        lanes.statements.fetch_add(1, Ordering::Relaxed);
        let Some(mut place) = snapshot::of_page().await else {
            let running = lanes.enter().await?;
            running.brake(STATEMENT_LIMIT);
            return Ok(At::Alone(running));
        };
        let open = match place.take() {
            Some(open) => open,
            None => lanes.begin().await?,
        };
        open.running.brake(STATEMENT_LIMIT);
        Ok(At::Page(open, place))
    }
}

/// Where a statement is asked. Dropped before [`At::end`], whoever asked is gone, and the statement with them.
enum At {
    Shared(DatabaseConnection),
    Alone(Running),
    /// In the page's transaction, which goes back to its place.
    Page(Open, OwnedMutexGuard<Option<Open>>),
}

impl At {
    fn executor(&self) -> Result<DatabaseExecutor<'_>, DbErr> {
        match self {
            Self::Shared(connection) => Ok(connection.into()),
            Self::Alone(running) => Ok(running.lane.as_ref().map(|lane| &lane.connection).ok_or_else(busy)?.into()),
            Self::Page(open, _) => Ok((&open.transaction).into()),
        }
    }

    /// Waits for a statement, no longer than it may take.
    async fn limited<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Limited<T> {
        match self {
            Self::Shared(_) => Ok(statement.await),
            _ => tokio::time::timeout(STATEMENT_LIMIT + GRACE, statement).await,
        }
    }

    /// Gives the connection back where its statement has ended. After an error, PostgreSQL takes no more in the same
    /// transaction.
    fn end<T>(self, outcome: Limited<T>) -> Result<T, DbErr> {
        let Ok(outcome) = outcome else { return Err(DbErr::Query(RuntimeErr::Internal(CUT_OFF.into()))) };
        match self {
            Self::Shared(_) => {}
            Self::Alone(running) => running.ended(),
            Self::Page(open, mut place) if outcome.is_ok() => {
                open.running.rest();
                *place = Some(open);
            }
            Self::Page(open, _) => open.end(),
        }
        outcome
    }
}

/// The outcome of a statement, or that it took too long.
type Limited<T> = Result<Result<T, DbErr>, Elapsed>;

async fn open_lane(mut options: ConnectOptions, steps: Arc<AtomicU64>) -> Result<Lane, DbErr> {
    let brake = Arc::new(Brake::new());
    options.max_connections(1).min_connections(0).connect_lazy(true).acquire_timeout(WAIT_LIMIT);
    put_on(&mut options, Arc::clone(&brake), steps);
    let of_postgres = Arc::clone(&brake);
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let brake = Arc::clone(&of_postgres);
        pool.after_connect(move |connection, _| {
            let brake = Arc::clone(&brake);
            Box::pin(async move {
                let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *connection).await?;
                brake.process.store(process, Ordering::SeqCst);
                connection.ping().await
            })
        })
    });
    Ok(Lane { connection: Database::connect(options).await?, brake })
}

fn busy() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
}

impl Lanes {
    async fn enter(self: &Arc<Self>) -> Result<Running, DbErr> {
        let place = tokio::time::timeout(WAIT_LIMIT, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| busy())?.map_err(|_| busy())?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        let lane = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Ok(Running { lanes: Arc::clone(self), lane: Some(lane.ok_or_else(busy)?), place: Some(place) })
    }

    /// Begins the transaction of a page.
    async fn begin(self: &Arc<Self>) -> Result<Open, DbErr> {
        let running = self.enter().await?;
        running.brake(STATEMENT_LIMIT);
        let lane = running.lane.as_ref().ok_or_else(busy)?;
        let begun = tokio::time::timeout(STATEMENT_LIMIT + GRACE, lane.connection.begin()).await;
        let transaction = begun.map_err(|_| DbErr::Query(RuntimeErr::Internal(CUT_OFF.into())))??;
        Ok(Open { transaction, running })
    }

    fn give_back(&self, lane: Lane, place: Option<OwnedSemaphorePermit>) {
        lane.brake.rest();
        // Whoever comes next takes the one that was used last: it is warm, and those that are not needed stay small.
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push_front(lane);
        drop(place);
    }

    /// Ends what a connection is at, and waits until it has ended.
    async fn clear(&self, lane: &Lane) {
        if self.backend == DbBackend::Postgres {
            let process = lane.brake.process.load(Ordering::SeqCst);
            let cancel = Statement::from_sql_and_values(self.backend, "SELECT pg_cancel_backend($1)", [process.into()]);
            if let Err(cause) = self.side.query_one_raw(cancel).await {
                tracing::warn!(%cause, "a statement whose reader is gone could not be cancelled; its time limit ends it");
            }
        }
        // The driver gives the connection out again when the statement on it has ended.
        if let Err(cause) = lane.connection.ping().await {
            tracing::debug!(%cause, "a connection whose reader is gone is made anew");
        }
    }
}

/// A connection that is taken, and what runs on it.
#[derive(Debug)]
pub(crate) struct Running {
    lanes: Arc<Lanes>,
    lane: Option<Lane>,
    place: Option<OwnedSemaphorePermit>,
}

impl Running {
    /// What runs from now on has to end so soon.
    fn brake(&self, limit: Duration) {
        if let Some(lane) = &self.lane {
            lane.brake.run_for(limit);
        }
    }

    /// Nothing runs at this moment.
    fn rest(&self) {
        if let Some(lane) = &self.lane {
            lane.brake.rest();
        }
    }

    /// Gives the connection back.
    pub(crate) fn ended(mut self) {
        if let Some(lane) = self.lane.take() {
            self.lanes.give_back(lane, self.place.take());
        }
    }
}

/// Dropped before it ended: whoever asked is gone, and the statement goes too.
impl Drop for Running {
    fn drop(&mut self) {
        let Some(lane) = self.lane.take() else { return };
        lane.brake.stop();
        let (lanes, place) = (Arc::clone(&self.lanes), self.place.take());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            lanes.clear(&lane).await;
            lanes.give_back(lane, place);
        });
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Shared(connection) => connection.get_database_backend(),
            Self::Braked(lanes) => lanes.backend,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let at = self.at().await?;
        let outcome = at.limited(at.executor()?.execute_raw(statement)).await;
        at.end(outcome)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let at = self.at().await?;
        let outcome = at.limited(at.executor()?.execute_unprepared(sql)).await;
        at.end(outcome)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let at = self.at().await?;
        let outcome = at.limited(at.executor()?.query_one_raw(statement)).await;
        at.end(outcome)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let at = self.at().await?;
        let outcome = at.limited(at.executor()?.query_all_raw(statement)).await;
        at.end(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::StoreError,
        sql::{self, values},
        store::{Connections, Store},
    };
    use std::{pin::pin, task::Context};

    /// Runs for minutes where nobody stops it.
    const ENDLESS: &str = "WITH RECURSIVE c (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM c
                           WHERE n < 4000000000) SELECT COUNT(*) AS n FROM c";

    async fn store(url: &str, pages: u32) -> Store {
        let connections = Connections { pages, commands: 1, worker: 1 };
        Store::connect_with(url, connections, Arc::default()).await.unwrap()
    }

    async fn on_sqlite(pages: u32) -> (Store, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("reads.sqlite").display());
        (store(&url, pages).await, directory)
    }

    async fn on_postgres(pages: u32) -> Store {
        store(&std::env::var("TEST_POSTGRES_URL").expect("run the tests by tests/with-postgres"), pages).await
    }

    async fn a_statement_ends_at_its_limit(store: Store) {
        let since = Instant::now();
        let error = sql::one::<i64>(store.reads(), ENDLESS, vec![]).await.unwrap_err();
        assert_eq!(error, StoreError::TooLong);
        assert!(since.elapsed() < STATEMENT_LIMIT + Duration::from_secs(1), "{:?}", since.elapsed());
        assert_eq!(sql::one::<i32>(store.reads(), "SELECT 1", vec![]).await.unwrap(), 1, "the connection goes on");
    }

    async fn a_statement_ends_with_its_request(store: Store) {
        {
            let dropped = format!("{ENDLESS} /* dropped */");
            let mut asked = pin!(sql::one::<i64>(store.reads(), &dropped, vec![]));
            for _ in 0..20 {
                let polled = asked.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()));
                assert!(polled.is_pending());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        let since = Instant::now();
        assert_eq!(sql::one::<i32>(store.reads(), "SELECT 1", vec![]).await.unwrap(), 1);
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "there is one connection: it was free after {:?}",
            since.elapsed()
        );
    }

    async fn readers_take_no_connection_of_others(store: Store) {
        let mut reading = Vec::new();
        for _ in 0..8 {
            let store = store.clone();
            reading.push(tokio::spawn(async move { sql::one::<i64>(store.reads(), ENDLESS, vec![]).await }));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let since = Instant::now();
        let worker = store.for_worker();
        assert_eq!(sql::one::<i32>(worker.reads(), "SELECT 1", vec![]).await.unwrap(), 1);
        assert_eq!(sql::one::<i32>(worker.connection(), "SELECT 1", vec![]).await.unwrap(), 1);
        assert_eq!(sql::one::<i32>(store.connection(), "SELECT 1", vec![]).await.unwrap(), 1);
        assert!(since.elapsed() < Duration::from_secs(2), "worker and commands waited {:?}", since.elapsed());
        let mut outcomes = Vec::new();
        for reading in reading {
            outcomes.push(reading.await.unwrap().map(|_| ()).unwrap_err());
        }
        let told = |error: &StoreError| outcomes.iter().filter(|found| *found == error).count();
        assert!(told(&StoreError::TooLong) >= 2 && told(&StoreError::Busy) >= 4, "{outcomes:?}");
        assert_eq!(told(&StoreError::TooLong) + told(&StoreError::Busy), 8);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_statement_ends_at_its_limit_on_sqlite() {
        let (store, _directory) = on_sqlite(1).await;
        a_statement_ends_at_its_limit(store).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_statement_ends_at_its_limit_on_postgres() {
        a_statement_ends_at_its_limit(on_postgres(1).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_statement_ends_with_its_request_on_sqlite() {
        let (store, _directory) = on_sqlite(1).await;
        a_statement_ends_with_its_request(store).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_statement_ends_with_its_request_on_postgres() {
        let store = on_postgres(1).await;
        a_statement_ends_with_its_request(store.clone()).await;
        let running = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1";
        // The brake is another connection's, so its word may take a moment to arrive.
        let mut left = 1;
        for _ in 0..50 {
            left = sql::one::<i64>(store.connection(), running, values!["%/* dropped */"]).await.unwrap();
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(left, 0, "PostgreSQL goes on with none");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn readers_take_no_connection_of_others_on_sqlite() {
        let (store, _directory) = on_sqlite(2).await;
        readers_take_no_connection_of_others(store).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn readers_take_no_connection_of_others_on_postgres() {
        readers_take_no_connection_of_others(on_postgres(2).await).await;
    }

    async fn a_page_writes_nothing(store: Store) {
        let error = sql::run(store.reads(), "CREATE TABLE written_by_a_page (n INTEGER)", vec![]).await.unwrap_err();
        assert!(
            format!("{error:?}").to_lowercase().contains("read-only") || format!("{error:?}").contains("readonly"),
            "{error:?}"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_page_writes_nothing_on_sqlite() {
        let (store, _directory) = on_sqlite(1).await;
        a_page_writes_nothing(store).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_page_writes_nothing_on_postgres() {
        a_page_writes_nothing(on_postgres(1).await).await;
    }
}

//! The table `oidc_clients` in the provider's own database (SQLite or PostgreSQL).

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, QueryResult, Statement, Value};
use tokio::sync::OnceCell;

use super::{Client, ClientStore, ClientStoreError, Kept, Outcome};

/// How long a writer waits for another one in the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const CREATE: &str = "CREATE TABLE IF NOT EXISTS oidc_clients (\
    client_id TEXT NOT NULL PRIMARY KEY, metadata TEXT NOT NULL, generation BIGINT NOT NULL, \
    digest TEXT NOT NULL, enabled BOOLEAN NOT NULL, removed BOOLEAN NOT NULL)";

/// One statement decides: whichever order two writers come in, the greater generation stays.
const UPSERT: &str = "INSERT INTO oidc_clients (client_id, metadata, generation, digest, enabled, removed) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id) DO UPDATE SET \
    metadata = excluded.metadata, generation = excluded.generation, digest = excluded.digest, \
    enabled = excluded.enabled, removed = excluded.removed \
    WHERE oidc_clients.generation < excluded.generation";

const SELECT: &str =
    "SELECT client_id, metadata, generation, digest, enabled, removed FROM oidc_clients WHERE client_id = $1";

const COUNT: &str = "SELECT COUNT(*) AS clients FROM oidc_clients WHERE NOT removed";

/// The adapter. Connects, and creates the table where it is missing, when it is first used.
pub struct SqlClientStore {
    url: String,
    connection: OnceCell<DatabaseConnection>,
}

impl SqlClientStore {
    /// An adapter for the database at `url` (`sqlite://` or `postgres://`).
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), connection: OnceCell::new() }
    }

    async fn connection(&self) -> Result<&DatabaseConnection, ClientStoreError> {
        self.connection.get_or_try_init(|| connect(&self.url)).await
    }

    async fn write(&self, kept: &Kept) -> Result<Outcome, ClientStoreError> {
        let connection = self.connection().await?;
        let client = &kept.client;
        let values: [Value; 6] = [
            client.client_id.as_str().into(),
            client.metadata.as_str().into(),
            client.generation.into(),
            client.digest.as_str().into(),
            client.enabled.into(),
            kept.removed.into(),
        ];
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), UPSERT, values);
        connection.execute_raw(statement).await.map_err(unavailable)?;
        judge(kept, self.read(&client.client_id).await?)
    }
}

#[async_trait]
impl ClientStore for SqlClientStore {
    async fn publish(&self, client: &Client) -> Result<Outcome, ClientStoreError> {
        self.write(&Kept { client: client.clone(), removed: false }).await
    }

    async fn read(&self, client_id: &str) -> Result<Option<Kept>, ClientStoreError> {
        let connection = self.connection().await?;
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, SELECT, [client_id.into()]);
        let row = connection.query_one_raw(statement).await.map_err(unavailable)?;
        row.map(|row| kept(&row).map_err(unavailable)).transpose()
    }

    async fn remove(&self, client_id: &str, generation: i64) -> Result<Outcome, ClientStoreError> {
        let (metadata, digest) = ("{}".to_owned(), domain::draft::hex_digest(b"{}"));
        let client = Client { client_id: client_id.to_owned(), metadata, generation, digest, enabled: false };
        self.write(&Kept { client, removed: true }).await
    }

    async fn describe(&self) -> Result<String, ClientStoreError> {
        let connection = self.connection().await?;
        let backend = connection.get_database_backend();
        let statement = Statement::from_string(backend, COUNT);
        let row = connection.query_one_raw(statement).await.map_err(unavailable)?;
        let clients: i64 = row.map_or(Ok(0), |row| row.try_get("", "clients")).map_err(unavailable)?;
        Ok(format!("sql on {}: {clients} clients", if is_sqlite(&self.url) { "SQLite" } else { "PostgreSQL" }))
    }
}

/// Compares what was read back with what was asked for.
fn judge(wanted: &Kept, found: Option<Kept>) -> Result<Outcome, ClientStoreError> {
    match found {
        Some(found) if found == *wanted => Ok(Outcome::Confirmed),
        Some(found) if found.client.generation > wanted.client.generation => {
            Ok(Outcome::Superseded { by: found.client.generation })
        }
        Some(_) => {
            let generation = wanted.client.generation;
            Err(ClientStoreError::Refused(format!("someone else changed generation {generation} of this client")))
        }
        None => Err(ClientStoreError::Unavailable("the client was missing right after we wrote it".into())),
    }
}

fn kept(row: &QueryResult) -> Result<Kept, DbErr> {
    let client = Client {
        client_id: row.try_get("", "client_id")?,
        metadata: row.try_get("", "metadata")?,
        generation: row.try_get("", "generation")?,
        digest: row.try_get("", "digest")?,
        enabled: row.try_get("", "enabled")?,
    };
    Ok(Kept { client, removed: row.try_get("", "removed")? })
}

async fn connect(url: &str) -> Result<DatabaseConnection, ClientStoreError> {
    make_parent(url)?;
    let mut options = ConnectOptions::new(url);
    options.max_connections(4).connect_timeout(CONNECT_TIMEOUT).acquire_timeout(BUSY_TIMEOUT).sqlx_logging(false);
    // The provider reads while the portal writes: with a write-ahead log neither waits for the other.
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite.busy_timeout(BUSY_TIMEOUT).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
    });
    let connection = Database::connect(options).await.map_err(unavailable)?;
    prepare(&connection).await.map_err(unavailable)?;
    Ok(connection)
}

/// Creates the table where it is missing. Where it exists, the portal's user needs no right to create one.
async fn prepare(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if connection.execute_unprepared(COUNT).await.is_ok() {
        return Ok(());
    }
    match connection.execute_unprepared(CREATE).await {
        Ok(_) => Ok(()),
        // Of two portals that create it at once PostgreSQL may refuse one, which then finds it there.
        Err(error) => connection.execute_unprepared(COUNT).await.map(|_| ()).map_err(|_| error),
    }
}

fn make_parent(url: &str) -> Result<(), ClientStoreError> {
    let file = url.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest));
    let Some(parent) = file.and_then(|file| Path::new(file).parent()) else { return Ok(()) };
    std::fs::create_dir_all(parent).map_err(|error| ClientStoreError::Unavailable(error.to_string()))
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn unavailable(error: DbErr) -> ClientStoreError {
    ClientStoreError::Unavailable(error.to_string())
}

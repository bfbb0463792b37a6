//! From the configuration to the parts that run.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use store::{ABSOLUTE_LIMIT, DatabaseRole, Store, StoreError};
use usecases::{
    Endpoints, Portal, PortalParts,
    auth::{Ambient, Auth, Limits, Passwords, Pool, SecretBox},
};

use crate::client_store;
use crate::config::{Config, is_loopback};
use crate::discovery::Discovery;
use crate::files;
use crate::mail::Mailer;
use crate::secret_key;
use crate::seed;
use crate::worker::Worker;

/// Why the portal does not start: one sentence for the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

impl StartError {
    /// A cause with the words that say what was being done.
    pub fn because(what: &str, cause: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

/// The database, connected and brought up to this version. Where nothing is missing no right to change the schema is
/// needed: with PostgreSQL `portal migrate` is run by the tables' owner.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    up_to_date(connect(config).await?).await
}

/// The same as the owner of the tables, who alone may erase, and give a staff role without two admins.
pub async fn open_as_owner(config: &Config) -> Result<Store, StartError> {
    let url = config.database.migrate_url.as_ref().unwrap_or(&config.database.url);
    up_to_date(connect_to(config, url).await?).await
}

async fn up_to_date(store: Store) -> Result<Store, StartError> {
    let pending = migrations::pending(store.connection()).await;
    let pending = pending.map_err(|error| StartError::because("The database’s version cannot be read", error))?;
    if pending > 0 {
        let what = "The database could not be brought up to this version. If another role owns its tables, run portal \
                    migrate with database.migrate_url";
        migrations::bring_up(store.connection()).await.map_err(|error| StartError::because(what, error))?;
    }
    index_earlier(&store).await?;
    Ok(store)
}

/// Brings the database up to this version as its owner, and gives the role that serves what it needs. The sentence says
/// what was done.
pub async fn migrate(config: &Config) -> Result<String, StartError> {
    let url = config.database.migrate_url.as_ref().unwrap_or(&config.database.url);
    let store = connect_to(config, url).await?;
    migrations::bring_up(store.connection())
        .await
        .map_err(|error| StartError::because("The database could not be brought up to this version", error))?;
    index_earlier(&store).await?;
    let Some(role) = &config.database.runtime_role else { return Ok("The database is up to date.".into()) };
    store.grant_runtime(role).await.map_err(|error| {
        let what = format!(
            "database.runtime_role: {role} was not given its rights. Create the role, and run portal migrate as the owner \
             of the tables"
        );
        StartError::because(&what, cause(&error))
    })?;
    Ok(format!("The database is up to date, and {role} may serve it."))
}

/// Makes for what was there before them what later versions look things up in: words, and products of keys.
async fn index_earlier(store: &Store) -> Result<(), StartError> {
    let because =
        |error| StartError::because("The words of the history and of names could not be indexed", cause(&error));
    let entries = store.index_earlier_entries().await.map_err(because)?;
    let names = store.index_earlier_names().await.map_err(because)?;
    let because = |error| StartError::because("The registered keys could not be multiplied", cause(&error));
    let keys = store.multiply_earlier_keys().await.map_err(because)?;
    let because = |error| StartError::because("The published keys could not be noted", cause(&error));
    let noted = store.note_earlier_keys().await.map_err(because)?;
    if noted > 0 {
        tracing::info!(registrations = noted, "the ages of published keys are known now");
    }
    if keys > 0 {
        tracing::info!(keys, "keys that were registered before are compared with as products now");
    }
    if entries + names > 0 {
        tracing::info!(entries, names, "what was there before the indexes of words can be searched now");
    }
    Ok(())
}

fn cause(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(cause) | StoreError::Unreadable(cause) => cause.clone(),
        other => other.to_string(),
    }
}

/// Refuses to let other machines reach a database in which people have known passwords (threat 22).
///
/// # Errors
/// The sentence that says what to change.
pub async fn refuse_demo_data(config: &Config, store: &Store) -> Result<(), StartError> {
    let local = config.http.listen.ip().is_loopback() && is_loopback(&config.http.base_url);
    let found = store.has_demo_data(&seed::addresses()).await;
    let found = found.map_err(|error| StartError::because("database.url: accounts cannot be read", cause(&error)))?;
    match found && !local {
        true => Err(StartError(
            "database.url: this database holds demo data, whose passwords everybody knows. Use another database, or set \
             http.listen and http.base_url to 127.0.0.1."
                .into(),
        )),
        false => Ok(()),
    }
}

/// Warns where the role that serves could change the history, or knows the role that can (threat 23).
pub async fn warn_of_owner(config: &Config, store: &Store) {
    match store.role().await {
        Ok(DatabaseRole::Owner { name }) => tracing::warn!(
            role = name,
            "the portal serves as the owner of its tables, who could change the history: see Two roles in README.md"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(?error, "the database does not tell what its role may do"),
    }
    if config.database.migrate_url.is_some() {
        tracing::warn!(
            "database.migrate_url is only for portal migrate and portal admin: keep it from the process that \
             serves"
        );
    }
}

/// The database as it is.
pub async fn connect(config: &Config) -> Result<Store, StartError> {
    connect_to(config, &config.database.url).await
}

async fn connect_to(config: &Config, url: &str) -> Result<Store, StartError> {
    if let Some(file) = url.strip_prefix("sqlite://") {
        let file = Path::new(file.split('?').next().unwrap_or(file));
        let parent = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        parent.map_err(|error| StartError::because("database.url: its directory cannot be made", error))?;
        make_private(file).map_err(|error| StartError::because("database.url: its file cannot be made", error))?;
    }
    let policies = Arc::new(config.policies());
    let store = Store::connect_with(url, config.database.connections(), policies).await.map_err(|error| {
        let what = "database.url: the database does not answer. Check that it runs and that the address is right";
        StartError::because(what, cause(&error))
    })?;
    Ok(store.with_quotas(config.limits.quotas()).with_owners_away_after(config.teams.owners_away_after()))
}

/// Makes an empty file that only the portal's user can read, unless it is there. SQLite gives its write-ahead log the
/// same mode. What is no plain path is left to SQLite.
fn make_private(file: &Path) -> io::Result<()> {
    let text = file.to_string_lossy();
    if text.contains('%') || text == ":memory:" {
        return Ok(());
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What guards accounts.
pub async fn auth(config: &Config, store: &Store, ambient: Ambient) -> Result<Auth, StartError> {
    let is_in_use = store.has_second_factors().await;
    let is_in_use =
        is_in_use.map_err(|error| StartError::because("database.url: second factors cannot be read", error))?;
    let key = secret_key::load_or_create(&config.security.secret_key_file, ambient, is_in_use)
        .map_err(|error| StartError(error.to_string()))?;
    Ok(Auth {
        ambient,
        passwords: Passwords::new(config.security.hashing_concurrency),
        checks: Pool::new(std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2)),
        limits: Arc::new(Limits::reading(config.limits.rates())),
        secrets: SecretBox::new(&key),
    })
}

/// What every request finds around it.
pub async fn portal(config: &Config, store: Store, ambient: Ambient) -> Result<Portal, StartError> {
    let discovery =
        Discovery::new(ambient).map_err(|error| StartError::because("Discovery cannot be set up", error))?;
    let endpoints: Endpoints = Arc::new(move |issuer: String| {
        let discovery = discovery.clone();
        Box::pin(async move { discovery.endpoints(&issuer).await })
    });
    Ok(Portal::from(PortalParts {
        auth: auth(config, &store, ambient).await?,
        store,
        base_url: config.http.origin().into(),
        contact: config.mail.contact.as_str().into(),
        session_seconds: ABSOLUTE_LIMIT.whole_seconds(),
        endpoints,
        files: files::open(&config.files).map_err(StartError)?,
    }))
}

/// The worker.
pub fn worker(config: &Config, store: Store, ambient: Ambient) -> Result<Worker, StartError> {
    let mut client_stores = HashMap::new();
    for environment in &config.environments {
        let opened = client_store::open(&environment.client_store).map_err(|error| {
            StartError::because(&format!("environment.{}.client_store", environment.policy.name), error)
        })?;
        client_stores.insert(environment.policy.name.clone(), opened);
    }
    let mailer = Mailer::new(&config.mail).map_err(|error| StartError::because("mail", error))?;
    let holder = data_encoding::HEXLOWER.encode(&ambient.bytes::<8>());
    Ok(Worker { store: store.for_worker(), client_stores, mailer, origin: config.http.origin(), ambient, holder })
}

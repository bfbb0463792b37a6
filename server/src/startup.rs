//! From the configuration to the parts that run.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use app::api::context::{Endpoints, Portal};
use app::auth::{Ambient, Auth, Limits, Passwords, Pool, SecretBox};
use store::{ABSOLUTE_LIMIT, Store};

use crate::client_store;
use crate::config::Config;
use crate::discovery::Discovery;
use crate::mail::Mailer;
use crate::secret_key;
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

/// The database, connected and brought up to this version.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    let store = connect(config).await?;
    migrations::bring_up(store.connection())
        .await
        .map_err(|error| StartError::because("The database could not be brought up to this version", error))?;
    Ok(store)
}

/// The database as it is.
pub async fn connect(config: &Config) -> Result<Store, StartError> {
    if let Some(file) = config.database.url.strip_prefix("sqlite://") {
        let file = Path::new(file.split('?').next().unwrap_or(file));
        let parent = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        parent.map_err(|error| StartError::because("database.url: its directory cannot be made", error))?;
        make_private(file).map_err(|error| StartError::because("database.url: its file cannot be made", error))?;
    }
    let policies = Arc::new(config.policies());
    Store::connect(&config.database.url, config.database.max_connections, policies).await.map_err(|error| {
        let cause = match &error {
            store::StoreError::Unavailable(cause) => cause.clone(),
            other => other.to_string(),
        };
        StartError::because(
            "database.url: the database does not answer. Check that it runs and that the address is right",
            cause,
        )
    })
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
        limits: Arc::new(Limits::standard()),
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
    Ok(Portal {
        auth: auth(config, &store, ambient).await?,
        store,
        base_url: config.http.origin().into(),
        contact: config.mail.contact.as_str().into(),
        session_cookie: config.http.session_cookie(),
        session_seconds: ABSOLUTE_LIMIT.whole_seconds(),
        endpoints,
    })
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
    Ok(Worker { store, client_stores, mailer, origin: config.http.origin(), ambient, holder })
}

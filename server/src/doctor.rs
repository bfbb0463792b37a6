//! `portal doctor`: is everything that the portal needs there, one line each.

use app::auth::Ambient;
use migrations::{Migrator, MigratorTrait};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::client_store;
use crate::config::Config;
use crate::discovery::Discovery;
use crate::mail::Mailer;
use crate::{secret_key, startup};

/// A clock before this is wrong: this version did not exist.
const WRITTEN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub what: String,
    /// How it is, or what is wrong and how to mend it.
    pub found: Result<String, String>,
}

impl Line {
    fn new(what: impl Into<String>, found: Result<String, String>) -> Self {
        Self { what: what.into(), found }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.found {
            Ok(how) => write!(f, "ok    {}: {how}", self.what),
            Err(why) => write!(f, "FAIL  {}: {why}", self.what),
        }
    }
}

/// Looks at everything. Changes nothing but creating what the first start would create.
pub async fn examine(config: &Config, ambient: Ambient) -> Vec<Line> {
    let mut lines = vec![
        Line::new("configuration", Ok(format!("{} environments", config.environments.len()))),
        clock(ambient.now()),
        key_file(config, ambient),
        database(config).await,
        mail(config).await,
    ];
    let discovery = Discovery::new(ambient).ok();
    for environment in &config.environments {
        let name = &environment.policy.name;
        lines.push(Line::new(format!("client store of {name}"), describe(&environment.client_store).await));
        let answers = match &discovery {
            Some(discovery) => discovery.endpoints(&environment.policy.issuer).await.is_some(),
            None => false,
        };
        let issuer = &environment.policy.issuer;
        let found = match answers {
            true => format!("{issuer} answers"),
            // Pages then say so; nothing else depends on it.
            false => format!("{issuer} does not answer: pages cannot show its endpoints"),
        };
        lines.push(Line::new(format!("issuer of {name}"), Ok(found)));
    }
    lines
}

fn clock(now: OffsetDateTime) -> Line {
    let seconds = now.replace_nanosecond(0).unwrap_or(now);
    let found = match now >= WRITTEN {
        true => Ok(format!("{seconds}")),
        false => Err(format!("{seconds} is in the past. Set the clock of this machine.")),
    };
    Line::new("clock", found)
}

fn key_file(config: &Config, ambient: Ambient) -> Line {
    let found = secret_key::load_or_create(&config.security.secret_key_file, ambient);
    Line::new("key file", found.map(|_| "32 bytes, private".to_owned()).map_err(|error| error.to_string()))
}

async fn database(config: &Config) -> Line {
    let found = match startup::connect(config).await {
        Err(error) => Err(error.to_string()),
        Ok(store) => match Migrator::get_pending_migrations(store.connection()).await {
            Ok(pending) if pending.is_empty() => Ok("answers, up to date".to_owned()),
            Ok(pending) => Err(format!("{} migrations are missing. Run portal migrate.", pending.len())),
            Err(error) => Err(error.to_string()),
        },
    };
    Line::new("database", found)
}

async fn mail(config: &Config) -> Line {
    let found = match Mailer::new(&config.mail) {
        Ok(mailer) => mailer.describe().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    Line::new("mail", found)
}

async fn describe(config: &crate::config::ClientStoreConfig) -> Result<String, String> {
    let opened = client_store::open(config).map_err(|error| error.to_string())?;
    opened.describe().await.map_err(|error| error.to_string())
}

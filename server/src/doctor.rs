//! `portal doctor`: is everything that the portal needs there, one line each.

use object_store::{ObjectStoreExt, path::Path};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use store::{DatabaseRole, OutboxCounts, Store};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use usecases::auth::Ambient;

use crate::client_store;
use crate::config::Config;
use crate::discovery::Discovery;
use crate::mail::Mailer;
use crate::secret_key::{self, KeyFileError};
use crate::startup;

/// A clock before this is wrong: this version did not exist.
const WRITTEN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// How far this machine's clock may be from that of the database's: codes of authenticator apps last 30 seconds.
const CLOCKS_APART: Duration = Duration::seconds(10);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub what: String,
    /// How it is, or what is wrong and how to mend it.
    pub found: Result<String, String>,
    /// Whether it is worth knowing although the portal runs with it: not a fault, and not fine.
    pub is_note: bool,
}

impl Line {
    fn new(what: impl Into<String>, found: Result<String, String>) -> Self {
        Self { what: what.into(), found, is_note: false }
    }

    fn note(what: impl Into<String>, found: String) -> Self {
        Self { what: what.into(), found: Ok(found), is_note: true }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.found {
            Ok(how) if self.is_note => write!(f, "note  {}: {how}", self.what),
            Ok(how) => write!(f, "ok    {}: {how}", self.what),
            Err(why) => write!(f, "FAIL  {}: {why}", self.what),
        }
    }
}

/// Looks at everything. Changes nothing but creating what the first start would create.
pub async fn examine(config: &Config, ambient: Ambient) -> Vec<Line> {
    let store = startup::connect(config).await.map_err(|error| error.to_string());
    let schema = database(&store).await;
    let up_to_date = schema.is_ok();
    let mut lines = vec![
        Line::new("configuration", Ok(format!("{} environments", config.environments.len()))),
        clock(ambient, store.as_ref().ok()).await,
        Line::new("key file", key_file(config, store.as_ref().ok().filter(|_| up_to_date)).await),
        Line::new("database", schema),
        mail(config).await,
    ];
    lines.extend(files(config).await);
    if let (Ok(store), true) = (&store, up_to_date) {
        lines.push(outbox(store).await);
        lines.push(role(store).await);
        let demo = startup::refuse_demo_data(config, store).await.map_err(|error| error.to_string());
        lines.push(Line::new("demo data", demo.map(|()| "none that others can reach".to_owned())));
    }
    let discovery = Discovery::new(ambient).ok();
    for environment in &config.environments {
        let name = &environment.policy.name;
        lines.push(Line::new(format!("client store of {name}"), describe(&environment.client_store).await));
        let answers = match &discovery {
            Some(discovery) => discovery.endpoints(&environment.policy.issuer).await.is_some(),
            None => false,
        };
        let issuer = &environment.policy.issuer;
        let what = format!("issuer of {name}");
        lines.push(match answers {
            true => Line::new(what, Ok(format!("{issuer} answers"))),
            // Pages then say so; nothing else depends on it.
            false => Line::note(what, format!("{issuer} does not answer: pages cannot show its endpoints")),
        });
    }
    lines
}

async fn clock(ambient: Ambient, store: Option<&Store>) -> Line {
    let of_database = match store {
        Some(store) => time_of_database(store).await,
        None => None,
    };
    Line::new("clock", judge_clock(ambient.now(), of_database))
}

fn judge_clock(now: OffsetDateTime, of_database: Option<OffsetDateTime>) -> Result<String, String> {
    let seconds = now.replace_nanosecond(0).unwrap_or(now);
    if now < WRITTEN {
        return Err(format!("{seconds} is in the past. Set the clock of this machine."));
    }
    match of_database {
        Some(other) if (now - other).abs() > CLOCKS_APART => Err(format!(
            "{seconds} here, {} on the database’s machine. Set the clock that is wrong.",
            other.replace_nanosecond(0).unwrap_or(other)
        )),
        Some(_) => Ok(format!("{seconds}, as on the database’s machine")),
        None => Ok(format!("{seconds}")),
    }
}

/// PostgreSQL may run on another machine; SQLite has no clock of its own.
async fn time_of_database(store: &Store) -> Option<OffsetDateTime> {
    let connection = store.connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        return None;
    }
    let select = "SELECT CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) AS seconds";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, select)).await.ok()??;
    OffsetDateTime::from_unix_timestamp(row.try_get("", "seconds").ok()?).ok()
}

/// Where files are kept, and who scans them.
async fn files(config: &Config) -> Vec<Line> {
    let opened = match crate::files::open(&config.files) {
        Ok(opened) => opened,
        Err(why) => return vec![Line::new("files", Err(why))],
    };
    // Nothing is called so: whoever may read says that it is not there.
    let kept = match opened.objects.head(&Path::from("doctor")).await {
        Ok(_) | Err(object_store::Error::NotFound { .. }) if config.files.bucket.is_empty() => {
            Ok(format!("in {}", config.files.directory.display()))
        }
        Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(format!("the bucket {} answers", config.files.bucket)),
        Err(error) => Err(format!("the bucket {} cannot be read ({error}). Check [files].", config.files.bucket)),
    };
    let scanner = match &opened.scanner {
        None => Line::note("virus scanner", "none: pages say of each file that it was not scanned".into()),
        Some(scanner) if scanner.is_there().await => Line::new("virus scanner", Ok("clamd answers".into())),
        Some(_) => {
            let why = format!("clamd does not answer at {}: no file is taken until it does.", config.files.clamd);
            Line::new("virus scanner", Err(why))
        }
    };
    vec![Line::new("files", kept), scanner]
}

/// Looks, and makes none.
async fn key_file(config: &Config, store: Option<&Store>) -> Result<String, String> {
    let path = &config.security.secret_key_file;
    if secret_key::load(path).map_err(|error| error.to_string())?.is_some() {
        return Ok("32 bytes, private".to_owned());
    }
    let is_in_use = match store {
        Some(store) => store.has_second_factors().await.map_err(|error| error.to_string())?,
        None => false,
    };
    match is_in_use {
        true => Err(KeyFileError::Lost { path: path.display().to_string() }.to_string()),
        false => Ok("not there yet: made at the first start".to_owned()),
    }
}

async fn database(store: &Result<Store, String>) -> Result<String, String> {
    let pending = migrations::pending(store.as_ref().map_err(Clone::clone)?.connection()).await;
    match pending.map_err(|error| error.to_string())? {
        0 => Ok("answers, up to date".to_owned()),
        missing => Err(format!("{missing} migrations are missing. Run portal migrate.")),
    }
}

async fn outbox(store: &Store) -> Line {
    let found = store.outbox_counts().await.map_err(|error| error.to_string()).and_then(|counts| judge_outbox(&counts));
    Line::new("outbox", found)
}

/// What did not reach whom it is for is not fine, whatever is tried next.
fn judge_outbox(counts: &OutboxCounts) -> Result<String, String> {
    let told = format!(
        "emails waiting: {}; emails given up: {}; publications failing: {}",
        counts.mails_waiting, counts.mails_given_up, counts.publications_failed
    );
    let mut mends = Vec::new();
    if counts.mails_given_up > 0 {
        mends.push("The emails given up were not sent: see the log.");
    }
    if counts.publications_failed > 0 {
        mends.push("The provider could not be told of some clients: see Publications in the portal.");
    }
    if mends.is_empty() { Ok(told) } else { Err(format!("{told}. {}", mends.join(" "))) }
}

/// Who the portal is to its database: whoever owns the tables could change the history (threat 23).
async fn role(store: &Store) -> Line {
    let found = store.role().await.map_err(|error| error.to_string()).map(|role| match role {
        DatabaseRole::NoRoles => "SQLite has none: anyone who can write the file can change the history".to_owned(),
        DatabaseRole::Runtime { name } => format!("{name} can add to the history and cannot change it"),
        DatabaseRole::Owner { name } => format!(
            "{name} owns the tables and could change the history. Serve as another role: see Two roles in README.md"
        ),
    });
    Line::new("database role", found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_fine_nor_a_fault_is_a_note() {
        assert_eq!(
            Line::note("issuer of live", "it does not answer".into()).to_string(),
            "note  issuer of live: it does not answer"
        );
        assert!(Line::new("mail", Ok("answers".into())).to_string().starts_with("ok    "));
    }

    #[test]
    fn what_failed_is_not_called_fine() {
        let counts = |mails_given_up, publications_failed| OutboxCounts {
            mails_waiting: 3,
            mails_given_up,
            publications_failed,
        };
        assert!(judge_outbox(&counts(0, 0)).unwrap().contains("emails waiting: 3"));
        let failed = judge_outbox(&counts(0, 1)).unwrap_err();
        assert!(failed.contains("publications failing: 1") && failed.contains("Publications"), "{failed}");
        assert!(judge_outbox(&counts(1, 0)).unwrap_err().contains("not sent"));
    }

    #[test]
    fn a_clock_that_is_not_the_database_s_is_a_fault() {
        let now = datetime!(2026-03-03 09:00 UTC);
        assert!(judge_clock(now, None).is_ok() && judge_clock(now, Some(now - Duration::seconds(9))).is_ok());
        assert!(judge_clock(now, Some(now + Duration::minutes(2))).unwrap_err().contains("9:02:00"));
        assert!(judge_clock(datetime!(2025-03-03 09:00 UTC), None).unwrap_err().contains("in the past"));
    }
}

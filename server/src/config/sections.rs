//! The sections of the file. Defaults are what a single machine needs; `portal.example.toml` explains each key.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use store::{Connections, Quotas};
use url::Url;
use usecases::auth::reading::ReadRates;

/// `[http]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How people reach the portal: scheme, host and port only.
    pub base_url: Url,
    /// The built style sheets, scripts and wasm.
    pub site_dir: PathBuf,
    /// How many reverse proxies stand in front, each adding one address to `X-Forwarded-For`.
    pub trusted_proxies: usize,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            base_url: default_base_url(),
            site_dir: "target/site".into(),
            trusted_proxies: 0,
        }
    }
}

/// A constant, which a test parses.
fn default_base_url() -> Url {
    Url::parse("http://127.0.0.1:3000").expect("a constant URL")
}

impl Http {
    /// The origin of the portal, without a final slash: what links in mails start with.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// Whether people reach the portal over https.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

/// `[database]`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://` or `postgres://`. May hold a password: never printed.
    pub url: String,
    /// The same database as the owner of its tables, for `portal migrate` and `portal admin`. May hold a password: never printed.
    pub migrate_url: Option<String>,
    /// The role of PostgreSQL that serves, to which `portal migrate` gives what serving needs.
    pub runtime_role: Option<String>,
    /// Connections kept at most, in all; three at least.
    pub max_connections: u32,
    /// How many of them are for commands; a quarter unless it is said.
    pub command_connections: Option<u32>,
    /// How many of them are for the worker; a quarter unless it is said.
    pub worker_connections: Option<u32>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite://portal.db?mode=rwc".into(),
            migrate_url: None,
            runtime_role: None,
            max_connections: 12,
            command_connections: None,
            worker_connections: None,
        }
    }
}

impl Database {
    /// The connections for each kind of work: what commands and worker leave is for pages.
    pub fn connections(&self) -> Connections {
        let usual = Connections::of(self.max_connections);
        let commands = self.command_connections.unwrap_or(usual.commands);
        let worker = self.worker_connections.unwrap_or(usual.worker);
        let pages = self.max_connections.saturating_sub(commands.saturating_add(worker)).max(1);
        Connections { pages, commands, worker }
    }
}

/// `[limits]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Pages that one account opens in a minute.
    pub pages_a_minute: u32,
    /// Searches of one account in a minute.
    pub searches_a_minute: u32,
    /// Downloads of one account in an hour.
    pub downloads_an_hour: u32,
    /// Bytes that one account, unless it is staff, adds to the history in a day.
    pub history_bytes_a_day: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let ReadRates { pages_a_minute, searches_a_minute, downloads_an_hour } = ReadRates::default();
        let Quotas { history_bytes_a_day } = Quotas::default();
        Self { pages_a_minute, searches_a_minute, downloads_an_hour, history_bytes_a_day }
    }
}

impl Limits {
    /// How much one account may read.
    pub fn rates(&self) -> ReadRates {
        let Self { pages_a_minute, searches_a_minute, downloads_an_hour, .. } = *self;
        ReadRates { pages_a_minute, searches_a_minute, downloads_an_hour }
    }

    /// What one account may leave behind.
    pub fn quotas(&self) -> Quotas {
        Quotas { history_bytes_a_day: self.history_bytes_a_day }
    }
}

/// `[teams]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Teams {
    /// Days without a sign-in of any owner after which staff are told.
    pub owners_away_days: u32,
}

impl Default for Teams {
    fn default() -> Self {
        Self { owners_away_days: 180 }
    }
}

impl Teams {
    /// The same as a time.
    pub fn owners_away_after(&self) -> time::Duration {
        time::Duration::days(self.owners_away_days.into())
    }
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// One `.eml` file for each mail, in `directory`.
    Directory,
    /// An SMTP server.
    Smtp,
}

/// How the connection to the SMTP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// STARTTLS, required.
    Starttls,
    /// None; only to this machine.
    None,
}

/// `[mail]`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Where mail goes.
    pub transport: MailTransport,
    /// The directory of the `.eml` files.
    pub directory: PathBuf,
    /// The sender, as `Name <address>`.
    pub from: String,
    /// Where people write to when they need a person: shown at the foot of every page. Needed with SMTP.
    pub contact: String,
    /// The SMTP server.
    pub host: String,
    /// Its port; by default that of `tls`.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub tls: MailTls,
    /// The user name, when the server wants one.
    pub username: Option<String>,
    /// The password of that user. Never printed.
    pub password: Option<String>,
    /// A PEM file with the certificate authority of the server, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::Directory,
            directory: "mail".into(),
            from: "NHS login client registration <no-reply@portal.invalid>".into(),
            contact: String::new(),
            host: String::new(),
            port: None,
            tls: MailTls::Implicit,
            username: None,
            password: None,
            ca_file: None,
        }
    }
}

impl Mail {
    /// The port to connect to (RFC 8314: 465 for implicit TLS, 587 for STARTTLS).
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Implicit => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        })
    }
}

/// `[files]`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// The directory of the files that belong to evidence, where no bucket is named.
    pub directory: PathBuf,
    /// A bucket of an S3 store in its place: needed where several machines serve.
    pub bucket: String,
    /// The region of the bucket.
    pub region: String,
    /// The address of an S3 store that is not Amazon's own.
    pub endpoint: Option<Url>,
    /// Whose key signs the requests.
    pub access_key_id: Option<String>,
    /// That key. Never printed.
    pub secret_access_key: Option<String>,
    /// Where `clamd` listens: `host:port`, or the path of its socket. Empty for none.
    pub clamd: String,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self {
            directory: "files".into(),
            bucket: String::new(),
            region: "eu-west-2".into(),
            endpoint: None,
            access_key_id: None,
            secret_access_key: None,
            clamd: String::new(),
        }
    }
}

/// `[security]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// 32 random bytes that encrypt second-factor secrets at rest.
    pub secret_key_file: PathBuf,
    /// Passwords hashed at once, 19 MiB each. Half as many as there are processors, so that pages have the others.
    pub hashing_concurrency: usize,
    /// Files in the format of openssl-vulnkey(1) with keys that nobody may register, in any environment.
    pub openssl_blacklists: Vec<PathBuf>,
}

impl Default for Security {
    fn default() -> Self {
        let half = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 64));
        Self { secret_key_file: "portal.key".into(), hashing_concurrency: half, openssl_blacklists: Vec::new() }
    }
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading in a terminal.
    Text,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The shape of a line.
    pub format: LogFormat,
    /// What is logged, in the syntax of `tracing`'s filters.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info,sqlx=warn,sea_orm=warn".into() }
    }
}

/// `[protected]`: names and hosts that nobody may pass for, beside those of NHS login that are built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProtectedNames {
    /// Names of which no client, organisation, person or host may have a part unnoticed.
    pub names: Vec<String>,
    /// Hosts, and all below them, that are the operator's own.
    pub hosts: Vec<String>,
    /// Domains below which a protected name stands for what it says.
    pub official: Vec<String>,
}

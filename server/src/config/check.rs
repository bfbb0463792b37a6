//! Rules between and beyond the types of the keys.

use std::net::IpAddr;

use domain::{email::EmailAddress, policy::EnvironmentPolicy};
use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::environments::ClientStoreConfig;
use super::mistake::Mistake;
use super::sections::{Database, FilesConfig, Http, Mail, MailTls, MailTransport, ProtectedNames};
use super::{Config, Environment};

/// Everything that is wrong, each with its key.
pub(super) fn mistakes(config: &Config) -> Vec<Mistake> {
    let mut found = Vec::new();
    found.extend(base_url(&config.http.base_url));
    found.extend(proxies(&config.http));
    found.extend(database(&config.database));
    let numbers = [
        ("database.max_connections", u64::from(config.database.max_connections), 1, 200),
        ("http.trusted_proxies", config.http.trusted_proxies as u64, 0, 10),
        ("security.hashing_concurrency", config.security.hashing_concurrency as u64, 1, 64),
        ("limits.pages_a_minute", u64::from(config.limits.pages_a_minute), 60, 100_000_000),
        ("limits.searches_a_minute", u64::from(config.limits.searches_a_minute), 1, 1_000_000),
        ("limits.downloads_an_hour", u64::from(config.limits.downloads_an_hour), 1, 1_000_000),
        ("limits.history_bytes_a_day", config.limits.history_bytes_a_day, 100_000, 1_000_000_000_000),
        ("teams.owners_away_days", u64::from(config.teams.owners_away_days), 7, 3_650),
    ];
    found.extend(numbers.into_iter().filter_map(|(key, value, least, most)| range(key, value, least, most)));
    found.extend(mail(&config.mail));
    found.extend(files(&config.files));
    found.extend(log_filter(&config.log.filter));
    found.extend(environments(&config.environments));
    found
}

fn range(key: &str, value: u64, least: u64, most: u64) -> Option<Mistake> {
    let outside = !(least..=most).contains(&value);
    outside.then(|| Mistake::new(key, format!("The value is {value}. Set a number from {least} to {most}.")))
}

fn base_url(url: &Url) -> Option<Mistake> {
    let key = "http.base_url";
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let no_user = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !bare || !no_user {
        let sentence =
            "Give scheme, host and port only, with no path, query or user, such as https://portal.example.org.";
        return Some(Mistake::new(key, sentence));
    }
    if url.scheme() == "http" && !is_loopback(url) {
        let sentence = "Plain http is only for this machine. Use https, and put a reverse proxy with TLS in front.";
        return Some(Mistake::new(key, sentence));
    }
    None
}

/// The portal itself speaks plain http: over https there is a proxy, whose address every connection has. Unless it is
/// told so, one guesser uses up the tries of everybody.
fn proxies(http: &Http) -> Option<Mistake> {
    let unsaid = http.is_https() && http.trusted_proxies == 0;
    let sentence = "With https there is a reverse proxy in front, and rate limits must tell its clients apart. Set \
                    the number of proxies, such as 1, and have each append to X-Forwarded-For.";
    unsaid.then(|| Mistake::new("http.trusted_proxies", sentence))
}

/// Whether the URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A bucket without a key, or a key that would travel in the open.
fn files(files: &FilesConfig) -> Vec<Mistake> {
    let mut found = Vec::new();
    if files.bucket.is_empty() {
        return found;
    }
    for (key, is_set) in [
        ("files.access_key_id", files.access_key_id.is_some()),
        ("files.secret_access_key", files.secret_access_key.is_some()),
    ] {
        if !is_set {
            found.push(Mistake::new(key, "The bucket needs the key of whoever may read and write in it. Set it."));
        }
    }
    if files.endpoint.as_ref().is_some_and(|url| url.scheme() != "https" && !is_loopback(url)) {
        found.push(Mistake::new("files.endpoint", "Plain http is only for this machine. Use https."));
    }
    found
}

/// Names that are too short to mean anything, and hosts that are none.
pub(super) fn protected(protected: &ProtectedNames) -> Vec<Mistake> {
    let is_name = |name: &str| name.chars().filter(|c| c.is_alphabetic()).count() >= 3;
    let is_host = |host: &str| {
        let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        host.contains('.') && host.chars().all(sign) && host.split('.').all(|label| !label.is_empty())
    };
    let name = protected.names.iter().find(|name| !is_name(name)).map(|name| {
        Mistake::new(
            "protected.names",
            format!("“{name}” has fewer than 3 letters, so many names contain it. Write it out in full."),
        )
    });
    let hosts = [("protected.hosts", &protected.hosts), ("protected.official", &protected.official)];
    let host = hosts.into_iter().filter_map(|(key, hosts)| {
        let wrong = hosts.iter().find(|host| !is_host(host))?;
        Some(Mistake::new(
            key,
            format!("“{wrong}” is not a host. Write its name alone in small letters, such as login.example.org."),
        ))
    });
    name.into_iter().chain(host).collect()
}

fn database(database: &Database) -> Vec<Mistake> {
    let mut found = Vec::new();
    found.extend(database_url("database.url", &database.url));
    found.extend(database.migrate_url.as_ref().and_then(|url| database_url("database.migrate_url", url)));
    let is_postgres = database.url.starts_with("postgres");
    let owners = [
        ("database.migrate_url", database.migrate_url.is_some()),
        ("database.runtime_role", database.runtime_role.is_some()),
    ];
    let sentence = "A SQLite file has no roles. Remove this key, or use PostgreSQL.";
    found.extend(
        owners.iter().filter(|(_, is_set)| *is_set && !is_postgres).map(|(key, _)| Mistake::new(*key, sentence)),
    );
    let shares = [
        ("database.command_connections", database.command_connections),
        ("database.worker_connections", database.worker_connections),
    ];
    for (key, share) in shares {
        found.extend(share.and_then(|share| range(key, u64::from(share), 1, 100)));
    }
    let shared = shares.iter().filter_map(|(_, share)| *share).fold(0, u32::saturating_add);
    if shared > 0 && shared >= database.max_connections {
        let sentence = "Commands and worker take every connection, and pages need one. Set a larger number, or give less \
                        to database.command_connections and database.worker_connections.";
        found.push(Mistake::new("database.max_connections", sentence));
    }
    found
}

fn database_url(key: &str, url: &str) -> Option<Mistake> {
    let known =
        ["sqlite://", "sqlite::memory:", "postgres://", "postgresql://"].iter().any(|start| url.starts_with(start));
    let sentence = "Start the address with sqlite:// or postgres://, such as sqlite://portal.db?mode=rwc.";
    (!known).then(|| Mistake::new(key, sentence))
}

/// The domain of the default sender, which no mail server takes (RFC 2606).
const NO_DOMAIN: &str = "@portal.invalid";

fn mail(mail: &Mail) -> Vec<Mistake> {
    let mut found = Vec::new();
    if mail.from.parse::<Mailbox>().is_err() {
        let sentence = "This is not a sender. Write a name and an address, such as NHS login <no-reply@example.org>.";
        found.push(Mistake::new("mail.from", sentence));
    }
    // Pages send people to this address; a portal that mails for real has such people.
    let needed = mail.transport == MailTransport::Smtp || !mail.contact.is_empty();
    if needed && EmailAddress::parse(&mail.contact).is_err() {
        let sentence = "Set the address that people write to when they need help, such as help@example.org.";
        found.push(Mistake::new("mail.contact", sentence));
    }
    if mail.transport == MailTransport::Directory {
        return found;
    }
    if mail.from.contains(NO_DOMAIN) {
        let sentence = "The domain of this sender does not exist, so mail servers refuse it. Write a name and an address \
                        of yours, such as NHS login <no-reply@example.org>.";
        found.push(Mistake::new("mail.from", sentence));
    }
    if mail.host.is_empty() {
        found.push(Mistake::new("mail.host", "The SMTP server is missing. Set its host name."));
    }
    if mail.tls == MailTls::None && !is_loopback_host(&mail.host) {
        let sentence =
            "Mail without TLS may only go to this machine. Use implicit or starttls, or a host such as 127.0.0.1.";
        found.push(Mistake::new("mail.tls", sentence));
    }
    match (&mail.username, &mail.password) {
        (Some(_), None) => {
            found.push(Mistake::new("mail.password", "There is a username without a password. Set both."))
        }
        (None, Some(_)) => {
            found.push(Mistake::new("mail.username", "There is a password without a username. Set both."))
        }
        _ => {}
    }
    found
}

fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn log_filter(filter: &str) -> Option<Mistake> {
    let sentence = "This is not a filter. Write a level such as info, or levels by module such as info,sqlx=warn.";
    EnvFilter::try_new(filter).is_err().then(|| Mistake::new("log.filter", sentence))
}

fn environments(environments: &[Environment]) -> Vec<Mistake> {
    let mut found = Vec::new();
    if environments.is_empty() {
        found.push(Mistake::new("environments", "There is no environment. Name at least one, or remove the key."));
    }
    for (at, environment) in environments.iter().enumerate() {
        let policy = &environment.policy;
        let key = |member: &str| format!("environment.{}.{member}", policy.name);
        let before = &environments[..at];
        if before.iter().any(|other| other.policy.name == policy.name) {
            found.push(Mistake::new("environments", format!("{} is named twice. Name it once.", policy.name)));
        }
        if let Some(after) = policy.after.as_ref().filter(|after| !before.iter().any(|e| e.policy.name == **after)) {
            let sentence =
                format!("{after} does not come earlier in the list environments. Move it there, or set after to \"\".");
            found.push(Mistake::new(key("after"), sentence));
        }
        found.extend(shared(environment, before));
        found.extend(issuer(&policy.issuer).map(|sentence| Mistake::new(key("issuer"), sentence)));
        if policy.key_sizes.is_empty() || policy.key_sizes.iter().any(|size| !(2048..=8192).contains(size)) {
            let sentence = "Allow at least one size, each from 2048 to 8192 bits, such as [2048].";
            found.push(Mistake::new(key("key_sizes"), sentence));
        }
        if !(1..=MOST_KEYS).contains(&policy.max_keys) {
            found.push(Mistake::new(
                key("max_keys"),
                format!("A client has 1 to {MOST_KEYS} keys. Give a number from 1 to {MOST_KEYS}."),
            ));
        }
        found.extend(decisions(policy).into_iter().map(|(member, sentence)| Mistake::new(key(member), sentence)));
        let ClientStoreConfig::Sql { url } = &environment.client_store;
        found.extend(database_url(&key("client_store.url"), url));
    }
    found
}

/// What two environments may not have in common: a client of one would be a client of the other. The addresses are not
/// repeated, as they may hold a password.
fn shared(environment: &Environment, before: &[Environment]) -> Vec<Mistake> {
    let ClientStoreConfig::Sql { url } = &environment.client_store;
    let place = |url: &str| url.split('?').next().unwrap_or(url).to_owned();
    let same_store = before.iter().find(|other| {
        let ClientStoreConfig::Sql { url: others } = &other.client_store;
        place(others) == place(url)
    });
    let issuer = environment.policy.issuer.trim_end_matches('/');
    let same_issuer = before.iter().find(|other| other.policy.issuer.trim_end_matches('/') == issuer);
    let pairs = [("client_store.url", same_store), ("issuer", same_issuer)];
    let mistake = |(member, other): (&str, Option<&Environment>)| {
        let name = &environment.policy.name;
        let other = &other.filter(|other| other.policy.name != *name)?.policy.name;
        let sentence = format!("This is the {member} of environment.{other}.{member} too. Give each its own.");
        Some(Mistake::new(format!("environment.{name}.{member}"), sentence))
    };
    pairs.into_iter().filter_map(mistake).collect()
}

/// As many keys as are read of a client's metadata.
const MOST_KEYS: u8 = 8;

/// What would start and then be of no effect, or refuse everybody.
fn decisions(policy: &EnvironmentPolicy) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if !["RS256", "RS384", "RS512"].contains(&policy.signing_algorithm.as_str()) {
        let sentence = "Only RSA signatures can be checked. Use RS256, RS384 or RS512.";
        found.push(("signing_algorithm", sentence.to_owned()));
    }
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(other) = policy.compromised_keys.iter().find(|entry| !is_digest(entry)) {
        let sentence = format!(
            "“{other}” is not a SHA-256 digest of a SubjectPublicKeyInfo, so it would match no key. \
             Write 64 lowercase hexadecimal digits."
        );
        found.push(("compromised_keys", sentence));
    }
    if policy.automatic && policy.approvals > 1 {
        let sentence = "Revisions are approved automatically here, so no second admin would ever be asked. \
                        Set automatic to false, or approvals to 1.";
        found.push(("automatic", sentence.to_owned()));
    }
    if policy.endorsed_approvals.is_some_and(|few| few > policy.approvals.max(1)) {
        let sentence =
            "An endorsed key would need more admins than a whole review. Give no more than approvals, or leave it out.";
        found.push(("endorsed_approvals", sentence.to_owned()));
    }
    if !policy.automatic && policy.approvals == 0 {
        found.push(("approvals", "Someone must approve. Set 1 or more, or automatic to true.".to_owned()));
    }
    found
}

fn issuer(issuer: &str) -> Option<&'static str> {
    let sound = Url::parse(issuer).is_ok_and(|url| {
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        secure && url.query().is_none() && url.fragment().is_none()
    });
    (!sound).then_some("This is not an issuer. Give an https address without query or fragment.")
}

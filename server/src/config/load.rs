//! Reading the file and the environment variables into the sections.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use serde::Deserialize;

use super::mistake::{Mistake, Mistakes};
use super::{
    Config, Database, FilesConfig, Http, Limits, Log, Mail, ProtectedNames, Security, Teams, check, environments,
};

/// The file that is read when none is named, if it exists.
pub const DEFAULT_FILE: &str = "portal.toml";

/// What environment variables of the portal start with.
const PREFIX: &str = "PORTAL__";

/// Keys whose value is text whatever it looks like: a password of digits is not a number.
const TEXT_KEYS: [&str; 18] = [
    "http.site_dir",
    "database.url",
    "database.migrate_url",
    "database.runtime_role",
    "mail.directory",
    "mail.from",
    "mail.contact",
    "mail.host",
    "mail.username",
    "mail.password",
    "mail.ca_file",
    "files.directory",
    "files.bucket",
    "files.region",
    "files.access_key_id",
    "files.secret_access_key",
    "files.clamd",
    "security.secret_key_file",
];

/// Keys and sections whose value is not repeated: it is a password, or may hold one.
const SECRET: [&str; 8] =
    ["database", "mail", "files", "client_store", "url", "migrate_url", "password", "secret_access_key"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    http: Http,
    #[serde(default)]
    database: Database,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    files: FilesConfig,
    #[serde(default)]
    security: Security,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    teams: Teams,
    #[serde(default)]
    log: Log,
    #[serde(default)]
    protected: ProtectedNames,
    #[serde(default = "environments::built_in_names")]
    environments: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, Dict>,
}

/// The configuration of this process: `file`, else [`DEFAULT_FILE`] when it is there, and its environment variables.
pub fn load(file: Option<&Path>) -> Result<Config, Mistakes> {
    let default = Path::new(DEFAULT_FILE);
    let text = match file.or_else(|| default.exists().then_some(default)) {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            let name = path.display();
            Mistake::new("", format!("{name} cannot be read ({error}). Name a file that exists with --config."))
        })?,
    };
    let variables = own_variables(std::env::vars_os())?;
    load_from(&text, variables.into_iter())
}

/// The variables of the portal. What others have in theirs is none of ours, even where it is no text.
fn own_variables(all: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<(String, String)>, Mistakes> {
    let named = all.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let own = named.filter(|(name, _)| name.starts_with(PREFIX));
    own.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => {
            Err(Mistake::new(key_of(&name).unwrap_or_default(), "The value is not UTF-8 text. Correct it.").into())
        }
    })
    .collect()
}

/// The key that a variable sets.
fn key_of(variable: &str) -> Option<String> {
    let parts = variable.strip_prefix(PREFIX)?.split("__");
    Some(parts.map(str::to_lowercase).collect::<Vec<_>>().join("."))
}

/// The configuration in a text, with variables from anywhere.
pub fn load_from(toml: &str, variables: impl Iterator<Item = (String, String)>) -> Result<Config, Mistakes> {
    let figment = variables.fold(Figment::from(Toml::string(toml)), with_variable);
    let raw: Raw = figment.extract().map_err(|error| explain(&error, ""))?;
    let mut mistakes = Vec::new();
    let mut environments = environments::assemble(&raw.environments, raw.environment, &mut mistakes);
    mistakes.extend(check::protected(&raw.protected));
    environments::protect(&mut environments, raw.protected, &raw.http.base_url);
    mistakes.extend(environments::distrust(&mut environments, &raw.security.openssl_blacklists).err());
    let config = Config {
        http: raw.http,
        database: raw.database,
        mail: raw.mail,
        files: raw.files,
        security: raw.security,
        limits: raw.limits,
        teams: raw.teams,
        log: raw.log,
        environments,
    };
    mistakes.extend(check::mistakes(&config));
    if mistakes.is_empty() { Ok(config) } else { Err(Mistakes(mistakes)) }
}

fn with_variable(figment: Figment, (name, text): (String, String)) -> Figment {
    let Some(path) = key_of(&name) else { return figment };
    let is_text = TEXT_KEYS.contains(&path.as_str());
    let value = if is_text { Value::from(text) } else { text.parse().unwrap_or_else(|_| Value::from(text)) };
    figment.merge(Serialized::default(&path, value))
}

/// What figment found, as a mistake of one key.
pub(super) fn explain(error: &figment::Error, under: &str) -> Mistake {
    let mut path: Vec<&str> = under.split('.').filter(|part| !part.is_empty()).collect();
    path.extend(error.path.iter().map(String::as_str));
    let here = path.join(".");
    let below = |name: &str| match path.last() {
        None => name.to_owned(),
        // figment names an unknown key in the path, too.
        Some(last) if *last == name => here.clone(),
        Some(_) => format!("{here}.{name}"),
    };
    let is_secret = path.last().is_some_and(|last| SECRET.contains(last));
    match &error.kind {
        Kind::UnknownField(name, allowed) => {
            let allowed = allowed.join(", ");
            Mistake::new(below(name), format!("This is not a setting. Remove it, or use one of: {allowed}."))
        }
        Kind::MissingField(name) => Mistake::new(below(name), "This setting is missing. Add it."),
        Kind::UnknownVariant(value, allowed) => {
            let allowed = allowed.join(", ");
            Mistake::new(here, format!("The value {value} is not known. Use one of: {allowed}."))
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if is_secret => {
            Mistake::new(here, format!("The value must be {expected}. Correct it."))
        }
        Kind::InvalidType(found, expected) => {
            Mistake::new(here, format!("The value is {found}, but must be {expected}. Correct it."))
        }
        Kind::InvalidValue(found, expected) => {
            Mistake::new(here, format!("The value is {found}, but must be {expected}. Correct it."))
        }
        _ if is_secret => Mistake::new(here, "The value cannot be read. Correct it."),
        other => Mistake::new(here, format!("The value cannot be read: {}. Correct it.", other.to_string().trim())),
    }
}

//! Reading the file and the environment variables into the sections.

use std::collections::BTreeMap;
use std::path::Path;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use serde::Deserialize;

use super::mistake::{Mistake, Mistakes};
use super::{Config, Database, Http, Log, Mail, Security, check, environments};

/// The file that is read when none is named, if it exists.
pub const DEFAULT_FILE: &str = "portal.toml";

/// What environment variables of the portal start with.
const PREFIX: &str = "PORTAL__";

/// Keys whose value is text whatever it looks like: a password of digits is not a number.
const TEXT_KEYS: [&str; 6] =
    ["database.url", "mail.from", "mail.host", "mail.username", "mail.password", "security.secret_key_file"];

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
    security: Security,
    #[serde(default)]
    log: Log,
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
    load_from(&text, std::env::vars())
}

/// The configuration in a text, with variables from anywhere.
pub fn load_from(toml: &str, variables: impl Iterator<Item = (String, String)>) -> Result<Config, Mistakes> {
    let figment = variables.fold(Figment::from(Toml::string(toml)), with_variable);
    let raw: Raw = figment.extract().map_err(|error| explain(&error, ""))?;
    let mut mistakes = Vec::new();
    let environments = environments::assemble(&raw.environments, raw.environment, &mut mistakes);
    let config = Config {
        http: raw.http,
        database: raw.database,
        mail: raw.mail,
        security: raw.security,
        log: raw.log,
        environments,
    };
    mistakes.extend(check::mistakes(&config));
    if mistakes.is_empty() { Ok(config) } else { Err(Mistakes(mistakes)) }
}

fn with_variable(figment: Figment, (name, text): (String, String)) -> Figment {
    let Some(key) = name.strip_prefix(PREFIX) else { return figment };
    let path = key.split("__").map(str::to_lowercase).collect::<Vec<_>>().join(".");
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
        Kind::InvalidType(found, expected) => {
            Mistake::new(here, format!("The value is {found}, and has to be {expected}. Correct it."))
        }
        Kind::InvalidValue(found, expected) => {
            Mistake::new(here, format!("The value is {found}, and has to be {expected}. Correct it."))
        }
        other => Mistake::new(here, format!("The value cannot be read: {}. Correct it.", other.to_string().trim())),
    }
}

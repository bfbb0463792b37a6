//! The environments: NHS login's built-in policies, overridden key by key, or others described in full.

use std::{collections::BTreeMap, path::PathBuf};

use domain::openssl_blacklist::OpensslBlacklist;
use domain::policy::EnvironmentPolicy;
use domain::protected::{Known, Protected};
use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use serde::Deserialize;
use url::Url;

use super::check::is_loopback;
use super::load::explain;
use super::mistake::Mistake;
use super::sections::ProtectedNames;

/// One environment: its rules and where its clients are kept.
#[derive(Clone, PartialEq)]
pub struct Environment {
    /// The rules.
    pub policy: EnvironmentPolicy,
    /// The provider's client store.
    pub client_store: ClientStoreConfig,
}

/// `[environment.NAME.client_store]`
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClientStoreConfig {
    /// A table in the provider's own database.
    Sql {
        /// `sqlite://` or `postgres://`. May hold a password: never printed.
        url: String,
    },
}

/// The names that apply when `environments` does not say otherwise.
pub(super) fn built_in_names() -> Vec<String> {
    EnvironmentPolicy::nhs_login().into_iter().map(|policy| policy.name).collect()
}

/// Puts the environments together, in the order of `names`.
pub(super) fn assemble(
    names: &[String],
    mut given: BTreeMap<String, Dict>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Environment> {
    let mut environments = Vec::new();
    for name in names {
        match one(name, given.remove(name).unwrap_or_default()) {
            Ok(environment) => environments.push(environment),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    mistakes.extend(given.keys().map(|name| {
        let sentence =
            format!("No environment is called {name}. Correct the name, or add it to the list in environments.");
        Mistake::new(format!("environment.{name}"), sentence)
    }));
    environments
}

fn one(name: &str, mut overrides: Dict) -> Result<Environment, Mistake> {
    let key = format!("environment.{name}");
    let client_store = match overrides.remove("client_store") {
        Some(value) => value.deserialize().map_err(|error| explain(&error, &format!("{key}.client_store")))?,
        None => ClientStoreConfig::Sql { url: format!("sqlite://clients-{name}.db?mode=rwc") },
    };
    let built_in = EnvironmentPolicy::nhs_login().into_iter().find(|policy| policy.name == name);
    let base = built_in.map_or_else(Figment::new, |policy| Figment::from(Serialized::defaults(policy)));
    overrides.insert("name".into(), Value::from(name));
    let merged = base.merge(Serialized::defaults(overrides));
    let mut policy: EnvironmentPolicy = merged.extract().map_err(|error| explain(&error, &key))?;
    // TOML has no word for nothing, and a built-in policy may have one.
    policy.after = policy.after.filter(|after| !after.is_empty());
    Ok(Environment { policy, client_store })
}

/// Tells each environment what nobody may pass for: NHS login's own, what the section adds, the portal's host and the
/// issuers' hosts. This machine's is everybody's.
pub(super) fn protect(environments: &mut [Environment], more: ProtectedNames, base_url: &Url) {
    let mut protected = Protected::nhs_login();
    protected.names.extend(more.names.into_iter().map(Known::from));
    protected.hosts.extend(more.hosts.into_iter().map(Known::from));
    protected.hosts.extend(public_host(base_url).map(Known::from));
    protected.official.extend(more.official.into_iter().map(Known::from));
    let issuers = environments.iter().filter_map(|environment| Url::parse(&environment.policy.issuer).ok());
    protected.issuers = issuers.filter_map(|issuer| public_host(&issuer)).map(Known::from).collect();
    for environment in environments {
        environment.policy.protected = protected.clone();
    }
}

/// Tells each environment which keys the operator's lists name.
///
/// # Errors
/// A file that cannot be read, or the line of one that names no key.
pub(super) fn distrust(environments: &mut [Environment], files: &[PathBuf]) -> Result<(), Mistake> {
    let mistake = |file: &PathBuf, what: String| {
        Mistake::new("security.openssl_blacklists", format!("{} {what}", file.display()))
    };
    let mut lists = Vec::new();
    for file in files {
        let unreadable = |error| mistake(file, format!("cannot be read ({error}). Name a file that exists."));
        lists.push(std::fs::read_to_string(file).map_err(unreadable)?);
    }
    let blacklist = OpensslBlacklist::read(lists.iter().map(String::as_str)).map_err(|(list, line)| {
        mistake(
            &files[list],
            format!(
                "names no key in line {line}. Write the last 20 digits of the SHA-1 that “openssl rsa -noout -modulus” \
                 gives, as openssl-vulnkey(1) describes."
            ),
        )
    })?;
    for environment in environments {
        environment.policy.openssl_blacklist = blacklist.clone();
    }
    Ok(())
}

fn public_host(url: &Url) -> Option<String> {
    url.domain().filter(|_| !is_loopback(url)).map(str::to_owned)
}

//! `portal seed`: demo people, organisations and registrations in every state that a person can meet.
//!
//! Everything is done by the people it is about, through `Store::execute`, over the three weeks before now; what is
//! published really is at the providers. Nothing here runs for a portal that other machines can reach: the password
//! and the second factor of the demo people are in this file.

mod assertion;
mod drafts;
mod people;
mod services;
mod story;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use store::{Store, StoreError};
use time::Duration;
use usecases::auth::Auth;

use crate::client_store::ClientStoreError;
use crate::config::{Config, is_loopback};
use people::{ALL, SECOND_FACTOR};
use story::Story;

/// The password of every demo person.
pub const PASSWORD: &str = "teapot lantern orchard";

/// Where the demo relying party keeps its key pair, seen from where `make run` starts the portal.
pub const RELYING_PARTY: &str = ".demo/relying-party";

/// How long before now the story begins: it lasts some 533 hours, and ends this morning.
const BEGAN: Duration = Duration::hours(541);

/// What `seed` did. Printed, it says who the demo people are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// The demo data was put in.
    Filled,
    /// It was there already.
    Already,
}

/// Why there is no demo data.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The portal can be reached from elsewhere.
    #[error(
        "{0} is not an address of this machine alone. Demo data has known passwords: set http.listen and \
         http.base_url to 127.0.0.1, or run without demo data."
    )]
    NotLocal(String),
    /// An earlier run was interrupted.
    #[error("An earlier run of seed was interrupted. Delete the demo database and the provider's, and run it again.")]
    HalfDone,
    /// It is not a demo database.
    #[error("There are accounts in this database already, and none of them is a demo person’s. Use an empty database.")]
    NotEmpty,
    /// The relying party's keys.
    #[error("{0} cannot be read or is not an RSA key. Make the demo relying party's key pair first.")]
    RelyingParty(String),
    /// The configuration lacks an environment.
    #[error("The demo data needs an environment called {0}. Add it to the configuration.")]
    NoEnvironment(&'static str),
    /// The write path.
    #[error("The demo data was refused: {0}")]
    Store(#[from] StoreError),
    /// Where files are kept.
    #[error("A file of the demo data could not be kept: {0}.")]
    Files(String),
    /// A provider's client store.
    #[error("A provider could not be reached: {0}.")]
    Provider(#[from] ClientStoreError),
    /// What cannot be.
    #[error("The demo data does not fit the rules: {0}.")]
    Fault(&'static str),
}

/// Puts the demo data in, once: a second run does nothing.
///
/// `relying_party` is the directory with `public.pem` and `private.pem` of the demo relying party. Its key is what the
/// first sandpit registration publishes, so that it can sign people in at once.
///
/// # Errors
/// Any [`SeedError`].
pub async fn seed(config: &Config, store: &Store, auth: &Auth, relying_party: &Path) -> Result<Seeded, SeedError> {
    refuse_reachable(config)?;
    if people::is_there(store, people::OWNER).await? || !store.has_accounts().await? {
        store.mark_demo_data(auth.ambient.now()).await?;
    }
    let last = people::is_there(store, people::AUDITOR).await?;
    match (people::is_there(store, people::OWNER).await?, last) {
        (_, true) => return Ok(Seeded::Already),
        (true, false) => return Err(SeedError::HalfDone),
        (false, false) if store.has_accounts().await? => return Err(SeedError::NotEmpty),
        (false, false) => {}
    }
    let keys = assertion::KeyPair::read(relying_party)?;
    let mut story = Story::begin(config, store, auth, auth.ambient.now() - BEGAN)?;
    services::tell(&mut story, &keys).await?;
    // The auditor comes last: whether that account is there tells whether everything is.
    people::auditor(&mut story).await?;
    story.clear_post().await?;
    Ok(Seeded::Filled)
}

fn refuse_reachable(config: &Config) -> Result<(), SeedError> {
    let listen = config.http.listen;
    if !listen.ip().is_loopback() {
        return Err(SeedError::NotLocal(listen.to_string()));
    }
    match is_loopback(&config.http.base_url) {
        true => Ok(()),
        false => Err(SeedError::NotLocal(config.http.base_url.to_string())),
    }
}

impl fmt::Display for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = match self {
            Self::Filled => "The demo data is in.",
            Self::Already => "The demo data was in already.",
        };
        writeln!(f, "{done} Demo people, all with the password “{PASSWORD}”:")?;
        for person in ALL {
            writeln!(f, "  {:<24} {}", person.email, person.is)?;
        }
        let secret = people::second_factor().grouped();
        write!(f, "Staff and the owner enter a code too. Secret key for an authenticator app: {secret}")
    }
}

/// The addresses of the demo people, in lower case.
pub fn addresses() -> Vec<&'static str> {
    ALL.iter().map(|person| person.email).collect()
}

/// The secret that the codes of the demo's staff and owner are made of, for tests and `make run`.
pub fn second_factor_bytes() -> [u8; 20] {
    SECOND_FACTOR
}

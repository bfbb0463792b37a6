//! One commented TOML file, every key overridable as `PORTAL__SECTION__KEY`; wrong configuration fails at start.

mod check;
mod environments;
mod load;
mod mistake;
mod sections;
#[cfg(test)]
mod tests;

pub(crate) use check::is_loopback;
pub use environments::{ClientStoreConfig, Environment};
pub use load::{DEFAULT_FILE, load, load_from};
pub use mistake::{Mistake, Mistakes};
pub use sections::{
    Database, FilesConfig, Http, Limits, Log, LogFormat, Mail, MailTls, MailTransport, ProtectedNames, Security, Teams,
};

/// The whole configuration, checked.
#[derive(Clone, PartialEq)]
pub struct Config {
    /// Where the portal listens and how it is reached.
    pub http: Http,
    /// Where its own data lives.
    pub database: Database,
    /// How mail leaves.
    pub mail: Mail,
    /// Where files that belong to evidence are kept, and who scans them.
    pub files: FilesConfig,
    /// The key file and the hashing pool.
    pub security: Security,
    /// How much one account may read and leave behind.
    pub limits: Limits,
    /// When a team needs the staff's attention.
    pub teams: Teams,
    /// What is logged.
    pub log: Log,
    /// The environments, in the order in which a service goes through them.
    pub environments: Vec<Environment>,
}

impl Config {
    /// The policies alone, in order.
    pub fn policies(&self) -> Vec<domain::policy::EnvironmentPolicy> {
        self.environments.iter().map(|environment| environment.policy.clone()).collect()
    }
}

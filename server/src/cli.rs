//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use domain::actor::StaffRole;

use crate::check::Kind;

/// Registers clients with an OpenID provider.
#[derive(Debug, Parser)]
#[command(name = "portal", version, about = "The NHS login client registration portal.")]
pub struct Cli {
    /// The configuration file. Without it portal.toml is read where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `portal` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages, and publish and send mail beside it.
    Serve {
        /// Only serve: another process runs `portal worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Publish and send mail, without serving pages.
    Worker,
    /// Bring the database up to this version.
    Migrate,
    /// Fill an empty portal on this machine with demo data, and print the demo people.
    Seed {
        /// The directory with public.pem and private.pem of the demo relying party.
        #[arg(long, default_value = crate::seed::RELYING_PARTY, value_name = "DIR")]
        relying_party: PathBuf,
    },
    /// Check configuration, database, mail, client stores and clock, one line each.
    Doctor,
    /// Staff accounts.
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Judge a key, a redirect URI or a registration by the rules of the pages. Needs no configuration and no database.
    Check {
        /// What the input is.
        kind: Kind,
        /// The file; standard input when it is missing or -.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// The environment whose rules apply.
        #[arg(long, default_value = "live", value_name = "NAME")]
        environment: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// What `portal admin` does.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Give a staff role to an address, and mail it a link for choosing a password.
    Create {
        /// The address.
        #[arg(long)]
        email: String,
        /// The role.
        #[arg(long)]
        role: Role,
    },
    /// Open an account again whose person cannot sign in: without password and second factor, with a mailed link.
    Recover {
        /// The address.
        #[arg(long)]
        email: String,
    },
    /// Erase one text from everywhere that it stands, with an entry in the history. Shows where it stands, without
    /// showing it, and changes nothing until --yes is given.
    ///
    /// Names the text by where it stands (--entry and --pointer), by its SHA-256 (--digest), or reads it from standard
    /// input, so that it is never an argument.
    Erase {
        /// The index of an entry of the history that holds the text.
        #[arg(long, requires = "pointer", conflicts_with = "digest", value_name = "INDEX")]
        entry: Option<u64>,
        /// Where in the entry, as its page has it, such as /event/change or /event/change/client_name.
        #[arg(long, requires = "entry", value_name = "POINTER")]
        pointer: Option<String>,
        /// SHA-256 of the whole text, in hex.
        #[arg(long, value_name = "HEX")]
        digest: Option<String>,
        /// Why. The history keeps it, and staff and the partner read it.
        #[arg(long)]
        reason: String,
        /// Erase it. Cannot be undone.
        #[arg(long)]
        yes: bool,
    },
}

/// A staff role as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    /// Reviews, approves, suspends.
    Admin,
    /// Reads everything, changes nothing.
    Auditor,
}

impl From<Role> for StaffRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Auditor => Self::Auditor,
        }
    }
}

//! What follows a commit, claimed by workers under a lease.

pub(crate) mod digest;
pub(crate) mod mail;
mod pace;
pub(crate) mod publications;

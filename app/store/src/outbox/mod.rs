//! What follows a commit, claimed by workers under a lease.

pub(crate) mod mail;
pub(crate) mod publications;

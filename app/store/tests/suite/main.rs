//! Tests of the store, on SQLite and, under `tests/with-postgres`, on PostgreSQL. One binary: it is linked once.

#[macro_use]
mod common;
mod approvals;
mod durability;
mod environments;
mod execute;
mod interleavings;
mod keys;
mod mails;
mod publications;
mod read_back;
mod reading;
mod sessions;
mod tenants;

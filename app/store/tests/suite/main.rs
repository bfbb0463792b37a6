//! Tests of the store, on SQLite and, under `tests/with-postgres`, on PostgreSQL. One binary: it is linked once.

#[macro_use]
mod common;
mod amendments;
mod approvals;
mod authority;
mod bounds;
mod corpus;
mod deployed;
mod durability;
mod environments;
mod erasing;
mod execute;
mod happenings;
mod held;
mod interleavings;
mod invitations;
mod keys;
mod lists;
mod mails;
mod migrating;
mod names;
mod owners;
mod publications;
mod read_back;
mod reading;
mod requests;
mod searching;
mod sessions;
mod several_keys;
mod team;
mod tenants;
mod tokens;
mod two_people;
mod ways_in;

//! The portal over HTTP: the real router, real form bodies, a cookie jar for each person. Every module names the threat
//! of `threats.md` whose control it shows.

mod access;
mod amendments;
mod answers;
mod approvals;
mod authority;
mod bounds;
mod conflicts;
mod csrf;
mod erased;
mod exhaustion;
mod files;
mod growing;
mod injection;
mod invitations;
mod journey;
mod key_field;
mod links;
mod newcomer;
mod overtaken;
mod possession;
mod private_keys;
mod reading;
mod refused_forms;
mod sessions;
mod staff_pages;
mod standing;
mod statements;
mod support;
mod team;
mod tenants;
mod tools;
mod truth;
mod unreadable;
mod warnings;
mod ways_in;

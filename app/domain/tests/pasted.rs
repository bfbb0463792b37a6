//! What people paste, made afresh by OpenSSL and ssh-keygen: each kind gets its own verdict, and each command that a
//! sentence recommends works.

#[path = "pasted/cases.rs"]
mod cases;
#[path = "pasted/commands.rs"]
mod commands;
#[path = "pasted/members.rs"]
mod members;
#[path = "pasted/private.rs"]
mod private;
#[path = "pasted/public.rs"]
mod public;
#[path = "pasted/tools.rs"]
mod tools;
#[path = "pasted/wrappings.rs"]
mod wrappings;

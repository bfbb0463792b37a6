//! What pages may ask for: commands as `#[server]` functions, and reads for the page that is being rendered.
//!
//! Every command is a public endpoint: context first, a body of a few lines, authorised by `decide` inside the
//! one write path. Each ends in a redirect (post, redirect, get); what was refused is shown again, with
//! everything that was typed, by the page that it was typed on. Only islands run as wasm, so all of this is
//! compiled for the server alone.

#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod accounts;
pub mod context;
pub mod cookie;
pub mod csv;
pub mod error;
pub mod export;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod files;
pub mod form;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod joining;
pub mod lists_csv;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod organisations;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod ownership;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod registrations;
mod session;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod staff;
pub mod staff_reads;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod team;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod tokens;
#[expect(missing_docs, reason = "#[server] makes a struct of each command, whose fields are its parameters")]
pub mod tools;

//! What can be asked of the portal, whoever asks, and who is asking. Forms, and whatever else may ask, call the same
//! functions: typed input, typed outcome, and no request, cookie or redirect in here.

pub mod accounts;
pub mod attachments;
pub mod auth;
mod caller;
mod decide;
mod fault;
pub mod joining;
mod key_comparison;
pub mod organisations;
pub mod ownership;
pub mod people;
mod portal;
pub mod registrations;
pub mod reviews;
pub mod team;
pub mod tokens;
pub mod typed;

pub use caller::{Caller, NotedRequest, ProofGiven};
pub use fault::Fault;
pub use portal::{Counted, Endpoints, Portal, PortalParts, ProviderEndpoints};

//! The rules of registering a client with an OpenID provider.
//!
//! Pure: no I/O, no clock, no randomness, no Leptos. The same code judges in the browser (islands), on the
//! server, in `portal check` and inside the one write path.

pub mod account;
pub mod actor;
pub mod aggregate;
pub mod attachment;
pub mod authority;
pub mod client_name;
pub mod draft;
pub mod email;
pub mod erasure;
pub mod evidence;
pub mod hex;
pub mod id;
mod json;
pub mod key;
mod metadata;
mod natural;
pub mod notice;
pub mod ods;
pub mod openssl_blacklist;
pub mod organisation;
pub mod person_name;
pub mod policy;
pub mod possession;
pub mod private_key;
pub mod problem;
pub mod protected;
mod quote;
pub mod recorded;
pub mod redirect_uri;
pub mod refusal;
pub mod registration;
pub mod revision;
pub mod rule;
pub mod scenario;
pub mod scope;
pub mod signature;
mod skeleton;
pub mod standing;
pub mod text;
pub mod vector;
pub mod warning;
mod weak_key;

//! What a person sees: pages, server functions and islands.
//!
//! Compiled twice: with `ssr` into the server, which renders every page, and with `hydrate` into wasm, which wakes
//! the islands and nothing else.

pub mod islands;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod reading;
#[cfg(all(test, feature = "ssr"))]
mod samples;

#[cfg(feature = "ssr")]
pub use document::{App, Assets, shell};

//! The pages, one file for each family of screens.

pub mod account;
mod changed;
pub mod chrome;
pub mod frame;
pub mod guidance;
mod key_id;
pub mod legal;
pub mod partner;
mod proof;
pub mod public;
pub mod staff;
pub mod start;
pub mod tools;

//! The parts of the binary `portal`: command line, configuration, HTTP layers, sessions, mail, client stores, worker.

pub mod admin;
pub mod ambient;
pub mod api;
pub mod check;
pub mod cli;
pub mod client_store;
pub mod config;
pub mod discovery;
pub mod doctor;
pub mod files;
pub mod forms;
pub mod http;
pub mod mail;
pub mod pages;
pub mod reading;
pub mod secret_key;
pub mod seed;
pub mod serve;
pub mod session;
pub mod startup;
pub mod worker;

//! Everything between the socket and the application: who may talk to it, with which headers, for how long.

pub mod address;
pub mod assets;
pub mod connections;
pub mod csp;
pub mod csrf;
pub mod frame;
pub mod health;
pub mod held;
pub mod in_place;
pub mod patience;
pub mod refusal;
pub mod request;

pub use frame::{Frame, framed};

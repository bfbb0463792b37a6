//! The portal in a directory of its own, with everything real but the clock, the entropy and the provider's discovery.

pub(crate) mod clock;
pub(crate) mod crawl;
pub(crate) mod html;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod person;
pub(crate) mod provider;
pub(crate) mod stage;
pub(crate) mod world;

pub(crate) use log::Log;
pub(crate) use person::{Answer, Person};
pub(crate) use provider::shut;
pub(crate) use stage::Team;
pub(crate) use world::World;

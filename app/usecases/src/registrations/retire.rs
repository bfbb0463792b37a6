//! Giving a registration up for good.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide},
};
use domain::{
    id::RegistrationId,
    registration::{Command, Registration},
};

/// A registration of the caller's own to be retired.
#[derive(Clone)]
pub struct RetireRegistration {
    /// Which one.
    pub registration: RegistrationId,
    /// The version that whoever retires it was shown.
    pub version: u64,
    /// Why, as typed.
    pub reason: String,
    /// Password or code, where none was shown a moment ago.
    pub proof: String,
}

/// What there is to know of a registration that was retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// Whether it had a client, which is switched off with it.
    pub had_client: bool,
}

/// Retires a registration for good, and its client if there is one. The same twice is one.
///
/// # Errors
/// `Problems` at `proof` when it is wrong; `Stale` where the registration changed since; what the rules refuse; `TooFast`.
pub async fn retire_registration(
    portal: &Portal,
    caller: &Caller,
    input: RetireRegistration,
) -> Result<Retired, Fault> {
    let RetireRegistration { registration: id, version, reason, proof } = input;
    let command = Command::Retire { reason };
    let decision = Decision::<Registration> {
        id,
        rests_on: RestsOn::Exactly(version),
        proof: Some(&proof),
        command,
        mails: Mails::NoStranger,
    };
    let retired = decide(portal, caller, decision).await?.state;
    Ok(Retired { had_client: retired.client_id.is_some() })
}

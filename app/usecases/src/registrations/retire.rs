//! Giving a registration up for good.

use super::details;
use crate::{Caller, Fault, Portal, auth::proof::reauthenticate};
use domain::{
    actor::By,
    id::RegistrationId,
    registration::{Command, Registration},
};
use store::Expected;

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
    reauthenticate(portal, caller, "proof", &proof).await?;
    let counted = portal.count_command(caller)?;
    let retire = Command::Retire { reason };
    let done = portal.execute::<Registration>(counted, id, Expected::Version(version), retire).await;
    let retired = match done {
        Ok(done) => done.state,
        Err(Fault::Stale) => {
            let me = By::Account(caller.person()?.account);
            let now = details(portal, caller, id).await?.registration;
            let is_mine = now.retired.as_ref().is_some_and(|stamp| stamp.by == me);
            if is_mine { now } else { return Err(Fault::Stale) }
        }
        Err(error) => return Err(error),
    };
    Ok(Retired { had_client: retired.client_id.is_some() })
}

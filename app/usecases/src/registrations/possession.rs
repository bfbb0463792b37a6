//! Proving to hold the private half of a key.

use super::details;
use crate::{Caller, Fault, Portal, auth::Token};
use domain::{
    id::RegistrationId,
    registration::{Command, Registration},
};
use store::Expected;

/// Hands out a nonce to sign with the private key.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn ask_nonce(portal: &Portal, caller: &Caller, registration: RegistrationId) -> Result<(), Fault> {
    let counted = portal.count_command(caller)?;
    let nonce = Token::from_bytes(portal.auth.ambient.bytes()).text().to_owned();
    let challenge = Command::Challenge { nonce };
    portal.execute::<Registration>(counted, registration, Expected::Any, challenge).await.map(drop)
}

/// A client assertion over the nonce.
#[derive(Clone)]
pub struct ProvePossession {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The assertion (RFC 7523, 3), a credential while it lasts: nowhere but here.
    pub assertion: String,
}

/// Takes a client assertion over the nonce. It is looked at in the pool, before the transaction that records what came of
/// it. The same twice is one.
///
/// # Errors
/// What is wrong with the assertion; what the rules refuse; `TooFast`.
pub async fn prove_possession(portal: &Portal, caller: &Caller, input: ProvePossession) -> Result<(), Fault> {
    let counted = portal.count_command(caller)?;
    // The first used the nonce up.
    if portal.done_before::<Registration>(caller).await?.is_some() {
        return Ok(());
    }
    let ProvePossession { registration: id, assertion } = input;
    let (details, now) = (details(portal, caller, id).await?, portal.auth.ambient.now());
    let audience = portal.base_url.clone();
    let look = move || details.registration.present(assertion.trim(), &details.policy, &audience, now);
    let presented = portal.auth.checks.run(look).await?;
    let prove = Command::ProvePossession(Box::new(presented?));
    portal.execute::<Registration>(counted, id, Expected::Any, prove).await.map(drop)
}

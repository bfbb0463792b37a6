//! Endorsing a new key with one that the provider has.

use super::details;
use crate::{Caller, Fault, Portal};
use domain::{
    id::RegistrationId,
    possession::Typed,
    refusal::Refusal,
    registration::{Command, Registration},
};
use store::Expected;

/// Two client assertions over the nonce.
#[derive(Clone)]
pub struct EndorseKey {
    /// Of this registration.
    pub registration: RegistrationId,
    /// By the new key, and by the published one.
    pub typed: Typed,
}

/// Takes two client assertions over the nonce: the new key's, which proves that its private half is held, and the one by
/// which a published key endorses it. They are looked at in the pool, before the transaction that records them. The same
/// twice is one.
///
/// # Errors
/// What is wrong with either; what the rules refuse; `TooFast`.
pub async fn endorse_key(portal: &Portal, caller: &Caller, input: EndorseKey) -> Result<(), Fault> {
    let counted = portal.count_command(caller)?;
    // The first used the nonce up.
    if portal.done_before::<Registration>(caller).await?.is_some() {
        return Ok(());
    }
    let EndorseKey { registration: id, typed } = input;
    let (mut details, now) = (details(portal, caller, id).await?, portal.auth.ambient.now());
    details.facts = portal.store.compare_draft(&details).await?;
    let audience = portal.base_url.clone();
    let look = move || {
        let held = details.facts.held.as_ref().ok_or(Refusal::EndorserNotPublished)?;
        details.registration.present_endorsement(&typed, held, &details.policy, &audience, now)
    };
    let presented = portal.auth.checks.run(look).await?;
    let endorse = Command::EndorseKey(Box::new(presented?));
    portal.execute::<Registration>(counted, id, Expected::Any, endorse).await.map(drop)
}

//! Reporting that a private key got into other hands.

use super::details;
use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide},
};
use domain::{
    draft::DraftKey,
    id::RegistrationId,
    key::PublicKey,
    registration::{Command, Facts, LeakOutcome, Registration, Revision},
    revision::FrozenRevision,
};
use store::read::RegistrationDetails;

/// A key whose private half leaked.
#[derive(Clone)]
pub struct ReportLeak {
    /// Of this registration.
    pub registration: RegistrationId,
    /// RFC 7638 thumbprint of the key.
    pub key: String,
    /// Password or code, where none was shown a moment ago.
    pub proof: String,
}

/// The key of this thumbprint, if it is in the draft of a registration or in anything that was submitted.
///
/// # Errors
/// `NotFound` where it is no key of the registration.
pub async fn key_of(
    portal: &Portal,
    caller: &Caller,
    of: &RegistrationDetails,
    thumbprint: &str,
) -> Result<PublicKey, Fault> {
    let is_it = |key: &PublicKey| key.thumbprint() == thumbprint;
    let of_draft = of.registration.draft.public_keys.iter().filter_map(DraftKey::public_key).find(is_it);
    if let Some(key) = of_draft {
        return Ok(key);
    }
    let has_it = |revision: &&Revision| revision.thumbprints.iter().any(|key| key == thumbprint);
    for revision in of.registration.revisions.iter().rev().filter(has_it) {
        let content = portal.store.revision(caller.person()?, of.registration.id, revision.number).await?;
        let keys = FrozenRevision::read(&content.bytes)?.metadata.keys;
        // Of one that was erased as a whole an earlier one may have it still.
        if let Some(key) = keys.into_iter().filter_map(|key| key.public_key).find(is_it) {
            return Ok(key);
        }
    }
    Err(Fault::NotFound)
}

/// What follows where somebody reports now that the key of this thumbprint leaked.
///
/// # Errors
/// What the store answers.
pub async fn leak_outcome(portal: &Portal, of: &RegistrationDetails, thumbprint: &str) -> Result<LeakOutcome, Fault> {
    let leaked = portal.store.leaked_keys(&of.registration).await?;
    Ok(of.registration.leak_outcome(thumbprint, &Facts { leaked, ..Facts::default() }))
}

/// Takes a key out of the draft, of a revision under review, and of the provider, and has it refused from then on. It rests
/// on nothing else: there is no time to read again what changed. The same twice is one.
///
/// # Errors
/// `NotFound` where it is no key of the registration; `Problems` at `proof` when that is wrong; what the rules refuse;
/// `TooFast`.
pub async fn report_leak(portal: &Portal, caller: &Caller, input: ReportLeak) -> Result<LeakOutcome, Fault> {
    let ReportLeak { registration: id, key, proof } = input;
    let found = details(portal, caller, id).await?;
    let outcome = leak_outcome(portal, &found, &key).await?;
    if portal.done_before::<Registration>(caller).await?.is_some() {
        return Ok(outcome);
    }
    let decision = Decision::<Registration> {
        id,
        rests_on: RestsOn::Whatever,
        proof: Some(&proof),
        command: Command::ReportLeak {
            key: Box::new(key_of(portal, caller, &found, &key).await?),
            client_id: portal.fresh_client_id(),
        },
        mails: Mails::NoStranger,
    };
    decide(portal, caller, decision).await?;
    Ok(outcome)
}

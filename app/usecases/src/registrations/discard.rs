//! Throwing away what changed in a draft since it was submitted or approved.

use crate::{Caller, Fault, Portal};
use domain::{
    draft::Draft,
    id::RegistrationId,
    registration::{Command, Facts, Registration},
    revision::FrozenRevision,
};
use store::{Expected, read::RegistrationDetails};

/// A draft whose changes are to be thrown away.
#[derive(Clone, Copy, Debug)]
pub struct DiscardChanges {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The version that whoever throws them away was shown.
    pub version: u64,
}

/// Throws away what changed in a draft since the revision under review, or else the one approved last. The same twice is
/// one.
///
/// # Errors
/// `Stale` where it changed since; what the rules refuse; `TooFast`.
pub async fn discard_changes(portal: &Portal, caller: &Caller, input: DiscardChanges) -> Result<(), Fault> {
    let DiscardChanges { registration: id, version } = input;
    let counted = portal.count_command(caller)?;
    let command = Command::DiscardChanges;
    portal.execute::<Registration>(counted, id, Expected::Version(version), command).await.map(drop)
}

/// What the draft would be once its changes were thrown away; none where there are none, or something of it was erased.
///
/// # Errors
/// What the store answers.
pub async fn without_changes(
    portal: &Portal,
    caller: &Caller,
    of: &RegistrationDetails,
) -> Result<Option<Draft>, Fault> {
    let Some(to) = of.registration.discards_to() else { return Ok(None) };
    let content = portal.store.revision(caller.person()?, of.registration.id, to.number).await?;
    let facts = Facts { frozen: Some(FrozenRevision::read(&content.bytes)?), ..Facts::default() };
    Ok(of.registration.draft_again(to, &facts))
}

//! Submitting a draft for review, and taking the submitted revision back.

use super::details;
use crate::{Caller, Fault, Portal, key_comparison};
use domain::{
    id::RegistrationId,
    registration::{Command, Registration},
};
use store::Expected;

/// A draft to be reviewed.
#[derive(Clone, Copy, Debug)]
pub struct SubmitRegistration {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The version that whoever submits was shown.
    pub version: u64,
}

/// What there is to know of a revision that was submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Whether it asks for the very same as the revision before it, which was sent back.
    pub is_unchanged: bool,
}

/// Submits the draft for review, as it was shown. The same twice is one.
///
/// # Errors
/// `Stale` where it changed since; what the rules refuse, every problem of the draft included; `TooFast`; `Busy` where
/// too many keys wait to be compared.
pub async fn submit_registration(
    portal: &Portal,
    caller: &Caller,
    input: SubmitRegistration,
) -> Result<Submitted, Fault> {
    let SubmitRegistration { registration: id, version } = input;
    portal.limit(caller, &portal.auth.limits.submissions_by_account)?;
    key_comparison::complete(portal, &details(portal, caller, id).await?.registration.draft).await?;
    let counted = portal.count_command(caller)?;
    let submit = Command::Submit { client_id: portal.fresh_client_id() };
    let done = portal.execute::<Registration>(counted, id, Expected::Version(version), submit).await?;
    Ok(Submitted { is_unchanged: is_same_as_sent_back(&done.state) })
}

fn is_same_as_sent_back(registration: &Registration) -> bool {
    registration.revisions.last().is_some_and(|last| {
        registration.sent_back_before(last.number).is_some_and(|before| before.digest == last.digest)
    })
}

/// A revision to be taken back: under review, or approved and not published yet.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawRevision {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The version that whoever withdraws was shown.
    pub version: u64,
}

/// Takes the revision under review back, or else the approved one that the provider has not confirmed. The same twice is
/// one.
///
/// # Errors
/// `Stale` where it changed since; what the rules refuse; `TooFast`.
pub async fn withdraw_revision(portal: &Portal, caller: &Caller, input: WithdrawRevision) -> Result<(), Fault> {
    let WithdrawRevision { registration: id, version } = input;
    let counted = portal.count_command(caller)?;
    portal.execute::<Registration>(counted, id, Expected::Version(version), Command::Withdraw).await.map(drop)
}

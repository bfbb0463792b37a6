//! What admins decide about a partner's revisions and clients. Each decision is made once, however often it is sent.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide},
};
use domain::{
    draft::Section,
    id::RegistrationId,
    registration::{Command, Registration},
};
use std::collections::BTreeMap;
use store::Done;
use time::OffsetDateTime;

/// A registration as it was shown to whoever decides.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Which one.
    pub registration: RegistrationId,
    /// The version that was shown.
    pub version: u64,
}

/// What there is to know of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Whether the caller had made it before: the same was sent twice.
    pub again: bool,
}

/// An approval of exactly the revision that was shown.
#[derive(Clone)]
pub struct ApproveRevision {
    /// Of this registration.
    pub on: Shown,
    /// The revision's number.
    pub number: u32,
    /// The revision's digest.
    pub digest: String,
    /// The digest of its client metadata.
    pub metadata_digest: String,
    /// What the partner is told with it, as typed; may be empty.
    pub comment: String,
    /// Password or code, where none was shown a moment ago.
    pub proof: String,
}

/// What there is to know of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Whether the revision waits for another admin.
    pub waits: bool,
    /// Whether the caller had given it before: the same was sent twice.
    pub again: bool,
}

/// Approves a revision; with as many approvals as its environment asks for, its client is published.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn approve_revision(portal: &Portal, caller: &Caller, input: ApproveRevision) -> Result<Approved, Fault> {
    let ApproveRevision { on, number, digest, metadata_digest, comment, proof } = input;
    let client_id = portal.fresh_client_id();
    let command = Command::Approve { number, digest, metadata_digest, comment, client_id };
    let done = on_registration(portal, caller, on, Some(&proof), command).await?;
    Ok(Approved { waits: done.state.submitted().is_some(), again: done.again })
}

/// A revision that is sent back.
#[derive(Clone, Debug)]
pub struct RequestChanges {
    /// Of this registration.
    pub on: Shown,
    /// The revision's number.
    pub number: u32,
    /// About the whole, as typed; may be empty.
    pub comment: String,
    /// About sections, as typed.
    pub sections: BTreeMap<Section, String>,
}

/// Sends a revision back with comments, about the whole or about sections.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse; `TooFast`.
pub async fn request_changes(portal: &Portal, caller: &Caller, input: RequestChanges) -> Result<Decided, Fault> {
    let RequestChanges { on, number, comment, sections } = input;
    let command = Command::RequestChanges { number, comment, sections };
    on_registration(portal, caller, on, None, command).await.map(decided)
}

/// Rejects a revision with a reason.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse; `TooFast`.
pub async fn reject_revision(
    portal: &Portal,
    caller: &Caller,
    on: Shown,
    number: u32,
    reason: String,
) -> Result<Decided, Fault> {
    on_registration(portal, caller, on, None, Command::Reject { number, reason }).await.map(decided)
}

/// Publishes again what is wanted. `proof` is password or code, where none was shown a moment ago.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn republish_client(portal: &Portal, caller: &Caller, on: Shown, proof: &str) -> Result<Decided, Fault> {
    on_registration(portal, caller, on, Some(proof), Command::Republish).await.map(decided)
}

/// Switches a client off: one admin, at once, with a reason.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse; `TooFast`.
pub async fn suspend_client(portal: &Portal, caller: &Caller, on: Shown, reason: String) -> Result<Decided, Fault> {
    on_registration(portal, caller, on, None, Command::Suspend { reason }).await.map(decided)
}

/// Switches a client off for good, with a reason. A partner's owner does it by
/// [`retire_registration`](crate::registrations::retire_registration).
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn retire_client(
    portal: &Portal,
    caller: &Caller,
    on: Shown,
    reason: String,
    proof: &str,
) -> Result<Decided, Fault> {
    on_registration(portal, caller, on, Some(proof), Command::Retire { reason }).await.map(decided)
}

/// What there is to know of a client that is to be on again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reinstated {
    /// Whether that is proposed, and another admin has to confirm it.
    pub is_proposal: bool,
    /// Whether the caller had decided it before: the same was sent twice.
    pub again: bool,
}

/// Switches a client on again, with a reason, or proposes to where two admins have to.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn reinstate_client(
    portal: &Portal,
    caller: &Caller,
    on: Shown,
    reason: String,
    proof: &str,
) -> Result<Reinstated, Fault> {
    let done = on_registration(portal, caller, on, Some(proof), Command::Reinstate { reason }).await?;
    Ok(Reinstated { is_proposal: done.state.suspension().is_some(), again: done.again })
}

/// Seconds the proposal of that moment to switch a client on again.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn confirm_reinstatement(
    portal: &Portal,
    caller: &Caller,
    on: Shown,
    proposed_at: OffsetDateTime,
    proof: &str,
) -> Result<Decided, Fault> {
    let command = Command::ConfirmReinstatement { proposed_at };
    on_registration(portal, caller, on, Some(proof), command).await.map(decided)
}

/// Drops the proposal to switch a client on again.
///
/// # Errors
/// `Stale` where anybody decided anything since; what the rules refuse; `TooFast`.
pub async fn drop_reinstatement(portal: &Portal, caller: &Caller, on: Shown) -> Result<Decided, Fault> {
    on_registration(portal, caller, on, None, Command::DropReinstatement).await.map(decided)
}

async fn on_registration(
    portal: &Portal,
    caller: &Caller,
    Shown { registration: id, version }: Shown,
    proof: Option<&str>,
    command: Command,
) -> Result<Done<Registration>, Fault> {
    decide(
        portal,
        caller,
        Decision { id, rests_on: RestsOn::ButBeside(version), proof, command, mails: Mails::NoStranger },
    )
    .await
}

fn decided(done: Done<Registration>) -> Decided {
    Decided { again: done.again }
}

//! Joining an organisation that exists: asked for by whoever wants in, answered by an owner, or by an admin where none can be
//! reached.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide, decide_as_said},
    team::Changed,
};
use domain::{
    actor::TeamRole,
    id::OrganisationId,
    organisation::{Asked, Command, Organisation, check_reason},
    refusal::Refusal,
};
use store::Done;

/// Asks to join an organisation; its owners are mailed. `reason` says who asks and why, as typed. The same twice is one.
///
/// # Errors
/// `Stale` where it was asked by this before and is open no more; what the rules refuse; `TooMany` requests; `TooFast`.
pub async fn ask(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    reason: String,
) -> Result<Changed, Fault> {
    caller.person()?;
    // What says nothing mails nobody, and is not counted.
    check_reason(&reason).map_err(Refusal::problem)?;
    let (rests_on, command) = (RestsOn::Whatever, Command::AskToJoin { reason });
    let decision = Decision::<Organisation> {
        id: organisation,
        rests_on,
        proof: None,
        command,
        mails: Mails::Owners(organisation),
    };
    let done = decide(portal, caller, decision).await?;
    let is_open = done.state.requests.contains_key(&caller.person()?.account);
    if done.again && !is_open { Err(Fault::Stale) } else { Ok(Changed { is_same: done.events.is_empty() }) }
}

/// Takes the caller's own request back. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn withdraw(portal: &Portal, caller: &Caller, organisation: OrganisationId) -> Result<(), Fault> {
    decide_as_said(portal, caller, organisation, Command::WithdrawJoinRequest, None).await.map(drop)
}

/// Lets somebody into the team who asked. For owners, with a proof: `proof` is password or code, where none was shown a moment
/// ago. The same twice is one.
///
/// # Errors
/// `Stale` where they were let in by this before and are in the team no more; what the rules refuse, a wrong proof included;
/// `TooFast`.
pub async fn agree(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    (asked, role): (Asked, TeamRole),
    proof: &str,
) -> Result<(), Fault> {
    let done = decide_as_said(portal, caller, organisation, Command::AgreeToJoin { asked, role }, Some(proof)).await?;
    let is_in = done.state.members.contains_key(&asked.account);
    if done.again && !is_in { Err(Fault::Stale) } else { Ok(()) }
}

/// Answers a request to join with no. For owners. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn decline(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    asked: Asked,
) -> Result<(), Fault> {
    decide_as_said(portal, caller, organisation, Command::DeclineToJoin { asked }, None).await.map(drop)
}

/// An admin's answer to a request to join.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Which request, as it was shown.
    pub asked: Asked,
    /// As what they join; none for a no.
    pub role: Option<TeamRole>,
    /// Why, as typed.
    pub reason: String,
}

/// Answers a request to join in place of owners who cannot be reached. For admins, with a proof as in [`agree`]. The same twice is
/// one: then it says so.
///
/// # Errors
/// What the rules refuse, a wrong proof included; `TooFast`.
pub async fn answer_for_owners(
    portal: &Portal,
    caller: &Caller,
    answer: Answer,
    proof: &str,
) -> Result<Done<Organisation>, Fault> {
    let Answer { organisation, asked, role, reason } = answer;
    decide_as_said(portal, caller, organisation, Command::DecideJoin { asked, role, reason }, Some(proof)).await
}

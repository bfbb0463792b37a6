//! Handing over the ownership of an organisation, as the two concerned ask for it.

use crate::{Caller, Fault, Portal, decide::decide_as_said, team::Changed};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
    organisation::Command,
};

/// Offers one of the team to be the owner in the caller's place. For owners, with a proof: `proof` is password or code, where none
/// was shown a moment ago. The same twice is one.
///
/// # Errors
/// `Stale` where it was offered by this before and the offer has ended; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn offer(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    to: AccountId,
    proof: &str,
) -> Result<Changed, Fault> {
    let done =
        decide_as_said(portal, caller, organisation, Command::OfferOwnership { account: to }, Some(proof)).await?;
    let from = caller.person()?.account;
    let is_open = done.state.offers.get(&from).is_some_and(|offer| offer.to == to);
    if done.again && !is_open { Err(Fault::Stale) } else { Ok(Changed { is_same: done.events.is_empty() }) }
}

/// Takes the caller's own offer back. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn withdraw(portal: &Portal, caller: &Caller, organisation: OrganisationId) -> Result<(), Fault> {
    decide_as_said(portal, caller, organisation, Command::WithdrawOwnershipOffer, None).await.map(drop)
}

/// Becomes the owner, as the owner `from` offered, who is a developer then. With a proof as in [`offer`]. The same twice is one.
///
/// # Errors
/// `Stale` where the caller became the owner by this before and is none any more; what the rules refuse, a wrong proof included;
/// `TooFast`.
pub async fn accept(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    from: AccountId,
    proof: &str,
) -> Result<(), Fault> {
    let done = decide_as_said(portal, caller, organisation, Command::AcceptOwnership { from }, Some(proof)).await?;
    let is_owner = done.state.members.get(&caller.person()?.account) == Some(&TeamRole::Owner);
    if done.again && !is_owner { Err(Fault::Stale) } else { Ok(()) }
}

/// Answers the offer of the owner `from` with no. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn decline(
    portal: &Portal,
    caller: &Caller,
    organisation: OrganisationId,
    from: AccountId,
) -> Result<(), Fault> {
    decide_as_said(portal, caller, organisation, Command::DeclineOwnership { from }, None).await.map(drop)
}

//! What the people of an organisation do about its team.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, RestsOn, decide},
};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
    organisation::{Command, Organisation},
};
use store::Done;

/// A team member, in an organisation as it was shown.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The version that was shown.
    pub version: u64,
    /// Who.
    pub account: AccountId,
}

/// What there is to know of a change of role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Whether it is the role that they had.
    pub is_same: bool,
}

/// Gives a team member another role. For owners, with a proof: `proof` is password or code, where none was shown a moment
/// ago. The same twice is one.
///
/// # Errors
/// `Stale` where the organisation or its team changed since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn change_role(
    portal: &Portal,
    caller: &Caller,
    member: Member,
    role: TeamRole,
    proof: &str,
) -> Result<Changed, Fault> {
    let change = Command::ChangeRole { account: member.account, role };
    let done = about(portal, caller, member, change, proof).await?;
    Ok(Changed { is_same: done.events.is_empty() })
}

/// Removes somebody from the team; what they can see ends at once. For owners, with a proof as in [`change_role`]. The same
/// twice is one.
///
/// # Errors
/// As [`change_role`].
pub async fn remove_member(portal: &Portal, caller: &Caller, member: Member, proof: &str) -> Result<(), Fault> {
    about(portal, caller, member, Command::RemoveMember { account: member.account }, proof).await.map(drop)
}

async fn about(
    portal: &Portal,
    caller: &Caller,
    member: Member,
    command: Command,
    proof: &str,
) -> Result<Done<Organisation>, Fault> {
    let role = match &command {
        Command::ChangeRole { role, .. } => Some(*role),
        _ => None,
    };
    let rests_on = RestsOn::ButBeside(member.version);
    let decision = Decision { id: member.organisation, rests_on, proof: Some(proof), command };
    let done = decide::<Organisation>(portal, caller, decision).await?;
    // Done before, and undone by somebody since.
    let is_so = done.state.members.get(&member.account).copied() == role;
    if done.again && !is_so { Err(Fault::Stale) } else { Ok(done) }
}

/// Leaves the team of an organisation, with a proof as in [`change_role`]: who left cannot come back by themselves. The same
/// twice is one.
///
/// # Errors
/// What the rules refuse, a wrong proof included: the only owner who can sign in stays; `TooFast`.
pub async fn leave(portal: &Portal, caller: &Caller, organisation: OrganisationId, proof: &str) -> Result<(), Fault> {
    let (rests_on, command) = (RestsOn::Whatever, Command::Leave);
    let decision = Decision { id: organisation, rests_on, proof: Some(proof), command };
    decide::<Organisation>(portal, caller, decision).await.map(drop)
}

//! What the people of an organisation do about its team.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Shown, decide},
};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
    organisation::{Command, Organisation},
};
use store::Expected;

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
) -> Result<(), Fault> {
    about(portal, caller, member, Command::ChangeRole { account: member.account, role }, proof).await
}

/// Removes somebody from the team; what they can see ends at once. For owners, with a proof as in [`change_role`]. The same
/// twice is one.
///
/// # Errors
/// As [`change_role`].
pub async fn remove_member(portal: &Portal, caller: &Caller, member: Member, proof: &str) -> Result<(), Fault> {
    about(portal, caller, member, Command::RemoveMember { account: member.account }, proof).await
}

async fn about(portal: &Portal, caller: &Caller, member: Member, command: Command, proof: &str) -> Result<(), Fault> {
    let shown = Shown::ButBeside(member.version);
    let decision = Decision::<Organisation> { id: member.organisation, shown, proof: Some(proof), command };
    decide(portal, caller, decision).await.map(drop)
}

/// Leaves the team of an organisation. The same twice is one.
///
/// # Errors
/// What the rules refuse: the only owner stays; `TooFast`.
pub async fn leave(portal: &Portal, caller: &Caller, organisation: OrganisationId) -> Result<(), Fault> {
    let counted = portal.count_command(caller)?;
    portal.execute::<Organisation>(counted, organisation, Expected::Any, Command::Leave).await.map(drop)
}

//! What the people of an organisation do about its team.

use crate::{
    Caller, Fault, Portal,
    auth::tries::limit_forms,
    decide::{Decision, Mails, RestsOn, decide, decide_as_said},
};
use domain::{
    account::Secret,
    actor::TeamRole,
    email::EmailAddress,
    id::{AccountId, InvitationId, OrganisationId},
    organisation::{Command, Organisation},
    refusal::Refusal,
};
use store::{Done, Expected, Who};

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

/// What there is to know of a change of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Whether it was so already: the role is the one that they had, or they have this very invitation.
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
    let decision =
        Decision { id: member.organisation, rests_on, proof: Some(proof), command, mails: Mails::NoStranger };
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
    decide_as_said(portal, caller, organisation, Command::Leave, Some(proof)).await.map(drop)
}

/// Somebody to be asked to join a team.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Where to; it may have no account.
    pub email: EmailAddress,
    /// As what.
    pub role: TeamRole,
}

/// Asks somebody to join the team, by mail. For owners, with a proof as in [`change_role`]. What comes of it does not depend
/// on whether the address has an account. The same twice is one.
///
/// # Errors
/// `Stale` where it was sent by this before and is open no more; what the rules refuse, a wrong proof included; `TooMany`
/// invitations; `TooFast`.
pub async fn invite(portal: &Portal, caller: &Caller, input: Invite, proof: &str) -> Result<Changed, Fault> {
    let Invite { organisation: id, email, role } = input;
    let (millis, random) = portal.id_parts();
    let command = Command::Invite { id: InvitationId::from_parts(millis, random), email: email.clone(), role };
    let (rests_on, mails) = (RestsOn::Whatever, Mails::Invited(&email));
    let done = decide(portal, caller, Decision { id, rests_on, proof: Some(proof), command, mails }).await?;
    // Sent before, and answered or withdrawn since.
    let is_open = |state: &Organisation| state.invitation_to(&email).is_some_and(|(_, one)| one.role == role);
    if done.again && !is_open(&done.state) {
        Err(Fault::Stale)
    } else {
        Ok(Changed { is_same: done.events.is_empty() })
    }
}

/// An invitation to a team.
#[derive(Clone, Copy, Debug)]
pub struct Invitation {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Which of its invitations.
    pub id: InvitationId,
}

/// Sends an invitation once more; it lasts as long as a new one. For owners, with a proof as in [`change_role`]. The same
/// twice is one.
///
/// # Errors
/// What the rules refuse, a wrong proof included; `TooMany` invitations; `TooFast`.
pub async fn send_invitation_again(portal: &Portal, caller: &Caller, to: Invitation, proof: &str) -> Result<(), Fault> {
    let details = portal.store.organisation(caller.person()?, to.organisation).await?;
    let sent = details.organisation.invitations.get(&to.id).ok_or(Refusal::InvitationGone)?;
    let address = EmailAddress::parse(&sent.email).map_err(|_| Refusal::InvitationGone)?;
    let (command, mails) = (Command::SendInvitationAgain { id: to.id }, Mails::Invited(&address));
    let (id, rests_on) = (to.organisation, RestsOn::Whatever);
    let decision = Decision::<Organisation> { id, rests_on, proof: Some(proof), command, mails };
    decide(portal, caller, decision).await.map(drop)
}

/// Takes an invitation back. For owners. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn withdraw_invitation(portal: &Portal, caller: &Caller, to: Invitation) -> Result<(), Fault> {
    decide_as_said(portal, caller, to.organisation, Command::WithdrawInvitation { id: to.id }, None).await.map(drop)
}

/// Joins the team that the caller's address was invited to. The same twice is one.
///
/// # Errors
/// `Stale` where the caller joined by this before and is in the team no more; what the rules refuse; `TooFast`.
pub async fn accept_invitation(portal: &Portal, caller: &Caller, to: Invitation) -> Result<(), Fault> {
    let done = decide_as_said(portal, caller, to.organisation, Command::AcceptInvitation { id: to.id }, None).await?;
    let is_in = done.state.members.contains_key(&caller.person()?.account);
    if done.again && !is_in { Err(Fault::Stale) } else { Ok(()) }
}

/// Answers an invitation to the caller's address with no. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn decline_invitation(portal: &Portal, caller: &Caller, to: Invitation) -> Result<(), Fault> {
    decide_as_said(portal, caller, to.organisation, Command::DeclineInvitation { id: to.id, link: None }, None)
        .await
        .map(drop)
}

/// The same by the link of its mail, for whoever has no account. `link` is SHA-256 of its token, lowercase hex.
///
/// # Errors
/// What the rules refuse; `TooMany` forms.
pub async fn decline_by_link(portal: &Portal, caller: &Caller, to: Invitation, link: Secret) -> Result<(), Fault> {
    limit_forms(portal, caller)?;
    let command = Command::DeclineInvitation { id: to.id, link: Some(link) };
    let (moment, expected) = (portal.moment(), Expected::Any);
    portal.store.execute::<Organisation>(&moment, &Who::Visitor, to.organisation, expected, command).await?;
    Ok(())
}

//! The team of a partner organisation.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, values},
};
use domain::{
    account::Secret,
    actor::TeamRole,
    email::EmailAddress,
    id::{AccountId, InvitationId, OrganisationId},
    problem::Problem,
    refusal::Refusal,
    rule::TeamFault,
};
use leptos::prelude::*;
use store::read::InvitationRow;
use usecases::{
    Fault,
    auth::Token,
    team::{self, Invitation, Invite, Member},
    typed::{TypedEmail, TypedToken},
};

/// Gives a team member another role.
#[server(prefix = "/api", endpoint = "change-team-role")]
pub async fn change_team_role(
    organisation: String,
    account: String,
    version: u64,
    #[server(default)] role: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let member = member(&organisation, &account, version)?;
    let page = format!("{}/{}/role", team_page(member.organisation), member.account);
    let changed = async {
        let role = role_of(&role).ok_or(Fault::Malformed)?;
        let changed = team::change_role(&portal()?, &caller()?, member, role, &proof).await?;
        let done = if changed.is_same { "team-role-same" } else { "team-role-changed" };
        Ok(format!("{}?done={done}", team_page(member.organisation)))
    };
    answer(&page, values([("role", &role), ("version", &version.to_string())]), changed).await
}

/// Removes somebody from the team.
#[server(prefix = "/api", endpoint = "remove-member")]
pub async fn remove_member(
    organisation: String,
    account: String,
    version: u64,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let member = member(&organisation, &account, version)?;
    let page = format!("{}/{}/remove", team_page(member.organisation), member.account);
    let removed = async {
        team::remove_member(&portal()?, &caller()?, member, &proof).await?;
        Ok(format!("{}?done=member-removed", team_page(member.organisation)))
    };
    answer(&page, values([("version", &version.to_string())]), removed).await
}

/// Leaves the team of an organisation.
#[server(prefix = "/api", endpoint = "leave-team")]
pub async fn leave_team(organisation: String, #[server(default)] proof: String) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let page = format!("{}/leave", team_page(id));
    let left = async {
        team::leave(&portal()?, &caller()?, id, &proof).await?;
        Ok("/home?done=team-left".into())
    };
    answer(&page, values([]), left).await
}

/// Asks somebody to join the team.
#[server(prefix = "/api", endpoint = "invite-to-team")]
pub async fn invite_to_team(
    organisation: String,
    #[server(default)] email: TypedEmail,
    #[server(default)] role: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let page = format!("{}/invite", team_page(id));
    let invited = async {
        let (portal, caller) = (portal()?, caller()?);
        caller.person()?;
        let mut problems = Vec::new();
        let address = email.read("email", "The email address").and_then(EmailAddress::parse);
        let address = address.map_err(|problem| problems.push(problem)).ok();
        let as_what = role_of(&role);
        if as_what.is_none() {
            problems.push(Problem::new("role", TeamFault::RoleMissing));
        }
        let (Some(address), Some(as_what)) = (address, as_what) else {
            return Err(Refusal::Problems(problems).into());
        };
        let invite = Invite { organisation: id, email: address, role: as_what };
        let invited = team::invite(&portal, &caller, invite, &proof).await?;
        let done = if invited.is_same { "invitation-same" } else { "invitation-sent" };
        Ok(format!("{}?done={done}", team_page(id)))
    };
    answer(&page, values([("email", email.shown()), ("role", &role)]), invited).await
}

/// Sends an invitation once more.
#[server(prefix = "/api", endpoint = "send-invitation-again")]
pub async fn send_invitation_again(
    organisation: String,
    invitation: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let to = invitation_of(&organisation, &invitation)?;
    let sent = async {
        team::send_invitation_again(&portal()?, &caller()?, to, &proof).await?;
        Ok(format!("{}?done=invitation-sent-again", team_page(to.organisation)))
    };
    answer(&invitation_page(to), values([]), sent).await
}

/// Takes an invitation back.
#[server(prefix = "/api", endpoint = "withdraw-invitation")]
pub async fn withdraw_invitation(organisation: String, invitation: String) -> Result<(), ApiError> {
    let to = invitation_of(&organisation, &invitation)?;
    let withdrawn = async {
        team::withdraw_invitation(&portal()?, &caller()?, to).await?;
        Ok(format!("{}?done=invitation-withdrawn", team_page(to.organisation)))
    };
    answer(&invitation_page(to), values([]), withdrawn).await
}

/// Joins the team that the caller was invited to.
#[server(prefix = "/api", endpoint = "accept-invitation")]
pub async fn accept_invitation(organisation: String, invitation: String) -> Result<(), ApiError> {
    let to = invitation_of(&organisation, &invitation)?;
    let accepted = async {
        team::accept_invitation(&portal()?, &caller()?, to).await?;
        Ok(joined(to.organisation))
    };
    answer(&answer_page(to.id), values([]), accepted).await
}

/// Answers an invitation with no: as the account of its address, or by the link of its mail.
#[server(prefix = "/api", endpoint = "decline-invitation")]
pub async fn decline_invitation(
    organisation: String,
    invitation: String,
    #[server(default)] token: TypedToken,
) -> Result<(), ApiError> {
    let to = invitation_of(&organisation, &invitation)?;
    let token = Token::parse(token.or_nothing());
    let page = match &token {
        Some(token) => format!("{}/{}", answer_page(to.id), token.text()),
        None => answer_page(to.id),
    };
    let declined = async {
        let (portal, caller) = (portal()?, caller()?);
        match token {
            Some(token) => team::decline_by_link(&portal, &caller, to, Secret(token.hash())).await?,
            None => team::decline_invitation(&portal, &caller, to).await?,
        }
        Ok(if caller.signed_in.is_some() {
            "/home?done=invitation-declined"
        } else {
            "/sign-in?done=invitation-declined"
        }
        .into())
    };
    answer(&page, values([]), declined).await
}

/// The invitations that the caller can answer.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn invitations() -> Result<Vec<InvitationRow>, Fault> {
    let portal = portal()?;
    let Ok(address) = EmailAddress::parse(&caller()?.signed_in()?.email) else { return Ok(Vec::new()) };
    Ok(portal.store.invitations(&address, portal.auth.ambient.now()).await?)
}

/// An invitation to the caller's address; none where it cannot be answered.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn own_invitation(id: InvitationId) -> Result<Option<InvitationRow>, Fault> {
    let portal = portal()?;
    let Ok(address) = EmailAddress::parse(&caller()?.signed_in()?.email) else { return Ok(None) };
    Ok(portal.store.invitation(id, &address, portal.auth.ambient.now()).await?)
}

/// The page on which whoever was invited to a team answers.
pub fn answer_page(id: InvitationId) -> String {
    format!("/invitations/{id}")
}

/// Where whoever joined a team comes to.
pub(super) fn joined(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}?done=team-joined")
}

/// The page of an invitation, for the owners.
pub fn invitation_page(to: Invitation) -> String {
    format!("{}/invitations/{}", team_page(to.organisation), to.id)
}

/// The page of an organisation's team.
pub fn team_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/team")
}

/// The role that a form names.
pub(super) fn role_of(word: &str) -> Option<TeamRole> {
    [TeamRole::Owner, TeamRole::Developer, TeamRole::Viewer].into_iter().find(|role| role.word() == word)
}

fn member(organisation: &str, account: &str, version: u64) -> Result<Member, Fault> {
    Ok(Member { organisation: organisation_of(organisation)?, version, account: account_of(account)? })
}

pub(super) fn account_of(id: &str) -> Result<AccountId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}

pub(super) fn invitation_of(organisation: &str, invitation: &str) -> Result<Invitation, Fault> {
    let id = invitation.parse::<InvitationId>().map_err(|_| Fault::NotFound)?;
    Ok(Invitation { organisation: organisation_of(organisation)?, id })
}

pub(super) fn organisation_of(id: &str) -> Result<OrganisationId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}

//! The team of a partner organisation.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, values},
};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
};
use leptos::prelude::*;
use usecases::{
    Fault,
    team::{self, Member},
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
    let Ok(id) = organisation.parse::<OrganisationId>() else { return Err(Fault::NotFound.into()) };
    let page = format!("{}/leave", team_page(id));
    let left = async {
        team::leave(&portal()?, &caller()?, id, &proof).await?;
        Ok("/home?done=team-left".into())
    };
    answer(&page, values([]), left).await
}

/// The page of an organisation's team.
pub fn team_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/team")
}

/// The role that a form names.
fn role_of(word: &str) -> Option<TeamRole> {
    [TeamRole::Owner, TeamRole::Developer, TeamRole::Viewer].into_iter().find(|role| role.word() == word)
}

fn member(organisation: &str, account: &str, version: u64) -> Result<Member, Fault> {
    let organisation = organisation.parse::<OrganisationId>().map_err(|_| Fault::NotFound)?;
    let account = account.parse::<AccountId>().map_err(|_| Fault::NotFound)?;
    Ok(Member { organisation, version, account })
}

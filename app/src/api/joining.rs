//! Joining an organisation that exists.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, forget_kept, values},
    staff::shown_moment,
    team::{account_of, organisation_of, role_of, team_page},
};
use domain::{
    id::{AccountId, OrganisationId},
    organisation::Asked,
    problem::Problem,
    refusal::Refusal,
    rule::TeamFault,
};
use leptos::prelude::*;
use store::read::{FoundOrganisation, OwnRequest};
use usecases::{Fault, joining};

/// Asks to join an organisation.
#[server(prefix = "/api", endpoint = "ask-to-join")]
pub async fn ask_to_join(organisation: String, #[server(default)] reason: String) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let asked = async {
        let asked = joining::ask(&portal()?, &caller()?, id, reason.clone()).await?;
        let done = if asked.is_same { "join-asked-same" } else { "join-asked" };
        Ok(format!("{FIND}?done={done}"))
    };
    answer(&ask_page(id), values([("reason", &reason)]), asked).await
}

/// Takes the caller's own request back.
#[server(prefix = "/api", endpoint = "withdraw-join-request")]
pub async fn withdraw_join_request(organisation: String) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let withdrawn = async {
        joining::withdraw(&portal()?, &caller()?, id).await?;
        Ok(format!("{FIND}?done=join-withdrawn"))
    };
    answer(&ask_page(id), values([]), withdrawn).await
}

/// Lets somebody into the team who asked.
#[server(prefix = "/api", endpoint = "agree-to-join")]
pub async fn agree_to_join(
    organisation: String,
    account: String,
    asked_at: String,
    #[server(default)] role: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let (id, asker) = (organisation_of(&organisation)?, account_of(&account)?);
    let agreed = async {
        let (portal, caller) = (portal()?, caller()?);
        caller.person()?;
        let as_what = role_of(&role).ok_or_else(role_missing)?;
        joining::agree(&portal, &caller, id, (asked(asker, &asked_at)?, as_what), &proof).await?;
        Ok(format!("{}?done=join-agreed", team_page(id)))
    };
    answer(&request_page(id, asker), values([("role", &role)]), agreed).await
}

/// Answers a request to join with no.
#[server(prefix = "/api", endpoint = "decline-to-join")]
pub async fn decline_to_join(organisation: String, account: String, asked_at: String) -> Result<(), ApiError> {
    let (id, asker) = (organisation_of(&organisation)?, account_of(&account)?);
    let declined = async {
        let (portal, caller) = (portal()?, caller()?);
        caller.person()?;
        joining::decline(&portal, &caller, id, asked(asker, &asked_at)?).await?;
        Ok(format!("{}?done=join-declined", team_page(id)))
    };
    answer(&request_page(id, asker), values([]), declined).await
}

/// The answer of an admin's form that is a no.
pub const NO: &str = "no";

/// Answers a request to join in place of owners who cannot be reached. For admins.
#[server(prefix = "/api", endpoint = "answer-join-request")]
pub async fn answer_join_request(
    organisation: String,
    account: String,
    asked_at: String,
    #[server(default)] answer_with: String,
    #[server(default)] reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let (id, asker) = (organisation_of(&organisation)?, account_of(&account)?);
    let answered = async {
        let (portal, caller) = (portal()?, caller()?);
        caller.person()?;
        let role = match (answer_with.as_str(), role_of(&answer_with)) {
            (NO, _) => None,
            (_, Some(role)) => Some(role),
            (_, None) => return Err(Refusal::problem(Problem::new("answer_with", TeamFault::AnswerMissing)).into()),
        };
        let asked = asked(asker, &asked_at)?;
        let answer = joining::Answer { organisation: id, asked, role, reason: reason.clone() };
        let done = joining::answer_for_owners(&portal, &caller, answer, &proof).await?;
        forget_kept()?;
        let again = if done.again { "-already" } else { "" };
        Ok(format!("/admin/organisations/{id}?done=join-answered{again}"))
    };
    let typed = values([("answer_with", &answer_with), ("reason", &reason)]);
    answer(&staff_request_page(id, asker), typed, answered).await
}

/// A request as its form showed it.
fn asked(account: AccountId, asked_at: &str) -> Result<Asked, Fault> {
    Ok(Asked { account, at: shown_moment(asked_at)? })
}

fn role_missing() -> Fault {
    Refusal::problem(Problem::new("role", TeamFault::RoleMissing)).into()
}

/// Organisations by name or ODS code, and whether there are more.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn find(search: &str) -> Result<(Vec<FoundOrganisation>, bool), Fault> {
    caller()?.person()?;
    Ok(portal()?.store.find_organisations(search).await?)
}

/// An organisation that the caller may ask to join.
///
/// # Errors
/// `NotSignedIn`, `NotFound`, or what the store answers.
pub async fn to_join(id: &str) -> Result<FoundOrganisation, Fault> {
    caller()?.person()?;
    Ok(portal()?.store.organisation_to_join(organisation_of(id)?).await?)
}

/// What the caller asked and was not answered.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn own_requests() -> Result<Vec<OwnRequest>, Fault> {
    Ok(portal()?.store.own_requests(caller()?.person()?).await?)
}

/// The page on which one finds an organisation to join.
pub const FIND: &str = "/organisations/join";

/// The page on which one asks to join an organisation.
pub fn ask_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/join")
}

/// The page of a request, for the owners.
pub fn request_page(organisation: OrganisationId, asker: AccountId) -> String {
    format!("{}/requests/{asker}", team_page(organisation))
}

/// The page of a request, for staff.
pub fn staff_request_page(organisation: OrganisationId, asker: AccountId) -> String {
    format!("/admin/organisations/{organisation}/requests/{asker}")
}

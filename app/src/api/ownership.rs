//! Handing over the ownership of an organisation.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, values},
    team::{account_of, organisation_of, team_page},
};
use domain::id::{AccountId, OrganisationId};
use leptos::prelude::*;
use usecases::ownership;

/// Offers one of the team to be the owner in the caller's place.
#[server(prefix = "/api", endpoint = "offer-ownership")]
pub async fn offer_ownership(
    organisation: String,
    account: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let (id, to) = (organisation_of(&organisation)?, account_of(&account)?);
    let offered = async {
        let offered = ownership::offer(&portal()?, &caller()?, id, to, &proof).await?;
        let done = if offered.is_same { "ownership-offered-same" } else { "ownership-offered" };
        Ok(format!("{}?done={done}", team_page(id)))
    };
    answer(&offer_page(id, to), values([]), offered).await
}

/// Takes the caller's own offer back.
#[server(prefix = "/api", endpoint = "withdraw-ownership-offer")]
pub async fn withdraw_ownership_offer(organisation: String) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let withdrawn = async {
        ownership::withdraw(&portal()?, &caller()?, id).await?;
        Ok(format!("{}?done=ownership-withdrawn", team_page(id)))
    };
    answer(&ownership_page(id), values([]), withdrawn).await
}

/// Becomes the owner, as an owner offered.
#[server(prefix = "/api", endpoint = "accept-ownership")]
pub async fn accept_ownership(
    organisation: String,
    from: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let (id, from) = (organisation_of(&organisation)?, account_of(&from)?);
    let accepted = async {
        ownership::accept(&portal()?, &caller()?, id, from, &proof).await?;
        Ok(format!("{}?done=ownership-accepted", team_page(id)))
    };
    answer(&answer_page(id, from), values([]), accepted).await
}

/// Answers an owner's offer with no.
#[server(prefix = "/api", endpoint = "decline-ownership")]
pub async fn decline_ownership(organisation: String, from: String) -> Result<(), ApiError> {
    let (id, from) = (organisation_of(&organisation)?, account_of(&from)?);
    let declined = async {
        ownership::decline(&portal()?, &caller()?, id, from).await?;
        Ok(format!("{}?done=ownership-declined", team_page(id)))
    };
    answer(&answer_page(id, from), values([]), declined).await
}

/// The page on which an owner offers the ownership to one of the team.
pub fn offer_page(organisation: OrganisationId, to: AccountId) -> String {
    format!("{}/{to}/ownership", team_page(organisation))
}

/// The page of the offers that concern the reader.
pub fn ownership_page(organisation: OrganisationId) -> String {
    format!("{}/ownership", team_page(organisation))
}

/// The page on which one of the team answers an owner.
pub fn answer_page(organisation: OrganisationId, from: AccountId) -> String {
    format!("{}/{from}", ownership_page(organisation))
}

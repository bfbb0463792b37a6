//! Tokens of an organisation, by which programs act.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{Values, answer, values},
    team::organisation_of,
};
use domain::{
    actor::TokenScope,
    id::{OrganisationId, TokenId},
    organisation::TOKEN_LIVES,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use usecases::{
    Fault,
    tokens::{self, OrganisationToken},
};

/// Makes a token that acts as the caller; its secret is shown on the next page.
#[server(prefix = "/api", endpoint = "make-token")]
pub async fn make_token(
    organisation: String,
    #[server(default)] name: String,
    #[server(default)] scope: String,
    #[server(default)] environments: Vec<String>,
    #[server(default)] days: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = organisation_of(&organisation)?;
    let (chosen, lasts) = (scope_of(&scope), days_of(&days));
    let mut typed = values([("name", &name)]);
    typed.extend(chosen.map(|scope| ("scope".to_owned(), scope.word().to_owned())));
    typed.extend(lasts.map(|days| ("days".to_owned(), days.to_string())));
    typed.extend(ticked(&environments)?);
    let made = async {
        let make = tokens::MakeToken { organisation: id, name, scope: chosen, environments, days: lasts };
        let token = tokens::make(&portal()?, &caller()?, make, &proof).await?;
        Ok(token_page(OrganisationToken { organisation: id, id: token }))
    };
    answer(&new_token_page(id), typed, made).await
}

/// The secret of a token is saved: it is never shown again.
#[server(prefix = "/api", endpoint = "token-saved")]
pub async fn token_saved(organisation: String, token: String) -> Result<(), ApiError> {
    let token = token_of(&organisation, &token)?;
    let saved = async {
        tokens::drop_secret(&portal()?, &caller()?, token.id).await?;
        Ok(format!("{}?done=token-made", tokens_page(token.organisation)))
    };
    answer(&token_page(token), values([]), saved).await
}

/// Ends a token.
#[server(prefix = "/api", endpoint = "end-token")]
pub async fn end_token(organisation: String, token: String) -> Result<(), ApiError> {
    let token = token_of(&organisation, &token)?;
    let ended = async {
        tokens::end(&portal()?, &caller()?, token).await?;
        Ok(format!("{}?done=token-ended", tokens_page(token.organisation)))
    };
    answer(&token_page(token), values([]), ended).await
}

/// Lets a token act as the caller whose person left; its new secret is shown on the next page.
#[server(prefix = "/api", endpoint = "take-token-over")]
pub async fn take_token_over(
    organisation: String,
    token: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let token = token_of(&organisation, &token)?;
    let taken = async {
        tokens::take_over(&portal()?, &caller()?, token, &proof).await?;
        Ok(format!("{}?done=token-taken-over", token_page(token)))
    };
    answer(&token_page(token), values([]), taken).await
}

/// Of the environments of a form those that there are, as they are shown again.
fn ticked(environments: &[String]) -> Result<Values, Fault> {
    let portal = portal()?;
    let known = environments.iter().filter(|name| portal.environment(name).is_ok());
    Ok(known.map(|name| (format!("environments[{name}]"), "on".to_owned())).collect())
}

/// On which day each token of an organisation was used last, if ever. Of one that is not there the secret was forgotten.
///
/// # Errors
/// `NotSignedIn`, `NotFound`, or what the store answers.
pub async fn used(organisation: OrganisationId) -> Result<BTreeMap<TokenId, Option<OffsetDateTime>>, Fault> {
    Ok(portal()?.store.tokens_used(caller()?.person()?, organisation).await?)
}

/// The secret of a token that the caller made a moment ago.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn secret(id: TokenId) -> Result<Option<String>, Fault> {
    tokens::secret(&portal()?, &caller()?, id).await
}

/// The page of an organisation's tokens.
pub fn tokens_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/tokens")
}

/// The page of the form for one more.
pub fn new_token_page(organisation: OrganisationId) -> String {
    format!("{}/new", tokens_page(organisation))
}

/// The page of a token.
pub fn token_page(token: OrganisationToken) -> String {
    format!("{}/{}", tokens_page(token.organisation), token.id)
}

/// The scope that a form names.
fn scope_of(word: &str) -> Option<TokenScope> {
    TokenScope::ALL.into_iter().find(|scope| scope.word() == word)
}

/// The days that a form names.
fn days_of(typed: &str) -> Option<u16> {
    TOKEN_LIVES.into_iter().find(|days| days.to_string() == typed)
}

fn token_of(organisation: &str, token: &str) -> Result<OrganisationToken, Fault> {
    let id = token.parse::<TokenId>().map_err(|_| Fault::NotFound)?;
    Ok(OrganisationToken { organisation: organisation_of(organisation)?, id })
}

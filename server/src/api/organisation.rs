//! The token's organisation, its services and its history.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    id::ServiceId,
    organisation::{Contacts, ServiceDraft},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use store::read::{EntryRow, HistoryFilter, Page, ServiceDetails};
use usecases::{
    Fault,
    organisations::{self, AddService, ChangeService},
};
use utoipa::ToSchema;

use super::{
    PREFIX,
    access::Asking,
    body::Sent,
    problem::ApiProblem,
    shown::{
        Onward, ServiceContacts, ShownEntry, ShownHistory, ShownOrganisation, ShownService, ShownServices, ShownToken,
        moment, tagged,
    },
};

/// The organisation, and the token that asks
#[utoipa::path(get, path = "/organisation", tag = "Organisation", responses(
    (status = 200, description = "The organisation of the token.", body = ShownOrganisation)
))]
pub async fn organisation(asking: Asking) -> Result<Json<ShownOrganisation>, ApiProblem> {
    let signed_in = asking.caller.signed_in()?;
    let details =
        asking.portal.store.organisation(&signed_in.person, asking.organisation()?).await.map_err(Fault::from)?;
    let token = asking.token()?;
    let found = details.organisation;
    Ok(Json(ShownOrganisation {
        id: found.id.to_string(),
        name: found.name,
        ods_code: found.ods_code.map(|code| code.as_str().to_owned()),
        confirmed: found.confirmed.is_some(),
        token: ShownToken {
            id: token.id.to_string(),
            name: token.name.clone(),
            scope: token.scope.into(),
            environments: token.environments.iter().cloned().collect(),
            expires_at: moment(signed_in.expires_at),
        },
    }))
}

/// Every service, of which each has at most one registration in an environment that is not retired.
pub(super) async fn all_services(asking: &Asking) -> Result<Vec<ServiceDetails>, Fault> {
    let person = asking.caller.person()?;
    let details = asking.portal.store.organisation(person, asking.organisation()?).await?;
    let mut services = asking.portal.store.services(person, &details).await?;
    for service in &mut services {
        only_those_of_the_token(asking, service)?;
    }
    Ok(services)
}

fn only_those_of_the_token(asking: &Asking, service: &mut ServiceDetails) -> Result<(), Fault> {
    let token = asking.token()?;
    service.registrations.retain(|head| token.may_in(Some(&head.environment)).is_ok());
    Ok(())
}

/// All services
#[utoipa::path(get, path = "/services", tag = "Services", responses(
    (status = 200, description = "The services of the organisation.", body = ShownServices)
))]
pub async fn services(asking: Asking) -> Result<Json<ShownServices>, ApiProblem> {
    let items = all_services(&asking).await?.into_iter().map(ShownService::of).collect();
    Ok(Json(ShownServices { items }))
}

/// One service
#[utoipa::path(get, path = "/services/{service}", tag = "Services", params(
    ("service" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The service.", body = ShownService)
))]
pub async fn service(asking: Asking, Path(service): Path<String>) -> Result<Response, ApiProblem> {
    shown(&asking, read_id(&service)?).await
}

async fn shown(asking: &Asking, id: ServiceId) -> Result<Response, ApiProblem> {
    let mut details = asking.portal.store.service(asking.caller.person()?, id).await.map_err(Fault::from)?;
    only_those_of_the_token(asking, &mut details)?;
    let tag = details.service.digest();
    Ok(tagged(&tag, ShownService::of(details)))
}

fn read_id(id: &str) -> Result<ServiceId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}

/// A service as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentService {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What people use it for.
    pub use_case: String,
    /// Whom to ask.
    pub contacts: ServiceContacts,
}

impl From<SentService> for ServiceDraft {
    fn from(sent: SentService) -> Self {
        let contacts = Contacts::from(sent.contacts);
        Self { name: sent.name, description: sent.description, use_case: sent.use_case, contacts }
    }
}

/// Add a service
#[utoipa::path(post, path = "/services", tag = "Services", request_body = SentService, responses(
    (status = 201, description = "The new service.", body = ShownService)
))]
pub async fn add_service(Sent(asking, sent): Sent<SentService>) -> Result<Response, ApiProblem> {
    let add = AddService { organisation: asking.organisation()?, draft: sent.into() };
    let id = organisations::add_service(&asking.portal, &asking.caller, add).await?;
    Ok(created(&format!("{PREFIX}/services/{id}"), shown(&asking, id).await?))
}

/// Says where something is that was made.
pub(super) fn created(at: &str, mut response: Response) -> Response {
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(at) = HeaderValue::from_str(at) {
        response.headers_mut().insert(header::LOCATION, at);
    }
    response.into_response()
}

/// Change a service
#[utoipa::path(put, path = "/services/{service}", tag = "Services", params(
    ("service" = String, Path, description = "Its id.")
), request_body = SentService, responses(
    (status = 200, description = "The service as it is now.", body = ShownService)
))]
pub async fn change_service(
    Path(service): Path<String>,
    Sent(asking, sent): Sent<SentService>,
) -> Result<Response, ApiProblem> {
    let id = read_id(&service)?;
    let change = ChangeService { service: id, base: asking.if_match()?.to_owned(), draft: sent.into() };
    organisations::change_service(&asking.portal, &asking.caller, change).await?;
    shown(&asking, id).await
}

/// What happened to the organisation and its registrations
#[utoipa::path(get, path = "/history", tag = "History", params(Onward), responses(
    (status = 200, description = "A page of the history.", body = ShownHistory)
))]
pub async fn history(asking: Asking, Query(onward): Query<Onward>) -> Result<Json<ShownHistory>, ApiProblem> {
    let filter = HistoryFilter { organisation: Some(asking.organisation()?), ..HistoryFilter::default() };
    Ok(Json(entries(&asking, &filter, onward).await?))
}

/// A page of the history, without what is in environments that the token is not for.
pub(super) async fn entries(asking: &Asking, filter: &HistoryFilter, onward: Onward) -> Result<ShownHistory, Fault> {
    let person = asking.caller.person()?;
    let page: Page<EntryRow> = asking.portal.store.history(person, filter, onward.cursor.as_deref()).await?;
    let token = asking.token()?;
    let environments = asking.portal.store.environments();
    let may = |entry: &&EntryRow| token.may_in(entry.environment.as_deref()).is_ok();
    let items = page.rows.iter().filter(may).map(|entry| ShownEntry::of(entry, environments)).collect();
    Ok(ShownHistory { items, next: page.next.or(page.further) })
}

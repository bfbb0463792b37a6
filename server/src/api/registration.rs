//! Registrations, as they are read.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use domain::{aggregate::Aggregate, registration::Registration};
use store::read::HistoryFilter;
use usecases::Fault;

use super::{
    access::Asking,
    organisation::{all_services, entries},
    problem::ApiProblem,
    shown::{Onward, ShownContent, ShownHead, ShownHeads, ShownHistory, ShownRegistration, tagged},
};

/// Registrations of one page.
const PAGE: usize = 50;

/// All registrations in the environments of the token
#[utoipa::path(get, path = "/registrations", tag = "Registrations", params(Onward), responses(
    (status = 200, description = "A page of registrations.", body = ShownHeads)
))]
pub async fn registrations(asking: Asking, Query(onward): Query<Onward>) -> Result<Json<ShownHeads>, ApiProblem> {
    let services = all_services(&asking).await?;
    let of_service = services.iter().flat_map(|service| {
        let id = service.id.to_string();
        service.registrations.iter().map(move |head| ShownHead::of(&id, head))
    });
    let mut heads: Vec<ShownHead> = of_service.collect();
    // Ids sort by age.
    heads.sort_by(|one, other| one.id.cmp(&other.id));
    let after = onward.cursor.unwrap_or_default();
    heads.retain(|head| head.id > after);
    let more = heads.len() > PAGE;
    heads.truncate(PAGE);
    let next = heads.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(ShownHeads { items: heads, next }))
}

/// One registration, with its draft and what is wrong with that
#[utoipa::path(get, path = "/registrations/{registration}", tag = "Registrations", params(
    ("registration" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The registration. Its ETag is what a change rests on.", body = ShownRegistration)
))]
pub async fn registration(asking: Asking, Path(registration): Path<String>) -> Result<Response, ApiProblem> {
    shown(&asking, &registration).await
}

/// A registration as it is now, with its ETag.
pub(super) async fn shown(asking: &Asking, id: &str) -> Result<Response, ApiProblem> {
    let view = asking.registration(id).await?;
    Ok(tagged(&view.details.version.to_string(), ShownRegistration::of(&view)))
}

/// What exactly was submitted
#[utoipa::path(get, path = "/registrations/{registration}/revisions/{number}", tag = "Submissions", params(
    ("registration" = String, Path, description = "Its id."),
    ("number" = String, Path, description = "The number of the revision.")
), responses(
    (status = 200, description = "The revision as it was frozen.", body = ShownContent)
))]
pub async fn revision(
    asking: Asking,
    Path((registration, number)): Path<(String, String)>,
) -> Result<Json<ShownContent>, ApiProblem> {
    let id = asking.details(&registration).await?.registration.id;
    let number: u32 = number.parse().map_err(|_| Fault::NotFound)?;
    let content = asking.portal.store.revision(asking.caller.person()?, id, number).await.map_err(Fault::from)?;
    Ok(Json(ShownContent::of(content)))
}

/// What happened to a registration
#[utoipa::path(get, path = "/registrations/{registration}/history", tag = "History", params(
    ("registration" = String, Path, description = "Its id."), Onward
), responses(
    (status = 200, description = "A page of its history.", body = ShownHistory)
))]
pub async fn history(
    asking: Asking,
    Path(registration): Path<String>,
    Query(onward): Query<Onward>,
) -> Result<Json<ShownHistory>, ApiProblem> {
    let details = asking.details(&registration).await?;
    let (kind, id) = (Some(Registration::KIND.to_owned()), details.registration.id);
    let filter = HistoryFilter {
        kind,
        subject: Some(id.to_string()),
        organisation: details.registration.organisation,
        ..HistoryFilter::default()
    };
    Ok(Json(entries(&asking, &filter, onward).await?))
}

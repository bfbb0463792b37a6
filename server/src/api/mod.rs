//! The JSON API of an organisation: `/api/v1`. Programs come in by a token; never by a cookie, so that no other site's form
//! can ask for anything here. It calls the same use cases as the pages, and answers with the same sentences.

pub mod access;
pub mod body;
pub mod document;
pub mod organisation;
pub mod problem;
pub mod registration;
pub mod shown;
pub mod write;

pub use document::document;
pub use problem::ApiProblem;

use access::{authenticate, limit_addresses};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use http::StatusCode;
use std::sync::Arc;
use usecases::Portal;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::forms::Forms;
use crate::http::Frame;
use crate::http::frame::BODY_LIMIT;

/// Where it is.
pub const PREFIX: &str = "/api/v1";

/// Where its description is.
pub const DOCUMENT: &str = "/api/v1/openapi.json";

/// What every operation needs: the portal, how to know the address of whoever asks, and the line in which changes wait.
#[derive(Clone)]
pub struct Api(Arc<ApiParts>);

struct ApiParts {
    portal: Portal,
    frame: Frame,
    forms: Arc<Forms>,
}

impl Api {
    fn portal(&self) -> &Portal {
        &self.0.portal
    }
}

/// Whether a request is a program's: it is answered in JSON, and no cookie counts.
pub fn is_of_api(path: &str) -> bool {
    path == PREFIX || path.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
}

/// Every operation, with what describes it: a route that is not described does not exist.
fn operations() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(organisation::organisation))
        .routes(routes!(organisation::services, organisation::add_service))
        .routes(routes!(organisation::service, organisation::change_service))
        .routes(routes!(organisation::history))
        .routes(routes!(registration::registrations, write::start_registration))
        .routes(routes!(registration::registration))
        .routes(routes!(registration::revision))
        .routes(routes!(registration::history))
        .routes(routes!(write::save_client_name))
        .routes(routes!(write::save_redirect_uris))
        .routes(routes!(write::save_scopes))
        .routes(routes!(write::save_vectors))
        .routes(routes!(write::save_evidence))
        .routes(routes!(write::add_key))
        .routes(routes!(write::remove_key))
        .routes(routes!(write::ask_nonce))
        .routes(routes!(write::prove_possession))
        .routes(routes!(write::endorse_key))
        .routes(routes!(write::submit))
        .routes(routes!(write::withdraw))
        .routes(routes!(write::discard_changes))
        .routes(routes!(write::retire))
        .routes(routes!(write::report_leak))
}

/// The routes of the API, with their own layers.
pub fn routes(portal: Portal, frame: &Frame, forms: Arc<Forms>) -> Router {
    let described: Arc<str> = document(&portal.base_url).to_string().into();
    let base_url = portal.base_url.clone();
    let api = Api(Arc::new(ApiParts { portal, frame: frame.clone(), forms }));
    let (operations, _) = operations().split_for_parts();
    let operations = operations
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(api.clone(), authenticate))
        .with_state(api.clone());
    let openapi = get(move || {
        let described = described.to_string();
        async move { ([(http::header::CONTENT_TYPE, "application/json")], described) }
    });
    Router::new()
        .route(DOCUMENT, openapi)
        .nest(PREFIX, operations)
        .layer(from_fn_with_state(api, limit_addresses))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(move |request, next| problem::written(base_url.clone(), request, next)))
}

async fn nowhere() -> ApiProblem {
    ApiProblem::new(
        "not-found",
        StatusCode::NOT_FOUND,
        "Not found",
        "There is no such operation, or you do not have access to it.",
    )
}

async fn other_method() -> ApiProblem {
    ApiProblem::new(
        "method",
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        "This address does not take this method. The description of the API lists those that it takes.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_the_api_is_known_by_its_path() {
        for (path, is_of) in [
            ("/api/v1", true),
            ("/api/v1/organisation", true),
            ("/api/v12", false),
            ("/api/submit", false),
            ("/", false),
            ("/x/api/v1/", false),
        ] {
            assert_eq!(is_of_api(path), is_of, "{path}");
        }
    }
}

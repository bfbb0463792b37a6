//! Who is asking: from the cookie to the session in the database, before any page or command runs.

use app::api::cookie::{cookie_in, session_cookie};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;
use store::{SignedIn, StoreError, Who};
use usecases::{Caller, NotedRequest, Portal, ProofGiven, auth::Token};

use crate::http::Frame;
use crate::http::refusal::Refusal;
use crate::http::request::RequestId;

/// What the layer needs.
pub struct Doorkeeper {
    /// The store and the name of the cookie.
    pub portal: Portal,
    /// How many proxies stand in front, and how refusals look.
    pub frame: Frame,
}

/// Puts a [`Caller`] into the request's extensions, a visitor where there is no session. Where that cannot be known, a
/// command goes on without: it does nothing and shows what was typed.
///
/// Whose session it is, and what is on the page, is read in one transaction.
pub async fn recognise(State(doorkeeper): State<Arc<Doorkeeper>>, request: Request, next: Next) -> Response {
    match *request.method() {
        Method::GET => doorkeeper.portal.store.as_one(answer(&doorkeeper, request, next)).await,
        _ => answer(&doorkeeper, request, next).await,
    }
}

async fn answer(doorkeeper: &Doorkeeper, mut request: Request, next: Next) -> Response {
    let found = session(&doorkeeper.portal, request.headers()).await;
    let (who, signed_in) = match found {
        Ok(found) => found,
        Err(_) if *request.method() == Method::POST => return next.run(request).await,
        Err(StoreError::Busy | StoreError::TooLong) => return CROWDED.answer(&doorkeeper.frame, &request),
        Err(_) => return UNAVAILABLE.answer(&doorkeeper.frame, &request),
    };
    let address = doorkeeper.frame.address(&request);
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let (proof, asked) = (ProofGiven::default(), NotedRequest::default());
    request.extensions_mut().insert(Caller { who, signed_in, address, request_id, proof, request: asked });
    next.run(request).await
}

const UNAVAILABLE: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "The service is not available",
    sentence: "Nothing was changed. Try again in a few minutes.",
};

const CROWDED: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "Too many people at the moment",
    sentence: "Too many people are using this service at the moment. Wait a few seconds, then try again.",
};

async fn session(portal: &Portal, headers: &HeaderMap) -> Result<(Who, Option<SignedIn>), StoreError> {
    let Some(token) = cookie_in(headers, &session_cookie(portal)).and_then(Token::parse) else {
        return Ok((Who::Visitor, None));
    };
    let token_hash = token.hash();
    match portal.store.session(&token_hash, portal.auth.ambient.now()).await {
        Ok(Some(signed_in)) => Ok((Who::Session { token_hash }, Some(signed_in))),
        Ok(None) => Ok((Who::Visitor, None)),
        Err(error) => {
            tracing::error!(?error, "a session could not be looked up");
            Err(error)
        }
    }
}

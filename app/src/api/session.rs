//! The token by which a browser's session is known, and when it gets another one.

use super::{
    context::{Portal, portal},
    cookie::{cookie, set_cookie},
    error::ApiError,
};
use crate::auth::Token;
use domain::refusal::Refusal;
use leptos::prelude::{provide_context, use_context};

/// The token of this session, which the database does not hold.
pub(super) fn session_token(portal: &Portal) -> Result<Token, ApiError> {
    let token = cookie(portal.session_cookie).and_then(|text| Token::parse(&text));
    token.ok_or(ApiError::Refused(Refusal::NotSignedIn))
}

/// Gives this browser another session token: a copy of the one that it had opens nothing from here on (ASVS 5.0, 7.2.4).
pub(super) async fn renew_session(portal: &Portal) -> Result<Token, ApiError> {
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    portal.store.renew_session(&session_token(portal)?.hash(), &token.hash()).await?;
    set_cookie(portal, portal.session_cookie, token.text(), portal.session_seconds);
    Ok(token)
}

/// That a proof was given in this request, on which a decision may rest.
#[derive(Clone, Copy)]
struct Proved;

/// Notes that this request gave a proof.
pub(super) fn note_proof() {
    provide_context(Proved);
}

/// Gives this browser another session token where the request gave a proof. Called when it has done all that it asked for,
/// because until then it is known by the token that it came with.
pub(super) async fn renew_proved_session() {
    let Some(Proved) = use_context::<Proved>() else { return };
    let renewed = async { renew_session(&portal()?).await };
    if let Err(error) = renewed.await {
        // What was asked for is done, and is answered as done.
        tracing::error!(%error, "the session of a request that gave a proof keeps its token");
    }
}

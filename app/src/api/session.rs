//! The token by which a browser's session is known, and when it gets another one.

use super::{
    context::{caller, portal},
    cookie::{cookie, session_cookie, set_cookie},
};
use domain::refusal::Refusal;
use usecases::{Fault, Portal, accounts, auth::Token};

/// The token of this session, which the database does not hold.
pub(super) fn session_token(portal: &Portal) -> Result<Token, Fault> {
    let token = cookie(&session_cookie(portal)).and_then(|text| Token::parse(&text));
    token.ok_or(Fault::Refused(Refusal::NotSignedIn))
}

/// Gives this browser the token by which its session is known from here on.
pub(super) fn known_by(portal: &Portal, session: &Token) {
    set_cookie(portal, &session_cookie(portal), session.text(), portal.session_seconds);
}

/// Gives this browser another session token where the request gave a proof. Called when it has done all that it asked for,
/// because until then it is known by the token that it came with.
pub(super) async fn renew_proved_session() {
    if !caller().is_ok_and(|caller| caller.proof.is_given()) {
        return;
    }
    let renewal = async {
        let portal = portal()?;
        known_by(&portal, &accounts::renew(&portal, &session_token(&portal)?).await?);
        Ok::<(), Fault>(())
    };
    if let Err(error) = renewal.await {
        // What was asked for is done, and is answered as done.
        tracing::error!(%error, "the session of a request that gave a proof keeps its token");
    }
}

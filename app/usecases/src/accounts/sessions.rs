//! Sessions: opened, given another token, seen, ended.

use super::{as_oneself, as_visitor};
use crate::{
    Caller, Fault, Portal,
    auth::{Token, proof::session_hash},
};
use domain::{
    account::{Command, Proof, Secret},
    id::AccountId,
};
use store::{OpenSession, Who};

/// Opens a session and ends the one that the caller had before: a token that somebody else may know is worth nothing
/// afterwards (ASVS 5.0, 7.2.4). Gives the token of the new one.
pub(super) async fn open(
    portal: &Portal,
    caller: &Caller,
    account: AccountId,
    proof: Proof,
    shown: Secret,
) -> Result<Token, Fault> {
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    as_visitor(portal, account, Command::SignIn { session: Secret(token.hash()), proof, shown }).await?;
    match sign_out(portal, caller).await {
        // Ended in the meantime.
        Err(Fault::Refused(_)) => {}
        ended => ended?,
    }
    Ok(token)
}

/// Gives a session another token: a copy of the one that it had opens nothing from here on (ASVS 5.0, 7.2.4).
///
/// # Errors
/// What the store answers.
pub async fn renew(portal: &Portal, session: &Token) -> Result<Token, Fault> {
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    portal.store.renew_session(&session.hash(), &token.hash()).await?;
    Ok(token)
}

/// Ends the caller's session. Nothing happens when there is none.
///
/// # Errors
/// What the store answers; `TooFast`.
pub async fn sign_out(portal: &Portal, caller: &Caller) -> Result<(), Fault> {
    match (caller.person(), &caller.who) {
        (Ok(_), Who::Session { token_hash }) => {
            let session = Secret(token_hash.clone());
            as_oneself(portal, caller, Command::SignOut { session }).await
        }
        _ => Ok(()),
    }
}

/// Ends every session of the caller's account, this one included.
///
/// # Errors
/// `NotSignedIn`, or what the store answers; `TooFast`.
pub async fn sign_out_everywhere(portal: &Portal, caller: &Caller) -> Result<(), Fault> {
    as_oneself(portal, caller, Command::SignOutEverywhere).await
}

/// The caller's open sessions.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn open_sessions(portal: &Portal, caller: &Caller) -> Result<Vec<OpenSession>, Fault> {
    let current = session_hash(caller)?;
    let account = caller.person()?.account;
    Ok(portal.store.open_sessions(account, &current.0, portal.auth.ambient.now()).await?)
}

//! What waits for a browser: sealed for the token in its cookie, found by what that token gives (threat 12).

use super::{KeptForm, Token, sealed_form::lookup};
use crate::{Fault, Portal};
use store::FormOf;
use time::Duration;

/// Keeps a form for whoever holds the token, in the place of one that waits for the same purpose already.
///
/// # Errors
/// `Unavailable` when the database is, or the form cannot be sealed.
pub async fn keep(
    portal: &Portal,
    token: &Token,
    purpose: &str,
    form: &KeptForm,
    lasts: Duration,
) -> Result<(), Fault> {
    let nonce = portal.auth.ambient.bytes();
    let sealed = form.seal(token, purpose, nonce).ok_or(Fault::Unavailable)?;
    let whose = if form.account.is_some() { FormOf::Account } else { FormOf::Visitor };
    Ok(portal.store.keep_form(&lookup(token, purpose), &sealed, whose, portal.auth.ambient.now() + lasts).await?)
}

/// The form that waits for the token. Reading does not use it up: a page may be loaded again.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn read(portal: &Portal, token: &Token, purpose: &str) -> Result<Option<KeptForm>, Fault> {
    let sealed = portal.store.sealed_form(&lookup(token, purpose), portal.auth.ambient.now()).await?;
    Ok(sealed.and_then(|sealed| KeptForm::open(&sealed, token, purpose)))
}

/// Forgets it. Nothing happens when there is none.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn forget(portal: &Portal, token: &Token, purpose: &str) -> Result<(), Fault> {
    Ok(portal.store.drop_form(&lookup(token, purpose)).await?)
}

//! Compares a key with all registered ones, for a prime in common, before its submission has to know.

use crate::{Fault, Portal};
use domain::{
    draft::{Draft, DraftKey},
    key::PublicKey,
};
use tokio::sync::Semaphore;

/// How many comparisons that nobody waits for are made at the same time. Beyond, they are left to the submission: whoever
/// saves key after key takes no more of the pool.
const UNASKED: usize = 2;
static PLACES: Semaphore = Semaphore::const_new(UNASKED);

/// Begins to compare the keys of a draft that was just saved. Whoever submits soon after goes on from where it is, so that nothing is
/// lost where it breaks off.
pub(crate) fn begin(portal: &Portal, draft: &Draft) {
    let keys: Vec<PublicKey> = draft.public_keys.iter().filter_map(DraftKey::public_key).collect();
    let Ok(place) = PLACES.try_acquire() else { return };
    let portal = portal.clone();
    tokio::spawn(async move {
        for key in keys {
            if let Err(cause) = go_on(&portal, key).await {
                tracing::debug!(?cause, "the comparison of a saved key is left to its submission");
            }
        }
        drop(place);
    });
}

/// Compares the keys of a draft with what they were not compared with yet. What is no key has nothing to compare.
///
/// # Errors
/// `Busy` where too many keys wait; `Unavailable`.
pub(crate) async fn complete(portal: &Portal, draft: &Draft) -> Result<(), Fault> {
    for key in draft.public_keys.iter().filter_map(DraftKey::public_key) {
        go_on(portal, key).await?;
    }
    Ok(())
}

async fn go_on(portal: &Portal, key: PublicKey) -> Result<(), Fault> {
    let Some(known) = portal.store.comparison(&key).await? else { return Ok(()) };
    let mut comparison = known.clone();
    loop {
        let products = portal.store.products_to_compare(&comparison).await?;
        if products.is_empty() {
            break;
        }
        let key = key.clone();
        comparison = portal.auth.checks.run(move || comparison.with(&key, &products)).await?;
    }
    match comparison == known {
        true => Ok(()),
        false => Ok(portal.store.keep_comparison(comparison, portal.auth.ambient.now()).await?),
    }
}

//! Saving a section of a draft, whatever was typed.

use super::{RegistrationView, details, judged};
use crate::{Caller, Fault, Portal, attachments::all_attached, auth::pool::LOOKED_THROUGH_AT_ONCE, key_comparison};
use domain::{
    draft::{Draft, DraftChange, Section, Sifted},
    id::RegistrationId,
    policy::EnvironmentPolicy,
    problem::Problem,
    registration::{Command, Registration},
};
use std::collections::BTreeSet;
use store::Expected;

/// How often a section is saved anew because something else of the registration changed at that very moment.
const SAVE_TRIES: usize = 3;

/// A section as it is to be.
#[derive(Clone, Debug)]
pub struct SaveSection {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The digest of the section that the change was made from.
    pub base: String,
    /// What it is to be.
    pub change: DraftChange,
    /// The entries whose text stays as it is saved, of those that two people changed at once.
    pub theirs: BTreeSet<String>,
}

/// What there is to know of a section that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Whether something is wrong with the section, as its page shows it.
    pub is_amiss: bool,
    /// How many redirect URIs there are now.
    pub redirect_uris: usize,
    /// How many keys there are now.
    pub keys: usize,
}

/// Saves one section, unless it changed since the change was made. What is wrong with it is saved too. The same change
/// twice is one.
///
/// # Errors
/// `Stale` where somebody else changed the section; what the rules refuse; `TooFast`.
pub async fn save_section(portal: &Portal, caller: &Caller, input: SaveSection) -> Result<Saved, Fault> {
    portal.limit(caller, &portal.auth.limits.saves_by_account)?;
    let SaveSection { registration: id, base, change, theirs } = input;
    let mut found = details(portal, caller, id).await?;
    let change = change.keeping(&found.registration.draft, &theirs);
    all_attached(portal, &found, &change).await?;
    let sifted = sift(portal, change, &found.policy).await?;
    let change = sifted.change();
    found.registration = save_over(portal, caller, id, &base, &sifted).await?;
    if let DraftChange::PublicKeys(_) = change {
        key_comparison::begin(portal, &found.registration.draft);
    }
    // As the section's page judges it: what it then shows as a problem is not called saved and done.
    let RegistrationView { details, review, .. } = judged(portal, caller, found).await?;
    let is_amiss = review.problems.iter().any(|problem| concerns(change, problem));
    let Draft { redirect_uris, public_keys, .. } = &details.registration.draft;
    Ok(Saved { is_amiss, redirect_uris: redirect_uris.len(), keys: public_keys.len() })
}

/// Looks a change through before the transaction that saves it: a key, and all that is long, in the pool. The verdict on a
/// key is remembered, so that neither the write path nor a page does this work again.
async fn sift(portal: &Portal, change: DraftChange, policy: &EnvironmentPolicy) -> Result<Sifted, Fault> {
    if !matches!(change, DraftChange::PublicKeys(_)) && change.bytes() <= LOOKED_THROUGH_AT_ONCE {
        return Ok(change.into());
    }
    let policy = policy.clone();
    let look = move || {
        let sifted = Sifted::from(change);
        if let Ok(DraftChange::PublicKeys(keys)) = sifted.readable(&policy) {
            keys.iter().for_each(|key| drop(policy.check_key(&key.pem)));
        }
        sifted
    };
    Ok(portal.auth.checks.run(look).await?)
}

/// Saves the change over the section that it was made from. What happens to the rest of the registration at the same
/// moment, such as a publication that the worker confirms, makes nothing stale; nor does a draft that holds the change already.
async fn save_over(
    portal: &Portal,
    caller: &Caller,
    id: RegistrationId,
    base: &str,
    sifted: &Sifted,
) -> Result<Registration, Fault> {
    let change = sifted.change();
    for _ in 0..SAVE_TRIES {
        let before = details(portal, caller, id).await?;
        let is_there = before.registration.draft.section_digest(change.section(), change.item()) == base;
        let expected = if is_there { Expected::Version(before.version) } else { Expected::Gone };
        let counted = portal.count_command(caller)?;
        let command = Command::save(sifted.clone());
        match portal.execute::<Registration>(counted, id, expected, command).await {
            Err(Fault::Stale) if is_there => {}
            done => return Ok(done?.state),
        }
    }
    Err(Fault::Stale)
}

fn concerns(change: &DraftChange, problem: &Problem) -> bool {
    let of_section = Section::of_field(&problem.field) == Some(change.section());
    match change {
        DraftChange::Evidence { item, .. } => of_section && problem.entry.starts_with(&format!("{item}.")),
        _ => of_section,
    }
}

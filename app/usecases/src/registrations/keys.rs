//! The keys of a draft: one more, and one fewer.

use super::{SaveSection, Saved, details, save_section};
use crate::{Caller, Fault, Portal};
use domain::{
    draft::{Draft, DraftChange, DraftKey, Section},
    id::RegistrationId,
    policy::EnvironmentPolicy,
    problem::Problem,
    refusal::Refusal,
    registration::KeyStanding,
    revision::FrozenRevision,
    rule::Rule,
};
use std::collections::BTreeSet;
use store::read::RegistrationDetails;

/// Every key of the draft, of what the provider holds, and of what it is to hold, with where it stands.
///
/// # Errors
/// What the store answers.
pub async fn keys(portal: &Portal, caller: &Caller, of: &RegistrationDetails) -> Result<Vec<KeyStanding>, Fault> {
    let registration = &of.registration;
    let numbers: BTreeSet<u32> = [registration.held(), registration.awaited(), registration.wanted_revision()]
        .into_iter()
        .flatten()
        .map(|revision| revision.number)
        .collect();
    let mut frozen = Vec::new();
    for number in numbers {
        let content = portal.store.revision(caller.person()?, registration.id, number).await?;
        frozen.extend(FrozenRevision::read(&content.bytes)?.metadata.keys);
    }
    Ok(registration.key_standings(&frozen, &portal.store.leaked_keys(registration).await?))
}

/// What becomes of the keys that are there when one is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// It was not said, which is enough while there is none.
    Unsaid,
    /// They stay, and the new one stands beside them.
    Beside,
    /// The new one takes the place of the one of this [`DraftKey::id`].
    InPlaceOf(String),
}

/// A key to be added to a draft.
#[derive(Clone, Debug)]
pub struct AddKey {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The digest of the keys that it was added to.
    pub base: String,
    /// The key, as pasted; its `kid`, and what the team calls it.
    pub key: DraftKey,
    /// What becomes of the others.
    pub place: KeyPlace,
}

/// Adds a key to a draft, unless its keys changed since. The same key twice is one.
///
/// # Errors
/// `Problems` at `public_key`, `kid`, `key_name` or `key_place`; otherwise as [`save_section`].
pub async fn add_key(portal: &Portal, caller: &Caller, input: AddKey) -> Result<Saved, Fault> {
    let AddKey { registration, base, key, place } = input;
    let RegistrationDetails { registration: found, policy, .. } = details(portal, caller, registration).await?;
    let is_there = found.draft.public_keys.iter().any(|other| other.id() == key.id());
    let keys = match found.draft.section_digest(Section::PublicKey, "") == base {
        true => with(&found.draft, key, place, &policy)?,
        // It was done before.
        false if is_there => found.draft.public_keys,
        // It is not saved over what somebody else did.
        false => return Err(Fault::Stale),
    };
    let change = DraftChange::PublicKeys(keys);
    save_section(portal, caller, SaveSection { registration, base, change, theirs: BTreeSet::new() }).await
}

fn with(draft: &Draft, key: DraftKey, place: KeyPlace, policy: &EnvironmentPolicy) -> Result<Vec<DraftKey>, Refusal> {
    let mut keys: Vec<DraftKey> = draft.public_keys.iter().filter(|key| key.public_key().is_some()).cloned().collect();
    if !keys.is_empty() && key.pem.trim().is_empty() {
        return Err(Refusal::Problems(policy.check_key("").err().into_iter().collect()));
    }
    match place {
        KeyPlace::Unsaid if !keys.is_empty() => {
            return Err(Refusal::problem(Problem::new("key_place", Rule::KeyPlace)));
        }
        KeyPlace::InPlaceOf(id) => keys.retain(|other| other.id() != id),
        KeyPlace::Beside | KeyPlace::Unsaid => {}
    }
    keys.push(key);
    Ok(keys)
}

/// A key to be taken out of a draft.
#[derive(Clone, Debug)]
pub struct RemoveKey {
    /// Of this registration.
    pub registration: RegistrationId,
    /// The digest of the keys that it is one of.
    pub base: String,
    /// Its [`DraftKey::id`].
    pub key: String,
}

/// Takes a key out of a draft, unless its keys changed since. The provider keeps it until a revision without it is
/// published.
///
/// # Errors
/// As [`save_section`].
pub async fn remove_key(portal: &Portal, caller: &Caller, input: RemoveKey) -> Result<Saved, Fault> {
    let RemoveKey { registration, base, key } = input;
    let mut keys = details(portal, caller, registration).await?.registration.draft.public_keys;
    keys.retain(|other| other.id() != key && other.public_key().is_some());
    let change = DraftChange::PublicKeys(keys);
    save_section(portal, caller, SaveSection { registration, base, change, theirs: BTreeSet::new() }).await
}

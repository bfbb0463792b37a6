//! What is typed, looked through before anything is decided on it. To find a private key in every wrapping that there is
//! costs much; it is done outside the transaction that decides, and its result can only be made from the very text that it
//! is about (threats 12 and 16).

use super::{Draft, DraftChange, DraftKey};
use crate::{
    key::{PublicKey, Reading},
    policy::EnvironmentPolicy,
    problem::Problem,
};

/// New content of one section, looked through.
#[derive(Clone, Debug, PartialEq)]
pub struct Sifted {
    change: DraftChange,
    private: Vec<Problem>,
    /// What came of reading each key.
    keys: Vec<Reading>,
}

impl From<DraftChange> for Sifted {
    /// Looks it through: the time is in proportion to its length, and nothing of it is quick.
    fn from(change: DraftChange) -> Self {
        let change = with_keys_that_are_given(change);
        let private = change.private_keys();
        let typed = match &change {
            DraftChange::PublicKeys(keys) if private.is_empty() => keys.as_slice(),
            _ => &[],
        };
        let keys = typed.iter().map(|key| Reading::of_clean(&key.pem)).collect();
        Self { change, private, keys }
    }
}

/// An empty field is no key.
fn with_keys_that_are_given(change: DraftChange) -> DraftChange {
    let given = |mut keys: Vec<DraftKey>| {
        keys.retain(|key| !key.pem.trim().is_empty());
        DraftChange::PublicKeys(keys)
    };
    match change {
        DraftChange::PublicKey(text) => given(vec![DraftKey::of(text)]),
        DraftChange::PublicKeys(keys) => given(keys),
        other => other,
    }
}

impl Sifted {
    /// What was typed.
    pub fn change(&self) -> &DraftChange {
        &self.change
    }

    /// The change as it is saved: of a key field the public key alone that was read in it, in canonical PEM, so that
    /// nothing else that was pasted there is kept (threat 12). A weak key, or one of another size, is one.
    ///
    /// # Errors
    /// Private keys; what is too much; why it does not read as a public key.
    pub fn readable(&self, policy: &EnvironmentPolicy) -> Result<DraftChange, Vec<Problem>> {
        if !self.private.is_empty() {
            return Err(self.private.clone());
        }
        let excess = self.change.excess(policy);
        if !excess.is_empty() {
            return Err(excess);
        }
        match &self.change {
            DraftChange::PublicKeys(typed) => {
                let read = |(typed, key): (&DraftKey, &Reading)| {
                    let key = key.for_sizes(&policy.key_sizes).map_err(|rule| vec![rule.into()])?;
                    Ok(DraftKey { pem: PublicKey::pem(&key), ..typed.clone() })
                };
                let keys: Result<Vec<DraftKey>, Vec<Problem>> = typed.iter().zip(&self.keys).map(read).collect();
                let keys = keys?;
                Ok(DraftChange::PublicKeys(each_once(keys)))
            }
            other => Ok(other.clone()),
        }
    }
}

/// The same key twice is one, of which counts what was said last.
fn each_once(keys: Vec<DraftKey>) -> Vec<DraftKey> {
    let mut once: Vec<DraftKey> = Vec::new();
    for key in keys {
        match once.iter_mut().find(|other| other.pem == key.pem) {
            Some(same) => *same = key,
            None => once.push(key),
        }
    }
    once
}

/// A whole draft, looked through: what a registration begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiftedDraft {
    draft: Draft,
    private: Vec<Problem>,
}

impl From<Draft> for SiftedDraft {
    /// Looks it through: the time is in proportion to its length, and nothing of it is quick.
    fn from(mut draft: Draft) -> Self {
        let private = draft.empty_private_keys();
        draft.drop_unreadable_keys();
        Self { draft, private }
    }
}

impl SiftedDraft {
    /// The draft, without a key that cannot be read.
    ///
    /// # Errors
    /// Where a private key is in it.
    pub fn clean(&self) -> Result<&Draft, Vec<Problem>> {
        if self.private.is_empty() { Ok(&self.draft) } else { Err(self.private.clone()) }
    }
}

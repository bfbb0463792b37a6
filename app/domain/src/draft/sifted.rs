//! What is typed, looked through before anything is decided on it. To find a private key in every wrapping that there is
//! costs much; it is done outside the transaction that decides, and its result can only be made from the very text that it
//! is about (threats 12 and 16).

use super::{Draft, DraftChange};
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
    key: Option<Reading>,
}

impl From<DraftChange> for Sifted {
    /// Looks it through: the time is in proportion to its length, and nothing of it is quick.
    fn from(change: DraftChange) -> Self {
        let private = change.private_keys();
        let key = match &change {
            DraftChange::PublicKey(text) if private.is_empty() && !text.trim().is_empty() => {
                Some(Reading::of_clean(text))
            }
            _ => None,
        };
        Self { change, private, key }
    }
}

impl Sifted {
    /// What was typed.
    pub fn change(&self) -> &DraftChange {
        &self.change
    }

    /// The change as it is saved: of the key field the public key alone that was read in it, in canonical PEM, so that
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
        match (&self.change, &self.key) {
            (DraftChange::PublicKey(_), Some(key)) => {
                let key = key.for_sizes(&policy.key_sizes).map_err(|rule| vec![rule.into()])?;
                Ok(DraftChange::PublicKey(PublicKey::pem(&key)))
            }
            (DraftChange::PublicKey(_), None) => Ok(DraftChange::PublicKey(String::new())),
            (other, _) => Ok(other.clone()),
        }
    }
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
        draft.drop_unreadable_key();
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

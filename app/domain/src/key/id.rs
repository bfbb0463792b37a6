//! The name of a key in a client's JWKS (`kid`, RFC 7517 4.5), where the registration gives one of its own.

use crate::{problem::Problem, rule::Rule};
use serde::{Deserialize, Serialize};

/// The most characters that a name may have; the thumbprint that stands in its place has 43.
const LONGEST: usize = 255;

/// A `kid` of the registration's own: 1 to 255 visible ASCII characters, so that it is the same in every header and log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

impl KeyId {
    /// Reads a name.
    ///
    /// # Errors
    /// `key-id` at field `public_key`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or_else(|| Problem::new(super::FIELD, Rule::KeyId))
    }

    /// As it is published.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

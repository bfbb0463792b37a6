//! Erasing one text from everywhere that it stands, by whoever runs the portal. What the history committed to stays
//! committed to: leaves and digests do not change, and the erasure is an entry of its own.

use crate::{
    actor::Actor,
    recorded::{Texts, Whole, given},
    refusal::Refusal,
    text::{self, FreeText},
};
use serde::{Deserialize, Serialize};

/// What stands where a text was erased.
pub const ERASED: &str = "(erased)";

/// What was erased from one registration, organisation or account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Erasure<X: Texts = Whole> {
    /// Why.
    pub reason: X::Of<FreeText>,
    /// Texts of the history that it was erased from.
    pub texts: Vec<ErasedText<X>>,
    /// Numbers of the revisions that it was erased from, of a registration.
    pub revisions: Vec<u32>,
}

/// A text of the history from which something was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ErasedText<X: Texts = Whole> {
    /// The index of the entry.
    pub entry: u64,
    /// The JSON pointer under which the entry keeps the text.
    pub pointer: String,
    /// The text with [`ERASED`], or nothing, in place of what was erased; none where nothing is left of it.
    #[serde(deserialize_with = "given")]
    pub remains: Option<X::Of<FreeText>>,
}

impl Default for Erasure {
    fn default() -> Self {
        Self { reason: FreeText::default(), texts: Vec::new(), revisions: Vec::new() }
    }
}

impl Erasure {
    /// The erasure as it is recorded. Only the operator erases, and always says why.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`]; a problem of the field `reason`.
    pub(crate) fn decide(&self, actor: &Actor) -> Result<Self, Refusal> {
        if *actor != Actor::Operator {
            return Err(Refusal::NotAllowed);
        }
        let reason = text::paragraphs("reason", "the reason", &self.reason.0, 2000).map_err(Refusal::problem)?;
        Ok(Self { reason: FreeText(reason), ..self.clone() })
    }
}

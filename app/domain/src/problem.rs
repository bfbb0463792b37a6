//! What is wrong with something a person typed, and how to mend it.
//!
//! A [`Problem`] is an error of judgement on input, never of the system. Its sentence is shown at the
//! field as it stands here, on the page, on the command line and in the API.

use serde::{Deserialize, Serialize};

/// One thing wrong with, or noteworthy about, one entry of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field in the words of RFC 7591 or of the form: `client_name`, `redirect_uris`, `scope`, `email`.
    pub field: String,
    /// Which entry of the field when it holds several: the zero-based position of a redirect URI, the name of
    /// a scope, the id of an evidence answer. Empty when the field holds one value.
    #[serde(default)]
    pub entry: String,
    /// The broken rule in kebab-case, stable across versions: `key-size`, `uri-query`.
    pub rule: String,
    /// The person's sentence: what is wrong, where, and what to do. Ends with a full stop.
    pub message: String,
}

impl Problem {
    /// A problem of a field that holds one value.
    pub fn new(field: &str, rule: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), entry: String::new(), rule: rule.into(), message: message.into() }
    }

    /// The same problem, moved to one entry of its field.
    #[must_use]
    pub fn at(mut self, entry: impl Into<String>) -> Self {
        self.entry = entry.into();
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

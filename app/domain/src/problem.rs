//! What is wrong with something a person typed, and how to mend it.
//!
//! A [`Problem`] is an error of judgement on input, never of the system. Its sentence is shown at the
//! field as it stands here, on the page, on the command line and in the API.

use crate::{
    key, redirect_uri,
    rule::{KeyRule, Rule, UriRule},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing wrong with one entry of one field. In JSON for others it is a [`Said`](crate::warning::Said).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field in the words of RFC 7591 or of the form: `client_name`, `redirect_uris`, `scope`, `email`.
    pub field: String,
    /// Which entry of the field when it holds several: the zero-based position of a redirect URI, the name of
    /// a scope, the id of an evidence answer. Empty when the field holds one value.
    pub entry: String,
    /// The broken rule, of which the sentence is made.
    pub rule: Rule,
}

impl Problem {
    /// A problem of a field that holds one value.
    pub fn new(field: &str, rule: impl Into<Rule>) -> Self {
        Self { field: field.into(), entry: String::new(), rule: rule.into() }
    }

    /// The same problem, moved to one entry of its field.
    #[must_use]
    pub fn at(mut self, entry: impl Into<String>) -> Self {
        self.entry = entry.into();
        self
    }

    /// The person's sentence.
    #[must_use]
    pub fn message(&self) -> String {
        self.rule.to_string()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl From<KeyRule> for Problem {
    fn from(rule: KeyRule) -> Self {
        Self::new(key::FIELD, rule)
    }
}

impl From<UriRule> for Problem {
    fn from(rule: UriRule) -> Self {
        let entry = rule.position.map_or_else(String::new, |position| position.to_string());
        Self::new(redirect_uri::FIELD, rule).at(entry)
    }
}

//! A name or a host that is protected, with the ways in which it may be read.

use crate::skeleton;
use serde::{Deserialize, Serialize};
use std::{ops::Deref, sync::Arc};

/// A protected name or host. How it may be read is found once, where it is configured, and not for each name that is
/// compared with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Known {
    text: Arc<str>,
    readings: Arc<[Vec<String>]>,
    joined: Arc<[String]>,
}

impl Known {
    /// Its words in each reading of [`skeleton::readings`].
    pub(crate) fn readings(&self) -> &[Vec<String>] {
        &self.readings
    }

    /// The same, the words of each reading run together.
    pub(crate) fn joined(&self) -> &[String] {
        &self.joined
    }
}

impl Deref for Known {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Known {}

impl PartialEq<str> for Known {
    fn eq(&self, other: &str) -> bool {
        *self.text == *other
    }
}

impl From<&str> for Known {
    fn from(text: &str) -> Self {
        let readings = skeleton::readings(text);
        let joined = readings.iter().map(|words| words.concat()).collect();
        Self { text: text.into(), readings: readings.into(), joined }
    }
}

impl From<String> for Known {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Known> for String {
    fn from(known: Known) -> Self {
        known.text.as_ref().to_owned()
    }
}

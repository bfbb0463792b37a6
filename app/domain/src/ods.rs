//! ODS codes: how the NHS numbers its organisations.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{problem::Problem, rule::Rule};

/// 3 to 10 letters and digits in upper case: older and newer shapes exist, so nothing more is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OdsCode(String);

impl OdsCode {
    /// Reads a typed code; surrounding spaces and the case of letters do not matter.
    ///
    /// # Errors
    /// `ods-code` at field `ods_code`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let code = text.trim();
        if !(3..=10).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Problem::new("ods_code", Rule::OdsCode));
        }
        Ok(Self(code.to_ascii_uppercase()))
    }

    /// The code in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OdsCode {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<OdsCode> for String {
    fn from(code: OdsCode) -> Self {
        code.0
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_old_and_new_shapes_in_upper_case() {
        for (typed, kept) in [("x26", "X26"), (" RR8 ", "RR8"), ("A81001", "A81001"), ("0123456789", "0123456789")] {
            assert_eq!(OdsCode::parse(typed).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn refuses_anything_else() {
        for bad in ["", "X2", "01234567890", "X 26", "X-26", "Х26"] {
            assert_eq!(OdsCode::parse(bad).unwrap_err().rule.name(), "ods-code", "{bad:?}");
        }
    }
}

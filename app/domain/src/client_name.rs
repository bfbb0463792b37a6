//! The client name: what the end-user reads on the sign-in page.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_security::MixedScript;

use crate::{
    private_key,
    problem::Problem,
    rule::{NameFault, Rule},
    skeleton, text,
};

const FIELD: &str = "client_name";
/// The longest name, in characters.
const LONGEST: usize = 64;

/// A client name that passed every rule; stored as typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientName(String);

impl ClientName {
    /// Reads a typed name. Surrounding spaces are taken off and the text made NFC, as nobody can see the difference.
    ///
    /// # Errors
    /// `name-missing`, `name-too-long`, `name-invisible`, `name-mixed-script`, `name-no-letter`, `private-key` at
    /// field `client_name`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let refuse = |fault: NameFault| Err(Problem::new(FIELD, fault));
        if private_key::found_in(text) {
            return Err(Problem::new(FIELD, Rule::PrivateKey));
        }
        let name: String = if is_nfc(text) { text.trim().to_owned() } else { text.trim().nfc().collect() };
        if name.is_empty() {
            return refuse(NameFault::Missing);
        }
        let length = name.chars().count();
        if length > LONGEST {
            return refuse(NameFault::TooLong { most: LONGEST, length });
        }
        let hides = |c: char| text::is_invisible(c) || (text::is_space(c) && c != ' ');
        if let Some((position, sign)) = name.chars().enumerate().find(|(_, c)| hides(*c)) {
            return refuse(NameFault::Invisible { sign, position });
        }
        if !name.chars().any(char::is_alphanumeric) {
            return refuse(NameFault::NoLetter);
        }
        if let Some(word) = name.split(' ').find(|word| !word.is_single_script()) {
            return refuse(NameFault::MixedWord(word.to_owned()));
        }
        if !name.as_str().is_single_script() {
            return refuse(NameFault::Mixed);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The confusable skeleton (UTS 39) without case, spaces and signs, for look-alike comparison.
    #[must_use]
    pub fn skeleton(&self) -> String {
        skeleton::of_name(&self.0)
    }
}

impl TryFrom<String> for ClientName {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<ClientName> for String {
    fn from(name: ClientName) -> Self {
        name.0
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_of_any_one_alphabet() {
        for good in ["Evergreen Life", "eConsult 2", "Iechyd a Gofal", "Café Santé", "Здоровье", "Dr. O’Hara & Co"]
        {
            assert_eq!(ClientName::parse(&format!(" {good} ")).unwrap().as_str(), good);
        }
        assert_eq!(ClientName::parse("Cafe\u{301}").unwrap().as_str(), "Caf\u{e9}");
    }

    #[test]
    fn refuses_in_plain_words() {
        for (bad, rule) in [
            ("", "name-missing"),
            (" \t", "name-missing"),
            ("a\u{200b}b", "name-invisible"),
            ("a\nb", "name-invisible"),
            ("a\u{a0}b", "name-invisible"),
            ("NНS App", "name-mixed-script"),
            ("Health Здоровье", "name-mixed-script"),
            ("---", "name-no-letter"),
        ] {
            assert_eq!(ClientName::parse(bad).unwrap_err().rule.name(), rule, "{bad:?}");
        }
        assert_eq!(ClientName::parse(&"é".repeat(65)).unwrap_err().rule.name(), "name-too-long");
        assert!(ClientName::parse(&"é".repeat(64)).is_ok());
    }

    #[test]
    fn look_alikes_share_a_skeleton() {
        let shape = |name: &str| ClientName::parse(name).unwrap().skeleton();
        assert_eq!(shape("Evergreen Life"), shape("EVERGREEN  LIFE"));
        assert_eq!(shape("Patient 1"), shape("Patient l"));
        assert_ne!(shape("Evergreen"), shape("Nevergreen"));
    }
}

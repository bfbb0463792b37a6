//! Email addresses: the part of RFC 5321 that people have, and nothing that could bend a mail header.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{problem::Problem, rule::EmailFault};

const FIELD: &str = "email";

/// An address as typed, trimmed. Compare addresses by [`EmailAddress::key`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads a typed address of at most 254 characters (RFC 5321, 4.5.3.1, with the erratum to RFC 3696).
    ///
    /// # Errors
    /// `email-missing`, `email-too-long`, `email-not-ascii`, `email-format` at field `email`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text).map_err(|fault| Problem::new(FIELD, fault))
    }

    /// Reads a typed address of any field.
    pub(crate) fn read(text: &str) -> Result<Self, EmailFault> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(EmailFault::Missing);
        }
        if text.len() > 254 {
            return Err(EmailFault::TooLong);
        }
        if text.chars().any(|c| !c.is_ascii() && !c.is_control()) {
            return Err(EmailFault::NotAscii);
        }
        match text.split_once('@') {
            Some((local, domain)) if is_local(local) && is_domain(domain) => Ok(Self(text.to_owned())),
            _ => Err(EmailFault::Format),
        }
    }

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two addresses are compared by: all in lower case. Mail servers that tell `Ada@` from `ada@` are
    /// unknown in practice, and two accounts that differ so are an attack.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// RFC 5322 dot-atom, at most 64 characters.
fn is_local(local: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

/// Two or more labels of letters, digits and hyphens; the last not all digits, so never an address literal.
fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && domain.len() <= 253
        && labels.iter().all(|label| is_label(label))
        && labels.last().is_some_and(|last| last.len() >= 2 && !last.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl TryFrom<String> for EmailAddress {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_people_have() {
        for good in ["ada@example.com", " a.b+nhs@sub.example.nhs.uk ", "o'hara@example.org", "owner@demo.example"] {
            assert_eq!(EmailAddress::parse(good).unwrap().as_str(), good.trim());
        }
        assert_eq!(EmailAddress::parse("Ada@Example.COM").unwrap().key(), "ada@example.com");
    }

    #[test]
    fn refuses_what_could_bend_a_header_or_never_arrives() {
        for (bad, rule) in [
            ("", "email-missing"),
            ("ada", "email-format"),
            ("ada@localhost", "email-format"),
            ("a@b@example.com", "email-format"),
            ("a@example.com\r\nBcc: x@example.com", "email-format"),
            ("a@example.com\n", "email-format"),
            ("\"a b\"@example.com", "email-format"),
            ("Ada <ada@example.com>", "email-format"),
            (".a@example.com", "email-format"),
            ("a..b@example.com", "email-format"),
            ("a@-example.com", "email-format"),
            ("a@example..com", "email-format"),
            ("a@127.0.0.1", "email-format"),
            ("a@[127.0.0.1]", "email-format"),
            ("a,b@example.com", "email-format"),
            ("adа@example.com", "email-not-ascii"),
        ] {
            assert_eq!(EmailAddress::parse(bad).unwrap_err().rule.name(), rule, "{bad:?}");
        }
        assert_eq!(
            EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))).unwrap_err().rule.name(),
            "email-format"
        );
        assert_eq!(EmailAddress::parse(&"a".repeat(255)).unwrap_err().rule.name(), "email-too-long");
    }
}

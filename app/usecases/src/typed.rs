//! Texts of forms with the most bytes that anything here looks at: what is longer costs no more than its transport
//! (threat 16).

use domain::{problem::Problem, rule::TextFault};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A text of a form. Only [`Typed::read`] gives it to be looked at, and only up to `MOST` bytes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed<const MOST: usize>(String);

/// A name of a person: 100 characters, and room for what is taken off before they are counted.
pub type TypedName = Typed<1_024>;
/// An email address: 254 characters, and as much room.
pub type TypedEmail = Typed<512>;
/// A password: 128 characters of four bytes, and accents that are typed on their own.
pub type TypedPassword = Typed<1_024>;
/// A code of an app, or a recovery code, with its spaces.
pub type TypedCode = Typed<256>;
/// The token of a mailed link.
pub type TypedToken = Typed<128>;
/// An address of ours to come back to.
pub type TypedPath = Typed<2_048>;
/// A redirect URI: 2,000 characters, and as much room for what a draft would keep of it.
pub type TypedUri = Typed<4_096>;

impl<const MOST: usize> Typed<MOST> {
    /// The text, unless it is longer than what the field is for.
    ///
    /// # Errors
    /// The sentence for the field, with the rule `text-too-long`: `what` names the field at its beginning.
    pub fn read(&self, field: &str, what: &str) -> Result<&str, Problem> {
        match self.0.len() <= MOST {
            true => Ok(&self.0),
            false => Err(Problem::new(field, TextFault::FarTooLong(what.to_owned()))),
        }
    }

    /// The text, or nothing where it is longer than anything that it could be.
    pub fn or_nothing(&self) -> &str {
        if self.0.len() <= MOST { &self.0 } else { "" }
    }

    /// What was typed, only to be shown again.
    pub fn shown(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> From<&str> for Typed<MOST> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Never the text: it may be a password.
impl<const MOST: usize> fmt::Debug for Typed<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_not_read() {
        assert_eq!(Typed::<4>::from("four").read("name", "Your name"), Ok("four"));
        let problem = Typed::<4>::from("fives").read("name", "Your name").unwrap_err();
        assert_eq!((&*problem.field, problem.rule.name()), ("name", "text-too-long"));
        assert!(problem.message().starts_with("Your name is far too long."));
        assert_eq!((Typed::<4>::from("fives").or_nothing(), Typed::<4>::from("fives").shown()), ("", "fives"));
        assert_eq!(format!("{:?}", Typed::<4>::from("secret")), "Typed(6 bytes)");
    }
}

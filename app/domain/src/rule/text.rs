//! What is wrong with texts, names and addresses. Their figures name the thing as it stands in the middle of a sentence: `the
//! organisation name`, `your name`.

#![expect(missing_docs, reason = "the sentences say what each is")]

use crate::text::thousands;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// What is copied or known: a name, a number.
    Enter,
    /// What is put into words.
    Say,
}

impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Enter { "Enter" } else { "Say" })
    }
}

/// What is wrong with a text; the first figure is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TextFault {
    #[error("{1} {0}.")]
    Missing(String, Asks),
    #[error(
        "{} must be {} characters or fewer. It has {}: shorten it.",
        capitalised(.what),
        thousands(*.most),
        thousands(*.length)
    )]
    TooLong { what: String, most: usize, length: usize },
    #[error("{} is far too long. Check what you pasted, and enter only what is asked for.", capitalised(.0))]
    FarTooLong(String),
    #[error("{} must be on one line. Remove the line breaks.", capitalised(.0))]
    LineBreak(String),
    #[error("{}", invisible(.what, *.sign, *.position))]
    Invisible { what: String, sign: char, position: usize },
}

impl TextFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Missing(..) => "text-missing",
            Self::TooLong { .. } | Self::FarTooLong(_) => "text-too-long",
            Self::LineBreak(_) => "text-line-break",
            Self::Invisible { .. } => "text-invisible",
        }
    }
}

/// A character that cannot be seen, at a zero-based position counted in characters.
fn invisible(what: &str, sign: char, position: usize) -> String {
    format!(
        "{} has a character that cannot be seen (U+{:04X}), number {} from the start. Delete it, or type {what} again \
         instead of pasting it.",
        capitalised(what),
        u32::from(sign),
        position + 1
    )
}

/// A thing at the beginning of a sentence.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is wrong with a client name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NameFault {
    #[error("Enter the name that people will see when they sign in.")]
    Missing,
    #[error("The client name must be {most} characters or fewer. It has {length}: shorten it.")]
    TooLong { most: usize, length: usize },
    #[error("{}", invisible("the client name", *.sign, *.position))]
    Invisible { sign: char, position: usize },
    #[error("The client name must have at least one letter or digit.")]
    NoLetter,
    #[error(
        "The client name mixes letters of different alphabets that look alike, in “{0}”. Type it again in one alphabet."
    )]
    MixedWord(String),
    #[error("The client name mixes letters of different alphabets. Type it again in one alphabet.")]
    Mixed,
}

impl NameFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Missing => "name-missing",
            Self::TooLong { .. } => "name-too-long",
            Self::Invisible { .. } => "name-invisible",
            Self::NoLetter => "name-no-letter",
            Self::MixedWord(_) | Self::Mixed => "name-mixed-script",
        }
    }
}

/// What is wrong with an email address; the figure is the contact whose it is: `technical`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EmailFault {
    #[error("Enter an email address.")]
    Missing,
    #[error("Enter the email address of the {0} contact.")]
    ContactMissing(String),
    #[error("The email address must be 254 characters or fewer. Use a shorter one.")]
    TooLong,
    #[error("The email address has a letter that is not in A to Z. Use an address of plain letters, digits and signs.")]
    NotAscii,
    #[error("Enter the email address in the right format, like name@example.com.")]
    Format,
    #[error("Enter the email address of the {0} contact in the right format, like name@example.com.")]
    ContactFormat(String),
}

impl EmailFault {
    /// The same, where the form asks for the addresses of several contacts.
    pub(crate) fn of_contact(self, contact: &str) -> Self {
        match self {
            Self::Missing => Self::ContactMissing(contact.to_owned()),
            Self::Format => Self::ContactFormat(contact.to_owned()),
            other => other,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Missing | Self::ContactMissing(_) => "email-missing",
            Self::TooLong => "email-too-long",
            Self::NotAscii => "email-not-ascii",
            Self::Format | Self::ContactFormat(_) => "email-format",
        }
    }
}

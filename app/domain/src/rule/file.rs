//! What is wrong with a file that somebody attaches.

#![expect(missing_docs, reason = "the sentences say what each is")]

use serde::{Deserialize, Serialize};

/// A file that cannot be attached, by the name that it was sent with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("“{name}” {fault}")]
pub struct FileRule {
    pub name: String,
    pub fault: FileFault,
}

/// What is wrong with a file, after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FileFault {
    #[error("is empty. Choose it again.")]
    Empty,
    #[error("is larger than 10 MB. Make it smaller, for example by saving its pictures at a lower resolution.")]
    TooLarge,
    #[error("is none of these: PDF, PNG, JPEG, DOCX, XLSX, ODT. Save it as a PDF, and choose that.")]
    WrongType,
    #[error("is damaged, or something else is hidden in it. Save it again in the program that made it, as a PDF.")]
    Damaged,
    #[error("has a password. Save it without one.")]
    Locked,
    #[error("has macros, scripts or other files in it. Save it as a PDF without them.")]
    Active,
    #[error("would be very large when it is unpacked. Save it as a PDF, and choose that.")]
    Bomb,
    #[error("did not pass the virus scanner. Do not send it to anyone. Ask your IT team to look at it.")]
    Infected,
    #[error("was not saved: we cannot scan files for viruses at the moment. Try again in a few minutes.")]
    NotScanned,
    #[error(
        "was not saved: this registration has had as many files as it can have. Say in another answer where we find it."
    )]
    TooMany,
}

impl FileFault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Empty => "file-empty",
            Self::TooLarge => "file-too-large",
            Self::WrongType => "file-type",
            Self::Damaged => "file-damaged",
            Self::Locked => "file-locked",
            Self::Active => "file-active",
            Self::Bomb => "file-bomb",
            Self::Infected => "file-infected",
            Self::NotScanned => "file-not-scanned",
            Self::TooMany => "file-too-many",
        }
    }
}

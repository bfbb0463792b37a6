//! What is wrong with a file that somebody attaches.

#![expect(missing_docs, reason = "the sentences say what each is")]

use serde::{Deserialize, Serialize};

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FileFault {
    #[error("The file is empty. Choose the file again.")]
    Empty,
    #[error(
        "The file is larger than 10 MB. Make it smaller, for example by saving its pictures at a lower resolution."
    )]
    TooLarge,
    #[error("The file is none of these: PDF, PNG, JPEG, DOCX, XLSX, ODT. Save it as a PDF, and choose that.")]
    WrongType,
    #[error(
        "The file is damaged, or something else is hidden in it. Save it again in the program that made it, as a PDF."
    )]
    Damaged,
    #[error("The file has a password. Save it without one.")]
    Locked,
    #[error("The file has macros, scripts or other files in it. Save it as a PDF without them.")]
    Active,
    #[error("The file would be very large when it is unpacked. Save it as a PDF, and choose that.")]
    Bomb,
    #[error("The virus scanner found something in the file. Do not send it to anyone. Ask your IT team to look at it.")]
    Infected,
    #[error("We cannot scan files for viruses at the moment. Nothing was saved. Try again in a few minutes.")]
    NotScanned,
    #[error("This registration has as many files as it can have. Write to us if you need more.")]
    TooMany,
}

impl FileFault {
    pub(super) fn name(&self) -> &'static str {
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

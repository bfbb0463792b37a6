//! What is wrong with what a registration asks for, and with the evidence for it.

#![expect(missing_docs, reason = "the sentences say what each is")]

use super::text::capitalised;
use serde::{Deserialize, Serialize};

/// What is wrong with scopes, the reasons for them, and vectors of trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ScopeFault {
    #[error("There is no scope “{name}”. Choose from {known}.")]
    Unknown { name: String, known: String },
    #[error("You gave a reason for {0} but did not select it. Select it, or delete the reason.")]
    Unselected(String),
    #[error("Select {0}: every registration needs it.")]
    Mandatory(String),
    #[error("You cannot ask for {0} and {1} together. Keep the one that your service needs.")]
    Excluded(String, String),
    #[error(
        "{name} is given at level {levels} only, which none of your vectors of trust reaches. Add such a vector, or remove \
         the scope."
    )]
    Unreachable { name: String, levels: String },
    #[error("Explain why your service needs {0}.")]
    ReasonMissing(String),
    /// The policy asks for the reason in words of its own.
    #[error("{0}")]
    ReasonPrompt(String),
    #[error("The reason for {0} is too short to judge. Say in a sentence what your service does with it.")]
    ReasonShort(String),
    #[error("“{typed}” is not a vector of trust that can be registered. Choose from {known}.")]
    VectorUnknown { typed: String, known: String },
}

impl ScopeFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "scope-unknown",
            Self::Unselected(_) => "scope-unselected",
            Self::Mandatory(_) => "scope-mandatory",
            Self::Excluded(..) => "scope-excluded",
            Self::Unreachable { .. } => "scope-unreachable",
            Self::ReasonMissing(_) | Self::ReasonPrompt(_) => "reason-missing",
            Self::ReasonShort(_) => "reason-short",
            Self::VectorUnknown { .. } => "vector-unknown",
        }
    }
}

/// What is wrong with an answer; the first figure is what was asked for, in the policy's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EvidenceFault {
    #[error("These questions are not asked here. Open the page again and answer those that are.")]
    NotAsked,
    #[error("Tick “{0}” to confirm it.")]
    Unconfirmed(String),
    #[error("Choose {0}.")]
    ChoiceMissing(String),
    /// The policy says in its own words why the option is not enough.
    #[error("{0}")]
    ChoiceNotEnough(String),
    #[error("Attach {0}.")]
    FileMissing(String),
    #[error("There can be {0} files here. Remove one that is no longer needed.")]
    FilesMany(usize),
    #[error("Enter {0}: {1}.")]
    CodeUnreal(String, String),
    #[error("Enter {0}, for example {1}.")]
    DateMissing(String, String),
    #[error("{} is not a real date. Check the day, month and year, for example {}.", capitalised(.0), .1)]
    DateUnreal(String, String),
    #[error("{} has passed. Renew it, then enter the new date.", capitalised(.0))]
    DateExpired(String),
    #[error("{} is in the future. Submit when it has happened.", capitalised(.0))]
    DateToCome(String),
}

impl EvidenceFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Unconfirmed(_) => "confirmation-missing",
            Self::ChoiceMissing(_) => "choice-missing",
            Self::ChoiceNotEnough(_) => "choice-not-enough",
            Self::FileMissing(_) => "file-missing",
            Self::FilesMany(_) => "files-many",
            Self::CodeUnreal(..) => "code-unreal",
            Self::DateMissing(..) => "date-missing",
            Self::DateUnreal(..) => "date-unreal",
            Self::DateExpired(_) => "date-expired",
            Self::DateToCome(_) => "date-to-come",
        }
    }
}

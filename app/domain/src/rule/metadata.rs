//! What is wrong with a document that holds client metadata (RFC 7591).

#![expect(missing_docs, reason = "the sentences say what each is")]

use serde::{Deserialize, Serialize};

/// Where metadata names a signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SigningMember {
    #[error("token_endpoint_auth_signing_alg")]
    Assertion,
    #[error("id_token_signed_response_alg")]
    IdToken,
    #[error("alg of the key")]
    Key,
}

/// What is wrong with a document, or with a member of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MetadataFault {
    #[error("Enter one JSON object: the client metadata of one client, as in RFC 7591.")]
    NotAnObject,
    #[error("This is a list. {}", Self::NotAnObject)]
    List,
    #[error("This is not JSON: it cannot be read from line {line}, column {column}. Correct it there.")]
    NotJson { line: usize, column: usize },
    #[error("“{0}” is there twice, and programs differ on which of the two counts. Keep one of them.")]
    Twice(String),
    #[error(
        "The members of “client_metadata” stand one level too deep. Put them at the top of the document, beside “reasons” \
         and “evidence”."
    )]
    Nested,
    #[error("{0} must be a string.")]
    NotAString(String),
    #[error("{0} must be a list of strings.")]
    NotAList(String),
    #[error("reasons must be an object with one string for each scope.")]
    NotReasons,
    #[error("evidence must be an object of items, each an object with one string for each answer.")]
    NotAnswers,
    #[error("jwks must be an object whose member keys is a list of 1 to {0} RSA public keys.")]
    NotKeys(usize),
    #[error("The kid of the key must be a string.")]
    KeyIdNotAString,
    #[error("Give the key once: in jwks or in public_key, not in both.")]
    KeyTwice,
    #[error("Put spaces between the scopes, not commas.")]
    ScopeCommas,
    #[error("Put spaces between the scopes, not commas: {0}.")]
    ScopeCommasIn(String),
    #[error("Clients authenticate with private_key_jwt. Set token_endpoint_auth_method to private_key_jwt.")]
    AuthMethod,
    #[error("Only web clients can register. Leave application_type out or set it to web.")]
    ApplicationType,
    #[error("Set {member} to {values}, or leave it out.")]
    OtherValues { member: String, values: String },
    #[error("{environment} signs with {algorithm}. Set {what} to it, or leave it out.")]
    OtherAlgorithm { environment: String, algorithm: String, what: SigningMember },
}

impl MetadataFault {
    /// Whether a member could not be read at all.
    #[must_use]
    pub fn is_wrong_shape(&self) -> bool {
        matches!(
            self,
            Self::Nested
                | Self::NotAString(_)
                | Self::NotAList(_)
                | Self::NotReasons
                | Self::NotAnswers
                | Self::NotKeys(_)
                | Self::KeyIdNotAString
        )
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            shape if shape.is_wrong_shape() => "wrong-shape",
            Self::NotJson { .. } => "not-json",
            Self::Twice(_) => "member-twice",
            Self::KeyTwice => "key-twice",
            Self::ScopeCommas | Self::ScopeCommasIn(_) => "scope-commas",
            Self::AuthMethod | Self::ApplicationType | Self::OtherValues { .. } | Self::OtherAlgorithm { .. } => {
                "not-supported"
            }
            _ => "not-an-object",
        }
    }
}

//! What is wrong with a proof of possession.

#![expect(missing_docs, reason = "the sentences say what each is")]

use serde::{Deserialize, Serialize};

/// A part of a signed assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AssertionPart {
    #[error("first part (the header) of the assertion is not JSON in base64url")]
    Header,
    #[error("second part (the claims) of the assertion is not JSON in base64url")]
    Claims,
    #[error("third part (the signature) of the assertion is not base64url")]
    Signature,
}

/// What is wrong with an assertion, or that there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AssertionFault {
    #[error("Paste the signed assertion: three parts with full stops between them.")]
    Missing,
    #[error(
        "This token is encrypted (it has five parts). Paste one that is signed only: three parts with full stops between \
         them."
    )]
    Encrypted,
    #[error("A signed assertion has three parts with full stops between them. Paste the whole of it.")]
    Parts,
    #[error("The assertion is longer than 16 KB. Leave out everything but the claims that are asked for.")]
    TooLong,
    #[error("The {0} without padding. Paste the token as your library made it.")]
    Encoding(AssertionPart),
    #[error("The assertion is signed with “{given}”. Sign it with {expected}.")]
    Algorithm { given: String, expected: String },
    #[error("The header has no alg. Sign the assertion with {0}.")]
    AlgorithmMissing(String),
    #[error("The header has crit, which asks for an extension that is not known here. Remove it and sign again.")]
    Critical,
    #[error("The header has {0}, which is not allowed: the key is the one registered here. Remove it and sign again.")]
    KeyInHeader(String),
    #[error("The claim iss must be “{0}”. Change it and sign again.")]
    Issuer(String),
    #[error("The claim sub must be “{0}”. Change it and sign again.")]
    Subject(String),
    #[error("The claim aud must be “{0}” and nothing else. Change it and sign again.")]
    Audience(String),
    #[error(
        "The claim jti must be the nonce shown on this page. It changes after each use: copy it again and sign again."
    )]
    Nonce,
    #[error("The claim exp must be a time in whole seconds since 1970. Set it to 5 minutes from now and sign again.")]
    Expiry,
    #[error("The claim exp must be at most 1 hour from now. Set it to 5 minutes from now and sign again.")]
    ExpiryFar,
    #[error("The assertion has expired (claim exp). Sign a new one and paste it before it expires.")]
    Expired,
    #[error(
        "The claim iat must be the time of signing, in whole seconds since 1970. Check the clock of your machine and sign \
         again."
    )]
    IssuedAt,
    #[error(
        "The claim nbf must be the time of signing, in whole seconds since 1970. Check the clock of your machine and sign \
         again."
    )]
    NotBefore,
    #[error(
        "The signature does not match the public key of this registration. Sign with the private key of the same pair, over \
         the unchanged text."
    )]
    Signature,
    #[error("This was not signed with the new private key. Sign it with the private key of the key in the draft.")]
    NotByNewKey,
    #[error("This was not signed with a published key. Sign it with the private key that your service uses now.")]
    NotByPublishedKey,
    #[error(
        "The assertion has “{0}”. What proves an endorsement is kept for good, so it may say only what this page asks for. \
         Remove it and sign again."
    )]
    Unexpected(String),
    #[error(
        "The kid in the header must be the thumbprint of the key, “{0}”, because it is kept for good. Change it, or leave it out, \
         and sign again."
    )]
    KeyIdOther(String),
    #[error("The claim cnf must be {{\"jkt\": \"{0}\"}}: the thumbprint of the new key. Change it and sign again.")]
    Endorses(String),
    /// In the environment with this title.
    #[error("{0} needs proof that you hold the private key. Sign a nonce with it.")]
    NotProved(String),
}

impl AssertionFault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Missing => "assertion-missing",
            Self::Encrypted | Self::Parts => "assertion-parts",
            Self::TooLong => "assertion-too-long",
            Self::Encoding(_) => "assertion-encoding",
            Self::Algorithm { .. } | Self::AlgorithmMissing(_) => "assertion-alg",
            Self::Critical | Self::KeyInHeader(_) => "assertion-header",
            Self::Issuer(_) => "assertion-iss",
            Self::Subject(_) => "assertion-sub",
            Self::Audience(_) => "assertion-aud",
            Self::Nonce => "assertion-jti",
            Self::Expiry => "assertion-exp",
            Self::ExpiryFar => "assertion-exp-far",
            Self::Expired => "assertion-expired",
            Self::IssuedAt => "assertion-iat",
            Self::NotBefore => "assertion-nbf",
            Self::Signature | Self::NotByNewKey | Self::NotByPublishedKey => "assertion-signature",
            Self::Unexpected(_) => "assertion-unexpected",
            Self::KeyIdOther(_) => "assertion-kid",
            Self::Endorses(_) => "assertion-cnf",
            Self::NotProved(_) => "possession-not-proved",
        }
    }
}

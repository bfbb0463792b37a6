//! Every rule that something typed can break: a closed set, each with its figures. What a person reads is made of them here,
//! and nowhere else.
//!
//! Each subject has an enum of its own, with its stable names and its sentences. So the browser's program, which judges keys
//! and redirect URIs alone, holds the sentences of those and of nothing else.

mod assertion;
mod content;
mod file;
mod key;
mod metadata;
mod portal;
mod redirect_uri;
mod text;

pub use assertion::{AssertionFault, AssertionPart};
pub use content::{EvidenceFault, ScopeFault};
pub use file::{FileFault, FileRule};
pub(crate) use key::EXPONENT;
pub use key::{KeyFault, KeyForm, KeyRule, OtherKey, Weakness};
pub use metadata::{MetadataFault, SigningMember};
pub use portal::{AccountFault, EntryFault, FormFault, SentForm, Since, TeamFault, TokenFault};
pub use redirect_uri::{End, UriFault, UriRule};
pub use text::{Asks, EmailFault, NameFault, TextFault};

use crate::private_key;
use serde::{Deserialize, Serialize};

/// A broken rule. Its sentence is its `Display`: what is wrong, where, and what to do, with a full stop at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rule {
    /// A private key, where no other has any place.
    #[error("{}", private_key::SENTENCE)]
    PrivateKey,
    /// The same, at a field that shows again what was there before.
    #[error("{}", private_key::SENTENCE_BESIDE)]
    PrivateKeyBeside,
    /// A public key by itself.
    #[error(transparent)]
    Key(#[from] KeyRule),
    /// The name of a key.
    #[error(
        "The kid of the key must be 1 to 255 letters, digits or signs without spaces. Change it, or leave it out: then it \
         is the thumbprint of the key."
    )]
    KeyId,
    /// The name of a key that another one of the client has.
    #[error(
        "Another key of this client has this kid. Give each key its own, or leave it out: then it is the thumbprint of the key."
    )]
    KeyIdTaken,
    /// A key that is there already.
    #[error("This key is here already. Enter the other key, or remove this one.")]
    KeyRepeated,
    /// More keys than the environment allows.
    #[error("A client can have {}. Remove one that your service no longer signs with.", keys_here(*.0))]
    KeysMany(u8),
    /// A key beside others, of which it was not said what becomes of them.
    #[error("Say whether the new key stands beside the one that is there, or takes its place.")]
    KeyPlace,
    /// A key on the operator's lists of compromised ones.
    #[error("The private half of this key is publicly known. Make a new pair of keys and enter its public key.")]
    KeyListed,
    /// A key that somebody said is in other hands.
    #[error("The private half of this key was reported as leaked. Make a new pair of keys and enter its public key.")]
    KeyLeaked,
    /// A key beside the others that are registered.
    #[error(
        "This key shares a prime with another registered key, so both private keys can be computed. Make a new key pair on \
         a machine with a good source of randomness, and tell the NHS login team."
    )]
    KeySharesPrime,
    /// A key whose private half somebody else proved to hold.
    #[error(
        "Another organisation has registered this key, and has proved that it holds the private half. Make a key pair of \
         your own."
    )]
    KeyOfAnother,
    /// A redirect URI, or the list of them.
    #[error(transparent)]
    RedirectUri(#[from] UriRule),
    /// A text of one or more lines.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// A client name.
    #[error(transparent)]
    Name(#[from] NameFault),
    /// An email address.
    #[error(transparent)]
    Email(#[from] EmailFault),
    /// An ODS code.
    #[error(
        "Enter the ODS code: 3 to 10 letters and digits without spaces, for example X26. You can look it up in the ODS \
         Portal."
    )]
    OdsCode,
    /// A client_id.
    #[error(
        "A client_id is 1 to 255 letters, digits, hyphens, full stops, underscores or tildes. Copy it again from the \
         registration’s page."
    )]
    ClientId,
    /// Scopes, their reasons, and vectors of trust.
    #[error(transparent)]
    Scope(#[from] ScopeFault),
    /// An item of evidence.
    #[error(transparent)]
    Evidence(#[from] EvidenceFault),
    /// A file beside an answer.
    #[error(transparent)]
    File(#[from] FileRule),
    /// A document with client metadata.
    #[error(transparent)]
    Metadata(#[from] MetadataFault),
    /// A proof of possession.
    #[error(transparent)]
    Assertion(#[from] AssertionFault),
    /// More than a draft takes of a text, in KB.
    #[error("This is too long to be saved. Shorten it to {0} KB or less.")]
    TooLarge(usize),
    /// More entries than a draft takes, and the most that it does.
    #[error("There are {0} entries, which is too many to be saved. Keep {1} or fewer.")]
    TooMany(usize, usize),
    /// More services than an organisation has.
    #[error("An organisation can have {0} services. Write to us if you need more.")]
    ServicesMany(usize),
    /// An invitation to a team.
    #[error(transparent)]
    Team(#[from] TeamFault),
    /// A token of an organisation.
    #[error(transparent)]
    Token(#[from] TokenFault),
    /// What somebody signs in with, and who may do what.
    #[error(transparent)]
    Account(#[from] AccountFault),
    /// What is asked of the portal itself.
    #[error(transparent)]
    Entry(#[from] EntryFault),
    /// The whole of a form.
    #[error(transparent)]
    Form(#[from] FormFault),
}

fn keys_here(most: u8) -> String {
    if most == 1 { "one key here".to_owned() } else { format!("{most} keys here") }
}

impl Rule {
    /// The stable name, in kebab-case: `key-size`, `uri-query`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PrivateKey | Self::PrivateKeyBeside => "private-key",
            Self::Key(rule) => rule.name(),
            Self::KeyId => "key-id",
            Self::KeyIdTaken => "key-id-taken",
            Self::KeyRepeated => "key-repeated",
            Self::KeysMany(_) => "keys-many",
            Self::KeyPlace => "key-place",
            Self::KeyListed => "key-compromised",
            Self::KeyLeaked => "key-leaked",
            Self::KeySharesPrime => "key-shared-prime",
            Self::KeyOfAnother => "key-of-another-organisation",
            Self::RedirectUri(rule) => rule.name(),
            Self::Text(fault) => fault.name(),
            Self::Name(fault) => fault.name(),
            Self::Email(fault) => fault.name(),
            Self::OdsCode => "ods-code",
            Self::ClientId => "client-id",
            Self::Scope(fault) => fault.name(),
            Self::Evidence(fault) => fault.name(),
            Self::File(rule) => rule.fault.name(),
            Self::Metadata(fault) => fault.name(),
            Self::Assertion(fault) => fault.name(),
            Self::TooLarge(_) => "too-large",
            Self::TooMany(..) => "too-many",
            Self::ServicesMany(_) => "services-many",
            Self::Team(fault) => fault.name(),
            Self::Token(fault) => fault.name(),
            Self::Account(fault) => fault.name(),
            Self::Entry(fault) => fault.name(),
            Self::Form(fault) => fault.name(),
        }
    }

    /// Whether a private key, or a secret in its place, was typed: to be told whatever else is wrong (threat 12).
    #[must_use]
    pub fn is_private_key(&self) -> bool {
        matches!(
            self,
            Self::PrivateKey
                | Self::PrivateKeyBeside
                | Self::Key(KeyRule { fault: KeyFault::Private | KeyFault::SharedSecret, .. })
                | Self::RedirectUri(UriRule { fault: UriFault::Private, .. })
        )
    }

    /// Whether somebody else was quicker.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Form(FormFault::Stale(_)))
    }
}

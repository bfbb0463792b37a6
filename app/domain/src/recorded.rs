//! How events are recorded: of which version an entry is, and what stands where an event has a text. What is not known
//! here cannot be read: it is an error, and never a default.

use crate::{
    account,
    actor::Stamp,
    aggregate::Aggregate,
    erasure::{ERASED, Erasure},
    id::{AccountId, ServiceId},
    organisation, registration,
    text::FreeText,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use serde_json::Value;
use std::fmt;

/// The version of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum Version {
    /// Binds no names. Written until 2026-11-26, and read for good.
    One,
    /// Binds what it is about, and who did it, by the names of its moment.
    Two,
}

impl Version {
    /// All that can be read.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];
    /// What is written now.
    pub const WRITTEN: Self = Self::Two;
}

impl From<Version> for u64 {
    fn from(version: Version) -> Self {
        match version {
            Version::One => 1,
            Version::Two => 2,
        }
    }
}

impl TryFrom<u64> for Version {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|version| u64::from(*version) == number);
        known.ok_or_else(|| format!("version {number} of an entry is not known"))
    }
}

/// What an event has in place of a text.
pub trait Part: Clone + fmt::Debug + PartialEq + Eq + Serialize + DeserializeOwned + Send + Sync {}

impl<T: Clone + fmt::Debug + PartialEq + Eq + Serialize + DeserializeOwned + Send + Sync> Part for T {}

/// How an event has its texts.
pub trait Texts: Clone + fmt::Debug + PartialEq + Eq + Send + Sync + 'static {
    /// What it has in place of a text, or of a document that is a text.
    type Of<P: Part>: Part;

    /// What it has where an entry is older than the text.
    fn before_it_was_recorded() -> Self::Of<FreeText>;
}

/// All of them, as they were decided: what is folded into the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {}

impl Texts for Whole {
    type Of<P: Part> = P;

    fn before_it_was_recorded() -> FreeText {
        FreeText::default()
    }
}

/// As far as a reader may know them: what the history is told from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AsTold {}

impl Texts for AsTold {
    type Of<P: Part> = Told<P>;

    fn before_it_was_recorded() -> Told<FreeText> {
        Told::Text(FreeText::default())
    }
}

/// A text, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<P> {
    /// As it was, or what an erasure left of it.
    Text(P),
    /// It was erased.
    Erased,
    /// What is kept is not what the entry committed to.
    Altered,
    /// The reader may not know it.
    Withheld,
}

impl<P> Told<P> {
    /// The text where it is there.
    pub fn text(&self) -> Option<&P> {
        match self {
            Self::Text(text) => Some(text),
            Self::Erased | Self::Altered | Self::Withheld => None,
        }
    }
}

/// What stands in place of a text, in JSON.
#[derive(Serialize, Deserialize)]
enum Mark {
    #[serde(rename = "$erased")]
    Erased(True),
    #[serde(rename = "$altered")]
    Altered(True),
    #[serde(rename = "$withheld")]
    Withheld(True),
}

#[derive(Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
#[derive(Clone)]
struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(mark: bool) -> Result<Self, Self::Error> {
        mark.then_some(Self).ok_or("a mark is true or is not there")
    }
}

impl From<True> for bool {
    fn from(True: True) -> Self {
        true
    }
}

impl<P: Serialize> Serialize for Told<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Erased => Mark::Erased(True).serialize(serializer),
            Self::Altered => Mark::Altered(True).serialize(serializer),
            Self::Withheld => Mark::Withheld(True).serialize(serializer),
        }
    }
}

impl<'de, P: DeserializeOwned> Deserialize<'de> for Told<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = Value::deserialize(deserializer)?;
        match Mark::deserialize(&place) {
            Ok(Mark::Erased(True)) => Ok(Self::Erased),
            Ok(Mark::Altered(True)) => Ok(Self::Altered),
            Ok(Mark::Withheld(True)) => Ok(Self::Withheld),
            Err(_) => P::deserialize(place).map(Self::Text).map_err(de::Error::custom),
        }
    }
}

/// A document that an event has as a text, so that it can be erased: JSON, which is parsed with the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document<T> {
    /// As it was, or what an erasure left of it.
    Is(T),
    /// An erasure left nothing of it.
    Erased,
}

impl<T> Document<T> {
    /// The document where it is there.
    pub fn content(&self) -> Option<&T> {
        match self {
            Self::Is(content) => Some(content),
            Self::Erased => None,
        }
    }
}

impl<T: Serialize> Serialize for Document<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = match self {
            Self::Is(content) => serde_json::to_string(content).map_err(serde::ser::Error::custom)?,
            Self::Erased => ERASED.to_owned(),
        };
        FreeText(text).serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Document<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match FreeText::deserialize(deserializer)?.0.as_str() {
            // What an erasure of the whole text leaves, of a draft and of anything else.
            "" | ERASED => Ok(Self::Erased),
            // The cause without what it quotes: the text is a person's.
            text => serde_json::from_str(text).map(Self::Is).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                de::Error::custom(format!("a document within it cannot be read at line {line}, column {column}"))
            }),
        }
    }
}

/// Reads an event that has no member but its type: serde itself passes over others.
pub(crate) fn alone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(deserializer).map(|Nothing {}| ())
}

/// Reads a member that may be null, and may not be missing: serde itself takes the one for the other.
///
/// # Errors
/// What is neither null nor a `T`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// An event of any kind of aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened<X: Texts = Whole> {
    /// To a registration.
    Registration(registration::Event<X>),
    /// To an organisation.
    Organisation(organisation::Event<X>),
    /// To an account.
    Account(account::Event<X>),
}

impl<X: Texts> Happened<X> {
    /// Reads what happened to something of this kind, in the words of [`Aggregate::KIND`].
    ///
    /// # Errors
    /// A kind, a type, a member or a document that is not known, and one that is missing.
    pub fn read(kind: &str, event: &Value) -> Result<Self, serde_json::Error> {
        match kind {
            registration::Registration::KIND => Deserialize::deserialize(event).map(Self::Registration),
            organisation::Organisation::KIND => Deserialize::deserialize(event).map(Self::Organisation),
            account::Account::KIND => Deserialize::deserialize(event).map(Self::Account),
            _ => Err(de::Error::custom("a kind of aggregate that is not known")),
        }
    }

    /// Whose membership of an organisation it is about.
    pub fn member(&self) -> Option<AccountId> {
        match self {
            Self::Organisation(
                organisation::Event::MemberAdded { account, .. }
                | organisation::Event::RoleChanged { account, .. }
                | organisation::Event::MemberRemoved { account }
                | organisation::Event::MemberLeft { account }
                | organisation::Event::InvitationAccepted { account, .. }
                | organisation::Event::OwnershipOffered { account }
                | organisation::Event::OwnershipOfferWithdrawn { account }
                | organisation::Event::OwnershipHandedOver { from: account, .. }
                | organisation::Event::OwnershipOfferDeclined { from: account }
                | organisation::Event::JoinAgreed { account, .. }
                | organisation::Event::JoinDeclined { account }
                | organisation::Event::JoinDecided { account, .. }
                | organisation::Event::TokenTakenOver { from: account, .. },
            ) => Some(*account),
            _ => None,
        }
    }

    /// The service of an organisation that it is about.
    pub fn service(&self) -> Option<ServiceId> {
        match self {
            Self::Organisation(
                organisation::Event::ServiceAdded { service, .. } | organisation::Event::ServiceChanged { service, .. },
            ) => Some(*service),
            _ => None,
        }
    }

    /// Whether the checks alone decided.
    pub fn is_by_rules(&self) -> bool {
        matches!(self, Self::Registration(registration::Event::Approved { by_rules: true, .. }))
    }

    /// The proposal that it confirmed, where it binds one.
    pub fn proposal(&self) -> Option<&Stamp> {
        match self {
            Self::Registration(registration::Event::Reinstated { proposed, .. }) => proposed.as_ref(),
            _ => None,
        }
    }

    /// The name that it gave to the holder of an account.
    pub fn name_given(&self) -> Option<&X::Of<FreeText>> {
        match self {
            Self::Account(
                account::Event::SignedUp { name, .. }
                | account::Event::Renamed { name }
                | account::Event::SetUp { name, .. },
            ) => Some(name),
            _ => None,
        }
    }

    /// The erasure, where it is one.
    pub fn erasure(&self) -> Option<&Erasure<X>> {
        match self {
            Self::Registration(registration::Event::TextErased(erasure))
            | Self::Organisation(organisation::Event::TextErased(erasure))
            | Self::Account(account::Event::TextErased(erasure)) => Some(erasure),
            _ => None,
        }
    }
}

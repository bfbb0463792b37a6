//! What an entry is about, by the names of its moment: bound by the leaf when it is written, read back for whoever looks
//! at it after a name changed.

use super::Leaf;
use crate::{
    entity::*,
    error::StoreError,
    rows::{Scope, Subject},
    who::{Doer, Role},
};
use domain::{
    id::{AccountId, RegistrationId, TokenId},
    recorded::{AsTold, Texts, Told, Whole, given},
    revision::ClientMetadata,
    text::FreeText,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The names that a command found, as the leaf has them: where it gave one itself, to what had none, the one given.
/// Nothing of what is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub(crate) struct About<X: Texts = Whole> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organisation: Option<Organisation<X>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<X::Of<FreeText>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_name: Option<X::Of<FreeText>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person: Option<Person<X>>,
}

impl Default for About {
    fn default() -> Self {
        Self { organisation: None, service: None, environment: None, client_id: None, client_name: None, person: None }
    }
}

/// An organisation as the leaf has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub(crate) struct Organisation<X: Texts = Whole> {
    pub(crate) name: X::Of<FreeText>,
    #[serde(deserialize_with = "given")]
    pub(crate) ods_code: Option<String>,
}

/// A person other than the actor, as the leaf has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub(crate) struct Person<X: Texts = Whole> {
    pub(crate) name: X::Of<FreeText>,
    pub(crate) email: X::Of<FreeText>,
}

/// The names that a leaf binds.
#[derive(Clone, Debug, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Names<X: Texts> {
    about: About<X>,
    actor_role: Role,
    /// None for whoever has no account.
    actor_name: Option<X::Of<FreeText>>,
    /// The token that acted as them.
    #[serde(default)]
    actor_token: Option<Token<X>>,
}

/// A token as the leaf has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct Token<X: Texts> {
    #[expect(dead_code, reason = "read, so that a leaf without it is an error")]
    id: TokenId,
    name: X::Of<FreeText>,
}

impl<X: Texts> Names<X> {
    /// Reads them in a leaf, which has other members too.
    pub(super) fn read(leaf: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(leaf)
    }
}

impl About {
    /// Completes what the aggregate itself tells of an event by what its scope names. `doer` names themself.
    pub(crate) async fn of(
        transaction: &DatabaseTransaction,
        subject: Subject,
        scope: &Scope,
        doer: &Doer,
    ) -> Result<Self, StoreError> {
        let mut about = subject.about;
        about.environment.clone_from(&scope.environment);
        if about.organisation.is_none() {
            about.organisation = organisation(transaction, scope).await?;
        }
        if about.service.is_none() {
            about.service = service(transaction, scope).await?;
        }
        if let Some((registration, number)) = scope.registration.zip(subject.revision) {
            about.client_name = client_name(transaction, registration, number).await?;
        }
        if let Some(account) = subject.account {
            about.person = person(transaction, account).await?;
        }
        // Whoever acts on their own account is named as the actor.
        if doer.role == Role::Holder {
            about.person = None;
        }
        Ok(about)
    }
}

async fn organisation(transaction: &DatabaseTransaction, scope: &Scope) -> Result<Option<Organisation>, StoreError> {
    let Some(id) = scope.organisation else { return Ok(None) };
    let row = organisation::Entity::find_by_id(Word(id)).select_only();
    let row = row.columns([organisation::Name, organisation::OdsCode]).into_tuple().one(transaction).await?;
    Ok(row.map(|(name, ods_code)| Organisation { name: FreeText(name), ods_code }))
}

async fn service(transaction: &DatabaseTransaction, scope: &Scope) -> Result<Option<FreeText>, StoreError> {
    let Some(id) = scope.service else { return Ok(None) };
    let name = service::Entity::find_by_id(Word(id)).select_only().column(service::Name);
    Ok(name.into_tuple().one(transaction).await?.map(FreeText))
}

/// The client name of a revision, from the bytes that were frozen.
async fn client_name(
    transaction: &DatabaseTransaction,
    registration: RegistrationId,
    number: u32,
) -> Result<Option<FreeText>, StoreError> {
    let row = revision::Entity::find_by_id((Word(registration), i64::from(number))).select_only();
    let metadata: Option<String> = row.column(revision::Metadata).into_tuple().one(transaction).await?;
    let Some(metadata) = metadata else { return Ok(None) };
    Ok(Some(FreeText(ClientMetadata::read(&metadata)?.client_name)).filter(|name| !name.0.is_empty()))
}

async fn person(transaction: &DatabaseTransaction, id: AccountId) -> Result<Option<Person>, StoreError> {
    let row = account::Entity::find_by_id(Word(id)).select_only().columns([account::Name, account::Email]);
    let row = row.into_tuple().one(transaction).await?;
    Ok(row.map(|(name, email)| Person { name: FreeText(name), email: FreeText(email) }))
}

/// A text of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// As it was.
    Text(String),
    /// It was erased.
    Erased,
    /// What is kept is not what the entry committed to.
    Altered,
}

/// What an entry's subject was called at its moment. None of what is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then {
    /// Whether the leaf binds these names; otherwise they are told by earlier entries.
    pub bound: bool,
    /// The organisation's name.
    pub organisation: Option<Said>,
    /// Its ODS code.
    pub ods_code: Option<String>,
    /// The service's name.
    pub service: Option<Said>,
    /// The client's name, as the revision has it that the entry is about.
    pub client_name: Option<Said>,
    /// The client's id.
    pub client_id: Option<String>,
    /// The part in which the actor acted. For whoever may know them: the reader of lists takes it out for others.
    pub actor_role: Option<Role>,
    /// The name of the token by which a program acted as the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Said>,
}

/// What the people of an entry were called at its moment, as they wrote it: never shown but by
/// [`domain::person_name::PersonNames`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    /// Whose account it is, or which team member, where that is not who did it; the address of whoever had no name.
    pub(crate) person: Option<Said>,
    /// The actor.
    pub(crate) actor: Option<Said>,
}

impl People {
    fn of(names: &Names<AsTold>) -> Self {
        let said_of = |person: &Person<AsTold>| match said(&person.name) {
            Said::Text(name) if name.is_empty() => said(&person.email),
            name => name,
        };
        Self { person: names.about.person.as_ref().map(said_of), actor: names.actor_name.as_ref().map(said) }
    }
}

impl Then {
    /// Nothing is known.
    pub const NOTHING: Self = Self {
        bound: false,
        organisation: None,
        ods_code: None,
        service: None,
        client_name: None,
        client_id: None,
        actor_role: None,
        token: None,
    };

    fn of(names: &Names<AsTold>) -> Self {
        let Names { about, actor_role, actor_token, .. } = names;
        Self {
            bound: true,
            organisation: about.organisation.as_ref().map(|organisation| said(&organisation.name)),
            ods_code: about.organisation.as_ref().and_then(|organisation| organisation.ods_code.clone()),
            service: about.service.as_ref().map(said),
            client_name: about.client_name.as_ref().map(said),
            client_id: about.client_id.clone(),
            actor_role: Some(*actor_role),
            token: actor_token.as_ref().map(|token| said(&token.name)),
        }
    }
}

impl Leaf {
    /// The names that it binds, its texts put in place; nothing where it binds none.
    pub(crate) fn called(&self) -> Result<(Then, People), StoreError> {
        let names = self.names()?;
        Ok(names.map(|names| (Then::of(&names), People::of(&names))).unwrap_or_default())
    }
}

/// A text that was put back in its place.
pub(super) fn said(text: &Told<FreeText>) -> Said {
    match text {
        Told::Text(text) => Said::Text(text.0.clone()),
        Told::Altered => Said::Altered,
        // A name is withheld as a whole, with who it is, and never its text.
        Told::Erased | Told::Withheld => Said::Erased,
    }
}

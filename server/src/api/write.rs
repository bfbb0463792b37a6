//! What programs change in registrations: start, edit, prove, submit, withdraw.

use std::collections::{BTreeMap, BTreeSet};

use axum::{extract::Path, response::Response};
use domain::{
    draft::{DraftChange, DraftKey, Section},
    id::{RegistrationId, ServiceId},
    possession::Typed,
    refusal::Refusal,
};
use serde::Deserialize;
use usecases::{
    Fault,
    registrations::{
        self as usecase, AddKey, DiscardChanges, EndorseKey, KeyPlace, ProvePossession, RemoveKey, SaveSection,
        StartRegistration, Started, SubmitRegistration, WithdrawRevision,
    },
};
use utoipa::ToSchema;

use super::{
    PREFIX, access::Asking, body::Sent, organisation::created, problem::ApiProblem, registration::shown,
    shown::ShownRegistration,
};

/// A registration to be started.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentStart {
    /// The id of the service.
    pub service: String,
    /// The environment's name.
    pub environment: String,
}

/// Start a registration, as a copy of the one in the environment before
#[utoipa::path(post, path = "/registrations", tag = "Registrations", request_body = SentStart, responses(
    (status = 201, description = "The new registration.", body = ShownRegistration),
    (status = 200, description = "The registration that was there already.", body = ShownRegistration)
))]
pub async fn start_registration(Sent(asking, sent): Sent<SentStart>) -> Result<Response, ApiProblem> {
    let service: ServiceId = sent.service.parse().map_err(|_| Fault::NotFound)?;
    asking.token()?.may_in(Some(&sent.environment)).map_err(Fault::from)?;
    let start = StartRegistration { service, environment: sent.environment };
    match usecase::start_registration(&asking.portal, &asking.caller, start).await? {
        Started::Now(id) => {
            let response = shown(&asking, &id.to_string()).await?;
            Ok(created(&format!("{PREFIX}/registrations/{id}"), response))
        }
        Started::Before(id) => shown(&asking, &id.to_string()).await,
    }
}

/// Saves a section over the one that the program read.
async fn save(asking: &Asking, registration: &str, change: DraftChange) -> Result<Response, ApiProblem> {
    let (id, base) = base(asking, registration, change.section(), change.item()).await?;
    let section = SaveSection { registration: id, base, change, theirs: BTreeSet::new() };
    usecase::save_section(&asking.portal, &asking.caller, section).await?;
    shown(asking, registration).await
}

/// By which digest a section is saved: its own, where the registration is as it was read; else none, so that only what changes
/// nothing is no conflict.
async fn base(
    asking: &Asking,
    registration: &str,
    section: Section,
    item: &str,
) -> Result<(RegistrationId, String), ApiProblem> {
    let version = asking.version()?;
    let details = asking.details(registration).await?;
    let digest = details.registration.draft.section_digest(section, item);
    Ok((details.registration.id, if details.version == version { digest } else { String::new() }))
}

/// The client name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentClientName {
    /// The name that people see when they sign in.
    pub client_name: String,
}

/// Save the client name
#[utoipa::path(put, path = "/registrations/{registration}/draft/client-name", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentClientName, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn save_client_name(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentClientName>,
) -> Result<Response, ApiProblem> {
    save(&asking, &registration, DraftChange::ClientName(sent.client_name)).await
}

/// The redirect URIs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentRedirectUris {
    /// All of them.
    pub redirect_uris: Vec<String>,
}

/// Save the redirect URIs
#[utoipa::path(put, path = "/registrations/{registration}/draft/redirect-uris", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentRedirectUris, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn save_redirect_uris(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentRedirectUris>,
) -> Result<Response, ApiProblem> {
    save(&asking, &registration, DraftChange::RedirectUris(sent.redirect_uris)).await
}

/// The scopes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentScopes {
    /// Names of scopes.
    pub scopes: Vec<String>,
    /// Why each is needed, by its name.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
}

/// Save the scopes, and why each is needed
#[utoipa::path(put, path = "/registrations/{registration}/draft/scopes", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentScopes, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn save_scopes(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentScopes>,
) -> Result<Response, ApiProblem> {
    save(&asking, &registration, DraftChange::Scopes { scopes: sent.scopes, reasons: sent.reasons }).await
}

/// The vectors of trust.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentVectors {
    /// All of them.
    pub nhs_vtr: Vec<String>,
}

/// Save the vectors of trust
#[utoipa::path(put, path = "/registrations/{registration}/draft/vectors", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentVectors, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn save_vectors(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentVectors>,
) -> Result<Response, ApiProblem> {
    save(&asking, &registration, DraftChange::Vectors(sent.nhs_vtr)).await
}

/// Answers to one item of evidence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentEvidence {
    /// By field.
    pub answers: BTreeMap<String, String>,
}

/// Save the answers to an item of evidence
#[utoipa::path(put, path = "/registrations/{registration}/draft/evidence/{item}", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id."),
    ("item" = String, Path, description = "The item, which the environment asks for.")
), request_body = SentEvidence, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn save_evidence(
    Path((registration, item)): Path<(String, String)>,
    Sent(asking, sent): Sent<SentEvidence>,
) -> Result<Response, ApiProblem> {
    let details = asking.details(&registration).await?;
    if details.policy.evidence.iter().all(|asked| asked.id != item) {
        return Err(Fault::NotFound.into());
    }
    save(&asking, &registration, DraftChange::Evidence { item, answers: sent.answers }).await
}

/// A key to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentKey {
    /// The public key, in PEM.
    pub public_key: String,
    /// Its `kid`; left out for the RFC 7638 thumbprint.
    #[serde(default)]
    pub kid: String,
    /// What the team calls it.
    #[serde(default)]
    pub name: String,
    /// The id of the key whose place it takes; left out where it stands beside those that are there.
    #[serde(default)]
    pub replaces: Option<String>,
}

/// Add a public key
#[utoipa::path(post, path = "/registrations/{registration}/draft/keys", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentKey, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn add_key(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentKey>,
) -> Result<Response, ApiProblem> {
    let key = DraftKey { pem: sent.public_key, kid: sent.kid, name: sent.name };
    let (id, base) = base(&asking, &registration, Section::PublicKey, "").await?;
    let place = sent.replaces.map_or(KeyPlace::Beside, KeyPlace::InPlaceOf);
    let add = AddKey { registration: id, base, key, place };
    usecase::add_key(&asking.portal, &asking.caller, add).await?;
    shown(&asking, &registration).await
}

/// Take a public key out of the draft
///
/// The provider keeps it until a revision without it is published.
#[utoipa::path(delete, path = "/registrations/{registration}/draft/keys/{key}", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id."),
    ("key" = String, Path, description = "The id of the key.")
), responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn remove_key(
    asking: Asking,
    Path((registration, key)): Path<(String, String)>,
) -> Result<Response, ApiProblem> {
    asking.note(&serde_json::Value::Null)?;
    let (id, base) = base(&asking, &registration, Section::PublicKey, "").await?;
    let remove = RemoveKey { registration: id, base, key };
    usecase::remove_key(&asking.portal, &asking.caller, remove).await?;
    shown(&asking, &registration).await
}

/// Ask for a nonce to sign with a private key
#[utoipa::path(post, path = "/registrations/{registration}/nonce", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The registration, with the nonce.", body = ShownRegistration)
))]
pub async fn ask_nonce(asking: Asking, Path(registration): Path<String>) -> Result<Response, ApiProblem> {
    asking.note(&serde_json::Value::Null)?;
    let id = asking.details(&registration).await?.registration.id;
    usecase::ask_nonce(&asking.portal, &asking.caller, id).await?;
    shown(&asking, &registration).await
}

/// A client assertion over the nonce.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentAssertion {
    /// The assertion (RFC 7523, 3), with the nonce as `jti`.
    pub assertion: String,
}

/// Prove possession of a private key
#[utoipa::path(post, path = "/registrations/{registration}/possession", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentAssertion, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn prove_possession(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentAssertion>,
) -> Result<Response, ApiProblem> {
    let id = asking.details(&registration).await?.registration.id;
    let prove = ProvePossession { registration: id, assertion: sent.assertion };
    usecase::prove_possession(&asking.portal, &asking.caller, prove).await?;
    shown(&asking, &registration).await
}

/// Two client assertions over the nonce.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentEndorsement {
    /// By the new key.
    pub assertion: String,
    /// By the published one, with `cnf` naming the new one.
    pub endorsement: String,
}

/// Endorse a new key with a published one
#[utoipa::path(post, path = "/registrations/{registration}/endorsement", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id.")
), request_body = SentEndorsement, responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn endorse_key(
    Path(registration): Path<String>,
    Sent(asking, sent): Sent<SentEndorsement>,
) -> Result<Response, ApiProblem> {
    let id = asking.details(&registration).await?.registration.id;
    let typed = Typed { proof: sent.assertion, endorsement: sent.endorsement };
    usecase::endorse_key(&asking.portal, &asking.caller, EndorseKey { registration: id, typed }).await?;
    shown(&asking, &registration).await
}

/// Submit the draft for review
#[utoipa::path(post, path = "/registrations/{registration}/submission", tag = "Submissions", params(
    ("registration" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The registration, with the new revision.", body = ShownRegistration)
))]
pub async fn submit(asking: Asking, Path(registration): Path<String>) -> Result<Response, ApiProblem> {
    asking.note(&serde_json::Value::Null)?;
    let version = asking.version()?;
    let id = asking.details(&registration).await?.registration.id;
    let submit = SubmitRegistration { registration: id, version };
    let submitted = usecase::submit_registration(&asking.portal, &asking.caller, submit).await;
    submitted.map_err(|fault| ApiProblem::from(fault).on(format!("/registrations/{id}/check")))?;
    shown(&asking, &registration).await
}

/// Take the submitted revision back
#[utoipa::path(post, path = "/registrations/{registration}/withdrawal", tag = "Submissions", params(
    ("registration" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn withdraw(asking: Asking, Path(registration): Path<String>) -> Result<Response, ApiProblem> {
    asking.note(&serde_json::Value::Null)?;
    let version = asking.version()?;
    let id = asking.details(&registration).await?.registration.id;
    let withdraw = WithdrawRevision { registration: id, version };
    usecase::withdraw_revision(&asking.portal, &asking.caller, withdraw).await?;
    shown(&asking, &registration).await
}

/// Throw away what changed in the draft since it was submitted
#[utoipa::path(post, path = "/registrations/{registration}/draft/discard", tag = "Drafts", params(
    ("registration" = String, Path, description = "Its id.")
), responses(
    (status = 200, description = "The registration as it is now.", body = ShownRegistration)
))]
pub async fn discard_changes(asking: Asking, Path(registration): Path<String>) -> Result<Response, ApiProblem> {
    asking.note(&serde_json::Value::Null)?;
    let version = asking.version()?;
    let id = asking.details(&registration).await?.registration.id;
    let discard = DiscardChanges { registration: id, version };
    usecase::discard_changes(&asking.portal, &asking.caller, discard).await?;
    shown(&asking, &registration).await
}

/// What a person does, on a page of a registration that is there.
async fn by_a_person(asking: &Asking, registration: &str, page: impl Fn(RegistrationId) -> String) -> ApiProblem {
    match asking.details(registration).await {
        Ok(details) => ApiProblem::from(Fault::from(Refusal::PersonNeeded)).on(page(details.registration.id)),
        Err(fault) => fault.into(),
    }
}

/// Retire the registration: a person does this
///
/// The answer is always a problem, with the address of the page.
#[utoipa::path(post, path = "/registrations/{registration}/retirement", tag = "Submissions", params(
    ("registration" = String, Path, description = "Its id.")
), responses())]
pub async fn retire(asking: Asking, Path(registration): Path<String>) -> ApiProblem {
    by_a_person(&asking, &registration, |id| format!("/registrations/{id}/retire")).await
}

/// Report that a key leaked: a person does this
///
/// The answer is always a problem, with the address of the page.
#[utoipa::path(post, path = "/registrations/{registration}/keys/{key}/leak", tag = "Keys", params(
    ("registration" = String, Path, description = "Its id."),
    ("key" = String, Path, description = "The id of the key.")
), responses())]
pub async fn report_leak(asking: Asking, Path((registration, key)): Path<(String, String)>) -> ApiProblem {
    // What is no thumbprint leads to no page.
    let key: String = key.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect();
    by_a_person(&asking, &registration, |id| format!("/registrations/{id}/keys/{key}/leaked")).await
}

//! What is read of an organisation, its services and registrations, as programs read it.

use std::collections::BTreeMap;

use app::reading::words;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    actor::TokenScope,
    organisation::{Contacts, Service},
    registration::{ClientState, Revision, RevisionState},
    warning::Said,
};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use store::read::{EntryRow, RegistrationHead, RevisionContent, ServiceDetails};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use usecases::registrations::RegistrationView;
use utoipa::{IntoParams, ToSchema};

/// A moment as RFC 3339 has it.
pub(super) fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// Something with the ETag by which a change of it is sent back.
pub(super) fn tagged(tag: &str, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// Where a list goes on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Onward {
    /// `next` of the page before; left out for the first page.
    pub cursor: Option<String>,
}

/// How much a token may do. Each contains the one before.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read.
    Read,
    /// Read and edit.
    Draft,
    /// Read, edit and submit.
    Submit,
}

impl From<TokenScope> for Scope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Read => Self::Read,
            TokenScope::Draft => Self::Draft,
            TokenScope::Submit => Self::Submit,
        }
    }
}

/// The token that asks.
#[derive(Serialize, ToSchema)]
pub struct ShownToken {
    /// Its id.
    pub id: String,
    /// What its team calls it.
    pub name: String,
    /// How much it may do.
    pub scope: Scope,
    /// In which environments, by name.
    pub environments: Vec<String>,
    /// When it stops working.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// The organisation of the token.
#[derive(Serialize, ToSchema)]
pub struct ShownOrganisation {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ODS code, when it gave one.
    pub ods_code: Option<String>,
    /// Whether NHS login has confirmed it. Before that it has the sandpit only.
    pub confirmed: bool,
    /// The token that asks.
    pub token: ShownToken,
}

/// Whom to ask about a service.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceContacts {
    /// About the integration.
    pub technical: String,
    /// About the product.
    pub product: String,
    /// About security.
    pub security: String,
}

impl From<ServiceContacts> for Contacts {
    fn from(contacts: ServiceContacts) -> Self {
        let ServiceContacts { technical, product, security } = contacts;
        Self { technical, product, security }
    }
}

/// A service.
#[derive(Serialize, ToSchema)]
pub struct ShownService {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What people use it for.
    pub use_case: String,
    /// Whom to ask.
    pub contacts: ServiceContacts,
    /// Its registrations, in the order of the environments.
    pub registrations: Vec<ShownHead>,
}

impl ShownService {
    pub(super) fn of(details: ServiceDetails) -> Self {
        let ServiceDetails { id, service, registrations, .. } = details;
        let Service { name, description, use_case, contacts } = service;
        let Contacts { technical, product, security } = contacts;
        Self {
            id: id.to_string(),
            name,
            description,
            use_case,
            contacts: ServiceContacts { technical, product, security },
            registrations: registrations.iter().map(|head| ShownHead::of(&id.to_string(), head)).collect(),
        }
    }
}

/// The services of an organisation: 100 at most.
#[derive(Serialize, ToSchema)]
pub struct ShownServices {
    /// By name.
    pub items: Vec<ShownService>,
}

/// What was decided about a client. Whether people can sign in with it now, the provider says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Nothing was approved yet.
    Unpublished,
    /// Approved, on its way to the provider for the first time.
    Pending,
    /// It is to be at the provider, which had it when it was last read back.
    Published,
    /// It is to be off, reversibly.
    Suspended,
    /// It is to be gone for good.
    Retired,
}

impl From<ClientState> for Client {
    fn from(state: ClientState) -> Self {
        match state {
            ClientState::Unpublished => Self::Unpublished,
            ClientState::Pending => Self::Pending,
            ClientState::Published => Self::Published,
            ClientState::Suspended => Self::Suspended,
            ClientState::Retired => Self::Retired,
        }
    }
}

/// Where the review of a revision is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Waiting for a decision.
    Submitted,
    /// Approved by everybody who had to.
    Approved,
    /// Sent back with comments.
    ChangesRequested,
    /// Refused with a reason.
    Rejected,
    /// Taken back by the partner.
    Withdrawn,
}

impl From<RevisionState> for ReviewState {
    fn from(state: RevisionState) -> Self {
        match state {
            RevisionState::Submitted => Self::Submitted,
            RevisionState::Approved => Self::Approved,
            RevisionState::ChangesRequested => Self::ChangesRequested,
            RevisionState::Rejected => Self::Rejected,
            RevisionState::Withdrawn => Self::Withdrawn,
        }
    }
}

/// A registration in a list.
#[derive(Serialize, ToSchema)]
pub struct ShownHead {
    /// Its id.
    pub id: String,
    /// The id of its service.
    pub service: String,
    /// The environment's name.
    pub environment: String,
    /// Where the client stands.
    pub client_state: Client,
    /// The provider's name for the client, once there is one.
    pub client_id: Option<String>,
    /// The number of the latest revision; 0 before the first.
    pub revision: u32,
    /// Where the review of the latest revision is.
    pub review: Option<ReviewState>,
    /// Whether the draft was changed since.
    pub draft_ahead: bool,
    /// When anything about it changed last.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl ShownHead {
    pub(super) fn of(service: &str, head: &RegistrationHead) -> Self {
        Self {
            id: head.id.to_string(),
            service: service.to_owned(),
            environment: head.environment.clone(),
            client_state: head.client_state.into(),
            client_id: head.client_id.as_ref().map(ToString::to_string),
            revision: head.revision,
            review: head.review.map(ReviewState::from),
            draft_ahead: head.draft_ahead,
            updated_at: moment(head.updated_at),
        }
    }
}

/// A page of registrations.
#[derive(Serialize, ToSchema)]
pub struct ShownHeads {
    /// Those of this page, the oldest first.
    pub items: Vec<ShownHead>,
    /// The cursor of the page after this one, where there is one.
    pub next: Option<String>,
}

/// A key of a draft.
#[derive(Serialize, ToSchema)]
pub struct ShownKey {
    /// Its RFC 7638 thumbprint.
    pub id: String,
    /// The key, in PEM.
    pub public_key: String,
    /// Its `kid`, where the registration gives one of its own; otherwise empty.
    pub kid: String,
    /// What the team calls it.
    pub name: String,
    /// Whether possession of its private half was proved.
    pub proved: bool,
}

/// What the partner is editing. Anything may be saved in it but private keys.
#[derive(Serialize, ToSchema)]
pub struct ShownDraft {
    /// The name that people see when they sign in.
    pub client_name: String,
    /// Its keys.
    pub keys: Vec<ShownKey>,
    /// Where people come back to.
    pub redirect_uris: Vec<String>,
    /// Names of scopes.
    pub scopes: Vec<String>,
    /// Why each is needed, by its name.
    pub reasons: BTreeMap<String, String>,
    /// Vectors of trust.
    pub nhs_vtr: Vec<String>,
    /// Answers by item of evidence, and in it by field.
    pub evidence: BTreeMap<String, BTreeMap<String, String>>,
}

/// Something to be mended, or to be known.
#[derive(Serialize, ToSchema)]
pub struct ShownProblem {
    /// The field.
    pub field: String,
    /// Which entry of the field, where it holds several; otherwise empty.
    pub entry: String,
    /// The rule, by a name that stays.
    pub rule: String,
    /// The sentence for a person.
    pub message: String,
}

impl From<Said> for ShownProblem {
    fn from(said: Said) -> Self {
        let Said { field, entry, rule, message } = said;
        Self { field, entry, rule, message }
    }
}

/// What was written with a decision.
#[derive(Serialize, ToSchema)]
pub struct ShownComment {
    /// The section that it is about, by the end of its address; none where it is about the whole.
    pub section: Option<String>,
    /// The words.
    pub text: String,
}

/// A draft that was frozen at submission.
#[derive(Serialize, ToSchema)]
pub struct ShownRevision {
    /// 1, 2, 3 …
    pub number: u32,
    /// Where its review is.
    pub state: ReviewState,
    /// SHA-256 of its RFC 8785 bytes, lowercase hex.
    pub digest: String,
    /// SHA-256 of its client metadata alone, lowercase hex.
    pub metadata_digest: String,
    /// When it was submitted.
    #[schema(format = DateTime)]
    pub submitted_at: String,
    /// When its review ended.
    #[schema(format = DateTime)]
    pub decided_at: Option<String>,
    /// When the provider was first read back to have it.
    #[schema(format = DateTime)]
    pub published_at: Option<String>,
    /// What was written with the decision.
    pub comments: Vec<ShownComment>,
}

impl ShownRevision {
    fn of(revision: &Revision) -> Self {
        let comment = |one: &domain::registration::Comment| ShownComment {
            section: one.section.map(|section| section.slug().to_owned()),
            text: one.text.0.clone(),
        };
        Self {
            number: revision.number,
            state: revision.state.into(),
            digest: revision.digest.clone(),
            metadata_digest: revision.metadata_digest.clone(),
            submitted_at: moment(revision.submitted.at),
            decided_at: revision.decided.map(|stamp| moment(stamp.at)),
            published_at: revision.published.map(moment),
            comments: revision.decision_comments().map(comment).collect(),
        }
    }
}

/// A revision as it was frozen.
#[derive(Serialize, ToSchema)]
pub struct ShownContent {
    /// Its number.
    pub number: u32,
    /// RFC 8785 JSON of `client_metadata`, `reasons` and `evidence`, to the byte: what is approved.
    pub content: String,
    /// RFC 8785 JSON of `client_metadata` (RFC 7591), to the byte: what is published.
    pub client_metadata: String,
    /// SHA-256 of `content`, lowercase hex.
    pub digest: String,
    /// SHA-256 of `client_metadata`, lowercase hex.
    pub metadata_digest: String,
    /// Whether a text was erased from them: then they have these digests no more.
    pub erased: bool,
}

impl ShownContent {
    pub(super) fn of(content: RevisionContent) -> Self {
        let RevisionContent { number, bytes, metadata, digest, metadata_digest, erased } = content;
        Self { number, content: bytes, client_metadata: metadata, digest, metadata_digest, erased }
    }
}

/// A nonce to be signed with a private key.
#[derive(Serialize, ToSchema)]
pub struct ShownNonce {
    /// To be the `jti` of the client assertion.
    pub nonce: String,
    /// When it was handed out; it counts for an hour.
    #[schema(format = DateTime)]
    pub at: String,
}

/// A registration.
#[derive(Serialize, ToSchema)]
pub struct ShownRegistration {
    /// Its id.
    pub id: String,
    /// The id of its service.
    pub service: String,
    /// The environment's name.
    pub environment: String,
    /// The environment's issuer.
    pub issuer: String,
    /// Where the client stands.
    pub client_state: Client,
    /// The provider's name for the client, once there is one.
    pub client_id: Option<String>,
    /// What is being edited.
    pub draft: ShownDraft,
    /// What has to be mended before the draft is submitted.
    pub problems: Vec<ShownProblem>,
    /// What to know beside.
    pub warnings: Vec<ShownProblem>,
    /// Whether the draft was changed since it was submitted last.
    pub draft_ahead: bool,
    /// What was submitted, the oldest first.
    pub revisions: Vec<ShownRevision>,
    /// The nonce that was asked for last, until it is used.
    pub nonce: Option<ShownNonce>,
}

impl ShownRegistration {
    pub(super) fn of(view: &RegistrationView) -> Self {
        let registration = &view.details.registration;
        let draft = &registration.draft;
        let key = |key: &domain::draft::DraftKey| ShownKey {
            id: key.id(),
            public_key: key.pem.clone(),
            kid: key.kid.clone(),
            name: key.name.clone(),
            proved: registration.proofs.contains_key(&key.id()),
        };
        let problem = |problem: &domain::problem::Problem| ShownProblem {
            field: problem.field.clone(),
            entry: problem.entry.clone(),
            rule: problem.rule.name().to_owned(),
            message: problem.message(),
        };
        Self {
            id: registration.id.to_string(),
            service: registration.service.map(|id| id.to_string()).unwrap_or_default(),
            environment: registration.environment.clone(),
            issuer: view.details.policy.issuer.to_string(),
            client_state: registration.client_state().into(),
            client_id: registration.client_id.as_ref().map(ToString::to_string),
            draft: ShownDraft {
                client_name: draft.client_name.clone(),
                keys: draft.public_keys.iter().map(key).collect(),
                redirect_uris: draft.redirect_uris.clone(),
                scopes: draft.scopes.clone(),
                reasons: draft.reasons.clone(),
                nhs_vtr: draft.vectors.clone(),
                evidence: draft.evidence.clone(),
            },
            problems: view.review.problems.iter().map(problem).collect(),
            warnings: view.review.warnings.iter().cloned().map(ShownProblem::from).collect(),
            draft_ahead: registration.is_draft_ahead(),
            revisions: registration.revisions.iter().map(ShownRevision::of).collect(),
            nonce: registration
                .challenge
                .as_ref()
                .map(|challenge| ShownNonce { nonce: challenge.nonce.clone(), at: moment(challenge.at) }),
        }
    }
}

/// An entry of the history.
#[derive(Serialize, ToSchema)]
pub struct ShownEntry {
    /// Its index, from 0.
    pub index: u64,
    /// When it happened.
    #[schema(format = DateTime)]
    pub at: String,
    /// `registration` or `organisation`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// The event's type: `submitted`.
    pub event: String,
    /// In which environment, where it is in one.
    pub environment: Option<String>,
    /// Who did it, in words.
    pub by: String,
    /// What happened, in a sentence.
    pub message: String,
}

impl ShownEntry {
    pub(super) fn of(entry: &EntryRow, environments: &[domain::policy::EnvironmentPolicy]) -> Self {
        Self {
            index: entry.index,
            at: moment(entry.at),
            kind: entry.kind.clone(),
            subject: entry.subject.clone(),
            event: words::action_code(entry).to_owned(),
            environment: entry.environment.clone(),
            by: words::by(entry),
            message: words::sentence(entry, environments),
        }
    }
}

/// A page of the history.
#[derive(Serialize, ToSchema)]
pub struct ShownHistory {
    /// Those of this page, the latest first. A page may have fewer than another.
    pub items: Vec<ShownEntry>,
    /// The cursor of the page after this one, where there is one.
    pub next: Option<String>,
}

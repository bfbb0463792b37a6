//! What went wrong, as RFC 9457 has it: with the fields and sentences that the pages show.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{problem::Problem, refusal::Refusal};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;
use usecases::Fault;
use utoipa::ToSchema;

use crate::http::request::RequestId;

/// Why an operation was not carried out. It becomes a [`ProblemDocument`] in [`written`], which knows where the portal is.
#[derive(Clone, Debug)]
pub struct ApiProblem(Box<Said>);

/// What is said of it.
#[derive(Clone, Debug)]
struct Said {
    kind: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    page: Option<String>,
    retry_after: Option<u64>,
    challenge: Option<&'static str>,
}

/// One thing wrong with one entry of one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, in the words of RFC 7591 where it has one: `client_name`, `redirect_uris`, `scope`.
    pub field: String,
    /// Which entry of the field, where it holds several; otherwise empty.
    pub entry: String,
    /// The broken rule, by a name that stays.
    pub rule: String,
    /// The sentence for a person.
    pub message: String,
}

impl From<&Problem> for FieldError {
    fn from(problem: &Problem) -> Self {
        Self {
            field: problem.field.clone(),
            entry: problem.entry.clone(),
            rule: problem.rule.name().to_owned(),
            message: problem.message(),
        }
    }
}

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemDocument {
    /// The kind of problem, by an address that stays.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What went wrong and what to do, in the sentence that the pages show.
    pub detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Where a person does what a token cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub address: Option<String>,
    /// By which we find this request in our log.
    pub reference: String,
}

impl ApiProblem {
    /// A problem of this kind.
    pub fn new(kind: &'static str, status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        debug_assert!(KINDS.iter().any(|(known, of, _)| *known == kind && *of == status.as_u16()), "{kind}");
        let detail = detail.into();
        Self(Box::new(Said {
            kind,
            status,
            title,
            detail,
            errors: Vec::new(),
            page: None,
            retry_after: None,
            challenge: None,
        }))
    }

    /// The same, with the page on which a person does it, as a path.
    #[must_use]
    pub fn on(mut self, page: impl Into<String>) -> Self {
        if self.0.kind == PERSON_NEEDED {
            self.0.page = Some(page.into());
        }
        self
    }

    pub(super) fn wait(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    pub(super) fn challenging(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    pub(super) fn wrong(errors: Vec<FieldError>) -> Self {
        let detail = Refusal::Problems(Vec::new()).to_string();
        let mut wrong = Self::new("problems", StatusCode::UNPROCESSABLE_ENTITY, "Problems with what was sent", detail);
        wrong.0.errors = errors;
        wrong
    }
}

/// Every kind of problem, with its status and its title.
pub const KINDS: [(&str, u16, &str); 18] = [
    ("malformed", 400, "The request cannot be read."),
    ("unauthorised", 401, "There is no token that works."),
    ("person-needed", 403, "A token cannot do this: a person does it in the portal."),
    ("scope", 403, "It takes a token with a wider scope."),
    ("environment", 403, "The token is for other environments."),
    ("not-allowed", 403, "The role of the person that the token acts as does not allow this."),
    ("not-found", 404, "There is no such thing, or you do not have access to it."),
    ("method", 405, "The address does not take this method."),
    ("refused", 409, "It is not possible at the moment. The sentence says why."),
    ("stale", 412, "It changed since you read it. Read it again."),
    ("too-large", 413, "The body, or a text in it, is too large."),
    ("content-type", 415, "The body is not JSON."),
    ("problems", 422, "What was sent breaks rules."),
    ("idempotency-key-reused", 422, "Something else was sent with this Idempotency-Key before."),
    ("if-match-needed", 428, "There is no If-Match."),
    ("too-many-requests", 429, "There were too many requests. Wait, then send it again."),
    ("unreadable", 500, "What is stored cannot be read. Tell us the reference."),
    ("unavailable", 503, "The portal cannot answer at the moment. Send it again later."),
];

/// The kind of what a token cannot do.
const PERSON_NEEDED: &str = "person-needed";

impl From<Fault> for ApiProblem {
    fn from(fault: Fault) -> Self {
        let said = fault.to_string();
        let of = |kind, status, title| Self::new(kind, status, title, said.clone());
        match &fault {
            Fault::Refused(refusal) => of_refusal(refusal),
            Fault::Stale => of("stale", StatusCode::PRECONDITION_FAILED, "Changed since you read it"),
            Fault::SentBefore => Self::new(
                "idempotency-key-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Idempotency key already used",
                "Something else was sent with this Idempotency-Key before. Use another one.",
            ),
            Fault::NotFound => {
                Self::new("not-found", StatusCode::NOT_FOUND, "Not found", Refusal::NotFound.to_string())
            }
            Fault::TooMany { seconds } | Fault::TooFast { seconds } => {
                of("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests").wait(*seconds)
            }
            Fault::Busy | Fault::Crowded | Fault::TooLong | Fault::Unavailable => {
                of("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available at the moment").wait(5)
            }
            Fault::Unreadable => of("unreadable", StatusCode::INTERNAL_SERVER_ERROR, "What is stored cannot be read"),
            Fault::Malformed => of("malformed", StatusCode::BAD_REQUEST, "Cannot be read"),
        }
    }
}

fn of_refusal(refusal: &Refusal) -> ApiProblem {
    let of = |kind, status, title| ApiProblem::new(kind, status, title, refusal.to_string());
    match refusal {
        Refusal::Problems(problems) => ApiProblem::wrong(problems.iter().map(FieldError::from).collect()),
        Refusal::NotSignedIn => unauthorised(),
        Refusal::PersonNeeded
        | Refusal::ReauthenticationNeeded
        | Refusal::SecondFactorToSubmit
        | Refusal::SecondFactorToReport => of(PERSON_NEEDED, StatusCode::FORBIDDEN, "A person must do this"),
        Refusal::TokenScope(_) => of("scope", StatusCode::FORBIDDEN, "The token’s scope does not allow this"),
        Refusal::TokenEnvironment => of("environment", StatusCode::FORBIDDEN, "The token is for other environments"),
        Refusal::NotAllowed | Refusal::AdminsOnly | Refusal::StaffOnly => {
            of("not-allowed", StatusCode::FORBIDDEN, "Not allowed")
        }
        Refusal::TooMuchToday => of("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many changes today"),
        Refusal::NotFound => of("not-found", StatusCode::NOT_FOUND, "Not found"),
        _ => of("refused", StatusCode::CONFLICT, "Not possible at the moment"),
    }
}

/// The answer to whoever has no token that works.
pub(super) fn unauthorised() -> ApiProblem {
    ApiProblem::new(
        "unauthorised",
        StatusCode::UNAUTHORIZED,
        "No token that works",
        "Send a token of your organisation as “Authorization: Bearer”. It may have ended or expired, or the person it \
         acts as may have left.",
    )
    .challenging("Bearer realm=\"api\", error=\"invalid_token\"")
}

/// What is larger than anything that is asked for.
pub(super) fn too_large() -> ApiProblem {
    ApiProblem::new(
        "too-large",
        StatusCode::PAYLOAD_TOO_LARGE,
        "Too large",
        "Send at most 128 KB, at most 500 values, and at most 20 KB in one text.",
    )
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes each problem down, with the portal's address in it and the reference of the request.
pub async fn written(base_url: Arc<str>, request: Request, next: Next) -> Response {
    let reference = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(ApiProblem(problem)) =
        response.extensions_mut().remove::<ApiProblem>().or_else(|| unwritten(response.status()))
    else {
        return response;
    };
    *response.status_mut() = problem.status;
    let at = |path: &str| format!("{base_url}{path}");
    let document = ProblemDocument {
        kind: at(&format!("/guidance/api#{}", problem.kind)),
        title: problem.title.to_owned(),
        status: problem.status.as_u16(),
        detail: problem.detail,
        errors: problem.errors,
        address: problem.page.as_deref().map(at),
        reference,
    };
    *response.body_mut() = Body::from(serde_json::to_vec(&document).unwrap_or_default());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = problem.challenge {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

/// What the framework refuses by itself is said as everything else is.
fn unwritten(status: StatusCode) -> Option<ApiProblem> {
    status.is_client_error().then(|| Fault::Malformed.into())
}

//! Who asks, by a token, and how often they may. Nothing is looked up before its limit was taken.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    actor::ActingToken,
    id::{OrganisationId, RegistrationId},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::Value;
use store::{Who, read::RegistrationDetails};
use usecases::{
    Caller, Fault, NotedRequest, Portal, ProofGiven,
    auth::{
        bucket::TooMany,
        limits::{API_BURST, API_WINDOW, address_key},
        reading::{NotNow, Reading},
    },
    registrations::{self, RegistrationView},
    tokens::read_secret,
};

use super::{
    Api,
    problem::{ApiProblem, too_large, unauthorised},
};
use crate::http::frame::BODY_LIMIT;
use crate::http::request::RequestId;

/// The longest name that a program gives a request, in bytes.
pub(super) const LONGEST_KEY: usize = 128;

/// Counts what comes from one address, whoever asks.
pub async fn limit_addresses(State(api): State<Api>, request: Request, next: Next) -> Response {
    let (portal, address) = (api.portal(), api.0.frame.address(&request));
    let now = portal.auth.ambient.now();
    match portal.auth.limits.api_by_address.take(&address_key(address), now) {
        Ok(()) => next.run(request).await,
        Err(TooMany { seconds }) => ApiProblem::from(Fault::TooMany { seconds }).into_response(),
    }
}

/// Puts a [`Caller`] into the request's extensions: whoever the token acts as. What a token reads stands as at one moment.
pub async fn authenticate(State(api): State<Api>, request: Request, next: Next) -> Response {
    let Some(token_hash) = presented(request.headers()) else { return unauthorised().into_response() };
    let (limiter, now) = (&api.portal().auth.limits.api_by_token, api.portal().auth.ambient.now());
    let taken = limiter.take(&token_hash, now);
    let left = limiter.left(&token_hash, now);
    let mut response = match taken {
        Ok(()) if *request.method() == Method::GET => {
            api.portal().store.as_one(answer(&api, token_hash, request, next)).await
        }
        Ok(()) => answer(&api, token_hash, request, next).await,
        Err(TooMany { seconds }) => ApiProblem::from(Fault::TooMany { seconds }).into_response(),
    };
    tell_of_limit(response.headers_mut(), left);
    response
}

async fn answer(api: &Api, token_hash: String, mut request: Request, next: Next) -> Response {
    let portal = api.portal();
    let signed_in = match portal.store.by_token(&token_hash, portal.auth.ambient.now()).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return unauthorised().into_response(),
        Err(error) => return ApiProblem::from(Fault::from(error)).into_response(),
    };
    let caller = Caller {
        who: Who::Token { token_hash },
        signed_in: Some(signed_in),
        address: api.0.frame.address(&request),
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        proof: ProofGiven::default(),
        request: NotedRequest::default(),
    };
    let account = caller.signed_in.as_ref().map(|found| found.person.account.to_string()).unwrap_or_default();
    request.extensions_mut().insert(caller);
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        // All tokens of a person together, and apart from what they read themselves.
        let (whose, now) = (format!("{account} by tokens"), portal.auth.ambient.now());
        if let Err(NotNow::TooMuch(TooMany { seconds })) =
            portal.auth.limits.reads.admit(&whose, Reading::Page, now).await
        {
            return ApiProblem::from(Fault::TooMany { seconds }).into_response();
        }
    }
    match *request.method() {
        Method::GET | Method::HEAD => next.run(request).await,
        _ => in_turn(api, &account, request, next).await,
    }
}

/// What one account changes is carried out one after the other, with its forms; what is sent is read before that, so that
/// nobody waits for a slow sender.
async fn in_turn(api: &Api, account: &str, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else { return too_large().into_response() };
    let Some(_turn) = api.0.forms.turn_of(account).await else {
        return ApiProblem::from(Fault::Busy).into_response();
    };
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// The hash of the secret that was sent, when one was.
fn presented(headers: &HeaderMap) -> Option<String> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (sent.next(), sent.next()) else { return None };
    let (scheme, secret) = one.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    read_secret(secret.trim()).filter(|_| is_bearer).map(|token| token.hash())
}

/// How much is left (draft-ietf-httpapi-ratelimit-headers).
fn tell_of_limit(headers: &mut HeaderMap, left: u32) {
    let window = API_WINDOW.whole_seconds();
    let pairs = [
        ("ratelimit-policy", format!("\"token\";q={API_BURST};w={window}")),
        ("ratelimit", format!("\"token\";r={left};t={}", i64::from(API_BURST - left.min(API_BURST)).min(window))),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Whoever asks for an operation, and the portal that answers.
pub struct Asking {
    /// The portal.
    pub portal: Portal,
    /// The person that the token acts as.
    pub caller: Caller,
    headers: HeaderMap,
    asked: String,
}

impl FromRequestParts<Api> for Asking {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiProblem> {
        let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(unauthorised)?;
        let asked = format!("{} {}", parts.method, parts.uri.path());
        Ok(Self { portal: api.portal().clone(), caller, headers: parts.headers.clone(), asked })
    }
}

impl Asking {
    /// The token that asks.
    ///
    /// # Errors
    /// Where nothing does: a fault of ours.
    pub fn token(&self) -> Result<&ActingToken, Fault> {
        self.caller.person()?.token.as_deref().ok_or(Fault::Unavailable)
    }

    /// The token's organisation.
    ///
    /// # Errors
    /// Where nothing asks: a fault of ours.
    pub fn organisation(&self) -> Result<OrganisationId, Fault> {
        self.caller.person()?.memberships.keys().next().copied().ok_or(Fault::NotFound)
    }

    /// A registration of the token's organisation in one of its environments.
    ///
    /// # Errors
    /// `NotFound`, or that the token is for other environments.
    pub async fn details(&self, id: &str) -> Result<RegistrationDetails, Fault> {
        let id: RegistrationId = id.parse().map_err(|_| Fault::NotFound)?;
        let details = registrations::details(&self.portal, &self.caller, id).await?;
        self.token()?.may_in(Some(&details.registration.environment))?;
        Ok(details)
    }

    /// The same with its draft judged.
    ///
    /// # Errors
    /// As [`Asking::details`].
    pub async fn registration(&self, id: &str) -> Result<RegistrationView, Fault> {
        let id = self.details(id).await?.registration.id;
        registrations::registration(&self.portal, &self.caller, id).await
    }

    /// Notes what the program calls this request, where it does: the same twice is done once.
    ///
    /// # Errors
    /// Where its name is none.
    pub fn note(&self, says: &Value) -> Result<(), ApiProblem> {
        let Some(key) = self.headers.get("idempotency-key") else { return Ok(()) };
        let is_name = |key: &&str| (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        let key = key.to_str().ok().filter(is_name);
        let key = key.ok_or_else(|| {
            ApiProblem::new(
                "malformed",
                StatusCode::BAD_REQUEST,
                "Cannot be read",
                "Send an Idempotency-Key of 1 to 128 visible characters.",
            )
        })?;
        // By itself: no form is called so.
        let name = format!("api {} {key}", self.token()?.id);
        let rests_on = self.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        self.caller.note_request(&name, &serde_json::json!([self.asked, rests_on, says]));
        Ok(())
    }

    /// What the change rests on, without the quotes.
    ///
    /// # Errors
    /// 428 where the program does not say it, 400 where it is no ETag.
    pub fn if_match(&self) -> Result<&str, ApiProblem> {
        let given = self.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        let given = given.ok_or_else(|| {
            ApiProblem::new(
                "if-match-needed",
                StatusCode::PRECONDITION_REQUIRED,
                "If-Match is needed",
                "Send the ETag of what you read as If-Match, so that nothing is saved over what someone else changed.",
            )
        })?;
        let quoted = given.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        quoted.filter(|tag| !tag.contains('"')).ok_or_else(|| {
            let detail = "Send one ETag as If-Match, as you were given it, with its quotes.";
            ApiProblem::new("malformed", StatusCode::BAD_REQUEST, "Cannot be read", detail)
        })
    }

    /// The same as the version of a registration.
    ///
    /// # Errors
    /// 428 where the program does not say it, 400 where it is no ETag, 412 where it is none of ours.
    pub fn version(&self) -> Result<u64, ApiProblem> {
        self.if_match()?.parse().map_err(|_| Fault::Stale.into())
    }
}

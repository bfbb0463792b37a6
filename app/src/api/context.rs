//! What a page or a command finds around it: the portal, and who is asking.

use super::error::ApiError;
use crate::auth::{
    Auth,
    bucket::{Limiter, TooMany},
    limits::address_key,
};
use domain::{actor::Person, policy::EnvironmentPolicy, refusal::Refusal};
use leptos::prelude::use_context;
use std::{net::IpAddr, ops::Deref, sync::Arc};
use store::{Done, Expected, Moment, SignedIn, Store, Stored, Who};

/// The portal, the same for every request. The server provides it to each. Layers, routes and pages all hold it: one more
/// holder is one more count, however many parts it has.
#[derive(Clone)]
pub struct Portal(Arc<PortalParts>);

impl From<PortalParts> for Portal {
    fn from(parts: PortalParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Portal {
    type Target = PortalParts;

    fn deref(&self) -> &PortalParts {
        &self.0
    }
}

/// What a [`Portal`] is made of.
#[derive(Clone)]
pub struct PortalParts {
    /// The one write path and the read models.
    pub store: Store,
    /// What guards accounts.
    pub auth: Auth,
    /// Where people reach this portal, without a final slash. From configuration, never from `Host`.
    pub base_url: Arc<str>,
    /// The address to which people write when they need a person; empty for none.
    pub contact: Arc<str>,
    /// The name of the session cookie: `__Host-session` where the base URL is https.
    pub session_cookie: &'static str,
    /// How long a session lasts at most, in seconds.
    pub session_seconds: i64,
    /// Reads an issuer's endpoints from its discovery document, cached.
    pub endpoints: Endpoints,
}

/// A reader of discovery documents: the issuer's endpoints, or none when they cannot be had now.
pub type Endpoints =
    Arc<dyn Fn(String) -> std::pin::Pin<Box<dyn Future<Output = Option<ProviderEndpoints>> + Send>> + Send + Sync>;

/// The endpoints in an issuer's discovery document (OpenID Connect Discovery 1.0, 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEndpoints {
    /// `authorization_endpoint`.
    pub authorization: String,
    /// `token_endpoint`.
    pub token: String,
    /// `userinfo_endpoint`.
    pub userinfo: String,
    /// `jwks_uri`.
    pub jwks: String,
}

/// Who is asking. The session layer puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session as the write path takes it.
    pub who: Who,
    /// The signed-in person; none for visitors.
    pub signed_in: Option<SignedIn>,
    /// The client's network address, for limits.
    pub address: IpAddr,
    /// The reference under which this request is logged.
    pub request_id: String,
}

impl Portal {
    /// The time now and fresh random bytes.
    pub fn moment(&self) -> Moment {
        Moment { now: self.auth.ambient.now(), seed: self.auth.ambient.bytes() }
    }

    /// Milliseconds since 1970 and random bytes: what an id is made of.
    pub fn id_parts(&self) -> (u64, [u8; 10]) {
        let millis = self.auth.ambient.now().unix_timestamp_nanos() / 1_000_000;
        (u64::try_from(millis).unwrap_or_default(), self.auth.ambient.bytes())
    }

    /// The policy of an environment.
    ///
    /// # Errors
    /// `NotFound` when it is not configured.
    pub fn environment(&self, name: &str) -> Result<&EnvironmentPolicy, ApiError> {
        self.store.environments().iter().find(|policy| policy.name == name).ok_or(ApiError::NotFound)
    }
}

impl Caller {
    /// The signed-in person.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors.
    pub fn signed_in(&self) -> Result<&SignedIn, ApiError> {
        self.signed_in.as_ref().ok_or(ApiError::Refused(Refusal::NotSignedIn))
    }

    /// The person as the rules know them.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors.
    pub fn person(&self) -> Result<&Person, ApiError> {
        self.signed_in().map(|signed_in| &signed_in.person)
    }
}

/// The portal of this request.
///
/// # Errors
/// `Unavailable` outside a request: a fault of ours.
pub fn portal() -> Result<Portal, ApiError> {
    use_context().ok_or(ApiError::Unavailable)
}

/// Who is asking.
///
/// # Errors
/// `Unavailable` outside a request: a fault of ours.
pub fn caller() -> Result<Caller, ApiError> {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned())
        .ok_or(ApiError::Unavailable)
}

/// Counts what the caller does.
///
/// # Errors
/// `NotSignedIn` for visitors; `TooFast` beyond the limit, and then the log says so.
pub fn limit(portal: &Portal, caller: &Caller, limiter: &Limiter) -> Result<(), ApiError> {
    let account = caller.person()?.account;
    limiter.take(&account.to_string(), portal.auth.ambient.now()).map_err(|TooMany { seconds }| {
        tracing::warn!(%account, address = address_key(caller.address), "an account sends too many commands");
        ApiError::TooFast { seconds }
    })
}

/// Runs one command of the caller through the one write path.
///
/// # Errors
/// `NotSignedIn` for visitors, whose session may just have ended: they sign in and go on. Else what the write path
/// answers; `TooFast` beyond what a person does: each command leaves an entry in the history for good.
pub async fn execute<A: Stored>(id: A::Id, expected: Expected, command: A::Command) -> Result<Done<A>, ApiError> {
    count_command()?;
    execute_counted(id, expected, command).await
}

/// Counts a command before it is worked out: what that costs is bounded by the same limit.
///
/// # Errors
/// `NotSignedIn` for visitors; `TooFast` beyond what a person does.
pub fn count_command() -> Result<(), ApiError> {
    let (portal, caller) = (portal()?, caller()?);
    limit(&portal, &caller, &portal.auth.limits.commands_by_account)
}

/// [`execute`] of a command that was counted.
///
/// # Errors
/// What the write path answers.
pub async fn execute_counted<A: Stored>(
    id: A::Id,
    expected: Expected,
    command: A::Command,
) -> Result<Done<A>, ApiError> {
    let (portal, caller) = (portal()?, caller()?);
    Ok(portal.store.execute(&portal.moment(), &caller.who, id, expected, command).await?)
}

//! The portal: everything that answers what is asked of it.

use crate::{
    Caller, Fault,
    attachments::Files,
    auth::{
        Auth,
        bucket::{Limiter, TooMany},
        limits::address_key,
    },
};
use domain::{
    account::Account,
    aggregate::Aggregate,
    id::{ClientId, OrganisationId, ServiceId},
    policy::EnvironmentPolicy,
};
use std::{ops::Deref, sync::Arc};
use store::{Done, Expected, Moment, Store, Stored};

/// The portal, the same for every request. Layers, routes and pages all hold it: one more
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
    /// Where files that belong to evidence are kept.
    pub files: Files,
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

impl Portal {
    /// The time now and fresh random bytes, for what nobody asked for by a request that is known again.
    pub fn moment(&self) -> Moment {
        Moment::new(self.auth.ambient.now(), self.auth.ambient.bytes())
    }

    /// Milliseconds since 1970 and random bytes: what an id is made of.
    pub fn id_parts(&self) -> (u64, [u8; 10]) {
        let millis = self.auth.ambient.now().unix_timestamp_nanos() / 1_000_000;
        (u64::try_from(millis).unwrap_or_default(), self.auth.ambient.bytes())
    }

    /// An id that no organisation has.
    pub fn fresh_organisation_id(&self) -> OrganisationId {
        let (millis, random) = self.id_parts();
        OrganisationId::from_parts(millis, random)
    }

    /// An id that no service has.
    pub fn fresh_service_id(&self) -> ServiceId {
        let (millis, random) = self.id_parts();
        ServiceId::from_parts(millis, random)
    }

    /// A client_id that nobody has.
    pub fn fresh_client_id(&self) -> ClientId {
        ClientId::from_random(self.auth.ambient.bytes())
    }

    /// The policy of an environment.
    ///
    /// # Errors
    /// `NotFound` when it is not configured.
    pub fn environment(&self, name: &str) -> Result<&EnvironmentPolicy, Fault> {
        self.store.environments().iter().find(|policy| policy.name == name).ok_or(Fault::NotFound)
    }

    /// Counts what the caller does.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors; `TooFast` beyond the limit, and then the log says so.
    pub fn limit(&self, caller: &Caller, limiter: &Limiter) -> Result<(), Fault> {
        let person = caller.person()?;
        let account = person.account;
        // What programs do in somebody's name keeps them from nothing, least of all from ending a token.
        let whose = if person.token.is_some() { format!("{account} by tokens") } else { account.to_string() };
        limiter.take(&whose, self.auth.ambient.now()).map_err(|TooMany { seconds }| {
            tracing::warn!(%account, address = address_key(caller.address), "an account sends too many commands");
            Fault::TooFast { seconds }
        })
    }

    /// Counts a command before it is worked out: what that costs is bounded by the same limit.
    ///
    /// # Errors
    /// `NotSignedIn` for visitors; `TooFast` beyond what a person does: each command leaves an entry in the history for
    /// good.
    pub fn count_command<'a>(&self, caller: &'a Caller) -> Result<Counted<'a>, Fault> {
        self.limit(caller, &self.auth.limits.commands_by_account)?;
        Ok(Counted(caller))
    }

    /// Runs one command through the one write path. A request that had its effect finds what came of it, whatever is there
    /// now.
    ///
    /// # Errors
    /// What the write path answers.
    pub async fn execute<A: Stored>(
        &self,
        Counted(caller): Counted<'_>,
        id: A::Id,
        expected: Expected,
        command: A::Command,
    ) -> Result<Done<A>, Fault> {
        let request = caller.request.key().filter(|_| !is_own_account::<A>(caller, id)).cloned();
        let moment = Moment { request, ..self.moment() };
        Ok(self.store.execute(&moment, &caller.who, id, expected, command).await?)
    }

    /// What came of this request, if it had its effect already: where something on the way to its command cannot be done
    /// twice, such as showing a code.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn done_before<A: Stored>(&self, caller: &Caller) -> Result<Option<Done<A>>, Fault> {
        match caller.request.key() {
            Some(key) => Ok(self.store.outcome_of(key).await?),
            None => Ok(None),
        }
    }
}

/// Whether it is the caller's own account: proofs, secrets and sessions are shown and made each time.
fn is_own_account<A: Stored>(caller: &Caller, id: A::Id) -> bool {
    A::KIND == Account::KIND && caller.person().is_ok_and(|person| person.account.to_string() == id.to_string())
}

/// A caller of whom one command was counted: it takes one to run a command, so that none is run that was not.
#[derive(Debug)]
pub struct Counted<'a>(&'a Caller);

//! The provider's own addresses: whoever registers one copied it from the documentation.

use super::{Mend, Refusal, refuse_with};
use crate::rule::UriFault;

/// The hosts of NHS login's issuers (compare-environments.md), for the browser too. Those of other issuers are in the
/// configuration: `protected::Protected`.
pub(crate) const HOSTS: [&str; 3] = ["auth.login.nhs.uk", "auth.aos.signin.nhs.uk", "auth.sandpit.signin.nhs.uk"];

/// Refuses an address on one of the hosts.
pub(super) fn check(host: &str) -> Result<(), Refusal> {
    match HOSTS.contains(&host) {
        true => refuse_with(UriFault::Provider(host.to_owned()), Mend::Nothing),
        false => Ok(()),
    }
}

/// Refuses the address of an authorize request, with the redirect URI that is in it.
pub(super) fn check_authorize_request(text: &str) -> Result<(), Refusal> {
    let Some((_, query)) = text.split_once('?') else { return Ok(()) };
    let inner = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("redirect_uri="));
    match inner {
        Some(inner) => refuse_with(UriFault::AuthorizeRequest, Mend::Form(super::mistake::decoded(inner))),
        None => Ok(()),
    }
}

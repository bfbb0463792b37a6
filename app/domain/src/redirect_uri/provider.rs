//! The provider's own addresses: whoever registers one copied it from the documentation.

use super::{Mend, Refusal, refuse_with};

/// The hosts of NHS login's issuers (compare-environments.md), for the browser too. Those of other issuers are in the
/// configuration: `protected::Protected`.
pub(crate) const HOSTS: [&str; 3] = ["auth.login.nhs.uk", "auth.aos.signin.nhs.uk", "auth.sandpit.signin.nhs.uk"];

/// Refuses an address on one of the hosts.
pub(super) fn check(host: &str) -> Result<(), Refusal> {
    match HOSTS.contains(&host) {
        true => Err(of(host)),
        false => Ok(()),
    }
}

/// The refusal of an address of the provider.
pub(super) fn of(host: &str) -> Refusal {
    Refusal { rule: "uri-provider", sentence: sentence(host), mend: Mend::Nothing }
}

/// What is wrong with an address on a host of the provider.
pub(super) fn sentence(host: &str) -> String {
    format!(
        "The redirect URI is an address of the provider ({host}), not of your service. Enter the address on your own host \
         that people come back to."
    )
}

/// Refuses the address of an authorize request, with the redirect URI that is in it.
pub(super) fn check_authorize_request(text: &str) -> Result<(), Refusal> {
    let Some((_, query)) = text.split_once('?') else { return Ok(()) };
    let inner = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("redirect_uri="));
    match inner {
        Some(inner) => refuse_with(
            "uri-authorize-request",
            "The redirect URI is the address of an authorize request to the provider, with your own address inside. \
             Enter that one alone.",
            Mend::Form(super::mistake::decoded(inner)),
        ),
        None => Ok(()),
    }
}

//! How often somebody may try, and what the log says of it.

use super::{
    bucket::{Limiter, TooMany},
    limits::address_key,
};
use crate::{Caller, Fault, Portal};
use domain::{
    email::EmailAddress,
    id::{AccountId, OrganisationId},
    refusal::Refusal,
};

/// Counts a form of somebody who is not signed in, whatever becomes of it.
///
/// # Errors
/// `TooMany` beyond the limit of an address.
pub fn limit_forms(portal: &Portal, caller: &Caller) -> Result<(), Fault> {
    limit_address(portal, caller, &portal.auth.limits.forms_by_address, "forms from this address")
}

/// Counts what comes from an address.
///
/// # Errors
/// `TooMany` beyond the limit, and then the log says so.
pub fn limit_address(portal: &Portal, caller: &Caller, limiter: &Limiter, what: &str) -> Result<(), Fault> {
    let taken = limiter.take(&address_key(caller.address), portal.auth.ambient.now());
    taken.map_err(|many| too_many(what, None, caller, many))
}

/// Counts a mail to an address that somebody typed.
///
/// # Errors
/// `TooMany` beyond the limit of the caller's address, or of the one that is mailed.
pub fn limit_mail(portal: &Portal, caller: &Caller, address: &EmailAddress) -> Result<(), Fault> {
    let now = portal.auth.ambient.now();
    let limits = &portal.auth.limits;
    let taken = limits.mail_by_address.take(&address_key(caller.address), now);
    let taken = taken.and_then(|()| limits.mail_by_account.take(&address.key(), now));
    taken.map_err(|many| too_many("mails", None, caller, many))
}

/// Counts an invitation that the caller sends to an address. It takes nothing of what that address may ask for itself.
///
/// # Errors
/// `NotSignedIn`; `TooMany` beyond the limit of the caller, or of the address.
pub fn limit_invitation(portal: &Portal, caller: &Caller, address: &EmailAddress) -> Result<(), Fault> {
    let (limits, now, account) = (&portal.auth.limits, portal.auth.ambient.now(), caller.person()?.account);
    let taken = limits.invitations_by_account.take(&account.to_string(), now);
    let taken = taken.and_then(|()| limits.mail_by_account.take(&format!("invitation {}", address.key()), now));
    taken.map_err(|many| too_many("invitations", Some(account), caller, many))
}

/// Counts a request of the caller to join an organisation.
///
/// # Errors
/// `NotSignedIn`; `TooMany` beyond the limit of the caller, or of the caller at this organisation.
pub fn limit_asking(portal: &Portal, caller: &Caller, organisation: OrganisationId) -> Result<(), Fault> {
    let (limits, now, account) = (&portal.auth.limits, portal.auth.ambient.now(), caller.person()?.account);
    let taken = limits.requests_to_join.take(&account.to_string(), now);
    let taken = taken.and_then(|()| limits.requests_to_join_one.take(&format!("{account} {organisation}"), now));
    taken.map_err(|many| too_many("requests to join", Some(account), caller, many))
}

/// Counts one password for an account: by its id, or by the address that was typed.
///
/// # Errors
/// `TooMany` beyond the limit of the account, or of it from the caller's address.
pub fn limit_password(portal: &Portal, caller: &Caller, account: &str) -> Result<(), Fault> {
    let (limits, now) = (&portal.auth.limits, portal.auth.ambient.now());
    let taken = limits.password_by_account_and_address.take(&from_here(caller, account), now);
    let taken = taken.and_then(|()| limits.password_by_account.take(account, now));
    taken.map_err(|many| too_many("passwords for one account", account.parse().ok(), caller, many))
}

/// A right password: those before it count no more.
pub fn forgive_password(portal: &Portal, caller: &Caller, account: &str) {
    portal.auth.limits.password_by_account_and_address.forgive(&from_here(caller, account));
    portal.auth.limits.password_by_account.forgive(account);
}

fn from_here(caller: &Caller, account: &str) -> String {
    format!("{account} {}", address_key(caller.address))
}

/// Counts one code, or one password that is shown again, for an account.
///
/// # Errors
/// `TooMany` beyond the limit.
pub fn limit_code(portal: &Portal, caller: &Caller, account: AccountId) -> Result<(), Fault> {
    let taken = portal.auth.limits.code_by_account.take(&account.to_string(), portal.auth.ambient.now());
    taken.map_err(|many| too_many("codes for one account", Some(account), caller, many))
}

/// A limit is met: whoever watches the log sees guessing (ASVS 5.0, 16.3.1). No e-mail address is in the log.
fn too_many(what: &str, account: Option<AccountId>, caller: &Caller, many: TooMany) -> Fault {
    let account = account.map(|account| account.to_string());
    tracing::warn!(what, account, address = address_key(caller.address), "too many tries");
    many.into()
}

/// A code that only the write path could judge is wrong, or was used before.
pub fn noted(error: Fault, account: AccountId, caller: &Caller) -> Fault {
    if error == Fault::Refused(Refusal::CodeWrong) {
        note_wrong("code", Some(account), caller);
    }
    error
}

/// A password or a code is wrong.
pub fn note_wrong(what: &str, account: Option<AccountId>, caller: &Caller) {
    let account = account.map(|account| account.to_string());
    tracing::warn!(what, account, address = address_key(caller.address), "a wrong try");
}

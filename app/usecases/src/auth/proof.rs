//! Passwords and codes that are shown again: what a decision rests on, and how a person signs in.

use super::{
    TotpSecret, totp,
    tries::{forgive_password, limit_code, limit_password, note_wrong, noted},
};
use crate::{
    Caller, Fault, Portal,
    typed::{TypedCode, TypedPassword},
};
use domain::{
    account::{Account, Command, Proof, Secret},
    id::AccountId,
    problem::Problem,
    refusal::Refusal,
    rule::AccountFault,
};
use store::{CredentialsRow, Expected, Who};
use time::OffsetDateTime;

/// Shows a password, or a code, again: a decision may rest on this session for the next five minutes.
///
/// # Errors
/// `Problems` at `field` when it is wrong.
pub async fn reauthenticate(portal: &Portal, caller: &Caller, field: &str, typed: &str) -> Result<(), Fault> {
    let signed_in = caller.signed_in()?;
    let now = portal.auth.ambient.now();
    if signed_in.person.is_freshly_authenticated(now) && typed.is_empty() {
        return Ok(());
    }
    let typed = TypedPassword::from(typed);
    let typed = typed_password(field, &typed)?;
    if typed.trim().is_empty() {
        return Err(Refusal::problem(Problem::new(field, AccountFault::ProofMissing)).into());
    }
    let account = signed_in.person.account;
    let looks_like_code = typed.chars().filter(|c| !c.is_whitespace()).count() == 6 && typed.trim().is_ascii();
    let proof = if looks_like_code {
        proof_of(portal, caller, account, typed).await.map_err(|error| at_field(error, field))?
    } else {
        limit_code(portal, caller, account)?;
        check_own_password(portal, caller, field, typed).await?;
        Proof::PasswordOnly
    };
    let command = Command::Reauthenticate { session: session_hash(caller)?, proof };
    let done = of_own_account(portal, caller, account, command).await;
    done.map_err(|error| at_field(noted(error, account, caller), field))?;
    caller.proof.note();
    Ok(())
}

/// Whether it is the caller's own password.
///
/// # Errors
/// `Problems` at `field` when it is not; `TooMany`; `Busy` where too many are checked.
pub async fn check_own_password(portal: &Portal, caller: &Caller, field: &str, typed: &str) -> Result<(), Fault> {
    let account = caller.person()?.account;
    limit_password(portal, caller, &account.to_string())?;
    let row = portal.store.credentials(account).await?;
    let phc = row.as_ref().and_then(|row| row.password_phc.as_deref());
    if verify_password(portal, typed, phc).await? {
        forgive_password(portal, caller, &account.to_string());
        return Ok(());
    }
    note_wrong("password", Some(account), caller);
    Err(Fault::Refused(Refusal::problem(Problem::new(field, AccountFault::PasswordWrong))))
}

/// Where the account has a second factor, its password and an open session are not enough to change how its person signs
/// in: a code is asked too, which is used up by this.
///
/// # Errors
/// `Problems` at `code` when it is wrong; `TooMany`.
pub async fn check_own_code(portal: &Portal, caller: &Caller, typed: &str) -> Result<(), Fault> {
    let signed_in = caller.signed_in()?;
    if !signed_in.has_second_factor {
        return Ok(());
    }
    let account = signed_in.person.account;
    let proof = proof_of(portal, caller, account, typed).await?;
    let command = Command::Reauthenticate { session: session_hash(caller)?, proof };
    let done = of_own_account(portal, caller, account, command).await;
    done.map_err(|error| at_field(noted(error, account, caller), "code"))
}

/// What a typed code proves, of the app or of recovery; whether the latter is right only the write path can tell.
///
/// # Errors
/// `Problems` at `code` when it is wrong; `TooMany`.
pub async fn proof_of(portal: &Portal, caller: &Caller, account: AccountId, code: &str) -> Result<Proof, Fault> {
    limit_code(portal, caller, account)?;
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    let now = portal.auth.ambient.now();
    if let Some(step) = totp_step(portal, &row, code, now) {
        return Ok(Proof::Totp { step });
    }
    let typed = code.chars().filter(|c| c.is_ascii_alphanumeric()).count();
    if typed > 8 {
        return Ok(Proof::RecoveryCode { hash: Secret(totp::recovery_hash(code)) });
    }
    note_wrong("code", Some(account), caller);
    Err(wrong_code())
}

fn totp_step(portal: &Portal, row: &CredentialsRow, code: &str, now: OffsetDateTime) -> Option<i64> {
    let secret = unseal_totp(portal, row.account.id, row.totp_sealed.as_deref()?)?;
    secret.matching_step(code, now, row.last_totp_step)
}

fn at_field(error: Fault, field: &str) -> Fault {
    match error {
        Fault::Refused(Refusal::CodeWrong) => Fault::Refused(Refusal::problem(Problem::new(field, AccountFault::Code))),
        Fault::Refused(Refusal::Problems(problems)) => Fault::Refused(Refusal::Problems(
            problems.into_iter().map(|problem| Problem { field: field.into(), ..problem }).collect(),
        )),
        other => other,
    }
}

/// That a code is wrong.
pub fn wrong_code() -> Fault {
    Fault::Refused(Refusal::problem(Problem::new("code", AccountFault::Code)))
}

/// By what the caller's session is known.
///
/// # Errors
/// `NotSignedIn` for visitors.
pub fn session_hash(caller: &Caller) -> Result<Secret, Fault> {
    match &caller.who {
        Who::Session { token_hash } => Ok(Secret(token_hash.clone())),
        _ => Err(Fault::Refused(Refusal::NotSignedIn)),
    }
}

/// A password that is shown again, unless it is longer than any could be.
///
/// # Errors
/// `Problems` at `field`.
pub fn typed_password<'a>(field: &str, typed: &'a TypedPassword) -> Result<&'a str, Fault> {
    Ok(typed.read(field, "The password").map_err(Refusal::problem)?)
}

/// A code, unless it is longer than any could be.
///
/// # Errors
/// `Problems` at `field`.
pub fn typed_code<'a>(field: &str, typed: &'a TypedCode) -> Result<&'a str, Fault> {
    Ok(typed.read(field, "The code").map_err(Refusal::problem)?)
}

/// The hash of a password that was chosen.
///
/// # Errors
/// `Busy` where too many are hashed.
pub async fn hash(portal: &Portal, password: &str) -> Result<Secret, Fault> {
    let salt = portal.auth.ambient.bytes();
    Ok(Secret(portal.auth.passwords.hash(password, salt).await?))
}

/// Whether a password is that of a hash: the same work where there is none.
///
/// # Errors
/// `Busy` where too many are checked.
pub async fn verify_password(portal: &Portal, typed: &str, phc: Option<&str>) -> Result<bool, Fault> {
    Ok(portal.auth.passwords.verify(typed, phc).await?)
}

/// Seals a secret for its account.
///
/// # Errors
/// `Unavailable` where it cannot be sealed.
pub fn seal(portal: &Portal, account: AccountId, secret: &[u8]) -> Result<String, Fault> {
    let nonce = portal.auth.ambient.bytes();
    let owner = account.to_string();
    portal.auth.secrets.seal(secret, owner.as_bytes(), nonce).ok_or(Fault::Unavailable)
}

/// What was sealed for an account; none, and a line in the log, where it does not open.
pub fn unseal(portal: &Portal, account: AccountId, sealed: &str) -> Option<Vec<u8>> {
    let opened = portal.auth.secrets.open(sealed, account.to_string().as_bytes());
    if opened.is_none() {
        tracing::error!(%account, "a secret does not open: security.secret_key_file is not the key that sealed it");
    }
    opened
}

/// A second-factor secret that was sealed for an account.
pub fn unseal_totp(portal: &Portal, account: AccountId, sealed: &str) -> Option<TotpSecret> {
    TotpSecret::from_slice(&unseal(portal, account, sealed)?)
}

async fn of_own_account(portal: &Portal, caller: &Caller, account: AccountId, command: Command) -> Result<(), Fault> {
    let counted = portal.count_command(caller)?;
    portal.execute::<Account>(counted, account, Expected::Any, command).await.map(drop)
}

//! The second factor: set up with a first code, removed, and the recovery codes that come with it.

use super::{PENDING_LASTS, as_oneself, renew, sealed_text, waiting_form};
use crate::{
    Caller, Fault, Portal,
    auth::{
        Token, TotpSecret,
        proof::{
            check_own_code, check_own_password, seal, session_hash, typed_code, typed_password, unseal, unseal_totp,
            wrong_code,
        },
        totp,
        tries::{limit_code, note_wrong},
        waiting,
    },
    typed::{TypedCode, TypedPassword},
};
use domain::{
    account::{Command, Secret},
    id::AccountId,
};

/// For what a fresh second-factor secret, and fresh recovery codes, wait under the token of the session.
const ENROLMENT: &str = "second-factor";
const CODES: &str = "recovery-codes";

/// Begins to set a second factor: a fresh secret waits, sealed, until its first code is right.
///
/// # Errors
/// `NotSignedIn`; a wrong password, or a wrong code of the factor that there is; `TooMany`.
pub async fn begin_second_factor(
    portal: &Portal,
    caller: &Caller,
    session: &Token,
    (password, code): (&TypedPassword, &TypedCode),
) -> Result<(), Fault> {
    check_own_password(portal, caller, "password", typed_password("password", password)?).await?;
    check_own_code(portal, caller, typed_code("code", code)?).await?;
    let account = caller.person()?.account;
    let secret = TotpSecret::from_bytes(portal.auth.ambient.bytes());
    let sealed = seal(portal, account, secret.as_bytes())?;
    let form = waiting_form(ENROLMENT, sealed.into(), Some(account));
    waiting::keep(portal, session, ENROLMENT, &form, PENDING_LASTS).await
}

/// The secret to scan or type.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret in groups of four letters.
    pub grouped: String,
    /// The `otpauth://` address.
    pub uri: String,
}

/// The secret that waits for its first code; none when it has run out.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn enrolment(portal: &Portal, caller: &Caller, session: &Token) -> Result<Option<Enrolment>, Fault> {
    let email = &caller.signed_in()?.email;
    let secret = waiting_secret(portal, caller, session).await?;
    Ok(secret.map(|secret| Enrolment {
        grouped: secret.grouped(),
        uri: secret.uri("NHS login partner registration", email),
    }))
}

async fn waiting_secret(portal: &Portal, caller: &Caller, session: &Token) -> Result<Option<TotpSecret>, Fault> {
    let account = caller.person()?.account;
    let sealed = sealed_text(portal, session, ENROLMENT, account).await?;
    Ok(sealed.and_then(|sealed| unseal_totp(portal, account, &sealed)))
}

/// Turns the second factor on once a code is right, and gives the session another token; the recovery codes wait under that. None
/// where the secret has waited too long.
///
/// # Errors
/// `NotSignedIn`; a wrong code; `TooMany`; `TooFast`.
pub async fn confirm_second_factor(
    portal: &Portal,
    caller: &Caller,
    session: &Token,
    code: &TypedCode,
) -> Result<Option<Token>, Fault> {
    let account = caller.person()?.account;
    let now = portal.auth.ambient.now();
    limit_code(portal, caller, account)?;
    let code = typed_code("code", code)?;
    let Some(secret) = waiting_secret(portal, caller, session).await? else { return Ok(None) };
    let step = secret.matching_step(code, now, None).ok_or_else(|| {
        note_wrong("code", Some(account), caller);
        wrong_code()
    })?;
    let codes: Vec<String> =
        (0..totp::RECOVERY_CODES).map(|_| totp::recovery_code(portal.auth.ambient.bytes())).collect();
    let command = Command::SetSecondFactor {
        totp: Secret(seal(portal, account, secret.as_bytes())?),
        step,
        recovery_codes: codes.iter().map(|code| Secret(totp::recovery_hash(code))).collect(),
        keep: session_hash(caller)?,
    };
    as_oneself(portal, caller, command).await?;
    waiting::forget(portal, session, ENROLMENT).await?;
    // First what waits for the other token: whatever goes wrong, the caller is not left with one that opens nothing.
    let next = Token::from_bytes(portal.auth.ambient.bytes());
    show_codes_once(portal, &next, account, &codes).await?;
    portal.store.renew_session(&session.hash(), &next.hash()).await?;
    Ok(Some(next))
}

async fn show_codes_once(portal: &Portal, session: &Token, account: AccountId, codes: &[String]) -> Result<(), Fault> {
    let bytes = serde_json::to_vec(codes).unwrap_or_default();
    let form = waiting_form(CODES, seal(portal, account, &bytes)?.into(), Some(account));
    waiting::keep(portal, session, CODES, &form, PENDING_LASTS).await
}

/// Removes the second factor, where the account may be without one, and gives the session another token.
///
/// # Errors
/// `NotSignedIn`; a wrong password or code; what the rules refuse; `TooMany`; `TooFast`.
pub async fn remove_second_factor(
    portal: &Portal,
    caller: &Caller,
    session: &Token,
    (password, code): (&TypedPassword, &TypedCode),
) -> Result<Token, Fault> {
    check_own_password(portal, caller, "password", typed_password("password", password)?).await?;
    check_own_code(portal, caller, typed_code("code", code)?).await?;
    as_oneself(portal, caller, Command::RemoveSecondFactor { keep: session_hash(caller)? }).await?;
    renew(portal, session).await
}

/// The fresh recovery codes, until the person says that they are saved or ten minutes are over. Sealed until then.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes(portal: &Portal, caller: &Caller, session: &Token) -> Result<Vec<String>, Fault> {
    let account = caller.person()?.account;
    let Some(sealed) = sealed_text(portal, session, CODES, account).await? else { return Ok(Vec::new()) };
    Ok(unseal(portal, account, &sealed).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// How many of the caller's recovery codes were not used yet.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes_left(portal: &Portal, caller: &Caller) -> Result<u64, Fault> {
    Ok(portal.store.recovery_codes_left(caller.person()?.account).await?)
}

/// The recovery codes are saved: they are never shown again.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn drop_recovery_codes(portal: &Portal, caller: &Caller, session: &Token) -> Result<(), Fault> {
    caller.person()?;
    waiting::forget(portal, session, CODES).await
}

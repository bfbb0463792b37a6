//! A password and a name, changed by whoever has them.

use super::{as_oneself, new_password, own_name, renew};
use crate::{
    Caller, Fault, Portal,
    auth::{
        Asked, Token,
        proof::{check_own_code, check_own_password, hash, session_hash, typed_code, typed_password},
    },
    typed::{TypedCode, TypedName, TypedPassword},
};
use domain::{account::Command, refusal::Refusal};

/// Chooses a new password; ends every other session, and gives this one another token.
///
/// # Errors
/// `NotSignedIn`; what is wrong with what was typed, the present password and the code included; `TooMany`; `TooFast`.
pub async fn change_password(
    portal: &Portal,
    caller: &Caller,
    session: &Token,
    (current, password, code): (&TypedPassword, &TypedPassword, &TypedCode),
) -> Result<Token, Fault> {
    let signed_in = caller.signed_in()?;
    check_own_password(portal, caller, "current", typed_password("current", current)?).await?;
    let password = new_password(portal, Asked::New, password, &signed_in.email).await?.map_err(Refusal::problem)?;
    check_own_code(portal, caller, typed_code("code", code)?).await?;
    let password = hash(portal, password).await?;
    as_oneself(portal, caller, Command::ChangePassword { password, keep: session_hash(caller)? }).await?;
    renew(portal, session).await
}

/// Changes the caller's name.
///
/// # Errors
/// `NotSignedIn`; what is wrong with the name; `TooFast`.
pub async fn rename(portal: &Portal, caller: &Caller, name: &TypedName) -> Result<(), Fault> {
    caller.person()?;
    let name = own_name(name).map_err(Refusal::problem)?;
    as_oneself(portal, caller, Command::Rename { name }).await
}

//! Accounts as they begin, and as their owners come back to them: by mailed links.

use super::{account_of, as_visitor, link, new_password, or_noted, own_email, own_name};
use crate::{
    Caller, Fault, Portal,
    auth::{
        Asked,
        proof::{hash, typed_password, verify_password},
        tries::{forgive_password, limit_forms, limit_mail, limit_password, note_wrong},
    },
    typed::{TypedEmail, TypedName, TypedPassword},
};
use domain::{account::Command, email::EmailAddress, problem::Problem, refusal::Refusal, rule::AccountFault};
use store::LinkPurpose;

/// Creates an account, or tells the owner of the address that somebody tried to.
///
/// # Errors
/// What is wrong with what was typed, by field; `TooMany` forms or mails.
pub async fn sign_up(
    portal: &Portal,
    caller: &Caller,
    name: &TypedName,
    email: &TypedEmail,
    password: &TypedPassword,
) -> Result<(), Fault> {
    limit_forms(portal, caller)?;
    let mut problems = Vec::new();
    let name = or_noted(own_name(name), &mut problems);
    let address = or_noted(own_email(email), &mut problems);
    let known = address.as_ref().map_or("", EmailAddress::as_str);
    let password = or_noted(new_password(portal, Asked::First, password, known).await?, &mut problems);
    let (Some(name), Some(address), Some(password)) = (name, address, password) else {
        return Err(Refusal::Problems(problems).into());
    };
    limit_mail(portal, caller, &address)?;
    let password = hash(portal, password).await?;
    let id = account_of(portal, &address).await?;
    match as_visitor(portal, id, Command::SignUp { email: address, name, password }).await {
        // Two sign-ups raced for one address: the other one mails.
        Ok(()) | Err(Fault::Refused(Refusal::AccountExists)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Confirms the address: only this, never the visit to the link, uses the link up.
///
/// The link shows that the address is theirs, the password that the sign-up was. Somebody who signs up with another
/// person's address, before or after them, chooses a password that the owner of the address does not know: whichever of
/// the mails the owner follows, that password never opens a verified account.
///
/// # Errors
/// `LinkGone`; a wrong password; `TooMany` forms or passwords.
pub async fn verify(portal: &Portal, caller: &Caller, token: &str, password: &TypedPassword) -> Result<(), Fault> {
    limit_forms(portal, caller)?;
    let password = typed_password("password", password)?;
    let (account, link) = link(portal, token, LinkPurpose::Verify).await?;
    limit_password(portal, caller, &account.to_string())?;
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    if !verify_password(portal, password, row.password_phc.as_deref()).await? {
        note_wrong("password", Some(account), caller);
        return Err(Refusal::problem(Problem::new("password", AccountFault::PasswordOfSignUp)).into());
    }
    forgive_password(portal, caller, &account.to_string());
    as_visitor(portal, account, Command::Verify { link, shown: row.fingerprint }).await
}

/// Mails a link to choose a new password, when the address has an account.
///
/// # Errors
/// What is wrong with the address; `TooMany` forms or mails.
pub async fn ask_reset(portal: &Portal, caller: &Caller, email: &TypedEmail) -> Result<(), Fault> {
    limit_forms(portal, caller)?;
    let address = own_email(email).map_err(Refusal::problem)?;
    limit_mail(portal, caller, &address)?;
    // The same work whether the address is known or not: one hash, one commit.
    verify_password(portal, "", None).await?;
    match portal.store.credentials_by_email(&address.key()).await?.filter(|row| row.account.disabled.is_none()) {
        Some(row) => as_visitor(portal, row.account.id, Command::AskReset).await,
        None => Ok(portal.store.write_in_vain().await?),
    }
}

/// Chooses a new password by a mailed link; ends every session. The name is asked for before the address is verified.
///
/// # Errors
/// `LinkGone`; what is wrong with what was typed, by field; `TooMany` forms.
pub async fn reset_password(
    portal: &Portal,
    caller: &Caller,
    token: &str,
    password: &TypedPassword,
    name: &TypedName,
) -> Result<(), Fault> {
    limit_forms(portal, caller)?;
    let (account, link) = link(portal, token, LinkPurpose::Reset).await?;
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    let mut problems = Vec::new();
    let name = if row.account.verified.is_some() { None } else { or_noted(own_name(name), &mut problems) };
    let email = row.account.email.as_ref().map_or("", EmailAddress::as_str);
    // The page calls the field as it is: a password, or a new one.
    let asked = if row.password_phc.is_none() { Asked::First } else { Asked::New };
    let password = or_noted(new_password(portal, asked, password, email).await?, &mut problems);
    let Some(password) = password.filter(|_| problems.is_empty()) else {
        return Err(Refusal::Problems(problems).into());
    };
    let password = hash(portal, password).await?;
    as_visitor(portal, account, Command::ResetPassword { link, password, name }).await
}

/// Whether the address can still be verified by a mailed link. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_verify_link_open(portal: &Portal, token: &str) -> Result<bool, Fault> {
    match link(portal, token, LinkPurpose::Verify).await {
        Ok(_) => Ok(true),
        Err(Fault::Refused(Refusal::LinkGone)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What whoever follows a mailed link for choosing a password has to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordLink {
    /// Whether there is none yet: an invitation, or an account that the operator opened again.
    pub is_first: bool,
    /// The name as it is, where the person has to say it: before the address is verified.
    pub asks_name: Option<String>,
}

/// What a mailed link for choosing a password is for; none when it cannot be used any more. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn password_link(portal: &Portal, token: &str) -> Result<Option<PasswordLink>, Fault> {
    let account = match link(portal, token, LinkPurpose::Reset).await {
        Ok((account, _)) => account,
        Err(Fault::Refused(Refusal::LinkGone)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    Ok(Some(PasswordLink {
        is_first: row.password_phc.is_none(),
        asks_name: row.account.verified.is_none().then_some(row.account.name),
    }))
}

//! What people do about their own accounts: sign-up, verification, sign-in, second factor, passwords and sessions.
//!
//! Whether an address is known makes no difference to what is answered or to how much work is done: every path
//! that could tell hashes one password (threat 16). Each counts against a limit before it does anything that costs more
//! than a page; what is longer than its field is for is not looked at; and what costs much is done in a pool.
//!
//! A session is known by a token that whoever asks holds, as a cookie or otherwise. Where what guards the account is changed,
//! another one comes out (ASVS 5.0, 7.2.4).

mod by_invitation;
mod own;
mod second_factor;
mod sessions;
mod sign_in;
mod sign_up;

pub use by_invitation::{InvitationLink, Joined, invitation_link, join_by_link};
pub use own::{change_password, rename};
pub use second_factor::{
    Enrolment, begin_second_factor, confirm_second_factor, drop_recovery_codes, enrolment, recovery_codes,
    recovery_codes_left, remove_second_factor,
};
pub use sessions::{open_sessions, renew, sign_out, sign_out_everywhere};
pub use sign_in::{SignIn, SignedIn, Step, is_code_awaited, sign_in, sign_in_code};
pub use sign_up::{PasswordLink, ask_reset, is_verify_link_open, password_link, reset_password, sign_up, verify};

use crate::{
    Caller, Fault, Portal,
    auth::{Asked, KeptForm, Token, judge_password, waiting},
    typed::{TypedEmail, TypedName, TypedPassword},
};
use domain::{
    account::{Account, Command, Secret},
    email::EmailAddress,
    id::AccountId,
    problem::Problem,
    refusal::Refusal,
    text,
};
use store::{Expected, LinkPurpose, Who};
use time::Duration;

/// How long a right password waits for its code, and a fresh secret for its first one.
pub const PENDING_LASTS: Duration = Duration::minutes(10);

fn own_name(typed: &TypedName) -> Result<String, Problem> {
    let typed = typed.read("name", "Your name")?;
    text::one_line("name", "your name", typed, 100)
}

fn own_email(typed: &TypedEmail) -> Result<EmailAddress, Problem> {
    EmailAddress::parse(typed.read("email", "The email address")?)
}

/// A password that is chosen, when it may be; the rules that cost much are looked at in the pool.
async fn new_password<'a>(
    portal: &Portal,
    asked: Asked,
    typed: &'a TypedPassword,
    email: &str,
) -> Result<Result<&'a str, Problem>, Fault> {
    let password = match typed.read("password", "The password") {
        Ok(password) => password,
        Err(problem) => return Ok(Err(problem)),
    };
    let judged = judge_password(&portal.auth.checks, asked, password, email).await?;
    Ok(judged.map(|()| password))
}

/// The value, or its problem beside the others.
fn or_noted<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// The account of an address, or an id for a new one.
async fn account_of(portal: &Portal, address: &EmailAddress) -> Result<AccountId, Fault> {
    let known = portal.store.credentials_by_email(&address.key()).await?;
    let (millis, random) = portal.id_parts();
    Ok(known.map_or_else(|| AccountId::from_parts(millis, random), |row| row.account.id))
}

/// What nobody has to be signed in for.
async fn as_visitor(portal: &Portal, account: AccountId, command: Command) -> Result<(), Fault> {
    let (moment, who) = (portal.moment(), Who::Visitor);
    portal.store.execute::<Account>(&moment, &who, account, Expected::Any, command).await?;
    Ok(())
}

/// What the caller does to their own account.
async fn as_oneself(portal: &Portal, caller: &Caller, command: Command) -> Result<(), Fault> {
    let account = caller.person()?.account;
    let counted = portal.count_command(caller)?;
    portal.execute::<Account>(counted, account, Expected::Any, command).await?;
    Ok(())
}

/// The account of a mailed link that can still be used for this.
async fn link(portal: &Portal, token: &str, purpose: LinkPurpose) -> Result<(AccountId, Secret), Fault> {
    let gone = Fault::Refused(Refusal::LinkGone);
    let Some(token) = Token::parse(token) else { return Err(gone) };
    let found = portal.store.link(&token.hash(), portal.auth.ambient.now()).await?;
    match found.filter(|(_, of)| *of == purpose) {
        Some((account, _)) => Ok((account, Secret(token.hash()))),
        None => Err(gone),
    }
}

/// What waits for a token and is no refused form.
pub(crate) fn waiting_form(form: &str, values: serde_json::Value, account: Option<AccountId>) -> KeptForm {
    KeptForm { form: form.to_owned(), values, problems: Vec::new(), account }
}

/// The sealed text that waits under a token, that of a session or one made up for it, when it is this account's.
pub(crate) async fn sealed_text(
    portal: &Portal,
    session: &Token,
    purpose: &str,
    account: AccountId,
) -> Result<Option<String>, Fault> {
    let kept = waiting::read(portal, session, purpose).await?;
    let own = kept.filter(|kept| kept.account == Some(account));
    Ok(own.and_then(|kept| kept.values.as_str().map(str::to_owned)))
}

//! Forms of accounts: sign-up, verification, sign-in, second factor, passwords and sessions; and the cookies that their sessions
//! are known by.

use super::{
    context::{caller, portal},
    cookie::{cookie, cookie_name, session_cookie, set_cookie},
    error::ApiError,
    form::{answer, http_path, keeps_cookies, note_left, values},
    session::{known_by, session_token},
    team::{answer_page, invitation_of, joined},
};
use domain::{id::InvitationId, problem::Problem, refusal::Refusal, rule::FormFault};
use leptos::prelude::*;
use std::future::ready;
use store::OpenSession;
use usecases::{
    Fault, Portal,
    accounts::{self, Enrolment, InvitationLink, PENDING_LASTS, PasswordLink, SignedIn, Step},
    auth::Token,
    typed::{TypedCode, TypedEmail, TypedName, TypedPassword, TypedPath, TypedToken},
};

/// The cookie that stands for a right password until the code is right too.
const PENDING_COOKIE: &str = "pending";

/// Creates an account, or tells the owner of the address that somebody tried to.
#[server(prefix = "/api", endpoint = "sign-up")]
pub async fn sign_up(name: TypedName, email: TypedEmail, password: TypedPassword) -> Result<(), ApiError> {
    let signed_up = async {
        accounts::sign_up(&portal()?, &caller()?, &name, &email, &password).await?;
        Ok("/sign-up/sent".into())
    };
    answer("/sign-up", values([("name", name.shown()), ("email", email.shown())]), signed_up).await
}

/// Confirms the address: only this, never the visit to the link, uses the link up.
#[server(prefix = "/api", endpoint = "verify")]
pub async fn verify(token: TypedToken, #[server(default)] password: TypedPassword) -> Result<(), ApiError> {
    let verified = async {
        accounts::verify(&portal()?, &caller()?, token.or_nothing(), &password).await?;
        Ok("/sign-in?done=verified".into())
    };
    answer(&format!("/verify/{}", link_text(&token)), values([]), verified).await
}

/// The token of a mailed link as it may stand in an address; nothing where it is none.
fn link_text(token: &TypedToken) -> String {
    Token::parse(token.or_nothing()).map(|token| token.text().to_owned()).unwrap_or_default()
}

/// Mails a link to choose a new password, when the address has an account.
#[server(prefix = "/api", endpoint = "forgotten-password")]
pub async fn ask_reset(email: TypedEmail) -> Result<(), ApiError> {
    let asked = async {
        accounts::ask_reset(&portal()?, &caller()?, &email).await?;
        Ok("/forgotten-password/sent".into())
    };
    answer("/forgotten-password", values([("email", email.shown())]), asked).await
}

/// Chooses a new password by a mailed link; ends every session.
#[server(prefix = "/api", endpoint = "reset-password")]
pub async fn reset_password(
    token: TypedToken,
    password: TypedPassword,
    #[server(default)] name: TypedName,
) -> Result<(), ApiError> {
    let chosen = async {
        accounts::reset_password(&portal()?, &caller()?, token.or_nothing(), &password, &name).await?;
        Ok("/sign-in?done=password-reset".into())
    };
    answer(&format!("/reset-password/{}", link_text(&token)), values([("name", name.shown())]), chosen).await
}

/// Creates the account of somebody who was invited to a team by the link of the mail, which shows that the address is theirs,
/// signs them in, and joins the team.
#[server(prefix = "/api", endpoint = "join-team")]
pub async fn join_team(
    organisation: String,
    invitation: String,
    token: TypedToken,
    #[server(default)] name: TypedName,
    #[server(default)] password: TypedPassword,
) -> Result<(), ApiError> {
    let to = invitation_of(&organisation, &invitation)?;
    let made = async {
        let (portal, caller) = (portal()?, caller()?);
        cookies_needed()?;
        let made = accounts::join_by_link(&portal, &caller, to, token.or_nothing(), (&name, &password)).await?;
        if let Some(session) = &made.session {
            known_by(&portal, session);
        }
        // Whoever has an account, and is not in yet, answers with that.
        Ok(if made.is_in { joined(to.organisation) } else { answer_page(to.id) })
    };
    let page = format!("{}/{}", answer_page(to.id), link_text(&token));
    answer(&page, values([("name", name.shown())]), made).await
}

/// The page of the form came with a cookie. Without it a right password would lead back to that page without a word.
fn cookies_needed() -> Result<(), Fault> {
    match keeps_cookies() {
        true => Ok(()),
        false => Err(Refusal::problem(Problem::new("", FormFault::CookiesNeeded)).into()),
    }
}

/// Signs in with a password; asks for the code next where there is a second factor.
#[server(prefix = "/api", endpoint = "sign-in")]
pub async fn sign_in(
    email: TypedEmail,
    password: TypedPassword,
    #[server(default)] next: TypedPath,
) -> Result<(), ApiError> {
    let next = http_path(next.or_nothing());
    let page = if next == "/" { "/sign-in".to_owned() } else { super::form::sign_in_for(next) };
    let input = accounts::SignIn { email: &email, password: &password, next };
    answer(&page, values([("email", email.shown())]), try_sign_in(input)).await
}

async fn try_sign_in(input: accounts::SignIn<'_>) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    cookies_needed()?;
    match accounts::sign_in(&portal, &caller, input).await? {
        Step::In(signed_in) => Ok(go_on(&portal, &signed_in)),
        Step::Code(token) => {
            set_cookie(&portal, &cookie_name(&portal, PENDING_COOKIE), token.text(), PENDING_LASTS.whole_seconds());
            Ok("/sign-in/code".into())
        }
    }
}

/// Where signing in leads: to the second factor of whoever needs one, to the page that was asked for, else home.
fn go_on(portal: &Portal, signed_in: &SignedIn) -> String {
    known_by(portal, &signed_in.session);
    match http_path(&signed_in.next) {
        _ if signed_in.needs_second_factor => "/account/second-factor".into(),
        "/" => "/home".into(),
        path => path.into(),
    }
}

/// The second step of signing in: a code of the authenticator app, or a recovery code.
#[server(prefix = "/api", endpoint = "sign-in-code")]
pub async fn sign_in_code(code: TypedCode) -> Result<(), ApiError> {
    let outcome = try_sign_in_code(&code).await;
    let page = match outcome {
        // No code helps any more: the password has to be shown again.
        Err(Fault::Refused(Refusal::CredentialsChanged)) => "/sign-in",
        _ => "/sign-in/code",
    };
    answer(page, values([]), ready(outcome)).await
}

async fn try_sign_in_code(code: &TypedCode) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let signed_in = accounts::sign_in_code(&portal, &caller, pending_token(&portal).as_ref(), code).await?;
    let Some(signed_in) = signed_in else { return Ok("/sign-in?done=start-again".into()) };
    set_cookie(&portal, &cookie_name(&portal, PENDING_COOKIE), "", 0);
    Ok(go_on(&portal, &signed_in))
}

fn pending_token(portal: &Portal) -> Option<Token> {
    cookie(&cookie_name(portal, PENDING_COOKIE)).and_then(|text| Token::parse(&text))
}

/// Whether a right password waits for its code in this browser.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_code_awaited() -> Result<bool, Fault> {
    let portal = portal()?;
    match pending_token(&portal) {
        Some(token) => accounts::is_code_awaited(&portal, &token).await,
        None => Ok(false),
    }
}

/// Ends this session.
#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    let left = async {
        let (portal, caller) = (portal()?, caller()?);
        accounts::sign_out(&portal, &caller).await?;
        if let Ok(person) = caller.person() {
            note_left(&portal, person.account);
        }
        set_cookie(&portal, &session_cookie(&portal), "", 0);
        Ok("/sign-in?done=signed-out".into())
    };
    answer("/home", values([]), left).await
}

/// Ends every session of the account, this one included.
#[server(prefix = "/api", endpoint = "sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), ApiError> {
    let left = async {
        let (portal, caller) = (portal()?, caller()?);
        accounts::sign_out_everywhere(&portal, &caller).await?;
        note_left(&portal, caller.person()?.account);
        set_cookie(&portal, &session_cookie(&portal), "", 0);
        Ok("/sign-in?done=signed-out-everywhere".into())
    };
    answer("/account", values([]), left).await
}

/// The caller's open sessions.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn open_sessions() -> Result<Vec<OpenSession>, Fault> {
    accounts::open_sessions(&portal()?, &caller()?).await
}

/// Chooses a new password; ends every other session.
#[server(prefix = "/api", endpoint = "change-password")]
pub async fn change_password(
    current: TypedPassword,
    password: TypedPassword,
    #[server(default)] code: TypedCode,
) -> Result<(), ApiError> {
    let changed = async {
        let (portal, session) = (portal()?, session_token(&portal()?)?);
        let typed = (&current, &password, &code);
        let session = accounts::change_password(&portal, &caller()?, &session, typed).await?;
        known_by(&portal, &session);
        Ok("/account?done=password-changed".into())
    };
    answer("/account/password", values([]), changed).await
}

/// Changes the person's name.
#[server(prefix = "/api", endpoint = "rename")]
pub async fn rename(name: TypedName) -> Result<(), ApiError> {
    let changed = async {
        accounts::rename(&portal()?, &caller()?, &name).await?;
        Ok("/account?done=name-changed".into())
    };
    answer("/account/name", values([("name", name.shown())]), changed).await
}

/// Begins to set a second factor: a fresh secret waits, sealed, until its first code is right.
#[server(prefix = "/api", endpoint = "begin-second-factor")]
pub async fn begin_second_factor(password: TypedPassword, #[server(default)] code: TypedCode) -> Result<(), ApiError> {
    let begun = async {
        let (portal, session) = (portal()?, session_token(&portal()?)?);
        accounts::begin_second_factor(&portal, &caller()?, &session, (&password, &code)).await?;
        Ok("/account/second-factor/confirm".into())
    };
    answer("/account/second-factor", values([]), begun).await
}

/// What the enrolment page shows; none when the secret has run out.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn enrolment() -> Result<Option<Enrolment>, Fault> {
    let portal = portal()?;
    accounts::enrolment(&portal, &caller()?, &session_token(&portal)?).await
}

/// Turns the second factor on once a code is right; the recovery codes are shown once, on the next page.
#[server(prefix = "/api", endpoint = "confirm-second-factor")]
pub async fn confirm_second_factor(code: TypedCode) -> Result<(), ApiError> {
    let confirmed = async {
        let (portal, session) = (portal()?, session_token(&portal()?)?);
        let session = accounts::confirm_second_factor(&portal, &caller()?, &session, &code).await?;
        let Some(session) = session else { return Ok("/account/second-factor?done=start-again".into()) };
        known_by(&portal, &session);
        Ok("/account/second-factor/recovery-codes".into())
    };
    answer("/account/second-factor/confirm", values([]), confirmed).await
}

/// Removes the second factor, where the account may be without one.
#[server(prefix = "/api", endpoint = "remove-second-factor")]
pub async fn remove_second_factor(password: TypedPassword, #[server(default)] code: TypedCode) -> Result<(), ApiError> {
    let removed = async {
        let (portal, session) = (portal()?, session_token(&portal()?)?);
        let session = accounts::remove_second_factor(&portal, &caller()?, &session, (&password, &code)).await?;
        known_by(&portal, &session);
        Ok("/account?done=second-factor-removed".into())
    };
    answer("/account/second-factor/remove", values([]), removed).await
}

/// The fresh recovery codes, until the person says that they are saved or ten minutes are over.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes() -> Result<Vec<String>, Fault> {
    let portal = portal()?;
    accounts::recovery_codes(&portal, &caller()?, &session_token(&portal)?).await
}

/// How many of the caller's recovery codes were not used yet.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes_left() -> Result<u64, Fault> {
    accounts::recovery_codes_left(&portal()?, &caller()?).await
}

/// The recovery codes are saved: they are never shown again.
#[server(prefix = "/api", endpoint = "recovery-codes-saved")]
pub async fn drop_recovery_codes() -> Result<(), ApiError> {
    let dropped = async {
        let (portal, session) = (portal()?, session_token(&portal()?)?);
        accounts::drop_recovery_codes(&portal, &caller()?, &session).await?;
        Ok("/account?done=second-factor-set".into())
    };
    answer("/account/second-factor/recovery-codes", values([]), dropped).await
}

/// Whether the address can still be verified by a mailed link. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_verify_link_open(token: &str) -> Result<bool, Fault> {
    accounts::is_verify_link_open(&portal()?, token).await
}

/// Where the link in the mail of an invitation leads. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn invitation_link(id: InvitationId, token: &str) -> Result<InvitationLink, Fault> {
    accounts::invitation_link(&portal()?, id, token).await
}

/// What a mailed link for choosing a password is for; none when it cannot be used any more. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn password_link(token: &str) -> Result<Option<PasswordLink>, Fault> {
    accounts::password_link(&portal()?, token).await
}

//! Sign-up, verification, sign-in, second factor, passwords and sessions.
//!
//! Whether an address is known makes no difference to what is answered or to how much work is done: every path
//! that could tell hashes one password (threat 16). Each counts against a limit before it does anything that costs more
//! than a page; what is longer than its field is for is not looked at; and what costs much is done in a pool.

use super::{
    context::{caller, execute, portal},
    cookie::{cookie, cookie_name, session_cookie, set_cookie},
    error::ApiError,
    form::{answer, http_path, keeps_cookies, note_left, values},
    session::{renew_session, session_token},
    team::{answer_page, invitation_of, joined},
    waiting,
};
use domain::{
    account::{Account, Command, Proof, Secret},
    email::EmailAddress,
    id::{AccountId, InvitationId},
    problem::Problem,
    refusal::Refusal,
    rule::{AccountFault, FormFault},
    text,
};
use leptos::prelude::*;
use std::future::ready;
use store::{CredentialsRow, Expected, LinkPurpose, OpenSession, Who, read::InvitationRow};
use time::Duration;
use usecases::{
    Caller, Fault, Portal,
    auth::{
        Asked, KeptForm, Token, TotpSecret, judge_password,
        proof::{
            check_own_code, check_own_password, hash, proof_of, seal, session_hash, typed_code, typed_password, unseal,
            unseal_totp, verify_password, wrong_code,
        },
        totp,
        tries::{
            forgive_password, limit_address, limit_code, limit_forms, limit_mail, limit_password, note_wrong, noted,
        },
    },
    team::{self, Invitation},
    typed::{TypedCode, TypedEmail, TypedName, TypedPassword, TypedPath, TypedToken},
};

/// The cookie that stands for a right password until the code is right too.
const PENDING_COOKIE: &str = "pending";

/// For what a fresh second-factor secret, and fresh recovery codes, wait under the token of the session.
const ENROLMENT: &str = "second-factor";
const CODES: &str = "recovery-codes";

/// How long the code may take.
const PENDING_LASTS: Duration = Duration::minutes(10);

/// Creates an account, or tells the owner of the address that somebody tried to.
#[server(prefix = "/api", endpoint = "sign-up")]
pub async fn sign_up(name: TypedName, email: TypedEmail, password: TypedPassword) -> Result<(), ApiError> {
    let typed = values([("name", name.shown()), ("email", email.shown())]);
    answer("/sign-up", typed, try_sign_up(&name, &email, &password)).await
}

async fn try_sign_up(name: &TypedName, email: &TypedEmail, password: &TypedPassword) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_forms(&portal, &caller)?;
    let mut problems = Vec::new();
    let name = keep(own_name(name), &mut problems);
    let address = keep(own_email(email), &mut problems);
    let known = address.as_ref().map_or("", EmailAddress::as_str);
    let password = keep(new_password(&portal, Asked::First, password, known).await?, &mut problems);
    let (Some(name), Some(address), Some(password)) = (name, address, password) else {
        return Err(Fault::Refused(Refusal::Problems(problems)));
    };
    limit_mail(&portal, &caller, &address)?;
    let password = hash(&portal, password).await?;
    let (millis, random) = portal.id_parts();
    let known = portal.store.credentials_by_email(&address.key()).await?;
    let id = known.map_or_else(|| AccountId::from_parts(millis, random), |row| row.account.id);
    match as_visitor(&portal, id, Command::SignUp { email: address, name, password }).await {
        // Two sign-ups raced for one address: the other one mails.
        Ok(()) | Err(Fault::Refused(Refusal::AccountExists)) => Ok("/sign-up/sent".into()),
        Err(error) => Err(error),
    }
}

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

/// Confirms the address: only this, never the visit to the link, uses the link up.
///
/// The link shows that the address is theirs, the password that the sign-up was. Somebody who signs up with another
/// person's address, before or after them, chooses a password that the owner of the address does not know: whichever of
/// the mails the owner follows, that password never opens a verified account.
#[server(prefix = "/api", endpoint = "verify")]
pub async fn verify(token: TypedToken, #[server(default)] password: TypedPassword) -> Result<(), ApiError> {
    let page = format!("/verify/{}", link_text(&token));
    answer(&page, values([]), try_verify(token.or_nothing(), &password)).await
}

/// The token of a mailed link as it may stand in an address; nothing where it is none.
fn link_text(token: &TypedToken) -> String {
    Token::parse(token.or_nothing()).map(|token| token.text().to_owned()).unwrap_or_default()
}

async fn try_verify(token: &str, password: &TypedPassword) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_forms(&portal, &caller)?;
    let password = typed_password("password", password)?;
    let (account, link) = link(&portal, token, LinkPurpose::Verify).await?;
    limit_password(&portal, &caller, &account.to_string())?;
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    if !verify_password(&portal, password, row.password_phc.as_deref()).await? {
        note_wrong("password", Some(account), &caller);
        return Err(Refusal::problem(Problem::new("password", AccountFault::PasswordOfSignUp)).into());
    }
    forgive_password(&portal, &caller, &account.to_string());
    as_visitor(&portal, account, Command::Verify { link, shown: row.fingerprint }).await?;
    Ok("/sign-in?done=verified".into())
}

/// Mails a link to choose a new password, when the address has an account.
#[server(prefix = "/api", endpoint = "forgotten-password")]
pub async fn ask_reset(email: TypedEmail) -> Result<(), ApiError> {
    answer("/forgotten-password", values([("email", email.shown())]), try_ask_reset(&email)).await
}

async fn try_ask_reset(email: &TypedEmail) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_forms(&portal, &caller)?;
    let address = own_email(email).map_err(Refusal::problem)?;
    limit_mail(&portal, &caller, &address)?;
    // The same work whether the address is known or not: one hash, one commit.
    verify_password(&portal, "", None).await?;
    match portal.store.credentials_by_email(&address.key()).await?.filter(|row| row.account.disabled.is_none()) {
        Some(row) => as_visitor(&portal, row.account.id, Command::AskReset).await?,
        None => portal.store.write_in_vain().await?,
    }
    Ok("/forgotten-password/sent".into())
}

/// Chooses a new password by a mailed link; ends every session.
#[server(prefix = "/api", endpoint = "reset-password")]
pub async fn reset_password(
    token: TypedToken,
    password: TypedPassword,
    #[server(default)] name: TypedName,
) -> Result<(), ApiError> {
    let page = format!("/reset-password/{}", link_text(&token));
    answer(&page, values([("name", name.shown())]), try_reset(token.or_nothing(), &password, &name)).await
}

async fn try_reset(token: &str, password: &TypedPassword, name: &TypedName) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_forms(&portal, &caller)?;
    let (account, link) = link(&portal, token, LinkPurpose::Reset).await?;
    let row = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?;
    let mut problems = Vec::new();
    let name = if row.account.verified.is_some() { None } else { keep(own_name(name), &mut problems) };
    let email = row.account.email.as_ref().map_or("", EmailAddress::as_str);
    // The page calls the field as it is: a password, or a new one.
    let asked = if row.password_phc.is_none() { Asked::First } else { Asked::New };
    let password = keep(new_password(&portal, asked, password, email).await?, &mut problems);
    let Some(password) = password.filter(|_| problems.is_empty()) else {
        return Err(Refusal::Problems(problems).into());
    };
    let password = hash(&portal, password).await?;
    as_visitor(&portal, account, Command::ResetPassword { link, password, name }).await?;
    Ok("/sign-in?done=password-reset".into())
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
    let page = format!("{}/{}", answer_page(to.id), link_text(&token));
    answer(&page, values([("name", name.shown())]), try_join(to, token.or_nothing(), &name, &password)).await
}

async fn try_join(to: Invitation, token: &str, name: &TypedName, password: &TypedPassword) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    if !keeps_cookies() {
        return Err(Refusal::problem(Problem::new("", FormFault::CookiesNeeded)).into());
    }
    limit_forms(&portal, &caller)?;
    let token = Token::parse(token).ok_or(Refusal::LinkGone)?;
    let invitation = portal.store.invitation_by_link(to.id, &token.hash(), portal.auth.ambient.now()).await?;
    let email = invitation.ok_or(Refusal::InvitationGone)?.email;
    let email = EmailAddress::parse(&email).map_err(|_| Refusal::InvitationGone)?;
    let mut problems = Vec::new();
    let name = keep(own_name(name), &mut problems);
    let password = keep(new_password(&portal, Asked::First, password, email.as_str()).await?, &mut problems);
    let (Some(name), Some(password)) = (name, password) else {
        return Err(Refusal::Problems(problems).into());
    };
    let password = hash(&portal, password).await?;
    let known = portal.store.credentials_by_email(&email.key()).await?;
    let (millis, random) = portal.id_parts();
    let account = known.map_or_else(|| AccountId::from_parts(millis, random), |row| row.account.id);
    let link = Secret(token.hash());
    as_visitor(&portal, account, Command::SetUp { link, email, name, password }).await?;
    // They have an account from here on: what goes wrong now is told by the page on which they answer.
    match join_as(&portal, &caller, account, to).await {
        Ok(()) => Ok(joined(to.organisation)),
        Err(error) => {
            tracing::warn!(%error, %account, "whoever made an account by an invitation has not joined yet");
            Ok(answer_page(to.id))
        }
    }
}

async fn join_as(portal: &Portal, caller: &Caller, account: AccountId, to: Invitation) -> Result<(), Fault> {
    let shown = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?.fingerprint;
    let session = open_session(portal, account, Proof::PasswordOnly, shown).await?;
    let signed_in = portal.store.session(&session, portal.auth.ambient.now()).await?;
    let now_in = Caller { signed_in, who: Who::Session { token_hash: session }, ..caller.clone() };
    team::accept_invitation(portal, &now_in, to).await
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
    answer(&page, values([("email", email.shown())]), try_sign_in(&email, &password, next)).await
}

async fn try_sign_in(email: &TypedEmail, password: &TypedPassword, next: &str) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    // The page of the form came with one. Without it a right password would lead back to that page without a word.
    if !keeps_cookies() {
        return Err(Refusal::problem(Problem::new("", FormFault::CookiesNeeded)).into());
    }
    limit_forms(&portal, &caller)?;
    let key = own_email(email).map(|address| address.key()).map_err(Refusal::problem)?;
    let password = typed_password("password", password)?;
    limit_address(&portal, &caller, &portal.auth.limits.password_by_address, "passwords from this address")?;
    limit_password(&portal, &caller, &key)?;
    let row = portal.store.credentials_by_email(&key).await?;
    let phc = row.as_ref().and_then(|row| row.password_phc.as_deref());
    let right = verify_password(&portal, password, phc).await?;
    let known = row.as_ref().map(|row| row.account.id);
    let may = |account: &Account| account.verified.is_some() && account.disabled.is_none();
    let Some(row) = row.filter(|row| right && may(&row.account)) else {
        note_wrong("password", known, &caller);
        return Err(wrong_password(&portal));
    };
    forgive_password(&portal, &caller, &key);
    if row.account.second_factor.is_some() {
        return begin_second_step(&portal, &row, next).await;
    }
    open_session(&portal, row.account.id, Proof::PasswordOnly, row.fingerprint).await?;
    // Staff can do nothing before they have a second factor, so that comes first.
    let is_staff = row.account.staff.is_some();
    Ok(if is_staff { "/account/second-factor".into() } else { home_or(next) })
}

/// Where signing in leads: to the page that was asked for, else home.
fn home_or(next: &str) -> String {
    match http_path(next) {
        "/" => "/home".into(),
        path => path.into(),
    }
}

fn wrong_password(portal: &Portal) -> Fault {
    let fault = AccountFault::SignIn(portal.contact.to_string());
    Fault::Refused(Refusal::problem(Problem::new("email", fault)))
}

async fn begin_second_step(portal: &Portal, row: &CredentialsRow, next: &str) -> Result<String, Fault> {
    let account = row.account.id;
    let shown = seal(portal, account, row.fingerprint.0.as_bytes())?;
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    let kept = waiting_form(PENDING_COOKIE, serde_json::json!([account.to_string(), http_path(next), shown]), None);
    waiting::keep(portal, &token, PENDING_COOKIE, &kept, PENDING_LASTS).await?;
    set_cookie(portal, &cookie_name(portal, PENDING_COOKIE), token.text(), PENDING_LASTS.whole_seconds());
    Ok("/sign-in/code".into())
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
    limit_forms(&portal, &caller)?;
    let code = typed_code("code", code)?;
    let Some(Pending { token, account, next, shown }) = pending(&portal).await? else {
        return Ok("/sign-in?done=start-again".into());
    };
    let proof = proof_of(&portal, &caller, account, code).await?;
    open_session(&portal, account, proof, shown).await.map_err(|error| noted(error, account, &caller))?;
    waiting::forget(&portal, &token, PENDING_COOKIE).await?;
    set_cookie(&portal, &cookie_name(&portal, PENDING_COOKIE), "", 0);
    Ok(home_or(&next))
}

/// A right password that waits for its code.
struct Pending {
    token: Token,
    account: AccountId,
    next: String,
    shown: Secret,
}

async fn pending(portal: &Portal) -> Result<Option<Pending>, Fault> {
    let Some(token) = cookie(&cookie_name(portal, PENDING_COOKIE)).and_then(|text| Token::parse(&text)) else {
        return Ok(None);
    };
    let Some(kept) = waiting::read(portal, &token, PENDING_COOKIE).await? else { return Ok(None) };
    let [account, next, sealed]: [String; 3] = serde_json::from_value(kept.values).map_err(|_| Fault::Malformed)?;
    let account = account.parse().map_err(|_| Fault::Malformed)?;
    let shown = unseal(portal, account, &sealed).and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(shown.map(|shown| Pending { token, account, next, shown: Secret(shown) }))
}

/// Whether a right password waits for its code in this browser.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_code_awaited() -> Result<bool, Fault> {
    Ok(pending(&portal()?).await?.is_some())
}

/// Ends this session.
#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    answer("/home", values([]), try_sign_out()).await
}

async fn try_sign_out() -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    end_this_session().await?;
    if let Ok(person) = caller.person() {
        note_left(&portal, person.account);
    }
    set_cookie(&portal, &session_cookie(&portal), "", 0);
    Ok("/sign-in?done=signed-out".into())
}

async fn end_this_session() -> Result<(), Fault> {
    let caller = caller()?;
    if let (Ok(person), Who::Session { token_hash }) = (caller.person(), &caller.who) {
        let session = Secret(token_hash.clone());
        execute::<Account>(person.account, Expected::Any, Command::SignOut { session }).await?;
    }
    Ok(())
}

/// Ends every session of the account, this one included.
#[server(prefix = "/api", endpoint = "sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), ApiError> {
    answer("/account", values([]), try_sign_out_everywhere()).await
}

async fn try_sign_out_everywhere() -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let account = caller.person()?.account;
    execute::<Account>(account, Expected::Any, Command::SignOutEverywhere).await?;
    note_left(&portal, account);
    set_cookie(&portal, &session_cookie(&portal), "", 0);
    Ok("/sign-in?done=signed-out-everywhere".into())
}

/// The caller's open sessions.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn open_sessions() -> Result<Vec<OpenSession>, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let current = session_hash(&caller)?;
    let account = caller.person()?.account;
    Ok(portal.store.open_sessions(account, &current.0, portal.auth.ambient.now()).await?)
}

/// Chooses a new password; ends every other session.
#[server(prefix = "/api", endpoint = "change-password")]
pub async fn change_password(
    current: TypedPassword,
    password: TypedPassword,
    #[server(default)] code: TypedCode,
) -> Result<(), ApiError> {
    answer("/account/password", values([]), try_change_password(&current, &password, &code)).await
}

async fn try_change_password(
    current: &TypedPassword,
    password: &TypedPassword,
    code: &TypedCode,
) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let signed_in = caller.signed_in()?;
    check_own_password(&portal, &caller, "current", typed_password("current", current)?).await?;
    let password = new_password(&portal, Asked::New, password, &signed_in.email).await?.map_err(Refusal::problem)?;
    check_own_code(&portal, &caller, typed_code("code", code)?).await?;
    let password = hash(&portal, password).await?;
    let command = Command::ChangePassword { password, keep: session_hash(&caller)? };
    execute::<Account>(signed_in.person.account, Expected::Any, command).await?;
    renew_session(&portal).await?;
    Ok("/account?done=password-changed".into())
}

/// Changes the person's name.
#[server(prefix = "/api", endpoint = "rename")]
pub async fn rename(name: TypedName) -> Result<(), ApiError> {
    answer("/account/name", values([("name", name.shown())]), try_rename(&name)).await
}

async fn try_rename(name: &TypedName) -> Result<String, Fault> {
    let account = caller()?.person()?.account;
    let name = own_name(name).map_err(Refusal::problem)?;
    execute::<Account>(account, Expected::Any, Command::Rename { name }).await?;
    Ok("/account?done=name-changed".into())
}

/// Begins to set a second factor: a fresh secret waits, sealed, until its first code is right.
#[server(prefix = "/api", endpoint = "begin-second-factor")]
pub async fn begin_second_factor(password: TypedPassword, #[server(default)] code: TypedCode) -> Result<(), ApiError> {
    answer("/account/second-factor", values([]), try_begin_second_factor(&password, &code)).await
}

async fn try_begin_second_factor(password: &TypedPassword, code: &TypedCode) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    check_own_password(&portal, &caller, "password", typed_password("password", password)?).await?;
    check_own_code(&portal, &caller, typed_code("code", code)?).await?;
    let account = caller.person()?.account;
    let secret = TotpSecret::from_bytes(portal.auth.ambient.bytes());
    let sealed = seal(&portal, account, secret.as_bytes())?;
    let form = waiting_form(ENROLMENT, sealed.into(), Some(account));
    waiting::keep(&portal, &session_token(&portal)?, ENROLMENT, &form, PENDING_LASTS).await?;
    Ok("/account/second-factor/confirm".into())
}

/// What the enrolment page shows: the secret to scan or type.
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
pub async fn enrolment() -> Result<Option<Enrolment>, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let secret = waiting_secret(&portal, &caller).await?;
    let email = &caller.signed_in()?.email;
    Ok(secret.map(|secret| Enrolment {
        grouped: secret.grouped(),
        uri: secret.uri("NHS login partner registration", email),
    }))
}

/// Turns the second factor on once a code is right; the recovery codes are shown once, on the next page.
#[server(prefix = "/api", endpoint = "confirm-second-factor")]
pub async fn confirm_second_factor(code: TypedCode) -> Result<(), ApiError> {
    answer("/account/second-factor/confirm", values([]), try_confirm_second_factor(&code)).await
}

async fn try_confirm_second_factor(code: &TypedCode) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let account = caller.person()?.account;
    let now = portal.auth.ambient.now();
    limit_code(&portal, &caller, account)?;
    let code = typed_code("code", code)?;
    let Some(secret) = waiting_secret(&portal, &caller).await? else {
        return Ok("/account/second-factor?done=start-again".into());
    };
    let step = secret.matching_step(code, now, None).ok_or_else(|| {
        note_wrong("code", Some(account), &caller);
        wrong_code()
    })?;
    let codes: Vec<String> =
        (0..totp::RECOVERY_CODES).map(|_| totp::recovery_code(portal.auth.ambient.bytes())).collect();
    let command = Command::SetSecondFactor {
        totp: Secret(seal(&portal, account, secret.as_bytes())?),
        step,
        recovery_codes: codes.iter().map(|code| Secret(totp::recovery_hash(code))).collect(),
        keep: session_hash(&caller)?,
    };
    execute::<Account>(account, Expected::Any, command).await?;
    waiting::forget(&portal, &session_token(&portal)?, ENROLMENT).await?;
    let session = renew_session(&portal).await?;
    show_codes_once(&portal, &session, account, &codes).await?;
    Ok("/account/second-factor/recovery-codes".into())
}

/// Removes the second factor, where the account may be without one.
#[server(prefix = "/api", endpoint = "remove-second-factor")]
pub async fn remove_second_factor(password: TypedPassword, #[server(default)] code: TypedCode) -> Result<(), ApiError> {
    answer("/account/second-factor/remove", values([]), try_remove_second_factor(&password, &code)).await
}

async fn try_remove_second_factor(password: &TypedPassword, code: &TypedCode) -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    check_own_password(&portal, &caller, "password", typed_password("password", password)?).await?;
    check_own_code(&portal, &caller, typed_code("code", code)?).await?;
    let command = Command::RemoveSecondFactor { keep: session_hash(&caller)? };
    execute::<Account>(caller.person()?.account, Expected::Any, command).await?;
    renew_session(&portal).await?;
    Ok("/account?done=second-factor-removed".into())
}

/// The fresh recovery codes, until the person says that they are saved or ten minutes are over. Sealed until then.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes() -> Result<Vec<String>, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let account = caller.person()?.account;
    let Some(sealed) = sealed_text(&portal, CODES, account).await? else { return Ok(Vec::new()) };
    Ok(unseal(&portal, account, &sealed).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// How many of the caller's recovery codes were not used yet.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn recovery_codes_left() -> Result<u64, Fault> {
    Ok(portal()?.store.recovery_codes_left(caller()?.person()?.account).await?)
}

/// The recovery codes are saved: they are never shown again.
#[server(prefix = "/api", endpoint = "recovery-codes-saved")]
pub async fn drop_recovery_codes() -> Result<(), ApiError> {
    answer("/account/second-factor/recovery-codes", values([]), try_drop_recovery_codes()).await
}

async fn try_drop_recovery_codes() -> Result<String, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    caller.person()?;
    waiting::forget(&portal, &session_token(&portal)?, CODES).await?;
    Ok("/account?done=second-factor-set".into())
}

async fn show_codes_once(portal: &Portal, session: &Token, account: AccountId, codes: &[String]) -> Result<(), Fault> {
    let bytes = serde_json::to_vec(codes).unwrap_or_default();
    let form = waiting_form(CODES, seal(portal, account, &bytes)?.into(), Some(account));
    waiting::keep(portal, session, CODES, &form, PENDING_LASTS).await
}

/// What waits for a token and is no refused form.
fn waiting_form(form: &str, values: serde_json::Value, account: Option<AccountId>) -> KeptForm {
    KeptForm { form: form.to_owned(), values, problems: Vec::new(), account }
}

/// The sealed text that waits for this session, when it is this account's.
async fn sealed_text(portal: &Portal, purpose: &str, account: AccountId) -> Result<Option<String>, Fault> {
    let kept = waiting::read(portal, &session_token(portal)?, purpose).await?;
    let own = kept.filter(|kept| kept.account == Some(account));
    Ok(own.and_then(|kept| kept.values.as_str().map(str::to_owned)))
}

async fn waiting_secret(portal: &Portal, caller: &Caller) -> Result<Option<TotpSecret>, Fault> {
    let account = caller.person()?.account;
    let sealed = sealed_text(portal, ENROLMENT, account).await?;
    Ok(sealed.and_then(|sealed| unseal_totp(portal, account, &sealed)))
}

/// Opens a session and ends the one that this browser had before: a token that somebody else may know is worth nothing
/// afterwards (ASVS 5.0, 7.2.4). Gives the hash of the new one.
async fn open_session(portal: &Portal, account: AccountId, proof: Proof, shown: Secret) -> Result<String, Fault> {
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    as_visitor(portal, account, Command::SignIn { session: Secret(token.hash()), proof, shown }).await?;
    match end_this_session().await {
        // Ended in the meantime.
        Err(Fault::Refused(_)) => {}
        ended => ended?,
    }
    set_cookie(portal, &session_cookie(portal), token.text(), portal.session_seconds);
    Ok(token.hash())
}

async fn as_visitor(portal: &Portal, account: AccountId, command: Command) -> Result<(), Fault> {
    let (moment, who) = (portal.moment(), Who::Visitor);
    portal.store.execute::<Account>(&moment, &who, account, Expected::Any, command).await?;
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

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// Whether the address can still be verified by a mailed link. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_verify_link_open(token: &str) -> Result<bool, Fault> {
    match link(&portal()?, token, LinkPurpose::Verify).await {
        Ok(_) => Ok(true),
        Err(Fault::Refused(Refusal::LinkGone)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the link of an invitation leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationLink {
    /// An account can be made by it.
    Open(Box<InvitationRow>),
    /// The address has an account: its person signs in to answer.
    HasAccount,
    /// The invitation cannot be answered any more, or the link was used, or there is a newer one.
    Gone,
}

/// Where the link in the mail of an invitation leads. Looking does not use it up.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn invitation_link(id: InvitationId, token: &str) -> Result<InvitationLink, Fault> {
    let portal = portal()?;
    let Some(token) = Token::parse(token) else { return Ok(InvitationLink::Gone) };
    let found = portal.store.invitation_by_link(id, &token.hash(), portal.auth.ambient.now()).await?;
    let Some(row) = found else { return Ok(InvitationLink::Gone) };
    let known = portal.store.credentials_by_email(&row.email).await?;
    Ok(match known.is_some_and(|known| known.account.verified.is_some() || known.account.staff.is_some()) {
        true => InvitationLink::HasAccount,
        false => InvitationLink::Open(Box::new(row)),
    })
}

/// What the page of a mailed link for choosing a password has to know.
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
pub async fn password_link(token: &str) -> Result<Option<PasswordLink>, Fault> {
    let portal = portal()?;
    let account = match link(&portal, token, LinkPurpose::Reset).await {
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

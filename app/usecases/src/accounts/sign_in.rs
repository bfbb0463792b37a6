//! Signing in: a password, and a code where there is a second factor.

use super::{PENDING_LASTS, own_email, sessions::open, waiting_form};
use crate::{
    Caller, Fault, Portal,
    auth::{
        Token,
        proof::{proof_of, seal, typed_code, typed_password, unseal, verify_password},
        tries::{forgive_password, limit_address, limit_forms, limit_password, note_wrong, noted},
        waiting,
    },
    typed::{TypedCode, TypedEmail, TypedPassword},
};
use domain::{
    account::{Account, Proof, Secret},
    id::AccountId,
    problem::Problem,
    refusal::Refusal,
    rule::AccountFault,
};
use store::CredentialsRow;

/// For what a right password waits under its token.
const PENDING: &str = "pending";

/// A password for an address.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// The address, as typed.
    pub email: &'a TypedEmail,
    /// The password, as typed.
    pub password: &'a TypedPassword,
    /// Where to go on afterwards, as whoever asks has checked it; given back when everything is shown.
    pub next: &'a str,
}

/// Where a right password leads.
#[derive(Debug)]
pub enum Step {
    /// Signed in.
    In(SignedIn),
    /// A code is asked for: it comes with this token, within [`PENDING_LASTS`].
    Code(Token),
}

/// Somebody who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The token of the session, which the database does not hold.
    pub session: Token,
    /// Whether a second factor has to be set up first: staff can do nothing without.
    pub needs_second_factor: bool,
    /// Where to go on.
    pub next: String,
}

/// Signs in with a password; asks for the code next where there is a second factor.
///
/// # Errors
/// What is wrong with what was typed; a wrong password, which says nothing of whether the address is known; `TooMany` forms or
/// passwords; `TooFast`.
pub async fn sign_in(portal: &Portal, caller: &Caller, input: SignIn<'_>) -> Result<Step, Fault> {
    limit_forms(portal, caller)?;
    let key = own_email(input.email).map(|address| address.key()).map_err(Refusal::problem)?;
    let password = typed_password("password", input.password)?;
    limit_address(portal, caller, &portal.auth.limits.password_by_address, "passwords from this address")?;
    limit_password(portal, caller, &key)?;
    let row = portal.store.credentials_by_email(&key).await?;
    let phc = row.as_ref().and_then(|row| row.password_phc.as_deref());
    let right = verify_password(portal, password, phc).await?;
    let known = row.as_ref().map(|row| row.account.id);
    let may = |account: &Account| account.verified.is_some() && account.disabled.is_none();
    let Some(row) = row.filter(|row| right && may(&row.account)) else {
        note_wrong("password", known, caller);
        return Err(wrong_password(portal));
    };
    forgive_password(portal, caller, &key);
    if row.account.second_factor.is_some() {
        return begin_second_step(portal, &row, input.next).await.map(Step::Code);
    }
    let session = open(portal, caller, row.account.id, Proof::PasswordOnly, row.fingerprint).await?;
    let (needs_second_factor, next) = (row.account.staff.is_some(), input.next.to_owned());
    Ok(Step::In(SignedIn { session, needs_second_factor, next }))
}

fn wrong_password(portal: &Portal) -> Fault {
    let fault = AccountFault::SignIn(portal.contact.to_string());
    Refusal::problem(Problem::new("email", fault)).into()
}

async fn begin_second_step(portal: &Portal, row: &CredentialsRow, next: &str) -> Result<Token, Fault> {
    let account = row.account.id;
    let shown = seal(portal, account, row.fingerprint.0.as_bytes())?;
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    let kept = waiting_form(PENDING, serde_json::json!([account.to_string(), next, shown]), None);
    waiting::keep(portal, &token, PENDING, &kept, PENDING_LASTS).await?;
    Ok(token)
}

/// The second step of signing in: a code of the authenticator app, or a recovery code, with the token of the right password. None
/// where nothing waits for it, or has too long.
///
/// # Errors
/// A wrong code; `CredentialsChanged` where the password was changed meanwhile; `TooMany` forms or codes; `TooFast`.
pub async fn sign_in_code(
    portal: &Portal,
    caller: &Caller,
    token: Option<&Token>,
    code: &TypedCode,
) -> Result<Option<SignedIn>, Fault> {
    limit_forms(portal, caller)?;
    let code = typed_code("code", code)?;
    let Some(token) = token else { return Ok(None) };
    let Some(Pending { account, next, shown }) = pending(portal, token).await? else { return Ok(None) };
    let proof = proof_of(portal, caller, account, code).await?;
    let session = open(portal, caller, account, proof, shown).await.map_err(|error| noted(error, account, caller))?;
    // They are signed in, whatever becomes of what waited: it runs out by itself.
    if let Err(error) = waiting::forget(portal, token, PENDING).await {
        tracing::warn!(%error, "a right password that has its code still waits");
    }
    Ok(Some(SignedIn { session, needs_second_factor: false, next }))
}

/// A right password that waits for its code.
struct Pending {
    account: AccountId,
    next: String,
    shown: Secret,
}

async fn pending(portal: &Portal, token: &Token) -> Result<Option<Pending>, Fault> {
    let Some(kept) = waiting::read(portal, token, PENDING).await? else { return Ok(None) };
    let [account, next, sealed]: [String; 3] = serde_json::from_value(kept.values).map_err(|_| Fault::Malformed)?;
    let account = account.parse().map_err(|_| Fault::Malformed)?;
    let shown = unseal(portal, account, &sealed).and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(shown.map(|shown| Pending { account, next, shown: Secret(shown) }))
}

/// Whether a right password waits for its code under this token.
///
/// # Errors
/// `Unavailable` when the database is.
pub async fn is_code_awaited(portal: &Portal, token: &Token) -> Result<bool, Fault> {
    Ok(pending(portal, token).await?.is_some())
}

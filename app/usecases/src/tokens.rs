//! Tokens of an organisation: made by one of its team, who is shown the secret once, ended, and taken over.

use crate::{
    Caller, Fault, Portal,
    accounts::{PENDING_LASTS, sealed_text, waiting_form},
    auth::{
        Token,
        proof::{seal, unseal},
        waiting,
    },
    decide::decide_as_said,
};
use domain::{
    account::Secret,
    actor::TokenScope,
    id::{AccountId, OrganisationId, TokenId},
    organisation::{Command, Event, Organisation, TokenDraft},
};
use sha2::{Digest, Sha256};

/// What every secret begins with, so that whoever looks for leaked secrets finds it.
pub const SECRET_PREFIX: &str = "prp_";

/// For what a fresh secret waits.
const SECRET: &str = "organisation-token";

/// A token to be made.
#[derive(Clone, Debug)]
pub struct MakeToken {
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// What it is called, as typed.
    pub name: String,
    /// How much it may do; none where nothing was chosen.
    pub scope: Option<TokenScope>,
    /// In which environments, by name. Others than there are do not count.
    pub environments: Vec<String>,
    /// How many days it lasts; none where nothing was chosen.
    pub days: Option<u16>,
}

/// A token of an organisation.
#[derive(Clone, Copy, Debug)]
pub struct OrganisationToken {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Which of its tokens.
    pub id: TokenId,
}

/// The secret of a token as its program sends it.
///
/// The part after the prefix is what [`Token`] makes of 32 random bytes.
pub fn secret_text(token: &Token) -> String {
    format!("{SECRET_PREFIX}{}", token.text())
}

/// What a program sent, when it has the shape of a secret.
pub fn read_secret(presented: &str) -> Option<Token> {
    Token::parse(presented.strip_prefix(SECRET_PREFIX)?)
}

/// Makes a token that acts as the caller, and says which; its secret waits for [`secret`]. For owners and developers, with a
/// proof: `proof` is password or code, where none was shown a moment ago. The same twice is one.
///
/// # Errors
/// What the rules refuse, a wrong proof included; `TooFast`.
pub async fn make(portal: &Portal, caller: &Caller, input: MakeToken, proof: &str) -> Result<TokenId, Fault> {
    let account = caller.person()?.account;
    let MakeToken { organisation, name, scope, environments, days } = input;
    let (millis, random) = portal.id_parts();
    let fresh = Token::from_bytes(portal.auth.ambient.bytes());
    let environments = environments.into_iter().filter(|name| portal.environment(name).is_ok()).collect();
    let command = Command::MakeToken {
        id: TokenId::from_parts(millis, random),
        draft: TokenDraft { name, scope, environments, days },
        secret: Secret(fresh.hash()),
    };
    let done = decide_as_said(portal, caller, organisation, command, Some(proof)).await?;
    let made = done.events.iter().find_map(|event| match event {
        Event::TokenMade { token, .. } => Some(*token),
        _ => None,
    });
    let id = made.ok_or(Fault::Unavailable)?;
    if !done.again {
        keep_secret(portal, account, id, &fresh).await?;
    }
    Ok(id)
}

/// Keeps a secret until whom it is for has seen it.
async fn keep_secret(portal: &Portal, account: AccountId, id: TokenId, fresh: &Token) -> Result<(), Fault> {
    let sealed = seal(portal, account, fresh.text().as_bytes())?;
    let form = waiting_form(SECRET, sealed.into(), Some(account));
    waiting::keep(portal, &place(id), SECRET, &form, PENDING_LASTS).await
}

/// Where the secret of a token waits: sealed under the key file, as everything that waits for an account is.
fn place(id: TokenId) -> Token {
    Token::from_bytes(Sha256::digest(id.to_string()).into())
}

/// The secret of a token that the caller made, until they say that it is saved or ten minutes are over.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn secret(portal: &Portal, caller: &Caller, id: TokenId) -> Result<Option<String>, Fault> {
    let account = caller.person()?.account;
    let Some(sealed) = sealed_text(portal, &place(id), SECRET, account).await? else { return Ok(None) };
    let opened = unseal(portal, account, &sealed).and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(opened.and_then(|text| Token::parse(&text)).map(|token| secret_text(&token)))
}

/// The secret is saved: it is never shown again.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn drop_secret(portal: &Portal, caller: &Caller, id: TokenId) -> Result<(), Fault> {
    match secret(portal, caller, id).await? {
        Some(_) => waiting::forget(portal, &place(id), SECRET).await,
        None => Ok(()),
    }
}

/// Ends a token: it stops working at once. For owners and developers. The same twice is one.
///
/// # Errors
/// What the rules refuse; `TooFast`.
pub async fn end(portal: &Portal, caller: &Caller, token: OrganisationToken) -> Result<(), Fault> {
    decide_as_said(portal, caller, token.organisation, Command::EndToken { id: token.id }, None).await.map(drop)
}

/// Lets a token act as the caller whose person left, or edits no more, with a new secret, which waits for [`secret`]: whoever
/// left knows the one before. For owners and developers, with a proof as in [`make`]. The same twice is one.
///
/// # Errors
/// `Stale` where the caller took it over by this before and it has lapsed or ended since; what the rules refuse, a wrong proof
/// included; `TooFast`.
pub async fn take_over(portal: &Portal, caller: &Caller, token: OrganisationToken, proof: &str) -> Result<(), Fault> {
    let account = caller.person()?.account;
    let fresh = Token::from_bytes(portal.auth.ambient.bytes());
    let command = Command::TakeTokenOver { id: token.id, secret: Secret(fresh.hash()) };
    let done = decide_as_said(portal, caller, token.organisation, command, Some(proof)).await?;
    let is_held = |state: &Organisation| {
        state.tokens.get(&token.id).is_some_and(|one| one.holder == account && one.lapsed_at.is_none())
    };
    if done.again && !is_held(&done.state) {
        return Err(Fault::Stale);
    }
    if !done.again && !done.events.is_empty() {
        keep_secret(portal, account, token.id, &fresh).await?;
    }
    Ok(())
}

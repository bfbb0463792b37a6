//! Accounts that begin with an invitation to a team: made by the link of its mail, which shows that the address is theirs.

use super::{account_of, as_visitor, new_password, or_noted, own_name, sessions::open};
use crate::{
    Caller, Fault, Portal,
    auth::{Asked, Token, proof::hash, tries::limit_forms},
    team::{self, Invitation},
    typed::{TypedName, TypedPassword},
};
use domain::{
    account::{Command, Proof, Secret},
    email::EmailAddress,
    id::{AccountId, InvitationId},
    refusal::Refusal,
};
use store::{Who, read::InvitationRow};

/// What came of the link of an invitation.
#[derive(Debug)]
pub struct Joined {
    /// The token of the session, where one could be opened.
    pub session: Option<Token>,
    /// Whether they are in the team. Where they are not, they have an account all the same, and answer with that.
    pub is_in: bool,
}

/// Creates the account of somebody who was invited to a team by the link of the mail, signs them in, and joins the team.
///
/// # Errors
/// `LinkGone` or `InvitationGone`; what is wrong with what was typed, by field; `TooMany` forms.
pub async fn join_by_link(
    portal: &Portal,
    caller: &Caller,
    to: Invitation,
    token: &str,
    (name, password): (&TypedName, &TypedPassword),
) -> Result<Joined, Fault> {
    limit_forms(portal, caller)?;
    let token = Token::parse(token).ok_or(Refusal::LinkGone)?;
    let invitation = portal.store.invitation_by_link(to.id, &token.hash(), portal.auth.ambient.now()).await?;
    let email = invitation.ok_or(Refusal::InvitationGone)?.email;
    let email = EmailAddress::parse(&email).map_err(|_| Refusal::InvitationGone)?;
    let mut problems = Vec::new();
    let name = or_noted(own_name(name), &mut problems);
    let password = or_noted(new_password(portal, Asked::First, password, email.as_str()).await?, &mut problems);
    let (Some(name), Some(password)) = (name, password) else {
        return Err(Refusal::Problems(problems).into());
    };
    let password = hash(portal, password).await?;
    let account = account_of(portal, &email).await?;
    let link = Secret(token.hash());
    as_visitor(portal, account, Command::SetUp { link, email, name, password }).await?;
    // They have an account from here on: what goes wrong now is told where they answer with it.
    let mut joined = Joined { session: None, is_in: false };
    match join_as(portal, caller, account, to, &mut joined.session).await {
        Ok(()) => joined.is_in = true,
        Err(error) => tracing::warn!(%error, %account, "whoever made an account by an invitation has not joined yet"),
    }
    Ok(joined)
}

async fn join_as(
    portal: &Portal,
    caller: &Caller,
    account: AccountId,
    to: Invitation,
    opened: &mut Option<Token>,
) -> Result<(), Fault> {
    let shown = portal.store.credentials(account).await?.ok_or(Fault::NotFound)?.fingerprint;
    let session = open(portal, caller, account, Proof::PasswordOnly, shown).await?;
    let token_hash = opened.insert(session).hash();
    let signed_in = portal.store.session(&token_hash, portal.auth.ambient.now()).await?;
    let now_in = Caller { signed_in, who: Who::Session { token_hash }, ..caller.clone() };
    team::accept_invitation(portal, &now_in, to).await
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
pub async fn invitation_link(portal: &Portal, id: InvitationId, token: &str) -> Result<InvitationLink, Fault> {
    let Some(token) = Token::parse(token) else { return Ok(InvitationLink::Gone) };
    let found = portal.store.invitation_by_link(id, &token.hash(), portal.auth.ambient.now()).await?;
    let Some(row) = found else { return Ok(InvitationLink::Gone) };
    let known = portal.store.credentials_by_email(&row.email).await?;
    Ok(match known.is_some_and(|known| known.account.verified.is_some() || known.account.staff.is_some()) {
        true => InvitationLink::HasAccount,
        false => InvitationLink::Open(Box::new(row)),
    })
}

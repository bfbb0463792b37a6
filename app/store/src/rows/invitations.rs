//! Invitations to teams in rows, so that whoever is invited finds theirs.

use super::Change;
use crate::{entity::*, error::StoreError};
use domain::{
    account::Secret,
    actor::account_of,
    email::EmailAddress,
    id::{AccountId, InvitationId, OrganisationId},
    organisation::{Invitation, Organisation},
};
use time::OffsetDateTime;

/// Brings the rows to what the organisation says now. What it does not say any more goes, whoever wrote it.
pub(super) async fn keep(
    transaction: &DatabaseTransaction,
    change: &Change<'_, Organisation>,
) -> Result<(), StoreError> {
    let (before, after) = (&change.before.invitations, &change.after.invitations);
    let organisation_id = Word(change.after.id);
    let others = invitation::Entity::delete_many().filter(invitation::OrganisationId.eq(organisation_id));
    run(transaction, &others.filter(invitation::Id.is_not_in(after.keys().copied().map(Word)))).await?;
    for (id, invitation) in after.iter().filter(|(id, is)| before.get(id) != Some(is)) {
        let row = invitation::Model {
            id: Word(*id),
            organisation_id,
            email_key: invitation.email_key(),
            role: Word(invitation.role),
            invited_by: account_of(&invitation.stamp).map(Word),
            until: At(invitation.until()),
            token_hash: None,
        };
        let mut again = OnConflict::column(invitation::Id);
        again.update_columns([invitation::EmailKey, invitation::InvitedBy, invitation::Until]);
        run(transaction, &Insert::one(row).on_conflict(again)).await?;
    }
    Ok(())
}

/// Whether the account of an address is in the team.
pub(super) async fn is_in(
    transaction: &DatabaseTransaction,
    team: OrganisationId,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let members = membership::Entity::find().inner_join(account::Entity).filter(account::EmailKey.eq(email.key()));
    let members = members.filter(membership::OrganisationId.eq(Word(team))).filter(membership::EndedAt.is_null());
    is_any(transaction, members).await
}

/// Whether an invitation is to the address of this account.
pub(super) async fn is_to(
    transaction: &DatabaseTransaction,
    invitation: &Invitation,
    account: AccountId,
) -> Result<bool, StoreError> {
    let account = account::Entity::find_by_id(Word(account)).filter(account::EmailKey.eq(invitation.email_key()));
    is_any(transaction, account).await
}

/// Whether this is the link in the latest mail of an invitation.
pub(super) async fn has_link(
    transaction: &DatabaseTransaction,
    id: InvitationId,
    link: &Secret,
) -> Result<bool, StoreError> {
    let row = invitation::Entity::find_by_id(Word(id)).filter(invitation::TokenHash.eq(link.0.clone()));
    is_any(transaction, row).await
}

/// Whether an account of this address can be made by a link now.
pub(super) async fn lets_set_up(
    transaction: &DatabaseTransaction,
    email: &EmailAddress,
    link: &Secret,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let open = invitation::Entity::find().filter(invitation::TokenHash.eq(link.0.clone()));
    let open = open.filter(invitation::EmailKey.eq(email.key())).filter(invitation::Until.gt(At(now)));
    let sender = open.select_only().column(invitation::InvitedBy).into_tuple().one(transaction).await?;
    match sender {
        Some(sender) => Ok(!is_locked(transaction, sender).await?),
        None => Ok(false),
    }
}

/// Whether whoever sent an invitation may not sign in now.
pub(super) async fn is_locked(
    transaction: &DatabaseTransaction,
    sender: Option<Word<AccountId>>,
) -> Result<bool, StoreError> {
    let Some(sender) = sender else { return Ok(false) };
    is_any(transaction, account::Entity::find_by_id(sender).filter(account::Disabled.eq(true))).await
}

/// The link made an account: nobody makes one by it again.
pub(super) async fn use_up(transaction: &DatabaseTransaction, link: &Secret) -> Result<(), StoreError> {
    let used = update(invitation::ActiveModel { token_hash: Set(None), ..Default::default() });
    run(transaction, &used.filter(invitation::TokenHash.eq(link.0.clone()))).await.map(|_| ())
}

//! Tokens of organisations: found by the hash of their secret, with whom they act as, and that person's role, as they are now.

use crate::{entity::*, error::StoreError, read::may_read, rows::Change, sessions::SignedIn, store::Store};
use ::time::{OffsetDateTime, Time};
use domain::{
    actor::{ActingToken, Person},
    id::{AccountId, OrganisationId, TokenId},
    organisation::{ApiToken, Command, Organisation},
};
use std::collections::BTreeMap;

/// Whoever a token acts as, with at most what both may do; none where it does not work: it was ended or has expired, or
/// its person left, is locked or has a staff role.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    token_hash: &str,
    now: OffsetDateTime,
) -> Result<Option<SignedIn>, StoreError> {
    let row = api_token::Entity::find_by_id(token_hash).inner_join(organisation::Entity).select_only();
    let row = row.columns([api_token::Id, api_token::UsedAt]).column(organisation::State).into_tuple();
    let row: Option<(Word<TokenId>, Option<At>, Document)> = row.one(connection).await?;
    let Some((Word(id), used_at, state)) = row else { return Ok(None) };
    let organisation: Organisation = state.read()?;
    let Some(token) = organisation.tokens.get(&id).filter(|token| token.works(now)) else { return Ok(None) };
    let Some(account) = holder(connection, token.holder).await? else { return Ok(None) };
    Ok(acting(&organisation, (id, token), account, time(used_at)))
}

/// The holder's account, while it may do anything.
async fn holder(connection: &impl ConnectionTrait, id: AccountId) -> Result<Option<account::Model>, StoreError> {
    let account = account::Entity::find_by_id(Word(id)).filter(account::Disabled.eq(false));
    Ok(account.filter(account::StaffRole.is_null()).one(connection).await?)
}

fn acting(
    organisation: &Organisation,
    (id, token): (TokenId, &ApiToken),
    account: account::Model,
    used_at: Option<OffsetDateTime>,
) -> Option<SignedIn> {
    let role = *organisation.members.get(&token.holder)?;
    let acting =
        ActingToken { id, name: token.name.clone(), scope: token.scope, environments: token.environments.clone() };
    let person = Person {
        account: token.holder,
        staff: None,
        memberships: [(organisation.id, role)].into(),
        ever_belonged: [organisation.id].into(),
        // What asks for a second factor asks for a person.
        second_factor: false,
        reauthenticated_at: None,
        token: Some(Box::new(acting)),
    };
    Some(SignedIn {
        person,
        email: account.email,
        name: account.name,
        organisations: vec![organisation.name.clone()],
        has_second_factor: account.second_factor,
        created_at: token.made.at,
        seen_at: used_at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
        expires_at: token.until,
    })
}

/// Brings the rows to what the organisation says now. What it does not say any more goes, whoever wrote it.
pub(crate) async fn keep(
    transaction: &DatabaseTransaction,
    change: &Change<'_, Organisation>,
) -> Result<(), StoreError> {
    let (before, after) = (&change.before.tokens, &change.after.tokens);
    let organisation_id = Word(change.after.id);
    if before.keys().any(|id| !after.contains_key(id)) {
        let others = api_token::Entity::delete_many().filter(api_token::OrganisationId.eq(organisation_id));
        run(transaction, &others.filter(api_token::Id.is_not_in(after.keys().copied().map(Word)))).await?;
    }
    let (Command::MakeToken { id, secret, .. } | Command::TakeTokenOver { id, secret }) = change.command else {
        return Ok(());
    };
    let Some(token) = after.get(id).filter(|token| before.get(id) != Some(token)) else { return Ok(()) };
    let earlier = api_token::Entity::delete_many().filter(api_token::Id.eq(Word(*id)));
    run(transaction, &earlier).await?;
    let (token_hash, id, account_id) = (secret.0.clone(), Word(*id), Word(token.holder));
    add(transaction, api_token::Model { token_hash, id, organisation_id, account_id, used_at: None }).await
}

/// Forgets the secrets of all tokens that act as somebody: they stop working for good, and are shown as stopped.
pub(crate) async fn forget_those_of(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), StoreError> {
    let held = api_token::Entity::delete_many().filter(api_token::AccountId.eq(Word(account)));
    run(transaction, &held).await.map(|_| ())
}

impl Store {
    /// Whoever a token (SHA-256 of its secret, lowercase hex) acts as; none where it does not work. Notes its use at most
    /// once a day; that is not part of the history.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Unreadable`].
    pub async fn by_token(&self, token_hash: &str, now: OffsetDateTime) -> Result<Option<SignedIn>, StoreError> {
        let found = find(self.reads(), token_hash, now).await?;
        let today = now.replace_time(Time::MIDNIGHT);
        if found.as_ref().is_some_and(|acting| acting.seen_at < today) {
            let used = api_token::ActiveModel { used_at: Set(Some(At(today))), ..Default::default() };
            self.write(&update(used).filter(api_token::TokenHash.eq(token_hash))).await?;
        }
        Ok(found)
    }

    /// On which day each token of an organisation was used last, if ever. Of one that is not there the secret was forgotten.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for whoever may not read it; [`StoreError::Unavailable`].
    pub async fn tokens_used(
        &self,
        viewer: &Person,
        organisation: OrganisationId,
    ) -> Result<BTreeMap<TokenId, Option<OffsetDateTime>>, StoreError> {
        may_read(viewer, organisation)?;
        let rows = api_token::Entity::find().filter(api_token::OrganisationId.eq(Word(organisation))).select_only();
        let rows = rows.columns([api_token::Id, api_token::UsedAt]).into_tuple();
        let rows: Vec<(Word<TokenId>, Option<At>)> = rows.all(self.reads()).await?;
        Ok(rows.into_iter().map(|(Word(id), used_at)| (id, time(used_at))).collect())
    }
}

//! Whether the owners of an organisation can be reached, in columns with indexes, so that staff list those whose owners cannot
//! without looking at every organisation. Judged again in the transaction that locks or unlocks an account, changes a team,
//! or asks to join it; and whenever an owner signs in.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, millis, values},
};
use domain::{
    account::Account,
    actor::{By, TeamRole},
    id::{AccountId, OrganisationId},
    organisation::{OWNERS_ANSWER_WITHIN, Organisation},
};
use time::OffsetDateTime;

/// The owners of the organisation in the row of `organisations` who can sign in. As SQL, like the steps of the schema that made
/// the columns: the row is set to what a query about it says.
const OWNERS: &str = "FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = organisations.id AND m.role = 'owner' AND m.ended_at IS NULL AND NOT a.disabled";

/// When an owner `a` signed in last, or was unlocked: whoever could not sign in before has as long to answer as others.
const SEEN: &str = "CASE WHEN a.unlocked_at > COALESCE(a.signed_in_at, 0) THEN a.unlocked_at ELSE a.signed_in_at END";

/// The organisations that this account owns.
const OWNED: &str = "id IN (SELECT organisation_id FROM memberships
                            WHERE account_id = $1 AND role = 'owner' AND ended_at IS NULL)";

/// Whether an organisation has an owner who can sign in, beside this account.
pub(super) async fn has_owner_but(
    transaction: &DatabaseTransaction,
    id: OrganisationId,
    account: AccountId,
) -> Result<bool, StoreError> {
    let owners = membership::Entity::find().inner_join(account::Entity).filter(account::Disabled.eq(false));
    let owners = owners.filter(membership::OrganisationId.eq(Word(id))).filter(membership::EndedAt.is_null());
    let owners = owners.filter(membership::Role.eq(Word(TeamRole::Owner)));
    is_any(transaction, owners.filter(membership::AccountId.ne(Word(account)))).await
}

/// Whether the owners of an organisation can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owners {
    /// Whether none of them can sign in.
    pub none_can_sign_in: bool,
    /// When any of those who can did last, or was unlocked.
    pub seen_at: Option<OffsetDateTime>,
}

/// What is known of the owners of an organisation.
pub(crate) async fn owners(connection: &impl ConnectionTrait, id: OrganisationId) -> Result<Owners, StoreError> {
    let row = organisation::Entity::find_by_id(Word(id)).select_only();
    let row = row.columns([organisation::WithoutOwner, organisation::OwnerSeenAt]).into_tuple();
    let row: Option<(bool, Option<At>)> = row.one(connection).await?;
    let (without_owner, seen_at) = row.ok_or(StoreError::NotFound)?;
    Ok(Owners { none_can_sign_in: without_owner, seen_at: seen_at.map(|At(at)| at) })
}

/// Whether the actor locked one of the owners: whoever keeps them from answering does not answer in their place.
pub(crate) async fn has_locked_owner(
    connection: &impl ConnectionTrait,
    organisation: &Organisation,
    actor: By,
) -> Result<bool, StoreError> {
    let owners = organisation.members.iter().filter(|(_, role)| **role == TeamRole::Owner);
    let owners = owners.map(|(account, _)| Word(*account));
    let locked = account::Entity::find().filter(account::Id.is_in(owners)).filter(account::Disabled.eq(true));
    let locked = locked.select_only().column(account::State).into_tuple::<Json<Account>>().all(connection).await?;
    Ok(locked.into_iter().any(|Json(owner)| owner.disabled.is_some_and(|stamp| stamp.by == actor)))
}

/// Whoever signs in is there to answer for what they own: staff may not for as long again.
pub(super) async fn signed_in(
    transaction: &DatabaseTransaction,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let seen = account::ActiveModel { signed_in_at: Set(Some(At(now))), ..Default::default() };
    run(transaction, &update(seen).filter(account::Id.eq(Word(account)))).await?;
    let within = OWNERS_ANSWER_WITHIN.whole_milliseconds();
    let owned = format!(
        "UPDATE organisations SET owner_seen_at = $2,
                join_waits_from = CASE WHEN join_waits_from IS NOT NULL THEN $2 + {within} END
         WHERE {OWNED}"
    );
    sql::run(transaction, &owned, values![Word(account), millis(now)]).await.map(|_| ())
}

/// Whoever is unlocked may not have been able to answer until now. The organisations are judged by whoever unlocks.
pub(super) async fn unlocked(
    transaction: &DatabaseTransaction,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let unlocked = account::ActiveModel { unlocked_at: Set(Some(At(now))), ..Default::default() };
    run(transaction, &update(unlocked).filter(account::Id.eq(Word(account)))).await.map(|_| ())
}

/// Judges the organisations that this account belongs to.
pub(super) async fn judge_those_of(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), StoreError> {
    let theirs = "id IN (SELECT organisation_id FROM memberships WHERE account_id = $1)";
    judge(transaction, theirs, account.to_string()).await
}

/// Judges one organisation.
pub(super) async fn judge_one(transaction: &DatabaseTransaction, id: OrganisationId) -> Result<(), StoreError> {
    judge(transaction, "id = $1", id.to_string()).await
}

/// First whether there is an owner, then from when on staff may answer, which follows from that by the rule of
/// `domain::organisation::are_unreachable`: none where nobody asks.
async fn judge(transaction: &DatabaseTransaction, which: &str, value: String) -> Result<(), StoreError> {
    let owners = format!(
        "UPDATE organisations SET without_owner = NOT EXISTS (SELECT 1 {OWNERS}),
                                  owner_seen_at = (SELECT MAX({SEEN}) {OWNERS})
         WHERE {which}"
    );
    sql::run(transaction, &owners, values![value.clone()]).await?;
    let within = OWNERS_ANSWER_WITHIN.whole_milliseconds();
    let waits = format!(
        "UPDATE organisations SET join_waits_from = (
             SELECT MIN(CASE WHEN organisations.without_owner THEN r.asked_at
                             WHEN organisations.owner_seen_at > r.asked_at THEN organisations.owner_seen_at + {within}
                             ELSE r.asked_at + {within} END)
             FROM join_requests r WHERE r.organisation_id = organisations.id)
         WHERE {which}"
    );
    sql::run(transaction, &waits, values![value]).await.map(|_| ())
}

//! Organisations of which no owner can sign in, marked in a column with an index, so that staff list them without looking
//! at every organisation. Judged again in the transaction that locks or unlocks an account or changes a team.

use crate::{
    entity::*,
    error::StoreError,
    sql::{self, values},
};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
};

/// Whether no owner of the organisation in the row of `organisations` can sign in. As SQL, like the step of the schema that
/// made the column: the row is set to what a query about it says.
const WITHOUT_OWNER: &str = "NOT EXISTS (
    SELECT 1 FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = organisations.id AND m.role = 'owner' AND m.ended_at IS NULL AND NOT a.disabled)";

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

/// Judges the organisations that this account belongs to.
pub(super) async fn judge_those_of(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), StoreError> {
    let theirs = "id IN (SELECT organisation_id FROM memberships WHERE account_id = $1)";
    judge(transaction, theirs, account.to_string()).await
}

/// Judges one organisation.
pub(super) async fn judge_one(transaction: &DatabaseTransaction, id: OrganisationId) -> Result<(), StoreError> {
    judge(transaction, "id = $1", id.to_string()).await
}

async fn judge(transaction: &DatabaseTransaction, which: &str, value: String) -> Result<(), StoreError> {
    let update = format!("UPDATE organisations SET without_owner = {WITHOUT_OWNER} WHERE {which}");
    sql::run(transaction, &update, values![value]).await.map(|_| ())
}

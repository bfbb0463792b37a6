//! Organisations of which no owner can sign in, marked in a column with an index, so that staff list them without looking
//! at every organisation. Judged again in the transaction that locks or unlocks an account or changes a team.

use crate::{
    error::StoreError,
    sql::{self, values},
};
use domain::id::{AccountId, OrganisationId};
use sea_orm::DatabaseTransaction;

/// Whether no owner of the organisation in the row of `organisations` can sign in. As SQL, like the step of the schema that
/// made the column: the row is set to what a query about it says.
const WITHOUT_OWNER: &str = "NOT EXISTS (
    SELECT 1 FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.organisation_id = organisations.id AND m.role = 'owner' AND m.ended_at IS NULL AND NOT a.disabled)";

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

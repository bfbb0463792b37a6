//! Whose vote counts now, read in the transaction that decides on it (threat 3). The database has the same rule of its
//! own, in the view `counting_approvals`, which guards what is asked of the client stores.

use crate::{
    error::StoreError,
    sql::{self, Columns, values},
};
use domain::{
    actor::StaffRole,
    authority::{Authority, Voters},
    id::{AccountId, OrganisationId},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

/// What these accounts are allowed by now, as to votes about a partner organisation's registrations.
pub(crate) async fn voters(
    connection: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Voters, StoreError> {
    Ok(read(connection, organisation, accounts).await?.into_iter().collect())
}

/// What an account is allowed by now, as to acts that concern no partner; none where there is no such account.
pub(crate) async fn of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Option<Authority>, StoreError> {
    Ok(read(connection, None, [account]).await?.pop().map(|(_, authority)| authority))
}

async fn read(
    connection: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<(AccountId, Authority)>, StoreError> {
    let ids: Vec<Value> = accounts.into_iter().map(|account| account.to_string().into()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = format!("SELECT {COLUMNS} FROM {ACCOUNTS} WHERE a.id IN ({})", sql::places(2, ids.len()));
    let mut values = values![organisation.map(|id| id.to_string())];
    values.extend(ids);
    sql::all(connection, &select, values).await?.iter().map(voter).collect()
}

/// As SQL, like the lists of pages that read it with more columns: accounts `a`, each with its membership `m`, of now or of the past, of the organisation `$1`.
pub(crate) const ACCOUNTS: &str =
    "accounts a LEFT JOIN memberships m ON m.account_id = a.id AND m.organisation_id = $1";

/// What [`voter`] reads of [`ACCOUNTS`].
pub(crate) const COLUMNS: &str = "a.id, a.staff_role, a.second_factor, a.disabled, m.role";

/// An account, and what it is allowed by now.
pub(crate) fn voter(row: &QueryResult) -> Result<(AccountId, Authority), StoreError> {
    let authority = Authority {
        staff: row.word_option::<StaffRole>("staff_role")?,
        second_factor: row.col("second_factor")?,
        locked: row.col("disabled")?,
        belonged: row.col::<Option<String>>("role")?.is_some(),
    };
    Ok((row.parsed("id")?, authority))
}

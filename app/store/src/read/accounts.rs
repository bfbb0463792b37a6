//! Accounts: the list for staff.

use super::{
    name_or,
    page::{List, Page},
    staff_only,
};
use crate::{
    error::StoreError,
    sql::{self, Columns, values},
    store::Store,
};
use domain::{
    account::{Account, ProposedRole},
    actor::{By, Person, StaffRole},
    id::AccountId,
};
use sea_orm::QueryResult;
use serde::{Deserialize, Serialize};

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// The person's name; may be empty for staff added on the command line.
    pub name: String,
    /// The address.
    pub email: String,
    /// The staff role in force.
    pub staff: Option<StaffRole>,
    /// A change of staff role that waits for a second admin.
    pub proposed_role: Option<ProposedRole>,
    /// Who proposed it.
    pub proposed_by: Option<String>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// Whether the address is verified.
    pub verified: bool,
}

impl Store {
    /// Accounts, the oldest first, those with part of a name or address. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn people(
        &self,
        viewer: &Person,
        search: &str,
        cursor: Option<&str>,
    ) -> Result<Page<AccountRow>, StoreError> {
        staff_only(viewer)?;
        let select = "SELECT a.id, a.state, a.created_at AS key_number, a.id AS key_text FROM accounts a";
        let mut list = List::new(select, ["a.created_at", "a.id"], false);
        list.containing(search, &["a.name", "a.email"]);
        let mut page = list.page(self.connection(), cursor, account_row).await?;
        for row in &mut page.rows {
            row.proposed_by = match row.proposed_role.as_ref().map(|proposed| proposed.stamp.by) {
                Some(By::Account(proposer)) => self.name_of(proposer).await?,
                _ => None,
            };
        }
        Ok(page)
    }

    async fn name_of(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        let select = "SELECT name, email FROM accounts WHERE id = $1";
        let row = sql::first(self.connection(), select, values![account.to_string()]).await?;
        row.map(|row| Ok(name_or(row.col("name")?, &row.col::<String>("email")?))).transpose()
    }
}

fn account_row(row: &QueryResult) -> Result<AccountRow, StoreError> {
    let account: Account = row.json("state")?;
    Ok(AccountRow {
        id: row.parsed("id")?,
        name: account.name,
        email: account.email.map(String::from).unwrap_or_default(),
        staff: account.staff,
        proposed_role: account.proposed_role,
        proposed_by: None,
        disabled: account.disabled.is_some(),
        second_factor: account.second_factor.is_some(),
        verified: account.verified.is_some(),
    })
}

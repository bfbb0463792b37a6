//! Accounts: one's own, and the list for staff.

use super::{
    name_or,
    page::{List, Page},
    staff_only,
};
use crate::{
    error::StoreError,
    sessions::{ABSOLUTE_LIMIT, IDLE_LIMIT},
    sql::{self, Columns, millis, values},
    store::Store,
};
use domain::{
    account::{Account, ProposedRole},
    actor::{By, Person, StaffRole},
    id::AccountId,
};
use sea_orm::QueryResult;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The viewer's own account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// Its state.
    pub account: Account,
    /// Its version.
    pub version: u64,
    /// Open sessions, the one used last first.
    pub sessions: Vec<SessionRow>,
    /// How many recovery codes are unused.
    pub recovery_codes_left: u64,
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// SHA-256 of its token: ends it, but does not open it.
    pub token_hash: String,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was used last, to the minute.
    pub seen_at: OffsetDateTime,
    /// Whether with a second factor.
    pub second_factor: bool,
}

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
    /// The viewer's own account with its open sessions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn account(&self, viewer: &Person, now: OffsetDateTime) -> Result<AccountDetails, StoreError> {
        let (account, version) = self.load::<Account>(viewer.account).await?;
        let id = viewer.account.to_string();
        let select = "SELECT token_hash, created_at, seen_at, second_factor FROM sessions
                      WHERE account_id = $1 AND seen_at > $2 AND created_at > $3 ORDER BY seen_at DESC, token_hash";
        let limits = values![id.clone(), millis(now - IDLE_LIMIT), millis(now - ABSOLUTE_LIMIT)];
        let session = |row: &QueryResult| {
            Ok(SessionRow {
                token_hash: row.col("token_hash")?,
                created_at: row.time("created_at")?,
                seen_at: row.time("seen_at")?,
                second_factor: row.col("second_factor")?,
            })
        };
        let sessions = sql::all(self.connection(), select, limits).await?;
        let select = "SELECT COUNT(*) AS unused FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL";
        let unused = sql::first(self.connection(), select, values![id]).await?;
        Ok(AccountDetails {
            account,
            version,
            sessions: sessions.iter().map(session).collect::<Result<_, StoreError>>()?,
            recovery_codes_left: unused.map_or(Ok(0), |row| row.number("unused"))?,
        })
    }

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

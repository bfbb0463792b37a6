//! Accounts, for staff: the list, and the partner organisations of one.

use super::{
    name_or, names_of,
    page::{List, Page},
    sought::Sought,
    staff_only,
};
use crate::{
    entity::*,
    error::StoreError,
    list_words::List as Listed,
    sql::{self, values},
    store::Store,
};
use domain::{
    account::{Account, ProposedRole},
    actor::{Person, StaffRole, account_of},
    id::{AccountId, OrganisationId},
    person_name::{PersonName, PersonNames},
    text::name_shape,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// The person's name; the address where there is none, as of staff added on the command line.
    pub name: PersonName,
    /// The address.
    pub email: String,
    /// The staff role in force.
    pub staff: Option<StaffRole>,
    /// A change of staff role that waits for a second admin.
    pub proposed_role: Option<ProposedRole>,
    /// Who proposed it.
    pub proposed_by: Option<PersonName>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// Whether the address is verified.
    pub verified: bool,
    /// Whom the name could be taken for, in sentences; none for staff.
    pub doubts: Vec<String>,
}

/// A partner organisation of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Whether the person is in its team now.
    pub present: bool,
    /// Whether the person is an owner of it, and no other owner can sign in.
    pub only_owner: bool,
}

impl Store {
    /// The partner organisations that a person belongs or ever belonged to, by name. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn belongings(&self, viewer: &Person, account: AccountId) -> Result<Vec<Belonging>, StoreError> {
        staff_only(viewer)?;
        // As SQL: whether there is another owner is said by the database, row by row.
        let select = "SELECT o.id, o.name, m.ended_at,
                             CAST(CASE WHEN m.role = 'owner' AND m.ended_at IS NULL AND NOT EXISTS (
                                 SELECT 1 FROM memberships other JOIN accounts a ON a.id = other.account_id
                                 WHERE other.organisation_id = o.id AND other.account_id <> m.account_id
                                     AND other.role = 'owner' AND other.ended_at IS NULL AND NOT a.disabled)
                             THEN 1 ELSE 0 END AS BIGINT) AS only_owner
                      FROM memberships m JOIN organisations o ON o.id = m.organisation_id
                      WHERE m.account_id = $1 ORDER BY o.name, o.id";
        let rows = sql::tuples(self.reads(), select, values![Word(account)]).await?;
        let belonging = |(Word(id), name, ended_at, only_owner): (_, _, Option<At>, i64)| Belonging {
            id,
            name,
            present: ended_at.is_none(),
            only_owner: only_owner > 0,
        };
        Ok(rows.into_iter().map(belonging).collect())
    }

    /// Accounts, the oldest first, those whose name or address has the words, or words that begin so. For staff.
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
        let sought = Sought::of(self, Listed::Accounts, search).await?;
        let select = "SELECT a.state, a.created_at AS key_number, a.id AS key_text FROM accounts a";
        let list = List::new(select, ["a.created_at", "a.id"], false).along("accounts a", sought);
        let page = list.page(self, cursor).await?;
        let mut page = page.map(|AccountColumns { state: Json(account) }| account_row(account, self.person_names()));
        let proposer = |row: &AccountRow| account_of(&row.proposed_role.as_ref()?.stamp);
        let names = names_of(self.reads(), self.person_names(), page.rows.iter().filter_map(proposer)).await?;
        for row in &mut page.rows {
            row.proposed_by = proposer(row).and_then(|account| names.get(&account).cloned());
        }
        self.doubt(&mut page.rows).await?;
        Ok(page)
    }

    /// What people are called now. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn names(
        &self,
        viewer: &Person,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<BTreeMap<AccountId, PersonName>, StoreError> {
        staff_only(viewer)?;
        names_of(self.reads(), self.person_names(), accounts).await
    }

    /// Says of each row but staff's whom its name could be taken for: one look-up for all of them.
    async fn doubt(&self, rows: &mut [AccountRow]) -> Result<(), StoreError> {
        let Some(protected) = self.environments().first().map(|policy| &policy.protected) else { return Ok(()) };
        let shapes: Vec<String> =
            rows.iter().map(|row| name_shape(row.name.as_typed())).filter(|shape| !shape.is_empty()).collect();
        let mut staff: Vec<String> = Vec::new();
        if !shapes.is_empty() {
            let alike = account::Entity::find().filter(account::StaffRole.is_not_null()).select_only().distinct();
            let alike = alike.column(account::NameShape).filter(account::NameShape.is_in(shapes));
            staff = alike.into_tuple().all(self.reads()).await?;
        }
        for row in rows.iter_mut().filter(|row| row.staff.is_none()) {
            row.doubts = protected.person_doubts(row.name.as_typed(), staff.contains(&name_shape(row.name.as_typed())));
        }
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct AccountColumns {
    state: Json<Account>,
}

fn account_row(account: Account, names: &PersonNames) -> AccountRow {
    let email = account.email.map(String::from).unwrap_or_default();
    AccountRow {
        id: account.id,
        name: names.shown(&name_or(account.name, &email), account.staff),
        email,
        staff: account.staff,
        proposed_role: account.proposed_role,
        proposed_by: None,
        disabled: account.disabled.is_some(),
        second_factor: account.second_factor.is_some(),
        verified: account.verified.is_some(),
        doubts: Vec::new(),
    }
}

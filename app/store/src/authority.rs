//! Whose vote counts now, read in the transaction that decides on it (threat 3). The database has the same rule of its
//! own, in the view `counting_approvals`, which guards what is asked of the client stores.

use crate::{entity::*, error::StoreError};
use domain::{
    actor::{StaffRole, TeamRole},
    authority::{Authority, Voters},
    id::{AccountId, OrganisationId},
};
use sea_orm::sea_query::{ExprTrait, IntoCondition};
use std::collections::BTreeSet;

/// What these accounts are allowed by now, as to votes about a partner organisation's registrations.
pub(crate) async fn voters(
    connection: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Voters, StoreError> {
    Ok(read(connection, organisation, accounts).await?.iter().map(Known::authority).collect())
}

/// What an account is allowed by now, as to acts that concern no partner; none where there is no such account.
pub(crate) async fn of(connection: &impl ConnectionTrait, account: AccountId) -> Result<Option<Authority>, StoreError> {
    Ok(read(connection, None, [account]).await?.first().map(|known| known.authority().1))
}

/// Accounts, each with its membership, of now or of the past, of an organisation.
pub(crate) async fn read(
    connection: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<Known>, StoreError> {
    let ids: Vec<_> = accounts.into_iter().map(Word).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_it = move |member| Expr::col((member, membership::OrganisationId)).eq(organisation.map(Word));
    let member = account::Entity::belongs_to(membership::Entity).from(account::Id).to(membership::AccountId);
    let member = member.on_condition(move |_, member| of_it(member).into_condition());
    let rows = account::Entity::find().join(JoinType::LeftJoin, member.into()).filter(account::Id.is_in(ids));
    Ok(rows.into_partial_model().all(connection).await?)
}

/// Which of these accounts belong, or once belonged, to which of these organisations.
pub(crate) async fn belonging(
    connection: &impl ConnectionTrait,
    organisations: impl IntoIterator<Item = OrganisationId>,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<BTreeSet<(AccountId, OrganisationId)>, StoreError> {
    let (organisations, accounts): (Vec<_>, Vec<_>) =
        (organisations.into_iter().map(Word).collect(), accounts.into_iter().map(Word).collect());
    if organisations.is_empty() || accounts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let places = membership::Entity::find().filter(membership::AccountId.is_in(accounts));
    let places = places.filter(membership::OrganisationId.is_in(organisations)).all(connection).await?;
    Ok(places.into_iter().map(|place| (place.account_id.0, place.organisation_id.0)).collect())
}

/// An account with its place in an organisation, of now or of the past.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub(crate) struct Known {
    pub(crate) id: Word<AccountId>,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) staff_role: OrNull<Word<StaffRole>>,
    second_factor: bool,
    disabled: bool,
    #[sea_orm(from_expr = "Expr::col((membership::Entity, membership::Role))")]
    pub(crate) role: OrNull<Word<TeamRole>>,
    #[sea_orm(from_expr = "Expr::col((membership::Entity, membership::EndedAt))")]
    pub(crate) ended_at: OrNull<At>,
}

impl Known {
    /// Whose it is, and what it is allowed by now.
    pub(crate) fn authority(&self) -> (AccountId, Authority) {
        let staff = self.staff_role.0.map(|Word(role)| role);
        let belonged = self.role.0.is_some();
        (self.id.0, Authority { staff, second_factor: self.second_factor, locked: self.disabled, belonged })
    }
}

//! Requests to join and offers of the ownership in rows, so that whoever asked, or is offered it, finds theirs.

use super::Change;
use crate::{entity::*, error::StoreError};
use domain::{
    actor::Actor,
    id::{AccountId, OrganisationId},
    organisation::{MOST_ORGANISATIONS, Offer, Organisation},
};
use std::collections::{BTreeMap, BTreeSet};

/// Brings the rows of requests to what the organisation says now. What it does not say any more goes, whoever wrote it.
pub(super) async fn keep_requests(
    transaction: &DatabaseTransaction,
    change: &Change<'_, Organisation>,
) -> Result<(), StoreError> {
    let (before, after) = (&change.before.requests, &change.after.requests);
    let organisation_id = Word(change.after.id);
    let others = join_request::Entity::delete_many().filter(join_request::OrganisationId.eq(organisation_id));
    run(transaction, &others.filter(join_request::AccountId.is_not_in(after.keys().copied().map(Word)))).await?;
    for (asker, request) in after.iter().filter(|(asker, is)| before.get(asker) != Some(is)) {
        let row = join_request::Model { organisation_id, account_id: Word(*asker), asked_at: At(request.at) };
        // An instance of the version before drops requests from a state that it writes, and leaves their rows.
        let mut again = OnConflict::columns([join_request::OrganisationId, join_request::AccountId]);
        again.update_column(join_request::AskedAt);
        run(transaction, &Insert::one(row).on_conflict(again)).await?;
    }
    Ok(())
}

/// Brings the rows of the team to what is offered to whom now. After the team's own rows: an offer stands in one of them.
pub(super) async fn keep_offers(
    transaction: &DatabaseTransaction,
    change: &Change<'_, Organisation>,
) -> Result<(), StoreError> {
    let (before, after) = (&change.before.offers, &change.after.offers);
    let offered: BTreeSet<AccountId> = before.values().chain(after.values()).map(|offer| offer.to).collect();
    for to in offered {
        let until = |offers: &BTreeMap<AccountId, Offer>| {
            offers.values().filter(|offer| offer.to == to).map(|offer| offer.until()).max()
        };
        if until(before) == until(after) {
            continue;
        }
        let offered = membership::ActiveModel { offered_until: Set(until(after).map(At)), ..Default::default() };
        let of_account = update(offered).filter(membership::AccountId.eq(Word(to)));
        run(transaction, &of_account.filter(membership::OrganisationId.eq(Word(change.after.id)))).await?;
    }
    Ok(())
}

/// How many requests of the actor were not answered.
pub(super) async fn asked_by(transaction: &DatabaseTransaction, actor: &Actor) -> Result<usize, StoreError> {
    let Some(person) = actor.person() else { return Ok(0) };
    let own = join_request::Entity::find().filter(join_request::AccountId.eq(Word(person.account)));
    let own = own.select_only().column(join_request::OrganisationId);
    Ok(own.into_tuple::<Word<OrganisationId>>().all(transaction).await?.len())
}

/// Whether somebody may belong to no team, or to no other one: locked, with a staff role, or in as many as one may be.
pub(super) async fn is_barred(transaction: &DatabaseTransaction, account: AccountId) -> Result<bool, StoreError> {
    let row = account::Entity::find_by_id(Word(account)).select_only().column(account::Disabled);
    let row = row.column_as(account::StaffRole.is_not_null(), "is_staff").column(account::Verified).into_tuple();
    let Some((locked, is_staff, verified)): Option<(bool, bool, bool)> = row.one(transaction).await? else {
        return Ok(true);
    };
    let teams = membership::Entity::find().filter(membership::AccountId.eq(Word(account)));
    let teams = teams.filter(membership::EndedAt.is_null()).select_only().column(membership::OrganisationId);
    let teams = teams.into_tuple::<Word<OrganisationId>>().all(transaction).await?.len();
    Ok(locked || is_staff || !verified || teams >= MOST_ORGANISATIONS)
}

//! The ways into a team that begin with whoever wants in: organisations to ask, and what one has asked.

use super::{
    PersonLabel, name_or,
    page::{List, Page},
    sought::Sought,
};
use crate::{
    authority,
    entity::*,
    error::StoreError,
    list_words::List as Listed,
    sql::{self, values},
    store::Store,
};
use domain::{
    actor::{Actor, Person},
    id::{AccountId, OrganisationId},
    organisation::{MOST_ASKED, Organisation, may_change},
};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// An organisation that one may ask to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrganisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its ODS code, when it gave one.
    pub ods_code: Option<String>,
    /// Whether an admin has confirmed it.
    pub confirmed: bool,
}

/// A request to join that was not answered, as whoever asked sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRequest {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Whether an admin has confirmed it.
    pub confirmed: bool,
    /// When it was asked.
    pub asked_at: OffsetDateTime,
}

impl Store {
    /// Organisations by words of their names, or how these begin, or by ODS code: those that came last, one page at most, of them
    /// those first that an admin has confirmed; and whether there are, or may be, more. Nothing is found by nothing. For
    /// everybody who is signed in.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn find_organisations(&self, search: &str) -> Result<(Vec<FoundOrganisation>, bool), StoreError> {
        if search.trim().is_empty() {
            return Ok((Vec::new(), false));
        }
        let sought = Sought::of(self, Listed::Organisations, search).await?;
        let list = List::new(FOUND, ["o.created_at", "o.id"], true).along("organisations o", sought);
        let found = |row: Columns| FoundOrganisation {
            id: row.id.0,
            name: row.name,
            ods_code: row.ods_code.0,
            confirmed: row.confirmed_at.0.is_some(),
        };
        let page: Page<Columns> = list.page(self, None).await?;
        let more = page.next.is_some();
        let mut rows: Vec<_> = page.rows.into_iter().map(found).collect();
        rows.sort_by_key(|one| !one.confirmed);
        Ok((rows, more))
    }

    /// An organisation that one may ask to join.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn organisation_to_join(&self, id: OrganisationId) -> Result<FoundOrganisation, StoreError> {
        let row = organisation::Entity::find_by_id(Word(id)).select_only();
        let row = row.columns([organisation::Name, organisation::OdsCode, organisation::ConfirmedAt]).into_tuple();
        let row: Option<(String, OrNull<String>, Option<At>)> = row.one(self.reads()).await?;
        let (name, ods_code, confirmed_at) = row.ok_or(StoreError::NotFound)?;
        Ok(FoundOrganisation { id, name, ods_code: ods_code.0, confirmed: confirmed_at.is_some() })
    }

    /// What the viewer has asked and was not answered, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn own_requests(&self, viewer: &Person) -> Result<Vec<OwnRequest>, StoreError> {
        // As SQL: two tables, in the order of one.
        let select = format!(
            "SELECT r.organisation_id, o.name, o.confirmed_at, r.asked_at FROM join_requests r
             JOIN organisations o ON o.id = r.organisation_id WHERE r.account_id = $1
             ORDER BY r.asked_at DESC, r.organisation_id LIMIT {MOST_ASKED}"
        );
        let rows: Vec<(Word<OrganisationId>, String, Option<At>, At)> =
            sql::tuples(self.reads(), &select, values![Word(viewer.account)]).await?;
        let own = |(Word(organisation), name, confirmed_at, At(asked_at)): (_, _, Option<At>, _)| OwnRequest {
            organisation,
            name,
            confirmed: confirmed_at.is_some(),
            asked_at,
        };
        Ok(rows.into_iter().map(own).collect())
    }

    /// Those who ask to join, by name and address, where the viewer answers them: they have no place in the team by which the
    /// viewer would know them.
    pub(super) async fn askers(
        &self,
        viewer: &Person,
        organisation: &Organisation,
    ) -> Result<BTreeMap<AccountId, PersonLabel>, StoreError> {
        let answers = may_change(&Actor::Person(viewer.clone()), organisation.id).is_ok();
        if !answers && viewer.staff_role().is_none() {
            return Ok(BTreeMap::new());
        }
        let ids = organisation.requests.keys().copied();
        let known = authority::read(self.reads(), Some(organisation.id), ids).await?;
        let label = |known: authority::Known| {
            // Without a staff role, whatever they have: whoever asks is asked as nothing but a person.
            let name = self.person_names().shown(&name_or(known.name, &known.email), None);
            (known.id.0, PersonLabel { name, email: Some(known.email), role: String::new() })
        };
        Ok(known.into_iter().map(label).collect())
    }
}

const FOUND: &str = "
SELECT o.id, o.name, o.ods_code, o.confirmed_at, o.created_at AS key_number, o.id AS key_text FROM organisations o";

#[derive(FromQueryResult)]
struct Columns {
    id: Word<OrganisationId>,
    name: String,
    ods_code: OrNull<String>,
    confirmed_at: OrNull<At>,
}

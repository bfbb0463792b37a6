//! A partner's home, organisations and services.

use super::{APPROVALS, PersonLabel, RegistrationHead, STANDING, StandingColumns, labels, may_read, staff_only};
use crate::{
    entity::*,
    error::StoreError,
    sql::{self, values},
    store::Store,
};
use domain::{
    actor::{Person, TeamRole},
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    organisation::{Organisation, Service},
    registration::{ClientState, RevisionState},
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Another organisation of the same name or ODS code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namesake {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its ODS code, when it gave one.
    pub ods_code: Option<String>,
    /// Whether its name is the same, or looks the same.
    pub same_name: bool,
    /// Whether it gives the same ODS code.
    pub same_code: bool,
}

/// An organisation on its members' start page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationOverview {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Whether an admin has confirmed it.
    pub confirmed: bool,
    /// The viewer's role in it.
    pub role: Option<TeamRole>,
    /// Until when an owner offers the ownership to the viewer.
    pub offered_until: Option<OffsetDateTime>,
    /// Whether somebody asks to join it.
    pub is_asked: bool,
    /// What it owns, by name.
    pub services: Vec<ServiceRow>,
}

/// A service with its registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// In the environments' order; in each, one that is not retired at most comes first, then those that are, the latest
    /// first.
    pub registrations: Vec<RegistrationHead>,
}

/// One organisation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrganisationDetails {
    /// Its state.
    pub organisation: Organisation,
    /// Its version.
    pub version: u64,
    /// Whoever belongs or belonged to it, and who confirmed it.
    pub people: BTreeMap<AccountId, PersonLabel>,
    /// Those who ask to join it, for whoever answers them.
    pub askers: BTreeMap<AccountId, PersonLabel>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceDetails {
    /// Whose it is.
    pub organisation_id: OrganisationId,
    /// Whose it is, by name.
    pub organisation_name: String,
    /// Whether an admin has confirmed the organisation.
    pub confirmed: bool,
    /// The version of the organisation, for changes of the service.
    pub version: u64,
    /// The viewer's role in the organisation.
    pub role: Option<TeamRole>,
    /// Its id.
    pub id: ServiceId,
    /// What it is.
    pub service: Service,
    /// In the environments' order; in each, one that is not retired at most comes first, then those that are, the latest
    /// first.
    pub registrations: Vec<RegistrationHead>,
}

fn service_of(
    organisation: &Organisation,
    version: u64,
    viewer: &Person,
    id: ServiceId,
    heads: &mut BTreeMap<ServiceId, Vec<RegistrationHead>>,
) -> Option<ServiceDetails> {
    Some(ServiceDetails {
        organisation_id: organisation.id,
        organisation_name: organisation.name.clone(),
        confirmed: organisation.confirmed.is_some(),
        version,
        role: viewer.memberships.get(&organisation.id).copied(),
        id,
        service: organisation.services.get(&id)?.clone(),
        registrations: heads.remove(&id).unwrap_or_default(),
    })
}

/// An organisation of the viewer's: its id and name, when it was confirmed, until when its ownership is offered to them, and from
/// when on staff may answer somebody who asks to join.
type OverviewColumns = (Word<OrganisationId>, String, Option<At>, Option<At>, Option<At>);

impl Store {
    /// The viewer's own organisations with their services and registrations. Staff who belong to none get none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn home(&self, viewer: &Person) -> Result<Vec<OrganisationOverview>, StoreError> {
        if viewer.memberships.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Value> = viewer.memberships.keys().map(|id| Word(*id).into()).collect();
        let places = sql::places(1, ids.len());
        let organisations = membership::Entity::find().inner_join(organisation::Entity).select_only();
        let organisations = organisations.filter(membership::AccountId.eq(Word(viewer.account)));
        let organisations = organisations.filter(membership::OrganisationId.is_in(ids.clone()));
        let organisations = organisations.columns([organisation::Id, organisation::Name, organisation::ConfirmedAt]);
        let organisations = organisations.column(membership::OfferedUntil).column(organisation::JoinWaitsFrom);
        let organisations = organisations.order_by_asc(organisation::Name).order_by_asc(organisation::Id);
        let organisations: Vec<OverviewColumns> = organisations.into_tuple().all(self.reads()).await?;
        let services = service::Entity::find().filter(service::OrganisationId.is_in(ids.clone()));
        let services = services.order_by_asc(service::Name).order_by_asc(service::Id).all(self.reads()).await?;
        let mut heads = self.heads(&format!("g.organisation_id IN ({places})"), ids).await?;
        let mut owned: BTreeMap<OrganisationId, Vec<ServiceRow>> = BTreeMap::new();
        for service::Model { id: Word(id), organisation_id: Word(owner), name } in services {
            let registrations = heads.remove(&id).unwrap_or_default();
            owned.entry(owner).or_default().push(ServiceRow { id, name, registrations });
        }
        let overview =
            |(Word(id), name, confirmed_at, offered_until, join_waits_from): OverviewColumns| OrganisationOverview {
                id,
                name,
                confirmed: confirmed_at.is_some(),
                offered_until: offered_until.map(|At(until)| until),
                is_asked: join_waits_from.is_some(),
                role: viewer.memberships.get(&id).copied(),
                services: owned.remove(&id).unwrap_or_default(),
            };
        Ok(organisations.into_iter().map(overview).collect())
    }

    /// One organisation with the names of its people.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn organisation(&self, viewer: &Person, id: OrganisationId) -> Result<OrganisationDetails, StoreError> {
        may_read(viewer, id)?;
        let (organisation, version) = self.load::<Organisation>(id).await?;
        let mut people = organisation.ever_members.clone();
        if let Some(domain::actor::By::Account(admin)) = organisation.confirmed.map(|stamp| stamp.by) {
            people.insert(admin);
        }
        let people = labels(self.reads(), self.person_names(), viewer, id, &people).await?;
        let askers = self.askers(viewer, &organisation).await?;
        Ok(OrganisationDetails { organisation, version, people, askers })
    }

    /// Other organisations that have the name of this one, or one that looks the same, or give its ODS code, by name; at
    /// most 20. For staff, who check which of them is who.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn namesakes(&self, viewer: &Person, id: OrganisationId) -> Result<Vec<Namesake>, StoreError> {
        staff_only(viewer)?;
        // As SQL, which compares two rows of one table. Two of one index each: an OR would read every organisation.
        let of_name =
            "SELECT n.id, n.name, n.ods_code, 1 AS same_name, CASE WHEN n.ods_code = o.ods_code THEN 1 ELSE 0 END
                       AS same_code FROM organisations o JOIN organisations n ON n.name_shape = o.name_shape
                       WHERE o.id = $1 AND n.id <> $1 ORDER BY n.name, n.id LIMIT 20";
        let of_code =
            "SELECT c.id, c.name, c.ods_code, CASE WHEN c.name_shape = o.name_shape THEN 1 ELSE 0 END AS same_name,
                       1 AS same_code FROM organisations o JOIN organisations c ON c.ods_code = o.ods_code
                       WHERE o.id = $1 AND c.id <> $1 ORDER BY c.name, c.id LIMIT 20";
        let mut found: Vec<Namesake> = Vec::new();
        for select in [of_name, of_code] {
            for (Word(id), name, ods_code, same_name, same_code) in
                sql::tuples::<(Word<OrganisationId>, _, _, i32, i32)>(self.reads(), select, values![Word(id)]).await?
            {
                if found.iter().all(|known| known.id != id) {
                    found.push(Namesake { id, name, ods_code, same_name: same_name > 0, same_code: same_code > 0 });
                }
            }
        }
        Ok(found)
    }

    /// One service with its registrations.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn service(&self, viewer: &Person, id: ServiceId) -> Result<ServiceDetails, StoreError> {
        let row = service::Entity::find_by_id(Word(id)).inner_join(organisation::Entity).select_only();
        let row = row.columns([organisation::Id, organisation::State, organisation::Version]).into_tuple();
        let row: Option<(Word<OrganisationId>, Document, Count<u64>)> = row.one(self.reads()).await?;
        let (Word(organisation_id), state, Count(version)) = row.ok_or(StoreError::NotFound)?;
        may_read(viewer, organisation_id)?;
        let organisation: Organisation = state.read()?;
        let mut heads = self.heads("g.service_id = $1", values![Word(id)]).await?;
        service_of(&organisation, version, viewer, id, &mut heads).ok_or(StoreError::NotFound)
    }

    /// The services of an organisation with their registrations, by name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn services(&self, viewer: &Person, of: &OrganisationDetails) -> Result<Vec<ServiceDetails>, StoreError> {
        let organisation = &of.organisation;
        may_read(viewer, organisation.id)?;
        let mut heads = self.heads("g.organisation_id = $1", values![Word(organisation.id)]).await?;
        let ids = organisation.services.keys();
        let mut services: Vec<_> =
            ids.filter_map(|id| service_of(organisation, of.version, viewer, *id, &mut heads)).collect();
        services.sort_by(|one, other| one.service.name.cmp(&other.service.name));
        Ok(services)
    }

    /// Registrations by service, each service's in the environments' order. What was retired comes after what took its
    /// place. As SQL: the columns of the lists, and a count in a view.
    async fn heads(
        &self,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<BTreeMap<ServiceId, Vec<RegistrationHead>>, StoreError> {
        let select = format!(
            "SELECT g.id, g.service_id, g.environment, g.version, g.client_state, g.client_id, g.review_state,
                    g.revision, g.draft_ahead, g.evidence_ends, g.updated_at, {STANDING}, {APPROVALS},
                    (SELECT MIN(k.since) FROM published_keys k WHERE k.registration_id = g.id) AS key_since
             FROM registrations g LEFT JOIN publications p ON p.registration_id = g.id
             WHERE {condition}"
        );
        let mut heads: BTreeMap<ServiceId, Vec<RegistrationHead>> = BTreeMap::new();
        for row in sql::rows::<HeadColumns>(self.reads(), &select, values).await? {
            heads.entry(row.service_id.0).or_default().push(row.head());
        }
        let position =
            |head: &RegistrationHead| self.environments().iter().position(|policy| policy.name == head.environment);
        for registrations in heads.values_mut() {
            registrations.sort_by_key(|head| {
                let is_retired = head.client_state == ClientState::Retired;
                let place = (position(head).unwrap_or(usize::MAX), head.environment.clone(), is_retired);
                (place, std::cmp::Reverse(head.id))
            });
        }
        Ok(heads)
    }
}

#[derive(FromQueryResult)]
struct HeadColumns {
    id: Word<RegistrationId>,
    service_id: Word<ServiceId>,
    environment: String,
    version: Count<u64>,
    client_state: Word<ClientState>,
    client_id: OrNull<Word<ClientId>>,
    review_state: OrNull<Word<RevisionState>>,
    approvals: Count<u8>,
    revision: Count<u32>,
    draft_ahead: bool,
    key_since: OrNull<At>,
    evidence_ends: OrNull<At>,
    updated_at: At,
    #[sea_orm(nested)]
    standing: StandingColumns,
}

impl HeadColumns {
    fn head(self) -> RegistrationHead {
        RegistrationHead {
            id: self.id.0,
            environment: self.environment,
            version: self.version.0,
            client_state: self.client_state.0,
            client_id: self.client_id.0.map(|Word(id)| id),
            review: self.review_state.0.map(|Word(state)| state),
            approvals: self.approvals.0,
            revision: self.revision.0,
            draft_ahead: self.draft_ahead,
            key_since: time(self.key_since.0),
            evidence_ends: time(self.evidence_ends.0),
            publication_due: self.standing.publication_due,
            standing: self.standing.standing(),
            updated_at: self.updated_at.0,
        }
    }
}

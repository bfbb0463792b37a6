//! Lists for staff: the queue of reviews, organisations, clients, publications.

use super::{
    APPROVALS, BESIDE, PersonLabel, STANDING, StandingColumns,
    backlog::{JOINING, OWNER_SEEN, OWNERS_AWAY},
    label,
    page::{List, Page},
    sought::Sought,
    staff_only,
};
use crate::{
    authority::Known,
    entity::*,
    error::StoreError,
    list_words::List as Listed,
    rows::ownerless::{self, Owners},
    sql::{millis, values},
    store::Store,
};
use domain::{
    actor::{By, Person},
    id::{ClientId, OrganisationId, RegistrationId},
    organisation::Organisation,
    policy::EnvironmentPolicy,
    registration::ClientState,
    registration::KeyChange,
    standing::{Does, Standing},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// Which reviews to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFilter {
    /// Of this environment only.
    pub environment: Option<String>,
    /// Only those that ask for restricted scopes.
    pub restricted_only: bool,
    /// Words, or how they begin, of the names of organisation, service and client, or its client_id.
    pub search: String,
    /// The latest submission first; otherwise the one that has waited longest.
    pub newest_first: bool,
}

/// A revision that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueRow {
    /// The registration.
    pub registration: RegistrationId,
    /// The environment's name.
    pub environment: String,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// The service's name.
    pub service_name: String,
    /// The revision's number.
    pub revision: u32,
    /// When it was submitted.
    pub submitted_at: OffsetDateTime,
    /// Restricted scopes that it asks for.
    pub restricted: Vec<String>,
    /// Approvals so far that count now.
    pub approvals: u8,
    /// Approvals that it needs.
    pub approvals_needed: u8,
    /// Set where nothing but keys changed.
    pub key_change: Option<KeyChange>,
    /// Whether the viewer is one of those who approved it.
    pub mine: bool,
    /// Who submitted it.
    pub submitter: Option<PersonLabel>,
    /// Where its client stands at the provider.
    pub standing: Standing,
}

/// Which organisations to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationFilter {
    /// Only those that no admin has confirmed.
    pub unconfirmed_only: bool,
    /// Only those of which no owner can sign in.
    pub without_owner_only: bool,
    /// Only those with a client at a provider of which no owner has signed in since then: the longest away first, unless
    /// words are sought.
    pub owners_away_since: Option<OffsetDateTime>,
    /// Only those with a published key that somebody brought who has left their team.
    pub keys_left_only: bool,
    /// Only those that somebody asks to join where staff may answer by then.
    pub joining_by: Option<OffsetDateTime>,
    /// Words, or how they begin, of the name, or the ODS code.
    pub search: String,
}

/// An organisation in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its ODS code.
    pub ods_code: Option<String>,
    /// When an admin confirmed it.
    pub confirmed_at: Option<OffsetDateTime>,
    /// Whether no owner can sign in.
    pub without_owner: bool,
    /// When any owner who can sign in did last; none where none can.
    pub owner_seen_at: Option<OffsetDateTime>,
    /// How many people belong to it now.
    pub members: u64,
    /// How many services it has.
    pub services: u64,
    /// When it was created.
    pub created_at: OffsetDateTime,
}

/// Which clients to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFilter {
    /// Of this environment only.
    pub environment: Option<String>,
    /// Only those that the provider was last read back to have in this state; *pending* are those that it still has to be
    /// told of.
    pub state: Option<ClientState>,
    /// Only those whose publication failed.
    pub failed_only: bool,
    /// Words, or how they begin, of the names of client, service and organisation, or its client_id.
    pub search: String,
}

/// A client in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRow {
    /// The registration.
    pub registration: RegistrationId,
    /// The provider's name for it.
    pub client_id: ClientId,
    /// The name shown to the end-user; the service's until one is known.
    pub client_name: String,
    /// The service's name.
    pub service_name: String,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// The environment's name.
    pub environment: String,
    /// Its state.
    pub client_state: ClientState,
    /// When it was last read back at the provider.
    pub published_at: Option<OffsetDateTime>,
    /// Where it stands at the provider.
    pub standing: Standing,
}

/// Which publications to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationFilter {
    /// Of this environment only.
    pub environment: Option<String>,
    /// In this state only.
    pub state: Option<PublicationState>,
    /// Words, or how they begin, of the names of client, service and organisation, or its client_id.
    pub search: String,
}

/// Where a publication is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicationState {
    /// The last try failed.
    Failing,
    /// Not tried yet.
    Pending,
    /// Read back at the provider.
    Done,
}

/// A publication in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationRow {
    /// The registration.
    pub registration: RegistrationId,
    /// The environment's name.
    pub environment: String,
    /// The service's name.
    pub service_name: String,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// The generation wanted.
    pub wanted_generation: u64,
    /// How often it was tried and failed.
    pub attempts: u32,
    /// When it is tried next; none when it is done.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// Why it failed last, in the provider's words.
    pub last_error: Option<String>,
    /// Where the client stands at the provider.
    pub standing: Standing,
    /// When it was read back at the provider.
    pub done_at: Option<OffsetDateTime>,
}

impl Store {
    /// Revisions waiting for a decision. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn queue(
        &self,
        viewer: &Person,
        filter: &QueueFilter,
        cursor: Option<&str>,
    ) -> Result<Page<QueueRow>, StoreError> {
        staff_only(viewer)?;
        let sought = Sought::of(self, Listed::Queue, &filter.search).await?;
        let select = format!(
            "SELECT g.id, g.environment, g.revision, g.submitted_at, g.restricted, g.key_change, {STANDING}, {APPROVALS},
                    o.name AS organisation_name, s.name AS service_name, a.id AS by_id, a.name AS by_name,
                    a.email AS by_email, a.staff_role AS by_staff_role, a.second_factor AS by_second_factor,
                    a.disabled AS by_disabled, m.role AS by_role, m.ended_at AS by_ended_at,
                    g.submitted_at AS key_number, g.id AS key_text
             FROM registrations g {BESIDE} LEFT JOIN accounts a ON a.id = g.submitted_by
             LEFT JOIN memberships m ON m.account_id = a.id AND m.organisation_id = g.organisation_id"
        );
        let list = List::new(&select, ["g.submitted_at", "g.id"], filter.newest_first);
        let mut list = list.along("registrations g", sought);
        list.only(SUBMITTED, vec![]);
        list.equal("g.environment", filter.environment.as_deref());
        if filter.restricted_only {
            list.only("g.restricted <> ''", vec![]);
        }
        let mut page = list.page(self, cursor).await?.map(|row| self.waiting(row, viewer));
        let mine = self.approved_by(viewer, &page.rows).await?;
        page.rows.iter_mut().for_each(|row| row.mine = mine.contains(&row.registration));
        Ok(page)
    }

    fn waiting(&self, row: QueueColumns, viewer: &Person) -> QueueRow {
        let key_change = row.key_change.0.map(|Word(change)| change);
        let needed = |policy: &EnvironmentPolicy| {
            key_change.map_or(policy.approvals_needed(), |change| change.approvals_needed(policy)).max(1) as u8
        };
        QueueRow {
            registration: row.id.0,
            organisation_name: row.organisation_name,
            service_name: row.service_name,
            revision: row.revision.0,
            submitted_at: row.submitted_at.0,
            restricted: row.restricted.split_whitespace().map(str::to_owned).collect(),
            approvals: row.approvals.0,
            approvals_needed: self.environment(&row.environment).map_or(1, needed),
            key_change,
            mine: false,
            standing: row.standing.standing(),
            submitter: row.submitter.map(|known| label(known, self.person_names(), viewer)),
            environment: row.environment,
        }
    }

    /// Those whose latest revision the viewer has approved.
    async fn approved_by(&self, viewer: &Person, rows: &[QueueRow]) -> Result<BTreeSet<RegistrationId>, StoreError> {
        if rows.is_empty() {
            return Ok(BTreeSet::new());
        }
        use sea_orm::sea_query::ExprTrait;
        let partly = approval::RegistrationId.is_in(rows.iter().map(|row| Word(row.registration)));
        let own = approval::Entity::find().filter(approval::AdminId.eq(Word(viewer.account))).filter(partly);
        let latest = Expr::col((registration::Entity, registration::Revision)).equals(approval::Number.as_column_ref());
        let own = own.inner_join(registration::Entity).filter(latest).select_only().column(approval::RegistrationId);
        let own: Vec<Word<RegistrationId>> = own.into_tuple().all(self.reads()).await?;
        Ok(own.into_iter().map(|Word(registration)| registration).collect())
    }

    /// Partner organisations, the latest first. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn organisations(
        &self,
        viewer: &Person,
        filter: &OrganisationFilter,
        cursor: Option<&str>,
    ) -> Result<Page<OrganisationRow>, StoreError> {
        staff_only(viewer)?;
        let sought = Sought::of(self, Listed::Organisations, &filter.search).await?;
        // What is sought by words is in the words' order.
        let is_by_absence = filter.owners_away_since.is_some() && filter.search.trim().is_empty();
        let key = if is_by_absence { OWNER_SEEN } else { "o.created_at" };
        let select = format!(
            "SELECT o.id, o.name, o.ods_code, o.confirmed_at, o.without_owner, o.owner_seen_at, o.created_at,
                    (SELECT COUNT(*) FROM memberships m WHERE m.organisation_id = o.id AND m.ended_at IS NULL) AS members,
                    (SELECT COUNT(*) FROM services s WHERE s.organisation_id = o.id) AS services,
                    {key} AS key_number, o.id AS key_text
             FROM organisations o"
        );
        let mut list = List::new(&select, [key, "o.id"], !is_by_absence).along("organisations o", sought);
        if let Some(since) = filter.owners_away_since {
            list.only(OWNERS_AWAY, values![millis(since)]);
        }
        if let Some(by) = filter.joining_by {
            list.only(JOINING, values![millis(by)]);
        }
        if filter.unconfirmed_only {
            list.only("o.confirmed_at IS NULL", vec![]);
        }
        if filter.keys_left_only {
            list.only("o.keys_left", vec![]);
        }
        if filter.without_owner_only {
            list.only("o.without_owner", vec![]);
        }
        let row = |row: OrganisationColumns| OrganisationRow {
            id: row.id.0,
            name: row.name,
            ods_code: row.ods_code.0,
            confirmed_at: time(row.confirmed_at.0),
            without_owner: row.without_owner,
            owner_seen_at: time(row.owner_seen_at.0),
            members: row.members.0,
            services: row.services.0,
            created_at: row.created_at.0,
        };
        Ok(list.page(self, cursor).await?.map(row))
    }

    /// Whether the owners of an organisation can be reached, and, where somebody asks to join it, whether the viewer locked one of
    /// them. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn owners(&self, viewer: &Person, of: &Organisation) -> Result<(Owners, bool), StoreError> {
        staff_only(viewer)?;
        let owners = ownerless::owners(self.reads(), of.id).await?;
        let locked = match of.requests.is_empty() {
            true => false,
            false => ownerless::has_locked_owner(self.reads(), of, By::Account(viewer.account)).await?,
        };
        Ok((owners, locked))
    }

    /// Clients that were ever approved, the latest registration first. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn clients(
        &self,
        viewer: &Person,
        filter: &ClientFilter,
        cursor: Option<&str>,
    ) -> Result<Page<ClientRow>, StoreError> {
        staff_only(viewer)?;
        let sought = Sought::of(self, Listed::Clients, &filter.search).await?;
        // Those that failed are few, and come first.
        let of = if filter.failed_only { FAILED } else { "registrations g" };
        let select = format!(
            "SELECT g.id, g.client_id, g.client_name, g.environment, g.client_state, {STANDING},
                    o.name AS organisation_name, s.name AS service_name, g.created_at AS key_number, g.id AS key_text
             FROM {of} {BESIDE}"
        );
        let list = List::new(&select, ["g.created_at", "g.id"], true);
        let mut list = if filter.failed_only { list.of(sought) } else { list.along("registrations g", sought) };
        list.only("g.client_id IS NOT NULL", vec![]);
        list.equal("g.environment", filter.environment.as_deref());
        let does = filter.state.map(at_provider);
        list.equal("g.confirmed", does.flatten().map(Word));
        if does == Some(None) {
            list.only("g.publication_due", vec![]);
        }
        if filter.failed_only {
            list.only("g.id = failed.id", vec![]);
        }
        let row = |row: ClientColumns| ClientRow {
            registration: row.id.0,
            client_id: row.client_id.0,
            client_name: row.client_name.0.unwrap_or_else(|| row.service_name.clone()),
            service_name: row.service_name,
            organisation_name: row.organisation_name,
            environment: row.environment,
            client_state: row.client_state.0,
            published_at: time(row.standing.published_at.0),
            standing: row.standing.standing(),
        };
        Ok(list.page(self, cursor).await?.map(row))
    }

    /// Publications: those that failed first, then those that are pending, then those that are done. For staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn publications(
        &self,
        viewer: &Person,
        filter: &PublicationFilter,
        cursor: Option<&str>,
    ) -> Result<Page<PublicationRow>, StoreError> {
        staff_only(viewer)?;
        let sought = Sought::of(self, Listed::Publications, &filter.search).await?;
        let select = format!(
            "SELECT p.registration_id, p.environment, p.wanted_generation, p.last_error, {STANDING}, s.name AS service_name, o.name AS organisation_name,
                    CAST(p.list_rank AS BIGINT) AS key_number, p.registration_id AS key_text
             FROM publications p JOIN registrations g ON g.id = p.registration_id
             JOIN organisations o ON o.id = g.organisation_id JOIN services s ON s.id = g.service_id"
        );
        let keys = ["p.list_rank", "p.registration_id"];
        let mut list = List::new(&select, keys, false).along("publications p", sought);
        list.equal("p.environment", filter.environment.as_deref());
        match filter.state {
            Some(PublicationState::Failing) => list.only("p.list_rank = 0", vec![]),
            Some(PublicationState::Pending) => list.only("p.list_rank = 1", vec![]),
            Some(PublicationState::Done) => list.only("p.list_rank = 2", vec![]),
            None => {}
        }
        let row = |row: PublicationColumns| {
            let tries = &row.standing.tries;
            PublicationRow {
                registration: row.registration_id.0,
                environment: row.environment,
                service_name: row.service_name,
                organisation_name: row.organisation_name,
                wanted_generation: row.wanted_generation.0,
                attempts: tries.attempts.0.map_or(0, |Count(attempts)| attempts),
                next_attempt_at: time(tries.next_attempt_at.0).filter(|_| tries.done_at.0.is_none()),
                last_error: row.last_error.0,
                standing: row.standing.standing(),
                done_at: time(tries.done_at.0),
            }
        };
        Ok(list.page(self, cursor).await?.map(row))
    }

    /// When each environment's provider was last read back to hold what was wanted, by the environment's name. For
    /// staff.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for others; [`StoreError::Unavailable`].
    pub async fn last_published(&self, viewer: &Person) -> Result<BTreeMap<String, OffsetDateTime>, StoreError> {
        staff_only(viewer)?;
        let mut all = BTreeMap::new();
        for policy in self.environments() {
            let published = registration::Entity::find().filter(registration::Environment.eq(policy.name.as_str()));
            let published = published.filter(registration::PublishedAt.is_not_null()).select_only();
            let latest = published.column_as(registration::PublishedAt.max(), "latest").into_tuple::<Option<At>>();
            let at = time(latest.one(self.reads()).await?.flatten());
            all.extend(at.map(|at| (policy.name.clone(), at)));
        }
        Ok(all)
    }
}

#[derive(FromQueryResult)]
struct QueueColumns {
    id: Word<RegistrationId>,
    environment: String,
    organisation_name: String,
    service_name: String,
    revision: Count<u32>,
    submitted_at: At,
    restricted: String,
    key_change: OrNull<Word<KeyChange>>,
    approvals: Count<u8>,
    #[sea_orm(nested(prefix = "by_"))]
    submitter: Option<Known>,
    #[sea_orm(nested)]
    standing: StandingColumns,
}

#[derive(FromQueryResult)]
struct OrganisationColumns {
    id: Word<OrganisationId>,
    name: String,
    ods_code: OrNull<String>,
    confirmed_at: OrNull<At>,
    without_owner: bool,
    owner_seen_at: OrNull<At>,
    members: Count<u64>,
    services: Count<u64>,
    created_at: At,
}

#[derive(FromQueryResult)]
struct ClientColumns {
    id: Word<RegistrationId>,
    client_id: Word<ClientId>,
    client_name: OrNull<String>,
    service_name: String,
    organisation_name: String,
    environment: String,
    client_state: Word<ClientState>,
    #[sea_orm(nested)]
    standing: StandingColumns,
}

#[derive(FromQueryResult)]
struct PublicationColumns {
    registration_id: Word<RegistrationId>,
    environment: String,
    service_name: String,
    organisation_name: String,
    wanted_generation: Count<u64>,
    last_error: OrNull<String>,
    #[sea_orm(nested)]
    standing: StandingColumns,
}

/// What the provider does with the clients of a state; none for those that it still has to be told of.
fn at_provider(state: ClientState) -> Option<Does> {
    match state {
        ClientState::Unpublished | ClientState::Pending => None,
        ClientState::Published => Some(Does::On),
        ClientState::Suspended => Some(Does::Off),
        ClientState::Retired => Some(Does::Removed),
    }
}

/// Of a registration `g`: whether a revision of it waits for a decision. An index has this very condition.
pub(super) const SUBMITTED: &str = "g.review_state = 'submitted'";

/// Registrations `g` beside those, `failed`, of which the provider could not be told, as [`Standing::is_failing`] has it.
/// These are few, and come first: SQLite keeps the order of a cross join.
const FAILED: &str = "(SELECT id FROM registrations WHERE failed
    UNION SELECT registration_id FROM publications WHERE list_rank = 0) failed CROSS JOIN registrations g";

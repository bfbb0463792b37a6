//! What pages read: plain structures, and no query without its viewer.
//!
//! A viewer sees the organisations that they belong to now, and everything when they are staff who showed a second
//! factor. Whatever else exists is [`StoreError::NotFound`], exactly like what does not exist (threat 10).

use crate::{
    authority,
    error::StoreError,
    sql::{self, Columns, values},
};
use domain::{
    actor::{Person, StaffRole, TeamRole},
    id::{AccountId, ClientId, OrganisationId, RegistrationId},
    person_name::{PersonName, PersonNames},
    registration::{ClientState, RevisionState},
    standing::{Asked, Confirmed, Standing, Tried},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

mod accounts;
mod backlog;
mod found;
pub(crate) mod held;
mod history;
mod organisations;
mod page;
mod registrations;
mod renamed;
mod staff;

pub use crate::history::named::{Said, Then};
pub use accounts::{AccountRow, Belonging};
pub use backlog::{Backlog, MOST_COUNTED, Waits};
pub use held::{Held, HeldRow, WhyHeld};
pub use history::{ALTERED, Author, EntryDetails, EntryRow, EntryText, HistoryFilter, HistoryFound, ON_ONE_PAGE};
pub use organisations::{Namesake, OrganisationDetails, OrganisationOverview, ServiceDetails, ServiceRow};
pub use page::{PAGE_ROWS, Page};
pub use registrations::{RegistrationDetails, RevisionContent};
pub use renamed::RenamedRow;
pub use staff::{
    ClientFilter, ClientRow, OrganisationFilter, OrganisationRow, PublicationFilter, PublicationRow, PublicationState,
    QueueFilter, QueueRow,
};

/// How a person is named on a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonLabel {
    /// The name; the address where there is none; `an NHS login admin` where partners look at staff.
    pub name: PersonName,
    /// The address, where the viewer may know it.
    pub email: Option<String>,
    /// `owner`, `developer`, `viewer`, `former team member`, `admin`, `auditor`; empty when none of these.
    pub role: String,
}

/// A registration in lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationHead {
    /// Its id.
    pub id: RegistrationId,
    /// The environment's name.
    pub environment: String,
    /// Its version.
    pub version: u64,
    /// The client's state.
    pub client_state: ClientState,
    /// The provider's name for the client, once there is one.
    pub client_id: Option<ClientId>,
    /// The state of the latest revision's review, once something was submitted.
    pub review: Option<RevisionState>,
    /// How many approvals of the latest revision count now.
    pub approvals: u8,
    /// The number of the latest revision; 0 before the first.
    pub revision: u32,
    /// Whether the client store still has to be told.
    pub publication_due: bool,
    /// Whether the draft was changed since what is under review, or else since what was approved last.
    pub draft_ahead: bool,
    /// Where the client stands at the provider.
    pub standing: Standing,
    /// When anything about it changed last.
    pub updated_at: OffsetDateTime,
}

/// The columns of [`standing`]: of a registration `g` beside its publication `p`.
const STANDING: &str = "g.wanted, g.wanted_since, g.confirmed, g.published_at, g.publication_due, g.failed, p.attempts,
                        p.next_attempt_at, p.done_at";

/// Where a client stands at the provider.
fn standing(row: &QueryResult) -> Result<Standing, StoreError> {
    let wanted = match row.word_option("wanted")? {
        Some(does) => Some(Asked { does, since: row.time_option("wanted_since")? }),
        None => None,
    };
    let confirmed = row.word_option("confirmed")?.zip(row.time_option("published_at")?);
    let confirmed = confirmed.map(|(does, at)| Confirmed { does, at });
    let tried = Tried { reported: row.col("failed")?, ..tried(row)? };
    Ok(Standing::of(wanted, confirmed, row.col("publication_due")?, tried))
}

/// How often what is wanted was tried: the columns `attempts`, `next_attempt_at` and `done_at` of a publication, if any.
pub(crate) fn tried(row: &QueryResult) -> Result<Tried, StoreError> {
    if row.col::<Option<i64>>("done_at")?.is_some() {
        return Ok(Tried::default());
    }
    let failures = row.col::<Option<i64>>("attempts")?.map_or(Ok(0), sql::small)?;
    Ok(Tried { failures, next: row.time_option("next_attempt_at")?, reported: false })
}

const HEAD: &str = "g.id, g.service_id, g.environment, g.version, g.client_state, g.client_id, g.review_state,
                    (SELECT COUNT(*) FROM counting_approvals c
                        WHERE c.registration_id = g.id AND c.number = g.revision) AS approvals,
                    g.revision, g.draft_ahead, g.updated_at";

fn head(row: &QueryResult) -> Result<RegistrationHead, StoreError> {
    Ok(RegistrationHead {
        id: row.parsed("id")?,
        environment: row.col("environment")?,
        version: row.number("version")?,
        client_state: row.word("client_state")?,
        client_id: row.word_option("client_id")?,
        review: row.word_option("review_state")?,
        approvals: row.number("approvals")?,
        revision: row.number("revision")?,
        draft_ahead: row.col("draft_ahead")?,
        publication_due: row.col("publication_due")?,
        standing: standing(row)?,
        updated_at: row.time("updated_at")?,
    })
}

fn staff_only(viewer: &Person) -> Result<StaffRole, StoreError> {
    viewer.staff_role().ok_or(StoreError::NotFound)
}

fn may_read(viewer: &Person, organisation: OrganisationId) -> Result<(), StoreError> {
    match viewer.may_read(organisation) {
        true => Ok(()),
        false => Err(StoreError::NotFound),
    }
}

/// Labels of people as `viewer` may know them. Partners see their own team, past and present, by name; everybody else
/// who acts on their registrations is the NHS login team.
async fn labels(
    connection: &impl ConnectionTrait,
    names: &PersonNames,
    viewer: &Person,
    organisation: OrganisationId,
    people: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, PersonLabel>, StoreError> {
    let rows = accounts(connection, organisation, people).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, label(row, names, viewer)?))).collect()
}

/// What [`label`] and [`authority::voter`] read of these accounts, with their places in an organisation.
async fn accounts(
    connection: &impl ConnectionTrait,
    organisation: OrganisationId,
    people: &BTreeSet<AccountId>,
) -> Result<Vec<QueryResult>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT {}, a.name, a.email, m.ended_at FROM {} WHERE a.id IN ({})",
        authority::COLUMNS,
        authority::ACCOUNTS,
        sql::places(2, people.len())
    );
    let mut values = values![organisation.to_string()];
    values.extend(people.iter().map(|id| Value::from(id.to_string())));
    sql::all(connection, &select, values).await
}

fn label(row: &QueryResult, names: &PersonNames, viewer: &Person) -> Result<PersonLabel, StoreError> {
    let team: Option<TeamRole> = row.word_option("role")?;
    let ended = row.col::<Option<i64>>("ended_at")?.is_some();
    let staff: Option<StaffRole> = row.word_option("staff_role")?;
    if team.is_none() && viewer.staff_role().is_none() {
        return Ok(PersonLabel { name: PersonName::unnamed_admin(), email: None, role: String::new() });
    }
    let role = match (team, staff) {
        (Some(_), None) if ended => "former team member",
        (Some(role), None) => role.word(),
        (_, Some(staff)) => staff.word(),
        (None, None) => "",
    };
    let email: String = row.col("email")?;
    let name = names.shown(&name_or(row.col("name")?, &email), staff);
    Ok(PersonLabel { name, email: Some(email), role: role.into() })
}

fn name_or(name: String, email: &str) -> String {
    if name.is_empty() { email.to_owned() } else { name }
}

/// The name in a row's columns for name, address and staff role, all of which may be null where nobody was joined.
fn name_in(row: &QueryResult, columns: [&str; 3], names: &PersonNames) -> Result<PersonName, StoreError> {
    let [name, email, staff] = columns;
    let text = |column: &str| Ok::<_, StoreError>(row.col::<Option<String>>(column)?.unwrap_or_default());
    Ok(names.shown(&name_or(text(name)?, &text(email)?), row.word_option(staff)?))
}

//! What pages read: plain structures, and no query without its viewer, but for what is asked about a thing that its viewer
//! was shown.
//!
//! A viewer sees the organisations that they belong to now, and everything when they are staff who showed a second
//! factor. Whatever else exists is [`StoreError::NotFound`], exactly like what does not exist (threat 10).

use crate::{
    authority::{self, Known},
    entity::*,
    error::StoreError,
};
use domain::{
    actor::{Person, StaffRole},
    id::{AccountId, ClientId, OrganisationId, RegistrationId},
    person_name::{PersonName, PersonNames},
    registration::{ClientState, RevisionState},
    standing::{Asked, Confirmed, Does, Standing, Tried},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

mod accounts;
mod backlog;
mod before;
mod found;
pub(crate) mod held;
mod history;
mod invitations;
mod organisations;
mod page;
mod ranges;
mod registrations;
mod renamed;
mod sought;
mod staff;
mod ways_in;

pub use crate::history::named::{Said, Then};
pub use crate::rows::ownerless::Owners;
pub use accounts::{AccountRow, Belonging};
pub use backlog::{Backlog, MOST_COUNTED, Waits};
pub(crate) use backlog::{JOINING, OWNERS_AWAY};
pub use before::Written;
pub use held::{Held, HeldRow, WhyHeld};
pub use history::{ALTERED, Author, EntryDetails, EntryRow, EntryText, HistoryFilter, HistoryFound, ON_ONE_PAGE};
pub use invitations::InvitationRow;
pub use organisations::{Namesake, OrganisationDetails, OrganisationOverview, ServiceDetails, ServiceRow};
pub use page::{PAGE_ROWS, Page};
pub use registrations::{RegistrationDetails, RevisionContent};
pub use renamed::RenamedRow;
pub use staff::{
    ClientFilter, ClientRow, OrganisationFilter, OrganisationRow, PublicationFilter, PublicationRow, PublicationState,
    QueueFilter, QueueRow,
};
pub use ways_in::{FoundOrganisation, OwnRequest};

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
    /// Since when the oldest of its published keys is in use; none where nothing is published.
    pub key_since: Option<OffsetDateTime>,
    /// When the first of the evidence for what is published ends, the day at midnight UTC; none where none of it does.
    pub evidence_ends: Option<OffsetDateTime>,
    /// Whether the draft was changed since what is under review, or else since what was approved last.
    pub draft_ahead: bool,
    /// Where the client stands at the provider.
    pub standing: Standing,
    /// When anything about it changed last.
    pub updated_at: OffsetDateTime,
}

/// Columns of a registration `g` beside its publication `p`, as lists read them: those of [`StandingColumns`].
const STANDING: &str = "g.wanted, g.wanted_since, g.confirmed, g.published_at, g.publication_due, g.failed, p.attempts,
                        p.next_attempt_at, p.done_at";

/// What is joined to a registration `g`: its organisation `o`, its service `s`, and its publication `p`, if there is one.
const BESIDE: &str = "JOIN organisations o ON o.id = g.organisation_id JOIN services s ON s.id = g.service_id
                      LEFT JOIN publications p ON p.registration_id = g.id";

/// How many approvals of the latest revision of a registration `g` count now. As SQL: no entity is of a view.
const APPROVALS: &str = "(SELECT COUNT(*) FROM counting_approvals c
                          WHERE c.registration_id = g.id AND c.number = g.revision) AS approvals";

/// Where a client stands at the provider.
#[derive(FromQueryResult)]
struct StandingColumns {
    wanted: OrNull<Word<Does>>,
    wanted_since: OrNull<At>,
    confirmed: OrNull<Word<Does>>,
    published_at: OrNull<At>,
    publication_due: bool,
    failed: bool,
    #[sea_orm(nested)]
    tries: TriesColumns,
}

impl StandingColumns {
    fn standing(&self) -> Standing {
        let wanted = self.wanted.0.map(|Word(does)| Asked { does, since: time(self.wanted_since.0) });
        let confirmed = self.confirmed.0.zip(self.published_at.0).map(|(Word(does), At(at))| Confirmed { does, at });
        Standing::of(wanted, confirmed, self.publication_due, Tried { reported: self.failed, ..self.tries.tried() })
    }
}

/// How often what is wanted was tried, of a publication, if there is one.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "publication::Entity")]
pub(crate) struct TriesColumns {
    attempts: OrNull<Count<u32>>,
    next_attempt_at: OrNull<At>,
    done_at: OrNull<At>,
}

impl TriesColumns {
    pub(crate) fn tried(&self) -> Tried {
        match self.done_at.0 {
            Some(_) => Tried::default(),
            None => {
                let failures = self.attempts.0.map_or(0, |Count(attempts)| attempts);
                Tried { failures, next: time(self.next_attempt_at.0), reported: false }
            }
        }
    }
}

fn staff_only(viewer: &Person) -> Result<StaffRole, StoreError> {
    viewer.staff_role().ok_or(StoreError::NotFound)
}

pub(crate) fn may_read(viewer: &Person, organisation: OrganisationId) -> Result<(), StoreError> {
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
    let known = authority::read(connection, Some(organisation), people.iter().copied()).await?;
    Ok(known.into_iter().map(|known| (known.id.0, label(known, names, viewer))).collect())
}

fn label(known: Known, names: &PersonNames, viewer: &Person) -> PersonLabel {
    if known.role.0.is_none() && viewer.staff_role().is_none() {
        return PersonLabel { name: PersonName::unnamed_admin(), email: None, role: String::new() };
    }
    let staff = known.staff_role.0.map(|Word(role)| role);
    let role = match (known.role.0, staff) {
        (Some(_), None) if known.ended_at.0.is_some() => "former team member",
        (Some(Word(role)), None) => role.word(),
        (_, Some(staff)) => staff.word(),
        (None, None) => "",
    };
    let name = names.shown(&name_or(known.name, &known.email), staff);
    PersonLabel { name, email: Some(known.email), role: role.into() }
}

fn name_or(name: String, email: &str) -> String {
    if name.is_empty() { email.to_owned() } else { name }
}

/// What people are called.
async fn names_of(
    connection: &impl ConnectionTrait,
    names: &PersonNames,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, PersonName>, StoreError> {
    let accounts: BTreeSet<_> = accounts.into_iter().collect();
    if accounts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = account::Entity::find().filter(account::Id.is_in(accounts.into_iter().map(Word))).select_only();
    let rows = rows.columns([account::Id, account::Name, account::Email, account::StaffRole]).into_model::<Named>();
    Ok(rows.all(connection).await?.into_iter().map(|row| (row.id.0, row.columns.shown(names))).collect())
}

#[derive(FromQueryResult)]
struct Named {
    id: Word<AccountId>,
    #[sea_orm(nested)]
    columns: NameColumns,
}

/// What a person is called by, if anybody is joined.
#[derive(FromQueryResult)]
struct NameColumns {
    name: OrNull<String>,
    email: OrNull<String>,
    staff_role: OrNull<Word<StaffRole>>,
}

impl NameColumns {
    fn staff(&self) -> Option<StaffRole> {
        self.staff_role.0.map(|Word(role)| role)
    }

    fn shown(&self, names: &PersonNames) -> PersonName {
        let name = self.name.0.clone().unwrap_or_default();
        names.shown(&name_or(name, self.email.0.as_deref().unwrap_or_default()), self.staff())
    }
}

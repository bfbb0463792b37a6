//! The history as people read it: filtered, paged, with texts in place.

use super::{
    NameColumns,
    found::{self, Search},
    names_of,
    page::{Cursor, Key, List, PAGE_ROWS, Page},
    ranges::AT_ONCE,
};
use crate::{
    entity::*,
    error::StoreError,
    history::{
        FOR_STAFF, Kept, Leaf, by_of,
        earlier::{self, Concerned},
        named::{People, Said, Then},
        texts_of,
    },
    rows::Stored,
    sql::{self, millis, number, values},
    store::Store,
    who::Role,
    words::{filled, terms},
};
use data_encoding::HEXLOWER;
use domain::{
    account::Account,
    actor::{By, Person, StaffRole},
    aggregate::Aggregate,
    erasure::ERASED,
    id::{AccountId, OrganisationId, RegistrationId},
    person_name::{PersonName, PersonNames},
    recorded::{AsTold, Happened, Told},
    registration::Registration,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Which entries to list. Everything given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryFilter {
    /// `registration`, `organisation` or `account`.
    pub kind: Option<String>,
    /// The event's type: `submitted`.
    pub event_type: Option<String>,
    /// The id of the registration, organisation or account that it happened to. Ids are unique among those of one kind
    /// only: whoever asks for all that happened to one gives its kind too.
    pub subject: Option<String>,
    /// About this organisation or its registrations.
    pub organisation: Option<OrganisationId>,
    /// About this registration.
    pub registration: Option<RegistrationId>,
    /// Done by this person, or to this person's account.
    pub person: Option<AccountId>,
    /// In this environment.
    pub environment: Option<String>,
    /// About the client with this client_id.
    pub client_id: Option<String>,
    /// Words, or their beginnings, of texts of the entry and of the names that its organisation and service had; for staff
    /// also of the name or address of whoever did it, or whose account it was. Ids, addresses and client_ids whole. An
    /// entry has them all.
    pub search: String,
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub to: Option<OffsetDateTime>,
}

/// What a search of the history found.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryFound {
    /// The entries, the latest first.
    pub page: Page<EntryRow>,
    /// Words of the search that begin so many words that not all of them were looked for.
    pub too_common: Vec<String>,
    /// Whether something is searched for in which there is no word.
    pub has_no_word: bool,
    /// Whether the viewer has more organisations than are searched at once.
    pub not_all_organisations: bool,
}

/// Whoever did something, as the reader of the history may know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person, by the name of that moment, and the one of now where it is another one.
    Person {
        /// Then.
        then: PersonName,
        /// Now.
        now: Option<PersonName>,
    },
    /// Staff, whom partners do not know by name.
    Staff,
    /// Whoever was invited to a team and is not in it, whom it does not know by name.
    Invited,
    /// Nobody who was signed in.
    Visitor,
    /// The worker.
    Portal,
    /// Whoever runs `portal` on the command line.
    Operator,
}

/// An entry of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryRow {
    /// Its index, from 0.
    pub index: u64,
    /// When it happened.
    pub at: OffsetDateTime,
    /// Who did it.
    pub actor: By,
    /// Who did it, as the viewer may know them.
    pub author: Author,
    /// Whether the checks alone decided, on the author's command.
    pub by_rules: bool,
    /// Whose account it is, or which team member, where that is not who did it: by the name of that moment.
    pub person: Option<PersonName>,
    /// The name that the event gave to a person.
    pub given: Option<PersonName>,
    /// Whose proposal it confirmed, by today's name, where the event binds the proposal; for staff alone.
    pub proposer: Option<PersonName>,
    /// `registration`, `organisation` or `account`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// The version that the command made of it. Entries of one command share it.
    pub version: u64,
    /// The event's type: `submitted`.
    pub event_type: String,
    /// The event.
    pub happened: Happened<AsTold>,
    /// The same with the members that the leaf has, for whoever downloads it. A text is `{"$text": "…"}`, an erased one
    /// `{"$erased": true}`, one that is not what the leaf committed to `{"$altered": true}`, and one that the viewer may not
    /// read `{"$withheld": true}`.
    pub event: serde_json::Value,
    /// What it is about, by the names of that moment.
    pub then: Then,
    /// The organisation that it is about, by its name now.
    pub organisation_name: Option<String>,
    /// The service that it is about, by its name now.
    pub service_name: Option<String>,
    /// The environment that it is about.
    pub environment: Option<String>,
}

/// An entry with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryDetails {
    /// As in lists.
    pub row: EntryRow,
    /// The exact leaf.
    pub leaf: String,
    /// SHA-256(0x00 || leaf), lowercase hex.
    pub leaf_hash: String,
    /// The texts that the leaf commits to.
    pub texts: Vec<EntryText>,
}

/// A text that a leaf commits to by SHA-256(salt || text).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryText {
    /// The JSON pointer within the leaf.
    pub pointer: String,
    /// Lowercase hex; none once erased.
    pub salt: Option<String>,
    /// The text; none once erased.
    pub text: Option<String>,
    /// What is left of an erased text.
    pub remains: Option<String>,
    /// Whether this is not what the leaf committed to.
    pub altered: bool,
    /// Whether the viewer may not read it: then there is neither salt nor text.
    pub withheld: bool,
}

/// How many entries of one registration are shown on its page.
pub const ON_ONE_PAGE: usize = 500;

/// Events of an account that only its holder brings about, before anybody is signed in.
const BY_THE_HOLDER: [&str; 5] = ["signed_in", "recovery_code_used", "password_reset", "verified", "set_up"];

/// Events of an organisation that somebody brings about who is not in its team and tells it their name.
const BY_THE_ASKER: [&str; 2] = ["join_requested", "join_request_withdrawn"];

/// As SQL, as whoever reads of it adds conditions to it: six tables, one of them twice.
const SELECT: &str = "
SELECT h.entry_index, h.leaf, h.leaf_hash, h.at, h.actor, h.kind, h.subject_id, h.subject_version, h.event_type, h.environment,
       h.organisation_id, h.service_id,
       o.name AS organisation_name, s.name AS service_name, a.name AS actor_name, a.email AS actor_email, a.staff_role AS actor_staff_role,
       u.name AS holder_name, u.email AS holder_email, u.staff_role AS holder_staff_role, m.role AS actor_role
FROM history h
LEFT JOIN organisations o ON o.id = h.organisation_id
LEFT JOIN services s ON s.id = h.service_id
LEFT JOIN accounts a ON a.id = h.actor
LEFT JOIN accounts u ON h.kind = 'account' AND u.id = h.subject_id
LEFT JOIN memberships m ON m.account_id = h.actor AND m.organisation_id = h.organisation_id";

impl Store {
    /// Entries, the latest first: all for staff; for partners those of their organisations and of their own account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn history(
        &self,
        viewer: &Person,
        filter: &HistoryFilter,
        cursor: Option<&str>,
    ) -> Result<Page<EntryRow>, StoreError> {
        Ok(self.search_history(viewer, filter, cursor).await?.page)
    }

    /// The same, with how far the search got. What a page costs does not depend on how much is stored.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn search_history(
        &self,
        viewer: &Person,
        filter: &HistoryFilter,
        cursor: Option<&str>,
    ) -> Result<HistoryFound, StoreError> {
        let cursor = cursor.and_then(Cursor::parse);
        let backward = cursor.as_ref().is_some_and(|cursor| cursor.backward);
        let from = cursor.as_ref().map(|cursor| cursor.key.number);
        let batch = if asks_of_each(filter) { AT_ONCE } else { PAGE_ROWS + 1 };
        let mut search = Search::begin(self, viewer, filter, (from, backward), batch).await?;
        let mut rows = Vec::new();
        while rows.len() <= PAGE_ROWS {
            let Some(candidates) = search.next(self).await? else { break };
            let mut of_batch = self.entries(viewer, filter, &candidates, batch.max(candidates.len())).await?;
            if !backward {
                of_batch.reverse();
            }
            rows.extend(of_batch);
        }
        let more = rows.len() > PAGE_ROWS;
        rows.truncate(PAGE_ROWS);
        let is_cut_short = !more && search.is_cut_short();
        let edge = |found: Option<&Found>| found.map(Found::index);
        // Where it stopped: behind the last row, or where it has looked so far.
        let onward = match (more, is_cut_short) {
            (true, _) => edge(rows.last()),
            (false, true) => search.last,
            (false, false) => None,
        };
        let back = edge(rows.first()).or(from);
        if backward {
            rows.reverse();
        }
        let key = |number| Key { number, text: String::new() };
        let around = (onward.map(key), back.filter(|_| cursor.is_some()).map(key));
        Ok(HistoryFound {
            page: Page::between(self.with_texts(viewer, rows).await?, backward, around, is_cut_short),
            too_common: search.too_common,
            has_no_word: !filter.search.trim().is_empty() && terms(&filter.search).is_empty(),
            not_all_organisations: found::has_more_organisations(viewer, filter),
        })
    }

    /// Those of some entries that the viewer may read and the filter asks for, the earliest first.
    async fn entries(
        &self,
        viewer: &Person,
        filter: &HistoryFilter,
        indexes: &[i64],
        room: usize,
    ) -> Result<Vec<Found>, StoreError> {
        if indexes.is_empty() {
            return Ok(Vec::new());
        }
        let mut list = List::new(SELECT, ["h.entry_index", "h.subject_id"], false);
        let places = vec!["?"; room].join(", ");
        let indexes = filled(indexes, room).map(|index| Value::from(*index)).collect();
        list.only(&format!("h.entry_index IN ({places})"), indexes);
        visible(&mut list, viewer);
        restrict(&mut list, filter);
        self.found(list.first(self.reads(), room).await?, viewer)
    }

    /// The latest entries of one registration, at most 500, the latest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn registration_history(&self, viewer: &Person, id: RegistrationId) -> Result<Vec<EntryRow>, StoreError> {
        let whose = registration::Entity::find_by_id(Word(id)).select_only().column(registration::OrganisationId);
        let whose: Option<Word<OrganisationId>> = whose.into_tuple().one(self.reads()).await?;
        super::may_read(viewer, whose.ok_or(StoreError::NotFound)?.0)?;
        let select =
            format!("{SELECT} WHERE h.kind = $1 AND h.subject_id = $2 ORDER BY h.entry_index DESC LIMIT {ON_ONE_PAGE}");
        let rows = sql::rows(self.reads(), &select, values![Registration::KIND, Word(id)]).await?;
        self.with_texts(viewer, self.found(rows, viewer)?).await
    }

    /// What happened to one registration, organisation or account after a version of it, the earliest first, of its
    /// latest 500 entries: what changed while somebody had a form open.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn history_since<A: Stored<Id: ToString>>(
        &self,
        viewer: &Person,
        id: A::Id,
        version: u64,
    ) -> Result<Vec<EntryRow>, StoreError> {
        let mut list = List::new(SELECT, ["h.entry_index", "h.subject_id"], false);
        visible(&mut list, viewer);
        let latest = format!(
            "h.entry_index IN (SELECT entry_index FROM history WHERE subject_id = ? ORDER BY entry_index DESC
                               LIMIT {ON_ONE_PAGE})"
        );
        list.only(&latest, values![id.to_string()]);
        let subject = values![A::KIND, id.to_string(), sql::number(version)];
        list.only("h.kind = ? AND h.subject_id = ? AND h.subject_version > ?", subject);
        let rows = list.first(self.reads(), ON_ONE_PAGE).await?;
        self.with_texts(viewer, self.found(rows, viewer)?).await
    }

    /// One entry with its exact leaf.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn entry(&self, viewer: &Person, index: u64) -> Result<EntryDetails, StoreError> {
        let mut list = List::new(SELECT, ["h.entry_index", "h.subject_id"], true);
        visible(&mut list, viewer);
        list.only("h.entry_index = ?", values![sql::number(index)]);
        let mut found: Vec<EntryColumns> = list.first(self.reads(), 1).await?;
        let found = found.pop().ok_or(StoreError::NotFound)?;
        let (bytes, leaf_hash) = (found.leaf.clone(), found.leaf_hash.clone());
        let found = entry(found, self.person_names(), viewer)?;
        let (leaf, knows_actor) = (found.leaf.clone(), found.knows_actor);
        let row = self.with_texts(viewer, vec![found]).await?.pop().ok_or(StoreError::NotFound)?;
        let texts = texts_of(self.reads(), &[sql::number(index)]).await?.into_values().next().unwrap_or_default();
        // Who somebody is whom the viewer may not know is no more in the texts than in the words.
        let shown = texts.into_iter().filter(|(pointer, _)| knows_actor || leaf.place(pointer) != "/actor_name");
        let withheld = withheld_from(viewer, &row.event_type).map(|member| format!("/event/{member}"));
        let text = |(pointer, kept): (String, Kept)| {
            let place = leaf.place(&pointer);
            if withheld.as_ref() == Some(&place) {
                let (salt, text, remains) = (None, None, None);
                return EntryText { pointer: place, salt, text, remains, altered: false, withheld: true };
            }
            EntryText {
                altered: leaf.at(&pointer).is_none_or(|place| kept.is_altered(place)),
                pointer: place,
                salt: kept.salt.map(|salt| HEXLOWER.encode(&salt)),
                text: kept.text,
                remains: kept.remains,
                withheld: false,
            }
        };
        Ok(EntryDetails {
            row,
            texts: shown.map(text).collect(),
            leaf: String::from_utf8_lossy(&bytes).into_owned(),
            leaf_hash: HEXLOWER.encode(&leaf_hash),
        })
    }

    fn found(&self, rows: Vec<EntryColumns>, viewer: &Person) -> Result<Vec<Found>, StoreError> {
        rows.into_iter().map(|row| entry(row, self.person_names(), viewer)).collect()
    }

    async fn with_texts(&self, viewer: &Person, found: Vec<Found>) -> Result<Vec<EntryRow>, StoreError> {
        let indexes: Vec<i64> = found.iter().map(Found::index).collect();
        let texts = texts_of(self.reads(), &indexes).await?;
        let nameless: Vec<Concerned> =
            found.iter().filter(|found| !found.leaf.binds_names()).map(|found| found.concerned.clone()).collect();
        let mut earlier = earlier::names(self.reads(), &nameless).await?;
        let complete = |found: Found| {
            let index = found.index();
            let withheld = withheld_from(viewer, &found.columns.event_type);
            found.complete(self.person_names(), texts.get(&index), earlier.remove(&index), withheld)
        };
        let mut rows = found.into_iter().map(complete).collect::<Result<Vec<EntryRow>, _>>()?;
        if viewer.staff_role().is_some() {
            self.name_proposers(&mut rows).await?;
        }
        Ok(rows)
    }

    /// Whose proposals these entries confirmed.
    async fn name_proposers(&self, rows: &mut [EntryRow]) -> Result<(), StoreError> {
        let proposer = |row: &EntryRow| row.happened.proposal()?.by.account();
        let names = names_of(self.reads(), self.person_names(), rows.iter().filter_map(proposer)).await?;
        for row in rows {
            row.proposer = proposer(row).and_then(|account| names.get(&account).cloned());
        }
        Ok(())
    }
}

/// An entry as its row has it, before texts and names are put in place.
struct Found {
    columns: EntryColumns,
    leaf: Leaf,
    concerned: Concerned,
    actor: By,
    /// Who did it, by the name of now.
    author: Author,
    /// Whether the viewer may know who did it.
    knows_actor: bool,
}

impl Found {
    fn index(&self) -> i64 {
        number(self.columns.entry_index.0)
    }

    /// With its texts, and the member of the event that the viewer may not read.
    fn complete(
        self,
        names: &PersonNames,
        texts: Option<&BTreeMap<String, Kept>>,
        earlier: Option<(Then, People)>,
        withheld: Option<&str>,
    ) -> Result<EntryRow, StoreError> {
        let Self { columns, mut leaf, actor, author, knows_actor, .. } = self;
        if let Some(texts) = texts {
            leaf.put_texts(texts);
        }
        let (mut then, people) = earlier.map_or_else(|| leaf.called(), Ok)?;
        let holder_staff = columns.holder.staff();
        let actor_staff = if actor == By::Visitor { holder_staff } else { columns.doer.staff() };
        let person = people.person.as_ref().map(|name| names.told(in_words(name), holder_staff));
        let doer = if actor == By::Visitor { people.person } else { people.actor };
        let author = match (doer, author) {
            (Some(doer), Author::Person { then: now, .. }) if knows_actor => {
                let shown = names.shown(in_words(&doer), acting(then.actor_role, actor_staff));
                let now = Some(now).filter(|now| now.as_typed() != shown.as_typed());
                Author::Person { then: shown, now }
            }
            (_, author) => author,
        };
        then.actor_role = then.actor_role.filter(|_| knows_actor);
        then.token = then.token.filter(|_| knows_actor);
        let (happened, event) = leaf.into_told(withheld)?;
        let given = happened.name_given().and_then(Told::text);
        Ok(EntryRow {
            index: columns.entry_index.0,
            at: columns.at.0,
            actor,
            author,
            by_rules: happened.is_by_rules(),
            person,
            given: given.map(|name| names.told(&name.0, holder_staff)),
            proposer: None,
            kind: columns.kind,
            subject: columns.subject_id,
            version: columns.subject_version.0,
            event_type: columns.event_type,
            happened,
            event,
            then,
            organisation_name: columns.organisation_name.0,
            service_name: columns.service_name.0,
            environment: columns.environment.0,
        })
    }
}

/// The staff role in which somebody acted: that of the moment, where it is known; else the one that they have now.
fn acting(role: Option<Role>, now: Option<StaffRole>) -> Option<StaffRole> {
    match role {
        Some(Role::Admin) => Some(StaffRole::Admin),
        Some(Role::Auditor) => Some(StaffRole::Auditor),
        Some(Role::Owner | Role::Developer | Role::Viewer) => None,
        _ => now,
    }
}

/// A text of the past as pages write it.
fn in_words(said: &Said) -> &str {
    match said {
        Said::Text(text) => text,
        Said::Erased => ERASED,
        Said::Altered => ALTERED,
    }
}

/// What stands where a text is not the one that the entry committed to.
pub const ALTERED: &str = "(altered after it was recorded)";

/// The member of an event whose text the viewer may not read, whatever its age.
fn withheld_from(viewer: &Person, event_type: &str) -> Option<&'static str> {
    let of_this = FOR_STAFF.iter().find(|(known, _)| *known == event_type).map(|(_, member)| *member);
    of_this.filter(|_| viewer.staff_role().is_none())
}

fn visible(list: &mut List, viewer: &Person) {
    if viewer.staff_role().is_some() {
        return;
    }
    let own = viewer.account.to_string();
    let organisations: Vec<Value> = viewer.memberships.keys().map(|id| id.to_string().into()).collect();
    if organisations.is_empty() {
        list.only("h.kind = 'account' AND h.subject_id = ?", values![own]);
        return;
    }
    let places = vec!["?"; organisations.len()].join(", ");
    let condition = format!(
        "(h.organisation_id IN ({places}) AND h.kind IN ('registration', 'organisation'))
                             OR (h.kind = 'account' AND h.subject_id = ?)"
    );
    list.only(&condition, organisations.into_iter().chain(values![own]).collect());
}

fn restrict(list: &mut List, filter: &HistoryFilter) {
    list.equal("h.kind", filter.kind.as_deref());
    list.equal("h.event_type", filter.event_type.as_deref());
    list.equal("h.subject_id", filter.subject.as_deref());
    list.equal("h.organisation_id", filter.organisation.map(Word));
    list.equal("h.registration_id", filter.registration.map(Word));
    list.equal("h.environment", filter.environment.as_deref());
    if let Some(client_id) = &filter.client_id {
        let of_client = "h.registration_id IN (SELECT id FROM registrations WHERE client_id = ?)";
        list.only(of_client, values![client_id.as_str()]);
    }
    // Signing in is done by nobody who is signed in: it is found by whose account it is.
    if let Some(person) = filter.person {
        let id = person.to_string();
        list.only("h.actor = ? OR (h.kind = 'account' AND h.subject_id = ?)", values![id.clone(), id]);
    }
    if let Some(from) = filter.from {
        list.only("h.at >= ?", values![millis(from)]);
    }
    if let Some(to) = filter.to {
        list.only("h.at < ?", values![millis(to)]);
    }
}

/// Whether a filter asks for anything, so that some candidates may be passed over.
fn asks_of_each(filter: &HistoryFilter) -> bool {
    *filter != HistoryFilter::default()
}

/// A row of [`SELECT`].
#[derive(FromQueryResult)]
struct EntryColumns {
    entry_index: Count<u64>,
    leaf: Vec<u8>,
    leaf_hash: Vec<u8>,
    at: At,
    actor: String,
    kind: String,
    subject_id: String,
    subject_version: Count<u64>,
    event_type: String,
    environment: OrNull<String>,
    organisation_id: OrNull<String>,
    service_id: OrNull<String>,
    organisation_name: OrNull<String>,
    service_name: OrNull<String>,
    #[sea_orm(nested(prefix = "actor_"))]
    doer: NameColumns,
    #[sea_orm(nested(prefix = "holder_"))]
    holder: NameColumns,
    actor_role: OrNull<String>,
}

fn entry(mut columns: EntryColumns, names: &PersonNames, viewer: &Person) -> Result<Found, StoreError> {
    if BY_THE_ASKER.contains(&columns.event_type.as_str()) {
        // Staff join no team: whoever asked was none then, and no team learns of it if they are now.
        columns.doer.staff_role = OrNull(None);
    }
    let actor = by_of(&columns.actor)?;
    let leaf = Leaf::read(&columns.leaf)?;
    let (author, knows_actor) = author(&columns, actor, names, viewer);
    let service = || leaf.happened().service().map(|service| service.to_string());
    let member = || leaf.happened().member().map(|member| member.to_string());
    let concerned = Concerned {
        index: number(columns.entry_index.0),
        organisation: columns.organisation_id.0.clone(),
        service: columns.service_id.0.clone().or_else(service),
        person: if columns.kind == Account::KIND { Some(columns.subject_id.clone()) } else { member() },
        actor: matches!(actor, By::Account(_)).then(|| columns.actor.clone()),
    };
    Ok(Found { columns, leaf, concerned, actor, author, knows_actor })
}

/// Who did it by the name of today, and whether it is somebody whose name the viewer may know: partners see names of
/// their own team only, and of those who ask to join it.
fn author(row: &EntryColumns, actor: By, names: &PersonNames, viewer: &Person) -> (Author, bool) {
    let known = |columns: &NameColumns| (Author::Person { then: columns.shown(names), now: None }, true);
    match actor {
        By::Visitor if BY_THE_HOLDER.contains(&row.event_type.as_str()) => known(&row.holder),
        By::Visitor if row.event_type == "invitation_declined" => (Author::Invited, false),
        By::Visitor => (Author::Visitor, false),
        By::Account(_) if BY_THE_ASKER.contains(&row.event_type.as_str()) => known(&row.doer),
        By::System => (Author::Portal, false),
        By::Operator => (Author::Operator, false),
        By::Account(account)
            if viewer.staff_role().is_some() || account == viewer.account || row.actor_role.0.is_some() =>
        {
            known(&row.doer)
        }
        By::Account(_) if row.event_type == "invitation_declined" => (Author::Invited, false),
        By::Account(_) => (Author::Staff, false),
    }
}

//! What the pages of admins and auditors read. Each read asks the store as the caller, who learns nothing that is not
//! theirs to see; accounts are loaded only after the caller was found to be staff, and what was there before an entry
//! only for an entry that the caller was given.

use super::{
    context::{caller, portal},
    form::Refused,
    registrations::{frozen, parse},
    staff::staff,
};
use crate::{
    reading::{
        Names, account_in,
        difference::{between, contact_lines, section_lines, service_lines},
        meanwhile::{Meanwhile, Reader},
        permissions::{Permissions, fresh_enough, open_revision},
        standing::client_statuses,
        subject::{Earlier, Happening, Other, Owner, Subject, on_its_way_before, previous_to, published_before},
        words::{by, quoted, sentence},
    },
    ui::DiffField,
};
use domain::{
    account::{self, Account},
    actor::{Actor, By, Person, StaffRole},
    aggregate::Aggregate,
    attachment::Attachment,
    authority::{Authority, Lapse},
    draft::{Draft, DraftChange},
    id::{AccountId, OrganisationId, RegistrationId, ServiceId},
    organisation::{self, Contacts, Service},
    person_name::PersonName,
    policy::EnvironmentPolicy,
    recorded::{Document, Happened, Told},
    refusal::Refusal,
    registration::{self, Registration, Revision},
    revision::FrozenRevision,
};
use std::collections::BTreeMap;
use store::{
    Stored,
    read::{
        AccountRow, Backlog, Belonging, ClientFilter, ClientRow, EntryDetails, EntryRow, Held, HeldRow, HistoryFilter,
        HistoryFound, Namesake, OrganisationDetails, OrganisationFilter, OrganisationRow, Owners, Page, PersonLabel,
        PublicationFilter, PublicationRow, QueueFilter, QueueRow, RenamedRow, ServiceDetails, Written,
    },
};
use time::OffsetDateTime;
use usecases::Fault;

/// The queue of reviews, with the time of reading.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn queue(filter: &QueueFilter, cursor: &str) -> Result<(Page<QueueRow>, OffsetDateTime), Fault> {
    staff()?;
    let portal = portal()?;
    let found = portal.store.queue(caller()?.person()?, filter, given(cursor)).await?;
    Ok((found, portal.auth.ambient.now()))
}

/// Clients that wait for another admin.
#[derive(Clone, Debug, Default)]
pub struct HeldClients {
    /// Those that are withheld from the provider, then proposals to reinstate, each the longest waiting first.
    pub rows: Vec<HeldRow>,
    /// Whether there are more than these.
    pub more: bool,
}

/// The first of the clients that wait for another admin.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn held(filter: &QueueFilter) -> Result<HeldClients, Fault> {
    staff()?;
    let (portal, caller) = (portal()?, caller()?);
    let mut held = HeldClients::default();
    for which in [Held::Withheld, Held::Proposed] {
        let found = portal.store.held(caller.person()?, which, filter, portal.auth.ambient.now(), None).await?;
        held.more |= found.next.is_some();
        held.rows.extend(found.rows);
    }
    Ok(held)
}

/// A revision with everything that its review looks at: the given one, else the one that waits for approvals, else the
/// latest.
///
/// # Errors
/// `NotFound` when there is no such registration or revision.
pub async fn review(id: &str, number: &str) -> Result<Subject, Fault> {
    staff()?;
    let id = parse(id)?;
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let now = portal.auth.ambient.now();
    let details = portal.store.registration(person, id).await?;
    let registration = details.registration;
    let revision = chosen(&registration, &details.facts, number).ok_or(Fault::NotFound)?.clone();
    let bytes = portal.store.revision(person, id, revision.number).await?.bytes;
    let before = earlier(id, published_before(&registration, revision.number)).await?;
    let previous = match before {
        Some(_) => None,
        None => earlier(id, previous_to(&registration, revision.number)).await?,
    };
    let approved = registration.approved().filter(|approved| approved.number != revision.number);
    let approved = earlier(id, approved).await?;
    let sent_back = earlier(id, registration.sent_back_before(revision.number)).await?;
    let number_shown = revision.number;
    let organisation_id = registration.organisation.ok_or(Fault::NotFound)?;
    let owner = portal.store.organisation(person, organisation_id).await?;
    let services = portal.store.services(person, &owner).await?;
    let others = others(&services, id);
    let history = portal.store.registration_history(person, id).await?;
    let content = FrozenRevision::read(&bytes)?;
    let latest = approved.as_ref().map_or(&content, |approved| &approved.content);
    let client_name = latest.metadata.client_name.clone();
    let leaked = portal.store.leaked_keys(&registration).await?;
    let facts = registration::Facts { frozen: Some(content.clone()), leaked, ..details.facts };
    let misfits = match registration.fits(revision.number, &facts, now) {
        Err(Refusal::NoLongerFits(misfits)) => misfits.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let has_files = content
        .evidence
        .values()
        .flat_map(|answers| answers.values())
        .any(|text| Attachment::all(text).next().is_some());
    let files = if has_files { portal.store.attachments(id).await? } else { Vec::new() };
    Ok(Subject {
        files,
        previous,
        misfits,
        voters: facts.voters.clone(),
        permissions: Permissions::of(&registration, person, &facts, now),
        version: details.version,
        policy: details.policy,
        revision,
        bytes,
        content,
        on_its_way: on_its_way_before(&registration, number_shown),
        tried: details.tried,
        before,
        sent_back,
        organisation: Owner {
            id: organisation_id,
            name: owner.organisation.name.clone(),
            ods_code: owner.organisation.ods_code.as_ref().map(|code| code.as_str().to_owned()),
            confirmed: details.confirmed,
        },
        service: details.service_name,
        client_name,
        others,
        names: names(&details.people),
        history: history.iter().map(|entry| happening(entry, portal.store.environments())).collect(),
        reader: person.account,
        registration,
        now,
    })
}

fn chosen<'a>(registration: &'a Registration, facts: &registration::Facts, number: &str) -> Option<&'a Revision> {
    match number {
        "" => open_revision(registration, facts).or(registration.revisions.last()),
        number => registration.revision(number.parse().ok()?),
    }
}

/// A revision of a registration, read.
async fn earlier(id: RegistrationId, revision: Option<&Revision>) -> Result<Option<Earlier>, Fault> {
    let Some(revision) = revision.cloned() else { return Ok(None) };
    let content = frozen(id, revision.number).await?;
    Ok(Some(Earlier { revision, content }))
}

fn others(services: &[ServiceDetails], this: RegistrationId) -> Vec<Other> {
    let heads = services.iter().flat_map(|service| service.registrations.iter().map(move |head| (service, head)));
    heads
        .filter(|(_, head)| head.id != this)
        .map(|(service, head)| Other {
            id: head.id,
            service: service.service.name.clone(),
            environment: head.environment.clone(),
            statuses: client_statuses(head),
            reviewed: head.revision > 0,
        })
        .collect()
}

/// An entry in words.
fn happening(entry: &EntryRow, environments: &[EnvironmentPolicy]) -> Happening {
    Happening {
        index: entry.index,
        at: entry.at,
        by: by(entry),
        sentence: sentence(entry, environments),
        quoted: quoted(&entry.happened),
    }
}

/// What happened to a registration, organisation or account while a form about it was open that was then refused for
/// that reason. Of a form that says with which version it was shown; nothing for every other.
///
/// # Errors
/// `NotSignedIn` for visitors.
pub async fn meanwhile<A: Stored<Id: ToString>>(id: A::Id, refused: &Refused) -> Result<Option<Meanwhile>, Fault> {
    let Some(version) = refused.stale_since() else { return Ok(None) };
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let entries = portal.store.history_since::<A>(person, id, version).await?;
    let policies = portal.store.environments();
    let happened = entries.iter().map(|entry| happening(entry, policies)).collect();
    let reader = Reader { account: person.account, is_staff: person.staff.is_some() };
    Ok(Some(Meanwhile::of(&entries, happened, reader, policies)))
}

/// What is different now from what a form about a registration was opened on, under a heading each: in the revision, and
/// in what is published.
///
/// # Errors
/// What the store answers.
pub async fn differences(subject: &Subject, meanwhile: &Meanwhile) -> Result<Vec<(String, Vec<DiffField>)>, Fault> {
    let (registration, id) = (&subject.registration, subject.registration.id);
    let mut found = Vec::new();
    if let Some(opened) = earlier(id, meanwhile.shown.and_then(|number| registration.revision(number))).await? {
        let heading = format!("Revision {} beside revision {}", subject.revision.number, opened.revision.number);
        found.push((heading, changed(subject.against(&opened))));
    }
    let published = meanwhile.published.and_then(|number| published_before(registration, number));
    let now = earlier(id, registration.approved()).await?;
    if let (Some(before), Some(now)) = (earlier(id, published).await?, now) {
        let heading =
            format!("The client by revision {} beside revision {}", now.revision.number, before.revision.number);
        found.push((heading, changed(between(&before.content, &now.content, &subject.policy))));
    }
    Ok(found)
}

fn changed(fields: Vec<DiffField>) -> Vec<DiffField> {
    fields.into_iter().filter(DiffField::changed).collect()
}

/// The names out of the labels of people.
fn names(people: &BTreeMap<AccountId, PersonLabel>) -> Names {
    people.iter().map(|(account, label)| (*account, label.name.clone())).collect()
}

/// Whether the caller gave a password or code so lately that it need not be asked again.
///
/// # Errors
/// `NotSignedIn` for visitors.
pub fn is_freshly_authenticated(now: OffsetDateTime) -> Result<bool, Fault> {
    Ok(fresh_enough(caller()?.person()?.reauthenticated_at, now))
}

/// Partner organisations.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn organisations(filter: &OrganisationFilter, cursor: &str) -> Result<Page<OrganisationRow>, Fault> {
    staff()?;
    Ok(portal()?.store.organisations(caller()?.person()?, filter, given(cursor)).await?)
}

/// What waits for staff, and the time of reading.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn backlog() -> Result<(Backlog, OffsetDateTime), Fault> {
    staff()?;
    let portal = portal()?;
    let now = portal.auth.ambient.now();
    Ok((portal.store.backlog(caller()?.person()?, now).await?, now))
}

/// The time now, and since when owners who have not signed in are away.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub fn absences() -> Result<(OffsetDateTime, OffsetDateTime), Fault> {
    staff()?;
    let portal = portal()?;
    let now = portal.auth.ambient.now();
    Ok((now, now - portal.store.owners_away_after()))
}

/// An organisation as staff see it.
#[derive(Clone, Debug)]
pub struct OrganisationView {
    /// State and people.
    pub details: OrganisationDetails,
    /// Services with their registrations.
    pub services: Vec<ServiceDetails>,
    /// Whether password or code were given a moment ago.
    pub fresh: bool,
    /// Which protected name its own could be read as, while nobody has confirmed it.
    pub imitates: Option<String>,
    /// Other organisations of its name or ODS code.
    pub namesakes: Vec<Namesake>,
    /// The reader.
    pub reader: AccountId,
    /// Whether its owners can be reached.
    pub owners: Owners,
    /// Whether the reader locked one of them; not looked up where nobody asks to join.
    pub locked_owner: bool,
    /// As whom the rules are asked, and when: the proof is asked for on the forms, so it is not held against anyone.
    pub asks: (Actor, OffsetDateTime),
}

impl OrganisationView {
    fn facts(&self) -> organisation::Facts {
        let Owners { none_can_sign_in: no_owner, seen_at: owner_seen_at } = self.owners;
        let actor_locked_owner = self.locked_owner;
        organisation::Facts { no_owner, owner_seen_at, actor_locked_owner, ..organisation::Facts::default() }
    }

    /// Whether the reader may do this, or why not: as far as the page knows. Whether somebody may join at all is asked when the
    /// form is sent.
    ///
    /// # Errors
    /// What the rules refuse.
    pub fn ask(&self, command: &organisation::Command) -> Result<(), Refusal> {
        let (actor, now) = &self.asks;
        self.details.organisation.decide(actor, command, &self.facts(), *now).map(drop)
    }

    /// Whether the owners are left to answer what was asked at this moment.
    pub fn owners_answer(&self, asked_at: OffsetDateTime) -> bool {
        !organisation::are_unreachable(asked_at, &self.facts(), self.asks.1)
    }

    /// Whether the reader may confirm it, or why not.
    ///
    /// # Errors
    /// What the rules refuse.
    pub fn confirm(&self) -> Result<(), Refusal> {
        self.ask(&organisation::Command::Confirm)
    }
}

/// One organisation.
///
/// # Errors
/// `StaffOnly` for everybody but staff; `NotFound`.
pub async fn organisation(id: &str) -> Result<OrganisationView, Fault> {
    staff()?;
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let id: OrganisationId = id.parse().map_err(|_| Fault::NotFound)?;
    let details = portal.store.organisation(person, id).await?;
    let services = portal.store.services(person, &details).await?;
    let now = portal.auth.ambient.now();
    // The proof is asked for on the form, so it is not held against anyone.
    let actor = Actor::Person(Person { reauthenticated_at: Some(now), ..person.clone() });
    let (owners, locked_owner) = portal.store.owners(person, &details.organisation).await?;
    let fresh = fresh_enough(person.reauthenticated_at, now);
    let protected = portal.store.environments().first().map(|policy| policy.protected.clone()).unwrap_or_default();
    // What an admin confirmed is who it says.
    let unconfirmed = details.organisation.confirmed.is_none();
    let imitates = protected.name_in(&details.organisation.name).filter(|_| unconfirmed).map(str::to_owned);
    let namesakes = portal.store.namesakes(person, id).await?;
    let (reader, asks) = (person.account, (actor, now));
    Ok(OrganisationView { services, fresh, imitates, namesakes, details, reader, owners, locked_owner, asks })
}

/// Organisations that changed what an admin confirmed while they have a client.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn renamed_organisations() -> Result<Vec<RenamedRow>, Fault> {
    staff()?;
    Ok(portal()?.store.renamed_organisations(caller()?.person()?).await?)
}

/// Clients that were ever approved.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn clients(filter: &ClientFilter, cursor: &str) -> Result<Page<ClientRow>, Fault> {
    staff()?;
    Ok(portal()?.store.clients(caller()?.person()?, filter, given(cursor)).await?)
}

/// Publications, those that failed first.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn publications(filter: &PublicationFilter, cursor: &str) -> Result<Page<PublicationRow>, Fault> {
    staff()?;
    Ok(portal()?.store.publications(caller()?.person()?, filter, given(cursor)).await?)
}

/// When each environment's provider last held what was wanted, by the environment's name.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn last_published() -> Result<BTreeMap<String, OffsetDateTime>, Fault> {
    staff()?;
    Ok(portal()?.store.last_published(caller()?.person()?).await?)
}

/// People with an account.
///
/// # Errors
/// `StaffOnly` for everybody but staff.
pub async fn people(search: &str, cursor: &str) -> Result<Page<AccountRow>, Fault> {
    staff()?;
    Ok(portal()?.store.people(caller()?.person()?, search, given(cursor)).await?)
}

/// What an admin may do with an account, each with the sentence where the rules say no.
#[derive(Clone, Debug)]
pub struct AccountPermissions {
    /// Make an admin of it.
    pub propose_admin: Result<(), Refusal>,
    /// Make an auditor of it.
    pub propose_auditor: Result<(), Refusal>,
    /// Take its staff role away.
    pub propose_none: Result<(), Refusal>,
    /// Second the proposal.
    pub confirm: Result<(), Refusal>,
    /// Drop the proposal.
    pub drop: Result<(), Refusal>,
    /// Lock it.
    pub disable: Result<(), Refusal>,
    /// Unlock it.
    pub enable: Result<(), Refusal>,
}

impl AccountPermissions {
    /// Asks the rules, as `person`; re-authentication is asked on the form, so it is not held against anyone. `proposer`
    /// made the proposal that is open.
    pub fn of(account: &Account, person: &Person, proposer: Option<&Account>, now: OffsetDateTime) -> Self {
        let fresh = Person { reauthenticated_at: Some(now), ..person.clone() };
        let facts = account::Facts { proposer: proposer.map(Authority::of), ..Default::default() };
        let actor = Actor::Person(fresh);
        let ask = |command: account::Command| account.decide(&actor, &command, &facts, now).map(drop);
        let propose = |role| ask(account::Command::ProposeRole { role });
        let confirm = |proposed: &account::ProposedRole| {
            ask(account::Command::ConfirmRole { role: proposed.role, proposed_at: proposed.stamp.at })
        };
        Self {
            propose_admin: propose(Some(StaffRole::Admin)),
            propose_auditor: propose(Some(StaffRole::Auditor)),
            propose_none: propose(None),
            confirm: account.proposed_role.as_ref().map_or(Err(Refusal::NotFound), confirm),
            drop: ask(account::Command::DropRole),
            disable: ask(account::Command::Disable),
            enable: ask(account::Command::Enable),
        }
    }
}

/// One account as staff see it.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// Its state.
    pub account: Account,
    /// Whose it is: the name, or the address where there is none.
    pub name: PersonName,
    /// Who proposed the change of role.
    pub proposer: Option<PersonName>,
    /// Why the proposal no longer counts, where whoever made it lost the authority.
    pub proposer_lapse: Option<Lapse>,
    /// What the caller may do.
    pub may: AccountPermissions,
    /// What happened to it and what this person did, newest first.
    pub history: Vec<Happening>,
    /// Whether password or code were given a moment ago.
    pub fresh: bool,
    /// Whether the reader is an admin. Auditors change nothing.
    pub decides: bool,
    /// The partner organisations that the person belongs or belonged to.
    pub organisations: Vec<Belonging>,
}

/// One account.
///
/// # Errors
/// `StaffOnly` for everybody but staff; `NotFound`.
pub async fn person(id: &str) -> Result<PersonView, Fault> {
    staff()?;
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let now = portal.auth.ambient.now();
    let id: AccountId = id.parse().map_err(|_| Fault::NotFound)?;
    let (account, _) = portal.store.load::<Account>(id).await?;
    let proposer = match account.proposed_role.as_ref().map(|proposed| proposed.stamp.by) {
        Some(By::Account(proposer)) => Some(portal.store.load::<Account>(proposer).await?.0),
        _ => None,
    };
    let filter =
        HistoryFilter { kind: Some(Account::KIND.into()), subject: Some(id.to_string()), ..HistoryFilter::default() };
    let history = portal.store.history(person, &filter, None).await?;
    Ok(PersonView {
        may: AccountPermissions::of(&account, person, proposer.as_ref(), now),
        history: history.rows.iter().map(|entry| happening(entry, portal.store.environments())).collect(),
        fresh: fresh_enough(person.reauthenticated_at, now),
        decides: is_admin(),
        organisations: portal.store.belongings(person, id).await?,
        proposer_lapse: proposer.as_ref().and_then(|proposer| Authority::of(proposer).lapse()),
        proposer: proposer.map(|proposer| shown(&proposer)).transpose()?,
        name: shown(&account)?,
        account,
    })
}

/// How somebody with an account is called on pages.
fn shown(account: &Account) -> Result<PersonName, Fault> {
    let address = account.email.as_ref().map(|email| email.as_str()).unwrap_or_default();
    let typed = if account.name.is_empty() { address } else { &account.name };
    Ok(portal()?.store.person_names().shown(typed, account.staff))
}

/// Entries of the history: all for staff, their own for partners.
///
/// # Errors
/// `NotSignedIn` for visitors.
pub async fn history(filter: &HistoryFilter, cursor: &str) -> Result<(HistoryFound, Names), Fault> {
    let found = portal()?.store.search_history(caller()?.person()?, filter, given(cursor)).await?;
    let names = named_in(&found.page.rows).await?;
    Ok((found, names))
}

/// The names of the accounts that entries are about. Only staff know accounts by name.
async fn named_in(rows: &[EntryRow]) -> Result<Names, Fault> {
    match is_staff() {
        true => Ok(portal()?.store.names(caller()?.person()?, rows.iter().filter_map(account_in)).await?),
        false => Ok(Names::new()),
    }
}

/// One entry with its exact bytes, and what was there before where an edit replaced something.
///
/// # Errors
/// `NotSignedIn` for visitors; `NotFound`.
pub async fn entry(index: &str) -> Result<(EntryDetails, Option<DiffField>, Names), Fault> {
    let index = index.parse().map_err(|_| Fault::NotFound)?;
    let details = portal()?.store.entry(caller()?.person()?, index).await?;
    let change = match &details.row.happened {
        Happened::Registration(registration::Event::Saved { change, .. }) => {
            saved_section(&details.row, change).await?
        }
        Happened::Organisation(organisation::Event::ServiceChanged { service, content }) => {
            changed_service(&details.row, *service, content).await?
        }
        Happened::Organisation(organisation::Event::ContactsChanged { content }) => {
            changed_contacts(&details.row, content).await?
        }
        _ => None,
    };
    let names = named_in(std::slice::from_ref(&details.row)).await?;
    Ok((details, change, names))
}

/// Before and after of a saved section: its last content before this entry is in the latest entry that saved it, else in
/// the one that started the draft. None where there is nothing to compare, a text was erased, or that entry is too far
/// back to be looked for.
async fn saved_section(row: &EntryRow, change: &Told<Document<DraftChange>>) -> Result<Option<DiffField>, Fault> {
    let portal = portal()?;
    let policy = row.environment.as_deref().and_then(|name| portal.environment(name).ok());
    let (Some(change), Some(policy)) = (change.text().and_then(Document::content), policy) else { return Ok(None) };
    let mut before = Draft::default();
    match portal.store.event_before(row, &Written::Section(change)).await? {
        Some(Happened::Registration(registration::Event::Started {
            draft: Told::Text(Document::Is(draft)), ..
        })) => before = draft,
        Some(Happened::Registration(registration::Event::Saved {
            change: Told::Text(Document::Is(change)), ..
        })) => before.change(change),
        _ => return Ok(None),
    }
    let mut after = before.clone();
    after.change(change.clone());
    let lines = |draft| section_lines(draft, change, policy);
    Ok(Some(DiffField::between(change.section().title(), &lines(&before), &lines(&after))))
}

/// Before and after of a changed service.
async fn changed_service(
    row: &EntryRow,
    service: ServiceId,
    content: &Told<Document<Service>>,
) -> Result<Option<DiffField>, Fault> {
    use organisation::Event::{ServiceAdded, ServiceChanged};
    let Some(after) = content.text().and_then(Document::content) else { return Ok(None) };
    let before = match portal()?.store.event_before(row, &Written::Service(service)).await? {
        Some(Happened::Organisation(ServiceAdded { content, .. } | ServiceChanged { content, .. })) => content,
        _ => return Ok(None),
    };
    let before = before.text().and_then(Document::content);
    Ok(before.map(|before| DiffField::between("Service", &service_lines(before), &service_lines(after))))
}

/// Before and after of an organisation's changed contacts.
async fn changed_contacts(row: &EntryRow, content: &Told<Document<Contacts>>) -> Result<Option<DiffField>, Fault> {
    use organisation::Event::ContactsChanged;
    let Some(after) = content.text().and_then(Document::content) else { return Ok(None) };
    let before = match portal()?.store.event_before(row, &Written::Contacts).await? {
        Some(Happened::Organisation(ContactsChanged { content })) => content,
        _ => return Ok(None),
    };
    let before = before.text().and_then(Document::content);
    Ok(before.map(|before| DiffField::between("Contacts", &contact_lines(before), &contact_lines(after))))
}

/// Whether the caller is staff with a second factor, for links that only staff can follow.
pub fn is_staff() -> bool {
    staff().is_ok()
}

/// Whether the caller is an admin with a second factor, who decides and is mailed.
pub fn is_admin() -> bool {
    staff() == Ok(StaffRole::Admin)
}

/// A cursor, unless it is the empty one of the first page.
fn given(cursor: &str) -> Option<&str> {
    (!cursor.is_empty()).then_some(cursor)
}

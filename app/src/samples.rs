//! Sample data for the tests of what is read and shown.

use crate::api::staff_reads::{AccountPermissions, OrganisationView, PersonView};
use crate::reading::{
    Names,
    permissions::{Permissions, open_revision},
    subject::{Earlier, Happening, Subject},
};
use domain::{
    account::{self, Account},
    actor::{Actor, By, Person, StaffRole, Stamp, TeamRole},
    aggregate::Aggregate,
    authority::{Authority, Voters},
    draft::{Draft, DraftKey},
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    ods::OdsCode,
    organisation::{self, Organisation},
    person_name::{PersonName, PersonNames},
    policy::EnvironmentPolicy,
    protected::Protected,
    recorded::Happened,
    registration::{Command, Facts, Published, Registration, ReinstatementProposal, Suspension, Wanted},
    revision::FrozenRevision,
    standing::{Does, Tried},
};
use leptos::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::read::{Author, EntryRow, OrganisationDetails, Owners, PersonLabel, Said, Then};
use time::{OffsetDateTime, macros::datetime};

/// A draft that passes every check of the sandpit; it asks for one restricted scope.
pub(crate) fn draft() -> Draft {
    Draft {
        client_name: "Riverside repeat prescriptions".into(),
        public_keys: vec![DraftKey::of(include_str!("../domain/tests/life/public.pem"))],
        redirect_uris: vec![
            "https://app.riverside.example.org/callback".into(),
            "https://staging.riverside.example.org/callback".into(),
        ],
        scopes: vec!["openid".into(), "profile".into(), "email".into()],
        reasons: [
            ("profile".to_owned(), "The NHS number finds the patient’s record.".to_owned()),
            ("email".to_owned(), "To send a receipt.".to_owned()),
        ]
        .into(),
        vectors: vec!["P9.Cp.Cd".into()],
        evidence: [].into(),
    }
}

/// The policy of one of NHS login's environments.
pub(crate) fn policy(name: &str) -> EnvironmentPolicy {
    EnvironmentPolicy::nhs_login().into_iter().find(|policy| policy.name == name).unwrap()
}

/// The bytes of a revision of `draft` in the sandpit.
pub(crate) fn revision_bytes(draft: &Draft) -> String {
    draft.check(&policy("sandpit")).unwrap().freeze().bytes
}

/// The same, read.
pub(crate) fn frozen(draft: &Draft) -> FrozenRevision {
    FrozenRevision::read(&revision_bytes(draft)).unwrap()
}

/// Renders a view to HTML.
pub(crate) fn html<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}

const NOW: OffsetDateTime = datetime!(2026-03-03 12:00 UTC);

fn account(number: u8) -> AccountId {
    AccountId::from_parts(1, [number; 10])
}

fn person(number: u8) -> Person {
    Person {
        account: account(number),
        staff: None,
        memberships: BTreeMap::new(),
        ever_belonged: BTreeSet::new(),
        second_factor: true,
        reauthenticated_at: None,
        token: None,
    }
}

fn admin() -> Person {
    Person { staff: Some(StaffRole::Admin), ..person(2) }
}

fn names() -> Names {
    let of = |(number, name, staff): (u8, &str, _)| (account(number), shown(name, staff));
    let admin = Some(StaffRole::Admin);
    [(1, "Priya Shah", None), (2, "Ada Adams", admin), (5, "Zoe Zimmer", admin)].map(of).into()
}

/// A person's name as it is shown.
pub(crate) fn shown(name: &str, staff: Option<StaffRole>) -> PersonName {
    PersonNames::new(&Protected::nhs_login()).shown(name, staff)
}

fn active() -> Authority {
    Authority { staff: Some(StaffRole::Admin), second_factor: true, locked: false, belonged: false }
}

/// The admins of these samples, all of whom may approve.
pub(crate) fn voters() -> Voters {
    [2, 5, 6].map(|number| (account(number), active())).into_iter().collect()
}

/// The same after Zoe Zimmer was locked.
pub(crate) fn voters_but_locked() -> Voters {
    let of = |number| (account(number), Authority { locked: number == 5, ..active() });
    [2, 5, 6].map(of).into_iter().collect()
}

fn facts() -> Facts {
    Facts {
        policy: Some(policy("sandpit")),
        organisation_confirmed: true,
        service_known: true,
        voters: voters(),
        frozen: Some(frozen(&draft())),
        ..Facts::default()
    }
}

/// A confirmed organisation with one owner.
pub(crate) fn organisation() -> Organisation {
    let mut organisation = Organisation::blank(OrganisationId::from_parts(1, [1; 10]));
    let by_owner = Stamp { at: NOW, by: By::Account(account(1)) };
    let created =
        organisation::Event::Created { name: "Riverside Health".into(), ods_code: OdsCode::parse("X26").ok() };
    organisation.apply(&created, &by_owner);
    organisation
}

/// An unconfirmed organisation as an admin sees it.
pub(crate) fn organisation_view() -> OrganisationView {
    let label =
        PersonLabel { name: shown("Priya Shah", None), email: Some("priya@example.org".into()), role: "owner".into() };
    OrganisationView {
        details: OrganisationDetails {
            organisation: organisation(),
            version: 1,
            people: [(account(1), label)].into(),
            askers: BTreeMap::new(),
        },
        services: Vec::new(),
        fresh: false,
        imitates: None,
        namesakes: Vec::new(),
        reader: account(9),
        locked_owner: false,
        owners: Owners { none_can_sign_in: false, seen_at: Some(NOW) },
        asks: (Actor::Person(Person { reauthenticated_at: Some(NOW), ..admin_number(9) }), NOW),
    }
}

/// A registration in the sandpit with one revision under review: it asks for a restricted scope.
fn registration() -> Registration {
    let mut registration = Registration::blank(RegistrationId::from_parts(1, [1; 10]));
    let owner = Person {
        memberships: [(organisation().id, TeamRole::Owner)].into(),
        ever_belonged: [organisation().id].into(),
        ..person(1)
    };
    let stamp = Stamp { at: NOW, by: By::Account(owner.account) };
    let start = Command::Start {
        organisation: organisation().id,
        service: ServiceId::from_parts(1, [1; 10]),
        environment: "sandpit".into(),
        copy_of: None,
        draft: Box::new(draft().into()),
    };
    let submit = Command::Submit { client_id: ClientId::from_random([1; 16]) };
    for command in [start, submit] {
        let events = registration.decide(&Actor::Person(owner.clone()), &command, &facts(), NOW).unwrap();
        for event in events {
            registration.apply(&event, &stamp);
        }
    }
    registration
}

/// A revision under review, as an admin sees it who has nothing to do with it.
pub(crate) fn subject() -> Subject {
    let registration = registration();
    let revision = registration.revisions[0].clone();
    Subject {
        version: 2,
        policy: policy("sandpit"),
        bytes: revision_bytes(&draft()),
        content: frozen(&draft()),
        before: None,
        previous: None,
        misfits: Vec::new(),
        sent_back: None,
        organisation: crate::reading::subject::Owner {
            id: organisation().id,
            name: "Riverside Health".into(),
            ods_code: Some("X26".into()),
            confirmed: true,
        },
        service: "Prescriptions".into(),
        client_name: draft().client_name,
        others: Vec::new(),
        names: names(),
        files: Vec::new(),
        history: Vec::new(),
        permissions: Permissions::of(&registration, &admin(), &facts(), NOW),
        voters: voters(),
        reader: admin().account,
        now: NOW,
        tried: Tried::default(),
        on_its_way: None,
        revision,
        registration,
    }
}

/// The registration of a subject as somebody reads it, where two admins approve and the rules never do.
pub(crate) fn read_by(registration: &Registration, person: &Person, voters: &Voters) -> Subject {
    let policy = EnvironmentPolicy { approvals: 2, automatic: false, ..policy("sandpit") };
    let facts = Facts { policy: Some(policy.clone()), voters: voters.clone(), ..facts() };
    let shown = open_revision(registration, &facts).or(registration.revisions.last()).unwrap();
    Subject {
        permissions: Permissions::of(registration, person, &facts, NOW),
        revision: shown.clone(),
        registration: registration.clone(),
        reader: person.account,
        voters: voters.clone(),
        policy,
        ..subject()
    }
}

/// An admin who signed in with a second factor, with this account.
pub(crate) fn admin_number(number: u8) -> Person {
    Person { staff: Some(StaffRole::Admin), ..person(number) }
}

/// What follows where somebody does this, by the facts of [`read_by`].
pub(crate) fn after(registration: &Registration, actor: &Actor, command: &Command, voters: &Voters) -> Registration {
    let policy = EnvironmentPolicy { approvals: 2, automatic: false, ..policy("sandpit") };
    let facts = Facts { policy: Some(policy), voters: voters.clone(), ..facts() };
    let mut after = registration.clone();
    for event in registration.decide(actor, command, &facts, NOW).unwrap() {
        after.apply(&event, &Stamp { at: NOW, by: actor.by() });
    }
    after
}

/// The same once its first revision is approved and the provider was read back to have it.
pub(crate) fn published_subject() -> Subject {
    let mut subject = subject();
    let registration = &mut subject.registration;
    registration.client_id = Some(ClientId::from_random([7; 16]));
    let wanted = Wanted {
        generation: 1,
        revision: 1,
        enabled: true,
        removed: false,
        withdrawn: false,
        since: Some(NOW),
        raised: 0,
    };
    registration.wanted = Some(wanted);
    registration.published = Some(Published { generation: 1, revision: 1, at: NOW, does: Some(Does::On) });
    subject
}

/// The first revision with the content of `draft`, before the one that is shown.
pub(crate) fn earlier(draft: &Draft) -> Earlier {
    Earlier { revision: registration().revisions[0].clone(), content: frozen(draft) }
}

/// Something that the admin of [`subject`] did now.
pub(crate) fn by_the_admin() -> Stamp {
    Stamp { at: NOW, by: By::Account(admin().account) }
}

/// A suspension that lasts.
pub(crate) fn suspension() -> Suspension {
    Suspension {
        stamp: by_the_admin(),
        reason: "Key leaked.".into(),
        ended: None,
        proposal: None,
        confirmed: None,
        end_confirmed: None,
        reinstated_because: "".into(),
    }
}

/// A suspended client where two admins reinstate, with the proposal of another admin than the reader.
pub(crate) fn suspended_live_with_proposal() -> Subject {
    let mut subject = subject();
    subject.policy.approvals = 2;
    subject.registration.client_id = Some(ClientId::from_random([7; 16]));
    let stamp = Stamp { at: NOW, by: By::Account(account(5)) };
    let proposal = Some(ReinstatementProposal { reason: "The key was replaced.".into(), stamp });
    subject.registration.suspensions.push(Suspension { proposal, ..suspension() });
    subject
}

/// What an auditor may do.
pub(crate) fn permissions_of_an_auditor(subject: &Subject) -> Permissions {
    let auditor = Person { staff: Some(StaffRole::Auditor), ..person(3) };
    Permissions::of(&subject.registration, &auditor, &facts(), NOW)
}

/// An account for which the reading admin has proposed a staff role.
pub(crate) fn person_view() -> PersonView {
    view_after(vec![account::Event::RoleProposed { role: Some(StaffRole::Auditor) }])
}

/// The same person when no change of role is proposed.
pub(crate) fn person_without_proposal() -> PersonView {
    view_after(Vec::new())
}

fn view_after(events: Vec<account::Event>) -> PersonView {
    let mut account = Account::blank(account(4));
    let by_admin = Stamp { at: NOW, by: By::Account(admin().account) };
    let signed_up = account::Event::SignedUp { email: "new@nhs.example".into(), name: "Nia New".into() };
    for event in std::iter::once(&signed_up).chain(&events) {
        account.apply(event, &by_admin);
    }
    PersonView {
        may: AccountPermissions::of(&account, &admin(), None, NOW),
        proposer: Some(shown("Ada Adams", Some(StaffRole::Admin))),
        name: shown("Nia New", None),
        proposer_lapse: None,
        history: Vec::new(),
        fresh: false,
        decides: true,
        organisations: Vec::new(),
        account,
    }
}

/// The same in words.
pub(crate) fn happening() -> Happening {
    Happening {
        index: 7,
        at: NOW,
        by: "Ada Adams".into(),
        sentence: "Rejected revision 1.".into(),
        quoted: vec![("Reason".into(), "No legal basis.".into())],
    }
}

/// An entry of the history: a rejection.
pub(crate) fn entry() -> EntryRow {
    entry_of("registration", json!({"type": "rejected", "number": 2, "reason": {"$text": "No legal basis <yet>."}}))
}

/// An entry about an event of a kind of aggregate.
pub(crate) fn entry_of(kind: &str, event: Value) -> EntryRow {
    EntryRow {
        index: 7,
        at: NOW,
        actor: By::Account(account(2)),
        author: Author::Person { then: shown("Ada Adams", Some(StaffRole::Admin)), now: None },
        by_rules: false,
        person: None,
        given: None,
        proposer: None,
        kind: kind.into(),
        subject: RegistrationId::from_parts(1, [1; 10]).to_string(),
        version: 5,
        event_type: event["type"].as_str().unwrap_or_default().into(),
        happened: Happened::read(kind, &event).expect("an event of this kind"),
        event,
        then: Then {
            bound: true,
            organisation: Some(Said::Text("Riverside Health".into())),
            service: Some(Said::Text("Prescriptions".into())),
            actor_role: Some(store::Role::Admin),
            ..Then::default()
        },
        organisation_name: Some("Riverside Health".into()),
        service_name: Some("Prescriptions".into()),
        environment: Some("sandpit".into()),
    }
}

//! What the demo organisations did: one service for each state that a registration can be in.

use std::collections::BTreeMap;

use domain::actor::TeamRole;
use domain::draft::{Draft, DraftChange, Section};
use domain::id::{ClientId, OrganisationId, RegistrationId, ServiceId};
use domain::organisation::{Command as OrganisationCommand, Organisation, ServiceDraft};
use domain::registration::{Command, Registration};
use store::{StoreError, Who};
use time::Duration;

use super::SeedError;
use super::assertion::KeyPair;
use super::drafts::{Sketch, integration_evidence, live_evidence, service};
use super::people::{self, People, Person};
use super::story::Story;

/// The redirect URI of the demo relying party, which runs on this machine.
const RELYING_PARTY: &str = "https://localhost:3443/callback";

/// The contacts' domains.
const RIVERSIDE: &str = "riverside-health.example.org";
const MEADOW: &str = "meadow-apps.example.net";

const EMAIL: (&str, &str) = ("email", "We send people confirmations of what they did.");
const PROFILE: (&str, &str) = ("profile", "We find a person's record by the NHS number, and check the date of birth.");

/// The whole story but the auditor's part.
pub(super) async fn tell(story: &mut Story<'_>, keys: &KeyPair) -> Result<(), SeedError> {
    let people = people::all_but_auditor(story).await?;
    let riverside = riverside(story, &people).await?;
    let team = Team { people: &people, organisation: riverside };
    story.wait(Duration::days(2));
    let prescriptions = prescriptions_sandpit(story, &team).await?;
    retired(story, &team).await?;
    story.wait(Duration::days(2));
    suspended(story, &team).await?;
    let prescriptions = prescriptions_integration(story, &team, prescriptions).await?;
    story.wait(Duration::days(6));
    let appointments = appointments(story, &team, keys).await?;
    rejected(story, &team).await?;
    story.wait(Duration::days(4));
    prescriptions_live(story, &team, prescriptions, keys).await?;
    changes_requested(story, &team, appointments).await?;
    story.wait(Duration::days(4));
    waiting(story, &team).await?;
    failed(story, &team).await?;
    meadow(story, &people).await?;
    story.wait(Duration::days(2));
    half_filled(story, &team).await?;
    amended(story, &team, prescriptions.sandpit).await
}

/// An organisation and the people who act in the story.
struct Team<'a> {
    people: &'a People,
    organisation: OrganisationId,
}

/// A service on its way through the environments.
#[derive(Clone, Copy)]
struct OnItsWay {
    service: ServiceId,
    sandpit: RegistrationId,
    latest: RegistrationId,
}

/// The organisation of the demo partner: confirmed, with an owner, a developer and a viewer.
async fn riverside(story: &mut Story<'_>, people: &People) -> Result<OrganisationId, SeedError> {
    let organisation = create(story, &people.owner, "Riverside Digital Health", "RDH01").await?;
    for (person, role) in [(&people.developer, TeamRole::Developer), (&people.viewer, TeamRole::Viewer)] {
        let command = OrganisationCommand::AddMember { account: person.id, role };
        story.run::<Organisation>(&Who::Operator, organisation, command).await?;
    }
    let admin = story.sign_in(&people.admin1).await?;
    story.prove(&people.admin1, &admin).await?;
    story.run::<Organisation>(&admin, organisation, OrganisationCommand::Confirm).await?;
    story.sign_out(&people.admin1, admin).await?;
    Ok(organisation)
}

/// An organisation that no admin has confirmed, with a withdrawn revision and a service without registrations.
async fn meadow(story: &mut Story<'_>, people: &People) -> Result<(), SeedError> {
    let organisation = create(story, &people.developer, "Meadow Apps", "").await?;
    let about = service("Sleep coach", "Helps people to sleep better.", "People keep a sleep diary.", MEADOW);
    let sketch = Sketch {
        name: "Meadow Sleep Coach",
        key: include_str!("keys/sleep-coach.pem").to_owned(),
        redirect_uris: vec!["https://sleep.meadow-apps.example.net/callback"],
        scopes: vec![PROFILE],
        vectors: vec!["P9.Cp.Cd"],
    };
    let owner = story.sign_in(&people.developer).await?;
    let coach = add_service(story, &owner, organisation, about).await?;
    let id = begin(story, &owner, organisation, coach).await?;
    fill(story, &owner, id, sketch.changes()).await?;
    submit(story, &owner, id).await?;
    story.run::<Registration>(&owner, id, Command::Withdraw).await?;
    let counter = service("Step counter", "Counts steps.", "People share their steps with their practice.", MEADOW);
    add_service(story, &owner, organisation, counter).await?;
    story.sign_out(&people.developer, owner).await
}

/// Sandpit, published: the demo relying party's client. It can sign people in at once.
async fn appointments(story: &mut Story<'_>, team: &Team<'_>, keys: &KeyPair) -> Result<OnItsWay, SeedError> {
    let about = service(
        "Appointments",
        "Book, change and cancel appointments at practices in Riverside.",
        "People sign in to see and change their own appointments.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Appointments",
        key: keys.public.clone(),
        redirect_uris: vec![RELYING_PARTY],
        scopes: vec![EMAIL, ("phone", "We send a text message on the day before an appointment.")],
        vectors: vec!["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"],
    };
    let (service, id) = in_sandpit(story, team, about, sketch).await?;
    Ok(OnItsWay { service, sandpit: id, latest: id })
}

/// Integration, sent back with comments on two sections.
async fn changes_requested(story: &mut Story<'_>, team: &Team<'_>, before: OnItsWay) -> Result<(), SeedError> {
    let developer = story.sign_in(&team.people.developer).await?;
    let id = copy(story, &developer, team.organisation, before, "integration").await?;
    let key = include_str!("keys/appointments-integration.pem").to_owned();
    let uris = ["https://appointments-int.riverside-health.example.org/callback", RELYING_PARTY];
    let mut changes = integration_evidence(story.now);
    changes.push(DraftChange::one_key(key));
    changes.push(DraftChange::RedirectUris(uris.map(str::to_owned).to_vec()));
    fill(story, &developer, id, changes).await?;
    let number = number_of(&submit(story, &developer, id).await?)?;
    story.sign_out(&team.people.developer, developer).await?;
    let comment = "Nearly there. Please see to these two sections and submit again.".to_owned();
    let sections = BTreeMap::from([
        (
            Section::RedirectUris,
            "The second redirect URI is on your own machine. Remove it outside the sandpit.".to_owned(),
        ),
        (Section::Evidence, "Please name who from NHS login was at the product demonstration.".to_owned()),
    ]);
    let command = Command::RequestChanges { number, comment, sections };
    by_admin(story, &team.people.admin1, id, command).await
}

/// Sandpit, published, of the service that goes furthest.
async fn prescriptions_sandpit(story: &mut Story<'_>, team: &Team<'_>) -> Result<OnItsWay, SeedError> {
    let about = service(
        "Repeat prescriptions",
        "Order repeat prescriptions and follow them to the pharmacy.",
        "People sign in to order their own medicines.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Repeat Prescriptions",
        key: include_str!("keys/repeat-prescriptions-sandpit.pem").to_owned(),
        redirect_uris: vec!["https://prescriptions-sandpit.riverside-health.example.org/callback"],
        scopes: vec![EMAIL],
        vectors: vec!["P9.Cp.Cd"],
    };
    let (service, id) = in_sandpit(story, team, about, sketch).await?;
    Ok(OnItsWay { service, sandpit: id, latest: id })
}

/// Integration, approved by one admin and published.
async fn prescriptions_integration(
    story: &mut Story<'_>,
    team: &Team<'_>,
    before: OnItsWay,
) -> Result<OnItsWay, SeedError> {
    let developer = story.sign_in(&team.people.developer).await?;
    let id = copy(story, &developer, team.organisation, before, "integration").await?;
    let mut changes = integration_evidence(story.now);
    changes.push(DraftChange::one_key(include_str!("keys/repeat-prescriptions-integration.pem").to_owned()));
    changes.push(redirect("https://prescriptions-int.riverside-health.example.org/callback"));
    fill(story, &developer, id, changes).await?;
    submit(story, &developer, id).await?;
    story.sign_out(&team.people.developer, developer).await?;
    approve(story, &team.people.admin2, id, "The evidence is complete.").await?;
    story.publish().await?;
    Ok(OnItsWay { latest: id, ..before })
}

/// Live, with possession proved and the first of two approvals.
async fn prescriptions_live(
    story: &mut Story<'_>,
    team: &Team<'_>,
    before: OnItsWay,
    keys: &KeyPair,
) -> Result<(), SeedError> {
    let owner = story.sign_in(&team.people.owner).await?;
    let id = copy(story, &owner, team.organisation, before, "live").await?;
    let diagram = include_bytes!("data-flow.pdf");
    let diagram = story.attach(team.people.owner.id, id, ("Data flow of repeat prescriptions.pdf", diagram)).await?;
    let mut changes = live_evidence(story.now, diagram);
    changes.push(DraftChange::one_key(keys.public.clone()));
    changes.push(redirect("https://prescriptions.riverside-health.example.org/callback"));
    fill(story, &owner, id, changes).await?;
    let nonce = story.token().text().to_owned();
    story.run::<Registration>(&owner, id, Command::Challenge { nonce: nonce.clone() }).await?;
    let audience = story.origin.clone();
    let assertion = keys.assertion(&id.to_string(), &audience, &nonce, story.now)?;
    let (registration, _) = story.store.load::<Registration>(id).await?;
    let policy = story.store.environment("live").ok_or(StoreError::NotFound)?;
    let presented = registration.present(&assertion, policy, &audience, story.now).map_err(StoreError::Refused)?;
    story.run::<Registration>(&owner, id, Command::ProvePossession(Box::new(presented))).await?;
    submit(story, &owner, id).await?;
    story.sign_out(&team.people.owner, owner).await?;
    approve(story, &team.people.admin1, id, "The board approved it, and the agreement is signed.").await
}

/// A draft beside the published revision: the change of something that is in use.
async fn amended(story: &mut Story<'_>, team: &Team<'_>, id: RegistrationId) -> Result<(), SeedError> {
    let developer = story.sign_in(&team.people.developer).await?;
    let uris = ["https://prescriptions-sandpit.riverside-health.example.org/callback", RELYING_PARTY];
    fill(story, &developer, id, vec![DraftChange::RedirectUris(uris.map(str::to_owned).to_vec())]).await?;
    story.sign_out(&team.people.developer, developer).await
}

/// Sandpit, waiting for an admin: it asks for a restricted scope.
async fn waiting(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Test results",
        "See results of blood tests with explanations in plain words.",
        "People sign in to read their own results.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Test Results",
        key: include_str!("keys/test-results.pem").to_owned(),
        redirect_uris: vec!["https://results-sandpit.riverside-health.example.org/callback"],
        scopes: vec![PROFILE, EMAIL],
        vectors: vec!["P9.Cp.Cd", "P9.Cm"],
    };
    in_sandpit(story, team, about, sketch).await.map(drop)
}

/// Sandpit, rejected with a reason.
async fn rejected(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Pharmacy finder",
        "Shows which pharmacies are open.",
        "People look for a pharmacy near them.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Pharmacy Finder",
        key: include_str!("keys/pharmacy-finder.pem").to_owned(),
        redirect_uris: vec!["https://pharmacies-sandpit.riverside-health.example.org/callback"],
        scopes: vec![PROFILE],
        vectors: vec!["P9.Cp.Cd"],
    };
    let (_, id) = in_sandpit(story, team, about, sketch).await?;
    let number = number_of(&story.store.load::<Registration>(id).await?.0)?;
    let reason = "Finding a pharmacy does not need to know who somebody is, so it does not need NHS login.".to_owned();
    by_admin(story, &team.people.admin2, id, Command::Reject { number, reason }).await
}

/// Sandpit, published and then suspended by an admin.
async fn suspended(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Vaccination booking",
        "Book vaccinations for oneself and one's family.",
        "People sign in to book and to see what they had.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Vaccination Booking",
        key: include_str!("keys/vaccination-booking.pem").to_owned(),
        redirect_uris: vec!["https://vaccinations-sandpit.riverside-health.example.org/callback"],
        scopes: vec![EMAIL],
        vectors: vec!["P5.Cp.Cd"],
    };
    let (_, id) = in_sandpit(story, team, about, sketch).await?;
    let reason = "The redirect URI answers with somebody else's page. Tell us when you have changed it.";
    by_admin(story, &team.people.admin1, id, Command::Suspend { reason: reason.to_owned() }).await?;
    story.publish().await
}

/// Sandpit, published once and retired by its owner.
async fn retired(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Travel clinic",
        "Advice before long journeys.",
        "People asked which vaccinations they need.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Travel Clinic",
        key: include_str!("keys/travel-clinic.pem").to_owned(),
        redirect_uris: vec!["https://travel-sandpit.riverside-health.example.org/callback"],
        scopes: vec![],
        vectors: vec!["P0.Cp"],
    };
    let (_, id) = in_sandpit(story, team, about, sketch).await?;
    let owner = story.sign_in(&team.people.owner).await?;
    story.prove(&team.people.owner, &owner).await?;
    story
        .run::<Registration>(
            &owner,
            id,
            Command::Retire { reason: "People book on the website of the practice now.".into() },
        )
        .await?;
    story.sign_out(&team.people.owner, owner).await?;
    story.publish().await
}

/// Sandpit, approved, and refused by the provider: somebody had entered a client of that name there by hand.
async fn failed(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Hospital letters",
        "Read letters from hospitals in Riverside.",
        "People sign in to read letters about themselves.",
        RIVERSIDE,
    );
    let sketch = Sketch {
        name: "Riverside Hospital Letters",
        key: include_str!("keys/hospital-letters.pem").to_owned(),
        redirect_uris: vec!["https://letters-sandpit.riverside-health.example.org/callback"],
        scopes: vec![EMAIL],
        vectors: vec!["P9.Cp.Cd"],
    };
    let developer = story.sign_in(&team.people.developer).await?;
    let service = add_service(story, &developer, team.organisation, about).await?;
    let id = begin(story, &developer, team.organisation, service).await?;
    fill(story, &developer, id, sketch.changes()).await?;
    let registration = submit(story, &developer, id).await?;
    story.sign_out(&team.people.developer, developer).await?;
    let client_id = registration.client_id.ok_or(SeedError::Fault("the rules did not approve"))?;
    story.meddle("sandpit", client_id.as_str()).await?;
    story.publish().await
}

/// Sandpit, a draft with some of it typed, and some of that wrong.
async fn half_filled(story: &mut Story<'_>, team: &Team<'_>) -> Result<(), SeedError> {
    let about = service(
        "Symptom diary",
        "Keep a diary of symptoms and share it with a practice.",
        "People write down how they feel.",
        RIVERSIDE,
    );
    let developer = story.sign_in(&team.people.developer).await?;
    let service = add_service(story, &developer, team.organisation, about).await?;
    let id = begin(story, &developer, team.organisation, service).await?;
    let changes = vec![
        DraftChange::ClientName("Riverside Symptom Diary".to_owned()),
        redirect("http://diary-sandpit.riverside-health.example.org/callback?from=login"),
        DraftChange::Scopes { scopes: vec!["openid".to_owned(), "email".to_owned()], reasons: BTreeMap::new() },
    ];
    fill(story, &developer, id, changes).await?;
    story.sign_out(&team.people.developer, developer).await
}

async fn create(
    story: &mut Story<'_>,
    owner: &Person,
    name: &str,
    ods_code: &str,
) -> Result<OrganisationId, SeedError> {
    let who = story.sign_in(owner).await?;
    let id = story.organisation_id();
    let command = OrganisationCommand::Create { name: name.to_owned(), ods_code: ods_code.to_owned() };
    story.run::<Organisation>(&who, id, command).await?;
    story.sign_out(owner, who).await?;
    Ok(id)
}

async fn add_service(
    story: &mut Story<'_>,
    who: &Who,
    organisation: OrganisationId,
    draft: ServiceDraft,
) -> Result<ServiceId, SeedError> {
    let id = story.service_id();
    story.run::<Organisation>(who, organisation, OrganisationCommand::AddService { id, draft }).await?;
    Ok(id)
}

/// A service and its sandpit registration, filled in, submitted and, where the rules approve, published.
async fn in_sandpit(
    story: &mut Story<'_>,
    team: &Team<'_>,
    about: ServiceDraft,
    sketch: Sketch,
) -> Result<(ServiceId, RegistrationId), SeedError> {
    let developer = story.sign_in(&team.people.developer).await?;
    let service = add_service(story, &developer, team.organisation, about).await?;
    let id = begin(story, &developer, team.organisation, service).await?;
    fill(story, &developer, id, sketch.changes()).await?;
    submit(story, &developer, id).await?;
    story.sign_out(&team.people.developer, developer).await?;
    story.publish().await?;
    Ok((service, id))
}

async fn begin(
    story: &mut Story<'_>,
    who: &Who,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<RegistrationId, SeedError> {
    let draft = Draft { scopes: vec!["openid".to_owned()], ..Draft::default() };
    start(story, who, (organisation, service), "sandpit", None, draft).await
}

/// Starts the next environment as a copy of the latest one, without its evidence.
async fn copy(
    story: &mut Story<'_>,
    who: &Who,
    organisation: OrganisationId,
    before: OnItsWay,
    environment: &str,
) -> Result<RegistrationId, SeedError> {
    let mut draft = story.store.load::<Registration>(before.latest).await?.0.draft;
    draft.evidence.clear();
    start(story, who, (organisation, before.service), environment, Some(before.latest), draft).await
}

async fn start(
    story: &mut Story<'_>,
    who: &Who,
    (organisation, service): (OrganisationId, ServiceId),
    environment: &str,
    copy_of: Option<RegistrationId>,
    draft: Draft,
) -> Result<RegistrationId, SeedError> {
    let (id, environment, draft) = (story.registration_id(), environment.to_owned(), Box::new(draft.into()));
    let command = Command::Start { organisation, service, environment, copy_of, draft };
    story.run::<Registration>(who, id, command).await?;
    Ok(id)
}

async fn fill(
    story: &mut Story<'_>,
    who: &Who,
    id: RegistrationId,
    changes: Vec<DraftChange>,
) -> Result<(), SeedError> {
    for change in changes {
        story.run::<Registration>(who, id, Command::save(change)).await?;
    }
    Ok(())
}

fn redirect(uri: &str) -> DraftChange {
    DraftChange::RedirectUris(vec![uri.to_owned()])
}

async fn submit(story: &mut Story<'_>, who: &Who, id: RegistrationId) -> Result<Registration, SeedError> {
    let client_id = ClientId::from_random(story.auth.ambient.bytes());
    story.run::<Registration>(who, id, Command::Submit { client_id }).await
}

fn number_of(registration: &Registration) -> Result<u32, SeedError> {
    let waiting = registration.submitted().map(|revision| revision.number);
    waiting.ok_or(SeedError::Fault("a revision that has to wait for an admin does not"))
}

/// The admin signs in, carries out one command and signs out.
async fn by_admin(
    story: &mut Story<'_>,
    admin: &Person,
    id: RegistrationId,
    command: Command,
) -> Result<(), SeedError> {
    let who = story.sign_in(admin).await?;
    story.run::<Registration>(&who, id, command).await?;
    story.sign_out(admin, who).await
}

/// The admin enters the password again and approves exactly what was submitted.
async fn approve(story: &mut Story<'_>, admin: &Person, id: RegistrationId, comment: &str) -> Result<(), SeedError> {
    let who = story.sign_in(admin).await?;
    story.prove(admin, &who).await?;
    let registration = story.store.load::<Registration>(id).await?.0;
    let revision = registration.submitted().ok_or(SeedError::Fault("there is nothing to approve"))?;
    let command = Command::Approve {
        number: revision.number,
        digest: revision.digest.clone(),
        metadata_digest: revision.metadata_digest.clone(),
        comment: comment.to_owned(),
        client_id: ClientId::from_random(story.auth.ambient.bytes()),
    };
    story.run::<Registration>(&who, id, command).await?;
    story.sign_out(admin, who).await
}

//! Much made-up data, to measure beside: `make bench-scale` runs what is here, the tests do not.
//!
//! It is written by the domain's own events, so that each row is what its history folds to and each leaf verifies; what
//! `decide` would ask (proofs of possession, second people) is left out, because nobody can sign for 100,000 keys. It is
//! put beside the demo data, whose registrations it takes after.

use crate::{
    entity::{At, Count, Json, Word},
    error::StoreError,
    execute::{Happened, load, write_down},
    rows::{Context, Stored},
    sql::{self, values},
    store::{Store, Work},
};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    account::{Account, Command as OfAccount, Event as InAccount, Proof, Secret},
    actor::{Actor, Person, StaffRole, TeamRole},
    draft::{Draft, DraftKey, canonical, hex_digest},
    email::EmailAddress,
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    key::PublicKey,
    organisation::{Command as OfOrganisation, Contacts, Event as InOrganisation, Organisation, Service, ServiceDraft},
    policy::EnvironmentPolicy,
    recorded::Document,
    registration::{Command, ConfirmedClient, Event, Publish, Registration},
    text::FreeText,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};
use time::OffsetDateTime;

/// Registrations that one transaction writes.
const AT_ONCE: u64 = 25;
/// Entries of the history for one registration, with those of its organisation and its owner.
const ENTRIES: usize = 10;
/// More moments than one registration has.
const MOMENTS: u64 = 16;

/// Of so many registrations, those made up first, one in twenty waits for a provider, and one in twenty failed.
const STILL_ON_THEIR_WAY: u64 = 800;
/// When what still waits for a provider is tried, in seconds since 1970: long after the measuring.
const LATER: i64 = 4_000_000_000;

const PLACES: [&str; 20] = [
    "Ashby", "Bolton", "Carlisle", "Dudley", "Exeter", "Frome", "Grimsby", "Hexham", "Ilkley", "Jarrow", "Keighley",
    "Luton", "Morpeth", "Newark", "Oldham", "Preston", "Redcar", "Skipton", "Truro", "Whitby",
];
const KINDS: [&str; 10] =
    ["Surgery", "Pharmacy", "Dental", "Clinic", "Hospice", "Opticians", "Physio", "Midwives", "Labs", "Care"];

/// Puts registrations beside the demo data: as many as `MADE_UP` says, into the database at `MADE_UP_URL`. Where it was
/// interrupted, it goes on.
#[tokio::test]
#[ignore = "fills a database, for make bench-scale"]
async fn fill() {
    let store = open().await;
    let many: u64 = setting("MADE_UP").parse().expect("MADE_UP is a number");
    let mut writer = Writer::beside_the_demo(&store).await.expect("there is demo data");
    let made = "SELECT COUNT(*) FROM accounts WHERE email LIKE 'owner%@partner.example'";
    let Count(made): Count<u64> = sql::one(store.connection(), made, vec![]).await.expect("a count");
    writer.moments = made * MOMENTS;
    let mut last = None;
    for first in (made..many).step_by(AT_ONCE as usize) {
        let work = store.begin_in_turn().await.expect("a turn to write");
        for number in first..(first + AT_ONCE).min(many) {
            last = Some(writer.client(&work, number).await.expect("what is made up is written"));
        }
        work.commit().await.expect("a commit");
    }
    // What is measured beside it is a history: its rows are what it folds to.
    if let Some(last) = last {
        let (registration, _) = store.load::<Registration>(last).await.expect("the last registration");
        assert_eq!(store.replay::<Registration>(last, u64::MAX).await.expect("its history"), registration);
        let of = registration.organisation.expect("its organisation");
        let (organisation, _) = store.load::<Organisation>(of).await.expect("the last organisation");
        assert_eq!(store.replay::<Organisation>(of, u64::MAX).await.expect("its history"), organisation);
    }
    // Nothing of it is tried again while something else is measured.
    let later = "UPDATE publications SET next_attempt_at = $1 WHERE done_at IS NULL";
    sql::run(store.connection(), later, values![LATER * 1000]).await.expect("a later time");
    let failed = "UPDATE publications SET attempts = 3, last_error = 'The provider did not answer.'
                  WHERE registration_id IN (SELECT id FROM registrations WHERE failed)";
    sql::run(store.connection(), failed, vec![]).await.expect("failures");
    let ranked = "UPDATE list_words SET number = (SELECT list_rank FROM publications WHERE registration_id = id)
                  WHERE list = 'publications' AND id IN (SELECT id FROM registrations WHERE failed)";
    sql::run(store.connection(), ranked, vec![]).await.expect("their place in the list");
    // What would be mailed of it is nobody's.
    sql::run(store.connection(), "DELETE FROM mail_outbox", vec![]).await.expect("no mail");
    sql::run(store.connection(), "DELETE FROM mail_digests", vec![]).await.expect("no mail");
}

/// Writes the milliseconds of each of `CLAIMS` claims of a publication into the file `CLAIMED`, a line each.
#[tokio::test]
#[ignore = "measures, for make bench-scale"]
async fn claims() {
    let store = open().await.for_worker();
    let many: usize = setting("CLAIMS").parse().expect("CLAIMS is a number");
    let mut now = OffsetDateTime::from_unix_timestamp(LATER).expect("a time");
    let mut taken = String::new();
    for _ in 0..many {
        let began = Instant::now();
        store.claim_publication(now, "measured", time::Duration::MINUTE, &[]).await.expect("a claim");
        taken.push_str(&format!("{}\n", began.elapsed().as_secs_f64() * 1000.0));
        now += time::Duration::HOUR;
    }
    std::fs::write(setting("CLAIMED"), taken).expect("a file to write to");
}

async fn open() -> Store {
    Store::connect(&setting("MADE_UP_URL"), 4, Arc::new(EnvironmentPolicy::nhs_login())).await.expect("a database")
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// What made-up registrations take after: one of the demo's in the same environment.
struct Pattern {
    environment: String,
    draft: Draft,
    document: Value,
}

struct Writer<'a> {
    store: &'a Store,
    patterns: Vec<Pattern>,
    /// The password of the demo people, as it is kept.
    password: Secret,
    admins: Vec<Maker>,
    now: OffsetDateTime,
    moments: u64,
}

/// Who makes something up, and under which name.
#[derive(Clone)]
struct Maker {
    actor: Actor,
    name: Option<FreeText>,
}

impl<'a> Writer<'a> {
    async fn beside_the_demo(store: &'a Store) -> Result<Self, StoreError> {
        let select = "SELECT g.state, r.bytes FROM registrations g JOIN revisions r
                      ON r.registration_id = g.id AND r.number = g.revision WHERE g.environment = $1 LIMIT 1";
        let mut patterns = Vec::new();
        for policy in store.environments() {
            let row = sql::tuple(store.connection(), select, values![policy.name.clone()]).await?;
            let (Json(state), Json(document)): (Json<Registration>, _) = row.ok_or(StoreError::NotFound)?;
            patterns.push(Pattern { environment: policy.name.clone(), draft: state.draft, document });
        }
        let select = "SELECT a.id, a.name, c.password_phc, (SELECT MAX(at) FROM history) AS last
                      FROM accounts a JOIN credentials c ON c.account_id = a.id
                      WHERE a.staff_role = 'admin' ORDER BY a.created_at";
        let rows: Vec<(Word<AccountId>, String, String, At)> = sql::tuples(store.connection(), select, vec![]).await?;
        let (_, _, password, At(now)) = rows.first().cloned().ok_or(StoreError::NotFound)?;
        let admin = |(Word(id), name, ..): (Word<AccountId>, _, _, _)| {
            let actor = person(id, None, Some(StaffRole::Admin));
            Maker { actor, name: Some(FreeText(name)) }
        };
        let (password, admins) = (Secret(password), rows.into_iter().map(admin).collect());
        Ok(Self { store, patterns, password, admins, now, moments: 0 })
    }

    /// One client with its organisation, its service and its owner: [`ENTRIES`] entries.
    async fn client(&mut self, work: &Work<'_>, number: u64) -> Result<RegistrationId, StoreError> {
        let millis = u64::try_from(self.now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0) + number;
        let random: [u8; 10] = bytes(number, 1)[..10].try_into().unwrap_or_default();
        let account = AccountId::from_parts(millis, random);
        let organisation = OrganisationId::from_parts(millis, random);
        let service = ServiceId::from_parts(millis, random);
        let registration = RegistrationId::from_parts(millis, random);
        let [place, kind, ..] = bytes(number, 4).map(usize::from);
        let title = format!("{} {} {number}", PLACES[place % PLACES.len()], KINDS[kind % KINDS.len()]);
        self.owner(work, account, &title, number).await?;
        let owner = Maker {
            actor: person(account, Some(organisation), None),
            name: Some(FreeText(format!("Owner of {title}"))),
        };
        self.organisation(work, &owner, (organisation, service), &title).await?;
        self.registration(work, &owner, (organisation, service, registration), &title, number).await?;
        Ok(registration)
    }

    async fn owner(&mut self, work: &Work<'_>, id: AccountId, title: &str, number: u64) -> Result<(), StoreError> {
        let visitor = Maker { actor: Actor::Visitor, name: None };
        let address = format!("owner{number}@partner.example");
        let email = EmailAddress::parse(&address).map_err(|problem| StoreError::Unavailable(problem.message()))?;
        let (name, password) = (format!("Owner of {title}"), self.password.clone());
        let sign_up = OfAccount::SignUp { email, name: name.clone(), password };
        let signed_up = InAccount::SignedUp { email: FreeText(address), name: FreeText(name) };
        self.happen::<Account>(work, &visitor, id, &sign_up, vec![signed_up]).await?;
        let none = Secret(String::new());
        let verify = OfAccount::Verify { link: none.clone(), shown: none.clone() };
        self.happen::<Account>(work, &visitor, id, &verify, vec![InAccount::Verified]).await?;
        let session = Secret(hex_digest(&bytes(number, 2)));
        let sign_in = OfAccount::SignIn { session, proof: Proof::PasswordOnly, shown: none };
        let signed_in = InAccount::SignedIn { second_factor: false };
        self.happen::<Account>(work, &visitor, id, &sign_in, vec![signed_in]).await
    }

    async fn organisation(
        &mut self,
        work: &Work<'_>,
        owner: &Maker,
        (id, service): (OrganisationId, ServiceId),
        title: &str,
    ) -> Result<(), StoreError> {
        let create = OfOrganisation::Create { name: title.into(), ods_code: String::new() };
        let created = InOrganisation::Created { name: FreeText(title.into()), ods_code: None };
        self.happen::<Organisation>(work, owner, id, &create, vec![created]).await?;
        let contact = || "team@partner.example".to_owned();
        let contacts = Contacts { technical: contact(), product: contact(), security: contact() };
        let content = Service {
            name: format!("{title} online"),
            description: "People book and change appointments.".into(),
            use_case: "People sign in to see what was booked for them.".into(),
            contacts,
        };
        let content = Document::Is(content);
        let add = OfOrganisation::AddService { id: service, draft: ServiceDraft::default() };
        self.happen::<Organisation>(work, owner, id, &add, vec![InOrganisation::ServiceAdded { service, content }])
            .await
    }

    async fn registration(
        &mut self,
        work: &Work<'_>,
        owner: &Maker,
        (organisation, service, id): (OrganisationId, ServiceId, RegistrationId),
        title: &str,
        number: u64,
    ) -> Result<(), StoreError> {
        let pattern = &self.patterns[number as usize % self.patterns.len()];
        let key = made_up_key(&pattern.document, number)?;
        let uri = format!("https://client{number}.partner.example/callback");
        let mut draft = pattern.draft.clone();
        (draft.client_name, draft.public_keys, draft.redirect_uris) =
            (title.into(), vec![DraftKey::of(key.pem())], vec![uri.clone()]);
        let mut document = pattern.document.clone();
        let metadata = &mut document["client_metadata"];
        let algorithm = metadata["token_endpoint_auth_signing_alg"].as_str().unwrap_or_default().to_owned();
        metadata["client_name"] = json!(title);
        metadata["redirect_uris"] = json!([uri]);
        metadata["jwks"] = json!({"keys": [key.jwk(&algorithm)]});
        let metadata_digest = hex_digest(canonical(metadata).as_bytes());
        let frozen = canonical(&document);
        let environment = pattern.environment.clone();
        let started = Event::Started {
            organisation,
            service,
            environment: environment.clone(),
            copy_of: None,
            draft: Document::Is(draft),
        };
        let start = Command::Challenge { nonce: String::new() };
        self.happen::<Registration>(work, owner, id, &start, vec![started]).await?;
        let thumbprint = key.thumbprint();
        let proved = Event::PossessionProved { thumbprint: thumbprint.clone() };
        self.happen::<Registration>(work, owner, id, &start, vec![proved]).await?;
        // One in twenty is a draft, waits for a review, or was sent back; the others are published.
        let digest = hex_digest(frozen.as_bytes());
        let submitted = Event::Submitted {
            number: 1,
            digest: digest.clone(),
            metadata_digest: metadata_digest.clone(),
            thumbprints: vec![thumbprint],
            rotation: None,
            restricted: Vec::new(),
            bytes: FreeText(frozen),
            warnings: Document::Is(Vec::new()),
        };
        let mut events = match number % 20 {
            0 => vec![],
            _ => vec![(owner.clone(), submitted)],
        };
        match number % 20 {
            0 | 1 => {}
            2 => events.push((
                self.admins[0].clone(),
                Event::ChangesRequested { number: 1, comment: FreeText("Say more.".into()), sections: BTreeMap::new() },
            )),
            _ => {
                let needed =
                    self.store.environment(&environment).map_or(1, |policy| usize::from(policy.approvals.max(1)));
                let client_id = ClientId::from_random(bytes(number, 3)[..16].try_into().unwrap_or_default());
                let publish = Publish { client_id, generation: 1 };
                for (at, admin) in self.admins.iter().take(needed).enumerate() {
                    let approved = Event::Approved {
                        number: 1,
                        digest: digest.clone(),
                        metadata_digest: metadata_digest.clone(),
                        by_rules: false,
                        comment: FreeText(String::new()),
                        publish: (at + 1 == needed).then(|| publish.clone()),
                    };
                    events.push((admin.clone(), approved));
                }
                events.extend(self.at_the_provider(number, &metadata_digest));
            }
        }
        let written = events.len() + 7;
        for (maker, event) in events {
            self.happen::<Registration>(work, &maker, id, &start, vec![event]).await?;
        }
        for count in written..ENTRIES {
            let nonce = Event::Challenged { nonce: format!("nonce-{count}") };
            self.happen::<Registration>(work, owner, id, &start, vec![nonce]).await?;
        }
        Ok(())
    }

    /// What became of a publication: one in twenty was switched off after it; the others are on, but for those that wait
    /// to be tried and those that failed, of which there are as many however much is stored: a worker is quicker than
    /// partners are.
    fn at_the_provider(&self, number: u64, metadata_digest: &str) -> Vec<(Maker, Event)> {
        let system = Maker { actor: Actor::System, name: None };
        let published = |generation, client| {
            let metadata_digest = metadata_digest.to_owned();
            (system.clone(), Event::Published { generation, metadata_digest, client: Some(client) })
        };
        let on = published(1, ConfirmedClient::On);
        match (number % 20, number < STILL_ON_THEIR_WAY) {
            (3, true) => vec![],
            (4, true) => {
                let message = FreeText("The provider did not answer.".into());
                vec![(system.clone(), Event::PublicationFailed { generation: 1, message })]
            }
            (5, _) => {
                let suspended = Event::Suspended { reason: FreeText("It is no longer run.".into()), generation: 2 };
                vec![on, (self.admins[0].clone(), suspended), published(2, ConfirmedClient::Off)]
            }
            _ => vec![on],
        }
    }

    async fn happen<A: Stored>(
        &mut self,
        work: &Work<'_>,
        maker: &Maker,
        id: A::Id,
        command: &A::Command,
        events: Vec<A::Event>,
    ) -> Result<(), StoreError> {
        self.moments += 1;
        self.now += time::Duration::milliseconds(1);
        let context = Context { now: self.now, seed: bytes(self.moments, 0), environments: self.store.environments() };
        let (before, version) = load::<A>(work.transaction(), id).await?.unwrap_or((A::blank(id), 0));
        let happened = Happened { id, before: &before, version, command, events: &events };
        write_down(work.transaction(), &context, (&maker.actor, maker.name.clone()), &happened).await.map(drop)
    }
}

fn person(account: AccountId, organisation: Option<OrganisationId>, staff: Option<StaffRole>) -> Actor {
    Actor::Person(Person {
        account,
        staff,
        memberships: organisation.map(|id| (id, TeamRole::Owner)).into_iter().collect(),
        ever_belonged: organisation.into_iter().collect::<BTreeSet<_>>(),
        second_factor: true,
        reauthenticated_at: None,
        token: None,
    })
}

/// A modulus that nobody has the primes of: of the size of the pattern's, and coprime to real ones.
fn made_up_key(pattern: &Value, number: u64) -> Result<PublicKey, StoreError> {
    let mut jwk = pattern["client_metadata"]["jwks"]["keys"][0].clone();
    let mut modulus: Vec<u8> = (10..18).flat_map(|part| bytes(number, part)).collect();
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    jwk["n"] = json!(BASE64URL_NOPAD.encode(&modulus));
    PublicKey::from_jwk(&jwk).map_err(|fault| StoreError::Unavailable(fault.to_string()))
}

/// The same bytes for the same numbers.
fn bytes(number: u64, part: u64) -> [u8; 32] {
    Sha256::new().chain_update(number.to_be_bytes()).chain_update(part.to_be_bytes()).finalize().into()
}

//! Every event has its words, and those that were recorded keep theirs.

use super::*;
use crate::samples;
use domain::actor::TeamRole;
use domain::draft::{Draft, DraftKey};
use domain::erasure::ErasedText;
use domain::id::{AccountId, ClientId, InvitationId, OrganisationId, ServiceId, TokenId};
use domain::key::PublicKey;
use domain::possession::Endorsement;
use domain::registration::Rotation;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn invitation() -> InvitationId {
    InvitationId::from_parts(1, [4; 10])
}

fn token() -> TokenId {
    TokenId::from_parts(1, [5; 10])
}

fn account() -> AccountId {
    AccountId::from_parts(1, [1; 10])
}

fn service() -> ServiceId {
    ServiceId::from_parts(1, [1; 10])
}

fn organisation() -> OrganisationId {
    OrganisationId::from_parts(1, [1; 10])
}

fn erasure(entries: &[u64], revisions: &[u32]) -> Erasure {
    let text = |entry: &u64| ErasedText { entry: *entry, pointer: "/event/reason".into(), remains: None };
    Erasure { reason: "A private key.".into(), texts: entries.iter().map(text).collect(), revisions: revisions.into() }
}

fn registration_events() -> Vec<registration::Event> {
    use registration::Event as E;
    let publish = Publish { client_id: ClientId::from_random([7; 16]), generation: 1 };
    let started = |copy_of| E::Started {
        organisation: organisation(),
        service: service(),
        environment: "sandpit".into(),
        copy_of,
        draft: Document::Is(domain::draft::Draft::default()),
    };
    let submitted = |restricted: &[&str], rotation: Option<KeyChange>| E::Submitted {
        rotation: rotation.map(|keys| Rotation { from: 1, keys }),
        number: 2,
        digest: "d".into(),
        metadata_digest: "m".into(),
        thumbprints: vec!["t".into()],
        restricted: restricted.iter().map(|scope| (*scope).to_owned()).collect(),
        bytes: "{}".into(),
        warnings: Document::Is(Vec::new()),
    };
    let approved = |by_rules, publish| E::Approved {
        number: 2,
        digest: "d".into(),
        metadata_digest: "m".into(),
        by_rules,
        comment: "Looks right.".into(),
        publish,
    };
    let published = |client| E::Published { generation: 1, metadata_digest: "m".into(), client: Some(client) };
    let saved = |change: &DraftChange| E::Saved { section: change.section(), change: Document::Is(change.clone()) };
    vec![
        started(None),
        started(Some(domain::id::RegistrationId::from_parts(1, [1; 10]))),
        saved(&DraftChange::ClientName("Health app".into())),
        saved(&DraftChange::one_key("PEM")),
        saved(&DraftChange::RedirectUris(vec!["https://a.example.org/".into()])),
        saved(&DraftChange::Scopes { scopes: vec!["openid".into(), "email".into()], reasons: BTreeMap::new() }),
        saved(&DraftChange::Vectors(vec!["P9.Cp.Cd".into()])),
        saved(&DraftChange::Evidence { item: "ods_code".into(), answers: BTreeMap::new() }),
        E::Challenged { nonce: "n".into() },
        E::PossessionProved { thumbprint: "t".into() },
        submitted(&[], None),
        submitted(&["profile", "client_metadata"], None),
        E::Withdrawn { number: 2, instead: None },
        approved(true, Some(publish.clone())),
        approved(false, None),
        approved(false, Some(publish)),
        E::ChangesRequested { number: 2, comment: "See below.".into(), sections: BTreeMap::new() },
        E::ChangesRequested {
            number: 2,
            comment: "".into(),
            sections: [(Section::Scopes, "Why phone?".into()), (Section::RedirectUris, "Which host?".into())].into(),
        },
        E::Rejected { number: 2, reason: "No legal basis.".into() },
        published(ConfirmedClient::On),
        E::PublicationFailed { generation: 1, message: "503".into() },
        E::Republished { generation: 2 },
        E::Suspended { reason: "Key leaked.".into(), generation: 3 },
        E::Reinstated { generation: 4, reason: "Settled.".into(), proposed: None },
        E::Retired { generation: Some(5), reason: "Replaced by another service.".into() },
        E::Retired { generation: None, reason: "".into() },
        published(ConfirmedClient::Off),
        published(ConfirmedClient::OnAgain),
        published(ConfirmedClient::Removed),
        E::ReinstatementProposed { reason: "Settled.".into() },
        E::ReinstatementDropped,
        E::TextErased(erasure(&[3, 7], &[2])),
        E::NewerGenerationFound { generation: 5, found: 1005, next: Some(1006) },
        E::NewerGenerationFound { generation: 5, found: 1005, next: None },
        submitted(&["profile"], Some(KeyChange::Addition)),
        submitted(&[], Some(KeyChange::Removal)),
        saved(&DraftChange::PublicKeys(Vec::new())),
        saved(&DraftChange::PublicKeys(vec![DraftKey::of("PEM"), DraftKey::of("OTHER")])),
        E::KeyEndorsed(Endorsement {
            key: key(include_str!("../../../domain/tests/life/other-public.pem")),
            endorsed_by: key(include_str!("../../../domain/tests/life/public.pem")),
            algorithm: "RS512".into(),
            audience: "https://portal.example".into(),
            nonce: "n".into(),
            proof: "a.b.c".into(),
            endorsement: "d.e.f".into(),
        }),
        E::KeyLeaked { thumbprint: "t".into(), key: key(include_str!("../../../domain/tests/life/public.pem")) },
        E::ChangesDiscarded { revision: 2, draft: Document::Is(Draft::default()) },
        E::Withdrawn { number: 3, instead: Some(Instead { revision: Some(2), generation: 7 }) },
        E::Withdrawn { number: 1, instead: Some(Instead { revision: None, generation: 2 }) },
        published(ConfirmedClient::Absent),
    ]
}

fn key(pem: &str) -> PublicKey {
    PublicKey::try_from(pem.to_owned()).unwrap()
}

fn organisation_events() -> Vec<organisation::Event> {
    use organisation::Event as E;
    let content = || {
        Document::Is(organisation::Service {
            name: "Repeat prescriptions".into(),
            description: "d".into(),
            use_case: "u".into(),
            contacts: organisation::Contacts::default(),
        })
    };
    vec![
        E::Created { name: "Riverside".into(), ods_code: None },
        E::Created { name: "Riverside".into(), ods_code: domain::ods::OdsCode::parse("X26").ok() },
        E::OrganisationChanged { name: "Hillside".into(), ods_code: None, confirmed_as: None },
        E::OrganisationChanged {
            name: "Hillside".into(),
            ods_code: domain::ods::OdsCode::parse("X26").ok(),
            confirmed_as: None,
        },
        E::Confirmed,
        E::ServiceAdded { service: service(), content: content() },
        E::ServiceChanged { service: service(), content: content() },
        E::MemberAdded { account: account(), role: TeamRole::Developer },
        E::RoleChanged { account: account(), role: TeamRole::Viewer },
        E::MemberRemoved { account: account() },
        E::MemberLeft { account: account() },
        E::TextErased(erasure(&[3], &[])),
        E::MemberInvited { invitation: invitation(), email: "ada@example.org".into(), role: TeamRole::Owner },
        E::InvitationSentAgain { invitation: invitation(), email: "ada@example.org".into() },
        E::InvitationWithdrawn { invitation: invitation(), email: "ada@example.org".into() },
        E::InvitationAccepted { invitation: invitation(), account: account(), role: TeamRole::Viewer },
        E::InvitationDeclined { invitation: invitation(), email: "ada@example.org".into() },
        E::OwnershipOffered { account: account() },
        E::OwnershipOfferWithdrawn { account: account() },
        E::OwnershipHandedOver { from: account(), account: account() },
        E::OwnershipOfferDeclined { from: account() },
        E::JoinRequested { reason: "I look after the booking service.".into() },
        E::JoinRequestWithdrawn,
        E::JoinAgreed { account: account(), role: TeamRole::Viewer },
        E::JoinDeclined { account: account() },
        E::JoinDecided { account: account(), role: Some(TeamRole::Owner), reason: "The owner has left.".into() },
        E::ContactsChanged { content: Document::Is(organisation::Contacts::default()) },
        E::JoinDecided { account: account(), role: None, reason: "The owner has left.".into() },
        E::TokenMade {
            token: token(),
            name: "pipeline".into(),
            scope: TokenScope::Draft,
            environments: ["integration".to_owned(), "sandpit".to_owned()].into(),
            until: time::macros::datetime!(2027-01-31 09:30 UTC),
        },
        E::TokenEnded { token: token(), name: "pipeline".into() },
        E::TokenTakenOver { token: token(), name: "pipeline".into(), from: account() },
    ]
}

fn account_events() -> Vec<account::Event> {
    use account::Event as E;
    vec![
        E::SignedUp { email: "ada@example.org".into(), name: "Ada".into() },
        E::SignedUpAgain,
        E::Granted { email: "ada@example.org".into(), role: StaffRole::Admin },
        E::Verified,
        E::ResetAsked,
        E::PasswordReset,
        E::PasswordChanged,
        E::SecondFactorSet,
        E::SecondFactorRemoved,
        E::RecoveryCodeUsed,
        E::Reauthenticated,
        E::SignedIn { second_factor: true },
        E::SignedIn { second_factor: false },
        E::SignedOut,
        E::SignedOutEverywhere,
        E::RoleProposed { role: Some(StaffRole::Auditor) },
        E::RoleProposed { role: None },
        E::RoleConfirmed { role: Some(StaffRole::Admin) },
        E::RoleConfirmed { role: None },
        E::RoleDropped,
        E::Disabled,
        E::Enabled,
        E::Renamed { name: "Ada".into() },
        E::Recovered,
        E::TextErased(erasure(&[], &[])),
        E::SetUp { email: "ada@example.org".into(), name: "Ada".into() },
    ]
}

const NAMELESS: Called<'static> =
    Called { then: &Then::NOTHING, organisation: None, person: None, given: None, proposer: None };

fn words_of(
    kind: &str,
    event: &impl serde::Serialize,
    policy: Option<&EnvironmentPolicy>,
    called: &Called<'_>,
) -> String {
    in_words(&told(kind, &serde_json::to_value(event).unwrap()), policy, called)
}

fn told(kind: &str, event: &Value) -> Happened<AsTold> {
    Happened::read(kind, event).unwrap()
}

fn every_event() -> Vec<(&'static str, Value)> {
    fn of<E: serde::Serialize>(kind: &'static str, events: Vec<E>) -> Vec<(&'static str, Value)> {
        events.into_iter().map(|event| (kind, serde_json::to_value(event).unwrap())).collect()
    }
    [
        of("registration", registration_events()),
        of("organisation", organisation_events()),
        of("account", account_events()),
    ]
    .concat()
}

/// The types of all events, as the history names them.
pub fn every_type() -> BTreeSet<String> {
    every_event().iter().filter_map(|(_, event)| Some(event.get("type")?.as_str()?.to_owned())).collect()
}

/// The matches above are exhaustive, so every variant has words; this shows that each says something of its own.
#[test]
fn every_event_has_its_own_sentence() {
    let sentences: Vec<String> =
        every_event().iter().map(|(kind, event)| in_words(&told(kind, event), None, &NAMELESS)).collect();
    for sentence in &sentences {
        assert!(sentence.ends_with('.'), "{sentence}");
        assert!(sentence.chars().next().is_some_and(char::is_uppercase), "{sentence}");
    }
    let different: BTreeSet<_> = sentences.iter().collect();
    assert_eq!(different.len(), sentences.len());
}

#[test]
fn sentences_say_what_matters() {
    let of = |at: usize| words_of("registration", &registration_events()[at], None, &NAMELESS);
    assert_eq!(
        of(11),
        "Submitted revision 2 for review. It asks for 2 restricted scopes: profile and client_metadata."
    );
    assert_eq!(of(17), "Requested changes to revision 2, with comments on “Redirect URIs” and “Scopes and why”.");
    assert_eq!(of(19), "The provider confirmed what was published.");
    assert_eq!(of(22), "Asked for the client to be suspended.");
    assert_eq!(of(4), "Saved 1 redirect URI in the draft.");
    assert_eq!(
        words_of("account", &account_events()[2], None, &NAMELESS),
        "Made ada@example.org an admin from the command line."
    );
}

#[test]
fn evidence_has_its_title() {
    let policy = crate::samples::policy("integration");
    let change = DraftChange::Evidence { item: "dspt".into(), answers: BTreeMap::new() };
    let saved: registration::Event =
        registration::Event::Saved { section: change.section(), change: Document::Is(change) };
    let expected = "Saved the evidence “Data Security and Protection Toolkit” in the draft.";
    assert_eq!(words_of("registration", &saved, Some(&policy), &NAMELESS), expected);
}

#[test]
fn erased_texts_leave_a_sentence() {
    let event = json!({"type": "created", "name": {"$erased": true}, "ods_code": null});
    assert_eq!(in_words(&told("organisation", &event), None, &NAMELESS), "Created the organisation (erased).");
    let event = json!({"type": "created", "name": {"$altered": true}, "ods_code": null});
    assert_eq!(
        in_words(&told("organisation", &event), None, &NAMELESS),
        "Created the organisation (altered after it was recorded)."
    );
    let event = json!({"type": "service_added", "service": service().to_string(), "content": {"$erased": true}});
    assert_eq!(in_words(&told("organisation", &event), None, &NAMELESS), "Added the service (erased).");
}

/// Every entry of the corpus that the store's tests keep, of every version, is told as it was.
#[test]
fn what_was_kept_is_told_as_it_was() {
    let corpus = [
        (1, include_str!("../../../store/tests/corpus/version-1.json")),
        (2, include_str!("../../../store/tests/corpus/version-2.json")),
    ];
    let mut sentences = String::new();
    for (version, corpus) in corpus {
        let corpus: Value = serde_json::from_str(corpus).unwrap();
        for entry in corpus["entries"].as_array().unwrap() {
            let (columns, event) = (&entry["columns"], &entry["reads"]["event"]);
            let kind = columns["kind"].as_str().unwrap();
            let then: Then = serde_json::from_value(entry["reads"]["then"].clone()).unwrap();
            let happened = told(kind, event);
            let words = in_words(&happened, None, &Called { then: &then, ..NAMELESS });
            sentences += &format!("{version}, {}: {words}\n", columns["entry_index"]);
            quoted(&happened).iter().for_each(|(title, text)| sentences += &format!("    {title}: {text}\n"));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/store/tests/corpus/sentences.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &sentences).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap_or_default() == sentences, "UPDATE_SNAPSHOTS=1 rewrites {path}");
}

/// What an admin confirmed, approved or gave a role to is told as it was called then.
#[test]
fn what_was_decided_on_is_named_as_it_was() {
    let text = |text: &str| Some(Said::Text(text.into()));
    let then = Then { organisation: text("Riverside Clinic"), ods_code: Some("X26".into()), ..Then::default() };
    let confirmed = |then: &Then, now| {
        let called = Called { then, organisation: now, ..NAMELESS };
        words_of("organisation", &organisation_events()[4], None, &called)
    };
    assert_eq!(
        confirmed(&then, Some("St Mary’s Hospital")),
        "Confirmed the organisation Riverside Clinic (now: St Mary’s Hospital), with ODS code X26."
    );
    assert_eq!(
        confirmed(&then, Some("Riverside Clinic")),
        "Confirmed the organisation Riverside Clinic, with ODS code X26."
    );
    assert_eq!(confirmed(&Then::default(), Some("Hillside")), "Confirmed the organisation now called Hillside.");
    let erased = Then { organisation: Some(Said::Erased), ..Then::default() };
    assert_eq!(
        confirmed(&erased, Some("Hillside")),
        "Confirmed the organisation (erased) (now: Hillside), without an ODS code."
    );
    let nia = samples::shown("Nia New", None);
    let named = Called { person: Some(&nia), given: Some(&nia), ..NAMELESS };
    let of_account = |at: usize| words_of("account", &account_events()[at], None, &named);
    assert_eq!(of_account(17), "Confirmed the proposal: Nia New is now an admin.");
    assert_eq!(of_account(19), "Dropped the proposal to change the staff role of Nia New.");
    assert_eq!(of_account(22), "Changed the name to Nia New.");
    let added = words_of("organisation", &organisation_events()[7], None, &named);
    assert_eq!(added, "Added Nia New as a developer.");
}

/// Threat 19: a partner who takes the name by which partners read of staff.
#[test]
fn nobody_takes_the_words_for_staff() {
    let entry = |name: &str, staff, actor_role| {
        let author = Author::Person { then: samples::shown(name, staff), now: None };
        EntryRow { author, then: Then { actor_role, ..Then::default() }, ..samples::entry() }
    };
    let owner = entry("An NHS login admin", None, Some(store::Role::Owner));
    assert_eq!(by(&owner), "An NHS login admin (not NHS login staff) (owner)");
    assert_eq!(who_first(&owner.author), "An NHS login admin (not NHS login staff)");
    let admin = entry("Ada", Some(StaffRole::Admin), Some(store::Role::Admin));
    assert_eq!(by(&admin), "Ada (NHS login admin)");
    let staff = EntryRow { author: Author::Staff, ..samples::entry() };
    assert_eq!((by(&staff), who_first(&staff.author)), ("an NHS login admin".into(), "An NHS login admin".into()));
}

#[test]
fn a_program_is_named_beside_whom_it_acted_as() {
    let author = Author::Person { then: samples::shown("Nia New", None), now: None };
    let (actor_role, token) = (Some(store::Role::Developer), Some(Said::Text("pipeline".into())));
    let entry = EntryRow { author, then: Then { actor_role, token, ..Then::default() }, ..samples::entry() };
    assert_eq!(by(&entry), "Nia New (developer), with the token “pipeline”");
}

#[test]
fn an_erasure_says_from_where() {
    let of = |entries: &[u64], revisions: &[u32]| {
        words_of("account", &account::Event::TextErased(erasure(entries, revisions)), None, &NAMELESS)
    };
    assert_eq!(of(&[10, 3, 3], &[2]), "Erased text from entries 3 and 10 of the history and revision 2.");
    assert_eq!(of(&[3], &[1, 2]), "Erased text from entry 3 of the history and revisions 1 and 2.");
    let event = serde_json::to_value(&organisation_events()[11]).unwrap();
    assert_eq!(quoted(&told("organisation", &event)), [("Reason".to_owned(), "A private key.".to_owned())]);
}

#[test]
fn words_of_reviewers_are_quoted() {
    let event = serde_json::to_value(&registration_events()[17]).unwrap();
    let titles: Vec<_> = quoted(&told("registration", &event)).into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Redirect URIs", "Scopes and why"]);
    assert!(quoted(&told("account", &json!({"type": "disabled"}))).is_empty());
}

#[test]
fn actions_are_words() {
    assert_eq!(action("changes_requested"), "Changes requested");
    assert_eq!(action("disabled"), "Locked");
    assert_eq!(action("challenged"), "Asked for a nonce");
    assert_eq!(list(&["a", "b", "c"]), "a, b and c");
}

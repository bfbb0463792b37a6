//! The life of a registration: every actor, role, state and command, and random walks through all of them.

use domain::{
    actor::{Actor, By, Person, StaffRole, Stamp, TeamRole},
    aggregate::Aggregate,
    authority::{Authority, Voters},
    draft::{Draft, DraftChange, DraftKey},
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    key::PublicKey,
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{ClientState, Command, Event, Facts, Registration, RelatedKey, RevisionState},
    revision::FrozenRevision,
    standing::Does,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime, macros::datetime};

#[path = "life/amendments.rs"]
mod amendments;
#[path = "life/authority.rs"]
mod authority;
#[path = "life/key_field.rs"]
mod key_field;
#[path = "life/reinstatement.rs"]
mod reinstatement;
#[path = "life/rotation.rs"]
mod rotation;
#[path = "life/substitution.rs"]
mod substitution;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const KEY: &str = include_str!("life/public.pem");
const OTHER_KEY: &str = include_str!("life/other-public.pem");

fn organisation(n: u8) -> OrganisationId {
    OrganisationId::from_parts(1, [n; 10])
}

fn account(n: u8) -> AccountId {
    AccountId::from_parts(2, [n; 10])
}

fn client_id(n: u8) -> ClientId {
    ClientId::from_random([n; 16])
}

fn person(n: u8) -> Person {
    Person {
        account: account(n),
        staff: None,
        memberships: BTreeMap::new(),
        ever_belonged: BTreeSet::new(),
        second_factor: true,
        reauthenticated_at: Some(NOW - Duration::minutes(1)),
        token: None,
    }
}

fn member(n: u8, role: TeamRole) -> Actor {
    let memberships = BTreeMap::from([(organisation(1), role)]);
    Actor::Person(Person { memberships, ever_belonged: BTreeSet::from([organisation(1)]), ..person(n) })
}

fn stranger() -> Actor {
    let memberships = BTreeMap::from([(organisation(2), TeamRole::Owner)]);
    Actor::Person(Person { memberships, ever_belonged: BTreeSet::from([organisation(2)]), ..person(9) })
}

fn staff(n: u8, role: StaffRole) -> Actor {
    Actor::Person(Person { staff: Some(role), ..person(n) })
}

fn admin(n: u8) -> Actor {
    staff(n, StaffRole::Admin)
}

fn policy(name: &str) -> EnvironmentPolicy {
    EnvironmentPolicy::nhs_login().into_iter().find(|policy| policy.name == name).unwrap()
}

fn facts(environment: &str) -> Facts {
    Facts {
        policy: Some(EnvironmentPolicy { evidence: Vec::new(), possession_required: false, ..policy(environment) }),
        organisation_confirmed: true,
        service_known: true,
        earlier_published: true,
        frozen: Some(frozen(json!({}))),
        voters: voters(|authority| authority),
        titles: EnvironmentPolicy::nhs_login().into_iter().map(|policy| (policy.name, policy.title)).collect(),
        ..Facts::default()
    }
}

/// What is decided on: the key with these answers.
fn frozen(evidence: Value) -> FrozenRevision {
    let key = PublicKey::try_from(KEY.to_owned()).unwrap();
    let metadata = json!({"jwks": {"keys": [key.jwk("RS512")]}});
    FrozenRevision::read(&json!({"client_metadata": metadata, "evidence": evidence}).to_string()).unwrap()
}

/// Everybody's authority: that of active admins with a second factor, who are 20 and above, but for the change to 20.
fn voters(twenty: impl Fn(Authority) -> Authority) -> Voters {
    let active = Authority { staff: Some(StaffRole::Admin), second_factor: true, locked: false, belonged: false };
    let of = |n: u8| (account(n), if n == 20 { twenty(active) } else { active });
    (20..40).map(of).collect()
}

fn draft(scopes: &[&str]) -> Draft {
    let reason = |scope: &&str| (scope.to_string(), "We show the NHS number to match the record.".to_owned());
    Draft {
        client_name: "Pharmacy First".into(),
        public_keys: vec![DraftKey::of(KEY)],
        redirect_uris: vec!["https://pharmacy.example.org/callback".into()],
        scopes: scopes.iter().map(|scope| scope.to_string()).collect(),
        reasons: scopes.iter().filter(|scope| **scope != "openid").map(reason).collect(),
        ..Draft::default()
    }
}

/// Decides and applies, as the write path does.
fn run(state: &mut Registration, actor: &Actor, command: &Command, facts: &Facts) -> Result<Vec<Event>, Refusal> {
    let events = state.decide(actor, command, facts, NOW)?;
    for event in &events {
        state.apply(event, &Stamp { at: NOW, by: actor.by() });
    }
    Ok(events)
}

fn start(environment: &str, draft: Draft) -> Command {
    Command::Start {
        organisation: organisation(1),
        service: ServiceId::from_parts(3, [1; 10]),
        environment: environment.into(),
        copy_of: None,
        draft: Box::new(draft.into()),
    }
}

fn started(environment: &str, draft: Draft) -> Registration {
    let mut state = Registration::blank(RegistrationId::from_parts(4, [1; 10]));
    run(&mut state, &member(1, TeamRole::Developer), &start(environment, draft), &facts(environment)).unwrap();
    state
}

fn submit() -> Command {
    Command::Submit { client_id: client_id(7) }
}

fn submitted(environment: &str, scopes: &[&str]) -> Registration {
    let mut state = started(environment, draft(scopes));
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts(environment)).unwrap();
    state
}

fn approval_of(state: &Registration) -> Command {
    let revision = state.submitted().unwrap();
    Command::Approve {
        number: revision.number,
        digest: revision.digest.clone(),
        metadata_digest: revision.metadata_digest.clone(),
        comment: String::new(),
        client_id: client_id(8),
    }
}

#[test]
fn the_rules_approve_a_sandpit_submission_without_restricted_scope() {
    let state = submitted("sandpit", &["openid", "email"]);
    assert_eq!(state.client_state(), ClientState::Pending);
    assert_eq!(state.client_id, Some(client_id(7)));
    assert_eq!(state.revisions[0].approvals[0].admin, None);
}

#[test]
fn a_restricted_scope_waits_for_an_admin_and_names_it() {
    let state = submitted("sandpit", &["openid", "profile"]);
    assert_eq!(state.revisions[0].state, RevisionState::Submitted);
    assert_eq!(state.revisions[0].restricted, ["profile"]);
}

#[test]
fn a_name_that_could_pass_for_the_nhs_waits_for_an_admin() {
    let mut state = started("sandpit", Draft { client_name: "NHS Login".into(), ..draft(&["openid"]) });
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts("sandpit")).unwrap();
    assert_eq!(state.revisions[0].state, RevisionState::Submitted);
    assert!(state.revisions[0].warnings.iter().any(|warning| warning.rule == "name-nhs"));
}

#[test]
fn live_needs_two_different_admins() {
    let mut state = submitted("live", &["openid", "profile"]);
    let approval = approval_of(&state);
    run(&mut state, &admin(20), &approval, &facts("live")).unwrap();
    assert_eq!(state.client_state(), ClientState::Unpublished);
    assert_eq!(run(&mut state, &admin(20), &approval, &facts("live")), Err(Refusal::AlreadyApproved));
    run(&mut state, &admin(21), &approval, &facts("live")).unwrap();
    assert_eq!(state.client_state(), ClientState::Pending);
    assert_eq!(state.revisions[0].state, RevisionState::Approved);
}

#[test]
fn who_may_not_approve() {
    let mut state = submitted("integration", &["openid"]);
    let approval = approval_of(&state);
    let facts = facts("integration");
    let submitter = Actor::Person(Person { staff: Some(StaffRole::Admin), ..person(1) });
    let once_member = Actor::Person(Person {
        staff: Some(StaffRole::Admin),
        ever_belonged: BTreeSet::from([organisation(1)]),
        ..person(22)
    });
    let no_factor = Actor::Person(Person { staff: Some(StaffRole::Admin), second_factor: false, ..person(23) });
    let stale_proof = Actor::Person(Person {
        staff: Some(StaffRole::Admin),
        reauthenticated_at: Some(NOW - Duration::minutes(6)),
        token: None,
        ..person(24)
    });
    let cases = [
        (submitter, Refusal::OwnSubmission),
        (once_member, Refusal::BelongedToOrganisation),
        (no_factor, Refusal::AdminsOnly),
        (stale_proof, Refusal::ReauthenticationNeeded),
        (staff(25, StaffRole::Auditor), Refusal::AdminsOnly),
        (member(2, TeamRole::Owner), Refusal::AdminsOnly),
        (stranger(), Refusal::AdminsOnly),
        (Actor::Visitor, Refusal::NotSignedIn),
        (Actor::System, Refusal::AdminsOnly),
        (Actor::Operator, Refusal::AdminsOnly),
    ];
    for (actor, refusal) in cases {
        assert_eq!(run(&mut state, &actor, &approval, &facts), Err(refusal), "{actor:?}");
    }
    assert!(state.revisions[0].approvals.is_empty());
}

#[test]
fn whoever_wrote_in_the_draft_may_not_approve_even_when_somebody_else_submitted() {
    let mut state = started("integration", draft(&["openid"]));
    let facts = facts("integration");
    let change = Command::save(DraftChange::ClientName("Pharmacy Two".into()));
    run(&mut state, &member(30, TeamRole::Developer), &change, &facts).unwrap();
    run(&mut state, &member(1, TeamRole::Owner), &submit(), &facts).unwrap();
    let approval = approval_of(&state);
    assert_eq!(run(&mut state, &admin(30), &approval, &facts), Err(Refusal::WroteInDraft));
}

#[test]
fn an_approval_binds_both_digests() {
    let mut state = submitted("integration", &["openid"]);
    for member in ["digest", "metadata_digest"] {
        let mut approval = approval_of(&state);
        if let Command::Approve { digest, metadata_digest, .. } = &mut approval {
            let target = if member == "digest" { digest } else { metadata_digest };
            *target = "0".repeat(64);
        }
        let refused = run(&mut state, &admin(20), &approval, &facts("integration"));
        assert_eq!(refused, Err(Refusal::DigestMismatch), "{member}");
    }
}

#[test]
fn an_edit_after_submission_changes_neither_the_revision_nor_what_is_published() {
    let mut state = submitted("integration", &["openid"]);
    let facts = facts("integration");
    let before = state.revisions.clone();
    let approval = approval_of(&state);
    let change = Command::save(DraftChange::RedirectUris(vec!["https://evil.example.net/".into()]));
    run(&mut state, &member(1, TeamRole::Developer), &change, &facts).unwrap();
    assert_eq!(state.revisions, before);
    run(&mut state, &admin(20), &approval, &facts).unwrap();
    let confirmed = |digest: &str| Command::ConfirmPublished { generation: 1, metadata_digest: digest.into() };
    assert_eq!(run(&mut state, &Actor::System, &confirmed(&"0".repeat(64)), &facts), Err(Refusal::DigestMismatch));
    run(&mut state, &Actor::System, &confirmed(&before[0].metadata_digest), &facts).unwrap();
    assert_eq!(state.client_state(), ClientState::Published);
}

#[test]
fn an_added_scope_needs_a_fresh_approval() {
    let mut state = submitted("sandpit", &["openid"]);
    let change = draft(&["openid", "profile"]);
    let change = Command::save(DraftChange::Scopes { scopes: change.scopes, reasons: change.reasons });
    run(&mut state, &member(1, TeamRole::Developer), &change, &facts("sandpit")).unwrap();
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts("sandpit")).unwrap();
    assert_eq!(state.revisions[1].state, RevisionState::Submitted);
    assert_eq!(state.wanted.as_ref().unwrap().revision, 1, "the provider keeps what was approved");
}

#[test]
fn a_private_key_is_refused_in_every_field_and_never_becomes_an_event() {
    let private = include_str!("life/private.pem");
    let state = started("sandpit", draft(&["openid"]));
    let text = private.to_owned();
    let one = |name: &str| BTreeMap::from([(name.to_owned(), text.clone())]);
    let changes = [
        DraftChange::ClientName(text.clone()),
        DraftChange::one_key(text.clone()),
        DraftChange::RedirectUris(vec!["https://a.example.org/".into(), text.clone()]),
        DraftChange::Scopes { scopes: vec![text.clone()], reasons: BTreeMap::new() },
        DraftChange::Scopes { scopes: vec![], reasons: one("email") },
        DraftChange::Vectors(vec![text.clone()]),
        DraftChange::Evidence { item: "dspt".into(), answers: one("status") },
        // In the name of an entry, as no form of ours sends it.
        DraftChange::Scopes { scopes: vec![], reasons: BTreeMap::from([(text.clone(), "why".into())]) },
        DraftChange::Evidence { item: "dspt".into(), answers: BTreeMap::from([(text.clone(), "yes".into())]) },
        DraftChange::Evidence { item: text.clone(), answers: BTreeMap::new() },
    ];
    for change in changes {
        let section = change.section();
        let save = Command::save(change.clone());
        let refused = state.decide(&member(1, TeamRole::Owner), &save, &facts("sandpit"), NOW);
        let Err(Refusal::Problems(problems)) = refused else { panic!("{section:?} accepted a private key") };
        assert_eq!(problems[0].rule.name(), "private-key");
        assert!(!format!("{problems:?}").contains("MII"), "{section:?} echoes it");
        // Nor does it begin a registration with it.
        let mut first = draft(&["openid"]);
        first.change(change);
        let blank = Registration::blank(RegistrationId::from_parts(4, [1; 10]));
        let started = blank.decide(&member(1, TeamRole::Owner), &start("sandpit", first), &facts("sandpit"), NOW);
        assert_eq!(started, Err(Refusal::Problems(problems)), "{section:?}");
    }
}

/// Every command in a given state, so that a test can try each as everybody.
fn every_command(state: &Registration) -> Vec<(&'static str, Command)> {
    let number = state.revisions.len() as u32;
    let approval = state.submitted().map(|_| approval_of(state)).unwrap_or(Command::Approve {
        number,
        digest: String::new(),
        metadata_digest: String::new(),
        comment: String::new(),
        client_id: client_id(8),
    });
    let generation = state.wanted.as_ref().map_or(1, |wanted| wanted.generation);
    let digest = state.approved().map_or(String::new(), |revision| revision.metadata_digest.clone());
    vec![
        ("start", start("sandpit", draft(&["openid"]))),
        ("save", Command::save(DraftChange::ClientName(format!("Name {number}")))),
        ("challenge", Command::Challenge { nonce: "n".into() }),
        ("prove", substitution::proving(state, "n", "a.b.c")),
        ("submit", submit()),
        ("withdraw", Command::Withdraw),
        ("discard", Command::DiscardChanges),
        ("approve", approval),
        ("request changes", Command::RequestChanges { number, comment: "Mend it.".into(), sections: BTreeMap::new() }),
        ("reject", Command::Reject { number, reason: "No.".into() }),
        ("confirm", Command::ConfirmPublished { generation, metadata_digest: digest }),
        ("fail", Command::ReportFailure { generation, message: "refused".into() }),
        ("republish", Command::Republish),
        ("suspend", Command::Suspend { reason: "Abuse.".into() }),
        ("reinstate", Command::Reinstate { reason: "Settled.".into() }),
        ("confirm reinstatement", Command::ConfirmReinstatement { proposed_at: proposed_at(state) }),
        ("drop reinstatement", Command::DropReinstatement),
        ("retire", Command::Retire { reason: "Replaced.".into() }),
        ("newer", Command::ReportNewer { generation, found: generation + 1000 }),
    ]
}

fn proposed_at(state: &Registration) -> OffsetDateTime {
    let proposal = state.suspension().and_then(|suspension| suspension.proposal.as_ref());
    proposal.map_or(NOW, |proposal| proposal.stamp.at)
}

fn everybody() -> Vec<(&'static str, Actor)> {
    vec![
        ("owner", member(1, TeamRole::Owner)),
        ("developer", member(2, TeamRole::Developer)),
        ("viewer", member(3, TeamRole::Viewer)),
        ("stranger", stranger()),
        ("admin", admin(20)),
        (
            "admin without factor",
            Actor::Person(Person { second_factor: false, staff: Some(StaffRole::Admin), ..person(21) }),
        ),
        ("auditor", staff(22, StaffRole::Auditor)),
        ("visitor", Actor::Visitor),
        ("system", Actor::System),
        ("operator", Actor::Operator),
        ("another admin", admin(29)),
    ]
}

/// Who may ever do what, in any state. Anything else has to be refused in every state.
fn may(who: &str, what: &str) -> bool {
    match what {
        "start" | "save" | "challenge" | "prove" | "submit" | "withdraw" | "discard" => {
            ["owner", "developer"].contains(&who)
        }
        "retire" => ["owner", "admin", "another admin"].contains(&who),
        "approve"
        | "request changes"
        | "reject"
        | "republish"
        | "suspend"
        | "reinstate"
        | "confirm reinstatement"
        | "drop reinstatement" => who == "admin" || who == "another admin",
        "confirm" | "fail" | "newer" => who == "system",
        _ => unreachable!("{what}"),
    }
}

fn every_state() -> Vec<Registration> {
    let developer = member(1, TeamRole::Developer);
    let mut states = vec![
        Registration::blank(RegistrationId::from_parts(4, [1; 10])),
        started("sandpit", draft(&["openid"])),
        submitted("sandpit", &["openid", "profile"]),
        submitted("sandpit", &["openid"]),
    ];
    let walk = [
        vec![("admin", "reject")],
        vec![("admin", "request changes")],
        vec![("owner", "withdraw")],
        vec![("admin", "approve"), ("system", "confirm")],
        vec![("admin", "approve"), ("system", "fail")],
        vec![("admin", "approve"), ("system", "confirm"), ("admin", "suspend")],
        vec![("admin", "approve"), ("system", "confirm"), ("owner", "retire")],
    ];
    for steps in walk {
        let mut state = submitted("sandpit", &["openid", "profile"]);
        for (who, what) in steps {
            let actor = everybody().into_iter().find(|(name, _)| *name == who).unwrap().1;
            let command = every_command(&state).into_iter().find(|(name, _)| *name == what).unwrap().1;
            run(&mut state, &actor, &command, &facts("sandpit")).unwrap();
        }
        states.push(state);
    }
    let mut amended = states[7].clone();
    let change = Command::save(DraftChange::ClientName("Pharmacy Next".into()));
    run(&mut amended, &developer, &change, &facts("sandpit")).unwrap();
    run(&mut amended, &developer, &submit(), &facts("sandpit")).unwrap();
    states.push(amended);
    states.extend(live_states());
    states
}

/// Where two admins are needed: after the first approval, after the second, at the provider, suspended, and with a
/// proposal to reinstate by the first admin.
fn live_states() -> Vec<Registration> {
    let walk = [
        ("admin", "approve"),
        ("another admin", "approve"),
        ("system", "confirm"),
        ("admin", "suspend"),
        ("admin", "reinstate"),
    ];
    let mut state = submitted("live", &["openid", "profile"]);
    let mut states = Vec::new();
    for (who, what) in walk {
        let actor = everybody().into_iter().find(|(name, _)| *name == who).unwrap().1;
        let command = every_command(&state).into_iter().find(|(name, _)| *name == what).unwrap().1;
        run(&mut state, &actor, &command, &facts("live")).unwrap();
        states.push(state.clone());
    }
    states
}

/// The facts of a state's environment.
fn facts_of(state: &Registration) -> Facts {
    facts(if state.environment.is_empty() { "sandpit" } else { &state.environment })
}

#[test]
fn every_actor_in_every_state_may_only_what_the_table_says() {
    let mut allowed = 0;
    for state in every_state() {
        for (who, actor) in everybody() {
            for (what, command) in every_command(&state) {
                let decided = state.decide(&actor, &command, &facts_of(&state), NOW);
                if decided.is_ok() {
                    allowed += 1;
                    assert!(may(who, what), "{who} may {what} in {:?}", state.client_state());
                }
            }
        }
    }
    assert!(allowed > 120, "the table was hardly exercised: {allowed}");
}

#[test]
fn retired_is_final() {
    let developer = member(1, TeamRole::Developer);
    let mut retired = vec![submitted("sandpit", &["openid"]), started("sandpit", draft(&["openid"]))];
    // With a nonce handed out, so that nothing but the state stands in the way of a proof.
    let ask = Command::Challenge { nonce: "n".into() };
    for state in &mut retired {
        run(state, &developer, &ask, &facts("sandpit")).unwrap();
        run(state, &member(1, TeamRole::Owner), &Command::Retire { reason: String::new() }, &facts("sandpit")).unwrap();
    }
    for state in retired {
        assert_eq!(state.client_state(), ClientState::Retired);
        for (what, command) in every_command(&state) {
            if ["save", "challenge", "prove", "submit", "withdraw"].contains(&what) {
                let refused = state.decide(&developer, &command, &facts("sandpit"), NOW);
                assert_eq!(refused, Err(Refusal::Retired), "{what}");
            }
        }
        let again = state.decide(
            &member(1, TeamRole::Owner),
            &Command::Retire { reason: String::new() },
            &facts("sandpit"),
            NOW,
        );
        assert_eq!(again, Err(Refusal::Retired));
    }
}

#[test]
fn a_client_keeps_the_id_that_it_was_given_first() {
    let (developer, facts) = (member(1, TeamRole::Developer), facts("sandpit"));
    let mut state = submitted("sandpit", &["openid"]);
    for number in 2..4 {
        let rename = Command::save(DraftChange::ClientName(format!("Pharmacy {number}")));
        run(&mut state, &developer, &rename, &facts).unwrap();
        let fresh = Command::Submit { client_id: client_id(10 + number) };
        let events = run(&mut state, &developer, &fresh, &facts).unwrap();
        let Some(Event::Approved { publish: Some(publish), .. }) = events.last() else { panic!("{events:?}") };
        assert_eq!((&publish.client_id, state.client_id.as_ref()), (&client_id(7), Some(&client_id(7))));
    }
}

#[test]
fn what_is_approved_while_a_client_is_suspended_does_not_switch_it_on() {
    let facts = facts("sandpit");
    let published = |state: &Registration| state.client_state() == ClientState::Published;
    let mut state = every_state().into_iter().find(published).unwrap();
    run(&mut state, &admin(20), &Command::Suspend { reason: "Abuse.".into() }, &facts).unwrap();
    let rename = Command::save(DraftChange::ClientName("Pharmacy Next".into()));
    run(&mut state, &member(1, TeamRole::Developer), &rename, &facts).unwrap();
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts).unwrap();
    let approval = approval_of(&state);
    run(&mut state, &admin(20), &approval, &facts).unwrap();
    let wanted = state.wanted.as_ref().unwrap();
    assert_eq!((wanted.revision, wanted.enabled, state.client_state()), (2, false, ClientState::Suspended));
}

#[test]
fn who_was_let_in_stays_in_while_the_environment_before_is_closed() {
    let mut state = submitted("live", &["openid"]);
    let too_early = Facts { earlier_published: false, ..facts("live") };
    for number in [20, 21] {
        let approval = approval_of(&state);
        run(&mut state, &admin(number), &approval, &facts("live")).unwrap();
    }
    let rename = Command::save(DraftChange::ClientName("Another name".into()));
    run(&mut state, &member(1, TeamRole::Developer), &rename, &too_early).unwrap();
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &too_early).unwrap();
    for number in [20, 21] {
        let approval = approval_of(&state);
        run(&mut state, &admin(number), &approval, &too_early).unwrap();
    }
    assert_eq!(state.wanted.as_ref().map(|wanted| wanted.revision), Some(2));
}

#[test]
fn an_environment_is_closed_to_the_unconfirmed_and_before_the_one_before() {
    let developer = member(1, TeamRole::Developer);
    let unconfirmed = |facts: Facts| Facts { organisation_confirmed: false, ..facts };
    let too_early = |facts: Facts| Facts { earlier_published: false, ..facts };
    let (confirm, publish) = (Refusal::OrganisationNotConfirmed, Refusal::EarlierEnvironmentNotPublished);
    let table = [
        ("sandpit", unconfirmed(too_early(facts("sandpit"))), None),
        ("integration", unconfirmed(facts("integration")), Some(&confirm)),
        ("integration", too_early(facts("integration")), Some(&publish)),
        ("live", unconfirmed(facts("live")), Some(&confirm)),
        ("live", too_early(facts("live")), Some(&publish)),
    ];
    for (environment, facts, refused) in table {
        let blank = Registration::blank(RegistrationId::from_parts(4, [1; 10]));
        let begun = started(environment, draft(&["openid"]));
        for (state, command) in [(blank, start(environment, draft(&["openid"]))), (begun, submit())] {
            let decided = state.decide(&developer, &command, &facts, NOW);
            assert_eq!(decided.as_ref().err(), refused, "{environment}: {command:?}");
        }
    }
}

fn thumbprint() -> String {
    PublicKey::parse(KEY, &[2048]).unwrap().thumbprint()
}

#[test]
fn a_shared_prime_and_another_organisations_proved_key_are_refused() {
    let related = |proved, organisation| {
        let registration = RegistrationId::from_parts(4, [9; 10]);
        vec![RelatedKey { thumbprint: thumbprint(), organisation, registration, environment: "sandpit".into(), proved }]
    };
    let cases = [
        (true, vec![], Some("key-shared-prime")),
        (false, related(true, organisation(2)), Some("key-of-another-organisation")),
        (false, related(false, organisation(2)), None),
        (false, related(true, organisation(1)), None),
    ];
    for (shares_prime, related_keys, rule) in cases {
        let mut state = started("sandpit", draft(&["openid"]));
        let shares_prime = shares_prime.then(thumbprint).into_iter().collect();
        let facts = Facts { related_keys: related_keys.clone(), shares_prime, ..facts("sandpit") };
        let outcome = run(&mut state, &member(1, TeamRole::Owner), &submit(), &facts);
        let refused = outcome.err().map(|refusal| refusal.problems()[0].rule.name());
        assert_eq!(refused, rule, "{related_keys:?}");
    }
}

#[test]
fn what_submission_required_is_looked_at_again_at_the_decision() {
    let key = PublicKey::parse(KEY, &[2048]).unwrap();
    let frozen = frozen(json!({"dspt": {"expiry": "2026-11-20"}}));
    let related = |proved| RelatedKey {
        thumbprint: thumbprint(),
        organisation: organisation(2),
        registration: RegistrationId::from_parts(4, [9; 10]),
        environment: "sandpit".into(),
        proved,
    };
    let with = |change: &dyn Fn(&mut Facts, &mut EnvironmentPolicy)| {
        let mut facts = Facts { frozen: Some(frozen.clone()), ..facts("integration") };
        let mut policy = facts.policy.take().unwrap();
        change(&mut facts, &mut policy);
        facts.policy = Some(policy);
        facts
    };
    let expires = policy("integration").evidence.into_iter().filter(|item| item.id == "dspt").collect::<Vec<_>>();
    assert!(!expires.is_empty());
    let table = [
        (with(&|facts, _| facts.organisation_confirmed = false), "Confirm it first"),
        (with(&|facts, _| facts.earlier_published = false), "Approve when it is"),
        (with(&|_, policy| policy.possession_required = true), "ask for the proof"),
        (with(&|facts, _| facts.related_keys.push(related(true))), "ask for another key pair"),
        (with(&|_, policy| policy.compromised_keys = [key.sha256()].into()), "publicly known"),
        (with(&|_, policy| policy.evidence = expires.clone()), "has passed"),
        (with(&|facts, _| facts.frozen = None), "cannot be read"),
    ];
    for (facts, mend) in table {
        let mut state = submitted("integration", &["openid"]);
        let approval = approval_of(&state);
        let refused = run(&mut state, &admin(20), &approval, &facts).expect_err(mend);
        assert!(matches!(refused, Refusal::NoLongerFits(_)), "{refused:?}");
        assert!(refused.to_string().contains(mend), "{refused}");
        assert!(state.revisions[0].approvals.is_empty());
    }
    let mut state = submitted("integration", &["openid"]);
    let approval = approval_of(&state);
    run(&mut state, &admin(20), &approval, &with(&|facts, _| facts.related_keys.push(related(false)))).unwrap();
}

/// What the pages say of a revision's fitness is what its approval is refused for.
#[test]
fn what_an_approval_is_refused_for_is_known_before() {
    let state = submitted("live", &["openid", "profile"]);
    let approve = |facts: &Facts| state.decide(&admin(20), &approval_of(&state), facts, NOW);
    assert!(state.fits(1, &facts("live"), NOW).is_ok() && approve(&facts("live")).is_ok());
    let early = Facts { earlier_published: false, ..facts("live") };
    let refused = state.fits(1, &early, NOW).unwrap_err();
    assert!(matches!(refused, Refusal::NoLongerFits(_)), "{refused}");
    assert_eq!(approve(&early), Err(refused));
}

/// Whatever is wanted at the provider can be stopped, confirmed or not (part 16).
#[test]
fn what_is_wanted_can_be_suspended_before_the_provider_confirmed_it() {
    let suspend = Command::Suspend { reason: "Abuse.".into() };
    for pending in every_state().into_iter().filter(|state| state.client_state() == ClientState::Pending) {
        let (mut state, facts) = (pending.clone(), facts_of(&pending));
        run(&mut state, &admin(20), &suspend, &facts).unwrap();
        let (before, wanted) = (pending.wanted.as_ref().unwrap(), state.wanted.as_ref().unwrap());
        assert_eq!((wanted.enabled, wanted.generation), (false, before.generation + 1));
        // What the worker still had to write is fenced out.
        let digest = state.revision(wanted.revision).unwrap().metadata_digest.clone();
        let late = Command::ConfirmPublished { generation: before.generation, metadata_digest: digest };
        assert_eq!(state.decide(&Actor::System, &late, &facts, NOW), Err(Refusal::Superseded));
        assert_eq!(state.decide(&admin(20), &suspend, &facts, NOW), Err(Refusal::AlreadySuspended));
    }
    let unpublished = submitted("sandpit", &["openid", "profile"]);
    assert_eq!(unpublished.decide(&admin(20), &suspend, &facts("sandpit"), NOW), Err(Refusal::NoClient));
}

#[test]
fn a_review_is_closed_before_the_client_is_retired() {
    let mut state = submitted("integration", &["openid"]);
    let retire = Command::Retire { reason: String::new() };
    let retired = run(&mut state, &member(1, TeamRole::Owner), &retire, &facts("integration"));
    assert_eq!(retired, Err(Refusal::ReviewOpen));
}

#[test]
fn an_admin_who_once_belonged_to_the_team_switches_nothing() {
    let once_member = Actor::Person(Person {
        staff: Some(StaffRole::Admin),
        ever_belonged: BTreeSet::from([organisation(1)]),
        ..person(22)
    });
    for state in every_state().into_iter().filter(|state| state.wanted.is_some()) {
        for (what, command) in every_command(&state) {
            let switches =
                ["suspend", "reinstate", "confirm reinstatement", "drop reinstatement", "republish", "retire"];
            if switches.contains(&what) {
                let refused = state.decide(&once_member, &command, &facts_of(&state), NOW);
                assert_eq!(refused, Err(Refusal::BelongedToOrganisation), "{what} in {:?}", state.client_state());
            }
        }
    }
}

#[test]
fn a_failure_that_comes_after_the_success_is_no_failure() {
    let facts = facts("sandpit");
    let published = every_state().into_iter().find(|state| state.client_state() == ClientState::Published).unwrap();
    let fail = |generation| Command::ReportFailure { generation, message: "timed out".into() };
    assert_eq!(published.decide(&Actor::System, &fail(1), &facts, NOW), Err(Refusal::Superseded));
    let mut wanted = published.clone();
    run(&mut wanted, &admin(20), &Command::Republish, &facts).unwrap();
    assert_eq!(run(&mut wanted, &Actor::System, &fail(1), &facts), Err(Refusal::Superseded));
    run(&mut wanted, &Actor::System, &fail(2), &facts).unwrap();
    assert_eq!(wanted.failure.map(|failure| failure.generation), Some(2));
}

/// What only the calendar and the proofs show is said while other things are still missing, not after them.
#[test]
fn evidence_that_has_run_out_and_a_missing_proof_show_at_once() {
    let dspt = policy("integration").evidence.into_iter().filter(|item| item.id == "dspt").collect();
    let policy = EnvironmentPolicy { evidence: dspt, possession_required: true, ..policy("integration") };
    let answers = BTreeMap::from([("expiry".to_owned(), "2026-11-20".to_owned())]);
    let evidence = BTreeMap::from([("dspt".to_owned(), answers)]);
    let state = started("integration", Draft { client_name: String::new(), evidence, ..draft(&["openid"]) });
    let rules = |state: &Registration| -> Vec<String> {
        state
            .review_with(&policy, &Facts::default(), NOW)
            .problems
            .into_iter()
            .map(|problem| problem.rule.name().to_owned())
            .collect()
    };
    assert_eq!(rules(&state), ["name-missing", "choice-missing", "date-expired", "possession-not-proved"]);
    let keyless = started("integration", Draft { public_keys: Vec::new(), ..draft(&["openid"]) });
    assert!(!rules(&keyless).contains(&"possession-not-proved".to_owned()), "first there has to be a key");
}

#[test]
fn a_key_used_twice_says_where() {
    let related = |environment: &str| RelatedKey {
        thumbprint: thumbprint(),
        organisation: organisation(1),
        registration: RegistrationId::from_parts(4, [9; 10]),
        environment: environment.into(),
        proved: true,
    };
    let mut state = started("sandpit", draft(&["openid"]));
    let services = BTreeMap::from([(RegistrationId::from_parts(4, [9; 10]), "Prescriptions".to_owned())]);
    let facts = Facts { related_keys: vec![related("sandpit"), related("live")], services, ..facts("sandpit") };
    run(&mut state, &member(1, TeamRole::Owner), &submit(), &facts).unwrap();
    let warnings: Vec<&str> = state.revisions[0].warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "This key is also used for Prescriptions in Sandpit. Each registration should have its own key pair.",
            "This key is also used for Prescriptions in Live. Each registration should have its own key pair.",
        ]
    );
}

#[test]
fn a_changed_key_is_a_new_revision_with_another_thumbprint() {
    let mut state = submitted("integration", &["openid"]);
    let facts = facts("integration");
    let approval = approval_of(&state);
    run(&mut state, &admin(20), &approval, &facts).unwrap();
    let change = Command::save(DraftChange::one_key(OTHER_KEY));
    run(&mut state, &member(1, TeamRole::Developer), &change, &facts).unwrap();
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts).unwrap();
    assert_ne!(state.revisions[0].thumbprints, state.revisions[1].thumbprints);
    assert_eq!(run(&mut state, &admin(20), &approval, &facts), Err(Refusal::NothingSubmitted));
}

/// Mostly those who move a registration on: the owner, the admin and the system.
fn somebody() -> impl Strategy<Value = usize> {
    prop_oneof![3 => prop::sample::select(vec![0usize, 4, 8]), 1 => 0usize..11]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Random walks: whatever anybody tries in whatever order, folding the events gives the state, every wanted
    /// revision was approved by enough different people, generations only grow, a client that is suspended or retired is
    /// wanted off, and its id stays.
    #[test]
    fn random_walks_keep_the_invariants(
        environment in prop::sample::select(vec!["sandpit", "integration", "live"]),
        steps in prop::collection::vec((somebody(), 0usize..18, any::<bool>()), 1..120),
    ) {
        let facts = facts(environment);
        let needed = usize::from(facts.policy.as_ref().unwrap().approvals);
        let mut state = Registration::blank(RegistrationId::from_parts(4, [1; 10]));
        let mut log = Vec::new();
        let mut generation = 0;
        let first = member(1, TeamRole::Owner);
        let events = run(&mut state, &first, &start(environment, draft(&["openid", "profile"])), &facts).unwrap();
        log.extend(events.into_iter().map(|event| (event, first.by())));
        let mut allocated = None;
        for (turn, (who, what, second_admin)) in (10..).zip(steps) {
            let (name, mut actor) = everybody().swap_remove(who);
            if name == "admin" && second_admin {
                actor = admin(29);
            }
            let mut command = every_command(&state).swap_remove(what).1;
            if let Command::Submit { client_id: fresh } | Command::Approve { client_id: fresh, .. } = &mut command {
                *fresh = client_id(turn);
            }
            if let Ok(events) = run(&mut state, &actor, &command, &facts) {
                log.extend(events.into_iter().map(|event| (event, actor.by())));
            }
            if let Some(wanted) = &state.wanted {
                prop_assert!(wanted.generation >= generation);
                generation = wanted.generation;
                let revision = state.revision(wanted.revision).unwrap();
                match wanted.removed {
                    true => prop_assert!(!wanted.enabled, "removed, and wanted on"),
                    false => prop_assert_eq!(revision.state, RevisionState::Approved),
                }
                prop_assert!(wanted.removed || !wanted.withdrawn);
                let people: BTreeSet<_> = revision.approvals.iter().filter_map(|approval| approval.admin).collect();
                prop_assert!(people.len() >= needed, "profile is restricted: never by the rules alone");
                prop_assert!(people.iter().all(|admin| By::Account(*admin) != revision.submitted.by));
            }
            prop_assert!(state.revisions.iter().filter(|r| r.state == RevisionState::Submitted).count() <= 1);
            let wanted = state.wanted.as_ref();
            let off = wanted.is_none_or(|wanted| !wanted.enabled);
            prop_assert!(state.suspension().is_none() || off, "suspended, and wanted on");
            prop_assert!(state.retired.is_none() || off && wanted.is_none_or(|wanted| wanted.removed), "retired");
            for ended in state.suspensions.iter().filter(|suspension| suspension.ended.is_some() && needed > 1) {
                let proposer = ended.proposal.as_ref().map(|proposal| proposal.stamp.by);
                prop_assert!(proposer.is_some() && proposer != ended.ended.map(|stamp| stamp.by), "two people reinstate");
            }
            prop_assert!(allocated.is_none() || allocated == state.client_id, "another client ID");
            allocated.clone_from(&state.client_id);
        }
        let mut folded = Registration::blank(state.id);
        for (event, by) in &log {
            folded.apply(event, &Stamp { at: NOW, by: *by });
        }
        prop_assert_eq!(folded, state);
    }
}

#[test]
fn a_suspension_keeps_its_reason_and_the_publication_its_date() {
    let mut state = every_state().into_iter().find(|state| state.client_state() == ClientState::Published).unwrap();
    let facts = facts("sandpit");
    let later = NOW + time::Duration::days(1);
    let mut at = |actor: &Actor, command: Command, at: OffsetDateTime| {
        let events = state.decide(actor, &command, &facts, at).unwrap();
        events.iter().for_each(|event| state.apply(event, &Stamp { at, by: actor.by() }));
        state.clone()
    };
    let suspended = at(&admin(20), Command::Suspend { reason: "A complaint.".into() }, later);
    assert_eq!(suspended.suspension().map(|off| (off.reason.0.as_str(), off.stamp.at)), Some(("A complaint.", later)));
    let confirm = Command::ConfirmPublished {
        generation: suspended.wanted.as_ref().unwrap().generation,
        metadata_digest: suspended.revisions[0].metadata_digest.clone(),
    };
    let confirmed = at(&Actor::System, confirm, later);
    assert_eq!(confirmed.revisions[0].published, Some(NOW), "switching off is not another publication");
    let back = at(&admin(20), Command::Reinstate { reason: "Settled.".into() }, NOW);
    assert_eq!((back.suspension(), back.suspensions[0].ended.map(|stamp| stamp.at)), (None, Some(NOW)));
    assert_eq!(back.suspensions[0].reinstated_because.0, "Settled.");
    assert_eq!(back.client_state(), ClientState::Published);
}

#[test]
fn switching_off_goes_above_a_generation_that_somebody_raised() {
    let facts = facts("sandpit");
    let mut state = every_state().into_iter().find(|state| state.client_state() == ClientState::Published).unwrap();
    let newer = |generation, found| Command::ReportNewer { generation, found };
    run(&mut state, &admin(20), &Command::Republish, &facts).unwrap();
    let events = run(&mut state, &Actor::System, &newer(2, 1002), &facts).unwrap();
    assert_eq!(
        events,
        [Event::NewerGenerationFound { generation: 2, found: 1002, next: None }],
        "an admin looks first"
    );
    assert_eq!(run(&mut state, &Actor::System, &newer(2, 1002), &facts), Ok(vec![]), "told once");
    run(&mut state, &admin(20), &Command::Suspend { reason: "Abuse.".into() }, &facts).unwrap();
    assert_eq!(state.wanted.as_ref().unwrap().generation, 1003, "above what was read back");
    for (found, next) in [(2000, Some(2001)), (3000, Some(3001)), (4000, Some(4001)), (5000, None)] {
        let generation = state.wanted.as_ref().unwrap().generation;
        let events = run(&mut state, &Actor::System, &newer(generation, found), &facts).unwrap();
        assert_eq!(events, [Event::NewerGenerationFound { generation, found, next }], "three times in a row at most");
    }
    for beyond in [0, 4001, u64::MAX, domain::registration::LAST_GENERATION + 1] {
        assert_eq!(run(&mut state, &Actor::System, &newer(4001, beyond), &facts), Err(Refusal::NotAllowed), "{beyond}");
    }
    assert_eq!(state.confirmed().unwrap().does, Does::On, "nothing of it was confirmed");
}

/// States from before it was recorded what was confirmed say the same.
#[test]
fn what_was_confirmed_is_read_from_older_states_too() {
    let facts = facts("sandpit");
    let mut state = every_state().into_iter().find(|state| state.client_state() == ClientState::Published).unwrap();
    let hour = time::Duration::hours(1);
    let mut at = NOW;
    let mut seen = Vec::new();
    for command in [
        Command::Suspend { reason: "Abuse.".into() },
        Command::Reinstate { reason: "Settled.".into() },
        Command::Suspend { reason: "Again.".into() },
        Command::Retire { reason: "Over.".into() },
    ] {
        at += hour;
        let actor = if matches!(command, Command::Retire { .. }) { member(1, TeamRole::Owner) } else { admin(20) };
        let Actor::Person(person) = actor else { panic!("a person") };
        let actor = Actor::Person(Person { reauthenticated_at: Some(at), ..person });
        let events = state.decide(&actor, &command, &facts, at).unwrap();
        events.iter().for_each(|event| state.apply(event, &Stamp { at, by: actor.by() }));
        seen.push(state.clone());
        at += hour;
        let generation = state.wanted.as_ref().unwrap().generation;
        let metadata_digest = state.approved().unwrap().metadata_digest.clone();
        let confirm = Command::ConfirmPublished { generation, metadata_digest };
        let events = state.decide(&Actor::System, &confirm, &facts, at).unwrap();
        events.iter().for_each(|event| state.apply(event, &Stamp { at, by: By::System }));
        seen.push(state.clone());
    }
    let does: Vec<Does> = seen.iter().map(|state| state.confirmed().unwrap().does).collect();
    use Does::{Off, On, Removed};
    assert_eq!(does, [On, Off, Off, On, On, Off, Off, Removed]);
    for state in &mut seen {
        let does = state.confirmed();
        state.published.as_mut().unwrap().does = None;
        assert_eq!(state.confirmed(), does, "{:?}", state.client_state());
    }
}

#[test]
fn what_stopped_the_rules_is_told_from_the_other_warnings() {
    let mut state = started("sandpit", Draft { client_name: "NHS Pharmacy".into(), ..draft(&["openid"]) });
    run(&mut state, &member(1, TeamRole::Owner), &submit(), &facts("sandpit")).unwrap();
    let stopped: Vec<_> = state.revisions[0].asks_a_person().map(|warning| warning.rule.as_str()).collect();
    assert_eq!(stopped, ["name-nhs"]);
    assert!(submitted("sandpit", &["openid", "profile"]).revisions[0].asks_a_person().next().is_none());
}

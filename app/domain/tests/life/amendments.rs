//! Changes of a client: withdrawn before they arrive, and drafts whose changes are thrown away.

use super::{
    substitution::{A, B, Pair, live},
    *,
};
use domain::{
    registration::Instead,
    standing::{Step, Tried},
};

fn owner() -> Actor {
    member(1, TeamRole::Owner)
}

/// As [`run`], some minutes later.
fn run_at(minutes: i64, state: &mut Registration, command: &Command, facts: &Facts) -> Result<Vec<Event>, Refusal> {
    let (now, by) = (NOW + Duration::minutes(minutes), owner());
    let events = state.decide(&owner(), command, facts, now)?;
    events.iter().for_each(|event| state.apply(event, &Stamp { at: now, by: by.by() }));
    Ok(events)
}

fn rename(state: &mut Registration, name: &str, minutes: i64) {
    run_at(minutes, state, &Command::save(DraftChange::ClientName(name.into())), &facts("sandpit")).unwrap();
}

fn confirm(state: &mut Registration) {
    let wanted = state.wanted.clone().unwrap();
    let metadata_digest = state.revision(wanted.revision).unwrap().metadata_digest.clone();
    let confirm = Command::ConfirmPublished { generation: wanted.generation, metadata_digest };
    run(state, &Actor::System, &confirm, &facts("sandpit")).unwrap();
}

/// Approved by the rules, and on its way to the provider.
fn approved() -> Registration {
    let mut state = started("sandpit", draft(&["openid"]));
    run(&mut state, &owner(), &submit(), &facts("sandpit")).unwrap();
    assert_eq!(state.client_state(), ClientState::Pending);
    state
}

/// Published, with an amendment approved and on its way.
fn amended() -> Registration {
    let mut state = approved();
    confirm(&mut state);
    rename(&mut state, "Pharmacy Second", 1);
    run_at(2, &mut state, &submit(), &facts("sandpit")).unwrap();
    assert_eq!(state.approved_on_its_way().map(|revision| revision.number), Some(2));
    state
}

fn withdraw(state: &mut Registration) -> Result<Vec<Event>, Refusal> {
    run(state, &owner(), &Command::Withdraw, &facts("sandpit"))
}

fn does(state: &Registration) -> Option<Does> {
    state.confirmed().map(|confirmed| confirmed.does)
}

#[test]
fn an_amendment_on_its_way_gives_way_to_what_the_provider_holds() {
    let mut state = amended();
    let before = state.wanted.clone().unwrap();
    let events = withdraw(&mut state).unwrap();
    let instead = Instead { revision: Some(1), generation: before.generation + 1 };
    assert_eq!(events, [Event::Withdrawn { number: 2, instead: Some(instead) }]);
    assert_eq!(state.client_state(), ClientState::Published);
    assert_eq!((state.approved().unwrap().number, state.wanted.as_ref().unwrap().revision), (1, 1));
    assert_eq!(state.revision(2).unwrap().state, RevisionState::Withdrawn);
    assert_eq!(state.standing(Tried::default()).step(), Some(Step::Change), "it is told again what it holds");
    confirm(&mut state);
    assert_eq!(state.held().unwrap().number, 1);
    assert_eq!(withdraw(&mut state), Err(Refusal::NothingSubmitted), "what the provider has is not withdrawn");
    // The draft has the change still, and may be submitted again.
    assert!(state.is_draft_ahead());
    run_at(3, &mut state, &submit(), &facts("sandpit")).unwrap();
    assert_eq!(state.wanted.as_ref().unwrap().revision, 3);
}

#[test]
fn a_first_revision_on_its_way_leaves_no_client() {
    let mut state = approved();
    let client_id = state.client_id.clone();
    let events = withdraw(&mut state).unwrap();
    assert_eq!(events, [Event::Withdrawn { number: 1, instead: Some(Instead { revision: None, generation: 2 }) }]);
    assert_eq!((state.client_state(), state.approved()), (ClientState::Unpublished, None));
    assert_eq!(state.standing(Tried::default()).step(), Some(Step::TakeBack));
    // The worker was quicker, or is not: either way the provider is told that there is no client.
    confirm(&mut state);
    assert_eq!((does(&state), state.client_state()), (Some(Does::Absent), ClientState::Unpublished));
    assert_eq!(state.held(), None);
    let suspend = Command::Suspend { reason: "Abuse.".into() };
    assert_eq!(run(&mut state, &admin(20), &suspend, &facts("sandpit")), Err(Refusal::NoClient));
    // What is approved next is published under the name that it was given.
    run_at(1, &mut state, &submit(), &facts("sandpit")).unwrap();
    assert_eq!((state.client_state(), &state.client_id), (ClientState::Pending, &client_id));
    assert_eq!(state.standing(Tried::default()).step(), Some(Step::Publish));
    confirm(&mut state);
    assert_eq!((does(&state), state.client_state()), (Some(Does::On), ClientState::Published));
}

#[test]
fn all_that_never_arrived_goes_with_the_last_of_it() {
    let mut state = amended();
    rename(&mut state, "Pharmacy Third", 3);
    run_at(4, &mut state, &submit(), &facts("sandpit")).unwrap();
    let events = withdraw(&mut state).unwrap();
    assert!(matches!(events[0], Event::Withdrawn { number: 2, instead: None }), "{events:?}");
    assert!(matches!(events[1], Event::Withdrawn { number: 3, instead: Some(_) }), "{events:?}");
    assert_eq!(state.approved().unwrap().number, 1);
}

#[test]
fn what_is_under_review_is_withdrawn_first() {
    let mut state = amended();
    let scopes = DraftChange::Scopes {
        scopes: vec!["openid".into(), "profile".into()],
        reasons: BTreeMap::from([("profile".into(), "We show the NHS number to match the record.".into())]),
    };
    run_at(3, &mut state, &Command::save(scopes), &facts("sandpit")).unwrap();
    run_at(4, &mut state, &submit(), &facts("sandpit")).unwrap();
    assert_eq!(withdraw(&mut state).unwrap(), [Event::Withdrawn { number: 3, instead: None }]);
    assert!(matches!(withdraw(&mut state).unwrap()[..], [Event::Withdrawn { number: 2, instead: Some(_) }]));
}

#[test]
fn what_is_switched_off_or_changed_by_others_is_not_withdrawn() {
    let mut state = amended();
    let found = Command::ReportNewer { generation: state.wanted.as_ref().unwrap().generation, found: 90 };
    let mut changed = state.clone();
    run(&mut changed, &Actor::System, &found, &facts("sandpit")).unwrap();
    assert_eq!(withdraw(&mut changed), Err(Refusal::ChangedAtProvider));
    let suspend = Command::Suspend { reason: "Abuse.".into() };
    run(&mut state, &admin(20), &suspend, &facts("sandpit")).unwrap();
    assert_eq!(withdraw(&mut state), Err(Refusal::NothingSubmitted));
    let viewer = member(3, TeamRole::Viewer);
    assert_eq!(run(&mut amended(), &viewer, &Command::Withdraw, &facts("sandpit")), Err(Refusal::NotAllowed));
}

#[test]
fn a_leaked_key_is_not_brought_back() {
    let mut state = amended();
    let thumbprint = state.revision(1).unwrap().thumbprints[0].clone();
    let leaked = Facts { leaked: BTreeSet::from([thumbprint]), ..facts("sandpit") };
    assert_eq!(run(&mut state, &owner(), &Command::Withdraw, &leaked), Err(Refusal::TakesLeakedKeyOut));
}

/// What a submission froze.
fn frozen_by(events: &[Event]) -> FrozenRevision {
    let bytes = events.iter().find_map(|event| match event {
        Event::Submitted { bytes, .. } => Some(bytes.0.clone()),
        _ => None,
    });
    FrozenRevision::read(&bytes.unwrap()).unwrap()
}

fn named(pair: &Pair, name: &str) -> DraftKey {
    DraftKey { name: name.into(), ..DraftKey::of(pair.public.clone()) }
}

#[test]
fn a_draft_goes_back_to_what_was_approved() {
    let facts = Facts { policy: facts("sandpit").policy, ..live() };
    let keys = vec![named(&A, "the old machine"), named(&B, "the new one")];
    let mut state = started("sandpit", Draft { public_keys: keys, ..draft(&["openid"]) });
    assert_eq!(run(&mut state, &owner(), &Command::DiscardChanges, &facts), Err(Refusal::NothingToDiscard));
    let events = run(&mut state, &owner(), &submit(), &facts).unwrap();
    let facts = Facts { frozen: Some(frozen_by(&events)), ..facts };
    let before = state.draft.clone();
    assert_eq!(run(&mut state, &owner(), &Command::DiscardChanges, &facts), Err(Refusal::NothingToDiscard));
    rename(&mut state, "Something else", 1);
    run_at(2, &mut state, &Command::save(DraftChange::PublicKeys(vec![named(&A, "the old machine")])), &facts).unwrap();
    let erased = Facts { frozen: Some(FrozenRevision::default()), ..facts.clone() };
    assert_eq!(state.decide(&owner(), &Command::DiscardChanges, &erased, NOW), Err(Refusal::ErasedSince));
    let events = run_at(3, &mut state, &Command::DiscardChanges, &facts).unwrap();
    assert!(matches!(events[..], [Event::ChangesDiscarded { revision: 1, .. }]), "{events:?}");
    let mut keys = state.draft.public_keys.clone();
    keys.sort_by_key(|key| before.public_keys.iter().position(|old| old == key));
    assert_eq!(
        (keys, &state.draft.client_name),
        (before.public_keys, &before.client_name),
        "with the names of its keys"
    );
    assert!(!state.is_draft_ahead());
    assert_eq!(run(&mut state, &owner(), &submit(), &facts), Err(Refusal::NothingChanged));
}

#[test]
fn a_key_that_leaked_does_not_come_back_with_a_draft() {
    let facts = Facts { policy: facts("sandpit").policy, ..live() };
    let mut state = started("sandpit", Draft { public_keys: vec![named(&A, "")], ..draft(&["openid"]) });
    let events = run(&mut state, &owner(), &submit(), &facts).unwrap();
    let facts = Facts { frozen: Some(frozen_by(&events)), ..facts };
    rename(&mut state, "Something else", 1);
    let report =
        Command::ReportLeak { key: Box::new(PublicKey::try_from(A.public.clone()).unwrap()), client_id: client_id(8) };
    run_at(2, &mut state, &report, &facts).unwrap();
    run_at(3, &mut state, &Command::DiscardChanges, &facts).unwrap();
    assert_eq!(state.draft.public_keys, []);
}

/// A rule that is younger than a client keeps it from nothing, and whoever decides reads of it.
#[test]
fn evidence_that_is_asked_since_keeps_no_change_waiting() {
    let asking = |items: &[&str]| {
        let live = EnvironmentPolicy::nhs_login().remove(2);
        let evidence = live.evidence.into_iter().filter(|item| items.contains(&item.id.as_str())).collect();
        EnvironmentPolicy { evidence, ..policy("sandpit") }
    };
    let mut state = approved();
    confirm(&mut state);
    rename(&mut state, "Pharmacy Second", 1);
    let held = frozen(json!({}));
    let facts = Facts { held: Some(held), policy: Some(asking(&["service_desk"])), ..facts("sandpit") };
    let events = run_at(2, &mut state, &submit(), &facts).unwrap();
    let Event::Submitted { warnings, .. } = &events[0] else { panic!("{events:?}") };
    let told: Vec<_> =
        warnings.content().unwrap().iter().map(|said| (said.rule.as_str(), said.entry.as_str())).collect();
    assert_eq!(told, [("evidence-asked-since", "service_desk")]);
    assert!(matches!(events[1], Event::Approved { by_rules: true, .. }), "{events:?}");

    let mut first = started("sandpit", draft(&["openid"]));
    let refused = run(&mut first, &owner(), &submit(), &facts).unwrap_err();
    assert!(matches!(&refused, Refusal::Problems(problems) if problems.len() == 2), "{refused:?}");
    // Of one that nothing changed in, what the provider has need not be read.
    let mut untouched = approved();
    confirm(&mut untouched);
    let review = untouched.review_with(&asking(&["service_desk"]), &Facts::default(), NOW);
    assert_eq!((review.problems, review.warnings.len()), (Vec::new(), 1));
}

/// What the provider holds while it is off is not what people sign in with once something else was approved.
#[test]
fn nothing_is_withdrawn_to_what_was_suspended() {
    let mut state = approved();
    confirm(&mut state);
    let facts = facts("sandpit");
    run(&mut state, &admin(20), &Command::Suspend { reason: "It asks too much.".into() }, &facts).unwrap();
    confirm(&mut state);
    rename(&mut state, "Pharmacy Second", 1);
    run_at(2, &mut state, &submit(), &facts).unwrap();
    run(&mut state, &admin(20), &Command::Reinstate { reason: "Mended.".into() }, &facts).unwrap();
    assert_eq!((state.suspension(), state.wanted.as_ref().map(|wanted| wanted.revision)), (None, Some(2)));
    assert_eq!(withdraw(&mut state), Err(Refusal::NothingSubmitted));
    confirm(&mut state);
    assert_eq!(does(&state), Some(Does::On));
}

/// The changes of a revision that was taken back stay changes, whatever was thrown away on top of it.
#[test]
fn what_was_submitted_before_is_still_a_change() {
    let mut state = approved();
    confirm(&mut state);
    rename(&mut state, "Pharmacy Second", 1);
    let asking =
        Facts { policy: Some(EnvironmentPolicy { automatic: false, ..policy("sandpit") }), ..facts("sandpit") };
    let events = run_at(2, &mut state, &submit(), &asking).unwrap();
    rename(&mut state, "Pharmacy Third", 3);
    let facts = Facts { frozen: Some(frozen_by(&events)), ..facts("sandpit") };
    run_at(4, &mut state, &Command::DiscardChanges, &facts).unwrap();
    assert!(!state.is_draft_ahead());
    run_at(5, &mut state, &Command::Withdraw, &facts).unwrap();
    assert!(state.is_draft_ahead(), "of the revision that is published");
}

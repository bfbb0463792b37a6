//! Reinstating: one admin where the environment asks for one, two where it asks for two, with a reason and a proof.

use super::*;

const REASON: &str = "The partner has replaced the key.";

fn reinstate() -> Command {
    Command::Reinstate { reason: REASON.into() }
}

fn confirm(state: &Registration) -> Command {
    Command::ConfirmReinstatement { proposed_at: proposed_at(state) }
}

/// A live client, suspended.
fn suspended() -> Registration {
    live_states().into_iter().find(|state| state.client_state() == ClientState::Suspended).unwrap()
}

/// With the proposal of 20 to reinstate it.
fn proposed() -> Registration {
    let mut state = suspended();
    let events = run(&mut state, &admin(20), &reinstate(), &facts("live")).unwrap();
    assert_eq!(events, [Event::ReinstatementProposed { reason: REASON.into() }]);
    assert_eq!(state.client_state(), ClientState::Suspended, "a proposal switches nothing");
    state
}

#[test]
fn a_live_client_is_reinstated_by_two_people() {
    let mut state = proposed();
    let generation = state.wanted.as_ref().unwrap().generation;
    let command = confirm(&state);
    assert_eq!(run(&mut state, &admin(20), &command, &facts("live")), Err(Refusal::OwnProposal));
    assert_eq!(run(&mut state, &admin(21), &reinstate(), &facts("live")), Err(Refusal::ReinstatementOpen));
    run(&mut state, &admin(21), &command, &facts("live")).unwrap();
    assert_eq!(state.client_state(), ClientState::Published);
    let wanted = state.wanted.as_ref().unwrap();
    assert_eq!((wanted.enabled, wanted.generation), (true, generation + 1));
    let last = state.suspensions.last().unwrap();
    assert_eq!((last.reinstated_because.0.as_str(), last.ended.map(|stamp| stamp.by)), (REASON, Some(admin(21).by())));
    let events = proposed().decide(&admin(21), &command, &facts("live"), NOW).unwrap();
    let expected = Some(Stamp { at: NOW, by: admin(20).by() });
    assert!(
        matches!(&events[..], [Event::Reinstated { reason, proposed, .. }]
        if reason.0 == REASON && *proposed == expected),
        "{events:?}"
    );
    assert_eq!(state.reinstaters(), [account(20), account(21)], "until the provider has confirmed it");
}

#[test]
fn one_person_is_enough_where_one_approves() {
    let mut state = every_state().into_iter().find(|state| state.suspension().is_some()).unwrap();
    assert_eq!(state.environment, "sandpit");
    let unsaid = Command::Reinstate { reason: " ".into() };
    let refused = run(&mut state, &admin(20), &unsaid, &facts("sandpit")).unwrap_err();
    assert_eq!(refused.problems()[0].message(), "Say why you reinstate this client.");
    let events = run(&mut state, &admin(20), &reinstate(), &facts("sandpit")).unwrap();
    assert!(matches!(&events[..], [Event::Reinstated { reason, .. }] if reason.0 == REASON), "{events:?}");
    assert_eq!(state.client_state(), ClientState::Published);
}

#[test]
fn who_may_not_take_part() {
    let once_member = Actor::Person(Person {
        staff: Some(StaffRole::Admin),
        ever_belonged: BTreeSet::from([organisation(1)]),
        ..person(22)
    });
    let cases = [
        (once_member, Refusal::BelongedToOrganisation),
        (staff(22, StaffRole::Auditor), Refusal::AdminsOnly),
        (member(1, TeamRole::Owner), Refusal::AdminsOnly),
        (Actor::Visitor, Refusal::NotSignedIn),
        (Actor::Operator, Refusal::AdminsOnly),
        (Actor::System, Refusal::AdminsOnly),
    ];
    let state = proposed();
    for (actor, refusal) in cases {
        for command in [reinstate(), confirm(&state), Command::DropReinstatement] {
            let refused = state.decide(&actor, &command, &facts("live"), NOW);
            assert_eq!(refused, Err(refusal.clone()), "{actor:?} {command:?}");
        }
    }
}

#[test]
fn a_proposal_counts_while_its_admin_may_and_for_a_week() {
    let state = proposed();
    let at = |voters: Voters, later: Duration, command: &Command| {
        let Actor::Person(person) = admin(21) else { unreachable!() };
        let actor = Actor::Person(Person { reauthenticated_at: Some(NOW + later), ..person });
        state.decide(&actor, command, &Facts { voters, ..facts("live") }, NOW + later)
    };
    let all = || voters(|active| active);
    assert!(at(all(), Duration::days(7), &confirm(&state)).is_ok());
    let lapsed = [
        (all(), Duration::days(7) + Duration::seconds(1)),
        (voters(|active| Authority { locked: true, ..active }), Duration::ZERO),
        (voters(|active| Authority { staff: None, ..active }), Duration::ZERO),
        (voters(|active| Authority { second_factor: false, ..active }), Duration::ZERO),
        (voters(|active| Authority { belonged: true, ..active }), Duration::ZERO),
        (Voters::default(), Duration::ZERO),
    ];
    for (voters, later) in lapsed {
        let refused = at(voters.clone(), later, &confirm(&state));
        assert_eq!(refused, Err(Refusal::ReinstatementLapsed), "{voters:?}");
        // It is in nobody's way: another admin proposes anew.
        let anew = at(voters, later, &reinstate()).unwrap();
        assert_eq!(anew, [Event::ReinstatementProposed { reason: REASON.into() }]);
    }
}

#[test]
fn what_is_confirmed_is_what_was_shown() {
    let mut state = proposed();
    let other = Command::ConfirmReinstatement { proposed_at: NOW - Duration::seconds(1) };
    assert_eq!(run(&mut state, &admin(21), &other, &facts("live")), Err(Refusal::ProposalChanged));
    for n in [20, 21] {
        let mut dropped = state.clone();
        run(&mut dropped, &admin(n), &Command::DropReinstatement, &facts("live")).unwrap();
        let gone = Err(Refusal::ReinstatementGone);
        assert_eq!(run(&mut dropped, &admin(21), &confirm(&state), &facts("live")), gone);
        assert_eq!(run(&mut dropped, &admin(21), &Command::DropReinstatement, &facts("live")), gone);
        assert_eq!(dropped.client_state(), ClientState::Suspended);
    }
    // Retired meanwhile: nothing is left to reinstate.
    let command = confirm(&state);
    run(&mut state, &admin(22), &Command::Retire { reason: "Closed.".into() }, &facts("live")).unwrap();
    assert_eq!(run(&mut state, &admin(21), &command, &facts("live")), Err(Refusal::Retired));
}

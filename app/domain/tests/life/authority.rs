//! Threats 3 and 20: whose vote counts when it takes effect, and what an old session or a missing second factor may not do.

use super::*;
use domain::{
    aggregate::ProofNeeded,
    authority::Lapse,
    policy::EnvironmentPolicy,
    registration::{Publish, Wanted},
};

/// Each way to lose the authority to approve.
fn lapses() -> Vec<(Lapse, Voters)> {
    vec![
        (Lapse::Locked, voters(|active| Authority { locked: true, ..active })),
        (Lapse::NotAdmin, voters(|active| Authority { staff: None, ..active })),
        (Lapse::NotAdmin, voters(|active| Authority { staff: Some(StaffRole::Auditor), ..active })),
        (Lapse::NoSecondFactor, voters(|active| Authority { second_factor: false, ..active })),
        (Lapse::Belonged, voters(|active| Authority { belonged: true, ..active })),
        (Lapse::Unknown, (21..40).map(|n| (account(n), Authority { ..some_authority() })).collect()),
    ]
}

fn some_authority() -> Authority {
    Authority { staff: Some(StaffRole::Admin), second_factor: true, locked: false, belonged: false }
}

fn with(voters: &Voters) -> Facts {
    Facts { voters: voters.clone(), ..facts("live") }
}

/// Live, approved by 20, and by 21 too where two are asked for.
fn approved_by(admins: &[u8]) -> Registration {
    let mut state = submitted("live", &["openid", "profile"]);
    for n in admins {
        let approval = approval_of(&state);
        run(&mut state, &admin(*n), &approval, &facts("live")).unwrap();
    }
    state
}

fn approval_of_revision(state: &Registration, number: u32) -> Command {
    let revision = state.revision(number).unwrap();
    Command::Approve {
        number,
        digest: revision.digest.clone(),
        metadata_digest: revision.metadata_digest.clone(),
        comment: String::new(),
        client_id: client_id(8),
    }
}

#[test]
fn the_first_vote_counts_only_while_its_giver_may_approve() {
    for (lapse, voters) in lapses() {
        assert_eq!(voters.lapse(account(20)), Some(lapse));
        let mut state = approved_by(&[20]);
        let approval = approval_of(&state);
        // The second vote does not decide, because the first does not count; a third does.
        let events = run(&mut state, &admin(21), &approval, &with(&voters)).unwrap();
        assert!(matches!(events[0], Event::Approved { publish: None, .. }), "{lapse:?}: {events:?}");
        assert_eq!((state.revisions[0].state, &state.wanted), (RevisionState::Submitted, &None), "{lapse:?}");
        run(&mut state, &admin(22), &approval, &with(&voters)).unwrap();
        assert_eq!(state.client_state(), ClientState::Pending, "{lapse:?}");
        assert_eq!(state.revisions[0].standing_approvals(&voters), 2);
    }
}

#[test]
fn what_was_decided_and_never_reached_the_provider_is_approved_again() {
    for (lapse, voters) in lapses() {
        let mut state = approved_by(&[20, 21]);
        let policy = policy("live");
        assert_eq!(state.short_of_approvals(&policy, &facts("live").voters), None);
        assert_eq!(state.short_of_approvals(&policy, &voters).map(|revision| revision.number), Some(1), "{lapse:?}");
        let approval = approval_of_revision(&state, 1);
        let enough = state.decide(&admin(22), &approval, &facts("live"), NOW);
        assert_eq!(enough, Err(Refusal::NothingSubmitted), "nothing is missing");
        assert_eq!(state.decide(&admin(21), &approval, &with(&voters), NOW), Err(Refusal::AlreadyApproved));
        let events = run(&mut state, &admin(22), &approval, &with(&voters)).unwrap();
        let published = Publish { client_id: client_id(8), generation: 2 };
        assert!(matches!(&events[0], Event::Approved { publish: Some(to), .. } if *to == published), "{events:?}");
        let expected = Wanted {
            generation: 2,
            revision: 1,
            enabled: true,
            removed: false,
            withdrawn: false,
            since: Some(NOW),
            raised: 0,
        };
        assert_eq!(state.wanted, Some(expected));
        assert_eq!(state.short_of_approvals(&policy, &voters), None);
    }
}

#[test]
fn what_the_provider_has_stays_as_it_is() {
    let mut state = approved_by(&[20, 21]);
    let confirm =
        Command::ConfirmPublished { generation: 1, metadata_digest: state.revisions[0].metadata_digest.clone() };
    run(&mut state, &Actor::System, &confirm, &facts("live")).unwrap();
    for (lapse, voters) in lapses() {
        assert_eq!(state.short_of_approvals(&policy("live"), &voters), None, "{lapse:?}");
        let approval = approval_of_revision(&state, 1);
        assert_eq!(state.decide(&admin(22), &approval, &with(&voters), NOW), Err(Refusal::NothingSubmitted));
    }
}

/// What the database would refuse, the rules refuse with a sentence: nothing that lacks approvals is switched on again.
#[test]
fn nothing_that_lacks_approvals_is_switched_on() {
    let (all, locked) = (voters(|active| active), voters(|active| Authority { locked: true, ..active }));
    let reinstate = Command::Reinstate { reason: "Settled.".into() };
    let pending = approved_by(&[20, 21]);
    pending.decide(&admin(22), &Command::Republish, &with(&all), NOW).unwrap();
    assert_eq!(pending.decide(&admin(22), &Command::Republish, &with(&locked), NOW), Err(Refusal::TooFewApprovals));
    // Approved while the client is suspended, so that the provider never had it.
    let mut state = live_states().into_iter().find(|state| state.suspension().is_some()).unwrap();
    let rename = Command::save(DraftChange::ClientName("Pharmacy Next".into()));
    run(&mut state, &member(1, TeamRole::Developer), &rename, &facts("live")).unwrap();
    run(&mut state, &member(1, TeamRole::Developer), &submit(), &facts("live")).unwrap();
    for n in [20, 21] {
        let approval = approval_of(&state);
        run(&mut state, &admin(n), &approval, &facts("live")).unwrap();
    }
    assert_eq!(state.decide(&admin(22), &reinstate, &with(&locked), NOW), Err(Refusal::TooFewApprovals));
    state.decide(&admin(22), &Command::Republish, &with(&locked), NOW).expect("switching off needs nothing");
    let approval = approval_of_revision(&state, 2);
    run(&mut state, &admin(22), &approval, &with(&locked)).unwrap();
    assert_eq!(state.client_state(), ClientState::Suspended, "an approval does not switch it on");
    run(&mut state, &admin(22), &reinstate, &with(&locked)).unwrap();
    let confirm = Command::ConfirmReinstatement { proposed_at: proposed_at(&state) };
    run(&mut state, &admin(21), &confirm, &with(&locked)).unwrap();
    assert_eq!(state.client_state(), ClientState::Published);
}

/// 20 was locked while 21 approved, and is back: two votes count, and one of the two says so again, as one vote.
#[test]
fn a_vote_that_counts_again_is_no_dead_end() {
    let locked = voters(|active| Authority { locked: true, ..active });
    let mut state = approved_by(&[20]);
    let approval = approval_of(&state);
    run(&mut state, &admin(21), &approval, &with(&locked)).unwrap();
    assert_eq!(run(&mut state, &admin(21), &approval, &with(&locked)), Err(Refusal::AlreadyApproved));
    run(&mut state, &admin(21), &approval, &facts("live")).unwrap();
    assert_eq!(state.client_state(), ClientState::Pending);
    assert_eq!(state.revisions[0].approvals.len(), 2, "one vote each");
}

/// Where one admin is enough, whoever approves is judged as the sender of the command is; and afterwards as all are.
#[test]
fn one_admin_who_is_locked_before_the_publication_is_replaced_too() {
    let locked = voters(|active| Authority { locked: true, ..active });
    let mut state = submitted("integration", &["openid", "profile"]);
    let approval = approval_of(&state);
    run(&mut state, &admin(20), &approval, &facts("integration")).unwrap();
    assert!(state.short_of_approvals(&policy("integration"), &locked).is_some());
    let facts = Facts { voters: locked.clone(), ..facts("integration") };
    run(&mut state, &admin(21), &approval, &facts).unwrap();
    assert!(state.short_of_approvals(&policy("integration"), &locked).is_none());
    // What the rules approved rests on nobody.
    let by_rules = submitted("sandpit", &["openid"]);
    assert!(by_rules.short_of_approvals(&policy("sandpit"), &Voters::default()).is_none());
    let strict = EnvironmentPolicy { automatic: false, ..policy("sandpit") };
    assert!(by_rules.short_of_approvals(&strict, &Voters::default()).is_some(), "the rules do not suffice any more");
}

/// Threat 20, of every command: what it asks for with an old session, in a state in which it is allowed.
#[test]
fn an_old_session_opens_no_door_and_ends_nothing() {
    let old = |actor: &Actor| match actor {
        Actor::Person(person) => {
            Actor::Person(Person { reauthenticated_at: Some(NOW - Duration::minutes(6)), ..person.clone() })
        }
        other => other.clone(),
    };
    let (mut asked, mut free) = (BTreeSet::new(), BTreeSet::new());
    for state in every_state() {
        let facts = facts_of(&state);
        for (who, actor) in everybody() {
            for (what, command) in every_command(&state) {
                let fresh = state.decide(&actor, &command, &facts, NOW);
                let stale = state.decide(&old(&actor), &command, &facts, NOW);
                let Ok(events) = fresh else {
                    assert_eq!(stale, fresh, "{who}, {what}: no proof is asked in vain");
                    continue;
                };
                match Registration::proof_needed(&command) {
                    ProofNeeded::Fresh => {
                        assert_eq!(stale, Err(Refusal::ReauthenticationNeeded), "{who}, {what}");
                        asked.insert(what);
                    }
                    ProofNeeded::None => {
                        assert_eq!(stale, Ok(events), "{who}, {what}");
                        free.insert(what);
                    }
                }
            }
        }
    }
    let opens_or_ends = ["approve", "confirm reinstatement", "reinstate", "republish", "retire"];
    assert_eq!(asked, BTreeSet::from(opens_or_ends));
    assert!(free.contains("suspend") && free.contains("submit") && free.len() > 7, "{free:?}");
}

/// Policy: whoever submits or retires in live has a second factor.
#[test]
fn live_asks_for_a_second_factor_of_whoever_submits_or_retires() {
    let without = Actor::Person(Person {
        second_factor: false,
        memberships: BTreeMap::from([(organisation(1), TeamRole::Owner)]),
        ..person(1)
    });
    let retire = Command::Retire { reason: String::new() };
    for (environment, asked) in [("sandpit", false), ("integration", false), ("live", true)] {
        assert_eq!(policy(environment).second_factor_to_submit, asked);
        let facts = facts(environment);
        let state = started(environment, draft(&["openid"]));
        for command in [submit(), retire.clone()] {
            let refused = state.decide(&without, &command, &facts, NOW).err();
            assert_eq!(refused, asked.then_some(Refusal::SecondFactorToSubmit), "{environment}: {command:?}");
            state.decide(&member(1, TeamRole::Owner), &command, &facts, NOW).unwrap();
        }
        // Withdrawing stops something, and editing decides nothing.
        let state = submitted(environment, &["openid", "profile"]);
        state.decide(&without, &Command::Withdraw, &facts, NOW).unwrap();
    }
    // Somebody who gives no proof is told of the second factor first: without it the proof would be in vain.
    let Actor::Person(person) = &without else { unreachable!() };
    let old = Actor::Person(Person { reauthenticated_at: None, ..person.clone() });
    let state = started("live", draft(&["openid"]));
    assert_eq!(state.decide(&old, &retire, &facts("live"), NOW), Err(Refusal::SecondFactorToSubmit));
}

/// A registration that is retired gives its place free, and nothing else does.
#[test]
fn only_a_retired_registration_gives_its_place_free() {
    for state in every_state() {
        let is_free = state.place() != state.environment;
        assert_eq!(is_free, state.retired.is_some(), "{:?}", state.client_state());
    }
}

/// The state as it was written before reinstatements had reasons and proposals.
#[test]
fn what_was_recorded_before_reads_as_it_was() {
    let suspension =
        r#"{"stamp":{"at":"2026-11-21T12:00:00Z","by":"system"},"reason":{"$text":"Abuse."},"ended":null}"#;
    let read: domain::registration::Suspension = serde_json::from_str(suspension).unwrap();
    assert_eq!((read.proposal, read.reinstated_because.0.as_str()), (None, ""));
    let event: Event = serde_json::from_str(r#"{"type":"reinstated","generation":4}"#).unwrap();
    assert_eq!(event, Event::Reinstated { generation: 4, reason: Default::default(), proposed: None });
}

//! Accounts: what binds a decision to what somebody was shown, and who may lock whom.

use domain::{
    account::{Account, Command, Event, Facts, Proof, ProposedRole, Secret},
    actor::{Actor, By, Person, StaffRole, Stamp},
    aggregate::{Aggregate, ProofNeeded},
    authority::Authority,
    email::EmailAddress,
    id::AccountId,
    refusal::Refusal,
};
use time::{Duration, OffsetDateTime, macros::datetime};

#[path = "account/walk.rs"]
mod walk;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

fn id(n: u8) -> AccountId {
    AccountId::from_parts(1, [n; 10])
}

fn admin(n: u8) -> Actor {
    Actor::Person(Person {
        account: id(n),
        staff: Some(StaffRole::Admin),
        memberships: Default::default(),
        ever_belonged: Default::default(),
        second_factor: true,
        reauthenticated_at: Some(NOW),
        token: None,
    })
}

fn email() -> EmailAddress {
    EmailAddress::parse("ada@example.org").unwrap()
}

/// The account of these events, each by the first admin.
fn after(events: &[Event]) -> Account {
    let mut account = Account::blank(id(9));
    let signed_up = Event::SignedUp { email: "ada@example.org".into(), name: "Ada".into() };
    for event in std::iter::once(&signed_up).chain(events) {
        account.apply(event, &Stamp { at: NOW, by: By::Account(id(1)) });
    }
    account
}

fn decide(account: &Account, actor: &Actor, command: &Command) -> Result<Vec<Event>, Refusal> {
    account.decide(actor, command, &Facts { proposer: Some(active()), ..Facts::default() }, NOW)
}

/// What an active admin with a second factor is allowed.
fn active() -> Authority {
    Authority { staff: Some(StaffRole::Admin), second_factor: true, locked: false, belonged: false }
}

#[test]
fn a_proposal_is_confirmed_exactly_as_it_was_shown() {
    let role = Some(StaffRole::Auditor);
    let account = after(&[Event::Verified, Event::RoleProposed { role }]);
    assert_eq!(account.proposed_role, Some(ProposedRole { role, stamp: Stamp { at: NOW, by: By::Account(id(1)) } }));
    let confirm = |role, proposed_at| Command::ConfirmRole { role, proposed_at };
    let confirmed = Ok(vec![Event::RoleConfirmed { role }]);
    for (actor, shown, at, expected) in [
        (admin(2), role, NOW, confirmed),
        (admin(2), Some(StaffRole::Admin), NOW, Err(Refusal::ProposalChanged)),
        (admin(2), None, NOW, Err(Refusal::ProposalChanged)),
        (admin(2), role, NOW - Duration::seconds(1), Err(Refusal::ProposalChanged)),
        (admin(1), role, NOW, Err(Refusal::TwoPeopleNeeded)),
        (admin(9), role, NOW, Err(Refusal::TwoPeopleNeeded)),
        (Actor::Visitor, role, NOW, Err(Refusal::AdminsOnly)),
    ] {
        assert_eq!(decide(&account, &actor, &confirm(shown, at)), expected, "{actor:?} {shown:?}");
    }
    for actor in [admin(1), admin(2)] {
        let other = Command::ProposeRole { role: Some(StaffRole::Admin) };
        assert_eq!(decide(&account, &actor, &other), Err(Refusal::ProposalOpen));
        assert_eq!(decide(&account, &actor, &Command::DropRole), Ok(vec![Event::RoleDropped]), "the way out");
    }
}

#[test]
fn a_proposal_stands_for_a_week_and_while_its_admin_does() {
    let role = Some(StaffRole::Auditor);
    let account = after(&[Event::Verified, Event::RoleProposed { role }]);
    let confirm = Command::ConfirmRole { role, proposed_at: NOW };
    let ask = |proposer, later| {
        let Actor::Person(person) = admin(2) else { panic!("a person") };
        let actor = Actor::Person(Person { reauthenticated_at: Some(NOW + later), ..person });
        let facts = Facts { proposer, ..Facts::default() };
        account.decide(&actor, &confirm, &facts, NOW + later)
    };
    assert!(ask(Some(active()), Duration::days(7)).is_ok());
    assert_eq!(ask(Some(active()), Duration::days(7) + Duration::seconds(1)), Err(Refusal::ProposalLapsed));
    for lapsed in [
        None,
        Some(Authority { staff: None, ..active() }),
        Some(Authority { staff: Some(StaffRole::Auditor), ..active() }),
        Some(Authority { second_factor: false, ..active() }),
        Some(Authority { locked: true, ..active() }),
    ] {
        assert_eq!(ask(lapsed, Duration::ZERO), Err(Refusal::ProposalLapsed), "{lapsed:?}");
    }
    // What the operator grants is the last word.
    let granted = Event::Granted { email: "ada@example.org".into(), role: StaffRole::Admin };
    let account = after(&[Event::Verified, Event::RoleProposed { role }, granted]);
    assert_eq!(decide(&account, &admin(2), &confirm), Err(Refusal::NotFound));
}

#[test]
fn a_change_of_role_rests_on_a_fresh_proof() {
    let role = Some(StaffRole::Auditor);
    let account = after(&[Event::Verified, Event::RoleProposed { role }]);
    let Actor::Person(person) = admin(2) else { panic!("a person") };
    let stale = Actor::Person(Person { reauthenticated_at: Some(NOW - Duration::minutes(6)), ..person });
    let none = after(&[Event::Verified]);
    for (account, command) in [
        (&account, Command::ConfirmRole { role, proposed_at: NOW }),
        (&none, Command::ProposeRole { role: Some(StaffRole::Admin) }),
    ] {
        assert_eq!(decide(account, &stale, &command), Err(Refusal::ReauthenticationNeeded), "{command:?}");
    }
}

/// Threat 20, of every command: what it asks for with an old session, in a state in which it is allowed.
#[test]
fn an_old_session_opens_no_door() {
    let role = Some(StaffRole::Auditor);
    let granted = || Event::Granted { email: "ada@example.org".into(), role: StaffRole::Admin };
    let states = [
        after(&[Event::Verified]),
        after(&[Event::Verified, Event::RoleProposed { role }]),
        after(&[Event::Verified, Event::SecondFactorSet]),
        after(&[Event::Verified, Event::SecondFactorSet, granted()]),
        after(&[Event::Verified, Event::Disabled]),
    ];
    let (mut asked, mut free) = (Vec::new(), 0);
    for state in &states {
        for command in walk::every_command(state, role, 9) {
            for n in [2, 9] {
                let Actor::Person(fresh) = admin(n) else { panic!("a person") };
                let Ok(events) = decide(state, &Actor::Person(fresh.clone()), &command) else { continue };
                let old = Actor::Person(Person { reauthenticated_at: Some(NOW - Duration::minutes(6)), ..fresh });
                let name = format!("{command:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
                match Account::proof_needed(&command) {
                    ProofNeeded::Fresh => {
                        assert_eq!(decide(state, &old, &command), Err(Refusal::ReauthenticationNeeded), "{name}");
                        asked.push(name);
                    }
                    ProofNeeded::None => {
                        assert_eq!(decide(state, &old, &command), Ok(events), "{name}");
                        free += 1;
                    }
                }
            }
        }
    }
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["ConfirmRole", "Disable", "DropRole", "Enable", "ProposeRole"]);
    assert!(free > 10, "hardly exercised: {free}");
}

#[test]
fn a_locked_account_can_lose_its_role() {
    let granted = Event::Granted { email: "ada@example.org".into(), role: StaffRole::Admin };
    let mut account = after(&[Event::Verified, granted, Event::Disabled]);
    let proposed = decide(&account, &admin(1), &Command::ProposeRole { role: None }).unwrap();
    account.apply(&proposed[0], &Stamp { at: NOW, by: By::Account(id(1)) });
    let confirm = Command::ConfirmRole { role: None, proposed_at: NOW };
    assert_eq!(decide(&account, &admin(2), &confirm), Ok(vec![Event::RoleConfirmed { role: None }]));
}

#[test]
fn nobody_locks_or_unlocks_themselves() {
    let (open, locked) = (after(&[]), after(&[Event::Disabled]));
    for (account, command) in [(&open, Command::Disable), (&locked, Command::Enable)] {
        assert_eq!(decide(account, &admin(9), &command), Err(Refusal::OwnAccount));
        assert!(decide(account, &admin(1), &command).is_ok());
    }
}

#[test]
fn a_sign_in_and_a_verification_rest_on_the_present_password() {
    let shown = || Secret("fingerprint".into());
    let sign_in = Command::SignIn { session: Secret("s".into()), proof: Proof::PasswordOnly, shown: shown() };
    let verify = Command::Verify { link: Secret("l".into()), shown: shown() };
    for (account, command) in [(after(&[Event::Verified]), sign_in), (after(&[]), verify)] {
        let ask = |password_stands| {
            let facts = Facts { link_valid: true, password_stands, ..Facts::default() };
            account.decide(&Actor::Visitor, &command, &facts, NOW)
        };
        assert_eq!(ask(false), Err(Refusal::CredentialsChanged), "{command:?}");
        assert!(ask(true).is_ok(), "{command:?}");
    }
}

#[test]
fn a_second_sign_up_counts_only_where_nobody_has_shown_that_the_address_is_theirs() {
    let sign_up = Command::SignUp { email: email(), name: "Eve".into(), password: Secret("phc".into()) };
    let anew = Event::SignedUp { email: "ada@example.org".into(), name: "Eve".into() };
    let granted = Event::Granted { email: "ada@example.org".into(), role: StaffRole::Admin };
    for (before, expected) in [
        (vec![], anew),
        (vec![Event::Verified], Event::SignedUpAgain),
        (vec![granted], Event::SignedUpAgain),
        (vec![Event::Disabled], Event::SignedUpAgain),
    ] {
        assert_eq!(decide(&after(&before), &Actor::Visitor, &sign_up), Ok(vec![expected]), "{before:?}");
    }
}

#[test]
fn only_the_operator_opens_an_account_again() {
    let lost = after(&[Event::Verified, Event::SecondFactorSet, Event::Disabled]);
    for actor in [admin(1), admin(9), Actor::Visitor, Actor::System] {
        assert_eq!(decide(&lost, &actor, &Command::Recover), Err(Refusal::NotAllowed));
    }
    assert_eq!(decide(&lost, &Actor::Operator, &Command::Recover), Ok(vec![Event::Recovered]));
    let open = after(&[Event::Verified, Event::SecondFactorSet, Event::Disabled, Event::Recovered]);
    assert_eq!((open.disabled, open.second_factor), (None, None));
}

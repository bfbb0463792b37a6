//! Random walks: whatever anybody asks of an account in whatever order.

use super::*;
use domain::account::PROPOSAL_LASTS;
use proptest::prelude::*;

const ROLES: [Option<StaffRole>; 3] = [None, Some(StaffRole::Auditor), Some(StaffRole::Admin)];

/// Everybody who might ask; the account's own person has the role that the account has.
fn everybody(account: &Account) -> Vec<Actor> {
    let Actor::Person(one) = admin(1) else { panic!("a person") };
    let like = |person: Person| Actor::Person(person);
    vec![
        admin(1),
        admin(2),
        like(Person { second_factor: false, ..one.clone() }),
        like(Person { reauthenticated_at: None, account: id(3), ..one.clone() }),
        like(Person { staff: Some(StaffRole::Auditor), account: id(4), ..one.clone() }),
        like(Person { staff: None, account: id(5), ..one.clone() }),
        like(Person { staff: account.staff, account: id(9), ..one }),
        Actor::Visitor,
        Actor::System,
        Actor::Operator,
    ]
}

pub(super) fn every_command(account: &Account, role: Option<StaffRole>, step: i64) -> Vec<Command> {
    let secret = || Secret("secret".into());
    let shown = account.proposed_role.as_ref().map_or((role, NOW), |open| (open.role, open.stamp.at));
    let mut commands = vec![
        Command::SignUp { email: email(), name: "Eve".into(), password: secret() },
        Command::Grant { email: email(), role: role.unwrap_or(StaffRole::Auditor) },
        Command::Verify { link: secret(), shown: secret() },
        Command::SetUp { link: secret(), email: email(), name: "Ada".into(), password: secret() },
        Command::AskReset,
        Command::ResetPassword { link: secret(), password: secret(), name: Some("Ada".into()) },
        Command::Rename { name: "Grace".into() },
        Command::ChangePassword { password: secret(), keep: secret() },
        Command::SetSecondFactor { totp: secret(), step, recovery_codes: Vec::new(), keep: secret() },
        Command::RemoveSecondFactor { keep: secret() },
        Command::SignOut { session: secret() },
        Command::SignOutEverywhere,
        Command::ProposeRole { role },
        Command::ConfirmRole { role: shown.0, proposed_at: shown.1 },
        Command::ConfirmRole { role, proposed_at: NOW },
        Command::DropRole,
        Command::Disable,
        Command::Enable,
        Command::Recover,
    ];
    for proof in [Proof::PasswordOnly, Proof::Totp { step }, Proof::RecoveryCode { hash: secret() }] {
        commands.push(Command::SignIn { session: secret(), proof: proof.clone(), shown: secret() });
        commands.push(Command::Reauthenticate { session: secret(), proof });
    }
    commands
}

/// What may happen while the account is locked.
fn is_of_the_locked(event: &Event) -> bool {
    matches!(
        event,
        Event::SignedUpAgain
            | Event::Granted { .. }
            | Event::RoleProposed { .. }
            | Event::RoleConfirmed { .. }
            | Event::RoleDropped
            | Event::Enabled
            | Event::Recovered
            | Event::TextErased(_)
    )
}

/// What somebody who is not signed in may bring about.
fn is_of_visitors(event: &Event) -> bool {
    matches!(
        event,
        Event::SignedUp { .. }
            | Event::SignedUpAgain
            | Event::SetUp { .. }
            | Event::Verified
            | Event::ResetAsked
            | Event::PasswordReset
            | Event::Renamed { .. }
            | Event::SignedIn { .. }
            | Event::RecoveryCodeUsed
    )
}

/// What only the person, or whoever runs the portal, may bring about by being signed in.
fn is_of_oneself(event: &Event) -> bool {
    matches!(
        event,
        Event::PasswordChanged
            | Event::SecondFactorSet
            | Event::SecondFactorRemoved
            | Event::Reauthenticated
            | Event::SignedOut
            | Event::SignedOutEverywhere
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn random_walks_keep_the_invariants(
        steps in prop::collection::vec(
            (0usize..10, 0usize..25, prop::sample::select(ROLES.to_vec()), 0i64..6, any::<[bool; 4]>()),
            1..80,
        ),
    ) {
        let mut account = after(&[]);
        let mut log = vec![(Event::SignedUp { email: "ada@example.org".into(), name: "Ada".into() }, By::Account(id(1)))];
        let mut last_totp_step = None;
        for (who, what, role, step, [link_valid, recovery_code_valid, password_stands, proposer_stands]) in steps {
            let actor = everybody(&account).swap_remove(who);
            let command = every_command(&account, role, step).swap_remove(what);
            let proposer = Some(Authority { locked: !proposer_stands, ..active() });
            let facts = Facts { link_valid, last_totp_step, recovery_code_valid, password_stands, proposer };
            let Ok(events) = account.decide(&actor, &command, &facts, NOW) else { continue };
            let before = account.clone();
            for event in &events {
                account.apply(event, &Stamp { at: NOW, by: actor.by() });
                prop_assert!(before.disabled.is_none() || is_of_the_locked(event), "{command:?}");
                prop_assert!(actor != Actor::Visitor || is_of_visitors(event), "{command:?}");
                let is_own = [By::Account(id(9)), By::Operator].contains(&actor.by());
                prop_assert!(!is_of_oneself(event) || is_own, "{actor:?} {command:?}");
            }
            prop_assert!(actor != Actor::System || events.iter().all(is_of_visitors), "{command:?}");
            if before.staff != account.staff && actor != Actor::Operator {
                let proposed = before.proposed_role.as_ref().expect("one admin proposed it");
                prop_assert!(actor.is_admin() && actor.person().is_some_and(|person| person.is_freshly_authenticated(NOW)));
                prop_assert!(proposed.stamp.by != actor.by() && proposer_stands, "by two people");
                prop_assert!(![proposed.stamp.by, actor.by()].contains(&By::Account(id(9))), "never one's own");
                prop_assert!(NOW - proposed.stamp.at <= PROPOSAL_LASTS);
            }
            if events.iter().any(|event| matches!(event, Event::SignedIn { .. })) {
                prop_assert!(before.verified.is_some() && password_stands);
            }
            if let Command::SignIn { proof, .. } | Command::Reauthenticate { proof, .. } = &command {
                let is_sign_in = matches!(command, Command::SignIn { .. });
                prop_assert!(before.second_factor.is_none() || !is_sign_in || *proof != Proof::PasswordOnly);
                if let Proof::Totp { step } = proof {
                    prop_assert!(last_totp_step.is_none_or(|last| *step > last), "each code once");
                    last_totp_step = Some(*step);
                }
            }
            if account.staff.is_some() && before.staff.is_some() && before.second_factor.is_some() {
                let is_lost = account.second_factor.is_none();
                prop_assert!(!is_lost || command == Command::Recover, "staff keep their second factor");
            }
            prop_assert_eq!(&account.email, &before.email, "nobody takes over another address");
            log.extend(events.into_iter().map(|event| (event, actor.by())));
        }
        let mut folded = Account::blank(id(9));
        for (event, by) in &log {
            let read: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
            prop_assert_eq!(&read, event);
            folded.apply(&read, &Stamp { at: NOW, by: *by });
        }
        prop_assert_eq!(folded, account);
    }
}

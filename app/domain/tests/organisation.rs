//! Random walks through the life of an organisation: whatever anybody asks of it in whatever order.

use domain::{
    actor::{Actor, By, Person, StaffRole, Stamp, TeamRole},
    aggregate::{Aggregate, ProofNeeded},
    erasure::Erasure,
    id::{AccountId, OrganisationId, ServiceId},
    organisation::{Command, Contacts, Event, Facts, Organisation, ServiceDraft},
    refusal::Refusal,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const ROLES: [TeamRole; 3] = [TeamRole::Owner, TeamRole::Developer, TeamRole::Viewer];

fn here() -> OrganisationId {
    OrganisationId::from_parts(1, [1; 10])
}

fn account(n: u8) -> AccountId {
    AccountId::from_parts(2, [n; 10])
}

/// Five people, each with the role that the organisation gives them; two of them are staff as well.
fn everybody(organisation: &Organisation) -> Vec<Actor> {
    let person = |n: u8, staff: Option<StaffRole>| {
        let role = organisation.members.get(&account(n));
        Actor::Person(Person {
            account: account(n),
            staff,
            memberships: role.map(|role| (here(), *role)).into_iter().collect(),
            ever_belonged: organisation.ever_members.contains(&account(n)).then(here).into_iter().collect(),
            second_factor: true,
            reauthenticated_at: Some(NOW),
        })
    };
    vec![
        person(1, None),
        person(2, None),
        person(3, None),
        person(4, Some(StaffRole::Admin)),
        person(5, Some(StaffRole::Auditor)),
        Actor::Visitor,
        Actor::System,
        Actor::Operator,
    ]
}

fn every_command(name: &str, who: u8, role: TeamRole) -> Vec<Command> {
    let text = || "Text.".to_owned();
    let address = || "team@example.org".to_owned();
    let contacts = Contacts { technical: address(), product: address(), security: address() };
    let draft = ServiceDraft { name: name.into(), description: text(), use_case: text(), contacts };
    let service = ServiceId::from_parts(3, [who; 10]);
    vec![
        Command::Create { name: name.into(), ods_code: String::new() },
        Command::Change { name: name.into(), ods_code: "X26".into() },
        Command::Confirm,
        Command::AddService { id: service, draft: draft.clone() },
        Command::ChangeService { id: service, draft },
        Command::AddMember { account: account(who), role },
        Command::ChangeRole { account: account(who), role },
        Command::RemoveMember { account: account(who) },
        Command::Leave,
        Command::Erase(Erasure { reason: name.into(), ..Erasure::default() }),
    ]
}

/// Whether the actor may bring this about in an organisation that exists.
fn may(actor: &Actor, event: &Event) -> bool {
    let role = actor.team_role(here());
    match event {
        _ if *actor == Actor::Operator => !matches!(event, Event::Confirmed),
        Event::Created { .. } | Event::MemberAdded { .. } | Event::TextErased(_) => false,
        Event::Confirmed => actor.is_admin(),
        Event::MemberLeft { account } => actor.person().is_some_and(|one| one.account == *account) && role.is_some(),
        Event::OrganisationChanged { .. } | Event::RoleChanged { .. } | Event::MemberRemoved { .. } => {
            role == Some(TeamRole::Owner)
        }
        Event::ServiceAdded { .. } | Event::ServiceChanged { .. } => {
            matches!(role, Some(TeamRole::Owner | TeamRole::Developer))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn random_walks_keep_the_invariants(
        steps in prop::collection::vec(
            (0usize..8, 0usize..10, prop::sample::select(vec!["Alder", "Birch", ""]), 1u8..6, prop::sample::select(ROLES.to_vec())),
            1..80,
        ),
    ) {
        let mut organisation = Organisation::blank(here());
        let mut log = vec![(Event::Created { name: "Alder".into(), ods_code: None }, By::Account(account(1)))];
        organisation.apply(&log[0].0, &Stamp { at: NOW, by: log[0].1 });
        let mut ever = BTreeSet::from([account(1)]);
        for (actor, what, name, who, role) in steps {
            let actor = everybody(&organisation).swap_remove(actor);
            let command = every_command(name, who, role).swap_remove(what);
            let Ok(events) = organisation.decide(&actor, &command, &Facts { actor_verified: true, has_client: true, ..Facts::default() }, NOW) else { continue };
            let before = organisation.clone();
            for event in events {
                prop_assert!(may(&actor, &event), "{actor:?} {event:?}");
                organisation.apply(&event, &Stamp { at: NOW, by: actor.by() });
                log.push((event, actor.by()));
            }
            ever.extend(organisation.members.keys());
            prop_assert_eq!(&organisation.ever_members, &ever, "who ever belonged never decides here");
            prop_assert!(organisation.members.values().any(|role| *role == TeamRole::Owner), "never without an owner");
            if let Some(confirmed) = organisation.confirmed.filter(|_| before.confirmed.is_none()) {
                prop_assert!(!ever.iter().any(|member| confirmed.by == By::Account(*member)), "never one's own");
            }
            let is_same = (&before.name, &before.ods_code) == (&organisation.name, &organisation.ods_code);
            prop_assert!(is_same || organisation.confirmed.is_none(), "what was confirmed is what is there");
            prop_assert!(!organisation.name.is_empty());
        }
        let mut folded = Organisation::blank(here());
        for (event, by) in &log {
            let read: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
            prop_assert_eq!(&read, event);
            folded.apply(&read, &Stamp { at: NOW, by: *by });
        }
        prop_assert_eq!(folded, organisation);
    }
}

/// Threat 20, of every command: what it asks for with an old session, in a state in which it is allowed.
#[test]
fn an_old_session_confirms_no_organisation() {
    let mut organisation = Organisation::blank(here());
    let created = Event::Created { name: "Alder".into(), ods_code: None };
    organisation.apply(&created, &Stamp { at: NOW, by: By::Account(account(1)) });
    let facts = Facts { actor_verified: true, ..Facts::default() };
    let mut asked = Vec::new();
    for actor in everybody(&organisation) {
        for command in every_command("Birch", 2, TeamRole::Developer) {
            let Ok(events) = organisation.decide(&actor, &command, &facts, NOW) else { continue };
            let Actor::Person(person) = &actor else { continue };
            let old = Actor::Person(Person { reauthenticated_at: None, ..person.clone() });
            let stale = organisation.decide(&old, &command, &facts, NOW);
            match Organisation::proof_needed(&command) {
                ProofNeeded::Fresh => {
                    assert_eq!(stale, Err(Refusal::ReauthenticationNeeded), "{command:?}");
                    asked.push(command);
                }
                ProofNeeded::None => assert_eq!(stale, Ok(events), "{command:?}"),
            }
        }
    }
    assert!(matches!(asked[..], [Command::Confirm]), "{asked:?}");
}

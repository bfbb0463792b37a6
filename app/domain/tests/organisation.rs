//! Random walks through the life of an organisation: whatever anybody asks of it in whatever order.

use domain::{
    actor::{Actor, By, Person, StaffRole, Stamp, TeamRole},
    aggregate::{Aggregate, ProofNeeded},
    email::EmailAddress,
    erasure::Erasure,
    id::{AccountId, InvitationId, OrganisationId, ServiceId},
    organisation::{Command, Contacts, Event, Facts, INVITATION_LASTS, MOST_INVITATIONS, Organisation, ServiceDraft},
    refusal::Refusal,
    rule::{Rule, TeamFault},
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

/// The invitation to somebody.
fn invitation(n: u8) -> InvitationId {
    InvitationId::from_parts(4, [n; 10])
}

fn address(n: u8) -> EmailAddress {
    EmailAddress::parse(&format!("person{n}@example.org")).unwrap()
}

/// What the store finds of the actor, and of whom the command is about.
fn facts(organisation: &Organisation, actor: &Actor, command: &Command) -> Facts {
    let is_to = |id: &InvitationId| actor.person().is_some_and(|person| invitation_of(person.account) == *id);
    let is_invited = match command {
        Command::AcceptInvitation { id } | Command::DeclineInvitation { id, .. } => is_to(id),
        _ => false,
    };
    let invited_is_in = match command {
        Command::Invite { id, .. } => organisation.members.keys().any(|member| invitation_of(*member) == *id),
        _ => false,
    };
    Facts { actor_verified: true, has_client: true, is_invited, invited_is_in, ..Facts::default() }
}

fn invitation_of(of: AccountId) -> InvitationId {
    (0..u8::MAX).find(|n| account(*n) == of).map(invitation).unwrap()
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
    let contact = || "team@example.org".to_owned();
    let contacts = Contacts { technical: contact(), product: contact(), security: contact() };
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
        Command::Invite { id: invitation(who), email: address(who), role },
        Command::SendInvitationAgain { id: invitation(who) },
        Command::WithdrawInvitation { id: invitation(who) },
        Command::AcceptInvitation { id: invitation(who) },
        Command::DeclineInvitation { id: invitation(who), link: None },
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
        // Also by whoever leaves, of what they sent.
        Event::InvitationWithdrawn { .. } => role == Some(TeamRole::Owner),
        Event::InvitationAccepted { account, .. } => {
            actor.person().is_some_and(|one| one.account == *account && one.staff.is_none()) && role.is_none()
        }
        Event::InvitationDeclined { invitation, .. } => {
            actor.person().is_some_and(|one| invitation_of(one.account) == *invitation && one.staff.is_none())
        }
        Event::OrganisationChanged { .. }
        | Event::RoleChanged { .. }
        | Event::MemberRemoved { .. }
        | Event::MemberInvited { .. }
        | Event::InvitationSentAgain { .. } => role == Some(TeamRole::Owner),
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
            (0usize..8, 0usize..15, prop::sample::select(vec!["Alder", "Birch", ""]), 1u8..6, prop::sample::select(ROLES.to_vec())),
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
            let facts = facts(&organisation, &actor, &command);
            let Ok(events) = organisation.decide(&actor, &command, &facts, NOW) else { continue };
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
            for invitation in organisation.invitations.values() {
                let by = invitation.stamp.by;
                let lets_in = |(one, role): (&AccountId, &TeamRole)| by == By::Account(*one) && *role == TeamRole::Owner;
                prop_assert!(by == By::Operator || organisation.members.iter().any(lets_in), "by whoever may let them in");
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
    let mut asked = Vec::new();
    for actor in everybody(&organisation) {
        for command in every_command("Birch", 2, TeamRole::Developer) {
            let facts = facts(&organisation, &actor, &command);
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
    assert!(matches!(&asked[..], [Command::Invite { .. }, Command::Confirm]), "{asked:?}");
}

/// An organisation with an owner, and one more person in this role.
fn with(role: TeamRole) -> Organisation {
    let mut organisation = Organisation::blank(here());
    let owner = Stamp { at: NOW, by: By::Account(account(1)) };
    organisation.apply(&Event::Created { name: "Alder".into(), ods_code: None }, &owner);
    organisation.apply(&Event::MemberAdded { account: account(2), role }, &Stamp { at: NOW, by: By::Operator });
    organisation
}

fn run_at(
    organisation: &mut Organisation,
    who: usize,
    command: &Command,
    at: OffsetDateTime,
) -> Result<Vec<Event>, Refusal> {
    let mut actor = everybody(organisation).swap_remove(who - 1);
    if let Actor::Person(person) = &mut actor {
        person.reauthenticated_at = Some(at);
    }
    let facts = facts(organisation, &actor, command);
    let events = organisation.decide(&actor, command, &facts, at)?;
    events.iter().for_each(|event| organisation.apply(event, &Stamp { at, by: actor.by() }));
    Ok(events)
}

fn run(organisation: &mut Organisation, who: usize, command: &Command) -> Result<Vec<Event>, Refusal> {
    run_at(organisation, who, command, NOW)
}

fn invite(who: u8, role: TeamRole) -> Command {
    Command::Invite { id: invitation(who), email: address(who), role }
}

fn fault(outcome: Result<Vec<Event>, Refusal>) -> Rule {
    match outcome {
        Err(Refusal::Problems(problems)) => problems[0].rule.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_invitation_is_accepted_once_by_whom_it_was_sent_to_and_within_seven_days() {
    let mut organisation = with(TeamRole::Developer);
    for not_an_owner in [2, 3, 4, 5, 6] {
        assert!(run(&mut organisation, not_an_owner, &invite(3, TeamRole::Viewer)).is_err(), "{not_an_owner}");
    }
    run(&mut organisation, 1, &invite(3, TeamRole::Developer)).unwrap();
    assert_eq!(run(&mut organisation, 1, &invite(3, TeamRole::Developer)), Ok(vec![]), "it is so already");
    assert_eq!(fault(run(&mut organisation, 1, &invite(3, TeamRole::Owner))), Rule::Team(TeamFault::Invited));
    assert_eq!(fault(run(&mut organisation, 1, &invite(2, TeamRole::Owner))), Rule::Team(TeamFault::InTeam));
    let accept = Command::AcceptInvitation { id: invitation(3) };
    assert_eq!(run(&mut organisation, 2, &accept), Err(Refusal::InvitationGone), "of somebody else");
    let (late, last) = (NOW + INVITATION_LASTS, NOW + INVITATION_LASTS - time::Duration::SECOND);
    assert_eq!(run_at(&mut organisation.clone(), 3, &accept, late), Err(Refusal::InvitationGone));
    let mut again = organisation.clone();
    run_at(&mut again, 1, &Command::SendInvitationAgain { id: invitation(3) }, late).unwrap();
    run_at(&mut again, 3, &accept, late).unwrap();
    run_at(&mut organisation, 3, &accept, last).unwrap();
    assert_eq!(organisation.members[&account(3)], TeamRole::Developer);
    assert!(organisation.ever_members.contains(&account(3)) && organisation.invitations.is_empty());
    assert_eq!(run(&mut organisation, 3, &accept), Err(Refusal::InvitationGone));
    let decline = Command::DeclineInvitation { id: invitation(3), link: None };
    assert_eq!(run(&mut organisation, 3, &decline), Err(Refusal::InvitationGone));
}

#[test]
fn nobody_comes_in_by_the_word_of_whoever_is_no_owner_any_more() {
    let ends = [
        (1, Command::RemoveMember { account: account(2) }),
        (1, Command::ChangeRole { account: account(2), role: TeamRole::Developer }),
        (2, Command::Leave),
    ];
    for (who, end) in ends {
        let mut organisation = with(TeamRole::Owner);
        run(&mut organisation, 2, &invite(3, TeamRole::Owner)).unwrap();
        let events = run(&mut organisation, who, &end).unwrap();
        assert!(matches!(&events[..], [Event::InvitationWithdrawn { .. }, _]), "{events:?}");
        let accept = Command::AcceptInvitation { id: invitation(3) };
        assert_eq!(run(&mut organisation, 3, &accept), Err(Refusal::InvitationGone), "{end:?}");
    }
    let mut organisation = with(TeamRole::Owner);
    run(&mut organisation, 2, &invite(3, TeamRole::Owner)).unwrap();
    let invited = everybody(&organisation).swap_remove(2);
    let accept = Command::AcceptInvitation { id: invitation(3) };
    let locked = Facts { inviter_locked: true, ..facts(&organisation, &invited, &accept) };
    let outcome = organisation.decide(&invited, &accept, &locked, NOW);
    assert_eq!(outcome, Err(Refusal::InvitationGone), "whoever sent it is locked");
}

#[test]
fn staff_join_no_team_and_what_was_sent_is_bounded() {
    let mut organisation = with(TeamRole::Developer);
    run(&mut organisation, 1, &invite(4, TeamRole::Viewer)).unwrap();
    let (accept, decline) =
        (Command::AcceptInvitation { id: invitation(4) }, Command::DeclineInvitation { id: invitation(4), link: None });
    for answer in [accept, decline] {
        assert_eq!(run(&mut organisation, 4, &answer), Err(Refusal::StaffJoinNoTeam));
    }
    run(&mut organisation, 1, &Command::WithdrawInvitation { id: invitation(4) }).unwrap();
    let sent = |n: u8| invite(10 + n, TeamRole::Viewer);
    let most = u8::try_from(MOST_INVITATIONS).unwrap();
    for n in 0..most {
        run(&mut organisation, 1, &sent(n)).unwrap();
    }
    let many = TeamFault::InvitationsMany(MOST_INVITATIONS);
    assert_eq!(fault(run(&mut organisation, 1, &sent(most))), Rule::Team(many));
    run(&mut organisation, 1, &Command::WithdrawInvitation { id: invitation(10) }).unwrap();
    run(&mut organisation, 1, &sent(most)).unwrap();
}

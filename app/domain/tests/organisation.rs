//! Random walks through the life of an organisation: whatever anybody asks of it in whatever order.

use domain::{
    account::Secret,
    actor::{Actor, By, Person, StaffRole, Stamp, TeamRole, TokenScope},
    aggregate::{Aggregate, ProofNeeded},
    email::EmailAddress,
    erasure::Erasure,
    id::{AccountId, InvitationId, OrganisationId, ServiceId, TokenId},
    organisation::{
        Asked, Command, Contacts, DECLINED_FOR, Event, Facts, INVITATION_LASTS, MOST_ASKED, MOST_INVITATIONS,
        MOST_REQUESTS, OFFER_LASTS, OWNERS_ANSWER_WITHIN, Organisation, ServiceDraft, TokenDraft,
    },
    refusal::Refusal,
    rule::{Rule, TeamFault, TextFault},
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime, macros::datetime};

#[path = "organisation/tokens.rs"]
mod tokens;

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
    let facts = Facts { actor_verified: true, has_client: true, is_invited, invited_is_in, ..Facts::default() };
    Facts { no_owner: true, ..facts }
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
            token: None,
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

fn asked(who: u8) -> Asked {
    Asked { account: account(who), at: NOW }
}

fn every_command(name: &str, who: u8, role: TeamRole) -> Vec<Command> {
    let text = || "Text.".to_owned();
    let contact = || "team@example.org".to_owned();
    let contacts = Contacts { technical: contact(), product: contact(), security: contact() };
    let draft = ServiceDraft { name: name.into(), description: text(), use_case: text(), contacts: contacts.clone() };
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
        Command::OfferOwnership { account: account(who) },
        Command::WithdrawOwnershipOffer,
        Command::AcceptOwnership { from: account(who) },
        Command::DeclineOwnership { from: account(who) },
        Command::AskToJoin { reason: name.into() },
        Command::WithdrawJoinRequest,
        Command::AgreeToJoin { asked: asked(who), role },
        Command::DeclineToJoin { asked: asked(who) },
        Command::DecideJoin { asked: asked(who), role: Some(role), reason: name.into() },
        Command::ChangeContacts { contacts },
        Command::Erase(Erasure { reason: name.into(), ..Erasure::default() }),
        make_token(who, name),
        Command::EndToken { id: token(who) },
        Command::TakeTokenOver { id: token(who), secret: Secret("again".into()) },
    ]
}

fn token(n: u8) -> TokenId {
    TokenId::from_parts(5, [n; 10])
}

fn make_token(n: u8, name: &str) -> Command {
    let (scope, environments) = (Some(TokenScope::Draft), ["sandpit".to_owned()].into());
    let draft = TokenDraft { name: format!("{name}{n}"), scope, environments, days: Some(30) };
    Command::MakeToken { id: token(n), draft, secret: Secret("hash".into()) }
}

/// Whether the actor may bring this about in an organisation that exists.
fn may(actor: &Actor, event: &Event) -> bool {
    let role = actor.team_role(here());
    let is = |account: &AccountId| actor.person().is_some_and(|one| one.account == *account);
    match event {
        _ if *actor == Actor::Operator => {
            !matches!(event, Event::Confirmed | Event::OwnershipOffered { .. } | Event::JoinDecided { .. })
        }
        Event::Created { .. } | Event::MemberAdded { .. } | Event::TextErased(_) => false,
        Event::Confirmed => actor.is_admin(),
        Event::MemberLeft { account } => is(account) && role.is_some(),
        Event::OwnershipHandedOver { account, .. } => is(account) && role.is_some_and(|role| role != TeamRole::Owner),
        Event::OwnershipOfferDeclined { .. } => role.is_some_and(|role| role != TeamRole::Owner),
        Event::JoinRequested { .. } | Event::JoinRequestWithdrawn => {
            role.is_none() && actor.person().is_some_and(|one| one.staff.is_none())
        }
        Event::JoinDecided { .. } => actor.is_admin(),
        // Also by whoever leaves, of what they sent; and by whoever is the owner in the sender's place.
        Event::InvitationWithdrawn { .. } => role.is_some(),
        Event::InvitationAccepted { account, .. } => {
            is(account) && actor.person().is_some_and(|one| one.staff.is_none()) && role.is_none()
        }
        Event::InvitationDeclined { invitation, .. } => {
            actor.person().is_some_and(|one| invitation_of(one.account) == *invitation && one.staff.is_none())
        }
        Event::OrganisationChanged { .. }
        | Event::RoleChanged { .. }
        | Event::MemberRemoved { .. }
        | Event::ContactsChanged { .. }
        | Event::MemberInvited { .. }
        | Event::OwnershipOffered { .. }
        | Event::OwnershipOfferWithdrawn { .. }
        | Event::JoinAgreed { .. }
        | Event::JoinDeclined { .. }
        | Event::InvitationSentAgain { .. } => role == Some(TeamRole::Owner),
        Event::ServiceAdded { .. }
        | Event::ServiceChanged { .. }
        | Event::TokenMade { .. }
        | Event::TokenEnded { .. }
        | Event::TokenTakenOver { .. } => {
            matches!(role, Some(TeamRole::Owner | TeamRole::Developer))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn random_walks_keep_the_invariants(
        steps in prop::collection::vec(
            (0usize..8, 0usize..28, prop::sample::select(vec!["Alder", "Birch", ""]), 1u8..6, prop::sample::select(ROLES.to_vec())),
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
            for (from, offer) in &organisation.offers {
                prop_assert_eq!(organisation.members.get(from), Some(&TeamRole::Owner), "by an owner");
                let to = organisation.members.get(&offer.to);
                prop_assert!(to.is_some_and(|role| *role != TeamRole::Owner), "to one of the team who is none");
            }
            for token in organisation.tokens.values().filter(|token| token.lapsed_at.is_none()) {
                let role = organisation.members.get(&token.holder);
                prop_assert!(role.is_some_and(|role| *role != TeamRole::Viewer), "as somebody who edits");
            }
            prop_assert!(organisation.requests.keys().all(|asker| !organisation.members.contains_key(asker)));
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
    // Of each that takes more to be allowed, below.
    assert!(matches!(&asked[..], [Command::Invite { .. }, Command::MakeToken { .. }, Command::Confirm]), "{asked:?}");
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
    let (late, last) = (NOW + INVITATION_LASTS, NOW + INVITATION_LASTS - Duration::SECOND);
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
    let locked = Facts { sender_locked: true, ..facts(&organisation, &invited, &accept) };
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

/// Without the proof that a session needs.
fn stale(organisation: &Organisation, who: usize, command: &Command) -> Result<Vec<Event>, Refusal> {
    let mut actor = everybody(organisation).swap_remove(who - 1);
    if let Actor::Person(person) = &mut actor {
        person.reauthenticated_at = None;
    }
    organisation.decide(&actor, command, &facts(organisation, &actor, command), NOW)
}

fn offer(who: u8) -> Command {
    Command::OfferOwnership { account: account(who) }
}

#[test]
fn the_ownership_is_handed_over_by_two() {
    let mut organisation = with(TeamRole::Developer);
    let (accept, decline) =
        (Command::AcceptOwnership { from: account(1) }, Command::DeclineOwnership { from: account(1) });
    assert_eq!(run(&mut organisation, 2, &accept), Err(Refusal::OfferGone), "nobody offered it");
    for (who, to, refused) in [
        (1, 3, Refusal::NotFound),
        (1, 1, Refusal::OwnerAlready),
        (2, 1, Refusal::NotAllowed),
        (3, 2, Refusal::NotFound),
        (4, 2, Refusal::NotFound),
        (8, 2, Refusal::NotAllowed),
    ] {
        assert_eq!(run(&mut organisation, who, &offer(to)), Err(refused), "{who} {to}");
    }
    assert_eq!(stale(&organisation, 1, &offer(2)), Err(Refusal::ReauthenticationNeeded));
    run(&mut organisation, 1, &offer(2)).unwrap();
    assert_eq!(run(&mut organisation, 1, &offer(2)), Ok(vec![]), "it is so already");
    assert_eq!(stale(&organisation, 2, &accept), Err(Refusal::ReauthenticationNeeded));
    let late = NOW + OFFER_LASTS;
    assert_eq!(run_at(&mut organisation.clone(), 2, &accept, late), Err(Refusal::OfferGone));
    assert_eq!(run(&mut organisation, 1, &accept), Err(Refusal::OfferGone), "not to oneself");
    let taker = everybody(&organisation).swap_remove(1);
    let locked = Facts { sender_locked: true, ..Facts::default() };
    assert_eq!(organisation.decide(&taker, &accept, &locked, NOW), Err(Refusal::OfferGone), "who offers it is locked");
    let Actor::Person(person) = &taker else { unreachable!() };
    let staff = Actor::Person(Person { staff: Some(StaffRole::Admin), ..person.clone() });
    assert_eq!(organisation.decide(&staff, &accept, &Facts::default(), NOW), Err(Refusal::NotAllowed));
    let mut declined = organisation.clone();
    run(&mut declined, 2, &decline).unwrap();
    assert_eq!(run(&mut declined, 2, &accept), Err(Refusal::OfferGone));
    let mut withdrawn = organisation.clone();
    run(&mut withdrawn, 1, &Command::WithdrawOwnershipOffer).unwrap();
    assert_eq!(run(&mut withdrawn, 2, &accept), Err(Refusal::OfferGone));
    run(&mut organisation, 1, &invite(3, TeamRole::Owner)).unwrap();
    let events = run_at(&mut organisation, 2, &accept, late - Duration::SECOND).unwrap();
    let [Event::InvitationWithdrawn { .. }, Event::OwnershipHandedOver { .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(organisation.members[&account(1)], TeamRole::Developer);
    assert_eq!(organisation.members[&account(2)], TeamRole::Owner);
    assert_eq!(run(&mut organisation, 2, &accept), Err(Refusal::OfferGone), "once");
}

#[test]
fn an_offer_ends_with_what_it_rests_on() {
    let accept = Command::AcceptOwnership { from: account(1) };
    let ends = [
        Command::ChangeRole { account: account(2), role: TeamRole::Owner },
        Command::RemoveMember { account: account(2) },
        Command::ChangeRole { account: account(1), role: TeamRole::Developer },
        Command::Leave,
        Command::OfferOwnership { account: account(3) },
    ];
    let to_another = ends.len() - 1;
    for (n, end) in ends.into_iter().enumerate() {
        let mut organisation = with(TeamRole::Developer);
        for (n, role) in [(3, TeamRole::Viewer), (6, TeamRole::Owner)] {
            let added = Event::MemberAdded { account: account(n), role };
            organisation.apply(&added, &Stamp { at: NOW, by: By::Operator });
        }
        run(&mut organisation, 1, &offer(2)).unwrap();
        let events = run(&mut organisation, 1, &end).unwrap();
        let is_said = matches!(&events[..], [Event::OwnershipOfferWithdrawn { .. }, Event::OwnershipOffered { .. }]);
        assert_eq!(is_said, n == to_another, "{events:?}");
        assert!(run(&mut organisation, 2, &accept).is_err(), "{end:?}");
        assert!(organisation.offers.get(&account(1)).is_none_or(|offer| offer.to == account(3)), "{end:?}");
    }
    let mut organisation = with(TeamRole::Developer);
    run(&mut organisation, 1, &offer(2)).unwrap();
    run(&mut organisation, 1, &Command::ChangeRole { account: account(2), role: TeamRole::Viewer }).unwrap();
    assert!(run(&mut organisation, 2, &accept).is_ok(), "whoever is no owner yet may have any other role");
}

fn ask() -> Command {
    Command::AskToJoin { reason: "I look after the booking service.".into() }
}

fn agree(who: u8) -> Command {
    Command::AgreeToJoin { asked: asked(who), role: TeamRole::Developer }
}

#[test]
fn whoever_asks_comes_in_by_an_owner() {
    let mut organisation = with(TeamRole::Developer);
    for (who, refused) in [
        (1, Refusal::InTeamAlready),
        (2, Refusal::InTeamAlready),
        (4, Refusal::StaffJoinNoTeam),
        (5, Refusal::StaffJoinNoTeam),
        (6, Refusal::NotSignedIn),
    ] {
        assert_eq!(run(&mut organisation, who, &ask()), Err(refused), "{who}");
    }
    assert!(matches!(
        fault(run(&mut organisation, 3, &Command::AskToJoin { reason: " ".into() })),
        Rule::Text(TextFault::Missing(..))
    ));
    assert_eq!(run(&mut organisation, 1, &agree(3)), Err(Refusal::RequestGone), "nobody asked");
    run(&mut organisation, 3, &ask()).unwrap();
    assert_eq!(run(&mut organisation, 3, &ask()), Ok(vec![]), "it is so already");
    for (who, refused) in [(2, Refusal::NotAllowed), (3, Refusal::NotFound), (4, Refusal::NotFound)] {
        assert_eq!(run(&mut organisation, who, &agree(3)), Err(refused), "{who}");
    }
    assert_eq!(stale(&organisation, 1, &agree(3)), Err(Refusal::ReauthenticationNeeded));
    let owner = everybody(&organisation).swap_remove(0);
    let barred = Facts { asker_barred: true, ..Facts::default() };
    assert_eq!(organisation.decide(&owner, &agree(3), &barred, NOW), Err(Refusal::AskerCannotJoin));
    let mut declined = organisation.clone();
    run(&mut declined, 1, &Command::DeclineToJoin { asked: asked(3) }).unwrap();
    assert_eq!(run(&mut declined, 1, &agree(3)), Err(Refusal::RequestGone));
    let later = NOW + DECLINED_FOR;
    assert_eq!(run_at(&mut declined, 3, &ask(), later - Duration::SECOND), Err(Refusal::DeclinedLately));
    assert!(run_at(&mut declined, 3, &ask(), later).is_ok());
    let mut withdrawn = organisation.clone();
    run(&mut withdrawn, 3, &Command::WithdrawJoinRequest).unwrap();
    assert_eq!(run(&mut withdrawn, 1, &agree(3)), Err(Refusal::RequestGone));
    run_at(&mut withdrawn, 3, &ask(), NOW + Duration::SECOND).unwrap();
    assert_eq!(run(&mut withdrawn, 1, &agree(3)), Err(Refusal::RequestGone), "it may say something else now");
    run(&mut organisation, 1, &agree(3)).unwrap();
    assert_eq!(organisation.members[&account(3)], TeamRole::Developer);
    assert!(organisation.requests.is_empty() && organisation.ever_members.contains(&account(3)));
}

#[test]
fn an_admin_answers_only_where_no_owner_can_be_reached() {
    let mut organisation = with(TeamRole::Developer);
    run(&mut organisation, 3, &ask()).unwrap();
    let decide = |role| Command::DecideJoin { asked: asked(3), role, reason: "Both owners have left.".into() };
    let admin = everybody(&organisation).swap_remove(3);
    let reachable = Facts::default();
    let seen = |owner_seen_at| Facts { owner_seen_at: Some(owner_seen_at), ..reachable };
    let none = Facts { no_owner: true, ..reachable };
    let later = NOW + OWNERS_ANSWER_WITHIN;
    let at = |facts: &Facts, now| {
        let mut admin = admin.clone();
        if let Actor::Person(person) = &mut admin {
            person.reauthenticated_at = Some(now);
        }
        organisation.decide(&admin, &decide(Some(TeamRole::Owner)), facts, now)
    };
    // A week after the request, and after any owner came last.
    assert_eq!(at(&reachable, later - Duration::SECOND), Err(Refusal::OwnersAnswer));
    assert!(at(&reachable, later).is_ok() && at(&seen(NOW - Duration::DAY), later).is_ok() && at(&none, NOW).is_ok());
    assert_eq!(at(&seen(NOW + Duration::HOUR), later), Err(Refusal::OwnersAnswer));
    assert!(at(&seen(NOW + Duration::HOUR), later + Duration::HOUR).is_ok());
    let locked = Facts { actor_locked_owner: true, ..none };
    assert_eq!(at(&locked, NOW), Err(Refusal::LockedOwner), "it takes two to lock the owners and let somebody in");
    let barred = Facts { asker_barred: true, ..none };
    assert_eq!(at(&barred, NOW), Err(Refusal::AskerCannotJoin));
    assert!(organisation.decide(&admin, &decide(None), &barred, NOW).is_ok(), "no can be said of anybody");
    for other in [1, 2, 3, 5] {
        assert_eq!(run(&mut organisation, other, &decide(None)), Err(Refusal::AdminsOnly), "{other}");
    }
    assert_eq!(stale(&organisation, 4, &decide(None)), Err(Refusal::ReauthenticationNeeded));
    let mut own = organisation.clone();
    own.ever_members.insert(account(4));
    assert_eq!(run(&mut own, 4, &decide(None)), Err(Refusal::BelongedToOrganisation));
    let unsaid = Command::DecideJoin { asked: asked(3), role: None, reason: String::new() };
    assert!(matches!(fault(run(&mut organisation, 4, &unsaid)), Rule::Text(TextFault::Missing(..))));
    run(&mut organisation, 4, &decide(Some(TeamRole::Owner))).unwrap();
    assert_eq!(organisation.members[&account(3)], TeamRole::Owner);
    assert_eq!(run(&mut organisation, 4, &decide(None)), Err(Refusal::RequestGone));
}

#[test]
fn requests_to_join_are_bounded() {
    let mut organisation = with(TeamRole::Developer);
    let asker = everybody(&organisation).swap_remove(2);
    let facts = |actor_asks| Facts { actor_verified: true, actor_asks, ..Facts::default() };
    assert!(organisation.decide(&asker, &ask(), &facts(MOST_ASKED - 1), NOW).is_ok());
    assert_eq!(organisation.decide(&asker, &ask(), &facts(MOST_ASKED), NOW), Err(Refusal::TooManyRequests));
    let unverified = Facts::default();
    assert_eq!(organisation.decide(&asker, &ask(), &unverified, NOW), Err(Refusal::NotVerified));
    for n in 0..u8::try_from(MOST_REQUESTS).unwrap() {
        let asked = Event::JoinRequested { reason: "Why.".into() };
        organisation.apply(&asked, &Stamp { at: NOW, by: By::Account(account(20 + n)) });
    }
    assert_eq!(run(&mut organisation, 3, &ask()), Err(Refusal::TooManyAsk));
}

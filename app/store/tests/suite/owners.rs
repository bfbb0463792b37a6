//! Whatever the people of a team and an admin do at once, in whatever order: a team is never without an owner, and nobody
//! who is in it takes the last one away who can sign in.

use crate::common::*;
use domain::{
    account::{Command as AccountCommand, Proof, Secret},
    actor::{StaffRole, TeamRole},
    email::EmailAddress,
    id::{AccountId, InvitationId},
    organisation::{Command, Organisation},
};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use store::Who;
use time::OffsetDateTime;

on_both!(a_team_keeps_an_owner_whatever_happens_at_once);

/// Rounds, each of three at once: 1,000 on each database.
const ROUNDS: usize = 1_000;
const PEOPLE: usize = 4;

/// What one of them does, and about which of them.
#[derive(Clone, Copy, Debug)]
enum Step {
    Leave,
    Remove(usize),
    ChangeRole(usize, TeamRole),
    Invite(usize, TeamRole),
    Accept,
    /// By one of the owners to one of the others.
    OfferOwnership,
    /// By whoever it is offered to.
    AcceptOwnership,
    AskToJoin,
    AgreeToJoin(usize, TeamRole),
    /// By an admin.
    Lock(usize),
    Unlock(usize),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let role = || prop::sample::select(vec![TeamRole::Owner, TeamRole::Owner, TeamRole::Viewer]);
    let step = prop_oneof![
        2 => Just(Step::Leave),
        3 => (0..PEOPLE).prop_map(Step::Remove),
        4 => (0..PEOPLE, role()).prop_map(|(who, role)| Step::ChangeRole(who, role)),
        4 => (0..PEOPLE, role()).prop_map(|(who, role)| Step::Invite(who, role)),
        4 => Just(Step::Accept),
        8 => Just(Step::OfferOwnership),
        8 => Just(Step::AcceptOwnership),
        2 => Just(Step::AskToJoin),
        2 => (0..PEOPLE, role()).prop_map(|(who, role)| Step::AgreeToJoin(who, role)),
        1 => (0..PEOPLE).prop_map(Step::Lock),
        6 => (0..PEOPLE).prop_map(Step::Unlock),
    ];
    (0..PEOPLE, step)
}

struct Scene {
    world: Arc<World>,
    partner: Partner,
    people: Vec<(AccountId, String)>,
    admin: AccountId,
    codes: AtomicI64,
}

impl Scene {
    /// Refusals are part of the game. Each signs in anew: locking ends sessions.
    async fn play(&self, (who, step): (usize, Step)) {
        let (world, organisation) = (&self.world, self.partner.organisation);
        let account = |of: usize| self.people[of].0;
        if let Step::Lock(of) | Step::Unlock(of) = step {
            // Signs in anew, as time goes on; each code works once.
            let code = Proof::Totp { step: self.codes.fetch_add(1, Ordering::Relaxed) };
            let Ok(admin) = world.sign_in(self.admin, code).await else { return };
            world.reauthenticate(&admin).await;
            let command = if matches!(step, Step::Lock(_)) { AccountCommand::Disable } else { AccountCommand::Enable };
            drop(world.account(&admin.who, account(of), command).await);
            return;
        }
        let (state, _) = world.store.load::<Organisation>(organisation).await.unwrap();
        let offer = state.offers.iter().next().map(|(from, offer)| (*from, offer.to));
        let one = |owns: bool| {
            let mut those = state.members.iter().filter(move |(_, role)| (**role == TeamRole::Owner) == owns);
            those.next().map(|(account, _)| *account)
        };
        let who = match (step, offer) {
            (Step::AcceptOwnership, Some((_, to))) => to,
            (Step::OfferOwnership, _) => one(true).unwrap(),
            _ => account(who),
        };
        let Ok(user) = world.sign_in(who, Proof::PasswordOnly).await else { return };
        let command = match step {
            Step::Leave => Command::Leave,
            Step::Remove(of) => Command::RemoveMember { account: account(of) },
            Step::ChangeRole(of, role) => Command::ChangeRole { account: account(of), role },
            Step::Invite(of, role) => {
                let (millis, random) = world.fresh();
                let email = EmailAddress::parse(&self.people[of].1).unwrap();
                Command::Invite { id: InvitationId::from_parts(millis, random), email, role }
            }
            Step::Accept => {
                let own = self.people.iter().find(|(account, _)| *account == who).unwrap();
                let email = EmailAddress::parse(&own.1).unwrap();
                let open = world.store.invitations(&email, world.now()).await.unwrap();
                let Some(invitation) = open.first() else { return };
                Command::AcceptInvitation { id: invitation.id }
            }
            Step::OfferOwnership => {
                let Some(to) = one(false) else { return };
                Command::OfferOwnership { account: to }
            }
            Step::AcceptOwnership => {
                let Some((from, _)) = offer else { return };
                Command::AcceptOwnership { from }
            }
            Step::AskToJoin => Command::AskToJoin { reason: "I work here.".into() },
            Step::AgreeToJoin(of, role) => {
                Command::AgreeToJoin { asked: world.asked(organisation, account(of)).await, role }
            }
            Step::Lock(_) | Step::Unlock(_) => return,
        };
        let session = Secret(user.token.clone());
        let shown = AccountCommand::Reauthenticate { session, proof: Proof::PasswordOnly };
        drop(world.account(&user.who, user.account, shown).await);
        drop(world.organisation(&user.who, organisation, command).await);
    }

    /// Where few are left, two more are owners: then there is something to be at odds about.
    async fn fill_up(&self) {
        let organisation = self.partner.organisation;
        let (state, _) = self.world.store.load::<Organisation>(organisation).await.unwrap();
        let missing = self.people.iter().filter(|(account, _)| !state.members.contains_key(account));
        for (account, _) in missing.take(2).filter(|_| state.members.len() < 3) {
            let add = Command::AddMember { account: *account, role: TeamRole::Owner };
            self.world.organisation(&Who::Operator, organisation, add).await.unwrap();
        }
    }

    /// How many owners there are, and how many of them can sign in.
    async fn owners(&self) -> (i64, i64) {
        let owners = format!(
            "SELECT COUNT(*) FROM memberships m JOIN accounts a ON a.id = m.account_id
             WHERE m.organisation_id = '{}' AND m.role = 'owner' AND m.ended_at IS NULL",
            self.partner.organisation
        );
        (self.world.count(&owners).await, self.world.count(&format!("{owners} AND NOT a.disabled")).await)
    }
}

/// Whether somebody to whom it was offered is an owner now, and whoever offered it a developer.
fn is_handed(before: &Organisation, now: &Organisation, account: AccountId, role: TeamRole) -> bool {
    let given = |(from, _): (AccountId, _)| now.members.get(&from) == Some(&TeamRole::Developer);
    let was = before.members.get(&account);
    was != Some(&TeamRole::Owner)
        && role == TeamRole::Owner
        && before.offers_to(account, OffsetDateTime::UNIX_EPOCH).any(given)
}

async fn a_team_keeps_an_owner_whatever_happens_at_once(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let mut people = vec![(partner.owner.account, "ash-owner@partner.example".to_owned())];
    for name in ["one", "two", "three"] {
        people.push((world.person(name).await.account, format!("{name}@partner.example")));
    }
    let row = world.texts(&format!("SELECT email_key FROM accounts WHERE id = '{}'", people[0].0)).await;
    people[0].1.clone_from(&row[0]);
    let admin = world.staff("admin", StaffRole::Admin).await.account;
    let scene = Scene { world: Arc::clone(&world), partner, people, admin, codes: AtomicI64::new(2_000) };
    // The same for everybody who runs it.
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let (mut went, mut handed_over) = ([0usize; 2], 0);
    for _ in 0..ROUNDS {
        let round = vec(step(), 3).new_tree(&mut runner).unwrap().current();
        scene.fill_up().await;
        let before = scene.owners().await;
        let (state, _) = world.store.load::<Organisation>(scene.partner.organisation).await.unwrap();
        tokio::join!(scene.play(round[0]), scene.play(round[1]), scene.play(round[2]));
        let after = scene.owners().await;
        assert!(after.0 >= 1, "without an owner after {round:?}");
        let locks = round.iter().any(|(_, step)| matches!(step, Step::Lock(_)));
        assert!(locks || before.1 == 0 || after.1 >= 1, "no owner who can sign in after {round:?}");
        let (now, _) = world.store.load::<Organisation>(scene.partner.organisation).await.unwrap();
        went[usize::from(now == state)] += 1;
        let of_it = |table: &str| format!("SELECT COUNT(*) FROM {table} WHERE organisation_id = '{}'", now.id);
        let offered: BTreeSet<_> = now.offers.values().map(|offer| offer.to).collect();
        let offered = (format!("{} AND offered_until IS NOT NULL", of_it("memberships")), offered.len());
        let rows =
            [(of_it("invitations"), now.invitations.len()), (of_it("join_requests"), now.requests.len()), offered];
        for (rows, expected) in rows {
            assert_eq!(world.count(&rows).await, i64::try_from(expected).unwrap(), "{rows} after {round:?}");
        }
        handed_over += now.members.iter().filter(|(account, role)| is_handed(&state, &now, **account, **role)).count();
        // Whoever an admin locked is let in again, or the game ends.
        if after.1 == 0 {
            for of in 0..PEOPLE {
                scene.play((of, Step::Unlock(of))).await;
            }
        }
        // As many as are open keep others from being sent.
        if now.invitations.len() > 3 {
            for id in now.invitations.keys() {
                let withdraw = Command::WithdrawInvitation { id: *id };
                world.organisation(&Who::Operator, now.id, withdraw).await.unwrap();
            }
        }
    }
    assert!(handed_over > 10, "the ownership was handed over {handed_over} times alone");
    assert!(went[0] > ROUNDS / 10, "the team changed in {} rounds alone", went[0]);
}

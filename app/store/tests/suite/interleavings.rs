//! Threat 1: whatever people and workers do in whatever order, nothing is published that was not approved.

use crate::common::*;
use domain::{
    account::Proof,
    actor::StaffRole,
    draft::DraftChange,
    id::{ClientId, RegistrationId},
    registration::{Command, Event, Registration},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};
use store::{PublicationJob, Who};
use time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Rename(u8),
    Submit(bool),
    Withdraw,
    /// By one of three admins, of the revision under review or of one remembered from an earlier page.
    Approve(usize, bool),
    Reject,
    RequestChanges,
    Claim(usize),
    /// A worker writes what it holds and confirms it, however late.
    Write(usize),
    Fail(usize),
    LeaseRunsOut,
    Suspend,
    Reinstate,
    Republish,
    Retire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0u8..4).prop_map(Step::Rename),
        4 => any::<bool>().prop_map(Step::Submit),
        1 => Just(Step::Withdraw),
        8 => (0usize..3, any::<bool>()).prop_map(|(admin, remembered)| Step::Approve(admin, remembered)),
        1 => Just(Step::Reject),
        1 => Just(Step::RequestChanges),
        4 => (0usize..2).prop_map(Step::Claim),
        4 => (0usize..2).prop_map(Step::Write),
        1 => (0usize..2).prop_map(Step::Fail),
        2 => Just(Step::LeaseRunsOut),
        1 => Just(Step::Suspend),
        1 => Just(Step::Reinstate),
        1 => Just(Step::Republish),
        1 => Just(Step::Retire),
    ];
    vec(step, 8..28)
}

/// People, two workers and a client store that takes only greater generations.
struct Scene<'a> {
    world: &'a World,
    partner: Partner,
    admins: &'a [User],
    id: RegistrationId,
    remembered: Option<Command>,
    held: [Option<PublicationJob>; 2],
    provider: Option<(u64, String)>,
    published: BTreeSet<String>,
    client_ids: BTreeSet<ClientId>,
}

impl Scene<'_> {
    async fn play(&mut self, step: &Step) {
        let world = self.world;
        let developer = &self.partner.developer.who;
        // Refusals and stale reads are part of the game: only what was accepted is judged.
        match step {
            Step::Rename(number) => {
                let rename = Command::save(DraftChange::ClientName(format!("Name {number}")));
                drop(world.now_do(developer, self.id, rename).await);
            }
            Step::Submit(by_owner) => {
                let user = if *by_owner { &self.partner.owner } else { &self.partner.developer };
                drop(world.submit(user, self.id).await);
                let (registration, _) = world.store.load::<Registration>(self.id).await.unwrap();
                if registration.submitted().is_some() && self.remembered.is_none() {
                    self.remembered = Some(world.approval(self.id).await.0);
                }
            }
            Step::Withdraw => drop(world.now_do(developer, self.id, Command::Withdraw).await),
            Step::Approve(admin, remembered) => self.approve(*admin, *remembered).await,
            Step::Reject => self.review(|number| Command::Reject { number, reason: "No.".into() }).await,
            Step::RequestChanges => {
                let comment = || "Please change it.".to_owned();
                let request =
                    |number| Command::RequestChanges { number, comment: comment(), sections: Default::default() };
                self.review(request).await;
            }
            Step::Claim(worker) => {
                let job = world.claim(world.now(), "worker", Duration::seconds(30)).await;
                if let Some(job) = job {
                    self.client_ids.insert(job.client_id.clone());
                    self.held[*worker] = Some(job);
                }
            }
            Step::Write(worker) => self.write(*worker).await,
            Step::Fail(worker) => {
                if let Some(job) = self.held[*worker].take() {
                    let report = Command::ReportFailure { generation: job.generation, message: "503".into() };
                    drop(world.now_do(&Who::System, self.id, report).await);
                    world.store.publication_failed(self.id, job.generation, world.now(), "503").await.unwrap();
                }
            }
            Step::LeaseRunsOut => {
                for _ in 0..31 {
                    world.moment();
                }
            }
            Step::Suspend => {
                let suspend = Command::Suspend { reason: "A complaint.".into() };
                drop(world.now_do(&self.admins[0].who, self.id, suspend).await);
            }
            Step::Reinstate => self.reinstate().await,
            Step::Republish => {
                world.reauthenticate(&self.admins[0]).await;
                drop(world.now_do(&self.admins[0].who, self.id, Command::Republish).await);
            }
            Step::Retire => {
                world.reauthenticate(&self.partner.owner).await;
                drop(world.now_do(&self.partner.owner.who, self.id, Command::Retire { reason: String::new() }).await);
            }
        }
    }

    /// One proposes and another confirms.
    async fn reinstate(&self) {
        let (world, [one, two, ..]) = (self.world, self.admins) else { return };
        for admin in [one, two] {
            world.reauthenticate(admin).await;
        }
        drop(world.now_do(&one.who, self.id, Command::Reinstate { reason: "Settled.".into() }).await);
        let (registration, _) = world.store.load::<Registration>(self.id).await.unwrap();
        if let Some(proposal) = registration.suspension().and_then(|suspension| suspension.proposal.as_ref()) {
            let confirm = Command::ConfirmReinstatement { proposed_at: proposal.stamp.at };
            drop(world.now_do(&two.who, self.id, confirm).await);
        }
    }

    async fn approve(&mut self, admin: usize, remembered: bool) {
        let admin = &self.admins[admin];
        self.world.reauthenticate(admin).await;
        let (registration, _) = self.world.store.load::<Registration>(self.id).await.unwrap();
        let command = match (&self.remembered, registration.submitted()) {
            (Some(old), _) if remembered => old.clone(),
            (_, Some(_)) => self.world.approval(self.id).await.0,
            _ => return,
        };
        drop(self.world.now_do(&admin.who, self.id, command).await);
    }

    async fn review(&self, command: impl Fn(u32) -> Command) {
        let (registration, _) = self.world.store.load::<Registration>(self.id).await.unwrap();
        if let Some(revision) = registration.submitted() {
            drop(self.world.now_do(&self.admins[2].who, self.id, command(revision.number)).await);
        }
    }

    async fn write(&mut self, worker: usize) {
        let Some(job) = self.held[worker].clone() else { return };
        if self.provider.as_ref().is_none_or(|(generation, _)| job.generation > *generation) {
            self.provider = Some((job.generation, job.metadata.clone()));
            self.published.insert(domain::draft::hex_digest(job.metadata.as_bytes()));
        }
        let confirm =
            Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest.clone() };
        drop(self.world.now_do(&Who::System, self.id, confirm).await);
    }

    /// Reads the history alone: every digest at the provider had two approvals by two people before, and after the end
    /// nothing was written but what the worker reported. All of it was about one client.
    async fn judge(&self) {
        let viewer = self.world.signed_in(&self.admins[0]).await.unwrap().person;
        let mut entries = self.world.store.registration_history(&viewer, self.id).await.unwrap();
        entries.reverse();
        let mut approvers: BTreeMap<(u32, String), BTreeSet<String>> = BTreeMap::new();
        let mut submitters: BTreeMap<u32, String> = BTreeMap::new();
        let mut approved = BTreeSet::new();
        let mut retired = false;
        for entry in entries {
            let actor = format!("{:?}", entry.actor);
            let event = serde_json::from_value::<Event>(entry.event).unwrap();
            let afterwards =
                matches!(event, Event::Published { .. } | Event::PublicationFailed { .. } | Event::Republished { .. });
            assert!(!retired || afterwards, "after the end: {event:?}");
            match event {
                Event::Submitted { number, .. } => drop(submitters.insert(number, actor)),
                Event::Approved { number, metadata_digest, .. } => {
                    assert_ne!(submitters[&number], actor);
                    let people = approvers.entry((number, metadata_digest.clone())).or_default();
                    assert!(people.insert(actor), "twice by one person");
                    if people.len() == 2 {
                        approved.insert(metadata_digest);
                    }
                }
                Event::Retired { .. } => retired = true,
                Event::Published { metadata_digest, .. } => assert!(approved.contains(&metadata_digest)),
                _ => {}
            }
        }
        for digest in &self.published {
            assert!(approved.contains(digest), "{digest} reached the provider without its approvals");
        }
        assert!(self.client_ids.len() <= 1, "{:?}", self.client_ids);
        let (registration, _) = self.world.store.load::<Registration>(self.id).await.unwrap();
        assert_eq!(self.world.store.replay::<Registration>(self.id, u64::MAX).await.unwrap(), registration);
    }
}

async fn play_all(world: &World, partner: &Partner, admins: &[User], steps: &[Step]) {
    // Everybody signs in again: sessions of earlier cases may have run out.
    let mut fresh = Vec::new();
    for admin in admins {
        let proof = Proof::Totp { step: world.moment().now.unix_timestamp() };
        fresh.push(world.sign_in(admin.account, proof).await.unwrap());
    }
    let owner = world.sign_in(partner.owner.account, Proof::PasswordOnly).await.unwrap();
    let developer = world.sign_in(partner.developer.account, Proof::PasswordOnly).await.unwrap();
    let service = world.service(&owner, partner.organisation, "Ash").await;
    let partner = Partner { organisation: partner.organisation, service, owner, developer };
    let id = world.start(&partner.developer, &partner, "live", draft("Ash", KEY_A)).await.unwrap();
    let mut scene = Scene {
        world,
        partner,
        admins: &fresh,
        id,
        remembered: None,
        held: [None, None],
        provider: None,
        published: BTreeSet::new(),
        client_ids: BTreeSet::new(),
    };
    for step in steps {
        scene.play(step).await;
    }
    scene.judge().await;
    // Whatever came before, unless it was the end: one more revision is published, and then another.
    for name in [4, 5] {
        scene.remembered = None;
        for step in [
            Step::Reject,
            Step::Rename(name),
            Step::Submit(false),
            Step::Approve(0, false),
            Step::Approve(1, false),
            Step::LeaseRunsOut,
            Step::Claim(0),
            Step::Write(0),
        ] {
            scene.play(&step).await;
        }
    }
    scene.judge().await;
    // What is still due must not be claimed in the next case.
    scene.play(&Step::LeaseRunsOut).await;
    world.publish_all().await;
    scene.judge().await;
}

/// The same cases on every run, so that a failure is seen again.
fn run(database: impl AsyncFnOnce() -> World) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(database());
    let (partner, admins) = runtime.block_on(async {
        let mut admins = Vec::new();
        for name in ["one", "two", "three"] {
            admins.push(world.staff(name, StaffRole::Admin).await);
        }
        (world.partner("Ash").await, admins)
    });
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&steps(), |steps| {
        runtime.block_on(play_all(&world, &partner, &admins, &steps));
        Ok(())
    });
    outcome.unwrap();
    let published = runtime.block_on(world.count("SELECT COUNT(*) FROM history WHERE event_type = 'published'"));
    assert!(published > 0, "no case published anything: the test would show nothing");
}

#[test]
fn nothing_unapproved_is_published_on_sqlite() {
    run(World::on_sqlite);
}

#[test]
fn nothing_unapproved_is_published_on_postgres() {
    run(World::on_postgres);
}

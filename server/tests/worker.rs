//! The worker, one step at a time, with a clock of our own and a client store that fails when it is told to, on both
//! databases (threats 5 and 11).

#[path = "../../app/store/tests/suite/common.rs"]
#[expect(dead_code, reason = "written for the store's own tests, which use more of it")]
#[macro_use]
mod common;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration as StdDuration;

use async_trait::async_trait;
use common::{Partner, World};
use domain::id::RegistrationId;
use domain::registration::{ClientState, Command, Registration};
use domain::standing::Does;
use server::client_store::{Client, ClientStore, ClientStoreError, Kept, Outcome, SqlClientStore};
use server::config;
use server::mail::Mailer;
use server::worker::{Step, Worker};
use store::Store;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;
use usecases::auth::{Ambient, Token};

const ORIGIN: &str = "https://portal.example.org";

tokio::task_local! {
    static CLOCK: Arc<AtomicI64>;
}
static DRAWN: AtomicU64 = AtomicU64::new(1);

fn now() -> OffsetDateTime {
    let millis = CLOCK.with(|clock| clock.load(Ordering::SeqCst));
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap()
}

/// Never the same bytes twice.
fn random(bytes: &mut [u8]) {
    let drawn = DRAWN.fetch_add(1, Ordering::SeqCst).to_be_bytes();
    bytes.iter_mut().zip(drawn.iter().cycle()).for_each(|(byte, drawn)| *byte = *drawn);
}

fn ambient() -> Ambient {
    Ambient { now, random }
}

fn set_clock(to: OffsetDateTime) {
    CLOCK.with(|clock| clock.store((to.unix_timestamp_nanos() / 1_000_000) as i64, Ordering::SeqCst));
}

fn wait(time: Duration) {
    set_clock(now() + time);
}

/// What the client store does at one call instead of simply obeying.
enum Plan {
    Fail(ClientStoreError),
    /// Writes, and the answer is lost on the way back.
    LoseAnswer,
    /// Says that it was reached, and goes on when told.
    Pause(Arc<Notify>, Arc<Notify>),
    /// Writes, says so, and never answers.
    Hang(Arc<Notify>),
    Panic,
    /// Changes nothing, and says that a newer generation is there.
    Claim(i64),
}

/// How a call goes on after its plan.
enum Answer {
    Heard,
    Lost,
    Never(Arc<Notify>),
    Instead(Outcome),
}

/// A real client store, on the database of the portal's kind, with a journal and plans.
struct Provider {
    inner: SqlClientStore,
    plans: Mutex<VecDeque<Plan>>,
    journal: Mutex<Vec<(i64, &'static str)>>,
    url: String,
    _directory: tempfile::TempDir,
}

impl Provider {
    fn new(world: &World) -> Arc<Self> {
        let directory = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}?mode=rwc", directory.path().join("clients.db").display());
        let url = if world.url.starts_with("postgres") { &world.url } else { &file };
        let inner = SqlClientStore::new(url);
        let url = url.clone();
        Arc::new(Self { inner, plans: Mutex::default(), journal: Mutex::default(), url, _directory: directory })
    }

    /// What somebody does in the provider's own database.
    async fn sql(&self, statement: &str) {
        let connection = sea_orm::Database::connect(&self.url).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&connection, statement).await.unwrap();
        connection.close().await.unwrap();
    }

    fn plan(&self, plan: Plan) {
        self.plans.lock().unwrap().push_back(plan);
    }

    fn calls(&self) -> usize {
        self.journal.lock().unwrap().len()
    }

    async fn obey(&self, generation: i64, what: &'static str) -> Result<Answer, ClientStoreError> {
        self.journal.lock().unwrap().push((generation, what));
        let plan = self.plans.lock().unwrap().pop_front();
        match plan {
            None => Ok(Answer::Heard),
            Some(Plan::LoseAnswer) => Ok(Answer::Lost),
            Some(Plan::Fail(error)) => Err(error),
            Some(Plan::Pause(reached, go_on)) => {
                reached.notify_one();
                go_on.notified().await;
                Ok(Answer::Heard)
            }
            Some(Plan::Hang(reached)) => Ok(Answer::Never(reached)),
            Some(Plan::Claim(by)) => Ok(Answer::Instead(Outcome::Superseded { by })),
            Some(Plan::Panic) => panic!("a fault in the client store"),
        }
    }
}

async fn answered(answer: Answer, outcome: Outcome) -> Result<Outcome, ClientStoreError> {
    match answer {
        Answer::Instead(instead) => Ok(instead),
        Answer::Heard => Ok(outcome),
        Answer::Lost => Err(ClientStoreError::Unavailable("the connection was lost".into())),
        Answer::Never(reached) => {
            reached.notify_one();
            std::future::pending().await
        }
    }
}

#[async_trait]
impl ClientStore for Provider {
    async fn publish(&self, client: &Client) -> Result<Outcome, ClientStoreError> {
        let answer = self.obey(client.generation, "publish").await?;
        let outcome = self.inner.publish(client).await?;
        answered(answer, outcome).await
    }

    async fn read(&self, client_id: &str) -> Result<Option<Kept>, ClientStoreError> {
        self.inner.read(client_id).await
    }

    async fn remove(&self, client_id: &str, generation: i64) -> Result<Outcome, ClientStoreError> {
        let answer = self.obey(generation, "remove").await?;
        let outcome = self.inner.remove(client_id, generation).await?;
        answered(answer, outcome).await
    }

    async fn describe(&self) -> Result<String, ClientStoreError> {
        self.inner.describe().await
    }
}

struct Office {
    world: Arc<World>,
    provider: Arc<Provider>,
    mail: tempfile::TempDir,
}

impl Office {
    fn new(world: &Arc<World>) -> Self {
        set_clock(world.now());
        Self { world: Arc::clone(world), provider: Provider::new(world), mail: tempfile::tempdir().unwrap() }
    }

    fn worker(&self, holder: &str) -> Worker {
        self.worker_on(self.world.store.clone(), holder)
    }

    fn worker_on(&self, store: Store, holder: &str) -> Worker {
        let directory = self.mail.path().to_owned();
        let mailer = Mailer::new(&config::Mail { directory, ..config::Mail::default() }).unwrap();
        let client_store: Arc<dyn ClientStore> = self.provider.clone();
        Worker {
            store,
            client_stores: HashMap::from([("sandpit".to_owned(), client_store)]),
            mailer,
            origin: ORIGIN.into(),
            ambient: ambient(),
            holder: holder.into(),
        }
    }

    /// A sandpit registration that the rules approved: one publication is due.
    async fn approved(&self) -> (Partner, RegistrationId) {
        let partner = self.world.partner("Riverside").await;
        let id = self.approved_once_more(&partner, "first").await;
        (partner, id)
    }

    /// The same for another service of the partner.
    async fn approved_once_more(&self, partner: &Partner, name: &str) -> RegistrationId {
        let service = self.world.service(&partner.owner, partner.organisation, name).await;
        let partner = Partner { service, ..partner.clone() };
        let id = self.world.submitted(&partner, "sandpit", common::draft("Riverside", common::KEY_A)).await;
        set_clock(self.world.now());
        id
    }

    /// What the client store holds of a registration.
    async fn kept(&self, id: RegistrationId) -> Option<Kept> {
        let client_id = self.registration(id).await.client_id.unwrap();
        self.provider.read(client_id.as_str()).await.unwrap()
    }

    /// The lease of a killed worker runs out; then the client is published once, as its first generation. A row that
    /// the killed one's connection still locks is passed over until the database rolled it back, so the other worker
    /// looks again, as it does in production, a second later each time.
    async fn another_worker_finishes(&self, id: RegistrationId) {
        wait(Duration::seconds(61));
        let finishes = async {
            while self.registration(id).await.client_state() != ClientState::Published {
                self.drain().await;
                wait(Duration::seconds(1));
                tokio::time::sleep(StdDuration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(StdDuration::from_secs(30), finishes).await.expect("another worker finishes");
        let kept = self.kept(id).await.expect("it is at the provider");
        assert_eq!((kept.client.generation, kept.client.enabled, kept.removed), (1, true, false));
        let entries = "SELECT COUNT(*) FROM history WHERE event_type = 'published' AND subject_id";
        assert_eq!(self.world.count(&format!("{entries} = '{id}'")).await, 1, "confirmed once");
    }

    async fn registration(&self, id: RegistrationId) -> Registration {
        self.world.store.load::<Registration>(id).await.unwrap().0
    }

    /// Steps until only what waits is left.
    async fn drain(&self) -> Vec<Step> {
        let worker = self.worker("drain");
        let mut steps = Vec::new();
        loop {
            match worker.step().await.unwrap() {
                Step::Nothing => return steps,
                step => steps.push(step),
            }
        }
    }

    fn mails(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.mail.path()).unwrap().map(|file| file.unwrap().path());
        let whole = files.filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
        whole.map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    fn mails_called(&self, subject: &str) -> usize {
        self.mails().iter().filter(|mail| mail.contains(&format!("Subject: {subject}"))).count()
    }
}

async fn with_clock(test: impl Future<Output = ()>) {
    CLOCK.scope(Arc::default(), test).await;
}

on_both![
    an_approval_reaches_the_provider_as_approved,
    an_answer_that_was_lost_is_asked_for_again,
    killed_beside_the_write_another_worker_finishes,
    killed_at_every_point_another_worker_finishes,
    a_panic_ends_one_step_and_not_the_worker,
    a_provider_that_is_down_is_tried_later_and_reported_once,
    a_refusal_is_reported_at_once_and_mended_later,
    a_policy_that_changed_withholds_but_never_keeps_a_client_on,
    a_worker_that_was_paused_changes_nothing_newer,
    two_workers_do_not_take_the_same_thing,
    mail_tokens_are_made_when_sent_and_kept_as_hashes,
    mail_that_cannot_be_written_is_tried_again,
    mail_is_given_up_by_its_age,
    a_provider_that_does_not_answer_keeps_no_mail_back,
    a_registration_that_cannot_be_read_is_put_off,
    a_generation_that_somebody_raised_keeps_no_client_on,
    what_somebody_changed_at_the_provider_waits_for_an_admin,
    a_client_that_was_withdrawn_is_gone_and_may_come_again,
    a_client_store_that_lies_ends_in_a_failure,
    a_mail_says_what_the_provider_confirmed,
    a_digest_with_nothing_in_it_does_not_leave,
];

async fn an_approval_reaches_the_provider_as_approved(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        assert_eq!(office.worker("a").step().await.unwrap(), Step::Published, "publications come before mail");
        let registration = office.registration(id).await;
        assert_eq!(registration.client_state(), ClientState::Published);
        let client_id = registration.client_id.clone().unwrap();
        let kept = office.provider.read(client_id.as_str()).await.unwrap().unwrap();
        let revision = registration.revision(1).unwrap();
        assert_eq!(kept.client.digest, revision.metadata_digest);
        assert_eq!(domain::draft::hex_digest(kept.client.metadata.as_bytes()), revision.metadata_digest);
        office.drain().await;
        assert!(office.mails_called("Your registration is published") >= 1, "{:?}", office.mails());
        assert!(office.mails().iter().all(|mail| mail.contains(ORIGIN)));
        assert_eq!(office.drain().await, [], "nothing is left");
    })
    .await;
}

async fn an_answer_that_was_lost_is_asked_for_again(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.provider.plan(Plan::LoseAnswer);
        assert_eq!(office.worker("a").step().await.unwrap(), Step::PublicationPutOff);
        assert_ne!(office.registration(id).await.client_state(), ClientState::Published);
        wait(Duration::seconds(5));
        assert_eq!(office.worker("b").step().await.unwrap(), Step::Published);
        let registration = office.registration(id).await;
        assert_eq!(registration.client_state(), ClientState::Published);
        let client_id = registration.client_id.unwrap();
        assert_eq!(office.provider.read(client_id.as_str()).await.unwrap().unwrap().client.generation, 1);
    })
    .await;
}

/// Killed between claim and write, and between write and confirm.
async fn killed_beside_the_write_another_worker_finishes(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let partner = world.partner("Riverside").await;
        for written in [false, true] {
            let id = office.approved_once_more(&partner, &format!("written-{written}")).await;
            let reached = Arc::new(Notify::new());
            office.provider.plan(match written {
                false => Plan::Pause(Arc::clone(&reached), Arc::default()),
                true => Plan::Hang(Arc::clone(&reached)),
            });
            let victim = office.worker("victim");
            tokio::select! {
                step = victim.step() => panic!("it was to be killed: {step:?}"),
                () = reached.notified() => {}
            }
            assert_eq!(office.kept(id).await.is_some(), written);
            office.another_worker_finishes(id).await;
        }
    })
    .await;
}

/// Killed after its first poll, after its second, and so on until it was quick enough.
async fn killed_at_every_point_another_worker_finishes(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let partner = world.partner("Riverside").await;
        for polls in 1.. {
            assert!(polls < 1000, "it never gets done");
            let id = office.approved_once_more(&partner, &format!("polls-{polls}")).await;
            let victim = office.worker("victim");
            let done = polled(victim.step(), polls).await;
            office.another_worker_finishes(id).await;
            if let Some(step) = done {
                assert_eq!(step.unwrap(), Step::Published);
                assert!(polls > 3, "{polls} polls are too few to have been killed anywhere");
                return;
            }
        }
    })
    .await;
}

/// What `future` gives, when it is done within so many polls; after them it is dropped as a killed process drops it.
async fn polled<T>(future: impl Future<Output = T>, polls: u32) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

async fn a_panic_ends_one_step_and_not_the_worker(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.provider.plan(Plan::Panic);
        let (tell, stop) = tokio::sync::watch::channel(false);
        let worker = office.worker("a");
        let onlooker = async {
            while office.provider.calls() == 0 {
                tokio::time::sleep(StdDuration::from_millis(20)).await;
            }
            wait(Duration::seconds(61));
            while office.registration(id).await.client_state() != ClientState::Published {
                tokio::time::sleep(StdDuration::from_millis(20)).await;
            }
            tell.send_replace(true);
        };
        let both = async { tokio::join!(worker.run(stop), onlooker) };
        tokio::time::timeout(StdDuration::from_secs(30), both).await.expect("the worker goes on after a panic");
    })
    .await;
}

async fn a_provider_that_is_down_is_tried_later_and_reported_once(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let _admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        let (_, id) = office.approved().await;
        for _ in 0..12 {
            office.provider.plan(Plan::Fail(ClientStoreError::Unavailable("it is down".into())));
        }
        let worker = office.worker("a");
        assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
        office.drain().await;
        assert_eq!(office.provider.calls(), 1, "it is not tried again at once");
        for failures in 2..=12 {
            wait(Duration::minutes(10));
            assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
            office.drain().await;
            let told = usize::from(failures > 8);
            assert_eq!(office.mails_called("A publication failed"), told, "one admin, one mail, when it goes on");
        }
        assert!(office.registration(id).await.failure.unwrap().message.0.contains("it is down"));
        wait(Duration::minutes(10));
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert!(office.registration(id).await.failure.is_none());
    })
    .await;
}

async fn a_refusal_is_reported_at_once_and_mended_later(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let _admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        let (_, id) = office.approved().await;
        office.provider.plan(Plan::Fail(ClientStoreError::Refused("no such scope".into())));
        assert_eq!(office.worker("a").step().await.unwrap(), Step::PublicationPutOff);
        assert!(office.registration(id).await.failure.unwrap().message.0.contains("no such scope"));
        wait(Duration::minutes(59));
        office.drain().await;
        assert_eq!(office.provider.calls(), 1);
        assert_eq!(office.mails_called("A publication failed"), 1);
        wait(Duration::minutes(2));
        assert_eq!(office.worker("a").step().await.unwrap(), Step::Published);
    })
    .await;
}

/// The operator asks for an admin's approval of what the rules approved before.
async fn a_policy_that_changed_withholds_but_never_keeps_a_client_on(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.drain().await;
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        let mut stricter = (*common::environments()).clone();
        stricter.iter_mut().for_each(|policy| policy.automatic = false);
        let store = Store::connect(&world.url, 2, Arc::new(stricter)).await.unwrap();
        let worker = office.worker_on(store, "stricter");
        let kept = async || {
            let client_id = office.registration(id).await.client_id.unwrap();
            office.provider.read(client_id.as_str()).await.unwrap().unwrap()
        };
        world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
        set_clock(world.now());
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert!(!kept().await.client.enabled, "suspended, whatever the policy asks for now");

        world.now_do(&admin.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
        set_clock(world.now());
        assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
        assert!(!kept().await.client.enabled);
        let failure = office.registration(id).await.failure.expect("a failed mark");
        assert_eq!(failure.message.0, "The revision does not have the approvals that the environment asks for.");
        office.drain().await;
        assert_eq!(office.mails_called("A publication failed"), 1);

        world.now_do(&admin.who, id, Command::Retire { reason: "Abuse.".into() }).await.unwrap();
        set_clock(world.now());
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert!(kept().await.removed);
    })
    .await;
}

async fn a_worker_that_was_paused_changes_nothing_newer(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (partner, id) = office.approved().await;
        let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        office.provider.plan(Plan::Pause(Arc::clone(&reached), Arc::clone(&go_on)));
        let paused = office.worker("paused");
        let newer = async {
            reached.notified().await;
            office.world.reauthenticate(&partner.owner).await;
            office.world.now_do(&partner.owner.who, id, Command::Retire { reason: String::new() }).await.unwrap();
            wait(Duration::minutes(2));
            let step = office.worker("newer").step().await.unwrap();
            go_on.notify_one();
            step
        };
        let (late, newer) = tokio::join!(paused.step(), newer);
        assert_eq!((late.unwrap(), newer), (Step::Overtaken, Step::Published));
        let registration = office.registration(id).await;
        assert_eq!(registration.client_state(), ClientState::Retired);
        assert!(registration.failure.is_none());
        let kept = office.provider.read(registration.client_id.unwrap().as_str()).await.unwrap().unwrap();
        assert!(kept.removed && kept.client.generation == 2, "{kept:?}");
    })
    .await;
}

async fn two_workers_do_not_take_the_same_thing(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        office.approved().await;
        let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        office.provider.plan(Plan::Pause(Arc::clone(&reached), Arc::clone(&go_on)));
        let first = office.worker("first");
        let others = async {
            reached.notified().await;
            let steps = office.drain().await;
            go_on.notify_one();
            steps
        };
        let (first, others) = tokio::join!(first.step(), others);
        assert_eq!(first.unwrap(), Step::Published);
        assert!(others.iter().all(|step| *step == Step::Mailed), "{others:?}");
        assert_eq!(office.provider.calls(), 1);
    })
    .await;
}

async fn mail_tokens_are_made_when_sent_and_kept_as_hashes(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        world.sign_up("ada@partner.example", "Ada").await.unwrap();
        set_clock(world.now());
        assert_eq!(world.count("SELECT COUNT(*) FROM links").await, 0, "no token before the mail");
        assert_eq!(office.drain().await, [Step::Mailed]);
        let mail = office.mails().remove(0);
        let start = format!("{ORIGIN}/verify/");
        let text: String = mail.split(&start).nth(1).unwrap().chars().take(43).collect();
        let token = Token::parse(&text).unwrap();
        let found = world.store.link(&token.hash(), now()).await.unwrap();
        assert_eq!(found.unwrap().1, store::LinkPurpose::Verify);
        assert_eq!(world.store.link(&token.hash(), now() + Duration::hours(25)).await.unwrap(), None);
        let kept = world.texts("SELECT token_hash FROM links").await;
        assert_eq!(kept, [token.hash()]);
        if let Some(directory) = &world.directory {
            for file in std::fs::read_dir(directory.path()).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "a token is at rest");
            }
        }
    })
    .await;
}

async fn mail_that_cannot_be_written_is_tried_again(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        world.sign_up("ada@partner.example", "Ada").await.unwrap();
        set_clock(world.now());
        let mut worker = office.worker("a");
        let blocked = office.mail.path().join("blocked");
        std::fs::write(&blocked, "a file, not a directory").unwrap();
        worker.mailer = Mailer::new(&config::Mail { directory: blocked.clone(), ..config::Mail::default() }).unwrap();
        assert_eq!(worker.step().await.unwrap(), Step::MailPutOff);
        assert_eq!(worker.step().await.unwrap(), Step::Nothing, "it waits");
        std::fs::remove_file(&blocked).unwrap();
        wait(Duration::seconds(10));
        assert_eq!(worker.step().await.unwrap(), Step::Mailed);
        assert_eq!(std::fs::read_dir(&blocked).unwrap().count(), 1);
    })
    .await;
}

async fn mail_is_given_up_by_its_age(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        world.sign_up("ada@partner.example", "Ada").await.unwrap();
        set_clock(world.now());
        let mut worker = office.worker("a");
        let blocked = office.mail.path().join("blocked");
        std::fs::write(&blocked, "a file, not a directory").unwrap();
        worker.mailer = Mailer::new(&config::Mail { directory: blocked, ..config::Mail::default() }).unwrap();
        for _ in 0..23 {
            assert_eq!(worker.step().await.unwrap(), Step::MailPutOff);
            wait(Duration::hours(1));
        }
        wait(Duration::minutes(59));
        assert_eq!(worker.step().await.unwrap(), Step::MailGivenUp, "a link is worth nothing after a day");
        assert_eq!(world.count("SELECT COUNT(*) FROM mail_outbox WHERE last_error IS NOT NULL").await, 1);
    })
    .await;
}

async fn a_provider_that_does_not_answer_keeps_no_mail_back(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        office.approved().await;
        let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        office.provider.plan(Plan::Pause(Arc::clone(&reached), Arc::clone(&go_on)));
        let (tell, stop) = tokio::sync::watch::channel(false);
        let worker = office.worker("a");
        let onlooker = async {
            reached.notified().await;
            while office.mails().is_empty() {
                tokio::time::sleep(StdDuration::from_millis(20)).await;
            }
            assert_eq!(office.provider.calls(), 1, "the client store is still asked");
            tell.send_replace(true);
            go_on.notify_one();
        };
        let both = async { tokio::join!(worker.run(stop), onlooker) };
        tokio::time::timeout(StdDuration::from_secs(15), both).await.expect("mail leaves meanwhile");
    })
    .await;
}

async fn a_registration_that_cannot_be_read_is_put_off(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (partner, broken) = office.approved().await;
        let other = office.approved_once_more(&partner, "second").await;
        world.sql(&format!("UPDATE registrations SET state = 'x' WHERE id = '{broken}'")).await.unwrap();
        let worker = office.worker("a");
        assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert_eq!(office.registration(other).await.client_state(), ClientState::Published);
        let errors = world.texts("SELECT last_error FROM publications WHERE done_at IS NULL").await;
        assert_eq!(errors, ["The registration cannot be read."]);
    })
    .await;
}

/// Somebody raised the generation at the provider; suspending, and retiring, go above it.
async fn a_generation_that_somebody_raised_keeps_no_client_on(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (partner, id) = office.approved().await;
        office.drain().await;
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        office.provider.sql("UPDATE oidc_clients SET generation = generation + 1000").await;
        world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
        set_clock(world.now());
        let worker = office.worker("a");
        assert_eq!(worker.step().await.unwrap(), Step::Overtaken, "read back, and wanted anew above it");
        assert_eq!(office.registration(id).await.confirmed().unwrap().does, Does::On, "not confirmed yet");
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        let kept = office.kept(id).await.unwrap();
        assert_eq!((kept.client.generation, kept.client.enabled), (1002, false));
        let registration = office.registration(id).await;
        assert_eq!(registration.confirmed().unwrap().does, Does::Off);
        assert!(registration.failure.is_none());

        office.provider.sql("UPDATE oidc_clients SET generation = generation + 1000").await;
        world.reauthenticate(&partner.owner).await;
        world.now_do(&partner.owner.who, id, Command::Retire { reason: String::new() }).await.unwrap();
        set_clock(world.now());
        assert_eq!(worker.step().await.unwrap(), Step::Overtaken);
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert!(office.kept(id).await.unwrap().removed);
        let registration = office.registration(id).await;
        assert_eq!(registration.confirmed().unwrap().does, Does::Removed);
        assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    })
    .await;
}

/// The worker had written it, and was gone before it could say so.
async fn a_client_that_was_withdrawn_is_gone_and_may_come_again(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (partner, id) = office.approved().await;
        office.provider.plan(Plan::LoseAnswer);
        let worker = office.worker("a");
        assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
        assert!(office.kept(id).await.unwrap().client.enabled, "people can sign in, and nobody here knows");
        world.now_do(&partner.developer.who, id, Command::Withdraw).await.unwrap();
        set_clock(world.now());
        office.drain().await;
        assert!(office.kept(id).await.unwrap().removed);
        assert_eq!(office.registration(id).await.confirmed().unwrap().does, Does::Absent);
        world.submit(&partner.developer, id).await.unwrap();
        set_clock(world.now());
        office.drain().await;
        let kept = office.kept(id).await.unwrap();
        assert!(kept.client.enabled && !kept.removed, "{kept:?}");
        assert_eq!(office.registration(id).await.client_state(), ClientState::Published);
    })
    .await;
}

/// What switches on never overwrites what somebody did at the provider: an admin looks, and publishes again above it.
async fn what_somebody_changed_at_the_provider_waits_for_an_admin(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.drain().await;
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        office.provider.sql("UPDATE oidc_clients SET generation = 1001, enabled = FALSE").await;
        let worker = office.worker("a");
        world.now_do(&admin.who, id, Command::Republish).await.unwrap();
        set_clock(world.now());
        for _ in 0..3 {
            assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
            office.drain().await;
            wait(Duration::hours(2));
        }
        assert_eq!(office.kept(id).await.unwrap().client.generation, 1001);
        let failure = office.registration(id).await.failure.unwrap();
        assert!(failure.message.0.contains("someone changed it there"), "{}", failure.message.0);
        let found = "SELECT COUNT(*) FROM history WHERE event_type = 'newer_generation_found'";
        assert_eq!(world.count(found).await, 1, "once, however often it is tried");
        world.now_do(&admin.who, id, Command::Republish).await.unwrap();
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        let kept = office.kept(id).await.unwrap();
        assert_eq!((kept.client.generation, kept.client.enabled), (1002, true));
    })
    .await;
}

/// A client store that answers what cannot be, or a greater generation each time, fills no history.
async fn a_client_store_that_lies_ends_in_a_failure(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.drain().await;
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
        set_clock(world.now());
        let worker = office.worker("a");
        for (lie, words) in [
            (i64::MAX, "generation 9223372036854775807 of this client. That is impossible"),
            (-7, "generation -7 of this client. That is impossible"),
        ] {
            office.provider.plan(Plan::Claim(lie));
            assert_eq!(worker.step().await.unwrap(), Step::PublicationPutOff);
            let error = world.texts("SELECT last_error FROM publications WHERE done_at IS NULL").await.remove(0);
            assert!(error.contains(words), "{error}");
            wait(Duration::hours(2));
        }
        for greater in 1..=6 {
            office.provider.plan(Plan::Claim(greater * 5000));
        }
        let mut steps = Vec::new();
        for _ in 0..6 {
            steps.push(worker.step().await.unwrap());
            wait(Duration::hours(2));
        }
        let (overtaken, put_off) = (Step::Overtaken, Step::PublicationPutOff);
        assert_eq!(steps, [overtaken, overtaken, overtaken, put_off, put_off, put_off]);
        let found = "SELECT COUNT(*) FROM history WHERE event_type = 'newer_generation_found'";
        assert_eq!(world.count(found).await, 4, "however often it is tried");
        let failure = office.registration(id).await.failure.unwrap();
        assert!(failure.message.0.contains("Something else writes there"), "{}", failure.message.0);
        assert!(office.registration(id).await.confirmed().unwrap().does == Does::On, "nothing was confirmed");
        assert_eq!(worker.step().await.unwrap(), Step::Published);
        assert_eq!(office.registration(id).await.confirmed().unwrap().does, Does::Off);
    })
    .await;
}

/// With the client store out of reach a mail says no more than that the client is being suspended.
async fn a_mail_says_what_the_provider_confirmed(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let (_, id) = office.approved().await;
        office.drain().await;
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        set_clock(world.now());
        office.drain().await;
        let earlier = office.mails().len();
        world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
        set_clock(world.now());
        office.provider.plan(Plan::Fail(ClientStoreError::Unavailable("database is locked by user quixvarn".into())));
        office.drain().await;
        assert_eq!(office.mails_called("Your client is being suspended"), 2);
        assert_eq!(office.mails_called("A client is being suspended"), 1, "the admin");
        let text = office.mails().join("\n").replace("=\r\n", "").replace("\r\n", " ");
        assert!(text.contains("People can still sign in with your client"), "{text}");
        for done in ["Nobody can sign in", "nobody can sign in", "cannot sign in", "quixvarn"] {
            assert!(!text.contains(done), "{done}: {text}");
        }
        wait(Duration::minutes(10));
        office.drain().await;
        assert_eq!(office.mails_called("Your client is suspended"), 2);
        assert_eq!(office.mails().len(), earlier + 5);
        let text = office.mails().join("\n").replace("=\r\n", "").replace("\r\n", " ");
        assert!(text.contains("Nobody can sign in with your client"), "{text}");
    })
    .await;
}

/// What was decided on before the mail leaves is no reason for a mail.
async fn a_digest_with_nothing_in_it_does_not_leave(world: Arc<World>) {
    with_clock(async {
        let office = Office::new(&world);
        let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
        let partner = world.partner("Riverside").await;
        set_clock(world.now());
        office.drain().await;
        let id = world.submitted(&partner, "integration", common::restricted("Riverside", common::KEY_A)).await;
        world.now_do(&admin.who, id, Command::Reject { number: 1, reason: "No.".into() }).await.unwrap();
        set_clock(world.now());
        let steps = office.drain().await;
        assert!(steps.contains(&Step::MailNotNeeded), "{steps:?}");
        assert_eq!(office.mails_called("Registrations are ready for review"), 0);
        let again = world
            .start(
                &partner.developer,
                &Partner {
                    service: world.service(&partner.owner, partner.organisation, "Second").await,
                    ..partner.clone()
                },
                "live",
                common::draft("Second", common::KEY_B),
            )
            .await
            .unwrap();
        world.submit(&partner.developer, again).await.unwrap();
        set_clock(world.now() + Duration::HOUR);
        office.drain().await;
        assert_eq!(office.mails_called("Registrations are ready for review"), 1);
        let mail = office.mails().into_iter().find(|mail| mail.contains("Registrations are ready for review")).unwrap();
        assert!(mail.contains("1 revision is ready for review: 1 in Live."), "{mail}");
        assert!(mail.contains(&format!("{ORIGIN}/admin/queue")), "{mail}");
    })
    .await;
}

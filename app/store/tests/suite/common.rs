//! A fresh database for each test, on SQLite and on PostgreSQL, and people to act in it.

use domain::{
    account::{Account, Command as AccountCommand, Proof, Secret},
    actor::{StaffRole, TeamRole, TokenScope},
    draft::{Draft, DraftChange, DraftKey},
    email::EmailAddress,
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId, TokenId},
    organisation::{Asked, Command as OrganisationCommand, Contacts, Organisation, ServiceDraft, TokenDraft},
    policy::EnvironmentPolicy,
    registration::{Command, Registration},
};
use sea_orm::{ConnectionTrait, Database, QueryResult, Statement};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use store::{
    Claimed, Done, Expected, LinkPurpose, Moment, PublicationJob, SignedIn, Store, StoreError, Who,
    read::{Author, EntryRow},
};
use time::{Duration, OffsetDateTime, macros::datetime};

pub(crate) const START: OffsetDateTime = datetime!(2026-03-02 09:00:00.125 UTC);

pub(crate) const KEY_A: &str = include_str!("../keys/a.pem");
pub(crate) const KEY_B: &str = include_str!("../keys/b.pem");

/// Runs an `async fn(Arc<World>)` on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(std::sync::Arc::new(crate::common::World::on_sqlite().await)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name(std::sync::Arc::new(crate::common::World::on_postgres().await)).await;
            }
        }
    )* };
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Kept for its lifetime.
    pub(crate) directory: Option<tempfile::TempDir>,
    ticks: AtomicU64,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) account: AccountId,
    pub(crate) who: Who,
    pub(crate) token: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Partner {
    pub(crate) organisation: OrganisationId,
    pub(crate) service: ServiceId,
    pub(crate) owner: User,
    pub(crate) developer: User,
}

/// Sandpit approves by itself; `integration` wants one admin and `live` two; none wants evidence or another first.
pub(crate) fn environments() -> Arc<Vec<EnvironmentPolicy>> {
    let mut environments = EnvironmentPolicy::nhs_login();
    for policy in &mut environments {
        policy.after = None;
        policy.evidence.clear();
        policy.possession_required = false;
        policy.second_factor_to_submit = false;
        policy.open_to_unconfirmed = true;
    }
    Arc::new(environments)
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("portal.sqlite").display());
        Self::at(url, Some(directory)).await
    }

    pub(crate) async fn on_postgres() -> Self {
        Self::at(Self::new_postgres().await, None).await
    }

    /// An empty database.
    pub(crate) async fn new_postgres() -> String {
        let server = std::env::var("TEST_POSTGRES_URL").expect("run the tests by tests/with-postgres");
        let number = DATABASES.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{}_{number}", std::process::id());
        let admin = Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        format!("{host}/{name}")
    }

    async fn at(url: String, directory: Option<tempfile::TempDir>) -> Self {
        let world = Self::open(url, directory, 0).await;
        world.bring_up().await;
        world
    }

    /// A database as it is, at a time of its own.
    pub(crate) async fn open(url: String, directory: Option<tempfile::TempDir>, ticks: u64) -> Self {
        let store = Store::connect(&url, 8, environments()).await.unwrap();
        Self { store, url, directory, ticks: AtomicU64::new(ticks) }
    }

    pub(crate) async fn bring_up(&self) {
        // Two instances start together, as they may in production: one brings the database up, the other waits.
        let (store, other) = (&self.store, Store::connect(&self.url, 1, environments()).await.unwrap());
        tokio::try_join!(migrations::bring_up(store.connection()), migrations::bring_up(other.connection())).unwrap();
        store.index_earlier_entries().await.unwrap();
        store.index_earlier_names().await.unwrap();
        store.multiply_earlier_keys().await.unwrap();
        store.note_earlier_keys().await.unwrap();
    }

    pub(crate) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::SeqCst)
    }

    /// The same database on PostgreSQL, as another role: its name in an address, and what it ends with.
    pub(crate) async fn as_role(&self, role: &str, end: u32) -> Self {
        let url = self.url.replace("//postgres@", &format!("//{role}{end}@"));
        let store = Store::connect(&url, 8, environments()).await.unwrap();
        let ticks = AtomicU64::new(self.ticks.load(Ordering::SeqCst));
        Self { store, url, directory: None, ticks }
    }

    /// The same database, where environments ask for other things.
    pub(crate) async fn asking(&self, policies: Vec<EnvironmentPolicy>) -> Self {
        let store = Store::connect(&self.url, 8, Arc::new(policies)).await.unwrap();
        Self { store, url: self.url.clone(), directory: None, ticks: AtomicU64::new(self.ticks()) }
    }

    /// One second later than the last, with other random bytes.
    pub(crate) fn moment(&self) -> Moment {
        let tick = self.ticks.fetch_add(1, Ordering::SeqCst);
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&tick.to_be_bytes());
        Moment::new(self.now_at(tick), seed)
    }

    fn now_at(&self, tick: u64) -> OffsetDateTime {
        START + Duration::seconds(i64::try_from(tick).unwrap())
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now_at(self.ticks.load(Ordering::SeqCst))
    }

    /// Lets time go by. Whoever is signed in has to sign in anew.
    pub(crate) fn wait(&self, time: Duration) {
        self.ticks.fetch_add(u64::try_from(time.whole_seconds()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn fresh(&self) -> (u64, [u8; 10]) {
        let tick = self.ticks.fetch_add(1, Ordering::SeqCst);
        let mut random = [3; 10];
        random[2..].copy_from_slice(&tick.to_be_bytes());
        (u64::try_from(self.now_at(tick).unix_timestamp()).unwrap() * 1000, random)
    }

    pub(crate) fn client_id(&self) -> ClientId {
        let (_, random) = self.fresh();
        let mut id = [9; 16];
        id[..10].copy_from_slice(&random);
        ClientId::from_random(id)
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let connection = self.store.connection();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        connection.query_all_raw(statement).await.unwrap()
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.rows(sql).await[0].try_get_by_index(0).unwrap()
    }

    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.rows(sql).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Lets statements through that the database refuses.
    pub(crate) async fn untie(&self, tables: &[&str]) {
        for table in tables {
            if self.url.starts_with("postgres") {
                self.sql(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await.unwrap();
                continue;
            }
            let select = format!("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'");
            for trigger in self.texts(&select).await {
                self.sql(&format!("DROP TRIGGER {trigger}")).await.unwrap();
            }
        }
    }

    pub(crate) async fn sql(&self, sql: &str) -> Result<(), sea_orm::DbErr> {
        self.store.connection().execute_unprepared(sql).await.map(|_| ())
    }

    // People.

    pub(crate) async fn account(
        &self,
        who: &Who,
        id: AccountId,
        command: AccountCommand,
    ) -> Result<Done<Account>, StoreError> {
        self.store.execute::<Account>(&self.moment(), who, id, Expected::Any, command).await
    }

    pub(crate) async fn sign_up(&self, email: &str, name: &str) -> Result<AccountId, StoreError> {
        let (millis, random) = self.fresh();
        let id = AccountId::from_parts(millis, random);
        let email = EmailAddress::parse(email).unwrap();
        let password = Secret(format!("$argon2id$secret-of-{name}"));
        let command = AccountCommand::SignUp { email, name: name.into(), password };
        self.store.execute::<Account>(&self.moment(), &Who::Visitor, id, Expected::New, command).await?;
        Ok(id)
    }

    pub(crate) async fn verify(&self, account: AccountId) {
        let link = format!("verify-{account}");
        let expires = self.now() + Duration::hours(1);
        self.store.store_link(&link, account, LinkPurpose::Verify, expires).await.unwrap();
        let shown = self.fingerprint(account).await;
        self.account(&Who::Visitor, account, AccountCommand::Verify { link: Secret(link), shown }).await.unwrap();
    }

    /// What stands for the password that the account has now.
    pub(crate) async fn fingerprint(&self, account: AccountId) -> Secret {
        self.store.credentials(account).await.unwrap().unwrap().fingerprint
    }

    pub(crate) async fn sign_in(&self, account: AccountId, proof: Proof) -> Result<User, StoreError> {
        let shown = self.fingerprint(account).await;
        self.sign_in_with(account, proof, shown).await
    }

    pub(crate) async fn sign_in_with(
        &self,
        account: AccountId,
        proof: Proof,
        shown: Secret,
    ) -> Result<User, StoreError> {
        let (_, random) = self.fresh();
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let command = AccountCommand::SignIn { session: Secret(token.clone()), proof, shown };
        self.account(&Who::Visitor, account, command).await?;
        Ok(User { account, who: Who::Session { token_hash: token.clone() }, token })
    }

    /// Signed up, verified, signed in.
    pub(crate) async fn person(&self, name: &str) -> User {
        let account = self.sign_up(&format!("{name}@partner.example"), name).await.unwrap();
        self.verify(account).await;
        self.sign_in(account, Proof::PasswordOnly).await.unwrap()
    }

    /// With a second factor and freshly authenticated.
    pub(crate) async fn staff(&self, name: &str, role: StaffRole) -> User {
        let account = self.sign_up(&format!("{name}@nhs.example"), name).await.unwrap();
        self.verify(account).await;
        let email = EmailAddress::parse(&format!("{name}@nhs.example")).unwrap();
        self.account(&Who::Operator, account, AccountCommand::Grant { email, role }).await.unwrap();
        let first = self.sign_in(account, Proof::PasswordOnly).await.unwrap();
        self.add_second_factor(&first).await;
        let user = self.sign_in(account, Proof::Totp { step: 1000 }).await.unwrap();
        self.reauthenticate(&user).await;
        user
    }

    pub(crate) async fn add_second_factor(&self, user: &User) {
        let command = AccountCommand::SetSecondFactor {
            totp: Secret("sealed".into()),
            step: 999,
            recovery_codes: vec![
                Secret(format!("code-1-{}", user.account)),
                Secret(format!("code-2-{}", user.account)),
            ],
            keep: Secret(user.token.clone()),
        };
        self.account(&user.who, user.account, command).await.unwrap();
    }

    pub(crate) async fn reauthenticate(&self, user: &User) {
        let command =
            AccountCommand::Reauthenticate { session: Secret(user.token.clone()), proof: Proof::PasswordOnly };
        self.account(&user.who, user.account, command).await.unwrap();
    }

    pub(crate) async fn signed_in(&self, user: &User) -> Option<SignedIn> {
        self.store.session(&user.token, self.now()).await.unwrap()
    }

    // Partners.

    pub(crate) async fn organisation(
        &self,
        who: &Who,
        id: OrganisationId,
        command: OrganisationCommand,
    ) -> Result<Done<Organisation>, StoreError> {
        self.store.execute::<Organisation>(&self.moment(), who, id, Expected::Any, command).await
    }

    /// The open request of somebody to join, as pages show it.
    pub(crate) async fn asked(&self, organisation: OrganisationId, account: AccountId) -> Asked {
        let (state, _) = self.store.load::<Organisation>(organisation).await.unwrap();
        Asked { account, at: state.requests.get(&account).map_or(OffsetDateTime::UNIX_EPOCH, |request| request.at) }
    }

    /// A token that acts as `user` in the sandpit and in integration for 30 days, of which this is the hash.
    pub(crate) async fn make_token(
        &self,
        of: &Partner,
        user: &User,
        name: &str,
        scope: TokenScope,
        hash: &str,
    ) -> TokenId {
        self.reauthenticate(user).await;
        let (millis, random) = self.fresh();
        let id = TokenId::from_parts(millis, random);
        let environments = ["sandpit", "integration"].map(str::to_owned).into();
        let draft = TokenDraft { name: name.into(), scope: Some(scope), environments, days: Some(30) };
        let make = OrganisationCommand::MakeToken { id, draft, secret: Secret(hash.into()) };
        self.organisation(&user.who, of.organisation, make).await.unwrap();
        id
    }

    pub(crate) async fn partner(&self, name: &str) -> Partner {
        let owner = self.person(&format!("{name}-owner")).await;
        let developer = self.person(&format!("{name}-developer")).await;
        let (millis, random) = self.fresh();
        let organisation = OrganisationId::from_parts(millis, random);
        let create = OrganisationCommand::Create { name: format!("{name} organisation"), ods_code: "X26".into() };
        self.organisation(&owner.who, organisation, create).await.unwrap();
        let add = OrganisationCommand::AddMember { account: developer.account, role: TeamRole::Developer };
        self.organisation(&Who::Operator, organisation, add).await.unwrap();
        let service = self.service(&owner, organisation, name).await;
        Partner { organisation, service, owner, developer }
    }

    pub(crate) async fn service(&self, owner: &User, organisation: OrganisationId, name: &str) -> ServiceId {
        let (millis, random) = self.fresh();
        let service = ServiceId::from_parts(millis, random);
        let contact = || format!("{}@partner.example", name.to_lowercase());
        let draft = ServiceDraft {
            name: format!("{name} service"),
            description: format!("What {name} is for."),
            use_case: "People book appointments.".into(),
            contacts: Contacts { technical: contact(), product: contact(), security: contact() },
        };
        let add = OrganisationCommand::AddService { id: service, draft };
        self.organisation(&owner.who, organisation, add).await.unwrap();
        service
    }

    // Registrations.

    pub(crate) async fn command(
        &self,
        user: &User,
        id: RegistrationId,
        version: u64,
        command: Command,
    ) -> Result<Done<Registration>, StoreError> {
        self.store.execute::<Registration>(&self.moment(), &user.who, id, Expected::Version(version), command).await
    }

    /// On whatever version is there.
    pub(crate) async fn now_do(
        &self,
        who: &Who,
        id: RegistrationId,
        command: Command,
    ) -> Result<Done<Registration>, StoreError> {
        self.store.execute::<Registration>(&self.moment(), who, id, Expected::Any, command).await
    }

    pub(crate) async fn start(
        &self,
        user: &User,
        partner: &Partner,
        environment: &str,
        draft: Draft,
    ) -> Result<RegistrationId, StoreError> {
        self.start_by(&self.store, user, partner, environment, draft).await
    }

    /// Starts a registration by the rules of another store on the same database.
    pub(crate) async fn start_by(
        &self,
        store: &Store,
        user: &User,
        partner: &Partner,
        environment: &str,
        draft: Draft,
    ) -> Result<RegistrationId, StoreError> {
        let (millis, random) = self.fresh();
        let id = RegistrationId::from_parts(millis, random);
        let command = Command::Start {
            organisation: partner.organisation,
            service: partner.service,
            environment: environment.into(),
            copy_of: None,
            draft: Box::new(draft.into()),
        };
        store.execute::<Registration>(&self.moment(), &user.who, id, Expected::New, command).await.map(|_| id)
    }

    pub(crate) async fn submit(&self, user: &User, id: RegistrationId) -> Result<Done<Registration>, StoreError> {
        self.now_do(&user.who, id, Command::Submit { client_id: self.client_id() }).await
    }

    /// Started and submitted by the developer.
    pub(crate) async fn submitted(&self, partner: &Partner, environment: &str, draft: Draft) -> RegistrationId {
        let id = self.start(&partner.developer, partner, environment, draft).await.unwrap();
        self.submit(&partner.developer, id).await.unwrap();
        id
    }

    /// The command that approves the revision under review, as a page that shows it would send it.
    pub(crate) async fn approval(&self, id: RegistrationId) -> (Command, u64) {
        let (registration, version) = self.store.load::<Registration>(id).await.unwrap();
        let revision = registration.submitted().expect("a revision under review");
        let command = Command::Approve {
            number: revision.number,
            digest: revision.digest.clone(),
            metadata_digest: revision.metadata_digest.clone(),
            comment: String::new(),
            client_id: self.client_id(),
        };
        (command, version)
    }

    pub(crate) async fn approve(&self, admin: &User, id: RegistrationId) -> Result<Done<Registration>, StoreError> {
        self.reauthenticate(admin).await;
        let (command, version) = self.approval(id).await;
        self.command(admin, id, version, command).await
    }

    /// Claims a publication that may be written; one that is withheld fails the test.
    pub(crate) async fn claim(&self, now: OffsetDateTime, holder: &str, lease: Duration) -> Option<PublicationJob> {
        match self.store.claim_publication(now, holder, lease, &[]).await.unwrap()? {
            Claimed::Job(job) => Some(*job),
            Claimed::Withheld(withheld) => panic!("{withheld:?}"),
        }
    }

    /// The reason why the publication that is due is withheld.
    pub(crate) async fn withheld(&self, now: OffsetDateTime, lease: Duration) -> Option<&'static str> {
        match self.store.claim_publication(now, "test", lease, &[]).await.unwrap()? {
            Claimed::Job(_) => None,
            Claimed::Withheld(withheld) => Some(withheld.reason),
        }
    }

    /// Claims what is due and confirms it, as the worker does when all goes well.
    pub(crate) async fn publish_all(&self) -> Vec<(RegistrationId, String)> {
        let mut published = Vec::new();
        while let Some(job) = self.claim(self.now(), "test", Duration::seconds(60)).await {
            let command =
                Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest.clone() };
            self.now_do(&Who::System, job.registration, command).await.unwrap();
            published.push((job.registration, job.metadata_digest));
        }
        published
    }
}

/// A draft that passes every check and that the rules alone approve in the sandpit.
pub(crate) fn draft(name: &str, key: &str) -> Draft {
    Draft {
        client_name: format!("{name} client"),
        public_keys: vec![DraftKey::of(key)],
        redirect_uris: vec![format!("https://{}.example.com/callback", name.to_lowercase())],
        scopes: vec!["openid".into(), "email".into()],
        reasons: [("email".to_owned(), "To send a reminder of each appointment that was booked.".to_owned())].into(),
        vectors: vec!["P9.Cp.Cd".into()],
        ..Draft::default()
    }
}

/// The same with a restricted scope, which wants an admin everywhere.
pub(crate) fn restricted(name: &str, key: &str) -> Draft {
    let mut draft = draft(name, key);
    draft.change(with_profile());
    draft
}

pub(crate) fn with_profile() -> DraftChange {
    let reason = "The NHS number identifies the patient’s record when a referral is matched.";
    DraftChange::Scopes {
        scopes: vec!["openid".into(), "profile".into()],
        reasons: [("profile".to_owned(), reason.to_owned())].into(),
    }
}

/// Who did it, as the viewer reads it.
pub(crate) fn author(entry: &EntryRow) -> String {
    match &entry.author {
        Author::Person { then, .. } => then.to_string(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> domain::refusal::Refusal {
    match outcome {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn is_stale<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Stale { .. }))
}

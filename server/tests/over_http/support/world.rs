//! One portal: configuration, database, router, worker, mails.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use usecases::{Endpoints, Portal, PortalParts, ProviderEndpoints};

use axum::Router;
use domain::actor::StaffRole;
use domain::id::AccountId;
use sea_orm::{ConnectionTrait, Database, DatabaseBackend, QueryResult, Statement};
use server::config::Config;
use server::http::assets::Site;
use server::worker::{Step, Worker};
use server::{admin, serve, startup};
use store::Store;

use super::clock;
use super::mail::{self, Mail};
use super::person::Person;

/// Where people reach the portal of the tests.
pub(crate) const ORIGIN: &str = "https://portal.example.org";

static DATABASES: AtomicU64 = AtomicU64::new(0);

/// One portal.
pub(crate) struct World {
    /// Where everything lies.
    pub(crate) directory: tempfile::TempDir,
    /// As read from the file.
    pub(crate) config: Config,
    /// The database.
    pub(crate) store: Store,
    /// What every request finds.
    pub(crate) portal: Portal,
    /// What answers.
    pub(crate) router: Router,
    /// What publishes and mails, a step at a time.
    pub(crate) worker: Worker,
}

impl World {
    /// A portal on SQLite, reached over https.
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// The same with more configuration.
    pub(crate) async fn with(more: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("portal.sqlite").display());
        Self::at(directory, &url, ORIGIN, more).await
    }

    /// A portal that is reached at another origin.
    pub(crate) async fn reached_at(origin: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("portal.sqlite").display());
        Self::at(directory, &url, origin, "").await
    }

    /// A portal on PostgreSQL.
    pub(crate) async fn on_postgres() -> Self {
        Self::on_postgres_with("").await
    }

    /// The same with more configuration.
    pub(crate) async fn on_postgres_with(more: &str) -> Self {
        let server = std::env::var("TEST_POSTGRES_URL").expect("run the tests by app/store/tests/with-postgres");
        let name = format!("http_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::SeqCst));
        let admin = Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        Self::at(tempfile::tempdir().unwrap(), &format!("{host}/{name}"), ORIGIN, more).await
    }

    async fn at(directory: tempfile::TempDir, url: &str, origin: &str, more: &str) -> Self {
        clock::reset();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = config(directory.path(), url, origin, more);
        let store = startup::open_store(&config).await.unwrap();
        let portal = startup::portal(&config, store.clone(), clock::ambient()).await.unwrap();
        let endpoints: Endpoints = Arc::new(|issuer| Box::pin(async move { Some(endpoints(&issuer)) }));
        let portal = Portal::from(PortalParts { endpoints, ..PortalParts::clone(&portal) });
        let router = serve::router_around(&config, portal.clone(), &Site::default());
        let worker = startup::worker(&config, store.clone(), clock::ambient()).unwrap();
        Self { directory, config, store, portal, router, worker }
    }

    /// Somebody with a browser who is not signed in.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(self.router.clone(), &self.config.http.origin())
    }

    /// Lets the worker do everything that is due.
    pub(crate) async fn work(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            match self.worker.step().await.unwrap() {
                Step::Nothing => return steps,
                step => steps.push(step),
            }
            assert!(steps.len() < 200, "the worker does not come to rest: {steps:?}");
        }
    }

    /// All mails that left, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        mail::read_all(&self.mail_directory())
    }

    /// The mails to one address, oldest first.
    pub(crate) fn mails_to(&self, email: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.header("To") == email).collect()
    }

    /// The path of the link in the latest mail to an address.
    pub(crate) fn latest_link(&self, email: &str) -> String {
        let mail = self.mails_to(email).pop().unwrap_or_else(|| panic!("no mail to {email}"));
        let link = mail.link();
        link.strip_prefix(&self.config.http.origin()).unwrap_or_else(|| panic!("{link} leads elsewhere")).to_owned()
    }

    /// Where mails are written.
    pub(crate) fn mail_directory(&self) -> PathBuf {
        self.directory.path().join("mail")
    }

    /// The account of an address.
    pub(crate) async fn account(&self, email: &str) -> AccountId {
        self.store.credentials_by_email(email).await.unwrap().unwrap().account.id
    }

    /// Signs somebody up through the forms: account, mailed link, session.
    pub(crate) async fn partner(&self, name: &str, email: &str) -> Person {
        let mut person = self.visitor();
        email.clone_into(&mut person.email);
        let password = person.password.clone();
        let filled = [("name", name), ("email", email), ("password", password.as_str())];
        person.fill("/sign-up", "/api/sign-up", &filled).await.leads_to("/sign-up/sent");
        self.work().await;
        let link = self.latest_link(email);
        person.fill(&link, "/api/verify", &[("password", &password)]).await.leads_to("/sign-in?done=verified");
        person.sign_in().await;
        person
    }

    /// Gives somebody a staff role as `portal admin create` does; they choose a password and have no second factor yet.
    pub(crate) async fn staff_without_second_factor(&self, email: &str, role: StaffRole) -> Person {
        admin::create(&self.store, clock::ambient(), email, role).await.unwrap();
        self.work().await;
        let mut person = self.visitor();
        email.clone_into(&mut person.email);
        let (link, password) = (self.latest_link(email), person.password.clone());
        let filled = [("name", "Stella Staff"), ("password", password.as_str())];
        let answer = person.fill(&link, "/api/reset-password", &filled).await;
        answer.leads_to("/sign-in?done=password-reset");
        person.sign_in().await;
        person
    }

    /// Somebody with a staff role who signed in with a second factor.
    pub(crate) async fn staff(&self, email: &str, role: StaffRole) -> Person {
        let mut person = self.staff_without_second_factor(email, role).await;
        enrol(&mut person).await;
        person.sign_in().await;
        person
    }

    /// An admin.
    pub(crate) async fn admin(&self, email: &str) -> Person {
        self.staff(email, StaffRole::Admin).await
    }

    /// How many entries the history has.
    pub(crate) async fn history_length(&self) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM history").await
    }

    /// The number that a query gives as `n`.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        self.rows(query).await[0].try_get("", "n").unwrap()
    }

    /// The rows of a query.
    pub(crate) async fn rows(&self, query: &str) -> Vec<QueryResult> {
        let connection = self.store.connection();
        let statement = Statement::from_string(connection.get_database_backend(), query);
        connection.query_all_raw(statement).await.unwrap()
    }

    /// Every table as text, one line for each row, the table's name first.
    pub(crate) async fn dump(&self) -> Vec<String> {
        let sqlite = self.store.connection().get_database_backend() == DatabaseBackend::Sqlite;
        let tables = match sqlite {
            true => {
                "SELECT name AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            false => "SELECT tablename::text AS n FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
        };
        let mut lines = Vec::new();
        for table in self.rows(tables).await {
            let table: String = table.try_get("", "n").unwrap();
            for row in self.rows(&self.as_text(&table, sqlite).await).await {
                lines.push(format!("{table}: {}", row.try_get::<String>("", "n").unwrap()));
            }
        }
        lines.sort();
        lines
    }

    async fn as_text(&self, table: &str, sqlite: bool) -> String {
        if !sqlite {
            return format!("SELECT row_to_json(t)::text AS n FROM {table} t");
        }
        let columns = self.rows(&format!("SELECT name AS n FROM pragma_table_info('{table}')")).await;
        let columns: Vec<String> = columns.iter().map(|row| row.try_get("", "n").unwrap()).collect();
        // SQLite's text ends at NUL, so such bytes are made visible first.
        let quoted: Vec<String> = columns
            .iter()
            .map(|column| {
                format!(
                    "'{column}=' || COALESCE(CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") \
                     ELSE replace(CAST(\"{column}\" AS TEXT), char(0), '\\0') END, 'NULL')"
                )
            })
            .collect();
        format!("SELECT {} AS n FROM {table}", quoted.join(" || ' ' || "))
    }

    /// What would change when something is changed: every table but those that note that somebody was there.
    pub(crate) async fn state(&self) -> Vec<String> {
        let mut lines = self.dump().await;
        lines.retain(|line| !line.starts_with("sessions:") && !line.starts_with("refused_forms:"));
        lines
    }

    /// Every file of the portal, databases with their write-ahead logs and mails included, by name.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        collect(self.directory.path(), &mut found);
        found
    }
}

/// Sets a second factor through the forms. Every session ends but this one.
pub(crate) async fn enrol(person: &mut Person) {
    let password = person.password.clone();
    let begun = person.fill("/account/second-factor", "/api/begin-second-factor", &[("password", &password)]).await;
    let page = person.follow(begun).await.expect(200);
    let secret = secret_on(&page.body);
    person.app = usecases::auth::TotpSecret::from_slice(&secret);
    let code = person.code();
    let done = person.submit(&page, "/api/confirm-second-factor", &[("code", &code)]).await;
    let page = person.follow(done).await.expect(200);
    person.submit(&page, "/api/recovery-codes-saved", &[]).await.leads_to("/account?done=second-factor-set");
}

/// The secret in the `otpauth` address that the page shows.
fn secret_on(body: &str) -> Vec<u8> {
    let at = body.find("secret=").expect("the page shows the secret") + "secret=".len();
    let base32: String = body[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
    data_encoding::BASE32_NOPAD.decode(base32.as_bytes()).unwrap()
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, found),
            false => found.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
}

fn config(directory: &Path, url: &str, origin: &str, more: &str) -> Config {
    let path = directory.display();
    let mut toml = format!(
        "[http]\nbase_url = \"{origin}\"\ntrusted_proxies = 1\n[database]\nurl = \"{url}\"\nmax_connections = 4\n\
         [mail]\ndirectory = \"{path}/mail\"\n[security]\nhashing_concurrency = 2\nsecret_key_file = \"{path}/portal.key\"\n"
    );
    for name in ["sandpit", "integration", "live"] {
        toml += &format!(
            "[environment.{name}.client_store]\nkind = \"sql\"\nurl = \"sqlite://{path}/{name}.sqlite?mode=rwc\"\n"
        );
    }
    if !more.contains("[files]") {
        toml += &format!("[files]\ndirectory = \"{path}/files\"\n");
    }
    // The clock of the tests stands, so that nothing is given back: what one account reads is limited in a test of that.
    if !more.contains("[limits]") {
        toml += "[limits]\nsearches_a_minute = 10000\ndownloads_an_hour = 10000\npages_a_minute = 100000\n";
    }
    server::config::load_from(&format!("{toml}{more}"), std::iter::empty()).unwrap()
}

fn endpoints(issuer: &str) -> ProviderEndpoints {
    ProviderEndpoints {
        authorization: format!("{issuer}/authorize"),
        token: format!("{issuer}/token"),
        userinfo: format!("{issuer}/userinfo"),
        jwks: format!("{issuer}/.well-known/jwks.json"),
    }
}

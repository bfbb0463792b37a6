//! The demo data on SQLite, with real client stores.

use super::*;
use domain::registration::{ClientState, Registration, RevisionState};
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use usecases::auth::{Ambient, Auth, Limits, Passwords, Pool, SecretBox, check_password};

struct Demo {
    directory: tempfile::TempDir,
    config: Config,
    store: Store,
    auth: Auth,
}

fn config(directory: &Path, listen: &str, base_url: &str) -> Config {
    let path = directory.display();
    let mut toml = format!("[http]\nlisten = \"{listen}\"\nbase_url = \"{base_url}\"\ntrusted_proxies = 1\n");
    for name in ["sandpit", "integration", "live"] {
        toml += &format!(
            "[environment.{name}]\nallow_loopback = true\n\
             client_store = {{ kind = \"sql\", url = \"sqlite://{path}/{name}.sqlite?mode=rwc\" }}\n"
        );
    }
    crate::config::load_from(&toml, std::iter::empty()).unwrap()
}

async fn demo() -> Demo {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), "127.0.0.1:3000", "http://127.0.0.1:3000");
    let url = format!("sqlite:{}", directory.path().join("portal.sqlite").display());
    let store = Store::connect(&url, 2, Arc::new(config.policies())).await.unwrap();
    migrations::bring_up(store.connection()).await.unwrap();
    let ambient: Ambient = crate::ambient::real();
    let auth = Auth {
        ambient,
        passwords: Passwords::new(1),
        checks: Pool::new(1),
        limits: Arc::new(Limits::standard()),
        secrets: SecretBox::new(&[7; 32]),
    };
    Demo { directory, config, store, auth }
}

impl Demo {
    async fn seed(&self) -> Result<Seeded, SeedError> {
        seed(&self.config, &self.store, &self.auth, &keys()).await
    }

    async fn count(&self, table: &str) -> i64 {
        let connection = self.store.connection();
        let statement =
            Statement::from_string(connection.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
        connection.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
    }

    async fn registrations(&self) -> Vec<Registration> {
        let connection = self.store.connection();
        let statement = Statement::from_string(connection.get_database_backend(), "SELECT state FROM registrations");
        let rows = connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(&row.try_get::<String>("", "state").unwrap()).unwrap()).collect()
    }
}

/// Threat 22.
#[tokio::test]
async fn demo_data_is_for_this_machine_alone() {
    let demo = demo().await;
    let path = demo.directory.path();
    let open = config(path, "127.0.0.1:3000", "https://portal.example.org");
    let listening = config(path, "0.0.0.0:3000", "http://127.0.0.1:3000");
    let is_served = async |config: &Config| crate::startup::refuse_demo_data(config, &demo.store).await.is_ok();
    for config in [&demo.config, &open, &listening] {
        assert!(is_served(config).await, "there is none yet");
    }
    demo.seed().await.unwrap();
    for when in ["marked", "from before the mark"] {
        assert!(is_served(&demo.config).await, "{when}");
        assert!(!is_served(&open).await && !is_served(&listening).await, "{when}");
        demo.store.connection().execute_unprepared("DELETE FROM marks").await.unwrap();
    }
    let told = crate::startup::refuse_demo_data(&open, &demo.store).await.unwrap_err().to_string();
    assert!(told.contains("Use another database, or set http.listen and http.base_url to 127.0.0.1."), "{told}");
}

fn keys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/domain/tests/life")
}

#[tokio::test]
async fn there_is_a_registration_in_every_state_and_a_second_run_does_nothing() {
    let demo = demo().await;
    assert_eq!(demo.seed().await.unwrap(), Seeded::Filled);
    let all = demo.registrations().await;
    let states: BTreeSet<ClientState> = all.iter().map(Registration::client_state).collect();
    let every = [
        ClientState::Unpublished,
        ClientState::Pending,
        ClientState::Published,
        ClientState::Suspended,
        ClientState::Retired,
    ];
    assert_eq!(states, every.into());
    let reviews: BTreeSet<RevisionState> =
        all.iter().flat_map(|one| one.revisions.iter().map(|revision| revision.state)).collect();
    let every = [
        RevisionState::Submitted,
        RevisionState::Approved,
        RevisionState::ChangesRequested,
        RevisionState::Rejected,
        RevisionState::Withdrawn,
    ];
    assert_eq!(reviews, every.into());
    let live = all.iter().find(|one| one.environment == "live").unwrap();
    assert_eq!(live.submitted().unwrap().approvals.len(), 1, "the second approval waits");
    assert_eq!(all.iter().filter(|one| one.failure.is_some()).count(), 1);
    assert!(all.iter().any(|one| one.revisions.is_empty()), "a draft that was never submitted");

    let before = demo.count("history").await;
    assert_eq!(demo.seed().await.unwrap(), Seeded::Already);
    assert_eq!(demo.count("history").await, before);
    assert_eq!(demo.count("accounts").await, 6);
    assert_eq!(demo.count("sessions").await, 0, "nobody is left signed in");
    assert_eq!(demo.count("mail_outbox WHERE sent_at IS NULL").await, 0, "old mail is not sent now");
}

#[tokio::test]
async fn a_database_with_other_people_is_left_alone() {
    let demo = demo().await;
    let email = "jo@example.org";
    crate::admin::create(&demo.store, demo.auth.ambient, email, domain::actor::StaffRole::Admin).await.unwrap();
    let refused = demo.seed().await.unwrap_err();
    assert!(matches!(refused, SeedError::NotEmpty), "{refused}");
    assert_eq!(demo.count("accounts").await, 1);
}

#[tokio::test]
async fn the_relying_party_s_client_is_at_the_provider_and_nothing_is_in_the_future() {
    let demo = demo().await;
    demo.seed().await.unwrap();
    let all = demo.registrations().await;
    let uri = "https://localhost:3443/callback";
    let is_its = |one: &&Registration| one.environment == "sandpit" && one.draft.redirect_uris == [uri];
    let client_id = all.iter().find(is_its).and_then(|one| one.client_id.clone()).unwrap();
    let sandpit = &demo.config.environments[0].client_store;
    let kept = crate::client_store::open(sandpit).unwrap().read(client_id.as_str()).await.unwrap().unwrap();
    assert!(kept.client.enabled && !kept.removed && kept.client.metadata.contains(uri), "{kept:?}");
    let now = demo.auth.ambient.now().unix_timestamp() * 1000;
    let connection = demo.store.connection();
    let newest = Statement::from_string(connection.get_database_backend(), "SELECT MAX(at) AS n FROM history");
    let newest: i64 = connection.query_one_raw(newest).await.unwrap().unwrap().try_get("", "n").unwrap();
    assert!(newest < now && now - newest < 24 * 3_600_000, "the story ends {} ms before now", now - newest);
    drop(demo.directory);
}

#[tokio::test]
async fn the_password_and_the_code_that_are_printed_are_right() {
    let demo = demo().await;
    demo.seed().await.unwrap();
    for person in ALL {
        assert_eq!(check_password(PASSWORD, person.email), Ok(()));
        let row = demo.store.credentials_by_email(person.email).await.unwrap().unwrap();
        assert!(demo.auth.passwords.verify(PASSWORD, row.password_phc.as_deref()).await.unwrap());
        // Staff, and the owner, who submits in live.
        let asked = row.account.staff.is_some() || person.email == people::OWNER;
        assert_eq!(row.totp_sealed.is_some(), asked, "{}", person.email);
        if let Some(sealed) = row.totp_sealed {
            let opened = demo.auth.secrets.open(&sealed, row.account.id.to_string().as_bytes());
            assert_eq!(opened.unwrap(), second_factor_bytes());
        }
    }
    let printed = Seeded::Filled.to_string();
    assert!(printed.contains(PASSWORD) && printed.contains(&people::second_factor().grouped()), "{printed}");
}

#[tokio::test]
async fn a_portal_that_others_can_reach_is_refused() {
    let mut demo = demo().await;
    let directory = demo.directory.path().to_owned();
    for (listen, base_url) in
        [("0.0.0.0:3000", "http://127.0.0.1:3000"), ("127.0.0.1:3000", "https://portal.example.org")]
    {
        demo.config = config(&directory, listen, base_url);
        let refused = demo.seed().await.unwrap_err();
        assert!(matches!(refused, SeedError::NotLocal(_)), "{refused}");
        assert!(refused.to_string().ends_with('.'), "{refused}");
    }
    assert_eq!(demo.count("accounts").await, 0);
}

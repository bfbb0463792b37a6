use super::*;
use domain::policy::EnvironmentPolicy;

fn load(toml: &str, variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
    load_from(toml, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn sound(toml: &str, variables: &[(&str, &str)]) -> Config {
    load(toml, variables).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn mistakes(toml: &str, variables: &[(&str, &str)]) -> Vec<Mistake> {
    load(toml, variables).err().map(|found| found.0).unwrap_or_default()
}

#[test]
fn nothing_at_all_is_a_configuration() {
    let config = sound("", &[]);
    assert_eq!(config.http.origin(), "http://127.0.0.1:3000");
    let names: Vec<&str> = config.environments.iter().map(|e| e.policy.name.as_str()).collect();
    assert_eq!(names, ["sandpit", "integration", "live"]);
}

#[test]
fn the_committed_files_can_be_used() {
    sound(include_str!("../../portal.example.toml"), &[]);
    let demo = sound(include_str!("../../portal.demo.toml"), &[]);
    assert!(demo.policies().iter().all(|policy| policy.allow_loopback));
    assert_eq!(demo.environments[2].policy.issuer, "http://127.0.0.1:3003");
    assert_eq!(demo.environments[2].policy.approvals, 2);
}

/// The example with every line that starts with `mark` and shows a key uncommented.
fn uncommented(mark: &str) -> String {
    let is_key = |line: &str| {
        line.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let line = |line: &'static str| line.strip_prefix(mark).filter(|rest| is_key(rest)).unwrap_or(line);
    include_str!("../../portal.example.toml").lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let (config, standard) = (sound(&uncommented("# "), &[]), sound("", &[]));
    assert!(config.http == standard.http);
    assert!(config.database == standard.database);
    assert!(config.mail == standard.mail);
    assert!(config.security == standard.security);
    assert!(config.limits == standard.limits);
    assert!(config.log == standard.log);
    assert_eq!(config.policies(), standard.policies());
    assert!(config == standard);
}

#[test]
fn the_example_forgets_no_key() {
    let text = uncommented("# ") + &uncommented("# for example: ");
    let policy = serde_json::to_value(EnvironmentPolicy::nhs_login().remove(0)).unwrap();
    let of_policy = policy.as_object().unwrap().keys().filter(|key| *key != "name").cloned();
    let others = [
        "listen",
        "base_url",
        "site_dir",
        "trusted_proxies",
        "url",
        "migrate_url",
        "runtime_role",
        "max_connections",
        "command_connections",
        "worker_connections",
        "pages_a_minute",
        "searches_a_minute",
        "downloads_an_hour",
        "history_bytes_a_day",
        "owners_away_days",
        "transport",
        "directory",
        "from",
        "contact",
        "host",
        "port",
        "tls",
        "username",
        "password",
        "ca_file",
        "secret_key_file",
        "hashing_concurrency",
        "format",
        "filter",
        "kind",
        "environments",
    ];
    for key in of_policy.chain(others.map(str::to_owned)) {
        assert!(text.contains(&format!("\n{key} = ")), "{key}");
    }
    sound(&uncommented("# for example: "), &[]);
}

#[test]
fn variables_win_over_the_file() {
    let toml = "[http]\nlisten = \"127.0.0.1:1\"\n[mail]\ntransport = \"smtp\"\nhost = \"mail.example\"\n\
                contact = \"help@example.org\"\nfrom = \"no-reply@example.org\"";
    let config = sound(
        toml,
        &[
            ("PORTAL__HTTP__LISTEN", "127.0.0.1:2"),
            ("PORTAL__HTTP__BASE_URL", "https://portal.example.org"),
            ("PORTAL__HTTP__TRUSTED_PROXIES", "1"),
            ("PORTAL__HTTP__SITE_DIR", "2026"),
            ("PORTAL__MAIL__USERNAME", "007"),
            ("PORTAL__MAIL__PASSWORD", "00123"),
            ("PORTAL__ENVIRONMENT__LIVE__CLIENT_STORE__KIND", "sql"),
            ("PORTAL__ENVIRONMENT__LIVE__CLIENT_STORE__URL", "postgres://localhost/live"),
            ("PORTAL__ENVIRONMENT__LIVE__KEY_SIZES", "[2048, 4096]"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.mail.password.as_deref(), Some("00123"));
    assert_eq!(config.environments[2].policy.key_sizes, [2048, 4096]);
    let ClientStoreConfig::Sql { url } = &config.environments[2].client_store;
    assert_eq!(url, "postgres://localhost/live");
}

#[test]
fn an_environment_of_ones_own_is_described_in_full() {
    let toml = r#"
        environments = ["sandpit", "training"]
        [environment.training]
        title = "Training"
        issuer = "https://auth.training.example"
        key_sizes = [3072]
        signing_algorithm = "RS512"
        approvals = 1
        after = "sandpit"
    "#;
    let config = sound(toml, &[]);
    assert_eq!(config.environments[1].policy.title, "Training");
    assert_eq!(config.environments[1].policy.scopes, config.environments[0].policy.scopes);
}

/// TOML has no word for nothing: an environment that is built in as the second can be the first all the same.
#[test]
fn an_environment_need_not_come_after_another() {
    let toml = "environments = [\"integration\"]\n[environment.integration]\nafter = \"\"";
    assert_eq!(sound(toml, &[]).environments[0].policy.after, None);
    let variable = [("PORTAL__ENVIRONMENT__INTEGRATION__AFTER", "")];
    assert_eq!(sound("environments = [\"integration\"]", &variable).environments[0].policy.after, None);
    let found = mistakes("environments = [\"integration\"]", &[]);
    assert!(found[0].message.contains("set after to \"\""), "{found:?}");
}

/// Each wrong text, the key that has to be named, and a word of the mend.
#[test]
fn each_mistake_names_its_key_and_the_mend() {
    let smtp = "[mail]\ntransport = \"smtp\"\ncontact = \"help@example.org\"\n";
    for (toml, key, mend) in [
        ("[http]\nlistn = 1", "http.listn", "one of: listen"),
        ("[htp]\nlisten = 1", "htp", "one of: http"),
        ("listen = 1", "listen", "one of: http"),
        ("[http]\nlisten = 3000", "http.listen", "Correct it."),
        ("[http]\nlisten = \"everywhere\"", "http.listen", "Correct it."),
        ("[http]\nbase_url = \"portal.example.org\"", "http.base_url", "Correct it."),
        ("[http]\nbase_url = \"https://portal.example.org/path\"", "http.base_url", "host and port only"),
        ("[http]\nbase_url = \"http://portal.example.org\"", "http.base_url", "Use https"),
        ("[http]\nbase_url = \"https://portal.example.org\"", "http.trusted_proxies", "such as 1"),
        ("[http]\ntrusted_proxies = 11", "http.trusted_proxies", "from 0 to 10"),
        ("[http]\ntrusted_proxies = -1", "http.trusted_proxies", "Correct it."),
        ("[database]\nurl = \"mysql://x\"", "database.url", "sqlite://"),
        ("[database]\nmax_connections = 0", "database.max_connections", "from 1 to 200"),
        ("[database]\nworker_connections = 0", "database.worker_connections", "from 1 to 100"),
        (
            "[database]\nmax_connections = 4\ncommand_connections = 2\nworker_connections = 2",
            "database.max_connections",
            "pages need one",
        ),
        ("[database]\nmigrate_url = \"mysql://h\"", "database.migrate_url", "sqlite:// or postgres://"),
        ("[database]\nruntime_role = \"portal\"", "database.runtime_role", "no roles"),
        ("[teams]\nowners_away_days = 1", "teams.owners_away_days", "from 7 to 3650"),
        ("[limits]\nhistory_bytes_a_day = 0", "limits.history_bytes_a_day", "from 100000 to"),
        ("[limits]\npages_a_minute = 1", "limits.pages_a_minute", "from 60 to"),
        ("[mail]\ntransport = \"pigeon\"", "mail.transport", "directory, smtp"),
        ("[mail]\nfrom = \"nobody\"", "mail.from", "a name and an address"),
        ("[mail]\ncontact = \"nobody\"", "mail.contact", "such as help@example.org"),
        ("[mail]\ntransport = \"smtp\"\nhost = \"mail.example\"", "mail.contact", "such as help@example.org"),
        (smtp, "mail.host", "Set its host name"),
        (smtp, "mail.from", "an address of yours"),
        (&format!("{smtp}host = \"m.example\"\ntls = \"none\""), "mail.tls", "implicit or starttls"),
        (&format!("{smtp}host = \"m.example\"\nusername = \"u\""), "mail.password", "Set both"),
        (&format!("{smtp}host = \"m.example\"\npassword = \"p\""), "mail.username", "Set both"),
        ("[security]\nhashing_concurrency = 1000", "security.hashing_concurrency", "from 1 to 64"),
        ("[log]\nformat = \"xml\"", "log.format", "json, text"),
        ("[log]\nfilter = \"a=b=c\"", "log.filter", "such as info"),
        ("environments = []", "environments", "at least one"),
        ("environments = [\"live\", \"sandpit\", \"integration\"]", "environment.live.after", "Move it"),
        ("[environment.liv]\ntitle = \"x\"", "environment.liv", "Correct the name"),
        ("environments = [\"training\"]", "environment.training.title", "Add it."),
        ("[environment.live]\nisuer = \"x\"", "environment.live.isuer", "one of: name"),
        ("[environment.live]\nissuer = \"http://auth.example\"", "environment.live.issuer", "https address"),
        ("[environment.live]\nmax_keys = 0", "environment.live.max_keys", "1 to 8"),
        ("[environment.live]\nendorsed_approvals = 3", "environment.live.endorsed_approvals", "more admins"),
        ("[environment.live]\nkey_sizes = [1024]", "environment.live.key_sizes", "2048"),
        ("[environment.live]\napprovals = \"two\"", "environment.live.approvals", "Correct it."),
        ("[environment.live]\napprovals = 0", "environment.live.approvals", "Set 1 or more"),
        ("[environment.live]\nautomatic = true", "environment.live.automatic", "approvals to 1"),
        ("[environment.live]\nsigning_algorithm = \"ES256\"", "environment.live.signing_algorithm", "RS384 or RS512"),
        ("[environment.live]\nsigning_algorithm = \"PS512\"", "environment.live.signing_algorithm", "RS384 or RS512"),
        ("[environment.live]\ncompromised_keys = [\"AB12\"]", "environment.live.compromised_keys", "64 lowercase"),
        ("[security]\nopenssl_blacklists = [\"absent\"]", "security.openssl_blacklists", "Name a file that exists"),
        ("[security]\nopenssl_blacklists = [\"Cargo.toml\"]", "security.openssl_blacklists", "in line 1"),
        (
            &format!("[environment.live]\ncompromised_keys = [\"{}\"]", "AB".repeat(32)),
            "environment.live.compromised_keys",
            "64 lowercase",
        ),
        (
            "[environment.live]\nclient_store = { kind = \"ldap\", url = \"x\" }",
            "environment.live.client_store.kind",
            "one of: sql",
        ),
        (
            "[environment.live]\nclient_store = { kind = \"sql\", url = \"x\" }",
            "environment.live.client_store.url",
            "sqlite://",
        ),
        (
            "[environment.live]\nclient_store = { kind = \"sql\", url = \"sqlite://clients-sandpit.db\" }",
            "environment.live.client_store.url",
            "environment.sandpit.client_store.url too",
        ),
        (
            "[environment.live]\nissuer = \"https://auth.sandpit.signin.nhs.uk/\"",
            "environment.live.issuer",
            "environment.sandpit.issuer too",
        ),
        ("[environment.live]\nclient_store = { kind = \"sql\" }", "environment.live.client_store.url", "Add it."),
    ] {
        let found = mistakes(toml, &[]);
        let hit = found.iter().find(|mistake| mistake.key == key);
        let hit = hit.unwrap_or_else(|| panic!("{toml}\nfound {found:?}"));
        assert!(hit.message.contains(mend), "{toml}\n{}", hit.message);
        assert!(hit.message.ends_with('.'), "{}", hit.message);
    }
}

#[test]
fn what_may_hold_a_password_is_not_repeated() {
    let secret = "postgres://portal:hunter2@db/portal";
    for toml in [
        format!("database = \"{secret}\""),
        "[mail]\npassword = 72872".to_owned(),
        format!("[environment.live]\nclient_store = \"{secret}\""),
        format!("[environment.live.client_store]\nkind = \"sql\"\nurl = [\"{secret}\"]"),
        format!(
            "[environment.sandpit.client_store]\nkind = \"sql\"\nurl = \"{secret}\"\n\
                 [environment.live.client_store]\nkind = \"sql\"\nurl = \"{secret}\""
        ),
    ] {
        let found = load(&toml, &[]).err().map(|mistakes| mistakes.to_string()).unwrap_or_default();
        assert!(found.contains("Correct it.") || found.contains("Give each its own."), "{toml}\n{found}");
        assert!(!found.contains("hunter2") && !found.contains("72872"), "{found}");
    }
}

#[test]
fn a_variable_that_does_not_exist_is_a_mistake_too() {
    let found = mistakes("", &[("PORTAL__HTTP__LISTN", "x")]);
    assert_eq!(found[0].key, "http.listn");
    assert_eq!(found[0].variable(), "PORTAL__HTTP__LISTN");
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line() {
    let found = mistakes("[http\nlisten = 1", &[]);
    assert!(found[0].message.contains("line 1"), "{found:?}");
}

/// NHS login's own names and hosts are protected whatever the file says; it adds to them, and so do the portal's address
/// and the issuers.
#[test]
fn what_nobody_may_pass_for_is_told_to_each_environment() {
    let text = "[http]\nbase_url = \"https://portal.example.org\"\ntrusted_proxies = 1\n\
                [protected]\nnames = [\"Riverside Hospitals\"]\nhosts = [\"accounts.example.org\"]\n\
                [environment.live]\nissuer = \"https://id.example.org\"\n";
    let config = sound(text, &[]);
    for policy in config.policies() {
        let protected = &policy.protected;
        assert!(["NHS", "Riverside Hospitals"].iter().all(|name| protected.names.iter().any(|known| *known == **name)));
        for host in ["login.nhs.uk", "accounts.example.org", "portal.example.org"] {
            assert!(protected.hosts.iter().any(|known| *known == *host), "{host}");
        }
        assert!(protected.issuers.iter().any(|issuer| *issuer == *"id.example.org"), "{:?}", protected.issuers);
        let (uris, problems) = policy.check_uris(&["https://id.example.org/callback".to_owned()]);
        assert_eq!((uris.len(), problems[0].rule.name()), (0, "uri-provider"));
    }
    let demo = "[environment.live]\nissuer = \"http://127.0.0.1:3003\"\n";
    let policies = sound(demo, &[]).policies();
    assert!(policies.iter().all(|policy| !policy.protected.issuers.iter().any(|issuer| *issuer == *"127.0.0.1")));
}

#[test]
fn a_protected_name_or_host_means_something() {
    for (text, key) in [
        ("[protected]\nnames = [\"UK\"]\n", "protected.names"),
        ("[protected]\nhosts = [\"https://example.org/\"]\n", "protected.hosts"),
        ("[protected]\nofficial = [\"uk\"]\n", "protected.official"),
    ] {
        let found = mistakes(text, &[]);
        assert!(found.iter().any(|mistake| mistake.to_string().contains(key)), "{text}");
    }
}

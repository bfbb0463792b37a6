//! Names and hosts that imitate, and honest ones: 0 missed, 0 wrongly stopped (threat 19).
//!
//! `imitations/names.txt` and `hosts.txt` are spellings of the protected names and hosts, one a line; `honest.txt` has real
//! towns, trusts, pharmacies, charities and suppliers, with what each is in front.

use domain::{
    client_name::ClientName, policy::EnvironmentPolicy, protected::Protected, redirect_uri::RedirectUri,
    warning::why_a_person,
};

const NAMES: &str = include_str!("imitations/names.txt");
const HOSTS: &str = include_str!("imitations/hosts.txt");
const HONEST: &str = include_str!("imitations/honest.txt");

/// Refused, or a person looks before anybody can sign in with it.
#[derive(Debug, PartialEq)]
enum Fate {
    Refused(String),
    LookedAt,
    Through,
}

fn fate_of_name(name: &str, protected: &Protected) -> Fate {
    match ClientName::parse(name) {
        Err(problem) => Fate::Refused(problem.rule.name().to_owned()),
        Ok(name) => {
            match protected.client_name_warning(name.as_str()).is_some_and(|one| why_a_person(&one).is_some()) {
                true => Fate::LookedAt,
                false => Fate::Through,
            }
        }
    }
}

fn fate_of_host(host: &str, policy: &EnvironmentPolicy) -> Fate {
    match RedirectUri::parse(&format!("https://{host}/callback"), policy.uri_rules()) {
        Err(rule) => Fate::Refused(rule.name().to_owned()),
        Ok(uri) => match policy.uri_warnings(&uri).iter().any(|one| why_a_person(one).is_some()) {
            true => Fate::LookedAt,
            false => Fate::Through,
        },
    }
}

#[test]
fn no_spelling_of_a_protected_name_goes_through() {
    let protected = Protected::nhs_login();
    let through = |name: &&str| fate_of_name(name, &protected) == Fate::Through;
    let missed: Vec<&str> = NAMES.lines().filter(through).collect();
    assert_eq!(missed, Vec::<&str>::new());
    assert!(NAMES.lines().count() >= 200);
}

/// Names of organisations and people may mix alphabets, so there nothing else stops them.
#[test]
fn each_spelling_is_seen_in_the_name_of_an_organisation_or_a_person() {
    let protected = Protected::nhs_login();
    let missed: Vec<&str> = NAMES.lines().filter(|name| protected.name_in(name).is_none()).collect();
    assert_eq!(missed, Vec::<&str>::new());
}

#[test]
fn no_host_that_imitates_goes_through_in_any_environment() {
    for policy in EnvironmentPolicy::nhs_login() {
        let missed: Vec<&str> = HOSTS.lines().filter(|host| fate_of_host(host, &policy) == Fate::Through).collect();
        assert_eq!(missed, Vec::<&str>::new(), "{}", policy.name);
    }
    assert!(HOSTS.lines().count() >= 200);
}

#[test]
fn no_honest_name_or_host_is_stopped() {
    let policy = EnvironmentPolicy::nhs_login().remove(0);
    let mut stopped = Vec::new();
    for line in HONEST.lines() {
        let fate = match line.split_once(' ').unwrap() {
            ("name", name) => {
                assert_eq!(policy.protected.name_in(name), None, "{name}");
                fate_of_name(name, &policy.protected)
            }
            (_, host) => fate_of_host(host, &policy),
        };
        if fate != Fate::Through {
            stopped.push((line, fate));
        }
    }
    assert!(stopped.is_empty(), "{stopped:?}");
    assert!(HONEST.lines().count() >= 500);
}

/// A trust says that it is of the NHS, and so may anybody: it is never refused, and a person looks.
#[test]
fn a_trust_is_looked_at_and_not_refused() {
    let protected = Protected::nhs_login();
    for name in ["Leeds Teaching Hospitals NHS Trust", "Barts Health NHS Trust", "Oxleas NHS Foundation Trust"] {
        assert_eq!(fate_of_name(name, &protected), Fate::LookedAt, "{name}");
    }
}

/// What an operator adds is protected as NHS login's own is.
#[test]
fn the_configuration_adds_names_and_hosts() {
    let mut policy = EnvironmentPolicy::nhs_login().remove(0);
    policy.protected.names.push("Riverside Hospitals".into());
    policy.protected.hosts.push("accounts.riverside.example".into());
    policy.protected.hosts.push("accounts.riverside.org".into());
    for name in ["Riverside Hospitals App", "RIVERSIDE-HOSPITALS", "Riversıde Hospitals", "ⓇⒾⓋⒺⓇⓈⒾⒹⒺ Hospitals"]
    {
        assert!(policy.protected.name_in(name).is_some(), "{name}");
    }
    assert_eq!(policy.protected.name_in("Riverside Pharmacy"), None);
    for host in ["x.accounts.riverside.org", "accounts.riverside.org.example.com", "accounts-riverside-org.example.com"]
    {
        assert_eq!(fate_of_host(host, &policy), Fate::LookedAt, "{host}");
    }
}

//! Threat 8 (CSRF): every registered server function is hit as another site would hit it; nothing changes. Nothing
//! changes on GET either.

use axum::body::Body;
use http::{Method, Request};
use leptos::server_fn::axum::server_fn_paths;

use crate::support::{Person, Team, World, person::urlencoded};

/// Headers of requests that did not come from our own pages.
const FORGED: [&[(&str, &str)]; 9] = [
    &[],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://portal.example.org")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")],
    &[("sec-fetch-site", "none")],
    &[("origin", "https://portal.example.org.evil.example")],
    &[("origin", "null")],
    &[("referer", "https://portal.example.org/home")],
];

/// Everything that any server function takes, about this team.
pub(crate) fn everything(team: &Team, version: &str, digests: (&str, &str)) -> Vec<(String, String)> {
    let key = domain::key::PublicKey::parse(&team.key.public, &[2048]).unwrap().thumbprint();
    let pairs = [
        ("key", key.as_str()),
        ("endorsement", "a.b.c"),
        ("organisation", team.organisation.as_str()),
        ("service", &team.service),
        ("registration", &team.registration),
        ("version", version),
        ("number", "1"),
        ("digest", digests.0),
        ("metadata_digest", digests.1),
        ("environment", "sandpit"),
        ("name", "Forged"),
        ("client_name", "Forged"),
        ("description", "Forged"),
        ("use_case", "Forged"),
        ("technical", "forged@example.com"),
        ("product", "forged@example.com"),
        ("security", "forged@example.com"),
        ("email", "forged@example.com"),
        ("password", "forged teapot orchard"),
        ("current", "lantern teapot orchard"),
        ("comment", "Forged"),
        ("reason", "Forged"),
        ("confirm", "yes"),
        ("item", "ods_code"),
        ("base", ""),
        ("code", "123456"),
        ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("assertion", "a.b.c"),
        ("proof", "lantern teapot orchard"),
        ("action", "propose"),
        ("role", "auditor"),
        ("proposed_at", "1"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Every registered server function.
pub(crate) fn functions() -> Vec<String> {
    let mut paths: Vec<String> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    paths.sort();
    paths.dedup();
    assert!(paths.len() >= 30 && paths.contains(&"/api/approve".to_owned()), "{paths:?}");
    paths
}

async fn hit(person: &mut Person, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let kind = "application/x-www-form-urlencoded";
    let mut request = Request::builder().method(method).uri(path).header("content-type", kind);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    person.send(request.body(Body::from(body.to_owned())).unwrap()).await.status.as_u16()
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let body = urlencoded(&everything(&team, "1", ("", "")));
    let before = world.dump().await;
    for path in functions() {
        for headers in FORGED {
            let status = hit(&mut team.owner, Method::POST, &path, headers, &body).await;
            assert_eq!(status, 403, "{path} with {headers:?}");
        }
    }
    let after = world.dump().await;
    assert_eq!(without_visits(&before), without_visits(&after));

    // The same request from our own page does change something.
    let page = team.owner.open("/home").await;
    assert_eq!(page.status, 200);
    let ours = [("sec-fetch-site", "same-origin"), ("origin", "https://portal.example.org")];
    let length = world.history_length().await;
    assert_eq!(hit(&mut team.owner, Method::POST, "/api/create-organisation", &ours, "name=Ours").await, 303);
    assert_eq!(world.history_length().await, length + 1);
}

#[tokio::test]
async fn reading_changes_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let query = urlencoded(&everything(&team, "1", ("", "")));
    let before = world.dump().await;
    for path in functions() {
        for method in [Method::GET, Method::HEAD] {
            let address = format!("{path}?{query}");
            let status = hit(&mut team.owner, method.clone(), &address, &[("sec-fetch-site", "cross-site")], "").await;
            assert!((400..500).contains(&status), "{method} {path} answers {status}");
        }
    }
    assert_eq!(without_visits(&before), without_visits(&world.dump().await));
}

/// Sessions note when they were last used.
fn without_visits(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| !line.starts_with("sessions:")).collect()
}

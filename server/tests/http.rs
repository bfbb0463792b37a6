//! The whole portal behind its layers, asked over HTTP without a socket, on both databases (threats 7, 8, 11, 16).

#[path = "../../app/store/tests/suite/common.rs"]
#[expect(dead_code, reason = "written for the store's own tests, which use more of it")]
#[macro_use]
mod common;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use common::World;
use domain::account::{Command, Secret};
use domain::email::EmailAddress;
use domain::id::AccountId;
use server::{config, http::assets, serve};
use store::{Expected, Moment, Who};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use usecases::{
    Portal, PortalParts,
    attachments::Files,
    auth::{Ambient, Auth, Limits, Passwords, Pool, SecretBox},
};

const ORIGIN: &str = "https://portal.example.org";
const PASSWORD: &str = "teapot lantern orchard";

/// Ten minutes after the story of the store's tests begins: its sessions are open.
fn now() -> OffsetDateTime {
    common::START + Duration::minutes(10)
}

fn ambient() -> Ambient {
    Ambient { now, random: server::ambient::real().random }
}

struct Site {
    router: Router,
    passwords: Passwords,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().unwrap())
    }

    fn cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

fn site(world: &World) -> Site {
    let toml = format!("[http]\nbase_url = \"{ORIGIN}\"\ntrusted_proxies = 1");
    let config = config::load_from(&toml, std::iter::empty()).unwrap();
    let passwords = Passwords::new(2);
    let portal = Portal::from(PortalParts {
        store: world.store.clone(),
        auth: Auth {
            ambient: ambient(),
            passwords: passwords.clone(),
            checks: Pool::new(1),
            limits: Arc::new(Limits::standard()),
            secrets: SecretBox::new(&[7; 32]),
        },
        base_url: ORIGIN.into(),
        contact: "help@portal.example.org".into(),
        session_seconds: 3600,
        endpoints: Arc::new(|_| Box::pin(async { None })),
        files: Files { objects: Arc::new(object_store::memory::InMemory::new()), scanner: None },
    });
    Site { router: serve::router_around(&config, portal, &assets::Site::default()), passwords }
}

impl Site {
    async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 4 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A form of our own, as a browser without JavaScript sends it that keeps cookies.
    async fn post(&self, path: &str, form: &str, cookie: &str) -> Answer {
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("origin", ORIGIN)
            .header("sec-fetch-site", "same-origin")
            .header("referer", format!("{ORIGIN}/"))
            .header("cookie", format!("__Host-cookies=kept; {cookie}"))
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

/// An account with a real password; verified or not.
async fn account(world: &World, site: &Site, email: &str, verified: bool) -> AccountId {
    let (millis, random) = world.fresh();
    let id = AccountId::from_parts(millis, random);
    let password = Secret(site.passwords.hash(PASSWORD, [1; 16]).await.unwrap());
    let command = Command::SignUp { email: EmailAddress::parse(email).unwrap(), name: "Ada".into(), password };
    let moment: Moment = world.moment();
    world.store.execute::<domain::account::Account>(&moment, &Who::Visitor, id, Expected::New, command).await.unwrap();
    if verified {
        world.verify(id).await;
    }
    id
}

fn form(email: &str, password: &str) -> String {
    format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"))
}

on_both![
    every_command_is_refused_from_another_site,
    pages_carry_the_nonce_of_their_policy,
    what_is_not_there_is_a_page_too,
    nothing_tells_a_known_address_from_an_unknown_one,
    a_session_ends_with_signing_out,
    the_session_cookie_cannot_be_planted,
    too_many_passwords_are_refused,
    health_and_readiness,
];

async fn every_command_is_refused_from_another_site(world: Arc<World>) {
    let site = site(&world);
    let commands: Vec<(&str, Method)> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(commands.len() > 15, "{commands:?}");
    for (path, method) in commands {
        assert_eq!(method, Method::POST, "{path} would change something on a GET");
        for (header, value) in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
        {
            let request = Request::post(path)
                .header(header, value)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::empty());
            let answer = site.send(request.unwrap()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {header}: {value}");
        }
        let answer = site.get(path, "").await;
        assert_ne!(answer.status, StatusCode::OK, "{path} answers to a GET");
    }
}

async fn pages_carry_the_nonce_of_their_policy(world: Arc<World>) {
    let answer = site(&world).get("/sign-in", "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let scripts = answer.body.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(answer.body.matches(&format!("nonce=\"{nonce}\"")).count(), scripts, "{}", answer.body);
    assert!(!answer.body.contains(" style=\""), "the policy forbids inline styles: {}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
}

async fn what_is_not_there_is_a_page_too(world: Arc<World>) {
    let answer = site(&world).get("/no/such/page", "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("<h1"), "{}", answer.body);
    assert!(answer.headers.contains_key("content-security-policy"));
}

async fn nothing_tells_a_known_address_from_an_unknown_one(world: Arc<World>) {
    let site = site(&world);
    account(&world, &site, "known@partner.example", true).await;
    account(&world, &site, "unverified@partner.example", false).await;
    let people = ["known@partner.example", "unverified@partner.example", "unknown@partner.example"];
    for (path, extra) in [("/api/sign-in", ""), ("/api/forgotten-password", ""), ("/api/sign-up", "&name=Ada")] {
        let mut seen = Vec::new();
        for email in people {
            let before = site.passwords.hashes_done();
            let answer = site.post(path, &format!("{}{extra}", form(email, "wrong horse battery")), "").await;
            let hashes = site.passwords.hashes_done() - before;
            seen.push((answer.status, answer.location().to_owned(), hashes));
        }
        assert_eq!(seen[0].2, 1, "{path} hashes once");
        assert!(seen.iter().all(|one| *one == seen[0]), "{path}: {seen:?}");
    }
}

async fn a_session_ends_with_signing_out(world: Arc<World>) {
    let site = site(&world);
    account(&world, &site, "ada@partner.example", true).await;
    let answer = site.post("/api/sign-in", &form("ada@partner.example", PASSWORD), "").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/home"), "{}", answer.body);
    let cookies = answer.cookies();
    let cookie =
        cookies.iter().find(|cookie| cookie.starts_with("__Host-session=")).unwrap_or_else(|| panic!("{cookies:?}"));
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(site.get("/home", pair).await.status, StatusCode::OK);
    let answer = site.post("/api/sign-out", "", pair).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let again = site.get("/home", pair).await;
    assert!(again.location().starts_with("/sign-in"), "{} {}", again.status, again.location());
}

async fn the_session_cookie_cannot_be_planted(world: Arc<World>) {
    let site = site(&world);
    account(&world, &site, "ada@partner.example", true).await;
    let answer = site.post("/api/sign-in", &form("ada@partner.example", PASSWORD), "").await;
    let cookies = answer.cookies();
    let pair = cookies.iter().find(|c| c.starts_with("__Host-session=")).unwrap().split(';').next().unwrap();
    let value = pair.split_once('=').unwrap().1;
    for planted in [
        format!("session={value}"),
        format!("{pair}; __Host-session=another"),
        "__Host-session=".to_owned(),
        format!("__Host-session={}", "A".repeat(43)),
    ] {
        let answer = site.get("/home", &planted).await;
        assert!(answer.location().starts_with("/sign-in"), "{planted}: {} {}", answer.status, answer.location());
    }
}

async fn too_many_passwords_are_refused(world: Arc<World>) {
    let site = site(&world);
    account(&world, &site, "ada@partner.example", true).await;
    for _ in 0..10 {
        site.post("/api/sign-in", &form("ada@partner.example", "wrong horse battery"), "").await;
    }
    let before = site.passwords.hashes_done();
    let answer = site.post("/api/sign-in", &form("ada@partner.example", PASSWORD), "").await;
    assert!(!answer.cookies().iter().any(|cookie| cookie.starts_with("__Host-session=")), "{:?}", answer.cookies());
    assert_eq!(site.passwords.hashes_done(), before, "a refused try costs no hash");
}

async fn health_and_readiness(world: Arc<World>) {
    let site = site(&world);
    assert_eq!(site.get("/healthz", "").await.status, StatusCode::OK);
    assert_eq!(site.get("/readyz", "").await.status, StatusCode::OK);
    world.sql("DELETE FROM seaql_migrations").await.unwrap();
    assert_eq!(site.get("/readyz", "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.get("/healthz", "").await.status, StatusCode::OK);
}

//! Threat 16 (exhaustion by reading): what one account reads is counted, and few searches and downloads run at once.

use axum::body::Body;
use http::{Request, StatusCode, header};
use tower::ServiceExt;

use crate::support::{Person, World, clock};

const LIMITS: &str = "[limits]\npages_a_minute = 60\nsearches_a_minute = 5\ndownloads_an_hour = 6\n";

/// A download whose body nobody takes yet.
async fn begun(world: &World, person: &Person) -> axum::response::Response {
    let cookies: Vec<String> = person.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get("/history.csv").header(header::COOKIE, cookies.join("; ")).body(Body::empty()).unwrap();
    world.router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn each_account_reads_so_much() {
    let world = World::with(LIMITS).await;
    let mut ada = world.partner("Ada", "ada@alder.example.com").await;
    let mut ben = world.partner("Ben", "ben@alder.example.com").await;
    clock::pass(time::Duration::minutes(2));
    for _ in 0..5 {
        ada.get("/history?search=clinic").await.expect(200);
    }
    let refused = ada.get("/history?search=clinic").await.expect(429);
    assert_eq!(refused.headers[header::RETRY_AFTER], "12");
    assert!(refused.text().contains("Wait a minute, then try again."), "{}", refused.text());
    assert!(refused.text().contains("tell us this reference"), "{}", refused.text());
    ada.get("/home").await.expect(200);
    ben.get("/history?search=clinic").await.expect(200);
    for _ in 0..6 {
        ada.get("/history.csv").await.expect(200);
    }
    ada.get("/history.csv").await.expect(429);
    clock::pass(time::Duration::seconds(12));
    ada.get("/history?search=clinic").await.expect(200);
    clock::pass(time::Duration::minutes(2));
    for _ in 0..60 {
        ada.get("/home").await.expect(200);
    }
    ada.get("/home").await.expect(429);
    ben.get("/home").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_keeps_its_place_until_it_is_taken() {
    let world = World::with(LIMITS).await;
    let mut ada = world.partner("Ada", "ada@alder.example.com").await;
    let (first, second) = (begun(&world, &ada).await, begun(&world, &ada).await);
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    let refused = begun(&world, &ada).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
    ada.get("/history?search=clinic").await.expect(429);
    ada.get("/history").await.expect(200);
    drop(first);
    ada.get("/history?search=clinic").await.expect(200);
    let whole = axum::body::to_bytes(second.into_body(), 1 << 20).await.unwrap();
    assert!(whole.starts_with(b"\"index\""));
}

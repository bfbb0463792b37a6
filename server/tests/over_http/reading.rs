//! Threat 16 (exhaustion by reading): what one account reads is counted, and few searches and downloads run at once.

use axum::body::Body;
use http::{Request, StatusCode, header};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
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

/// A page whose statement is ended by its time limit says so, and one more than there are connections for is told to come
/// back; nothing is called broken, and afterwards both are read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_and_who_is_one_too_many_are_told() {
    let world = World::on_postgres().await;
    let mut ada = world.partner("Ada", "ada@alder.example.com").await;
    let lock = Database::connect(&world.config.database.url).await.unwrap().begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE history IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let read = || {
        let mut ada = ada.clone();
        tokio::spawn(async move { ada.get("/history").await })
    };
    // Two connections are for pages: two wait for the table, and the others for them.
    let reading: Vec<_> = (0..6).map(|_| read()).collect();
    let mut told = Vec::new();
    for answer in reading {
        let answer = answer.await.unwrap().expect(503);
        told.push((answer.title(), answer.text()));
    }
    let is_told = |title: &str, sentence: &str| told.iter().any(|(t, s)| t.contains(title) && s.contains(sentence));
    assert!(is_told("This takes too long", "Narrow what you are looking for"), "{told:?}");
    assert!(is_told("Too many people at the moment", "Wait a few seconds"), "{told:?}");
    lock.rollback().await.unwrap();
    ada.get("/history").await.expect(200);
}

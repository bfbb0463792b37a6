use super::*;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

fn client(id: &str, generation: i64) -> Client {
    let metadata = format!("{{\"client_name\":\"generation {generation}\"}}");
    let digest = domain::draft::hex_digest(metadata.as_bytes());
    Client { client_id: id.into(), metadata, generation, digest, enabled: true }
}

/// A fresh SQLite file and the private PostgreSQL.
fn stores() -> (tempfile::TempDir, Vec<SqlClientStore>) {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}?mode=rwc", dir.path().join("sub/clients.db").display());
    let postgres = std::env::var("TEST_POSTGRES_URL").expect("run the tests by app/store/tests/with-postgres");
    (dir, vec![SqlClientStore::new(&file), SqlClientStore::new(&postgres)])
}

/// Identifiers that no other test has, since PostgreSQL is shared.
fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("c{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}

#[tokio::test]
async fn publishes_and_reads_back() {
    let (_dir, stores) = stores();
    for store in stores {
        let id = fresh_id();
        assert_eq!(store.read(&id).await, Ok(None));
        assert_eq!(store.publish(&client(&id, 1)).await, Ok(Outcome::Confirmed));
        assert_eq!(store.publish(&client(&id, 1)).await, Ok(Outcome::Confirmed), "again, after a crash");
        assert_eq!(store.read(&id).await.unwrap().unwrap(), Kept { client: client(&id, 1), removed: false });
        assert!(store.describe().await.unwrap().starts_with("sql on "));
    }
}

#[tokio::test]
async fn a_late_writer_changes_nothing() {
    let (_dir, stores) = stores();
    for store in stores {
        let id = fresh_id();
        store.publish(&client(&id, 2)).await.unwrap();
        assert_eq!(store.publish(&client(&id, 1)).await, Ok(Outcome::Superseded { by: 2 }));
        assert_eq!(store.remove(&id, 1).await, Ok(Outcome::Superseded { by: 2 }));
        assert_eq!(store.read(&id).await.unwrap().unwrap().client, client(&id, 2));
    }
}

#[tokio::test]
async fn a_tombstone_keeps_late_writers_out() {
    let (_dir, stores) = stores();
    for store in stores {
        let id = fresh_id();
        store.publish(&client(&id, 1)).await.unwrap();
        assert_eq!(store.remove(&id, 3).await, Ok(Outcome::Confirmed));
        assert_eq!(store.publish(&client(&id, 2)).await, Ok(Outcome::Superseded { by: 3 }));
        let kept = store.read(&id).await.unwrap().unwrap();
        assert!(kept.removed && !kept.client.enabled);
        assert_eq!(kept.client.metadata, "{}");
    }
}

#[tokio::test]
async fn another_content_under_the_same_generation_is_refused() {
    let (_dir, stores) = stores();
    for store in stores {
        let id = fresh_id();
        store.publish(&client(&id, 1)).await.unwrap();
        let other = Client { enabled: false, ..client(&id, 1) };
        assert!(matches!(store.publish(&other).await, Err(ClientStoreError::Refused(_))));
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_unavailable_and_may_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("late.db");
    let store = SqlClientStore::new(&format!("sqlite://{}", path.display()));
    assert!(matches!(store.publish(&client("c", 1)).await, Err(ClientStoreError::Unavailable(_))));
    std::fs::write(&path, b"").unwrap();
    assert_eq!(store.publish(&client("c", 1)).await, Ok(Outcome::Confirmed));
}

#[derive(Clone, Debug)]
enum Write {
    Publish(i64, bool),
    Remove(i64),
}

impl Write {
    fn generation(&self) -> i64 {
        match self {
            Self::Publish(generation, _) | Self::Remove(generation) => *generation,
        }
    }
}

/// Every generation once, of either kind, in any order.
fn writes() -> impl Strategy<Value = Vec<Write>> {
    proptest::collection::vec(any::<Option<bool>>(), 1..12)
        .prop_map(|kinds| {
            let write = |(at, kind): (usize, Option<bool>)| match kind {
                Some(enabled) => Write::Publish(at as i64 + 1, enabled),
                None => Write::Remove(at as i64 + 1),
            };
            kinds.into_iter().enumerate().map(write).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_the_order_the_greatest_generation_stays(writes in writes()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
        let (_dir, stores) = stores();
        for store in stores {
            let (store, id) = (Arc::new(store), fresh_id());
            let greatest = writes.iter().max_by_key(|write| write.generation()).unwrap().clone();
            let outcomes = runtime.block_on(async {
                let tasks = writes.clone().into_iter().map(|write| {
                    let (store, id) = (Arc::clone(&store), id.clone());
                    tokio::spawn(async move {
                        match write {
                            Write::Publish(generation, enabled) => {
                                store.publish(&Client { enabled, ..client(&id, generation) }).await
                            }
                            Write::Remove(generation) => store.remove(&id, generation).await,
                        }
                    })
                });
                futures::future::join_all(tasks.collect::<Vec<_>>()).await
            });
            for outcome in outcomes {
                prop_assert!(outcome.unwrap().is_ok());
            }
            let kept = runtime.block_on(store.read(&id)).unwrap().unwrap();
            prop_assert_eq!(kept.client.generation, greatest.generation());
            prop_assert_eq!(kept.removed, matches!(greatest, Write::Remove(_)));
        }
    }
}

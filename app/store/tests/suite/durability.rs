//! Writers at once, and a writer killed in the middle of its work (threat 15).

use crate::common::*;
use domain::{
    draft::DraftChange,
    id::RegistrationId,
    registration::{Command, Registration},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command as Process, Stdio},
    sync::Arc,
};
use store::{Expected, Moment, Store, StoreError, Who};
use time::{Duration, OffsetDateTime};

on_both!(processes_write_side_by_side, a_killed_writer_loses_nothing_it_was_told);

const URL: &str = "STORE_TEST_WRITER_URL";
const WHAT: &str = "STORE_TEST_WRITER_WHAT";

/// How many commits a writer is left to make before it is killed.
const BEFORE_THE_KILL: [usize; 3] = [1, 4, 9];

/// A writer in a process of its own: saves one draft over and over and says so after each commit.
fn writer(world: &World, user: &User, id: RegistrationId, times: usize) -> Process {
    let mut process = Process::new(std::env::current_exe().unwrap());
    process.args(["--exact", "durability::writer_of_its_own", "--nocapture", "--test-threads=1"]);
    process.env(URL, &world.url).env(WHAT, format!("{} {id} {times} {}", user.token, world.now().unix_timestamp()));
    process.stdout(Stdio::piped()).stderr(Stdio::null());
    process
}

/// The other end of [`writer`]; of no account when the tests are run.
#[tokio::test]
async fn writer_of_its_own() {
    let (Ok(url), Ok(what)) = (std::env::var(URL), std::env::var(WHAT)) else { return };
    let words: Vec<&str> = what.split(' ').collect();
    let [token, id, times, now] = words[..] else { panic!("four words") };
    let store = Store::connect(&url, 2, environments()).await.unwrap();
    let who = Who::Session { token_hash: token.to_owned() };
    let now = OffsetDateTime::from_unix_timestamp(now.parse().unwrap()).unwrap();
    for round in 0..times.parse().unwrap() {
        let seed = [u8::try_from(round % 256).unwrap(); 32];
        let moment = Moment::new(now + Duration::milliseconds(round), seed);
        let save = Command::save(DraftChange::ClientName(format!("Writer {} round {round}", std::process::id())));
        let id = id.parse::<RegistrationId>().unwrap();
        let done = store.execute::<Registration>(&moment, &who, id, Expected::Any, save).await.unwrap();
        // Straight to the pipe: the harness keeps nothing back, and a kill loses nothing.
        std::io::stdout().lock().write_all(format!("\ncommitted {}\n", done.version).as_bytes()).unwrap();
    }
}

fn committed(line: &str) -> Option<u64> {
    line.strip_prefix("committed ")?.parse().ok()
}

async fn check(world: &World, id: RegistrationId) -> u64 {
    let store = Store::connect(&world.url, 2, environments()).await.unwrap();
    if world.url.starts_with("sqlite") {
        assert_eq!(world.texts("PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(world.texts("PRAGMA journal_mode").await, ["wal"]);
        assert_eq!(world.count("PRAGMA synchronous").await, 2, "FULL");
    }
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    assert_eq!(world.count("SELECT MAX(entry_index) + 1 FROM history").await, entries);
    assert_eq!(world.count("SELECT next_index FROM history_head").await, entries);
    let (registration, version) = store.load::<Registration>(id).await.unwrap();
    assert_eq!(store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    let of_it = world.count(&format!("SELECT COUNT(*) FROM history WHERE subject_id = '{id}'")).await;
    assert_eq!(u64::try_from(of_it).unwrap(), version);
    version
}

/// Somebody who holds the history's head and does not go on stops nobody for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_held_is_not_waited_for_for_ever_on_postgres() {
    let world = World::on_postgres().await;
    assert_eq!(world.texts("SHOW lock_timeout").await, ["15s"]);
    assert_eq!(world.texts("SHOW idle_in_transaction_session_timeout").await, ["30s"]);
    let waiting = Store::connect(&world.url, 1, environments()).await.unwrap();
    waiting.connection().execute_unprepared("SET lock_timeout = '100ms'").await.unwrap();
    let holder = world.store.connection().begin().await.unwrap();
    holder.execute_unprepared("SELECT next_index FROM history_head FOR UPDATE").await.unwrap();
    assert!(matches!(waiting.write_in_vain().await, Err(StoreError::Unavailable(_))));
    holder.rollback().await.unwrap();
    waiting.write_in_vain().await.unwrap();
}

async fn processes_write_side_by_side(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let mut processes: Vec<_> = (0..3).map(|_| writer(&world, &partner.owner, id, 8).spawn().unwrap()).collect();
    for round in 0..8 {
        let save = Command::save(DraftChange::ClientName(format!("Here, round {round}")));
        world.now_do(&partner.developer.who, id, save).await.unwrap();
    }
    for process in &mut processes {
        let output = BufReader::new(process.stdout.take().unwrap());
        assert_eq!(output.lines().filter_map(|line| committed(&line.unwrap())).count(), 8);
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(check(&world, id).await, 1 + 4 * 8);
}

async fn a_killed_writer_loses_nothing_it_was_told(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    for commits in BEFORE_THE_KILL {
        let mut process = writer(&world, &partner.owner, id, 100_000).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let told = output.lines().filter_map(|line| committed(&line.unwrap())).nth(commits - 1).unwrap();
        // On Unix this is SIGKILL.
        process.kill().unwrap();
        process.wait().unwrap();
        // What the killed one was committing is done before anybody else has a turn.
        world.store.write_in_vain().await.unwrap();
        let kept = check(&world, id).await;
        assert!(kept >= told, "version {told} was committed, {kept} is there");
        // And the next writer finds nothing locked.
        let save = Command::save(DraftChange::ClientName(format!("After {commits}")));
        assert!(world.now_do(&partner.owner.who, id, save).await.unwrap().version > kept);
    }
}

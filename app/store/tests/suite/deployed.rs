//! Databases as an earlier version left them, kept in `tests/deployed`: brought up, read, proved, and worked on with.

use crate::{
    authority::Office,
    common::*,
    migrating::{Peopled, dump, peopled, work_goes_on},
    reading::proved,
};
use domain::{
    actor::StaffRole,
    id::{AccountId, RegistrationId},
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    path::PathBuf,
    process::Command,
};
use store::{Who, read::HistoryFilter};

/// Where the databases are, each with the people who are signed in there.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/deployed")
}

fn unpacked(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = std::fs::read(folder().join(name)).unwrap();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn pack(name: &str, bytes: &[u8]) {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    std::fs::write(folder().join(name), packed.finish().unwrap()).unwrap();
}

fn user_json(user: &User) -> Value {
    json!({"account": user.account.to_string(), "token": user.token})
}

fn user_of(kept: &Value) -> User {
    let token = kept["token"].as_str().unwrap().to_owned();
    let account: AccountId = kept["account"].as_str().unwrap().parse().unwrap();
    User { account, who: Who::Session { token_hash: token.clone() }, token }
}

fn people(world: &World, office: &Office<'_>, there: &Peopled) -> Vec<u8> {
    let kept = json!({
        "ticks": world.ticks(),
        "partner": {
            "organisation": office.partner.organisation.to_string(), "service": office.partner.service.to_string(),
            "owner": user_json(&office.partner.owner), "developer": user_json(&office.partner.developer),
        },
        "another": user_json(&office.another), "second": user_json(&there.second), "newcomer": user_json(&there.newcomer),
        "live": there.live.to_string(), "proposed": there.proposed.to_string(),
        "under_review": there.under_review.to_string(), "erased": there.erased.to_string(),
    });
    serde_json::to_vec_pretty(&kept).unwrap()
}

fn kept_people(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

/// Makes the databases anew: by the version whose database they are, and never by a later one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/deployed"]
async fn keep_databases_of_this_version() {
    let world = World::on_sqlite().await;
    let office = Office::new(&world).await;
    let there = peopled(&office).await;
    let copy = world.directory.as_ref().unwrap().path().join("copy.sqlite");
    world.sql(&format!("VACUUM INTO '{}'", copy.display())).await.unwrap();
    pack("portal.sqlite.gz", &std::fs::read(copy).unwrap());
    std::fs::write(folder().join("sqlite.json"), people(&world, &office, &there)).unwrap();

    let world = World::on_postgres().await;
    let office = Office::new(&world).await;
    let there = peopled(&office).await;
    let dump =
        Command::new("pg_dump").args(["--inserts", "--no-owner", "--no-privileges", &world.url]).output().unwrap();
    let text = String::from_utf8(dump.stdout).unwrap();
    // Commands of psql, which is not what reads it here.
    let sql: Vec<&str> = text.lines().filter(|line| !line.starts_with('\\')).collect();
    pack("portal.sql.gz", sql.join("\n").as_bytes());
    std::fs::write(folder().join("postgres.json"), people(&world, &office, &there)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deployed_goes_on_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("portal.sqlite");
    std::fs::write(&file, unpacked("portal.sqlite.gz")).unwrap();
    goes_on(format!("sqlite:{}", file.display()), Some(directory), &kept_people("sqlite.json")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deployed_goes_on_on_postgres() {
    let url = World::new_postgres().await;
    let connection = Database::connect(&url).await.unwrap();
    connection.execute_unprepared(&String::from_utf8(unpacked("portal.sql.gz")).unwrap()).await.unwrap();
    connection.close().await.unwrap();
    goes_on(url, None, &kept_people("postgres.json")).await;
}

async fn goes_on(url: String, directory: Option<tempfile::TempDir>, kept: &Value) {
    let world = World::open(url, directory, kept["ticks"].as_u64().unwrap()).await;
    let before = dump(&world).await;
    assert!(migrations::pending(world.store.connection()).await.unwrap() > 0, "it is of an earlier version");
    world.bring_up().await;
    assert_eq!(migrations::pending(world.store.connection()).await.unwrap(), 0);
    let after = dump(&world).await;
    for (table, rows) in before.iter().filter(|(table, _)| *table != "seaql_migrations") {
        // The words of lists are in other lists since: what becomes of them has a test of its own.
        for row in rows.iter().filter(|_| table != "list_words") {
            let is_there = after[table].iter().any(|now| row.iter().all(|(column, value)| now[column] == *value));
            assert!(is_there, "{table}: {row:#?} is lost or changed");
        }
    }

    let id = |name: &str| -> RegistrationId { kept[name].as_str().unwrap().parse().unwrap() };
    let partner = &kept["partner"];
    let partner = Partner {
        organisation: partner["organisation"].as_str().unwrap().parse().unwrap(),
        service: partner["service"].as_str().unwrap().parse().unwrap(),
        owner: user_of(&partner["owner"]),
        developer: user_of(&partner["developer"]),
    };
    let office = Office { world: &world, partner, another: user_of(&kept["another"]) };
    let there = Peopled {
        second: user_of(&kept["second"]),
        live: id("live"),
        proposed: id("proposed"),
        under_review: id("under_review"),
        erased: id("erased"),
        newcomer: user_of(&kept["newcomer"]),
    };
    is_read_and_proved(&world, &office, &there).await;
    work_goes_on(&office, &there).await;
    is_read_and_proved(&world, &office, &there).await;
}

/// Every entry is what its leaf says, and every registration and its history can be read.
async fn is_read_and_proved(world: &World, office: &Office<'_>, there: &Peopled) {
    let viewer = world.signed_in(&office.another).await.unwrap().person;
    assert_eq!(viewer.staff, Some(StaffRole::Admin));
    for index in 0..u64::try_from(world.count("SELECT COUNT(*) FROM history").await).unwrap() {
        proved(&world.store.entry(&viewer, index).await.unwrap());
    }
    for registration in [there.live, there.proposed, there.under_review, there.erased] {
        world.store.registration(&viewer, registration).await.unwrap();
        assert!(!world.store.registration_history(&viewer, registration).await.unwrap().is_empty());
    }
    let by_word = HistoryFilter { search: "complaint".into(), ..HistoryFilter::default() };
    assert_eq!(world.store.history(&viewer, &by_word, None).await.unwrap().rows.len(), 1);
}

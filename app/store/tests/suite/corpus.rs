//! Entries of every version, kept in `tests/corpus` for good: each reads as it did when it was kept, and what is no
//! entry of a known version is an error.

use crate::{common::*, happenings};
use domain::{
    account::Account, actor::Person, actor::StaffRole, draft::canonical, organisation::Organisation,
    recorded::Happened, registration::Registration,
};
use sea_orm::{ConnectionTrait, Statement, TransactionTrait, Value as Sql};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};
use store::{StoreError, Stored, read::EntryDetails};

on_both!(what_was_kept_reads_as_it_did, nothing_else_can_be_read);

/// Types that version 1 never had.
const SINCE_VERSION_2: [(&str, &str); 28] = [
    ("registration", "newer_generation_found"),
    ("registration", "text_erased"),
    ("registration", "key_endorsed"),
    ("registration", "key_leaked"),
    ("registration", "changes_discarded"),
    ("organisation", "text_erased"),
    ("organisation", "role_changed"),
    ("organisation", "member_left"),
    ("organisation", "member_invited"),
    ("organisation", "invitation_sent_again"),
    ("organisation", "invitation_withdrawn"),
    ("organisation", "invitation_accepted"),
    ("organisation", "invitation_declined"),
    ("organisation", "contacts_changed"),
    ("organisation", "ownership_offered"),
    ("organisation", "ownership_offer_withdrawn"),
    ("organisation", "ownership_handed_over"),
    ("organisation", "ownership_offer_declined"),
    ("organisation", "join_requested"),
    ("organisation", "join_request_withdrawn"),
    ("organisation", "join_agreed"),
    ("organisation", "join_declined"),
    ("organisation", "join_decided"),
    ("organisation", "token_made"),
    ("organisation", "token_ended"),
    ("organisation", "token_taken_over"),
    ("account", "set_up"),
    ("account", "text_erased"),
];

/// Members that entries of an earlier time are without. Each has such an entry in the corpus.
const SINCE: [(&str, &str); 7] = [
    ("organisation_changed", "confirmed_as"),
    ("published", "client"),
    ("reinstated", "reason"),
    ("reinstated", "proposed"),
    ("retired", "reason"),
    ("submitted", "rotation"),
    ("withdrawn", "instead"),
];

/// What was kept, with the version of its entries: another file for types that came to a version later.
const KEPT: [(u64, &str); 8] = [
    (1, "version-1"),
    (2, "version-2"),
    (2, "version-2-team"),
    (2, "version-2-invitations"),
    (2, "version-2-ways-in"),
    (2, "version-2-keys"),
    (2, "version-2-amendments"),
    (2, "version-2-tokens"),
];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{name}.json"))
}

fn corpus(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap()
}

/// The entries of a version, of all its files.
fn of_version(version: u64) -> Vec<Value> {
    let files = KEPT.into_iter().filter(|(of, _)| *of == version);
    files.flat_map(|(_, name)| entries(&corpus(name)).clone()).collect()
}

fn entries(corpus: &Value) -> &Vec<Value> {
    corpus["entries"].as_array().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn unhex(text: &Value) -> Option<Vec<u8>> {
    text.as_str().map(|text| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap())
}

/// The types of events of today, as the domain itself lists them where it does not know one.
fn types(kind: &str) -> BTreeSet<String> {
    let unknown = Happened::<domain::recorded::Whole>::read(kind, &json!({"type": "?"})).unwrap_err().to_string();
    let (_, known) = unknown.split_once("expected one of ").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

// Keeping.

/// Makes the corpus of the version that is written now: with a new version, and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_of_this_version() {
    let world = World::on_sqlite().await;
    happenings::of_every_type(&world).await;
    happenings::erased(&world).await;
    keep(&world, "version-2").await;
}

/// Makes the corpus of the types about a team, which came to version 2 later; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_a_team() {
    let world = World::on_sqlite().await;
    let ash = world.partner("Ash").await;
    happenings::to_team(&world, &ash).await;
    keep(&world, "version-2-team").await;
}

/// Makes the corpus of the types about invitations, which came later still; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_invitations() {
    let world = World::on_sqlite().await;
    let ash = world.partner("Ash").await;
    happenings::to_invitations(&world, &ash).await;
    keep(&world, "version-2-invitations").await;
}

/// Makes the corpus of the types about who comes in, who owns and whom to ask, which came then; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_ways_in() {
    let world = World::on_sqlite().await;
    let (admin, ash) = (world.staff("admin", StaffRole::Admin).await, world.partner("Ash").await);
    happenings::to_ways_in(&world, &admin, &ash).await;
    keep(&world, "version-2-ways-in").await;
}

/// Makes the corpus of what came with several keys; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_keys() {
    let world = World::on_sqlite().await;
    let ash = world.partner("Ash").await;
    happenings::to_keys(&world, &ash).await;
    keep(&world, "version-2-keys").await;
}

/// Makes the corpus of what came with amendments that are taken back; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_amendments() {
    let world = World::on_sqlite().await;
    let ash = world.partner("Ash").await;
    happenings::to_amendments(&world, &ash).await;
    keep(&world, "version-2-amendments").await;
}

/// Makes the corpus of what came with tokens; and never again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_about_tokens() {
    let world = World::on_sqlite().await;
    let gum = world.partner("Gum").await;
    happenings::to_tokens(&world, &gum).await;
    keep(&world, "version-2-tokens").await;
}

/// Makes the corpus of version 1 from what is written now, by the rules of `crate::names::as_version_1`, and without what
/// came later: its program is no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes tests/corpus"]
async fn keep_entries_of_version_1() {
    let world = World::on_sqlite().await;
    happenings::of_every_type(&world).await;
    crate::names::to_version_1(&world, |event| {
        for (of_type, member) in SINCE {
            if event["type"] == of_type {
                event.as_object_mut().unwrap().remove(member);
            }
        }
    })
    .await;
    for (of_type, member) in SINCE {
        let texts = format!(
            "DELETE FROM history_texts WHERE (pointer = '/{member}' OR pointer LIKE '/{member}/%') AND entry_index IN
             (SELECT entry_index FROM history WHERE event_type = '{of_type}')"
        );
        world.sql(&texts).await.unwrap();
    }
    // Erased by hand, as it was before there was a command for it: nothing says what remains.
    for (of_type, pointer) in [("rejected", "/reason"), ("service_changed", "/content"), ("saved", "/change")] {
        let last = format!(
            "UPDATE history_texts SET text = NULL, salt = NULL WHERE pointer = '{pointer}' AND entry_index =
             (SELECT MAX(entry_index) FROM history WHERE event_type = '{of_type}')"
        );
        world.sql(&last).await.unwrap();
    }
    keep(&world, "version-1").await;
}

async fn keep(world: &World, name: &str) {
    let mut kept = Vec::new();
    for row in world.rows("SELECT * FROM history ORDER BY entry_index").await {
        let index: i64 = row.try_get("", "entry_index").unwrap();
        let text = |column: &str| row.try_get::<Option<String>>("", column).unwrap();
        let mut texts = Vec::new();
        let of = format!("SELECT * FROM history_texts WHERE entry_index = {index} ORDER BY pointer");
        for row in world.rows(&of).await {
            let salt: Option<Vec<u8>> = row.try_get("", "salt").unwrap();
            texts.push(json!({
                "pointer": row.try_get::<String>("", "pointer").unwrap(),
                "salt": salt.map(|salt| hex(&salt)),
                "text": row.try_get::<Option<String>>("", "text").unwrap(),
            }));
        }
        kept.push(json!({
            "leaf": String::from_utf8(row.try_get("", "leaf").unwrap()).unwrap(),
            "leaf_hash": hex(&row.try_get::<Vec<u8>>("", "leaf_hash").unwrap()),
            "columns": {
                "entry_index": index,
                "at": row.try_get::<i64>("", "at").unwrap(),
                "kind": text("kind"),
                "subject_id": text("subject_id"),
                "subject_version": row.try_get::<i64>("", "subject_version").unwrap(),
                "event_type": text("event_type"),
                "actor": text("actor"),
                "organisation_id": text("organisation_id"),
                "registration_id": text("registration_id"),
                "service_id": text("service_id"),
                "environment": text("environment"),
            },
            "texts": texts,
        }));
    }
    let mut names = Vec::new();
    for row in world.rows("SELECT * FROM history_names ORDER BY entry_index, kind").await {
        names.push(json!([
            row.try_get::<String>("", "kind").unwrap(),
            row.try_get::<String>("", "subject_id").unwrap(),
            row.try_get::<i64>("", "entry_index").unwrap(),
            row.try_get::<String>("", "pointer").unwrap(),
        ]));
    }
    let mut corpus = json!({"entries": kept, "names": names});
    let world = World::on_sqlite().await;
    put(&world, &corpus).await;
    let read = read(&world, &corpus).await;
    for (entry, read) in corpus["entries"].as_array_mut().unwrap().iter_mut().zip(read) {
        entry["reads"] = read;
    }
    corpus["folds"] = folds(&world, &corpus).await;
    std::fs::write(file(name), serde_json::to_vec_pretty(&corpus).unwrap()).unwrap();
}

// Reading.

async fn put(world: &World, corpus: &Value) {
    let transaction = world.store.connection().begin().await.unwrap();
    let run = async |statement: &str, values: Vec<Sql>| {
        let statement = Statement::from_sql_and_values(transaction.get_database_backend(), statement, values);
        transaction.execute_raw(statement).await.unwrap();
    };
    for entry in entries(corpus) {
        let columns = &entry["columns"];
        let number = |name: &str| Sql::from(columns[name].as_i64().unwrap());
        let text = |name: &str| Sql::from(columns[name].as_str().map(str::to_owned));
        let values = vec![
            number("entry_index"),
            entry["leaf"].as_str().unwrap().as_bytes().to_vec().into(),
            unhex(&entry["leaf_hash"]).unwrap().into(),
            number("at"),
            text("kind"),
            text("subject_id"),
            number("subject_version"),
            text("event_type"),
            text("actor"),
            text("organisation_id"),
            text("registration_id"),
            text("service_id"),
            text("environment"),
        ];
        let insert =
            "INSERT INTO history (entry_index, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type,
                      actor, organisation_id, registration_id, service_id, environment)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        run("UPDATE history_head SET next_index = next_index + 1", vec![]).await;
        run(insert, values).await;
        for kept in entry["texts"].as_array().unwrap() {
            let values = vec![
                number("entry_index"),
                kept["pointer"].as_str().unwrap().into(),
                unhex(&kept["salt"]).into(),
                kept["text"].as_str().map(str::to_owned).into(),
            ];
            run("INSERT INTO history_texts (entry_index, pointer, salt, text) VALUES ($1, $2, $3, $4)", values).await;
        }
    }
    for name in corpus["names"].as_array().unwrap() {
        let text = |at: usize| Sql::from(name[at].as_str().unwrap());
        let values = vec![text(0), text(1), name[2].as_i64().unwrap().into(), text(3)];
        let insert = "INSERT INTO history_names (kind, subject_id, entry_index, pointer) VALUES ($1, $2, $3, $4)";
        run(insert, values).await;
    }
    transaction.commit().await.unwrap();
}

/// An auditor, who reads everything.
async fn reader(world: &World) -> Person {
    let reader = world.staff("reader", StaffRole::Auditor).await;
    world.signed_in(&reader).await.unwrap().person
}

/// What a reader is told of each entry.
async fn read(world: &World, corpus: &Value) -> Vec<Value> {
    let reader = reader(world).await;
    let mut read = Vec::new();
    for index in 0..entries(corpus).len() as u64 {
        let entry = world.store.entry(&reader, index).await.unwrap();
        crate::reading::proved(&entry);
        read.push(told(&entry));
    }
    read
}

fn told(entry: &EntryDetails) -> Value {
    let row = &entry.row;
    json!({
        "event": row.event,
        "then": row.then,
        "author": row.author,
        "by_rules": row.by_rules,
        "person": row.person,
        "given": row.given,
    })
}

/// The state of each subject in the end, or that it cannot be folded.
async fn folds(world: &World, corpus: &Value) -> Value {
    async fn fold<A: Stored>(world: &World, id: &str, before: u64) -> Value
    where
        A::Id: std::str::FromStr<Err: std::fmt::Debug>,
    {
        match world.store.replay::<A>(id.parse().unwrap(), before).await {
            Ok(state) => json!(state),
            Err(StoreError::Unreadable(_)) => json!("unavailable"),
            Err(other) => panic!("{other:?}"),
        }
    }
    let subjects: BTreeSet<(&str, &str)> = entries(corpus)
        .iter()
        .map(|entry| {
            let text = |name: &str| entry["columns"][name].as_str().unwrap();
            (text("kind"), text("subject_id"))
        })
        .collect();
    let end = entries(corpus).len() as u64;
    let mut folds = serde_json::Map::new();
    for (kind, id) in subjects {
        let state = match kind {
            "registration" => fold::<Registration>(world, id, end).await,
            "organisation" => fold::<Organisation>(world, id, end).await,
            _ => fold::<Account>(world, id, end).await,
        };
        folds.insert(format!("{kind} {id}"), state);
    }
    Value::Object(folds)
}

async fn what_was_kept_reads_as_it_did(world: Arc<World>) {
    let postgres = world.url.starts_with("postgres");
    for (_, name) in KEPT {
        let fresh = if postgres { World::on_postgres().await } else { World::on_sqlite().await };
        let corpus = corpus(name);
        put(&fresh, &corpus).await;
        for (entry, read) in entries(&corpus).iter().zip(read(&fresh, &corpus).await) {
            assert_eq!(read, entry["reads"], "{}", entry["leaf"]);
        }
        let mut folded = folds(&fresh, &corpus).await;
        for (subject, kept) in corpus["folds"].as_object().unwrap() {
            let folded = folded.as_object_mut().unwrap().remove(subject).unwrap();
            let (folded, kept) = as_both_say(subject, folded, kept);
            assert_eq!(folded, kept, "{subject}");
        }
        assert_eq!(folded, json!({}));
    }
}

/// A state that was kept while a registration had one key, as today's states are written; and today's without what was not
/// noted then.
fn as_both_say(subject: &str, folded: Value, kept: &Value) -> (Value, Value) {
    if !subject.starts_with("registration") || kept.get("keys").is_some() || kept.is_string() {
        return (folded, kept.clone());
    }
    let written = |state: Value| {
        let mut state: Registration = serde_json::from_value(state).unwrap();
        state.keys.clear();
        json!(state)
    };
    (written(folded), written(kept.clone()))
}

#[test]
fn every_type_of_event_is_kept() {
    for version in [1, 2] {
        let entries = of_version(version);
        for kind in ["registration", "organisation", "account"] {
            let of_kind = entries.iter().filter(|entry| entry["columns"]["kind"] == kind);
            let kept: BTreeSet<String> =
                of_kind.map(|entry| entry["columns"]["event_type"].as_str().unwrap().to_owned()).collect();
            let came_later = |name: &&String| version == 1 && SINCE_VERSION_2.contains(&(kind, name.as_str()));
            let missing: Vec<_> = types(kind).into_iter().filter(|name| !kept.contains(name)).collect();
            assert!(missing.iter().all(|name| came_later(&name)), "of version {version}, {kind}: {missing:?}");
        }
    }
    // And of each member that came later an entry without it.
    for (of_type, member) in SINCE {
        let has_one = [1, 2].iter().any(|version| {
            let without = |entry: &Value| {
                let leaf: Value = serde_json::from_str(entry["leaf"].as_str().unwrap()).unwrap();
                leaf["event"]["type"] == of_type && leaf["event"].get(member).is_none()
            };
            of_version(*version).iter().any(without)
        });
        assert!(has_one, "{of_type} without {member}");
    }
}

/// What is written today is what was written: an event that is read and written again has the bytes that its leaf has.
#[test]
fn leaves_have_the_bytes_that_they_had() {
    let mut compared = 0;
    for entry in &of_version(2) {
        let is_whole = |text: &Value| text["text"].is_string();
        if !entry["texts"].as_array().unwrap().iter().all(is_whole) {
            continue;
        }
        let (kind, told) = (entry["columns"]["kind"].as_str().unwrap(), &entry["reads"]["event"]);
        let happened = Happened::<domain::recorded::Whole>::read(kind, told).unwrap();
        let again = match &happened {
            Happened::Registration(event) => json!(event),
            Happened::Organisation(event) => json!(event),
            Happened::Account(event) => json!(event),
        };
        if is_of_one_key(told) {
            let read = Happened::<domain::recorded::Whole>::read(kind, &again).unwrap();
            assert_eq!(format!("{read:?}"), format!("{happened:?}"), "otherwise written, the same is said");
            continue;
        }
        assert_eq!(canonical(&again), canonical(told));
        let mut leaf: Value = serde_json::from_str(entry["leaf"].as_str().unwrap()).unwrap();
        leaf["event"] = again;
        let texts = entry["texts"].as_array().unwrap();
        for kept in texts.iter().filter(|text| text["pointer"].as_str().unwrap().starts_with("/event/")) {
            let place = leaf.pointer_mut(kept["pointer"].as_str().unwrap()).unwrap();
            assert_eq!(place["$text"], kept["text"]);
            *place = json!({"$sha256": commitment(&unhex(&kept["salt"]).unwrap(), kept["text"].as_str().unwrap())});
        }
        assert_eq!(canonical(&leaf), entry["leaf"].as_str().unwrap());
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}

/// Whether an entry is of the time when a client had one key, which is written otherwise today.
fn is_of_one_key(event: &Value) -> bool {
    let draft = event["draft"]["$text"].as_str().unwrap_or_default();
    draft.contains("\"public_key\"") || event["type"] == "submitted" && event.get("thumbprint").is_some()
}

fn commitment(salt: &[u8], text: &str) -> String {
    hex(&Sha256::new().chain_update(salt).chain_update(text).finalize())
}

// What is no entry.

/// Every member that an object within `value` has, as the pointer of the object and the member's name.
fn members(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                found.push((at.to_owned(), name.clone()));
                members(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (place, member) in list.iter().enumerate() {
                members(member, &format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
}

/// Whether an entry may be without this member.
fn may_be_missing(leaf: &Value, at: &str, name: &str) -> bool {
    let of_type = leaf["event"]["type"].as_str().unwrap();
    match at {
        // Whoever acts may have no name, or be no program, and what is not known of what an entry is about is left out.
        "" => ["actor_name", "actor_token"].contains(&name),
        "/about" => true,
        "/event" => SINCE.contains(&(of_type, name)),
        // Comments on sections are by section.
        "/event/sections" => true,
        _ => false,
    }
}

/// The leaf in every way in which it is none.
fn malformed(leaf: &Value) -> Vec<(String, Value)> {
    let mut wrong = Vec::new();
    let mut all = Vec::new();
    members(leaf, "", &mut all);
    let mut with = |what: String, change: &dyn Fn(&mut Value)| {
        let mut leaf = leaf.clone();
        change(&mut leaf);
        wrong.push((what, leaf));
    };
    for (at, name) in &all {
        if !may_be_missing(leaf, at, name) {
            with(format!("without {at}/{name}"), &|leaf| {
                leaf.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(name);
            });
        }
    }
    let objects: BTreeSet<&String> = all.iter().map(|(at, _)| at).collect();
    for at in objects {
        with(format!("with another member in {at}"), &|leaf| {
            leaf.pointer_mut(at).unwrap()["of_the_future"] = json!(true);
        });
    }
    for version in [json!(0), json!(3), json!("2"), json!(2.5), json!(null), json!(-1)] {
        with(format!("of version {version}"), &|leaf| leaf["v"] = version.clone());
    }
    for name in ["of_the_future", "", "Confirmed"] {
        with(format!("of type {name}"), &|leaf| leaf["event"]["type"] = json!(name));
        with(format!("of kind {name}"), &|leaf| leaf["kind"] = json!(name));
    }
    wrong
}

/// One entry of each type, and of each version.
fn one_of_each() -> Vec<(u64, Value)> {
    let mut seen = BTreeSet::new();
    let mut each = Vec::new();
    for version in [1, 2] {
        for entry in of_version(version) {
            let columns = &entry["columns"];
            let by_token = entry["leaf"].as_str().unwrap().contains("actor_token");
            if seen.insert((version, columns["kind"].to_string(), columns["event_type"].to_string(), by_token)) {
                each.push((version, entry.clone()));
            }
        }
    }
    each
}

async fn nothing_else_can_be_read(world: Arc<World>) {
    let connection = world.store.connection();
    let reader = reader(&world).await;
    world.untie(&["history", "history_texts"]).await;
    // Stands for each of them in turn.
    let count = world.count("SELECT COUNT(*) FROM history").await as u64;
    let index = count - 1;
    let set = async |columns: &Value, leaf: &[u8]| {
        let backend = connection.get_database_backend();
        let text = |name: &str| Sql::from(columns[name].as_str().unwrap_or("other").to_owned());
        let update = "UPDATE history SET leaf = $1, kind = $2, event_type = $3, subject_id = $4 WHERE entry_index = $5";
        let values = vec![
            leaf.to_vec().into(),
            text("kind"),
            text("event_type"),
            text("subject_id"),
            i64::try_from(index).unwrap().into(),
        ];
        connection.execute_raw(Statement::from_sql_and_values(backend, update, values)).await.unwrap();
    };
    let (mut tried, mut accepted) = (0, Vec::new());
    for (version, entry) in one_of_each() {
        let columns = &entry["columns"];
        let leaf: Value = serde_json::from_str(entry["leaf"].as_str().unwrap()).unwrap();
        world.sql(&format!("DELETE FROM history_texts WHERE entry_index = {index}")).await.unwrap();
        for kept in entry["texts"].as_array().unwrap() {
            let insert = "INSERT INTO history_texts (entry_index, pointer, salt, text) VALUES ($1, $2, $3, $4)";
            let values: Vec<Sql> = vec![
                i64::try_from(index).unwrap().into(),
                kept["pointer"].as_str().unwrap().into(),
                unhex(&kept["salt"]).into(),
                kept["text"].as_str().map(str::to_owned).into(),
            ];
            let backend = connection.get_database_backend();
            connection.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await.unwrap();
        }
        set(columns, entry["leaf"].as_str().unwrap().as_bytes()).await;
        world.store.entry(&reader, index).await.unwrap();
        for (what, wrong) in malformed(&leaf) {
            set(columns, canonical(&wrong).as_bytes()).await;
            let read = world.store.entry(&reader, index).await;
            if !matches!(read, Err(StoreError::Unreadable(_))) {
                accepted.push(format!("version {version}, {}, {what}", columns["event_type"]));
            }
            tried += 1;
        }
        // A text that is nowhere is none that was erased.
        if !entry["texts"].as_array().unwrap().is_empty() {
            world.sql(&format!("DELETE FROM history_texts WHERE entry_index = {index}")).await.unwrap();
            set(columns, entry["leaf"].as_str().unwrap().as_bytes()).await;
            let read = world.store.entry(&reader, index).await;
            if !matches!(read, Err(StoreError::Unreadable(_))) {
                accepted.push(format!("version {version}, {}, without its texts", columns["event_type"]));
            }
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
    assert!(tried > 800, "{tried}");
}

/// Documents within events, by type and member.
const DOCUMENTS: [(&str, &str); 5] = [
    ("started", "draft"),
    ("saved", "change"),
    ("submitted", "warnings"),
    ("service_added", "content"),
    ("service_changed", "content"),
];

#[test]
fn a_document_that_is_broken_is_an_error() {
    use domain::recorded::{AsTold, Whole};
    let mut tried = BTreeSet::new();
    for version in [1, 2] {
        for entry in of_version(version) {
            let (kind, event) = (entry["columns"]["kind"].as_str().unwrap(), &entry["reads"]["event"]);
            for (of_type, member) in DOCUMENTS {
                let Some(text) = event[member]["$text"].as_str().filter(|_| event["type"] == of_type) else { continue };
                let Ok(document) = serde_json::from_str::<Value>(text) else { continue };
                let mut broken = vec![text[..text.len() - 1].to_owned(), "null".into(), "(erased".into(), " ".into()];
                let mut all = Vec::new();
                members(&document, "", &mut all);
                for (at, name) in all {
                    // Of reasons and answers anything can be there; the names of a key came later, or may be left out.
                    if at.contains("/reasons")
                        || at.contains("/evidence")
                        || at.contains("/answers")
                        || name == "key_id"
                        || at.contains("/public_keys/") && ["kid", "name"].contains(&name.as_str())
                    {
                        continue;
                    }
                    let mut without = document.clone();
                    without.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(&name);
                    let mut with = document.clone();
                    with.pointer_mut(&at).unwrap()["of_the_future"] = json!(1);
                    broken.extend([without.to_string(), with.to_string()]);
                }
                for text in broken {
                    let mut wrong = event.clone();
                    wrong[member] = json!({"$text": text});
                    assert!(Happened::<Whole>::read(kind, &wrong).is_err(), "{wrong}");
                    let error = Happened::<AsTold>::read(kind, &wrong).unwrap_err().to_string();
                    assert!(!error.contains("example") && !error.contains("Ash"), "it quotes what was typed: {error}");
                }
                // A text that is there for the telling is not there for the fold.
                for mark in ["$erased", "$altered", "$withheld"] {
                    let mut gone = event.clone();
                    gone[member] = json!({mark: true});
                    assert!(
                        Happened::<AsTold>::read(kind, &gone).is_ok() && Happened::<Whole>::read(kind, &gone).is_err()
                    );
                }
                tried.insert((of_type, member));
            }
        }
    }
    assert_eq!(tried.len(), DOCUMENTS.len(), "{tried:?}");
}

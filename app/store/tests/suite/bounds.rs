//! What one account may leave behind, and what the role that serves may do to the database (threats 16, 22 and 23).

use crate::common::*;
use domain::{
    actor::StaffRole,
    draft::DraftChange,
    id::RegistrationId,
    recorded::{Document, Happened, Told},
    refusal::Refusal,
    registration::{Command, Event, Registration},
};
use std::sync::Arc;
use store::{
    DatabaseRole, FormOf, Quotas, Store, StoreError,
    read::{HistoryFilter, Written},
};
use time::Duration;

on_both!(
    an_account_adds_so_much_in_a_day,
    forms_that_wait_are_so_many_in_all,
    what_was_there_before_costs_the_same_however_much_happened,
    demo_data_is_known_by_its_mark_or_its_people,
);

fn large(round: usize) -> Command {
    Command::save(DraftChange::ClientName(format!("{round} {}", "x".repeat(15_000))))
}

async fn by(world: &World, store: &Store, user: &User, id: RegistrationId, command: Command) -> Result<(), StoreError> {
    let any = store::Expected::Any;
    store.execute::<Registration>(&world.moment(), &user.who, id, any, command).await.map(|_| ())
}

async fn an_account_adds_so_much_in_a_day(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&ash, "integration", draft("Ash", KEY_A)).await;
    let store = world.store.clone().with_quotas(Quotas { history_bytes_a_day: 40_000 });
    by(&world, &store, &ash.owner, id, large(1)).await.unwrap();
    by(&world, &store, &ash.owner, id, large(2)).await.unwrap();
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    let used = world.count("SELECT CAST(SUM(bytes) AS BIGINT) AS n FROM history_usage").await;
    assert_eq!(refusal(by(&world, &store, &ash.owner, id, large(3)).await), Refusal::TooMuchToday);
    assert_eq!(world.count("SELECT COUNT(*) FROM history").await, entries);
    assert_eq!(
        world.count("SELECT CAST(SUM(bytes) AS BIGINT) AS n FROM history_usage").await,
        used,
        "what is refused is not counted"
    );
    by(&world, &store, &ash.developer, id, large(4)).await.unwrap();
    // What adds little goes on, and what staff do.
    by(&world, &store, &ash.owner, id, Command::Withdraw).await.unwrap();
    world.submit(&ash.developer, id).await.unwrap_err();
    let store_of_none = world.store.clone().with_quotas(Quotas { history_bytes_a_day: 0 });
    let small = Command::save(DraftChange::ClientName("Ash client".into()));
    by(&world, &store_of_none, &ash.owner, id, small).await.unwrap();
    world.submit(&ash.developer, id).await.unwrap();
    let reject = Command::Reject { number: 2, reason: "é".repeat(1_900) };
    by(&world, &store_of_none, &admin, id, reject).await.unwrap();
    // Another day, and the counts of the days before are forgotten.
    let used = world.count("SELECT COUNT(*) FROM history_usage").await;
    world.store.purge(world.now()).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM history_usage").await, used);
    world.sql("UPDATE history_usage SET day = day - 1").await.unwrap();
    by(&world, &store, &ash.owner, id, large(5)).await.unwrap();
    world.sql("UPDATE history_usage SET day = day - 2").await.unwrap();
    world.store.purge(world.now()).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM history_usage").await, 0);
}

async fn forms_that_wait_are_so_many_in_all(world: Arc<World>) {
    let later = |at: i64| world.now() + Duration::seconds(600 + at);
    world.store.keep_form("of-ash", "sealed", FormOf::Account, later(0)).await.unwrap();
    for at in 0..305 {
        world.store.keep_form(&format!("v{at}"), "sealed", FormOf::Visitor, later(at)).await.unwrap();
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM refused_forms WHERE of_visitor").await, 300);
    for (token, is_kept) in [("v0", false), ("v4", false), ("v5", true), ("v304", true), ("of-ash", true)] {
        assert_eq!(world.store.sealed_form(token, world.now()).await.unwrap().is_some(), is_kept, "{token}");
    }
}

async fn what_was_there_before_costs_the_same_however_much_happened(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let viewer = world.signed_in(&ash.owner).await.unwrap().person;
    let save = async |name: String| {
        world.now_do(&ash.owner.who, id, Command::save(DraftChange::ClientName(name))).await.unwrap();
        world.count("SELECT MAX(entry_index) FROM history").await
    };
    let before = async |index: i64| {
        let row = world.store.entry(&viewer, u64::try_from(index).unwrap()).await.unwrap().row;
        let steps = world.store.steps_read();
        let name = DraftChange::ClientName(String::new());
        let found = world.store.event_before(&row, &Written::Section(&name)).await.unwrap();
        (found, world.store.steps_read() - steps)
    };
    let first = save("First".into()).await;
    assert!(matches!(before(first).await.0, Some(Happened::Registration(Event::Started { .. }))));
    let second = save("Second".into()).await;
    let (found, few) = before(second).await;
    let Some(Happened::Registration(Event::Saved { change, .. })) = found else { panic!("{found:?}") };
    assert_eq!(change, Told::Text(Document::Is(DraftChange::ClientName("First".into()))));
    for round in 0..520 {
        let vectors = Command::save(DraftChange::Vectors(vec![format!("P{round}")]));
        world.now_do(&ash.owner.who, id, vectors).await.unwrap();
    }
    let far = save("Third".into()).await;
    let (found, many) = before(far).await;
    assert_eq!(found, None, "too far back to be looked for");
    assert!(many <= few + 20_000, "{many} steps, {few} before");
}

async fn demo_data_is_known_by_its_mark_or_its_people(world: Arc<World>) {
    let people = ["owner@demo.example", "admin1@demo.example"];
    let known = async || world.store.has_demo_data(&people).await.unwrap();
    assert!(!known().await);
    // Anybody can sign up with any address: that alone keeps no portal from starting.
    let account = world.sign_up("owner@demo.example", "Mallory").await.unwrap();
    assert!(!known().await);
    world.verify(account).await;
    assert!(known().await, "seeded before there was a mark");
    assert!(!world.store.has_demo_data(&people[1..]).await.unwrap());
    world.store.mark_demo_data(world.now()).await.unwrap();
    world.store.mark_demo_data(world.now()).await.unwrap();
    assert!(world.store.has_demo_data(&people[1..]).await.unwrap());
}

/// The role that serves does everything that serving needs, and nothing to what the history is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_runtime_role_changes_no_history_on_postgres() {
    let owner = World::on_postgres().await;
    assert!(matches!(owner.store.role().await.unwrap(), DatabaseRole::Owner { .. }));
    let role = format!("Runtime \"{}", std::process::id());
    owner.sql(&format!("CREATE ROLE \"{}\" LOGIN", role.replace('"', "\"\""))).await.unwrap();
    owner.store.grant_runtime(&role).await.unwrap();
    owner.store.grant_runtime(&role).await.unwrap();
    // The operator acts as the owner.
    let (one, two) = (owner.staff("one", StaffRole::Admin).await, owner.staff("two", StaffRole::Admin).await);
    let world = owner.as_role("Runtime%20%22", std::process::id()).await;
    assert_eq!(world.store.role().await.unwrap(), DatabaseRole::Runtime { name: role.clone() });
    assert_eq!(migrations::pending(world.store.connection()).await.unwrap(), 0);

    let ash = world.partner("Ash").await;
    let id = world.submitted(&ash, "live", draft("Ash", KEY_A)).await;
    world.approve(&one, id).await.unwrap();
    world.approve(&two, id).await.unwrap();
    assert_eq!(world.publish_all().await.len(), 1);
    let suspend = Command::Suspend { reason: "A key leaked.".into() };
    world.reauthenticate(&one).await;
    world.now_do(&one.who, id, suspend).await.unwrap();
    let viewer = world.signed_in(&one).await.unwrap().person;
    let search = HistoryFilter { search: "leaked".into(), ..HistoryFilter::default() };
    assert_eq!(world.store.history(&viewer, &search, None).await.unwrap().rows.len(), 1);
    world.store.purge(world.now() + Duration::days(40)).await.unwrap();
    assert_eq!(world.store.index_earlier_entries().await.unwrap(), 0);

    let mut tried = vec![
        "DROP TRIGGER approvals_guard ON approvals".to_owned(),
        "DROP TRIGGER history_texts_guard ON history_texts".to_owned(),
        "UPDATE history_texts SET text = NULL, salt = NULL".to_owned(),
        "DELETE FROM history_head".to_owned(),
        "DELETE FROM history_words".to_owned(),
        "UPDATE history_words SET word = word".to_owned(),
        "DELETE FROM seaql_migrations".to_owned(),
        "CREATE OR REPLACE FUNCTION history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
            .to_owned(),
        "DROP FUNCTION approvals_guard CASCADE".to_owned(),
        "SET session_replication_role = replica".to_owned(),
        "CREATE TABLE mine (id BIGINT)".to_owned(),
        "DROP TABLE accounts".to_owned(),
    ];
    for table in ["history", "history_texts", "revisions", "approvals"] {
        tried.extend([
            format!("DROP TRIGGER {table}_append_only ON {table}"),
            format!("DROP TRIGGER {table}_no_truncate ON {table}"),
            format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
            format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
            format!("DROP TABLE {table} CASCADE"),
            format!("CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION history_append_only()"),
        ]);
    }
    for (table, column) in [("history", "leaf"), ("revisions", "bytes"), ("approvals", "digest")] {
        tried.push(format!("UPDATE {table} SET {column} = {column}"));
    }
    let copy =
        "INSERT INTO history (entry_index, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type, actor)
                SELECT {}, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type, actor FROM history
                WHERE entry_index = 3";
    for statement in [
        copy.replace("{}", "5000000"),
        copy.replace("{}", "(SELECT next_index FROM history_head)"),
        "UPDATE history_head SET next_index = 1".to_owned(),
        "UPDATE history_head SET next_index = next_index + 2".to_owned(),
        "UPDATE history_head SET next_index = next_index + 1".to_owned(),
    ] {
        let refused = world.sql(&statement).await.expect_err(&statement).to_string();
        assert!(refused.contains("one entry at a time"), "{statement}: {refused}");
    }
    let before = owner.texts("SELECT CAST(tgname AS TEXT) FROM pg_trigger ORDER BY tgname").await;
    for statement in tried {
        let refused = world.sql(&statement).await.expect_err(&statement).to_string();
        let known = ["permission denied", "must be owner", "does not exist"];
        assert!(known.iter().any(|known| refused.contains(known)), "{statement}: {refused}");
        assert!(!refused.contains("append-only"), "{statement}: the trigger refused it, not the role");
    }
    assert_eq!(owner.texts("SELECT CAST(tgname AS TEXT) FROM pg_trigger ORDER BY tgname").await, before);
}

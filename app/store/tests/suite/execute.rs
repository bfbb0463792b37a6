//! The one write path: all or nothing, one winner, an entry for every event.

use crate::common::*;
use domain::{
    account::Account,
    actor::StaffRole,
    draft::DraftChange,
    organisation::Organisation,
    refusal::Refusal,
    registration::{Command, Registration},
};
use std::sync::Arc;
use store::{Expected, StoreError, Who};

on_both!(
    a_stale_form_changes_nothing,
    two_sign_ups_for_one_address,
    one_registration_for_each_environment,
    a_refused_command_leaves_no_trace,
    a_failure_halfway_leaves_no_trace,
    folding_the_history_gives_the_rows,
    the_history_is_gapless_under_concurrency,
    the_past_is_found_by_index,
    the_database_refuses_to_rewrite,
    strangers_learn_no_version,
);

async fn a_stale_form_changes_nothing(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let save = |name: &str| Command::save(DraftChange::ClientName(name.into()));
    world.command(&partner.owner, id, 1, save("First")).await.unwrap();
    let late = world.command(&partner.developer, id, 1, save("Second")).await;
    assert_eq!(late.unwrap_err(), StoreError::Stale { version: 2 });
    let (registration, version) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!((registration.draft.client_name.as_str(), version), ("First", 2));
    let again = world
        .store
        .execute::<Registration>(&world.moment(), &partner.owner.who, id, Expected::New, save("Third"))
        .await;
    assert_eq!(again.unwrap_err(), StoreError::Stale { version: 2 });
}

async fn two_sign_ups_for_one_address(world: Arc<World>) {
    let both = tokio::join!(world.sign_up("ada@partner.example", "Ada"), world.sign_up("ADA@partner.example", "Eve"));
    let (won, lost) = if both.0.is_ok() { (both.0, both.1) } else { (both.1, both.0) };
    won.unwrap();
    assert_eq!(refusal(lost), Refusal::AccountExists);
    assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM history").await, 1);
}

async fn one_registration_for_each_environment(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let both = tokio::join!(
        world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)),
        world.start(&partner.developer, &partner, "sandpit", draft("Ash", KEY_A)),
    );
    let (won, lost) = if both.0.is_ok() { (both.0, both.1) } else { (both.1, both.0) };
    won.unwrap();
    assert_eq!(refusal(lost), Refusal::AlreadyRegistered);
    assert_eq!(world.count("SELECT COUNT(*) FROM registrations").await, 1);
}

async fn a_refused_command_leaves_no_trace(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let before = world.count("SELECT COUNT(*) FROM history").await;
    let stranger = world.partner("Birch").await;
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    assert!(entries > before);
    let refused = world.now_do(&stranger.owner.who, id, Command::Withdraw).await;
    assert_eq!(refused.unwrap_err(), StoreError::NotFound);
    assert_eq!(refusal(world.now_do(&partner.owner.who, id, Command::Withdraw).await), Refusal::NothingSubmitted);
    assert_eq!(world.count("SELECT COUNT(*) FROM history").await, entries);
    assert_eq!(world.count("SELECT next_index FROM history_head").await, entries);
}

/// What follows cannot be written after the row and the entries were: all of it is rolled back.
async fn a_failure_halfway_leaves_no_trace(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.start(&partner.developer, &partner, "integration", draft("Ash", KEY_A)).await.unwrap();
    let before = world.store.load::<Registration>(id).await.unwrap();
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    world.sql("ALTER TABLE mail_digests RENAME TO mail_elsewhere").await.unwrap();
    let outcome = world.submit(&partner.developer, id).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert_eq!(outcome.unwrap_err().to_string(), "The database is not available.");
    assert_eq!(world.store.load::<Registration>(id).await.unwrap(), before);
    assert_eq!(world.count("SELECT COUNT(*) FROM history").await, entries);
    assert_eq!(world.count("SELECT next_index FROM history_head").await, entries);
    assert_eq!(world.count("SELECT COUNT(*) FROM revisions").await, 0);
    world.sql("ALTER TABLE mail_elsewhere RENAME TO mail_digests").await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    world.approve(&admin, id).await.unwrap();
}

async fn folding_the_history_gives_the_rows(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", restricted("Ash", KEY_A)).await;
    let request = Command::RequestChanges {
        number: 1,
        comment: "See below.".into(),
        sections: [(domain::draft::Section::Scopes, "Why not e-mail/phone~?".to_owned())].into(),
    };
    world.now_do(&admin.who, id, request).await.unwrap();
    let change = DraftChange::ClientName("Ash two".into());
    world.now_do(&partner.owner.who, id, Command::save(change)).await.unwrap();
    world.submit(&partner.owner, id).await.unwrap();
    world.approve(&admin, id).await.unwrap();
    world.publish_all().await;
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();

    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    let (organisation, _) = world.store.load::<Organisation>(partner.organisation).await.unwrap();
    assert_eq!(world.store.replay::<Organisation>(partner.organisation, u64::MAX).await.unwrap(), organisation);
    let (account, _) = world.store.load::<Account>(admin.account).await.unwrap();
    assert_eq!(world.store.replay::<Account>(admin.account, u64::MAX).await.unwrap(), account);
}

async fn the_history_is_gapless_under_concurrency(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let before = world.count("SELECT COUNT(*) FROM history").await;
    let mut writers = Vec::new();
    for writer in 0..8 {
        let (world, partner) = (world.clone(), partner.clone());
        writers.push(tokio::spawn(async move {
            for round in 0..5 {
                let change = DraftChange::ClientName(format!("Writer {writer} round {round}"));
                world.now_do(&partner.owner.who, id, Command::save(change)).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    assert_eq!(entries, before + 40);
    assert_eq!(world.count("SELECT MIN(entry_index) FROM history").await, 0);
    assert_eq!(world.count("SELECT MAX(entry_index) FROM history").await, entries - 1);
    let (registration, version) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(version, 41);
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
}

/// The clock of another machine, or of this one after it was set, gives a later entry an earlier time.
async fn the_past_is_found_by_index(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let save = |name: &str| Command::save(DraftChange::ClientName(name.into()));
    world.now_do(&partner.owner.who, id, save("First")).await.unwrap();
    let index = u64::try_from(world.count("SELECT MAX(entry_index) + 1 FROM history").await).unwrap();
    let mut early = world.moment();
    early.now -= time::Duration::milliseconds(1500);
    let saved = world.store.execute::<Registration>(&early, &partner.owner.who, id, Expected::Any, save("Second"));
    saved.await.unwrap();
    let before = world.store.replay::<Registration>(id, index).await.unwrap();
    assert_eq!(before.draft.client_name, "First");
    assert_eq!(world.store.replay::<Registration>(id, index + 1).await.unwrap().draft.client_name, "Second");
}

async fn the_database_refuses_to_rewrite(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    for table in ["history", "revisions", "approvals"] {
        let column = if table == "history" { "kind" } else { "digest" };
        for statement in [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")] {
            let error = world.sql(&statement).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        }
        match world.url.starts_with("postgres") {
            true => assert_append_only(&world, &format!("TRUNCATE {table} CASCADE")).await,
            false => assert_append_only(&world, &format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}")).await,
        }
    }
    for statement in [
        "UPDATE history_texts SET text = 'x'",
        "UPDATE history_texts SET text = NULL",
        "UPDATE history_texts SET text = NULL, salt = NULL, pointer = 'x'",
        "DELETE FROM history_texts",
    ] {
        assert_append_only(&world, statement).await;
    }
    if world.url.starts_with("sqlite") {
        assert_append_only(&world, "INSERT OR REPLACE INTO history_texts SELECT * FROM history_texts").await;
    }
    // An index is the next one, taken from the head, which goes on by one.
    let copy =
        "INSERT INTO history (entry_index, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type, actor)
                SELECT {}, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type, actor FROM history
                WHERE entry_index = 3";
    for index in ["5000000", "(SELECT next_index FROM history_head)", "-1"] {
        assert_append_only(&world, &copy.replace("{}", index)).await;
    }
    for next in ["1", "next_index + 2", "next_index - 1"] {
        assert_append_only(&world, &format!("UPDATE history_head SET next_index = {next}")).await;
    }
    world.submit(&partner.developer, id).await.unwrap_err();
    world.person("after").await;
}

async fn assert_append_only(world: &World, statement: &str) {
    let error = world.sql(statement).await.unwrap_err().to_string();
    assert!(error.contains("append-only"), "{statement}: {error}");
}

async fn strangers_learn_no_version(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.owner, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let stranger = world.partner("Birch").await.owner;
    let outcome = world.command(&stranger, id, 77, Command::Withdraw).await;
    assert_eq!(outcome.unwrap_err(), StoreError::NotFound);
    let visitor = world
        .store
        .execute::<Registration>(
            &world.moment(),
            &Who::Session { token_hash: "none".into() },
            id,
            Expected::Version(77),
            Command::Withdraw,
        )
        .await;
    assert_eq!(refusal(visitor), Refusal::NotSignedIn);
}

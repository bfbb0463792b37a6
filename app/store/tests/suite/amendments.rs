//! What is withdrawn before the provider has it, and drafts whose changes are thrown away.

use crate::common::*;
use domain::{
    actor::StaffRole,
    draft::DraftChange,
    refusal::Refusal,
    registration::{ClientState, Command, Registration},
    standing::Does,
};
use std::sync::Arc;
use store::{
    Who,
    read::{ClientFilter, HistoryFilter},
};
use time::Duration;

on_both!(
    a_first_revision_is_withdrawn_and_another_published,
    an_amendment_is_withdrawn_whoever_approved_it,
    the_database_lets_nothing_that_is_off_be_withdrawn,
    changes_are_thrown_away_as_they_were_shown,
);

async fn state(world: &World, id: domain::id::RegistrationId) -> Registration {
    let (state, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), state, "as the history has it");
    state
}

/// The provider is told that there is no client, under a generation above the one that it may have had; and what is
/// approved next is on again, on both databases, which let nothing else be switched on without an admin.
async fn a_first_revision_is_withdrawn_and_another_published(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    // A worker is at it, and comes too late.
    let first = world.claim(world.now(), "slow", Duration::seconds(60)).await.unwrap();
    world.now_do(&ash.developer.who, id, Command::Withdraw).await.unwrap();
    let late = Command::ConfirmPublished { generation: first.generation, metadata_digest: first.metadata_digest };
    assert_eq!(refusal(world.now_do(&Who::System, id, late).await), Refusal::Superseded);
    let job = world.claim(world.now(), "test", Duration::seconds(60)).await.unwrap();
    assert!(job.removed && !job.enabled && job.generation > first.generation, "{job:?}");
    let confirm = Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest };
    world.now_do(&Who::System, id, confirm).await.unwrap();
    let registration = state(&world, id).await;
    assert_eq!(registration.confirmed().unwrap().does, Does::Absent);
    assert_eq!(registration.client_state(), ClientState::Unpublished);
    let organisations = "SELECT COUNT(*) FROM organisations WHERE has_client";
    assert_eq!(world.count(organisations).await, 0, "it never had a client");

    world.submit(&ash.developer, id).await.unwrap();
    let job = world.claim(world.now(), "test", Duration::seconds(60)).await.unwrap();
    assert!(!job.removed && job.enabled && job.client_id == first.client_id, "{job:?}");
    let confirm = Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest };
    world.now_do(&Who::System, id, confirm).await.unwrap();
    assert_eq!(state(&world, id).await.client_state(), ClientState::Published);
    assert_eq!(world.count(organisations).await, 1);
}

/// On live, where the approvals of what is withdrawn, and of what it gives way to, may count no more.
async fn an_amendment_is_withdrawn_whoever_approved_it(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    world.add_second_factor(&ash.developer).await;
    world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.submitted(&ash, "integration", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    let id = world.submitted(&ash, "live", draft("Ash", KEY_A)).await;
    let admins = [world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await];
    for admin in &admins {
        world.approve(admin, id).await.unwrap();
    }
    world.publish_all().await;
    let rename = Command::save(DraftChange::ClientName("Ash in autumn".into()));
    world.now_do(&ash.developer.who, id, rename).await.unwrap();
    world.submit(&ash.developer, id).await.unwrap();
    for admin in &admins {
        world.approve(admin, id).await.unwrap();
    }
    assert_eq!(state(&world, id).await.wanted.unwrap().revision, 2);
    let locked = format!("UPDATE accounts SET disabled = TRUE WHERE id = '{}'", admins[0].account);
    world.sql(&locked).await.unwrap();
    world.now_do(&ash.developer.who, id, Command::Withdraw).await.unwrap();
    let job = world.claim(world.now(), "test", Duration::seconds(60)).await.unwrap();
    assert!(job.metadata.contains("Ash client") && job.enabled, "what the provider had: {}", job.metadata);
    let confirm = Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest };
    world.now_do(&Who::System, id, confirm).await.unwrap();
    let registration = state(&world, id).await;
    assert_eq!((registration.held().unwrap().number, registration.client_state()), (1, ClientState::Published));
    let auditor = world.staff("auditor", StaffRole::Auditor).await;
    let auditor = world.signed_in(&auditor).await.unwrap().person;
    let filter = ClientFilter { environment: Some("live".into()), ..ClientFilter::default() };
    let clients = world.store.clients(&auditor, &filter, None).await.unwrap().rows;
    assert_eq!(clients[0].client_name, "Ash client", "lists have the name that is published");
}

/// What is suspended takes admins to be on again, and what is retired is so for good: neither is a withdrawal away from on.
async fn the_database_lets_nothing_that_is_off_be_withdrawn(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let suspended = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    let retired = world.submitted(&birch, "sandpit", draft("Birch", KEY_B)).await;
    world.publish_all().await;
    world.now_do(&admin.who, suspended, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.reauthenticate(&birch.owner).await;
    world.now_do(&birch.owner.who, retired, Command::Retire { reason: String::new() }).await.unwrap();
    for id in [suspended, retired] {
        for (table, column) in [("registrations", "id"), ("publications", "registration_id")] {
            let withdraw = format!("UPDATE {table} SET wanted = 'absent' WHERE {column} = '{id}'");
            let refused = world.sql(&withdraw).await.unwrap_err().to_string();
            assert!(refused.contains("is not withdrawn"), "{table}: {refused}");
        }
    }
    assert_eq!(
        refusal(world.now_do(&ash.developer.who, suspended, Command::Withdraw).await),
        Refusal::NothingSubmitted
    );
}

async fn changes_are_thrown_away_as_they_were_shown(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    let rename = |name: &str| Command::save(DraftChange::ClientName(name.into()));
    world.now_do(&ash.developer.who, id, rename("Ash in autumn")).await.unwrap();
    let (_, shown) = world.store.load::<Registration>(id).await.unwrap();
    // A colleague goes on while the question is on the screen.
    world.now_do(&ash.owner.who, id, rename("Ash in winter")).await.unwrap();
    assert!(is_stale(&world.command(&ash.developer, id, shown, Command::DiscardChanges).await));
    assert_eq!(state(&world, id).await.draft.client_name, "Ash in winter");
    world.now_do(&ash.developer.who, id, Command::DiscardChanges).await.unwrap();
    let registration = state(&world, id).await;
    assert_eq!(registration.draft.client_name, "Ash client");
    assert_eq!(world.count("SELECT COUNT(*) FROM registrations WHERE draft_ahead").await, 0);
    let person = world.signed_in(&ash.developer).await.unwrap().person;
    let filter = HistoryFilter { event_type: Some("changes_discarded".into()), ..HistoryFilter::default() };
    assert_eq!(world.store.history(&person, &filter, None).await.unwrap().rows.len(), 1);
}

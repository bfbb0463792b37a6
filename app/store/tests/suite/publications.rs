//! Leases, generations, late writers, and what is never handed out (threats 1, 5).

use crate::common::*;
use domain::{
    actor::StaffRole,
    id::RegistrationId,
    refusal::Refusal,
    registration::{ClientState, Command},
};
use std::sync::Arc;
use store::{PublicationJob, Who};
use time::Duration;

on_both!(
    a_lease_keeps_others_off_until_it_runs_out,
    a_late_writer_confirms_nothing,
    a_failure_is_tried_again_later,
    two_workers_never_share_a_job,
    tampered_rows_are_withheld,
    what_is_handed_out_is_what_was_approved,
);

const LEASE: Duration = Duration::seconds(60);

fn confirm(job: &PublicationJob) -> Command {
    Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest.clone() }
}

async fn approved(world: &World) -> (Partner, User, RegistrationId) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", restricted("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    (partner, admin, id)
}

async fn a_lease_keeps_others_off_until_it_runs_out(world: Arc<World>) {
    let (_, _, id) = approved(&world).await;
    let now = world.now();
    let first = world.claim(now, "one", LEASE).await.unwrap();
    assert_eq!((first.registration, first.generation, first.attempts), (id, 1, 0));
    assert_eq!(world.claim(now + LEASE / 2, "two", LEASE).await, None);
    let second = world.claim(now + LEASE, "two", LEASE).await.unwrap();
    assert_eq!(second, first, "the first worker died: the second gets the same job");
    // Both confirm: one event.
    world.now_do(&Who::System, id, confirm(&second)).await.unwrap();
    let again = world.now_do(&Who::System, id, confirm(&first)).await.unwrap();
    assert_eq!(again.events, 0);
    assert_eq!(again.state.client_state(), ClientState::Published);
    assert_eq!(world.count("SELECT COUNT(*) FROM history WHERE event_type = 'published'").await, 1);
    assert_eq!(world.claim(now + LEASE * 10, "three", LEASE).await, None);
}

async fn a_late_writer_confirms_nothing(world: Arc<World>) {
    let (_, admin, id) = approved(&world).await;
    let late = world.claim(world.now(), "paused", LEASE).await.unwrap();
    world.publish_all().await;
    world.now_do(&Who::System, id, confirm(&late)).await.unwrap();
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    let newer = world.claim(world.now(), "quick", LEASE).await.unwrap();
    assert_eq!((newer.generation, newer.enabled), (2, false));
    // The paused worker wakes up: neither its success nor its failure counts.
    assert_eq!(refusal(world.now_do(&Who::System, id, confirm(&late)).await), Refusal::Superseded);
    let report = Command::ReportFailure { generation: late.generation, message: "Timed out.".into() };
    assert_eq!(refusal(world.now_do(&Who::System, id, report).await), Refusal::Superseded);
    let far = world.now() + Duration::days(9);
    world.store.publication_failed(id, late.generation, far, "Timed out.").await.unwrap();
    world.store.publication_done(id, late.generation, world.now()).await.unwrap();
    let again = world.claim(world.now() + LEASE, "next", LEASE).await.unwrap();
    assert_eq!((again.generation, again.attempts), (2, 0));
    let done = world.now_do(&Who::System, id, confirm(&again)).await.unwrap();
    assert!(!done.state.is_publication_due());
}

async fn a_failure_is_tried_again_later(world: Arc<World>) {
    let (_, _, id) = approved(&world).await;
    let now = world.now();
    let job = world.claim(now, "one", LEASE).await.unwrap();
    let later = now + Duration::minutes(3);
    world.store.publication_failed(id, job.generation, later, "503 Service Unavailable").await.unwrap();
    assert_eq!(world.claim(later - Duration::seconds(1), "one", LEASE).await, None);
    let again = world.claim(later, "one", LEASE).await.unwrap();
    assert_eq!((again.attempts, again.metadata), (1, job.metadata));
}

async fn two_workers_never_share_a_job(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    for name in ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel"] {
        let service = world.service(&partner.owner, partner.organisation, name).await;
        world.submitted(&Partner { service, ..partner.clone() }, "sandpit", draft(name, KEY_A)).await;
    }
    let now = world.now();
    let mut workers = Vec::new();
    for worker in 0..4 {
        let world = world.clone();
        workers.push(tokio::spawn(async move {
            let mut claimed = Vec::new();
            while let Some(job) = world.claim(now, &worker.to_string(), LEASE).await {
                claimed.push(job.registration);
            }
            claimed
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    let claimed = all.len();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), claimed), (6, 6), "each once, none forgotten");
}

/// Whoever can write to the database still gets nothing published that was not approved.
async fn tampered_rows_are_withheld(world: Arc<World>) {
    let (_, _, id) = approved(&world).await;
    let untie = match world.url.starts_with("postgres") {
        true => "ALTER TABLE revisions DISABLE TRIGGER USER; ALTER TABLE approvals DISABLE TRIGGER USER;",
        false => "DROP TRIGGER revisions_no_update; DROP TRIGGER approvals_no_delete;",
    };
    world.sql(untie).await.unwrap();
    world.sql("UPDATE revisions SET metadata = replace(metadata, 'ash.example.com', 'eve.example.com')").await.unwrap();
    assert_eq!(
        world.withheld(world.now(), LEASE).await,
        Some("The kept revision does not have the digest that was approved.")
    );
    world.sql("UPDATE revisions SET metadata = replace(metadata, 'eve.example.com', 'ash.example.com')").await.unwrap();
    world.sql("DELETE FROM approvals").await.unwrap();
    let later = world.now() + Duration::hours(2);
    assert_eq!(
        world.withheld(later, LEASE).await,
        Some("The revision does not have the approvals that the environment asks for.")
    );
    assert_eq!(world.count(&format!("SELECT COUNT(*) FROM publications WHERE registration_id = '{id}'")).await, 1);
}

async fn what_is_handed_out_is_what_was_approved(world: Arc<World>) {
    let (partner, _, id) = approved(&world).await;
    // Edited after approval: the draft is of no consequence.
    let edit = domain::draft::DraftChange::RedirectUris(vec!["https://later.example.com/cb".into()]);
    world.now_do(&partner.developer.who, id, Command::Save(edit)).await.unwrap();
    let job = world.claim(world.now(), "one", LEASE).await.unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&job.metadata).unwrap();
    assert_eq!(metadata["redirect_uris"], serde_json::json!(["https://ash.example.com/callback"]));
    assert_eq!(domain::draft::hex_digest(job.metadata.as_bytes()), job.metadata_digest);
    let digests = world.texts("SELECT metadata_digest FROM approvals").await;
    assert_eq!(digests, std::slice::from_ref(&job.metadata_digest));
    let wrong = Command::ConfirmPublished { generation: job.generation, metadata_digest: "0".repeat(64) };
    assert_eq!(refusal(world.now_do(&Who::System, id, wrong).await), Refusal::DigestMismatch);
}

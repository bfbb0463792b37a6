//! Leases, generations, late writers, and what is never handed out (threats 1, 5).

use crate::common::*;
use domain::{
    actor::StaffRole,
    id::RegistrationId,
    refusal::Refusal,
    registration::{ClientState, Command, Registration},
};
use std::sync::Arc;
use store::{Claimed, PublicationJob, Who};
use time::Duration;

on_both!(
    a_lease_keeps_others_off_until_it_runs_out,
    a_late_writer_confirms_nothing,
    a_failure_is_tried_again_later,
    two_workers_never_share_a_job,
    tampered_rows_are_withheld,
    every_approval_is_counted_again,
    tampered_rows_are_switched_off,
    the_rules_never_approved_restricted_scopes,
    a_row_that_cannot_be_read_holds_up_no_other,
    an_environment_may_be_left_out,
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
    assert_eq!(again.events, []);
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
    world.untie(&["revisions", "approvals"]).await;
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

/// Two admins approved exactly these bytes, or nothing is handed out: whichever row of theirs was tampered with.
async fn every_approval_is_counted_again(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let (one, two) = (world.staff("one", StaffRole::Admin).await, world.staff("two", StaffRole::Admin).await);
    let id = world.submitted(&partner, "live", restricted("Ash", KEY_A)).await;
    world.approve(&one, id).await.unwrap();
    world.approve(&two, id).await.unwrap();
    let metadata = world.texts("SELECT metadata FROM revisions").await.remove(0).replace("ash.example", "eve.example");
    let digest = domain::draft::hex_digest(metadata.as_bytes());
    let theirs = format!("WHERE admin_id = '{}'", two.account);
    let zeros = "0".repeat(64);
    let (few, other) = (
        "The revision does not have the approvals that the environment asks for.",
        "The kept revision does not have the digest that was approved.",
    );
    let table = [
        (few, vec![format!("UPDATE approvals SET digest = '{zeros}' {theirs}")]),
        (few, vec![format!("UPDATE approvals SET metadata_digest = '{zeros}' {theirs}")]),
        (
            other,
            vec![
                format!("UPDATE revisions SET metadata = '{metadata}', metadata_digest = '{digest}'"),
                format!("UPDATE approvals SET metadata_digest = '{digest}'"),
            ],
        ),
        (few, vec![format!("DELETE FROM approvals {theirs}")]),
    ];
    world.untie(&["revisions", "approvals"]).await;
    world.sql("CREATE TABLE revisions_before AS SELECT * FROM revisions").await.unwrap();
    world.sql("CREATE TABLE approvals_before AS SELECT * FROM approvals").await.unwrap();
    let (mut at, mut wrong) = (world.now(), Vec::new());
    for (reason, tampering) in table {
        for statement in &tampering {
            world.sql(statement).await.unwrap();
        }
        if world.withheld(at, LEASE).await != Some(reason) {
            wrong.push(tampering);
        }
        for mend in [
            "DELETE FROM approvals",
            "DELETE FROM revisions",
            "INSERT INTO revisions SELECT * FROM revisions_before",
            "INSERT INTO approvals SELECT * FROM approvals_before",
        ] {
            world.sql(mend).await.unwrap();
        }
        let job = world.claim(at + LEASE, "one", LEASE).await;
        assert_eq!(job.map(|job| job.registration), Some(id), "as it was before");
        at += LEASE * 2;
    }
    assert!(wrong.is_empty(), "handed out after {wrong:#?}");
}

/// A revision that was tampered with never keeps a client on: it is switched off without metadata.
async fn tampered_rows_are_switched_off(world: Arc<World>) {
    let (partner, admin, id) = approved(&world).await;
    world.publish_all().await;
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.untie(&["revisions"]).await;
    world.sql("UPDATE revisions SET metadata = replace(metadata, 'ash.example.com', 'eve.example.com')").await.unwrap();
    let job = world.claim(world.now(), "one", LEASE).await.unwrap();
    assert_eq!((job.enabled, job.removed, job.metadata.as_str()), (false, true, "{}"));
    let done = world.now_do(&Who::System, id, confirm(&job)).await.unwrap();
    assert_eq!((done.events.len(), done.state.client_state()), (1, ClientState::Suspended));
    world.now_do(&admin.who, id, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    assert!(world.withheld(world.now(), LEASE).await.is_some(), "but it is not switched on");
    world.reauthenticate(&partner.owner).await;
    world.now_do(&partner.owner.who, id, Command::Retire { reason: String::new() }).await.unwrap();
    let job = world.claim(world.now(), "one", LEASE).await.unwrap();
    assert!(job.removed && !job.enabled);
    world.now_do(&Who::System, id, confirm(&job)).await.unwrap();
}

/// What the rules may approve alone is read from the frozen metadata, not from what the state says of it.
async fn the_rules_never_approved_restricted_scopes(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "sandpit", restricted("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    world.untie(&["approvals"]).await;
    world.sql("DELETE FROM approvals").await.unwrap();
    let forge = format!(
        "UPDATE registrations SET state = replace(replace(state, '\"restricted\":[\"profile\"]', '\"restricted\":[]'),
         '\"admin\":\"{}\"', '\"admin\":null')",
        admin.account
    );
    world.sql(&forge).await.unwrap();
    let (forged, _) = world.store.load::<Registration>(id).await.unwrap();
    let revision = &forged.revisions[0];
    assert!(revision.restricted.is_empty() && revision.approvals[0].admin.is_none());
    assert_eq!(
        world.withheld(world.now(), LEASE).await,
        Some("The revision does not have the approvals that the environment asks for.")
    );
}

async fn a_row_that_cannot_be_read_holds_up_no_other(world: Arc<World>) {
    let (partner, admin, broken) = approved(&world).await;
    let service = world.service(&partner.owner, partner.organisation, "Second").await;
    let partner = Partner { service, ..partner.clone() };
    let other = world.submitted(&partner, "integration", restricted("Ash", KEY_A)).await;
    world.approve(&admin, other).await.unwrap();
    world.sql(&format!("UPDATE registrations SET state = 'x' WHERE id = '{broken}'")).await.unwrap();
    assert_eq!(world.withheld(world.now(), LEASE).await, Some("The registration cannot be read."));
    assert_eq!(world.claim(world.now(), "one", LEASE).await.unwrap().registration, other);
    let later = world.now() + LEASE;
    world.sql(&format!("UPDATE publications SET attempts = -1 WHERE registration_id = '{broken}'")).await.unwrap();
    assert_eq!(world.claim(later, "one", LEASE).await.unwrap().registration, other);
}

async fn an_environment_may_be_left_out(world: Arc<World>) {
    let (partner, _, first) = approved(&world).await;
    let second = world.submitted(&partner, "sandpit", draft("Ash", KEY_B)).await;
    let claim = async |but: &[String]| match world.store.claim_publication(world.now(), "one", LEASE, but).await {
        Ok(Some(Claimed::Job(job))) => Some(job.registration),
        other => {
            assert_eq!(other.unwrap(), None);
            None
        }
    };
    assert_eq!(claim(&["integration".into(), "sandpit".into()]).await, None);
    assert_eq!(claim(&["integration".into()]).await, Some(second));
    assert_eq!(claim(&[]).await, Some(first));
}

async fn what_is_handed_out_is_what_was_approved(world: Arc<World>) {
    let (partner, _, id) = approved(&world).await;
    // Edited after approval: the draft is of no consequence.
    let edit = domain::draft::DraftChange::RedirectUris(vec!["https://later.example.com/cb".into()]);
    world.now_do(&partner.developer.who, id, Command::save(edit)).await.unwrap();
    let job = world.claim(world.now(), "one", LEASE).await.unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&job.metadata).unwrap();
    assert_eq!(metadata["redirect_uris"], serde_json::json!(["https://ash.example.com/callback"]));
    assert_eq!(domain::draft::hex_digest(job.metadata.as_bytes()), job.metadata_digest);
    let digests = world.texts("SELECT metadata_digest FROM approvals").await;
    assert_eq!(digests, std::slice::from_ref(&job.metadata_digest));
    let wrong = Command::ConfirmPublished { generation: job.generation, metadata_digest: "0".repeat(64) };
    assert_eq!(refusal(world.now_do(&Who::System, id, wrong).await), Refusal::DigestMismatch);
}

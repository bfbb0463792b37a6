//! One organisation never reads another's data (threat 10).

use crate::common::*;
use domain::{
    actor::{Person, StaffRole},
    id::RegistrationId,
    registration::Command,
};
use std::sync::Arc;
use store::{
    StoreError,
    read::{ClientFilter, HistoryFilter, OrganisationFilter, PublicationFilter, QueueFilter},
};

on_both!(strangers_see_nothing, partners_see_their_own_and_no_staff, staff_see_everything_with_a_second_factor);

/// Marks in everything that a partner types.
const MARKS: [&str; 3] = ["Canaryash", "canaryash", "CANARYWORDS"];

struct Two {
    ash: Partner,
    birch: Partner,
    id: RegistrationId,
}

async fn two_tenants(world: &World) -> Two {
    let ash = world.partner("Canaryash").await;
    let birch = world.partner("Birch").await;
    let admin = world.staff("secretadmin", StaffRole::Admin).await;
    let id = world.submitted(&ash, "live", draft("Canaryash", KEY_A)).await;
    let request = Command::RequestChanges { number: 1, comment: "CANARYWORDS".into(), sections: Default::default() };
    world.now_do(&admin.who, id, request).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    world.approve(&admin, id).await.unwrap();
    world.submitted(&birch, "sandpit", draft("Birch", KEY_B)).await;
    world.publish_all().await;
    Two { ash, birch, id }
}

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

/// Everything that a viewer can ask for, as one text.
async fn everything(world: &World, viewer: &Person, two: &Two) -> String {
    let store = &world.store;
    let mut seen = Vec::new();
    let mut note = |what: String| seen.push(what);
    note(format!("{:?}", store.home(viewer).await));
    for partner in [&two.ash, &two.birch] {
        note(format!("{:?}", store.organisation(viewer, partner.organisation).await));
        note(format!("{:?}", store.service(viewer, partner.service).await));
    }
    for id in world.texts("SELECT id FROM registrations").await {
        let id: RegistrationId = id.parse().unwrap();
        note(format!("{:?}", store.registration(viewer, id).await));
        note(format!("{:?}", store.revision(viewer, id, 1).await));
        note(format!("{:?}", store.registration_history(viewer, id).await));
    }
    note(format!("{:?}", store.queue(viewer, &QueueFilter::default(), None).await));
    note(format!("{:?}", store.organisations(viewer, &OrganisationFilter::default(), None).await));
    note(format!("{:?}", store.clients(viewer, &ClientFilter::default(), None).await));
    note(format!("{:?}", store.publications(viewer, &PublicationFilter::default(), None).await));
    note(format!("{:?}", store.people(viewer, "", None).await));
    let organisation = Some(two.ash.organisation);
    for filter in [
        HistoryFilter::default(),
        HistoryFilter { organisation, ..HistoryFilter::default() },
        HistoryFilter { search: "canary".into(), ..HistoryFilter::default() },
        HistoryFilter { person: Some(two.ash.owner.account), ..HistoryFilter::default() },
        HistoryFilter { subject: Some(two.id.to_string()), ..HistoryFilter::default() },
    ] {
        let mut cursor = None;
        loop {
            let page = store.history(viewer, &filter, cursor.as_deref()).await.unwrap();
            note(format!("{:?}", page.rows));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    for index in 0..u64::try_from(entries).unwrap() {
        note(format!("{:?}", store.entry(viewer, index).await));
    }
    seen.join("\n")
}

async fn strangers_see_nothing(world: Arc<World>) {
    let two = two_tenants(&world).await;
    for user in [&two.birch.owner, &world.person("nobody").await] {
        let seen = everything(&world, &person(&world, user).await, &two).await;
        for mark in MARKS.into_iter().chain(["secretadmin"]) {
            assert!(!seen.contains(mark), "{mark} in {seen}");
        }
    }
    let stranger = person(&world, &two.birch.owner).await;
    assert_eq!(world.store.registration(&stranger, two.id).await.unwrap_err(), StoreError::NotFound);
    assert_eq!(world.store.queue(&stranger, &QueueFilter::default(), None).await.unwrap_err(), StoreError::NotFound);
}

async fn partners_see_their_own_and_no_staff(world: Arc<World>) {
    let two = two_tenants(&world).await;
    let seen = everything(&world, &person(&world, &two.ash.developer).await, &two).await;
    for mark in MARKS {
        assert!(seen.contains(mark), "{mark}");
    }
    assert!(!seen.contains("secretadmin"), "no name or address of staff: {seen}");
    assert!(seen.contains("NHS login admin"));
    assert!(!seen.contains("Birch"));
    // Nothing of a colleague's own account either.
    assert!(!seen.contains("signed_up\", event: Object {\"email\": Object {\"$text\": String(\"Canaryash-owner"));
}

async fn staff_see_everything_with_a_second_factor(world: Arc<World>) {
    let two = two_tenants(&world).await;
    let auditor = world.staff("auditor", StaffRole::Auditor).await;
    let mut viewer = person(&world, &auditor).await;
    let seen = everything(&world, &viewer, &two).await;
    for mark in MARKS.into_iter().chain(["secretadmin@nhs.example", "Birch"]) {
        assert!(seen.contains(mark), "{mark}");
    }
    viewer.second_factor = false;
    let seen = everything(&world, &viewer, &two).await;
    for mark in MARKS.into_iter().chain(["secretadmin", "Birch"]) {
        assert!(!seen.contains(mark), "{mark}");
    }
}

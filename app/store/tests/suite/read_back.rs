//! What the provider was last read back to do: in lists as on the page, and in rows that an earlier version wrote.

use crate::common::*;
use domain::{
    actor::StaffRole,
    id::RegistrationId,
    registration::{ClientState, Command, Registration},
    standing::{Does, Step, Tried},
};
use migrations::MigratorTrait;
use serde_json::Value;
use std::sync::Arc;
use store::{Who, read::ClientFilter};
use time::Duration;

on_both!(lists_say_what_was_read_back, rows_of_an_earlier_version_are_filled_in);

const LEASE: Duration = Duration::seconds(60);

async fn lists_say_what_was_read_back(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    let reader = world.signed_in(&admin).await.unwrap().person;
    let member = world.signed_in(&partner.owner).await.unwrap().person;
    world.now_do(&admin.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    let job = world.claim(world.now(), "test", LEASE).await.unwrap();
    let next = world.now() + Duration::minutes(3);
    world.store.publication_failed(id, job.generation, next, "locked").await.unwrap();
    let listed = async |state| {
        let filter = ClientFilter { state, ..ClientFilter::default() };
        world.store.clients(&reader, &filter, None).await.unwrap().rows
    };
    let all = listed(None).await;
    let standing = all[0].standing;
    assert_eq!((standing.confirmed().unwrap().does, standing.step()), (Does::On, Some(Step::Suspend)));
    let details = world.store.registration(&reader, id).await.unwrap();
    assert_eq!(details.tried, Tried { failures: 1, next: Some(next), reported: false });
    assert_eq!(details.registration.standing(details.tried), standing, "the page says the same");
    let head = &world.store.home(&member).await.unwrap()[0].services[0].registrations[0];
    assert_eq!(head.standing, standing, "and so does home");
    assert_eq!(world.store.publications(&reader, &Default::default(), None).await.unwrap().rows[0].standing, standing);
    let counts = async || {
        [
            listed(Some(ClientState::Published)).await.len(),
            listed(Some(ClientState::Suspended)).await.len(),
            listed(Some(ClientState::Pending)).await.len(),
        ]
    };
    assert_eq!(counts().await, [1, 0, 1], "listed by what is");
    for _ in 0..181 {
        world.moment();
    }
    world.publish_all().await;
    assert_eq!(counts().await, [0, 1, 0]);
}

/// Registrations in every state, as they were before it was recorded what was confirmed.
async fn rows_of_an_earlier_version_are_filled_in(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let suspend = || Command::Suspend { reason: "A complaint.".into() };
    let reinstate = || Command::Reinstate { reason: "Settled.".into() };
    let walks: Vec<Vec<Option<Command>>> = vec![
        vec![],
        vec![None],
        vec![None, Some(suspend())],
        vec![None, Some(suspend()), None],
        vec![None, Some(suspend()), None, Some(reinstate())],
        vec![None, Some(suspend()), None, Some(reinstate()), None, Some(Command::Republish)],
        vec![None, Some(Command::Retire { reason: String::new() })],
        vec![None, Some(Command::Retire { reason: String::new() }), None],
    ];
    let mut ids: Vec<RegistrationId> = Vec::new();
    for (at, walk) in walks.into_iter().enumerate() {
        let service = world.service(&partner.owner, partner.organisation, &format!("S{at}")).await;
        let partner = Partner { service, ..partner.clone() };
        let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
        for step in walk {
            let user = if matches!(step, Some(Command::Retire { .. })) { &partner.owner } else { &admin };
            world.reauthenticate(user).await;
            let who = &user.who;
            match step {
                Some(command) => drop(world.now_do(who, id, command).await.unwrap()),
                None => {
                    let state = world.store.load::<Registration>(id).await.unwrap().0;
                    let metadata_digest = state.approved().unwrap().metadata_digest.clone();
                    let generation = state.wanted.unwrap().generation;
                    let confirm = Command::ConfirmPublished { generation, metadata_digest };
                    world.now_do(&Who::System, id, confirm).await.unwrap();
                }
            }
        }
        ids.push(id);
    }
    let columns =
        "SELECT id || ' ' || COALESCE(wanted, '') || ' ' || COALESCE(CAST(wanted_since AS TEXT), '') || ' ' ||
                   COALESCE(confirmed, '') FROM registrations ORDER BY id";
    let before = world.texts(columns).await;
    let names: Vec<String> = migrations::Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let at = names.iter().position(|name| name == "m0009_read_back").unwrap();
    migrations::Migrator::down(world.store.connection(), Some((names.len() - at) as u32)).await.unwrap();
    for id in &ids {
        let state = world.texts(&format!("SELECT state FROM registrations WHERE id = '{id}'")).await.remove(0);
        let mut state: Value = serde_json::from_str(&state).unwrap();
        for (member, names) in [("wanted", ["since", "raised"]), ("published", ["does", "does"])] {
            if let Some(object) = state[member].as_object_mut() {
                names.iter().for_each(|name| drop(object.remove(*name)));
            }
        }
        state.as_object_mut().unwrap().remove("seen_generation");
        let text = state.to_string().replace('\'', "''");
        world.sql(&format!("UPDATE registrations SET state = '{text}' WHERE id = '{id}'")).await.unwrap();
    }
    migrations::bring_up(world.store.connection()).await.unwrap();
    assert_eq!(world.texts(columns).await, before);
    for id in ids {
        let (row, _) = world.store.load::<Registration>(id).await.unwrap();
        let folded = world.store.replay::<Registration>(id, u64::MAX).await.unwrap();
        assert_eq!(row, folded, "{:?}", row.client_state());
    }
}

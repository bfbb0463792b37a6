//! What is sent twice is done once: the same request finds what came of it, and nothing else is taken for it.

use crate::common::*;
use domain::{
    draft::DraftChange,
    id::{OrganisationId, RegistrationId},
    organisation::{Command as OrganisationCommand, Event, Organisation},
    registration::{Command, Registration},
};
use serde_json::json;
use std::sync::Arc;
use store::{Done, Expected, Moment, RequestKey, StoreError};
use time::Duration;

on_both!(
    the_same_twice_is_one,
    of_two_at_once_one_is_done,
    what_is_called_the_same_and_says_something_else_is_another,
    what_was_refused_is_asked_anew,
    what_is_there_already_is_no_conflict,
    a_request_is_known_for_a_day,
);

fn named(world: &World, user: &User, name: &str, says: &str) -> Moment {
    Moment { request: Some(RequestKey::of(user.account, name, &json!(says))), ..world.moment() }
}

async fn save(
    world: &World,
    user: &User,
    (id, expected): (RegistrationId, Expected),
    (name, says): (&str, &str),
) -> Result<Done<Registration>, StoreError> {
    let command = Command::save(DraftChange::ClientName(says.into()));
    world.store.execute::<Registration>(&named(world, user, name, says), &user.who, id, expected, command).await
}

async fn entries(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM history").await
}

async fn the_same_twice_is_one(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let shown = (id, Expected::Version(1));
    let first = save(&world, &ash.owner, shown, ("form", "Rowan")).await.unwrap();
    let length = entries(&world).await;
    let second = save(&world, &ash.owner, shown, ("form", "Rowan")).await.unwrap();
    assert_eq!((first.again, second.again), (false, true));
    assert_eq!((second.version, &second.events), (first.version, &first.events));
    // Whatever came after it, unless that undid it.
    let scopes = DraftChange::Scopes { scopes: vec!["openid".into()], reasons: Default::default() };
    world.now_do(&ash.owner.who, id, Command::save(scopes)).await.unwrap();
    let third = save(&world, &ash.owner, shown, ("form", "Rowan")).await.unwrap();
    assert!(third.again && third.version == first.version);
    let before = entries(&world).await;
    assert!(before >= length);
    world.now_do(&ash.owner.who, id, Command::save(DraftChange::ClientName("Birch".into()))).await.unwrap();
    assert!(is_stale(&save(&world, &ash.owner, shown, ("form", "Rowan")).await));
    assert_eq!(entries(&world).await, before + 1);
    let known = RequestKey::of(ash.owner.account, "form", &json!("Rowan"));
    let before = world.store.outcome_of::<Registration>(&known).await.unwrap().unwrap();
    assert_eq!((before.version, before.again), (first.version, true));
    assert!(world.store.outcome_of::<Organisation>(&known).await.unwrap().is_none(), "of another kind");
    // A colleague's is their own, whatever it is called.
    let colleague = save(&world, &ash.developer, (id, Expected::Any), ("form", "Rowan")).await.unwrap();
    assert_eq!((colleague.again, colleague.state.draft.client_name.as_str()), (false, "Rowan"));
    // Whoever was signed out since is told nothing.
    world.sql("DELETE FROM sessions").await.unwrap();
    assert!(save(&world, &ash.owner, shown, ("form", "Rowan")).await.is_err());
}

async fn of_two_at_once_one_is_done(world: Arc<World>) {
    let owner = world.person("owner").await;
    let create = async || {
        let (millis, random) = world.fresh();
        let id = OrganisationId::from_parts(millis, random);
        let command = OrganisationCommand::Create { name: "Ash trust".into(), ods_code: String::new() };
        let moment = named(&world, &owner, "form", "Ash trust");
        world.store.execute::<Organisation>(&moment, &owner.who, id, Expected::New, command).await.unwrap()
    };
    let (one, other) = tokio::join!(create(), create());
    assert_eq!(one.state.id, other.state.id);
    assert!(one.again != other.again);
    assert!(matches!(other.events.as_slice(), [Event::Created { .. }]), "{:?}", other.events);
    assert_eq!(world.count("SELECT COUNT(*) FROM organisations").await, 1);
}

async fn what_is_called_the_same_and_says_something_else_is_another(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let shown = (id, Expected::Version(1));
    save(&world, &ash.owner, shown, ("form", "Rowan")).await.unwrap();
    assert!(is_stale(&save(&world, &ash.owner, shown, ("form", "Birch")).await));
    for expected in [Expected::Any, Expected::New] {
        let other = save(&world, &ash.owner, (id, expected), ("form", "Birch")).await;
        assert_eq!(other.unwrap_err(), StoreError::SentBefore);
    }
    // What rests on what is there now is decided as it is, and the first stays known.
    let now = (id, Expected::Version(2));
    assert!(!save(&world, &ash.owner, now, ("form", "Birch")).await.unwrap().again);
    let back = Command::save(DraftChange::ClientName("Rowan".into()));
    world.now_do(&ash.owner.who, id, back).await.unwrap();
    assert!(save(&world, &ash.owner, shown, ("form", "Rowan")).await.unwrap().again);
}

async fn what_was_refused_is_asked_anew(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let expected = (id, Expected::Version(1));
    assert!(save(&world, &birch.owner, expected, ("form", "Rowan")).await.is_err());
    let join =
        OrganisationCommand::AddMember { account: birch.owner.account, role: domain::actor::TeamRole::Developer };
    world.organisation(&store::Who::Operator, ash.organisation, join).await.unwrap();
    assert!(!save(&world, &birch.owner, expected, ("form", "Rowan")).await.unwrap().again);
}

async fn what_is_there_already_is_no_conflict(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, (id, Expected::Version(1)), ("form", "Rowan")).await.unwrap();
    let length = entries(&world).await;
    for expected in [Expected::Version(1), Expected::Gone] {
        let same = save(&world, &ash.developer, (id, expected), ("another form", "Rowan")).await.unwrap();
        assert_eq!((same.version, same.events, same.again), (2, vec![], false));
        // Whoever may not even read learns nothing of what is there.
        let stranger = save(&world, &birch.owner, (id, expected), ("form", "Rowan")).await;
        assert_eq!(stranger.unwrap_err(), StoreError::NotFound);
        assert!(is_stale(&save(&world, &ash.developer, (id, expected), ("another form", "Birch")).await));
    }
    assert_eq!(entries(&world).await, length);
}

async fn a_request_is_known_for_a_day(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, (id, Expected::Version(1)), ("form", "Rowan")).await.unwrap();
    for (hours, known) in [(23, 1), (25, 0)] {
        world.store.purge(world.now() + Duration::hours(hours)).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM requests").await, known, "after {hours} hours");
    }
}

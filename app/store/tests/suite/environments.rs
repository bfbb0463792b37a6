//! What an environment asks before a service may come in, by the policies as they are delivered.

use crate::common::*;
use domain::{
    actor::StaffRole,
    id::RegistrationId,
    organisation::Command as OrganisationCommand,
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{Command, Registration},
};
use std::sync::Arc;
use store::{Expected, Store, StoreError};

on_both!(the_unconfirmed_have_the_sandpit_only, an_environment_comes_after_the_one_before);

/// The same database, with both rules as they are delivered and nothing else that would stand in the way.
async fn strict(world: &World) -> Store {
    let mut policies = EnvironmentPolicy::nhs_login();
    for policy in &mut policies {
        policy.evidence.clear();
        policy.possession_required = false;
    }
    Store::connect(&world.url, 2, Arc::new(policies)).await.unwrap()
}

/// Starts a registration in the environment by the rules of this store.
async fn start(world: &World, by: &Store, partner: &Partner, environment: &str) -> Result<RegistrationId, StoreError> {
    world.start_by(by, &partner.developer, partner, environment, draft("Ash", KEY_B)).await
}

async fn submit(world: &World, by: &Store, partner: &Partner, id: RegistrationId) -> Result<(), StoreError> {
    let (who, command) = (&partner.developer.who, Command::Submit { client_id: world.client_id() });
    by.execute::<Registration>(&world.moment(), who, id, Expected::Any, command).await.map(drop)
}

async fn the_unconfirmed_have_the_sandpit_only(world: Arc<World>) {
    let strict = strict(&world).await;
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    // Another organisation that is confirmed makes no difference.
    world.organisation(&admin.who, birch.organisation, OrganisationCommand::Confirm).await.unwrap();
    let sandpit = start(&world, &strict, &ash, "sandpit").await.unwrap();
    submit(&world, &strict, &ash, sandpit).await.unwrap();
    assert_eq!(world.publish_all().await.len(), 1);
    let refused = start(&world, &strict, &ash, "integration").await;
    assert_eq!(refusal(refused), Refusal::OrganisationNotConfirmed);
    // Begun while the rule was another one.
    let begun = world.start(&ash.developer, &ash, "integration", draft("Ash", KEY_B)).await.unwrap();
    assert_eq!(refusal(submit(&world, &strict, &ash, begun).await), Refusal::OrganisationNotConfirmed);
    world.organisation(&admin.who, ash.organisation, OrganisationCommand::Confirm).await.unwrap();
    submit(&world, &strict, &ash, begun).await.unwrap();
}

async fn an_environment_comes_after_the_one_before(world: Arc<World>) {
    let strict = strict(&world).await;
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.organisation(&admin.who, ash.organisation, OrganisationCommand::Confirm).await.unwrap();
    // Another service of theirs is published there, which makes no difference.
    let other = world.service(&ash.owner, ash.organisation, "Other").await;
    world.submitted(&Partner { service: other, ..ash.clone() }, "sandpit", draft("Other", KEY_B)).await;
    let closed = async |when: &str| {
        let refused = start(&world, &strict, &ash, "integration").await;
        assert_eq!(refusal(refused), Refusal::EarlierEnvironmentNotPublished, "{when}");
    };
    closed("not begun").await;
    let sandpit = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    closed("a draft").await;
    submit(&world, &strict, &ash, sandpit).await.unwrap();
    closed("approved, and not published").await;
    assert_eq!(world.publish_all().await.len(), 2);
    let suspend = Command::Suspend { reason: "A complaint.".into() };
    world.now_do(&admin.who, sandpit, suspend.clone()).await.unwrap();
    closed("suspended").await;
    world.now_do(&admin.who, sandpit, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    let begun = start(&world, &strict, &ash, "integration").await.unwrap();
    world.now_do(&admin.who, sandpit, suspend).await.unwrap();
    let refused = submit(&world, &strict, &ash, begun).await;
    assert_eq!(refusal(refused), Refusal::EarlierEnvironmentNotPublished);
    world.reauthenticate(&ash.owner).await;
    world.now_do(&ash.owner.who, sandpit, Command::Retire { reason: String::new() }).await.unwrap();
    let refused = submit(&world, &strict, &ash, begun).await;
    assert_eq!(refusal(refused), Refusal::EarlierEnvironmentNotPublished);
}

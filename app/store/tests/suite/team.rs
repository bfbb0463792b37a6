//! The team of an organisation: never without an owner, and whoever is not in it any more is out at once.

use crate::common::*;
use domain::{
    actor::TeamRole,
    id::AccountId,
    notice::Notice,
    organisation::{Command as OrganisationCommand, Organisation},
    refusal::Refusal,
};
use std::sync::Arc;
use store::{Done, StoreError, Who};
use time::Duration;

on_both!(
    a_role_is_changed_by_owners,
    of_two_owners_who_go_at_once_one_stays,
    the_last_owner_who_can_sign_in_stays,
    whoever_leaves_is_out_at_once,
    who_is_told,
);

async fn with(world: &World, partner: &Partner, name: &str, role: TeamRole) -> User {
    let user = world.person(name).await;
    let join = OrganisationCommand::AddMember { account: user.account, role };
    world.organisation(&Who::Operator, partner.organisation, join).await.unwrap();
    user
}

async fn change(
    world: &World,
    user: &User,
    partner: &Partner,
    account: AccountId,
    role: TeamRole,
) -> Result<Done<Organisation>, StoreError> {
    world.reauthenticate(user).await;
    let command = OrganisationCommand::ChangeRole { account, role };
    world.organisation(&user.who, partner.organisation, command).await
}

async fn a_role_is_changed_by_owners(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let viewer = with(&world, &ash, "viewer", TeamRole::Viewer).await;
    let stranger = world.partner("Birch").await;
    for (user, refused) in [(&viewer, Refusal::NotAllowed), (&ash.developer, Refusal::NotAllowed)] {
        assert_eq!(refusal(change(&world, user, &ash, viewer.account, TeamRole::Owner).await), refused);
    }
    let other = change(&world, &stranger.owner, &ash, viewer.account, TeamRole::Owner).await;
    assert_eq!(other.unwrap_err(), StoreError::NotFound);
    let nobody = change(&world, &ash.owner, &ash, stranger.owner.account, TeamRole::Owner).await;
    assert_eq!(nobody.unwrap_err(), StoreError::NotFound);
    assert_eq!(
        refusal(change(&world, &ash.owner, &ash, ash.owner.account, TeamRole::Viewer).await),
        Refusal::LastOwner
    );

    change(&world, &ash.owner, &ash, viewer.account, TeamRole::Developer).await.unwrap();
    let person = world.signed_in(&viewer).await.unwrap().person;
    assert_eq!(person.memberships.get(&ash.organisation), Some(&TeamRole::Developer));
    assert_eq!(change(&world, &ash.owner, &ash, viewer.account, TeamRole::Developer).await.unwrap().events, []);
    // With an old session it asks for a proof, and for none where it is nothing.
    let again = world.sign_in(ash.owner.account, domain::account::Proof::PasswordOnly).await.unwrap();
    let demote = OrganisationCommand::ChangeRole { account: viewer.account, role: TeamRole::Viewer };
    world.sql("UPDATE sessions SET reauthenticated_at = NULL").await.unwrap();
    let old = world.organisation(&again.who, ash.organisation, demote).await;
    assert_eq!(refusal(old), Refusal::ReauthenticationNeeded);
}

async fn of_two_owners_who_go_at_once_one_stays(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let other = with(&world, &ash, "other", TeamRole::Owner).await;
    for user in [&ash.owner, &other] {
        world.reauthenticate(user).await;
    }
    let leave = async |user: &User| world.organisation(&user.who, ash.organisation, OrganisationCommand::Leave).await;
    let (one, two) = tokio::join!(leave(&ash.owner), leave(&other));
    let (went, stayed) = if one.is_ok() { (one, two) } else { (two, one) };
    assert!(went.is_ok());
    assert_eq!(refusal(stayed), Refusal::LastOwner);

    let birch = world.partner("Birch").await;
    let other = with(&world, &birch, "another", TeamRole::Owner).await;
    for user in [&birch.owner, &other] {
        world.reauthenticate(user).await;
    }
    let remove = async |user: &User, account: AccountId| {
        let command = OrganisationCommand::RemoveMember { account };
        world.organisation(&user.who, birch.organisation, command).await
    };
    let (one, two) = tokio::join!(remove(&birch.owner, other.account), remove(&other, birch.owner.account));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|done| **done).count(), 1);
    let owners = format!(
        "SELECT COUNT(*) FROM memberships WHERE organisation_id = '{}' AND role = 'owner' AND ended_at IS NULL",
        birch.organisation
    );
    assert_eq!(world.count(&owners).await, 1);
}

async fn the_last_owner_who_can_sign_in_stays(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let other = with(&world, &ash, "other", TeamRole::Owner).await;
    let admin = world.staff("admin", domain::actor::StaffRole::Admin).await;
    let lock = domain::account::Command::Disable;
    world.account(&admin.who, other.account, lock).await.unwrap();
    world.reauthenticate(&ash.owner).await;
    let leave = world.organisation(&ash.owner.who, ash.organisation, OrganisationCommand::Leave).await;
    assert_eq!(refusal(leave), Refusal::LastOwner);
    let demoted = change(&world, &ash.owner, &ash, ash.owner.account, TeamRole::Viewer).await;
    assert_eq!(refusal(demoted), Refusal::LastOwner);
    // Whoever is locked may be removed.
    let remove = OrganisationCommand::RemoveMember { account: other.account };
    world.organisation(&ash.owner.who, ash.organisation, remove).await.unwrap();
}

async fn whoever_leaves_is_out_at_once(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    world.reauthenticate(&ash.developer).await;
    world.organisation(&ash.developer.who, ash.organisation, OrganisationCommand::Leave).await.unwrap();
    let person = world.signed_in(&ash.developer).await.unwrap().person;
    assert!(person.memberships.is_empty() && person.ever_belonged.contains(&ash.organisation));
    assert_eq!(world.store.registration(&person, id).await.unwrap_err(), StoreError::NotFound);
    assert_eq!(world.submit(&ash.developer, id).await.unwrap_err(), StoreError::NotFound);
    let again = world.organisation(&ash.developer.who, ash.organisation, OrganisationCommand::Leave).await;
    assert_eq!(again.unwrap_err(), StoreError::NotFound);
}

async fn who_is_told(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let other = with(&world, &ash, "other", TeamRole::Viewer).await;
    let told = async |of: &str| {
        let to = |user: &User| {
            format!("SELECT COUNT(*) FROM mail_outbox WHERE account_id = '{}' AND notice LIKE '%{of}%'", user.account)
        };
        [world.count(&to(&ash.owner)).await, world.count(&to(&ash.developer)).await, world.count(&to(&other)).await]
    };
    change(&world, &ash.owner, &ash, other.account, TeamRole::Owner).await.unwrap();
    assert_eq!((told("team_role_changed").await, told("owner_added").await), ([0, 0, 1], [1, 0, 0]));
    change(&world, &ash.owner, &ash, ash.developer.account, TeamRole::Owner).await.unwrap();
    assert_eq!((told("team_role_changed").await, told("owner_added").await), ([0, 1, 1], [2, 0, 1]));
    world.reauthenticate(&ash.developer).await;
    world.organisation(&ash.developer.who, ash.organisation, OrganisationCommand::Leave).await.unwrap();
    assert_eq!(told("member_left").await, [1, 0, 1]);
    world.reauthenticate(&ash.owner).await;
    let remove = OrganisationCommand::RemoveMember { account: other.account };
    world.organisation(&ash.owner.who, ash.organisation, remove).await.unwrap();
    assert_eq!(told("removed_from_team").await, [0, 0, 1]);
    // What waited for them, and is the team's, concerns them no more; everybody else is told.
    let mut concerned = Vec::new();
    while let Some(mail) = world.store.claim_mail(world.now() + Duration::days(2), Duration::days(9)).await.unwrap() {
        if [ash.owner.account, other.account].contains(&mail.account) && !matches!(mail.notice, Notice::VerifyAddress) {
            concerned.push((mail.account == other.account, mail.concerns, mail.notice));
        }
    }
    let of_other = concerned.iter().filter(|(is_other, ..)| *is_other);
    assert!(of_other.clone().count() > 3, "{concerned:?}");
    for (_, concerns, notice) in of_other {
        assert_eq!(*concerns, !notice.is_of_team(), "{notice:?}");
    }
    assert!(concerned.iter().any(|(is_other, concerns, notice)| !is_other && *concerns && notice.is_of_team()));
}

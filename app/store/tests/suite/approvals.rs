//! Who may approve, and what happens when two do at once (threats 1, 3, 18).

use crate::common::*;
use domain::{
    actor::{StaffRole, TeamRole},
    draft::DraftChange,
    organisation::Command as OrganisationCommand,
    policy::{AnswerKind::ExpiryDate, EnvironmentPolicy},
    refusal::Refusal,
    registration::{Command, Registration, RevisionState},
};
use std::sync::Arc;
use store::{Expected, Moment, Store, Who};

on_both!(
    two_admins_at_once_where_one_is_enough,
    two_admins_at_once_where_two_are_needed,
    one_admin_twice,
    one_admin_twice_at_once,
    the_submitter_does_not_approve,
    whoever_belonged_does_not_approve,
    the_database_refuses_what_the_rules_refuse,
    approving_needs_the_digest_and_a_fresh_session,
    an_added_scope_waits_for_an_admin,
    the_decision_looks_again_at_key_and_evidence,
);

async fn two_admins_at_once_where_one_is_enough(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = world.submitted(&partner, "integration", restricted("Ash", KEY_A)).await;
    let (command, version) = world.approval(id).await;
    let both = tokio::join!(
        world.command(&first, id, version, command.clone()),
        world.command(&second, id, version, command.clone())
    );
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    assert_eq!(won.unwrap().state.approved().unwrap().approvals.len(), 1);
    assert!(is_stale(&lost), "{lost:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM approvals").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM history WHERE event_type = 'approved'").await, 1);
}

async fn two_admins_at_once_where_two_are_needed(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = world.submitted(&partner, "live", restricted("Ash", KEY_A)).await;
    let (command, version) = world.approval(id).await;
    let both = tokio::join!(
        world.command(&first, id, version, command.clone()),
        world.command(&second, id, version, command.clone())
    );
    let (won, lost, loser) = if both.0.is_ok() { (both.0, both.1, &second) } else { (both.1, both.0, &first) };
    assert!(won.unwrap().state.submitted().is_some(), "one of two is not enough");
    assert!(is_stale(&lost), "{lost:?}");
    let done = world.approve(loser, id).await.unwrap();
    assert_eq!(done.state.revision(1).unwrap().state, RevisionState::Approved);
    assert_eq!(world.count("SELECT COUNT(DISTINCT admin_id) FROM approvals").await, 2);
}

async fn one_admin_twice(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("first", StaffRole::Admin).await;
    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    assert_eq!(refusal(world.approve(&admin, id).await), Refusal::AlreadyApproved);
    assert!(world.publish_all().await.is_empty());
}

async fn one_admin_twice_at_once(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("first", StaffRole::Admin).await;
    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    let (command, version) = world.approval(id).await;
    let both = tokio::join!(
        world.command(&admin, id, version, command.clone()),
        world.command(&admin, id, version, command.clone())
    );
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    assert!(won.unwrap().state.submitted().is_some());
    assert!(is_stale(&lost), "{lost:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM approvals").await, 1);
}

async fn the_submitter_does_not_approve(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    // The developer who submitted becomes an admin afterwards, and leaves the team.
    let developer = make_admin(&world, &partner.developer, "Ash-developer@partner.example").await;
    let leave = OrganisationCommand::RemoveMember { account: developer.account };
    world.reauthenticate(&partner.owner).await;
    world.organisation(&partner.owner.who, partner.organisation, leave).await.unwrap();
    assert_eq!(refusal(world.approve(&developer, id).await), Refusal::BelongedToOrganisation);
    assert_eq!(world.count("SELECT COUNT(*) FROM approvals").await, 0);
}

async fn whoever_belonged_does_not_approve(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let viewer = world.person("viewer").await;
    let join = OrganisationCommand::AddMember { account: viewer.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, partner.organisation, join).await.unwrap();
    let leave = OrganisationCommand::RemoveMember { account: viewer.account };
    world.reauthenticate(&partner.owner).await;
    world.organisation(&partner.owner.who, partner.organisation, leave).await.unwrap();
    let admin = make_admin(&world, &viewer, "viewer@partner.example").await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    assert_eq!(refusal(world.approve(&admin, id).await), Refusal::BelongedToOrganisation);
}

async fn make_admin(world: &World, user: &User, email: &str) -> User {
    use domain::{
        account::{Command, Proof},
        email::EmailAddress,
    };
    let email = EmailAddress::parse(email).unwrap();
    let grant = Command::Grant { email, role: StaffRole::Admin };
    world.account(&Who::Operator, user.account, grant).await.unwrap();
    let first = world.sign_in(user.account, Proof::PasswordOnly).await.unwrap();
    world.add_second_factor(&first).await;
    world.reauthenticate(&first).await;
    first
}

/// What `decide` refuses, a statement of SQL is refused as well.
async fn the_database_refuses_what_the_rules_refuse(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("first", StaffRole::Admin).await;
    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    let insert = |admin: &User, digest: &str, metadata_digest: &str| {
        format!(
            "INSERT INTO approvals (registration_id, number, admin_id, digest, metadata_digest, at)
             SELECT registration_id, number, '{}', {digest}, {metadata_digest}, 0 FROM revisions
             WHERE registration_id = '{id}'",
            admin.account
        )
    };
    let of_it = |admin: &User| insert(admin, "digest", "metadata_digest");
    let former = world.person("former").await;
    let join = OrganisationCommand::AddMember { account: former.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, partner.organisation, join).await.unwrap();
    let leave = OrganisationCommand::RemoveMember { account: former.account };
    world.reauthenticate(&partner.owner).await;
    world.organisation(&partner.owner.who, partner.organisation, leave).await.unwrap();
    let forget = format!("DELETE FROM memberships WHERE account_id = '{}'", partner.developer.account);
    let words = "approvals are by others than the submitter and the team, of the exact revision";
    let mut accepted = Vec::new();
    for (what, statement) in [
        ("of the submitter", of_it(&partner.developer)),
        ("of one of the team", of_it(&partner.owner)),
        ("of a former member", of_it(&former)),
        ("of another digest", insert(&admin, "'0000'", "metadata_digest")),
        ("of another digest of the metadata", insert(&admin, "digest", "'0000'")),
        ("", forget),
        ("of the submitter, of whom nobody knows that they belonged", of_it(&partner.developer)),
    ] {
        match world.sql(&statement).await {
            Ok(()) if what.is_empty() => {}
            Ok(()) => accepted.push(what),
            Err(error) => assert!(error.to_string().contains(words), "{what}: {error}"),
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    world.sql(&of_it(&admin)).await.unwrap();
    let twice = world.sql(&of_it(&admin)).await.unwrap_err().to_string();
    assert!(twice.to_lowercase().contains("unique"), "{twice}");
    assert_eq!(world.count("SELECT COUNT(*) FROM approvals").await, 1);
}

async fn approving_needs_the_digest_and_a_fresh_session(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("first", StaffRole::Admin).await;
    let auditor = world.staff("auditor", StaffRole::Auditor).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    let (command, version) = world.approval(id).await;
    let Command::Approve { number, digest, client_id, .. } = command.clone() else { unreachable!() };
    let other = Command::Approve { number, metadata_digest: digest.clone(), digest, comment: String::new(), client_id };
    assert_eq!(refusal(world.command(&admin, id, version, other).await), Refusal::DigestMismatch);
    assert_eq!(refusal(world.command(&auditor, id, version, command.clone()).await), Refusal::AdminsOnly);
    for _ in 0..400 {
        world.moment();
    }
    assert_eq!(refusal(world.command(&admin, id, version, command).await), Refusal::ReauthenticationNeeded);
    assert_eq!(world.count("SELECT COUNT(*) FROM approvals").await, 0);
}

/// Threat 18: what the rules approved before does not carry over to a scope that was added.
async fn an_added_scope_waits_for_an_admin(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    let published = world.publish_all().await;
    assert_eq!(published.len(), 1, "nothing restricted: the rules approve");
    world.now_do(&partner.developer.who, id, Command::save(with_profile())).await.unwrap();
    let done = world.submit(&partner.developer, id).await.unwrap();
    assert_eq!(done.state.submitted().unwrap().restricted, ["profile"]);
    assert!(world.publish_all().await.is_empty(), "nothing is published before an admin approved it");
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(registration.wanted.unwrap().revision, 1);
    // Withdrawn and submitted again with a harmless edit: still an admin's decision.
    world.now_do(&partner.developer.who, id, Command::Withdraw).await.unwrap();
    let rename = Command::save(DraftChange::ClientName("Ash renamed".into()));
    world.now_do(&partner.developer.who, id, rename).await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    assert!(world.publish_all().await.is_empty());
    let admin = world.staff("first", StaffRole::Admin).await;
    world.approve(&admin, id).await.unwrap();
    assert_eq!(world.publish_all().await.len(), 1);
    // What the admin granted stays until a later approval, whatever the partner edits.
    let back = Command::save(DraftChange::Scopes { scopes: vec!["openid".into()], reasons: Default::default() });
    let done = world.now_do(&partner.developer.who, id, back).await.unwrap();
    assert_eq!(done.state.published.unwrap().revision, 3);
    assert_eq!(done.state.wanted.unwrap().revision, 3);
}

/// Weeks may lie between submission and decision.
async fn the_decision_looks_again_at_key_and_evidence(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let mut dated = draft("Ash", KEY_A);
    dated.evidence = [("dspt".to_owned(), [("expiry".to_owned(), "2026-03-02".to_owned())].into())].into();
    let mut dspt =
        EnvironmentPolicy::nhs_login().remove(1).evidence.into_iter().find(|item| item.id == "dspt").unwrap();
    dspt.fields.retain(|field| field.kind == ExpiryDate);
    let mut asking = (*environments()).clone();
    asking.iter_mut().for_each(|policy| policy.evidence = vec![dspt.clone()]);
    let mut distrusting = asking.clone();
    let digest = domain::key::PublicKey::parse(KEY_A, &[2048]).unwrap().sha256();
    distrusting.iter_mut().for_each(|policy| policy.compromised_keys = [digest.clone()].into());
    let with = async |policies| Store::connect(&world.url, 2, Arc::new(policies)).await.unwrap();
    let (asking, distrusting) = (with(asking).await, with(distrusting).await);
    let id = world.start(&ash.developer, &ash, "integration", dated).await.unwrap();
    let submit = Command::Submit { client_id: world.client_id() };
    let who = &ash.developer.who;
    asking.execute::<Registration>(&world.moment(), who, id, Expected::Any, submit).await.unwrap();

    let (approval, _) = world.approval(id).await;
    let approve = async |store: &Store, moment: Moment| {
        let refused = store.execute::<Registration>(&moment, &admin.who, id, Expected::Any, approval.clone()).await;
        refused.map(drop).map_err(|error| error.to_string())
    };
    world.reauthenticate(&admin).await;
    let refused = approve(&distrusting, world.moment()).await.unwrap_err();
    assert!(refused.contains("publicly known"), "{refused}");
    world.submitted(&birch, "integration", draft("Birch", KEY_A)).await;
    let organisation = birch.organisation;
    let prove = format!("UPDATE registered_keys SET proved = TRUE WHERE organisation_id = '{organisation}'");
    world.sql(&prove).await.unwrap();
    let refused = approve(&asking, world.moment()).await.unwrap_err();
    assert!(refused.contains("has proved that it holds the private half"), "{refused}");
    world.sql("UPDATE registered_keys SET proved = FALSE").await.unwrap();
    // The evidence is good for the whole of the day that it names.
    approve(&asking, world.moment()).await.unwrap();
}

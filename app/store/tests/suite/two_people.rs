//! What takes two admins beside an approval, as the database itself sees it: rows that are written past the rules are
//! refused, and so is what rests on somebody who lost their authority (threat 3).

use crate::{
    authority::{LOSSES, Loss, Office},
    common::*,
};
use domain::{
    account::{Account, Command as AccountCommand},
    actor::{StaffRole, TeamRole},
    email::EmailAddress,
    id::RegistrationId,
    organisation::Command as OrganisationCommand,
    registration::{ClientState, Command, Registration},
};
use serde_json::json;
use std::sync::Arc;
use store::Who;
use time::Duration;

on_both!(
    the_database_counts_who_reinstates,
    no_row_of_the_outbox_goes_around_a_reinstatement,
    a_doctored_registration_switches_nothing_on,
    one_admin_reinstates_where_the_environment_asks_for_one,
    the_database_counts_who_sets_a_staff_role,
    an_open_proposal_is_in_the_columns,
);

const LEASE: Duration = Duration::seconds(60);
const REINSTATES: &str = "too few admins who count reinstate this client";
const STAFF_ROLE: &str = "a staff role takes two admins who count";

fn suspend() -> Command {
    Command::Suspend { reason: "A complaint.".into() }
}

fn propose() -> Command {
    Command::Reinstate { reason: "Settled.".into() }
}

/// A live client that the provider was told to switch off.
async fn suspended(office: &Office<'_>, name: &str, approvers: [&User; 2]) -> RegistrationId {
    let world = office.world;
    let id = office.submitted(name).await;
    for admin in approvers {
        world.approve(admin, id).await.unwrap();
    }
    world.publish_all().await;
    world.now_do(&office.another.who, id, suspend()).await.unwrap();
    world.publish_all().await;
    id
}

async fn confirm(world: &World, id: RegistrationId) -> Command {
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let proposal = registration.suspensions.last().unwrap().proposal.as_ref().unwrap().stamp;
    Command::ConfirmReinstatement { proposed_at: proposal.at }
}

async fn refused(world: &World, statement: &str, because: &str) {
    let refused = world.sql(statement).await.map_err(|error| error.to_string());
    assert!(refused.as_ref().is_err_and(|error| error.contains(because)), "{statement}: {refused:?}");
}

async fn the_database_counts_who_reinstates(world: Arc<World>) {
    let office = Office::new(&world).await;
    for (at, loss) in LOSSES.into_iter().enumerate() {
        let (one, two) = (format!("one{at}"), format!("two{at}"));
        let (first, second) = (world.staff(&one, StaffRole::Admin).await, world.staff(&two, StaffRole::Admin).await);
        let third = world.staff(&format!("three{at}"), StaffRole::Admin).await;
        let id = suspended(&office, &format!("Ash{at}"), [&second, &third]).await;
        let on = |by: &User, more: &str| {
            format!("UPDATE registrations SET wanted = 'on', reinstated_by = '{}'{more} WHERE id = '{id}'", by.account)
        };
        refused(&world, &on(&second, ""), REINSTATES).await;
        let both = format!(", reinstatement_proposed_by = '{}', reinstatement_proposed_at = 1", first.account);
        refused(&world, &on(&second, &both), REINSTATES).await;
        let outbox = format!("UPDATE publications SET wanted = 'on' WHERE registration_id = '{id}'");
        refused(&world, &outbox, REINSTATES).await;

        world.reauthenticate(&first).await;
        world.now_do(&first.who, id, propose()).await.unwrap();
        refused(&world, &on(&first, ""), REINSTATES).await;
        refused(&world, &on(&office.partner.owner, ""), REINSTATES).await;
        refused(&world, &outbox, REINSTATES).await;
        office.lose(&first, &one, loss).await;
        refused(&world, &on(&second, ""), REINSTATES).await;

        // Two who count: what the rules allow, the database allows.
        world.reauthenticate(&third).await;
        world.now_do(&third.who, id, propose()).await.unwrap();
        world.reauthenticate(&second).await;
        world.now_do(&second.who, id, confirm(&world, id).await).await.unwrap();
        assert_eq!(world.publish_all().await.len(), 1, "{loss:?}");
        let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
        assert_eq!(registration.client_state(), ClientState::Published, "{loss:?}");
        assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    }
}

async fn no_row_of_the_outbox_goes_around_a_reinstatement(world: Arc<World>) {
    let office = Office::new(&world).await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = suspended(&office, "Ash1", [&first, &second]).await;
    let insert = format!(
        "INTO publications (registration_id, environment, wanted_generation, attempts, next_attempt_at, revision,
         approvals_needed, wanted) VALUES ('{id}', 'live', 9, 0, 0, 1, 0, 'on')"
    );
    if world.directory.is_some() {
        refused(&world, &format!("INSERT OR REPLACE {insert}"), REINSTATES).await;
    }
    // The environment is the registration's, whatever the outbox says.
    let elsewhere = "UPDATE publications SET environment = 'sandpit', wanted = 'on' WHERE registration_id =";
    refused(&world, &format!("{elsewhere} '{id}'"), REINSTATES).await;
    world.sql(&format!("DELETE FROM publications WHERE registration_id = '{id}'")).await.unwrap();
    refused(&world, &format!("INSERT {insert}"), REINSTATES).await;
    // What was removed stays so.
    world.reauthenticate(&office.another).await;
    let retire = Command::Retire { reason: "Never mind.".into() };
    world.now_do(&office.another.who, id, retire).await.unwrap();
    let on = format!("UPDATE registrations SET wanted = 'on', reinstated_by = '{}' WHERE id = '{id}'", first.account);
    refused(&world, &on, REINSTATES).await;
    refused(&world, &format!("UPDATE publications SET wanted = 'on' WHERE registration_id = '{id}'"), REINSTATES).await;
}

/// The state says more than the columns that the database guards: the worker believes neither alone.
async fn a_doctored_registration_switches_nothing_on(world: Arc<World>) {
    let office = Office::new(&world).await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = suspended(&office, "Ash1", [&first, &second]).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let generation = registration.wanted.as_ref().unwrap().generation + 1;
    let mut state = serde_json::to_value(&registration).unwrap();
    state["wanted"]["enabled"] = json!(true);
    state["wanted"]["generation"] = json!(generation);
    let due = format!(
        "UPDATE publications SET wanted_generation = {generation}, done_at = NULL, next_attempt_at = 0,
         lease_until = NULL WHERE registration_id = '{id}'"
    );
    let doctored = async |state: &serde_json::Value| {
        let text = state.to_string().replace('\'', "''");
        world.sql(&format!("UPDATE registrations SET state = '{text}' WHERE id = '{id}'")).await.unwrap();
        world.sql(&due).await.unwrap();
        world.withheld(world.now(), LEASE).await.expect("withheld")
    };
    assert!(doctored(&state).await.contains("reinstatement no longer counts"), "suspended, and yet wanted on");
    let stamp = json!({"at": "2036-03-02T09:00:00Z", "by": {"account": first.account}});
    state["suspensions"][0]["ended"] = stamp;
    assert!(doctored(&state).await.contains("reinstatement no longer counts"), "ended by one admin");
    state["suspensions"] = json!([]);
    assert!(doctored(&state).await.contains("the outbox was asked for something else"), "never suspended");
}

async fn one_admin_reinstates_where_the_environment_asks_for_one(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    for environment in ["sandpit", "integration"] {
        let service = world.service(&ash.owner, ash.organisation, environment).await;
        let partner = Partner { service, ..ash.clone() };
        let id = world.submitted(&partner, environment, draft(environment, KEY_A)).await;
        if environment == "integration" {
            world.approve(&admin, id).await.unwrap();
        }
        world.publish_all().await;
        world.now_do(&admin.who, id, suspend()).await.unwrap();
        world.publish_all().await;
        let nobody = format!("UPDATE registrations SET wanted = 'on' WHERE id = '{id}'");
        refused(&world, &nobody, REINSTATES).await;
        world.reauthenticate(&admin).await;
        world.now_do(&admin.who, id, propose()).await.unwrap();
        assert_eq!(world.publish_all().await.len(), 1, "{environment}");
    }
}

async fn the_database_counts_who_sets_a_staff_role(world: Arc<World>) {
    let office = Office::new(&world).await;
    let person = world.person("new").await;
    let second = world.staff("second", StaffRole::Admin).await;
    let set = |role: &str, by: &str| {
        let id = person.account;
        format!("UPDATE accounts SET staff_role = {role}, role_set_by = {by} WHERE id = '{id}'")
    };
    let by = |user: &User| format!("'{}'", user.account);
    refused(&world, &set("'admin'", "NULL"), STAFF_ROLE).await;
    refused(&world, &set("'admin'", &by(&second)), STAFF_ROLE).await;
    let insert =
        "INSERT INTO accounts (id, version, state, email_key, email, name, staff_role, verified, second_factor,
                  disabled, created_at) VALUES ('x', 1, '{}', 'x', 'x', 'X', 'admin', TRUE, TRUE, FALSE, 0)";
    refused(&world, insert, STAFF_ROLE).await;
    for (at, loss) in [Loss::Locked, Loss::Demoted, Loss::FactorLost].into_iter().enumerate() {
        let name = format!("first{at}");
        let first = world.staff(&name, StaffRole::Admin).await;
        let role = Some(StaffRole::Auditor);
        world.account(&first.who, person.account, AccountCommand::ProposeRole { role }).await.unwrap();
        refused(&world, &set("'auditor'", &by(&first)), STAFF_ROLE).await;
        refused(&world, &set("'auditor'", &by(&person)), STAFF_ROLE).await;
        refused(&world, &set("'admin'", &by(&second)), STAFF_ROLE).await;
        office.lose(&first, &name, loss).await;
        refused(&world, &set("'auditor'", &by(&second)), STAFF_ROLE).await;
        world.reauthenticate(&second).await;
        world.account(&second.who, person.account, AccountCommand::DropRole).await.unwrap();
        refused(&world, &set("'auditor'", &by(&second)), STAFF_ROLE).await;
    }
    // Two who count, for giving and for taking away.
    for role in [Some(StaffRole::Admin), None] {
        world.reauthenticate(&second).await;
        let proposed = world.account(&second.who, person.account, AccountCommand::ProposeRole { role }).await.unwrap();
        let proposed_at = proposed.state.proposed_role.unwrap().stamp.at;
        world.reauthenticate(&office.another).await;
        let confirm = AccountCommand::ConfirmRole { role, proposed_at };
        let done = world.account(&office.another.who, person.account, confirm).await.unwrap();
        assert_eq!(done.state.staff, role);
        assert_eq!(world.store.replay::<Account>(person.account, u64::MAX).await.unwrap(), done.state);
        if role.is_some() {
            refused(&world, &set("NULL", &by(&second)), STAFF_ROLE).await;
        }
    }
    // The command line begins without anybody.
    let email = EmailAddress::parse("new@partner.example").unwrap();
    let grant = AccountCommand::Grant { email, role: StaffRole::Auditor };
    world.account(&Who::Operator, person.account, grant).await.unwrap();
    let set_by = format!("SELECT role_set_by FROM accounts WHERE id = '{}'", person.account);
    assert_eq!(world.texts(&set_by).await, ["operator"]);
}

async fn an_open_proposal_is_in_the_columns(world: Arc<World>) {
    let office = Office::new(&world).await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = suspended(&office, "Ash1", [&first, &second]).await;
    let open = async || {
        world
            .texts(
                "SELECT reinstatement_proposed_by FROM registrations WHERE reinstatement_proposed_at IS NOT NULL
                     AND reinstated_by IS NULL",
            )
            .await
    };
    world.reauthenticate(&first).await;
    world.now_do(&first.who, id, propose()).await.unwrap();
    assert_eq!(open().await, [first.account.to_string()]);
    world.now_do(&second.who, id, Command::DropReinstatement).await.unwrap();
    assert!(open().await.is_empty());
    // Whoever joins the partner's team stands behind nothing of theirs any more.
    let join = OrganisationCommand::AddMember { account: first.account, role: TeamRole::Viewer };
    world.organisation(&Who::Operator, office.partner.organisation, join).await.unwrap();
    let on = format!("UPDATE registrations SET wanted = 'on', reinstated_by = '{}' WHERE id = '{id}'", second.account);
    refused(&world, &on, REINSTATES).await;
}

/// Where the tables have an owner, the role that serves cannot pass for the operator (threat 23).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_runtime_role_gives_no_staff_role_alone_on_postgres() {
    let owner = World::on_postgres().await;
    let role = format!("staffless{}", std::process::id());
    owner.sql(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    owner.store.grant_runtime(&role).await.unwrap();
    let (one, two) = (owner.staff("one", StaffRole::Admin).await, owner.staff("two", StaffRole::Admin).await);
    let world = owner.as_role("staffless", std::process::id()).await;
    let person = world.person("new").await;
    let email = EmailAddress::parse("new@partner.example").unwrap();
    let grant = || AccountCommand::Grant { email: email.clone(), role: StaffRole::Admin };
    let refused = world.account(&Who::Operator, person.account, grant()).await.unwrap_err();
    assert!(format!("{refused:?}").contains(STAFF_ROLE), "{refused:?}");
    let set =
        format!("UPDATE accounts SET staff_role = 'admin', role_set_by = 'operator' WHERE id = '{}'", person.account);
    self::refused(&world, &set, STAFF_ROLE).await;
    let role = Some(StaffRole::Auditor);
    world.reauthenticate(&one).await;
    let proposed = world.account(&one.who, person.account, AccountCommand::ProposeRole { role }).await.unwrap();
    let proposed_at = proposed.state.proposed_role.unwrap().stamp.at;
    world.reauthenticate(&two).await;
    let confirm = AccountCommand::ConfirmRole { role, proposed_at };
    assert_eq!(world.account(&two.who, person.account, confirm).await.unwrap().state.staff, role);
    owner.account(&Who::Operator, person.account, grant()).await.unwrap();
}

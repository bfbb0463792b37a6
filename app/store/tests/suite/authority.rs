//! Whose vote counts when it takes effect: at the decision, at the publication, and by the database itself (threat 3);
//! organisations that no owner can sign in for; the place of what was retired.

use crate::common::*;
use domain::{
    account::Command as AccountCommand,
    actor::{StaffRole, TeamRole},
    email::EmailAddress,
    id::RegistrationId,
    organisation::Command as OrganisationCommand,
    refusal::Refusal,
    registration::{ClientState, Command, Registration, RevisionState},
};
use migrations::MigratorTrait;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use std::sync::Arc;
use store::{Store, Who, read::OrganisationFilter};
use time::Duration;

on_both!(
    a_vote_is_judged_at_the_deciding_vote,
    a_vote_is_judged_at_the_publication,
    what_the_provider_has_stays_as_it_is,
    the_database_counts_the_votes_too,
    a_reinstatement_is_judged_at_the_publication,
    a_proposal_of_a_role_rests_on_an_active_admin,
    organisations_whose_only_owner_is_locked_are_listed,
    a_retired_registration_makes_room_for_another,
    of_two_that_follow_a_retired_one_one_wins,
    what_was_there_before_keeps_its_meaning,
);

const LEASE: Duration = Duration::seconds(60);

/// How an admin loses the authority to approve.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    Locked,
    Demoted,
    FactorLost,
    Joined,
}

pub(crate) const LOSSES: [Loss; 4] = [Loss::Locked, Loss::Demoted, Loss::FactorLost, Loss::Joined];

/// Admins by name, `email` being `NAME@nhs.example`.
pub(crate) struct Office<'a> {
    pub(crate) world: &'a World,
    pub(crate) partner: Partner,
    pub(crate) another: User,
}

impl<'a> Office<'a> {
    pub(crate) async fn new(world: &'a World) -> Self {
        Self { world, partner: world.partner("Ash").await, another: world.staff("another", StaffRole::Admin).await }
    }

    pub(crate) async fn lose(&self, admin: &User, name: &str, loss: Loss) {
        let world = self.world;
        match loss {
            Loss::Locked => {
                world.reauthenticate(&self.another).await;
                drop(world.account(&self.another.who, admin.account, AccountCommand::Disable).await.unwrap());
            }
            Loss::Demoted => {
                let email = EmailAddress::parse(&format!("{name}@nhs.example")).unwrap();
                let grant = AccountCommand::Grant { email, role: StaffRole::Auditor };
                drop(world.account(&Who::Operator, admin.account, grant).await.unwrap());
            }
            Loss::FactorLost => {
                drop(world.account(&Who::Operator, admin.account, AccountCommand::Recover).await.unwrap());
            }
            Loss::Joined => {
                let join = OrganisationCommand::AddMember { account: admin.account, role: TeamRole::Viewer };
                drop(world.organisation(&Who::Operator, self.partner.organisation, join).await.unwrap());
            }
        }
    }

    /// A fresh live registration under review, of a service of its own.
    pub(crate) async fn submitted(&self, name: &str) -> RegistrationId {
        let world = self.world;
        let service = world.service(&self.partner.owner, self.partner.organisation, name).await;
        world.submitted(&Partner { service, ..self.partner.clone() }, "live", restricted(name, KEY_A)).await
    }
}

async fn a_vote_is_judged_at_the_deciding_vote(world: Arc<World>) {
    let office = Office::new(&world).await;
    for (at, loss) in LOSSES.into_iter().enumerate() {
        let names = [format!("first{at}"), format!("second{at}"), format!("third{at}")];
        let id = office.submitted(&format!("Ash{at}")).await;
        let first = world.staff(&names[0], StaffRole::Admin).await;
        world.approve(&first, id).await.unwrap();
        office.lose(&first, &names[0], loss).await;
        let second = world.staff(&names[1], StaffRole::Admin).await;
        let done = world.approve(&second, id).await.unwrap();
        assert!(done.state.submitted().is_some() && done.state.wanted.is_none(), "{loss:?}: one vote of two counts");
        assert_eq!(world.claim(world.now(), "one", LEASE).await, None, "{loss:?}");
        let third = world.staff(&names[2], StaffRole::Admin).await;
        let done = world.approve(&third, id).await.unwrap();
        assert_eq!(done.state.revisions[0].state, RevisionState::Approved, "{loss:?}: another admin replaces it");
        assert_eq!(world.publish_all().await.len(), 1, "{loss:?}");
    }
}

async fn a_vote_is_judged_at_the_publication(world: Arc<World>) {
    let office = Office::new(&world).await;
    for (at, loss) in LOSSES.into_iter().enumerate() {
        let names = [format!("first{at}"), format!("second{at}"), format!("third{at}")];
        let id = office.submitted(&format!("Ash{at}")).await;
        let (first, second) =
            (world.staff(&names[0], StaffRole::Admin).await, world.staff(&names[1], StaffRole::Admin).await);
        world.approve(&first, id).await.unwrap();
        assert_eq!(world.approve(&second, id).await.unwrap().state.client_state(), ClientState::Pending);
        office.lose(&first, &names[0], loss).await;
        let reason = world.withheld(world.now(), LEASE).await.expect("withheld");
        assert!(reason.contains("no longer counts") && reason.contains("Another admin must approve"), "{reason}");
        let report = Command::ReportFailure { generation: 1, message: reason.into() };
        world.now_do(&Who::System, id, report).await.unwrap();
        world.store.publication_failed(id, 1, world.now() + Duration::days(1), reason).await.unwrap();
        // Whoever approved already does not approve twice; another admin replaces the vote, and it is due at once.
        let (registration, version) = world.store.load::<Registration>(id).await.unwrap();
        let revision = registration.approved().unwrap().clone();
        let approve = |client_id| Command::Approve {
            number: revision.number,
            digest: revision.digest.clone(),
            metadata_digest: revision.metadata_digest.clone(),
            comment: String::new(),
            client_id,
        };
        world.reauthenticate(&second).await;
        let twice = world.command(&second, id, version, approve(world.client_id())).await;
        assert_eq!(refusal(twice), Refusal::AlreadyApproved, "{loss:?}");
        let third = world.staff(&names[2], StaffRole::Admin).await;
        let done = world.command(&third, id, version, approve(world.client_id())).await.unwrap();
        assert_eq!(done.state.client_id, registration.client_id, "the client_id stays");
        assert_eq!(world.publish_all().await.len(), 1, "{loss:?}");
        let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
        assert_eq!(registration.client_state(), ClientState::Published);
        assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    }
}

async fn what_the_provider_has_stays_as_it_is(world: Arc<World>) {
    let office = Office::new(&world).await;
    let id = office.submitted("Ash1").await;
    let first = world.staff("first", StaffRole::Admin).await;
    world.approve(&first, id).await.unwrap();
    world.approve(&office.another, id).await.unwrap();
    world.publish_all().await;
    office.lose(&first, "first", Loss::Locked).await;
    world.reauthenticate(&office.another).await;
    world.now_do(&office.another.who, id, Command::Republish).await.unwrap();
    let job = world.claim(world.now(), "one", LEASE).await.expect("published again, although an approver was locked");
    assert!(job.enabled && !job.removed);
}

/// What the rules refuse, the database refuses as well: too few votes that count, and nothing is asked of a client store.
async fn the_database_counts_the_votes_too(world: Arc<World>) {
    let office = Office::new(&world).await;
    let words = "too few approvals of this revision count";
    for (at, loss) in LOSSES.into_iter().enumerate() {
        let (one, two) = (format!("one{at}"), format!("two{at}"));
        let id = office.submitted(&format!("Ash{at}")).await;
        let (first, second) = (world.staff(&one, StaffRole::Admin).await, world.staff(&two, StaffRole::Admin).await);
        world.approve(&first, id).await.unwrap();
        let insert = format!(
            "INSERT INTO publications (registration_id, environment, wanted_generation, attempts, next_attempt_at,
             revision, approvals_needed) VALUES ('{id}', 'live', 1, 0, 0, 1, 2)"
        );
        let refused = world.sql(&insert).await.unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
        world.approve(&second, id).await.unwrap();
        let again = format!("UPDATE publications SET wanted_generation = 2 WHERE registration_id = '{id}'");
        world.sql(&again).await.unwrap();
        office.lose(&first, &one, loss).await;
        let refused = world.sql(&again).await.map_err(|error| error.to_string());
        assert!(refused.as_ref().is_err_and(|error| error.contains(words)), "{loss:?}: {refused:?}");
        let other = format!("UPDATE publications SET revision = 7 WHERE registration_id = '{id}'");
        assert!(world.sql(&other).await.is_err(), "{loss:?}: another revision has no approvals");
        // What is wanted off needs none, so that nothing keeps a client on.
        world.reauthenticate(&office.another).await;
        let retire = Command::Retire { reason: "Never mind.".into() };
        world.now_do(&office.another.who, id, retire).await.unwrap();
    }
}

async fn a_reinstatement_is_judged_at_the_publication(world: Arc<World>) {
    let office = Office::new(&world).await;
    let id = office.submitted("Ash1").await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    world.approve(&first, id).await.unwrap();
    world.approve(&second, id).await.unwrap();
    world.publish_all().await;
    let suspend = Command::Suspend { reason: "A complaint.".into() };
    let propose = Command::Reinstate { reason: "Settled.".into() };
    let confirm = async || {
        let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
        let proposed_at = registration.suspension().unwrap().proposal.as_ref().unwrap().stamp.at;
        Command::ConfirmReinstatement { proposed_at }
    };
    world.now_do(&office.another.who, id, suspend.clone()).await.unwrap();
    world.publish_all().await;
    for admin in [&first, &second, &office.another] {
        world.reauthenticate(admin).await;
    }
    world.now_do(&first.who, id, propose.clone()).await.unwrap();
    assert_eq!(world.claim(world.now(), "one", LEASE).await, None, "a proposal switches nothing");
    // Locked before the second admin confirms.
    let third = world.staff("third", StaffRole::Admin).await;
    office.lose(&first, "first", Loss::Locked).await;
    assert_eq!(refusal(world.now_do(&second.who, id, confirm().await).await), Refusal::ReinstatementLapsed);
    world.now_do(&third.who, id, propose.clone()).await.unwrap();
    world.now_do(&second.who, id, confirm().await).await.unwrap();
    // Locked between the decision and the publication.
    office.lose(&third, "third", Loss::Locked).await;
    let reason = world.withheld(world.now(), LEASE).await.expect("withheld");
    assert!(reason.contains("reinstatement no longer counts") && reason.contains("Suspend the client"), "{reason}");
    world.now_do(&second.who, id, suspend).await.unwrap();
    world.publish_all().await;
    let fourth = world.staff("fourth", StaffRole::Admin).await;
    world.reauthenticate(&second).await;
    world.now_do(&fourth.who, id, propose).await.unwrap();
    world.now_do(&second.who, id, confirm().await).await.unwrap();
    assert_eq!(world.publish_all().await.len(), 1);
    // In effect: what happens to whoever decided changes nothing any more.
    office.lose(&fourth, "fourth", Loss::Locked).await;
    world.reauthenticate(&second).await;
    world.now_do(&second.who, id, Command::Republish).await.unwrap();
    assert_eq!(world.publish_all().await.len(), 1);
}

async fn a_proposal_of_a_role_rests_on_an_active_admin(world: Arc<World>) {
    let office = Office::new(&world).await;
    for (at, loss) in [Loss::Locked, Loss::Demoted, Loss::FactorLost].into_iter().enumerate() {
        let name = format!("first{at}");
        let first = world.staff(&name, StaffRole::Admin).await;
        let person = world.person(&format!("new{at}")).await;
        let role = Some(StaffRole::Auditor);
        let done = world.account(&first.who, person.account, AccountCommand::ProposeRole { role }).await.unwrap();
        let proposed_at = done.state.proposed_role.unwrap().stamp.at;
        office.lose(&first, &name, loss).await;
        world.reauthenticate(&office.another).await;
        let confirm = AccountCommand::ConfirmRole { role, proposed_at };
        let refused = world.account(&office.another.who, person.account, confirm).await;
        assert_eq!(refusal(refused), Refusal::ProposalLapsed, "{loss:?}");
    }
}

async fn organisations_whose_only_owner_is_locked_are_listed(world: Arc<World>) {
    let office = Office::new(&world).await;
    let birch = world.partner("Birch").await;
    let viewer = world.signed_in(&office.another).await.unwrap().person;
    let listed = async || {
        let filter = OrganisationFilter { without_owner_only: true, ..OrganisationFilter::default() };
        let found = world.store.organisations(&viewer, &filter, None).await.unwrap();
        assert!(found.rows.iter().all(|row| row.without_owner));
        found.rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let only_owner = async |account| {
        let found = world.store.belongings(&viewer, account).await.unwrap();
        found.into_iter().filter(|one| one.only_owner).map(|one| one.id).collect::<Vec<_>>()
    };
    let do_to = async |account, command| {
        world.reauthenticate(&office.another).await;
        world.account(&office.another.who, account, command).await.unwrap();
    };
    assert!(listed().await.is_empty());
    assert_eq!(only_owner(birch.owner.account).await, [birch.organisation], "before locking, the page warns");
    assert!(only_owner(birch.developer.account).await.is_empty());
    do_to(birch.developer.account, AccountCommand::Disable).await;
    assert!(listed().await.is_empty(), "a developer is no owner");
    do_to(birch.owner.account, AccountCommand::Disable).await;
    assert_eq!(listed().await, [birch.organisation]);
    // Another owner, who is locked too, and then not.
    let add = OrganisationCommand::AddMember { account: birch.developer.account, role: TeamRole::Owner };
    world.organisation(&Who::Operator, birch.organisation, add).await.unwrap();
    assert_eq!(listed().await, [birch.organisation]);
    do_to(birch.developer.account, AccountCommand::Enable).await;
    assert!(listed().await.is_empty());
    assert_eq!(only_owner(birch.developer.account).await, [birch.organisation], "the other one is locked");
    do_to(birch.developer.account, AccountCommand::Disable).await;
    assert_eq!(listed().await, [birch.organisation]);
    world.account(&Who::Operator, birch.owner.account, AccountCommand::Recover).await.unwrap();
    assert!(listed().await.is_empty());
    if !world.url.starts_with("postgres") {
        let explain = "EXPLAIN QUERY PLAN SELECT id FROM organisations o WHERE o.without_owner
                       ORDER BY o.created_at DESC, o.id DESC LIMIT 26";
        let plan = world.rows(explain).await;
        let plan: Vec<String> = plan.iter().map(|row| row.try_get_by_index(3).unwrap()).collect();
        assert!(plan.iter().any(|line| line.contains("organisations_without_owner")), "{plan:?}");
    }
}

async fn a_retired_registration_makes_room_for_another(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let first = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    let (before, _) = world.store.load::<Registration>(first).await.unwrap();
    let again = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_B)).await;
    assert_eq!(refusal(again), Refusal::AlreadyRegistered, "there is one");
    world.reauthenticate(&ash.owner).await;
    world.now_do(&ash.owner.who, first, Command::Retire { reason: String::new() }).await.unwrap();
    world.publish_all().await;
    let second = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_B)).await.unwrap();
    world.submit(&ash.developer, second).await.unwrap();
    world.publish_all().await;
    let (after, _) = world.store.load::<Registration>(second).await.unwrap();
    assert_eq!(after.client_state(), ClientState::Published);
    assert_ne!(after.client_id, before.client_id, "a retired client is final");
    let (retired, _) = world.store.load::<Registration>(first).await.unwrap();
    assert_eq!(retired.client_state(), ClientState::Retired);
    let third = world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_B)).await;
    assert_eq!(refusal(third), Refusal::AlreadyRegistered, "there is one again");
    // The one that lives comes first, and both are told apart by their environment.
    let viewer = world.signed_in(&admin).await.unwrap().person;
    let heads = world.store.service(&viewer, ash.service).await.unwrap().registrations;
    assert_eq!(heads.iter().map(|head| head.id).collect::<Vec<_>>(), [second, first]);
    assert!(heads.iter().all(|head| head.environment == "sandpit"));
}

async fn of_two_that_follow_a_retired_one_one_wins(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let first = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.reauthenticate(&ash.owner).await;
    world.now_do(&ash.owner.who, first, Command::Retire { reason: String::new() }).await.unwrap();
    let both = tokio::join!(
        world.start(&ash.developer, &ash, "sandpit", draft("Ash", KEY_B)),
        world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_B))
    );
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    won.unwrap();
    assert_eq!(refusal(lost), Refusal::AlreadyRegistered);
    let places = "SELECT COUNT(*) FROM registrations WHERE environment = 'sandpit' AND place = 'sandpit'";
    assert_eq!(world.count(places).await, 1);
    // Whatever the rules say, the database takes no second one.
    let copy = format!("UPDATE registrations SET place = 'sandpit' WHERE id = '{first}'");
    assert!(world.sql(&copy).await.is_err());
}

/// What a database held before it knew of places, of votes that count and of owners who are locked.
const BEFORE: &str = "
INSERT INTO accounts (id, version, state, email_key, email, name, staff_role, verified, second_factor, disabled, created_at)
VALUES ('admin', 1, '{}', 'a', 'a', 'A', 'admin', TRUE, TRUE, FALSE, 0),
       ('locked', 1, '{}', 'l', 'l', 'L', NULL, TRUE, FALSE, TRUE, 0),
       ('owner', 1, '{}', 'o', 'o', 'O', NULL, TRUE, FALSE, FALSE, 0);
INSERT INTO organisations (id, version, state, name, created_at) VALUES ('g1', 1, '{}', 'G1', 0), ('g2', 1, '{}', 'G2', 0);
INSERT INTO memberships (organisation_id, account_id, role) VALUES ('g1', 'locked', 'owner'), ('g2', 'owner', 'owner');
INSERT INTO services (id, organisation_id, name) VALUES ('s', 'g1', 'S');
INSERT INTO registrations (id, version, state, organisation_id, service_id, environment, client_state, revision, restricted,
    approvals, publication_due, failed, draft_ahead, created_at, updated_at)
VALUES ('r1', 1, '{}', 'g1', 's', 'sandpit', 'retired', 1, '', 0, FALSE, FALSE, FALSE, 0, 0),
       ('r2', 1, '{}', 'g1', 's', 'integration', 'published', 1, '', 1, FALSE, FALSE, FALSE, 0, 0);
INSERT INTO revisions (registration_id, number, digest, metadata_digest, bytes, metadata) VALUES ('r2', 1, 'd', 'm', 'b', 'x');
INSERT INTO approvals (registration_id, number, admin_id, digest, metadata_digest, at) VALUES ('r2', 1, 'admin', 'd', 'm', 0);
INSERT INTO publications (registration_id, environment, wanted_generation, attempts, next_attempt_at)
VALUES ('r2', 'integration', 3, 0, 0);
";

async fn what_was_there_before_keeps_its_meaning(world: Arc<World>) {
    let store = match &world.directory {
        Some(directory) => {
            let url = format!("sqlite:{}", directory.path().join("before.sqlite").display());
            Store::connect(&url, 1, environments()).await.unwrap()
        }
        None => {
            world.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;").await.unwrap();
            world.store.clone()
        }
    };
    let database = store.connection();
    migrations::Migrator::up(database, Some(5)).await.unwrap();
    database.execute_unprepared(BEFORE).await.unwrap();
    migrations::bring_up(database).await.unwrap();
    let places = "SELECT environment || ' ' || place FROM registrations ORDER BY id";
    assert_eq!(texts(database, places).await, ["sandpit r1", "integration integration"]);
    assert_eq!(texts(database, "SELECT admin_id FROM counting_approvals").await, ["admin"]);
    assert_eq!(texts(database, "SELECT id FROM organisations WHERE without_owner").await, ["g1"]);
    // What was to be published stays so, and is wanted again as before.
    let again = "UPDATE publications SET wanted_generation = 4 WHERE registration_id = 'r2'";
    database.execute_unprepared(again).await.unwrap();
    let follow = |id: &str| {
        format!(
            "INSERT INTO registrations (id, version, state, organisation_id, service_id, environment, place, client_state,
             revision, restricted, approvals, publication_due, failed, draft_ahead, created_at, updated_at)
             VALUES ('{id}', 1, '{{}}', 'g1', 's', 'sandpit', 'sandpit', 'unpublished', 0, '', 0, FALSE, FALSE, FALSE, 0, 0)"
        )
    };
    database.execute_unprepared(&follow("r3")).await.unwrap();
    assert!(database.execute_unprepared(&follow("r4")).await.is_err(), "one that is not retired");
}

async fn texts(database: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

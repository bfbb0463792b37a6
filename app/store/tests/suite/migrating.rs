//! A database with something of everything in it goes back to an earlier schema and forward again: nothing that people
//! put into it is lost, and work goes on.

use crate::{
    authority::{Loss, Office},
    common::*,
};
use domain::{
    account::{Account, Command as AccountCommand},
    actor::StaffRole,
    aggregate::Aggregate,
    id::RegistrationId,
    organisation::{Command as OrganisationCommand, Organisation},
    registration::{ClientState, Command, Registration},
};
use migrations::MigratorTrait;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::ToErase;

on_both!(the_last_steps_go_back_and_forward, every_step_since_the_first_release_goes_back_and_forward,);

/// Every row of every table, by table: its columns by name, so that their order does not count.
pub(crate) async fn dump(world: &World) -> BTreeMap<String, BTreeSet<BTreeMap<String, String>>> {
    let sqlite = world.directory.is_some();
    let columns = match sqlite {
        true => {
            "SELECT m.name || ' ' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
        false => {
            "SELECT c.table_name || ' ' || c.column_name FROM information_schema.columns c
             JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1"
        }
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in world.texts(columns).await {
        let (table, column) = line.split_once(' ').unwrap();
        tables.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    let mut found = BTreeMap::new();
    for (table, columns) in tables {
        let text = |column: &String| match sqlite {
            true => format!("CASE WHEN typeof({column}) = 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END"),
            false => format!("CAST({column} AS TEXT)"),
        };
        let selected: Vec<String> = columns.iter().map(text).collect();
        let rows = world.rows(&format!("SELECT {} FROM {table}", selected.join(", "))).await;
        let row = |row: &sea_orm::QueryResult| {
            // A step may write the members of a state in another order.
            let ordered = |text: String| match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(value) => domain::draft::canonical(&value),
                Err(_) => text,
            };
            let value = |at: usize| row.try_get_by_index::<Option<String>>(at).unwrap().map(ordered);
            let named = columns.iter().enumerate().map(|(at, name)| (name.clone(), value(at).unwrap_or("null".into())));
            named.collect::<BTreeMap<_, _>>()
        };
        found.insert(table, rows.iter().map(row).collect());
    }
    found
}

/// The same without what an earlier schema has no room for: whole tables, and `table.column`.
fn but(
    mut of: BTreeMap<String, BTreeSet<BTreeMap<String, String>>>,
    lost: &[&str],
) -> BTreeMap<String, BTreeSet<BTreeMap<String, String>>> {
    for name in lost.iter().chain(&["seaql_migrations"]) {
        match name.split_once('.') {
            None => drop(of.remove(*name)),
            Some((table, column)) => {
                let rows = of.remove(table).unwrap();
                let without = rows.into_iter().map(|mut row| {
                    row.remove(column).unwrap();
                    row
                });
                of.insert(table.to_owned(), without.collect());
            }
        }
    }
    of
}

/// What there is in the database.
pub(crate) struct Peopled {
    pub(crate) second: User,
    pub(crate) live: RegistrationId,
    pub(crate) proposed: RegistrationId,
    pub(crate) under_review: RegistrationId,
    pub(crate) erased: RegistrationId,
    pub(crate) newcomer: User,
}

/// Clients in each state, a proposal of each kind, a renaming, a retired registration that another one followed, an
/// erased text, mails that wait.
pub(crate) async fn peopled(office: &Office<'_>) -> Peopled {
    let world = office.world;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let published = async |name: &str| {
        let id = office.submitted(name).await;
        for admin in [&second, &office.another] {
            world.approve(admin, id).await.unwrap();
        }
        world.publish_all().await;
        id
    };
    let (live, proposed) = (published("Ash1").await, published("Ash2").await);
    world.now_do(&second.who, proposed, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    world.publish_all().await;
    world.reauthenticate(&first).await;
    world.now_do(&first.who, proposed, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    let under_review = office.submitted("Ash3").await;
    world.approve(&office.another, under_review).await.unwrap();
    // One that was retired, and one that follows it.
    let birch = world.partner("Birch").await;
    let retired = world.submitted(&birch, "sandpit", draft("Birch", KEY_B)).await;
    world.publish_all().await;
    world.reauthenticate(&birch.owner).await;
    world.now_do(&birch.owner.who, retired, Command::Retire { reason: "Moved.".into() }).await.unwrap();
    let erased = world.start(&birch.developer, &birch, "sandpit", draft("Birch", KEY_B)).await.unwrap();
    let named = domain::draft::DraftChange::ClientName("CANARY-9f86d081884c7d65".into());
    world.now_do(&birch.developer.who, erased, Command::save(named)).await.unwrap();
    let what = ToErase::Text("CANARY-9f86d081884c7d65".into());
    world.store.erase_text(&world.moment(), &what, "A secret was pasted.", true).await.unwrap();
    // Confirmed, and called otherwise since.
    world.reauthenticate(&office.another).await;
    let organisation = office.partner.organisation;
    world.organisation(&office.another.who, organisation, OrganisationCommand::Confirm).await.unwrap();
    let rename = OrganisationCommand::Change { name: "Ash hospital".into(), ods_code: "X26".into() };
    world.organisation(&office.partner.owner.who, organisation, rename).await.unwrap();
    let newcomer = world.person("newcomer").await;
    let role = Some(StaffRole::Auditor);
    world.reauthenticate(&second).await;
    world.account(&second.who, newcomer.account, AccountCommand::ProposeRole { role }).await.unwrap();
    office.lose(&first, "first", Loss::Demoted).await;
    Peopled { second, live, proposed, under_review, erased, newcomer }
}

/// Back to just before this step, and forward again.
pub(crate) async fn back_and_forward(world: &World, step: &str) {
    let names: Vec<String> = migrations::Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let at = names.iter().position(|name| name == step).unwrap();
    migrations::Migrator::down(world.store.connection(), Some((names.len() - at) as u32)).await.unwrap();
    world.bring_up().await;
}

/// What is folded from the history is what the row says, but for what was not noted when it was written.
async fn folds<A>(world: &World, id: A::Id)
where
    A: Aggregate<Id: Copy> + store::Stored + serde::Serialize,
{
    let (row, _) = world.store.load::<A>(id).await.unwrap();
    let folded = world.store.replay::<A>(id, u64::MAX).await.unwrap();
    let (mut folded, mut row) = (serde_json::json!(folded), serde_json::json!(row));
    if row["keys"] == serde_json::json!({}) {
        for state in [&mut folded, &mut row] {
            state.as_object_mut().unwrap().remove("keys");
        }
    }
    assert_eq!(folded, row);
}

/// What waited before goes on after.
pub(crate) async fn work_goes_on(office: &Office<'_>, there: &Peopled) {
    let world = office.world;
    for id in [there.live, there.proposed, there.under_review, there.erased] {
        folds::<Registration>(world, id).await;
    }
    folds::<Organisation>(world, office.partner.organisation).await;
    folds::<Account>(world, there.newcomer.account).await;
    // The guards are back: nothing of the proposal of somebody who is no admin any more.
    let on = format!(
        "UPDATE registrations SET wanted = 'on', reinstated_by = '{}' WHERE id = '{}'",
        there.second.account, there.proposed
    );
    assert!(world.sql(&on).await.is_err());
    let role = format!("UPDATE accounts SET staff_role = 'admin' WHERE id = '{}'", there.newcomer.account);
    assert!(world.sql(&role).await.is_err());
    let history = "UPDATE history SET event_type = event_type";
    assert!(world.sql(history).await.is_err() && world.sql("UPDATE revisions SET digest = digest").await.is_err());
    // And what people may do, they do.
    world.approve(&there.second, there.under_review).await.unwrap();
    world.reauthenticate(&there.second).await;
    world.now_do(&there.second.who, there.proposed, Command::Reinstate { reason: "Again.".into() }).await.unwrap();
    let (registration, _) = world.store.load::<Registration>(there.proposed).await.unwrap();
    let proposed_at = registration.suspension().unwrap().proposal.as_ref().unwrap().stamp.at;
    world.reauthenticate(&office.another).await;
    let confirm = Command::ConfirmReinstatement { proposed_at };
    world.now_do(&office.another.who, there.proposed, confirm).await.unwrap();
    // Besides what was decided, the removal of what was retired.
    assert_eq!(world.publish_all().await.len(), 3);
    let (registration, _) = world.store.load::<Registration>(there.proposed).await.unwrap();
    assert_eq!(registration.client_state(), ClientState::Published);
    let (account, _) = world.store.load::<Account>(there.newcomer.account).await.unwrap();
    let proposed = account.proposed_role.unwrap();
    let confirm = AccountCommand::ConfirmRole { role: proposed.role, proposed_at: proposed.stamp.at };
    world.account(&office.another.who, there.newcomer.account, confirm).await.unwrap();
}

async fn the_last_steps_go_back_and_forward(world: Arc<World>) {
    let office = Office::new(&world).await;
    let there = peopled(&office).await;
    let before = dump(&world).await;
    for step in ["m0012_two_people", "m0011_names"] {
        back_and_forward(&world, step).await;
        // What an environment asks for is noted again when it next matters; until then it is two.
        let lost = ["environment_rules"];
        assert_eq!(but(dump(&world).await, &lost), but(before.clone(), &lost), "{step}");
    }
    work_goes_on(&office, &there).await;
}

/// What the schema of the first release has no room for starts anew, and everything else is as it was.
async fn every_step_since_the_first_release_goes_back_and_forward(world: Arc<World>) {
    let office = Office::new(&world).await;
    let there = peopled(&office).await;
    let before = dump(&world).await;
    let lost = [
        "environment_rules",
        "mail_digests",
        "mail_pace",
        "refused_forms",
        "history_usage",
        "history_names",
        "history_words_head",
        // Made anew by the names of today, because those of then are among what is lost.
        "history_words",
        "marks",
        // Filled in for what follows: who waits, and what a publication needs, is written when it is next wanted.
        "organisations.renamed_at",
        "publications.revision",
        "publications.approvals_needed",
        "revisions.erased_by",
    ];
    back_and_forward(&world, "m0006_search").await;
    let after = dump(&world).await;
    for (table, rows) in but(before, &lost) {
        let found = &but(after.clone(), &lost)[&table];
        let missing: Vec<_> = rows.difference(found).take(2).collect();
        let other: Vec<_> = found.difference(&rows).take(2).collect();
        assert!(missing.is_empty() && other.is_empty(), "{table}: {missing:#?} are now {other:#?}");
    }
    work_goes_on(&office, &there).await;
}

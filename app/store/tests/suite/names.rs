//! What an entry binds: what was decided on, by the names of its moment.

use crate::common::*;
use domain::{
    account::Command as AccountCommand,
    actor::{Person, StaffRole},
    draft::canonical,
    notice::{AboutOrganisation, Notice},
    organisation::{Command as OrganisationCommand, Contacts, ServiceDraft},
    registration::Command,
};
use migrations::MigratorTrait;
use sea_orm::{ConnectionTrait, Statement, Value as Sql};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{
    Role,
    read::{Author, EntryRow, HistoryFilter, Said},
};

on_both!(
    what_was_confirmed_is_named_as_it_was,
    a_decision_binds_what_it_was_about,
    a_role_and_whose_it_is_are_bound,
    entries_that_bind_no_names_are_told_by_earlier_ones,
    admins_hear_when_what_they_confirmed_is_renamed,
);

fn text(words: &str) -> Option<Said> {
    Some(Said::Text(words.into()))
}

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

/// The names of whoever did it, then and now.
fn names(entry: &EntryRow) -> (String, Option<String>) {
    match &entry.author {
        Author::Person { then, now } => (then.to_string(), now.as_ref().map(ToString::to_string)),
        other => (format!("{other:?}"), None),
    }
}

async fn latest(world: &World, viewer: &Person, event_type: &str) -> EntryRow {
    let filter = HistoryFilter { event_type: Some(event_type.into()), ..HistoryFilter::default() };
    world.store.history(viewer, &filter, None).await.unwrap().rows.remove(0)
}

async fn rename(world: &World, partner: &Partner, name: &str, code: &str) {
    let change = OrganisationCommand::Change { name: name.into(), ods_code: code.into() };
    world.organisation(&partner.owner.who, partner.organisation, change).await.unwrap();
}

/// An organisation is confirmed, and then takes a hospital's name.
async fn what_was_confirmed_is_named_as_it_was(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let auditor = world.staff("auditor", StaffRole::Auditor).await;
    world.reauthenticate(&admin).await;
    world.organisation(&admin.who, partner.organisation, OrganisationCommand::Confirm).await.unwrap();
    rename(&world, &partner, "St Mary’s Hospital", "R1H").await;
    world.account(&admin.who, admin.account, AccountCommand::Rename { name: "Ada Brown".into() }).await.unwrap();
    for (user, is_staff) in [(&admin, true), (&auditor, true), (&partner.owner, false)] {
        let viewer = person(&world, user).await;
        let entry = latest(&world, &viewer, "confirmed").await;
        assert_eq!(entry.then.organisation, text("Ash organisation"));
        assert_eq!((entry.then.ods_code.as_deref(), entry.then.bound), (Some("X26"), true));
        assert_eq!(entry.organisation_name.as_deref(), Some("St Mary’s Hospital"));
        let details = world.store.entry(&viewer, entry.index).await.unwrap();
        let leaf: Value = serde_json::from_str(&details.leaf).unwrap();
        let name = details.texts.iter().find(|text| text.pointer == "/about/organisation/name").unwrap();
        assert_eq!(name.text.as_deref(), Some("Ash organisation"));
        let salt = data_encoding::HEXLOWER.decode(name.salt.as_ref().unwrap().as_bytes()).unwrap();
        let bound = Sha256::new().chain_update(salt).chain_update("Ash organisation").finalize();
        let bound = data_encoding::HEXLOWER.encode(&bound);
        assert_eq!(leaf["about"]["organisation"], json!({"name": {"$sha256": bound}, "ods_code": "X26"}));
        assert_eq!((&leaf["actor_role"], &leaf["v"]), (&json!("admin"), &json!(2)));
        let whole = format!("{entry:?} {details:?}");
        match is_staff {
            true => {
                assert_eq!(
                    names(&entry),
                    ("admin (NHS login admin)".into(), Some("Ada Brown (NHS login admin)".into()))
                );
                assert_eq!(entry.then.actor_role, Some(Role::Admin));
            }
            false => {
                assert_eq!(entry.author, Author::Staff);
                assert!(!whole.contains("Ada Brown") && !whole.contains("Text(\"admin\")"), "{whole}");
            }
        }
    }
    let viewer = person(&world, &admin).await;
    let renamed = latest(&world, &viewer, "organisation_changed").await;
    assert_eq!(renamed.then.organisation, text("Ash organisation"), "what it was called when it was changed");
    assert_eq!(renamed.then.actor_role, Some(Role::Owner));
    assert_eq!(latest(&world, &viewer, "created").await.then.actor_role, Some(Role::Owner));
}

async fn a_decision_binds_what_it_was_about(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    let done = world.approve(&admin, id).await.unwrap();
    let draft = ServiceDraft {
        name: "Another service".into(),
        description: "What.".into(),
        use_case: "Why.".into(),
        contacts: Contacts {
            technical: "a@partner.example".into(),
            product: "a@partner.example".into(),
            security: "a@partner.example".into(),
        },
    };
    let change = OrganisationCommand::ChangeService { id: partner.service, draft };
    world.organisation(&partner.owner.who, partner.organisation, change).await.unwrap();
    rename(&world, &partner, "Another organisation", "R1H").await;
    let viewer = person(&world, &partner.owner).await;
    for (event, role) in [("submitted", Some(Role::Developer)), ("approved", None)] {
        let entry = latest(&world, &viewer, event).await;
        assert_eq!(entry.then.service, text("Ash service"), "{event}");
        assert_eq!(entry.then.organisation, text("Ash organisation"), "{event}");
        assert_eq!(entry.then.client_name, text("Ash client"), "{event}");
        assert_eq!(entry.then.actor_role, role, "{event}");
        assert_eq!(entry.service_name.as_deref(), Some("Another service"));
        let details = world.store.entry(&viewer, entry.index).await.unwrap();
        let leaf: Value = serde_json::from_str(&details.leaf).unwrap();
        assert_eq!(leaf["about"]["environment"], "integration");
    }
    let client = done.state.client_id.unwrap().to_string();
    assert_eq!(latest(&world, &viewer, "approved").await.then.client_id, Some(client));
    let staff = person(&world, &admin).await;
    let changed = latest(&world, &staff, "service_changed").await;
    assert_eq!(changed.then.service, text("Ash service"), "what it was called when it was changed");
}

async fn a_role_and_whose_it_is_are_bound(world: Arc<World>) {
    let admin = world.staff("admin", StaffRole::Admin).await;
    let nia = world.person("Nia").await;
    world.reauthenticate(&admin).await;
    let propose = AccountCommand::ProposeRole { role: Some(StaffRole::Auditor) };
    world.account(&admin.who, nia.account, propose).await.unwrap();
    world.account(&nia.who, nia.account, AccountCommand::Rename { name: "Nora".into() }).await.unwrap();
    let viewer = person(&world, &admin).await;
    let entry = latest(&world, &viewer, "role_proposed").await;
    assert_eq!(entry.person.as_ref().map(ToString::to_string).as_deref(), Some("Nia"));
    assert_eq!(entry.then.actor_role, Some(Role::Admin));
    let own = latest(&world, &person(&world, &nia).await, "renamed").await;
    assert_eq!((own.then.actor_role, &own.person), (Some(Role::Holder), &None));
    assert_eq!(names(&own), ("Nia".into(), Some("Nora".into())));
    // A partner who takes the name of staff is said not to be staff: in the history, in the list and to whoever they act on.
    let posing = "An NHS login admin";
    world.account(&nia.who, nia.account, AccountCommand::Rename { name: posing.into() }).await.unwrap();
    let marked = format!("{posing} (not NHS login staff)");
    let (staff, herself) = (person(&world, &admin).await, person(&world, &nia).await);
    for viewer in [&staff, &herself] {
        let entry = latest(&world, viewer, "renamed").await;
        assert_eq!(entry.given.as_ref().map(ToString::to_string).as_deref(), Some(marked.as_str()));
        assert_eq!(names(&entry), ("Nora".into(), Some(marked.clone())));
    }
    let rows = world.store.people(&staff, "", None).await.unwrap().rows;
    let row = rows.iter().find(|row| row.id == nia.account).unwrap();
    assert_eq!(row.name.to_string(), marked);
    assert_eq!(row.proposed_by.as_ref().map(ToString::to_string).as_deref(), Some("admin (NHS login admin)"));
    // The person whom it concerns reads that an admin did it, and not who.
    let concerned = latest(&world, &person(&world, &nia).await, "role_proposed").await;
    let details = world.store.entry(&person(&world, &nia).await, concerned.index).await.unwrap();
    assert_eq!(concerned.author, Author::Staff);
    assert!(details.texts.iter().all(|text| text.pointer != "/actor_name"));
}

/// Entries as the portal wrote them before leaves bound names: the migration finds what gave names.
async fn entries_that_bind_no_names_are_told_by_earlier_ones(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    world.reauthenticate(&admin).await;
    world.organisation(&admin.who, partner.organisation, OrganisationCommand::Confirm).await.unwrap();
    world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    rename(&world, &partner, "St Mary’s Hospital", "").await;
    to_version_1(&world, |_| ()).await;
    let viewer = person(&world, &partner.owner).await;
    let entry = latest(&world, &viewer, "confirmed").await;
    assert_eq!((&entry.then.organisation, entry.then.bound), (&text("Ash organisation"), false));
    assert_eq!(entry.then.ods_code.as_deref(), Some("X26"));
    assert_eq!(entry.organisation_name.as_deref(), Some("St Mary’s Hospital"));
    assert_eq!((&entry.author, entry.then.actor_role), (&Author::Staff, None));
    let submitted = latest(&world, &viewer, "submitted").await;
    assert_eq!((&submitted.then.service, author(&submitted).as_str()), (&text("Ash service"), "Ash-developer"));
    let details = world.store.entry(&viewer, submitted.index).await.unwrap();
    assert!(details.texts.iter().all(|text| text.pointer.starts_with("/event/") && !text.altered), "{details:?}");
    let (organisation, _) = world.store.load::<domain::organisation::Organisation>(partner.organisation).await.unwrap();
    let folded = world.store.replay::<domain::organisation::Organisation>(partner.organisation, u64::MAX).await;
    assert_eq!(folded.unwrap(), organisation, "old leaves read as they were");
    // What happens now binds its names beside the old entries.
    rename(&world, &partner, "Third name", "").await;
    assert!(latest(&world, &viewer, "organisation_changed").await.then.bound);
}

/// Back to when leaves bound no names, and forward again with such a history. `older` makes an event older still.
pub(crate) async fn to_version_1(world: &World, older: impl Fn(&mut Value)) {
    let connection = world.store.connection();
    while world.sql("SELECT 1 FROM history_names").await.is_ok() {
        migrations::Migrator::down(connection, Some(1)).await.unwrap();
    }
    as_version_1(world, older).await;
    migrations::Migrator::up(connection, None).await.unwrap();
}

/// Rewrites the history to what version 1 of its leaves would have held.
async fn as_version_1(world: &World, older: impl Fn(&mut Value)) {
    world.untie(&["history", "history_texts"]).await;
    let connection = world.store.connection();
    let backend = connection.get_database_backend();
    for row in world.rows("SELECT entry_index, leaf FROM history").await {
        let (index, leaf): (i64, Vec<u8>) = (row.try_get("", "entry_index").unwrap(), row.try_get("", "leaf").unwrap());
        let mut leaf: Value = serde_json::from_slice(&leaf).unwrap();
        for member in ["about", "actor_name", "actor_role"] {
            leaf.as_object_mut().unwrap().remove(member);
        }
        leaf["v"] = json!(1);
        older(&mut leaf["event"]);
        let bytes = canonical(&leaf).into_bytes();
        let hash = Sha256::new().chain_update([0]).chain_update(&bytes).finalize().to_vec();
        let update = "UPDATE history SET leaf = $2, leaf_hash = $3 WHERE entry_index = $1";
        let values: Vec<Sql> = vec![index.into(), bytes.into(), hash.into()];
        connection.execute_raw(Statement::from_sql_and_values(backend, update, values)).await.unwrap();
    }
    world.sql("DELETE FROM history_texts WHERE pointer NOT LIKE '/event/%'").await.unwrap();
    world.sql("UPDATE history_texts SET pointer = substr(pointer, 7)").await.unwrap();
}

async fn admins_hear_when_what_they_confirmed_is_renamed(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let renamed = async || world.store.renamed_organisations(&viewer).await.unwrap();
    let notice =
        serde_json::to_value(Notice::OrganisationRenamed(AboutOrganisation { organisation: partner.organisation }));
    let notice = notice.unwrap();
    let mails = async || {
        let notices = world.texts("SELECT notice FROM mail_outbox").await;
        notices.iter().filter(|words| serde_json::from_str::<Value>(words).unwrap() == notice).count()
    };
    let confirm = async || {
        world.reauthenticate(&admin).await;
        world.organisation(&admin.who, partner.organisation, OrganisationCommand::Confirm).await.unwrap();
    };
    confirm().await;
    rename(&world, &partner, "Without client", "X26").await;
    assert_eq!((renamed().await.len(), mails().await), (0, 0), "nobody signs in to anything of theirs");
    confirm().await;
    let client = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    world.publish_all().await;
    rename(&world, &partner, "St Mary’s Hospital", "R1H").await;
    let rows = renamed().await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].was.name.0.as_str(), rows[0].name.as_str()), ("Without client", "St Mary’s Hospital"));
    assert_eq!((rows[0].was.ods_code.as_ref().unwrap().as_str(), rows[0].ods_code.as_deref()), ("X26", Some("R1H")));
    assert_eq!(mails().await, 1);
    let owner = person(&world, &partner.owner).await;
    assert!(world.store.renamed_organisations(&owner).await.is_err(), "for staff alone");
    // The other way out, for as long as it lasts.
    world.now_do(&admin.who, client, Command::Suspend { reason: "Who are they?".into() }).await.unwrap();
    assert_eq!(renamed().await.len(), 1, "people can still sign in with it");
    world.publish_all().await;
    assert_eq!(renamed().await, [], "nobody signs in to anything of theirs");
    world.reauthenticate(&admin).await;
    world.now_do(&admin.who, client, Command::Reinstate { reason: "Settled.".into() }).await.unwrap();
    assert_eq!(renamed().await.len(), 1);
    confirm().await;
    assert_eq!(renamed().await, [], "an admin has looked");
}

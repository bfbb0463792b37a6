//! What the read models say, page by page, and that an entry is what its leaf says.

use crate::common::*;
use domain::{
    actor::{Person, StaffRole},
    id::OrganisationId,
    organisation::Command as OrganisationCommand,
    registration::{ClientState, Command, Registration, RevisionState},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::Arc,
    task::{Context, Waker},
};
use store::{
    Connections, FormOf, Store, StoreError,
    read::{
        Author, ClientFilter, EntryDetails, HistoryFilter, OrganisationFilter, PAGE_ROWS, PublicationFilter,
        PublicationState, QueueFilter,
    },
};
use time::Duration;

on_both!(
    a_registration_is_told_whole,
    the_queue_is_paged_both_ways,
    a_reviewer_sees_their_own_approval,
    what_has_the_id_of_another_kind_is_told_apart,
    people_are_found_by_staff_alone,
    lists_filter,
    words_are_found_in_any_case_of_letters,
    the_history_names_who_did_it,
    an_entry_is_its_leaf,
    an_erased_text_leaves_the_leaf_whole,
    an_altered_text_is_not_shown,
    sealed_forms_are_kept_a_while,
    a_page_stands_as_at_one_moment,
    a_page_that_waits_keeps_no_connection,
    a_page_that_is_given_up_keeps_no_connection,
);

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

async fn a_registration_is_told_whole(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", restricted("Ash", KEY_A)).await;
    let viewer = person(&world, &partner.owner).await;
    let details = world.store.registration(&viewer, id).await.unwrap();
    assert_eq!((details.version, details.confirmed), (2, false));
    assert_eq!(
        (details.organisation_name.as_str(), details.service_name.as_str()),
        ("Ash organisation", "Ash service")
    );
    assert_eq!(details.policy.name, "integration");
    let developer = &details.people[&partner.developer.account];
    assert_eq!((developer.name.to_string().as_str(), developer.role.as_str()), ("Ash-developer", "developer"));
    world.approve(&admin, id).await.unwrap();
    world.publish_all().await;
    let details = world.store.registration(&viewer, id).await.unwrap();
    let label = &details.people[&admin.account];
    assert_eq!((label.name.to_string().as_str(), &label.email), ("an NHS login admin", &None));
    let home = world.store.home(&viewer).await.unwrap();
    let head = &home[0].services[0].registrations[0];
    assert_eq!(
        (head.client_state, head.review, head.revision),
        (ClientState::Published, Some(RevisionState::Approved), 1)
    );
    assert!(head.client_id.is_some() && !head.publication_due && !head.standing.is_failing());
    let service = world.store.service(&viewer, partner.service).await.unwrap();
    assert_eq!(service.registrations, home[0].services[0].registrations);
    assert_eq!((service.version, service.service.name.as_str()), (3, "Ash service"));
    let content = world.store.revision(&viewer, id, 1).await.unwrap();
    assert_eq!(content.digest, details.registration.revisions[0].digest);
    assert_eq!(world.store.revision(&viewer, id, 2).await.unwrap_err(), StoreError::NotFound);
    let history = world.store.registration_history(&viewer, id).await.unwrap();
    let types: Vec<&str> = history.iter().map(|entry| entry.event_type.as_str()).collect();
    assert_eq!(types, ["published", "approved", "submitted", "started"]);
    assert_eq!(history[1].author, Author::Staff);
    assert_eq!(author(&history[2]), "Ash-developer");
    let organisation = world.store.organisation(&viewer, partner.organisation).await.unwrap();
    assert_eq!(organisation.people.len(), 2);
}

async fn the_queue_is_paged_both_ways(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let count = PAGE_ROWS * 2 + 3;
    let mut all = Vec::new();
    for number in 0..count {
        let service = world.service(&partner.owner, partner.organisation, &format!("S{number}")).await;
        let partner = Partner { service, ..partner.clone() };
        all.push(world.submitted(&partner, "integration", draft("Ash", KEY_A)).await);
    }
    let filter = QueueFilter::default();
    let page = async |cursor: Option<String>| world.store.queue(&viewer, &filter, cursor.as_deref()).await.unwrap();
    let ids = |rows: &[store::read::QueueRow]| rows.iter().map(|row| row.registration).collect::<Vec<_>>();
    let first = page(None).await;
    assert_eq!((ids(&first.rows), &first.previous), (all[..25].to_vec(), &None), "the one that waited longest first");
    let second = page(first.next.clone()).await;
    assert_eq!(ids(&second.rows), all[25..50]);
    let third = page(second.next.clone()).await;
    assert_eq!((ids(&third.rows), &third.next), (all[50..].to_vec(), &None));
    // What is decided meanwhile shifts nothing.
    let reject = Command::Reject { number: 1, reason: "No.".into() };
    world.now_do(&admin.who, all[0], reject).await.unwrap();
    let back = page(third.previous.clone()).await;
    assert_eq!(back.rows, second.rows);
    assert!(back.next.is_some());
    let begin = page(back.previous.clone()).await;
    assert_eq!((ids(&begin.rows), &begin.previous), (all[1..25].to_vec(), &None));
    assert_eq!(ids(&page(Some("nonsense".into())).await.rows), all[1..26]);
    let newest = QueueFilter { newest_first: true, ..QueueFilter::default() };
    let newest = world.store.queue(&viewer, &newest, None).await.unwrap();
    assert_eq!(newest.rows[0].registration, all[count - 1]);
    let row = &first.rows[1];
    assert_eq!((row.approvals, row.approvals_needed, row.revision), (0, 1, 1));
    let submitter = row.submitter.as_ref().unwrap();
    assert_eq!((submitter.name.to_string().as_str(), submitter.role.as_str()), ("Ash-developer", "developer"));
}

/// Whose approval a revision has, and what happened to it since a form was opened.
async fn a_reviewer_sees_their_own_approval(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    let (_, shown) = world.approval(id).await;
    world.approve(&first, id).await.unwrap();
    for (admin, mine) in [(&first, true), (&second, false)] {
        let viewer = person(&world, admin).await;
        let rows = world.store.queue(&viewer, &QueueFilter::default(), None).await.unwrap().rows;
        assert_eq!((rows[0].approvals, rows[0].mine), (1, mine));
        let since = world.store.history_since::<Registration>(&viewer, id, shown).await.unwrap();
        let told: Vec<_> = since.iter().map(|entry| (entry.event_type.as_str(), entry.version)).collect();
        assert_eq!(told, [("approved", shown + 1)]);
    }
    let stranger = world.partner("Birch").await;
    let viewer = person(&world, &stranger.owner).await;
    assert_eq!(world.store.history_since::<Registration>(&viewer, id, 0).await.unwrap(), []);
}

/// A partner chooses the id of an organisation: its form carries it.
async fn what_has_the_id_of_another_kind_is_told_apart(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let id = world.submitted(&partner, "live", draft("Ash", KEY_A)).await;
    let read = async || {
        let history = world.store.registration_history(&viewer, id).await.unwrap();
        (history, world.store.history_since::<Registration>(&viewer, id, 0).await.unwrap())
    };
    let before = read().await;
    let create = OrganisationCommand::Create { name: "Birch".into(), ods_code: String::new() };
    let twin: OrganisationId = id.to_string().parse().unwrap();
    world.organisation(&partner.owner.who, twin, create).await.unwrap();
    assert_eq!(read().await, before);
}

async fn people_are_found_by_staff_alone(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    world.approve(&admin, id).await.unwrap();
    let client = world.store.load::<Registration>(id).await.unwrap().0.client_id.unwrap().to_string();
    let (staff, team) = (person(&world, &admin).await, person(&world, &partner.owner).await);
    let found = async |viewer: &Person, search: &str| {
        let filter =
            HistoryFilter { search: search.into(), event_type: Some("approved".into()), ..HistoryFilter::default() };
        world.store.history(viewer, &filter, None).await.unwrap().rows.len()
    };
    let email = world.store.credentials(admin.account).await.unwrap().unwrap().account.email.unwrap();
    for (search, by_staff, by_team) in [(email.as_str(), 1, 0), (client.as_str(), 1, 1), ("nobody at all", 0, 0)] {
        assert_eq!((found(&staff, search).await, found(&team, search).await), (by_staff, by_team), "{search}");
    }
    assert_eq!(found(&staff, &"a".repeat(60_000)).await, 0, "longer than SQLite's LIKE takes");
}

async fn lists_filter(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let plain = world.submitted(&ash, "live", draft("Ash", KEY_A)).await;
    let marked = world.submitted(&birch, "integration", restricted("Birch", KEY_B)).await;
    let queue = async |filter: QueueFilter| -> Vec<_> {
        let page = world.store.queue(&viewer, &filter, None).await.unwrap();
        page.rows.into_iter().map(|row| row.registration).collect()
    };
    assert_eq!(queue(QueueFilter { restricted_only: true, ..Default::default() }).await, [marked]);
    assert_eq!(queue(QueueFilter { environment: Some("live".into()), ..Default::default() }).await, [plain]);
    assert_eq!(queue(QueueFilter { search: " BIRCH org".into(), ..Default::default() }).await, [marked]);
    assert_eq!(queue(QueueFilter { search: "B_rch%".into(), ..Default::default() }).await, []);

    world.organisation(&admin.who, ash.organisation, domain::organisation::Command::Confirm).await.unwrap();
    let unconfirmed = OrganisationFilter { unconfirmed_only: true, ..OrganisationFilter::default() };
    let rows = world.store.organisations(&viewer, &unconfirmed, None).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].id, rows[0].members, rows[0].services), (birch.organisation, 2, 1));

    world.approve(&admin, marked).await.unwrap();
    let pending = world.store.publications(&viewer, &PublicationFilter::default(), None).await.unwrap().rows;
    assert_eq!((pending.len(), pending[0].registration, pending[0].done_at), (1, marked, None));
    let publications = async |filter: PublicationFilter| -> Vec<_> {
        let page = world.store.publications(&viewer, &filter, None).await.unwrap();
        page.rows.into_iter().map(|row| row.registration).collect()
    };
    let of_state = |state| PublicationFilter { state: Some(state), ..Default::default() };
    assert_eq!(publications(of_state(PublicationState::Pending)).await, [marked]);
    assert_eq!(publications(of_state(PublicationState::Failing)).await, []);
    assert_eq!(publications(of_state(PublicationState::Done)).await, []);
    assert_eq!(publications(PublicationFilter { environment: Some("live".into()), ..Default::default() }).await, []);
    assert_eq!(publications(PublicationFilter { search: "birch cl".into(), ..Default::default() }).await, [marked]);
    assert!(world.store.last_published(&viewer).await.unwrap().is_empty());
    let clients = async |filter: ClientFilter| world.store.clients(&viewer, &filter, None).await.unwrap().rows;
    let rows = clients(ClientFilter::default()).await;
    assert_eq!((rows.len(), rows[0].client_name.as_str()), (1, "Birch client"));
    assert_eq!(clients(ClientFilter { state: Some(ClientState::Published), ..Default::default() }).await, []);
    world.publish_all().await;
    let rows = clients(ClientFilter { state: Some(ClientState::Published), ..Default::default() }).await;
    assert_eq!(rows[0].registration, marked);
    assert_eq!(clients(ClientFilter { failed_only: true, ..Default::default() }).await, []);
    assert_eq!(publications(of_state(PublicationState::Done)).await, [marked]);
    assert_eq!(world.store.last_published(&viewer).await.unwrap().into_keys().collect::<Vec<_>>(), ["integration"]);
    let people = world.store.people(&viewer, "ash-", None).await.unwrap().rows;
    assert_eq!(people.iter().map(|row| row.name.to_string()).collect::<Vec<_>>(), ["Ash-owner", "Ash-developer"]);

    let client_id = rows[0].client_id.as_str().to_owned();
    let history = async |filter: HistoryFilter| world.store.history(&viewer, &filter, None).await.unwrap().rows;
    let of_client = history(HistoryFilter { client_id: Some(client_id), ..Default::default() }).await;
    assert_eq!(
        of_client.iter().map(|row| row.event_type.as_str()).collect::<Vec<_>>(),
        ["published", "approved", "submitted", "started"]
    );
    let filter =
        HistoryFilter { event_type: Some("submitted".into()), environment: Some("live".into()), ..Default::default() };
    let live = history(filter).await;
    assert_eq!((live.len(), live[0].subject.clone()), (1, plain.to_string()));
    let filter = HistoryFilter { person: Some(admin.account), kind: Some("organisation".into()), ..Default::default() };
    assert_eq!(history(filter).await[0].event_type, "confirmed");
    let at = of_client[2].at;
    let filter = HistoryFilter { from: Some(at), to: Some(at + Duration::milliseconds(1)), ..Default::default() };
    assert_eq!(history(filter).await, [of_client[2].clone()]);
    let filter = HistoryFilter { search: "referral is MATCHED".into(), ..Default::default() };
    assert!(history(filter).await.iter().all(|row| row.subject == marked.to_string()));
}

/// The format that `history.rs` promises, checked without the code that writes it.
async fn words_are_found_in_any_case_of_letters(world: Arc<World>) {
    let owner = world.person("owner").await;
    let (millis, random) = world.fresh();
    let create = OrganisationCommand::Create { name: "Église Ünïcode".into(), ods_code: "X26".into() };
    world.organisation(&owner.who, OrganisationId::from_parts(millis, random), create).await.unwrap();
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let organisations = async |search: &str| {
        let filter = OrganisationFilter { search: search.into(), ..OrganisationFilter::default() };
        world.store.organisations(&viewer, &filter, None).await.unwrap().rows.len()
    };
    for (search, found) in
        [("église", 1), ("ÉGLISE", 1), ("ünÏcode", 1), ("eglise", 0), ("àglise", 0), ("\0 église\u{7}", 1)]
    {
        assert_eq!(organisations(search).await, found, "{search}");
    }
    let history = async |search: &str| {
        let filter = HistoryFilter { search: search.into(), ..HistoryFilter::default() };
        world.store.history(&viewer, &filter, None).await.unwrap().rows.len()
    };
    assert_eq!(history("église").await, 1);
    assert_eq!(history("ÉGLISE\0").await, 1);
    world.sql("UPDATE organisations SET name = 'Other'").await.unwrap();
    assert_eq!(history("église ün").await, 1, "in a text of the entry");
}

async fn the_history_names_who_did_it(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let id = world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    let entries = world.store.registration_history(&viewer, id).await.unwrap();
    assert_eq!((entries[0].event_type.as_str(), entries[0].by_rules), ("approved", true));
    assert_eq!(author(&entries[0]), "Ash-developer", "who set it off");
    assert_eq!((author(&entries[1]).as_str(), entries[1].by_rules), ("Ash-developer", false));
    let filter = HistoryFilter { person: Some(partner.owner.account), ..HistoryFilter::default() };
    let found = world.store.history(&viewer, &filter, None).await.unwrap().rows;
    let who = |event: &str| {
        let entry = found.iter().find(|entry| entry.event_type == event);
        entry.map(author).unwrap_or_else(|| panic!("{event} is not found"))
    };
    for event in ["signed_in", "verified", "created"] {
        assert_eq!(who(event), "Ash-owner", "{event}");
    }
    assert_eq!(who("signed_up"), "Visitor", "the address may be anybody's until it is verified");
    assert!(found.iter().all(|entry| entry.subject != partner.developer.account.to_string()));
}

async fn an_entry_is_its_leaf(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    let reject = Command::Reject { number: 1, reason: "Not “this”.".into() };
    world.now_do(&admin.who, id, reject).await.unwrap();
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    let mut salts = std::collections::BTreeSet::new();
    for index in 0..u64::try_from(entries).unwrap() {
        let entry = world.store.entry(&viewer, index).await.unwrap();
        let leaf = proved(&entry);
        assert_eq!((&leaf["v"], leaf["index"].as_u64()), (&serde_json::json!(2), Some(index)));
        assert_eq!((leaf["kind"].as_str(), leaf["id"].as_str()), (Some(&*entry.row.kind), Some(&*entry.row.subject)));
        for text in &entry.texts {
            let (salt, words) = (text.salt.as_ref().unwrap(), text.text.as_ref().unwrap());
            assert_eq!(salt.len(), 32);
            assert!(salts.insert(salt.clone()), "no salt twice");
            if let Some(pointer) = text.pointer.strip_prefix("/event") {
                assert_eq!(entry.row.event.pointer(pointer).unwrap(), &serde_json::json!({"$text": words}));
            }
        }
        assert!(!entry.leaf.contains("$text"));
    }
    let last = world.store.entry(&viewer, u64::try_from(entries).unwrap() - 1).await.unwrap();
    let leaf: serde_json::Value = serde_json::from_str(&last.leaf).unwrap();
    assert_eq!(leaf["actor"], serde_json::json!({"account": admin.account}));
    assert_eq!((leaf["version"].as_u64(), leaf["event"]["type"].as_str()), (Some(3), Some("rejected")));
    assert!(leaf["at"].as_str().unwrap().ends_with(".125Z"), "{}", leaf["at"]);
    assert_eq!(last.row.event["reason"]["$text"], "Not “this”.");
    assert_eq!(world.store.entry(&viewer, u64::try_from(entries).unwrap()).await.unwrap_err(), StoreError::NotFound);
}

/// The leaf of an entry, which has its hash, and whose texts, those that are left, are what it binds.
pub(crate) fn proved(entry: &EntryDetails) -> serde_json::Value {
    let leaf: serde_json::Value = serde_json::from_str(&entry.leaf).unwrap();
    assert_eq!(entry.leaf, domain::draft::canonical(&leaf), "RFC 8785");
    let hash = Sha256::new().chain_update([0]).chain_update(entry.leaf.as_bytes()).finalize();
    assert_eq!(entry.leaf_hash, hex(&hash), "RFC 6962");
    for text in &entry.texts {
        let (Some(salt), Some(words)) = (&text.salt, &text.text) else { continue };
        let salt = data_encoding::HEXLOWER.decode(salt.as_bytes()).unwrap();
        let commitment = hex(&Sha256::new().chain_update(&salt).chain_update(words).finalize());
        assert_eq!(leaf.pointer(&text.pointer), Some(&serde_json::json!({"$sha256": commitment})));
    }
    leaf
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

async fn an_erased_text_leaves_the_leaf_whole(world: Arc<World>) {
    let account = world.sign_up("ada@partner.example", "Ada").await.unwrap();
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let before = world.store.entry(&viewer, 0).await.unwrap();
    assert_eq!(before.row.subject, account.to_string());
    world.sql("UPDATE history_texts SET text = NULL, salt = NULL WHERE entry_index = 0").await.unwrap();
    let after = world.store.entry(&viewer, 0).await.unwrap();
    assert_eq!((after.leaf, after.leaf_hash), (before.leaf, before.leaf_hash));
    assert_eq!(after.row.event["name"], serde_json::json!({"$erased": true}));
    assert!(after.texts.iter().all(|text| (&text.salt, &text.text, text.altered) == (&None, &None, false)));
    assert_eq!(world.store.history(&viewer, &HistoryFilter::default(), None).await.unwrap().rows.len(), 8);
}

/// Whoever can write to the database changes what is read beside the leaf, and is found out.
async fn an_altered_text_is_not_shown(world: Arc<World>) {
    let account = world.sign_up("ada@partner.example", "Ada").await.unwrap();
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    world.untie(&["history_texts"]).await;
    world
        .sql("UPDATE history_texts SET text = 'FORGED' WHERE pointer = '/event/name' AND entry_index = 0")
        .await
        .unwrap();
    let entry = world.store.entry(&viewer, 0).await.unwrap();
    assert_eq!(entry.row.event["name"], serde_json::json!({"$altered": true}));
    assert_eq!(entry.row.event["email"]["$text"], "ada@partner.example");
    let altered: Vec<&str> = entry.texts.iter().filter(|text| text.altered).map(|text| &*text.pointer).collect();
    assert_eq!(altered, ["/event/name"]);
    let rows = world.store.history(&viewer, &HistoryFilter::default(), None).await.unwrap().rows;
    assert!(!format!("{rows:?}").contains("FORGED"));
    assert!(world.store.replay::<domain::account::Account>(account, u64::MAX).await.is_err());
}

async fn sealed_forms_are_kept_a_while(world: Arc<World>) {
    let now = world.now();
    world.store.keep_form("token", "sealed", FormOf::Account, now + Duration::minutes(10)).await.unwrap();
    let kept = Some("sealed".to_owned());
    assert_eq!(world.store.sealed_form("token", now).await.unwrap(), kept);
    assert_eq!(world.store.sealed_form("token", now).await.unwrap(), kept, "a page may be loaded again");
    assert_eq!(world.store.sealed_form("other", now).await.unwrap(), None);
    assert_eq!(world.store.sealed_form("token", now + Duration::minutes(10)).await.unwrap(), None);
    assert_eq!(world.store.purge(now + Duration::minutes(10)).await.unwrap(), 1);
}

async fn a_page_stands_as_at_one_moment(world: Arc<World>) {
    world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let names = async || {
        let rows = world.store.organisations(&viewer, &OrganisationFilter::default(), None).await.unwrap().rows;
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    let taken = world.store.connections_taken();
    let seen = world.store.as_one(async {
        let first = names().await;
        world.sql("UPDATE organisations SET name = 'Cedar organisation'").await.unwrap();
        let then = names().await;
        store::let_go();
        [first, then, names().await]
    });
    assert_eq!(seen.await, [["Ash organisation"], ["Ash organisation"], ["Cedar organisation"]]);
    assert_eq!(world.store.connections_taken() - taken, 2, "once at first, and once more when it had let go");
}

/// A store with one connection to read pages with.
async fn narrow(world: &World) -> Store {
    let connections = Connections { pages: 1, commands: 1, worker: 1 };
    Store::connect_with(&world.url, connections, Arc::new(world.store.environments().to_vec())).await.unwrap()
}

async fn a_page_that_waits_keeps_no_connection(world: Arc<World>) {
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let store = narrow(&world).await;
    let other = tokio::spawn({
        let (store, viewer) = (store.clone(), viewer.clone());
        async move { store.last_published(&viewer).await }
    });
    other.await.unwrap().unwrap();
    let read_beside = async |lets_go: bool| {
        store
            .as_one(async {
                store.last_published(&viewer).await.unwrap();
                if lets_go {
                    store::let_go();
                }
                let (store, viewer) = (store.clone(), viewer.clone());
                tokio::spawn(async move { store.last_published(&viewer).await }).await.unwrap()
            })
            .await
    };
    let within = store.as_one(store.as_one(store.last_published(&viewer)));
    assert_eq!(within.await, Ok(BTreeMap::new()), "a part of a page takes no other connection");
    assert_eq!(read_beside(false).await, Err(StoreError::Busy));
    assert_eq!(read_beside(true).await, Ok(BTreeMap::new()));
}

async fn a_page_that_is_given_up_keeps_no_connection(world: Arc<World>) {
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let store = narrow(&world).await;
    for polls in 1..8 {
        let mut page = Box::pin(store.as_one(async {
            store.last_published(&viewer).await.unwrap();
            store.organisations(&viewer, &OrganisationFilter::default(), None).await.unwrap();
            std::future::pending::<()>().await;
        }));
        for _ in 0..polls {
            let _ = page.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        drop(page);
        assert_eq!(store.last_published(&viewer).await, Ok(BTreeMap::new()), "after {polls} steps");
    }
}

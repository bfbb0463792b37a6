//! One text erased from everywhere that it stands, while what was committed to stays committed to.

use crate::common::*;
use domain::{
    account::Account,
    actor::{Person, StaffRole},
    draft::{DraftChange, hex_digest},
    id::RegistrationId,
    organisation::{Command as OrganisationCommand, Contacts, Organisation, ServiceDraft},
    policy::EnvironmentPolicy,
    refusal::{Misfit, Refusal},
    registration::{Command, Registration},
};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    EraseError, Expected, Place, Store, ToErase,
    read::{Author, HistoryFilter},
};
use time::Duration;

on_both!(
    an_erased_text_is_nowhere,
    what_is_left_can_be_erased_from_too,
    a_published_client_stays_until_it_is_replaced,
    what_gives_names_is_erased_first,
    only_an_erasure_changes_what_was_frozen,
    what_cannot_be_erased_is_said,
    words_of_the_portals_own_are_nobodys_text,
);

/// Stands for a private key that nothing recognised.
const CANARY: &str = "CANARY-9f86d081884c7d659a2feaa0c55ad015";

fn reasons(words: &str) -> DraftChange {
    let reason = format!("To send a reminder of each appointment that was booked. {words}");
    DraftChange::Scopes {
        scopes: vec!["openid".into(), "email".into()],
        reasons: [("email".to_owned(), reason)].into(),
    }
}

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

fn canary() -> ToErase {
    ToErase::Text(format!("  {}\n{}\n", &CANARY[..10], &CANARY[10..]))
}

async fn erase(world: &World, what: &ToErase) -> store::ErasureReport {
    world.store.erase_text(&world.moment(), what, "A private key was pasted.", true).await.unwrap()
}

/// Submitted with the canary among the reasons, in the draft and in a revision.
async fn submitted(world: &World, partner: &Partner) -> RegistrationId {
    let id = world.start(&partner.developer, partner, "integration", draft("Ash", KEY_A)).await.unwrap();
    world.now_do(&partner.developer.who, id, Command::save(reasons(CANARY))).await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    id
}

/// Everything that anybody reads of it, as it is printed.
async fn every_page(world: &World, viewer: &Person, id: RegistrationId) -> String {
    let details = world.store.registration(viewer, id).await.unwrap();
    let mut pages = format!("{details:?}");
    for revision in &details.registration.revisions {
        pages += &format!("{:?}", world.store.revision(viewer, id, revision.number).await.unwrap());
    }
    let mut cursor = None;
    loop {
        let page = world.store.history(viewer, &HistoryFilter::default(), cursor.as_deref()).await.unwrap();
        for row in &page.rows {
            pages += &format!("{row:?} {:?}", world.store.entry(viewer, row.index).await.unwrap());
        }
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

async fn leaves(world: &World) -> BTreeMap<i64, (Vec<u8>, Vec<u8>)> {
    let rows = world.rows("SELECT entry_index, leaf, leaf_hash FROM history").await;
    let read = |row: &sea_orm::QueryResult| {
        let leaf = (row.try_get("", "leaf").unwrap(), row.try_get("", "leaf_hash").unwrap());
        (row.try_get("", "entry_index").unwrap(), leaf)
    };
    rows.iter().map(read).collect()
}

/// The bytes of every file of the database; of PostgreSQL what its tables hold.
async fn is_at_rest(world: &World, words: &str) -> bool {
    if let Some(directory) = &world.directory {
        let files = std::fs::read_dir(directory.path()).unwrap();
        return files.into_iter().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(words.len()).any(|window| window == words.as_bytes())
        });
    }
    for (table, columns) in [
        ("history_texts", "text"),
        ("registrations", "state"),
        ("revisions", "bytes || metadata"),
        ("organisations", "state || name"),
        ("services", "name"),
        ("history_words", "word"),
        ("mail_outbox", "notice || COALESCE(last_error, '')"),
        ("publications", "COALESCE(last_error, '')"),
    ] {
        if world.count(&format!("SELECT COUNT(*) FROM {table} WHERE {columns} LIKE '%{words}%'")).await > 0 {
            return true;
        }
    }
    false
}

async fn an_erased_text_is_nowhere(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = submitted(&world, &partner).await;
    let comment = format!("Why is {CANARY} here?");
    let request = Command::RequestChanges { number: 1, comment, sections: BTreeMap::new() };
    world.now_do(&admin.who, id, request).await.unwrap();
    world.submit(&partner.developer, id).await.unwrap();
    world.sql(&format!("UPDATE mail_outbox SET last_error = 'could not send {CANARY}'")).await.unwrap();
    let viewers = [person(&world, &partner.owner).await, person(&world, &admin).await];
    assert!(every_page(&world, &viewers[0], id).await.contains(CANARY) && is_at_rest(&world, CANARY).await);
    assert!(is_at_rest(&world, &CANARY.to_lowercase()).await);
    let (before, leaves_before) = (world.store.load::<Registration>(id).await.unwrap(), leaves(&world).await);

    let dry = world.store.erase_text(&world.moment(), &canary(), "Why.", false).await.unwrap();
    assert_eq!(world.store.load::<Registration>(id).await.unwrap(), before, "a dry run changes nothing");
    assert_eq!(leaves(&world).await, leaves_before);
    assert!(!dry.places.iter().any(|place| place.to_string().contains("CANARY")), "nor does it show the text");

    let report = erase(&world, &canary()).await;
    assert_eq!(report.places, dry.places);
    assert_eq!((report.left.len(), report.entries.len()), (0, 1), "{report:?}");
    let row = Place::Row("registration", id.to_string());
    let revisions = [1, 2].map(|number| Place::Revision(id.to_string(), number));
    let beside = Place::Column("mail_outbox".into(), "last_error".into());
    for place in revisions.iter().chain([&row, &beside]) {
        assert!(report.places.contains(place), "{place} is missing in {report:?}");
    }
    let texts = report.places.iter().filter(|place| matches!(place, Place::Text(..))).count();
    assert_eq!(texts, 4, "saved, submitted twice, and the comment: {report:?}");

    assert!(world.store.forget_what_was().await.unwrap());
    assert!(!is_at_rest(&world, CANARY).await);
    assert!(!is_at_rest(&world, &CANARY.to_lowercase()).await, "words of the search are in lower case");
    for viewer in &viewers {
        let pages = every_page(&world, viewer, id).await;
        assert!(!pages.contains("CANARY"), "{pages}");
    }
    let mut after = leaves(&world).await;
    assert!(after.remove(&i64::try_from(report.entries[0]).unwrap()).is_some());
    assert_eq!(after, leaves_before, "what was committed to stays");

    let (registration, version) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(version, before.1 + 1);
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    assert_eq!(registration.draft.reasons["email"], "");
    assert_eq!(registration.draft.client_name, "Ash client", "the rest of the draft stays");
    let content = world.store.revision(&viewers[0], id, 2).await.unwrap();
    assert_eq!((content.digest.as_str(), content.erased), (before.0.revisions[1].digest.as_str(), true));
    assert!(content.bytes.contains("(erased)") && content.bytes.contains("Ash client"), "{}", content.bytes);
    assert!(registration.revisions.iter().all(|revision| revision.erased.is_some()));
    assert_eq!(refusal(world.approve(&admin, id).await), Refusal::NoLongerFits(vec![Misfit::Erased]));
    let entry = world.store.entry(&viewers[1], report.entries[0]).await.unwrap().row;
    assert_eq!((entry.event_type.as_str(), entry.author), ("text_erased", Author::Operator));
    assert_eq!(entry.event["reason"]["$text"], "A private key was pasted.");
    assert!(erase(&world, &canary()).await.places.is_empty(), "there is nothing left to erase");
}

async fn what_is_left_can_be_erased_from_too(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.developer, &partner, "integration", draft("Ash", KEY_A)).await.unwrap();
    let both = DraftChange::RedirectUris(vec![CANARY.into(), "The second secret.".into()]);
    world.now_do(&partner.developer.who, id, Command::save(both)).await.unwrap();
    let viewer = person(&world, &partner.owner).await;
    let saved = world.store.registration_history(&viewer, id).await.unwrap()[0].index;
    let place = |pointer: &str| ToErase::Place { entry: saved, pointer: pointer.into() };
    let several = world.store.erase_text(&world.moment(), &place("/event/change"), "Why.", true).await;
    let Err(EraseError::Several(pointers)) = several else { panic!("{several:?}") };
    assert!(pointers.contains(&"/redirect_uris/0".to_owned()), "{pointers:?}");
    erase(&world, &place("/event/change/redirect_uris/0")).await;
    let digest = ToErase::Digest(hex_digest(b"The second secret."));
    let report = erase(&world, &digest).await;
    assert_eq!(report.left.len(), 0, "{report:?}");
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(registration.draft.redirect_uris, ["", ""]);
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    assert!(world.store.forget_what_was().await.unwrap());
    assert!(!is_at_rest(&world, CANARY).await && !is_at_rest(&world, "The second secret.").await);
}

/// What the provider holds is not ours to erase. It is not published again, and switching it off needs no metadata.
async fn a_published_client_stays_until_it_is_replaced(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let mut with_name = draft("Ash", KEY_A);
    with_name.client_name = CANARY.into();
    let id = world.submitted(&partner, "integration", with_name).await;
    world.approve(&admin, id).await.unwrap();
    world.publish_all().await;
    let published = world.store.load::<Registration>(id).await.unwrap().0.published;
    let report = erase(&world, &canary()).await;
    assert_eq!(report.left.len(), 0, "{report:?}");
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(registration.published, published);
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
    let viewer = person(&world, &admin).await;
    assert!(!every_page(&world, &viewer, id).await.contains(CANARY));
    world.reauthenticate(&admin).await;
    world.now_do(&admin.who, id, Command::Republish).await.unwrap();
    assert!(world.withheld(world.now(), Duration::seconds(60)).await.is_some());
    world.now_do(&admin.who, id, Command::Suspend { reason: "It has to be replaced.".into() }).await.unwrap();
    assert!(world.claim(world.now(), "test", Duration::seconds(60)).await.is_some(), "but it can be switched off");
}

async fn what_gives_names_is_erased_first(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let id = world.start(&partner.developer, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let address = || "a@partner.example".to_owned();
    let service = ServiceDraft {
        name: CANARY.into(),
        description: "What.".into(),
        use_case: "Why.".into(),
        contacts: Contacts { technical: address(), product: address(), security: address() },
    };
    let change = OrganisationCommand::ChangeService { id: partner.service, draft: service };
    world.organisation(&partner.owner.who, partner.organisation, change).await.unwrap();
    // Binds the service's name as it is now.
    world.now_do(&partner.developer.who, id, Command::save(reasons("Again."))).await.unwrap();
    let report = erase(&world, &canary()).await;
    assert_eq!((report.left.len(), report.entries.len()), (0, 2), "{report:?}");
    let (organisation, _) = world.store.load::<Organisation>(partner.organisation).await.unwrap();
    assert_eq!(organisation.services[&partner.service].name, "(erased)");
    let folded = world.store.replay::<Organisation>(partner.organisation, u64::MAX).await.unwrap();
    assert_eq!(folded, organisation);
    assert_eq!(world.texts("SELECT name FROM services").await, ["(erased)"]);
    assert_eq!(world.count("SELECT COUNT(*) FROM history_words WHERE word LIKE 'canary-9f86%'").await, 0);
}

async fn only_an_erasure_changes_what_was_frozen(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = submitted(&world, &partner).await;
    let report = erase(&world, &canary()).await;
    let erasure = report.entries[0];
    for set in [
        "bytes = 'x'".to_owned(),
        "erased_by = NULL".to_owned(),
        format!("bytes = 'x', erased_by = {erasure}"),
        "bytes = 'x', erased_by = 0".to_owned(),
        format!("digest = 'x', erased_by = {}", erasure + 1),
    ] {
        let statement = format!("UPDATE revisions SET {set}");
        let error = world.sql(&statement).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    let other = world.submitted(&world.partner("Birch").await, "integration", draft("Birch", KEY_B)).await;
    let statement =
        format!("UPDATE revisions SET bytes = 'x', erased_by = {erasure} WHERE registration_id = '{other}'");
    assert!(world.sql(&statement).await.is_err(), "the erasure is of another registration");
    let (digest, metadata_digest) = {
        let revision = &world.store.load::<Registration>(id).await.unwrap().0.revisions[0];
        (revision.digest.clone(), revision.metadata_digest.clone())
    };
    let approve = format!(
        "INSERT INTO approvals (registration_id, number, admin_id, digest, metadata_digest, at)
         VALUES ('{id}', 1, '{}', '{digest}', '{metadata_digest}', 0)",
        admin.account
    );
    let error = world.sql(&approve).await.unwrap_err().to_string();
    assert!(error.contains("nothing was erased"), "{error}");
}

async fn what_cannot_be_erased_is_said(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let attempt = async |what: ToErase, reason: &str| {
        world.store.erase_text(&world.moment(), &what, reason, true).await.unwrap_err()
    };
    let text = |words: &str| ToErase::Text(words.into());
    let before = leaves(&world).await;
    assert!(matches!(attempt(text(" short "), "Why.").await, EraseError::TooShort));
    assert!(matches!(attempt(ToErase::Digest("xyz".into()), "Why.").await, EraseError::NotADigest));
    let nowhere = ToErase::Place { entry: 0, pointer: "/event/nothing".into() };
    assert!(matches!(attempt(nowhere, "Why.").await, EraseError::NoSuchText(0)));
    assert!(matches!(attempt(canary(), &format!("It is {CANARY}")).await, EraseError::InReason));
    let needed = attempt(text("Ash-owner@partner.example"), "Why.").await;
    assert!(matches!(needed, EraseError::Needed("account", _)), "{needed:?}");
    assert!(!needed.to_string().contains("Ash-owner"), "{needed}");
    let refused = attempt(text("Ash organisation"), " ").await;
    assert!(matches!(refused, EraseError::Store(_)), "a reason is needed: {refused:?}");
    assert_eq!(leaves(&world).await, before, "nothing was changed");
    let id = world.start(&partner.developer, &partner, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    world.now_do(&partner.developer.who, id, Command::Challenge { nonce: CANARY.into() }).await.unwrap();
    let left = erase(&world, &canary()).await;
    assert!(left.left.contains(&Place::Column("history".into(), "leaf".into())), "{left:?}");
}

/// Saves an item of evidence, in an environment that asks for it.
async fn save_evidence(world: &World, partner: &Partner, id: RegistrationId, answer: &str) {
    let mut policies = EnvironmentPolicy::nhs_login();
    let asked = policies.iter().find(|policy| policy.name == "live").unwrap().evidence.clone();
    let answers = asked[0].fields.iter().map(|field| (field.id.clone(), answer.to_owned())).collect();
    let save = Command::save(DraftChange::Evidence { item: asked[0].id.clone(), answers });
    policies.iter_mut().for_each(|policy| policy.evidence.clone_from(&asked));
    let strict = Store::connect(&world.url, 2, Arc::new(policies)).await.unwrap();
    let (moment, who) = (world.moment(), &partner.developer.who);
    strict.execute::<Registration>(&moment, who, id, Expected::Any, save).await.unwrap();
}

/// A person may be called `disabled`, and a reason may be `answers`: what the portal calls its own stays as it is.
async fn words_of_the_portals_own_are_nobodys_text(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = submitted(&world, &partner).await;
    save_evidence(&world, &partner, id, "They sign in with it.").await;
    let viewer = person(&world, &admin).await;
    let account = partner.owner.account;
    let before = world.store.load::<Registration>(id).await.unwrap();
    let owner = world.store.load::<Account>(account).await.unwrap();
    assert!(owner.0.verified.is_some());
    for word in
        ["verified", "second_factor", "environment", "integration", "client_name", "client_metadata", "warnings"]
    {
        let report = erase(&world, &ToErase::Text(word.into())).await;
        assert_eq!(report.entries, [0_u64; 0], "{word}: {report:?}");
    }
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!((&registration.environment, &registration.revisions), (&before.0.environment, &before.0.revisions));
    assert_eq!(world.store.load::<Account>(account).await.unwrap(), owner);
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);

    let scopes = vec!["openid".into(), "email".into()];
    let reasons = [("email".to_owned(), "answers".to_owned())].into();
    world.now_do(&partner.developer.who, id, Command::save(DraftChange::Scopes { scopes, reasons })).await.unwrap();
    let page = world.store.history(&viewer, &HistoryFilter::default(), None).await.unwrap();
    let entry = page.rows[0].index;
    erase(&world, &ToErase::Place { entry, pointer: "/event/change/scopes/reasons/email".into() }).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    assert_eq!(registration.draft.reasons["email"], "");
    assert!(every_page(&world, &viewer, id).await.contains("They sign in with it."), "each entry can be read");
    assert_eq!(world.store.replay::<Registration>(id, u64::MAX).await.unwrap(), registration);
}

/// Erasing is the owner's: the role that serves lacks what it needs, changes nothing by trying, and reads what is left
/// (threat 23).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_erases_and_the_runtime_role_does_not_on_postgres() {
    let owner = World::on_postgres().await;
    let role = format!("eraser{}", std::process::id());
    owner.sql(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    owner.store.grant_runtime(&role).await.unwrap();
    let admin = owner.staff("admin", StaffRole::Admin).await;
    let world = owner.as_role("eraser", std::process::id()).await;
    let partner = world.partner("Ash").await;
    let id = submitted(&world, &partner).await;
    let viewer = person(&world, &admin).await;
    let (before, pages) = (leaves(&owner).await, every_page(&world, &viewer, id).await);
    for carry_out in [false, true] {
        let refused = world.store.erase_text(&world.moment(), &canary(), "Why.", carry_out).await.unwrap_err();
        assert!(refused.to_string().contains("not available") || format!("{refused:?}").contains("permission denied"));
        assert!(format!("{refused:?}").contains("permission denied"), "{refused:?}");
    }
    assert_eq!(leaves(&owner).await, before);
    assert_eq!(every_page(&world, &viewer, id).await, pages, "nothing was changed");

    let moment = world.moment();
    let report = owner.store.erase_text(&moment, &canary(), "A private key was pasted.", true).await.unwrap();
    assert_eq!((report.left.len(), report.entries.len()), (0, 1), "{report:?}");
    assert!(owner.store.forget_what_was().await.unwrap());
    assert!(!is_at_rest(&owner, CANARY).await);
    assert!(!every_page(&world, &viewer, id).await.contains("CANARY"), "the role that serves reads what is left");
    let again = world.start(&partner.developer, &partner, "sandpit", draft("Ash", KEY_B)).await.unwrap();
    world.submit(&partner.developer, again).await.unwrap();
}

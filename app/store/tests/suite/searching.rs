//! A search of the history finds words, and costs what its page shows, however much is stored and by whomever.

use crate::common::*;
use domain::{
    actor::{Person, StaffRole},
    draft::DraftChange,
    id::RegistrationId,
    registration::{Command, Registration},
};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Store, ToErase,
    read::{EntryRow, HistoryFilter, OrganisationFilter, PAGE_ROWS},
};

on_both!(
    words_and_their_beginnings_are_found,
    ids_and_addresses_are_found_whole,
    staff_alone_search_by_people,
    a_page_that_looked_at_enough_goes_on,
    dates_lead_to_their_entries,
    the_costliest_search_costs_its_page,
    entries_from_before_are_put_into_the_table,
    an_erased_text_is_not_found,
);

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

fn searched(search: &str) -> HistoryFilter {
    HistoryFilter { search: search.into(), ..HistoryFilter::default() }
}

async fn found(world: &World, viewer: &Person, search: &str) -> Vec<EntryRow> {
    world.store.history(viewer, &searched(search), None).await.unwrap().rows
}

fn types(rows: &[EntryRow]) -> Vec<&str> {
    rows.iter().map(|row| row.event_type.as_str()).collect()
}

async fn save(world: &World, user: &User, id: RegistrationId, name: &str) {
    let save = Command::save(DraftChange::ClientName(name.into()));
    world.now_do(&user.who, id, save).await.unwrap();
}

async fn words_and_their_beginnings_are_found(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, id, "Quaint Zebra Clinic").await;
    save(&world, &ash.owner, id, "Quaint Yak Clinic").await;
    let (mine, theirs, staff) =
        (person(&world, &ash.owner).await, person(&world, &birch.owner).await, person(&world, &admin).await);
    for (search, count) in [
        ("zebra", 1),
        ("ZEB", 1),
        ("quaint", 2),
        ("quaint zeb", 1),
        ("zebra yak", 0),
        ("quaint clinic yak", 1),
        ("ebra", 0),
        ("\u{ff3a}ebra", 1),
        ("“zebra”,", 1),
        ("%", 0),
        ("z", 0),
    ] {
        assert_eq!(found(&world, &mine, search).await.len(), count, "{search}");
        assert_eq!(found(&world, &staff, search).await.len(), count, "{search}");
        assert!(found(&world, &theirs, search).await.is_empty(), "{search}");
    }
    let everything = world.store.history(&mine, &searched("  "), None).await.unwrap();
    assert_eq!(everything.rows, world.store.history(&mine, &HistoryFilter::default(), None).await.unwrap().rows);
    // Names of organisation and service are those of the time.
    assert!(found(&world, &mine, "ash service").await.iter().any(|row| row.event_type == "saved"));
    let of_registration = HistoryFilter { registration: Some(id), ..searched("quaint") };
    assert_eq!(world.store.history(&staff, &of_registration, None).await.unwrap().rows.len(), 2);
    let elsewhere = HistoryFilter { organisation: Some(birch.organisation), ..searched("quaint") };
    assert!(world.store.history(&staff, &elsewhere, None).await.unwrap().rows.is_empty());
    assert!(world.store.history(&mine, &elsewhere, None).await.unwrap().rows.is_empty());
}

async fn ids_and_addresses_are_found_whole(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let (mine, staff) = (person(&world, &ash.owner).await, person(&world, &admin).await);
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let client_id = registration.client_id.unwrap();
    for viewer in [&mine, &staff] {
        assert_eq!(types(&found(&world, viewer, client_id.as_str()).await), ["approved", "submitted", "started"]);
        assert_eq!(types(&found(&world, viewer, &id.to_string()).await), ["approved", "submitted", "started"]);
        assert!(!found(&world, viewer, &ash.organisation.to_string()).await.is_empty());
        assert_eq!(types(&found(&world, viewer, &ash.service.to_string()).await)[..1], ["approved"]);
        assert!(!found(&world, viewer, "ash@partner.example").await.is_empty(), "a contact of the service");
        let both = format!("{} reminder", client_id.as_str());
        assert!(!found(&world, viewer, &both).await.is_empty(), "{both}");
    }
    let stranger = world.partner("Birch").await;
    let theirs = person(&world, &stranger.owner).await;
    for search in [client_id.as_str().to_owned(), id.to_string(), ash.organisation.to_string()] {
        assert!(found(&world, &theirs, &search).await.is_empty(), "{search}");
    }
    assert!(!found(&world, &staff, &ash.owner.account.to_string()).await.is_empty());
    assert!(!found(&world, &staff, "Ash-owner@partner.example").await.is_empty());
}

/// Whoever decided on a partner's registration is not told to the partner by what a search finds (threat 10).
async fn staff_alone_search_by_people(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("secretadmin", StaffRole::Admin).await;
    let id = world.submitted(&ash, "integration", draft("Ash", KEY_A)).await;
    let reject = Command::Reject { number: 1, reason: "Plainly not enough.".into() };
    world.now_do(&admin.who, id, reject).await.unwrap();
    let (mine, staff) = (person(&world, &ash.owner).await, person(&world, &admin).await);
    assert_eq!(types(&found(&world, &staff, "secretadmin plainly").await), ["rejected"]);
    assert_eq!(types(&found(&world, &mine, "plainly").await), ["rejected"]);
    for search in ["secretadmin", "secretadmin@nhs.example", "secretadmin plainly", "plainly secretadm"] {
        assert!(found(&world, &mine, search).await.is_empty(), "{search}");
    }
}

/// Entries of another tenant, later than all of ours, each with a text and words; some of every text.
async fn much_of_others(world: &World, count: u32) {
    // Out of turn.
    world.untie(&["history"]).await;
    let numbers = format!("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count})");
    let leaf = r#"{"actor":"operator","at":"2026-05-28T20:26:40.000Z","event":{"change":{"$sha256":""},"section":"scopes","type":"saved"},"id":"","index":0,"kind":"registration","v":1,"version":1}"#;
    let leaf = match world.url.starts_with("postgres") {
        true => format!("convert_to('{leaf}', 'UTF8')"),
        false => format!("CAST('{leaf}' AS BLOB)"),
    };
    let other = "0191a2b3-0000-7000-8000-00000000ffff";
    let statements = [
        format!(
            "INSERT INTO history (entry_index, leaf, leaf_hash, at, kind, subject_id, subject_version, event_type, actor,
                                  organisation_id, registration_id, service_id, environment)
             {numbers} SELECT 100000 + n, {leaf}, {leaf}, 1780000000000 + n, 'registration', '{other}', n, 'saved', '{other}',
                              '{other}', '{other}', NULL, 'live' FROM c"
        ),
        format!(
            "INSERT INTO history_texts (entry_index, pointer, salt, text)
             {numbers} SELECT 100000 + n, '/change', {leaf}, 'quaint clinic ' || n FROM c"
        ),
        format!(
            "INSERT INTO history_words (word, entry_index, scope)
             {numbers} SELECT 'quaint', 100000 + n, 'o{other}' FROM c"
        ),
        format!(
            "INSERT INTO history_words (word, entry_index, scope)
             {numbers} SELECT 'word' || n, 100000 + n, 'o{other}' FROM c"
        ),
        "ANALYZE".to_owned(),
    ];
    for statement in statements {
        world.sql(&statement).await.unwrap();
    }
}

async fn a_page_that_looked_at_enough_goes_on(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, id, "Quaint Zebra").await;
    much_of_others(&world, 5_000).await;
    let (mine, staff) = (person(&world, &ash.owner).await, person(&world, &admin).await);
    // A common word of somebody else, and a filter that no index holds.
    let filter = HistoryFilter { environment: Some("sandpit".into()), ..searched("quaint") };
    let mut cursor = None;
    let mut pages = 0;
    let rows = loop {
        let found = world.store.search_history(&staff, &filter, cursor.as_deref()).await.unwrap();
        pages += 1;
        assert!(found.page.rows.is_empty() || found.page.further.is_none());
        match found.page.next {
            Some(next) if found.page.rows.is_empty() => {
                assert!(found.page.further.is_some(), "an empty page that is not the last says so");
                cursor = Some(next);
            }
            next => break (found.page.rows, next),
        }
    };
    assert_eq!((types(&rows.0), rows.1, pages), (vec!["saved"], None, 3));
    // The rarer word leads: nothing has to be gone through.
    let both = world.store.search_history(&staff, &searched("quaint zebra"), None).await.unwrap();
    assert_eq!((types(&both.page.rows), both.page.further.is_some()), (vec!["saved"], false));
    // What others have is not in a partner's way.
    let own = world.store.search_history(&mine, &filter, None).await.unwrap();
    assert_eq!((types(&own.page.rows), own.page.further.is_some()), (vec!["saved"], false));
    let common = world.store.search_history(&staff, &searched("wor"), None).await.unwrap();
    assert_eq!(common.too_common, ["wor"]);
    assert_eq!(common.page.rows.len(), PAGE_ROWS);
    // That much of others is there is not told by how the search for it ends.
    let other: domain::id::OrganisationId = "0191a2b3-0000-7000-8000-00000000ffff".parse().unwrap();
    for filter in [
        searched(&other.to_string()),
        HistoryFilter { organisation: Some(other), ..HistoryFilter::default() },
        HistoryFilter { organisation: Some(other), ..searched("quaint") },
        HistoryFilter { subject: Some(other.to_string()), ..HistoryFilter::default() },
        HistoryFilter { registration: Some(other.to_string().parse().unwrap()), ..HistoryFilter::default() },
        HistoryFilter { person: Some(other.to_string().parse().unwrap()), ..HistoryFilter::default() },
    ] {
        let found = world.store.search_history(&mine, &filter, None).await.unwrap();
        assert_eq!(
            (found.page.rows.len(), found.page.further.is_some(), found.page.next),
            (0, false, None),
            "{filter:?}"
        );
    }
    // Back again: the page before begins where this one did.
    let first = world.store.history(&staff, &searched("quaint"), None).await.unwrap();
    let second = world.store.history(&staff, &searched("quaint"), first.next.as_deref()).await.unwrap();
    assert_eq!((second.rows[0].index, second.rows.len()), (first.rows[PAGE_ROWS - 1].index - 1, PAGE_ROWS));
    let back = world.store.history(&staff, &searched("quaint"), second.previous.as_deref()).await.unwrap();
    assert_eq!(back.rows, first.rows);
    assert!(back.previous.is_none() && back.next.is_some());
}

async fn dates_lead_to_their_entries(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let staff = person(&world, &admin).await;
    much_of_others(&world, 5_000).await;
    let filter = HistoryFilter { to: Some(START + time::Duration::seconds(5)), ..HistoryFilter::default() };
    let early = world.store.search_history(&staff, &filter, None).await.unwrap();
    assert!(!early.page.rows.is_empty(), "entries far below the latest are found at once");
    assert!(early.page.rows.iter().all(|row| row.at < START + time::Duration::seconds(5)));
    let none = HistoryFilter { from: Some(START + time::Duration::days(400)), ..HistoryFilter::default() };
    let none = world.store.search_history(&staff, &none, None).await.unwrap();
    assert!(none.page.rows.is_empty() && none.page.further.is_none() && none.page.next.is_none());
    let _ = ash;
}

/// 140 drafts as large as they may be, then 8 searches at once, as a partner did who took the portal from everybody.
async fn the_costliest_search_costs_its_page(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    let mine = person(&world, &ash.owner).await;
    let sparse = cost(&world, &mine).await;
    for round in 0..140 {
        let reason =
            |at: usize| -> String { (0..2_500).map(|word| format!("a{round}b{at}c{word} ")).take(1_900).collect() };
        let reasons: BTreeMap<String, String> =
            (0..4).map(|at| (format!("scope{at}"), reason(at).chars().take(16_000).collect())).collect();
        let save = Command::save(DraftChange::Scopes { scopes: vec!["openid".into()], reasons });
        world.now_do(&ash.owner.who, id, save).await.unwrap();
    }
    much_of_others(&world, 20_000).await;
    let searches = ["a1 b c d", "a", "a1b", "nothing like it", "openid scope0 scope1", "o", "zzz", "a139b0c1"];
    let searching = searches.map(|search| {
        let (world, mine) = (Arc::clone(&world), mine.clone());
        tokio::spawn(async move { found(&world, &mine, search).await.len() })
    });
    for search in searching {
        search.await.unwrap();
    }
    let full = cost(&world, &mine).await;
    assert!(full <= sparse + 60_000, "beside 9 MB of one's own and much of others: {full} steps, before: {sparse}");
    let admin = world.staff("admin", StaffRole::Admin).await;
    let staff = person(&world, &admin).await;
    let of_staff = cost(&world, &staff).await;
    assert!(of_staff <= sparse + 400_000, "{of_staff} steps, before: {sparse}");
    for text in ["openid", "a1", "quaint"] {
        assert!(!found(&world, &staff, text).await.is_empty());
    }
    no_statement_scans(&world, &staff).await;
}

/// Steps of SQLite's machine for a search, two pages of a list and an entry. PostgreSQL tells no steps.
async fn cost(world: &World, viewer: &Person) -> u64 {
    let before = world.store.steps_read();
    for search in ["nothing", "openid saved", "a1", "quaint clin", ""] {
        found(world, viewer, search).await;
    }
    let of_environment = HistoryFilter { environment: Some("integration".into()), ..HistoryFilter::default() };
    world.store.history(viewer, &of_environment, None).await.unwrap();
    world.store.steps_read() - before
}

/// On PostgreSQL: no table of the history was read from end to end.
async fn no_statement_scans(world: &World, staff: &Person) {
    if !world.url.starts_with("postgres") {
        return;
    }
    let scanned = "SELECT CAST(relname AS TEXT) || ' ' || seq_tup_read FROM pg_stat_user_tables
                   WHERE relname IN ('history', 'history_texts', 'history_words') ORDER BY relname";
    let settle = async || {
        // Each connection tells what it counted after a second, with its next statement.
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        for _ in 0..16 {
            world.store.entry(staff, 0).await.unwrap();
        }
    };
    settle().await;
    let before = world.texts(scanned).await;
    for search in ["nothing like it", "openid scope0", "a1", "quaint clin", "quaint openid", "word1 quaint", "q"] {
        found(world, staff, search).await;
    }
    settle().await;
    assert_eq!(world.texts(scanned).await, before, "rows of tables that were read from end to end");
}

/// How often each search is made on one connection: what is asked so often is planned for any word at all, which PostgreSQL
/// takes to be a rare one.
const OFTEN: i64 = 12;

/// PostgreSQL tells no steps, but how much of its indexes it read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_reads_no_more_of_its_indexes_than_a_page_shows() {
    let world = World::on_postgres().await;
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, id, "Quaint Zebra").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let (mine, staff) = (person(&world, &ash.owner).await, person(&world, &admin).await);
    much_of_others(&world, 20_000).await;
    let of = |filter: HistoryFilter| HistoryFilter { registration: Some(id), ..filter };
    let mut told = 0;
    for (viewer, filter) in [
        (&staff, searched("quaint zebra")),
        (&staff, of(searched(""))),
        (&staff, of(searched("quaint"))),
        (&mine, searched("quaint zebra")),
        (&mine, searched("quaint")),
        (&mine, searched("word1")),
        (&mine, searched("")),
    ] {
        let found = world.store.history(viewer, &filter, None).await.unwrap().rows;
        all_is_told(&world).await;
        let (sessions, before) = (sessions(&world).await, read_of_indexes(&world).await);
        let store = Store::connect(&world.url, 1, environments()).await.unwrap();
        for _ in 0..OFTEN {
            assert_eq!(store.history(viewer, &filter, None).await.unwrap().rows, found);
        }
        store.close().await;
        // A session tells what it counted when it ends.
        while self::sessions(&world).await > sessions {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let read = read_of_indexes(&world).await - before;
        assert!(read <= OFTEN * 1_000, "{filter:?}: {read} rows of indexes for {OFTEN} pages");
        told += read;
    }
    assert!(told >= OFTEN * 5, "what was read is told: {told}");
}

/// A condition that does not end a reading of an index lets it go on to the end of all that begins alike: of a scope, of a
/// list. What was read in vain is told as blocks alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_reads_no_further_than_the_words_that_are_sought() {
    let world = World::on_postgres().await;
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, id, "Quaint Zebra").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let (mine, staff) = (person(&world, &ash.owner).await, person(&world, &admin).await);
    // Words of the same scope, and of the same list, before and after what is sought.
    world.untie(&["history_words"]).await;
    let many = "SELECT n FROM generate_series(1, 60000) AS n";
    for statement in [
        format!(
            "INSERT INTO history_words (word, entry_index, scope)
             SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'yonder' END || n, 0, 'o{}' FROM ({many}) c",
            ash.organisation
        ),
        format!(
            "INSERT INTO list_words (list, word, number, id)
             SELECT 'partners', CASE WHEN n % 2 = 0 THEN 'a' ELSE 'yonder' END || n, n, 'nobody' FROM ({many}) c"
        ),
        "ANALYZE".into(),
    ] {
        world.sql(&statement).await.unwrap();
    }
    let of = |search: &str| OrganisationFilter { search: search.into(), ..OrganisationFilter::default() };
    all_is_told(&world).await;
    let (sessions, before) = (sessions(&world).await, blocks_of_indexes(&world).await);
    let store = Store::connect(&world.url, 1, environments()).await.unwrap();
    for _ in 0..OFTEN {
        assert_eq!(store.history(&mine, &searched("quaint"), None).await.unwrap().rows.len(), 1);
        assert_eq!(store.organisations(&staff, &of("ash"), None).await.unwrap().rows.len(), 1);
    }
    store.close().await;
    while self::sessions(&world).await > sessions {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let read = blocks_of_indexes(&world).await - before;
    assert!(read >= OFTEN, "what was read is told: {read}");
    assert!(read <= OFTEN * 100, "{read} blocks of indexes for {OFTEN} pages of each");
}

/// Has every connection of the store tell what it counted so far: what was filled in counts as well, and a session that rests
/// tells it seconds later.
async fn all_is_told(world: &World) {
    let tell = || async { world.sql("SELECT pg_stat_force_next_flush(), pg_sleep(0.2)").await.unwrap() };
    tokio::join!(tell(), tell(), tell(), tell(), tell(), tell(), tell(), tell());
}

async fn blocks_of_indexes(world: &World) -> i64 {
    let read = "SELECT CAST(SUM(idx_blks_hit + idx_blks_read) AS BIGINT) FROM pg_statio_user_indexes
                WHERE relname IN ('history_words', 'list_words')";
    world.count(read).await
}

async fn sessions(world: &World) -> i64 {
    let of_people =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'";
    world.count(of_people).await
}

async fn read_of_indexes(world: &World) -> i64 {
    let read = "SELECT CAST(SUM(idx_tup_read) AS BIGINT) FROM pg_stat_user_indexes
                WHERE relname IN ('history', 'history_texts', 'history_words')";
    world.count(read).await
}

async fn entries_from_before_are_put_into_the_table(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    for round in 0..300 {
        save(&world, &ash.owner, id, &format!("Zebra {round}")).await;
    }
    let words =
        "SELECT word || ' ' || entry_index || ' ' || scope FROM history_words ORDER BY entry_index, word, scope";
    let before = world.texts(words).await;
    let mine = person(&world, &ash.owner).await;
    world.sql("DELETE FROM history_words").await.unwrap();
    let head = "UPDATE history_words_head SET until_index = (SELECT next_index FROM history_head), next_index = 0";
    world.sql(head).await.unwrap();
    assert!(found(&world, &mine, "zebra").await.is_empty());
    let entries = world.count("SELECT COUNT(*) FROM history").await;
    assert_eq!(i64::try_from(world.store.index_earlier_entries().await.unwrap()).unwrap(), entries);
    assert_eq!(found(&world, &mine, "zebra 299").await.len(), 1);
    assert_eq!(world.store.index_earlier_entries().await.unwrap(), 0, "once");
    // Names are those of now, which are those of then but for what was not there yet.
    let after = world.texts(words).await;
    assert!(before.iter().all(|word| after.contains(word)));
}

async fn an_erased_text_is_not_found(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let id = world.start(&ash.owner, &ash, "sandpit", draft("Ash", KEY_A)).await.unwrap();
    save(&world, &ash.owner, id, "Quaint Zebra").await;
    let mine = person(&world, &ash.owner).await;
    let index = found(&world, &mine, "zebra").await[0].index;
    let name = ToErase::Text("Quaint Zebra".into());
    world.store.erase_text(&world.moment(), &name, "A child’s name.", true).await.unwrap();
    assert!(found(&world, &mine, "zebra").await.is_empty());
    let left = format!("SELECT COUNT(*) FROM history_words WHERE entry_index = {index} AND word = 'quaint'");
    assert_eq!(world.count(&left).await, 0);
}

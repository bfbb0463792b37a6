//! Lists and figures of staff: found by words, which follow the names, and at a cost that does not grow with what is
//! stored.

use crate::{
    authority::Office,
    common::*,
    migrating::{dump, peopled},
};
use domain::{
    account::Command as AccountCommand,
    actor::{Person, StaffRole},
    id::RegistrationId,
    organisation::Command as OrganisationCommand,
    policy::EnvironmentPolicy,
    registration::Command,
};
use migrations::MigratorTrait;
use std::sync::Arc;
use store::read::{
    ClientFilter, MOST_COUNTED, OrganisationFilter, PAGE_ROWS, PublicationFilter, PublicationState, QueueFilter,
};
use store::{Store, ToErase};
use time::Duration;

on_both!(
    words_follow_the_names,
    words_are_in_the_order_of_their_lists,
    words_follow_what_is_approved_at_once,
    words_come_over,
    what_lists_and_figures_cost_does_not_grow,
    what_a_registration_costs_does_not_grow,
);

async fn person(world: &World, user: &User) -> Person {
    world.signed_in(user).await.unwrap().person
}

async fn organisations(world: &World, viewer: &Person, search: &str) -> Vec<String> {
    let filter = OrganisationFilter { search: search.into(), ..OrganisationFilter::default() };
    let rows = world.store.organisations(viewer, &filter, None).await.unwrap().rows;
    rows.into_iter().map(|row| row.name).collect()
}

async fn words_follow_the_names(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let submitted = world.submitted(&ash, "live", draft("Ash", KEY_A)).await;
    world.submitted(&birch, "live", draft("Birch", KEY_B)).await;
    let queue = async |search: &str| {
        let filter = QueueFilter { search: search.into(), ..QueueFilter::default() };
        let rows = world.store.queue(&viewer, &filter, None).await.unwrap().rows;
        rows.into_iter().map(|row| row.registration).collect::<Vec<_>>()
    };
    assert_eq!(organisations(&world, &viewer, "orga ASH").await, ["Ash organisation"]);
    assert_eq!(organisations(&world, &viewer, "ash birch").await, Vec::<String>::new(), "each word is there");
    assert_eq!(organisations(&world, &viewer, "sh").await, Vec::<String>::new(), "a word is found by how it begins");
    assert_eq!(queue("ash").await, [submitted]);

    let rename = OrganisationCommand::Change { name: "Cedar hospital".into(), ods_code: "Z99".into() };
    world.organisation(&ash.owner.who, ash.organisation, rename).await.unwrap();
    for (search, found) in [("cedar", 1), ("z99", 1), ("x26", 1), ("ash", 0)] {
        assert_eq!(organisations(&world, &viewer, search).await.len(), found, "{search}");
    }
    assert_eq!((queue("cedar").await, queue("hospital birch").await), (vec![submitted], vec![]));
    let people = async |search: &str| world.store.people(&viewer, search, None).await.unwrap().rows.len();
    assert_eq!((people("birch-owner").await, people("rowan").await), (1, 0));
    let rename = AccountCommand::Rename { name: "Rowan".into() };
    world.account(&birch.owner.who, birch.owner.account, rename).await.unwrap();
    assert_eq!((people("rowan").await, people("birch-owner@partner.example").await), (1, 1));

    // What was there before the table is found once it was indexed.
    world.sql("DELETE FROM list_words").await.unwrap();
    world.sql("DELETE FROM marks").await.unwrap();
    assert_eq!(organisations(&world, &viewer, "cedar").await, Vec::<String>::new());
    assert!(world.store.index_earlier_names().await.unwrap() > 0);
    assert_eq!(organisations(&world, &viewer, "cedar").await, ["Cedar hospital"]);
    assert_eq!(world.store.index_earlier_names().await.unwrap(), 0, "once");
    for wordless in ["%", "a", "?!"] {
        assert_eq!(organisations(&world, &viewer, wordless).await, Vec::<String>::new(), "{wordless} has no word");
    }

    // What is erased from a name is found no more, and its words are kept nowhere.
    let words = "SELECT COUNT(*) FROM list_words WHERE word LIKE 'cedar%'";
    assert!(world.count(words).await > 0);
    let name = ToErase::Text("Cedar hospital".into());
    world.store.erase_text(&world.moment(), &name, "Not theirs.", true).await.unwrap();
    assert_eq!(organisations(&world, &viewer, "cedar").await, Vec::<String>::new());
    assert_eq!(world.count(words).await, 0);
}

/// Where the words of a registration are, as `list number`, in the lists' order.
async fn listed(world: &World, id: RegistrationId) -> Vec<String> {
    let places = format!("SELECT DISTINCT list || ' ' || number FROM list_words WHERE id = '{id}' ORDER BY 1");
    world.texts(&places).await
}

async fn words_are_in_the_order_of_their_lists(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let (first, second) = (world.staff("first", StaffRole::Admin).await, world.staff("second", StaffRole::Admin).await);
    let viewer = person(&world, &first).await;
    let places = async |id| {
        let number = |column| format!("SELECT CAST({column} AS TEXT) FROM registrations WHERE id = '{id}'");
        let (submitted, started) =
            (world.texts(&number("submitted_at")).await, world.texts(&number("created_at")).await);
        (format!("queue {}", submitted[0]), format!("clients {}", started[0]))
    };
    let id = world.submitted(&ash, "live", draft("Ash", KEY_A)).await;
    let (queued, client) = places(id).await;
    assert_eq!(listed(&world, id).await, [queued.as_str()]);
    world.now_do(&ash.owner.who, id, Command::Withdraw).await.unwrap();
    assert_eq!(listed(&world, id).await, Vec::<String>::new(), "nothing of it waits");
    world.submit(&ash.owner, id).await.unwrap();
    let (queued_again, _) = places(id).await;
    assert_eq!(listed(&world, id).await, [queued_again.as_str()]);
    assert_ne!(queued_again, queued);

    for admin in [&first, &second] {
        world.approve(admin, id).await.unwrap();
    }
    let found = async |state: PublicationState, search: &str| {
        let filter = PublicationFilter { state: Some(state), search: search.into(), ..PublicationFilter::default() };
        world.store.publications(&viewer, &filter, None).await.unwrap().rows.len()
    };
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 1"]);
    let job = world.claim(world.now(), "one", Duration::minutes(1)).await.unwrap();
    world.store.publication_failed(id, job.generation, world.now(), "503").await.unwrap();
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 0"]);
    assert_eq!((found(PublicationState::Failing, "ash").await, found(PublicationState::Pending, "ash").await), (1, 0));
    for (search, count) in [("", 1), ("ash", 1), ("birch", 0), ("%", 0)] {
        let filter = ClientFilter { failed_only: true, search: search.into(), ..ClientFilter::default() };
        let rows = world.store.clients(&viewer, &filter, None).await.unwrap().rows.len();
        assert_eq!(rows, count, "those that failed, searched for {search}");
    }
    world.publish_all().await;
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 2"]);
    let name = domain::draft::DraftChange::ClientName("Rowan".into());
    world.now_do(&ash.owner.who, id, Command::save(name)).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    let (amended, _) = places(id).await;
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 2", amended.as_str()]);
    assert_eq!(found(PublicationState::Done, "rowan").await, 0, "what was approved is called otherwise");
    for admin in [&first, &second] {
        world.approve(admin, id).await.unwrap();
    }
    world.publish_all().await;
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 2"]);
    assert_eq!(found(PublicationState::Done, "rowan").await, 1);
    world.reauthenticate(&first).await;
    world.now_do(&first.who, id, Command::Suspend { reason: "A complaint.".into() }).await.unwrap();
    assert_eq!(listed(&world, id).await, [client.as_str(), "publications 1"]);
}

/// In the sandpit a submission is approved with it, and its client's name is another one at once.
async fn words_follow_what_is_approved_at_once(world: Arc<World>) {
    let ash = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    let name = domain::draft::DraftChange::ClientName("Rowan".into());
    world.now_do(&ash.owner.who, id, Command::save(name)).await.unwrap();
    world.submit(&ash.owner, id).await.unwrap();
    let filter = ClientFilter { search: "rowan".into(), ..ClientFilter::default() };
    assert_eq!(world.store.clients(&viewer, &filter, None).await.unwrap().rows.len(), 1);
}

/// The step of the schema brings words over by itself, and what an instance of the version before wrote meanwhile follows.
async fn words_come_over(world: Arc<World>) {
    let office = Office::new(&world).await;
    peopled(&office).await;
    let before = dump(&world).await.remove("list_words").unwrap();
    let names: Vec<String> = migrations::Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let steps = names.iter().rev().position(|name| name == "m0017_lists_in_order").unwrap() + 1;
    migrations::Migrator::down(world.store.connection(), Some(u32::try_from(steps).unwrap())).await.unwrap();
    world.sql("INSERT INTO marks (name, at) VALUES ('list-words', 0)").await.unwrap();
    migrations::bring_up(world.store.connection()).await.unwrap();
    assert_eq!(dump(&world).await.remove("list_words").unwrap(), before);

    let client = "SELECT CAST(MIN(id) AS TEXT) FROM list_words WHERE list = 'clients'";
    let client = world.texts(client).await.remove(0);
    let as_before = format!(
        "INSERT INTO list_words (list, word, id) SELECT DISTINCT 'registrations', word, id FROM list_words
         WHERE id = '{client}'"
    );
    world.sql(&as_before).await.unwrap();
    world.sql(&format!("DELETE FROM list_words WHERE list <> 'registrations' AND id = '{client}'")).await.unwrap();
    assert_eq!(world.store.index_earlier_names().await.unwrap(), 1);
    assert_eq!(dump(&world).await.remove("list_words").unwrap(), before);
}

/// On SQLite alone a statement's steps are counted; on PostgreSQL the answers are compared.
async fn what_lists_and_figures_cost_does_not_grow(world: Arc<World>) {
    world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let steps = async |unconfirmed_only: bool, search: &str| {
        let filter = OrganisationFilter { unconfirmed_only, search: search.into(), ..OrganisationFilter::default() };
        let before = world.store.steps_read();
        let rows = world.store.organisations(&viewer, &filter, None).await.unwrap().rows.len();
        (rows, world.store.steps_read() - before)
    };
    let asked =
        [(false, ""), (true, ""), (false, "ash"), (false, "nobody"), (false, "organisation"), (true, "organi ash")];
    let mut few = Vec::new();
    for (unconfirmed, search) in asked {
        few.push(steps(unconfirmed, search).await.1);
    }
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)";
    let id = "'01900000-0000-7000-8000-' || substr('000000000000' || n, -12)";
    let id = if world.url.starts_with("postgres") {
        id.replace("substr('000000000000' || n, -12)", "lpad(CAST(n AS TEXT), 12, '0')")
    } else {
        id.to_owned()
    };
    let organisation = format!(
        "{many} INSERT INTO organisations (id, version, state, name, name_shape, confirmed_at, without_owner, has_client,
             created_at)
         SELECT {id}, 1, '{{}}', 'Filler organisation', 'filler', NULL, FALSE, TRUE, 0 FROM n"
    );
    let words =
        format!("{many} INSERT INTO list_words (list, word, id) SELECT 'partners', 'organisation', {id} FROM n");
    world.sql(&organisation).await.unwrap();
    world.sql(&words).await.unwrap();
    for ((unconfirmed, search), few) in asked.into_iter().zip(few) {
        let (rows, many) = steps(unconfirmed, search).await;
        let found = match search {
            "nobody" => 0,
            "" | "organisation" => PAGE_ROWS,
            _ => 1,
        };
        assert_eq!(rows, found, "{search}");
        assert!(many <= few + 20_000, "{search}: {many} steps, {few} before");
    }

    // Two words that many have, and only the last of the list both: each page looks at some, and the next one goes on.
    let other = format!(
        "{many} INSERT INTO list_words (list, word, id)
         SELECT 'partners', 'other', CASE WHEN n = 1 THEN {id} ELSE {id} || 'x' END FROM n"
    );
    world.sql(&other).await.unwrap();
    let filter = OrganisationFilter { search: "organisation other".into(), ..OrganisationFilter::default() };
    let mut cursors: Vec<Option<String>> = vec![None];
    let last = loop {
        let before = world.store.steps_read();
        let page = world.store.organisations(&viewer, &filter, cursors.last().unwrap().as_deref()).await.unwrap();
        let steps = world.store.steps_read() - before;
        assert!(steps <= 200_000, "{steps} steps for a page that looks at its share");
        if page.further.is_none() {
            break page;
        }
        assert!(page.rows.is_empty(), "{page:?}");
        cursors.push(page.next);
    };
    assert_eq!((last.rows.len(), last.next, cursors.len()), (1, None, 10));
    let mut back = last.previous;
    for _ in &cursors {
        let page = world.store.organisations(&viewer, &filter, back.as_deref()).await.unwrap();
        assert!(page.rows.is_empty() && page.next.is_some(), "{page:?}");
        back = page.previous;
    }
    assert_eq!(back, None, "as many pages back as there were");

    let before = world.store.steps_read();
    let backlog = world.store.backlog(&viewer, world.now()).await.unwrap();
    assert_eq!(backlog.unconfirmed.count, MOST_COUNTED + 1);
    let counted = world.store.steps_read() - before;
    assert!(counted <= 40_000, "{counted} steps for the figures");
}

/// With the environments in their order, as the configuration has them: each asks about the one before and the one after.
async fn what_a_registration_costs_does_not_grow(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let admin = world.staff("admin", StaffRole::Admin).await;
    let viewer = person(&world, &admin).await;
    let id = world.start(&ash.owner, &ash, "integration", draft("Ash", KEY_A)).await.unwrap();
    world.submitted(&birch, "sandpit", draft("Birch", KEY_B)).await;
    let store = Store::connect(&world.url, 4, Arc::new(EnvironmentPolicy::nhs_login())).await.unwrap();
    let steps = async || {
        let before = store.steps_read();
        store.registration(&viewer, id).await.unwrap();
        store.backlog(&viewer, world.now()).await.unwrap();
        store.steps_read() - before
    };
    let few = steps().await;
    let columns = match world.directory.is_some() {
        true => "SELECT name FROM pragma_table_info('registrations')",
        false => "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_name = 'registrations'",
    };
    let columns = world.texts(columns).await;
    let number = "substr(CAST(1000000000000 + n AS TEXT), 2)";
    let filled = columns.iter().map(|column| match column.as_str() {
        "id" | "place" => format!("'01900000-0000-7000-8000-' || {number}"),
        "client_id" => "NULL".to_owned(),
        column => format!("g.{column}"),
    });
    let filled: Vec<String> = filled.collect();
    let fill = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
         INSERT INTO registrations ({}) SELECT {} FROM n, registrations g WHERE g.service_id = '{}'",
        columns.join(", "),
        filled.join(", "),
        birch.service
    );
    world.sql(&fill).await.unwrap();
    let many = steps().await;
    assert!(many <= few + 20_000, "{many} steps, {few} before");
}

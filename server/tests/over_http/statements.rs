//! What each page asks of the database: so many statements for each kind of page, said in `statements.txt`, and no more.

use crate::support::{Person, Team, World, clock, crawl};
use std::{collections::BTreeMap, fmt::Write, path::PathBuf};
use time::Duration;

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

/// A client in each state that has pages of its own, and people of each part.
pub(crate) async fn peopled(world: &World) -> (Team, Team, Person) {
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut published = Team::assemble(world, "alder").await;
    published.fill_in(&[]).await;
    published.submit().await.leads_to("/registrations/");
    world.work().await;
    let mut suspended = Team::assemble(world, "birch").await;
    suspended.fill_in(&[]).await;
    suspended.submit().await.leads_to("/registrations/");
    world.work().await;
    let review = format!("/admin/reviews/{}", suspended.registration);
    admin.fill(&format!("{review}/suspend"), "/api/suspend", &[("reason", "The key leaked.")]).await.leads_to(&review);
    world.work().await;
    let mut waiting = Team::assemble(world, "cedar").await;
    waiting.fill_in(PROFILE).await;
    waiting.submit().await.leads_to("/registrations/");
    (published, waiting, admin)
}

/// The most statements of a page of each kind, for whoever reads it.
async fn asked(world: &World, who: &str, person: &mut Person, starts: &[&str], found: &mut BTreeMap<String, u64>) {
    for page in crawl::pages(person, starts).await {
        clock::pass(Duration::seconds(2));
        let before = world.store.statements_read();
        person.get(&page.address).await;
        let most = found.entry(format!("{who:9} {}", crawl::kind_of(&page.address))).or_default();
        *most = (*most).max(world.store.statements_read() - before);
        // Once more, as the first page in a minute notes that somebody was there, and lets go before.
        let taken = world.store.connections_taken();
        person.get(&page.address).await;
        let taken = world.store.connections_taken() - taken;
        // Who asks and all that is on the page is read in one transaction. A file is read page by page, after it waited for
        // its turn, as a search is.
        let parts = 1 + u64::from(page.address.contains('?')) + 3 * u64::from(page.address.contains(".csv"));
        assert!(taken <= parts, "{} took a connection {taken} times", page.address);
    }
}

#[tokio::test]
async fn each_page_asks_the_database_no_more_than_is_said() {
    let world = World::new().await;
    let (mut team, mut waiting, mut admin) = peopled(&world).await;
    let mut found = BTreeMap::new();
    asked(&world, "visitor", &mut world.visitor(), &["/", "/guidance", "/tools", "/sign-in", "/sign-up"], &mut found)
        .await;
    asked(&world, "owner", &mut team.owner, &["/home"], &mut found).await;
    asked(&world, "applicant", &mut waiting.owner, &["/home"], &mut found).await;
    asked(&world, "viewer", &mut team.viewer, &["/home"], &mut found).await;
    asked(&world, "admin", &mut admin, &["/home"], &mut found).await;
    let text = found.into_iter().fold(String::new(), |mut text, (page, count)| {
        writeln!(text, "{count:2} {page}").unwrap();
        text
    });
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/over_http/statements.txt");
    if std::env::var("UPDATE_SNAPSHOTS").is_ok() {
        std::fs::write(&file, &text).unwrap();
    }
    let said = std::fs::read_to_string(&file).unwrap_or_default();
    let differs: Vec<&str> = text.lines().filter(|line| !said.lines().any(|said| said == *line)).collect();
    assert!(differs.is_empty(), "{} says otherwise; fewer are to be said too: {differs:#?}", file.display());
}

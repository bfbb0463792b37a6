//! What is wanted is never shown as what is: every page, list, file and mail that names a client, while its client store
//! cannot be reached and after. And threat 21: the provider's words reach staff alone.

use std::sync::Arc;

use server::client_store::{ClientStore, ClientStoreError};
use server::worker::Step;
use time::Duration;

use crate::support::{Answer, Person, Team, World, clock, crawl, html, shut};

/// What a driver says of itself, with the names of a user and a host.
const CANARY: &str = "password authentication failed for user \"quixvarn\" at brelgost.internal";
/// Everything is read again and again here.
const MUCH_IS_READ: &str =
    "[limits]\npages_a_minute = 100000\nsearches_a_minute = 100000\ndownloads_an_hour = 100000\n";
const CANARIES: [&str; 2] = ["quixvarn", "brelgost"];

fn open(world: &mut World, client_store: Arc<dyn ClientStore>) {
    world.worker.client_stores.insert("sandpit".into(), client_store);
}

/// Everything that a person can read of a registration: pages by links, and files.
async fn readable(person: &mut Person, registration: &str, files: &[&str]) -> Vec<Answer> {
    let (page, history) = (format!("/registrations/{registration}"), format!("/history?registration={registration}"));
    let mut found = crawl::pages(person, &["/home", &page, &history]).await;
    for file in files {
        found.push(person.open(file).await);
    }
    // Guidance says in general what suspending is; it names no client.
    found.retain(|answer| answer.status == 200 && !answer.address.starts_with("/guidance"));
    found
}

const OF_PARTNERS: [&str; 1] = ["/history.csv"];
const OF_STAFF: [&str; 4] = ["/history.csv", "/admin/clients.csv", "/admin/publications.csv", "/admin/queue.csv"];

/// The status tags on these pages.
fn tags(pages: &[Answer]) -> Vec<String> {
    let of = |page: &Answer| -> Vec<String> {
        html::select(&page.page(), ".nhsuk-tag").into_iter().map(html::text_of).collect()
    };
    pages.iter().flat_map(of).collect()
}

/// What is asked for, and how it reads before and after the provider confirmed it.
struct Change {
    tag_before: &'static str,
    tag_after: &'static str,
    /// What is true until the provider confirmed it.
    before: &'static str,
    /// What is true once it did.
    after: &'static [&'static str],
    subject: &'static str,
}

const PUBLISHED: Change = Change {
    tag_before: "Pending",
    tag_after: "Published",
    before: "so do not expect that people can sign in with it",
    after: &["People can sign in with", "published at the provider", "confirmed what was published"],
    subject: "Your registration is published",
};
const SUSPENDED: Change = Change {
    tag_before: "Being suspended",
    tag_after: "Suspended",
    before: "People can still sign in with",
    after: &["Nobody can sign in with", "confirmed that the client is suspended", "Suspension confirmed"],
    subject: "Your client is suspended",
};
const REINSTATED: Change = Change {
    tag_before: "Being reinstated",
    tag_after: "Published",
    before: "People cannot sign in with",
    after: &["People can sign in with", "confirmed that the client is reinstated"],
    subject: "Your client is reinstated",
};
const RETIRED: Change = Change {
    tag_before: "Being retired",
    tag_after: "Retired",
    before: "People can still sign in with",
    after: &["Nobody can sign in with", "confirmed that the client is removed", "Retirement confirmed"],
    subject: "Your client is retired",
};

/// Reads all of it as everybody, and collects what is not as it should be.
async fn judge(
    world: &World,
    people: [&mut Person; 3],
    team: (&str, &str),
    change: &Change,
    is_done: bool,
    wrong: &mut Vec<String>,
) {
    let (registration, owner_address) = team;
    for (person, files) in people.into_iter().zip([&OF_PARTNERS[..], &OF_PARTNERS, &OF_STAFF]) {
        let pages = readable(person, registration, files).await;
        let (here, not_here) = match is_done {
            true => (change.tag_after, change.tag_before),
            false => (change.tag_before, change.tag_after),
        };
        let tags = tags(&pages);
        if !tags.iter().any(|tag| tag == here) || tags.iter().any(|tag| tag == not_here) {
            wrong.push(format!("{}, done: {is_done}: the tags are {tags:?}", person.email));
        }
        let own = pages.iter().filter(|page| page.address.contains(registration));
        let said = if is_done { change.after[0] } else { change.before };
        if !own.into_iter().any(|page| page.text().contains(said)) {
            wrong.push(format!("{}, done: {is_done}: nothing says {said}", person.email));
        }
        let done = change
            .after
            .iter()
            .chain(["Client suspended", "Client retired", "Client reinstated", "few seconds"].iter());
        for words in done.filter(|_| !is_done) {
            wrong.extend(
                pages
                    .iter()
                    .filter(|page| page.text().contains(words))
                    .map(|page| format!("{words} on {}", page.address)),
            );
        }
        if is_done {
            wrong.extend(
                pages
                    .iter()
                    .filter(|page| page.text().contains("the provider has not confirmed that yet"))
                    .map(|page| format!("still on its way on {}", page.address)),
            );
        }
    }
    let told = world.mails_to(owner_address).iter().any(|mail| mail.header("Subject").starts_with(change.subject));
    if told != is_done {
        wrong.push(format!("done: {is_done}, and the mail {}: {told}", change.subject));
    }
}

#[tokio::test]
async fn nothing_is_called_done_before_the_provider_confirmed_it() {
    let mut world = World::with(MUCH_IS_READ).await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let mut wrong = Vec::new();
    for (at, change) in [PUBLISHED, SUSPENDED, REINSTATED, RETIRED].iter().enumerate() {
        let reviews = format!("/admin/reviews/{}", team.registration);
        let client_store = shut(&mut world, "sandpit", ClientStoreError::Unavailable("database is locked".into()));
        match at {
            0 => team.submit().await,
            1 => admin.fill(&format!("{reviews}/suspend"), "/api/suspend", &[("reason", "The key leaked.")]).await,
            2 => {
                let code = admin.code();
                let settled = [("reason", "The key was replaced."), ("proof", code.as_str())];
                admin.fill(&format!("{reviews}/reinstate"), "/api/reinstate", &settled).await
            }
            _ => {
                let page = format!("/registrations/{}/retire", team.registration);
                let password = team.owner.password.clone();
                let proved = [("confirm", "yes"), ("proof", password.as_str())];
                team.owner.fill(&page, "/api/retire", &proved).await
            }
        }
        .expect(303);
        assert!(world.work().await.contains(&Step::PublicationPutOff));
        let (registration, email) = (team.registration.clone(), team.owner.email.clone());
        for is_done in [false, true] {
            if is_done {
                open(&mut world, Arc::clone(&client_store));
                clock::pass(Duration::seconds(5));
                assert!(world.work().await.contains(&Step::Published));
            } else {
                let page = team.viewer.open(&format!("/registrations/{registration}")).await.text();
                assert!(page.contains("1 try has failed. We will try again on 3 March 2026"), "{page}");
            }
            let people = [&mut team.owner, &mut team.viewer, &mut admin];
            judge(&world, people, (&registration, &email), change, is_done, &mut wrong).await;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_words_of_the_provider_reach_staff_alone() {
    let mut world = World::with(MUCH_IS_READ).await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    shut(&mut world, "sandpit", ClientStoreError::Refused(CANARY.into()));
    team.submit().await.leads_to("/registrations/");
    assert!(world.work().await.contains(&Step::PublicationPutOff));
    let registration = team.registration.clone();

    let reviewed = admin.open(&format!("/admin/reviews/{registration}")).await;
    assert!(reviewed.text().contains("quixvarn"), "staff read it: {}", reviewed.text());
    for page in ["/admin/publications", "/admin/publications.csv", "/history", "/history.csv"] {
        assert!(admin.open(page).await.body.contains("quixvarn"), "staff read it on {page}");
    }
    let reference = domain::standing::failure_reference(registration.parse().unwrap(), 1);
    assert!(reviewed.text().contains(&reference));

    let mut found = Vec::new();
    for person in [&mut team.owner, &mut team.developer, &mut team.viewer] {
        let pages = readable(person, &registration, &OF_PARTNERS).await;
        assert!(pages.len() > 15, "the crawl went somewhere");
        for page in &pages {
            found.extend(CANARIES.iter().filter(|word| page.body.contains(**word)).map(|_| page.address.clone()));
        }
        let own = pages.iter().find(|page| page.address == format!("/registrations/{registration}")).unwrap();
        assert!(own.text().contains("give this reference") && own.text().contains(&reference), "{}", own.text());
        let entry = pages.iter().find(|page| page.text().contains("Only NHS login staff can read this text.")).unwrap();
        assert!(entry.text().contains(&reference) && entry.text().contains("/message"), "{}", entry.text());
        for word in CANARIES {
            let searched = person.open(&format!("/history?search={word}")).await;
            assert!(searched.text().contains("No entries match"), "it can be guessed: {}", searched.text());
        }
    }
    for mail in world.mails() {
        found.extend(
            CANARIES.iter().filter(|word| mail.text.contains(**word)).map(|_| mail.header("Subject").to_owned()),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}

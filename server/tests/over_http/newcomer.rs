//! What a newcomer reads on a partner's pages is true, and leads on: whose words are a request, where a draft comes from,
//! what the provider was not told, what was typed and what was not.

use server::client_store::ClientStoreError;
use server::http::assets::Site;
use server::worker::Step;
use time::Duration;
use usecases::{Portal, PortalParts};

use crate::support::{Answer, Person, Team, World, clock, html, shut, stage};
use crate::truth::open;

const REVIEWED: &str = "[environment.sandpit]\napprovals = 2\nautomatic = false\n";

async fn text(person: &mut Person, address: &str) -> String {
    person.open(address).await.text()
}

/// The text of what a selector finds.
fn texts(page: &Answer, selector: &str) -> Vec<String> {
    html::select(&page.page(), selector).into_iter().map(html::text_of).collect()
}

/// The row of a section in the task list.
fn task(page: &Answer, title: &str) -> String {
    let rows = texts(page, ".nhsuk-task-list__item");
    rows.into_iter().find(|row| row.starts_with(title)).unwrap_or_else(|| panic!("no task {title}: {}", page.text()))
}

/// The words of whoever approved first are no request for changes, wherever the second requests some.
#[tokio::test]
async fn only_the_decisions_own_words_are_changes_requested() {
    let world = World::with(REVIEWED).await;
    let mut first = world.admin("first@nhs.example.com").await;
    let mut second = world.admin("second@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    let review = format!("/admin/reviews/{}", team.registration);
    let code = first.code();
    let approved = [("proof", code.as_str()), ("comment", "The board approved it.")];
    first.fill(&format!("{review}/approve"), "/api/approve", &approved).await.leads_to("/admin/");
    let asked = [("sections[redirect-uris]", "Which host is this?")];
    second.fill(&format!("{review}/request-changes"), "/api/request-changes", &asked).await.leads_to("/admin/");

    let page = format!("/registrations/{}", team.registration);
    let read = team.owner.open(&page).await;
    let requested = texts(&read, ".nhsuk-card--warning").join(" ");
    assert!(requested.contains("Which host is this?") && !requested.contains("board"), "{requested}");
    assert!(task(&read, "Redirect URIs").contains("Changes requested"), "{}", task(&read, "Redirect URIs"));
    assert!(task(&read, "Client name").contains("Completed"), "{}", task(&read, "Client name"));

    let revision = text(&mut team.viewer, &format!("{page}/revisions/1")).await;
    let (before, after) = revision.split_once("Comments with an approval").expect("told apart");
    assert!(before.contains("Which host is this?") && after.contains("The board approved it."), "{revision}");

    clock::pass(Duration::minutes(1));
    let moved = format!("{}/elsewhere", team.host);
    let uris = [("redirect_uris[0]", moved.as_str())];
    team.owner.fill(&format!("{page}/redirect-uris"), "/api/save-redirect-uris", &uris).await.leads_to(&page);
    let read = team.owner.open(&page).await;
    assert!(task(&read, "Redirect URIs").contains("Completed"), "{}", task(&read, "Redirect URIs"));

    team.submit().await.leads_to(&page);
    let sent_back = texts(&second.open(&review).await, "#sent-back").join(" ");
    assert!(sent_back.contains("Which host is this?") && !sent_back.contains("board"), "{sent_back}");
}

/// Started again after it was retired, a draft holds what the retired registration held, and says so; and what is saved
/// unchanged is checked.
#[tokio::test]
async fn a_copy_of_a_retired_registration_says_so_until_it_is_checked() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let password = team.owner.password.clone();
    let proved = [("confirm", "yes"), ("proof", password.as_str())];
    let page = format!("/registrations/{}/retire", team.registration);
    team.owner.fill(&page, "/api/retire", &proved).await.leads_to("/registrations/");
    world.work().await;

    let again = stage::start(&mut team.owner, &team.service, "sandpit").await;
    let page = format!("/registrations/{again}");
    let read = team.owner.open(&page).await;
    for section in ["Client name", "Redirect URIs", "Scopes and why", "Vectors of trust"] {
        let row = task(&read, section);
        assert!(row.contains("Copied from the retired registration") && row.contains("Not checked yet"), "{row}");
    }
    let saved = team.owner.fill(&format!("{page}/vectors"), "/api/save-vectors", &[("nhs_vtr[]", "P9.Cp.Cd")]).await;
    let read = team.owner.follow(saved).await;
    assert!(task(&read, "Vectors of trust").contains("Completed"), "{}", task(&read, "Vectors of trust"));
    assert!(task(&read, "Redirect URIs").contains("Not checked yet"));
    let entries = world.history_length().await;
    team.owner.fill(&format!("{page}/vectors"), "/api/save-vectors", &[("nhs_vtr[]", "P9.Cp.Cd")]).await.expect(303);
    assert_eq!(world.history_length().await, entries, "once is enough");
    let history = text(&mut team.viewer, &format!("{page}/history")).await;
    assert!(history.contains("as a copy of an earlier registration."), "{history}");
}

/// What could not be published is nowhere on its way: pages, lists, files and mails say the same at the same moment.
#[tokio::test]
async fn what_failed_is_not_called_on_its_way_anywhere() {
    let mut world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let client_store = shut(&mut world, "sandpit", ClientStoreError::Refused("no".into()));
    team.submit().await.leads_to("/registrations/");
    for _ in 0..2 {
        assert!(world.work().await.contains(&Step::PublicationPutOff));
        clock::pass(Duration::hours(1));
    }
    // Sessions end in less time than publications are tried again.
    team.owner.sign_in().await;
    admin.sign_in().await;
    let said = "We have not been able to publish it since";
    let page = format!("/registrations/{}", team.registration);
    let review = format!("/admin/reviews/{}", team.registration);
    for address in [&page, &format!("/services/{}", team.service), &"/home".to_owned()] {
        let read = team.owner.open(address).await;
        let tags = texts(&read, ".nhsuk-tag");
        assert!(tags.contains(&"Publishing failed".to_owned()) && !tags.contains(&"Pending".to_owned()), "{tags:?}");
        assert!(!read.text().contains("on its way") && !read.text().contains("Being published"), "{}", read.text());
    }
    for address in [review.as_str(), "/admin/clients", "/admin/publications", "/admin/clients?state=failed"] {
        let read = admin.open(address).await;
        let tags = texts(&read, ".nhsuk-tag");
        assert!(read.text().contains(said) && !read.text().contains("is on its way"), "{address}: {}", read.text());
        assert!(tags.contains(&"Publishing failed".to_owned()) && !tags.contains(&"Pending".to_owned()), "{tags:?}");
    }
    for file in ["/admin/clients.csv", "/admin/publications.csv"] {
        let body = admin.open(file).await.body;
        assert!(body.contains(said) && !body.contains("on its way"), "{file}: {body}");
    }
    assert!(admin.open("/admin/clients.csv").await.body.contains("\"Publishing failed\""));
    let mail = world.mails_to(&admin.email).pop().unwrap();
    assert!(mail.text.contains("We have not been able to publish it"), "{}", mail.text);
    let read = text(&mut team.owner, &page).await;
    assert!(read.contains(said) && !read.contains("keeps working"), "nothing was ever published: {read}");

    open(&mut world, client_store);
    clock::pass(Duration::hours(2));
    world.work().await;
    team.owner.sign_in().await;
    assert!(text(&mut team.owner, &page).await.contains("What is published keeps working"));
}

/// A suspended partner reads how to answer, and that the client comes back on only once it is off.
#[tokio::test]
async fn whoever_is_suspended_reads_how_to_answer() {
    let mut world = World::new().await;
    let contact = "onboarding@nhs.example.com".into();
    world.portal = Portal::from(PortalParts { contact, ..PortalParts::clone(&world.portal) });
    world.router = server::serve::router_around(&world.config, world.portal.clone(), &Site::default());
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let reviews = format!("/admin/reviews/{}", team.registration);
    let page = format!("/registrations/{}", team.registration);
    admin.fill(&format!("{reviews}/suspend"), "/api/suspend", &[("reason", "It leaks.")]).await.leads_to("/admin/");
    let back = "We will turn it back on when this is resolved.";
    let read = team.owner.open(&page).await;
    assert!(!read.text().contains(back), "it is still on: {}", read.text());
    assert!(!html::select(&read.page(), ".nhsuk-card--warning a[href='mailto:onboarding@nhs.example.com']").is_empty());
    world.work().await;
    let read = text(&mut team.owner, &page).await;
    assert!(read.contains(back) && read.contains("To answer this"), "{read}");

    // Approved while it is off, and published when it comes back on: each is told as what it is.
    let name = [("client_name", "Another name")];
    team.owner.fill(&format!("{page}/client-name"), "/api/save-client-name", &name).await.leads_to(&page);
    team.submit().await.leads_to(&page);
    world.work().await;
    let code = admin.code();
    let settled = [("reason", "It leaks no more."), ("proof", code.as_str())];
    admin.fill(&format!("{reviews}/reinstate"), "/api/reinstate", &settled).await.leads_to("/admin/");
    clock::pass(Duration::seconds(5));
    world.work().await;
    let moments = texts(&team.owner.open(&page).await, ".app-timeline").join(" ");
    for moment in ["Suspension confirmed by the provider", "Reinstatement confirmed by the provider"] {
        assert!(moments.contains(moment), "{moment}: {moments}");
    }
    // A confirmation has an action of its own in the file.
    let file = admin.open("/history.csv").await.body;
    for (action, sentence) in [
        ("suspension_confirmed", "The provider confirmed that the client is suspended."),
        ("reinstatement_confirmed", "The provider confirmed that the client is reinstated."),
        ("published", "The provider confirmed what was published."),
    ] {
        assert!(file.contains(&format!("\"{action}\",\"{sentence}\"")), "{action}: {file}");
    }
}

/// Signed out before a button was pressed, nobody is told that what they typed is there when they typed nothing; and the
/// page of signing in says which it is.
#[tokio::test]
async fn signed_out_before_submitting_says_that_nothing_was_submitted() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let check = format!("/registrations/{}/check", team.registration);
    let owner = &mut team.owner;
    let (email, password) = (owner.email.clone(), owner.password.clone());
    let credentials = [("email", email.as_str()), ("password", password.as_str())];

    let shown = owner.open(&check).await;
    let mut here = owner.clone();
    here.post::<&str, &str>("/api/sign-out", &[]).await.leads_to("/sign-in");
    let answer = here.submit(&shown, "/api/submit", &[]).await;
    let sign_in = here.follow(answer).await;
    assert!(sign_in.text().contains("You were signed out, so nothing was submitted."), "{}", sign_in.text());
    let answer = here.submit(&sign_in, "/api/sign-in", &credentials).await.leads_to(&check);
    let back = here.follow(answer).await;
    assert!(back.text().contains("You were signed out, so nothing was submitted."), "{}", back.text());
    assert!(!back.text().contains("What you typed"), "{}", back.text());
    here.submit(&back, "/api/submit", &[]).await.leads_to("/registrations/");

    let name = format!("/registrations/{}/client-name", team.registration);
    let shown = here.open(&name).await;
    here.post::<&str, &str>("/api/sign-out", &[]).await.leads_to("/sign-in");
    let answer = here.submit(&shown, "/api/save-client-name", &[("client_name", "Typed with care")]).await;
    let sign_in = here.follow(answer).await;
    assert!(sign_in.text().contains("What you typed is kept for 10 minutes"), "{}", sign_in.text());
}

/// Of an address that is saved, no browser has said anything; what is to be known of it is said once. And where a step
/// ends is the task list.
#[tokio::test]
async fn what_is_saved_is_not_said_to_have_passed_in_a_browser() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let page = format!("/registrations/{}/redirect-uris", team.registration);
    let shared = [("redirect_uris[0]", "https://oidcdebugger.com/debug")];
    let answer = team.owner.fill(&page, "/api/save-redirect-uris", &shared).await;
    team.owner.follow(answer).await;
    let read = text(&mut team.owner, &page).await;
    assert!(!read.contains("passes the checks in your browser"), "{read}");
    let warned = read.matches("is a tool that many people share").count();
    assert_eq!(warned, 1, "{read}");
}

/// Whoever is published reads which environment comes next, until it is started.
#[tokio::test]
async fn the_published_sandpit_names_the_next_environment() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    let page = format!("/registrations/{}", team.registration);
    let next = "The next environment is integration.";
    assert!(!text(&mut team.owner, &page).await.contains(next));
    world.work().await;
    let read = team.owner.open(&page).await;
    assert!(read.text().contains(next), "{}", read.text());
    assert!(read.body.contains(&format!("href=\"/services/{}\"", team.service)));
    let organisation = format!("/admin/organisations/{}", team.organisation);
    let code = admin.code();
    let proved = [("proof", code.as_str())];
    admin.fill(&format!("{organisation}/confirm"), "/api/confirm-organisation", &proved).await.expect(303);
    stage::start(&mut team.owner, &team.service, "integration").await;
    assert!(!text(&mut team.owner, &page).await.contains(next));
}

//! What is refused is shown again: every form keeps what was typed (never a password), the title says `Error:`, and
//! each sentence of the summary leads to a field that is on the page.

use time::Duration;
use tokio::sync::watch;

use crate::support::{Person, Team, World, clock, crawl, html};

/// Wrong everywhere: no address, no URI, no name, no key.
const TYPED: &str = "not \"right\" <b>&amp;</b> \u{7}at all";

async fn refuse_all(person: &mut Person, starts: &[&str], typed: &str) -> (usize, Vec<String>) {
    let pages = crawl::pages(person, starts).await;
    let (mut refused, mut complaints) = (0, Vec::new());
    for (page, form) in crawl::forms(&pages, &["post"]) {
        if form.text_fields().next().is_none() {
            continue;
        }
        let names: Vec<String> = form.text_fields().map(|field| field.name.clone()).collect();
        let filled: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), typed)).collect();
        let pairs = form.filled(&filled);
        let answer = person.submit_form(&form, &pairs).await;
        clock::pass(Duration::seconds(61));
        let place = format!("{} {}", page.address, form.action);
        if answer.status != 303 {
            complaints.push(format!("{place}: {}", answer.status));
            continue;
        }
        let is_refused = answer.location().contains("refused") || answer.location().contains("with-problems");
        let shown = person.follow(answer).await;
        if !is_refused {
            continue;
        }
        refused += 1;
        // What a tool finds is its answer, not a refusal.
        if !shown.title().starts_with("Error:") && !form.action.starts_with("/api/tools/") {
            complaints.push(format!("{place}: the title is {}", shown.title()));
        }
        complaints.extend(dangling(&shown.body).into_iter().map(|link| format!("{place}: {link} leads nowhere")));
        let Some(again) = html::forms(&shown.page()).into_iter().find(|other| other.action == form.action) else {
            complaints.push(format!("{place}: the form is not shown again on {}", shown.address));
            continue;
        };
        for field in form.text_fields() {
            let value = again.value(&field.name).unwrap_or_default();
            let secret = field.kind == "password" || matches!(field.name.as_str(), "code" | "assertion");
            match secret {
                true if !value.is_empty() => complaints.push(format!("{place}: {} is shown again", field.name)),
                false if value.trim() != typed.trim() => {
                    complaints.push(format!("{place}: {} is {value:?}", field.name));
                }
                _ => {}
            }
        }
    }
    (refused, complaints)
}

/// Links of the summary whose target is not on the page.
fn dangling(body: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(body);
    let links = html::select(&page, ".nhsuk-error-summary a[href^='#']");
    let targets = links.iter().filter_map(|link| link.value().attr("href"));
    let ids: Vec<&str> = html::select(&page, "[id]").iter().filter_map(|node| node.value().attr("id")).collect();
    targets.filter(|target| !ids.contains(&&target[1..])).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_refused_is_shown_again_with_links_to_its_fields() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    let registration = team.registration.clone();
    let mut waiting = Team::assemble(&world, "birch").await;
    waiting.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    waiting.submit().await.leads_to("/registrations/");

    let mut visitor = world.visitor();
    let starts = ["/sign-up", "/sign-in", "/forgotten-password"];
    let mut complaints = Vec::new();
    for (typed, least) in [(TYPED, 3), ("", 3)] {
        let (refused, more) = refuse_all(&mut visitor, &starts, typed).await;
        assert!(refused >= least, "{refused} forms of visitors with {typed:?}");
        complaints.extend(more);
    }
    let home = format!("/registrations/{registration}");
    let possession = format!("{home}/possession");
    team.owner.sign_in().await;
    team.owner.fill(&possession, "/api/ask-nonce", &[]).await.expect(303);
    let service = format!("/services/{}/edit", team.service);
    for (typed, least) in [("", 3), (TYPED, 6)] {
        let starts = ["/home", &home, &possession, &service, "/organisations/new"];
        let (refused, more) = refuse_all(&mut team.owner, &starts, typed).await;
        assert!(refused >= least, "{refused} forms of partners with {typed:?}");
        complaints.extend(more);
    }
    admin.sign_in().await;
    let review = format!("/admin/reviews/{}", waiting.registration);
    let pages = ["/approve", "/reject", "/request-changes"].map(|form| format!("{review}{form}"));
    let starts: Vec<&str> = pages.iter().map(String::as_str).collect();
    let long = "x".repeat(3_000);
    for (typed, least) in [("", 3), (long.as_str(), 3)] {
        let (refused, more) = refuse_all(&mut admin, &starts, typed).await;
        assert!(refused >= least, "{refused} forms of admins");
        complaints.extend(more);
    }
    assert!(complaints.is_empty(), "{} of them:\n{}", complaints.len(), complaints.join("\n"));
}

async fn kept(world: &World) -> i64 {
    world.count("SELECT COUNT(*) AS n FROM refused_forms").await
}

/// Threats 15 and 16: anybody can have a form refused, and nobody can fill the disk with them.
#[tokio::test]
async fn refused_forms_are_bounded_in_number_size_and_time() {
    let world = World::new().await;
    let mut flooder = world.visitor();
    let typed = [("name", "Nemo"), ("email", "no address"), ("password", "")];
    for _ in 0..130 {
        flooder.post("/api/sign-up", &typed).await.leads_to("/sign-up?refused");
    }
    assert_eq!(kept(&world).await, 120);
    // The page says so, and shows nothing older in its place.
    let answer = flooder.post("/api/sign-up", &typed).await;
    let page = flooder.follow(answer).await;
    assert!(page.title().starts_with("Error:") && page.text().contains("not kept here any more"), "{}", page.text());
    let mut other = world.visitor();
    other.peer = ([198, 51, 100, 7], 1).into();
    let answer = other.post("/api/sign-up", &typed).await;
    assert_eq!(other.follow(answer).await.form("/api/sign-up").value("name"), Some("Nemo"));

    let long = "x".repeat(100 * 1024);
    let answer = other.post("/api/sign-up", &[("name", long.as_str()), ("email", ""), ("password", "")]).await;
    assert!(other.follow(answer).await.text().contains("too long to be shown again"));
    let largest = world.count("SELECT MAX(LENGTH(form_values) + LENGTH(problems)) AS n FROM refused_forms").await;
    assert!(largest < 2_000, "{largest}");

    // Whatever else the worker has to do, what ran out is gone within a minute.
    let (stop, stopped) = watch::channel(false);
    let work = async {
        tokio::task::yield_now().await;
        clock::pass(Duration::minutes(11));
        for _ in 0..100 {
            if kept(&world).await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        stop.send(true).unwrap();
    };
    tokio::join!(world.worker.run(stopped), work);
    assert_eq!(kept(&world).await, 0);
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_the_session() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut stranger = world.partner("Eve", "eve@birch.example.com").await;
    let address = format!("/services/{}/edit", team.service);
    let owner = &mut team.owner;
    owner.sign_in().await;
    let page = owner.open(&address).await;
    clock::pass(Duration::minutes(40));
    let typed = [("description", "A long description, typed with care."), ("name", "")];
    let answer = owner.submit(&page, "/api/change-service", &typed).await;
    let location = answer.leads_to("/sign-in?next=").location().to_owned();

    // Somebody else at the same browser sees none of it.
    let mut borrowed = owner.clone();
    (borrowed.email, borrowed.password) = (stranger.email.clone(), stranger.password.clone());
    stranger.jar.clear();
    borrowed.sign_in().await;
    let back = borrowed.get(&format!("{address}?refused")).await;
    assert!(!back.body.contains("typed with care"), "{}", back.text());

    // A mistyped password on the way loses nothing.
    let (email, password) = (owner.email.clone(), owner.password.clone());
    let wrong = owner.fill(&location, "/api/sign-in", &[("email", &email), ("password", "not this one")]).await;
    let page = owner.follow(wrong).await;
    let filled = [("email", email.as_str()), ("password", password.as_str())];
    let answer = owner.submit(&page, "/api/sign-in", &filled).await.leads_to(&address);
    let back = owner.follow(answer).await;
    assert!(back.text().contains("You were signed out. What you typed is still here: check it and save."));
    let form = back.form("/api/change-service");
    assert_eq!(form.value("description"), Some("A long description, typed with care."));

    // A password that was typed is kept nowhere.
    let page = owner.open("/account/password").await;
    clock::pass(Duration::minutes(40));
    let before = kept(&world).await;
    let typed = [("current", password.as_str()), ("password", "violet harbour candle")];
    owner.submit(&page, "/api/change-password", &typed).await.leads_to("/sign-in?next=/account/password");
    assert_eq!(kept(&world).await, before);
}

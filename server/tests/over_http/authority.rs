//! Threats 3 and 20 over HTTP: votes of people who lost their authority, two people who reinstate, what an old session or a
//! missing second factor may not do; and the ways on from a locked owner and from a retired client.

use crate::support::{Answer, Person, Team, World, world::enrol};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];
const TWO: &str = "[environment.sandpit]\napprovals = 2\nautomatic = false\n";
const FACTOR: &str = "[environment.sandpit]\nsecond_factor_to_submit = true\n";

async fn submitted(world: &World) -> Team {
    let mut team = Team::assemble(world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    team
}

async fn published(world: &World) -> i64 {
    world.count("SELECT COUNT(*) AS n FROM history WHERE event_type = 'published'").await
}

fn review(team: &Team) -> String {
    format!("/admin/reviews/{}", team.registration)
}

/// Sends the form of a decision with a proof where it is asked for.
async fn decide(admin: &mut Person, team: &Team, form: &str, words: &[(&str, &str)]) -> Answer {
    let page = admin.open(&format!("{}/{form}", review(team))).await;
    let code = if page.body.contains("name=\"proof\"") { admin.code() } else { String::new() };
    let mut filled = words.to_vec();
    if !code.is_empty() {
        filled.push(("proof", &code));
    }
    let action = if form == "retire" { "/api/retire-client".to_owned() } else { format!("/api/{form}") };
    admin.submit(&page, &action, &filled).await.leads_to(&review(team))
}

async fn lock(world: &World, by: &mut Person, email: &str) {
    let page = by.open(&format!("/admin/people/{}/disable", world.account(email).await)).await;
    let code = if page.body.contains("name=\"proof\"") { by.code() } else { String::new() };
    let filled: Vec<(&str, &str)> = if code.is_empty() { vec![] } else { vec![("proof", &code)] };
    by.submit(&page, "/api/change-account", &filled).await.leads_to("/admin/people/");
}

const LAPSED_IN_QUEUE: &str = "no longer counts: the account is locked.";

/// In the queue and in its file.
async fn told_everywhere(admin: &mut Person, words: &str) {
    for page in ["/admin/queue", "/admin/queue.csv"] {
        let answer = admin.open(page).await;
        let read = if page.ends_with("csv") { answer.body.clone() } else { answer.text() };
        assert!(read.contains(words), "{page}: {words}: {read}");
    }
}

const LAPSED: &str = "no longer counts: the account is locked. Another admin can replace it.";

#[tokio::test]
async fn an_approval_of_somebody_who_is_locked_does_not_count() {
    let world = World::with(TWO).await;
    let mut first = world.admin("first@nhs.example.com").await;
    let mut second = world.admin("second@nhs.example.com").await;
    let mut third = world.admin("third@nhs.example.com").await;
    let mut team = submitted(&world).await;
    decide(&mut first, &team, "approve", &[]).await;
    let page = format!("/registrations/{}", team.registration);
    assert!(team.viewer.open(&page).await.text().contains("1 of 2 approvals"));
    lock(&world, &mut third, "first@nhs.example.com").await;
    let read = second.open(&review(&team)).await.text();
    assert!(read.contains(LAPSED) && read.contains("Needs 2 approvals"), "{read}");
    assert!(
        !team.viewer.open(&page).await.text().contains("1 of 2 approvals"),
        "nor does the partner read that it counts"
    );
    let queue = second.open("/admin/queue").await.text();
    assert!(queue.contains("Needs 2 approvals"), "{queue}");
    let answer = decide(&mut second, &team, "approve", &[]).await;
    assert!(answer.location().contains("done=approved-first"), "{}", answer.location());
    world.work().await;
    assert_eq!(published(&world).await, 0);
    decide(&mut third, &team, "approve", &[]).await;
    world.work().await;
    assert_eq!(published(&world).await, 1);
}

#[tokio::test]
async fn what_was_approved_is_withheld_when_an_approver_is_locked_before_it_is_published() {
    let world = World::with(TWO).await;
    let mut first = world.admin("first@nhs.example.com").await;
    let mut second = world.admin("second@nhs.example.com").await;
    let mut third = world.admin("third@nhs.example.com").await;
    let team = submitted(&world).await;
    decide(&mut first, &team, "approve", &[]).await;
    decide(&mut second, &team, "approve", &[]).await;
    lock(&world, &mut third, "first@nhs.example.com").await;
    world.work().await;
    assert_eq!(published(&world).await, 0);
    let read = third.open(&review(&team)).await.text();
    for words in [LAPSED, "too few approvals count now", "Another admin must approve the revision on its review page."]
    {
        assert!(read.contains(words), "{words}: {read}");
    }
    for words in ["Another approval", "Revision 1 is approved, but we are not publishing it.", LAPSED_IN_QUEUE] {
        told_everywhere(&mut third, words).await;
    }
    assert!(third.open("/home").await.text().contains("1 client withheld because an admin behind it no longer counts"));
    second.get(&format!("{}/approve", review(&team))).await.leads_to("/admin/reviews/");
    decide(&mut third, &team, "approve", &[]).await;
    world.work().await;
    assert_eq!(published(&world).await, 1);
    // What is live stays as it is.
    let mut fourth = world.admin("fourth@nhs.example.com").await;
    lock(&world, &mut fourth, "second@nhs.example.com").await;
    decide(&mut fourth, &team, "republish", &[]).await;
    world.work().await;
    assert_eq!(published(&world).await, 2);
    assert!(!fourth.open(&review(&team)).await.text().contains(LAPSED));
}

#[tokio::test]
async fn two_admins_reinstate_with_a_reason_and_one_suspends_at_once() {
    let world = World::with(TWO).await;
    let mut first = world.admin("first@nhs.example.com").await;
    let mut second = world.admin("second@nhs.example.com").await;
    let mut team = submitted(&world).await;
    decide(&mut first, &team, "approve", &[]).await;
    decide(&mut second, &team, "approve", &[]).await;
    world.work().await;
    clock_on();
    let page = first.open(&format!("{}/suspend", review(&team))).await;
    assert!(!page.body.contains("name=\"proof\""), "at once");
    first.submit(&page, "/api/suspend", &[("reason", "A complaint.")]).await.leads_to(&review(&team));
    let answer = decide(&mut first, &team, "reinstate", &[("reason", "It is settled.")]).await;
    assert!(answer.location().contains("done=reinstatement-proposed"), "{}", answer.location());
    world.work().await;
    let page = format!("/registrations/{}", team.registration);
    assert!(team.viewer.open(&page).await.text().contains("Suspended"), "nothing changes yet");
    first.get(&format!("{}/confirm-reinstatement", review(&team))).await.expect(403);
    for words in ["Confirmation of a reinstatement", "proposed to reinstate the client: “It is settled.”"] {
        told_everywhere(&mut second, words).await;
    }
    assert!(
        second.open("/home").await.text().contains("1 proposal to reinstate a client, for another admin to confirm")
    );
    let other = second.open("/admin/queue?environment=live").await;
    assert!(!other.text().contains("It is settled."), "of another environment");
    let read = second.open(&review(&team)).await.text();
    assert!(
        read.contains("An admin has proposed to reinstate this client") && read.contains("It is settled."),
        "{read}"
    );
    let answer = decide(&mut second, &team, "confirm-reinstatement", &[]).await;
    assert!(answer.location().contains("done=reinstated"), "{}", answer.location());
    world.work().await;
    let read = team.viewer.open(&page).await.text();
    assert!(read.contains("People can sign in with your client.") && read.contains("It is settled."), "{read}");
    // Pressed again, or by somebody who is late.
    let confirm = format!("{}/confirm-reinstatement", review(&team));
    second.get(&confirm).await.leads_to(&format!("{}?done=reinstated-already", review(&team)));
    first.get(&confirm).await.expect(409);
    // The entry that decided says whose proposal it confirmed, and why; partners read of no name.
    let entry = |page: &str| {
        let link = page.split("href=\"/history/").nth(1).and_then(|rest| rest.split('"').next());
        format!("/history/{}", link.unwrap_or_default())
    };
    let found = format!("/history?registration={}&action=reinstated", team.registration);
    let entry = entry(&first.open(&found).await.body);
    let read = first.open(&entry).await.text();
    let decided = "Confirmed the proposal of Stella Staff";
    assert!(read.contains(decided) && read.contains("It is settled.") && read.contains("\"proposed\""), "{read}");
    let read = team.owner.open(&entry).await.text();
    assert!(
        read.contains("Confirmed the proposal of another admin to reinstate") && !read.contains("Stella"),
        "{read}"
    );
}

/// So much later that every proof has run out, and no session.
fn clock_on() {
    crate::support::clock::pass(time::Duration::minutes(6));
}

#[tokio::test]
async fn an_environment_may_ask_for_a_second_factor_of_whoever_submits_or_retires() {
    let world = World::with(FACTOR).await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let registration = format!("/registrations/{}", team.registration);
    let check = team.owner.open(&format!("{registration}/check")).await;
    assert!(!check.body.contains("action=\"/api/submit?"), "a submission that would be refused");
    assert!(
        check.text().contains("you need a second factor") && check.body.contains("href=\"/account/second-factor\"")
    );
    let version = world.count("SELECT MAX(version) AS n FROM registrations").await.to_string();
    let forged = [("registration", team.registration.as_str()), ("version", version.as_str())];
    let answer = team.owner.post("/api/submit", &forged).await;
    let read = team.owner.follow(answer).await.text();
    assert!(read.contains("You need a second factor to submit or retire"), "{read}");
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM revisions").await, 0);
    let retire = team.owner.open(&format!("{registration}/retire")).await;
    assert!(!retire.body.contains("action=\"/api/retire?") && retire.body.contains("href=\"/account/second-factor\""));
    enrol(&mut team.owner).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    assert_eq!(published(&world).await, 1);
    let code = team.owner.code();
    let words = [("confirm", "yes"), ("proof", code.as_str())];
    let retire = team.owner.fill(&format!("{registration}/retire"), "/api/retire", &words).await;
    assert!(retire.location().contains("done=retired"), "{}", retire.location());
}

#[tokio::test]
async fn after_a_retired_sandpit_a_service_starts_again() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let retire = format!("/registrations/{}/retire", team.registration);
    let password = team.owner.password.clone();
    let words = [("confirm", "yes"), ("proof", password.as_str())];
    team.owner.fill(&retire, "/api/retire", &words).await.leads_to("/registrations/");
    world.work().await;
    let home = team.owner.open("/home").await.text();
    assert!(home.contains("Start sandpit again"), "{home}");
    let service = format!("/services/{}", team.service);
    let page = team.owner.open(&service).await;
    assert!(page.text().contains("gets another client_id"), "{}", page.text());
    let viewer = team.viewer.open(&service).await;
    assert!(!viewer.body.contains("action=\"/api/start-registration?"), "{}", viewer.text());
    let answer = team.owner.submit(&page, "/api/start-registration", &[]).await.leads_to("/registrations/");
    let again = crate::support::stage::part(answer.location(), 2);
    assert_ne!(again, team.registration);
    let name = team.owner.open(&format!("/registrations/{again}/client-name")).await;
    let typed = name.form("/api/save-client-name").value("client_name").unwrap_or_default().to_owned();
    assert_eq!(typed, format!("Service {}", &team.registration[30..]), "nothing typed is lost");
    let key = team.owner.open(&format!("/registrations/{again}/public-key")).await;
    assert!(!key.body.contains("BEGIN PUBLIC KEY"), "a new client has a key of its own");
    // It has taken the place: the next environment is reached through it.
    std::mem::drop(std::mem::replace(&mut team.registration, again));
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let home = team.owner.open("/home").await.text();
    assert!(!home.contains("Start sandpit"), "{home}");
    assert_eq!(world.count("SELECT COUNT(DISTINCT client_id) AS n FROM registrations").await, 2);
}

#[tokio::test]
async fn locking_an_only_owner_warns_and_the_organisation_is_listed() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let _team = Team::assemble(&world, "alder").await;
    let without = "/admin/organisations?state=without-owner";
    assert!(admin.open(without).await.text().contains("No organisation matches"));
    let lock_page = format!("/admin/people/{}/disable", world.account("owner@alder.example.com").await);
    let warned = admin.open(&lock_page).await.text();
    assert!(warned.contains("No other owner of alder health can sign in."), "{warned}");
    let viewer = format!("/admin/people/{}/disable", world.account("viewer@alder.example.com").await);
    assert!(!admin.open(&viewer).await.text().contains("only owner"));
    lock(&world, &mut admin, "owner@alder.example.com").await;
    let listed = admin.open(without).await.text();
    assert!(listed.contains("alder health") && listed.contains("No owner can sign in"), "{listed}");
}

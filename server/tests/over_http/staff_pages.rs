//! What the pages of staff say is so: what may be done is offered, what is not is refused for the reason that holds.

use std::sync::Arc;

use crate::support::{Person, Team, World, clock, html, shut};
use server::client_store::ClientStoreError;
use time::Duration;

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

async fn submitted(world: &World, scopes: &[(&str, &str)]) -> Team {
    let mut team = Team::assemble(world, "alder").await;
    team.fill_in(scopes).await;
    team.submit().await.leads_to("/registrations/");
    team
}

fn review(team: &Team) -> String {
    format!("/admin/reviews/{}", team.registration)
}

async fn rename(team: &mut Team, name: &str) {
    let page = format!("/registrations/{}/client-name", team.registration);
    team.owner.fill(&page, "/api/save-client-name", &[("client_name", name)]).await.expect(303);
}

async fn approve(admin: &mut Person, team: &Team) {
    // So much later that a proof is asked again.
    clock::pass(Duration::minutes(6));
    let code = admin.code();
    let page = format!("{}/approve", review(team));
    admin.fill(&page, "/api/approve", &[("proof", code.as_str())]).await.leads_to(&review(team));
}

/// A client whose publication is wanted and not confirmed is stopped at once, and is never on at the provider afterwards
/// (part 16).
#[tokio::test]
async fn what_the_provider_never_confirmed_can_be_suspended() {
    let mut world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let locked = ClientStoreError::Unavailable("database is locked".into());
    let client_store = shut(&mut world, "sandpit", locked);
    let mut team = submitted(&world, &[]).await;
    world.work().await;
    let shown = admin.open(&review(&team)).await;
    let suspend = format!("{}/suspend", review(&team));
    let side = html::select(&shown.page(), &format!(".app-review__side a[href='{suspend}']")).len();
    assert_eq!(side, 1, "from the side panel: {}", shown.text());
    admin.fill(&suspend, "/api/suspend", &[("reason", "The key leaked.")]).await.leads_to(&review(&team));
    let read = admin.open(&review(&team)).await.text();
    assert!(read.contains("The provider has not confirmed this client yet") && read.contains("uspend"), "{read}");

    world.worker.client_stores.insert("sandpit".into(), Arc::clone(&client_store));
    clock::pass(Duration::seconds(5));
    world.work().await;
    let rows = world.rows("SELECT client_id AS n FROM registrations WHERE client_id IS NOT NULL").await;
    let client_id: String = rows[0].try_get("", "n").unwrap();
    let kept = client_store.read(&client_id).await.unwrap().unwrap();
    assert!(!kept.client.enabled && !kept.removed, "{kept:?}");
    let read = team.owner.open(&format!("/registrations/{}", team.registration)).await.text();
    assert!(read.contains("Nobody can sign in with your client."), "{read}");
    let mails = world.mails_to(&team.owner.email);
    assert!(mails.iter().any(|mail| mail.header("Subject").starts_with("Your client is suspended")), "{mails:?}");
    assert!(
        !mails.iter().any(|mail| mail.header("Subject").starts_with("Your registration is published")),
        "{mails:?}"
    );
}

/// A form that has nothing to do says what is so, and never that something changed while it was open.
#[tokio::test]
async fn a_refusal_says_what_is_so() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let mut team = submitted(&world, PROFILE).await;
    let reviews = review(&team);
    let refused = async |person: &mut Person, form: &str, words: &str| {
        let page = person.get(&format!("{reviews}/{form}")).await.expect(409);
        let text = page.text();
        assert!(text.contains(words) && !text.contains("in the meantime"), "{form}: {text}");
    };
    refused(&mut admin, "suspend", "There is no client yet, because no revision has been approved.").await;
    refused(&mut admin, "reinstate", "This client is not suspended.").await;
    refused(&mut admin, "republish", "There is no client yet").await;
    refused(&mut admin, "retire", "A revision is being reviewed.").await;
    team.owner.fill(&format!("/registrations/{}/withdraw", team.registration), "/api/withdraw", &[]).await.expect(303);
    refused(&mut admin, "approve", "The partner withdrew this revision.").await;
    let withdraw = team.owner.get(&format!("/registrations/{}/withdraw", team.registration)).await.expect(409);
    assert!(!withdraw.text().contains("in the meantime"), "{}", withdraw.text());
    team.submit().await.expect(303);
    approve(&mut admin, &team).await;
    let suspend = format!("{}/suspend", review(&team));
    admin.fill(&suspend, "/api/suspend", &[("reason", "The key leaked.")]).await.expect(303);
    let page = other.get(&suspend).await.expect(409);
    assert!(page.text().contains("This client is already suspended."), "{}", page.text());
    let retire = admin.open(&format!("{}/retire", review(&team))).await.text();
    assert!(!retire.contains("suspend it instead"), "what is not allowed is not advised: {retire}");
}

/// The browser's Back after one's own act leads to where the act ended, also over a form that was refused before.
#[tokio::test]
async fn going_back_to_ones_own_confirmation_ends_where_it_did() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let team = Team::assemble(&world, "alder").await;
    let page = format!("/admin/organisations/{}", team.organisation);
    let confirm = format!("{page}/confirm");
    clock::pass(Duration::minutes(6));
    let refused = admin.fill(&confirm, "/api/confirm-organisation", &[("proof", "000000")]).await;
    let shown = admin.follow(refused).await;
    let code = admin.code();
    admin.submit(&shown, "/api/confirm-organisation", &[("proof", &code)]).await.leads_to(&page);
    for back in [confirm.clone(), format!("{confirm}?refused")] {
        let already = format!("{page}?done=organisation-confirmed-already");
        let ended = admin.get(&back).await.leads_to(&already);
        let read = admin.follow(ended).await.expect(200).text();
        assert!(read.contains("You have already confirmed this organisation."), "{read}");
        assert!(!read.contains("There is a problem") && !read.contains("in the meantime"), "{read}");
    }
}

/// What is approved and not confirmed is not told as published; where nothing is, the revision before is compared with.
#[tokio::test]
async fn a_review_says_what_it_is_compared_with() {
    let mut world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = submitted(&world, PROFILE).await;
    team.owner.fill(&format!("/registrations/{}/withdraw", team.registration), "/api/withdraw", &[]).await.expect(303);
    rename(&mut team, "Alder second").await;
    team.submit().await.expect(303);
    let read = admin.open(&review(&team)).await.text();
    assert!(read.contains("Nothing is published yet. Compared with revision 1, which was withdrawn."), "{read}");
    assert!(read.contains("Added: Alder second") && !read.contains("This is the first version"), "{read}");
    approve(&mut admin, &team).await;
    world.work().await;

    shut(&mut world, "sandpit", ClientStoreError::Unavailable("database is locked".into()));
    rename(&mut team, "Alder third").await;
    team.submit().await.expect(303);
    approve(&mut admin, &team).await;
    world.work().await;
    let read = admin.open(&review(&team)).await.text();
    let compared = "Compared with revision 2, which is what the provider held when we last checked. Revision 3 was approved and is on its way.";
    assert!(read.contains(compared) && !read.contains("published before it"), "{read}");
}

/// Home says what waits, how long, and leads there; a mail that is still to be sent is not told as sent.
#[tokio::test]
async fn home_says_what_waits() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    assert!(admin.open("/home").await.text().contains("Nothing needs attention"));
    let team = submitted(&world, PROFILE).await;
    clock::pass(Duration::minutes(20));
    let home = admin.open("/home").await;
    assert!(
        home.text().contains("1 revision is ready for review") && home.text().contains("20 minutes"),
        "{}",
        home.text()
    );
    assert_eq!(html::select(&home.page(), "main table a[href='/admin/queue']").len(), 1, "{}", home.body);
    let changes = format!("{}/request-changes", review(&team));
    let answer = admin.fill(&changes, "/api/request-changes", &[("comment", "Which host?")]).await;
    let told = admin.follow(answer).await.text();
    assert!(
        told.contains("Changes requested. We will email the partner.") && !told.contains("has been told"),
        "{told}"
    );
    assert!(admin.open("/home").await.text().contains("Nothing needs attention"));
}

/// An admin reads which other organisation it is, and goes there; not that an admin will look.
#[tokio::test]
async fn who_else_gives_the_code_is_named_to_admins() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let (mut alder, mut beech) = (Team::assemble(&world, "alder").await, Team::assemble(&world, "beech").await);
    for team in [&mut alder, &mut beech] {
        let edit = format!("/organisations/{}/edit", team.organisation);
        team.owner.fill(&edit, "/api/change-organisation", &[("ods_code", "RDH01")]).await.expect(303);
    }
    let page = format!("/admin/organisations/{}", alder.organisation);
    for page in [page.clone(), format!("{page}/confirm")] {
        let read = admin.open(&page).await;
        assert!(read.text().contains("beech health also gives RDH01."), "{}", read.text());
        assert!(!read.text().contains("An NHS login admin will check"), "{}", read.text());
        let link = format!("main a[href='/admin/organisations/{}']", beech.organisation);
        assert_eq!(html::select(&read.page(), &link).len(), 1, "{}", read.body);
    }
}

/// Nothing is promised that is not there.
#[tokio::test]
async fn the_privacy_notice_promises_no_closing_of_accounts() {
    let world = World::new().await;
    let read = world.visitor().open("/privacy").await.text();
    assert!(read.contains("it cannot be closed yet") && !read.contains("when your account is closed"), "{read}");
}

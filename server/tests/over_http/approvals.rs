//! Threat 3 (self-approval, colluding or rogue admin) and the double submit, over HTTP: proof asked again, two people,
//! stale forms, one event for one decision.

use time::Duration;

use crate::support::{Person, Team, World, clock};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];
const TWO: &str = "[environment.sandpit]\napprovals = 2\nautomatic = false\n";

async fn submitted(world: &World) -> Team {
    let mut team = Team::assemble(world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    team
}

fn approve_page(team: &Team) -> String {
    format!("/admin/reviews/{}/approve", team.registration)
}

async fn approvals(world: &World) -> i64 {
    world.count("SELECT COUNT(*) AS n FROM history WHERE kind = 'registration' AND event_type = 'approved'").await
}

async fn refused_with(admin: &mut Person, page: &str, proof: &str) -> String {
    let answer = admin.fill(page, "/api/approve", &[("proof", proof), ("comment", "What I typed.")]).await;
    let page = admin.follow(answer).await;
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(page.body.contains("What I typed."), "the comment is lost");
    assert!(page.body.contains("href=\"#proof\"") && page.body.contains("id=\"proof-error\""), "{}", page.text());
    page.text()
}

#[tokio::test]
async fn an_approval_needs_the_password_or_a_code_again() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let team = submitted(&world).await;
    let page = approve_page(&team);
    refused_with(&mut admin, &page, "").await;
    refused_with(&mut admin, &page, "not the password of mine").await;
    refused_with(&mut admin, &page, "123456").await;
    let used = admin.code();
    clock::pass(Duration::seconds(120));
    refused_with(&mut admin, &page, &used).await;
    assert_eq!(approvals(&world).await, 0);

    let (code, mut copy) = (admin.code(), admin.clone());
    admin.fill(&page, "/api/approve", &[("proof", &code)]).await.leads_to("/admin/reviews/");
    assert_eq!(approvals(&world).await, 1);
    // The proof is worth nothing to whoever copied the token of this browser.
    admin.open("/admin/queue").await;
    copy.get("/admin/queue").await.leads_to("/sign-in");
}

#[tokio::test]
async fn a_code_is_good_for_one_approval_form_and_for_five_minutes() {
    let world = World::with(TWO).await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let team = submitted(&world).await;
    let page = approve_page(&team);
    // Proved within an approval that fails for another reason: a fresh session still needs no second proof.
    let form = admin.open(&page).await.form("/api/approve");
    let code = admin.code();
    let mut pairs = form.filled(&[("proof", &code)]);
    pairs.iter_mut().filter(|(name, _)| name == "digest").for_each(|(_, value)| "0".repeat(64).clone_into(value));
    let answer = admin.submit_form(&form, &pairs).await;
    let refused = admin.follow(answer).await;
    assert!(refused.text().contains("not the one that you were shown"), "{}", refused.text());
    assert_eq!(approvals(&world).await, 0, "another digest is not approved");
    clock::pass(Duration::minutes(6));
    let form = admin.open(&page).await.form("/api/approve");
    let answer = admin.submit_form(&form, &form.filled(&[("proof", "")])).await;
    assert!(answer.location().contains("refused"), "the proof has run out: {}", answer.location());
    assert_eq!(approvals(&world).await, 0);
}

#[tokio::test]
async fn two_approvals_are_by_two_people() {
    for world in [World::with(TWO).await, World::on_postgres_with(TWO).await] {
        let mut first = world.admin("first@nhs.example.com").await;
        let mut second = world.admin("second@nhs.example.com").await;
        let team = submitted(&world).await;
        let page = approve_page(&team);
        let code = first.code();
        let answer = first.fill(&page, "/api/approve", &[("proof", &code), ("comment", "From the first.")]).await;
        assert!(answer.location().contains("done=approved-first"), "{}", answer.location());
        // The same admin is not asked again: they come back to where their approval ended.
        first.get(&page).await.leads_to(&format!("/admin/reviews/{}?done=approved-already", team.registration));
        let form = second.open(&page).await.form("/api/approve");
        let again = first.submit_form(&form, &form.filled(&[("proof", "")])).await;
        let told = first.follow(again).await;
        assert!(told.text().contains("already approved"), "{}", told.text());
        assert_eq!(approvals(&world).await, 1);
        let review = second.open(&format!("/admin/reviews/{}", team.registration)).await;
        assert!(review.text().contains("From the first."), "{}", review.text());
        let code = second.code();
        let answer = second.submit_form(&form, &form.filled(&[("proof", &code)])).await;
        assert!(answer.location().contains("done=approved") && !answer.location().contains("first"));
        assert_eq!(approvals(&world).await, 2);
        world.work().await;
        let published = "SELECT COUNT(*) AS n FROM history WHERE event_type = 'published'";
        assert_eq!(world.count(published).await, 1);
    }
}

#[tokio::test]
async fn a_form_that_is_sent_twice_decides_once() {
    for world in [World::with(TWO).await, World::on_postgres_with(TWO).await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = submitted(&world).await;
        let form = admin.open(&approve_page(&team)).await.form("/api/approve");
        let code = admin.code();
        let pairs = form.filled(&[("proof", &code)]);
        let mut twin = admin.clone();
        // Both have a connection already: to make one takes longer than all that the other form needs.
        let page = approve_page(&team);
        futures::join!(admin.get(&page), twin.get(&page));
        let (one, other) = futures::join!(admin.submit_form(&form, &pairs), twin.submit_form(&form, &pairs));
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (303, 303));
        assert_eq!(approvals(&world).await, 1);
        // Both end as a success; one of them says that it was done already.
        let ends = [&one, &other].map(|answer| answer.location().rsplit_once("done=").map(|(_, code)| code.to_owned()));
        assert!(ends.contains(&Some("approved-first".into())), "{ends:?}");
        assert!(ends.contains(&Some("approved-already".into())), "{ends:?}");

        // The same for a partner's form that is sent twice.
        let form =
            team.owner.open(&format!("/registrations/{}/withdraw", team.registration)).await.form("/api/withdraw");
        let pairs = form.untouched();
        let length = world.history_length().await;
        team.owner.submit_form(&form, &pairs).await.leads_to("/registrations/");
        team.owner.submit_form(&form, &pairs).await.expect(303);
        assert_eq!(world.history_length().await, length + 1);
    }
}

#[tokio::test]
async fn a_stale_form_is_refused_with_409_and_keeps_what_was_typed() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let mut team = submitted(&world).await;
    // The partner's section was saved in another tab.
    let address = format!("/registrations/{}/client-name", team.registration);
    team.owner.fill(&format!("/registrations/{}/withdraw", team.registration), "/api/withdraw", &[]).await;
    let page = team.owner.open(&address).await;
    team.developer
        .fill(&address, "/api/save-client-name", &[("client_name", "Theirs")])
        .await
        .leads_to("/registrations/");
    let answer = team.owner.submit(&page, "/api/save-client-name", &[("client_name", "Mine")]).await;
    let page = team.owner.follow(answer).await.expect(409);
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(page.text().contains("Theirs") && page.form("/api/save-client-name").value("client_name") == Some("Mine"));

    // The admin's form is about a version that another admin has decided on.
    team.submit().await.leads_to("/registrations/");
    let reject = format!("/admin/reviews/{}/reject", team.registration);
    let page = admin.open(&reject).await;
    other.fill(&reject, "/api/reject", &[("reason", "Theirs.")]).await.leads_to("/admin/reviews/");
    let length = world.history_length().await;
    let answer = admin.submit(&page, "/api/reject", &[("reason", "Mine.")]).await;
    let page = admin.follow(answer).await;
    assert_eq!(world.history_length().await, length, "nothing is decided twice");
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(page.body.contains("Mine."), "what was typed is lost");
    // What happened is told, and there is no form to send once more.
    let text = page.text();
    assert!(
        text.contains("Stella Staff (NHS login admin) rejected revision 2. Your decision was not recorded."),
        "{text}"
    );
    assert!(text.contains("Rejected revision 2.") && text.contains("Theirs."), "{text}");
    assert!(!page.body.contains("action=\"/api/reject?"), "the revision is closed");
    // Whoever decided comes back to the form, and ends where they did.
    let ended = format!("/admin/reviews/{}?done=rejected-already", team.registration);
    other.get(&reject).await.leads_to(&ended);
    let late = admin.get(&reject).await.expect(409);
    assert!(late.text().contains("Someone else has already decided this.") && !late.text().contains("in the meantime"));
}

/// The revision is what it was: neither the draft nor the worker makes the reviewer's form stale.
#[tokio::test]
async fn what_happens_beside_a_review_leaves_its_form_good() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = submitted(&world).await;
        let form = admin.open(&approve_page(&team)).await.form("/api/approve");
        let name = format!("/registrations/{}/client-name", team.registration);
        let later = [("client_name", "A later name")];
        team.developer.fill(&name, "/api/save-client-name", &later).await.leads_to("/registrations/");
        let code = admin.code();
        let answer = admin.submit_form(&form, &form.filled(&[("proof", &code)])).await;
        assert!(answer.location().contains("done=approved"), "{}", answer.location());
        world.work().await;
        let suspend = format!("/admin/reviews/{}/suspend", team.registration);
        let page = admin.open(&suspend).await;
        let later = [("client_name", "Another name")];
        team.developer.fill(&name, "/api/save-client-name", &later).await.leads_to("/registrations/");
        admin.submit(&page, "/api/suspend", &[("reason", "The key leaked.")]).await.leads_to("/admin/reviews/");
    }
}

/// Of two who look at the same revision, the second learns of the first one's approval before giving theirs, and begins
/// anew.
#[tokio::test]
async fn an_approval_in_between_is_told_and_the_decision_begins_anew() {
    let world = World::with(TWO).await;
    let mut first = world.admin("first@nhs.example.com").await;
    let mut second = world.admin("second@nhs.example.com").await;
    let team = submitted(&world).await;
    let page = second.open(&approve_page(&team)).await;
    let code = first.code();
    let from_first = [("proof", code.as_str()), ("comment", "From the first.")];
    first.fill(&approve_page(&team), "/api/approve", &from_first).await.leads_to("/admin/reviews/");
    let code = second.code();
    let filled = [("proof", code.as_str()), ("comment", "From the second.")];
    let answer = second.submit(&page, "/api/approve", &filled).await;
    let page = second.follow(answer).await.expect(409);
    let text = page.text();
    for expected in [
        "Your approval was not recorded.",
        "What happened while you had this open",
        "Approved revision 1. Another admin",
        "From the first.",
        "From the second.",
    ] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    assert!(!page.body.contains("/api/approve"), "no press on this page approves");
    assert_eq!(approvals(&world).await, 1);
    // The comment waits in the form; the proof that was given before does not count any more.
    let form = second.open(&approve_page(&team)).await.form("/api/approve");
    assert_eq!(form.value("comment"), Some("From the second."));
    let answer = second.submit_form(&form, &form.filled(&[("proof", "")])).await;
    assert!(answer.location().contains("refused"), "{}", answer.location());
    assert_eq!(approvals(&world).await, 1);
    let code = second.code();
    second.submit_form(&form, &form.filled(&[("proof", &code)])).await.leads_to("/admin/reviews/");
    assert_eq!(approvals(&world).await, 2);
}

/// Two admins at one organisation: the second is told that it is confirmed, or what was changed about it.
#[tokio::test]
async fn an_organisation_is_confirmed_as_it_was_shown() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    let confirm = format!("/admin/organisations/{}/confirm", team.organisation);
    let page = admin.open(&confirm).await;
    let edit = format!("/organisations/{}/edit", team.organisation);
    team.owner.fill(&edit, "/api/change-organisation", &[("name", "Elder trust")]).await.expect(303);
    let unproved = admin.submit(&page, "/api/confirm-organisation", &[]).await;
    let unproved = admin.follow(unproved).await;
    assert!(unproved.body.contains("id=\"proof-error\""), "an old session confirms nothing: {}", unproved.text());
    let code = admin.code();
    let answer = admin.submit(&page, "/api/confirm-organisation", &[("proof", &code)]).await;
    let page = admin.follow(answer).await.expect(409);
    for expected in ["Your confirmation was not recorded.", "Removed: alder health", "Added: Elder trust"] {
        assert!(page.text().contains(expected), "{expected} is missing in {}", page.text());
    }
    assert!(!page.body.contains("action=\"/api/confirm-organisation?"), "the decision begins anew");
    let page = admin.open(&confirm).await;
    let code = other.code();
    other.fill(&confirm, "/api/confirm-organisation", &[("proof", &code)]).await.leads_to("/admin/organisations/");
    let code = admin.code();
    let answer = admin.submit(&page, "/api/confirm-organisation", &[("proof", &code)]).await;
    let page = admin.follow(answer).await.expect(409);
    assert!(page.text().contains("Stella Staff (NHS login admin) confirmed"), "{}", page.text());
    assert!(!page.body.contains("action=\"/api/confirm-organisation?"));
}

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

    let code = admin.code();
    admin.fill(&page, "/api/approve", &[("proof", &code)]).await.leads_to("/admin/reviews/");
    assert_eq!(approvals(&world).await, 1);
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
        assert_eq!(first.get(&page).await.status, 403, "the same admin is not asked again");
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
        let (one, other) = futures::join!(admin.submit_form(&form, &pairs), twin.submit_form(&form, &pairs));
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (303, 303));
        assert_eq!(approvals(&world).await, 1);
        assert_eq!([&one, &other].iter().filter(|answer| answer.location().contains("done=approved")).count(), 1);

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
}

//! The team of an organisation by its pages: roles are changed, people removed, and whoever wants to leaves.

use crate::support::{Person, Team, World};

fn team_page(team: &Team) -> String {
    format!("/organisations/{}/team", team.organisation)
}

async fn about(world: &World, team: &Team, person: &Person) -> String {
    format!("{}/{}", team_page(team), world.account(&person.email).await)
}

#[tokio::test]
async fn a_role_is_changed_with_a_proof_and_the_person_is_told() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = team_page(&team);
    let developer = about(&world, &team, &team.developer).await;
    let address = format!("{developer}/role");
    let shown = team.owner.open(&page).await;
    assert!(shown.text().contains("owner (the only one)"), "{}", shown.text());
    assert!(shown.body.contains(&format!("href=\"{address}\"")), "{}", shown.body);
    // Nobody else is offered it, or gets there.
    for person in [&mut team.developer, &mut team.viewer] {
        let shown = person.open(&page).await;
        assert!(!shown.body.contains("/role\""), "{}", shown.body);
        person.get(&address).await.expect(403);
    }
    let open = team.owner.open(&address).await;
    let without = team.owner.submit(&open, "/api/change-team-role", &[("role", "owner")]).await;
    let without = team.owner.follow(without).await;
    assert!(without.title().starts_with("Error:"), "{}", without.title());
    assert_eq!(without.form("/api/change-team-role").value("role"), Some("owner"), "what was chosen stays");
    let password = team.owner.password.clone();
    let filled = [("role", "owner"), ("proof", password.as_str())];
    let done = team.owner.submit(&without, "/api/change-team-role", &filled).await;
    let done = team.owner.follow(done.leads_to(&format!("{page}?done=team-role-changed"))).await;
    assert!(done.text().contains("Role changed."), "{}", done.text());
    world.work().await;
    let mail = world.mails_to(&team.developer.email).pop().unwrap();
    assert!(mail.text.contains("You are now an owner"), "{}", mail.text);
    assert!(mail.link().ends_with(&page), "{}", mail.link());
    // Felt at once, in the session that was there.
    team.developer.open(&format!("{}/role", about(&world, &team, &team.viewer).await)).await.expect(200);
}

#[tokio::test]
async fn whoever_was_removed_sees_nothing_any_more() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = team_page(&team);
    let registration = format!("/registrations/{}", team.registration);
    let draft = team.developer.open(&format!("{registration}/client-name")).await;
    let developer = about(&world, &team, &team.developer).await;
    let role = team.owner.open(&format!("{developer}/role")).await;
    let remove = team.owner.open(&format!("{developer}/remove")).await.form("/api/remove-member");
    let password = team.owner.password.clone();
    let pairs = remove.filled(&[("proof", &password)]);
    for _ in 0..2 {
        let done = team.owner.submit_form(&remove, &pairs).await;
        done.leads_to(&format!("{page}?done=member-removed"));
    }
    let removed = "SELECT COUNT(*) AS n FROM history WHERE event_type = 'member_removed'";
    assert_eq!(world.count(removed).await, 1);
    // What was open in another tab says what became of it.
    let late = team.owner.submit(&role, "/api/change-team-role", &[("role", "viewer"), ("proof", &password)]).await;
    let late = team.owner.follow(late).await;
    assert!(
        late.text().contains("no longer in the team") && late.text().contains("Nothing was changed"),
        "{}",
        late.text()
    );
    // Whoever was removed saves nothing, sees nothing, and is told.
    for address in [&page, &registration, &format!("/organisations/{}", team.organisation)] {
        team.developer.get(address).await.expect(404);
    }
    let lost = team.developer.submit(&draft, "/api/save-client-name", &[("client_name", "Theirs")]).await;
    assert!(!lost.location().contains("done="), "{}", lost.location());
    world.work().await;
    let mail = world.mails_to(&team.developer.email).pop().unwrap();
    assert!(mail.text.contains("removed you from its team"), "{}", mail.text);
    assert!(!team.owner.open(&page).await.text().contains(&team.developer.email));
}

#[tokio::test]
async fn the_only_owner_stays_and_others_leave() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = team_page(&team);
    let shown = team.owner.open(&page).await;
    assert!(shown.text().contains("You are the only owner, so you cannot leave."), "{}", shown.text());
    assert!(!shown.body.contains("/leave\""));
    team.owner.get(&format!("{page}/leave")).await.expect(403);
    let owner = about(&world, &team, &team.owner).await;
    team.owner.get(&format!("{owner}/role")).await.expect(403);
    let organisation = team.organisation.clone();
    let refused = team.owner.post("/api/leave-team", &[("organisation", &organisation)]).await;
    assert!(refused.location().contains("refused"), "{}", refused.location());

    let form = team.viewer.open(&format!("{page}/leave")).await.form("/api/leave-team");
    let password = team.viewer.password.clone();
    for _ in 0..2 {
        team.viewer.submit_form(&form, &form.filled(&[("proof", &password)])).await.leads_to("/home?done=team-left");
    }
    team.viewer.get(&page).await.expect(404);
    world.work().await;
    let mail = world.mails_to(&team.owner.email).pop().unwrap();
    assert!(mail.text.contains("left the team"), "{}", mail.text);
    let length = world.history_length().await;
    // From outside nothing of it is there.
    let mut stranger = Team::assemble(&world, "birch").await;
    let before = world.history_length().await;
    assert!(before > length);
    stranger.owner.get(&page).await.expect(404);
    stranger.owner.get(&format!("{owner}/remove")).await.expect(404);
    let left = stranger.owner.post("/api/leave-team", &[("organisation", &organisation)]).await;
    assert!(!left.location().contains("done="), "{}", left.location());
    assert_eq!(world.history_length().await, before);
}

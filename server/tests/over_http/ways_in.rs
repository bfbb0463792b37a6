//! Joining an organisation that exists and handing over its ownership, by their pages and mails: asked, answered, withdrawn;
//! by an admin where no owner answers; and whom people of several organisations act for.

use time::Duration;

use crate::support::{Answer, Person, Team, World, clock, stage::create_organisation};

const HANA: &str = "hana@alder.example.com";

fn team_page(team: &Team) -> String {
    format!("/organisations/{}/team", team.organisation)
}

fn join_page(team: &Team) -> String {
    format!("/organisations/{}/join", team.organisation)
}

async fn ask(person: &mut Person, team: &Team) {
    let reason = [("reason", "I look after the booking service.")];
    person.fill(&join_page(team), "/api/ask-to-join", &reason).await.leads_to("/organisations/join?done=join-asked");
}

/// With the password, where none was shown a moment ago.
async fn prove(person: &mut Person, page: &str, action: &str, more: &[(&str, &str)]) -> Answer {
    let form = person.open(page).await.form(action);
    let proof = person.password.clone();
    let mut filled = more.to_vec();
    if form.value("proof").is_some() {
        filled.push(("proof", proof.as_str()));
    }
    person.submit_form(&form, &form.filled(&filled)).await
}

#[tokio::test]
async fn whoever_asks_is_found_answered_and_let_in() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut hana = world.partner("Hana Lee", HANA).await;
    let home = hana.open("/home").await;
    assert!(home.text().contains("Join an organisation that already exists"), "{}", home.text());
    let nothing = hana.open("/organisations/join?search=cedar").await;
    assert!(nothing.text().contains("No organisation matches"), "{}", nothing.text());
    let found = hana.open("/organisations/join?search=Alder").await;
    assert!(found.text().contains("alder health") && found.body.contains(&join_page(&team)), "{}", found.text());
    let empty = hana.fill(&join_page(&team), "/api/ask-to-join", &[]).await;
    let empty = hana.follow(empty).await;
    assert!(empty.text().contains("who you are and why you want to join"), "{}", empty.text());
    ask(&mut hana, &team).await;
    let home = hana.open("/home").await;
    assert!(home.text().contains("nobody has answered") && home.text().contains("alder health"), "{}", home.text());
    assert!(hana.open(&join_page(&team)).await.text().contains("You have asked to join alder health"));
    hana.get(&format!("/organisations/{}", team.organisation)).await.expect(404);
    world.work().await;
    let mail = world.mails_to(&team.owner.email).pop().unwrap();
    assert!(mail.text.contains("has asked to join") && !mail.text.contains("Hana"), "{}", mail.text);
    assert!(team.owner.open("/home").await.text().contains("Answer the people who have asked to join"));

    let page = team.owner.open(&team_page(&team)).await;
    assert!(page.text().contains("Hana Lee") && page.text().contains(HANA), "{}", page.text());
    assert!(!team.developer.open(&team_page(&team)).await.text().contains(HANA), "owners answer");
    let request = format!("{}/requests/{}", team_page(&team), world.account(HANA).await);
    let shown = team.owner.open(&request).await;
    assert!(shown.text().contains("I look after the booking service."), "{}", shown.text());
    let unsaid = prove(&mut team.owner, &request, "/api/agree-to-join", &[]).await;
    assert!(team.owner.follow(unsaid).await.text().contains("Choose a role."));
    let agreed = prove(&mut team.owner, &request, "/api/agree-to-join", &[("role", "developer")]).await;
    agreed.leads_to(&format!("{}?done=join-agreed", team_page(&team)));
    world.work().await;
    let told = world.mails_to(HANA).pop().unwrap();
    assert!(told.text.contains("as a developer"), "{}", told.text);
    hana.open(&format!("/registrations/{}/client-name", team.registration)).await.expect(200);
    assert!(hana.open(&join_page(&team)).await.text().contains("already in the team"));
    let history = team.owner.open("/history").await.text();
    assert!(history.contains("Asked to join the team.") && history.contains("Let Hana Lee join the team"), "{history}");
    assert!(team.owner.open(&request).await.text().contains("no longer open"));
}

#[tokio::test]
async fn a_request_is_withdrawn_and_declined() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut hana = world.partner("Hana Lee", HANA).await;
    ask(&mut hana, &team).await;
    let request = format!("{}/requests/{}", team_page(&team), world.account(HANA).await);
    let open = team.owner.open(&request).await;
    hana.fill(&join_page(&team), "/api/withdraw-join-request", &[])
        .await
        .leads_to("/organisations/join?done=join-withdrawn");
    let late = team.owner.submit(&open, "/api/decline-to-join", &[]).await;
    let late = team.owner.follow(late).await;
    assert!(late.text().contains("no longer open"), "{}", late.text());
    ask(&mut hana, &team).await;
    let declined = team.owner.fill(&request, "/api/decline-to-join", &[]).await;
    declined.leads_to(&format!("{}?done=join-declined", team_page(&team)));
    world.work().await;
    let told = world.mails_to(HANA).pop().unwrap();
    assert!(told.text.contains("declined your request") && !told.text.contains("alder health"), "{}", told.text);
    assert!(!hana.open("/home").await.text().contains("nobody has answered"));
    let reason = [("reason", "Please.")];
    let again = hana.fill(&join_page(&team), "/api/ask-to-join", &reason).await;
    let again = hana.follow(again).await;
    assert!(again.text().contains("declined less than 30 days ago"), "{}", again.text());
    assert_eq!(again.form("/api/ask-to-join").value("reason"), Some("Please."));
    // A stranger has the owners of one organisation mailed so often and no more (threat 16).
    let mut other = world.partner("Eve", "eve@birch.example.com").await;
    let mut answer = None;
    for _ in 0..6 {
        let asked = other.fill(&join_page(&team), "/api/ask-to-join", &reason).await;
        if asked.location().contains("refused") {
            answer = Some(other.follow(asked).await.text());
            break;
        }
        other.fill(&join_page(&team), "/api/withdraw-join-request", &[]).await.expect(303);
    }
    assert!(answer.as_ref().is_some_and(|text| text.contains("too many tries")), "{answer:?}");
}

#[tokio::test]
async fn an_admin_answers_after_a_week_in_which_no_owner_came() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut hana = world.partner("Hana Lee", HANA).await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    ask(&mut hana, &team).await;
    let organisation = format!("/admin/organisations/{}", team.organisation);
    let request = format!("{organisation}/requests/{}", world.account(HANA).await);
    let early = admin.open(&organisation).await;
    assert!(
        early.text().contains("Its owners answer first") && early.text().contains("Owners last seen"),
        "{}",
        early.text()
    );
    admin.get(&request).await.expect(403);
    clock::pass(Duration::days(7));
    admin.sign_in().await;
    let home = admin.open("/home").await;
    assert!(home.text().contains("has a request to join that its owners have not answered"), "{}", home.text());
    let listed = admin.open("/admin/organisations?state=joining").await;
    assert!(listed.text().contains("alder health"), "{}", listed.text());
    let code = admin.code();
    let reason = "Both owners have left; the trust's switchboard knows her.";
    let unsaid = [("reason", reason), ("proof", code.as_str())];
    let refused = admin.fill(&request, "/api/answer-join-request", &unsaid).await;
    let refused = admin.follow(refused).await;
    assert!(refused.text().contains("Choose whether to let them join"), "{}", refused.text());
    assert_eq!(refused.form("/api/answer-join-request").value("reason"), Some(reason));
    let code = admin.code();
    let filled = [("answer_with", "owner"), ("reason", reason), ("proof", code.as_str())];
    let form = admin.open(&request).await.form("/api/answer-join-request");
    let pairs = form.filled(&filled);
    for done in ["join-answered", "join-answered-already"] {
        admin.submit_form(&form, &pairs).await.leads_to(&format!("{organisation}?done={done}"));
    }
    world.work().await;
    let told = world.mails_to(&team.owner.email).pop().unwrap();
    assert!(told.text.contains("answered in your place"), "{}", told.text);
    hana.sign_in().await;
    hana.open(&format!("{}/invite", team_page(&team))).await.expect(200);
    let history = hana.open("/history").await.text();
    assert!(history.contains("in place of its owners") && history.contains(reason), "{history}");
    assert!(!history.contains("admin@nhs.example.com"), "{history}");
    let gone = admin.get(&request).await;
    assert!(gone.text().contains("answered or withdrawn"), "{}", gone.text());
    team.owner.sign_in().await;
    assert!(team.owner.open(&team_page(&team)).await.text().contains("Hana Lee"));
}

#[tokio::test]
async fn an_ownership_is_offered_and_accepted() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let (owner, developer) = (world.account(&team.owner.email).await, world.account(&team.developer.email).await);
    let offer = format!("{}/{developer}/ownership", team_page(&team));
    let own = format!("{}/ownership", team_page(&team));
    let answer = format!("{own}/{owner}");
    let offered = prove(&mut team.owner, &offer, "/api/offer-ownership", &[]).await;
    offered.leads_to(&format!("{}?done=ownership-offered", team_page(&team)));
    assert!(team.owner.open(&team_page(&team)).await.text().contains("You asked developer alder to take over"));
    world.work().await;
    let mail = world.mails_to(&team.developer.email).pop().unwrap();
    assert!(mail.text.contains("asks you to take over") && mail.link().ends_with(&own), "{}", mail.text);
    let home = team.developer.open("/home").await;
    assert!(home.body.contains(&own), "{}", home.text());
    assert!(team.developer.open(&own).await.body.contains(&answer));
    // Nobody is made an owner at a screen that was left open.
    let form = team.developer.open(&answer).await.form("/api/accept-ownership");
    let refused = team.developer.submit_form(&form, &form.filled(&[("proof", "not the password")])).await;
    let refused = team.developer.follow(refused).await;
    assert!(refused.text().contains("password is wrong"), "{}", refused.text());
    team.developer.fill(&answer, "/api/decline-ownership", &[]).await.leads_to(&team_page(&team));
    world.work().await;
    assert!(world.mails_to(&team.owner.email).pop().unwrap().text.contains("They declined"));
    prove(&mut team.owner, &offer, "/api/offer-ownership", &[]).await.expect(303);
    let late = team.developer.open(&answer).await;
    team.owner.fill(&own, "/api/withdraw-ownership-offer", &[]).await.leads_to(&team_page(&team));
    let proof = team.developer.password.clone();
    let late = team.developer.submit(&late, "/api/accept-ownership", &[("proof", proof.as_str())]).await;
    let late = team.developer.follow(late).await;
    assert!(late.text().contains("no longer open") && late.text().contains("Nobody asks you"), "{}", late.text());
    prove(&mut team.owner, &offer, "/api/offer-ownership", &[]).await.expect(303);
    let accepted = prove(&mut team.developer, &answer, "/api/accept-ownership", &[]).await;
    accepted.leads_to(&format!("{}?done=ownership-accepted", team_page(&team)));
    team.owner.get(&format!("{}/invite", team_page(&team))).await.expect(403);
    team.developer.open(&format!("{}/invite", team_page(&team))).await.expect(200);
    world.work().await;
    let told = world.mails_to(&team.owner.email).pop().unwrap();
    assert!(told.text.contains("took over from an owner"), "{}", told.text);
    let history = team.developer.open("/history").await.text();
    assert!(history.contains("Took over the ownership from"), "{history}");
}

#[tokio::test]
async fn whoever_belongs_to_several_reads_for_which_one_they_act() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/organisations/{}", team.organisation);
    let acts = "You are acting for";
    assert!(!team.developer.open(&page).await.body.contains(acts), "there is one alone");
    let second = create_organisation(&mut team.developer, "Hillside").await;
    for (page, organisation, role) in [
        (page, "alder health", "a developer"),
        (format!("/registrations/{}", team.registration), "alder health", "a developer"),
        (format!("/services/{}", team.service), "alder health", "a developer"),
        (format!("/organisations/{second}/team"), "Hillside", "an owner"),
    ] {
        let body = team.developer.open(&page).await.body;
        assert!(body.contains(&format!("{acts} <strong>{organisation}</strong>, as {role}.")), "{page}: {body}");
    }
    let home = team.developer.open("/home").await.body;
    assert!(home.contains("2 organisations") && !home.contains(acts), "{home}");
}

#[tokio::test]
async fn contacts_of_an_organisation_are_kept_and_offered_to_new_services() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/organisations/{}/contacts", team.organisation);
    let filled = [
        ("technical", "it@alder.example.com"),
        ("product", "contracts@alder.example.com"),
        ("security", "security@alder.example.com"),
    ];
    let stale = team.owner.open(&page).await;
    let changed = team.owner.fill(&page, "/api/change-contacts", &filled).await;
    changed.leads_to(&format!("/organisations/{}?done=contacts-changed", team.organisation));
    let shown = team.owner.open(&format!("/organisations/{}", team.organisation)).await;
    assert!(shown.text().contains("contracts@alder.example.com"), "{}", shown.text());
    let refused = team.owner.submit(&stale, "/api/change-contacts", &[("technical", "other@alder.example.com")]).await;
    let refused = team.owner.follow(refused).await;
    let form = refused.form("/api/change-contacts");
    assert_eq!(form.value("technical"), Some("other@alder.example.com"), "{}", refused.text());
    let add = team.owner.open(&format!("/organisations/{}/services/new", team.organisation)).await;
    assert_eq!(add.form("/api/add-service").value("security"), Some("security@alder.example.com"));
}

//! Forms that somebody else was quicker than, and forms that are sent again. The first tell what is different and have to be
//! begun anew (threats 1 and 3: nobody approves what they have not read); the second end where they did the first time.

use crate::support::{Answer, Person, Team, World};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

async fn submitted(world: &World, word: &str) -> Team {
    let mut team = Team::assemble(world, word).await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    team
}

fn review(team: &Team) -> String {
    format!("/admin/reviews/{}", team.registration)
}

async fn approve(admin: &mut Person, team: &Team) {
    let code = admin.code();
    let page = format!("{}/approve", review(team));
    admin.fill(&page, "/api/approve", &[("proof", code.as_str())]).await.leads_to(&review(team));
}

/// The page after a form was overtaken: it says so, and nothing on it can be sent.
async fn overtaken(person: &mut Person, page: &Answer, action: &str, filled: &[(&str, &str)]) -> String {
    let answer = person.submit(page, action, filled).await;
    let page = person.follow(answer).await.expect(409);
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(crate::support::html::forms(&page.page()).is_empty(), "{}", page.body);
    page.text()
}

fn all(text: &str, expected: &[&str]) {
    for words in expected {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
}

/// Another revision came under review while the form was open.
#[tokio::test]
async fn every_decision_form_shows_what_is_different_and_begins_anew() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = submitted(&world, "alder").await;
        let page = format!("/registrations/{}", team.registration);
        let forms = [
            ("approve", "comment", "Nothing was approved."),
            ("request-changes", "comment", "Your decision was not recorded."),
            ("reject", "reason", "Your decision was not recorded."),
        ];
        for (number, (form, field, outcome)) in (1..).zip(forms) {
            let (action, address) = (format!("/api/{form}"), format!("{}/{form}", review(&team)));
            let open = admin.open(&address).await;
            team.owner.fill(&format!("{page}/withdraw"), "/api/withdraw", &[]).await.leads_to(&page);
            let uri = format!("https://changed-{number}.example.com/callback");
            let uris = [("redirect_uris[0]", uri.as_str())];
            team.owner.fill(&format!("{page}/redirect-uris"), "/api/save-redirect-uris", &uris).await.leads_to(&page);
            team.submit().await.leads_to(&page);
            let length = world.history_length().await;
            let code = admin.code();
            let proof = if form == "approve" { Some(("proof", code.as_str())) } else { None };
            let filled: Vec<_> = [(field, "What I typed.")].into_iter().chain(proof).collect();
            let text = overtaken(&mut admin, &open, &action, &filled).await;
            let withdrew = format!("The partner withdrew revision {number}.");
            let sent = format!("The partner submitted revision {} for review.", number + 1);
            let heading = format!("Revision {} beside revision {number}", number + 1);
            all(&text, &[&withdrew, &sent, outcome, &heading, "Removed: ", &format!("Added: {uri}"), "What I typed."]);
            let noted = i64::from(form == "approve");
            assert_eq!(world.history_length().await, length + noted, "nothing but the proof was recorded");
            // Opened again from the review, it asks for a proof, and words about one revision do not stand in the decision
            // on another: they are beside it, to be copied.
            for address in [address.clone(), format!("{address}?refused")] {
                let again = admin.get(&address).await;
                let typed: Vec<_> = crate::support::html::forms(&again.page())
                    .into_iter()
                    .filter_map(|form| form.value(field).map(str::to_owned))
                    .collect();
                assert!(typed.iter().all(String::is_empty), "{form}: {typed:?}");
                assert!(again.text().contains("What I typed."), "{form}: {}", again.text());
            }
            let again = admin.open(&address).await;
            let beside = format!("What you wrote on revision {number}");
            assert!(again.text().contains(&beside), "{form}: {}", again.text());
            let again = again.form(&action);
            assert_eq!(again.value("proof").is_some(), form == "approve");
            assert_eq!(again.value("number"), Some((number + 1).to_string().as_str()));
        }
        approve(&mut admin, &team).await;
    }
}

/// What is published changed while a form about the client was open.
#[tokio::test]
async fn the_forms_of_a_client_show_what_was_published_meanwhile() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let mut team = submitted(&world, "alder").await;
    approve(&mut admin, &team).await;
    world.work().await;
    let open = admin.open(&format!("{}/suspend", review(&team))).await;
    let page = format!("/registrations/{}", team.registration);
    let name = [("client_name", "Alder by another name")];
    team.owner.fill(&format!("{page}/client-name"), "/api/save-client-name", &name).await.leads_to(&page);
    team.submit().await.leads_to(&page);
    approve(&mut other, &team).await;
    let text = overtaken(&mut admin, &open, "/api/suspend", &[("reason", "The key leaked.")]).await;
    let expected = [
        "The client by revision 2 beside revision 1",
        "Added: Alder by another name",
        "The key leaked.",
        "Your decision was not recorded.",
    ];
    all(&text, &expected);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM history WHERE event_type = 'suspended'").await, 0);
}

/// Whose own other tab it was is not told of somebody else.
#[tokio::test]
async fn ones_own_other_tab_is_nobody_else() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let team = submitted(&world, "alder").await;
    let open = admin.open(&format!("{}/reject", review(&team))).await;
    let words = [("comment", "Which host?")];
    admin.fill(&format!("{}/request-changes", review(&team)), "/api/request-changes", &words).await.expect(303);
    let text = overtaken(&mut admin, &open, "/api/reject", &[("reason", "No legal basis.")]).await;
    all(&text, &["In another tab, you requested changes to revision 1.", "by you, in another tab", "No legal basis."]);
    assert!(!text.contains("omeone else"), "{text}");
}

/// A team's forms about a registration as a whole.
#[tokio::test]
async fn a_teams_forms_show_what_is_different_and_begin_anew() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    let page = format!("/registrations/{}", team.registration);
    let at = |form: &str| format!("{page}/{form}");
    let open = team.owner.open(&at("check")).await;
    let name = [("client_name", "Changed by a colleague")];
    team.developer.fill(&at("client-name"), "/api/save-client-name", &name).await.leads_to(&page);
    let text = overtaken(&mut team.owner, &open, "/api/submit", &[]).await;
    let before = format!("Removed: Service {}", &team.registration[30..]);
    let expected =
        ["developer alder saved the client name", "Nothing was submitted.", &before, "Added: Changed by a colleague"];
    all(&text, &expected);
    team.submit().await.leads_to(&page);

    let open = team.owner.open(&at("withdraw")).await;
    team.developer.fill(&at("withdraw"), "/api/withdraw", &[]).await.leads_to(&page);
    team.submit().await.leads_to(&page);
    let text = overtaken(&mut team.owner, &open, "/api/withdraw", &[]).await;
    all(&text, &["developer alder withdrew revision 1.", "In another tab, you submitted", "Nothing was withdrawn."]);
    let withdrawn = "SELECT COUNT(*) AS n FROM history WHERE event_type = 'withdrawn'";
    assert_eq!(world.count(withdrawn).await, 1);

    team.owner.fill(&at("withdraw"), "/api/withdraw", &[]).await.leads_to(&page);
    team.owner.get(&at("discard")).await.expect(409);
    let open = team.owner.open(&at("retire")).await;
    team.developer.fill(&at("client-name"), "/api/save-client-name", &[("client_name", "Once more")]).await.expect(303);
    let password = team.owner.password.clone();
    let filled = [("confirm", "yes"), ("reason", "No longer needed."), ("proof", password.as_str())];
    let text = overtaken(&mut team.owner, &open, "/api/retire", &filled).await;
    all(&text, &["Nothing was retired.", "Added: Once more", "No longer needed."]);
}

/// Sends a form that a colleague was quicker than: what changed meanwhile is shown value by value, and what was typed
/// stays in the form, which can be sent then as it is.
async fn conflict(person: &mut Person, open: &Answer, action: &str, typed: &[(&str, &str)], expected: &[&str]) {
    let answer = person.submit(open, action, typed).await;
    let page = person.follow(answer).await.expect(409);
    let text = page.text();
    all(&text, &["What changed while you had this open:"]);
    all(&text, expected);
    let shown = page.form(action).untouched();
    for (name, value) in typed {
        assert!(shown.iter().any(|(_, shown)| shown == value), "{action}: {name} in {shown:?}");
    }
    let again = person.submit(&page, action, &[]).await;
    assert!(again.location().contains("done="), "{action}: {}", again.location());
}

#[tokio::test]
async fn a_section_that_was_saved_meanwhile_shows_what_is_different() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    let page = format!("/registrations/{}", team.registration);
    let at = |form: &str| format!("{page}/{form}");
    for (form, action, theirs, typed, expected) in [
        (
            "client-name",
            "/api/save-client-name",
            ("client_name", "Changed by a colleague"),
            ("client_name", "What I typed"),
            vec!["Removed: Service ", "Added: Changed by a colleague", "“Client name” changed while you had it open."],
        ),
        (
            "redirect-uris",
            "/api/save-redirect-uris",
            ("redirect_uris[0]", "https://theirs.example.com/callback"),
            ("redirect_uris[0]", "https://mine.example.com/callback"),
            vec!["Removed: https://", "Added: https://theirs.example.com/callback", "The form now has both changes."],
        ),
        (
            "scopes",
            "/api/save-scopes",
            ("reasons[profile]", "Because a colleague says so, at length."),
            ("reasons[profile]", "Because I say so, at some length."),
            vec![
                "Unchanged: openid",
                "Removed: profile, because: The NHS",
                "Added: profile, because: Because a colleague",
                "“Why do you need profile?” changed while you had it open.",
            ],
        ),
    ] {
        let open = team.owner.open(&at(form)).await;
        team.developer.fill(&at(form), action, &[theirs]).await.leads_to(&page);
        conflict(&mut team.owner, &open, action, &[typed], &expected).await;
    }
    let service = format!("/services/{}/edit", team.service);
    let open = team.owner.open(&service).await;
    let theirs = [("description", "As a colleague describes it.")];
    team.developer.fill(&service, "/api/change-service", &theirs).await.expect(303);
    let typed = [("description", "As I describe it.")];
    let expected = [
        "Unchanged: Name: ",
        "Removed: Description: ",
        "Added: Description: As a colleague describes it.",
        "What you typed is in the form.",
    ];
    conflict(&mut team.owner, &open, "/api/change-service", &typed, &expected).await;
    let organisation = format!("/organisations/{}/edit", team.organisation);
    let open = team.owner.open(&organisation).await;
    team.owner.fill(&organisation, "/api/change-organisation", &[("ods_code", "R1H")]).await.expect(303);
    let expected = ["You saved this in another tab", "Unchanged: Name: ", "Added: ODS code: R1H"];
    conflict(&mut team.owner, &open, "/api/change-organisation", &[("ods_code", "X26")], &expected).await;
}

/// Sends a form twice. The second ends as a success that says that it was done already, and nothing is recorded again.
async fn twice(world: &World, admin: &mut Person, address: &str, action: &str, filled: &[(&str, &str)]) {
    let form = admin.open(address).await.form(action);
    let asks = form.value("proof").is_some();
    let send = |admin: &Person| {
        let proof = if asks { admin.code() } else { String::new() };
        let mut pairs = form.filled(filled);
        pairs.iter_mut().filter(|(name, _)| name == "proof").for_each(|(_, value)| value.clone_from(&proof));
        pairs
    };
    let pairs = send(admin);
    let first = admin.submit_form(&form, &pairs).await;
    assert!(first.location().contains("done="), "{address}: {}", first.location());
    let counted = "SELECT COUNT(*) AS n FROM history WHERE event_type <> 'reauthenticated'";
    let length = world.count(counted).await;
    // Once as it was, the code used up, and once with a new one.
    for pairs in [pairs.clone(), send(admin)] {
        let again = admin.submit_form(&form, &pairs).await;
        assert!(again.location().ends_with("-already"), "{address}: {}", again.location());
        let page = admin.follow(again).await.expect(200);
        assert!(page.text().contains("You have already") && !page.title().starts_with("Error:"), "{}", page.text());
    }
    assert_eq!(world.count(counted).await, length, "{address}");
}

#[tokio::test]
async fn a_decision_that_is_sent_again_ends_where_the_first_did() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = submitted(&world, "alder").await;
        let (page, at) = (review(&team), |form: &str| format!("{}/{form}", review(&team)));
        let reason = [("reason", "Tokens of patients were leaked.")];
        twice(&world, &mut admin, &at("request-changes"), "/api/request-changes", &[("comment", "Which host?")]).await;
        let name = [("client_name", "Another name")];
        let registration = format!("/registrations/{}", team.registration);
        team.owner.fill(&format!("{registration}/client-name"), "/api/save-client-name", &name).await.expect(303);
        team.submit().await.leads_to(&registration);
        twice(&world, &mut admin, &format!("{page}/reject"), "/api/reject", &reason).await;
        team.submit().await.leads_to(&registration);
        twice(&world, &mut admin, &format!("{page}/approve"), "/api/approve", &[("comment", "I rang them.")]).await;
        world.work().await;
        twice(&world, &mut admin, &format!("{page}/republish"), "/api/republish", &[]).await;
        world.work().await;
        twice(&world, &mut admin, &format!("{page}/suspend"), "/api/suspend", &reason).await;
        world.work().await;
        twice(&world, &mut admin, &format!("{page}/reinstate"), "/api/reinstate", &reason).await;
        world.work().await;
        twice(&world, &mut admin, &format!("{page}/retire"), "/api/retire-client", &reason).await;
        let organisation = format!("/admin/organisations/{}/confirm", team.organisation);
        twice(&world, &mut admin, &organisation, "/api/confirm-organisation", &[]).await;
    }
}

#[tokio::test]
async fn an_act_on_an_account_that_is_sent_again_ends_where_the_first_did() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let someone = world.staff("someone@nhs.example.com", domain::actor::StaffRole::Auditor).await;
    let page = format!("/admin/people/{}", world.account(&someone.email).await);
    let at = |form: &str| format!("{page}/{form}");
    let action = "/api/change-account";
    twice(&world, &mut admin, &at("disable"), action, &[]).await;
    twice(&world, &mut admin, &at("enable"), action, &[]).await;
    twice(&world, &mut admin, &at("propose"), action, &[("role", "admin")]).await;
    twice(&world, &mut admin, &at("drop"), action, &[]).await;
    twice(&world, &mut admin, &at("propose"), action, &[("role", "none")]).await;
    // Somebody else's act is not taken for one's own.
    let open = other.open(&at("drop")).await;
    twice(&world, &mut other, &at("confirm"), action, &[]).await;
    let code = admin.code();
    let late = admin.submit(&open, action, &[("proof", code.as_str())]).await;
    assert!(late.location().contains("refused"), "{}", late.location());
}

/// A proposal that became another one while its confirmation was open is not confirmed by pressing again.
#[tokio::test]
async fn another_proposal_is_read_before_it_is_confirmed() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut other = world.admin("other@nhs.example.com").await;
    let someone = world.staff("someone@nhs.example.com", domain::actor::StaffRole::Auditor).await;
    let page = format!("/admin/people/{}", world.account(&someone.email).await);
    let (at, action) = (|form: &str| format!("{page}/{form}"), "/api/change-account");
    let send = async |person: &mut Person, form: &str, filled: &[(&str, &str)]| {
        let open = person.open(&at(form)).await;
        let code = person.code();
        let proof = open.form(action).value("proof").map(|_| ("proof", code.as_str()));
        let filled: Vec<_> = filled.iter().copied().chain(proof).collect();
        person.submit(&open, action, &filled).await.leads_to(&page);
    };
    send(&mut admin, "propose", &[("role", "none")]).await;
    let open = other.open(&at("confirm")).await;
    send(&mut admin, "drop", &[]).await;
    send(&mut admin, "propose", &[("role", "admin")]).await;
    let code = other.code();
    let text = overtaken(&mut other, &open, action, &[("proof", code.as_str())]).await;
    all(&text, &["no longer the one that you had open", "Removed: None", "Added: Admin"]);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM history WHERE event_type = 'role_confirmed'").await, 0);
    let form = other.open(&at("confirm")).await.form(action);
    assert!(form.value("proof").is_some(), "the proof was for the other proposal");
}

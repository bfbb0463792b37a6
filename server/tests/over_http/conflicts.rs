//! Two people at one form: the second sees what the first saved before it can be replaced. Two people at two forms do not
//! meet, and a form that is sent twice has its effect once.

use crate::support::{Answer, Person, Team, World, html, keys};

const EVIDENCE: &str = r#"
[[environment.sandpit.evidence]]
id = "board"
title = "Board"
hint = ""
fields = [{ id = "where", label = "Where did it meet?", kind = "line" }]

[[environment.sandpit.evidence]]
id = "report"
title = "Report"
hint = ""
fields = [{ id = "reference", label = "Reference", kind = "line" }]
"#;

/// The answer to a form that was opened before somebody else saved theirs.
async fn late(mine: &mut Person, page: &Answer, action: &str, filled: &[(&str, &str)]) -> Answer {
    let answer = mine.submit(page, action, filled).await;
    let page = mine.follow(answer).await.expect(409);
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    page
}

#[tokio::test]
async fn a_conflict_shows_what_the_other_saved() {
    let world = World::with(EVIDENCE).await;
    let mut team = Team::assemble(&world, "alder").await;
    let at = |page: &str| format!("/registrations/{}/{page}", team.registration);
    let (scopes, vectors, board, service) =
        (at("scopes"), at("vectors"), at("evidence/board"), format!("/services/{}/edit", team.service));

    let page = team.owner.open(&scopes).await;
    let theirs = [("scope[]", "email"), ("reasons[email]", "To write to patients.")];
    team.developer.fill(&scopes, "/api/save-scopes", &theirs).await.expect(303);
    let mine = [("scope[]", "phone"), ("reasons[phone]", "To call them.")];
    let page = late(&mut team.owner, &page, "/api/save-scopes", &mine).await;
    assert!(page.text().contains("email, because: To write to patients."), "{}", page.text());
    assert_eq!(page.form("/api/save-scopes").value("reasons[phone]"), Some("To call them."));
    // Both changes are in the form, and nothing has to be chosen.
    assert_eq!(page.form("/api/save-scopes").value("reasons[email]"), Some("To write to patients."));
    assert!(!page.text().contains("Which do you want to keep?"), "{}", page.text());
    team.owner.submit(&page, "/api/save-scopes", &[]).await.expect(303);
    let read = team.viewer.open(&at("draft")).await.text();
    assert!(read.contains("To write to patients.") && read.contains("To call them."), "{read}");

    let page = team.owner.open(&vectors).await;
    team.developer.fill(&vectors, "/api/save-vectors", &[("nhs_vtr[]", "P9.Cm")]).await.expect(303);
    let page = late(&mut team.owner, &page, "/api/save-vectors", &[("nhs_vtr[]", "P9.Cp.Cd")]).await;
    assert!(page.text().contains("saved this on ") && page.text().contains("while you had it open"), "{}", page.text());
    assert!(
        page.text().contains("What changed while you had this open") && page.text().contains("Added: P9.Cm"),
        "{}",
        page.text()
    );

    let page = team.owner.open(&board).await;
    let field = "evidence[board.where]";
    team.developer.fill(&board, "/api/save-evidence", &[(field, "In Leeds")]).await.expect(303);
    let page = late(&mut team.owner, &page, "/api/save-evidence", &[(field, "In York")]).await;
    assert!(page.text().contains("Where did it meet? In Leeds"), "{}", page.text());
    assert_eq!(page.form("/api/save-evidence").value(field), Some("In York"));
    assert!(
        page.text().contains("“Where did it meet?” changed while you had it open. Which do you want to keep?"),
        "{}",
        page.text()
    );
    // Who has seen it may replace it, or keep it.
    let saved = format!("/registrations/{}?done=saved#", team.registration);
    team.owner.submit(&page, "/api/save-evidence", &[("take[where]", "theirs")]).await.leads_to(&saved);
    assert_eq!(team.viewer.open(&at("draft")).await.text().matches("In Leeds").count(), 1);
    team.owner.submit(&page, "/api/save-evidence", &[]).await.leads_to(&saved);
    assert_eq!(team.viewer.open(&at("draft")).await.text().matches("In York").count(), 1);

    let page = team.owner.open(&service).await;
    team.developer.fill(&service, "/api/change-service", &[("description", "Theirs.")]).await.expect(303);
    let page = late(&mut team.owner, &page, "/api/change-service", &[("description", "Mine.")]).await;
    assert!(page.text().contains("Description: Theirs."), "{}", page.text());
    assert!(page.text().contains("developer alder saved this on "), "{}", page.text());
    assert_eq!(page.form("/api/change-service").value("description"), Some("Mine."));
}

/// Who an organisation is may be put right; what an admin vouched for is then no longer vouched for.
#[tokio::test]
async fn an_owner_changes_the_organisation() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/organisations/{}", team.organisation);
    let confirm = format!("/admin/organisations/{}/confirm", team.organisation);
    let code = admin.code();
    admin.fill(&confirm, "/api/confirm-organisation", &[("proof", &code)]).await.leads_to("/admin/organisations/");
    let edit = team.owner.open(&format!("{page}/edit")).await;
    assert!(edit.text().contains("We must confirm it again"), "{}", edit.text());
    let changed = [("name", "Alder trust"), ("ods_code", "X26")];
    team.owner.submit(&edit, "/api/change-organisation", &changed).await.leads_to(&format!("{page}?done="));
    let read = team.viewer.open(&page).await.text();
    assert!(read.contains("Alder trust") && read.contains("X26") && read.contains("Not confirmed"), "{read}");
    let page = late(&mut team.owner, &edit, "/api/change-organisation", &[("name", "Alder")]).await;
    assert!(page.text().contains("Name: Alder trust"), "{}", page.text());
    assert!(page.text().contains("You saved this in another tab on "), "{}", page.text());
}

#[tokio::test]
async fn two_items_of_evidence_and_two_services_are_no_conflict() {
    let world = World::with(EVIDENCE).await;
    let mut team = Team::assemble(&world, "alder").await;
    let at = |page: &str| format!("/registrations/{}/evidence/{page}", team.registration);
    let page = team.owner.open(&at("board")).await;
    let theirs = [("evidence[report.reference]", "R 1")];
    team.developer.fill(&at("report"), "/api/save-evidence", &theirs).await.expect(303);
    let answer = team.owner.submit(&page, "/api/save-evidence", &[("evidence[board.where]", "In York")]).await;
    answer.leads_to(&format!("/registrations/{}?done=saved#", team.registration));

    let edit = team.owner.open(&format!("/services/{}/edit", team.service)).await;
    let new = format!("/organisations/{}/services/new", team.organisation);
    let mine = team.owner.open(&new).await;
    let service = [
        ("name", "Second"),
        ("description", "A second service."),
        ("use_case", "Patients book."),
        ("technical", "t@alder.example.com"),
        ("product", "p@alder.example.com"),
        ("security", "s@alder.example.com"),
    ];
    team.developer.fill(&new, "/api/add-service", &service).await.leads_to("/services/");
    team.owner.submit(&mine, "/api/add-service", &service).await.leads_to("/services/");
    let answer = team.owner.submit(&edit, "/api/change-service", &[("description", "Mine.")]).await;
    answer.leads_to(&format!("/services/{}?done=service-changed", team.service));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_creates_once() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let length = world.history_length().await;

    let form = team.owner.open("/organisations/new").await.form("/api/create-organisation");
    let pairs = form.filled(&[("name", "Alder trust")]);
    let first = team.owner.submit_form(&form, &pairs).await.leads_to("/organisations/");
    let second = team.owner.submit_form(&form, &pairs).await;
    assert_eq!(first.location(), second.location());
    // The page is gone back to, for another organisation: it says so, and goes on as another form.
    let again = team.owner.submit_form(&form, &form.filled(&[("name", "Another trust")])).await;
    let again = team.owner.follow(again).await;
    assert!(again.text().contains("This form has already created an organisation."), "{}", again.text());
    assert_eq!(again.form("/api/create-organisation").value("name"), Some("Another trust"));
    assert_eq!(world.history_length().await, length + 1);
    // Nobody else gets there with it: from somebody else it asks for another one.
    let other = team.developer.submit_form(&form, &pairs).await.leads_to("/organisations/");
    assert_ne!(other.location(), first.location());
    let length = world.history_length().await - 1;

    let form = team.owner.open(&format!("/organisations/{}/services/new", team.organisation)).await;
    let form = form.form("/api/add-service");
    let service = [
        ("name", "Second"),
        ("description", "A second service."),
        ("use_case", "Patients book."),
        ("technical", "t@alder.example.com"),
        ("product", "p@alder.example.com"),
        ("security", "s@alder.example.com"),
    ];
    let pairs = form.filled(&service);
    let first = team.owner.submit_form(&form, &pairs).await.leads_to("/services/");
    let second = team.owner.submit_form(&form, &pairs).await;
    assert_eq!(first.location(), second.location());
    assert_eq!(world.history_length().await, length + 2);
}

/// A double click, or a form that is gone back to and sent again, is no change by somebody else.
#[tokio::test]
async fn a_section_or_submission_that_is_sent_twice_is_no_conflict() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}", team.registration);

    let name = team.owner.open(&format!("{page}/client-name")).await.form("/api/save-client-name");
    let pairs = name.filled(&[("client_name", "Another name")]);
    team.owner.submit_form(&name, &pairs).await.leads_to(&format!("{page}?done=saved"));
    let length = world.history_length().await;
    team.owner.submit_form(&name, &pairs).await.leads_to(&format!("{page}?done=saved"));
    // Nobody who may not write learns from it whether they guessed what is there.
    team.viewer.post("/api/save-client-name", &pairs).await.leads_to(&format!("{page}/client-name?refused"));
    assert_eq!(world.history_length().await, length);

    team.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    let submit = team.owner.open(&format!("{page}/check")).await.form("/api/submit");
    let pairs = submit.untouched();
    team.owner.submit_form(&submit, &pairs).await.leads_to(&format!("{page}?done=submitted"));
    let length = world.history_length().await;
    team.owner.submit_form(&submit, &pairs).await.leads_to(&format!("{page}?done=submitted"));
    team.developer.post("/api/submit", &pairs).await.leads_to(&format!("{page}/check?refused"));
    assert_eq!(world.history_length().await, length);

    let withdraw = team.owner.open(&format!("{page}/withdraw")).await.form("/api/withdraw");
    for _ in 0..2 {
        team.owner.submit_form(&withdraw, &withdraw.untouched()).await.leads_to(&format!("{page}?done=withdrawn"));
    }
    // What was withdrawn since is not taken for submitted.
    team.owner.submit_form(&submit, &pairs).await.leads_to(&format!("{page}/check?refused"));
    let retire = team.owner.open(&format!("{page}/retire")).await.form("/api/retire");
    for _ in 0..2 {
        let pairs = retire.filled(&[("confirm", "yes"), ("proof", "lantern teapot orchard")]);
        team.owner.submit_form(&retire, &pairs).await.leads_to(&format!("{page}?done=registration-retired"));
    }
    // Withdrawn and retired, each once, and one password that was looked at.
    assert_eq!(world.history_length().await, length + 2 + 1);
    for (page, action) in [
        (format!("/services/{}/edit", team.service), "/api/change-service"),
        (format!("/organisations/{}/edit", team.organisation), "/api/change-organisation"),
    ] {
        let form = team.owner.open(&page).await.form(action);
        for _ in 0..2 {
            let answer = team.owner.submit_form(&form, &form.filled(&[("name", "Another name")])).await;
            assert!(answer.location().contains("done="), "{}", answer.location());
        }
    }
    // What was retired makes room for another one, once: the second press finds it.
    let start = [("service", team.service.as_str()), ("environment", "sandpit")];
    let anew = team.owner.post("/api/start-registration", &start).await.leads_to("/registrations/");
    assert!(!anew.location().starts_with(&page), "{}", anew.location());
    let there = team.owner.post("/api/start-registration", &start).await;
    assert_eq!(anew.location(), format!("{}?done=started", there.location()));
}

/// Enter presses the first button of a form.
#[tokio::test]
async fn enter_saves_and_goes_on() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let address = format!("/registrations/{}/redirect-uris", team.registration);
    let page = team.owner.open(&address).await;
    let shown = page.page();
    let buttons = html::select(&shown, "form[action^='/api/save-redirect-uris?'] button[type=submit]");
    assert_eq!(buttons.first().and_then(|button| button.attr("name")), None);
    assert_eq!(buttons.len(), 2);
    let one = [("redirect_uris[0]", "https://alder.example.org/callback"), ("then", "add")];
    let base = page.form("/api/save-redirect-uris").filled(&one);
    let added = team.owner.post("/api/save-redirect-uris", &base).await;
    assert_eq!(added.location(), format!("{address}?done=saved#redirect_uris-1"));
    assert!(!html::select(&team.owner.follow(added).await.page(), "#redirect_uris-1").is_empty());
}

/// Two people add a key each: the second is told, and what they pasted is there to be sent again.
#[tokio::test]
async fn a_key_that_is_added_beside_anothers_is_not_lost() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/public-key", team.registration);
    let opened = team.owner.open(&page).await;
    let (theirs, mine) = (keys::pair(), keys::pair());
    team.developer
        .fill(&page, "/api/save-public-key", &[("public_key", &theirs.public)])
        .await
        .leads_to("/registrations/");
    let answer = team.owner.submit(&opened, "/api/save-public-key", &[("public_key", &mine.public)]).await;
    assert!(!answer.location().contains("done="), "{}", answer.location());
    let shown = team.owner.follow(answer).await;
    assert!(shown.title().starts_with("Error:"), "{}", shown.text());
    let line = mine.public.lines().nth(3).unwrap();
    assert!(shown.form("/api/save-public-key").value("public_key").unwrap().contains(line), "{}", shown.text());
    // The same that is there is no conflict.
    team.owner
        .submit(&opened, "/api/save-public-key", &[("public_key", &theirs.public)])
        .await
        .leads_to("/registrations/");
}

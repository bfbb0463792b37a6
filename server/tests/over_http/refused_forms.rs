//! What is refused is shown again: every form keeps what was typed (never a password), the title says `Error:`, and
//! each sentence of the summary leads to a field that is on the page.

use time::Duration;
use tokio::sync::watch;

use crate::csrf::functions;
use crate::support::{Answer, Person, Team, World, clock, crawl, html};

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
        let Some(again) = html::forms(&shown.page()).into_iter().find(|other| other.endpoint() == form.endpoint())
        else {
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
    for _ in 0..125 {
        flooder.post("/api/sign-up", &typed).await;
    }
    assert_eq!(kept(&world).await, 120);
    // One more is answered at once, with what was typed; and the page shows nothing older in its place.
    let answer = flooder.post("/api/sign-up", &typed).await.expect(429);
    assert!(answer.title().starts_with("Error:"), "{}", answer.title());
    assert_eq!(answer.form("/api/sign-up").value("name"), Some("Nemo"));
    let page = flooder.get("/sign-up?refused").await;
    assert!(page.text().contains("we no longer have it"), "{}", page.text());
    let mut other = world.visitor();
    other.peer = ([198, 51, 100, 7], 1).into();
    let answer = other.post("/api/sign-up", &typed).await;
    assert_eq!(other.follow(answer).await.form("/api/sign-up").value("name"), Some("Nemo"));

    let long = "x".repeat(100 * 1024);
    let answer = other.post("/api/sign-up", &[("name", long.as_str()), ("email", ""), ("password", "")]).await;
    assert!(answer.expect(422).body.contains(&long));
    let largest = world.count("SELECT MAX(LENGTH(sealed)) AS n FROM refused_forms").await;
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

/// What waits is sealed under a key that only the browser's cookie holds: neither the database nor anything beside it
/// shows a word of it, and another browser's cookie opens nothing.
#[tokio::test]
async fn what_waits_is_sealed_for_its_browser() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    admin.jar.clear();
    let mut visitor = world.visitor();
    let typed = [("name", "Canary of Alder"), ("email", "no canary address"), ("password", "")];
    let answer = visitor.post("/api/sign-up", &typed).await.leads_to("/sign-up?refused");
    // A right password that waits for its code waits in the same way.
    let (email, password) = (admin.email.clone(), admin.password.clone());
    admin
        .fill("/sign-in", "/api/sign-in", &[("email", &email), ("password", &password)])
        .await
        .leads_to("/sign-in/code");
    assert_eq!(kept(&world).await, 2);
    let columns = world.rows("SELECT token_hash || ' ' || sealed AS n FROM refused_forms").await;
    let account = world.account(&email).await.to_string();
    let cookies: Vec<&String> = visitor.jar.values().chain(admin.jar.values()).collect();
    for row in columns {
        let row: String = row.try_get("", "n").unwrap();
        assert!(!row.contains("anary") && !row.contains("password") && !row.contains(&account), "{row}");
        assert!(cookies.iter().all(|cookie| !row.contains(cookie.as_str())), "the key is in the database: {row}");
    }
    for (name, bytes) in world.files() {
        let held = bytes.windows(6).any(|window| window == b"Canary");
        assert!(!held, "{} holds what was typed", name.display());
    }
    assert_eq!(visitor.follow(answer).await.form("/api/sign-up").value("name"), Some("Canary of Alder"));
    let mut other = world.visitor();
    other.post("/api/sign-up", &[("name", "Nemo"), ("email", ""), ("password", "")]).await;
    let page = other.get("/sign-up?refused").await;
    assert!(!page.body.contains("Canary") && page.body.contains("Nemo"), "{}", page.text());
}

/// Wrong wherever it is typed: a control character.
const NEVER_LOST: &str = "never lost \u{7}";

/// A form, by its page, where it goes, and the field that something is typed into.
struct Row(String, &'static str, &'static str);

/// Commands that take no text which is not a secret: nothing typed can be lost in them.
const NOTHING_TYPED: [&str; 43] = [
    "/api/accept-invitation",
    "/api/accept-ownership",
    "/api/agree-to-join",
    "/api/ask-nonce",
    "/api/begin-second-factor",
    "/api/change-account",
    "/api/change-password",
    "/api/change-team-role",
    "/api/confirm-organisation",
    "/api/confirm-reinstatement",
    "/api/confirm-second-factor",
    "/api/decline-invitation",
    "/api/decline-ownership",
    "/api/decline-to-join",
    "/api/discard-changes",
    "/api/end-token",
    "/api/drop-reinstatement",
    "/api/endorse-key",
    "/api/join-team",
    "/api/leave-team",
    "/api/offer-ownership",
    "/api/prove-possession",
    "/api/recovery-codes-saved",
    "/api/remove-key",
    "/api/remove-member",
    "/api/remove-second-factor",
    "/api/report-leak",
    "/api/republish",
    "/api/reset-password",
    "/api/save-vectors",
    "/api/send-invitation-again",
    "/api/sign-in-code",
    "/api/sign-out",
    "/api/sign-out-everywhere",
    "/api/start-registration",
    "/api/submit",
    "/api/take-token-over",
    "/api/token-saved",
    "/api/verify",
    "/api/withdraw",
    "/api/withdraw-invitation",
    "/api/withdraw-join-request",
    "/api/withdraw-ownership-offer",
];

const EVIDENCE: &str = r#"
[[environment.sandpit.evidence]]
id = "board"
title = "Board"
hint = ""
fields = [{ id = "where", label = "Where did it meet?", kind = "line" }]

[[environment.sandpit.evidence]]
id = "plan"
title = "Plan"
hint = ""
of_scope = "landline"
fields = [
    { id = "plan", label = "The plan", kind = "files" },
    { id = "what", label = "What is it?", kind = "paragraphs" },
]
"#;

/// A published client, and one that is suspended.
async fn clients(world: &World, admin: &mut Person) -> (Team, Team) {
    let mut teams = Vec::new();
    for word in ["cedar", "damson"] {
        let mut team = Team::assemble(world, word).await;
        team.fill_in(&[]).await;
        let board = format!("/registrations/{}/evidence/board", team.registration);
        let answers = [("evidence[board.where]", "In Leeds")];
        team.owner.fill(&board, "/api/save-evidence", &answers).await.leads_to("/registrations/");
        team.submit().await.leads_to("/registrations/");
        teams.push(team);
    }
    world.work().await;
    let (suspended, published) = (teams.pop().unwrap(), teams.pop().unwrap());
    admin.sign_in().await;
    let page = format!("/admin/reviews/{}/suspend", suspended.registration);
    admin.fill(&page, "/api/suspend", &[("reason", "Its key is public.")]).await.leads_to("/admin/reviews/");
    world.work().await;
    (published, suspended)
}

async fn rows(world: &World) -> (Team, Person, Vec<Row>, Vec<Row>, Vec<Row>) {
    let mut admin = world.admin("admin@nhs.example.com").await;
    let (published, suspended) = clients(world, &mut admin).await;
    let mut team = Team::assemble(world, "alder").await;
    let mut waiting = Team::assemble(world, "birch").await;
    waiting.fill_in(&[("profile", "The NHS number finds the record of the patient.")]).await;
    let board = format!("/registrations/{}/evidence/board", waiting.registration);
    let answers = [("evidence[board.where]", "In Leeds")];
    waiting.owner.fill(&board, "/api/save-evidence", &answers).await.leads_to("/registrations/");
    waiting.submit().await.leads_to("/registrations/");
    let mut asker = world.partner("Hana", "hana@example.com").await;
    let asked = format!("/organisations/{}/join", waiting.organisation);
    asker.fill(&asked, "/api/ask-to-join", &[("reason", "I look after it.")]).await.leads_to("/organisations/join");
    // As if every owner were locked.
    let locked = format!("UPDATE organisations SET without_owner = TRUE WHERE id = '{}'", waiting.organisation);
    world.rows(&locked).await;
    let asker = world.account("hana@example.com").await;
    let (registration, organisation, service) = (&team.registration, &team.organisation, &team.service);
    let of = |page: &str, action, field| Row(format!("/registrations/{registration}/{page}"), action, field);
    let review =
        |page: &str, action, field| Row(format!("/admin/reviews/{}/{page}", waiting.registration), action, field);
    let visitors = vec![
        Row("/sign-up".into(), "/api/sign-up", "name"),
        Row("/sign-in".into(), "/api/sign-in", "email"),
        Row("/forgotten-password".into(), "/api/forgotten-password", "email"),
        Row("/tools/key".into(), "/api/tools/key", "public_key"),
        Row("/tools/redirect-uri".into(), "/api/tools/redirect-uri", "redirect_uris[0]"),
    ];
    let partners = vec![
        Row("/account/name".into(), "/api/rename", "name"),
        Row("/organisations/new".into(), "/api/create-organisation", "name"),
        Row(format!("/organisations/{organisation}/edit"), "/api/change-organisation", "name"),
        Row(format!("/organisations/{organisation}/contacts"), "/api/change-contacts", "technical"),
        Row(format!("/organisations/{}/join", published.organisation), "/api/ask-to-join", "reason"),
        Row(format!("/organisations/{organisation}/team/invite"), "/api/invite-to-team", "email"),
        Row(format!("/organisations/{organisation}/tokens/new"), "/api/make-token", "name"),
        Row(format!("/organisations/{organisation}/services/new"), "/api/add-service", "use_case"),
        Row(format!("/services/{service}/edit"), "/api/change-service", "description"),
        of("client-name", "/api/save-client-name", "client_name"),
        of("public-key", "/api/save-public-key", "public_key"),
        of("redirect-uris", "/api/save-redirect-uris", "redirect_uris[0]"),
        of("scopes", "/api/save-scopes", "reasons[email]"),
        of("evidence/board", "/api/save-evidence", "evidence[board.where]"),
        of("evidence/plan", "/api/save-evidence-with-files", "evidence[plan.what]"),
        of("retire", "/api/retire", "reason"),
    ];
    let client =
        |of: &Team, page: &str, action| Row(format!("/admin/reviews/{}/{page}", of.registration), action, "reason");
    let admins = vec![
        review("approve", "/api/approve", "comment"),
        review("request-changes", "/api/request-changes", "comment"),
        review("reject", "/api/reject", "reason"),
        Row(
            format!("/admin/organisations/{}/requests/{asker}", waiting.organisation),
            "/api/answer-join-request",
            "reason",
        ),
        client(&published, "suspend", "/api/suspend"),
        client(&published, "retire", "/api/retire-client"),
        client(&suspended, "reinstate", "/api/reinstate"),
    ];
    let tried: Vec<&str> = [&visitors, &partners, &admins].into_iter().flatten().map(|row| row.1).collect();
    let mut untried = functions();
    untried.retain(|path| !tried.contains(&path.as_str()) && !NOTHING_TYPED.contains(&path.as_str()));
    assert!(untried.is_empty(), "say what is typed in them, by a row, or that nothing is: {untried:?}");
    team.owner.sign_in().await;
    (team, admin, visitors, partners, admins)
}

/// The form with something typed that is refused: wrong by itself, or saved over something that nobody saw.
async fn typed(person: &mut Person, row: &Row, text: &str) -> (html::Form, Vec<(String, String)>) {
    let Row(page, action, field) = row;
    let form = person.open(page).await.form(action);
    let mut pairs = form.filled(&[(*field, text)]);
    for (name, value) in &mut pairs {
        if name == "base" {
            "not what is there".clone_into(value);
        }
    }
    (form, pairs)
}

/// Every form × every way in which what was typed cannot wait: it is in the answer, or on the page that the answer leads to,
/// and nothing is called done.
#[tokio::test]
async fn nothing_typed_is_lost_by_any_path() {
    let world = World::with(EVIDENCE).await;
    let (mut team, mut admin, visitors, partners, admins) = rows(&world).await;
    admin.sign_in().await;
    let mut visitor = world.visitor();
    let mut complaints = Vec::new();
    let mut check = |row: &Row, cause: &str, answer: &Answer| {
        let shown = answer.body.contains("never lost");
        let done = answer.body.contains("nhsuk-notification-banner--success");
        if !shown || done || answer.status == 500 {
            complaints.push(format!("{} with {cause}: {} {}", row.1, answer.status, answer.text()));
        }
    };
    let long = format!("{NEVER_LOST}{}", "x".repeat(97 * 1024));
    for (person, rows) in [(&mut visitor, &visitors), (&mut team.owner, &partners), (&mut admin, &admins)] {
        for row in rows {
            if !person.email.is_empty() {
                person.sign_in().await;
            }
            let (form, pairs) = typed(person, row, &long).await;
            let answer = person.submit_form(&form, &pairs).await;
            check(row, "too much typed", &person.follow(answer).await);

            // So much that no command reads it.
            let (form, pairs) = typed(person, row, &format!("{NEVER_LOST}{}", "é".repeat(100 * 1024))).await;
            let answer = person.submit_form(&form, &pairs).await;
            // With files, a form may be larger, and what is typed in it may not.
            let status = if row.1 == "/api/save-evidence-with-files" { 422 } else { 413 };
            assert_eq!(answer.status, status, "{}", row.1);
            check(row, "more typed than is read", &answer);
            clock::pass(Duration::minutes(3));

            let (form, pairs) = typed(person, row, NEVER_LOST).await;
            let account = if person.email.is_empty() { None } else { Some(world.account(&person.email).await) };
            let whose = account.map_or_else(|| "192.0.2.1".to_owned(), |account| account.to_string());
            while world.portal.auth.limits.kept_forms.take(&whose, clock::now()).is_ok() {}
            let answer = person.submit_form(&form, &pairs).await;
            check(row, "many forms before", &person.follow(answer).await);
            clock::pass(Duration::minutes(11));

            let (form, pairs) = typed(person, row, NEVER_LOST).await;
            let mut blocked = person.clone();
            blocked.jar.clear();
            let answer = blocked.submit_form(&form, &pairs).await;
            assert_ne!(answer.status, 303, "{}", answer.location());
            check(row, "no cookies", &answer);
            if person.email.is_empty() {
                continue;
            }
            // Signed out in another tab: it waits until they sign in again.
            let mut here = person.clone();
            here.post::<&str, &str>("/api/sign-out", &[]).await.leads_to("/sign-in");
            here.submit_form(&form, &pairs).await.leads_to("/sign-in?next=");
            person.jar = here.jar;
            person.sign_in().await;
            check(row, "signed out in another tab", &person.get(&format!("{}?refused", row.0)).await);
        }
    }
    let mut filled = Vec::new();
    for (person, rows) in [(&mut visitor, visitors), (&mut team.owner, partners), (&mut admin, admins)] {
        if !person.email.is_empty() {
            person.sign_in().await;
        }
        for row in rows {
            let (form, pairs) = typed(person, &row, NEVER_LOST).await;
            filled.push((person.clone(), row, form, pairs));
        }
    }
    world.store.close().await;
    for (mut person, row, form, pairs) in filled {
        let answer = person.submit_form(&form, &pairs).await;
        // The tools judge without it.
        let expected = if row.1.starts_with("/api/tools/") { &[200][..] } else { &[422, 503] };
        assert!(expected.contains(&answer.status.as_u16()), "{}: {}", row.1, answer.status);
        check(&row, "no database", &answer);
    }
    assert!(complaints.is_empty(), "{} of them:\n{}", complaints.len(), complaints.join("\n"));
}

/// With a private key pasted over it, what is saved stays: the page shows it again, and saving that saves it.
#[tokio::test]
async fn what_is_saved_survives_a_private_key_over_it() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let owner = &mut team.owner;
    let private = crate::support::keys::pair().private;
    for (section, field) in [("client-name", "client_name"), ("redirect-uris", "redirect_uris[0]")] {
        let (page, action) =
            (format!("/registrations/{}/{section}", team.registration), format!("/api/save-{section}"));
        let saved = owner.open(&page).await.form(&action).value(field).unwrap().to_owned();
        assert!(!saved.is_empty());
        let answer = owner.fill(&page, &action, &[(field, &private)]).await;
        let shown = owner.follow(answer).await;
        assert!(shown.title().starts_with("Error:") && shown.text().contains("private key"), "{}", shown.text());
        assert_eq!(shown.form(&action).value(field), Some(saved.as_str()), "{section}");
        // It says whose words stand in the box, at the field and in the summary alike.
        let told = shown.text().matches("We did not keep it. The box shows what was there before.").count();
        assert_eq!(told, 2, "{}", shown.text());
        owner.submit(&shown, &action, &[]).await.expect(303);
        assert_eq!(owner.open(&page).await.form(&action).value(field), Some(saved.as_str()), "{section}");
    }
}

/// A browser that keeps no cookies cannot be signed in: that is said, and how to mend it, before the password is looked
/// at. With a cookie of ours the same form signs in.
#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let world = World::new().await;
    let mut olive = world.partner("Olive", "olive@alder.example.com").await;
    olive.jar.clear();
    let page = olive.open("/sign-in?next=/account").await;
    let mut blocked = olive.clone();
    blocked.jar.clear();
    let (email, password) = (olive.email.clone(), olive.password.clone());
    let filled = [("email", email.as_str()), ("password", password.as_str())];
    let hashed = world.portal.auth.passwords.hashes_done();
    let answer = blocked.submit(&page, "/api/sign-in", &filled).await.expect(422);
    assert!(answer.title().starts_with("Error:"), "{}", answer.title());
    let said = answer.text();
    assert!(said.contains("Your browser did not send our cookie back") && said.contains("Allow cookies"), "{said}");
    assert_eq!(said.matches("cookie").count(), 2, "it is said once: {said}");
    assert_eq!(answer.form("/api/sign-in").value("email"), Some(email.as_str()));
    assert_eq!(world.portal.auth.passwords.hashes_done(), hashed);
    blocked.submit(&answer, "/api/sign-in", &filled).await.leads_to("/account");
}

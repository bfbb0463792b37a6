//! Files beside the answers of the evidence: judged by what they hold, kept once, given out to whoever may read the
//! registration, and never run by a browser.

use crate::support::{Answer, Person, Team, World};
use http::Method;
use std::io::Write;

const EVIDENCE: &str = r#"
[[environment.sandpit.evidence]]
id = "flow"
title = "Data flow"
hint = ""
looks_for = "It shows every supplier."
fields = [
    { id = "diagram", label = "Your diagram", named = "your diagram", kind = "files" },
    { id = "when", label = "When was it agreed?", named = "when it was agreed", kind = "past_date" },
]
"#;

const BOUNDARY: &str = "----files-of-the-test";

fn pdf(title: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< /Title ({title}) >>\nendobj\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n").into_bytes()
}

/// Sends the page's form with these files, and these texts in place of those that it has.
async fn send(person: &mut Person, page: &Answer, texts: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let form = page.form("/api/save-evidence-with-files");
    let mut body = Vec::new();
    for (name, text) in form.filled(texts) {
        if !name.starts_with("file[") {
            write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").unwrap();
        }
    }
    for (name, content) in files {
        let head = format!("form-data; name=\"file[flow.diagram]\"; filename=\"{name}\"");
        write!(body, "--{BOUNDARY}\r\nContent-Disposition: {head}\r\nContent-Type: text/html\r\n\r\n").unwrap();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    write!(body, "--{BOUNDARY}--\r\n").unwrap();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = person.request_from_page(Method::POST, &form.action).header("content-type", kind);
    let request = request.header("content-length", body.len()).body(body.into()).unwrap();
    person.send(request).await
}

/// The addresses of the files on a page.
fn files_on(page: &Answer) -> Vec<String> {
    let parts = page.body.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    let mut found: Vec<String> = parts.filter(|href| href.contains("/files/")).map(str::to_owned).collect();
    found.dedup();
    found
}

#[tokio::test]
async fn a_file_is_attached_read_by_whoever_may_and_frozen_with_the_revision() {
    for world in [World::with(EVIDENCE).await, World::on_postgres_with(EVIDENCE).await] {
        let mut team = Team::assemble(&world, "alder").await;
        let page = format!("/registrations/{}/evidence/flow", team.registration);
        let date = [
            ("evidence[flow.when][day]", "3"),
            ("evidence[flow.when][month]", "2"),
            ("evidence[flow.when][year]", "2026"),
        ];
        let form = team.owner.open(&page).await;
        assert!(form.text().contains("It shows every supplier."));
        let answer =
            send(&mut team.owner, &form, &date, &[("C:\\plans\\Data flow.PDF", &pdf("one")), ("second", &pdf("two"))])
                .await;
        answer.leads_to(&format!("/registrations/{}?done=saved", team.registration));
        let shown = team.owner.open(&page).await;
        assert!(
            shown.text().contains("Keep Data flow.pdf") && shown.text().contains("not scanned for viruses"),
            "{}",
            shown.text()
        );
        let addresses = files_on(&shown);
        assert_eq!(addresses.len(), 2);

        let file = team.viewer.get(&addresses[0]).await.expect(200);
        assert_eq!(file.body.as_bytes(), pdf("one"));
        let header = |name: &str| file.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/pdf", "by its content, whatever was said of it");
        assert_eq!(header("content-disposition"), "attachment", "what it is called says the page");
        assert!(shown.body.contains("download=\"Data flow.pdf\""), "{}", shown.body);
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!((header("x-content-type-options"), header("cache-control")), ("nosniff".into(), "no-store".into()));
        let mut stranger = Team::assemble(&world, "birch").await;
        stranger.owner.get(&addresses[0]).await.expect(404);
        let elsewhere = addresses[0].replace(&team.registration, &stranger.registration);
        stranger.owner.get(&elsewhere).await.expect(404);
        let mut admin = world.admin("admin@nhs.example.com").await;
        admin.sign_in().await;
        admin.get(&addresses[0]).await.expect(200);
        world.visitor().get(&addresses[0]).await.leads_to("/sign-in");

        // One is dropped, the other stays, and what is dropped can still be read by whoever knows of it.
        let first = form.form("/api/save-evidence-with-files").value("evidence[flow.diagram]").map(str::to_owned);
        assert_eq!(first, None);
        let lines = shown.form("/api/save-evidence-with-files").untouched();
        let kept: Vec<(String, String)> = lines
            .into_iter()
            .filter(|(name, line)| name != "evidence[flow.diagram]" || line.ends_with("second.pdf"))
            .collect();
        let form = shown.form("/api/save-evidence-with-files");
        team.owner.submit_form(&form, &kept).await.leads_to("/registrations/");
        let shown = team.owner.open(&page).await;
        assert!(
            !shown.text().contains("Keep Data flow.pdf") && shown.text().contains("Keep second.pdf"),
            "{}",
            shown.text()
        );

        team.fill_in(&[]).await;
        team.submit().await.leads_to("/registrations/");
        let review = admin.open(&format!("/admin/reviews/{}", team.registration)).await;
        assert!(
            review.text().contains("second.pdf") && review.text().contains("not scanned for viruses"),
            "{}",
            review.text()
        );
        assert!(review.text().contains("Look for: It shows every supplier."));
        let digest = addresses[1].rsplit('/').next().unwrap();
        assert!(review.text().contains(digest), "the exact bytes name it by its digest");
    }
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused_with_a_reason_and_nothing_typed_is_lost() {
    let world = World::with(EVIDENCE).await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/evidence/flow", team.registration);
    let large = [pdf("x"), vec![b' '; 10 * 1024 * 1024]].concat();
    let script: &[u8] = b"<html><script>alert(document.domain)</script>";
    let polyglot = [pdf("x").as_slice(), script].concat();
    let key = pdf(include_str!("../../../app/domain/tests/life/private.pem"));
    let active = pdf(") /S /JavaScript /JS (app.alert(1)");
    for (name, content, sentence) in [
        ("page.pdf", script, "“page.pdf” is none of these: PDF, PNG, JPEG, DOCX, XLSX, ODT."),
        ("empty.pdf", b"".as_slice(), "“empty.pdf” is empty."),
        ("both.pdf", &polyglot, "something else is hidden in it"),
        ("active.pdf", &active, "“active.pdf” has macros, scripts or other files in it."),
        ("key.pdf", &key, "What you entered contains a private key."),
        ("large.pdf", &large, "“large.pdf” is larger than 10 MB."),
    ] {
        let form = team.owner.open(&page).await;
        let typed = [
            ("evidence[flow.when][day]", "31"),
            ("evidence[flow.when][month]", "13"),
            ("evidence[flow.when][year]", "1"),
        ];
        let sound = pdf(name);
        let answer = send(&mut team.owner, &form, &typed, &[("sound.pdf", &sound), (name, content)]).await;
        let refused = team.owner.follow(answer).await;
        assert!(refused.text().contains(sentence), "{name}: {}", refused.text());
        assert!(refused.text().contains("Keep sound.pdf"), "{name}: what was sound is kept");
        assert_eq!(
            refused.form("/api/save-evidence-with-files").value("evidence[flow.when][day]"),
            Some("31"),
            "{name}"
        );
    }
    let kept = world.count("SELECT COUNT(*) AS n FROM attachments").await;
    assert_eq!(kept, 6, "what was sound beside each of them, and nothing else");
    // Of whoever is signed out a large form is not read, and they are told how it is sent again.
    let form = team.owner.open(&page).await;
    let mut visitor = world.visitor();
    let answer = send(&mut visitor, &form, &[], &[("plan.pdf", &[pdf("plan"), vec![b' '; 200 * 1024]].concat())]).await;
    assert!(answer.expect(401).text().contains("your browser sends what you entered again"));
    // More than any form may be is not read.
    let form = team.owner.open(&page).await;
    let huge = vec![b'x'; 11 * 1024 * 1024];
    send(&mut team.owner, &form, &[], &[("huge.pdf", &huge)]).await.expect(413);
    let missing = team.owner.submit(&form, "/api/save-evidence-with-files", &[]).await;
    assert!(team.owner.follow(missing).await.text().contains("Attach your diagram."));
}

/// An answer names files of its registration and no other, whatever a form says.
#[tokio::test]
async fn nobody_names_a_file_that_was_not_attached_here() {
    let world = World::with(EVIDENCE).await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut other = Team::assemble(&world, "birch").await;
    let page = |team: &Team| format!("/registrations/{}/evidence/flow", team.registration);
    let form = other.owner.open(&page(&other)).await;
    send(&mut other.owner, &form, &[], &[("theirs.pdf", &pdf("theirs"))]).await.expect(303);
    let theirs = other.owner.open(&page(&other)).await;
    let line = theirs.form("/api/save-evidence-with-files").value("evidence[flow.diagram]").unwrap().to_owned();
    let form = team.owner.open(&page(&team)).await;
    let mut pairs = form.form("/api/save-evidence-with-files").untouched();
    pairs.push(("evidence[flow.diagram]".into(), line.clone()));
    let answer = team.owner.submit_form(&form.form("/api/save-evidence-with-files"), &pairs).await;
    let refused = team.owner.follow(answer).await;
    assert!(refused.text().contains("These questions are not asked here."), "{}", refused.text());
    let digest = line.split(' ').next().unwrap();
    team.owner.get(&format!("/registrations/{}/files/{digest}", team.registration)).await.expect(404);

    // A viewer attaches nothing: nothing is kept of it.
    let form = team.owner.open(&page(&team)).await;
    let before = world.count("SELECT COUNT(*) AS n FROM attachments").await;
    send(&mut team.viewer, &form, &[], &[("viewers.pdf", &pdf("viewers"))]).await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM attachments").await, before);
    // The same file in two registrations is kept once.
    send(&mut team.owner, &form, &[], &[("same.pdf", &pdf("theirs"))]).await.expect(303);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM attachments").await, before + 1);
    assert_eq!(world.count("SELECT COUNT(DISTINCT digest) AS n FROM attachments").await, before);
}

/// Against servers that are really there: an S3 store with the bucket `evidence`, and clamd with a signature of
/// `PORTAL-TEST-VIRUS-MARKER`. Their addresses are in `TEST_S3` (with the key `portal` and the secret `portalsecret`) and
/// `TEST_CLAMD`.
#[tokio::test]
#[ignore = "needs an S3 store and clamd"]
async fn on_a_real_bucket_and_with_a_real_scanner() {
    let [s3, clamd] = ["TEST_S3", "TEST_CLAMD"].map(|name| std::env::var(name).expect(name));
    let files = format!(
        "[files]\nbucket = \"evidence\"\nendpoint = \"{s3}\"\naccess_key_id = \"portal\"\n\
         secret_access_key = \"portalsecret\"\nclamd = \"{clamd}\"\n{EVIDENCE}"
    );
    let world = World::with(&files).await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/evidence/flow", team.registration);
    let form = team.owner.open(&page).await;
    let answer = send(&mut team.owner, &form, &[], &[("plan.pdf", &pdf("a plan"))]).await;
    let shown = team.owner.follow(answer).await;
    assert!(
        shown.text().contains("Keep plan.pdf") && shown.text().contains("scanned: no virus found"),
        "{}",
        shown.text()
    );
    let address = files_on(&shown).remove(0);
    assert_eq!(team.viewer.open(&address).await.body.as_bytes(), pdf("a plan"));
    // What is there already is the same, whoever sends it.
    let mut other = Team::assemble(&world, "birch").await;
    let form = other.owner.open(&format!("/registrations/{}/evidence/flow", other.registration)).await;
    send(&mut other.owner, &form, &[], &[("again.pdf", &pdf("a plan"))]).await.expect(303);
    let form = team.owner.open(&page).await;
    let answer = send(&mut team.owner, &form, &[], &[("bad.pdf", &pdf("PORTAL-TEST-VIRUS-MARKER"))]).await;
    let refused = team.owner.follow(answer).await;
    assert!(refused.text().contains("“bad.pdf” did not pass the virus scanner."), "{}", refused.text());
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM attachments").await, 2);
}

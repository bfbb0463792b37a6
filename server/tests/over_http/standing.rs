//! What a partner team reads of where its registration stands: why it waits, what was submitted, what was decided and
//! said, what differs, and what to do next.

use crate::support::{Person, Team, World, html};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

async fn text(person: &mut Person, address: &str) -> String {
    person.open(address).await.text()
}

/// Approved with a comment and published.
async fn published(world: &World, admin: &mut Person) -> Team {
    let mut team = Team::assemble(world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let approve = format!("/admin/reviews/{}/approve", team.registration);
    let code = admin.code();
    let words = [("proof", code.as_str()), ("comment", "Well explained.")];
    admin.fill(&approve, "/api/approve", &words).await.leads_to("/admin/reviews/");
    world.work().await;
    team
}

#[tokio::test]
async fn a_waiting_revision_says_why_and_can_be_read_by_the_team() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}", team.registration);
    let new = text(&mut team.owner, &page).await;
    for words in ["Not checked yet", "Filled in from the service’s name", "openid only", "The default vectors"] {
        assert!(new.contains(words), "{words}: {new}");
    }
    team.fill_in(PROFILE).await;
    assert!(!text(&mut team.owner, &page).await.contains("Not checked yet"));
    team.submit().await.leads_to("/registrations/");
    let waiting = text(&mut team.viewer, &page).await;
    let why = "An NHS login admin will review it, because it asks for profile, a restricted scope. We aim to review it within \
         one working day.";
    // Only owners and developers are mailed.
    let others = "We will email your team’s owners and developers when we have decided.";
    assert!(waiting.contains(why) && waiting.contains(others), "{waiting}");
    let waiting = text(&mut team.developer, &page).await;
    assert!(waiting.contains("We will email you when we have decided."), "{waiting}");
    let revision = format!("{page}/revisions/1");
    assert!(team.viewer.open(&page).await.body.contains(&format!("href=\"{revision}\"")));
    let read = text(&mut team.viewer, &revision).await;
    assert!(read.contains(&format!("{}/callback", team.host)) && read.contains("Submitted"), "{read}");
    assert!(read.contains(PROFILE[0].1) && read.contains("Olive alder"), "{read}");
    team.viewer.get(&format!("{page}/revisions/2")).await.expect(404);
    team.viewer.get(&format!("{page}/revisions/x")).await.expect(404);
}

#[tokio::test]
async fn what_differs_from_what_is_published_is_shown_before_and_after_submitting() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = published(&world, &mut admin).await;
    let page = format!("/registrations/{}", team.registration);
    let check = format!("{page}/check");
    assert!(text(&mut team.viewer, &page).await.contains("Well explained."), "the approver's comment");

    let same = team.owner.open(&check).await;
    assert!(same.text().contains("Your draft is the same as revision 1, which is published."), "{}", same.text());
    assert!(!same.body.contains("action=\"/api/submit?"), "a submission that would be refused");
    let way = team.owner.open(&page).await;
    let secondary = html::select(&way.page(), "a.nhsuk-button--secondary[href$='/check']").len();
    assert_eq!(secondary, 1, "the way there is not the thing to do");

    team.owner
        .fill(&format!("{page}/client-name"), "/api/save-client-name", &[("client_name", "Another name")])
        .await
        .leads_to(&page);
    let changes = "What changes from revision 1, which is published";
    assert!(text(&mut team.owner, &check).await.contains(changes));
    team.submit().await.leads_to(&page);
    let read = text(&mut team.viewer, &format!("{page}/revisions/2")).await;
    assert!(read.contains(changes) && read.contains("Added: Another name"), "{read}");
    assert!(!text(&mut team.viewer, &format!("{page}/revisions/1")).await.contains(changes));
}

#[tokio::test]
async fn a_suspension_is_explained_and_mailed() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = published(&world, &mut admin).await;
    let page = format!("/registrations/{}", team.registration);
    let suspend = format!("/admin/reviews/{}/suspend", team.registration);
    let reason = [("reason", "Tokens of patients were leaked.")];
    admin.fill(&suspend, "/api/suspend", &reason).await.leads_to("/admin/");
    world.work().await;
    let read = text(&mut team.viewer, &page).await;
    for words in [
        "Your client is suspended",
        "Nobody can sign in with your client. The provider confirmed this on",
        "“Tokens of patients were leaked.”",
        "We will turn it back on when this is resolved.",
        "Revision 1 published at the provider",
        "Suspension confirmed by the provider",
    ] {
        assert!(read.contains(words), "{words}: {read}");
    }
    let mail = world.mails_to(&team.owner.email).pop().unwrap();
    assert_eq!(mail.header("Subject"), "Your client is suspended (Sandpit)");
    assert!(!mail.text.contains("leaked") && mail.text.contains(&page), "{}", mail.text);

    let reinstate = format!("/admin/reviews/{}/reinstate", team.registration);
    let settled = [("reason", "The leak is closed.")];
    admin.fill(&reinstate, "/api/reinstate", &settled).await.leads_to("/admin/reviews/");
    world.work().await;
    let read = text(&mut team.viewer, &page).await;
    assert!(!read.contains("Nobody can sign in"), "{read}");
    for moment in ["Suspension confirmed by the provider", "Reinstatement confirmed by the provider"] {
        assert!(read.contains(moment), "{moment}: {read}");
    }
    assert!(read.contains("People can sign in with your client. The provider confirmed this on"), "{read}");
    assert!(read.contains("Suspension asked for") && read.contains("Reinstatement asked for"), "{read}");
    assert!(read.contains("The leak is closed."), "{read}");
    assert_eq!(
        world.mails_to(&team.owner.email).pop().unwrap().header("Subject"),
        "Your client is reinstated (Sandpit)"
    );
}

/// How to connect is read from what was published, not known by heart.
#[tokio::test]
async fn the_published_algorithm_is_the_one_to_sign_with() {
    let world = World::with("[environment.sandpit]\nsigning_algorithm = \"RS256\"\n").await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = published(&world, &mut admin).await;
    let read = text(&mut team.viewer, &format!("/registrations/{}", team.registration)).await;
    assert!(read.contains("private_key_jwt, signed with RS256") && !read.contains("RS512"), "{read}");
}

#[tokio::test]
async fn a_rejection_and_saved_mistakes_say_what_to_do_next() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let reject = format!("/admin/reviews/{}/reject", team.registration);
    admin.fill(&reject, "/api/reject", &[("reason", "Not a use for NHS login.")]).await.leads_to("/admin/");
    let page = format!("/registrations/{}", team.registration);
    let next = "Read the reason. If you can fix it, update the draft and submit it again.";
    assert!(text(&mut team.owner, &page).await.contains(next));
    assert!(!text(&mut team.viewer, &page).await.contains(next), "nothing that a viewer can do");

    let scopes = format!("{page}/scopes");
    let answer = team.owner.fill(&scopes, "/api/save-scopes", &[("reasons[email]", "To write to patients.")]).await;
    let saved = team.owner.follow(answer).await;
    let error = html::select(&saved.page(), "#scope-email-error").first().map(|node| html::text_of(*node));
    assert!(
        error.unwrap_or_default().contains("You gave a reason for email but did not select it."),
        "{}",
        saved.text()
    );

    let uris = format!("{page}/redirect-uris");
    let answer = team.owner.fill(&uris, "/api/save-redirect-uris", &[("redirect_uris[0]", "http://x")]).await;
    let saved = team.owner.follow(answer).await;
    assert!(html::select(&saved.page(), ".nhsuk-notification-banner").is_empty(), "no success over a problem");
    let summary = html::select(&saved.page(), ".nhsuk-error-summary").first().map(|node| html::text_of(*node));
    let summary = summary.unwrap_or_default();
    assert!(summary.contains("What you entered is saved. Fix these before you submit:"), "{summary}");
}

/// Who was slower than an admin, or opens a form again that had its effect, reads that; not that their role is too weak.
#[tokio::test]
async fn what_was_decided_in_the_meantime_is_no_lack_of_permission() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let page = format!("/registrations/{}", team.registration);
    let check = team.owner.open(&format!("{page}/check")).await;
    assert!(check.text().contains("Revision 1 is being reviewed."), "{}", check.text());
    assert!(!check.body.contains("action=\"/api/submit?"), "a submission that would be refused");
    team.owner.get(&format!("{page}/retire")).await.expect(409);

    let form = team.owner.open(&format!("{page}/withdraw")).await.form("/api/withdraw");
    let reject = format!("/admin/reviews/{}/reject", team.registration);
    admin.fill(&reject, "/api/reject", &[("reason", "Not a use for NHS login.")]).await.leads_to("/admin/");
    let answer = team.owner.submit_form(&form, &form.untouched()).await;
    let late = team.owner.follow(answer).await.expect(409);
    assert!(late.title().contains("changed in the meantime") && !late.text().contains("role"), "{}", late.text());
    assert!(late.body.contains(&format!("href=\"{page}\"")), "{}", late.body);
    // A viewer's role is what it is.
    team.viewer.get(&format!("{page}/withdraw")).await.expect(403);
}

/// A banner says what was done; on a page that refuses, nothing was.
#[tokio::test]
async fn a_page_that_is_refused_shows_no_success() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let refused = team.viewer.get(&format!("/registrations/{}/withdraw?done=submitted", team.registration)).await;
    assert!(!refused.expect(403).body.contains("nhsuk-notification-banner"));
}

/// What a submission is refused for stands at its row of the answers.
#[tokio::test]
async fn problems_of_a_submission_lead_to_the_answers() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    let page = format!("/registrations/{}", team.registration);
    let form = team.owner.open(&format!("{page}/check")).await.form("/api/submit");
    // Another tab takes an answer away; the form is sent with the version that it makes.
    let uris = [("redirect_uris[0]", "http://x")];
    team.owner.fill(&format!("{page}/redirect-uris"), "/api/save-redirect-uris", &uris).await.expect(303);
    let version = world.count("SELECT MAX(version) AS n FROM registrations").await.to_string();
    let pairs = form.filled(&[("version", version.as_str())]);
    let answer = team.owner.submit_form(&form, &pairs).await;
    let shown = team.owner.follow(answer).await;
    let links = html::select(&shown.page(), ".nhsuk-error-summary a[href='#redirect_uris']").len();
    assert!(links > 0, "{}", shown.body);
    assert!(!html::select(&shown.page(), "#redirect_uris").is_empty());
}

/// Who sends the same again after changes were requested is told before, and told after.
#[tokio::test]
async fn an_unchanged_resubmission_is_told_so() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let changes = format!("/admin/reviews/{}/request-changes", team.registration);
    admin.fill(&changes, "/api/request-changes", &[("comment", "Which host?")]).await.leads_to("/admin/");
    let page = format!("/registrations/{}", team.registration);
    let same = "Your draft is the same as revision 1, on which we requested changes.";
    assert!(text(&mut team.owner, &format!("{page}/check")).await.contains(same));
    let answer = team.submit().await;
    assert!(answer.location().ends_with("done=submitted-unchanged"), "{}", answer.location());
    let told = team.owner.follow(answer).await.expect(200);
    assert!(told.text().contains("It is the same as the last revision that we decided on"), "{}", told.text());

    team.owner.fill(&format!("{page}/withdraw"), "/api/withdraw", &[]).await.leads_to(&page);
    let name = [("client_name", "Another name")];
    team.owner.fill(&format!("{page}/client-name"), "/api/save-client-name", &name).await.leads_to(&page);
    assert!(!text(&mut team.owner, &format!("{page}/check")).await.contains("Your draft is the same"));
    assert!(team.submit().await.location().ends_with("done=submitted"));
}

/// A viewer reads all of the draft, and nothing leads to a page that is refused.
#[tokio::test]
async fn a_viewer_reads_the_draft() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    let page = format!("/registrations/{}", team.registration);
    let links = |answer: &crate::support::Answer| -> Vec<String> {
        let shown = answer.page();
        let links = html::select(&shown, "main a[href]").into_iter();
        links
            .filter_map(|link| link.value().attr("href"))
            .filter(|href| href.starts_with('/'))
            .map(str::to_owned)
            .collect()
    };
    let overview = team.viewer.open(&page).await;
    assert!(links(&overview).contains(&format!("{page}/draft")), "{}", overview.body);
    let draft = team.viewer.open(&format!("{page}/draft")).await;
    let callback = format!("{}/callback", team.host);
    for words in ["Client name", "Public key", "Redirect URIs", callback.as_str(), PROFILE[0].1, "Vectors of trust"] {
        assert!(draft.text().contains(words), "{words}: {}", draft.text());
    }
    for link in links(&overview).into_iter().chain(links(&draft)) {
        team.viewer.open(link.split('#').next().unwrap_or_default()).await;
    }
    // Whoever may change it has the task list instead, until it is under review.
    assert!(!links(&team.owner.open(&page).await).contains(&format!("{page}/draft")));
    team.submit().await.leads_to(&page);
    assert!(links(&team.owner.open(&page).await).contains(&format!("{page}/draft")));
}

/// What is lost by withdrawing is said before, and what is retired is named wherever it is.
#[tokio::test]
async fn withdrawing_and_retiring_say_what_they_end() {
    let world = World::with("[environment.sandpit]\napprovals = 2\nautomatic = false\n").await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let page = format!("/registrations/{}", team.registration);
    let withdraw = format!("{page}/withdraw");
    let before = text(&mut team.owner, &withdraw).await;
    assert!(before.contains("it loses its place in the queue") && !before.contains("approval"), "{before}");
    let approve = format!("/admin/reviews/{}/approve", team.registration);
    let code = admin.code();
    admin.fill(&approve, "/api/approve", &[("proof", code.as_str())]).await.leads_to("/admin/");
    let after = text(&mut team.owner, &withdraw).await;
    assert!(after.contains("it loses the approval that it already has"), "{after}");
    let mut second = world.admin("second@nhs.example.com").await;
    let code = second.code();
    second.fill(&approve, "/api/approve", &[("proof", code.as_str())]).await.leads_to("/admin/");
    world.work().await;

    let retire = team.owner.open(&format!("{page}/retire")).await.page();
    let named = format!("the client “Service {}” in Sandpit", &team.registration[30..]);
    for place in ["h1", "button.nhsuk-button--warning", "fieldset legend", "fieldset label"] {
        let words: Vec<String> = html::select(&retire, place).into_iter().map(html::text_of).collect();
        assert!(words.iter().any(|words| words.contains(&named)), "{place}: {words:?}");
    }
}

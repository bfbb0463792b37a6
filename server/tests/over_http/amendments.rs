//! Changing a client: what a change will need is said before it is submitted, what was approved can be taken back until the
//! provider has it, and a draft can be thrown away.

use crate::support::{Answer, Team, World, clock};
use time::Duration;

fn all(page: &Answer, sentences: &[&str]) {
    let text = page.text();
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
}

async fn rename(team: &mut Team, name: &str) {
    let page = format!("/registrations/{}/client-name", team.registration);
    // A change is one of after the submission.
    clock::pass(Duration::minutes(1));
    team.developer.fill(&page, "/api/save-client-name", &[("client_name", name)]).await.expect(303);
}

#[tokio::test]
async fn what_was_approved_is_withdrawn_until_the_provider_has_it() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut team = Team::assemble(&world, "alder").await;
        let page = format!("/registrations/{}", team.registration);
        let at = |form: &str| format!("{page}/{form}");
        team.fill_in(&[]).await;
        team.submit().await.leads_to(&page);
        all(
            &team.owner.open(&page).await,
            &["Revision 1 is approved. Until the provider confirms it, you can withdraw it"],
        );
        assert!(!team.viewer.open(&page).await.text().contains("you can withdraw it"));
        let ask = team.owner.open(&at("withdraw")).await;
        all(&ask, &["we tell the provider that it is not to have the client", "must be approved again"]);
        team.owner.submit(&ask, "/api/withdraw", &[]).await.leads_to(&format!("{page}?done=withdrawn"));
        all(&team.owner.open(&page).await, &["Being withdrawn", "We started withdrawing it on"]);
        all(&team.owner.open(&at("history")).await, &["The provider is not to have the client."]);
        world.work().await;
        all(&team.owner.open(&page).await, &["that it does not have it", "Withdrawn"]);
        assert!(!team.owner.open("/home").await.text().contains("Being published"));

        team.submit().await.leads_to(&page);
        world.work().await;
        team.owner.get(&at("withdraw")).await.expect(409);
        rename(&mut team, "Another name").await;
        team.submit().await.leads_to(&page);
        let ask = team.owner.open(&at("withdraw")).await;
        all(&ask, &["revision 2 stays at the provider"]);
        team.owner.submit(&ask, "/api/withdraw", &[]).await.expect(303);
        world.work().await;
        all(&team.owner.open(&page).await, &["People can sign in with your client.", "Finish your change"]);
        let admin_reads = "SELECT COUNT(*) AS n FROM registrations WHERE client_name LIKE 'Another%'";
        assert_eq!(world.count(admin_reads).await, 0, "lists have the name that is published");
    }
}

#[tokio::test]
async fn a_change_says_what_it_needs_and_can_be_thrown_away() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}", team.registration);
    let at = |form: &str| format!("{page}/{form}");
    team.fill_in(&[]).await;
    assert!(!team.owner.open(&at("check")).await.text().contains("What this change needs"), "nothing is changed by it");
    team.submit().await.leads_to(&page);
    world.work().await;
    assert!(!team.owner.open(&page).await.text().contains("Throw away"));
    rename(&mut team, "Another name").await;
    let needs = [
        "Nobody has to approve it",
        "What is published keeps working until the provider has the change.",
        "You do not have to prove again that you hold the private key.",
        "The client_id stays the same.",
    ];
    all(&team.owner.open(&at("check")).await, &needs);
    let scopes = [
        ("scope[]", "openid"),
        ("scope[]", "profile"),
        ("reasons[profile]", "The NHS number matches the patient's record."),
    ];
    team.owner.fill(&at("scopes"), "/api/save-scopes", &scopes).await.expect(303);
    let needs = ["One NHS login admin must approve it.", "We read why you need profile, which is a restricted scope."];
    all(&team.owner.open(&at("check")).await, &needs);

    all(&team.owner.open(&page).await, &["Throw away the changes in the draft"]);
    team.viewer.get(&at("discard")).await.expect(403);
    let ask = team.owner.open(&at("discard")).await;
    all(&ask, &["What you throw away", "Added: Another name", "Added: profile, because: The NHS number"]);
    // Whoever was shown less than what is there now throws nothing away.
    rename(&mut team, "A third name").await;
    let answer = team.owner.submit(&ask, "/api/discard-changes", &[]).await;
    let late = team.owner.follow(answer).await.expect(409);
    all(&late, &["Nothing was thrown away.", "Added: A third name"]);
    let done = format!("{page}?done=changes-discarded");
    team.owner.fill(&at("discard"), "/api/discard-changes", &[]).await.leads_to(&done);
    let after = team.owner.open(&done).await;
    all(&after, &["Changes thrown away.", "Change something"]);
    assert!(!after.text().contains("A third name") && !after.text().contains("Changes not submitted"));
    all(&team.owner.open(&at("history")).await, &["It is the same as revision 1 again."]);
    team.owner.get(&at("discard")).await.expect(409);

    // A colleague who had a section open is told what became of it.
    rename(&mut team, "A fourth name").await;
    let open = team.developer.open(&at("client-name")).await;
    team.owner.fill(&at("discard"), "/api/discard-changes", &[]).await.expect(303);
    let answer = team.developer.submit(&open, "/api/save-client-name", &[("client_name", "A fifth name")]).await;
    all(&team.developer.follow(answer).await.expect(409), &["Removed: A fourth name", "Which do you want to keep?"]);
}

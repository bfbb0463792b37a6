//! Invitations to a team by their pages and mails: sent, seen, sent again, withdrawn, accepted with an account or by making
//! one, declined; and what somebody else makes of a link.

use time::Duration;

use crate::support::{Person, Team, World, clock};

const GRACE: &str = "grace@alder.example.com";
const PASSWORD: &str = "violet harbour candle";

fn team_page(team: &Team) -> String {
    format!("/organisations/{}/team", team.organisation)
}

async fn invite(team: &mut Team, email: &str, role: &str) {
    let page = team_page(team);
    let proof = team.owner.password.clone();
    let form = team.owner.open(&format!("{page}/invite")).await.form("/api/invite-to-team");
    let mut filled = vec![("email", email), ("role", role)];
    // Where none was given a moment ago.
    if form.value("proof").is_some() {
        filled.push(("proof", proof.as_str()));
    }
    let sent = team.owner.submit_form(&form, &form.filled(&filled)).await;
    sent.leads_to(&format!("{page}?done=invitation-sent"));
}

async fn invitation_page(world: &World, team: &Team, email: &str) -> String {
    let row = world.rows(&format!("SELECT id FROM invitations WHERE email_key = '{email}'")).await.remove(0);
    format!("{}/invitations/{}", team_page(team), row.try_get::<String>("", "id").unwrap())
}

async fn confirm(world: &World, team: &Team) {
    let mut admin = world.admin("confirms@nhs.example.com").await;
    let code = admin.code();
    let page = format!("/admin/organisations/{}/confirm", team.organisation);
    admin.fill(&page, "/api/confirm-organisation", &[("proof", code.as_str())]).await.expect(303);
}

#[tokio::test]
async fn a_newcomer_makes_an_account_and_joins_in_one_go() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = team_page(&team);
    // Whatever is wrong is said at its field, and what was typed stays.
    let proof = team.owner.password.clone();
    let wrong = [("email", "grace"), ("proof", proof.as_str())];
    let refused = team.owner.fill(&format!("{page}/invite"), "/api/invite-to-team", &wrong).await;
    let refused = team.owner.follow(refused).await;
    assert!(refused.text().contains("Choose a role."), "{}", refused.text());
    assert_eq!(refused.form("/api/invite-to-team").value("email"), Some("grace"));
    invite(&mut team, GRACE, "developer").await;
    let shown = team.owner.open(&page).await;
    assert!(shown.text().contains(GRACE) && shown.text().contains("Can be accepted until"), "{}", shown.text());
    world.work().await;
    let mail = world.mails_to(GRACE).pop().unwrap();
    assert!(mail.text.contains(&team.owner.email) && mail.text.contains("as a developer"), "{}", mail.text);
    assert!(!mail.text.contains("alder health"), "nobody confirmed that it is called so: {}", mail.text);
    let path = world.latest_link(GRACE);
    assert!(path.starts_with("/invitations/"), "{path}");

    let mut grace = world.visitor();
    let before = world.state().await;
    let open = grace.open(&path).await;
    assert!(open.text().contains(GRACE) && open.text().contains("developer:"), "{}", open.text());
    assert!(open.text().contains("Check that you know who invited you"), "{}", open.text());
    assert_eq!(before, world.state().await, "looking changes nothing");
    let short = grace.submit(&open, "/api/join-team", &[("name", "Grace Hopper"), ("password", "short")]).await;
    let short = grace.follow(short).await;
    assert_eq!(short.form("/api/join-team").value("name"), Some("Grace Hopper"));
    let filled = [("name", "Grace Hopper"), ("password", PASSWORD)];
    let joined = grace.submit(&short, "/api/join-team", &filled).await;
    let joined = grace.follow(joined.leads_to(&format!("/organisations/{}?done=team-joined", team.organisation))).await;
    assert!(joined.text().contains("You have joined the team."), "{}", joined.text());
    grace.open(&format!("/registrations/{}/client-name", team.registration)).await.expect(200);
    grace.get(&format!("{page}/invite")).await.expect(403);
    // The link is spent, and the account is an account.
    let mut again = world.visitor();
    let spent = again.open(&path).await;
    assert!(spent.text().contains("no longer works"), "{}", spent.text());
    (again.email, again.password) = (GRACE.into(), PASSWORD.into());
    again.sign_in().await;
    world.work().await;
    let told = world.mails_to(&team.owner.email).pop().unwrap();
    assert!(told.text.contains("has joined the team"), "{}", told.text);
    let history = team.owner.open("/history").await;
    assert!(history.text().contains("Joined the team as a developer by invitation."), "{}", history.text());
    assert!(!team.owner.open(&page).await.text().contains("Invitations"), "it was answered");
}

#[tokio::test]
async fn whoever_has_an_account_finds_the_invitation_at_home() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    confirm(&world, &team).await;
    let mut grace = world.partner("Grace", GRACE).await;
    let mut stranger = world.partner("Eve", "eve@birch.example.com").await;
    // As it was typed: addresses are told apart by nothing but that.
    let typed = "Grace@Alder.Example.com";
    invite(&mut team, typed, "viewer").await;
    // Nobody learns from the invitation what the account is called.
    assert!(!team.owner.open(&team_page(&team)).await.text().contains("Grace ("));
    world.work().await;
    let mail = world.mails_to(typed).pop().unwrap();
    assert!(mail.text.contains("“alder health”"), "{}", mail.text);
    let page = world.latest_link(typed);
    assert!(page.starts_with("/invitations/"), "{page}");
    let other = stranger.open(&page).await;
    assert!(other.text().contains("no invitation for you"), "{}", other.text());
    let id = page.trim_start_matches("/invitations/").to_owned();
    let pairs = [("organisation", &team.organisation), ("invitation", &id)];
    let accepted = stranger.post("/api/accept-invitation", &pairs).await;
    assert!(accepted.location().contains("refused"), "{}", accepted.location());
    stranger.get(&format!("/organisations/{}", team.organisation)).await.expect(404);

    let home = grace.open("/home").await;
    assert!(home.text().contains("You have been invited") && home.body.contains(&page), "{}", home.text());
    let form = grace.open(&page).await.form("/api/accept-invitation");
    for _ in 0..2 {
        let joined = grace.submit_form(&form, &form.untouched()).await;
        joined.leads_to(&format!("/organisations/{}?done=team-joined", team.organisation));
    }
    let joined = "SELECT COUNT(*) AS n FROM history WHERE event_type = 'invitation_accepted'";
    assert_eq!(world.count(joined).await, 1);
    assert!(!grace.open("/home").await.text().contains("You have been invited"));
    // In the team already.
    let filled = [("email", GRACE), ("role", "owner")];
    let refused = team.owner.fill(&format!("{}/invite", team_page(&team)), "/api/invite-to-team", &filled).await;
    let refused = team.owner.follow(refused).await;
    assert!(refused.text().contains("already in the team"), "{}", refused.text());
}

#[tokio::test]
async fn an_invitation_is_declined_sent_again_and_withdrawn() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut grace = world.partner("Grace", GRACE).await;
    invite(&mut team, GRACE, "owner").await;
    world.work().await;
    let page = world.latest_link(GRACE);
    grace.fill(&page, "/api/decline-invitation", &[]).await.leads_to("/home?done=invitation-declined");
    world.work().await;
    assert!(world.mails_to(&team.owner.email).pop().unwrap().text.contains("declined"));
    let history = team.owner.open("/history").await.text();
    assert!(history.contains("The invited person") && !history.contains("Grace"), "{history}");
    // Sent to nobody once it is withdrawn, not even what waited.
    let newcomer = "ida@alder.example.com";
    invite(&mut team, newcomer, "viewer").await;
    let one = invitation_page(&world, &team, newcomer).await;
    let late = team.owner.open(&one).await;
    team.owner
        .fill(&one, "/api/withdraw-invitation", &[])
        .await
        .leads_to(&format!("{}?done=invitation-withdrawn", team_page(&team)));
    world.work().await;
    assert!(world.mails_to(newcomer).is_empty());
    let late = team.owner.submit(&late, "/api/send-invitation-again", &[]).await;
    let late = team.owner.follow(late).await;
    assert!(late.text().contains("no longer open"), "{}", late.text());

    invite(&mut team, newcomer, "viewer").await;
    world.work().await;
    let first = world.latest_link(newcomer);
    let one = invitation_page(&world, &team, newcomer).await;
    clock::pass(Duration::days(7));
    let mut ida = world.visitor();
    assert!(ida.open(&first).await.text().contains("no longer works"));
    team.owner.sign_in().await;
    assert!(team.owner.open(&team_page(&team)).await.text().contains("Expired on"));
    let proof = team.owner.password.clone();
    let again = team.owner.fill(&one, "/api/send-invitation-again", &[("proof", proof.as_str())]).await;
    again.leads_to(&format!("{}?done=invitation-sent-again", team_page(&team)));
    world.work().await;
    let second = world.latest_link(newcomer);
    assert_ne!(first, second);
    let page = ida.open(&second).await;
    // Withdrawn while the page was open: no account is made by it.
    team.owner.fill(&one, "/api/withdraw-invitation", &[]).await.expect(303);
    let filled = [("name", "Ida"), ("password", PASSWORD)];
    let answer = ida.submit(&page, "/api/join-team", &filled).await;
    let answer = ida.follow(answer).await;
    assert!(answer.text().contains("no longer works"), "{}", answer.text());
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM accounts WHERE email_key LIKE 'ida@%'").await, 0);

    // Whoever has no account declines by the link.
    invite(&mut team, newcomer, "viewer").await;
    world.work().await;
    let link = world.latest_link(newcomer);
    ida.fill(&link, "/api/decline-invitation", &[]).await.leads_to("/sign-in?done=invitation-declined");
    assert!(!team.owner.open(&team_page(&team)).await.text().contains(newcomer));
}

/// One account sends so many and no more, whether it withdraws them or not (threat 16).
#[tokio::test]
async fn strangers_are_not_mailed_without_end() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("{}/invite", team_page(&team));
    for n in 0..20 {
        invite(&mut team, &format!("person{n}@alder.example.com"), "viewer").await;
        let one = invitation_page(&world, &team, &format!("person{n}@alder.example.com")).await;
        team.owner.fill(&one, "/api/withdraw-invitation", &[]).await.expect(303);
    }
    let filled = [("email", "one.more@alder.example.com"), ("role", "viewer")];
    let refused = team.owner.fill(&page, "/api/invite-to-team", &filled).await;
    let refused = team.owner.follow(refused).await;
    assert!(refused.text().contains("too many tries"), "{}", refused.text());
    assert_eq!(refused.form("/api/invite-to-team").value("email"), Some("one.more@alder.example.com"));
    world.work().await;
    assert!(world.mails().iter().all(|mail| !mail.text.contains("invites you")), "all of them were withdrawn");
}

/// Threat 16: an invitation says nothing of whether its address has an account, and nobody else's password opens what the
/// link made.
#[tokio::test]
async fn a_password_that_a_stranger_chose_before_opens_nothing() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let mut eve = world.visitor();
    let filled = [("name", "Eve"), ("email", GRACE), ("password", "a stranger's own password")];
    eve.fill("/sign-up", "/api/sign-up", &filled).await.leads_to("/sign-up/sent");
    invite(&mut team, GRACE, "owner").await;
    let shown = team.owner.open(&team_page(&team)).await.text();
    assert!(!shown.contains("Eve"), "{shown}");
    world.work().await;
    let link = world.mails_to(GRACE).into_iter().rev().find(|mail| mail.text.contains("invites you")).unwrap().link();
    let path = link[link.find("/invitations/").unwrap()..].to_owned();
    let mut grace = world.visitor();
    let open = grace.open(&path).await;
    let joined = grace.submit(&open, "/api/join-team", &[("name", "Grace"), ("password", PASSWORD)]).await;
    joined.leads_to(&format!("/organisations/{}?done=team-joined", team.organisation));
    let tried = [("email", GRACE), ("password", "a stranger's own password")];
    let tried = eve.fill("/sign-in", "/api/sign-in", &tried).await;
    assert!(tried.location().contains("refused"), "{}", tried.location());
    let people: &[&mut Person] = &[&mut eve];
    assert!(people.iter().all(|person| person.session().is_none()));
}

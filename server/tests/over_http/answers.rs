//! Check your answers: the way to each section and back, what is warned about, and what submitting leads to.

use crate::support::{Person, Team, World, html, keys};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

async fn text(person: &mut Person, address: &str) -> String {
    person.open(address).await.text()
}

#[tokio::test]
async fn a_section_opened_from_the_answers_leads_back_to_them() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    let at = |page: &str| format!("/registrations/{}/{page}", team.registration);
    let check = team.owner.open(&at("check")).await;
    for section in ["client-name", "public-key", "redirect-uris", "scopes", "vectors"] {
        let back = format!("{}?next=check", at(section));
        assert_eq!(html::select(&check.page(), &format!("a[href='{back}']")).len(), 1, "{section}");
        let action = format!("/api/save-{section}");
        // The form of a key adds one.
        let typed: &[(&str, &str)] = if section == "public-key" { &[("public_key", &team.key.public)] } else { &[] };
        team.owner.fill(&back, &action, typed).await.leads_to(&format!("{}?done=saved", at("check")));
        team.owner.fill(&at(section), &action, typed).await.leads_to(&format!("/registrations/{}?", team.registration));
    }

    // A mistake keeps the way back.
    let name = format!("{}?next=check", at("client-name"));
    let wrong = team.owner.fill(&name, "/api/save-client-name", &[("client_name", "")]).await;
    let page = team.owner.follow(wrong.leads_to(&format!("{name}&done=saved-with-problems"))).await;
    assert_eq!(page.form("/api/save-client-name").value("next"), Some("check"));
    let more = team.owner.open(&format!("{}?next=check", at("redirect-uris"))).await;
    let pairs = more.form("/api/save-redirect-uris").filled(&[("then", "add")]);
    let answer = team.owner.submit_form(&more.form("/api/save-redirect-uris"), &pairs).await;
    answer.leads_to(&format!("{}?next=check&done=saved#redirect_uris-1", at("redirect-uris")));
}

/// Only our own words choose where a section leads.
#[tokio::test]
async fn no_form_leads_to_an_address_that_it_names() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}", team.registration);
    for next in ["https://evil.example", "//evil.example", "/account", "check\r\nX: y"] {
        let form = team.owner.open(&format!("{page}/client-name")).await.form("/api/save-client-name");
        let mut pairs = form.filled(&[("client_name", "Alder")]);
        pairs.push(("next".into(), next.into()));
        team.owner.submit_form(&form, &pairs).await.leads_to(&format!("{page}?done=saved#sections"));
    }
}

#[tokio::test]
async fn submitting_says_what_it_leads_to() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let page = format!("/registrations/{}", team.registration);
    let check = format!("{page}/check");
    assert!(
        text(&mut team.owner, &check)
            .await
            .contains("It will be approved automatically, and we start publishing it straight away.")
    );
    team.fill_in(PROFILE).await;
    let why = "An NHS login admin will review it, because it asks for profile, a restricted scope. We aim to review it within \
         one working day.";
    let read = text(&mut team.owner, &check).await;
    assert!(read.contains(why) && !read.contains("at once"), "{read}");
    team.submit().await.leads_to(&page);
    assert!(text(&mut team.owner, &page).await.contains(why), "the same after it was submitted");
}

#[tokio::test]
async fn a_warning_stands_at_its_section_and_leads_there() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}", team.registration);
    let vectors = format!("{page}/vectors");
    let caveat = "NHS login has not yet implemented Ck.";
    let before = text(&mut team.owner, &vectors).await;
    assert!(before.contains(caveat) && !before.contains("About what is saved"), "{before}");
    team.owner.fill(&vectors, "/api/save-vectors", &[("nhs_vtr[]", "P9.Cp.Ck")]).await.leads_to(&page);
    let warning = "P9.Cp.Ck asks for a key held on a device (Ck), which NHS login has not yet implemented.";
    assert!(text(&mut team.owner, &vectors).await.contains(warning));
    let check = team.owner.open(&format!("{page}/check")).await;
    let link = format!(".nhsuk-card--warning a[href='{vectors}?next=check']");
    let links: Vec<String> = html::select(&check.page(), &link).into_iter().map(html::text_of).collect();
    assert_eq!(links, ["Change vectors of trust"], "{}", check.body);
}

#[tokio::test]
async fn how_to_connect_names_the_published_key_and_not_that_of_the_draft() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let page = format!("/registrations/{}", team.registration);
    let key = |pem: &str| domain::key::PublicKey::parse(pem, &[2048]).unwrap();
    let (live, next) = (key(&team.key.public), keys::pair().public);
    let section = format!("{page}/public-key");
    team.owner.fill(&section, "/api/save-public-key", &[("public_key", &next)]).await.leads_to(&page);
    let read = text(&mut team.viewer, &page).await;
    assert!(read.contains(&live.sha256()) && read.contains(&format!("kid: \"{}\"", live.thumbprint())), "{read}");
    assert!(!read.contains(&key(&next).sha256()) && !read.contains(&key(&next).thumbprint()), "{read}");
    assert!(read.contains("/authorize?client_id="), "one line to paste: {read}");
}

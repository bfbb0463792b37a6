//! The journey by plain forms, without JavaScript: from signing up to the row in the provider's client store.
//! Threat 1 (what is published is not what was reviewed) and threat 5 (publication lost or doubled), over HTTP.

use sea_orm::{ConnectionTrait, Database, Statement};
use server::worker::Step;
use sha2::{Digest, Sha256};

use crate::support::{Person, Team, World, stage};

const PROFILE: &[(&str, &str)] = &[("profile", "The NHS number finds the record of the patient.")];

/// A row of the provider's client store.
#[derive(Debug, PartialEq)]
struct Kept {
    client_id: String,
    metadata: serde_json::Value,
    bytes: String,
    generation: i64,
    digest: String,
    enabled: bool,
    removed: bool,
}

/// What the sandpit provider has.
async fn sandpit(world: &World) -> Vec<Kept> {
    let path = world.directory.path().join("sandpit.sqlite");
    if !path.exists() {
        return Vec::new();
    }
    let connection = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    let query = "SELECT client_id, metadata, generation, digest, enabled, removed FROM oidc_clients";
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            let bytes: String = row.try_get("", "metadata").unwrap();
            Kept {
                client_id: row.try_get("", "client_id").unwrap(),
                metadata: serde_json::from_str(&bytes).unwrap(),
                bytes,
                generation: row.try_get("", "generation").unwrap(),
                digest: row.try_get("", "digest").unwrap(),
                enabled: row.try_get("", "enabled").unwrap(),
                removed: row.try_get("", "removed").unwrap(),
            }
        })
        .collect()
}

fn is_published(kept: &Kept, team: &Team) {
    assert!(kept.enabled && !kept.removed, "{kept:?}");
    assert_eq!(kept.digest, data_encoding::HEXLOWER.encode(&Sha256::digest(kept.bytes.as_bytes())));
    assert_eq!(kept.metadata["redirect_uris"], serde_json::json!([format!("{}/callback", team.host)]));
    assert_eq!(kept.metadata["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(kept.metadata["jwks"]["keys"].as_array().unwrap().len(), 1);
}

/// On both databases where there are two.
async fn worlds() -> Vec<World> {
    vec![World::new().await, World::on_postgres().await]
}

#[tokio::test]
async fn the_sandpit_publishes_by_itself_what_was_submitted() {
    for world in worlds().await {
        let mut team = Team::assemble(&world, "alder").await;
        team.fill_in(&[]).await;
        let answer = team.submit().await;
        let page = team.owner.follow(answer).await.expect(200);
        assert!(page.text().contains("Revision submitted."), "{}", page.text());
        assert_eq!(world.work().await.iter().filter(|step| **step == Step::Published).count(), 1);
        let kept = sandpit(&world).await;
        let [kept] = &kept[..] else { panic!("{kept:?}") };
        is_published(kept, &team);
        let page = team.viewer.open(&format!("/registrations/{}", team.registration)).await;
        assert!(page.body.contains(&kept.client_id), "{}", page.text());
        assert_eq!(world.work().await, [], "nothing is done twice");
        let published = world.mails_to("owner@alder.example.com").pop().unwrap();
        assert_eq!(published.header("Subject"), "Your registration is published (Sandpit)");
        if let Some(digest) = world.rows("SELECT metadata_digest AS n FROM revisions").await.first() {
            assert_eq!(digest.try_get::<String>("", "n").unwrap(), kept.digest);
        }
    }
}

async fn decide(admin: &mut Person, registration: &str, form: &str, filled: &[(&str, &str)]) {
    let page = format!("/admin/reviews/{registration}/{form}");
    let answer = admin.fill(&page, &format!("/api/{form}"), filled).await;
    answer.leads_to(&format!("/admin/reviews/{registration}?done="));
}

#[tokio::test]
async fn a_restricted_scope_waits_for_an_admin() {
    for world in worlds().await {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = Team::assemble(&world, "alder").await;
        team.fill_in(PROFILE).await;
        team.submit().await.leads_to("/registrations/");
        world.work().await;
        assert!(sandpit(&world).await.is_empty(), "nobody has approved it");
        let queue = admin.open("/admin/queue").await;
        assert!(queue.body.contains(&format!("/admin/reviews/{}", team.registration)), "{}", queue.text());
        let code = admin.code();
        decide(&mut admin, &team.registration, "approve", &[("proof", &code), ("comment", "Reasons are good.")]).await;
        world.work().await;
        let kept = sandpit(&world).await;
        is_published(&kept[0], &team);
        assert!(kept[0].metadata["scope"].as_str().unwrap().contains("profile"), "{kept:?}");
        let page = team.owner.open(&format!("/registrations/{}", team.registration)).await;
        assert!(page.body.contains(&kept[0].client_id));
    }
}

#[tokio::test]
async fn comments_stand_beside_the_fields_and_the_next_revision_is_approved() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let said = [("comment", "Nearly there."), ("sections[scopes]", "Say why the name is not enough.")];
    decide(&mut admin, &team.registration, "request-changes", &said).await;
    world.work().await;
    assert!(sandpit(&world).await.is_empty());
    let mail = world.mails_to("owner@alder.example.com").pop().unwrap();
    assert_eq!(mail.header("Subject"), "Changes requested to your registration (Sandpit)");
    let address = format!("/registrations/{}", team.registration);
    let overview = team.owner.open(&address).await;
    assert!(overview.text().contains("Nearly there."), "{}", overview.text());
    let scopes = team.owner.open(&format!("{address}/scopes")).await;
    assert!(scopes.text().contains("Say why the name is not enough."), "{}", scopes.text());
    let other = team.owner.open(&format!("{address}/vectors")).await;
    assert!(!other.text().contains("Say why the name is not enough."));

    let better = [("profile", "Two patients may share name and date of birth; the NHS number tells them apart.")];
    stage::save_scopes(&mut team.owner, &team.registration, &better).await.leads_to("/registrations/");
    team.submit().await.leads_to("/registrations/");
    let review = admin.open(&format!("/admin/reviews/{}", team.registration)).await;
    assert!(review.text().contains("tells them apart"), "{}", review.text());
    let code = admin.code();
    decide(&mut admin, &team.registration, "approve", &[("proof", &code)]).await;
    world.work().await;
    is_published(&sandpit(&world).await[0], &team);
}

#[tokio::test]
async fn what_is_rejected_is_not_published() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    decide(&mut admin, &team.registration, "reject", &[("reason", "Not a health service.")]).await;
    world.work().await;
    assert!(sandpit(&world).await.is_empty());
    let page = team.owner.open(&format!("/registrations/{}", team.registration)).await;
    assert!(page.text().contains("Not a health service."), "{}", page.text());
    let mail = world.mails_to("owner@alder.example.com").pop().unwrap();
    assert_eq!(mail.header("Subject"), "Your registration was rejected (Sandpit)");
}

/// The draft is edited after submission: what is published is what was submitted.
#[tokio::test]
async fn a_later_edit_is_not_published() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(PROFILE).await;
    team.submit().await.leads_to("/registrations/");
    let page = format!("/registrations/{}/redirect-uris", team.registration);
    let uri = [("redirect_uris[0]", "https://alder.example.com/elsewhere")];
    let edited = team.owner.get(&page).await;
    if edited.status == 200 {
        team.owner.submit(&edited, "/api/save-redirect-uris", &uri).await.leads_to("/registrations/");
    }
    let code = admin.code();
    decide(&mut admin, &team.registration, "approve", &[("proof", &code)]).await;
    world.work().await;
    is_published(&sandpit(&world).await[0], &team);
}

#[tokio::test]
async fn a_client_is_suspended_reinstated_and_retired_at_the_provider() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    decide(&mut admin, &team.registration, "suspend", &[("reason", "The key leaked.")]).await;
    world.work().await;
    assert!(!sandpit(&world).await[0].enabled);
    let ended = format!("/admin/reviews/{}?done=suspended-already", team.registration);
    admin.get(&format!("/admin/reviews/{}/suspend", team.registration)).await.leads_to(&ended);
    let code = admin.code();
    let settled = [("reason", "The key was replaced."), ("proof", code.as_str())];
    decide(&mut admin, &team.registration, "reinstate", &settled).await;
    world.work().await;
    is_published(&sandpit(&world).await[0], &team);
    let page = format!("/registrations/{}/retire", team.registration);
    let not_ticked = team.owner.fill(&page, "/api/retire", &[]).await;
    assert!(not_ticked.location().contains("refused"), "{}", not_ticked.location());
    let unproved = team.owner.fill(&page, "/api/retire", &[("confirm", "yes")]).await;
    assert!(unproved.location().contains("refused"), "an old session retires nothing: {}", unproved.location());
    let password = team.owner.password.clone();
    let proved = [("confirm", "yes"), ("proof", password.as_str())];
    team.owner.fill(&page, "/api/retire", &proved).await.leads_to("/registrations/");
    world.work().await;
    let kept = sandpit(&world).await;
    assert!(kept[0].removed, "{kept:?}");
}

#[tokio::test]
async fn an_admin_retires_with_a_reason_that_the_partner_reads() {
    let world = World::new().await;
    let mut admin = world.admin("admin@nhs.example.com").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    team.submit().await.leads_to("/registrations/");
    world.work().await;
    let page = format!("/registrations/{}", team.registration);
    let form = format!("/admin/reviews/{}/retire", team.registration);
    admin.get(&format!("{page}/retire")).await.leads_to(&form);
    let code = admin.code();
    let unsaid = admin.fill(&form, "/api/retire-client", &[("proof", &code)]).await;
    assert!(unsaid.location().contains("refused"), "{}", unsaid.location());
    admin.fill(&form, "/api/retire-client", &[("reason", "The practice closed.")]).await.leads_to("/admin/reviews/");
    world.work().await;
    assert!(sandpit(&world).await[0].removed);
    assert!(team.owner.open(&page).await.text().contains("The practice closed."));
    let history = admin.open(&format!("/history?registration={}", team.registration)).await;
    assert!(history.text().contains("The provider confirmed that the client is removed."), "{}", history.text());
}

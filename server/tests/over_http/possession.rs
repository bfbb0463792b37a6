//! Threat 4 (key substitution), over HTTP: a proof of possession is for one nonce, one registration, one key, one hour.

use time::Duration;

use crate::support::keys::{self, Claims, KeyPair};
use crate::support::world::ORIGIN;
use crate::support::{Team, World, clock};

/// The nonce that the page shows now.
async fn ask_nonce(team: &mut Team) -> String {
    let address = format!("/registrations/{}/possession", team.registration);
    let page = team.owner.open(&address).await;
    team.owner.submit(&page, "/api/ask-nonce", &[]).await.leads_to(&address);
    let page = team.owner.open(&address).await;
    let at = page
        .body
        .find("\"jti\":\"")
        .map(|at| at + 7)
        .or_else(|| page.body.find("&quot;jti&quot;:&quot;").map(|at| at + 22));
    page.body[at.expect("the page shows the nonce")..].chars().take_while(|c| !matches!(c, '"' | '&')).collect()
}

async fn prove(team: &mut Team, assertion: &str) -> Result<(), String> {
    let pairs = [("registration", team.registration.clone()), ("assertion", assertion.to_owned())];
    let answer = team.owner.post("/api/prove-possession", &pairs).await.expect(303);
    if answer.location().contains("done=possession-proved") {
        return Ok(());
    }
    let page = team.owner.follow(answer).await;
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(!page.body.contains(assertion), "an assertion is a credential: it is not shown again");
    Err(page.text())
}

fn assertion(key: &KeyPair, registration: &str, nonce: &str) -> String {
    key.assertion(&Claims { issuer: registration, audience: ORIGIN, nonce, at: clock::now() })
}

async fn proofs(world: &World) -> i64 {
    world.count("SELECT COUNT(*) AS n FROM history WHERE event_type = 'possession_proved'").await
}

#[tokio::test]
async fn a_proof_is_for_one_nonce_one_registration_one_key_and_one_hour() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let (id, key) = (team.registration.clone(), team.key.clone());

    let nonce = ask_nonce(&mut team).await;
    let stranger = keys::pair();
    prove(&mut team, &assertion(&stranger, &id, &nonce)).await.expect_err("signed with another key");
    prove(&mut team, &assertion(&key, &id, "another-nonce")).await.expect_err("another nonce");
    let elsewhere = Claims { issuer: &id, audience: "https://evil.example", nonce: &nonce, at: clock::now() };
    let elsewhere = key.assertion(&elsewhere);
    prove(&mut team, &elsewhere).await.expect_err("made for another audience");
    clock::pass(Duration::minutes(20));
    team.owner.open("/home").await;
    let late = assertion(&key, &id, &nonce);
    clock::pass(Duration::minutes(15));
    prove(&mut team, &late).await.expect_err("an assertion that has run out");
    assert_eq!(proofs(&world).await, 0);

    let good = assertion(&key, &id, &nonce);
    prove(&mut team, &good).await.unwrap();
    assert_eq!(proofs(&world).await, 1);
    let page = team.owner.open(&format!("/registrations/{id}/possession")).await.text();
    let fingerprint = domain::key::PublicKey::parse(&key.public, &[2048]).unwrap().sha256();
    assert!(page.contains("You have proved that you hold the private key") && page.contains(&fingerprint), "{page}");
    prove(&mut team, &good).await.expect_err("the same assertion again");
    prove(&mut team, &assertion(&key, &id, &nonce)).await.expect_err("the same nonce again");
    assert_eq!(proofs(&world).await, 1);
}

#[tokio::test]
async fn a_nonce_lasts_an_hour_and_a_new_one_replaces_it() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let (id, key) = (team.registration.clone(), team.key.clone());
    let old = ask_nonce(&mut team).await;
    let new = ask_nonce(&mut team).await;
    prove(&mut team, &assertion(&key, &id, &old)).await.expect_err("replaced");
    for _ in 0..3 {
        clock::pass(Duration::minutes(20));
        team.owner.open("/home").await;
    }
    clock::pass(Duration::seconds(1));
    prove(&mut team, &assertion(&key, &id, &new)).await.expect_err("an hour and a second");
    assert_eq!(proofs(&world).await, 0);
}

#[tokio::test]
async fn another_registrations_nonce_and_another_key_do_not_count() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let mut other = Team::assemble(&world, "birch").await;
    let (id, key) = (team.registration.clone(), team.key.clone());
    let theirs = ask_nonce(&mut other).await;
    ask_nonce(&mut team).await;
    prove(&mut team, &assertion(&key, &id, &theirs)).await.expect_err("another registration's nonce");
    prove(&mut team, &assertion(&key, &other.registration, &theirs)).await.expect_err("another registration's name");

    // The proof is of the key that was there: after a change the page says that the new one is not proved.
    let nonce = ask_nonce(&mut team).await;
    prove(&mut team, &assertion(&key, &id, &nonce)).await.unwrap();
    let address = format!("/registrations/{id}/public-key");
    assert!(team.owner.open(&address).await.text().contains("Proved "));
    let new = keys::pair();
    team.owner.fill(&address, "/api/save-public-key", &[("public_key", &new.public)]).await.leads_to("/registrations/");
    assert!(team.owner.open(&address).await.text().contains("Not proved."));
    // Nobody else proves it for them.
    let pairs = [("registration", id.clone())];
    other.owner.post("/api/ask-nonce", &pairs).await.leads_to("/not-found");
    team.viewer.post("/api/ask-nonce", &pairs).await;
    assert!(team.viewer.get(&format!("/registrations/{id}/possession")).await.status == 403);
}

#[tokio::test]
async fn where_possession_is_required_only_a_proved_key_is_submitted() {
    let world = World::with("[environment.sandpit]\npossession_required = true\n").await;
    let mut team = Team::assemble(&world, "alder").await;
    team.fill_in(&[]).await;
    let (id, key) = (team.registration.clone(), team.key.clone());
    let submitted = async || world.count("SELECT COUNT(*) AS n FROM revisions").await;
    let refused = async |team: &mut Team| {
        let pairs =
            [("registration", team.registration.clone()), ("version", version(&world, &team.registration).await)];
        let answer = team.owner.post("/api/submit", &pairs).await.expect(303);
        assert!(answer.location().contains("refused"), "{}", answer.location());
        let page = team.owner.follow(answer).await;
        assert!(page.text().contains("needs proof that you hold the private key"), "{}", page.text());
    };
    refused(&mut team).await;
    let nonce = ask_nonce(&mut team).await;
    prove(&mut team, &assertion(&key, &id, &nonce)).await.unwrap();
    let address = format!("/registrations/{id}/public-key");
    let new = keys::pair();
    team.owner.fill(&address, "/api/save-public-key", &[("public_key", &new.public)]).await.leads_to("/registrations/");
    refused(&mut team).await;
    assert_eq!(submitted().await, 0);
    team.owner.fill(&address, "/api/save-public-key", &[("public_key", &key.public)]).await.leads_to("/registrations/");
    team.submit().await.leads_to("/registrations/");
    assert_eq!(submitted().await, 1);
}

/// The version that a form of the registration carries.
async fn version(world: &World, registration: &str) -> String {
    let id: domain::id::RegistrationId = registration.parse().unwrap();
    world.store.load::<domain::registration::Registration>(id).await.unwrap().1.to_string()
}

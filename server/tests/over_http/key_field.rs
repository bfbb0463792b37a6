//! The key page, by form and by file: what reads as a public key is saved in its canonical form, everything else is
//! refused with its sentence, and nothing of it is in the database's history.

use crate::support::keys;
use crate::support::{Team, World};

macro_rules! case {
    ($name:literal) => {
        include_bytes!(concat!("../../../app/domain/tests/cases/", $name, ".in")).as_slice()
    };
}

/// By file, as people choose it, and by paste where it is text. Each is told what is wrong; what was saved stays.
#[tokio::test]
async fn files_from_the_field() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/public-key", team.registration);
    for (name, file, sentence) in [
        ("utf16-powershell", case!("key-utf16-powershell"), ""),
        ("zero-width-in-body", case!("key-zero-width-in-body"), ""),
        ("misspelt-begin", case!("key-misspelt-begin"), "Line 1 must be exactly -----BEGIN PUBLIC KEY-----"),
        (
            "label-certificate-over-spki",
            case!("key-label-certificate-over-spki"),
            "Change both lines to say PUBLIC KEY.",
        ),
        ("kms-der", case!("key-kms-der"), "openssl pkey -pubin -inform DER"),
        ("pem-in-base64", case!("key-pem-in-base64"), "base64 --decode key.b64"),
        ("putty-ssh2", case!("key-putty-ssh2"), "ssh-keygen -i -f key.pub"),
        ("pkcs7-ca-first", case!("key-pkcs7-ca-first"), "whose subject line names your service"),
        ("jwk-ec", case!("key-jwk-ec"), "only RSA keys can be registered"),
    ] {
        for address in [page.as_str(), "/tools/key"] {
            let action = if address == page { "/api/save-public-key" } else { "/api/tools/key" };
            let form = team.owner.open(address).await.form(action);
            let sent = team.owner.upload(&form, file).await;
            let by_file = team.owner.follow(sent).await.text();
            let mut answers = vec![("file", by_file)];
            if let Ok(text) = std::str::from_utf8(file) {
                let sent = team.owner.fill(address, action, &[("public_key", text)]).await;
                answers.push(("paste", team.owner.follow(sent).await.text()));
            }
            for (way, shown) in answers {
                let accepted = shown.contains("Saved.") || shown.contains("This public key can be registered.");
                match sentence {
                    "" => assert!(accepted, "{name} by {way} at {address}: {shown}"),
                    sentence => assert!(!accepted && shown.contains(sentence), "{name} by {way} at {address}: {shown}"),
                }
            }
        }
    }
    let saved = team.owner.open(&page).await;
    assert!(saved.text().contains("In the draft"), "{}", saved.text());
}

/// What was typed beside a key, or instead of one, is nowhere once its ten minutes have passed; and at no time in the
/// history.
#[tokio::test]
async fn what_is_no_key_is_not_kept() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let page = format!("/registrations/{}/public-key", team.registration);
    let key = keys::pair().public;
    let around = format!("The password is CANARYBESIDE\n{key}\nCANARYBESIDE");
    team.owner.fill(&page, "/api/save-public-key", &[("public_key", &around)]).await.leads_to("/registrations/");
    let refused = team.owner.fill(&page, "/api/save-public-key", &[("public_key", "CANARYINSTEAD of a key")]).await;
    let shown = team.owner.follow(refused).await;
    assert_eq!(
        shown.form("/api/save-public-key").value("public_key"),
        Some("CANARYINSTEAD of a key"),
        "nothing typed is lost"
    );
    let history = team.owner.get("/history.csv").await.body;
    let all = team.owner.open(&format!("/registrations/{}/history", team.registration)).await.text();
    for canary in ["CANARYBESIDE", "CANARYINSTEAD"] {
        assert!(!history.contains(canary) && !all.contains(canary), "{canary}");
    }
    for (path, bytes) in world.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("CANARYBESIDE"), "in {}", path.display());
    }
}

/// So that no other command waits for it: when it is saved, and again before the submission, where that came to nothing.
#[tokio::test]
async fn a_key_is_compared_with_all_others_before_its_submission() {
    let world = World::new().await;
    let mut earlier = Team::assemble(&world, "alder").await;
    earlier.fill_in(&[]).await;
    earlier.submit().await.leads_to("/registrations/");
    let mut team = Team::assemble(&world, "birch").await;
    team.fill_in(&[]).await;
    let compared = "SELECT COUNT(*) AS n FROM key_comparisons";
    for _ in 0..100 {
        if world.count(compared).await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(world.count(compared).await, 1, "when it was saved");
    world.rows("DELETE FROM key_comparisons").await;
    team.submit().await.leads_to("/registrations/");
    assert_eq!(world.count(compared).await, 1, "before it was submitted");
}

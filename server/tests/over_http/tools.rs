//! The tools that need no account judge as `portal check` and as a registration does.

use domain::key::PublicKey;
use serde_json::json;
use server::check::{Kind, judge};

use crate::support::{Team, World, clock, html, keys, stage};

#[tokio::test]
async fn the_page_and_the_command_agree_on_keys() {
    let (known, sound) = (keys::pair().public, keys::pair().public);
    let digest = PublicKey::parse(&known, &[2048]).unwrap().sha256();
    let world = World::with(&format!("[environment.live]\ncompromised_keys = [\"{digest}\"]\n")).await;
    let policy = world.config.policies().pop().unwrap();
    let weak = keys::openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], b"");
    let weak = keys::openssl(&["pkey", "-pubout"], weak.as_bytes());
    for key in [&known, &sound, &weak, "no key at all"] {
        let verdict = judge(Kind::Key, key.as_bytes(), &policy, clock::now().date());
        let mut visitor = world.visitor();
        let answer = visitor.fill("/tools/key", "/api/tools/key", &[("public_key", key)]).await;
        let page = visitor.follow(answer).await.text();
        assert_eq!(page.contains("This public key can be registered."), verdict.sound, "{page}");
        assert!(verdict.problems.iter().all(|problem| page.contains(&problem.message)), "{page}");
    }
}

/// On a page with several addresses each sentence says which it is about; beside that they are the same words.
#[tokio::test]
async fn the_page_and_the_command_agree_on_redirect_uris() {
    let world = World::new().await;
    let policy = world.config.policies().pop().unwrap();
    let uris = [
        "https://www.example.org/callback",
        "https://*.example.org/",
        "https://*.example.org/b",
        "http://www.example.org/",
        "https://localhost",
        "https://www.example.org:443/callback",
        "https://bücher.example/",
        "https://www.example.org/%C2%85",
        "git://www.example.org/",
        "https://xn--80ak6aa92e.com/",
    ];
    let named: Vec<(String, &str)> =
        uris.iter().enumerate().map(|(at, uri)| (format!("redirect_uris[{at}]"), *uri)).collect();
    let filled: Vec<(&str, &str)> = named.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    let mut visitor = world.visitor();
    let answer = visitor.post("/api/tools/redirect-uri", &filled).await;
    let page = visitor.follow(answer).await.text();
    let mut wrong = 0;
    for (at, uri) in uris.iter().enumerate() {
        let verdict = judge(Kind::RedirectUri, uri.as_bytes(), &policy, clock::now().date());
        wrong += verdict.problems.len();
        for problem in verdict.problems {
            let sentence = problem.message.replacen("The redirect URI", &format!("Redirect URI {}", at + 1), 1);
            assert!(page.contains(&sentence), "{uri}: {sentence}\n{page}");
        }
    }
    assert_eq!(wrong, 8);
}

/// What the page of answers says of a draft is what `portal check registration` says of the same metadata.
#[tokio::test]
async fn the_page_and_the_command_agree_on_registrations() {
    let world = World::new().await;
    let policy = world.config.policies().remove(0);
    let mut team = Team::assemble(&world, "alder").await;
    let at = format!("/registrations/{}", team.registration);
    let key = team.key.public.clone();
    let uris = ["https://*.example.org/", "https://www.example.org/a", "https://*.example.org/b"];
    let why = "To send a reminder of each appointment.";
    for (name, key, uris, why) in [
        ("", "", &[][..], ""),
        ("N\u{41d}S", "ssh-rsa AAAAB3NzaC1yc2E me@machine", &uris[..], "short"),
        ("Appointments", &key, &uris[1..], why),
        ("Appointments", &key, &uris[1..2], why),
    ] {
        let owner = &mut team.owner;
        let page = |section: &str| format!("{at}/{section}");
        owner.fill(&page("client-name"), "/api/save-client-name", &[("client_name", name)]).await.expect(303);
        owner.fill(&page("public-key"), "/api/save-public-key", &[("public_key", key)]).await.expect(303);
        let fields = ["redirect_uris[0]", "redirect_uris[1]", "redirect_uris[2]"];
        let filled: Vec<(&str, &str)> =
            fields.iter().enumerate().map(|(at, field)| (*field, uris.get(at).copied().unwrap_or_default())).collect();
        owner.fill(&page("redirect-uris"), "/api/save-redirect-uris", &filled).await.expect(303);
        stage::save_scopes(owner, &team.registration, &[("email", why)]).await.expect(303);
        let shown = owner.open(&page("check")).await.page();
        let mut said: Vec<String> =
            html::select(&shown, "p.nhsuk-error-message").into_iter().map(html::text_of).collect();
        let metadata = json!({
            "client_name": name, "public_key": key, "redirect_uris": uris, "scope": "openid email",
            "reasons": {"email": why},
        });
        let verdict = judge(Kind::Registration, metadata.to_string().as_bytes(), &policy, clock::now().date());
        let mut expected: Vec<String> = verdict.problems.into_iter().map(|problem| problem.message).collect();
        said.sort();
        expected.sort();
        assert_eq!(said, expected, "{name}");
    }
}

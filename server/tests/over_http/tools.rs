//! The tools that need no account judge as `portal check` and as a registration does.

use domain::key::PublicKey;
use server::check::{Kind, judge};

use crate::support::{World, clock, keys};

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

//! Keys and names compared with those of others, and a private key that must never be kept (threats 2, 4, 12, 13).

use crate::{common::*, migrating::back_and_forward};
use domain::{
    actor::StaffRole,
    draft::DraftChange,
    id::RegistrationId,
    key::PublicKey,
    possession::{Challenge, Presented},
    refusal::Refusal,
    registration::{Command, Registration},
};
use std::sync::Arc;
use store::StoreError;

on_both!(
    a_shared_prime_is_refused,
    a_key_is_compared_before_its_submission_and_then_with_what_came_since,
    keys_from_before_there_were_products_are_compared_with,
    a_key_of_another_organisation_goes_to_an_admin,
    a_proved_key_of_another_organisation_is_refused,
    a_proof_counts_for_the_whole_organisation,
    the_same_key_in_two_environments_is_a_warning,
    look_alikes_are_shown,
    a_newcomer_with_the_same_name_makes_nobody_wait,
    a_private_key_is_nowhere,
);

async fn a_shared_prime_is_refused(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    world.submitted(&ash, "sandpit", draft("Ash", PRIME_1)).await;
    let sound = world.service(&ash.owner, ash.organisation, "Sound").await;
    world.submitted(&Partner { service: sound, ..ash.clone() }, "sandpit", draft("Sound", KEY_B)).await;
    let id = world.start(&birch.owner, &birch, "sandpit", draft("Birch", PRIME_2)).await.unwrap();
    is_refused_for_its_prime(&world, &birch.owner, id).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM revisions").await, 2);
}

const PRIME_1: &str = include_str!("../keys/shared-prime-1.pem");
const PRIME_2: &str = include_str!("../keys/shared-prime-2.pem");

/// As the portal does when a key is saved. Says how many products it took.
async fn compare(world: &World, pem: &str) -> usize {
    let key = PublicKey::parse(pem, &[2048]).unwrap();
    let Some(mut comparison) = world.store.comparison(&key).await.unwrap() else { return 0 };
    let mut count = 0;
    loop {
        let products = world.store.products_to_compare(&comparison).await.unwrap();
        if products.is_empty() {
            break;
        }
        count += products.len();
        comparison = comparison.with(&key, &products);
    }
    world.store.keep_comparison(comparison, world.now()).await.unwrap();
    count
}

async fn is_refused_for_its_prime(world: &World, user: &User, id: RegistrationId) {
    let refused = refusal(world.submit(user, id).await);
    assert_eq!(refused.problems()[0].rule.name(), "key-shared-prime");
}

async fn a_key_is_compared_before_its_submission_and_then_with_what_came_since(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let id = world.start(&birch.owner, &birch, "sandpit", draft("Birch", PRIME_2)).await.unwrap();
    assert_eq!(compare(&world, PRIME_2).await, 0, "nothing is registered yet");
    world.submitted(&ash, "sandpit", draft("Ash", PRIME_1)).await;
    is_refused_for_its_prime(&world, &birch.owner, id).await;
    assert_eq!((compare(&world, PRIME_2).await, compare(&world, PRIME_2).await), (1, 0), "each product once");
    world.sql("DELETE FROM key_products").await.unwrap();
    is_refused_for_its_prime(&world, &birch.owner, id).await;
    assert_eq!(compare(&world, PRIME_1).await, 0, "what is registered was compared then");

    // As many as come in an hour of a very busy day, one after the other: others do not wait for that.
    let sound = Partner { service: world.service(&ash.owner, ash.organisation, "Sound").await, ..ash.clone() };
    let sound = world.start(&ash.owner, &sound, "sandpit", draft("Sound", KEY_B)).await.unwrap();
    let three = if world.url.starts_with("postgres") { "'\\x03'::bytea" } else { "x'03'" };
    let many = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100)
         INSERT INTO key_products (block, members, product) SELECT n, 64, {three} FROM n"
    );
    world.sql(&many).await.unwrap();
    assert_eq!(world.submit(&ash.owner, sound).await.unwrap_err(), StoreError::Busy);
    assert_eq!(compare(&world, KEY_B).await, 100);
    world.submit(&ash.owner, sound).await.unwrap();
    // The last one is full: the next key begins another, which the submission compares with alone.
    assert_eq!(world.count("SELECT COUNT(*) FROM key_products").await, 101);
}

async fn keys_from_before_there_were_products_are_compared_with(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    world.submitted(&ash, "sandpit", draft("Ash", PRIME_1)).await;
    let id = world.start(&birch.owner, &birch, "sandpit", draft("Birch", PRIME_2)).await.unwrap();
    world.sql("DELETE FROM key_products").await.unwrap();
    world.sql("UPDATE registered_keys SET block = NULL").await.unwrap();
    is_refused_for_its_prime(&world, &birch.owner, id).await;
    assert_eq!(world.store.multiply_earlier_keys().await.unwrap(), 1);
    assert_eq!(world.store.multiply_earlier_keys().await.unwrap(), 0, "once");
    is_refused_for_its_prime(&world, &birch.owner, id).await;
}

async fn a_key_of_another_organisation_goes_to_an_admin(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    let id = world.submitted(&birch, "sandpit", draft("Birch", KEY_A)).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let revision = registration.submitted().expect("not approved by the rules");
    assert!(revision.warnings.iter().any(|warning| warning.rule == "key-unproved-elsewhere"));
    let told = format!("{:?}", revision.warnings);
    assert!(!told.contains("Ash organisation"), "{told}");
}

async fn a_proved_key_of_another_organisation_is_refused(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    world.sql("UPDATE registered_keys SET proved = TRUE").await.unwrap();
    let id = world.start(&birch.owner, &birch, "sandpit", draft("Birch", KEY_A)).await.unwrap();
    let refused = refusal(world.submit(&birch.owner, id).await);
    assert_eq!(refused.problems()[0].rule.name(), "key-of-another-organisation");
}

/// Proved for live, whose draft was never submitted; submitted in integration, where nothing was proved.
async fn a_proof_counts_for_the_whole_organisation(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let live = world.start(&ash.owner, &ash, "live", draft("Ash", KEY_A)).await.unwrap();
    let (mut registration, _) = world.store.load::<Registration>(live).await.unwrap();
    let key = domain::key::PublicKey::parse(KEY_A, &[2048]).unwrap();
    let stamp = domain::actor::Stamp { at: world.now(), by: domain::actor::By::Account(ash.owner.account) };
    registration.proofs.insert(key.thumbprint(), stamp);
    // As it was typed: PostgreSQL's jsonb takes no NUL, and a step of the schema must not fail for one.
    registration.draft.client_name = "Ash\0 \\u0000".into();
    let state = serde_json::to_string(&registration).unwrap().replace('\'', "''");
    world.sql(&format!("UPDATE registrations SET state = '{state}' WHERE id = '{live}'")).await.unwrap();
    back_and_forward(&world, "m0015_keys").await;
    world.submitted(&ash, "integration", draft("Ash", KEY_A)).await;
    let id = world.start(&birch.owner, &birch, "sandpit", draft("Birch", KEY_A)).await.unwrap();
    let refused = refusal(world.submit(&birch.owner, id).await);
    assert_eq!(refused.problems()[0].rule.name(), "key-of-another-organisation");
}

async fn the_same_key_in_two_environments_is_a_warning(world: Arc<World>) {
    let partner = world.partner("Ash").await;
    world.submitted(&partner, "sandpit", draft("Ash", KEY_A)).await;
    let id = world.submitted(&partner, "integration", draft("Ash", KEY_A)).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let rules: Vec<&str> = registration.revisions[0].warnings.iter().map(|warning| warning.rule.as_str()).collect();
    assert!(rules.contains(&"key-reused"), "{rules:?}");
    assert!(!rules.contains(&"look-alike-name"), "one's own name is no look-alike: {rules:?}");
}

async fn look_alikes_are_shown(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let mut genuine = draft("Ash", KEY_A);
    genuine.client_name = "Patient Portal".into();
    genuine.redirect_uris = vec!["https://portal.example.com/cb".into(), "https://riverside-health.org/cb".into()];
    world.submitted(&ash, "sandpit", genuine).await;
    let mut fake = draft("Birch", KEY_B);
    fake.client_name = "Patient Porta1".into();
    let slips = ["riversidehealth.org", "riverside-heatlh.org", "rlverside-health.org"];
    fake.redirect_uris = vec!["https://portal.example.com/other".into(), "https://porta1.example.com/cb".into()];
    fake.redirect_uris.extend(slips.map(|host| format!("https://{host}/cb")));
    let id = world.submitted(&birch, "integration", fake).await;
    let (registration, _) = world.store.load::<Registration>(id).await.unwrap();
    let warnings = &registration.revisions[0].warnings;
    let of = |rule: &str| -> Vec<&str> {
        warnings.iter().filter(|warning| warning.rule == rule).map(|warning| warning.message.as_str()).collect()
    };
    assert_eq!(
        of("look-alike-name"),
        [
            "The client name “Patient Porta1” looks like “Patient Portal”, which another organisation uses. An NHS login \
         admin will decide whether both names can stand."
        ]
    );
    let hosts = of("look-alike-host");
    assert!(hosts.iter().any(|sentence| sentence.contains("“portal.example.com” too")), "{hosts:?}");
    assert!(hosts.iter().any(|sentence| sentence.contains("“porta1.example.com” looks like")), "{hosts:?}");
    for slip in slips {
        let told = format!("“{slip}” looks like “riverside-health.org”");
        assert_eq!(hosts.iter().filter(|sentence| sentence.contains(&told)).count(), 1, "{slip}: {hosts:?}");
    }
}

/// Whoever copies a name keeps the one who has it from nothing.
async fn a_newcomer_with_the_same_name_makes_nobody_wait(world: Arc<World>) {
    let (ash, birch) = (world.partner("Ash").await, world.partner("Birch").await);
    let id = world.submitted(&ash, "sandpit", draft("Ash", KEY_A)).await;
    assert!(world.store.load::<Registration>(id).await.unwrap().0.approved().is_some());
    let copied = draft("Ash", KEY_B);
    let copy = world.submitted(&birch, "sandpit", copied).await;
    let warnings = |registration: &Registration, at: usize| -> Vec<String> {
        registration.revisions[at].warnings.iter().map(|warning| warning.rule.clone()).collect()
    };
    let copy = world.store.load::<Registration>(copy).await.unwrap().0;
    assert!(warnings(&copy, 0).iter().any(|rule| rule == "look-alike-name"), "{copy:?}");
    let vectors = DraftChange::Vectors(vec!["P9.Cp.Cd".into(), "P5.Cp.Cd".into()]);
    world.now_do(&ash.developer.who, id, Command::save(vectors)).await.unwrap();
    world.submit(&ash.developer, id).await.unwrap();
    let own = world.store.load::<Registration>(id).await.unwrap().0;
    assert!(!warnings(&own, 1).iter().any(|rule| rule.starts_with("look-alike")), "{own:?}");
    assert_eq!(own.approved().map(|revision| revision.number), Some(2));
}

/// The words of a private key with a mark that cannot be there by chance.
const CANARY: &str = "MIIEvQIBADANBgkqQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZQ0FOQVJZ";

/// Typed into every field that takes words: refused, and not one byte of it in the database or its log of changes.
async fn a_private_key_is_nowhere(world: Arc<World>) {
    let pem = format!("-----BEGIN PRIVATE{}-----\n{CANARY}\n-----END PRIVATE KEY-----\n", " KEY");
    let partner = world.partner("Ash").await;
    let admin = world.staff("admin", StaffRole::Admin).await;
    let id = world.start(&partner.developer, &partner, "integration", draft("Ash", KEY_A)).await.unwrap();
    let saves = [
        DraftChange::ClientName(pem.clone()),
        DraftChange::one_key(pem.clone()),
        DraftChange::RedirectUris(vec!["https://ash.example.com/cb".into(), pem.clone()]),
        DraftChange::Scopes { scopes: vec![pem.clone()], reasons: [("email".to_owned(), pem.clone())].into() },
        DraftChange::Vectors(vec![pem.clone()]),
        DraftChange::Evidence { item: "dspt".into(), answers: [("status".to_owned(), pem.clone())].into() },
    ];
    for save in saves {
        let refused = refusal(world.now_do(&partner.developer.who, id, Command::save(save)).await);
        assert!(matches!(refused, Refusal::Problems(_)));
    }
    let challenge = Challenge { nonce: "n".into(), ..Challenge::default() };
    let key = PublicKey::parse(KEY_A, &[2048]).unwrap();
    let presented = Presented::of(&pem, &[key], challenge, world.moment().now);
    let prove = Command::ProvePossession(Box::new(presented));
    refusal(world.now_do(&partner.developer.who, id, prove).await);
    world.submit(&partner.developer, id).await.unwrap();
    let reject = Command::Reject { number: 1, reason: pem.clone() };
    refusal(world.now_do(&admin.who, id, reject).await);
    let request = Command::RequestChanges { number: 1, comment: pem.clone(), sections: Default::default() };
    refusal(world.now_do(&admin.who, id, request).await);
    // A control: what is allowed is found by the same search.
    let reject = Command::Reject { number: 1, reason: "VISIBLECANARY".into() };
    world.now_do(&admin.who, id, reject).await.unwrap();

    let everything = contents(&world).await;
    let found = |mark: &str| everything.windows(mark.len()).any(|window| window == mark.as_bytes());
    assert!(found("VISIBLECANARY"));
    assert!(!found(CANARY));
}

/// Every byte of the database file and its write-ahead log; of PostgreSQL every column of every row.
async fn contents(world: &World) -> Vec<u8> {
    if let Some(directory) = &world.directory {
        let files = std::fs::read_dir(directory.path()).unwrap();
        return files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    }
    let tables =
        world.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename").await;
    let mut everything = Vec::new();
    for table in tables {
        // Bytes are shown as hex; the leaf is the only one, and it is turned into text.
        let leaf = if table == "history" { "|| convert_from(t.leaf, 'UTF8')" } else { "" };
        for row in world.texts(&format!("SELECT t::text {leaf} FROM {table} t")).await {
            everything.extend(row.into_bytes());
        }
    }
    everything
}

//! The key field of a draft holds a public key or nothing: what else was typed there becomes no event (threat 12).

use super::*;

fn saved(state: &Registration, text: &str) -> Result<Vec<Event>, Refusal> {
    let change = Command::save(DraftChange::one_key(text.to_owned()));
    state.decide(&member(1, TeamRole::Developer), &change, &facts("sandpit"), NOW)
}

#[test]
fn only_what_reads_as_a_public_key_is_saved() {
    let state = started("sandpit", draft(&["openid"]));
    for (text, rule) in [
        ("not a key", "key-not-pem"),
        ("ssh-rsa AAAAB3NzaC1yc2E me@machine", "key-openssh"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "key-structure"),
        ("c29tZXRoaW5nIHRoYXQgbm9ib2R5IGtub3dzIGhvdyB0byByZWFk", "key-not-pem"),
        (&format!("{KEY}{KEY}"), "key-several"),
    ] {
        let Err(Refusal::Problems(problems)) = saved(&state, text) else { panic!("{text} was saved") };
        assert_eq!(problems.iter().map(|problem| problem.rule.name()).collect::<Vec<_>>(), [rule], "{text}");
    }
}

/// Nothing of what stood around a key is kept, and the same key in another dress is no change.
#[test]
fn a_key_is_saved_in_its_canonical_form() {
    let mut state = started("sandpit", Draft { public_keys: Vec::new(), ..draft(&["openid"]) });
    let dressed =
        format!("Hello,\nhere is the key of ours, and the password is CANARY\n{}\nBye", KEY.replace('\n', "\r\n"));
    let events = run(
        &mut state,
        &member(1, TeamRole::Developer),
        &Command::save(DraftChange::one_key(dressed.clone())),
        &facts("sandpit"),
    )
    .unwrap();
    assert!(!serde_json::to_string(&events).unwrap().contains("CANARY"));
    assert_eq!(state.draft.public_keys[0].pem, PublicKey::try_from(KEY.to_owned()).unwrap().pem());
    assert_eq!(saved(&state, &dressed), Ok(Vec::new()));
    assert!(saved(&state, " \n").is_ok_and(|events| events.len() == 1), "it can be emptied");
}

/// A key that is weak or of another size reads as one: it is saved, and the page says what is wrong with it.
#[test]
fn a_weak_key_is_saved_and_judged() {
    let mut state = started("sandpit", draft(&["openid"]));
    let n = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, [0xc1; 128]);
    let small = PublicKey::from_jwk(&serde_json::json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap().pem();
    run(
        &mut state,
        &member(1, TeamRole::Developer),
        &Command::save(DraftChange::one_key(small.clone())),
        &facts("sandpit"),
    )
    .unwrap();
    assert_eq!(state.draft.public_keys[0].pem, small);
    let policy = EnvironmentPolicy::nhs_login().remove(0);
    assert_eq!(state.draft.check(&policy).unwrap_err()[0].rule.name(), "key-size");
}

/// A draft from before the rule still reads, can be changed elsewhere, and is not copied with its text.
#[test]
fn an_old_draft_still_reads() {
    let mut json = serde_json::to_value(started("sandpit", draft(&["openid"]))).unwrap();
    let old = json["draft"].as_object_mut().unwrap();
    old.remove("public_keys");
    assert!(serde_json::from_value::<Draft>(old.clone().into()).is_err(), "what is missing is no default");
    old.insert("public_key".into(), "what somebody typed once".into());
    let mut state: Registration = serde_json::from_value(json).unwrap();
    run(
        &mut state,
        &member(1, TeamRole::Developer),
        &Command::save(DraftChange::ClientName("Pharmacy".into())),
        &facts("sandpit"),
    )
    .unwrap();
    assert_eq!(state.draft.public_keys, [DraftKey::of("what somebody typed once")]);
    let copy = started("sandpit", state.draft.clone());
    assert_eq!((copy.draft.public_keys.len(), copy.draft.client_name.as_str()), (0, "Pharmacy"));
}

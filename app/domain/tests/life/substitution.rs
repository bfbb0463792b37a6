//! Threat 4: the key that was proved, reviewed and approved is the key that is published.

use super::*;
use domain::key::PublicKey;
use domain::possession::{Challenge, Presented};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use std::sync::LazyLock;

pub(super) const PORTAL: &str = "https://portal.example.org";

pub(super) struct Pair {
    private: Vec<u8>,
    pub(super) public: String,
}

pub(super) fn pair() -> Pair {
    let openssl = |command: &str| std::process::Command::new("sh").args(["-ec", command]).output().unwrap().stdout;
    let pem = String::from_utf8(openssl("openssl genrsa 2048 2>/dev/null")).unwrap();
    Pair {
        private: openssl(&format!("echo '{pem}' | openssl rsa -traditional -outform DER 2>/dev/null")),
        public: String::from_utf8(openssl(&format!("echo '{pem}' | openssl rsa -pubout 2>/dev/null"))).unwrap(),
    }
}

pub(super) static A: LazyLock<Pair> = LazyLock::new(pair);
pub(super) static B: LazyLock<Pair> = LazyLock::new(pair);

pub(super) fn thumbprint(pair: &Pair) -> String {
    PublicKey::parse(&pair.public, &[2048]).unwrap().thumbprint()
}

pub(super) fn live() -> Facts {
    let policy = facts("live").policy.map(|policy| EnvironmentPolicy { possession_required: true, ..policy });
    Facts { policy, ..facts("live") }
}

fn developer() -> Actor {
    member(1, TeamRole::Developer)
}

/// A live draft with this key.
fn with_key(pair: &Pair) -> Registration {
    started("live", Draft { public_keys: vec![DraftKey::of(pair.public.clone())], ..draft(&["openid"]) })
}

fn swap_to(state: &mut Registration, pair: &Pair) {
    let change = Command::save(DraftChange::one_key(pair.public.clone()));
    run(state, &developer(), &change, &live()).unwrap();
}

fn challenge(state: &mut Registration, nonce: &str) {
    run(state, &developer(), &Command::Challenge { nonce: nonce.into() }, &live()).unwrap();
}

/// The client assertion over `nonce`, signed with this private key.
fn assertion(state: &Registration, pair: &Pair, nonce: &str) -> Command {
    proving(state, nonce, &signed(state, pair, nonce, json!({}), json!({})))
}

/// A client assertion over `nonce`, with more claims and with a `kid`.
pub(super) fn signed(state: &Registration, pair: &Pair, nonce: &str, more: Value, header: Value) -> String {
    let id = state.id.to_string();
    let at = NOW.unix_timestamp();
    let mut claims = json!({"iss": id, "sub": id, "aud": PORTAL, "jti": nonce, "iat": at, "exp": at + 300});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let kid = header["kid"].as_str().map(str::to_owned);
    let key = EncodingKey::from_rsa_der(&pair.private);
    jsonwebtoken::encode(&Header { kid, ..Header::new(Algorithm::RS512) }, &claims, &key).unwrap()
}

/// What the portal makes of an assertion over `nonce`, for the key that is in the draft now.
pub(super) fn proving(state: &Registration, nonce: &str, assertion: &str) -> Command {
    let policy = live().policy.unwrap();
    let challenge = Challenge {
        issuer: state.id.to_string(),
        audience: PORTAL.into(),
        nonce: nonce.into(),
        algorithm: policy.signing_algorithm.clone(),
    };
    let of_another = || PublicKey::parse(&A.public, &policy.key_sizes).unwrap();
    let keys = state.draft.sound_keys(&policy);
    let keys = if keys.is_empty() { vec![of_another()] } else { keys };
    Command::ProvePossession(Box::new(Presented::of(assertion, &keys, challenge, NOW)))
}

fn prove(state: &mut Registration, pair: &Pair, nonce: &str) {
    challenge(state, nonce);
    let proof = assertion(state, pair, nonce);
    run(state, &developer(), &proof, &live()).unwrap();
}

fn rules(outcome: Result<Vec<Event>, Refusal>) -> Vec<String> {
    match outcome {
        Err(Refusal::Problems(problems)) => {
            problems.into_iter().map(|problem| problem.rule.name().to_owned()).collect()
        }
        other => panic!("no problems: {other:?}"),
    }
}

#[test]
fn a_key_that_nobody_proved_is_not_submitted() {
    let mut state = with_key(&A);
    assert_eq!(rules(run(&mut state, &developer(), &submit(), &live())), ["possession-not-proved"]);
    prove(&mut state, &A, "one");
    run(&mut state, &developer(), &submit(), &live()).unwrap();
}

#[test]
fn a_key_swapped_after_its_proof_is_not_submitted() {
    let mut state = with_key(&A);
    prove(&mut state, &A, "one");
    swap_to(&mut state, &B);
    assert_eq!(rules(run(&mut state, &developer(), &submit(), &live())), ["possession-not-proved"]);
    swap_to(&mut state, &A);
    run(&mut state, &developer(), &submit(), &live()).expect("the proof of the first key still stands");
}

#[test]
fn a_proof_is_of_the_key_in_the_draft_at_that_moment() {
    let mut state = with_key(&A);
    challenge(&mut state, "one");
    let of_a = assertion(&state, &A, "one");
    swap_to(&mut state, &B);
    assert_eq!(rules(run(&mut state, &developer(), &of_a, &live())), ["assertion-signature"]);
    assert!(state.proofs.is_empty());
}

#[test]
fn a_nonce_is_used_once_and_for_an_hour() {
    let mut state = with_key(&A);
    prove(&mut state, &A, "one");
    let replayed = assertion(&state, &A, "one");
    assert_eq!(run(&mut state, &developer(), &replayed, &live()), Err(Refusal::ChallengeGone));
    challenge(&mut state, "two");
    assert_eq!(rules(run(&mut state, &developer(), &replayed, &live())), ["assertion-jti"]);
    let late = NOW + Duration::minutes(61);
    let of_two = assertion(&state, &A, "two");
    assert_eq!(state.decide(&developer(), &of_two, &live(), late), Err(Refusal::ChallengeGone));
}

#[test]
fn a_key_swapped_after_submission_changes_nothing_of_what_is_approved() {
    let mut state = with_key(&A);
    prove(&mut state, &A, "one");
    run(&mut state, &developer(), &submit(), &live()).unwrap();
    let (before, approval) = (state.revisions[0].clone(), approval_of(&state));
    swap_to(&mut state, &B);
    prove(&mut state, &B, "two");
    assert_eq!(state.revisions[0], before);
    run(&mut state, &admin(20), &approval, &live()).unwrap();
    // And once more between the two approvals.
    swap_to(&mut state, &A);
    swap_to(&mut state, &B);
    let events = run(&mut state, &admin(21), &approval, &live()).unwrap();
    let Event::Approved { digest, metadata_digest, publish: Some(_), .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((digest, metadata_digest), (&before.digest, &before.metadata_digest));
    assert_eq!(state.approved().unwrap().thumbprints, [thumbprint(&A)]);
}

#[test]
fn a_new_revision_between_two_approvals_starts_from_none() {
    let mut state = with_key(&A);
    prove(&mut state, &A, "one");
    run(&mut state, &developer(), &submit(), &live()).unwrap();
    let of_a = approval_of(&state);
    run(&mut state, &admin(20), &of_a, &live()).unwrap();
    run(&mut state, &developer(), &Command::Withdraw, &live()).unwrap();
    swap_to(&mut state, &B);
    prove(&mut state, &B, "two");
    run(&mut state, &developer(), &submit(), &live()).unwrap();
    assert_eq!(run(&mut state, &admin(21), &of_a, &live()), Err(Refusal::NothingSubmitted));
    let of_b = approval_of(&state);
    run(&mut state, &admin(21), &of_b, &live()).unwrap();
    assert_eq!(state.wanted, None, "the approval of the other key does not count");
    run(&mut state, &admin(20), &of_b, &live()).unwrap();
    assert_eq!(state.approved().unwrap().thumbprints, [thumbprint(&B)]);
}

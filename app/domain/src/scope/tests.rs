use super::*;
use crate::vector;

const REASON: &str = "We show people their own record.";

fn check(names: &[&str], vectors: &[&str]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let reasons = names.iter().map(|name| ((*name).to_owned(), REASON.to_owned())).collect();
    checked(names, &reasons, vectors)
}

fn checked(
    names: &[&str],
    reasons: &BTreeMap<String, String>,
    vectors: &[&str],
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let vectors: Vec<String> = vectors.iter().map(|vector| (*vector).to_owned()).collect();
    let judged = ScopeCatalogue::nhs_login().check(&names, reasons, &vector::check_all(&vectors).0);
    let says = |list: Vec<Said>| list.into_iter().map(|one| format!("{}: {}", one.rule, one.entry)).collect();
    (
        judged.scopes.into_iter().map(|scope| scope.0).collect(),
        says(judged.problems.into_iter().map(Said::from).collect()),
        says(judged.warnings),
    )
}

#[test]
fn the_catalogue_survives_json() {
    let catalogue = ScopeCatalogue::nhs_login();
    let json = serde_json::to_string(&catalogue).unwrap();
    assert_eq!(serde_json::from_str::<ScopeCatalogue>(&json).unwrap(), catalogue);
}

#[test]
fn scopes_come_in_the_catalogues_order_once() {
    let (scopes, problems, warnings) = check(&["email", "openid", "email"], &[]);
    assert_eq!((scopes, problems, warnings), (vec!["openid".into(), "email".into()], vec![], vec![]));
}

#[test]
fn openid_is_mandatory_and_unknown_scopes_are_refused() {
    assert_eq!(check(&["email", "everything"], &[]).1, ["scope-unknown: everything", "scope-mandatory: openid"]);
}

#[test]
fn profile_and_basic_demographics_exclude_each_other() {
    assert_eq!(check(&["openid", "basic_demographics", "profile"], &[]).1, ["scope-excluded: basic_demographics"]);
}

#[test]
fn a_scope_that_no_vector_reaches_is_refused_and_one_that_some_reach_is_warned_about() {
    assert_eq!(check(&["openid", "profile"], &["P0.Cp"]).1, ["scope-unreachable: profile"]);
    assert_eq!(
        check(&["openid", "gp_integration_credentials"], &["P5.Cm"]).1,
        ["scope-unreachable: gp_integration_credentials"]
    );
    let (_, problems, warnings) = check(&["openid", "profile"], &["P0.Cp", "P9.Cm"]);
    assert_eq!((problems, warnings), (vec![], vec!["scope-partly-reachable: profile".to_owned()]));
}

#[test]
fn redundancy_is_a_warning() {
    let (_, problems, warnings) = check(&["openid", "gp_registration_details", "gp_integration_credentials"], &[]);
    assert_eq!((problems, warnings), (vec![], vec!["scope-redundant: gp_registration_details".to_owned()]));
}

#[test]
fn each_scope_but_openid_needs_a_reason_that_says_something() {
    let mut reasons = BTreeMap::from([("email".to_owned(), "because".to_owned())]);
    let names = ["openid", "profile", "email"];
    assert_eq!(checked(&names, &reasons, &[]).1, ["reason-missing: profile", "reason-short: email"]);
    reasons.insert("email".into(), "x".repeat(1001));
    reasons.insert("profile".into(), "hidden \u{202e} character".into());
    assert_eq!(checked(&names, &reasons, &[]).1, ["text-invisible: profile", "text-too-long: email"]);
}

#[test]
fn a_reason_beside_a_scope_that_is_not_selected_is_a_problem_at_that_scope() {
    let reasons = |why: &str| BTreeMap::from([("email".to_owned(), why.to_owned()), ("openid".to_owned(), why.into())]);
    assert_eq!(checked(&["openid"], &reasons(REASON), &[]).1, ["scope-unselected: email"]);
    assert_eq!(checked(&["openid"], &reasons(" "), &[]).1, [""; 0]);
    assert_eq!(checked(&["openid", "email"], &reasons(REASON), &[]).1, [""; 0]);
}

#[test]
fn the_reason_for_profile_must_explain_the_nhs_number() {
    let names = ["openid".to_owned(), "profile".to_owned()];
    let vectors = vector::check_all(&[]).0;
    let problems = ScopeCatalogue::nhs_login().check(&names, &BTreeMap::new(), &vectors).problems;
    assert_eq!(problems[0].field, "reasons");
    assert_eq!(problems[0].message(), "Explain why your service needs profile, and what it does with the NHS number.");
}

/// What reviewers read is what was judged: nothing of a reason that was not.
#[test]
fn reasons_come_tidied_and_only_those_that_are_asked_for() {
    let names = ["openid".to_owned(), "email".to_owned()];
    let hidden = "x\u{202e}".repeat(60_000);
    let email = "\u{2003}We send a reminder.\u{2028}To each\u{a0}person.\r\n";
    let reasons = [("openid", hidden.as_str()), ("email", email), ("unheard-of", &hidden)];
    let reasons = reasons.map(|(name, why)| (name.to_owned(), why.to_owned())).into();
    let judged = ScopeCatalogue::nhs_login().check(&names, &reasons, &vector::check_all(&[]).0);
    assert_eq!(judged.problems, []);
    assert_eq!(
        judged.reasons,
        BTreeMap::from([("email".to_owned(), "We send a reminder.\nTo each person.".to_owned())])
    );
}

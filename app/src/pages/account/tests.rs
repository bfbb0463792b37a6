//! Every page of the account family, rendered from samples.

use super::{
    overview::{Membership, account, name},
    password::{change, forgotten, forgotten_sent, reset, spent_link},
    second_factor::{begin, confirm, recovery_codes, remove},
    sign_in::{code, sign_in, start_again},
    sign_up::{sent, sign_up, spent_link as spent_verify_link, verify},
    staff_notice,
};
use crate::{
    api::form::{Refused, values},
    pages::frame::Page,
};
use domain::{
    actor::{Person, StaffRole, TeamRole},
    id::AccountId,
    problem::Problem,
    rule::ScopeFault,
};
use leptos::prelude::*;
use store::{OpenSession, SignedIn};
use time::macros::datetime;
use usecases::accounts::{Enrolment, PasswordLink};

/// Title and body, without Leptos's marker comments.
fn html(make: impl FnOnce() -> Page) -> String {
    let owner = Owner::new();
    owner.with(|| {
        let page = make();
        format!("<h1>{}</h1>{}", page.title, page.body.to_html().replace("<!>", ""))
    })
}

#[track_caller]
fn contains(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "no {part:?} in\n{html}");
    }
}

fn refused(field: &str, typed: &[(&str, &str)]) -> Refused {
    let mut refused = Refused {
        values: values([]),
        problems: vec![Problem::new(field, ScopeFault::ReasonPrompt("Mend <this>.".into()))],
    };
    refused.values.extend(typed.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    refused
}

fn signed_in(staff: Option<StaffRole>, has_second_factor: bool) -> SignedIn {
    SignedIn {
        person: Person {
            account: AccountId::from_parts(1, [1; 10]),
            staff,
            memberships: Default::default(),
            ever_belonged: Default::default(),
            second_factor: has_second_factor,
            reauthenticated_at: None,
            token: None,
        },
        email: "jo@example.com".into(),
        name: "Jo <Bloggs>".into(),
        has_second_factor,
        created_at: datetime!(2026-03-03 09:00 UTC),
        seen_at: datetime!(2026-03-03 09:10 UTC),
        expires_at: datetime!(2026-03-03 21:00 UTC),
        organisations: Default::default(),
    }
}

fn sessions() -> Vec<OpenSession> {
    let at = |seen_at, current| OpenSession { created_at: datetime!(2026-03-03 09:00 UTC), seen_at, current };
    vec![at(datetime!(2026-03-03 09:10 UTC), true), at(datetime!(2026-03-03 08:55 UTC), false)]
}

#[test]
fn every_form_names_its_fields_for_the_browser() {
    let none = Refused::default();
    for (page, parts) in [
        (html(|| sign_up(&none)), vec!["autocomplete=\"name\"", "autocomplete=\"email\"", "\"new-password\""]),
        (html(|| sign_in("/", &none)), vec!["autocomplete=\"username\"", "\"current-password\""]),
        (html(|| code(&none)), vec!["autocomplete=\"one-time-code\""]),
        (html(|| forgotten(&none)), vec!["autocomplete=\"email\""]),
        (html(|| reset("t", PasswordLink::default(), &none)), vec!["\"new-password\"", "value=\"t\""]),
        (
            html(|| change(&signed_in(None, false), &none)),
            vec!["\"current-password\"", "\"new-password\"", "jo@example.com"],
        ),
    ] {
        contains(&page, &parts);
    }
    assert!(!html(|| code(&none)).contains("inputmode"), "a recovery code has letters");
}

#[test]
fn the_rules_for_a_password_are_said_before_one_is_typed() {
    let none = Refused::default();
    for page in [
        html(|| sign_up(&none)),
        html(|| reset("t", PasswordLink::default(), &none)),
        html(|| change(&signed_in(None, false), &none)),
    ] {
        contains(&page, &["at least 12 characters", "id=\"password-hint\"", "aria-describedby=\"password-hint\""]);
    }
}

#[test]
fn what_was_typed_is_shown_again_but_never_a_password_or_a_code() {
    let typed = [("name", "Jo \"B\""), ("email", "jo@"), ("password", "secret words here"), ("code", "123456")];
    let refused = refused("email", &typed);
    let page = html(|| sign_up(&refused));
    contains(&page, &["value=\"Jo &quot;B&quot;\"", "value=\"jo@\"", "id=\"email-error\"", "Mend &lt;this&gt;."]);
    let session = signed_in(None, false);
    let enrolment = || Enrolment { grouped: "ABCD EFGH".into(), uri: "otpauth://totp/x?secret=ABCDEFGH".into() };
    for page in [
        page,
        html(|| sign_in("/", &refused)),
        html(|| code(&refused)),
        html(|| reset("t", PasswordLink::default(), &refused)),
        html(|| change(&signed_in(None, true), &refused)),
        html(|| begin(&session, &refused)),
        html(|| confirm(enrolment(), &refused)),
    ] {
        assert!(!page.contains("secret words here") && !page.contains("123456"), "{page}");
    }
}

#[test]
fn a_refusal_stands_at_its_field_and_in_the_summary() {
    let refused = refused("password", &[]);
    for page in
        [sign_up(&refused), reset("t", PasswordLink::default(), &refused), change(&signed_in(None, false), &refused)]
    {
        assert_eq!(page.problems, refused.problems);
    }
    contains(
        &html(|| reset("t", PasswordLink::default(), &refused)),
        &["id=\"password-error\"", "aria-invalid=\"true\""],
    );
}

#[test]
fn signing_in_goes_on_to_our_own_pages_alone() {
    let none = Refused::default();
    contains(&html(|| sign_in("/services/1?x=1", &none)), &["value=\"/services/1?x=1\""]);
    for foreign in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let page = html(|| sign_in(foreign, &none));
        assert!(!page.contains("evil"), "{page}");
    }
}

#[test]
fn visiting_a_mailed_link_only_offers_a_button() {
    let page = html(|| verify("abc", &Refused::default()));
    contains(
        &page,
        &["method=\"post\"", "action=\"/api/verify\"", "name=\"token\"", "value=\"abc\"", "name=\"password\""],
    );
    contains(&html(|| spent_verify_link(false)), &["/sign-up", "/sign-in"]);
    contains(&html(|| spent_verify_link(true)), &["/account"]);
    contains(&html(spent_link), &["/forgotten-password"]);
}

#[test]
fn nothing_tells_whether_an_address_has_an_account() {
    contains(&html(forgotten_sent), &["If there is an account with that address"]);
    assert!(!html(sent).contains("already exists"));
    contains(&html(start_again), &["href=\"/sign-in\""]);
}

#[test]
fn the_account_shows_what_each_may_do_with_the_second_factor() {
    let rows = |staff, factor| html(|| account(&signed_in(staff, factor), Vec::new(), sessions(), 9));
    contains(&rows(None, false), &["Jo &lt;Bloggs&gt;", "/organisations/new", "Set up<", "/api/sign-out-everywhere"]);
    contains(&rows(None, true), &["/account/second-factor/remove", "9 left."]);
    assert!(!rows(None, false).contains("left."));
    let admin = rows(Some(StaffRole::Admin), true);
    assert!(!admin.contains("/account/second-factor/remove"), "{admin}");
    contains(&admin, &["NHS login admin", "3 March 2026 at 9am GMT", "Replace", "This one", "Another", "8:55am"]);
    contains(&rows(Some(StaffRole::Auditor), false), &["Set up your second factor", "Staff need one"]);
    let own = Membership { id: "7".into(), name: "Riverside".into(), role: TeamRole::Viewer };
    let partner = html(|| account(&signed_in(None, false), vec![own], sessions(), 0));
    contains(&partner, &["href=\"/organisations/7\"", "Riverside", "viewer"]);
}

#[test]
fn staff_are_told_where_to_set_the_second_factor_and_nobody_else_is() {
    let notice = |staff, factor| {
        let owner = Owner::new();
        owner.with(|| staff_notice(&signed_in(staff, factor)).map(|view| view.to_html()))
    };
    contains(&notice(Some(StaffRole::Admin), false).unwrap(), &["href=\"/account/second-factor\""]);
    assert_eq!(notice(Some(StaffRole::Admin), true), None);
    assert_eq!(notice(None, false), None);
    let mut earlier = signed_in(Some(StaffRole::Admin), true);
    earlier.person.second_factor = false;
    let owner = Owner::new();
    let told = owner.with(|| staff_notice(&earlier).map(|view| view.to_html()));
    contains(&told.unwrap(), &["Sign in again"]);
}

#[test]
fn the_second_factor_is_set_step_by_step() {
    let none = Refused::default();
    contains(
        &html(|| begin(&signed_in(Some(StaffRole::Admin), false), &none)),
        &["Required for NHS login staff", "action=\"/api/begin-second-factor\""],
    );
    contains(&html(|| begin(&signed_in(None, true), &none)), &["Replace your second factor"]);
    let uri = "otpauth://totp/NHS:jo?secret=ABCDEFGH";
    let page = html(|| confirm(Enrolment { grouped: "ABCD EFGH".into(), uri: uri.into() }, &none));
    contains(&page, &["<svg", "ABCD EFGH", uri, "autocomplete=\"one-time-code\"", "inputmode=\"numeric\""]);
}

#[test]
fn recovery_codes_are_shown_until_they_are_saved() {
    let codes = vec!["ABCD-EFGH-JKLM-NPQR".to_owned(), "STUV-WXYZ-2345-6723".to_owned()];
    contains(&html(|| recovery_codes(&codes)), &[&codes[0], &codes[1], "action=\"/api/recovery-codes-saved\""]);
    let gone = html(|| recovery_codes(&[]));
    contains(&gone, &["/account/second-factor"]);
    assert!(!gone.contains("recovery-codes-saved"), "{gone}");
}

#[test]
fn staff_cannot_remove_their_second_factor() {
    let none = Refused::default();
    let form = "action=\"/api/remove-second-factor\"";
    contains(&html(|| remove(&signed_in(None, true), &none)), &[form, "nhsuk-button--warning"]);
    for session in [signed_in(Some(StaffRole::Admin), true), signed_in(None, false)] {
        let page = html(|| remove(&session, &none));
        assert!(!page.contains(form), "{page}");
    }
}

#[test]
fn the_first_password_is_not_called_a_new_one() {
    let none = Refused::default();
    let invited = PasswordLink { is_first: true, asks_name: Some(String::new()) };
    let page = html(|| reset("t", invited, &none));
    contains(&page, &["<h1>Choose a password</h1>", "name=\"name\"", "Save the password"]);
    assert!(!page.contains("new password") && !page.contains("signed out"), "{page}");
    let forgotten = html(|| reset("t", PasswordLink::default(), &none));
    contains(&forgotten, &["Choose a new password", "signed out everywhere"]);
    assert!(!forgotten.contains("name=\"name\""), "{forgotten}");
    contains(&html(spent_link), &["A link in an invitation lasts 24 hours"]);
}

#[test]
fn everybody_can_change_their_name() {
    contains(
        &html(|| account(&signed_in(Some(StaffRole::Auditor), true), Vec::new(), sessions(), 9)),
        &["href=\"/account/name\""],
    );
    contains(&html(|| name("Jo", &Refused::default())), &["action=\"/api/rename\"", "value=\"Jo\""]);
    contains(&html(|| name("Jo", &refused("name", &[("name", "")]))), &["id=\"name-error\""]);
}

#[test]
fn whoever_has_no_code_left_is_told_who_can_help() {
    contains(&html(|| code(&Refused::default())), &["We can reopen your account"]);
}

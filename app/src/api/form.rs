//! Post, redirect, get: how a command answers, and how a page shows again what was refused.
//!
//! What was typed waits in the database for ten minutes under the hash of a random token in a cookie. So
//! nothing typed is lost, with or without JavaScript, and nothing typed is in an address or a log.
//!
//! Anybody can have a form refused, so how many are kept for whom, how large, and for how long is bounded (threats 15
//! and 16). Beyond that a form is refused all the same, and its page says that it was not kept.

use super::{
    context::{Portal, caller, portal},
    error::ApiError,
};
use crate::{
    auth::{Token, limits::address_key},
    ui::percent_encoded,
};
use domain::{draft::hex_digest, id::AccountId, private_key, problem::Problem, refusal::Refusal};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use std::collections::BTreeMap;
use store::RefusedForm;
use time::Duration;

/// The cookie that names the refused form.
const REFUSED_COOKIE: &str = "form";

/// The cookie that names what was typed when the session had ended. Another one, because signing in may be refused too.
const UNSAVED_COOKIE: &str = "unsaved";

/// How long a refused form waits to be shown again.
const KEPT_FOR: Duration = Duration::minutes(10);

/// The longest address that is come back to after signing in.
const LONGEST_PATH: usize = 2_048;

/// The largest form that is kept, in bytes of JSON: half as much again as the largest key file.
const LARGEST_KEPT: usize = 96 * 1024;

const SIGNED_OUT: &str = "You were signed out. What you typed is still here: check it and save.";

const NOT_KEPT: &str = "What you entered was refused, and it is not kept here any more. Enter it again. If you have sent \
                        many forms, wait a few minutes first.";

const TOO_LARGE: &str = "What you entered was refused, and it is too long to be shown again. Enter it again, shorter.";

/// What was typed, by the name of the input. Passwords never come in here.
pub type Values = BTreeMap<String, String>;

/// A form that was refused, to be shown again.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// What was typed.
    pub values: Values,
    /// What is wrong; about the whole form where the field is empty.
    pub problems: Vec<Problem>,
}

impl Refused {
    /// What was typed into an input, else what is there already.
    pub fn value(&self, name: &str, present: &str) -> String {
        self.values.get(name).map_or_else(|| present.to_owned(), Clone::clone)
    }

    /// The sentence for a field's entry, if something is wrong with it.
    pub fn at(&self, field: &str, entry: &str) -> Option<String> {
        let here = |problem: &&Problem| problem.field == field && problem.entry == entry;
        self.problems.iter().find(here).map(|problem| problem.message.clone())
    }

    /// With which version the form was shown, where it was refused because somebody else was quicker. Its command keeps
    /// the version among what was typed.
    pub fn stale_since(&self) -> Option<u64> {
        self.values.get("version").filter(|_| self.is_stale())?.parse().ok()
    }

    /// Whether it was refused because somebody else was quicker.
    pub fn is_stale(&self) -> bool {
        self.problems.iter().any(|problem| problem.rule == "stale")
    }

    /// Whether anything was refused.
    pub fn is_any(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// Pairs of input name and text, for [`answer`].
pub fn values<const N: usize>(pairs: [(&str, &str); N]) -> Values {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// Ends a command: on success to the page it names, else back to `page` with what was typed.
///
/// # Errors
/// None: every outcome is a redirect.
pub async fn answer(page: &str, typed: Values, outcome: Result<String, ApiError>) -> Result<(), ApiError> {
    match outcome {
        Ok(next) => see_other(&next),
        Err(ApiError::Refused(Refusal::NotSignedIn)) => {
            let back = if keep_unsaved(page, typed).await { with_marker(page) } else { page.to_owned() };
            see_other(&sign_in_for(&back));
        }
        Err(ApiError::NotFound) => see_other("/not-found"),
        Err(error) => {
            keep_refused(page, typed, problems_of(&error)).await;
            see_other(&with_marker(page));
        }
    }
    Ok(())
}

/// The page that was refused a moment ago shows again what was typed there.
pub async fn refused(page: &str) -> Refused {
    let marked = use_context::<http::request::Parts>()
        .is_some_and(|parts| parts.uri.query().unwrap_or_default().split('&').any(|pair| pair == "refused"));
    if !marked {
        return Refused::default();
    }
    let mut kept = None;
    for name in [REFUSED_COOKIE, UNSAVED_COOKIE] {
        if kept.is_none() {
            kept = read(page, name).await;
        }
    }
    let not_kept = || Refused { problems: vec![Problem::new("", "not-kept", NOT_KEPT)], ..Refused::default() };
    kept.unwrap_or_else(not_kept)
}

/// What was typed on a page before somebody else was quicker, until it is sent: it stands in the form when that is opened
/// anew. Nothing of a form that was refused for another reason.
pub async fn kept(page: &str) -> Values {
    read(page, REFUSED_COOKIE).await.filter(Refused::is_stale).map(|kept| kept.values).unwrap_or_default()
}

/// What was kept for the form that has now been sent is not shown again.
///
/// # Errors
/// `Unavailable` outside a request.
pub fn forget_kept() -> Result<(), ApiError> {
    let portal = portal()?;
    let name = cookie_name(&portal, REFUSED_COOKIE);
    if cookie(&name).is_some() {
        set_cookie(&portal, &name, "", 0);
    }
    Ok(())
}

/// Sends the browser to another page of ours.
pub fn see_other(to: &str) {
    let response = expect_context::<ResponseOptions>();
    response.set_status(StatusCode::SEE_OTHER);
    if let Ok(location) = HeaderValue::from_str(to) {
        response.insert_header(header::LOCATION, location);
    }
}

/// Adds a `Set-Cookie` header. `secure` cookies only go over https.
pub fn set_cookie(portal: &Portal, name: &str, value: &str, max_age_seconds: i64) {
    let secure = if portal.base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie);
    }
}

/// The name of a cookie of ours: over https with the prefix that keeps other hosts from planting it.
pub fn cookie_name(portal: &Portal, name: &str) -> String {
    let prefix = if portal.base_url.starts_with("https://") { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// A cookie of this request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    cookie_in(&parts.headers, name).map(str::to_owned)
}

/// The value of a cookie that was sent exactly once: of two, one was planted.
pub fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// Where to sign in, and then to come back to.
pub fn sign_in_for(page: &str) -> String {
    let steps: Vec<String> = http_path(page).split('/').map(percent_encoded).collect();
    format!("/sign-in?next={}", steps.join("/"))
}

/// A path of ours: never another site's address, nothing that a header cannot hold, and no private key (threat 12).
pub fn http_path(candidate: &str) -> &str {
    let ours = candidate.starts_with('/') && !candidate.starts_with("//") && candidate.len() <= LONGEST_PATH;
    let plain = candidate.bytes().all(|byte| matches!(byte, 0x21..=0x7e) && byte != b'\\');
    if ours && plain && !private_key::found_in(candidate) { candidate } else { "/" }
}

fn with_marker(page: &str) -> String {
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}refused")
}

fn problems_of(error: &ApiError) -> Vec<Problem> {
    match error {
        ApiError::Refused(Refusal::Problems(problems)) => problems.clone(),
        ApiError::Unavailable => {
            let reference = caller().map(|caller| caller.request_id).unwrap_or_default();
            vec![Problem::new(
                "",
                "unavailable",
                format!("{error} If it keeps happening, tell us this reference: {reference}."),
            )]
        }
        ApiError::Stale => vec![Problem::new("", "stale", error.to_string())],
        other => vec![Problem::new("", "refused", other.to_string())],
    }
}

async fn keep_refused(page: &str, typed: Values, problems: Vec<Problem>) {
    let account = caller().ok().and_then(|caller| caller.signed_in).map(|signed_in| signed_in.person.account);
    keep(REFUSED_COOKIE, page, typed, problems, account).await;
}

/// What somebody typed whose session ran out meanwhile waits for that account alone. Whether it does.
async fn keep_unsaved(page: &str, typed: Values) -> bool {
    if typed.values().all(String::is_empty) {
        return false;
    }
    let problems = vec![Problem::new("", "signed-out", SIGNED_OUT)];
    match ended_session().await {
        Some(account) => keep(UNSAVED_COOKIE, page, typed, problems, Some(account)).await,
        None => false,
    }
}

/// Whose session it was that the cookie of this request names.
async fn ended_session() -> Option<AccountId> {
    let portal = portal().ok()?;
    let token = Token::parse(&cookie(portal.session_cookie)?)?;
    portal.store.ended_session(&token.hash(), portal.auth.ambient.now()).await.ok()?
}

/// Keeps a form for its page and its account. Whether it did; if not, its page says so, and shows no older form instead.
async fn keep(
    cookie: &str,
    page: &str,
    mut typed: Values,
    mut problems: Vec<Problem>,
    account: Option<AccountId>,
) -> bool {
    let (Ok(portal), Ok(caller)) = (portal(), caller()) else { return false };
    let (now, cookie) = (portal.auth.ambient.now(), cookie_name(&portal, cookie));
    let whose = account.map_or_else(|| address_key(caller.address), |account| account.to_string());
    if portal.auth.limits.kept_forms.take(&whose, now).is_err() {
        set_cookie(&portal, &cookie, "", 0);
        return false;
    }
    empty_private_keys(&mut typed, &mut problems);
    if serde_json::json!([typed, problems]).to_string().len() > LARGEST_KEPT {
        typed.clear();
        problems = vec![Problem::new("", "too-large", TOO_LARGE)];
    }
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    let form = RefusedForm { form: page_key(page), values: serde_json::json!(typed), problems, account };
    if let Err(error) = portal.store.keep_form(&token.hash(), &form, now + KEPT_FOR).await {
        tracing::error!(?error, "a refused form could not be kept");
        set_cookie(&portal, &cookie, "", 0);
        return false;
    }
    set_cookie(&portal, &cookie, token.text(), KEPT_FOR.whole_seconds());
    true
}

/// A private key is told to be replaced whatever else is wrong, in whichever field it was (threat 12). In the name of an
/// input, which no page of ours sends, it goes with the input.
fn empty_private_keys(typed: &mut Values, problems: &mut Vec<Problem>) {
    let before = typed.len();
    typed.retain(|name, _| !private_key::found_in(name));
    if typed.len() < before && !problems.iter().any(|problem| problem.rule == "private-key") {
        problems.push(Problem::new("", "private-key", private_key::SENTENCE));
    }
    for (name, text) in typed.iter_mut().filter(|(_, text)| private_key::found_in(text)) {
        text.clear();
        let (field, entry) = name.split_once('[').unwrap_or((name, ""));
        let entry = entry.trim_end_matches(']');
        if !problems.iter().any(|problem| problem.rule == "private-key") {
            problems.retain(|problem| (problem.field.as_str(), problem.entry.as_str()) != (field, entry));
            problems.push(Problem::new(field, "private-key", private_key::SENTENCE).at(entry));
        }
    }
}

/// What stands for a page in the database. Its address may hold the token of a mailed link, which is kept nowhere
/// (threat 11).
fn page_key(page: &str) -> String {
    hex_digest(page.split('?').next().unwrap_or(page).as_bytes())
}

async fn read(page: &str, name: &str) -> Option<Refused> {
    let portal = portal().ok()?;
    let token = Token::parse(&cookie(&cookie_name(&portal, name))?)?;
    let kept = portal.store.take_form(&token.hash(), portal.auth.ambient.now()).await.ok()??;
    let account = caller().ok()?.signed_in.map(|signed_in| signed_in.person.account);
    if kept.form != page_key(page) || kept.account != account {
        return None;
    }
    Some(Refused { values: serde_json::from_value(kept.values).ok()?, problems: kept.problems })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_location_can_hold_is_come_back_to() {
        for ours in ["/home", "/registrations/1/scopes?from=mail&x=%20"] {
            assert_eq!(http_path(ours), ours);
        }
        let key = "%2D%2D%2D%2D%2DBEGIN%20PRIVATE%20KEY%2D%2D%2D%2D%2DMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
        let (long, private) = (format!("/{}", "a".repeat(LONGEST_PATH)), format!("/history?search={key}"));
        for other in
            ["", "home", "//evil.example", "/\\evil", "/a b", "/\r\nx: y", "/\u{7f}", "/\u{e9}", &long, &private]
        {
            assert_eq!(http_path(other), "/", "{other}");
        }
    }

    #[test]
    fn one_cookie_is_read_and_two_are_not() {
        let read = |line: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))]);
            cookie_in(&headers, "session").map(str::to_owned)
        };
        assert_eq!(read("a=1; session=abc; b=2").as_deref(), Some("abc"));
        assert_eq!(read("xsession=abc"), None);
        assert_eq!(read("session=abc; session=def"), None);
    }
}

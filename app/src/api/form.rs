//! Post, redirect, get: how a command answers, and how a page shows again what was refused.
//!
//! What was typed waits in the database for ten minutes, sealed for a random token in a cookie. So nothing typed is lost,
//! with or without JavaScript, and nothing typed is in an address, a log, or anything that the database's owner can read.
//!
//! Anybody can have a form refused, so how many are kept for whom, how large, and for how long is bounded (threats 15
//! and 16). What cannot wait (no cookies, too many forms, too large, no database, nobody signed in) is answered at once,
//! with the form's own page or, where that cannot be shown, with what was typed to be copied.

use super::{
    context::{caller, portal},
    cookie::{cookie, cookie_name, session_cookie, set_cookie},
    error::ApiError,
    session::renew_proved_session,
};
use crate::ui::{REQUEST, percent_encoded};
use domain::{
    draft::hex_digest,
    id::AccountId,
    private_key,
    problem::Problem,
    refusal::Refusal,
    rule::{FormFault, Rule},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use time::Duration;
use usecases::{
    Caller, Fault, Portal,
    auth::{KeptForm, Token, limits::address_key, pool::LOOKED_THROUGH_AT_ONCE, waiting},
};

/// The cookie that names the refused form.
const REFUSED_COOKIE: &str = "form";

/// The cookie that names what was typed when the session had ended. Another one, because signing in may be refused too.
const UNSAVED_COOKIE: &str = "unsaved";

/// The cookie that shows that this browser keeps cookies: it comes with every page that has a form.
const KEEPS_COOKIE: &str = "cookies";

/// The cookie that says, sealed, who signed out in this browser, so that what they were typing in another tab waits for
/// them alone.
const LEFT_COOKIE: &str = "left";

/// What the cookie of whoever signed out is sealed for.
const LEFT: &[u8] = b"signed out in this browser";

/// How long a refused form waits to be shown again.
const KEPT_FOR: Duration = Duration::minutes(10);

/// How long a browser is known to keep cookies, and who signed out in it.
const KNOWN_FOR: Duration = Duration::hours(12);

/// The longest address that is come back to after signing in.
const LONGEST_PATH: usize = 2_048;

/// The largest form that is kept, in bytes of JSON: half as much again as the largest key file.
const LARGEST_KEPT: usize = 96 * 1024;

/// The longest name of a request, in bytes: ours are 43.
const LONGEST_NAME: usize = 64;

/// What an address ends with that shows again what was refused.
const REFUSED: &str = "refused";

/// What an address ends with that tells whoever sent its form while signed out, with nothing typed.
const UNSENT: &str = "unsent";

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
        self.problems.iter().find(here).map(Problem::message)
    }

    /// With which version the form was shown, where it was refused because somebody else was quicker. Its command keeps
    /// the version among what was typed.
    pub fn stale_since(&self) -> Option<u64> {
        self.values.get("version").filter(|_| self.is_stale())?.parse().ok()
    }

    /// The digest of what the form showed, where it was refused because that changed since.
    pub fn stale_base(&self) -> Option<&str> {
        self.values.get("base").filter(|_| self.is_stale()).map(String::as_str)
    }

    /// Whether it was refused because somebody else was quicker.
    pub fn is_stale(&self) -> bool {
        self.problems.iter().any(|problem| problem.rule.is_stale())
    }

    /// Whether all that is known of it is that it was refused: what was typed was sent since, or waited too long.
    pub fn is_gone(&self) -> bool {
        self.is_any() && self.problems.iter().all(|problem| problem.rule == Rule::Form(FormFault::NotKept))
    }

    /// Whether anything was refused.
    pub fn is_any(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// What was typed, with the digest of what the form showed. What is no digest was sent by no form of ours, and may hold
/// a private key (threat 12): it is not kept.
pub fn on(base: &str, mut typed: Values) -> Values {
    let is_digest = base.len() == 64 && base.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        typed.insert("base".into(), base.into());
    }
    typed
}

/// Pairs of input name and text, for [`answer`].
pub fn values<const N: usize>(pairs: [(&str, &str); N]) -> Values {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// Carries out what a form asks for, and ends it: on success on the page that this names, else back on `page` with what was
/// typed. The same form twice, with the same typed, is one request.
///
/// # Errors
/// None: every outcome is a redirect, or is answered in place.
pub async fn answer(
    page: &str,
    typed: Values,
    asked: impl Future<Output = Result<String, Fault>>,
) -> Result<(), ApiError> {
    note_request(page, &typed);
    let outcome = asked.await;
    renew_proved_session().await;
    match outcome {
        Ok(next) => see_other(&next),
        Err(error) if is_limit(&error) && goes_on_after_it() => {
            answer_barely(page, typed, problems_of(&error), status_of(&error));
        }
        Err(Fault::Refused(Refusal::NotSignedIn)) => signed_out(page, typed).await,
        Err(Fault::NotFound) if is_blank(&typed) => see_other("/not-found"),
        Err(error) => match without_private_keys(typed, problems_of(&error)).await {
            Ok((typed, problems)) => refuse(page, typed, problems, status_of(&error)).await,
            Err((typed, problems)) => answer_barely(page, typed, problems, status_of(&error)),
        },
    }
    Ok(())
}

/// Notes what is asked for, with what the form was called when it was shown. Called before [`answer`] where more is asked for
/// than what is shown again.
pub(super) fn note_request(page: &str, says: impl serde::Serialize) {
    let (Ok(caller), Some(parts)) = (caller(), use_context::<Parts>()) else { return };
    let query = parts.uri.query().unwrap_or_default();
    let name = query.split('&').find_map(|part| part.strip_prefix(REQUEST)?.strip_prefix('='));
    if let Some(name) = name.filter(|name| name.len() <= LONGEST_NAME) {
        caller.note_request(name, &serde_json::json!([page, says]));
    }
}

/// Answers with what was typed, to be copied, and keeps nothing of it: what is told here is told before anything that
/// costs more than a page. A field in which a private key was found is not among it.
pub(super) fn answer_barely(page: &str, mut values: Values, problems: Vec<Problem>, status: StatusCode) {
    let is_private = |name: &str| problems.iter().any(|one| one.rule.is_private_key() && name.starts_with(&one.field));
    values.retain(|name, _| !is_private(name));
    leave(Unkept { page: page.to_owned(), refused: Refused { values, problems }, status, is_bare: true });
}

/// Shows a form again in which no private key was found.
pub(super) async fn show_again(page: &str, typed: Values, problems: Vec<Problem>) {
    refuse(page, typed, problems, StatusCode::UNPROCESSABLE_ENTITY).await;
}

/// What was refused and cannot wait, for the layer that answers in place of a redirect.
#[derive(Clone, Debug)]
pub struct Unkept {
    /// The page that the form is on.
    pub page: String,
    /// What was typed, without private keys, and what is wrong.
    pub refused: Refused,
    /// The status of the answer.
    pub status: StatusCode,
    /// Whether its page is not even made: whoever goes on after a limit costs next to nothing.
    pub is_bare: bool,
}

/// Where a command leaves what cannot wait. The server puts one into the extensions of each command's request.
#[derive(Clone, Default)]
pub struct Reply(Arc<Mutex<Option<Unkept>>>);

impl Reply {
    /// What was left, if anything.
    pub fn take(&self) -> Option<Unkept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn leave(&self, unkept: Unkept) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(unkept);
    }
}

/// The address at which a page shows what was refused.
pub fn with_marker(page: &str) -> String {
    marked(page, REFUSED)
}

fn marked(page: &str, marker: &str) -> String {
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{marker}")
}

fn has_marker(query: &str, marker: &str) -> bool {
    query.split('&').any(|pair| pair == marker)
}

/// What became of the form that somebody sent who was signed out, and now signs in to come back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentBefore {
    /// What was typed waits for them.
    Kept,
    /// Nothing was typed, and nothing was done.
    Unsent,
}

impl SentBefore {
    /// By the address that they come back to; none where no form was sent.
    pub fn read(next: &str) -> Option<Self> {
        let query = next.split_once('?')?.1;
        match (has_marker(query, REFUSED), has_marker(query, UNSENT)) {
            (_, true) => Some(Self::Unsent),
            (true, false) => Some(Self::Kept),
            (false, false) => None,
        }
    }
}

/// The page that was refused a moment ago shows again what was typed there.
pub async fn refused(page: &str) -> Refused {
    note_cookies();
    let Some(parts) = use_context::<Parts>() else { return Refused::default() };
    if let Some(Unkept { page: of, refused, .. }) = parts.extensions.get::<Unkept>() {
        return if page_key(of) == page_key(page) { refused.clone() } else { Refused::default() };
    }
    let query = parts.uri.query().unwrap_or_default();
    if has_marker(query, UNSENT) {
        return Refused { problems: vec![about_all(FormFault::SignedOutUnsent)], ..Refused::default() };
    }
    if !has_marker(query, REFUSED) {
        return Refused::default();
    }
    let mut kept = None;
    for name in [REFUSED_COOKIE, UNSAVED_COOKIE] {
        if kept.is_none() {
            kept = read(page, name).await;
        }
    }
    let not_kept = || Refused { problems: vec![about_all(FormFault::NotKept)], ..Refused::default() };
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
pub fn forget_kept() -> Result<(), Fault> {
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

fn problems_of(error: &Fault) -> Vec<Problem> {
    match error {
        Fault::Refused(Refusal::Problems(problems)) => problems.clone(),
        Fault::Unavailable | Fault::Unreadable => vec![about_all(match (error, caller()) {
            (Fault::Unreadable, Ok(caller)) => FormFault::UnreadableUnder(caller.request_id.to_string()),
            (_, Ok(caller)) => FormFault::UnavailableUnder(caller.request_id.to_string()),
            (_, Err(_)) => error.of_form(),
        })],
        other => vec![about_all(other.of_form())],
    }
}

/// What is said of a form as a whole.
fn about_all(fault: FormFault) -> Problem {
    Problem::new("", fault)
}

fn status_of(error: &Fault) -> StatusCode {
    match error {
        Fault::Refused(Refusal::NotSignedIn) => StatusCode::UNAUTHORIZED,
        Fault::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Stale | Fault::SentBefore => StatusCode::CONFLICT,
        Fault::NotFound => StatusCode::NOT_FOUND,
        Fault::TooMany { .. } | Fault::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        Fault::Busy | Fault::Crowded | Fault::TooLong | Fault::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Unreadable => StatusCode::INTERNAL_SERVER_ERROR,
        Fault::Malformed => StatusCode::BAD_REQUEST,
    }
}

fn is_blank(typed: &Values) -> bool {
    typed.values().all(String::is_empty)
}

/// Whether a form held nothing that somebody typed: the version that it was shown with is the page's own.
fn is_untyped(typed: &Values) -> bool {
    typed.iter().all(|(name, text)| text.is_empty() || name == "version")
}

/// Shows a refused form again: by its page where it can wait, else at once.
async fn refuse(page: &str, typed: Values, problems: Vec<Problem>, status: StatusCode) {
    let account = caller().ok().and_then(|caller| caller.signed_in).map(|signed_in| signed_in.person.account);
    if keeps_cookies() && keep(REFUSED_COOKIE, page, &typed, &problems, account).await {
        return see_other(&with_marker(page));
    }
    answer_in_place(page, typed, problems, status);
}

/// Whoever is not signed in signs in. What they typed waits for them where it is known who they were, and else is in the
/// answer: it is theirs who sent it, and nobody else's.
async fn signed_out(page: &str, typed: Values) {
    if is_untyped(&typed) {
        return see_other(&sign_in_for(&marked(page, UNSENT)));
    }
    // It is looked through for whoever it can wait for, and for nobody else.
    let Some(account) = who_left().await else {
        return answer_barely(page, typed, vec![about_all(FormFault::SignedOutUnsaved)], StatusCode::UNAUTHORIZED);
    };
    let typed = match without_private_keys(typed, Vec::new()).await {
        Ok((typed, mut problems)) => {
            problems.push(about_all(FormFault::SignedOut));
            if keep(UNSAVED_COOKIE, page, &typed, &problems, Some(account)).await {
                return see_other(&sign_in_for(&with_marker(page)));
            }
            typed
        }
        Err((typed, _)) => typed,
    };
    answer_barely(page, typed, vec![about_all(FormFault::SignedOutUnsaved)], StatusCode::UNAUTHORIZED);
}

fn answer_in_place(page: &str, values: Values, mut problems: Vec<Problem>, status: StatusCode) {
    let status = if problems.is_empty() { StatusCode::OK } else { status };
    let is_said = problems.iter().any(|problem| problem.rule == Rule::Form(FormFault::CookiesNeeded));
    if !keeps_cookies() && !problems.is_empty() && !is_said && status != StatusCode::UNAUTHORIZED {
        problems.push(about_all(FormFault::CookiesBlocked));
    }
    leave(Unkept { page: page.to_owned(), refused: Refused { values, problems }, status, is_bare: false });
}

fn leave(unkept: Unkept) {
    // Where the layer answers, its answer takes the place of this one.
    see_other(&with_marker(&unkept.page));
    let reply = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Reply>().cloned());
    if let Some(reply) = reply {
        reply.leave(unkept);
    }
}

fn is_limit(error: &Fault) -> bool {
    matches!(error, Fault::TooMany { .. } | Fault::TooFast { .. })
}

/// Whether whoever asks was told of a limit several times already. Until then the form is shown with the sentence, as for
/// every other refusal; after that neither the database nor a page is touched.
fn goes_on_after_it() -> bool {
    let (Ok(portal), Ok(caller)) = (portal(), caller()) else { return false };
    let account = caller.signed_in.as_ref().map(|signed_in| signed_in.person.account);
    portal.auth.limits.told_of_limits.take(&whose(&caller, account), portal.auth.ambient.now()).is_err()
}

/// By what a person is counted: the account, else the address.
fn whose(caller: &Caller, account: Option<AccountId>) -> String {
    account.map_or_else(|| address_key(caller.address), |account| account.to_string())
}

/// Whether this browser has sent back any cookie of ours.
pub(super) fn keeps_cookies() -> bool {
    let Ok(portal) = portal() else { return false };
    let ours = [KEEPS_COOKIE, REFUSED_COOKIE, UNSAVED_COOKIE, LEFT_COOKIE];
    cookie(&session_cookie(&portal)).is_some() || ours.iter().any(|name| cookie(&cookie_name(&portal, name)).is_some())
}

/// Gives a browser a cookie to send back, where it has none yet.
fn note_cookies() {
    if let (Ok(portal), false) = (portal(), keeps_cookies()) {
        set_cookie(&portal, &cookie_name(&portal, KEEPS_COOKIE), "kept", KNOWN_FOR.whole_seconds());
    }
}

/// Notes in this browser who signed out in it.
pub(super) fn note_left(portal: &Portal, account: AccountId) {
    let sealed = portal.auth.secrets.seal(account.to_string().as_bytes(), LEFT, portal.auth.ambient.bytes());
    if let Some(sealed) = sealed {
        set_cookie(portal, &cookie_name(portal, LEFT_COOKIE), &sealed, KNOWN_FOR.whole_seconds());
    }
}

/// Who was signed in here: by the session that ran out, or else by what was noted when they signed out.
async fn who_left() -> Option<AccountId> {
    let portal = portal().ok()?;
    let token = cookie(&session_cookie(&portal)).and_then(|text| Token::parse(&text));
    if let Some(token) = token {
        let ended = portal.store.ended_session(&token.hash(), portal.auth.ambient.now()).await.ok()?;
        if ended.is_some() {
            return ended;
        }
    }
    let noted = portal.auth.secrets.open(&cookie(&cookie_name(&portal, LEFT_COOKIE))?, LEFT)?;
    String::from_utf8(noted).ok()?.parse().ok()
}

/// Keeps a form for its page and its account. Whether it did; if not, the cookie names no older form either.
async fn keep(cookie: &str, page: &str, typed: &Values, problems: &[Problem], account: Option<AccountId>) -> bool {
    let Ok(portal) = portal() else { return false };
    let name = cookie_name(&portal, cookie);
    match try_keep(&portal, cookie, page, typed, problems, account).await {
        Some(token) => {
            set_cookie(&portal, &name, token.text(), KEPT_FOR.whole_seconds());
            true
        }
        None => {
            set_cookie(&portal, &name, "", 0);
            false
        }
    }
}

async fn try_keep(
    portal: &Portal,
    cookie: &str,
    page: &str,
    typed: &Values,
    problems: &[Problem],
    account: Option<AccountId>,
) -> Option<Token> {
    let caller = caller().ok()?;
    let (limits, now) = (&portal.auth.limits, portal.auth.ambient.now());
    limits.kept_forms.take(&whose(&caller, account), now).ok()?;
    if account.is_none() {
        limits.kept_of_visitors.take("", now).ok()?;
    }
    let values = serde_json::json!(typed);
    if values.to_string().len() > LARGEST_KEPT {
        return None;
    }
    let form = KeptForm { form: page_key(page), values, problems: problems.to_vec(), account };
    let token = Token::from_bytes(portal.auth.ambient.bytes());
    let kept = waiting::keep(portal, &token, cookie, &form, KEPT_FOR).await;
    if kept.is_err() {
        tracing::error!("a refused form could not be kept");
    }
    kept.is_ok().then_some(token)
}

type Typed = (Values, Vec<Problem>);

/// Empties what holds a private key. Much text is looked through in the pool; when that is full, nothing is shown again.
///
/// # Errors
/// The same as it came, where as much was looked through for whoever asks as may be: it is kept nowhere.
async fn without_private_keys(mut typed: Values, mut problems: Vec<Problem>) -> Result<Typed, Typed> {
    let size: usize = typed.iter().map(|(name, text)| name.len() + text.len()).sum();
    if size <= LOOKED_THROUGH_AT_ONCE {
        empty_private_keys(&mut typed, &mut problems);
        return Ok((typed, problems));
    }
    let (Ok(portal), Ok(caller)) = (portal(), caller()) else { return Err((typed, problems)) };
    let account = caller.signed_in.as_ref().map(|signed_in| signed_in.person.account);
    if portal.auth.limits.searches.take(&whose(&caller, account), portal.auth.ambient.now()).is_err() {
        return Err((typed, problems));
    }
    let work = move || {
        empty_private_keys(&mut typed, &mut problems);
        (typed, problems)
    };
    let busy = |error: Fault| (Values::new(), problems_of(&error));
    Ok(portal.auth.checks.run(work).await.unwrap_or_else(|error| busy(error.into())))
}

/// A private key is told to be replaced whatever else is wrong, in whichever field it was (threat 12). The field goes with
/// it: its page shows what is saved there, so that sending the form again does not replace that by nothing. In the name of
/// an input, which no page of ours sends, it goes with the input.
fn empty_private_keys(typed: &mut Values, problems: &mut Vec<Problem>) {
    let (mut found, mut unnamed) = (Vec::new(), false);
    typed.retain(|name, text| {
        let (in_name, in_text) = (private_key::found_in(name), private_key::found_in(text));
        unnamed |= in_name;
        if in_text && !in_name {
            found.push(name.clone());
        }
        !in_name && !in_text
    });
    let is_told = |problems: &[Problem]| problems.iter().any(|problem| problem.rule.is_private_key());
    if unnamed && !is_told(problems) {
        problems.push(Problem::new("", Rule::PrivateKey));
    }
    for name in found {
        let (field, entry) = name.split_once('[').unwrap_or((&name, ""));
        let entry = entry.trim_end_matches(']');
        if !is_told(problems) {
            problems.retain(|problem| (problem.field.as_str(), problem.entry.as_str()) != (field, entry));
            problems.push(Problem::new(field, Rule::PrivateKey).at(entry));
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
    let kept = waiting::read(&portal, &token, name).await.ok()??;
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
}

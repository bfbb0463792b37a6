//! The tools that need no account: without scripts, what was typed comes here and goes back to be judged by the page.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{Values, answer, answer_barely, show_again, values},
    registrations::{environments, split},
};
use domain::{
    key::{LONGEST, text_of_file, too_long},
    problem::Problem,
    redirect_uri::MOST,
    refusal::Refusal,
    rule::EntryFault,
};
use http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};
use std::future::ready;
use usecases::{Fault, auth::tries::limit_address, typed::TypedUri};

/// Takes a key to `/tools/key`, which judges it. A private key is forgotten here.
#[server(prefix = "/api", endpoint = "tools/key", input = MultipartFormData)]
pub async fn check_key(data: MultipartData) -> Result<(), ApiError> {
    let read = match limited() {
        Ok(()) => read_key(data).await,
        Err(error) => Err(error),
    };
    match read {
        Err(Fault::Malformed) => Err(Fault::Malformed.into()),
        Err(error) => answer("/tools/key", values([]), ready(Err(error))).await,
        Ok(Read::TooLong(text)) => {
            let typed = values([("public_key", &text)]);
            answer_barely("/tools/key", typed, vec![too_long().into()], StatusCode::UNPROCESSABLE_ENTITY);
            Ok(())
        }
        Ok(Read::Looked(text, problems)) => {
            show_again("/tools/key", values([("public_key", &text)]), problems).await;
            Ok(())
        }
    }
}

/// What was sent to be checked.
enum Read {
    /// The text, or why there is none.
    Looked(String, Vec<Problem>),
    /// Longer than any key: it was not looked at. What was typed.
    TooLong(String),
}

/// Takes redirect URIs to `/tools/redirect-uri`, which judges them. `then=split` makes an entry of each address in a list.
#[server(prefix = "/api", endpoint = "tools/redirect-uri")]
pub async fn check_redirect_uris(
    #[server(default)] redirect_uris: Vec<TypedUri>,
    #[server(default)] then: String,
) -> Result<(), ApiError> {
    let redirect_uris = if then == "split" { split_typed(&redirect_uris) } else { redirect_uris };
    let shown = redirect_uris.iter().take(MOST).enumerate();
    let typed: Values = shown.map(|(at, uri)| (format!("redirect_uris[{at}]"), uri.shown().to_owned())).collect();
    match limited() {
        Ok(()) => judge_on("/tools/redirect-uri", typed, amiss(&redirect_uris)).await,
        Err(error) => answer("/tools/redirect-uri", typed, ready(Err(error))).await,
    }
}

fn split_typed(uris: &[TypedUri]) -> Vec<TypedUri> {
    let texts = uris.iter().take(MOST).map(|uri| uri.or_nothing().to_owned()).collect();
    split(texts).iter().map(|uri| TypedUri::from(uri.as_str())).collect()
}

/// What is too much to be looked at. Private keys are found where every form is kept.
fn amiss(uris: &[TypedUri]) -> Vec<Problem> {
    let long = |(at, uri): (usize, &TypedUri)| {
        let what = format!("Redirect URI {}", at + 1);
        uri.read("redirect_uris", &what).err().map(|problem| problem.at(at.to_string()))
    };
    let mut problems: Vec<Problem> = uris.iter().take(MOST).enumerate().filter_map(long).collect();
    if uris.len() > MOST {
        problems.push(Problem::new("redirect_uris", EntryFault::UriCount(MOST)));
    }
    problems
}

fn limited() -> Result<(), Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_address(&portal, &caller, &portal.auth.limits.tools_by_address, "keys and addresses to check")
}

/// Counts a page on which something is judged.
///
/// # Errors
/// `TooMany` beyond the limit of an address.
pub fn count_judging() -> Result<(), Fault> {
    let (portal, caller) = (portal()?, caller()?);
    limit_address(&portal, &caller, &portal.auth.limits.judged_by_address, "keys and addresses judged")
}

/// The text of the pasted key or of the chosen file, which wins; and why there is none: a private key in either, or a file
/// that is no text. They are looked through in the pool.
async fn read_key(data: MultipartData) -> Result<Read, Fault> {
    let checks = portal()?.auth.checks.clone();
    let mut parts = data.into_inner().ok_or(Fault::Malformed)?;
    let sizes = environments()?.pop().map(|policy| policy.key_sizes).unwrap_or_default();
    let (mut pasted, mut file, mut problems) = (String::new(), None, Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| Fault::Malformed)? {
        let is_file = part.name() == Some("file");
        let bytes = part.bytes().await.map_err(|_| Fault::Malformed)?;
        if is_file && bytes.is_empty() {
            continue;
        }
        let sizes = sizes.clone();
        if bytes.len() > LONGEST {
            if !is_file {
                return Ok(Read::TooLong(String::from_utf8_lossy(&bytes).into_owned()));
            }
            // A file is chosen again, and what was typed is shown to be copied.
            problems.push(Problem::from(too_long()));
            continue;
        }
        let look = move || text_of_file(&bytes, &sizes);
        match checks.run(look).await? {
            Ok(read) if is_file => file = Some(read),
            Ok(read) => pasted = read,
            Err(rule) => problems.push(rule.into()),
        }
    }
    // Of several things that are wrong the private key is the one to be told.
    problems.sort_by_key(|problem| !problem.rule.is_private_key());
    problems.truncate(1);
    let text = file.unwrap_or(pasted);
    Ok(Read::Looked(if problems.is_empty() { text } else { String::new() }, problems))
}

/// Keeps what was typed for the page to judge, for as long as any refused form; so every answer is a return to the page.
async fn judge_on(page: &str, typed: Values, problems: Vec<Problem>) -> Result<(), ApiError> {
    answer(page, typed, ready(Err(Fault::Refused(Refusal::Problems(problems))))).await
}

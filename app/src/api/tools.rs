//! The tools that need no account: without scripts, what was typed comes here and goes back to be judged by the page.

use super::{
    error::ApiError,
    form::{Values, answer, values},
    registrations::environments,
};
use domain::{key::text_of_file, private_key, problem::Problem, refusal::Refusal};
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

/// Takes a key to `/tools/key`, which judges it. A private key is forgotten here.
#[server(prefix = "/api", endpoint = "tools/key", input = MultipartFormData)]
pub async fn check_key(data: MultipartData) -> Result<(), ApiError> {
    let (text, problems) = read_key(data).await?;
    judge_on("/tools/key", values([("public_key", &text)]), problems).await
}

/// Takes redirect URIs to `/tools/redirect-uri`, which judges them.
#[server(prefix = "/api", endpoint = "tools/redirect-uri")]
pub async fn check_redirect_uris(#[server(default)] redirect_uris: Vec<String>) -> Result<(), ApiError> {
    let entries = redirect_uris.iter().enumerate();
    let private = entries.clone().filter(|(_, uri)| private_key::found_in(uri));
    let problem = |at: usize| Problem::new("redirect_uris", "private-key", private_key::SENTENCE).at(at.to_string());
    let problems = private.map(|(at, _)| problem(at)).collect();
    let typed = entries.map(|(at, uri)| (format!("redirect_uris[{at}]"), uri.clone())).collect();
    judge_on("/tools/redirect-uri", typed, problems).await
}

/// The text of the pasted key or of the chosen file, which wins; and why there is none: a private key in either, or a file
/// that is no text.
async fn read_key(data: MultipartData) -> Result<(String, Vec<Problem>), ApiError> {
    let mut parts = data.into_inner().ok_or(ApiError::Malformed)?;
    let sizes = environments()?.pop().map(|policy| policy.key_sizes).unwrap_or_default();
    let (mut text, mut problems) = (String::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| ApiError::Malformed)? {
        let is_file = part.name() == Some("file");
        let bytes = part.bytes().await.map_err(|_| ApiError::Malformed)?;
        if is_file && bytes.is_empty() {
            continue;
        }
        match text_of_file(&bytes, &sizes) {
            Ok(read) => text = read,
            Err(problem) => problems.push(problem),
        }
    }
    // Of several things that are wrong the private key is the one to be told.
    problems.sort_by_key(|problem| problem.rule != "private-key");
    problems.truncate(1);
    Ok((if problems.is_empty() { text } else { String::new() }, problems))
}

/// Keeps what was typed for the page to judge, for as long as any refused form; so every answer is a return to the page.
async fn judge_on(page: &str, typed: Values, problems: Vec<Problem>) -> Result<(), ApiError> {
    answer(page, typed, Err(ApiError::Refused(Refusal::Problems(problems)))).await
}

//! The tools that need no account: without scripts, what was typed comes here and goes back to be judged by the page.

use super::{
    error::ApiError,
    form::{Values, answer, values},
    registrations::split,
};
use domain::{private_key, problem::Problem, refusal::Refusal};
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

/// Takes a key to `/tools/key`, which judges it. A private key is forgotten here.
#[server(prefix = "/api", endpoint = "tools/key", input = MultipartFormData)]
pub async fn check_key(data: MultipartData) -> Result<(), ApiError> {
    let (text, is_private) = read_key(data).await?;
    let typed = values([("public_key", if is_private { "" } else { &text })]);
    let problem = Problem::new("public_key", "private-key", private_key::SENTENCE);
    judge_on("/tools/key", typed, is_private.then_some(problem).into_iter().collect()).await
}

/// Takes redirect URIs to `/tools/redirect-uri`, which judges them. `then=split` makes an entry of each address in a list.
#[server(prefix = "/api", endpoint = "tools/redirect-uri")]
pub async fn check_redirect_uris(
    #[server(default)] redirect_uris: Vec<String>,
    #[server(default)] then: String,
) -> Result<(), ApiError> {
    let redirect_uris = if then == "split" { split(redirect_uris) } else { redirect_uris };
    let entries = redirect_uris.iter().enumerate();
    let private = entries.clone().filter(|(_, uri)| private_key::found_in(uri));
    let problem = |at: usize| Problem::new("redirect_uris", "private-key", private_key::SENTENCE).at(at.to_string());
    let problems = private.map(|(at, _)| problem(at)).collect();
    let typed = entries.map(|(at, uri)| (format!("redirect_uris[{at}]"), uri.clone())).collect();
    judge_on("/tools/redirect-uri", typed, problems).await
}

/// The text of the pasted key or of the chosen file, which wins; and whether a private key was in either.
async fn read_key(data: MultipartData) -> Result<(String, bool), ApiError> {
    let mut parts = data.into_inner().ok_or(ApiError::Malformed)?;
    let (mut text, mut is_private) = (String::new(), false);
    while let Some(part) = parts.next_field().await.map_err(|_| ApiError::Malformed)? {
        let is_file = part.name() == Some("file");
        let bytes = part.bytes().await.map_err(|_| ApiError::Malformed)?;
        is_private |= private_key::found_in_bytes(&bytes);
        if !is_file || !bytes.is_empty() {
            text = private_key::text_of(&bytes);
        }
    }
    Ok((text, is_private))
}

/// Keeps what was typed for the page to judge, for as long as any refused form; so every answer is a return to the page.
async fn judge_on(page: &str, typed: Values, problems: Vec<Problem>) -> Result<(), ApiError> {
    answer(page, typed, Err(ApiError::Refused(Refusal::Problems(problems)))).await
}

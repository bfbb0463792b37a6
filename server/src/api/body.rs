//! What a program sends: JSON, within the bounds that forms have.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::IntoResponse,
};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Api,
    access::Asking,
    problem::{ApiProblem, too_large},
};

/// The longest text that any operation looks at, in bytes: what a draft takes.
const LONGEST_TEXT: usize = 20 * 1024;

/// The most values in one body: a draft's scopes and reasons fit many times.
const MOST_VALUES: usize = 500;

/// The body of an operation, and whoever asks for it. The request is noted by all that it says.
pub struct Sent<T>(pub Asking, pub T);

impl<T: DeserializeOwned> FromRequest<Api> for Sent<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiProblem> {
        let (mut parts, body) = request.into_parts();
        let asking = <Asking as axum::extract::FromRequestParts<Api>>::from_request_parts(&mut parts, api).await?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
            return Err(ApiProblem::new(
                "content-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not JSON",
                "Send a body of the type application/json.",
            ));
        }
        let request = Request::from_parts(parts, body);
        let bytes =
            Bytes::from_request(request, api).await.map_err(|refused| unread(refused.into_response().status()))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| malformed("The body is not JSON."))?;
        if !is_within(&value, &mut 0) {
            return Err(unread(StatusCode::PAYLOAD_TOO_LARGE));
        }
        asking.note(&value)?;
        // The cause names a member and what was expected there, and quotes a value that is none: only its place is told.
        let sent = serde_json::from_value(value).map_err(|error| malformed(&expected(&error)))?;
        Ok(Self(asking, sent))
    }
}

fn expected(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.split_once('`') {
        Some((what, rest)) if what.starts_with("missing field") || what.starts_with("unknown field") => {
            let member: String = rest.chars().take_while(|c| *c != '`').take(64).collect();
            let is_plain = member.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            match (is_plain, what.starts_with("missing")) {
                (true, true) => format!("The body lacks the member “{member}”."),
                (true, false) => format!("The body has the member “{member}”, which this operation does not take."),
                (false, _) => "The body has a member that this operation does not take.".to_owned(),
            }
        }
        _ => "A member of the body has a value of another type than this operation takes.".to_owned(),
    }
}

fn malformed(detail: &str) -> ApiProblem {
    ApiProblem::new("malformed", StatusCode::BAD_REQUEST, "Cannot be read", detail)
}

fn unread(status: StatusCode) -> ApiProblem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => malformed("The body could not be read."),
    }
}

/// Whether nothing in it is longer, or more, than anything that is asked for.
fn is_within(value: &Value, values: &mut usize) -> bool {
    *values += 1;
    let short = |text: &str| text.len() <= LONGEST_TEXT;
    *values <= MOST_VALUES
        && match value {
            Value::String(text) => short(text),
            Value::Array(entries) => entries.iter().all(|entry| is_within(entry, values)),
            Value::Object(members) => members.iter().all(|(name, member)| short(name) && is_within(member, values)),
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_long_or_much_is_not_looked_at() {
        let within = |value: Value| is_within(&value, &mut 0);
        assert!(within(json!({"a": "x".repeat(LONGEST_TEXT), "b": [1, null, true]})));
        assert!(!within(json!({"a": ["x".repeat(LONGEST_TEXT + 1)]})));
        assert!(!within(json!({"x".repeat(LONGEST_TEXT + 1): 1})));
        assert!(within(json!(vec![0; MOST_VALUES - 1])) && !within(json!(vec![0; MOST_VALUES])));
    }
}

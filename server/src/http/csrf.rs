//! Nothing changes at the word of another site: every request that is not a read must come from our own pages.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::frame::Frame;
use super::refusal::Refusal;
use crate::api::is_of_api;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Answers 403 to a request that could have been forged.
pub async fn guard(State(frame): State<Frame>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // There no cookie counts, and no site can send a token that it does not have.
    if reads || is_of_api(request.uri().path()) || is_ours(request.headers(), &frame.origin) {
        return next.run(request).await;
    }
    tracing::warn!("refused a request that did not come from our own pages");
    Refusal {
        status: StatusCode::FORBIDDEN,
        title: "This request did not come from this service",
        sentence: "Nothing was changed. Open the page in this service and send the form from there.",
    }
    .answer(&frame, &request)
}

/// Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`, which no page can change. What sends
/// neither is no browser of ours.
fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let same_origin = only(headers, &header::ORIGIN) == Some(origin);
    match headers.contains_key(&SEC_FETCH_SITE) {
        false => same_origin,
        true => match only(headers, &SEC_FETCH_SITE) {
            Some("same-origin") => true,
            Some("none") => same_origin,
            _ => false,
        },
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const OURS: &str = "https://portal.example.org";

    fn judged(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        is_ours(&headers, OURS)
    }

    #[test]
    fn our_own_pages_may() {
        assert!(judged(&[("sec-fetch-site", "same-origin")]));
        assert!(judged(&[("sec-fetch-site", "same-origin"), ("origin", OURS)]));
        assert!(judged(&[("origin", OURS)]));
        assert!(judged(&[("sec-fetch-site", "none"), ("origin", OURS)]));
    }

    #[test]
    fn nobody_else_may() {
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", OURS)],
            &[("sec-fetch-site", "cross-site"), ("origin", OURS)],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "SAME-ORIGIN")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null")],
            &[("origin", "https://portal.example.org.evil.example")],
            &[("origin", "http://portal.example.org")],
            &[("origin", OURS), ("origin", "https://evil.example")],
            &[("referer", "https://portal.example.org/")],
        ] {
            assert!(!judged(pairs), "{pairs:?}");
        }
    }
}

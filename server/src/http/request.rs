//! The reference of a request: in its log lines, in `x-request-id`, and on every page that reports a failure.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue};
use tracing::Instrument;
use usecases::auth::Ambient;

use super::frame::Frame;

/// The header that carries the reference.
pub const HEADER: &str = "x-request-id";

/// The reference of this request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its reference and logs one line when it is answered: never its query, body or cookies.
pub async fn refer_and_log(State(frame): State<Frame>, mut request: Request, next: Next) -> Response {
    let id = proxied(request.headers(), frame.trusted_proxies).unwrap_or_else(|| fresh(frame.ambient));
    let path = request.extensions().get::<MatchedPath>().map_or("(no route)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id);
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
    span.in_scope(|| tracing::info!(%method, path, status, ms, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn fresh(ambient: Ambient) -> String {
    HEXLOWER.encode(&ambient.bytes::<10>())
}

/// The reference that our own proxy gave, when it is harmless in a log.
fn proxied(headers: &HeaderMap, trusted_proxies: usize) -> Option<String> {
    let given = headers.get(HEADER).filter(|_| trusted_proxies > 0)?.to_str().ok()?;
    let harmless = given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (harmless && (8..=64).contains(&given.len())).then(|| given.to_owned())
}

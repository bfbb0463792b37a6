//! Headers of every answer: what a page may load and do, a nonce for its own inline scripts, no caching.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};

use super::frame::Frame;

/// The nonce of this answer, in the request's extensions.
#[derive(Clone)]
pub(super) struct CspNonce(Arc<str>);

/// Headers that never vary.
const FIXED: [(HeaderName, &str); 6] = [
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Two years, as the preload lists ask.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Mints the nonce and sets the headers.
pub async fn protect(State(frame): State<Frame>, mut request: Request, next: Next) -> Response {
    let nonce: Arc<str> = BASE64URL_NOPAD.encode(&frame.ambient.bytes::<16>()).into();
    request.extensions_mut().insert(CspNonce(Arc::clone(&nonce)));
    let mut response = next.run(request).await;
    set_headers(response.headers_mut(), &nonce, frame.is_https);
    response
}

/// Hands the nonce to Leptos, in place of the one that it made itself. Call it first in `additional_context`.
pub fn provide_nonce() {
    let parts = use_context::<http::request::Parts>();
    if let Some(CspNonce(nonce)) = parts.and_then(|parts| parts.extensions.get().cloned()) {
        provide_context(Nonce::from_value(nonce));
    }
}

fn set_headers(headers: &mut HeaderMap, nonce: &str, is_https: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    // A file that somebody sent has a stricter one already.
    if let Ok(policy) = HeaderValue::from_str(&policy(nonce)) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Nothing but our own files; inline scripts only with the nonce; wasm for the islands.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

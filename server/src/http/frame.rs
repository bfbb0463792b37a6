//! The layers around every route, in their order.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use domain::attachment;
use futures::FutureExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::Limited;
use std::panic::AssertUnwindSafe;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use usecases::auth::Ambient;

use super::address::client_address;
use super::connections::{ByAddress, FromAddress};
use super::held::held;
use super::refusal::{Refusal, wants_json};
use super::request::RequestId;
use super::{csp, csrf, request};
use crate::pages::takes_uploads;
use crate::reading::is_download;

/// The largest body that a command reads: a registration with its evidence fits many times.
pub const BODY_LIMIT: usize = 128 * 1024;

/// The largest body that is read at all: of what is larger than [`BODY_LIMIT`] only to show what was typed in it.
const LARGEST_SHOWN: usize = 1024 * 1024;

/// The largest body of a form with files: one of the largest, with the answers beside it.
pub const UPLOAD_LIMIT: usize = attachment::MOST_BYTES + BODY_LIMIT;

/// How long a form with files may take: for a slow line.
const UPLOAD_TIME_LIMIT: Duration = Duration::from_secs(180);

/// The longest address, in bytes. Ours have at most one search and a few filters.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// How long one request may take, its body included.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How long whoever goes on after a limit waits for the answer. It says "later" to people, who do not notice it; but one
/// connection gets no more than four of them a second, so that what it costs to say no does not grow with whoever asks.
const TOLD_AFTER: Duration = Duration::from_millis(250);

/// Requests in progress at once. One is in progress until its answer is sent. One more is told to come back.
const IN_PROGRESS: usize = 1_024;

/// Of these, from one address: an office, not everybody.
const FROM_ONE_ADDRESS: usize = 128;

/// Downloads in progress at once: each reads page after page as it is sent.
const DOWNLOADS: usize = 16;

/// What the layers need to know. Every layer holds it: one more holder is one more count, however many parts it has.
#[derive(Clone)]
pub struct Frame(Arc<FrameParts>);

impl Deref for Frame {
    type Target = FrameParts;

    fn deref(&self) -> &FrameParts {
        &self.0
    }
}

/// What a [`Frame`] is made of.
pub struct FrameParts {
    /// The clock and the random bytes.
    pub ambient: Ambient,
    /// The portal's own origin, from the configuration.
    pub origin: Arc<str>,
    /// Whether people reach it over https.
    pub is_https: bool,
    /// How many reverse proxies stand in front.
    pub trusted_proxies: usize,
    /// The address of the style sheet, empty when the site was not built.
    pub style_sheet: Arc<str>,
    in_progress: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    by_address: ByAddress,
}

impl Frame {
    /// A frame for a portal reached at `origin` (without a final slash).
    pub fn new(ambient: Ambient, origin: &str, trusted_proxies: usize, style_sheet: &str) -> Self {
        Self(Arc::new(FrameParts {
            ambient,
            is_https: origin.starts_with("https://"),
            origin: origin.into(),
            trusted_proxies,
            style_sheet: style_sheet.into(),
            in_progress: Arc::new(Semaphore::new(IN_PROGRESS)),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            by_address: ByAddress::default(),
        }))
    }
}

/// The routes inside their layers. The last one added here is the first that a request meets.
pub fn framed(routes: Router, frame: &Frame) -> Router {
    routes
        .layer(from_fn_with_state(frame.clone(), bounded))
        .layer(from_fn_with_state(frame.clone(), csrf::guard))
        .layer(from_fn_with_state(frame.clone(), csp::protect))
        .layer(from_fn_with_state(frame.clone(), request::refer_and_log))
}

/// What a request takes up until its answer is sent.
struct Places {
    _in_progress: OwnedSemaphorePermit,
    _from_here: FromAddress,
    _download: Option<OwnedSemaphorePermit>,
}

impl Frame {
    /// The places for one more request, where there are any.
    fn places(&self, request: &Request) -> Option<Places> {
        let in_progress = Arc::clone(&self.in_progress).try_acquire_owned().ok()?;
        let from_here = self.by_address.take(self.address(request), FROM_ONE_ADDRESS)?;
        let download = match is_download(request.uri().path()) {
            true => Some(Arc::clone(&self.downloads).try_acquire_owned().ok()?),
            false => None,
        };
        Some(Places { _in_progress: in_progress, _from_here: from_here, _download: download })
    }

    /// The address of whoever asks.
    pub fn address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        client_address(request.headers(), peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), self.trusted_proxies)
    }
}

/// Bounds size, number and time, and says late that there was too much.
async fn bounded(State(frame): State<Frame>, request: Request, next: Next) -> Response {
    let response = within_bounds(&frame, request, next).await;
    if is_said_late(response.status()) {
        tokio::time::sleep(TOLD_AFTER).await;
    }
    response
}

/// Turns a panic into a page with a reference. A request keeps its places until its answer is sent.
async fn within_bounds(frame: &Frame, request: Request, next: Next) -> Response {
    let declared = declared_length(request.headers());
    let (most, time_limit, too_large) = match takes_uploads(request.uri().path()) && declared > BODY_LIMIT as u64 {
        true => (UPLOAD_LIMIT, UPLOAD_TIME_LIMIT, FILES_TOO_LARGE),
        false => (LARGEST_SHOWN, TIME_LIMIT, TOO_LARGE),
    };
    if declared > most as u64 {
        return too_large.answer(frame, &request);
    }
    if request.uri().to_string().len() > LONGEST_ADDRESS {
        return TOO_LONG.answer(frame, &request);
    }
    let Some(places) = frame.places(&request) else {
        let mut response = BUSY.answer(frame, &request);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        return response;
    };
    let as_json = wants_json(&request);
    let reference = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let request = request.map(|body| Body::new(Limited::new(body, most)));
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    let response = match tokio::time::timeout(time_limit, work).await {
        Ok(Ok(response)) => response,
        // The panic hook logged the cause, inside this request's span.
        Ok(Err(_)) => BROKEN.to(as_json, frame, &reference),
        Err(_) => {
            tracing::error!("a request took too long");
            SLOW.to(as_json, frame, &reference)
        }
    };
    response.map(|body| held(body, places))
}

/// Whether an answer says that there was too much: of requests, of bytes, of everything.
fn is_said_late(status: StatusCode) -> bool {
    const TOO_MUCH: [StatusCode; 4] = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::URI_TOO_LONG,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    TOO_MUCH.contains(&status)
}

const TOO_LONG: Refusal = Refusal {
    status: StatusCode::URI_TOO_LONG,
    title: "This address is too long",
    sentence: "Go back and search for less, or open the page again from its menu.",
};

/// What is too large to be read.
pub(crate) const TOO_LARGE: Refusal = Refusal {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    title: "What you sent is too large",
    sentence: "Nothing was saved. Send at most 128 KB: go back and shorten the longest answer, or choose a \
               smaller file.",
};

/// Files that are too large to be read.
pub(crate) const FILES_TOO_LARGE: Refusal = Refusal {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    title: "The files are too large",
    sentence: "Nothing was saved. At most 10 MB can be sent at a time: go back, save your answers with one file, then add \
               the others. A file that is larger has to be made smaller.",
};

/// A form with files of whoever is signed out: it is not read, and the browser still has it.
pub(crate) const SIGNED_OUT: Refusal = Refusal {
    status: StatusCode::UNAUTHORIZED,
    title: "You are signed out",
    sentence: "Nothing was saved. Sign in in another tab, then come back to this one and reload it: your browser sends what \
               you entered again, with its files.",
};

/// What there is no room for at the moment.
pub(crate) const BUSY: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    title: "The service is busy",
    sentence: "Nothing was changed. Wait a few seconds, then try again.",
};

const SLOW: Refusal = Refusal {
    status: StatusCode::GATEWAY_TIMEOUT,
    title: "This is taking too long",
    sentence: "We do not know whether your change was made. Open the page again to see, then try again if it was not.",
};

const BROKEN: Refusal = Refusal {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    title: "There is a problem with the service",
    sentence: "Try again later. What you had saved before is still there.",
};

/// How large a body says that it is; 0 where it does not say.
pub(crate) fn declared_length(headers: &HeaderMap) -> u64 {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::routing::{get, post};
    use tower::ServiceExt;

    const OURS: &str = "https://portal.example.org";

    fn app() -> Router {
        let routes = Router::new()
            .route("/page", get(|| async { "page" }))
            .route("/form", post(|body: String| async move { body }))
            .route("/panic", get(|| async { panic_now() }))
            .route("/limit", get(|| async { StatusCode::TOO_MANY_REQUESTS }));
        framed(routes, &Frame::new(crate::ambient::real(), OURS, 0, "/pkg/main.css"))
    }

    fn panic_now() -> &'static str {
        panic!("a broken page")
    }

    async fn ask(request: http::request::Builder, body: &str) -> (StatusCode, http::HeaderMap, String) {
        let response = app().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        (parts.status, parts.headers, text)
    }

    #[tokio::test]
    async fn every_answer_is_protected_and_referred_to() {
        for path in ["/page", "/nowhere", "/panic"] {
            let (_, headers, _) = ask(Request::get(path), "").await;
            let policy = headers["content-security-policy"].to_str().unwrap();
            for part in ["default-src 'none'", "'wasm-unsafe-eval'", "form-action 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
            assert_eq!(headers["referrer-policy"], "same-origin");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["cache-control"], "no-store");
            assert!(headers["strict-transport-security"].to_str().unwrap().starts_with("max-age="));
            assert_eq!(headers["x-request-id"].len(), 20);
        }
    }

    #[tokio::test]
    async fn nonces_differ() {
        let (_, first, _) = ask(Request::get("/page"), "").await;
        let (_, second, _) = ask(Request::get("/page"), "").await;
        assert_ne!(first["content-security-policy"], second["content-security-policy"]);
    }

    #[tokio::test]
    async fn a_forged_form_is_refused_with_a_page_or_a_problem() {
        let (status, _, text) = ask(Request::post("/form").header("origin", "https://evil.example"), "x").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(text.contains("<h1") && text.contains("/pkg/main.css"), "{text}");
        let forged = Request::post("/form").header("sec-fetch-site", "cross-site").header("accept", "application/json");
        let (status, headers, text) = ask(forged, "x").await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (StatusCode::FORBIDDEN, "application/problem+json")
        );
        assert!(text.contains("\"status\":403"), "{text}");
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let (status, ..) = ask(Request::builder().method(method).uri("/form"), "").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method}");
        }
    }

    #[tokio::test]
    async fn our_own_form_passes_up_to_the_limit() {
        let ours = || Request::post("/form").header("sec-fetch-site", "same-origin");
        let (status, _, text) = ask(ours(), "hello").await;
        assert_eq!((status, text.as_str()), (StatusCode::OK, "hello"));
        let large = "x".repeat(LARGEST_SHOWN + 1);
        let (status, ..) = ask(ours(), &large).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, ..) = ask(ours().header("content-length", large.len()), &large).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_long_address_is_not_read() {
        let (status, _, text) = ask(Request::get(format!("/page?search={}", "x".repeat(LONGEST_ADDRESS))), "").await;
        assert_eq!(status, StatusCode::URI_TOO_LONG);
        assert!(text.contains("This address is too long"), "{text}");
    }

    /// Whoever has not read an answer yet takes up its place: others from there are told to come back, elsewhere not.
    #[tokio::test]
    async fn a_place_is_held_until_the_answer_is_read() {
        let app = app();
        let ask = |last: u8| {
            let mut request = Request::get("/page").body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, last], 1))));
            app.clone().oneshot(request)
        };
        let mut unread = Vec::new();
        for _ in 0..FROM_ONE_ADDRESS {
            unread.push(ask(1).await.unwrap());
        }
        let busy = ask(1).await.unwrap();
        assert_eq!(
            (busy.status(), busy.headers()["retry-after"].to_str().unwrap()),
            (StatusCode::SERVICE_UNAVAILABLE, "5")
        );
        assert_eq!(ask(2).await.unwrap().status(), StatusCode::OK);
        drop(unread);
        assert_eq!(ask(1).await.unwrap().status(), StatusCode::OK);
    }

    /// So nobody learns it more often than four times a second on one connection.
    #[tokio::test]
    async fn that_there_was_too_much_is_said_late() {
        let long = format!("/page?{}", "x".repeat(LONGEST_ADDRESS));
        for path in ["/limit", &long] {
            let asked = tokio::time::Instant::now();
            let (status, ..) = ask(Request::get(path), "").await;
            assert!(asked.elapsed() >= TOLD_AFTER, "{path}: {status} after {:?}", asked.elapsed());
        }
        assert!(!is_said_late(StatusCode::OK) && !is_said_late(StatusCode::UNPROCESSABLE_ENTITY));
    }

    #[tokio::test]
    async fn a_panic_becomes_a_page_with_the_reference() {
        let (status, headers, text) = ask(Request::get("/panic"), "").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(text.contains(headers["x-request-id"].to_str().unwrap()), "{text}");
        assert!(!text.contains("a broken page"), "{text}");
    }
}

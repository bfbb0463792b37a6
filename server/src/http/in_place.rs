//! Answers a command at once where what was typed cannot wait for the page to be loaded: with the form's own page, or,
//! where that cannot be shown, with what was typed to be copied. So nothing typed is lost.

use app::api::form::{Reply, Unkept, with_marker};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::problem::Problem;
use http::{Extensions, HeaderMap, Method, StatusCode, header};
use tower::ServiceExt;
use usecases::Caller;

use super::csp::CspNonce;
use super::frame::Frame;
use super::refusal::{Copies, prefers_json};
use super::request::RequestId;

/// What the layer needs: the pages, and how refusals look.
#[derive(Clone)]
pub struct InPlace {
    /// The routes of the pages.
    pub pages: Router,
    /// How refusals look.
    pub frame: Frame,
}

/// Gives each command somewhere to leave what cannot wait, and answers with it.
pub async fn answer(State(layer): State<InPlace>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let reply = Reply::default();
    request.extensions_mut().insert(reply.clone());
    let asked = Asked::of(&request);
    let response = next.run(request).await;
    match reply.take() {
        Some(unkept) => layer.show(unkept, asked, response.headers()).await,
        None => response,
    }
}

/// What of a command's request its page is shown for.
struct Asked {
    headers: HeaderMap,
    extensions: Extensions,
    as_json: bool,
    reference: String,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let mut headers = HeaderMap::new();
        for name in [header::COOKIE, header::ACCEPT, header::HOST] {
            for value in request.headers().get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        let (from, mut extensions) = (request.extensions(), Extensions::new());
        copy::<Caller>(from, &mut extensions);
        copy::<CspNonce>(from, &mut extensions);
        copy::<RequestId>(from, &mut extensions);
        let reference = from.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Self { as_json: prefers_json(request.headers()), headers, extensions, reference }
    }
}

fn copy<T: Clone + Send + Sync + 'static>(from: &Extensions, to: &mut Extensions) {
    if let Some(found) = from.get::<T>() {
        to.insert(found.clone());
    }
}

impl InPlace {
    async fn show(self, unkept: Unkept, asked: Asked, cookies: &HeaderMap) -> Response {
        let status = unkept.status;
        let mut response = match asked.as_json {
            true => self.copies(&unkept, &asked),
            false => self.page(&unkept, &asked).await.unwrap_or_else(|| self.copies(&unkept, &asked)),
        };
        *response.status_mut() = status;
        for cookie in cookies.get_all(header::SET_COOKIE) {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        response
    }

    /// The form's own page with what was typed, where it can be shown to whoever asks.
    async fn page(&self, unkept: &Unkept, asked: &Asked) -> Option<Response> {
        if unkept.is_bare || unkept.status == StatusCode::UNAUTHORIZED {
            return None;
        }
        let mut request = Request::builder().uri(with_marker(&unkept.page)).body(Body::empty()).ok()?;
        *request.headers_mut() = asked.headers.clone();
        *request.extensions_mut() = asked.extensions.clone();
        request.extensions_mut().insert(unkept.clone());
        let response = self.pages.clone().oneshot(request).await.ok()?;
        // A stale form's page says so by its status.
        let is_shown = response.status().is_success() || response.status() == StatusCode::CONFLICT;
        is_shown.then_some(response)
    }

    fn copies(&self, unkept: &Unkept, asked: &Asked) -> Response {
        let Unkept { page, refused, status, .. } = unkept;
        let sentences: Vec<String> = refused.problems.iter().map(Problem::message).collect();
        let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
        Copies { status: *status, page, sentences: &sentences, typed: &refused.values }.to(
            asked.as_json,
            &self.frame,
            &asked.reference,
        )
    }
}

//! The application behind the layers: the pages and the server functions of `app`.

use app::api::context::ApiDocument;
use app::api::export::history_csv;
use app::api::files::{SaveEvidenceWithFiles, file};
use app::api::lists_csv::{PeopleAsked, list_csv};
use app::api::registrations::SavePublicKey;
use app::api::tools::CheckKey;
use app::reading::lists::{ClientsAsked, PublicationsAsked, QueueAsked};
use app::ui::FormNames;
use app::{App, Assets, shell};
use axum::extract::{FromRef, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::{StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::{
    LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context, render_app_async_with_context,
};
use std::sync::Arc;
use usecases::{Portal, auth::Token};

use crate::api::document;
use crate::http::Frame;
use crate::http::csp::provide_nonce;
use crate::http::in_place::{self, InPlace};
use crate::http::refusal::{Refusal, prefers_json};
use crate::http::request::RequestId;

/// Routes for every page and every server function. What matches none of them is the application's own 404 page.
pub fn routes(portal: Portal, assets: Assets, frame: &Frame) -> Router {
    let options = Options(Arc::new(LeptosOptions::builder().output_name("portal").build()));
    let files = get(file).layer(Extension(portal.clone()));
    let export = get(history_csv).layer(Extension(portal.clone()));
    let lists = Router::new()
        .route("/admin/queue.csv", get(list_csv::<QueueAsked>))
        .route("/admin/clients.csv", get(list_csv::<ClientsAsked>))
        .route("/admin/publications.csv", get(list_csv::<PublicationsAsked>))
        .route("/admin/people.csv", get(list_csv::<PeopleAsked>))
        .layer(Extension(portal.clone()));
    let described = ApiDocument(Arc::new(document(&portal.base_url)));
    let context = move || {
        provide_nonce();
        provide_context(portal.clone());
        provide_context(described.clone());
        let ambient = portal.auth.ambient;
        provide_context(FormNames::of(move || Token::from_bytes(ambient.bytes()).text().to_owned()));
    };
    let page = move || shell(assets.clone());
    let (pages, _) = generate_route_list_with_exclusions_and_ssg_and_context(App, None, context.clone());
    let pages = Router::new()
        .route("/history.csv", export)
        .route("/registrations/{registration}/files/{digest}", files)
        .merge(lists)
        .leptos_routes_with_context(&options, pages, context.clone(), page.clone())
        .fallback(render_app_async_with_context(context, page))
        .with_state(options);
    let in_place = InPlace { pages: pages.clone(), frame: frame.clone() };
    pages.layer(from_fn_with_state(in_place, in_place::answer)).layer(from_fn_with_state(frame.clone(), readable))
}

/// The options of leptos, which each route holds and none of ours asks for.
#[derive(Clone)]
struct Options(Arc<LeptosOptions>);

impl FromRef<Options> for LeptosOptions {
    fn from_ref(options: &Options) -> Self {
        Self::clone(&options.0)
    }
}

const UNREADABLE: Refusal = Refusal {
    status: StatusCode::BAD_REQUEST,
    title: "We could not read this request",
    sentence: "Nothing was changed. Go back, reload the page and try again.",
};

/// Every command of ours answers with a page or with 303 to one. What `server_fn` cannot read it answers with 302 to
/// where it came from, which says nothing to anybody, or with 500 and a header of its own; and it panics where a form with
/// a file comes without the boundary of its parts.
async fn readable(State(frame): State<Frame>, request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    if takes_files(path) && !has_boundary(kind) {
        return UNREADABLE.answer(&frame, &request);
    }
    let (is_command, as_json) = (path.starts_with("/api/"), prefers_json(request.headers()));
    let reference = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let response = next.run(request).await;
    let is_unread = response.status() == StatusCode::FOUND || response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    match is_command && is_unread {
        true => UNREADABLE.to(as_json, &frame, &reference),
        false => response,
    }
}

/// Whether the form that comes here is one in parts, with a file.
pub fn takes_files(path: &str) -> bool {
    [SavePublicKey::PATH, CheckKey::PATH].contains(&path) || takes_uploads(path)
}

/// Whether files come here that are kept: documents, which are larger than anything that is typed.
pub fn takes_uploads(path: &str) -> bool {
    path == SaveEvidenceWithFiles::PATH
}

/// As browsers write it. Others would write more, and are no browsers of ours.
fn has_boundary(kind: &str) -> bool {
    kind.strip_prefix("multipart/form-data; boundary=").is_some_and(|boundary| {
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    })
}

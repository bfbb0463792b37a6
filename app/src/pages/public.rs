//! The routes of the pages that anyone may see.

use super::{guidance, legal, start, tools};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::Route,
    path,
};

/// Start, guidance, tools and statements.
#[component(transparent)]
pub fn PublicRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/") view=start::StartPage ssr=SsrMode::Async />
        <Route path=path!("/guidance") view=guidance::IndexPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/keys") view=guidance::KeysPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/redirect-uris") view=guidance::RedirectUrisPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/scopes") view=guidance::ScopesPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/vectors-of-trust") view=guidance::VectorsPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/single-sign-on") view=guidance::SingleSignOnPage ssr=SsrMode::Async />
        <Route path=path!("/guidance/rotate-a-key") view=guidance::RotatePage ssr=SsrMode::Async />
        <Route path=path!("/guidance/api") view=guidance::ApiPage ssr=SsrMode::Async />
        <Route path=path!("/tools") view=tools::IndexPage ssr=SsrMode::Async />
        <Route path=path!("/tools/key") view=tools::KeyPage ssr=SsrMode::Async />
        <Route path=path!("/tools/redirect-uri") view=tools::RedirectUriPage ssr=SsrMode::Async />
        <Route path=path!("/accessibility") view=legal::AccessibilityPage ssr=SsrMode::Async />
        <Route path=path!("/privacy") view=legal::PrivacyPage ssr=SsrMode::Async />
        <Route path=path!("/cookies") view=legal::CookiesPage ssr=SsrMode::Async />
        <Route path=path!("/status") view=legal::StatusPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

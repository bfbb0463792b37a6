//! The document around every page, and the routes.

use crate::pages::{self, frame::at_once};
use crate::ui::{Footer, Header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Router, Routes};
use std::{collections::HashMap, sync::Arc};

/// The built files by their logical names: `style.css`, `frontend.js`, `frontend.wasm`, `site.js`.
#[derive(Clone, Debug, Default)]
pub struct Assets(Arc<HashMap<String, String>>);

impl Assets {
    /// From the manifest that the build writes: `{"style.css": "/pkg/style.0f3a5b2c.css", …}`.
    pub fn new(manifest: HashMap<String, String>) -> Self {
        Self(Arc::new(manifest))
    }

    /// The hashed path of a file; an address that does not exist when it was not built.
    pub fn path(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| format!("/pkg/{name}"))
    }
}

/// Runs before the first paint: lets the styles know that scripts do, as NHS.UK frontend asks.
const SUPPORTED: &str =
    "document.body.className+=' js-enabled'+('noModule' in HTMLScriptElement.prototype?' nhsuk-frontend-supported':'')";

/// The document. Every script carries this answer's nonce. `site.js` wakes the islands of the page, and fetches the
/// wasm only where there are any.
pub fn shell(assets: Assets) -> impl IntoView {
    // Outside islands nothing is hydrated, so nothing is serialised into the page.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="theme-color" content="#005eb8" />
                <link rel="icon" href=assets.path("favicon.ico") sizes="48x48" />
                <link rel="icon" href=assets.path("favicon.svg") sizes="any" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.path("style.css") />
                <MetaTags />
                <script
                    id="site"
                    type="module"
                    nonce=nonce.clone()
                    src=assets.path("site.js")
                    data-frontend=assets.path("frontend.js")
                    data-wasm=assets.path("frontend.wasm")
                ></script>
            </head>
            <body>
                <script nonce=nonce>{SUPPORTED}</script>
                <a class="nhsuk-skip-link" data-module="nhsuk-skip-link" href="#maincontent">
                    "Skip to main content"
                </a>
                <App />
            </body>
        </html>
    }
}

/// Header, the page of the address, footer. The routes are listed with the pages of each family.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let chrome = pages::chrome::of_request();
    let contact = crate::api::context::portal().map(|portal| portal.contact.to_string()).unwrap_or_default();
    let session_seconds = chrome.session_seconds.map(|seconds| seconds.to_string());
    view! {
        {at_once(view! { <Header chrome=chrome /> })}
        {session_seconds
            .map(|seconds| {
                view! { <div role="status" data-session-seconds=seconds></div> }
            })}
        <Router>
            <Routes fallback=pages::frame::not_found>
                <pages::public::PublicRoutes />
                <pages::account::AccountRoutes />
                <pages::partner::PartnerRoutes />
                <pages::staff::StaffRoutes />
            </Routes>
        </Router>
        {at_once(view! { <Footer contact=contact /> })}
    }
}

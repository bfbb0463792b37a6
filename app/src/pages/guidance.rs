//! Guidance for partners: keys, redirect URIs, scopes, vectors of trust, single sign-on, rotation.

pub mod api;
pub mod keys;
pub mod redirect_uris;
pub mod scopes;
pub mod single_sign_on;
pub mod vectors;

pub use api::ApiPage;
pub use keys::{KeysPage, RotatePage};
pub use redirect_uris::RedirectUrisPage;
pub use scopes::ScopesPage;
pub use single_sign_on::SingleSignOnPage;
pub use vectors::VectorsPage;

use crate::ui::{Card, Crumb, Page};
use leptos::prelude::*;

/// One page of guidance.
pub(super) struct Topic {
    /// Its title.
    pub(super) title: &'static str,
    /// Its address.
    pub(super) href: &'static str,
    /// What it tells.
    summary: &'static str,
}

/// The pages, in the order in which they are needed.
pub(super) const TOPICS: [Topic; 7] = [
    Topic { title: "Make a key pair", href: "/guidance/keys", summary: "Two commands, and what each file is for." },
    Topic {
        title: "Redirect URIs",
        href: "/guidance/redirect-uris",
        summary: "Which addresses can be registered, and what to do when you need more than 10.",
    },
    Topic {
        title: "Scopes and claims",
        href: "/guidance/scopes",
        summary: "What you can learn about a person, and what you must explain.",
    },
    Topic {
        title: "Vectors of trust",
        href: "/guidance/vectors-of-trust",
        summary: "How sure you need to be about who someone is.",
    },
    Topic {
        title: "Single sign-on sharing",
        href: "/guidance/single-sign-on",
        summary: "How people move from one service to another without signing in again.",
    },
    Topic {
        title: "Rotate a key",
        href: "/guidance/rotate-a-key",
        summary: "How to change your key, and what to do straight away if it has leaked.",
    },
    Topic {
        title: "Use the API",
        href: "/guidance/api",
        summary: "How your programs can do what you do in this portal.",
    },
];

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("Start", "/"), Crumb::new("Guidance", "/guidance")]
}

/// The list of guidance.
#[component]
pub fn IndexPage() -> impl IntoView {
    let topics = TOPICS
        .into_iter()
        .map(|topic| {
            view! {
                <Card heading=topic.title href=topic.href>
                    <p>{topic.summary}</p>
                </Card>
            }
        })
        .collect_view();
    view! {
        <Page title="Guidance" crumbs=vec![Crumb::new("Start", "/")]>
            <h1 class="nhsuk-heading-xl">"Guidance"</h1>
            <p class="nhsuk-lede-text">"What you register, why we ask for it, and how to get it right first time."</p>
            {topics}
        </Page>
    }
}

//! The start page: what the service does, for whom, what to have ready, the environments compared.

use crate::{
    api::context::portal,
    ui::{ButtonGroup, ButtonKind, LinkButton, Page, Table, Width, cell},
};
use domain::policy::{EnvironmentPolicy, EvidenceItem};
use leptos::prelude::*;

/// The environments of this installation; NHS login's own where there is none.
pub(super) fn environments() -> Vec<EnvironmentPolicy> {
    portal().map_or_else(|_| EnvironmentPolicy::nhs_login(), |portal| portal.store.environments().to_vec())
}

/// The start page.
#[component]
pub fn StartPage() -> impl IntoView {
    view! {
        <Page title="Start" width=Width::Full>
            <div class="nhsuk-grid-row">
                <div class="nhsuk-grid-column-two-thirds">
                    <h1 class="nhsuk-heading-xl">"Register a client with NHS login"</h1>
                    <p class="nhsuk-lede-text">
                        "Use this portal to let people sign in to your service with NHS login, first in a test environment and then for real."
                    </p>
                    <p>"You register your service once in each environment. You give us:"</p>
                    <ul class="nhsuk-list nhsuk-list--bullet">
                        <li>"the name that people see when they sign in"</li>
                        <li>"a public key, so that NHS login knows that a request is yours"</li>
                        <li>"the addresses that people are sent back to"</li>
                        <li>"which information about people you need, and why"</li>
                    </ul>
                    <p>
                        "We check it as you type. When it is approved, we publish it to NHS login and give you a client_id to sign people in with."
                    </p>
                    <ButtonGroup>
                        <LinkButton href="/sign-up">"Create an account"</LinkButton>
                        <LinkButton href="/sign-in" kind=ButtonKind::Secondary>"Sign in"</LinkButton>
                    </ButtonGroup>
                    <h2>"Who can use it"</h2>
                    <p>
                        "Organisations that provide health or social care services in England, and suppliers who build services for them. Anyone can create an account and use the sandpit. We confirm your organisation before you can use the integration environment."
                    </p>
                    <h2>"Before you start"</h2>
                    <p>"Have these ready:"</p>
                    <ul class="nhsuk-list nhsuk-list--bullet">
                        <li>
                            "a work email address that you can open now"
                        </li>
                        <li>
                            "an RSA key pair of 2048 bits: "
                            <a href="/guidance/keys">"how to make one"</a>
                        </li>
                        <li>
                            "between 1 and 10 "
                            <a href="/guidance/redirect-uris">"redirect URIs"</a>
                            " that begin with https"
                        </li>
                        <li>
                            "the "
                            <a href="/guidance/scopes">"scopes"</a>
                            " that you need, and one sentence on why you need each"
                        </li>
                    </ul>
                    <p>
                        "You can save your work and come back later. We only review what you submit."
                    </p>
                </div>
                <div class="nhsuk-grid-column-one-third">
                    <aside class="app-aside" aria-label="Try it without an account">
                        <h2 class="nhsuk-heading-m">"Try it without an account"</h2>
                        <ul class="nhsuk-list">
                            <li><a href="/tools/key">"Check a public key"</a></li>
                            <li><a href="/tools/redirect-uri">"Check a redirect URI"</a></li>
                        </ul>
                        <h2 class="nhsuk-heading-m">"Guidance"</h2>
                        <ul class="nhsuk-list">
                            {super::guidance::TOPICS
                                .map(|topic| view! { <li><a href=topic.href>{topic.title}</a></li> })
                                .into_iter()
                                .collect_view()}
                        </ul>
                    </aside>
                </div>
            </div>
            <Environments />
        </Page>
    }
}

#[component]
fn Environments() -> impl IntoView {
    let environments = environments();
    let columns: Vec<String> = std::iter::once("Environment".to_owned())
        .chain(environments.iter().map(|policy| policy.title.clone()))
        .collect();
    let row = |question: &'static str, answer: fn(&EnvironmentPolicy) -> AnyView| {
        std::iter::once(cell(question)).chain(environments.iter().map(answer)).collect::<Vec<_>>()
    };
    let rows = vec![
        row("What it is for", |policy| cell(purpose(policy))),
        row("What you need first", needed),
        row("Who approves", |policy| cell(approvers(policy))),
        row("How long it takes", |policy| cell(policy.takes.clone())),
        row("Issuer", |policy| cell(view! { <code>{policy.issuer.clone()}</code> })),
    ];
    view! {
        <h2>"The environments compared"</h2>
        <p class="nhsuk-u-reading-width">
            "Start in the sandpit. Each later environment starts as a copy of the one before, and we list what is still missing."
        </p>
        <div class="app-compare">
            <Table caption="Environments" hide_caption=true columns=columns rows=rows />
        </div>
    }
}

fn purpose(policy: &EnvironmentPolicy) -> &'static str {
    match policy.name.as_str() {
        "sandpit" => "Building and trying things out, with made-up people.",
        "integration" => "Testing your whole service, and showing us that it works.",
        "live" => "Real people and real data.",
        _ => "An environment of this installation.",
    }
}

fn needed(policy: &EnvironmentPolicy) -> AnyView {
    let before = policy.after.as_ref().map(|name| {
        let title =
            environments().into_iter().find(|other| other.name == *name).map_or_else(|| name.clone(), |o| o.title);
        format!("{title} registration published")
    });
    let possession = policy.possession_required.then(|| "Proof that you hold the private key".to_owned());
    let items: Vec<String> = before.into_iter().chain(policy.evidence.iter().map(asked)).chain(possession).collect();
    if items.is_empty() {
        return "Nothing".into_any();
    }
    let items = items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
    view! { <ul class="app-compact">{items}</ul> }.into_any()
}

/// An item of evidence, and of whom it is asked where not of everyone.
fn asked(item: &EvidenceItem) -> String {
    match &item.of_scope {
        None => item.title.clone(),
        Some(scope) => format!("{}, if you ask for {scope}", item.title),
    }
}

fn approvers(policy: &EnvironmentPolicy) -> String {
    let admins = match policy.approvals {
        0 | 1 => "One NHS login admin".to_owned(),
        2 => "Two NHS login admins".to_owned(),
        more => format!("{more} NHS login admins"),
    };
    if policy.automatic {
        format!("Approved automatically. {admins} if you ask for restricted information.")
    } else {
        format!("{admins}.")
    }
}

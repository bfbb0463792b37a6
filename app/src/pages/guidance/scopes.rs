//! What each scope gives, from the catalogue of the environments.

use super::{super::start::environments, crumbs};
use crate::ui::{Colour, InsetText, Page, Table, Tag, Width, cell};
use domain::scope::{ScopeCatalogue, ScopeRule};
use leptos::prelude::*;

/// Scopes and claims.
#[component]
pub fn ScopesPage() -> impl IntoView {
    let catalogue =
        environments().last().map_or_else(ScopeCatalogue::nhs_login, |environment| environment.scopes.clone());
    let rows = catalogue.scopes.iter().map(scope_row).collect();
    view! {
        <Page title="Scopes and claims" crumbs=crumbs() width=Width::Full>
            <div class="nhsuk-u-reading-width">
                <h1 class="nhsuk-heading-xl">"Scopes and claims"</h1>
                <p class="nhsuk-lede-text">
                    "A scope is a kind of information about a person. For each approved scope, NHS login gives you its claims if the person agrees."
                </p>
                <ul class="nhsuk-list nhsuk-list--bullet">
                    <li>"Ask only for what your service needs today. You can ask for more later."</li>
                    <li>"Say for each scope why you need it, in a sentence that a reviewer outside your team understands."</li>
                    <li>"An NHS login admin always decides on a scope marked restricted, even in the sandpit."</li>
                </ul>
            </div>
            <Table
                caption="Scopes"
                columns=vec!["Scope", "What you learn", "Claims", "Levels"]
                rows=rows
            />
            <InsetText>
                <p>
                    "Some claims are only given at certain levels of identity proofing. We refuse a scope if none of your "
                    <a href="/guidance/vectors-of-trust">"vectors of trust"</a> " reaches its level."
                </p>
            </InsetText>
        </Page>
    }
}

fn scope_row(rule: &ScopeRule) -> Vec<AnyView> {
    let levels: Vec<String> = rule.levels.iter().map(ToString::to_string).collect();
    let claims = rule
        .claims
        .iter()
        .map(|claim| view! { <li><code class="app-nowrap">{claim.clone()}</code></li> })
        .collect_view();
    let mut to_know = Vec::new();
    if rule.mandatory {
        to_know.push("Part of every registration.".to_owned());
    }
    if !rule.excludes.is_empty() {
        to_know.push(format!("Cannot be combined with {}.", rule.excludes.join(" or ")));
    }
    if !rule.redundant_beside.is_empty() {
        to_know.push(format!("Not needed if you ask for {}.", rule.redundant_beside.join(" or ")));
    }
    if !rule.note.is_empty() {
        to_know.push(rule.note.clone());
    }
    let restricted = rule.restricted.then(|| view! { <Tag colour=Colour::Orange text="Restricted" /> " " });
    let learnt = view! {
        {restricted}
        {rule.description.clone()}
        " "
        {to_know.join(" ")}
    };
    vec![
        cell(view! { <code class="app-nowrap">{rule.name.clone()}</code> }),
        cell(learnt),
        cell(view! { <ul class="app-compact">{claims}</ul> }),
        cell(view! { <span class="app-nowrap">{levels.join(", ")}</span> }),
    ]
}

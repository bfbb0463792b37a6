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
                    "A scope is a kind of information about a person. For each scope that is approved, NHS login gives you its claims, when the person agrees."
                </p>
                <ul class="nhsuk-list nhsuk-list--bullet">
                    <li>"Ask only for what your service needs today. You can ask for more later."</li>
                    <li>"Say for each scope why you need it, in a sentence that a reviewer outside your team understands."</li>
                    <li>"A scope marked restricted is always decided by an NHS login admin, in the sandpit too."</li>
                </ul>
            </div>
            <Table
                caption="Scopes"
                columns=vec!["Scope", "What you learn", "Claims", "Levels"]
                rows=rows
            />
            <InsetText>
                <p>
                    "Claims are given at some levels of identity proofing only. A scope that none of your "
                    <a href="/guidance/vectors-of-trust">"vectors of trust"</a> " reaches is refused."
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
        to_know.push(format!("Not together with {}.", rule.excludes.join(" or ")));
    }
    if !rule.redundant_beside.is_empty() {
        to_know.push(format!("Not needed beside {}.", rule.redundant_beside.join(" or ")));
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

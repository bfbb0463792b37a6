//! Clients that wait for another admin, above the revisions in the queue.

use super::{kit::environment_tag, queue::age};
use crate::{
    api::staff_reads::HeldClients,
    reading::{
        held::{sentences, waits_for},
        standing::client_tags,
    },
    ui::{DateTime, StatusTag, Table, cell},
};
use domain::policy::EnvironmentPolicy;
use leptos::prelude::*;
use store::read::HeldRow;
use time::OffsetDateTime;

/// What waits; nothing while there is nothing.
pub(super) fn section(held: &HeldClients, environments: &[EnvironmentPolicy], now: OffsetDateTime) -> Option<AnyView> {
    let rows: Vec<_> = held.rows.iter().map(|one| row(one, environments, now)).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = vec!["Service", "Environment", "Waiting since", "Waiting for"];
    let more = held.more.then(|| view! { <p>"There are more. Filter the queue, or download it, to see them all."</p> });
    let view = view! {
        <h2 class="nhsuk-heading-m">"Clients waiting for another admin"</h2>
        <Table caption="Clients waiting for another admin" hide_caption=true columns=columns rows=rows />
        {more}
        <h2 class="nhsuk-heading-m">"Revisions"</h2>
    };
    Some(view.into_any())
}

fn row(row: &HeldRow, environments: &[EnvironmentPolicy], now: OffsetDateTime) -> Vec<AnyView> {
    let href = format!("/admin/reviews/{}", row.registration);
    let client = client_tags(&row.standing).into_iter().map(|status| view! { " " <StatusTag status=status /> });
    let client = client.collect_view();
    let since = match row.since {
        Some(at) => view! {
            <strong>{age(now - at)}</strong>
            <div class="app-sub"><DateTime at=at /></div>
        }
        .into_any(),
        None => "Not recorded".into_any(),
    };
    let said: Vec<_> = sentences(row).into_iter().map(|said| view! { <div class="app-sub">{said}</div> }).collect();
    vec![
        cell(view! {
            <a href=href>{row.service_name.clone()}</a>
            <div class="app-sub">{row.organisation_name.clone()}</div>
        }),
        cell(view! { {environment_tag(&row.environment, environments)} {client} }),
        cell(since),
        cell(view! { <strong>{waits_for(row)}</strong> {said} }),
    ]
}

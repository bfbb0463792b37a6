//! Publications: what failed, what is on its way, what the providers hold.

use super::{filters::list_page, kit::environment_tag, words::count};
use crate::{
    api::staff_reads,
    pages::frame::{Page, page, query},
    ui::{Colour, DateTime, EmptyState, Status, StatusTag, Table, Tag, cell},
};
use domain::policy::EnvironmentPolicy;
use leptos::prelude::*;
use store::read::PublicationRow;

const PATH: &str = "/admin/publications";

/// `/admin/publications`.
#[component]
pub(super) fn PublicationsPage() -> impl IntoView {
    page(async move {
        let found = staff_reads::publications(&query("after")).await?;
        Ok(page_of(found, &super::kit::environments()?))
    })
}

/// The three groups, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Failing,
    Pending,
    Done,
}

fn group(row: &PublicationRow) -> Group {
    match (row.done_at, &row.last_error) {
        (Some(_), _) => Group::Done,
        (None, Some(_)) => Group::Failing,
        (None, None) => Group::Pending,
    }
}

fn page_of(found: store::read::Page<PublicationRow>, environments: &[EnvironmentPolicy]) -> Page {
    let list = match found.rows.is_empty() {
        true => view! {
            <EmptyState
                heading="Nothing was published yet"
                text="When a revision is approved, its publication appears here until the provider confirms it."
                action="See the review queue"
                href="/admin/queue"
            />
        }
        .into_any(),
        false => groups(&found.rows, environments),
    };
    let body = view! {
        <p class="nhsuk-lede-text">
            "The portal pushes what is wanted to each provider and reads it back. What fails is tried again, later each \
             time."
        </p>
        {list_page(list, PATH, &[], found.previous, found.next)}
    };
    Page::new("Publications", body).wide()
}

fn groups(rows: &[PublicationRow], environments: &[EnvironmentPolicy]) -> AnyView {
    let of = |wanted: Group| -> Vec<&PublicationRow> { rows.iter().filter(|row| group(row) == wanted).collect() };
    let table = |heading: &'static str, rows: Vec<&PublicationRow>, columns: [&'static str; 4]| {
        (!rows.is_empty()).then(|| {
            let caption = format!("{heading} ({})", rows.len());
            let rows = rows.into_iter().map(|row| cells(row, environments)).collect();
            view! { <Table caption=caption columns=columns.to_vec() rows=rows /> }
        })
    };
    view! {
        {table("Failing", of(Group::Failing), ["Service", "Environment", "Status", "The provider’s words"])}
        {table("On their way", of(Group::Pending), ["Service", "Environment", "Status", "Next try"])}
        {table("Confirmed by the provider", of(Group::Done), ["Service", "Environment", "Status", "Read back"])}
    }
    .into_any()
}

fn cells(row: &PublicationRow, environments: &[EnvironmentPolicy]) -> Vec<AnyView> {
    let href = format!("/admin/reviews/{}#client", row.registration);
    let next = row.next_attempt_at.map(|at| view! { <DateTime at=at /> });
    let (status, last) = match group(row) {
        Group::Failing => {
            let words = row.last_error.clone().unwrap_or_default();
            let tries = count(row.attempts as usize, "try", "tries");
            let last = cell(view! {
                <blockquote class="app-quote app-quote--tight">{words}</blockquote>
                <div class="app-sub">{tries} ". Next try: " {next} "."</div>
            });
            (cell(view! { <StatusTag status=Status::Failed /> }), last)
        }
        Group::Pending => (cell(view! { <StatusTag status=Status::Pending /> }), cell(next)),
        Group::Done => {
            let at = row.done_at.map(|at| view! { <DateTime at=at /> });
            (cell(view! { <Tag colour=Colour::Green text="Confirmed" /> }), cell(at))
        }
    };
    vec![
        cell(view! {
            <a href=href>{row.service_name.clone()}</a>
            <div class="app-sub">{format!("Generation {}", row.wanted_generation)}</div>
        }),
        cell(environment_tag(&row.environment, environments)),
        status,
        last,
    ]
}

#[cfg(test)]
mod tests {
    use super::{super::samples, *};
    use domain::id::RegistrationId;
    use time::macros::datetime;

    fn row(last_error: Option<&str>, done: bool) -> PublicationRow {
        let at = datetime!(2026-03-03 12:00 UTC);
        PublicationRow {
            registration: RegistrationId::from_parts(1, [1; 10]),
            environment: "integration".into(),
            service_name: "Prescriptions".into(),
            wanted_generation: 4,
            attempts: 3,
            next_attempt_at: (!done).then_some(at),
            last_error: last_error.map(str::to_owned),
            done_at: done.then_some(at),
        }
    }

    fn html(rows: Vec<PublicationRow>) -> String {
        let found = store::read::Page { rows, next: None, previous: None };
        samples::html(|| page_of(found, &EnvironmentPolicy::nhs_login()).body)
    }

    #[test]
    fn failures_come_with_the_providers_words() {
        let html = html(vec![row(Some("503 <unavailable>"), false), row(None, false), row(Some("old"), true)]);
        for expected in ["Failing (1)", "503 &lt;unavailable", "3 tries", "On their way (1)", "by the provider (1)"] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        assert!(!html.contains(">old<"));
    }

    #[test]
    fn nothing_yet_says_so() {
        assert!(html(vec![]).contains("Nothing was published yet"));
    }
}

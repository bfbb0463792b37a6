//! Publications: what failed, what is on its way, what the providers hold.

use super::{
    filters::{Filters, choices, download, environment_choices, list_page},
    kit::environment_tag,
    words::count,
};
use crate::{
    api::{registrations::environments, staff_reads},
    pages::frame::{Page, page, query},
    reading::{lists::PublicationsAsked as Asked, standing::client_sentence},
    ui::{DateTime, EmptyState, Select, Status, StatusTag, SummaryList, SummaryRow, Table, TextInput, cell},
};
use domain::{
    policy::EnvironmentPolicy,
    standing::{Reader, failure_reference},
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::read::PublicationRow;
use time::OffsetDateTime;

const PATH: &str = "/admin/publications";

/// What the list of states offers.
const STATES: [(&str, &str); 3] =
    [("failing", "Publishing failed"), ("pending", "Pending"), ("confirmed", "Confirmed by the provider")];

/// `/admin/publications`.
#[component]
pub(super) fn PublicationsPage() -> impl IntoView {
    let asked = Asked::read(query);
    page(async move {
        let environments = environments()?;
        let found = staff_reads::publications(&asked.filter(&environments), &query("after")).await?;
        Ok(page_of(&asked, found, &environments, &staff_reads::last_published().await?))
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
    match (row.done_at, row.attempts) {
        (Some(_), _) => Group::Done,
        (None, 0) => Group::Pending,
        (None, _) => Group::Failing,
    }
}

fn page_of(
    asked: &Asked,
    found: store::read::Page<PublicationRow>,
    environments: &[EnvironmentPolicy],
    last: &BTreeMap<String, OffsetDateTime>,
) -> Page {
    let filtered = asked.pairs().iter().any(|(_, value)| !value.is_empty());
    let list = match (found.rows.is_empty(), filtered) {
        (true, true) => view! {
            <EmptyState
                heading="No publication matches"
                text="Search for a client_id, or for words of a name or their beginnings, or clear the filters."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState
                heading="Nothing has been published yet"
                text="When a revision is approved, its publication appears here until the provider confirms it."
                action="See the review queue"
                href="/admin/queue"
            />
        }
        .into_any(),
        (false, _) => groups(&found.rows, environments),
    };
    let last = environments.iter().map(|policy| {
        let words = match last.get(&policy.name).copied() {
            Some(at) => cell(view! { <DateTime at=at /> }),
            None => cell("Never"),
        };
        SummaryRow::new(policy.title.clone(), words)
    });
    let last: Vec<_> = last.collect();
    let states = choices(&asked.state, "All states", STATES.into_iter());
    let environments = environment_choices(&asked.environment, environments);
    let search = asked.search.clone();
    let body = view! {
        <p class="nhsuk-lede-text">
            "The portal tells each provider about every change, then checks what the provider holds. If that fails, \
             it tries again, at longer intervals."
        </p>
        <h2 class="nhsuk-heading-m">"Last success in each environment"</h2>
        <SummaryList rows=last />
        <h2 class="nhsuk-heading-m">"Publications"</h2>
        <Filters action=PATH active=filtered>
            <TextInput name="search" label="client_id, client, service or organisation" kind="search" value=search />
            <Select name="environment" label="Environment" choices=environments />
            <Select name="state" label="Status" choices=states />
        </Filters>
        {list_page(list, PATH, &asked.pairs(), &found)}
        {download(PATH, &asked.pairs())}
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
        {table("Failing", of(Group::Failing), ["Service", "Environment", "Status", "What the provider said"])}
        {table("On their way", of(Group::Pending), ["Service", "Environment", "Status", "Next try"])}
        {table("Confirmed by the provider", of(Group::Done), ["Service", "Environment", "Status", "Read back"])}
    }
    .into_any()
}

fn cells(row: &PublicationRow, environments: &[EnvironmentPolicy]) -> Vec<AnyView> {
    let href = format!("/admin/reviews/{}#client", row.registration);
    let standing = client_sentence(&row.standing, Reader::Staff);
    let next = row.next_attempt_at.map(|at| view! { <DateTime at=at /> });
    let (status, last) = match group(row) {
        Group::Failing => {
            let words = row.last_error.clone().unwrap_or_default();
            let tries = count(row.attempts as usize, "try", "tries");
            let reference = failure_reference(row.registration, row.wanted_generation);
            let last = cell(view! {
                <blockquote class="app-quote app-quote--tight">{words}</blockquote>
                <div class="app-sub">{tries} ". We will try again on " {next} ". Reference: " {reference} "."</div>
            });
            (cell(view! { <StatusTag status=Status::Failed /> }), last)
        }
        Group::Pending => (cell(view! { <StatusTag status=Status::Pending /> }), cell(next)),
        Group::Done => {
            let at = row.done_at.map(|at| view! { <DateTime at=at /> });
            (cell(view! { <StatusTag status=Status::Confirmed /> }), cell(at))
        }
    };
    vec![
        cell(view! {
            <a href=href>{row.service_name.clone()}</a>
            <div class="app-sub">{row.organisation_name.clone()}</div>
            <div class="app-sub">{format!("Generation {}", row.wanted_generation)}</div>
            {standing.map(|sentence| view! { <div class="app-sub">{sentence}</div> })}
        }),
        cell(environment_tag(&row.environment, environments)),
        status,
        last,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::id::RegistrationId;
    use time::macros::datetime;

    fn row(last_error: Option<&str>, done: bool) -> PublicationRow {
        let at = datetime!(2026-03-03 12:00 UTC);
        PublicationRow {
            registration: RegistrationId::from_parts(1, [1; 10]),
            environment: "integration".into(),
            service_name: "Prescriptions".into(),
            organisation_name: "Riverside Health".into(),
            wanted_generation: 4,
            standing: domain::standing::Standing::Nothing,
            attempts: if last_error.is_some() { 3 } else { 0 },
            next_attempt_at: (!done).then_some(at),
            last_error: last_error.map(str::to_owned),
            done_at: done.then_some(at),
        }
    }

    fn html(asked: &Asked, rows: Vec<PublicationRow>) -> String {
        let found = store::read::Page::of(rows);
        let last = [("sandpit".to_owned(), datetime!(2026-03-03 12:00 UTC))].into();
        samples::html(|| page_of(asked, found, &EnvironmentPolicy::nhs_login(), &last).body)
    }

    #[test]
    fn failures_come_with_the_providers_words() {
        let html = html(
            &Asked::default(),
            vec![row(Some("503 <unavailable>"), false), row(None, false), row(Some("old"), true)],
        );
        for expected in ["Failing (1)", "503 &lt;unavailable", "3 tries", "On their way (1)", "by the provider (1)"] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        assert!(!html.contains(">old<"));
    }

    #[test]
    fn nothing_yet_says_so() {
        let nothing = html(&Asked::default(), vec![]);
        assert!(nothing.contains("Nothing has been published yet"));
        assert!(nothing.contains("3 March 2026 at midday GMT") && nothing.contains("Never"), "{nothing}");
        let asked = Asked { search: "x".into(), ..Asked::default() };
        assert!(html(&asked, vec![]).contains("No publication matches"));
    }
}

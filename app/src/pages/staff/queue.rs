//! What waits for a decision, since when, and whose approval is missing; above it what waits for another admin.

use super::{
    filters::{Filters, download, list_page},
    held,
    kit::{environment_tag, restricted_tag},
    renamed,
    words::count,
};
use crate::{
    api::{registrations::environments, staff_reads},
    pages::frame::{Page, page, query},
    reading::{lists::QueueAsked as Asked, standing::client_tags},
    ui::{Choice, DateTime, EmptyState, Select, StatusTag, Table, TextInput, cell},
};
use domain::policy::EnvironmentPolicy;
use leptos::prelude::*;
use store::read::QueueRow;
use time::{Duration, OffsetDateTime};

/// Where the queue is.
const PATH: &str = "/admin/queue";

/// `/admin/queue`.
#[component]
pub(super) fn QueuePage() -> impl IntoView {
    let asked = Asked::read(query);
    page(async move {
        let environments = environments()?;
        let (found, now) = staff_reads::queue(&asked.filter(&environments), &query("after")).await?;
        let renamed = staff_reads::renamed_organisations().await?;
        let held = staff_reads::held(&asked.filter(&environments)).await?;
        let held = held::section(&held, &environments, now);
        let page =
            page_of(&asked, found, &environments, now, staff_reads::is_admin(), (renamed::notice(&renamed), held));
        Ok(page)
    })
}

fn page_of(
    asked: &Asked,
    found: store::read::Page<QueueRow>,
    environments: &[EnvironmentPolicy],
    now: OffsetDateTime,
    decides: bool,
    (renamed, held): (Option<AnyView>, Option<AnyView>),
) -> Page {
    let rows: Vec<_> = found.rows.iter().map(|waiting| row(waiting, environments, now)).collect();
    let filtered = asked.pairs().iter().any(|(name, value)| *name != "order" && !value.is_empty());
    let text = match decides {
        true => {
            "When a partner submits a revision that is not approved automatically, it appears here and you get \
                 an email."
        }
        false => "When a partner submits a revision that is not approved automatically, it appears here.",
    };
    let list = match (rows.is_empty(), filtered) {
        (true, true) => view! {
            <EmptyState
                heading="No revisions match"
                text="Change or clear the filters to see everything that is waiting for a decision."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState
                heading="Nothing is waiting for a decision"
                text=text
                action="See all clients"
                href="/admin/clients"
            />
        }
        .into_any(),
        (false, _) => {
            let columns = vec!["Service", "Environment", "Waiting since", "Asks for", "Approvals"];
            view! { <Table caption="Waiting for a decision" hide_caption=true columns=columns rows=rows /> }.into_any()
        }
    };
    let fields = fields(asked, environments);
    let body = view! {
        {renamed}
        <p class="nhsuk-lede-text">"Revisions and clients waiting for a decision by an NHS login admin."</p>
        <Filters action=PATH active=filtered>{fields}</Filters>
        {held}
        {list_page(list, PATH, &asked.pairs(), &found)}
        {download(PATH, &asked.pairs())}
    };
    Page::new("Review queue", body).wide()
}

fn fields(asked: &Asked, environments: &[EnvironmentPolicy]) -> AnyView {
    let restricted = vec![
        Choice::new("", "All revisions").chosen(asked.restricted.is_empty()),
        Choice::new("only", "Restricted scopes only").chosen(asked.restricted == "only"),
    ];
    let order = vec![
        Choice::new("", "Waiting longest first").chosen(asked.order.is_empty()),
        Choice::new("newest", "Newest first").chosen(asked.order == "newest"),
    ];
    view! {
        <TextInput name="search" label="Organisation or service" kind="search" value=asked.search.clone() />
        <Select
            name="environment"
            label="Environment"
            choices=super::filters::environment_choices(&asked.environment, environments)
        />
        <Select name="restricted" label="Scopes" choices=restricted />
        <Select name="order" label="Order" choices=order />
    }
    .into_any()
}

fn row(row: &QueueRow, environments: &[EnvironmentPolicy], now: OffsetDateTime) -> Vec<AnyView> {
    let href = format!("/admin/reviews/{}", row.registration);
    let submitter = row.submitter.as_ref().map(|person| format!("by {}", person.name)).unwrap_or_default();
    let asks = match row.restricted.as_slice() {
        _ if row.key_change.is_some() => cell("Only keys change"),
        [] => cell("No restricted scope"),
        scopes => {
            let names = scopes.iter().map(|scope| view! { <li><code>{scope.clone()}</code></li> });
            let names: Vec<_> = names.collect();
            cell(view! {
                {restricted_tag()}
                <ul class="nhsuk-list app-list-tight app-scopes">{names}</ul>
            })
        }
    };
    // Of a client that is there already.
    let client = client_tags(&row.standing).into_iter().map(|status| view! { " " <StatusTag status=status /> });
    let client = client.collect_view();
    vec![
        cell(view! {
            <a href=href>{row.service_name.clone()}</a>
            <div class="app-sub">{row.organisation_name.clone()}</div>
            <div class="app-sub">{format!("Revision {}", row.revision)}</div>
        }),
        cell(view! { {environment_tag(&row.environment, environments)} {client} }),
        cell(view! {
            <strong>{age(now - row.submitted_at)}</strong>
            <div class="app-sub"><DateTime at=row.submitted_at /></div>
            <div class="app-sub">{submitter}</div>
        }),
        asks,
        cell(whose_turn(usize::from(row.approvals), usize::from(row.approvals_needed), row.mine)),
    ]
}

/// How long something has waited, in its largest unit.
pub(super) fn age(waited: Duration) -> String {
    let of = |number: i64, one: &str, many: &str| count(usize::try_from(number).unwrap_or_default(), one, many);
    match (waited.whole_days(), waited.whole_hours(), waited.whole_minutes()) {
        (days, ..) if days > 0 => of(days, "day", "days"),
        (_, hours, _) if hours > 0 => of(hours, "hour", "hours"),
        (.., minutes) if minutes > 0 => of(minutes, "minute", "minutes"),
        _ => "Less than a minute".into(),
    }
}

/// Whose approval is missing, without a word about what the reader may do: that is for the rules to say.
pub(super) fn whose_turn(given: usize, needed: usize, mine: bool) -> String {
    match (given, needed.saturating_sub(given), mine) {
        (0, 1, _) => "Needs 1 approval.".into(),
        (0, missing, _) => format!("Needs {missing} approvals, by different admins."),
        (_, 0, _) => "Has enough approvals again. An admin must approve it once more to publish it.".into(),
        (1, 1, true) => "1 of 2 approvals. You gave the first. Another admin must give the second.".into(),
        (1, 1, false) => "1 of 2 approvals. Another admin gave the first.".into(),
        (given, missing, true) => {
            format!("{given} of {needed} approvals. You gave one. Needs {missing} more, by different admins.")
        }
        (given, missing, false) => format!("{given} of {needed} approvals. Needs {missing} more, by different admins."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::id::RegistrationId;
    use store::read::{Page as Rows, PersonLabel};
    use time::macros::datetime;

    fn waiting() -> QueueRow {
        QueueRow {
            registration: RegistrationId::from_parts(1, [1; 10]),
            environment: "live".into(),
            organisation_name: "Riverside Health".into(),
            service_name: "Repeat <b>prescriptions</b>".into(),
            revision: 2,
            standing: domain::standing::Standing::Nothing,
            submitted_at: datetime!(2026-03-03 12:00 UTC),
            restricted: vec!["profile".into()],
            approvals: 1,
            approvals_needed: 2,
            key_change: None,
            mine: true,
            submitter: Some(PersonLabel {
                name: samples::shown("Priya Shah", None),
                email: None,
                role: "developer".into(),
            }),
        }
    }

    fn html(asked: &Asked, rows: Vec<QueueRow>, next: Option<String>) -> String {
        let found = Rows { next, ..Rows::of(rows) };
        let environments = EnvironmentPolicy::nhs_login();
        samples::html(|| page_of(asked, found, &environments, datetime!(2026-03-06 12:00 UTC), true, (None, None)).body)
    }

    #[test]
    fn a_row_says_what_waits_since_when_and_for_whom() {
        let html = html(&Asked::default(), vec![waiting()], Some("a.1.x".into()));
        for expected in [
            "Riverside Health",
            "Repeat &lt;b&gt;prescriptions",
            "3 days",
            "by Priya Shah",
            "profile",
            "1 of 2 approvals. You gave the first. Another admin must give the second.",
            "/admin/queue?after=a.1.x",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn page_links_keep_the_filters() {
        let asked = Asked { environment: "live".into(), search: "a&b".into(), ..Asked::default() };
        let html = html(&asked, vec![waiting()], Some("a.1.x".into()));
        assert!(html.contains("/admin/queue?environment=live&amp;search=a%26b&amp;after=a.1.x"), "{html}");
    }

    #[test]
    fn an_empty_queue_says_what_to_do() {
        assert!(html(&Asked::default(), vec![], None).contains("Nothing is waiting for a decision"));
        let asked = Asked { restricted: "only".into(), ..Asked::default() };
        assert!(html(&asked, vec![], None).contains("Clear the filters"));
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        assert_eq!(age(Duration::hours(49)), "2 days");
        assert_eq!(age(Duration::minutes(60)), "1 hour");
        assert_eq!(age(Duration::seconds(61)), "1 minute");
        assert_eq!(age(Duration::seconds(-5)), "Less than a minute");
    }

    #[test]
    fn the_missing_approval_has_an_owner() {
        assert_eq!(whose_turn(0, 1, false), "Needs 1 approval.");
        assert_eq!(whose_turn(0, 2, false), "Needs 2 approvals, by different admins.");
        assert!(whose_turn(1, 2, true).contains("Another admin must give the second."));
        let again = whose_turn(2, 2, false);
        assert!(again.contains("once more") && !again.contains("1 of 2"), "{again}");
        assert!(!whose_turn(1, 2, false).contains("You"), "the rules say who may");
    }
}

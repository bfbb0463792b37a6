//! What waits for staff, on their home page: how much of each, since when, and where to go on.

use super::{queue::age, words::count};
use crate::ui::{DateTime, EmptyState, Table, cell};
use domain::text::thousands;
use leptos::prelude::*;
use store::read::{Backlog, MOST_COUNTED, Waits};
use time::OffsetDateTime;

/// One kind of thing that waits.
struct Line {
    words: String,
    href: &'static str,
    waits: Waits,
}

/// What waits, what has waited longest first; what is not known since when, last.
pub(in crate::pages) fn work(backlog: &Backlog, now: OffsetDateTime) -> AnyView {
    let mut lines = lines(backlog);
    lines.retain(|line| line.waits.count > 0);
    lines.sort_by_key(|line| (line.waits.since.is_none(), line.waits.since));
    if lines.is_empty() {
        return view! {
            <EmptyState
                heading="Nothing needs attention"
                text="No revision is being reviewed, nothing failed, and every organisation with a client is confirmed."
                action="See all clients"
                href="/admin/clients"
            />
        }
        .into_any();
    }
    let rows = lines.into_iter().map(|line| row(line, now)).collect();
    view! { <Table caption="What needs attention" columns=vec!["What", "Waiting longest"] rows=rows /> }.into_any()
}

fn lines(backlog: &Backlog) -> Vec<Line> {
    let of = |waits: Waits, one: &str, many: &str, href| {
        let words = match usize::try_from(waits.count) {
            Ok(number) if waits.count <= MOST_COUNTED => count(number, one, many),
            _ => format!("More than {} {many}", thousands(MOST_COUNTED as usize)),
        };
        Line { words, href, waits }
    };
    let mut revisions =
        of(backlog.revisions, "revision is ready for review", "revisions are ready for review", "/admin/queue");
    if backlog.approved_by_reader > 0 {
        let approved = thousands(backlog.approved_by_reader.min(MOST_COUNTED) as usize);
        revisions.words = format!("{}. You have approved {approved}: another admin must approve too", revisions.words);
    }
    vec![
        revisions,
        of(
            backlog.proposed,
            "proposal to reinstate a client, for another admin to confirm",
            "proposals to reinstate clients, for another admin to confirm",
            "/admin/queue",
        ),
        of(
            backlog.withheld,
            "client withheld because an admin behind it no longer counts",
            "clients withheld because admins behind them no longer count",
            "/admin/queue",
        ),
        of(
            backlog.failing,
            "client has a change that failed to reach the provider",
            "clients have a change that failed to reach the provider",
            "/admin/publications?state=failing",
        ),
        of(
            backlog.renamed,
            "organisation changed its name or ODS code after it was confirmed",
            "organisations changed their name or ODS code after they were confirmed",
            "/admin/queue",
        ),
        of(
            backlog.unconfirmed,
            "organisation with a published client needs to be confirmed",
            "organisations with a published client need to be confirmed",
            "/admin/organisations?state=unconfirmed",
        ),
        of(
            backlog.without_owner,
            "organisation has no owner who can sign in",
            "organisations have no owner who can sign in",
            "/admin/organisations?state=without-owner",
        ),
        of(
            backlog.owners_away,
            "organisation with a client has had no owner sign in for a long time",
            "organisations with a client have had no owner sign in for a long time",
            "/admin/organisations?state=owners-away",
        ),
        of(
            backlog.keys_left,
            "organisation has a published key of someone who has left its team",
            "organisations have published keys of people who have left their teams",
            "/admin/organisations?state=keys-left",
        ),
        of(
            backlog.joining,
            "organisation has a request to join that its owners have not answered",
            "organisations have requests to join that their owners have not answered",
            "/admin/organisations?state=joining",
        ),
    ]
}

fn row(line: Line, now: OffsetDateTime) -> Vec<AnyView> {
    let Line { words, href, waits } = line;
    let since = waits.since.map(|since| {
        view! {
            <strong>{age(now - since)}</strong>
            <div class="app-sub">"since " <DateTime at=since /></div>
        }
    });
    vec![cell(view! { <a href=href>{words}</a> }), cell(since)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-03-06 12:00 UTC);

    fn waits(count: u64, days: i64) -> Waits {
        Waits { count, since: Some(NOW - Duration::days(days)) }
    }

    #[test]
    fn what_has_waited_longest_comes_first() {
        let backlog = Backlog {
            revisions: waits(3, 2),
            approved_by_reader: 1,
            failing: waits(1, 5),
            without_owner: Waits { count: 2, since: None },
            ..Backlog::default()
        };
        let html = samples::html(|| work(&backlog, NOW));
        let at = |words: &str| html.find(words).unwrap_or_else(|| panic!("{words} is missing in {html}"));
        assert!(at("1 client has a change that failed to reach the provider") < at("3 revisions are ready for review"));
        assert!(at("3 revisions are ready for review") < at("2 organisations have no owner who can sign in"));
        assert!(html.contains("5 days") && html.contains("You have approved 1"), "{html}");
        assert!(html.contains("href=\"/admin/queue\"") && !html.contains("to be confirmed"), "{html}");
    }

    #[test]
    fn what_was_not_counted_to_its_end_is_more() {
        let backlog = Backlog { revisions: waits(MOST_COUNTED + 1, 2), ..Backlog::default() };
        let html = samples::html(|| work(&backlog, NOW));
        assert!(html.contains("More than 500 revisions are ready for review"), "{html}");
    }

    #[test]
    fn a_quiet_day_says_so() {
        assert!(samples::html(|| work(&Backlog::default(), NOW)).contains("Nothing needs attention"));
    }
}

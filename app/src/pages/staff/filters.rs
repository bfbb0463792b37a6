//! Filters of lists: GET forms, so that every list stands in the address bar and can be bookmarked.

use crate::ui::{Button, ButtonKind, Choice, EmptyState, Form, InsetText, Pagination, address};
use domain::policy::EnvironmentPolicy;
use leptos::prelude::*;
use store::read::Page;

/// A form of filters above a list.
#[component]
pub(super) fn Filters(
    /// The list's own page.
    #[prop(into)]
    action: String,
    /// Whether anything is filtered now.
    active: bool,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let clear = active.then(|| view! { <a class="app-filters__clear" href=action.clone()>"Clear the filters"</a> });
    view! {
        <div class="app-filters" role="search">
            <Form action=action get=true>
                <div class="app-filters__fields">{children()}</div>
                <div class="app-filters__actions">
                    <Button kind=ButtonKind::Secondary small=true>"Apply filters"</Button>
                    {clear}
                </div>
            </Form>
        </div>
    }
}

/// A page of a list and the links to the pages before and after it, which keep the filters. Where it looked at as much as a
/// page looks at before it was full, it says that there may be more.
pub(super) fn list_page<T>(list: AnyView, path: &str, filters: &[(&'static str, String)], found: &Page<T>) -> AnyView {
    let link = |cursor: String| {
        let mut pairs: Vec<(&str, &str)> = filters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("after", &cursor));
        address(path, &pairs)
    };
    let (previous, next) = (found.previous.clone().map(link), found.next.clone().map(link));
    let list = match found.further.clone().map(link) {
        None => list,
        Some(further) if found.rows.is_empty() => view! {
            <EmptyState
                heading="Nothing matches so far"
                text="This page covers only part of the list."
                action="Search further"
                href=further
            />
        }
        .into_any(),
        Some(further) => view! {
            {list}
            <InsetText>
                "There may be more: this page covers only part of the list. " <a href=further>"Search further"</a>
            </InsetText>
        }
        .into_any(),
    };
    view! {
        {list}
        <Pagination previous=previous next=next />
    }
    .into_any()
}

/// The link to the file of the same list.
pub(super) fn download(path: &str, filters: &[(&'static str, String)]) -> AnyView {
    let pairs: Vec<(&str, &str)> = filters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let href = address(&format!("{path}.csv"), &pairs);
    view! { <p class="app-download"><a href=href download="">"Download this list as CSV"</a></p> }.into_any()
}

/// All environments and each, for a list to select from.
pub(super) fn environment_choices(chosen: &str, environments: &[EnvironmentPolicy]) -> Vec<Choice> {
    let each = environments.iter().map(|policy| (policy.name.as_str(), policy.title.as_str()));
    choices(chosen, "All environments", each)
}

/// *All* and each, for a list to select from.
pub(super) fn choices<'a>(chosen: &str, all: &str, each: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Choice> {
    let first = Choice::new("", all).chosen(chosen.is_empty());
    let each = each.map(|(value, label)| Choice::new(value, label).chosen(value == chosen));
    std::iter::once(first).chain(each).collect()
}

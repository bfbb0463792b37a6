//! Summary lists (what was answered) and task lists (what is left to do).

use super::field::present;
use super::tag::{Status, StatusTag};
use leptos::prelude::*;

/// A link at the end of a row.
pub struct RowAction {
    text: String,
    href: String,
    about: String,
}

/// One row of a summary list.
pub struct SummaryRow {
    key: String,
    value: AnyView,
    actions: Vec<RowAction>,
}

impl SummaryRow {
    /// A row without links.
    pub fn new(key: impl Into<String>, value: impl IntoView + 'static) -> Self {
        Self { key: key.into(), value: value.into_any(), actions: Vec::new() }
    }

    /// The same row with a *Change* link; `about` says what is changed, for screen readers.
    #[must_use]
    pub fn change(self, href: impl Into<String>, about: impl Into<String>) -> Self {
        self.action("Change", href, about)
    }

    /// The same row with one more link.
    #[must_use]
    pub fn action(mut self, text: impl Into<String>, href: impl Into<String>, about: impl Into<String>) -> Self {
        self.actions.push(RowAction { text: text.into(), href: href.into(), about: about.into() });
        self
    }
}

fn action_link(action: RowAction) -> impl IntoView {
    view! {
        <a class="nhsuk-link" href=action.href>
            {action.text}
            {present(action.about).map(|about| view! { <span class="nhsuk-u-visually-hidden">" " {about}</span> })}
        </a>
    }
}

/// Keys and values, with links to change them.
#[component]
pub fn SummaryList(
    /// The rows.
    rows: Vec<SummaryRow>,
) -> impl IntoView {
    let any_actions = rows.iter().any(|row| !row.actions.is_empty());
    let rows = rows
        .into_iter()
        .map(|row| {
            let bare = any_actions && row.actions.is_empty();
            let mut links = row.actions.into_iter().map(|action| action_link(action).into_any()).collect::<Vec<_>>();
            let actions = match links.len() {
                0 => None,
                1 => links.pop(),
                _ => Some(
                    view! {
                        <ul class="nhsuk-summary-list__actions-list">
                            {links
                                .into_iter()
                                .map(|link| view! { <li class="nhsuk-summary-list__actions-list-item">{link}</li> })
                                .collect_view()}
                        </ul>
                    }
                    .into_any(),
                ),
            };
            let class = if bare {
                "nhsuk-summary-list__row nhsuk-summary-list__row--no-actions"
            } else {
                "nhsuk-summary-list__row"
            };
            view! {
                <div class=class>
                    <dt class="nhsuk-summary-list__key">{row.key}</dt>
                    <dd class="nhsuk-summary-list__value">{row.value}</dd>
                    {actions.map(|actions| view! { <dd class="nhsuk-summary-list__actions">{actions}</dd> })}
                </div>
            }
        })
        .collect_view();
    view! { <dl class="nhsuk-summary-list">{rows}</dl> }
}

/// One task.
pub struct Task {
    title: String,
    href: Option<String>,
    status: Status,
    hint: String,
}

impl Task {
    /// A task that can be begun.
    pub fn new(title: impl Into<String>, href: impl Into<String>, status: Status) -> Self {
        Self { title: title.into(), href: Some(href.into()), status, hint: String::new() }
    }

    /// A task that cannot be begun yet.
    pub fn locked(title: impl Into<String>) -> Self {
        Self { title: title.into(), href: None, status: Status::NotStarted, hint: String::new() }
    }

    /// The same task with a line below its title.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

fn task_status(status: Status, open: bool) -> AnyView {
    match (status, open) {
        (_, false) => view! {
            <strong class="nhsuk-tag nhsuk-tag--no-colour nhsuk-tag--no-border nhsuk-u-font-weight-normal nhsuk-u-secondary-text-colour">
                "Cannot start yet"
            </strong>
        }
        .into_any(),
        (Status::Completed, true) => view! {
            <strong class="nhsuk-tag nhsuk-tag--no-colour nhsuk-tag--no-border nhsuk-u-font-weight-normal">
                "Completed"
            </strong>
        }
        .into_any(),
        (status, true) => view! { <StatusTag status=status /> }.into_any(),
    }
}

/// Tasks with their status. Completed ones stand back, as the design system has it.
#[component]
pub fn TaskList(
    /// The beginning of the ids: unique on the page.
    #[prop(into)]
    id: String,
    /// The tasks.
    tasks: Vec<Task>,
) -> impl IntoView {
    let items = tasks
        .into_iter()
        .enumerate()
        .map(|(position, task)| {
            let status_id = format!("{id}-{}-status", position + 1);
            let hint_id = format!("{id}-{}-hint", position + 1);
            let described = if task.hint.is_empty() { status_id.clone() } else { format!("{hint_id} {status_id}") };
            let open = task.href.is_some();
            let title = match task.href {
                Some(href) => view! {
                    <a class="nhsuk-task-list__link nhsuk-link" href=href aria-describedby=described>{task.title}</a>
                }
                .into_any(),
                None => view! { <div>{task.title}</div> }.into_any(),
            };
            let class =
                if open { "nhsuk-task-list__item nhsuk-task-list__item--with-link" } else { "nhsuk-task-list__item" };
            view! {
                <li class=class>
                    <div class="nhsuk-task-list__name-and-hint">
                        {title}
                        {present(task.hint)
                            .map(|hint| view! { <div class="nhsuk-task-list__hint" id=hint_id>{hint}</div> })}
                    </div>
                    <div class="nhsuk-task-list__status" id=status_id>{task_status(task.status, open)}</div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="nhsuk-task-list">{items}</ul> }
}

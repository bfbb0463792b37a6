//! What happened, and what changed: timelines and differences.

use super::date::DateTime;
use leptos::prelude::*;
use time::OffsetDateTime;

/// One moment of a timeline.
pub struct Moment {
    /// When.
    pub at: OffsetDateTime,
    /// What happened, as a heading.
    pub title: String,
    /// Who did it, in words: `Priya Shah, owner`. Empty for the portal itself.
    pub by: String,
    /// More: a comment, a link.
    pub detail: Option<AnyView>,
}

/// What happened, in the order given.
#[component]
pub fn Timeline(
    /// The moments.
    moments: Vec<Moment>,
) -> impl IntoView {
    let items = moments
        .into_iter()
        .map(|moment| {
            let by = if moment.by.is_empty() { String::new() } else { format!(" by {}", moment.by) };
            view! {
                <li class="app-timeline__item">
                    <h3 class="app-timeline__title">{moment.title}</h3>
                    <p class="app-timeline__by"><DateTime at=moment.at />{by}</p>
                    {moment.detail.map(|detail| view! { <div class="app-timeline__detail">{detail}</div> })}
                </li>
            }
        })
        .collect_view();
    view! { <ol class="app-timeline">{items}</ol> }
}

/// Text as it was typed: every line on its own.
pub fn paragraphs(text: &str) -> AnyView {
    text.split("\n\n").map(|part| view! { <p class="app-typed">{part.to_owned()}</p> }).collect_view().into_any()
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It is there no longer.
    Removed,
    /// It is as it was.
    Unchanged,
}

impl Change {
    fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Added => ("app-diff__line app-diff__line--added", "+", "Added: "),
            Self::Removed => ("app-diff__line app-diff__line--removed", "\u{2212}", "Removed: "),
            Self::Unchanged => ("app-diff__line", "", "Unchanged: "),
        }
    }
}

/// The values of one field, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffField {
    /// The field in the person's words: `Redirect URIs`.
    pub label: String,
    /// Its values, each with what became of it.
    pub lines: Vec<(Change, String)>,
}

impl DiffField {
    /// The difference between two lists of values: kept and removed ones in their old order, then those added.
    pub fn between(label: impl Into<String>, before: &[String], after: &[String]) -> Self {
        let old = before
            .iter()
            .map(|value| (if after.contains(value) { Change::Unchanged } else { Change::Removed }, value.clone()));
        let new = after.iter().filter(|value| !before.contains(value)).map(|value| (Change::Added, value.clone()));
        Self { label: label.into(), lines: old.chain(new).collect() }
    }

    /// True when anything was added or removed.
    pub fn changed(&self) -> bool {
        self.lines.iter().any(|(change, _)| *change != Change::Unchanged)
    }
}

/// The difference, field by field. Additions and removals are told by sign and words, not by colour alone.
#[component]
pub fn Diff(
    /// The fields.
    fields: Vec<DiffField>,
) -> impl IntoView {
    let rows = fields
        .into_iter()
        .map(|field| {
            let lines = field
                .lines
                .into_iter()
                .map(|(change, value)| {
                    let (class, sign, words) = change.parts();
                    view! {
                        <li class=class>
                            <span class="app-diff__sign" aria-hidden="true">{sign}</span>
                            <span>
                                <span class="nhsuk-u-visually-hidden">{words}</span>
                                {value}
                            </span>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <div class="nhsuk-summary-list__row">
                    <dt class="nhsuk-summary-list__key">{field.label}</dt>
                    <dd class="nhsuk-summary-list__value"><ul class="app-diff">{lines}</ul></dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="nhsuk-summary-list app-diff-list">{rows}</dl> }
}

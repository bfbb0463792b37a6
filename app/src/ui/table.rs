//! Tables that become cards on a narrow screen, and the links to the pages before and after.

use leptos::prelude::*;

/// The names of a table's columns, out of `vec!["…", "…"]` or of a `Vec<String>`.
pub struct Columns(Vec<String>);

impl From<Vec<&str>> for Columns {
    fn from(names: Vec<&str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

impl From<Vec<String>> for Columns {
    fn from(names: Vec<String>) -> Self {
        Self(names)
    }
}

/// A cell out of anything that can be shown: `cell("Live")`, `cell(view! { <a href=…>…</a> })`.
pub fn cell(content: impl IntoView + 'static) -> AnyView {
    content.into_any()
}

/// A table. The first cell of each row is its header. Below 641 px each row becomes a block that repeats the column
/// names, so that nothing scrolls sideways.
#[component]
pub fn Table(
    /// What the table holds.
    #[prop(into)]
    caption: String,
    /// The names of the columns.
    #[prop(into)]
    columns: Columns,
    /// The cells, row by row, as many in each as there are columns.
    rows: Vec<Vec<AnyView>>,
    /// True to keep the caption for screen readers only, below a heading that says the same.
    #[prop(optional)]
    hide_caption: bool,
) -> impl IntoView {
    let Columns(columns) = columns;
    let rows = rows.into_iter().map(|cells| table_row(&columns, cells)).collect_view();
    let head = columns
        .into_iter()
        .map(|name| view! { <th class="nhsuk-table__header" scope="col" role="columnheader">{name}</th> })
        .collect_view();
    let caption_class = if hide_caption { "nhsuk-u-visually-hidden" } else { "nhsuk-table__caption" };
    view! {
        <table class="nhsuk-table nhsuk-table--responsive app-table" role="table">
            <caption class=caption_class>{caption}</caption>
            <thead class="nhsuk-table__head" role="rowgroup">
                <tr role="row">{head}</tr>
            </thead>
            <tbody class="nhsuk-table__body" role="rowgroup">{rows}</tbody>
        </table>
    }
}

fn table_row(columns: &[String], cells: Vec<AnyView>) -> impl IntoView + use<> {
    let cells = cells
        .into_iter()
        .zip(columns.to_vec())
        .enumerate()
        .map(|(position, (content, column))| {
            let name = view! { <span class="nhsuk-table__heading" aria-hidden="true">{column} " "</span> };
            if position == 0 {
                view! {
                    <th class="nhsuk-table__header" scope="row" role="rowheader">
                        {name}
                        <div class="app-table__content">{content}</div>
                    </th>
                }
                .into_any()
            } else {
                view! {
                    <td class="nhsuk-table__cell" role="cell">
                        {name}
                        <div class="app-table__content">{content}</div>
                    </td>
                }
                .into_any()
            }
        })
        .collect_view();
    view! { <tr class="nhsuk-table__row" role="row">{cells}</tr> }
}

const LEFT: &str = r#"<path d="M10.7 6.3c.4.4.4 1 0 1.4L7.4 11H19a1 1 0 0 1 0 2H7.4l3.3 3.3c.4.4.4 1 0 1.4a1 1 0 0 1-1.4 0l-5-5A1 1 0 0 1 4 12c0-.3.1-.5.3-.7l5-5a1 1 0 0 1 1.4 0Z"/>"#;
const RIGHT: &str = r#"<path d="m14.7 6.3 5 5c.2.2.3.4.3.7 0 .3-.1.5-.3.7l-5 5a1 1 0 0 1-1.4-1.4l3.3-3.3H5a1 1 0 0 1 0-2h11.6l-3.3-3.3a1 1 0 1 1 1.4-1.4Z"/>"#;

fn arrow(class: &'static str, path: &'static str) -> impl IntoView {
    view! {
        <svg
            class=class
            xmlns="http://www.w3.org/2000/svg"
            viewBox="0 0 24 24"
            width="16"
            height="16"
            focusable="false"
            aria-hidden="true"
            inner_html=path
        ></svg>
    }
}

/// Links to the pages before and after. Lists are paged by key, so there are no page numbers. Nothing is rendered
/// when there is one page.
#[component]
pub fn Pagination(
    /// The address of the page before.
    #[prop(optional_no_strip, into)]
    previous: Option<String>,
    /// The address of the page after.
    #[prop(optional_no_strip, into)]
    next: Option<String>,
) -> impl IntoView {
    (previous.is_some() || next.is_some()).then(|| {
        let previous = previous.map(|href| {
            view! {
                <li class="nhsuk-pagination-item--previous">
                    <a class="nhsuk-pagination__link nhsuk-pagination__link--prev" href=href rel="prev">
                        <span class="nhsuk-pagination__title">
                            "Previous"<span class="nhsuk-u-visually-hidden">" page"</span>
                        </span>
                        {arrow("nhsuk-icon nhsuk-icon--arrow-left", LEFT)}
                    </a>
                </li>
            }
        });
        let next = next.map(|href| {
            view! {
                <li class="nhsuk-pagination-item--next">
                    <a class="nhsuk-pagination__link nhsuk-pagination__link--next" href=href rel="next">
                        <span class="nhsuk-pagination__title">
                            "Next"<span class="nhsuk-u-visually-hidden">" page"</span>
                        </span>
                        {arrow("nhsuk-icon nhsuk-icon--arrow-right", RIGHT)}
                    </a>
                </li>
            }
        });
        view! {
            <nav class="nhsuk-pagination" role="navigation" aria-label="Pagination">
                <ul class="nhsuk-list nhsuk-pagination__list">{previous} {next}</ul>
            </nav>
        }
    })
}

//! What every form field shares: its ids, its label, its hint and its error message.

use domain::problem::Problem;
use leptos::prelude::*;

/// The id of the field of that name: brackets and dots become hyphens, so that `redirect_uris[0]` is
/// `redirect_uris-0` and `contacts.security` is `contacts-security`.
pub fn field_id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '[' | '.' | ' ' => id.push('-'),
            ']' => {}
            other => id.push(other),
        }
    }
    id.trim_matches('-').to_owned()
}

/// The id of the element that a problem is about: the field, or one entry of it.
pub fn problem_id(problem: &Problem) -> String {
    if problem.entry.is_empty() {
        field_id(&problem.field)
    } else {
        field_id(&format!("{}[{}]", problem.field, problem.entry))
    }
}

/// The sentences about one entry of one field, joined as its error message. `entry` is empty for a field that
/// holds one value.
pub fn error_for(problems: &[Problem], field: &str, entry: &str) -> Option<String> {
    let sentences: Vec<String> = problems
        .iter()
        .filter(|problem| problem.field == field && problem.entry == entry)
        .map(Problem::message)
        .collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// An attribute that is left out when it would be empty.
pub(crate) fn present(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The value of `aria-describedby`: hint first, then error, then whatever else describes the field.
pub(crate) fn described_by(id: &str, hint: bool, error: bool, more: &str) -> Option<String> {
    let mut ids = Vec::new();
    if !more.is_empty() {
        ids.push(more.to_owned());
    }
    if hint {
        ids.push(format!("{id}-hint"));
    }
    if error {
        ids.push(format!("{id}-error"));
    }
    present(ids.join(" "))
}

/// The classes of a form group.
pub(crate) fn group_class(error: bool, more: &str) -> String {
    let mut class = String::from("nhsuk-form-group");
    if error {
        class.push_str(" nhsuk-form-group--error");
    }
    if !more.is_empty() {
        class.push(' ');
        class.push_str(more);
    }
    class
}

/// The error message of a field; its id is `{id}-error`.
#[component]
pub fn ErrorMessage(
    /// The id of the field.
    #[prop(into)]
    id: String,
    /// The sentence, the same as in the error summary. Nothing is rendered without one.
    #[prop(into)]
    text: Option<String>,
) -> impl IntoView {
    text.map(|text| {
        view! {
            <span class="nhsuk-error-message" id=format!("{id}-error")>
                <span class="nhsuk-u-visually-hidden">"Error: "</span>
                {text}
            </span>
        }
    })
}

/// The hint of a field; its id is `{id}-hint`.
#[component]
pub fn Hint(
    /// The id of the field.
    #[prop(into)]
    id: String,
    /// The hint. Nothing is rendered when it is empty.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    present(text).map(|text| view! { <div class="nhsuk-hint" id=format!("{id}-hint")>{text}</div> })
}

/// The label of a field.
#[component]
pub fn Label(
    /// The id of the field.
    #[prop(into)]
    id: String,
    /// The words.
    #[prop(into)]
    text: String,
    /// True for screen readers only.
    #[prop(optional)]
    hidden: bool,
) -> impl IntoView {
    let class = if hidden { "nhsuk-label nhsuk-u-visually-hidden" } else { "nhsuk-label nhsuk-label--s" };
    view! { <label class=class for=id>{text}</label> }
}

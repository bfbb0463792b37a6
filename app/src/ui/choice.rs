//! Fields that offer choices: radios, checkboxes, a list to select from.

use super::field::{ErrorMessage, Hint, Label, described_by, field_id, group_class, present};
use leptos::prelude::*;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the person reads.
    pub label: String,
    /// Help below the label; empty for none.
    pub hint: String,
    /// True when chosen already.
    pub chosen: bool,
}

impl Choice {
    /// A choice that is not chosen yet.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new(), chosen: false }
    }

    /// The same choice with help below its label.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same choice, chosen or not.
    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }
}

/// A group of fields under one legend; use it for any group that no other component covers.
#[component]
pub fn Fieldset(
    /// The question.
    #[prop(into)]
    legend: String,
    /// The ids of what describes the group.
    #[prop(optional_no_strip, into)]
    describedby: Option<String>,
    /// True where assistive technology is told that it is one group, as the design system asks of a date.
    #[prop(optional)]
    group: bool,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="nhsuk-fieldset" role=group.then_some("group") aria-describedby=describedby>
            <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s">{legend}</legend>
            {children()}
        </fieldset>
    }
}

fn item_hint(id: &str, hint: String, class: &'static str) -> Option<impl IntoView + use<>> {
    let id = format!("{id}-item-hint");
    present(hint).map(|hint| view! { <div class=class id=id>{hint}</div> })
}

/// One choice out of several. The first radio carries the id of the field, the others `{id}-2`, `{id}-3`.
#[component]
pub fn Radios(
    /// The name that the form sends.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The choices.
    choices: Vec<Choice>,
    /// Help below the question.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// What stands below the choice with this value, and is seen only while that is chosen: by the style sheet alone.
    #[prop(optional)]
    reveals: Vec<(String, AnyView)>,
) -> impl IntoView {
    let mut reveals = reveals;
    let id = field_id(&name);
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    let group = group_class(error.is_some(), "");
    let items = choices
        .into_iter()
        .enumerate()
        .map(|(position, choice)| {
            let item = if position == 0 { id.clone() } else { format!("{id}-{}", position + 1) };
            let hinted = (!choice.hint.is_empty()).then(|| format!("{item}-item-hint"));
            let revealed =
                reveals.iter().position(|(value, _)| *value == choice.value).map(|at| reveals.swap_remove(at).1);
            let revealed =
                revealed.map(|view| view! { <div class="nhsuk-radios__conditional app-revealed">{view}</div> });
            view! {
                <div class="nhsuk-radios__item">
                    <input
                        class="nhsuk-radios__input"
                        id=item.clone()
                        name=name.clone()
                        type="radio"
                        value=choice.value
                        checked=choice.chosen
                        aria-describedby=hinted
                    />
                    <label class="nhsuk-label nhsuk-radios__label" for=item.clone()>{choice.label}</label>
                    {item_hint(&item, choice.hint, "nhsuk-hint nhsuk-radios__hint")}
                </div>
                {revealed}
            }
        })
        .collect_view();
    view! {
        <div class=group>
            <Fieldset legend=legend describedby=describedby>
                <Hint id=id.clone() text=hint />
                <ErrorMessage id=id.clone() text=error />
                <div class="nhsuk-radios" data-module="nhsuk-radios">{items}</div>
            </Fieldset>
        </div>
    }
}

/// Any number of choices. Each checkbox has the id `{id}-{value}`, so that a problem of one entry links to it; the
/// group has the id of the field.
#[component]
pub fn Checkboxes(
    /// The name that the form sends. For a server function that takes a `Vec` it ends in `[]`.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The choices.
    choices: Vec<Choice>,
    /// Help below the question.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
) -> impl IntoView {
    let id = field_id(&name);
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    let group = group_class(error.is_some(), "");
    let items = choices
        .into_iter()
        .map(|choice| {
            let item = field_id(&format!("{id}[{}]", choice.value));
            let hinted = (!choice.hint.is_empty()).then(|| format!("{item}-item-hint"));
            view! {
                <div class="nhsuk-checkboxes__item">
                    <input
                        class="nhsuk-checkboxes__input"
                        id=item.clone()
                        name=name.clone()
                        type="checkbox"
                        value=choice.value
                        checked=choice.chosen
                        aria-describedby=hinted
                    />
                    <label class="nhsuk-label nhsuk-checkboxes__label" for=item.clone()>{choice.label}</label>
                    {item_hint(&item, choice.hint, "nhsuk-hint nhsuk-checkboxes__hint")}
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=group>
            <Fieldset legend=legend describedby=describedby>
                <Hint id=id.clone() text=hint />
                <ErrorMessage id=id.clone() text=error />
                <div class="nhsuk-checkboxes" data-module="nhsuk-checkboxes" id=id tabindex="-1">
                    {items}
                </div>
            </Fieldset>
        </div>
    }
}

/// One choice out of a long list.
#[component]
pub fn Select(
    /// The name that the form sends.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// The choices.
    choices: Vec<Choice>,
    /// Help below the label.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
) -> impl IntoView {
    let id = field_id(&name);
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    let options = choices
        .into_iter()
        .map(|choice| view! { <option value=choice.value selected=choice.chosen>{choice.label}</option> })
        .collect_view();
    view! {
        <div class=group_class(error.is_some(), "")>
            <Label id=id.clone() text=label />
            <Hint id=id.clone() text=hint />
            <ErrorMessage id=id.clone() text=error.clone() />
            <select
                class=if error.is_some() { "nhsuk-select nhsuk-select--error" } else { "nhsuk-select" }
                id=id
                name=name
                aria-describedby=describedby
                aria-invalid=error.is_some().then_some("true")
            >
                {options}
            </select>
        </div>
    }
}

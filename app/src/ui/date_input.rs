//! A date typed as day, month and year.

use super::choice::Fieldset;
use super::field::{ErrorMessage, Hint, described_by, field_id, group_class};
use leptos::prelude::*;

/// Day, month and year as three fields named `{name}[day]`, `{name}[month]`, `{name}[year]`. The first carries the
/// id of the field, so that the error summary lands on it.
#[component]
pub fn DateInput(
    /// The name of the whole.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    legend: String,
    /// Help below the question, such as `For example, 31 3 2027`.
    #[prop(optional, into)]
    hint: String,
    /// Day, month and year as they were typed.
    #[prop(optional)]
    value: [String; 3],
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
) -> impl IntoView {
    let id = field_id(&name);
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    let wrong = error.is_some();
    let parts = value
        .into_iter()
        .zip([("day", "Day", 2), ("month", "Month", 2), ("year", "Year", 4)])
        .map(|(value, (part, label, width))| {
            let item = if part == "day" { id.clone() } else { format!("{id}-{part}") };
            let fault = if wrong { " nhsuk-input--error" } else { "" };
            view! {
                <div class="nhsuk-date-input__item">
                    <div class="nhsuk-form-group">
                        <label class="nhsuk-label nhsuk-date-input__label" for=item.clone()>{label}</label>
                        <input
                            class=format!("nhsuk-input nhsuk-input--width-{width} nhsuk-date-input__input{fault}")
                            id=item
                            name=format!("{name}[{part}]")
                            type="text"
                            inputmode="numeric"
                            value=value
                            aria-invalid=wrong.then_some("true")
                        />
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=group_class(wrong, "")>
            <Fieldset legend=legend describedby=describedby group=true>
                <Hint id=id.clone() text=hint />
                <ErrorMessage id=id.clone() text=error />
                <div class="nhsuk-date-input">{parts}</div>
            </Fieldset>
        </div>
    }
}

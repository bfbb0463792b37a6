//! Fields that hold text: one line, several lines, a password.

use super::field::{ErrorMessage, Hint, Label, described_by, field_id, group_class, present};
use domain::text::thousands;
use leptos::prelude::*;

/// A field of one line.
#[component]
pub fn TextInput(
    /// The name that the form sends; the id follows from it.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Help below the label.
    #[prop(optional, into)]
    hint: String,
    /// What was typed before.
    #[prop(optional, into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// The `type` of the input: `text`, `email`, `url`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// The purpose of the field for the browser: `email`, `name`, `one-time-code`.
    #[prop(optional, into)]
    autocomplete: String,
    /// `numeric` for codes.
    #[prop(optional, into)]
    inputmode: String,
    /// Width in characters (2, 3, 4, 5, 10, 20 or 30); 0 for the whole column.
    #[prop(optional)]
    width: u8,
    /// True for identifiers and addresses: fixed-width letters, no spelling check.
    #[prop(optional)]
    code: bool,
    /// True for screen readers only, where the page's heading says the same.
    #[prop(optional)]
    label_hidden: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let mut class = String::from("nhsuk-input");
    if error.is_some() {
        class.push_str(" nhsuk-input--error");
    }
    if width > 0 {
        class.push_str(&format!(" nhsuk-input--width-{width}"));
    }
    if code {
        class.push_str(" nhsuk-input--code");
    }
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    view! {
        <div class=group_class(error.is_some(), "")>
            <Label id=id.clone() text=label hidden=label_hidden />
            <Hint id=id.clone() text=hint />
            <ErrorMessage id=id.clone() text=error.clone() />
            <input
                class=class
                id=id
                name=name
                type=kind
                value=value
                aria-describedby=describedby
                aria-invalid=error.is_some().then_some("true")
                autocomplete=present(autocomplete)
                inputmode=present(inputmode)
                spellcheck=code.then_some("false")
                autocapitalize=code.then_some("none")
            />
        </div>
    }
}

/// The content of a `<textarea>`. Leptos does not escape the children of one, so this does; and the browser drops
/// the first newline of one, so there is one to drop.
pub(crate) fn textarea_content(value: &str) -> String {
    format!("\n{}", value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// A field of several lines. With `max` it counts characters as they are typed.
#[component]
pub fn TextArea(
    /// The name that the form sends.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Help below the label.
    #[prop(optional, into)]
    hint: String,
    /// What was typed before.
    #[prop(optional, into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// Height in lines.
    #[prop(default = 5)]
    rows: u8,
    /// The most characters; 0 for no count. More can be typed, and is refused with a sentence, never cut.
    #[prop(optional)]
    max: u32,
    /// True for keys and tokens: fixed-width letters, no spelling check.
    #[prop(optional)]
    code: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let counted = max > 0;
    let mut class = String::from("nhsuk-textarea");
    if error.is_some() {
        class.push_str(" nhsuk-textarea--error");
    }
    if counted {
        class.push_str(" nhsuk-js-character-count");
    }
    if code {
        class.push_str(" app-code-input");
    }
    let info = if counted { format!("{id}-info") } else { String::new() };
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), &info);
    view! {
        <div
            class=group_class(error.is_some(), if counted { "nhsuk-character-count" } else { "" })
            data-module=counted.then_some("nhsuk-character-count")
            data-maxlength=counted.then(|| max.to_string())
        >
            <Label id=id.clone() text=label />
            <Hint id=id.clone() text=hint />
            <ErrorMessage id=id.clone() text=error.clone() />
            <textarea
                class=class
                id=id
                name=name
                rows=rows.to_string()
                aria-describedby=describedby
                aria-invalid=error.is_some().then_some("true")
                spellcheck=code.then_some("false")
                autocapitalize=code.then_some("none")
                inner_html=textarea_content(&value)
            ></textarea>
            {counted
                .then(|| {
                    view! {
                        <div class="nhsuk-hint nhsuk-character-count__message" id=info>
                            {format!("You can enter up to {} characters", thousands(max as usize))}
                        </div>
                    }
                })}
        </div>
    }
}

/// A password, with a button that shows it where scripts run. It is never filled in again.
#[component]
pub fn PasswordInput(
    /// The name that the form sends.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Help below the label.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with it.
    #[prop(optional_no_strip, into)]
    error: Option<String>,
    /// True for a password being chosen, so that password managers offer one.
    #[prop(optional)]
    new: bool,
) -> impl IntoView {
    let id = field_id(&name);
    let describedby = described_by(&id, !hint.is_empty(), error.is_some(), "");
    let mut class = String::from("nhsuk-input nhsuk-password-input__input nhsuk-js-password-input-input");
    if error.is_some() {
        class.push_str(" nhsuk-input--error");
    }
    view! {
        <div class=group_class(error.is_some(), "nhsuk-password-input") data-module="nhsuk-password-input">
            <Label id=id.clone() text=label />
            <Hint id=id.clone() text=hint />
            <ErrorMessage id=id.clone() text=error.clone() />
            <div class="nhsuk-input-wrapper">
                <input
                    class=class
                    id=id.clone()
                    name=name
                    type="password"
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete=if new { "new-password" } else { "current-password" }
                    aria-describedby=describedby
                    aria-invalid=error.is_some().then_some("true")
                />
                <button
                    class="nhsuk-button nhsuk-button--secondary nhsuk-button--small nhsuk-password-input__toggle nhsuk-js-password-input-toggle"
                    data-module="nhsuk-button"
                    type="button"
                    aria-label="Show password"
                    aria-controls=id
                    hidden=true
                >
                    "Show"
                </button>
            </div>
        </div>
    }
}

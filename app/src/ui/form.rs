//! Forms, their buttons and their file fields.

use super::field::present;
use leptos::prelude::*;
use std::sync::Arc;

/// Under which name the address of a form has what this showing of it is called, so that it is done once however often it is
/// sent.
pub const REQUEST: &str = "request";

/// Gives each showing of a form a name that no other has. The server provides it; in the browser no form is made.
#[derive(Clone)]
pub struct FormNames(Arc<dyn Fn() -> String + Send + Sync>);

impl FormNames {
    /// Names from this source: such as may stand in an address, at most 64 bytes.
    pub fn of(source: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

/// The address of a form that posts, with what this showing of it is called.
fn named(action: String) -> String {
    match use_context::<FormNames>() {
        Some(FormNames(name)) => format!("{action}?{REQUEST}={}", name()),
        None => action,
    }
}

/// A plain form. It posts, unless `get` makes it a filter whose answers stand in the address bar.
#[component]
pub fn Form(
    /// Where it goes: `/api/…`, or the page itself for a filter.
    #[prop(into)]
    action: String,
    /// True for filters.
    #[prop(optional)]
    get: bool,
    /// True when it carries files.
    #[prop(optional)]
    multipart: bool,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form
            action=if get { action } else { named(action) }
            method=if get { "get" } else { "post" }
            enctype=multipart.then_some("multipart/form-data")
            novalidate=true
        >
            {children()}
        </form>
    }
}

/// A value that the form sends without showing it.
#[component]
pub fn Hidden(
    /// The name.
    #[prop(into)]
    name: String,
    /// The value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }
}

/// How much weight a button has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do on the page: green.
    #[default]
    Primary,
    /// Anything else.
    Secondary,
    /// Something that removes or cannot be undone: red.
    Warning,
}

impl ButtonKind {
    fn class(self, small: bool) -> String {
        let kind = match self {
            Self::Primary => "",
            Self::Secondary => " nhsuk-button--secondary",
            Self::Warning => " nhsuk-button--warning",
        };
        format!("nhsuk-button{kind}{}", if small { " nhsuk-button--small" } else { "" })
    }
}

/// A button that submits its form, once: a second click within a second does nothing.
#[component]
pub fn Button(
    /// Its weight.
    #[prop(optional)]
    kind: ButtonKind,
    /// The name that it sends, when a form has several buttons.
    #[prop(optional, into)]
    name: String,
    /// The value that it sends.
    #[prop(optional, into)]
    value: String,
    /// True inside tables and lists.
    #[prop(optional)]
    small: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=kind.class(small)
            data-module="nhsuk-button"
            data-prevent-double-click="true"
            type="submit"
            name=present(name)
            value=present(value)
        >
            {children()}
        </button>
    }
}

/// A link that looks like a button, for continuing on another page.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Its weight.
    #[prop(optional)]
    kind: ButtonKind,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class=kind.class(false) data-module="nhsuk-button" href=href role="button" draggable="false">
            {children()}
        </a>
    }
}

/// Several buttons beside each other.
#[component]
pub fn ButtonGroup(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="nhsuk-button-group">{children()}</div> }
}

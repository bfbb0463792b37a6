//! Things said to the person: banners, warnings, insets, details, empty lists, confirmations.

use super::form::LinkButton;
use leptos::prelude::*;

/// A banner at the top of the page: what was just done, or what needs attention.
#[component]
pub fn NotificationBanner(
    /// True after something succeeded: green, and read out at once.
    #[prop(optional)]
    success: bool,
    /// The sentence.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let class = if success {
        "nhsuk-notification-banner nhsuk-notification-banner--success"
    } else {
        "nhsuk-notification-banner"
    };
    view! {
        <div
            class=class
            data-module="nhsuk-notification-banner"
            role=if success { "alert" } else { "region" }
            aria-labelledby="nhsuk-notification-banner-title"
        >
            <div class="nhsuk-notification-banner__header">
                <h2 class="nhsuk-notification-banner__title" id="nhsuk-notification-banner-title">
                    {if success { "Success" } else { "Important" }}
                </h2>
            </div>
            <div class="nhsuk-notification-banner__content">
                <p class="nhsuk-notification-banner__heading">{text}</p>
            </div>
        </div>
    }
}

/// A warning that must be read before going on.
#[component]
pub fn WarningText(
    /// What the warning is about.
    #[prop(into)]
    heading: String,
    /// The warning.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="nhsuk-card nhsuk-card--warning">
            <div class="nhsuk-card__content">
                <h2 class="nhsuk-card__heading">
                    <span role="text">
                        <span class="nhsuk-u-visually-hidden">"Important: "</span>
                        {heading}
                    </span>
                </h2>
                {children()}
            </div>
        </div>
    }
}

/// Something to know beside the text.
#[component]
pub fn InsetText(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="nhsuk-inset-text">
            <span class="nhsuk-u-visually-hidden">"Information: "</span>
            {children()}
        </div>
    }
}

/// More, for those who ask for it.
#[component]
pub fn Details(
    /// The line that opens it.
    #[prop(into)]
    summary: String,
    /// True to begin open.
    #[prop(optional)]
    open: bool,
    /// What it hides.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="nhsuk-details" open=open>
            <summary class="nhsuk-details__summary">
                <span class="nhsuk-details__summary-text">{summary}</span>
            </summary>
            <div class="nhsuk-details__text">{children()}</div>
        </details>
    }
}

/// A box with a heading.
#[component]
pub fn Card(
    /// The heading.
    #[prop(into)]
    heading: String,
    /// Where the whole card leads; empty for nowhere.
    #[prop(optional, into)]
    href: String,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let clickable = !href.is_empty();
    let heading = if clickable {
        view! { <a class="nhsuk-card__link" href=href>{heading}</a> }.into_any()
    } else {
        heading.into_any()
    };
    view! {
        <div class=if clickable { "nhsuk-card nhsuk-card--clickable" } else { "nhsuk-card" }>
            <div class="nhsuk-card__content">
                <h2 class="nhsuk-card__heading nhsuk-heading-m">{heading}</h2>
                {children()}
            </div>
        </div>
    }
}

/// A list with nothing in it: why, and what to do next.
#[component]
pub fn EmptyState(
    /// What there is none of: `You have no services yet`.
    #[prop(into)]
    heading: String,
    /// Why, or what would be here.
    #[prop(into)]
    text: String,
    /// The words of the button; empty for no button.
    #[prop(optional, into)]
    action: String,
    /// Where the button leads.
    #[prop(optional, into)]
    href: String,
) -> impl IntoView {
    view! {
        <div class="app-empty">
            <h2 class="nhsuk-heading-s">{heading}</h2>
            <p>{text}</p>
            {(!action.is_empty()).then(|| view! { <LinkButton href=href>{action}</LinkButton> })}
        </div>
    }
}

//! Code and identifiers, with a button that copies them where scripts run.

use leptos::prelude::*;

/// A block of code: commands, configuration, a key.
#[component]
pub fn CodeBlock(
    /// The code, exactly as it is copied.
    #[prop(into)]
    code: String,
    /// What the button copies, for screen readers: `commands`, `configuration`.
    #[prop(optional, into)]
    about: String,
    /// True for one long line, such as an address: it is shown on several, and copied as one.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    let class = if wrap { "nhsuk-code__content app-code-wrap" } else { "nhsuk-code__content" };
    let words = if about.is_empty() { String::from("Copy code") } else { format!("Copy {about}") };
    view! {
        <div
            class="nhsuk-code nhsuk-code--button"
            data-module="nhsuk-code"
            data-i18n.copy-button=words
            data-i18n.copied-button="Copied"
        >
            <button
                class="nhsuk-button nhsuk-button--secondary nhsuk-button--small nhsuk-code__button nhsuk-js-code-button"
                data-module="nhsuk-button"
                type="button"
                hidden=true
                aria-label=words.clone()
            >
                "Copy"
            </button>
            <pre class="nhsuk-code__container"><code class=class tabindex="0">{code}</code></pre>
        </div>
    }
}

/// One identifier in a line of text: a client_id, a fingerprint, an address. The button is there once `site.js` says
/// that there is a clipboard.
#[component]
pub fn Copyable(
    /// The identifier.
    #[prop(into)]
    value: String,
    /// What it is, for screen readers: `client_id`.
    #[prop(into)]
    about: String,
) -> impl IntoView {
    let copied = format!("{about} copied.");
    view! {
        <span class="app-copy">
            <code class="app-copy__value">{value.clone()}</code>
            <button
                class="app-copy__button"
                type="button"
                data-copy=value
                data-copied=copied
            >
                "Copy"
                <span class="nhsuk-u-visually-hidden">" " {about}</span>
            </button>
        </span>
    }
}

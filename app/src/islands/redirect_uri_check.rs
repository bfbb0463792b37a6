//! The fields for redirect URIs: each judged while it is typed, with the form to adopt where there is one.

#![expect(missing_docs, reason = "`#[island]` makes a struct of the props without their words")]

use super::{
    file,
    verdict::{Verdict, VerdictRegion, drop_summary, show_summary},
};
use crate::ui::ErrorMessage;
use domain::{
    private_key,
    redirect_uri::{self, RedirectUri, UriRules},
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

/// What the browser alone can say of an address that it finds no fault with.
const SOUND: &str = "This passes the checks in your browser. We will run the remaining checks when you save.";

/// The same where nothing is saved.
const SOUND_ALONE: &str = "This passes the checks in your browser. Check it to run the remaining checks.";
/// How many fields there are at least.
const FEWEST: usize = 3;

/// The fields `redirect_uris[0]`, `redirect_uris[1]` … of a form. Without scripts there is always an empty one more, up
/// to the most that a registration can hold; with them another can be added at once.
#[island]
pub fn RedirectUriCheck(
    /// What was typed before, in order.
    values: Vec<String>,
    /// What the server said about each, in the same order; shorter where nothing was said.
    errors: Vec<Option<String>>,
    /// What the server said about the list as a whole.
    general: Option<String>,
    /// What the environment allows.
    rules: UriRules,
    /// Whether the form only checks the addresses, and saves nothing.
    is_tool: bool,
) -> impl IntoView {
    // One that was split may be over the most: nothing typed is dropped.
    let shown = (values.len() + 1).clamp(FEWEST, redirect_uri::MOST).max(values.len());
    let mut typed = values.clone();
    typed.resize(shown, String::new());
    let entries = RwSignal::new(typed);
    let problems = Memo::new(move |_| said_of(&entries.get(), rules));
    let awake = file::awake();
    let described = general.is_some().then_some("redirect_uris-error");
    let all_shown = move || entries.with(Vec::len) >= redirect_uri::MOST;
    let more = move |_| entries.update(|entries| entries.push(String::new()));
    let row = move |position: usize| {
        let value = entries.with_untracked(|entries| entries.get(position).cloned()).unwrap_or_default();
        let error = errors.get(position).cloned().flatten();
        let added = position >= shown;
        view! { <Row position=position value=value error=error added=added entries=entries problems=problems rules=rules is_tool=is_tool /> }
    };
    view! {
        <fieldset class="nhsuk-fieldset" id="redirect_uris" tabindex="-1" aria-describedby=described>
            <legend class="nhsuk-u-visually-hidden">"Redirect URIs"</legend>
            <div class="nhsuk-hint" id="redirect_uris-hint">
                "The full address, for example https://www.example.nhs.uk/callback. You can enter up to 10."
            </div>
            <ErrorMessage id="redirect_uris" text=general />
            <For each=move || 0..entries.with(Vec::len) key=|position| *position children=row />
            <button
                class="nhsuk-button nhsuk-button--secondary nhsuk-button--small"
                type="button"
                hidden=move || !awake.get() || all_shown()
                on:click=more
            >
                "Add another redirect URI"
            </button>
        </fieldset>
    }
}

#[component]
fn Row(
    position: usize,
    value: String,
    error: Option<String>,
    added: bool,
    entries: RwSignal<Vec<String>>,
    problems: Memo<Vec<(usize, String)>>,
    rules: UriRules,
    is_tool: bool,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let private = RwSignal::new(false);
    let refused = error.is_some();
    let was_list = RedirectUri::several(&value).is_some();
    let (before, saved) = (value.clone(), StoredValue::new(value.clone()));
    let now = Memo::new(move |_| entries.with(|entries| entries.get(position).cloned().unwrap_or_default()));
    // Of what the page came with, the server has said what there is to say.
    let unchanged = Memo::new(move |_| !private.get() && now.with(|now| *now == before));
    let said = Memo::new(move |_| refused && unchanged.get());
    let verdict = Signal::derive(move || match (private.get(), unchanged.get()) {
        (true, _) => Verdict::Wrong(saved.with_value(|saved| private_key::sentence_beside(saved).to_owned())),
        (_, true) => Verdict::Silent,
        _ => now.with(|now| judged(now, position, &problems.get(), if is_tool { SOUND_ALONE } else { SOUND })),
    });
    let adopt = Memo::new(move |_| now.with(|now| suggestion(now, rules)));
    let addresses = Memo::new(move |_| now.with(|now| RedirectUri::several(now)).map_or(0, |all| all.len()));
    let put = move |text: String| {
        if let Some(field) = field.get_untracked() {
            field.set_value(&text);
        }
        entries.update(|entries| entries[position] = text);
    };
    let judge = move || {
        let Some(text) = field.get_untracked().map(|field| field.value()) else { return };
        if private_key::found_in(&text) {
            private.set(true);
            saved.with_value(|saved| {
                show_summary(&format!("redirect_uris-{position}"), private_key::sentence_beside(saved));
            });
            // What the page came with: sent as it is, the form does not replace it by nothing.
            put(saved.get_value());
        } else if !(text.is_empty() && private.get_untracked()) {
            // Emptying the field does not unsay that a private key was in it.
            if private.get_untracked() {
                drop_summary();
            }
            private.set(false);
            entries.update(|entries| entries[position] = text);
        }
    };
    // The addresses of a list go into this field and the empty ones after it.
    let split = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let all = entries.with_untracked(|entries| RedirectUri::several(&entries[position])).unwrap_or_default();
        for (at, address) in all.into_iter().enumerate() {
            match at {
                0 => put(address),
                _ => place(entries, address),
            }
        }
        focus(field);
    };
    // What the browser kept from an earlier visit, or was typed before this woke.
    Effect::new(move |_| judge());
    // Typing goes on in the field that was asked for.
    Effect::new(move |_| {
        if added {
            focus(field);
        }
    });
    let awake = file::awake();
    let id = format!("redirect_uris-{position}");
    let described =
        format!("redirect_uris-hint {id}-verdict{}", if refused { format!(" {id}-error") } else { String::new() });
    view! {
        <div class=move || {
            if said.get() { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }
        }>
            <label class="nhsuk-label" for=id.clone()>
                {format!("Redirect URI {}", position + 1)}
            </label>
            {error
                .map(|error| {
                    view! {
                        <span class="nhsuk-error-message" id=format!("{id}-error") hidden=move || !said.get()>
                            <span class="nhsuk-u-visually-hidden">"Error: "</span>
                            {error}
                        </span>
                    }
                })}
            <input
                class="nhsuk-input nhsuk-input--code"
                class:nhsuk-input--error=move || said.get()
                id=id.clone()
                name=format!("redirect_uris[{position}]")
                type="text"
                inputmode="url"
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                aria-describedby=described
                value=value
                node_ref=field
                on:input=move |_| judge()
            />
            <VerdictRegion id=format!("{id}-verdict") verdict=verdict />
            <button
                class="nhsuk-button nhsuk-button--secondary nhsuk-button--small app-adopt"
                type="button"
                hidden=move || !awake.get() || adopt.with(Option::is_none)
                on:click=move |_| {
                    if let Some(text) = adopt.get_untracked() {
                        put(text);
                        // The button is gone now.
                        focus(field);
                    }
                }
            >
                {move || format!("Use {}", adopt.get().unwrap_or_default())}
            </button>
            // Without scripts the server splits it.
            <button
                class="nhsuk-button nhsuk-button--secondary nhsuk-button--small app-adopt"
                type=move || if was_list && !awake.get() { "submit" } else { "button" }
                name="then"
                value="split"
                hidden=move || if awake.get() { addresses.get() < 2 } else { !was_list }
                on:click=split
            >
                {move || if addresses.get() < 2 { String::new() } else { format!("Split into {} redirect URIs", addresses.get()) }}
            </button>
        </div>
    }
}

/// The form to adopt, by the browser's own parser where this runs in one.
#[cfg(feature = "hydrate")]
fn suggestion(text: &str, rules: UriRules) -> Option<String> {
    RedirectUri::suggestion_by(text, rules, |text| web_sys::Url::new(text).ok().map(|url| url.href()))
}

/// The form to adopt.
#[cfg(not(feature = "hydrate"))]
fn suggestion(text: &str, rules: UriRules) -> Option<String> {
    RedirectUri::suggestion(text, rules)
}

/// Puts an address into the first field that is empty, or a new one.
fn place(entries: RwSignal<Vec<String>>, address: String) {
    let empty = entries.with_untracked(|entries| entries.iter().position(|entry| entry.trim().is_empty()));
    if let Some(at) = empty {
        let field = document().get_element_by_id(&format!("redirect_uris-{at}"));
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            field.set_value(&address);
        }
    }
    entries.update(|entries| match empty {
        Some(at) => entries[at] = address,
        None => entries.push(address),
    });
}

fn focus(field: NodeRef<html::Input>) {
    if let Some(field) = field.get() {
        let _ = field.focus();
    }
}

/// What is wrong with each entry, by its position.
fn said_of(entries: &[String], rules: UriRules) -> Vec<(usize, String)> {
    let problems = redirect_uri::check_all(entries, rules).1.into_iter();
    problems.filter_map(|rule| Some((rule.position?, rule.to_string()))).collect()
}

fn judged(text: &str, position: usize, problems: &[(usize, String)], sound: &str) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::Silent;
    }
    if let Some((_, sentence)) = problems.iter().find(|(entry, _)| *entry == position) {
        return Verdict::Wrong(sentence.clone());
    }
    let rules = UriRules { allow_loopback: true, allow_custom_schemes: true };
    let warnings = RedirectUri::parse(text, rules).map(|uri| uri.warnings()).unwrap_or_default();
    let lines = warnings.into_iter().map(|warning| (warning.message, String::new())).collect();
    Verdict::Sound(sound.into(), lines)
}

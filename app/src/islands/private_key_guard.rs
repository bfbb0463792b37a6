//! Keeps a private key from being sent from fields that no other island looks after.

use super::verdict::{Verdict, VerdictRegion, show_summary};
use domain::private_key;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement};

/// Puts back what any text field of the page held before it got a private key, and says so below it. A form that held one
/// is stopped once, so that it is noticed. Without scripts the server refuses it.
#[island]
pub fn PrivateKeyGuard() -> impl IntoView {
    let region = NodeRef::<html::Div>::new();
    // What is said, once a private key was found.
    let found = RwSignal::new(None::<String>);
    let unnoticed = StoredValue::new(false);
    // The words stand just below it. An element itself could not be kept: pages are rendered on many threads.
    let field_above = move || region.get_untracked().and_then(|region| region.previous_element_sibling());
    let say_at = move |field: &Element, present: &str| {
        if let Some(region) = region.get_untracked() {
            let _ = field.insert_adjacent_element("afterend", &region);
        }
        focus(field);
        let sentence = private_key::sentence_beside(present);
        show_summary(&field.id(), sentence);
        unnoticed.set_value(true);
        found.set(Some(sentence.to_owned()));
    };
    Effect::new(move |_| {
        let typing = window_event_listener(ev::input, move |event| {
            let Some(field) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
            if let Some(present) = empty_private_key(&field) {
                say_at(&field, &present);
            } else if field_above().as_ref() == Some(&field) {
                unnoticed.set_value(false);
            }
        });
        let sending = window_event_listener(ev::submit, move |event| {
            let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
            let fields = form
                .into_iter()
                .flat_map(|form| (0..form.length()).filter_map(move |at| form.get_with_index(u32::try_from(at).ok()?)));
            for field in fields {
                if let Some(present) = empty_private_key(&field) {
                    say_at(&field, &present);
                }
            }
            if unnoticed.get_value() {
                unnoticed.set_value(false);
                event.prevent_default();
                field_above().iter().for_each(focus);
            }
        });
        on_cleanup(move || {
            typing.remove();
            sending.remove();
        });
    });
    let verdict = Signal::derive(move || found.get().map_or(Verdict::Silent, Verdict::Wrong));
    view! { <div node_ref=region><VerdictRegion id="private-key-verdict".to_owned() verdict=verdict /></div> }
}

fn focus(field: &Element) {
    if let Some(field) = field.dyn_ref::<HtmlElement>() {
        let _ = field.focus();
    }
}

/// Where a private key was in the field, that holds what the page came with again, which is given back: sent as it is, the
/// form does not replace what is saved by nothing.
fn empty_private_key(field: &Element) -> Option<String> {
    if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        let present = private_key::found_in(&area.value()).then(|| area.default_value().unwrap_or_default());
        return present.inspect(|present| area.set_value(present));
    }
    let input =
        field.dyn_ref::<HtmlInputElement>().filter(|input| input.type_() != "hidden" && input.type_() != "file");
    let present = input.filter(|input| private_key::found_in(&input.value()))?.default_value();
    input.inspect(|input| input.set_value(&present)).map(|_| present.clone())
}

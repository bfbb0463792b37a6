//! The field for a public key: judged while it is typed, and a private key never leaves the browser.

#![expect(missing_docs, reason = "`#[island]` makes a struct of the props without their words")]

use super::{
    file,
    verdict::{Verdict, VerdictRegion},
};
use crate::ui::text::textarea_content;
use domain::{key::PublicKey, private_key};
use leptos::{ev, html, prelude::*};
use serde::{Deserialize, Serialize};
use web_sys::SubmitEvent;

/// The largest file that is read, in bytes; the longest key is far smaller.
const LARGEST: f64 = 65_536.0;

/// What stands in the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Content {
    Typed(String),
    /// A private key was there: the field is empty now. `noticed` after the first attempt to send the form.
    PrivateKey {
        noticed: bool,
    },
    /// A file was chosen that is no key.
    Unread(String),
}

impl Content {
    fn of(text: String) -> Self {
        if private_key::found_in(&text) { Self::PrivateKey { noticed: false } } else { Self::Typed(text) }
    }

    fn of_file(bytes: &[u8]) -> Self {
        if private_key::found_in_bytes(bytes) {
            Self::PrivateKey { noticed: false }
        } else {
            Self::Typed(private_key::text_of(bytes))
        }
    }

    fn was_private(&self) -> bool {
        matches!(self, Self::PrivateKey { .. })
    }

    fn verdict(&self, sizes: &[u32]) -> Verdict {
        match self {
            Self::Typed(text) if text.trim().is_empty() => Verdict::Silent,
            Self::Typed(text) => match PublicKey::parse(text, sizes) {
                Ok(key) => Verdict::Sound("This public key can be registered.".into(), facts(&key)),
                Err(problem) => Verdict::Wrong(problem.message),
            },
            Self::PrivateKey { .. } => Verdict::Wrong(private_key::SENTENCE.into()),
            Self::Unread(sentence) => Verdict::Wrong(sentence.clone()),
        }
    }
}

fn facts(key: &PublicKey) -> Vec<String> {
    vec![
        format!("Size: {} bits", key.bits()),
        format!("SHA-256 fingerprint: {}", key.sha256()),
        format!("Thumbprint (kid): {}", key.thumbprint()),
    ]
}

/// The fields `public_key` and `file` of a form that must be `multipart`. Without scripts they are a text area and a
/// file chooser; with them the key is judged as it is typed, a chosen file is read into the text area, and a private
/// key empties the field at once and stops the form from being sent once, so that it is noticed.
#[island]
pub fn KeyCheck(
    /// What was typed before; empty for nothing.
    value: String,
    /// What the server said about it.
    error: Option<String>,
    /// The sizes in bits that the environment allows.
    sizes: Vec<u32>,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let before = value.clone();
    let content = RwSignal::new(Content::of(value.clone()));
    let refused = error.is_some();
    let said = move || refused && content.with(|content| *content == Content::Typed(before.clone()));
    let said = Memo::new(move |_| said());
    let verdict =
        Signal::derive(
            move || {
                if said.get() { Verdict::Silent } else { content.with(|content| content.verdict(&sizes)) }
            },
        );

    let put = move |now: Content| {
        if let Some(area) = area.get_untracked() {
            area.set_value(if let Content::Typed(text) = &now { text } else { "" });
        }
        content.set(now);
    };
    let judge = move || {
        let Some(area) = area.get_untracked() else { return };
        match Content::of(area.value()) {
            found @ Content::PrivateKey { .. } => put(found),
            // Emptying the field does not unsay that a private key was in it.
            Content::Typed(text) if text.is_empty() && content.with_untracked(Content::was_private) => {}
            typed => content.set(typed),
        }
    };
    // What the browser kept from an earlier visit, or was typed before this woke.
    Effect::new(move |_| judge());
    let choose = move |event: ev::Event| {
        let Some(chosen) = file::take(&event) else { return };
        if chosen.size() > LARGEST {
            return put(Content::Unread(
                "The file is larger than 64 KB, so it is not a public key. Choose the file public_key.pem.".into(),
            ));
        }
        file::later(async move {
            let unread = || Content::Unread("The file could not be read. Choose it again, or paste the key.".into());
            put(file::bytes(chosen).await.map_or_else(unread, |bytes| Content::of_file(&bytes)));
        });
    };
    stop_once(area, content);

    let id = "public_key";
    let described = format!("{id}-hint {id}-verdict{}", if refused { " public_key-error" } else { "" });
    view! {
        <div class=move || {
            if said.get() { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }
        }>
            <label class="nhsuk-label nhsuk-label--s" for=id>
                "Public key"
            </label>
            <div class="nhsuk-hint" id="public_key-hint">
                "Paste the whole of public_key.pem, with its first and its last line. Never paste a private key."
            </div>
            {error
                .map(|error| {
                    view! {
                        <span class="nhsuk-error-message" id="public_key-error" hidden=move || !said.get()>
                            <span class="nhsuk-u-visually-hidden">"Error: "</span>
                            {error}
                        </span>
                    }
                })}
            <textarea
                class="nhsuk-textarea app-code-input"
                class:nhsuk-textarea--error=move || said.get()
                id=id
                name=id
                rows="10"
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                aria-describedby=described
                node_ref=area
                on:input=move |_| judge()
                inner_html=textarea_content(&value)
            ></textarea>
        </div>
        <VerdictRegion id="public_key-verdict".to_owned() verdict=verdict />
        <div class="nhsuk-form-group nhsuk-file-upload">
            <label class="nhsuk-label nhsuk-label--s" for="file">
                "Or choose the file"
            </label>
            <div class="nhsuk-hint" id="file-hint">
                "A .pem file of up to 64 KB. A chosen file is used instead of what you pasted."
            </div>
            <input
                class="nhsuk-file-upload__input"
                id="file"
                name="file"
                type="file"
                accept=".pem,.pub,.key,.txt,.cer,.crt"
                aria-describedby="file-hint"
                on:change=choose
            />
        </div>
    }
}

/// Stops the form from being sent the first time after a private key was found in it.
fn stop_once(area: NodeRef<html::Textarea>, content: RwSignal<Content>) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::submit, move |event: SubmitEvent| {
            let ours = area.get_untracked().and_then(|area| area.form()).map(|form| form.into());
            let unnoticed = content.with_untracked(|content| *content == Content::PrivateKey { noticed: false });
            if unnoticed && ours.is_some() && event.target() == ours {
                event.prevent_default();
                content.set(Content::PrivateKey { noticed: true });
            }
        });
        on_cleanup(move || handle.remove());
    });
}

//! The field for a public key: judged while it is typed, and a private key never leaves the browser.

#![expect(missing_docs, reason = "`#[island]` makes a struct of the props without their words")]

use super::{
    file,
    verdict::{Verdict, VerdictRegion, drop_summary, show_summary},
};
use crate::ui::text::textarea_content;
use domain::{
    key::{PublicKey, text_of_file},
    private_key,
    rule::{KeyFault, KeyRule},
};
use leptos::{ev, html, prelude::*};
use web_sys::SubmitEvent;

/// The largest file that is read, in bytes; the longest key is far smaller.
const LARGEST: f64 = 65_536.0;

/// Whether nobody else has registered the key is for the server to know.
const SOUND: &str = "This passes the checks in your browser. We will run the remaining checks when you save.";

/// The same where nothing is saved.
const SOUND_ALONE: &str = "This passes the checks in your browser. Check the key to run the remaining checks.";

const TOO_LARGE: &str = "The file is larger than 64 KB, so it is not a public key. Choose the file public_key.pem.";

const UNREADABLE: &str = "The file could not be read. Choose it again, or paste the key.";

/// What was typed or chosen last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Typed(String),
    /// A private key, which is gone: the field is as it came with the page, or in a file, as it was.
    PrivateKey,
    /// A file that is no key, and why. The field is as it was.
    Unread(String),
}

impl Content {
    fn of(text: String) -> Self {
        if private_key::found_in(&text) { Self::PrivateKey } else { Self::Typed(text) }
    }

    fn of_file(bytes: &[u8], sizes: &[u32]) -> Self {
        match text_of_file(bytes, sizes) {
            Ok(text) => Self::Typed(text),
            Err(KeyRule { fault: KeyFault::Private, .. }) => Self::PrivateKey,
            Err(rule) => Self::Unread(rule.to_string()),
        }
    }

    /// Why it is not in the field, which holds `present` as before.
    fn refusal(&self, present: &str) -> Option<String> {
        match self {
            Self::Typed(_) => None,
            Self::PrivateKey => Some(private_key::sentence_beside(present).to_owned()),
            Self::Unread(sentence) => Some(sentence.clone()),
        }
    }

    fn verdict(&self, present: &str, sizes: &[u32], sound: &str) -> Verdict {
        if let Some(sentence) = self.refusal(present) {
            return Verdict::Wrong(sentence);
        }
        match self {
            Self::Typed(text) if text.trim().is_empty() => Verdict::Silent,
            Self::Typed(text) => match PublicKey::parse(text, sizes) {
                Ok(key) => Verdict::Sound(sound.into(), facts(&key)),
                Err(rule) => Verdict::Wrong(rule.to_string()),
            },
            Self::PrivateKey | Self::Unread(_) => Verdict::Silent,
        }
    }
}

fn facts(key: &PublicKey) -> Vec<(String, String)> {
    vec![
        (format!("Size: {} bits", key.bits()), String::new()),
        ("SHA-256 fingerprint".into(), key.sha256()),
        ("Thumbprint".into(), key.thumbprint()),
    ]
}

/// The fields `public_key` and `file` of a form that must be `multipart`. Without scripts they are a text area and a
/// file chooser; with them the key is judged as it is typed, a chosen file is read into the text area, and a private
/// key empties the field at once. What is no public key stops the form from being sent once, so that it is noticed.
#[island]
pub fn KeyCheck(
    /// What was typed before; empty for nothing.
    value: String,
    /// What the server said about it.
    error: Option<String>,
    /// The sizes in bits that the environment allows.
    sizes: Vec<u32>,
    /// Whether the form only checks the key, and saves nothing.
    is_tool: bool,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let before = StoredValue::new(value.clone());
    let (sound, sizes_of_file) = (if is_tool { SOUND_ALONE } else { SOUND }, StoredValue::new(sizes.clone()));
    let content = RwSignal::new(Content::of(value.clone()));
    let refused = error.is_some();
    // Of what the page came with, the server has said what there is to say.
    let unchanged = Memo::new(move |_| content.with(|content| *content == Content::Typed(before.get_value())));
    let said = Memo::new(move |_| refused && unchanged.get());
    let verdict = Signal::derive(move || match unchanged.get() {
        true => Verdict::Silent,
        false => before.with_value(|before| content.with(|content| content.verdict(before, &sizes, sound))),
    });

    let sending = RwSignal::new(Sending::default());
    let forget_refusal = move || {
        if content.with_untracked(|now| !matches!(now, Content::Typed(_))) {
            drop_summary();
        }
    };
    let put = move |now: Content| {
        if let (Some(area), Content::Typed(text)) = (area.get_untracked(), &now) {
            area.set_value(text);
        }
        sending.update(|sending| sending.noticed = false);
        // What is typed or chosen next is another matter.
        match before.with_value(|before| now.refusal(before)) {
            Some(sentence) => show_summary("public_key", &sentence),
            None => forget_refusal(),
        }
        content.set(now);
    };
    let judge = move || {
        let Some(area) = area.get_untracked() else { return };
        match Content::of(area.value()) {
            Content::PrivateKey => {
                // What the page came with: sent as it is, the form does not replace it by nothing.
                area.set_value(&area.default_value().unwrap_or_default());
                put(Content::PrivateKey);
            }
            // That the field is as it was does not unsay that a private key was in it.
            Content::Typed(text)
                if text == before.get_value() && content.with_untracked(|now| *now == Content::PrivateKey) => {}
            typed => {
                forget_refusal();
                content.set(typed);
            }
        }
    };
    let chooser = NodeRef::<html::Input>::new();
    let choose = move || {
        let Some(chosen) = chooser.get_untracked().and_then(|chooser| file::take(&chooser)) else { return };
        if chosen.size() > LARGEST {
            return put(Content::Unread(TOO_LARGE.into()));
        }
        sending.update(|sending| sending.reading = true);
        file::later(async move {
            let bytes = file::bytes(chosen).await;
            put(bytes.map_or(Content::Unread(UNREADABLE.into()), |bytes| {
                sizes_of_file.with_value(|sizes| Content::of_file(&bytes, sizes))
            }));
            let is_held = sending.try_update(Sending::read).unwrap_or_default();
            if let Some(form) = area.get_untracked().and_then(|area| area.form()).filter(|_| is_held) {
                let _ = form.request_submit();
            }
        });
    };
    // What the browser kept from an earlier visit, or was typed or chosen before this woke.
    Effect::new(move |_| {
        judge();
        choose();
    });
    hold(area, content, sending);

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
                "Paste the whole of public_key.pem, including its first and last lines. Never paste a private key."
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
                accept=".pem,.pub,.txt,.cer,.crt,.der,.jwk,.json"
                aria-describedby="file-hint"
                node_ref=chooser
                on:change=move |_| choose()
            />
        </div>
    }
}

/// What stands in the way of sending the form.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// A file is being read.
    reading: bool,
    /// The form was sent meanwhile, and goes when the file is read.
    held: bool,
    /// What is wrong has stopped the form once.
    noticed: bool,
}

impl Sending {
    /// The file is read. Whether the form was held for it.
    fn read(&mut self) -> bool {
        self.reading = false;
        std::mem::take(&mut self.held)
    }
}

/// Keeps the form until a chosen file is read; and stops it once after a private key or a file that is none was found,
/// so that it is noticed.
fn hold(area: NodeRef<html::Textarea>, content: RwSignal<Content>, sending: RwSignal<Sending>) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::submit, move |event: SubmitEvent| {
            let ours = area.get_untracked().and_then(|area| area.form()).map(|form| form.into());
            if ours.is_none() || event.target() != ours {
                return;
            }
            let Sending { reading, noticed, .. } = sending.get_untracked();
            if reading {
                event.prevent_default();
                sending.update(|sending| sending.held = true);
            } else if !noticed && content.with_untracked(|content| !matches!(content, Content::Typed(_))) {
                event.prevent_default();
                sending.update(|sending| sending.noticed = true);
                // The field says why: whoever pressed the button, far below, is brought there.
                if let Some(area) = area.get_untracked() {
                    let _ = area.focus();
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
}

//! The question for files in an item of evidence, and how files are shown wherever an answer has some.

use super::sections::SectionPage;
use crate::ui::{ErrorMessage, Hint, field_id};
use domain::{
    attachment::{Attachment, MOST},
    id::RegistrationId,
};
use leptos::prelude::*;
use store::Attached;

/// What can be chosen, as browsers filter by it. What a file is says its content.
const ACCEPT: &str = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.odt";

/// The question: what is attached, each to be kept or not, and a place to choose more.
pub(super) fn question(
    section: &SectionPage,
    name: &str,
    entry: &str,
    (label, hint): (String, String),
    error: Option<String>,
) -> AnyView {
    let lines = match section.refused.is_any() && !section.refused.values.is_empty() {
        true => section.refused.values.get(name).cloned().unwrap_or_default(),
        false => section.answer(entry),
    };
    let id = field_id(name);
    let registration = section.details().registration.id;
    let kept = Attachment::all(&lines).enumerate().map(|(at, file)| {
        let (item, line, words) = (format!("{id}-kept-{at}"), file.to_string(), format!("Keep {}", file.name));
        let (described, link) = (format!("{item}-file"), link(registration, &file, Some(&section.files)));
        view! {
            <div class="nhsuk-checkboxes__item">
                <input
                    class="nhsuk-checkboxes__input"
                    id=item.clone()
                    name=name.to_owned()
                    type="checkbox"
                    value=line
                    checked=true
                    aria-describedby=described.clone()
                />
                <label class="nhsuk-label nhsuk-checkboxes__label" for=item>{words}</label>
                <div class="nhsuk-hint nhsuk-checkboxes__hint" id=described>{link}</div>
            </div>
        }
    });
    let kept = kept.collect_view();
    let has_some = !kept.is_empty();
    let kept = has_some.then(|| view! { <div class="nhsuk-checkboxes nhsuk-u-margin-bottom-4">{kept}</div> });
    let choose = if has_some { "Add files" } else { "Choose files" };
    let wrong = error.is_some();
    let limits = format!("{hint} PDF, PNG, JPEG, DOCX, XLSX or ODT. At most {MOST} files, and 10 MB at a time.");
    let described = if wrong { format!("{id}-hint {id}-error") } else { format!("{id}-hint") };
    view! {
        <div class=if wrong { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }>
            <fieldset class="nhsuk-fieldset" aria-describedby=described>
                <legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s">{label}</legend>
                <Hint id=id.clone() text=limits />
                <ErrorMessage id=id.clone() text=error />
                {kept}
                <label class="nhsuk-label" for=id.clone()>{choose}</label>
                <input
                    class="nhsuk-file-upload__input"
                    id=id
                    name=format!("file[{entry}]")
                    type="file"
                    multiple
                    accept=ACCEPT
                    aria-invalid=wrong.then_some("true")
                />
            </fieldset>
        </div>
    }
    .into_any()
}

/// A file to be downloaded, with its size and, where that is `known`, whether it was scanned.
pub(crate) fn link(registration: RegistrationId, file: &Attachment, known: Option<&[Attached]>) -> AnyView {
    let href = format!("/registrations/{registration}/files/{}", file.digest);
    let is_scanned = |known: &[Attached]| known.iter().any(|known| known.is(file) && known.scanned_at.is_some());
    let scanned = match known.map(is_scanned) {
        Some(true) => ", scanned: no virus found",
        Some(false) => ", not scanned for viruses",
        None => "",
    };
    let about = format!(" ({}{scanned})", file.size());
    view! { <a href=href download=file.name.clone()>{file.name.clone()}</a> {about} }.into_any()
}

/// Files, one below the other.
pub(crate) fn links(registration: RegistrationId, files: &[Attachment], known: Option<&[Attached]>) -> AnyView {
    let each = files.iter().map(|file| view! { <div>{link(registration, file, known)}</div> });
    each.collect_view().into_any()
}

//! Check your answers, then submit exactly what is shown.

use super::{
    answers::{at_its_row, draft_answers},
    of_registration,
    overview::May,
    revision::changes,
};
use crate::{
    api::{form::refused, registrations},
    pages::frame::{page, param},
    reading::difference::read,
    ui::{Button, Form, Hidden, WarningText},
};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// `/registrations/:id/check`
#[component]
pub fn CheckPage() -> impl IntoView {
    page(async move {
        let view = registrations::registration(&param("id")).await?;
        May::caller()?.ask_edit(&view.details)?;
        let details = &view.details;
        let address = format!("/registrations/{}", details.registration.id);
        let mut refused = refused(&format!("{address}/check")).await;
        refused.problems = refused.problems.into_iter().map(at_its_row).collect();
        let ready = view.review.problems.is_empty();
        let warnings = view.review.warnings.iter().map(|w| view! { <li>{w.message.clone()}</li> }).collect_view();
        let (id, version) = (details.registration.id.to_string(), details.version.to_string());
        let finish = format!("{address}#sections");
        let next = if details.policy.automatic {
            "When every check passes and no restricted scope is asked for, it is approved and published at once. \
             Otherwise an NHS login admin decides."
        } else {
            details.policy.takes.as_str()
        };
        let complete = view.review.details.as_ref();
        let same = complete.filter(|draft| details.registration.is_approved_already(draft));
        let changes = match complete {
            Some(draft) if same.is_none() => changes(details, &read(&draft.freeze().bytes)).await?,
            _ => None,
        };
        let submit = if let Some(revision) = details.registration.submitted() {
            waits(revision.number, &address)
        } else if same.is_some() {
            nothing_differs(details, finish)
        } else if ready {
            view! {
                {changes}
                <h2 class="nhsuk-heading-m">"Submit for review"</h2>
                <p class="nhsuk-body">{next.to_owned()}</p>
                <Form action="/api/submit">
                    <Hidden name="registration" value=id />
                    <Hidden name="version" value=version />
                    <Button>"Submit"</Button>
                </Form>
            }
            .into_any()
        } else {
            view! {
                {changes}
                <p class="nhsuk-body">
                    <a href=finish>"Finish the sections that need attention"</a>
                    " before you submit."
                </p>
            }
            .into_any()
        };
        let body = view! {
            {(!warnings.is_empty())
                .then(|| {
                    view! {
                        <WarningText heading="Before you submit">
                            <ul class="nhsuk-list nhsuk-list--bullet">{warnings}</ul>
                        </WarningText>
                    }
                })}
            {draft_answers(&view, &address)}
            {submit}
        };
        Ok(of_registration("Check your answers", body, details).refused(&refused))
    })
}

/// In place of the button, while a revision waits.
fn waits(number: u32, address: &str) -> AnyView {
    let withdraw = format!("{address}/withdraw");
    view! {
        <p class="nhsuk-body">
            {format!("Revision {number} waits for NHS login. ")} <a href=withdraw>"Withdraw it"</a>
            " before you submit another."
        </p>
    }
    .into_any()
}

/// In place of the button: the submission would be refused.
fn nothing_differs(details: &RegistrationDetails, sections: String) -> AnyView {
    let registration = &details.registration;
    let number = registration.approved().map_or(0, |approved| approved.number);
    let published = registration.published.as_ref().is_some_and(|published| published.revision == number);
    let standing = if published { "published" } else { "approved" };
    view! {
        <p class="nhsuk-body">
            {format!("Your draft is the same as revision {number}, which is {standing}. ")}
            <a href=sections>"Change a section"</a> " before you submit."
        </p>
    }
    .into_any()
}

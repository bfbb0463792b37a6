//! Check your answers, then submit exactly what is shown.

use super::{
    answers::{and_back, at_its_row, draft_answers, in_a_sentence},
    confirm::second_factor_first,
    of_registration,
    overview::{May, why_a_person},
    revision::changes,
};
use crate::{
    api::{
        context::{caller, portal},
        error::ApiError,
        form::refused,
        registrations::{self, fresh_client_id},
    },
    pages::frame::{page, param},
    reading::difference::read,
    ui::{Button, Form, Hidden, WarningText},
};
use domain::{
    actor::{Actor, By, Stamp},
    aggregate::Aggregate,
    draft::Section,
    problem::Problem,
    refusal::Refusal,
    registration::{Command, Revision, RevisionState},
    standing::Does,
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
        let warnings = view.review.warnings.iter().map(|found| warning(found, &address)).collect_view();
        let (id, version) = (details.registration.id.to_string(), details.version.to_string());
        let finish = format!("{address}#sections");
        let complete = view.review.details.as_ref();
        let same = complete.filter(|draft| details.registration.is_approved_already(draft));
        let changes = match complete {
            Some(draft) if same.is_none() => changes(details, &read(&draft.freeze().bytes)).await?,
            _ => None,
        };
        let asked = May::caller()?.ask(details, &Command::Submit { client_id: fresh_client_id()? });
        let submit = if let Some(revision) = details.registration.submitted() {
            waits(revision.number, &address)
        } else if same.is_some() {
            nothing_differs(details, finish)
        } else if asked == Err(Refusal::SecondFactorToSubmit) {
            let words = second_factor_first("submit", &details.policy.title);
            view! { {changes} {words} }.into_any()
        } else if ready {
            view! {
                {changes}
                <h2 class="nhsuk-heading-m">"Submit for review"</h2>
                <p class="nhsuk-body">{what_follows(details)?}</p>
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

/// A warning, with the way to the section that it is about.
fn warning(found: &Problem, address: &str) -> AnyView {
    let link = Section::of_field(&found.field).filter(|section| *section != Section::Evidence).map(|section| {
        let page = and_back(&format!("{address}/{}", section.slug()));
        view! { " " <a href=page>{format!("Change {}", in_a_sentence(section))}</a> }
    });
    view! { <li><span>{found.message.clone()}</span> {link}</li> }.into_any()
}

/// What submitting the draft as it is leads to.
fn what_follows(details: &RegistrationDetails) -> Result<String, ApiError> {
    Ok(match foreseen(details)? {
        Some(revision) if revision.state == RevisionState::Approved => {
            "It is approved automatically and published at once.".into()
        }
        Some(revision) => why_a_person(details, &revision),
        None => details.policy.takes.clone(),
    })
}

/// The revision as the rules would make it now.
fn foreseen(details: &RegistrationDetails) -> Result<Option<Revision>, ApiError> {
    let (person, now) = (caller()?.person()?.clone(), portal()?.auth.ambient.now());
    let stamp = Stamp { at: now, by: By::Account(person.account) };
    let command = Command::Submit { client_id: fresh_client_id()? };
    let mut after = details.registration.clone();
    let events = after.decide(&Actor::Person(person), &command, &details.facts, now).unwrap_or_default();
    events.iter().for_each(|event| after.apply(event, &stamp));
    Ok(after.revisions.pop().filter(|_| !events.is_empty()))
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
    let is_on = registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
    let published = is_on && registration.held().is_some_and(|held| held.number == number);
    let standing = if published { "published" } else { "approved" };
    view! {
        <p class="nhsuk-body">
            {format!("Your draft is the same as revision {number}, which is {standing}. ")}
            <a href=sections>"Change a section"</a> " before you submit."
        </p>
    }
    .into_any()
}

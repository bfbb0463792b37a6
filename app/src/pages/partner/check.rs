//! Check your answers, then submit exactly what is shown.

use super::{
    answers::{and_back, at_its_row, draft_answers, in_a_sentence},
    confirm::second_factor_first,
    endorsement::what_it_saves,
    needs::needs,
    of_registration,
    overtaken::{Whole, overtaken},
    overview::{May, why_a_person},
    revision::changes,
};
use crate::{
    api::{context::portal, form::refused, registrations},
    pages::frame::{page, param},
    ui::{Button, Form, Hidden, InsetText, WarningText},
};
use domain::{
    draft::{ClientDetails, Section},
    refusal::Refusal,
    registration::{Command, KeyChange, Revision, RevisionState},
    revision::FrozenRevision,
    standing::Does,
    warning::Said,
};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// `/registrations/:id/check`
#[component]
pub fn CheckPage() -> impl IntoView {
    page(async move {
        let view = registrations::registration(&param("id")).await?;
        let details = &view.details;
        let address = format!("/registrations/{}", details.registration.id);
        let mut refused = refused(&format!("{address}/check")).await;
        if let Some(page) = overtaken(Whole::Submit, details, &refused).await? {
            return Ok(page);
        }
        May::caller()?.ask_edit(details)?;
        refused.problems = refused.problems.into_iter().map(at_its_row).collect();
        let warnings = view.review.warnings.iter().map(|found| warning(found, &address)).collect_view();
        let (id, version) = (details.registration.id.to_string(), details.version.to_string());
        let finish = format!("{address}#sections");
        let complete = view.review.details.as_ref();
        let same = complete.filter(|draft| details.registration.is_approved_already(draft));
        let changes = match complete {
            Some(draft) if same.is_none() => changes(details, &FrozenRevision::read(&draft.freeze().bytes)?).await?,
            _ => None,
        };
        let asked = May::caller()?.ask(details, &Command::Submit { client_id: portal()?.fresh_client_id() });
        let foreseen = registrations::foreseen(details)?;
        // Evidence that ran out keeps no key from changing.
        let ready = view.review.problems.is_empty() || asked.is_ok();
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
                {complete.and_then(|draft| unchanged(details, draft))}
                {complete.and_then(|draft| needs(details, draft, foreseen.as_ref()))}
                <h2 class="nhsuk-heading-m">"Submit for review"</h2>
                <p class="nhsuk-body">{what_follows(details, foreseen.as_ref())}</p>
                {complete.and_then(|draft| less_is_enough(details, draft, foreseen.as_ref(), &address))}
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
            {draft_answers(&view, Some(&address))}
            {submit}
        };
        Ok(of_registration("Check your answers", body, details).refused(&refused))
    })
}

/// A warning, with the way to the section that it is about.
fn warning(found: &Said, address: &str) -> AnyView {
    let link = Section::of_field(&found.field).filter(|section| *section != Section::Evidence).map(|section| {
        let page = and_back(&format!("{address}/{}", section.slug()));
        view! { " " <a href=page>{format!("Change {}", in_a_sentence(section))}</a> }
    });
    view! { <li><span>{found.message.clone()}</span> {link}</li> }.into_any()
}

/// What submitting the draft as it is leads to.
fn what_follows(details: &RegistrationDetails, foreseen: Option<&Revision>) -> String {
    match foreseen {
        Some(revision) if revision.rotation.is_some() => only_keys(revision, details),
        Some(revision) if revision.state == RevisionState::Approved => {
            "It will be approved automatically, and we start publishing it straight away.".into()
        }
        Some(revision) => why_a_person(details, revision),
        None => details.policy.takes.clone(),
    }
}

/// What a revision needs in which nothing but keys changed.
fn only_keys(revision: &Revision, details: &RegistrationDetails) -> String {
    let what = match revision.rotation.map(|rotation| rotation.keys) {
        Some(KeyChange::Addition) => "Only keys changed, and a published key endorsed the new one.",
        _ => "Keys are removed, and nothing else changes.",
    };
    let needed = revision.approvals_needed(&details.policy);
    match (needed, needed < details.policy.approvals_needed()) {
        (0, _) => format!(
            "{what} Nobody has to review that: it will be approved automatically, and we start publishing it straight away."
        ),
        (1, true) => format!("{what} One NHS login admin decides, and reads nothing but the keys."),
        _ => format!("{what} {}", details.policy.takes),
    }
}

/// Where nothing but keys changed and more is needed than has to be: what would make it less.
fn less_is_enough(
    details: &RegistrationDetails,
    draft: &ClientDetails,
    foreseen: Option<&Revision>,
    address: &str,
) -> Option<AnyView> {
    let registration = &details.registration;
    let change = registration.changed_keys_alone(draft, &details.facts)?;
    let is_less = change.approvals_needed(&details.policy) < details.policy.approvals_needed();
    let is_enough = |revision: &Revision| revision.rotation.is_some() || revision.state == RevisionState::Approved;
    let is_so = foreseen.is_some_and(is_enough);
    if is_so || !is_less {
        return None;
    }
    Some(match change {
        KeyChange::Addition => {
            let (endorse, saves) = (format!("{address}/endorsement"), what_it_saves(&details.policy));
            view! {
                <InsetText>
                    <p>
                        "Nothing but keys changed. " <a href=endorse>"Endorse the new key with the published one"</a> ". "
                        {saves}
                    </p>
                </InsetText>
            }
            .into_any()
        }
        KeyChange::Removal => view! {
            <InsetText>
                <p>
                    "You only remove a key. With a second factor that needs no review. "
                    <a href="/account/second-factor">"Set up your second factor"</a> "."
                </p>
            </InsetText>
        }
        .into_any(),
    })
}

/// Said before a draft is submitted that asks for the very same as the revision that was sent back.
fn unchanged(details: &RegistrationDetails, draft: &ClientDetails) -> Option<AnyView> {
    let next = details.registration.revisions.len() as u32 + 1;
    let before = details.registration.sent_back_before(next)?;
    if before.digest != draft.freeze().digest {
        return None;
    }
    let number = before.number;
    let (heading, words) = match before.state {
        RevisionState::Rejected => (
            "You have not changed anything",
            format!(
                "Your draft is the same as revision {number}, which we rejected. If you submit it unchanged, we may reject it again."
            ),
        ),
        _ => (
            "You have not made the changes requested",
            format!(
                "Your draft is the same as revision {number}, on which we requested changes. If you submit it unchanged, we may request the same changes again."
            ),
        ),
    };
    Some(view! { <WarningText heading=heading><p>{words}</p></WarningText> }.into_any())
}

/// In place of the button, while a revision is being reviewed.
fn waits(number: u32, address: &str) -> AnyView {
    let withdraw = format!("{address}/withdraw");
    view! {
        <p class="nhsuk-body">
            {format!("Revision {number} is being reviewed. ")} <a href=withdraw>"Withdraw it"</a>
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

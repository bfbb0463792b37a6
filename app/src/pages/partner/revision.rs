//! One revision as it was submitted: for everybody of the team, and for staff.

use super::{
    answers::revision_answers,
    of_registration,
    overview::{by_whom, comments, decision_comments},
};
use crate::{
    api::registrations,
    pages::frame::{page, param},
    reading::{difference::between, standing::revision_status},
    ui::{Copyable, Diff, DiffField, StatusTag, SummaryList, SummaryRow},
};
use domain::{
    registration::{Revision, RevisionState},
    revision::FrozenRevision,
    standing::Does,
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use usecases::Fault;

/// `/registrations/:id/revisions/:number`
#[component]
pub fn RevisionPage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        let registration = &details.registration;
        let number = param("number").parse().map_err(|_| Fault::NotFound)?;
        let revision = registration.revision(number).ok_or(Fault::NotFound)?;
        let content = registrations::frozen(registration.id, number).await?;
        let is_later = registration.held().is_some_and(|held| held.number < number);
        let changes = if is_later { changes(&details, &content).await? } else { None };
        let rows = vec![
            SummaryRow::new("Submitted", by_whom(&details, &revision.submitted)),
            SummaryRow::new("SHA-256 digest", view! { <Copyable value=revision.digest.clone() about="digest" /> }),
        ];
        let said = said(revision);
        let answers = revision_answers(details.registration.id, &content, &details.policy);
        let status = revision_status(revision, &details.facts.voters);
        let body = view! {
            <p class="nhsuk-body"><StatusTag status=status /></p>
            <p class="nhsuk-body">{unchanging(revision)}</p>
            <SummaryList rows=rows />
            {said}
            {changes}
            <h2 class="nhsuk-heading-m">"The answers"</h2>
            {answers}
        };
        Ok(of_registration(format!("Revision {number}"), body, &details))
    })
}

/// What reviewers wrote: with the decision, and before it with an approval.
fn said(revision: &Revision) -> AnyView {
    let earlier = || revision.comments.iter().filter(|comment| revision.decided != Some(comment.stamp));
    let heading = match revision.state {
        RevisionState::ChangesRequested => "Changes requested",
        RevisionState::Rejected => "Why it was rejected",
        _ => "Our comments",
    };
    let with_it = revision.decision_comments().next().is_some().then(|| {
        view! { <h2 class="nhsuk-heading-m">{heading}</h2> {decision_comments(revision, None)} }
    });
    let before = earlier().next().is_some().then(|| {
        view! { <h2 class="nhsuk-heading-m">"Comments with an approval"</h2> {comments(earlier(), None)} }
    });
    view! { {with_it} {before} }.into_any()
}

/// What a reader can rely on.
fn unchanging(revision: &Revision) -> &'static str {
    match revision.erased {
        None => "This is what was submitted. It cannot be changed.",
        Some(_) => {
            "Text was erased from this revision after it was submitted, so it no longer has this digest. The history \
             says when and why. If nobody has decided on it, it cannot be approved: change the draft and submit it \
             again."
        }
    }
}

/// What differs from the revision that the provider was last read back to hold, under a heading; nothing while it holds none.
pub(super) async fn changes(details: &RegistrationDetails, after: &FrozenRevision) -> Result<Option<AnyView>, Fault> {
    let Some(held) = details.registration.held() else { return Ok(None) };
    let before = registrations::frozen(details.registration.id, held.number).await?;
    let fields = between(&before, after, &details.policy);
    let changed: Vec<DiffField> = fields.into_iter().filter(DiffField::changed).collect();
    let is_on = details.registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
    let which = if is_on { "which is published" } else { "which the provider holds" };
    let heading = format!("What changes from revision {}, {which}", held.number);
    let body = match changed.is_empty() {
        true => view! { <p class="nhsuk-body">"Nothing."</p> }.into_any(),
        false => view! { <Diff fields=changed /> }.into_any(),
    };
    Ok(Some(view! { <h2 class="nhsuk-heading-m" id="changes">{heading}</h2> {body} }.into_any()))
}

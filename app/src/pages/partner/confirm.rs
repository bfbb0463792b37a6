//! Pages that ask once more before something is taken back or ended.

use super::{
    of_registration,
    overtaken::{Whole, overtaken},
    overview::May,
};
use crate::{
    api::{
        context::caller,
        form::{Refused, refused, see_other},
        registrations,
    },
    islands::PrivateKeyGuard,
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    reading::{difference::between_drafts as difference, words::the_client},
    ui::{Button, ButtonGroup, ButtonKind, Checkboxes, Choice, Copyable, Diff, Form, Hidden, TextArea, WarningText},
};
use domain::{
    actor::Actor,
    draft::Draft,
    refusal::Refusal,
    registration::{Command, Revision, RevisionState},
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use usecases::Fault;

/// `/registrations/:id/withdraw`
#[component]
pub fn WithdrawPage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        let refused = refused(&format!("/registrations/{}/withdraw", details.registration.id)).await;
        if let Some(page) = overtaken(Whole::Withdraw, &details, &refused).await? {
            return Ok(page);
        }
        May::caller()?.ask(&details, &Command::Withdraw)?;
        let registration = &details.registration;
        let revision = registration.submitted().or_else(|| registration.approved_on_its_way());
        let revision = revision.ok_or(Refusal::NothingSubmitted)?;
        Ok(withdraw_page(&details, revision, &name(&details, Some(revision)).await?, &refused))
    })
}

fn withdraw_page(details: &RegistrationDetails, revision: &Revision, name: &str, refused: &Refused) -> Page {
    let number = revision.number;
    let (hidden, back) = (hidden(details), format!("/registrations/{}", details.registration.id));
    let what = format!("revision {number} of “{name}” in {}", details.policy.title);
    let (title, button) = (format!("Withdraw {what}?"), format!("Withdraw {what}"));
    let lost = match revision.state {
        RevisionState::Submitted => lost(revision.approvals.len()),
        _ => lost_when_approved(details.registration.held()),
    };
    let lost = lost.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
    let body = view! {
        <p class="nhsuk-body">{format!("If you withdraw revision {number}:")}</p>
        <ul class="nhsuk-list nhsuk-list--bullet">{lost}</ul>
        <Form action="/api/withdraw">
            {hidden}
            <ButtonGroup>
                <Button>{button}</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_registration(title, body, details).refused(refused)
}

/// What withdrawing costs, and what it leaves.
fn lost(approvals: usize) -> Vec<String> {
    let mut lost = vec![
        "we stop reviewing it".to_owned(),
        "it loses its place in the queue: if you submit again, we start from the beginning".to_owned(),
    ];
    lost.extend(match approvals {
        0 => None,
        1 => Some("it loses the approval that it already has, and must be approved again".to_owned()),
        many => Some(format!("it loses the {many} approvals that it already has, and must be approved again")),
    });
    lost.push("your draft stays as it is, and you can change it and submit it again".to_owned());
    lost
}

/// What withdrawing costs what was approved already, and what it leaves.
fn lost_when_approved(held: Option<&Revision>) -> Vec<String> {
    let published = match held {
        Some(held) => format!("we stop publishing it, and revision {} stays at the provider", held.number),
        None => "we stop publishing it, and we tell the provider that it is not to have the client".to_owned(),
    };
    vec![
        published,
        "it loses its approval: if you submit it again, it must be approved again".to_owned(),
        "your draft stays as it is, and you can change it and submit it again".to_owned(),
    ]
}

/// `/registrations/:id/discard`
#[component]
pub fn DiscardPage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        let refused = refused(&format!("/registrations/{}/discard", details.registration.id)).await;
        if let Some(page) = overtaken(Whole::Discard, &details, &refused).await? {
            return Ok(page);
        }
        May::caller()?.ask_edit(&details)?;
        let to = details.registration.discards_to().ok_or(Refusal::NothingToDiscard)?;
        let before = registrations::without_changes(&details).await?.ok_or(Refusal::ErasedSince)?;
        Ok(discard_page(&details, to, &before, &refused))
    })
}

fn discard_page(details: &RegistrationDetails, to: &Revision, before: &Draft, refused: &Refused) -> Page {
    let (hidden, back) = (hidden(details), format!("/registrations/{}#sections", details.registration.id));
    let number = to.number;
    let stays = match to.state {
        RevisionState::Submitted => format!("Revision {number}, which is being reviewed, is not affected."),
        _ => "What is published is not affected.".to_owned(),
    };
    let body = view! {
        <p class="nhsuk-body">
            {format!("The draft will be the same as revision {number} again. {stays} You cannot undo this, but the history keeps what you typed.")}
        </p>
        <h2 class="nhsuk-heading-m">"What you throw away"</h2>
        <Diff fields=difference(before, &details.registration.draft, &details.policy) />
        <Form action="/api/discard-changes">
            {hidden}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Throw away the changes"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_registration("Throw away the changes in the draft?", body, details).refused(refused)
}

/// `/registrations/:id/retire`
#[component]
pub fn RetirePage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        if let Some(page) = page_of_staff(&details)? {
            return Ok(page);
        }
        let refused = refused(&format!("/registrations/{}/retire", details.registration.id)).await;
        if let Some(page) = overtaken(Whole::Retire, &details, &refused).await? {
            return Ok(page);
        }
        let may = May::caller()?;
        match may.ask(&details, &Command::Retire { reason: String::new() }) {
            Err(Refusal::SecondFactorToSubmit) => {
                Ok(of_registration(RETIRE, second_factor_first("retire", &details.policy.title), &details))
            }
            asked => {
                asked?;
                let name = name(&details, details.registration.approved()).await?;
                Ok(retire_page(&details, &name, &refused, may.is_fresh()))
            }
        }
    })
}

/// What is retired or withdrawn, by the name that people see when they sign in: of that revision, whatever the draft says
/// by now; of the draft where there is none.
async fn name(details: &RegistrationDetails, revision: Option<&Revision>) -> Result<String, Fault> {
    let registration = &details.registration;
    let name = match revision {
        Some(revision) => registrations::frozen(registration.id, revision.number).await?.metadata.client_name,
        None => registration.draft.client_name.trim().to_owned(),
    };
    Ok(if name.is_empty() { details.service_name.clone() } else { name })
}

/// Where an admin retires: on a form of their own, which names whose client it is.
fn page_of_staff(details: &RegistrationDetails) -> Result<Option<Page>, Fault> {
    let caller = caller()?;
    let (registration, person) = (&details.registration, caller.person()?);
    let is_member = registration.organisation.is_some_and(|id| person.memberships.contains_key(&id));
    if is_member || !Actor::Person(person.clone()).is_admin() {
        return Ok(None);
    }
    if registration.revisions.is_empty() {
        let body = view! {
            <p class="nhsuk-body">
                "Nothing was ever submitted for this registration, so there is nothing for NHS login to retire. An owner \
                 of the organisation can retire it."
            </p>
        };
        return Ok(Some(of_registration("Only its owner can retire this registration", body, details)));
    }
    let form = format!("/admin/reviews/{}/retire", registration.id);
    see_other(&form);
    let body = view! { <p class="nhsuk-body"><a href=form>"Go to the form for NHS login admins"</a></p> };
    Ok(Some(of_registration("Retire this registration", body, details)))
}

const RETIRE: &str = "Retire this registration?";

/// What somebody without a second factor has to do before they submit or retire, where the environment asks for one.
pub(super) fn second_factor_first(what: &str, environment: &str) -> impl IntoView + use<> {
    let words = format!("To {what} a registration in {}, you need a second factor. ", environment.to_lowercase());
    view! {
        <WarningText heading="Set up a second factor first">
            <p>
                {words} "It is an app on your phone that shows a code when you sign in. "
                <a href="/account/second-factor">"Set up your second factor"</a> ", then come back to this page."
            </p>
        </WarningText>
    }
}

fn retire_page(details: &RegistrationDetails, name: &str, refused: &Refused, fresh: bool) -> Page {
    let (hidden, back) = (hidden(details), format!("/registrations/{}", details.registration.id));
    let environment = &details.policy.title;
    let follows = match details.registration.wanted {
        Some(_) => format!(
            "When the provider has removed the client, people can no longer sign in to your service with it in \
             {environment}. This cannot be undone."
        ),
        None => "Nothing has been published yet, so nobody loses a way to sign in. This cannot be undone.".into(),
    };
    let what = the_client(name, environment, details.registration.client_id.is_some());
    let client_id = details.registration.client_id.as_ref().map(ToString::to_string).map(|id| {
        view! { <p class="nhsuk-body">"client_id " <Copyable value=id about="client_id" /></p> }
    });
    let (title, button) = (format!("Retire {what}?"), format!("Retire {what}"));
    let legend = format!("Confirm that you want to retire {what}");
    let choices = vec![Choice::new("yes", format!("Yes, retire {what} for good"))];
    let (reason, why, error) = (refused.value("reason", ""), refused.at("reason", ""), refused.at("confirm", ""));
    let proof = proof(fresh, refused);
    let body = view! {
        <p class="nhsuk-body">{follows}</p>
        {client_id}
        <Form action="/api/retire">
            {hidden}
            <TextArea
                name="reason"
                label="Reason (optional)"
                hint="Your team and NHS login can read this."
                value=reason
                error=why
                rows=3
                max=2000
            />
            <Checkboxes name="confirm" legend=legend choices=choices error=error />
            {proof}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>{button}</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
        <PrivateKeyGuard />
    };
    of_registration(title, body, details).refused(refused)
}

fn hidden(details: &RegistrationDetails) -> impl IntoView + use<> {
    view! {
        <Hidden name="registration" value=details.registration.id.to_string() />
        <Hidden name="version" value=details.version.to_string() />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawing_says_what_is_lost() {
        assert!(lost(0).iter().any(|words| words.contains("place in the queue")));
        assert!(!lost(0).iter().any(|words| words.contains("approval")));
        assert!(lost(1).iter().any(|words| words.contains("loses the approval")));
        assert!(lost(2).iter().any(|words| words.contains("loses the 2 approvals")));
    }
}

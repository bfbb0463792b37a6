//! Pages that ask once more before something is taken back or ended.

use super::{of_registration, overview::May};
use crate::{
    api::{
        context::caller,
        error::ApiError,
        form::{Refused, refused, see_other},
        registrations,
    },
    islands::PrivateKeyGuard,
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    ui::{Button, ButtonGroup, ButtonKind, Checkboxes, Choice, Form, Hidden, TextArea, WarningText},
};
use domain::{actor::Actor, refusal::Refusal, registration::Command};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// `/registrations/:id/withdraw`
#[component]
pub fn WithdrawPage() -> impl IntoView {
    page(async move {
        let details = allowed(&Command::Withdraw).await?;
        let address = format!("/registrations/{}", details.registration.id);
        let refused = refused(&format!("{address}/withdraw")).await;
        let number = details.registration.submitted().map_or(0, |revision| revision.number);
        let (hidden, back) = (hidden(&details), address.clone());
        let body = view! {
            <p class="nhsuk-body">
                "NHS login will no longer look at it. Your draft stays as it is, and you can submit it again."
            </p>
            <Form action="/api/withdraw">
                {hidden}
                <ButtonGroup>
                    <Button>"Withdraw"</Button>
                    <a class="nhsuk-link" href=back>"Keep it submitted"</a>
                </ButtonGroup>
            </Form>
        };
        Ok(of_registration(format!("Withdraw revision {number}?"), body, &details).refused(&refused))
    })
}

/// `/registrations/:id/retire`
#[component]
pub fn RetirePage() -> impl IntoView {
    page(async move {
        let details = registrations::registration(&param("id")).await?.details;
        if let Some(page) = page_of_staff(&details)? {
            return Ok(page);
        }
        let refused = refused(&format!("/registrations/{}/retire", details.registration.id)).await;
        let may = May::caller()?;
        match may.ask(&details, &Command::Retire { reason: String::new() }) {
            Err(Refusal::SecondFactorToSubmit) => {
                Ok(of_registration(RETIRE, second_factor_first("retire", &details.policy.title), &details))
            }
            asked => asked.map(|()| retire_page(&details, &refused, may.is_fresh())).map_err(ApiError::from),
        }
    })
}

/// Where an admin retires: on a form of their own, which names whose client it is.
fn page_of_staff(details: &RegistrationDetails) -> Result<Option<Page>, ApiError> {
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

fn retire_page(details: &RegistrationDetails, refused: &Refused, fresh: bool) -> Page {
    let (hidden, back) = (hidden(details), format!("/registrations/{}", details.registration.id));
    let (what, follows) = match details.registration.wanted {
        Some(_) => (
            "client",
            "As soon as the provider has been told, nobody can sign in to your service with it any more. This cannot be \
             undone.",
        ),
        None => ("registration", "Nothing was published yet, so nobody loses a way to sign in. This cannot be undone."),
    };
    let legend = format!("Confirm that you want to retire this {what}");
    let choices = vec![Choice::new("yes", format!("Retire this {what} for good"))];
    let (reason, why, error) = (refused.value("reason", ""), refused.at("reason", ""), refused.at("confirm", ""));
    let proof = proof(fresh, refused);
    let body = view! {
        <p class="nhsuk-body">{follows}</p>
        <Form action="/api/retire">
            {hidden}
            <TextArea
                name="reason"
                label="Reason (optional)"
                hint="Your team and NHS login read it."
                value=reason
                error=why
                rows=3
                max=2000
            />
            <Checkboxes name="confirm" legend=legend choices=choices error=error />
            {proof}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Retire"</Button>
                <a class="nhsuk-link" href=back>"Keep it"</a>
            </ButtonGroup>
        </Form>
        <PrivateKeyGuard />
    };
    of_registration(RETIRE, body, details).refused(refused)
}

async fn allowed(command: &Command) -> Result<RegistrationDetails, ApiError> {
    let details = registrations::registration(&param("id")).await?.details;
    May::caller()?.ask(&details, command)?;
    Ok(details)
}

fn hidden(details: &RegistrationDetails) -> impl IntoView + use<> {
    view! {
        <Hidden name="registration" value=details.registration.id.to_string() />
        <Hidden name="version" value=details.version.to_string() />
    }
}

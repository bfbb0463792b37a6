//! Pages that ask once more before something is taken back or ended.

use super::overview::May;
use crate::{
    api::{error::ApiError, form::refused, registrations},
    pages::frame::{Page, page, param},
    ui::{Button, ButtonGroup, ButtonKind, Checkboxes, Choice, Form, Hidden},
};
use domain::{refusal::Refusal, registration::Command};
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
        Ok(framed(format!("Withdraw revision {number}?"), body, &details, &address).refused(&refused))
    })
}

/// `/registrations/:id/retire`
#[component]
pub fn RetirePage() -> impl IntoView {
    page(async move {
        let details = allowed(&Command::Retire).await?;
        let address = format!("/registrations/{}", details.registration.id);
        let refused = refused(&format!("{address}/retire")).await;
        let (hidden, back, error) = (hidden(&details), address.clone(), refused.at("confirm", ""));
        let body = view! {
            <p class="nhsuk-body">
                "The client is removed at the provider within seconds: nobody can sign in to your service with it any "
                "more. This cannot be undone."
            </p>
            <Form action="/api/retire">
                {hidden}
                <Checkboxes
                    name="confirm"
                    legend="Confirm"
                    choices=vec![Choice::new("yes", "Retire this client for good")]
                    error=error
                />
                <ButtonGroup>
                    <Button kind=ButtonKind::Warning>"Retire"</Button>
                    <a class="nhsuk-link" href=back>"Keep it"</a>
                </ButtonGroup>
            </Form>
        };
        Ok(framed("Retire this registration?", body, &details, &address).refused(&refused))
    })
}

async fn allowed(command: &Command) -> Result<RegistrationDetails, ApiError> {
    let details = registrations::registration(&param("id")).await?.details;
    match May::caller()?.run(&details, command) {
        true => Ok(details),
        false => Err(Refusal::NotAllowed.into()),
    }
}

fn hidden(details: &RegistrationDetails) -> impl IntoView + use<> {
    view! {
        <Hidden name="registration" value=details.registration.id.to_string() />
        <Hidden name="version" value=details.version.to_string() />
    }
}

fn framed(
    title: impl Into<String>,
    body: impl IntoView + 'static,
    details: &RegistrationDetails,
    address: &str,
) -> Page {
    let name = format!("{} in {}", details.service_name, details.policy.title.to_lowercase());
    Page::new(title, body).under("Home", "/home").under(name, address).environment(&details.policy)
}

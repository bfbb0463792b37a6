//! Pages that ask once more before something is taken back or ended.

use super::{of_registration, overview::May};
use crate::{
    api::{error::ApiError, form::refused, registrations},
    pages::frame::{page, param},
    ui::{Button, ButtonGroup, ButtonKind, Checkboxes, Choice, Form, Hidden},
};
use domain::registration::Command;
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
        let details = allowed(&Command::Retire).await?;
        let address = format!("/registrations/{}", details.registration.id);
        let refused = refused(&format!("{address}/retire")).await;
        let (hidden, back, error) = (hidden(&details), address.clone(), refused.at("confirm", ""));
        let follows = match details.registration.wanted {
            Some(_) => {
                "The client is removed at the provider within seconds: nobody can sign in to your service with it any \
                 more. This cannot be undone."
            }
            None => "Nothing was published yet, so nobody loses a way to sign in. This cannot be undone.",
        };
        let body = view! {
            <p class="nhsuk-body">{follows}</p>
            <Form action="/api/retire">
                {hidden}
                <Checkboxes
                    name="confirm"
                    legend="Confirm that you want to retire this client"
                    choices=vec![Choice::new("yes", "Retire this client for good")]
                    error=error
                />
                <ButtonGroup>
                    <Button kind=ButtonKind::Warning>"Retire"</Button>
                    <a class="nhsuk-link" href=back>"Keep it"</a>
                </ButtonGroup>
            </Form>
        };
        Ok(of_registration("Retire this registration?", body, &details).refused(&refused))
    })
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

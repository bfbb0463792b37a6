//! The emergency: a private key is in other hands.

use super::{
    of_registration,
    overview::{May, by_whom},
};
use crate::{
    api::{
        context::portal,
        form::refused,
        registrations::{self, leak_page},
    },
    pages::{
        frame::{Page, page, param, write_to_us},
        proof::proof,
    },
    ui::{Button, ButtonGroup, ButtonKind, Copyable, Form, Hidden, SummaryList, SummaryRow, WarningText},
};
use domain::{
    actor::Stamp,
    key::PublicKey,
    refusal::Refusal,
    registration::{Command, LeakOutcome},
};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// `/registrations/:id/keys/:key/leaked`
#[component]
pub fn LeakPage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        let (may, thumbprint) = (May::caller()?, param("key"));
        let refused = refused(&leak_page(details.registration.id, &thumbprint)).await;
        let key = registrations::key_of(&details, &thumbprint).await?;
        let client_id = portal()?.fresh_client_id();
        match may.ask(&details, &Command::ReportLeak { key: Box::new(key.clone()), client_id }) {
            Err(Refusal::SecondFactorToReport) => return Ok(title_page(&details, without_second_factor())),
            asked => asked?,
        }
        let is_out = details.registration.held().is_none_or(|held| !held.thumbprints.contains(&thumbprint));
        // While the provider could not be told, it can be reported again.
        if let Some(stamp) = details.registration.leaked.get(&thumbprint).filter(|_| is_out) {
            return Ok(title_page(&details, reported(&details, stamp)));
        }
        let form = form(&details, &key, proof(may.is_fresh(), &refused));
        let outcome = registrations::leak_outcome(&details, &thumbprint).await?;
        Ok(title_page(&details, view! { {what_follows(&details, &thumbprint, outcome)} {form} }).refused(&refused))
    })
}

/// In place of the form: it was reported.
fn reported(details: &RegistrationDetails, stamp: &Stamp) -> AnyView {
    let back = format!("/registrations/{}/public-key", details.registration.id);
    let words = format!("This key was reported as leaked {}. It is refused since then.", by_whom(details, stamp));
    view! {
        <p class="nhsuk-body">{words}</p>
        <p class="nhsuk-body"><a href=back>"Back to the keys"</a></p>
    }
    .into_any()
}

fn title_page(details: &RegistrationDetails, body: impl IntoView + 'static) -> Page {
    of_registration("Report that this key leaked", body, details)
}

/// Whoever cannot report it here is told who can.
fn without_second_factor() -> AnyView {
    view! {
        <WarningText heading="You need a second factor to report a leaked key">
            <p>
                "Ask an owner or developer of your team who has one to open this page now, or "
                <a href="/account/second-factor">"set up your second factor"</a> " and come back."
            </p>
            <p>"If nobody can, " {write_to_us()} " now: we can suspend the client."</p>
        </WarningText>
    }
    .into_any()
}

fn form(details: &RegistrationDetails, key: &PublicKey, proof: AnyView) -> AnyView {
    let (id, thumbprint) = (details.registration.id.to_string(), key.thumbprint());
    let name = details.registration.keys.get(&thumbprint).map(|known| known.name.clone()).unwrap_or_default();
    let back = format!("/registrations/{id}/public-key");
    let mut rows = vec![
        SummaryRow::new("SHA-256 fingerprint", view! { <Copyable value=key.sha256() about="fingerprint" /> }),
        SummaryRow::new("Thumbprint", view! { <Copyable value=thumbprint.clone() about="thumbprint" /> }),
    ];
    if !name.is_empty() {
        rows.insert(0, SummaryRow::new("Key", view! { <span class="app-typed">{name}</span> }));
    }
    view! {
        <SummaryList rows=rows />
        <Form action="/api/report-leak">
            <Hidden name="registration" value=id />
            <Hidden name="key" value=thumbprint />
            {proof}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Remove this key now"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    }
    .into_any()
}

/// What the button does, before it is pressed.
fn what_follows(details: &RegistrationDetails, thumbprint: &str, outcome: LeakOutcome) -> AnyView {
    let registration = &details.registration;
    let at_provider = match outcome {
        LeakOutcome::NotPublished => "the provider does not have it, so nobody’s sign-in changes",
        LeakOutcome::OnItsWayOut => "we are already removing it from the provider, and go on with that",
        LeakOutcome::OtherKeyStays => {
            "we remove it from the provider within seconds, and people can still sign in with your other key"
        }
        LeakOutcome::ClientSuspended => {
            "the client is suspended within seconds, because it has no other published key: nobody can sign in to your \
             service until a new key is approved and we have reinstated the client"
        }
        LeakOutcome::StaysSuspended => "the client is suspended, and cannot be reinstated with this key",
    };
    let ends_review = registration.ended_by_leak(thumbprint, outcome == LeakOutcome::OtherKeyStays);
    view! {
        <p class="nhsuk-body">
            "Do this if someone else has the private key, or could have: it was in a repository, a log, an email or a lost "
            "machine. It cannot be undone."
        </p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>{at_provider}</li>
            {ends_review
                .map(|revision| view! { <li>{format!("revision {} is withdrawn from review", revision.number)}</li> })}
            <li>"nobody in your organisation can register this key again"</li>
            <li>"your owners and developers are told at once, and so are we"</li>
        </ul>
        <p class="nhsuk-body">
            "Other registrations that use the same key are not changed: report it there too."
        </p>
        {(outcome == LeakOutcome::ClientSuspended)
            .then(|| {
                view! {
                    <WarningText heading="Your service stops">
                        <p>
                            "If the key did not leak and you only want a new one, go back and add the new key first. That "
                            "way nobody notices."
                        </p>
                    </WarningText>
                }
            })}
    }
    .into_any()
}

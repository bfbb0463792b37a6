//! Endorsing a new key with one that the provider has: two assertions over one nonce.

use super::{
    possession::{Signed, script},
    sections::SectionPage,
};
use crate::{
    api::{context::portal, registrations},
    pages::frame::{Page, page},
    ui::{
        Button, ButtonKind, CodeBlock, Copyable, Details, Form, Hidden, InsetText, SummaryList, SummaryRow, TextArea,
    },
};
use domain::{
    draft::DraftChange,
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{CHALLENGE_LASTS, Challenge, KeyChange, KeyStanding},
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use usecases::Fault;

/// `/registrations/:id/endorsement`
#[component]
pub fn EndorsementPage() -> impl IntoView {
    page(async move {
        let mut section = SectionPage::load(DraftChange::PublicKeys(Vec::new()), "endorsement").await?;
        section.problems.clone_from(&section.refused.problems);
        let keys = registrations::keys(section.details()).await?;
        let now = portal()?.auth.ambient.now();
        let registration = &section.details().registration;
        let in_force = registration.in_force().ok_or(Refusal::EndorserNotPublished)?;
        // Of several the first that nobody has endorsed yet.
        let is_endorsed = |key: &KeyStanding| {
            registration.is_endorsed(&key.key.thumbprint(), in_force, &section.details().facts, now)
        };
        let mut new: Vec<&KeyStanding> = keys.iter().filter(|key| key.in_draft && !key.held).collect();
        new.sort_by_key(|key| is_endorsed(key));
        match new.first() {
            Some(new) => endorsing(section, new, &keys),
            None => Err(Refusal::NoKeyToProve.into()),
        }
    })
}

fn endorsing(section: SectionPage, new: &KeyStanding, keys: &[KeyStanding]) -> Result<Page, Fault> {
    let details = section.details();
    let registration = &details.registration;
    let (now, base_url) = {
        let portal = portal()?;
        (portal.auth.ambient.now(), portal.base_url.to_string())
    };
    let published: Vec<&KeyStanding> = keys.iter().filter(|key| key.held).collect();
    let open = registration.challenge.as_ref().filter(|challenge| now - challenge.at <= CHALLENGE_LASTS);
    let lead = view! {
        <p class="nhsuk-body">
            "The key that is published signs for the new one, so that nobody can slip a key of their own in. "
            {what_it_saves(&details.policy)}
        </p>
        <SummaryList rows=rows(new, &published) />
    };
    let steps = match open {
        Some(challenge) => signing(&section, new, &published, challenge, &base_url),
        None => view! {
            <p class="nhsuk-body">
                "We give you a nonce, a number used once. You sign it twice, with the new private key and with the published "
                "one, and paste both results here. You never share a private key."
            </p>
            {ask(&registration.id.to_string(), "Get a nonce", ButtonKind::Primary)}
        }
        .into_any(),
    };
    Ok(section.page("Endorse the new key", view! { {lead} {steps} }))
}

/// What an endorsement makes unnecessary.
pub(super) fn what_it_saves(policy: &EnvironmentPolicy) -> String {
    let (all, few) = (policy.approvals_needed(), KeyChange::Addition.approvals_needed(policy));
    let title = policy.title.to_lowercase();
    let word = |number: usize| match number {
        1 => "one admin".to_owned(),
        2 => "two".to_owned(),
        more => more.to_string(),
    };
    match few {
        0 => format!("If nothing but keys changes, nobody has to review it in {title} then."),
        few if few < all => format!(
            "If nothing but keys changes, {} reviews only the keys in {title}, instead of {} reviewing everything.",
            word(few),
            word(all)
        ),
        _ => format!("Whoever reviews it in {title} sees that you did."),
    }
}

fn rows(new: &KeyStanding, published: &[&KeyStanding]) -> Vec<SummaryRow> {
    let row = |title: String, key: &KeyStanding| {
        let about = title.to_lowercase();
        SummaryRow::new(title, view! { <Copyable value=key.key.thumbprint() about=about /> })
    };
    let called = |what: &str, key: &KeyStanding| match key.name.as_str() {
        "" => format!("Thumbprint of the {what} key"),
        name => format!("{name} ({what})"),
    };
    let published = published.iter().map(|key| row(called("published", key), key));
    [row(called("new", new), new)].into_iter().chain(published).collect()
}

fn signing(
    section: &SectionPage,
    new: &KeyStanding,
    published: &[&KeyStanding],
    challenge: &Challenge,
    base_url: &str,
) -> AnyView {
    let details: &RegistrationDetails = section.details();
    let (id, algorithm) = (details.registration.id.to_string(), details.policy.signing_algorithm.clone());
    let confirmation = format!("{{\"jkt\": \"{}\"}}", new.key.thumbprint());
    let signed = Signed { id: &id, audience: base_url, nonce: &challenge.nonce, algorithm: &algorithm, endorses: None };
    let proof = script(&signed, "new_private_key.pem");
    let thumbprint = new.key.thumbprint();
    let endorsement = script(&Signed { endorses: Some(&thumbprint), ..signed }, "private_key.pem");
    let rows = vec![
        SummaryRow::new("alg", algorithm.clone()),
        SummaryRow::new("iss and sub", view! { <Copyable value=id.clone() about="iss and sub" /> }),
        SummaryRow::new("aud", view! { <Copyable value=base_url.to_owned() about="aud" /> }),
        SummaryRow::new("jti", view! { <Copyable value=challenge.nonce.clone() about="nonce" /> }),
        SummaryRow::new("iat and exp", "Now, and at most an hour from now"),
        SummaryRow::new("cnf, only in the second", view! { <Copyable value=confirmation about="cnf" /> }),
    ];
    let value = |name| section.refused.value(name, "");
    let (first, second) = (value("assertion"), value("endorsement"));
    let (first_error, second_error) = (section.error("assertion", ""), section.error("endorsement", ""));
    let either = if published.len() > 1 { "either published key" } else { "the published key" };
    let again = ask(&id, "Get a new nonce", ButtonKind::Secondary);
    view! {
        <p class="nhsuk-body">
            "Make two client assertions, each with this alg in its header and exactly these claims. Only the second has cnf. What "
            "you sign is kept in the history, where anyone who may read it can check both signatures."
        </p>
        <SummaryList rows=rows />
        <Form action="/api/endorse-key">
            <Hidden name="registration" value=id.clone() />
            <TextArea
                name="assertion"
                label="Assertion signed with the new private key"
                value=first
                error=first_error
                rows=6
                code=true
            />
            <Details summary="Make the first with OpenSSL">
                <p>"Run this where the new private key is. It prints the assertion."</p>
                <CodeBlock code=proof about="commands for the new key" />
            </Details>
            <TextArea
                name="endorsement"
                label=format!("Assertion signed with the private key of {either}")
                value=second
                error=second_error
                rows=6
                code=true
            />
            <Details summary="Make the second with OpenSSL">
                <p>"Run this where the private key that is in use is. It prints the assertion."</p>
                <CodeBlock code=endorsement about="commands for the published key" />
            </Details>
            <Button>"Endorse the new key"</Button>
        </Form>
        <InsetText>
            <p>"A nonce lasts an hour and works once. A new one replaces it."</p>
            {again}
        </InsetText>
    }
    .into_any()
}

fn ask(id: &str, words: &'static str, kind: ButtonKind) -> impl IntoView + use<> {
    let id = id.to_owned();
    view! {
        <Form action="/api/ask-nonce">
            <Hidden name="registration" value=id />
            <Hidden name="page" value="endorsement" />
            <Button kind=kind>{words}</Button>
        </Form>
    }
}

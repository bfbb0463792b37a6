//! Proof of possession: a client assertion over a nonce, signed with the private key.

use super::{
    overview::by_whom,
    sections::{SectionPage, next_field},
};
use crate::{
    api::{context::portal, registrations::Next},
    pages::frame::page,
    ui::{
        Button, ButtonKind, CodeBlock, Copyable, Details, Form, Hidden, InsetText, SummaryList, SummaryRow, TextArea,
    },
};
use domain::{actor::Stamp, draft::DraftChange, key::PublicKey, registration::CHALLENGE_LASTS};
use leptos::prelude::*;
use store::read::RegistrationDetails;

/// `/registrations/:id/possession`
#[component]
pub fn PossessionPage() -> impl IntoView {
    page(async move {
        let mut section = SectionPage::load(DraftChange::PublicKey(String::new()), "possession").await?;
        section.problems.clone_from(&section.refused.problems);
        let details = section.details();
        let registration = &details.registration;
        let (now, base_url) = {
            let portal = portal()?;
            (portal.auth.ambient.now(), portal.base_url.to_string())
        };
        let id = registration.id.to_string();
        let open = registration.challenge.as_ref().filter(|challenge| now - challenge.at <= CHALLENGE_LASTS);
        let (error, next) = (section.error("assertion", ""), section.next());
        let body = match open {
            None if section.problems.is_empty() && proof(details).is_some() => proved(details, next).into_any(),
            None => view! {
                <p class="nhsuk-body">
                    "We give you a nonce, a number used once. You sign a client assertion over it with your private key, and "
                    "paste the assertion here. You never share the private key."
                </p>
                {ask(&id, "Get a nonce", ButtonKind::Primary, next)}
            }
            .into_any(),
            Some(challenge) => {
                let algorithm = details.policy.signing_algorithm.clone();
                let again = ask(&id, "Get a new nonce", ButtonKind::Secondary, next);
                let hidden_id = id.clone();
                let script = script(&id, &base_url, &challenge.nonce, &algorithm);
                view! {
                    <p class="nhsuk-body">"Make a client assertion with exactly these claims:"</p>
                    <SummaryList rows=vec![
                        SummaryRow::new("alg", algorithm),
                        SummaryRow::new("iss and sub", view! { <Copyable value=id.clone() about="iss and sub" /> }),
                        SummaryRow::new("aud", view! { <Copyable value=base_url about="aud" /> }),
                        SummaryRow::new("jti", view! { <Copyable value=challenge.nonce.clone() about="nonce" /> }),
                        SummaryRow::new("iat and exp", "Now, and at most an hour from now"),
                    ] />
                    <Details summary="Make it with OpenSSL">
                        <p>"Run this where your private key is. It prints the assertion."</p>
                        <CodeBlock code=script about="commands" />
                    </Details>
                    <Form action="/api/prove-possession">
                        <Hidden name="registration" value=hidden_id />
                        {next_field(next)}
                        <TextArea
                            name="assertion"
                            label="Client assertion"
                            hint="It has three parts with dots between them. We check it and do not keep it."
                            error=error
                            rows=8
                            code=true
                        />
                        <Button>"Check the assertion"</Button>
                    </Form>
                    <InsetText>
                        <p>"A nonce lasts an hour and works once. A new one replaces it."</p>
                        {again}
                    </InsetText>
                }
                .into_any()
            }
        };
        Ok(section.page("Prove that you hold the private key", body))
    })
}

/// The draft's key, and who proved when that its private half is held.
fn proof(details: &RegistrationDetails) -> Option<(PublicKey, Stamp)> {
    let registration = &details.registration;
    let key = registration.draft.check_key(&details.policy).ok()?;
    let stamp = *registration.proofs.get(&key.thumbprint())?;
    Some((key, stamp))
}

/// In place of the first step: it is done, and lasts as long as the key.
fn proved(details: &RegistrationDetails, next: Next) -> Option<impl IntoView + use<>> {
    let (key, stamp) = proof(details)?;
    let id = details.registration.id.to_string();
    let (back, words) = match next {
        Next::TaskList => (format!("/registrations/{id}#sections"), "Back to the registration"),
        Next::Check => (format!("/registrations/{id}/check"), "Back to check your answers"),
    };
    let rows = vec![
        SummaryRow::new("SHA-256 fingerprint", view! { <Copyable value=key.sha256() about="fingerprint" /> }),
        SummaryRow::new("Proved", by_whom(details, &stamp)),
    ];
    Some(view! {
        <p class="nhsuk-body">"You have proved that you hold the private key of this public key:"</p>
        <SummaryList rows=rows />
        <p class="nhsuk-body">"There is nothing more to do. Prove it again only when you change the key."</p>
        <p class="nhsuk-body"><a href=back>{words}</a></p>
        <Details summary="Prove it again">
            <p>"This checks that your tools can still sign with the key. Your earlier proof stays valid whatever the result."</p>
            {ask(&id, "Get a nonce", ButtonKind::Secondary, next)}
        </Details>
    })
}

fn ask(id: &str, words: &'static str, kind: ButtonKind, next: Next) -> impl IntoView + use<> {
    let id = id.to_owned();
    view! {
        <Form action="/api/ask-nonce">
            <Hidden name="registration" value=id />
            {next_field(next)}
            <Button kind=kind>{words}</Button>
        </Form>
    }
}

/// A shell script that makes the assertion with nothing but OpenSSL.
fn script(id: &str, audience: &str, nonce: &str, algorithm: &str) -> String {
    let digest = algorithm.trim_start_matches("RS");
    format!(
        r#"b64url() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
now=$(date +%s)
head=$(printf '{{"alg":"{algorithm}","typ":"JWT"}}' | b64url)
body=$(printf '{{"iss":"{id}","sub":"{id}","aud":"{audience}","jti":"{nonce}","iat":%d,"exp":%d}}' "$now" $((now + 300)) | b64url)
sig=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha{digest} -sign private_key.pem -binary | b64url)
echo "$head.$body.$sig""#
    )
}

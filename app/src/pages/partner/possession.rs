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
        let mut section = SectionPage::load(DraftChange::PublicKeys(Vec::new()), "possession").await?;
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
            None if section.problems.is_empty() && is_all_proved(details) => proved(details, next).into_any(),
            None => view! {
                {which(details)}
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
                let nonce = &challenge.nonce;
                let signed = Signed { id: &id, audience: &base_url, nonce, algorithm: &algorithm, endorses: None };
                let script = script(&signed, "private_key.pem");
                view! {
                    {which(details)}
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

/// The keys of the draft that may be used, each with who proved when that its private half is held.
fn keys(details: &RegistrationDetails) -> Vec<(PublicKey, Option<Stamp>)> {
    let registration = &details.registration;
    let keys = registration.draft.sound_keys(&details.policy).into_iter();
    keys.map(|key| {
        let proof = registration.proofs.get(&key.thumbprint()).copied();
        (key, proof)
    })
    .collect()
}

fn is_all_proved(details: &RegistrationDetails) -> bool {
    let keys = keys(details);
    !keys.is_empty() && keys.iter().all(|(_, proof)| proof.is_some())
}

/// Of several keys, which are still to be proved.
fn which(details: &RegistrationDetails) -> Option<impl IntoView + use<>> {
    let keys = keys(details);
    (keys.len() > 1).then(|| view! { <SummaryList rows=rows(details, keys) /> })
}

fn rows(details: &RegistrationDetails, keys: Vec<(PublicKey, Option<Stamp>)>) -> Vec<SummaryRow> {
    let several = keys.len() > 1;
    let rows = keys.into_iter().enumerate().flat_map(|(at, (key, proof))| {
        let name = details.registration.keys.get(&key.thumbprint()).map(|known| known.name.clone());
        let title = match name.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None if several => format!("SHA-256 fingerprint of key {}", at + 1),
            None => "SHA-256 fingerprint".into(),
        };
        let said = proof.map_or_else(|| "Not proved yet".to_owned(), |stamp| by_whom(details, &stamp).to_string());
        let fingerprint = SummaryRow::new(title, view! { <Copyable value=key.sha256() about="fingerprint" /> });
        [fingerprint, SummaryRow::new("Proved", said)]
    });
    rows.collect()
}

/// In place of the first step: it is done, and lasts as long as the key.
fn proved(details: &RegistrationDetails, next: Next) -> impl IntoView + use<> {
    let id = details.registration.id.to_string();
    let (back, words) = match next {
        Next::TaskList => (format!("/registrations/{id}#sections"), "Back to the registration"),
        Next::Check => (format!("/registrations/{id}/check"), "Back to check your answers"),
    };
    let keys = keys(details);
    let said = match keys.len() {
        1 => "You have proved that you hold the private key of this public key:",
        _ => "You have proved that you hold the private keys of these public keys:",
    };
    let rows = rows(details, keys);
    view! {
        <p class="nhsuk-body">{said}</p>
        <SummaryList rows=rows />
        <p class="nhsuk-body">"There is nothing more to do. Prove it again only when you change the key."</p>
        <p class="nhsuk-body"><a href=back>{words}</a></p>
        <Details summary="Prove it again">
            <p>"This checks that your tools can still sign with the key. Your earlier proof stays valid whatever the result."</p>
            {ask(&id, "Get a nonce", ButtonKind::Secondary, next)}
        </Details>
    }
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

/// What an assertion has to say.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    /// `iss` and `sub`.
    pub(super) id: &'a str,
    /// `aud`.
    pub(super) audience: &'a str,
    /// `jti`.
    pub(super) nonce: &'a str,
    /// `alg`.
    pub(super) algorithm: &'a str,
    /// The thumbprint of the key that is endorsed, in `cnf`.
    pub(super) endorses: Option<&'a str>,
}

/// A shell script that makes the assertion with nothing but OpenSSL and the private key in this file.
pub(super) fn script(says: &Signed<'_>, file: &str) -> String {
    let Signed { id, audience, nonce, algorithm, endorses } = says;
    let digest = algorithm.trim_start_matches("RS");
    let confirmation = endorses.map(|key| format!(r#""cnf":{{"jkt":"{key}"}},"#)).unwrap_or_default();
    format!(
        r#"b64url() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
now=$(date +%s)
head=$(printf '{{"alg":"{algorithm}","typ":"JWT"}}' | b64url)
body=$(printf '{{"iss":"{id}","sub":"{id}","aud":"{audience}","jti":"{nonce}",{confirmation}"iat":%d,"exp":%d}}' "$now" $((now + 300)) | b64url)
sig=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha{digest} -sign {file} -binary | b64url)
echo "$head.$body.$sig""#
    )
}

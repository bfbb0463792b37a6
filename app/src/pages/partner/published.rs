//! How to connect, once published: client_id, issuer, endpoints and ready-made configuration.

use super::snippet;
use crate::{
    api::registrations,
    ui::{CodeBlock, Copyable, Details, SummaryList, SummaryRow, percent_encoded},
};
use domain::revision::{ClientKey, ClientMetadata};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use usecases::{Fault, ProviderEndpoints};

/// The part of a registration's page that says how to connect.
pub(super) async fn connection(details: &RegistrationDetails) -> Result<AnyView, Fault> {
    let registration = &details.registration;
    let (Some(client_id), Some(published)) = (&registration.client_id, &registration.published) else {
        return Ok(().into_any());
    };
    let revision = registrations::revision(registration.id, published.revision).await?;
    let metadata = ClientMetadata::read(&revision.metadata)?;
    let issuer = details.policy.issuer.clone();
    let endpoints = registrations::endpoints(&issuer).await?;
    let client_id = client_id.to_string();
    let rows = connection_rows(&metadata, &client_id, &issuer, endpoints.as_ref());
    let example = endpoints.map(|endpoints| {
        let code = example_request(&metadata, &client_id, &endpoints.authorization);
        view! {
            <Details summary="An example authorize request">
                <p>"Make a new " <code>"state"</code> " and " <code>"nonce"</code> " for each request."</p>
                <CodeBlock code=code about="example request" wrap=true />
            </Details>
        }
    });
    let newest = newest_key(details, &metadata);
    let sign_in = snippet::sign_in(&metadata, newest.map(|key| key.kid.as_str()), &client_id, &issuer);
    Ok(view! {
        <section>
            <h2 class="nhsuk-heading-m">"How to connect"</h2>
            <SummaryList rows=rows />
            <Details summary="A whole sign-in with openid-client (Node.js)">
                <p>
                    "Save this as " <code>"sign-in.mjs"</code> " beside your " <code>"private_key.pem"</code>
                    ". It works without changes: it prints an address to open, then asks for the address that you \
                     are sent back to."
                </p>
                <CodeBlock code=sign_in about="sign-in.mjs" />
            </Details>
            {example}
        </section>
    }
    .into_any())
}

/// The key that was published last, which is the one to sign with while an old one stands beside it.
fn newest_key<'a>(details: &RegistrationDetails, metadata: &'a ClientMetadata) -> Option<&'a ClientKey> {
    let first_with = |key: &ClientKey| {
        let thumbprint = key.public_key.as_ref()?.thumbprint();
        let mut revisions = details.registration.revisions.iter();
        revisions.find(|revision| revision.thumbprints.contains(&thumbprint)).map(|revision| revision.number)
    };
    metadata.keys.iter().max_by_key(|key| first_with(key))
}

/// What a client of the provider is configured with, all of it from what was published.
fn connection_rows(
    metadata: &ClientMetadata,
    client_id: &str,
    issuer: &str,
    endpoints: Option<&ProviderEndpoints>,
) -> Vec<SummaryRow> {
    let mut rows = vec![
        SummaryRow::new("client_id", view! { <Copyable value=client_id about="client_id" /> }),
        SummaryRow::new("Issuer", view! { <Copyable value=issuer about="issuer" /> }),
    ];
    rows.extend(endpoint_rows(endpoints));
    rows.push(SummaryRow::new(
        "Client authentication",
        format!("{}, signed with {}", metadata.token_endpoint_auth_method, metadata.token_endpoint_auth_signing_alg),
    ));
    rows.extend(metadata.keys.iter().flat_map(key_rows));
    rows.push(SummaryRow::new("Scopes", metadata.scopes.join(" ")));
    rows.push(SummaryRow::new("Vectors of trust", metadata.vectors.join(", ")));
    rows.push(SummaryRow::new("Redirect URIs", uris(metadata)));
    rows
}

/// A key that the provider verifies with now. The draft may hold its successor already. Its name is its RFC 7638
/// thumbprint, unless the registration gives one of its own.
fn key_rows(key: &ClientKey) -> Vec<SummaryRow> {
    let mut rows: Vec<SummaryRow> = Vec::new();
    rows.extend(key.public_key.as_ref().map(|key| {
        let size = format!("RSA, {} bits", key.bits());
        let value =
            view! { {size} <br /> "SHA-256 " <Copyable value=key.sha256() about="fingerprint of the published key" /> };
        SummaryRow::new("Published key", value)
    }));
    rows.extend((!key.kid.is_empty()).then(|| {
        let value = view! {
            <Copyable value=key.kid.clone() about="kid" />
            <br />
            "If the provider looks for it, name it as " <code>"kid"</code> " in the header of each client assertion."
        };
        SummaryRow::new("Key ID (kid)", value)
    }));
    rows
}

fn endpoint_rows(endpoints: Option<&ProviderEndpoints>) -> Vec<SummaryRow> {
    let Some(endpoints) = endpoints else {
        let words =
            "We could not read them from the provider just now. You can find them in the issuer’s discovery document.";
        return vec![SummaryRow::new("Endpoints", words)];
    };
    let row = |name: &'static str, value: &String| {
        SummaryRow::new(name, view! { <Copyable value=value.clone() about=name /> })
    };
    vec![
        row("Authorization endpoint", &endpoints.authorization),
        row("Token endpoint", &endpoints.token),
        row("Userinfo endpoint", &endpoints.userinfo),
        row("Provider’s keys (jwks_uri)", &endpoints.jwks),
    ]
}

fn uris(metadata: &ClientMetadata) -> impl IntoView + use<> {
    let items = metadata.redirect_uris.iter().cloned();
    let items = items.map(|uri| view! { <li><Copyable value=uri about="redirect URI" /></li> }).collect_view();
    view! { <ul class="nhsuk-list">{items}</ul> }
}

pub(super) fn first_uri(metadata: &ClientMetadata) -> String {
    metadata.redirect_uris.first().cloned().unwrap_or_default()
}

/// One line, so that it works wherever it is pasted.
fn example_request(metadata: &ClientMetadata, client_id: &str, authorization: &str) -> String {
    let vtr = serde_json::to_string(&metadata.vectors).unwrap_or_default();
    let parameters = [
        ("client_id", client_id.to_owned()),
        ("response_type", "code".into()),
        ("redirect_uri", first_uri(metadata)),
        ("scope", metadata.scopes.join(" ")),
        ("vtr", vtr),
        ("state", "STATE".into()),
        ("nonce", "NONCE".into()),
    ];
    let query = parameters.map(|(name, value)| format!("{name}={}", percent_encoded(&value))).join("&");
    format!("{authorization}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_example_is_one_address() {
        let metadata = json!({"redirect_uris": ["https://a.example/b"], "scope": "openid email", "nhs_vtr": ["P9.Cm"]});
        let metadata = ClientMetadata::read(&metadata.to_string()).unwrap();
        let example = example_request(&metadata, "abc", "https://provider.example/authorize");
        assert!(
            example.starts_with("https://provider.example/authorize?client_id=abc&response_type=code&"),
            "{example}"
        );
        assert!(!example.contains(char::is_whitespace), "{example}");
    }
}

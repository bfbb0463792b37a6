//! How to connect, once published: client_id, issuer, endpoints and ready-made configuration.

use super::snippet;
use crate::{
    api::{context::ProviderEndpoints, error::ApiError, registrations},
    ui::{CodeBlock, Copyable, Details, SummaryList, SummaryRow, percent_encoded},
};
use domain::key::PublicKey;
use leptos::prelude::*;
use serde_json::Value;
use store::read::RegistrationDetails;

/// The member that says which algorithm client assertions are signed with.
pub(super) const SIGNED_WITH: &str = "token_endpoint_auth_signing_alg";

/// The part of a registration's page that says how to connect.
pub(super) async fn connection(details: &RegistrationDetails) -> Result<AnyView, ApiError> {
    let registration = &details.registration;
    let (Some(client_id), Some(published)) = (&registration.client_id, &registration.published) else {
        return Ok(().into_any());
    };
    let revision = registrations::revision(registration.id, published.revision).await?;
    let metadata: Value = serde_json::from_str(&revision.metadata).unwrap_or_default();
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
    let sign_in = snippet::sign_in(&metadata, &client_id, &issuer);
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

/// What a client of the provider is configured with, all of it from what was published.
fn connection_rows(
    metadata: &Value,
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
        format!("{}, signed with {}", text(metadata, "token_endpoint_auth_method"), text(metadata, SIGNED_WITH)),
    ));
    rows.extend(key_rows(metadata));
    rows.push(SummaryRow::new("Scopes", text(metadata, "scope")));
    rows.push(SummaryRow::new("Vectors of trust", list(metadata, "nhs_vtr").join(", ")));
    rows.push(SummaryRow::new("Redirect URIs", uris(metadata)));
    rows
}

/// The key that the provider verifies with now. The draft may hold its successor already.
fn key_rows(metadata: &Value) -> Vec<SummaryRow> {
    let key = metadata.pointer("/jwks/keys/0").and_then(|jwk| PublicKey::from_jwk(jwk).ok());
    let mut rows: Vec<SummaryRow> = Vec::new();
    rows.extend(key.map(|key| {
        let size = format!("RSA, {} bits", key.bits());
        let value =
            view! { {size} <br /> "SHA-256 " <Copyable value=key.sha256() about="fingerprint of the published key" /> };
        SummaryRow::new("Published key", value)
    }));
    rows.extend(kid(metadata).map(|kid| {
        let value = view! {
            <Copyable value=kid about="kid" />
            <br />
            "If the provider looks for it, name it as " <code>"kid"</code> " in the header of each client assertion."
        };
        SummaryRow::new("Key ID (kid)", value)
    }));
    rows
}

/// The name of the published key: its RFC 7638 thumbprint, unless the registration gives one of its own.
pub(super) fn kid(metadata: &Value) -> Option<&str> {
    metadata.pointer("/jwks/keys/0/kid").and_then(Value::as_str)
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

fn uris(metadata: &Value) -> impl IntoView + use<> {
    let items = list(metadata, "redirect_uris").into_iter();
    let items = items.map(|uri| view! { <li><Copyable value=uri about="redirect URI" /></li> }).collect_view();
    view! { <ul class="nhsuk-list">{items}</ul> }
}

pub(super) fn text(metadata: &Value, member: &str) -> String {
    metadata.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn list(metadata: &Value, member: &str) -> Vec<String> {
    let values = metadata.get(member).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn first_uri(metadata: &Value) -> String {
    list(metadata, "redirect_uris").into_iter().next().unwrap_or_default()
}

/// One line, so that it works wherever it is pasted.
fn example_request(metadata: &Value, client_id: &str, authorization: &str) -> String {
    let vtr = serde_json::to_string(&list(metadata, "nhs_vtr")).unwrap_or_default();
    let parameters = [
        ("client_id", client_id.to_owned()),
        ("response_type", "code".into()),
        ("redirect_uri", first_uri(metadata)),
        ("scope", text(metadata, "scope")),
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
        let example = example_request(&metadata, "abc", "https://provider.example/authorize");
        assert!(
            example.starts_with("https://provider.example/authorize?client_id=abc&response_type=code&"),
            "{example}"
        );
        assert!(!example.contains(char::is_whitespace), "{example}");
    }
}

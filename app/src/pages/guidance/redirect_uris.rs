//! Which addresses can be redirect URIs.

use super::crumbs;
use crate::ui::{CodeBlock, Page, Table, cell};
use leptos::prelude::*;

/// Redirect URIs.
#[component]
pub fn RedirectUrisPage() -> impl IntoView {
    let row = |typed: &'static str, why: &'static str| vec![cell(view! { <code>{typed}</code> }), cell(why)];
    let rows = vec![
        row("http://www.example.nhs.uk/callback", "It must begin with https."),
        row("https://*.example.nhs.uk/callback", "A wildcard could stand for someone else’s address."),
        row("https://www.example.nhs.uk/callback?from=nhs", "A query is added by NHS login; use the state instead."),
        row("https://www.example.nhs.uk/callback#top", "A fragment never reaches your service."),
        row("https://192.0.2.10/callback", "It must name a host, not an IP address."),
        row("https://WWW.example.nhs.uk/a/../callback", "Browsers would change it; register what they change it to."),
        row("https://www.example.nhs.uk:443/callback", "Port 443 is the default and must be left out."),
        row("https://${host}/callback", "A placeholder must be filled in with the real host."),
        row("https://www.example.nhs.uk/{tenant}/callback", "One exact address; keep what changes in the state."),
        row("https://auth.login.nhs.uk/authorize", "This is an address of NHS login, not of your service."),
        row("https://github.io/callback", "Nobody owns this host; only a name below it can be yours."),
    ];
    view! {
        <Page title="Redirect URIs" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Redirect URIs"</h1>
            <p class="nhsuk-lede-text">
                "A redirect URI is the address that people are sent back to after they sign in, with a code that your service exchanges for their information."
            </p>
            <p>
                "Whoever controls that address receives the code. So NHS login sends nobody to an address that is not registered, and compares character by character: "
                <code>"https://www.example.nhs.uk/callback"</code> " and "
                <code>"https://www.example.nhs.uk/callback/"</code> " are two addresses."
            </p>
            <h2>"The rules"</h2>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>"Register between 1 and 10, each of up to 2,000 characters."</li>
                <li>"Use https and a host name that is registered, such as www.example.nhs.uk."</li>
                <li>"No wildcard, no query, no fragment, no user name or password."</li>
                <li>"Write it exactly as a browser would. If a browser would change it, we suggest the changed \
                     address."</li>
            </ul>
            <p>
                <a href="/tools/redirect-uri">"Check redirect URIs"</a> " tells you at once."
            </p>
            <Table caption="What is refused, and why" columns=vec!["Redirect URI", "Why it is refused"] rows=rows />
            <h2>"Addresses that an NHS login admin checks first"</h2>
            <p>"These can be registered, but are never approved automatically:"</p>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>"a host that could be taken for the NHS or for another organisation, such as nhs-login.example.com"</li>
                <li>"a host with letters other than a to z"</li>
                <li>"a name on a shared domain, such as your-clinic.azurewebsites.net, because others can take it when you give it up"</li>
                <li>"a tool that many people share, such as Postman, and link shorteners"</li>
            </ul>
            <h2>"If you need more than 10"</h2>
            <p>
                "Register one address and tell the places apart by the "
                <code>"state"</code>
                ", which NHS login hands back unchanged. Put a random value in it, store where the person was going \
                 with that value, and send them on from your one address:"
            </p>
            <CodeBlock
                code="1. Person opens https://leeds.example.nhs.uk/appointments\n2. Your service keeps   k7Qz… -> https://leeds.example.nhs.uk/appointments\n3. Your service sends   state=k7Qz…  with  redirect_uri=https://login.example.nhs.uk/callback\n4. NHS login returns    state=k7Qz…  to that address\n5. Your service looks k7Qz… up once, and sends the person on"
                about="example"
            />
            <p>"Never put the address itself into the state unsigned: anybody could then use your service to send people elsewhere."</p>
        </Page>
    }
}

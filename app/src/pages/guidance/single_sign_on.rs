//! How people move from one service to another without signing in again.

use super::crumbs;
use crate::ui::{CodeBlock, InsetText, Page, Table, cell};
use leptos::prelude::*;

const PAYLOAD: &str = "{\n  \"code\": \"the jti of the ID token that the first service received\",\n  \"iss\": \"the client_id of the first service\",\n  \"jti\": \"a new random value\",\n  \"iat\": 1772546700,\n  \"exp\": 1772546760\n}";

/// Single sign-on sharing.
#[component]
pub fn SingleSignOnPage() -> impl IntoView {
    let row = |name: &'static str, rule: &'static str| vec![cell(view! { <code>{name}</code> }), cell(rule)];
    let claims = vec![
        row("code", "The jti of the ID token that the first service received when the person signed in."),
        row("iss", "The client_id of the first service."),
        row("iat", "When the token was made."),
        row("exp", "At most 60 seconds after iat."),
        row("jti", "A new value each time. The token works once."),
    ];
    let prompts = vec![
        vec![
            cell("left out"),
            cell("The person continues if they are still signed in, and is asked to sign in otherwise."),
        ],
        vec![
            cell(view! { <code>"none"</code> }),
            cell("The person continues if they are still signed in; otherwise you get an error."),
        ],
        vec![
            cell(view! { <code>"login"</code> }),
            cell("The person is asked to sign in, whether or not they are signed in."),
        ],
    ];
    view! {
        <Page title="Single sign-on sharing" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Single sign-on sharing"</h1>
            <p class="nhsuk-lede-text">
                "Someone who is signed in to one service can move to another without signing in again, if both services have agreed to it."
            </p>
            <h2>"How it works"</h2>
            <ol class="nhsuk-list nhsuk-list--number app-steps">
                <li>"The person signs in to the first service, which receives an ID token."</li>
                <li>"The person follows a link to the second service. The first one makes a short-lived token, signs it with its private key and sends it with them."</li>
                <li>
                    "The second service sends that token to NHS login as " <code>"asserted_login_identity"</code>
                    " in its own request."
                </li>
                <li>"NHS login checks it and signs the person in to the second service."</li>
            </ol>
            <h2>"The token"</h2>
            <CodeBlock code=PAYLOAD about="example" />
            <Table caption="What is in it" columns=vec!["Claim", "Rule"] rows=claims />
            <p>"It is signed like a client assertion: with the first service’s private key and RS512."</p>
            <InsetText>
                <p>
                    "You decide with whom you share. Sharing goes one way and for one environment. It is not set up in this portal: agree it with the other team and with the NHS login team that you work with."
                </p>
            </InsetText>
            <h2>"Whether the person is asked to sign in"</h2>
            <Table caption="Values of prompt" columns=vec!["prompt", "What happens"] rows=prompts />
        </Page>
    }
}

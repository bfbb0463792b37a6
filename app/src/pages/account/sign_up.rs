//! Creating an account, and showing that its email address is one's own.

use crate::{
    api::{
        accounts::{SignUp, Verify, is_verify_link_open},
        context::caller,
        form::{Refused, refused},
    },
    pages::frame::{Page, page, param},
    ui::*,
};
use leptos::{prelude::*, server_fn::ServerFn};
use usecases::Fault;

/// `/sign-up`
#[component]
pub fn SignUpPage() -> impl IntoView {
    page(async { Ok(sign_up(&refused("/sign-up").await)) })
}

pub(super) fn sign_up(refused: &Refused) -> Page {
    let typed = refused.clone();
    let body = view! {
        <p>"You need an account to register clients for your service. Use your work email address."</p>
        <Form action=SignUp::url()>
            <TextInput
                name="name"
                label="Your name"
                hint="Your colleagues and the NHS login team see this name next to what you do."
                value=typed.value("name", "")
                error=typed.at("name", "")
                autocomplete="name"
            />
            <TextInput
                name="email"
                label="Email address"
                hint="We will send a link to it, to check that it is yours."
                value=typed.value("email", "")
                error=typed.at("email", "")
                kind="email"
                autocomplete="email"
            />
            <PasswordInput
                name="password"
                label="Password"
                hint=super::password::RULES
                error=typed.at("password", "")
                new=true
            />
            <Button>"Create account"</Button>
        </Form>
        <p>"Already have an account? " <a href="/sign-in">"Sign in"</a> "."</p>
    };
    Page::new("Create an account", body).refused(refused)
}

/// `/sign-up/sent`
#[component]
pub fn SentPage() -> impl IntoView {
    page(async { Ok(sent()) })
}

pub(super) fn sent() -> Page {
    let body = view! {
        <p>"We have sent an email to the address that you entered. Open the link in it to verify your address."</p>
        <p>"The link works once, and expires after 24 hours."</p>
        <Details summary="I have not received the email">
            <p>"It can take a few minutes. Look in your spam folder too."</p>
            <p>
                "If it has still not arrived, the address may be mistyped, or the link may have expired: "
                <a href="/sign-up">"create the account again"</a>
                ". You will get a new link. Only the latest password that you chose will work."
            </p>
        </Details>
    };
    Page::new("Check your email", body)
}

/// `/verify/:token`. Visiting it changes nothing: mail scanners visit links too.
#[component]
pub fn VerifyPage() -> impl IntoView {
    let token = param("token");
    page(async move { load_verify(&token).await })
}

async fn load_verify(token: &str) -> Result<Page, Fault> {
    if !is_verify_link_open(token).await? {
        return Ok(spent_link(caller()?.signed_in.is_some()));
    }
    Ok(verify(token, &refused(&format!("/verify/{token}")).await))
}

pub(super) fn verify(token: &str, refused: &Refused) -> Page {
    let token = token.to_owned();
    let typed = refused.clone();
    let body = view! {
        <p>"Confirm that this email address is yours. Then sign in."</p>
        <Form action=Verify::url()>
            <Hidden name="token" value=token />
            <PasswordInput
                name="password"
                label="Password"
                hint="The password that you chose when you created the account. It shows that the account is yours."
                error=typed.at("password", "")
            />
            <Button>"Verify my email address"</Button>
        </Form>
        <p>
            <a href="/forgotten-password">"I have forgotten my password"</a>
            ". The link to choose a new one also verifies your address."
        </p>
        <p>"If you did not create an account, close this page. Nothing will happen."</p>
    };
    Page::new("Verify your email address", body).refused(refused)
}

/// A verification link that was used, or has expired. Whoever is signed in has a verified address.
pub(super) fn spent_link(signed_in: bool) -> Page {
    let next = if signed_in {
        view! { <p>"Your address is verified: " <a href="/account">"go to your account"</a> "."</p> }.into_any()
    } else {
        view! {
            <p>
                "If you have verified your address already, " <a href="/sign-in">"sign in"</a>
                ". If not, " <a href="/sign-up">"create the account again"</a>
                ". You will get a new link."
            </p>
        }
        .into_any()
    };
    let body = view! {
        <p>"This link has already been used, or has expired. Links to verify an address work once and for 24 hours."</p>
        {next}
    };
    Page::new("This link no longer works", body)
}

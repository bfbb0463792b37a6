//! Signing in: the password, then the code where there is a second factor.

use crate::{
    api::{
        accounts::{SignIn, SignInCode, is_code_awaited},
        form::{Refused, SentBefore, http_path, refused},
    },
    pages::frame::{Page, page, query, write_to_us},
    ui::*,
};
use leptos::{prelude::*, server_fn::ServerFn};
use usecases::Fault;

/// `/sign-in`, with `?next=` for where to go after it.
#[component]
pub fn SignInPage() -> impl IntoView {
    let next = query("next");
    page(async move { Ok(sign_in(&next, &refused("/sign-in").await)) })
}

pub(super) fn sign_in(next: &str, refused: &Refused) -> Page {
    let typed = refused.clone();
    let next = http_path(next).to_owned();
    let why = match SentBefore::read(&next) {
        Some(SentBefore::Kept) => {
            Some("You were signed out. What you typed is kept for 10 minutes: sign in to go back to it.")
        }
        Some(SentBefore::Unsent) => {
            Some("You were signed out, so nothing was submitted. Sign in to go back to the page and try again.")
        }
        None => (next != "/").then_some("Sign in to continue. You will then go to the page that you asked for."),
    };
    let body = view! {
        {why.map(|words| view! { <p>{words}</p> })}
        <Form action=SignIn::url()>
            <Hidden name="next" value=next.clone() />
            <TextInput
                name="email"
                label="Email address"
                value=typed.value("email", "")
                error=typed.at("email", "")
                kind="email"
                autocomplete="username"
            />
            <PasswordInput name="password" label="Password" error=typed.at("password", "") />
            <Button>"Sign in"</Button>
        </Form>
        <p><a href="/forgotten-password">"I have forgotten my password"</a></p>
        <p>"Do not have an account? " <a href="/sign-up">"Create an account"</a> "."</p>
    };
    Page::new("Sign in", body).refused(refused)
}

/// `/sign-in/code`
#[component]
pub fn CodePage() -> impl IntoView {
    page(load_code())
}

async fn load_code() -> Result<Page, Fault> {
    if !is_code_awaited().await? {
        return Ok(start_again());
    }
    Ok(code(&refused("/sign-in/code").await))
}

pub(super) fn code(refused: &Refused) -> Page {
    let typed = refused.clone();
    let body = view! {
        <Form action=SignInCode::url()>
            <TextInput
                name="code"
                label="Code"
                hint="The 6 digits that your authenticator app shows now. It shows new ones every 30 seconds."
                error=typed.at("code", "")
                autocomplete="one-time-code"
                width=20
                code=true
            />
            <Button>"Continue"</Button>
        </Form>
        <Details summary="I do not have my authenticator app">
            <p>
                "Enter one of your recovery codes above instead, such as "
                <code>"ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"</code>
                ". You saved them when you set up your second factor. Each code works once."
            </p>
            <p>
                "If you have no recovery code left, " {write_to_us()}
                ". We can reopen your account without the second factor, and email you a link to choose a password."
            </p>
        </Details>
        <p><a href="/sign-in">"Sign in with a different account"</a></p>
    };
    Page::new("Enter the code from your app", body).under("Sign in", "/sign-in").refused(refused)
}

/// Nobody entered a right password within the last ten minutes.
pub(super) fn start_again() -> Page {
    let body = view! {
        <p>"Enter your password first. You then have 10 minutes to enter the code."</p>
        <LinkButton href="/sign-in">"Sign in"</LinkButton>
    };
    Page::new("Start again", body).under("Sign in", "/sign-in")
}

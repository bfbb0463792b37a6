//! Passwords: forgotten, chosen anew by an emailed link, changed.

use super::second_factor::own_code;
use crate::{
    api::{
        accounts::{AskReset, ChangePassword, ResetPassword, password_link},
        context::caller,
        form::{Refused, refused},
    },
    pages::frame::{Page, page, param},
    ui::*,
};
use leptos::{prelude::*, server_fn::ServerFn};
use store::SignedIn;
use usecases::{Fault, accounts::PasswordLink};

/// The rules for a new password, said before anybody types one.
pub(super) const RULES: &str = "Use at least 12 characters. Three random words make a good password. It must not \
                                be one that people often choose, and must not contain your email address.";

/// `/forgotten-password`
#[component]
pub fn ForgottenPage() -> impl IntoView {
    page(async { Ok(forgotten(&refused("/forgotten-password").await)) })
}

pub(super) fn forgotten(refused: &Refused) -> Page {
    let typed = refused.clone();
    let body = view! {
        <p>"Enter the email address of your account. We will send you a link to choose a new password."</p>
        <Form action=AskReset::url()>
            <TextInput
                name="email"
                label="Email address"
                value=typed.value("email", "")
                error=typed.at("email", "")
                kind="email"
                autocomplete="email"
            />
            <Button>"Send the link"</Button>
        </Form>
    };
    Page::new("Forgotten your password?", body).under("Sign in", "/sign-in").refused(refused)
}

/// `/forgotten-password/sent`
#[component]
pub fn ForgottenSentPage() -> impl IntoView {
    page(async { Ok(forgotten_sent()) })
}

pub(super) fn forgotten_sent() -> Page {
    let body = view! {
        <p>"If there is an account with that address, we have sent it a link to choose a new password."</p>
        <p>"The link works once, and expires after 1 hour."</p>
        <Details summary="I have not received the email">
            <p>"It can take a few minutes. Look in your spam folder too."</p>
            <p>
                "If it has still not arrived, " <a href="/forgotten-password">"enter the address again"</a>
                ", or " <a href="/sign-up">"create an account"</a> "."
            </p>
        </Details>
    };
    Page::new("Check your email", body).under("Sign in", "/sign-in")
}

/// `/reset-password/:token`. Visiting it changes nothing.
#[component]
pub fn ResetPage() -> impl IntoView {
    let token = param("token");
    page(async move { load_reset(&token).await })
}

async fn load_reset(token: &str) -> Result<Page, Fault> {
    match password_link(token).await? {
        Some(link) => Ok(reset(token, link, &refused(&format!("/reset-password/{token}")).await)),
        None => Ok(spent_link()),
    }
}

pub(super) fn reset(token: &str, link: PasswordLink, refused: &Refused) -> Page {
    let token = token.to_owned();
    let typed = refused.clone();
    let (title, after, label, button) = match link.is_first {
        true => ("Choose a password", "You will then sign in with it.", "Password", "Save the password"),
        false => (
            "Choose a new password",
            "You will then be signed out everywhere. Sign in again with the new password.",
            "New password",
            "Save the new password",
        ),
    };
    let name = link.asks_name.map(|present| {
        view! {
            <TextInput
                name="name"
                label="Your name"
                hint="The people you work with here see this name next to what you do."
                value=typed.value("name", &present)
                error=typed.at("name", "")
                autocomplete="name"
            />
        }
    });
    let body = view! {
        <p>{after}</p>
        <Form action=ResetPassword::url()>
            <Hidden name="token" value=token />
            {name}
            <PasswordInput
                name="password"
                label=label
                hint=RULES
                error=typed.at("password", "")
                new=true
            />
            <Button>{button}</Button>
        </Form>
    };
    Page::new(title, body).refused(refused)
}

/// A reset link that was used, or has expired.
pub(super) fn spent_link() -> Page {
    let body = view! {
        <p>
            "This link has already been used, or has expired. Each link works once. A link in an invitation lasts 24 \
             hours, and a link that you asked for lasts 1 hour."
        </p>
        <LinkButton href="/forgotten-password">"Send me a new link"</LinkButton>
    };
    Page::new("This link no longer works", body)
}

/// `/account/password`
#[component]
pub fn ChangePage() -> impl IntoView {
    page(load_change())
}

async fn load_change() -> Result<Page, Fault> {
    Ok(change(caller()?.signed_in()?, &refused("/account/password").await))
}

pub(super) fn change(signed_in: &SignedIn, refused: &Refused) -> Page {
    let (email, has_second_factor) = (signed_in.email.clone(), signed_in.has_second_factor);
    let typed = refused.clone();
    let body = view! {
        <p>"You will be signed out of every other session. We will email you to say that your password was changed."</p>
        <Form action=ChangePassword::url()>
            // For password managers: which account's password this is.
            <input type="hidden" name="username" autocomplete="username" value=email />
            <PasswordInput name="current" label="Current password" error=typed.at("current", "") />
            {has_second_factor.then(|| own_code(&typed))}
            <PasswordInput
                name="password"
                label="New password"
                hint=RULES
                error=typed.at("password", "")
                new=true
            />
            <Button>"Change password"</Button>
        </Form>
        <p><a href="/account">"Cancel"</a></p>
    };
    Page::new("Change your password", body).under("Your account", "/account").refused(refused)
}

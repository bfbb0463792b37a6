//! The second factor: set, confirmed, its recovery codes, removed.

use super::qr::QrCode;
use crate::{
    api::{
        accounts::{
            BeginSecondFactor, ConfirmSecondFactor, DropRecoveryCodes, RemoveSecondFactor, enrolment,
            recovery_codes as waiting_codes,
        },
        context::caller,
        form::{Refused, refused, see_other},
    },
    pages::frame::{Page, page},
    ui::*,
};
use domain::account::may_remove_second_factor;
use leptos::{prelude::*, server_fn::ServerFn};
use store::SignedIn;
use usecases::{Fault, accounts::Enrolment};

const BEGIN: &str = "/account/second-factor";
const CONFIRM: &str = "/account/second-factor/confirm";
const REMOVE: &str = "/account/second-factor/remove";

/// `/account/second-factor`
#[component]
pub fn BeginPage() -> impl IntoView {
    page(async { Ok(begin(caller()?.signed_in()?, &refused(BEGIN).await)) })
}

pub(super) fn begin(signed_in: &SignedIn, refused: &Refused) -> Page {
    let typed = refused.clone();
    let replace = signed_in.has_second_factor;
    let why = match (signed_in.person.staff, replace) {
        (Some(_), false) => view! {
            <WarningText heading="Required for NHS login staff">
                <p>"The staff pages open once you have set up a second factor."</p>
            </WarningText>
        }
        .into_any(),
        (_, true) => view! {
            <InsetText>
                <p>"You already have a second factor. A new one replaces it, and its recovery codes stop working."</p>
            </InsetText>
        }
        .into_any(),
        (None, false) => view! {
            <p>"A second factor is optional until you submit or retire in live. We recommend it, because it protects \
                your account if someone learns your password."</p>
        }
        .into_any(),
    };
    let body = view! {
        {why}
        <p>"With a second factor you enter a code from an app after your password when you sign in."</p>
        <h2 class="nhsuk-heading-m">"What you need"</h2>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>"an authenticator app on your phone or computer, for example the one in your password manager"</li>
            <li>"a safe place for 10 recovery codes, for when you do not have the app with you"</li>
        </ul>
        <p>"You will be signed out of every other session when you finish."</p>
        <Form action=BeginSecondFactor::url()>
            <PasswordInput
                name="password"
                label="Your password"
                hint="Enter it again, so that nobody else can do this in your session."
                error=typed.at("password", "")
            />
            {replace.then(|| own_code(&typed))}
            <Button>"Continue"</Button>
        </Form>
        <p><a href="/account">"Cancel"</a></p>
    };
    let title = if replace { "Replace your second factor" } else { "Set up your second factor" };
    Page::new(title, body).under("Your account", "/account").refused(refused)
}

/// The code that is asked beside the password before anything about signing in is changed.
pub(super) fn own_code(refused: &Refused) -> AnyView {
    view! {
        <TextInput
            name="code"
            label="Code"
            hint="The 6 digits that your authenticator app shows now, or one of your recovery codes."
            error=refused.at("code", "")
            autocomplete="one-time-code"
            width=20
            code=true
        />
    }
    .into_any()
}

/// `/account/second-factor/confirm`
#[component]
pub fn ConfirmPage() -> impl IntoView {
    page(load_confirm())
}

async fn load_confirm() -> Result<Page, Fault> {
    match enrolment().await? {
        Some(enrolment) => Ok(confirm(enrolment, &refused(CONFIRM).await)),
        None => {
            see_other("/account/second-factor?done=start-again");
            Ok(Page::new("Start again", view! { <p><a href=BEGIN>"Set up your second factor"</a></p> }))
        }
    }
}

pub(super) fn confirm(enrolment: Enrolment, refused: &Refused) -> Page {
    let typed = refused.clone();
    let body = view! {
        <h2 class="nhsuk-heading-m">"1. Add the account to your app"</h2>
        <p>"Scan this code with your authenticator app."</p>
        <QrCode text=enrolment.uri.clone() about="QR code of the secret key that is shown below it" />
        <Details summary="I cannot scan the code">
            <p>"In your app, choose to enter a key by hand and type this key. Spaces make no difference."</p>
            <CodeBlock code=enrolment.grouped about="secret key" />
            <p>"Or open this address on the device that has the app:"</p>
            <CodeBlock code=enrolment.uri about="address" />
            <p>"The app needs no other settings: time-based codes, 6 digits, every 30 seconds."</p>
        </Details>
        <h2 class="nhsuk-heading-m">"2. Enter the code that it shows"</h2>
        <Form action=ConfirmSecondFactor::url()>
            <TextInput
                name="code"
                label="Code"
                hint="6 digits. You have 10 minutes from when you entered your password."
                error=typed.at("code", "")
                autocomplete="one-time-code"
                inputmode="numeric"
                width=10
                code=true
            />
            <Button>"Turn on the second factor"</Button>
        </Form>
        <p><a href="/account">"Cancel"</a></p>
    };
    Page::new("Set up your authenticator app", body)
        .under("Your account", "/account")
        .under("Second factor", BEGIN)
        .refused(refused)
}

/// `/account/second-factor/recovery-codes`
#[component]
pub fn RecoveryCodesPage() -> impl IntoView {
    page(async { Ok(recovery_codes(&waiting_codes().await?)) })
}

pub(super) fn recovery_codes(codes: &[String]) -> Page {
    if codes.is_empty() {
        return codes_gone();
    }
    let body = view! {
        <p>
            "Your second factor is set up. Save these codes somewhere you can reach without your phone: print this page, or put them in a password manager."
        </p>
        <WarningText heading="We only show these codes once">
            <p>"Each code signs you in once in place of a code from your app. Anyone who has them can use them."</p>
        </WarningText>
        <CodeBlock code=codes.join("\n") about="recovery codes" />
        <Form action=DropRecoveryCodes::url()>
            <Button>"I have saved them"</Button>
        </Form>
    };
    Page::new("Your recovery codes", body).under("Your account", "/account")
}

fn codes_gone() -> Page {
    let body = view! {
        <p>"We show recovery codes once, right after a second factor is set up, and do not keep them."</p>
        <p>
            "If you did not save them, " <a href=BEGIN>"set up your second factor again"</a>
            ". You will get new ones."
        </p>
        <LinkButton href="/account">"Go to your account"</LinkButton>
    };
    Page::new("There are no recovery codes to show", body).under("Your account", "/account")
}

/// `/account/second-factor/remove`
#[component]
pub fn RemovePage() -> impl IntoView {
    page(async { Ok(remove(caller()?.signed_in()?, &refused(REMOVE).await)) })
}

pub(super) fn remove(signed_in: &SignedIn, refused: &Refused) -> Page {
    let typed = refused.clone();
    let title = "Remove your second factor";
    let page = |body: AnyView| Page::new(title, body).under("Your account", "/account").refused(refused);
    if !signed_in.has_second_factor {
        return page(view! { <p>"You have no second factor."</p> }.into_any());
    }
    if may_remove_second_factor(signed_in.person.staff).is_err() {
        return page(
            view! {
                <p>"NHS login staff must have a second factor. You can replace yours."</p>
                <LinkButton href=BEGIN>"Replace the second factor"</LinkButton>
            }
            .into_any(),
        );
    }
    page(
        view! {
            <p>"You will then sign in with your password alone. Your recovery codes will stop working."</p>
            <Form action=RemoveSecondFactor::url()>
                <PasswordInput
                    name="password"
                    label="Your password"
                    hint="Enter it again to confirm."
                    error=typed.at("password", "")
                />
                {own_code(&typed)}
                <Button kind=ButtonKind::Warning>"Remove the second factor"</Button>
            </Form>
            <p><a href="/account">"Cancel"</a></p>
        }
        .into_any(),
    )
}

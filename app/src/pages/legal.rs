//! Statements: accessibility, privacy, cookies, the state of the portal.

use super::{frame::write_to_us, start::environments};
use crate::{
    api::{context::portal, cookie::cookie_name},
    ui::{Colour, Crumb, Page, Table, Tag, cell},
};
use leptos::prelude::*;

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("Start", "/")]
}

/// The accessibility statement.
#[component]
pub fn AccessibilityPage() -> impl IntoView {
    view! {
        <Page title="Accessibility statement" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Accessibility statement"</h1>
            <p>"This statement is about this portal, where partners register clients with NHS login."</p>
            <p>"We want as many people as possible to be able to use it. You should be able to:"</p>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>"zoom in up to 400% without text spilling off the screen"</li>
                <li>"use every page with a keyboard alone"</li>
                <li>"use every page with a screen reader or speech recognition"</li>
                <li>"use every page with JavaScript switched off"</li>
                <li>"print every page"</li>
            </ul>
            <h2>"How accessible the portal is"</h2>
            <p>
                "It is built to meet the Web Content Accessibility Guidelines (WCAG) version 2.2 at level AA, with the components of the NHS design system. Every page and every error state is checked automatically whenever it is changed."
            </p>
            <p>
                "Automatic checks find only some problems. The portal has not been tested by an independent body yet, so we do not claim that it complies in full."
            </p>
            <h2>"What we know is not perfect"</h2>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>
                    "Fingerprints and keys are long strings of letters and digits. A screen reader spells them out; use the copy button beside them instead."
                </li>
                <li>"On a narrow screen wide tables become lists that repeat the column names."</li>
            </ul>
            <h2>"Tell us about a problem"</h2>
            <p>
                "If you cannot use a part of the portal, tell the NHS login partner onboarding team, who look after your registration: " {write_to_us()} ". Say which page it was and what you use to read it."
            </p>
            <h2>"If you are not happy with our answer"</h2>
            <p>
                "The Equality and Human Rights Commission (EHRC) enforces the Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018. If you are not happy with how we answer your complaint, contact the Equality Advisory and Support Service (EASS)."
            </p>
        </Page>
    }
}

/// The privacy notice.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    view! {
        <Page title="Privacy" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Privacy"</h1>
            <p>
                "This notice is about you as a person who registers clients here. It is not about the people who sign in to your service: we keep no information about patients here."
            </p>
            <h2>"What we keep about you"</h2>
            <ul class="nhsuk-list nhsuk-list--bullet">
                <li>"your name and your work email address"</li>
                <li>"a hash of your password, and the encrypted secret that we check your second factor with"</li>
                <li>"which organisations you belong to, and your role in each"</li>
                <li>"if someone invited you to a team, the email address that they entered, and your answer"</li>
                <li>"if you asked to join a team, what you wrote, and the answer"</li>
                <li>"what you did here and when: registrations you wrote, decisions you made"</li>
                <li>"when you signed in, so that we can spot attacks and organisations whose owners have left"</li>
            </ul>
            <h2>"Why we keep it"</h2>
            <p>
                "NHS login lets services ask people for health information. We must be able to show, years later, who registered a service and who approved it. The legal basis is the performance of a task in the public interest (UK GDPR article 6(1)(e))."
            </p>
            <h2>"How long we keep it"</h2>
            <p>
                "We keep the history of registrations for as long as NHS login exists, because it is evidence. It identifies you by a number. The name and email address behind that number are kept with your account. An account can be locked, but it cannot be closed yet, and an email address cannot be erased yet. We can erase your name, and other text that you entered, if there is a reason to: write to us."
            </p>
            <h2>"What we never keep"</h2>
            <p>
                "Private keys. If you paste one by mistake, we refuse it: in your browser if scripts are on, and otherwise before anything is saved or logged."
            </p>
            <h2>"Your rights"</h2>
            <p>
                "You can ask to see what we keep about you, to have it corrected, and to object: " {write_to_us()} ". NHS England is the controller. You can complain to the Information Commissioner’s Office."
            </p>
        </Page>
    }
}

/// The cookies.
#[component]
pub fn CookiesPage() -> impl IntoView {
    let name = |name: &str| portal().map_or_else(|_| name.to_owned(), |portal| cookie_name(&portal, name));
    let row = |name: String, purpose: &'static str, lasts: &'static str| {
        vec![cell(view! { <code>{name}</code> }), cell(purpose), cell(lasts)]
    };
    let rows = vec![
        row(name("session"), "Keeps you signed in.", "Until you sign out, or have done nothing for 30 minutes."),
        row(name("pending"), "Remembers that your password was right while you enter your code.", "10 minutes."),
        row(name("form"), "Shows what you typed again if we could not accept it.", "10 minutes."),
        row(name("unsaved"), "Shows what you typed again if you were signed out.", "10 minutes."),
        row(
            name("cookies"),
            "Shows us that your browser keeps cookies, so that we can sign you in and show what you typed again.",
            "12 hours.",
        ),
        row(name("left"), "Keeps what you were typing in another tab, for you only, after you sign out.", "12 hours."),
    ];
    view! {
        <Page title="Cookies" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Cookies"</h1>
            <p>
                "Cookies are small files that a website keeps in your browser. We only use those that the portal cannot work without, so there is nothing to accept or refuse. Nobody else sets cookies here, and nothing is loaded from another website."
            </p>
            <Table caption="Cookies that we use" columns=vec!["Name", "What it is for", "How long it lasts"] rows=rows />
        </Page>
    }
}

/// The state of the portal: what can be answered without asking anyone else.
#[component]
pub fn StatusPage() -> impl IntoView {
    let rows = environments()
        .into_iter()
        .map(|policy| vec![cell(policy.title), cell(view! { <code>{policy.issuer}</code> })])
        .collect();
    view! {
        <Page title="Service status" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Service status"</h1>
            <p>
                "The portal: " <Tag colour=Colour::Green text="Working" />
            </p>
            <p>"This page has just loaded, so the portal is working. If a page fails, it shows a reference. Tell us the reference when you ask for help."</p>
            <Table caption="The provider’s environments" columns=vec!["Environment", "Issuer"] rows=rows />
            <p>
                "If we cannot publish because an environment does not respond, we try again automatically. Your registration shows where it is."
            </p>
        </Page>
    }
}

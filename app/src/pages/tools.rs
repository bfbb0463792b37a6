//! Tools without an account: check a public key, check redirect URIs. With scripts nothing leaves the browser.

use super::start::environments;
use crate::{
    api::{
        context::portal,
        form::{Refused, refused},
        tools::count_judging,
    },
    islands::{KeyCheck, RedirectUriCheck},
    pages::{
        frame::{self, page},
        key_id::key_id,
    },
    ui::{
        Button, Card, CodeBlock, Copyable, Crumb, Form, InsetText, NotificationBanner, Page, SummaryList, SummaryRow,
        WarningText,
    },
};
use domain::{
    policy::EnvironmentPolicy,
    problem::Problem,
    redirect_uri::{MOST, UriRules},
};
use leptos::prelude::*;
use usecases::Fault;

const KEY: &str = "/tools/key";
const REDIRECT_URI: &str = "/tools/redirect-uri";

/// The environment that people end up in, by whose rules `portal check` judges too: the last one.
fn strictest() -> Option<EnvironmentPolicy> {
    environments().pop()
}

/// The list of tools.
#[component]
pub fn IndexPage() -> impl IntoView {
    view! {
        <Page title="Tools" crumbs=vec![Crumb::new("Start", "/")]>
            <h1 class="nhsuk-heading-xl">"Tools"</h1>
            <p class="nhsuk-lede-text">
                "Check what you want to register before you register it. You do not need an account. We keep what \
                 you send for up to 10 minutes, so that we can show it to you again."
            </p>
            <Card heading="Check a public key" href=KEY>
                <p>"Find out whether NHS login will accept your key, and see its fingerprint and thumbprint."</p>
            </Card>
            <Card heading="Check redirect URIs" href=REDIRECT_URI>
                <p>"Find out whether each address can be registered, and how to fix those that cannot."</p>
            </Card>
            <h2>"On the command line"</h2>
            <p>"The portal’s command line applies the same rules, so that your build can check what you will \
                register:"</p>
            <CodeBlock
                code="portal check key public_key.pem\nportal check redirect-uri callback.txt\nportal check registration client.json --environment live"
                about="commands"
            />
        </Page>
    }
}

/// Judges one public key.
#[component]
pub fn KeyPage() -> impl IntoView {
    page(async { key_page(refused(KEY).await).await })
}

async fn key_page(back: Refused) -> Result<frame::Page, Fault> {
    let policy = strictest();
    let sizes = policy.as_ref().map_or_else(|| vec![2048], |policy| policy.key_sizes.clone());
    let text = back.value("public_key", "");
    let judged = match policy.filter(|_| !text.trim().is_empty()) {
        Some(policy) => {
            count_judging()?;
            let text = text.clone();
            Some(portal()?.auth.checks.run(move || policy.check_key(&text)).await?)
        }
        None => None,
    };
    let mut problems = back.problems;
    let key = match judged {
        Some(Ok(key)) => Some(key),
        Some(Err(problem)) => {
            problems.push(problem);
            None
        }
        None => None,
    };
    let error = crate::ui::error_for(&problems, "public_key", "");
    let facts = key.map(|key| {
        let rows = vec![
            SummaryRow::new("Size", format!("{} bits", key.bits())),
            SummaryRow::new("Exponent", key.exponent().to_string()),
            SummaryRow::new("SHA-256 fingerprint", view! { <Copyable value=key.sha256() about="fingerprint" /> }),
            SummaryRow::new("Thumbprint", view! { <Copyable value=key.thumbprint() about="thumbprint" /> }),
            SummaryRow::new("Key ID (kid)", key_id(&key, "")),
        ];
        view! {
            <NotificationBanner success=true text="This public key can be registered." />
            <SummaryList rows=rows />
        }
    });
    let body = view! {
        {facts}
        <p>
            "Paste the public key that you want to register. We apply the same rules as to a registration: RSA, "
            {size_words(&sizes)} ", and none of the known weaknesses."
        </p>
        <Form action="/api/tools/key" multipart=true>
            <KeyCheck value=text error=error sizes=sizes is_tool=true />
            <Button>"Check the key"</Button>
        </Form>
        <InsetText>
            <p>"No key yet? " <a href="/guidance/keys">"Make a key pair"</a> " takes two commands."</p>
        </InsetText>
    };
    Ok(tool("Check a public key", body, problems))
}

/// The page of one tool.
fn tool(title: &str, body: impl IntoView + 'static, problems: Vec<Problem>) -> frame::Page {
    frame::Page::new(title, body).under("Start", "/").under("Tools", "/tools").problems(problems)
}

/// The sizes in words: `2048 or 3072 bits`.
pub(super) fn size_words(sizes: &[u32]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
    format!("{} bits", sizes.join(" or "))
}

/// Judges redirect URIs.
#[component]
pub fn RedirectUriPage() -> impl IntoView {
    page(async { redirect_uri_page(refused(REDIRECT_URI).await).await })
}

async fn redirect_uri_page(back: Refused) -> Result<frame::Page, Fault> {
    let policy = strictest();
    let rules = policy.as_ref().map_or_else(UriRules::default, EnvironmentPolicy::uri_rules);
    let sent = policy.filter(|_| !back.values.is_empty());
    let was_sent = sent.is_some();
    // One in which a private key was is not kept, and the others stay where they were.
    let entries = back.values.len() + MOST;
    let mut values: Vec<String> = (0..entries).map(|at| back.value(&format!("redirect_uris[{at}]"), "")).collect();
    let typed = values.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
    values.truncate(typed);
    let (sound, mut problems, warnings) = match sent {
        Some(policy) => {
            let values = values.clone();
            count_judging()?;
            portal()?.auth.checks.run(move || judged_uris(&policy, &values)).await?
        }
        None => Default::default(),
    };
    let warned = warned(warnings);
    problems.extend(back.problems);
    let errors = entry_errors(&problems, values.len());
    let verdict = (was_sent && problems.is_empty()).then(|| {
        let text = match sound {
            1 => "This redirect URI can be registered.".to_owned(),
            number => format!("All {number} redirect URIs can be registered."),
        };
        view! { <NotificationBanner success=true text=text /> }
    });
    let general = crate::ui::error_for(&problems, "redirect_uris", "");
    let body = view! {
        {verdict}
        {warned}
        <p>
            "Enter the addresses that people are sent back to after they sign in. NHS login compares them character by "
            "character, so check exactly what your service will send. "
            <a href="/guidance/redirect-uris">"Read the rules for redirect URIs"</a> "."
        </p>
        <Form action="/api/tools/redirect-uri">
            <RedirectUriCheck values=values errors=errors general=general rules=rules is_tool=true />
            <Button>"Check the redirect URIs"</Button>
        </Form>
    };
    Ok(tool("Check redirect URIs", body, problems))
}

/// How many addresses are sound, what is wrong with the others, and what to know of the sound ones.
fn judged_uris(policy: &EnvironmentPolicy, values: &[String]) -> (usize, Vec<Problem>, Vec<String>) {
    let (sound, problems) = policy.check_uris(values);
    let mut sentences: Vec<String> = Vec::new();
    for warning in sound.iter().flat_map(|uri| policy.uri_warnings(uri)) {
        if !sentences.contains(&warning.message) {
            sentences.push(warning.message);
        }
    }
    (sound.len(), problems, sentences)
}

/// What to know of acceptable addresses.
fn warned(sentences: Vec<String>) -> Option<AnyView> {
    let items = sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view();
    (!items.is_empty()).then(|| {
        view! {
            <WarningText heading="Before you register them">
                <ul class="nhsuk-list nhsuk-list--bullet">{items}</ul>
            </WarningText>
        }
        .into_any()
    })
}

/// What is wrong with each entry, as `RedirectUriCheck` takes it.
pub fn entry_errors(problems: &[Problem], entries: usize) -> Vec<Option<String>> {
    (0..entries.max(1)).map(|at| crate::ui::error_for(problems, "redirect_uris", &at.to_string())).collect()
}

//! The public keys of a registration: those that there are, how a new one takes the place of an old one, and the form that
//! adds one.

use super::{endorsement::what_it_saves, overview::by_whom, sections::SectionPage};
use crate::{
    api::{
        context::portal,
        registrations::{self, leak_page},
    },
    islands::KeyCheck,
    pages::{
        frame::{page, write_to_us},
        guidance::keys::{MAKE, MAKE_ANOTHER},
        key_id::key_id,
    },
    ui::{
        Button, ButtonKind, Choice, CodeBlock, Colour, Copyable, DateTime, Details, ErrorMessage, Form, Hidden, Radios,
        SummaryList, SummaryRow, Tag, TextInput, WarningText, error_for,
    },
};
use domain::{
    draft::DraftChange,
    problem::Problem,
    registration::{ENDORSEMENT_LASTS, KeyStanding, RotationStep},
};
use leptos::prelude::*;
use std::collections::BTreeSet;
use store::read::RegistrationDetails;
use time::{Duration, OffsetDateTime};

/// `/registrations/:id/public-key`
#[component]
pub fn PublicKeyPage() -> impl IntoView {
    page(async move {
        let mut section = SectionPage::load(DraftChange::PublicKeys(Vec::new()), "public-key").await?;
        let keys = registrations::keys(section.details()).await?;
        if !section.refused.is_any() {
            section.problems = at_their_keys(&section.problems, &keys, section.details());
        }
        let now = portal()?.auth.ambient.now();
        // Where there is room for one key alone, none can stand beside it.
        let has_room = section.details().policy.max_keys > 1;
        let step = section.details().registration.rotation_step(&keys).filter(|_| has_room);
        let steps = step.map(|step| rotation(step, &keys, section.details(), now));
        let cards = keys.iter().enumerate().map(|(at, key)| card(at, key, &keys, &section, now)).collect_view();
        let (form, encrypts) = (adding(&section, &keys, step), encrypts(section.details(), step));
        let body = view! {
            <p class="nhsuk-body">
                "Your service signs each client assertion with its private key, and the provider verifies it with the "
                "public key. The private key never leaves you."
            </p>
            {after_leak(section.details(), &keys)}
            {steps}
            {encrypts}
            {cards}
            {form}
            {earlier(section.details(), &keys)}
            {onward(&section)}
        };
        Ok(section.page("Public key", body))
    })
}

/// What is to be done once a key leaked and no other is left.
fn after_leak(details: &RegistrationDetails, keys: &[KeyStanding]) -> Option<AnyView> {
    let registration = &details.registration;
    let has_other = keys.iter().any(|key| key.held && key.wanted && !key.is_refused);
    let leaked = keys.iter().any(|key| key.leaked.is_some() && key.held);
    (leaked && !has_other && registration.suspension().is_some() && registration.retired.is_none()).then(|| {
        view! {
            <WarningText heading="The client is suspended because its key leaked">
                <ol class="nhsuk-list nhsuk-list--number">
                    <li>"Make a new key pair, and add its public key below."</li>
                    <li>"Check your answers and submit. It is reviewed like the first key."</li>
                    <li>"When it is approved, " {write_to_us()} ": we reinstate the client."</li>
                </ol>
            </WarningText>
        }
        .into_any()
    })
}

/// Problems of what is saved are told at the card of their key, where it has one.
fn at_their_keys(problems: &[Problem], keys: &[KeyStanding], details: &RegistrationDetails) -> Vec<Problem> {
    let is_alone = details.registration.draft.public_keys.len() == 1 && keys.iter().any(|key| key.in_draft);
    let mine = |problem: &Problem| is_alone && problem.field == "public_key" && problem.entry.is_empty();
    problems.iter().cloned().map(|problem| if mine(&problem) { problem.at("0") } else { problem }).collect()
}

/// What a key is called on the page.
fn called(at: usize, key: &KeyStanding, all: &[KeyStanding]) -> String {
    match (key.name.as_str(), all.len()) {
        ("", 1) => "The key".to_owned(),
        ("", _) => format!("Key {}", at + 1),
        (name, _) => name.to_owned(),
    }
}

/// One key: its fingerprints, where it stands, and what can be done with it.
fn card(at: usize, standing: &KeyStanding, all: &[KeyStanding], section: &SectionPage, now: OffsetDateTime) -> AnyView {
    let (details, key) = (section.details(), &standing.key);
    let id = details.registration.id;
    let heading = called(at, standing, all);
    let (colour, words) = tag(standing, details);
    let old = is_old(standing, details, now).then(|| view! { " " <Tag colour=Colour::Orange text="Old" /> });
    let of = view! { <span class="nhsuk-u-visually-hidden">": " {heading.clone()}</span> };
    let added = standing.added.map_or_else(|| "Not recorded".into(), |stamp| by_whom(details, &stamp));
    let published = match standing.first_published {
        Some(at) => view! { <DateTime at=at /> {format!(" ({} ago)", lasted(now - at))} }.into_any(),
        None => "Not yet".into_any(),
    };
    let proved = match standing.proved {
        Some(stamp) => view! { "Proved " <DateTime at=stamp.at /> }.into_any(),
        None if standing.in_draft => view! {
            "Not proved. " <a href=format!("/registrations/{id}/possession")>"Prove it"</a>
        }
        .into_any(),
        None => "Not proved".into_any(),
    };
    let mut rows = vec![
        SummaryRow::new("Size", format!("{} bits, exponent {}", key.bits(), key.exponent())),
        SummaryRow::new(
            "SHA-256 fingerprint",
            view! { <Copyable value=key.sha256() about=format!("fingerprint of {heading}") /> },
        ),
        SummaryRow::new(
            "Thumbprint",
            view! { <Copyable value=key.thumbprint() about=format!("thumbprint of {heading}") /> },
        ),
        SummaryRow::new("Key ID (kid)", key_id(key, &standing.own_kid)),
        SummaryRow::new("Added", added),
        SummaryRow::new("First published", published),
        SummaryRow::new("Possession of the private key", proved),
    ];
    rows.extend(standing.leaked.map(|stamp| SummaryRow::new("Reported as leaked", by_whom(details, &stamp))));
    let keys = &details.registration.draft.public_keys;
    let entry = keys.iter().position(|other| other.public_key().as_ref() == Some(key)).map(|place| place.to_string());
    let error = entry.as_deref().and_then(|entry| error_for(&section.problems, "public_key", entry));
    let anchor = entry.map(|entry| format!("public_key-{entry}"));
    let may_report = (standing.leaked.is_none() || standing.held).then(|| {
        view! { <p class="nhsuk-body"><a href=leak_page(id, &key.thumbprint())>"This key leaked" {of}</a></p> }
    });
    view! {
        <section class="app-key" id=anchor.clone() tabindex="-1">
            <h2 class="nhsuk-heading-m nhsuk-u-margin-bottom-2 app-typed">{heading.clone()}</h2>
            <p><Tag colour=colour text=words /> {old}</p>
            <ErrorMessage id=anchor.clone().unwrap_or_default() text=error />
            <SummaryList rows=rows />
            {deed(standing, &heading, all, section)}
            {may_report}
        </section>
    }
    .into_any()
}

/// Whether it has been published for as long as the environment's policy says that its team is reminded.
fn is_old(key: &KeyStanding, details: &RegistrationDetails, now: OffsetDateTime) -> bool {
    let age = details.policy.key_age_days.map(|days| Duration::days(days.into()));
    key.held && key.first_published.zip(age).is_some_and(|(since, age)| since + age <= now)
}

/// How long a key has been in use, in words.
fn lasted(duration: Duration) -> String {
    match duration.whole_days() {
        days @ ..=1 => {
            if days < 1 {
                "less than a day".into()
            } else {
                "1 day".into()
            }
        }
        days @ 2..=60 => format!("{days} days"),
        days => format!("{} months", days / 30),
    }
}

/// Where a key stands, in a few words.
fn tag(key: &KeyStanding, details: &RegistrationDetails) -> (Colour, &'static str) {
    let is_on = details.registration.suspension().is_none() && details.registration.retired.is_none();
    match (key.held, key.awaited, key.in_draft) {
        _ if key.is_refused => (Colour::Red, "Leaked"),
        (true, ..) if !is_on => (Colour::Grey, "Not in use"),
        (true, true, true) => (Colour::Green, "Published now"),
        (true, true, false) => (Colour::Orange, "Published, not in the draft"),
        (true, false, _) => (Colour::Orange, "Going away"),
        (false, true, _) if key.under_review => (Colour::Purple, "Being reviewed"),
        (false, true, _) => (Colour::Yellow, "Being published"),
        (false, false, _) => (Colour::Blue, "In the draft"),
    }
}

/// What can be done with a key: removed from the draft, or put back.
fn deed(key: &KeyStanding, heading: &str, all: &[KeyStanding], section: &SectionPage) -> AnyView {
    let hidden = section.hidden();
    let (is_held, thumbprint, heading) = (key.held, key.key.thumbprint(), heading.to_owned());
    if key.in_draft {
        let others = all.iter().any(|other| other.held && other.in_draft && other.key != key.key);
        let words = match (is_held, others) {
            (true, true) => {
                "Remove it when nothing in your service signs with it. It stays published until you submit the change and we \
                 publish it."
            }
            (true, false) => {
                "It is the only published key in the draft. Add a new key, get it published and switch your service to it \
                 before you remove this one."
            }
            (false, _) => "",
        };
        return view! {
            <Form action="/api/remove-key">
                {hidden}
                <Hidden name="key" value=thumbprint />
                {(!words.is_empty()).then(|| view! { <p class="nhsuk-hint">{words}</p> })}
                <Button kind=ButtonKind::Secondary>
                    {if is_held { "Remove this key" } else { "Remove from the draft" }}
                    <span class="nhsuk-u-visually-hidden">": " {heading}</span>
                </Button>
            </Form>
        }
        .into_any();
    }
    if key.is_refused {
        return ().into_any();
    }
    let (pem, own_kid, given) = (key.key.pem(), key.own_kid.clone(), key.name.clone());
    let words = match (key.held, key.under_review) {
        (true, _) => {
            "It is no longer in the draft. The provider keeps it until you submit the change and we publish it."
        }
        (false, true) => "It is in the revision that is being reviewed, and no longer in the draft.",
        (false, false) => "It is in the revision that is being published, and no longer in the draft.",
    };
    view! {
        <Form action="/api/save-public-key" multipart=true>
            {hidden}
            <Hidden name="public_key" value=pem />
            <Hidden name="kid" value=own_kid />
            <Hidden name="key_name" value=given />
            <Hidden name="key_place" value="beside" />
            <p class="nhsuk-hint">{words}</p>
            <Button kind=ButtonKind::Secondary>
                "Keep this key after all" <span class="nhsuk-u-visually-hidden">": " {heading}</span>
            </Button>
        </Form>
    }
    .into_any()
}

/// Keys that were submitted once and are in nothing of now: they may leak, too.
fn earlier(details: &RegistrationDetails, keys: &[KeyStanding]) -> Option<AnyView> {
    let registration = &details.registration;
    let is_shown = |thumbprint: &String| keys.iter().any(|key| key.key.thumbprint() == *thumbprint);
    let earlier: BTreeSet<&String> = registration.revisions.iter().flat_map(|revision| &revision.thumbprints).collect();
    let rows = earlier.into_iter().filter(|thumbprint| !is_shown(thumbprint)).map(|thumbprint| {
        let name = registration.keys.get(thumbprint).map(|known| known.name.clone()).unwrap_or_default();
        let leaked = match registration.leaked.get(thumbprint) {
            Some(stamp) => format!("Reported as leaked {}", by_whom(details, stamp)).into_any(),
            None => view! {
                <a href=leak_page(registration.id, thumbprint)>
                    "This key leaked" <span class="nhsuk-u-visually-hidden">": " {thumbprint.clone()}</span>
                </a>
            }
            .into_any(),
        };
        view! { <li><span class="app-typed">{name}</span> " " <code>{thumbprint.clone()}</code> " " {leaked}</li> }
    });
    let rows = rows.collect_view();
    (!rows.is_empty()).then(|| {
        view! {
            <Details summary="Keys that were here before">
                <p>"By their thumbprints. The provider does not have them."</p>
                <ul class="nhsuk-list">{rows}</ul>
            </Details>
        }
        .into_any()
    })
}

/// The form that adds a key. While a rotation is past its first step it stands behind a summary.
fn adding(section: &SectionPage, keys: &[KeyStanding], step: Option<RotationStep>) -> AnyView {
    let (details, refused) = (section.details(), &section.refused);
    let of_draft: Vec<&KeyStanding> = keys.iter().filter(|key| key.in_draft).collect();
    let (most, sizes) = (usize::from(details.policy.max_keys), details.policy.key_sizes.clone());
    let place = (!of_draft.is_empty()).then(|| {
        let chosen = refused.value("key_place", &usual_place(&of_draft));
        let beside = (of_draft.len() < most).then(|| {
            Choice::new("beside", "Keep it beside the new key")
                .hint("The provider accepts both. Choose this for a key that your service uses.")
                .chosen(chosen == "beside")
        });
        let instead = of_draft.iter().map(|key| {
            let value = key.key.thumbprint();
            let label = match key.name.as_str() {
                "" => format!("Replace the key with the thumbprint {value}"),
                name => format!("Replace “{name}”"),
            };
            let hint = if key.held { "As soon as this is published, whatever still signs with that key fails." } else { "" };
            Choice::new(value.clone(), label).hint(hint).chosen(chosen == value)
        });
        let choices = beside.into_iter().chain(instead).collect();
        let error = section.error("key_place", "");
        view! { <Radios name="key_place" legend="What should happen to the current key?" choices=choices error=error /> }
    });
    let (value, error) = (refused.value("public_key", ""), section.error("public_key", ""));
    let (name, kid) = (refused.value("key_name", ""), refused.value("kid", ""));
    let (name_error, kid_error) = (section.error("key_name", ""), section.error("kid", ""));
    let is_kid_open = !kid.is_empty() || kid_error.is_some();
    let words = if of_draft.is_empty() { "Save and continue" } else { "Add this key" };
    let (hidden, theirs) = (section.hidden(), section.theirs());
    // Beside a key that is in use another one has files of its own, or its private half is overwritten.
    let is_another = !keys.is_empty();
    let (make, private_file, public_file) = match is_another {
        true => (MAKE_ANOTHER, "new_private_key.pem", "new_public_key.pem"),
        false => (MAKE, "private_key.pem", "public_key.pem"),
    };
    let care = if is_another { ", and do not overwrite the private key that is in use" } else { "" };
    let form = view! {
        <Details summary="How to make a key pair">
            <p>"On a machine that you trust, with OpenSSL:"</p>
            <CodeBlock code=make about="commands" />
            <p>
                "Paste " <code>{public_file}</code> " below, or choose the file. Keep " <code>{private_file}</code>
                " secret" {care} ". " <a href="/guidance/keys">"More about key pairs"</a>
            </p>
        </Details>
        <Form action="/api/save-public-key" multipart=true>
            {hidden}
            <KeyCheck value=value error=error sizes=sizes is_tool=false />
            {place}
            <TextInput
                name="key_name"
                label="What you call this key (optional)"
                hint="So that your team can tell it from others, for example “Live signing key 2026”. Only your team and NHS login see it."
                value=name
                error=name_error
            />
            <Details summary="Give the key an ID (kid) of your own" open=is_kid_open>
                <TextInput
                    name="kid"
                    label="Key ID (kid) (optional)"
                    hint="Only if your service names its keys itself. Leave it empty to use the thumbprint."
                    value=kid
                    error=kid_error
                />
            </Details>
            {theirs}
            <Button>{words}</Button>
        </Form>
    };
    let is_refused = refused.is_any();
    let is_amiss = section.problems.iter().any(|problem| problem.field == "public_key");
    let is_needed = of_draft.is_empty() || is_amiss || step == Some(RotationStep::Add);
    match is_needed {
        true => {
            let heading = (!of_draft.is_empty()).then(|| view! { <h2 class="nhsuk-heading-m">"Add a key"</h2> });
            view! { {heading} {form} }.into_any()
        }
        false => view! { <Details summary="Add or replace a key" open=is_refused>{form}</Details> }.into_any(),
    }
}

/// What becomes of the key that is there, for most who add one: one that was published stays until nothing signs with it,
/// and any other was the wrong one.
fn usual_place(of_draft: &[&KeyStanding]) -> String {
    match of_draft {
        [only] if only.held || only.first_published.is_some() => "beside".into(),
        several => several.iter().find(|key| !key.held).map(|key| key.key.thumbprint()).unwrap_or_default(),
    }
}

/// Back to where the page was opened from, once there is a key.
fn onward(section: &SectionPage) -> Option<impl IntoView + use<>> {
    let details = section.details();
    let id = details.registration.id;
    (!details.registration.draft.public_keys.is_empty()).then(|| {
        let (address, words) = match section.next() {
            registrations::Next::TaskList => (format!("/registrations/{id}#sections"), "Back to the registration"),
            registrations::Next::Check => (format!("/registrations/{id}/check"), "Back to check your answers"),
        };
        view! { <p class="nhsuk-body"><a href=address>{words}</a></p> }
    })
}

/// The steps of a rotation, with what is to be done now; a warning where the new key is to replace the old one at once.
fn rotation(step: RotationStep, keys: &[KeyStanding], details: &RegistrationDetails, now: OffsetDateTime) -> AnyView {
    let current = match step {
        RotationStep::Add => 1,
        RotationStep::SubmitNew | RotationStep::AwaitNew => 2,
        RotationStep::Switch => 3,
        RotationStep::SubmitRemoval | RotationStep::AwaitRemoval => 4,
        RotationStep::SubmitSwap | RotationStep::AwaitSwap => return swap(step, details),
    };
    let titles = [
        "Add the new key beside the old one",
        "Get the new key published",
        "Switch your service to the new key",
        "Remove the old key",
    ];
    let items = titles.into_iter().enumerate().map(|(at, title)| {
        let is_current = at + 1 == current;
        let said = is_current.then(|| to_do(step, keys, details, now));
        let done = (at + 1 < current).then_some(view! { " " <Tag colour=Colour::White text="Done" /> });
        let title = match is_current {
            true => view! { <strong>{title}</strong> }.into_any(),
            false => title.into_any(),
        };
        view! { <li aria-current=is_current.then_some("step")>{title} {done} {said}</li> }
    });
    view! {
        <section>
            <h2 class="nhsuk-heading-m" id="rotate">"Change the key without a failed sign-in"</h2>
            <p class="nhsuk-body">
                "While both keys are published, the provider accepts signatures by either. So there is no moment at which "
                "your service has to change."
            </p>
            <ol class="nhsuk-list nhsuk-list--number">{items.collect_view()}</ol>
        </section>
    }
    .into_any()
}

/// The new key takes the place of every key that the provider has.
fn swap(step: RotationStep, details: &RegistrationDetails) -> AnyView {
    let check = format!("/registrations/{}/check", details.registration.id);
    let next = match step {
        RotationStep::SubmitSwap => view! {
            <p>
                "Choose “Keep this key after all” at the published key, and both keys are published together. If you mean it as it "
                "is, " <a href=check>"check your answers and submit"</a> "."
            </p>
        }
        .into_any(),
        _ => view! {
            <p>"Have your service ready to sign with the new key. We will email you when it is published."</p>
        }
        .into_any(),
    };
    view! {
        <WarningText heading="The new key replaces the published one">
            <p>
                "When this is published, the provider stops accepting the old key. Sign-ins fail until your service signs with "
                "the new one."
            </p>
            {next}
        </WarningText>
    }
    .into_any()
}

/// What is to be done now, in one's own service or here.
fn to_do(step: RotationStep, keys: &[KeyStanding], details: &RegistrationDetails, now: OffsetDateTime) -> AnyView {
    let check = format!("/registrations/{}/check", details.registration.id);
    match step {
        RotationStep::Add => view! {
            <p>"Make a new key pair where your service runs, and add its public key below. Leave your service as it is."</p>
        }
        .into_any(),
        RotationStep::SubmitNew => view! {
            <p>"The new key is in the draft. Leave your service as it is until the new key is published."</p>
            {vouched(keys, details, now)}
            <p><a href=check>"Check your answers and submit"</a></p>
        }
        .into_any(),
        RotationStep::AwaitNew | RotationStep::SubmitSwap | RotationStep::AwaitSwap => view! {
            <p>"There is nothing to do now. Leave your service as it is. We will email you when the new key is published."</p>
        }
        .into_any(),
        RotationStep::Switch => switch(keys),
        RotationStep::SubmitRemoval => view! {
            <p>"The old key is out of the draft, and still published. Submit that when nothing signs with it."</p>
            <p><a href=check>"Check your answers and submit"</a></p>
        }
        .into_any(),
        RotationStep::AwaitRemoval => view! {
            <p>
                "There is nothing to do now. Keep the old private key until we have removed the old public key from the "
                "provider: we will email you."
            </p>
        }
        .into_any(),
    }
}

/// Both keys are published: the service changes.
fn switch(keys: &[KeyStanding]) -> AnyView {
    let newest = keys.iter().filter(|key| key.held).max_by_key(|key| key.first_published);
    let kid = newest.map(|key| {
        let kid = if key.own_kid.is_empty() { key.key.thumbprint() } else { key.own_kid.clone() };
        view! { <p>"Its key ID is " <Copyable value=kid about="kid of the newest key" /></p> }
    });
    view! {
        <p>
            "The provider accepts both keys. Let every part of your service sign with the newest one. If you set "
            <code>"kid"</code> " in the header of a client assertion, change it too."
        </p>
        {kid}
        <p>
            "Then make sure that nothing still signs with the old key: check every server, job and test that signs client "
            "assertions. NHS login does not tell us which key signed a sign-in, so look in your own logs. After that, choose "
            "“Remove this key” at the old key."
        </p>
    }
    .into_any()
}

/// How a new key is vouched for: endorsed by a published one, which proves it as well, or else proved by itself. The rules ask
/// for neither where they approve anyway.
fn vouched(keys: &[KeyStanding], details: &RegistrationDetails, now: OffsetDateTime) -> AnyView {
    let (registration, id) = (&details.registration, details.registration.id);
    let new: Vec<String> =
        keys.iter().filter(|key| key.in_draft && !key.held).map(|key| key.key.thumbprint()).collect();
    let in_force = registration.in_force();
    let is_automatic = details.policy.automatic && in_force.is_some_and(|held| held.restricted.is_empty());
    let endorsed_until = in_force.and_then(|held| {
        let is_endorsed = |key: &String| registration.is_endorsed(key, held, &details.facts, now);
        let all = new.iter().all(is_endorsed);
        let since = new.iter().filter_map(|key| registration.endorsements.get(key)).map(|by| by.stamp.at).min();
        since.filter(|_| all).map(|since| since + ENDORSEMENT_LASTS)
    });
    match (endorsed_until, in_force) {
        (Some(until), _) => view! {
            <p>
                "A published key endorsed it. Submit before " <DateTime at=until />
                ": after that it has to be endorsed again."
            </p>
        }
        .into_any(),
        (None, Some(_)) if !is_automatic => view! {
            <p>
                <a href=format!("/registrations/{id}/endorsement")>"Endorse the new key with the published one"</a> ". "
                {what_it_saves(&details.policy)} " It proves possession too."
            </p>
        }
        .into_any(),
        (None, _) => view! {
            <p><a href=format!("/registrations/{id}/possession")>"Prove that you hold its private key"</a></p>
        }
        .into_any(),
    }
}

/// Whoever has `client_metadata` has more to do: their data is encrypted with the registered key.
fn encrypts(details: &RegistrationDetails, step: Option<RotationStep>) -> Option<impl IntoView + use<>> {
    let registration = &details.registration;
    let asks = |scopes: &[String]| scopes.iter().any(|scope| scope == "client_metadata");
    let has = registration.held().is_some_and(|held| asks(&held.restricted)) || asks(&registration.draft.scopes);
    (has && step.is_some()).then(|| {
        view! {
            <WarningText heading="Your user metadata is encrypted with the registered key">
                <p>
                    "You have " <code>"client_metadata"</code> ". NHS login encrypts what it holds for you with the "
                    "registered public key (External Interface Specification, table 11), so only the old private key "
                    "decrypts what was written before. The specification does not say which of two published keys it takes."
                </p>
                <p>
                    "Keep the old private key after the change. Read each user’s metadata with it once more, write it "
                    "again, and destroy the key only when all of it has been written again."
                </p>
            </WarningText>
        }
    })
}

//! The page on which a revision is judged: first what to notice, then what is asked, then everything behind it.

use super::{
    difference::evidence_words,
    earlier::{changes, changes_in_brief, sent_back},
    kit::{client_standing, environment_tag, person, restricted_tag, statuses, who},
    queue::whose_turn,
    reinstatement,
    subject::{Check, Subject, Verdict},
    words::{count, list},
};
use crate::{
    api::{form::refused, staff_reads},
    pages::partner::files::links,
    pages::{
        changed::moment,
        frame::{Page, page, param, query},
        key_id::key_id,
    },
    reading::standing::{client_tags, revision_status},
    ui::{
        ButtonGroup, ButtonKind, CodeBlock, Colour, Copyable, DateTime, Details, EmptyState, InsetText, LinkButton,
        Moment, Status, StatusTag, SummaryList, SummaryRow, Table, Tag, Timeline, WarningText, address as address_of,
        cell, paragraphs,
    },
};
use domain::{
    draft::Section,
    redirect_uri::RedirectUri,
    refusal::Refusal,
    registration::{Approval, Comment, RevisionState, Rotation},
    revision::ClientKey,
    standing::{Confirmed, Does, Standing, failure_reference},
    warning::Said,
};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// `/admin/reviews/:id`.
#[component]
pub(super) fn ReviewPage() -> impl IntoView {
    let (id, number) = (param("id"), query("revision"));
    page(async move {
        let subject = staff_reads::review(&id, &number).await?;
        let refused = refused(&address(&subject)).await;
        Ok(page_of(&subject).refused(&refused))
    })
}

/// Where a registration is reviewed.
pub(super) fn address(subject: &Subject) -> String {
    format!("/admin/reviews/{}", subject.registration.id)
}

/// The page of a subject.
pub(super) fn page_of(subject: &Subject) -> Page {
    let title = format!("Review of {}", display_name(subject));
    let (list, list_page) = list_of(subject);
    Page::new(title, body(subject)).under(list, list_page).environment(&subject.policy).wide()
}

/// The list that leads to it: the queue while a decision is open, the clients afterwards.
pub(super) fn list_of(subject: &Subject) -> (&'static str, &'static str) {
    match subject.registration.submitted() {
        Some(_) => ("Queue", "/admin/queue"),
        None => ("Clients", "/admin/clients"),
    }
}

/// What the reader's part is called: an auditor decides nothing.
fn decision_title(subject: &Subject) -> &'static str {
    match subject.permissions.approve {
        Err(Refusal::AdminsOnly) => "Decision",
        _ => "Your decision",
    }
}

/// The client's name, or a word for it where the revision cannot be read.
pub(super) fn display_name(subject: &Subject) -> String {
    match subject.content.metadata.client_name.as_str() {
        "" => "a client without a name".into(),
        name => name.to_owned(),
    }
}

fn body(subject: &Subject) -> AnyView {
    let main = match subject.revision.rotation {
        Some(rotation) => keys_alone(subject, rotation),
        None => whole(subject),
    };
    view! {
        {lead(subject)}
        {sent_back(subject)}
        <div class="app-review">
            <div class="app-review__main">{main}</div>
            <div class="app-review__side">
                {decision(subject)}
                {switches(subject)}
                {contents(subject)}
            </div>
        </div>
    }
    .into_any()
}

fn whole(subject: &Subject) -> AnyView {
    let checks = subject.checks();
    let warnings = subject.warnings();
    view! {
        {glance(subject, &checks, &warnings)}
        {restricted(subject)}
        {warned(&warnings)}
        {asked(subject)}
        {changes(subject)}
        {check_table(checks)}
        {evidence(subject)}
        {organisation(subject)}
        {said(subject)}
        {exact(subject)}
        {client(subject)}
        {happened(subject)}
    }
    .into_any()
}

/// Of a revision in which nothing but keys changed: that, and nothing else.
fn keys_alone(subject: &Subject, rotation: Rotation) -> AnyView {
    let of_revision = |number| subject.registration.revision(number).map(|revision| revision.thumbprints.clone());
    let before = of_revision(rotation.from).unwrap_or_default();
    let after = &subject.content.metadata.keys;
    let is_old = |key: &&ClientKey| key.public_key.as_ref().is_some_and(|key| before.contains(&key.thumbprint()));
    let came = after.iter().filter(|key| !is_old(key)).map(|key| endorsed_key(subject, key)).collect_view();
    let stayed = after.iter().filter(is_old).map(key).collect_view();
    let gone = before.iter().filter(|old| !subject.revision.thumbprints.contains(*old));
    let known = subject.before.as_ref().map(|before| before.content.metadata.keys.as_slice()).unwrap_or_default();
    let gone = gone.map(|old| {
        let is_it = |key: &&ClientKey| key.public_key.as_ref().is_some_and(|key| key.thumbprint() == *old);
        known.iter().find(is_it).map_or_else(|| view! { <p><code>{old.clone()}</code></p> }.into_any(), key)
    });
    let gone = gone.collect_view();
    let warnings: Vec<Said> = subject.warnings().into_iter().filter(|found| found.field == "public_key").collect();
    let amiss: Vec<String> = subject.misfits.clone();
    let amiss = (!amiss.is_empty()).then(|| {
        let items = amiss.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
        view! {
            <WarningText heading="It cannot be approved as it is">
                <ul class="nhsuk-list nhsuk-list--bullet">{items}</ul>
            </WarningText>
        }
    });
    let mut rows = Vec::new();
    rows.extend((!came.is_empty()).then(|| SummaryRow::new("New key", came)));
    rows.extend((!stayed.is_empty()).then(|| SummaryRow::new("Stays published", stayed)));
    rows.extend((!gone.is_empty()).then(|| SummaryRow::new("Removed", gone)));
    view! {
        <h2 class="nhsuk-heading-m" id="asked">"Only keys changed"</h2>
        <p>
            "Everything else is byte for byte the same as in "
            <a href=format!("{}?revision={}", address(subject), rotation.from)>{format!("revision {}", rotation.from)}</a>
            ", which the provider had when this was submitted."
        </p>
        {amiss}
        {warned(&warnings)}
        <SummaryList rows=rows />
        {said(subject)}
        {exact(subject)}
        {client(subject)}
        {happened(subject)}
    }
    .into_any()
}

/// A key that came, with who vouches for it.
fn endorsed_key(subject: &Subject, client_key: &ClientKey) -> AnyView {
    let thumbprint = client_key.public_key.as_ref().map(|key| key.thumbprint()).unwrap_or_default();
    let registration = &subject.registration;
    let proved = registration.proofs.get(&thumbprint).map(|stamp| {
        view! { <p class="nhsuk-u-margin-bottom-2">"Possession proved " <DateTime at=stamp.at /> " by " {who(stamp.by, &subject.names)}</p> }
    });
    let endorsed = registration.endorsements.get(&thumbprint).map(|endorsed| {
        view! {
            <p class="nhsuk-u-margin-bottom-2">
                "Endorsed " <DateTime at=endorsed.stamp.at /> " by the published key " <code>{endorsed.by.clone()}</code>
                ", handed in by " {who(endorsed.stamp.by, &subject.names)}
                ". That key signed for the new one, so whoever asks for this holds the private key that is in use."
            </p>
        }
    });
    view! { {key(client_key)} {proved} {endorsed} }.into_any()
}

/// The sections that are there where nothing but keys changed.
const OF_KEYS_ALONE: [&str; 5] = ["warnings", "asked", "comments", "exact", "timeline"];

/// The sections of the page, for a reader who looks for one of them.
fn contents(subject: &Subject) -> AnyView {
    let has_all = subject.revision.rotation.is_none();
    let sections = [
        ("warnings", "Warnings"),
        ("asked", "What the partner asks for"),
        ("changes", "What changes"),
        ("checks", "Automatic checks"),
        ("evidence", "Evidence"),
        ("organisation", "The organisation"),
        ("comments", "Approvals and comments"),
        ("exact", "What you are approving"),
        ("client", "The client"),
        ("timeline", "What happened"),
    ];
    let has_client = subject.registration.client_id.is_some();
    let links: Vec<_> = sections
        .into_iter()
        .filter(|(id, _)| has_all || OF_KEYS_ALONE.contains(id) || *id == "client")
        .filter(|(id, _)| *id != "client" || has_client)
        .map(|(id, words)| (id, if id == "asked" && !has_all { "The keys" } else { words }))
        .map(|(id, words)| view! { <li><a href=format!("#{id}")>{words}</a></li> })
        .collect();
    view! {
        <nav class="app-review__contents" aria-label="On this page">
            <h2 class="nhsuk-heading-xs">"On this page"</h2>
            <ul class="nhsuk-list">{links}</ul>
        </nav>
    }
    .into_any()
}

fn lead(subject: &Subject) -> AnyView {
    let revision = &subject.revision;
    let by = who(revision.submitted.by, &subject.names);
    let many = (subject.registration.revisions.len() > 1).then(|| other_revisions(subject));
    view! {
        <p class="nhsuk-lede-text">
            {subject.service.clone()} " of " {subject.organisation.name.clone()} " in " {subject.policy.title.clone()}
        </p>
        <p>
            {client_tag(subject)}
            {environment_tag(&subject.policy.name, std::slice::from_ref(&subject.policy))} " "
            <StatusTag status=revision_status(revision, &subject.voters) /> " "
            {(!revision.restricted.is_empty())
                .then(restricted_tag)}
        </p>
        <p>
            "Revision " {revision.number} ", submitted on " <DateTime at=revision.submitted.at /> " by " {by} ". "
            {standing(subject)}
        </p>
        {many}
    }
    .into_any()
}

/// The client's statuses, once there is a client: a revision that was approved may be of one that is suspended now.
fn client_tag(subject: &Subject) -> AnyView {
    let tags = client_tags(&subject.standing()).into_iter().map(|status| view! { <StatusTag status=status /> " " });
    tags.collect_view().into_any()
}

fn standing(subject: &Subject) -> String {
    if subject.is_open() {
        let approvers = subject.counting_approvers();
        let mine = approvers.contains(&subject.reader);
        let turn = whose_turn(approvers.len(), subject.approvals_needed(), mine);
        return match subject.is_withheld() {
            true => format!("It was approved, but it is not published: too few approvals count now. {turn}"),
            false => turn,
        };
    }
    "This revision is closed. No decision is needed.".into()
}

fn other_revisions(subject: &Subject) -> AnyView {
    let link = |number: u32| {
        let href = format!("{}?revision={number}", address(subject));
        match number == subject.revision.number {
            true => view! { <li><strong>{format!("Revision {number}, shown here")}</strong></li> }.into_any(),
            false => view! { <li><a href=href>{format!("Revision {number}")}</a></li> }.into_any(),
        }
    };
    let links: Vec<_> = subject.registration.revisions.iter().rev().map(|revision| link(revision.number)).collect();
    view! { <Details summary="Other revisions"><ul class="nhsuk-list">{links}</ul></Details> }.into_any()
}

fn glance(subject: &Subject, checks: &[Check], warnings: &[Said]) -> AnyView {
    let problems = checks.iter().filter(|check| check.verdict == Verdict::Problem).count();
    let verdict = match problems {
        0 => view! { <Tag colour=Colour::Green text="Passed" /> " No rule is broken." }.into_any(),
        many => {
            let words = format!(" {}", count(many, "check found a problem.", "checks found problems."));
            view! { <Tag colour=Colour::Red text="Problem" /> {words} }.into_any()
        }
    };
    let possession = match subject.is_possession_proved() {
        true => "Proved for the key of this revision.".to_owned(),
        false => "Not proved for the key of this revision.".to_owned(),
    };
    let restricted = match subject.revision.restricted.as_slice() {
        [] => "None.".to_owned(),
        scopes => format!("{}.", list(scopes)),
    };
    let warnings = match warnings.len() {
        0 => "None.".to_owned(),
        many => count(many, "warning to read.", "warnings to read."),
    };
    let client = client_standing(subject)
        .map(|sentence| SummaryRow::new("The client now", sentence).action("Read", "#client", "the client"));
    let rows = vec![
        SummaryRow::new("Automatic checks", verdict).action("Read", "#checks", "the automatic checks"),
        SummaryRow::new("Warnings", warnings).action("Read", "#warnings", "the warnings"),
        SummaryRow::new("Restricted scopes", restricted).action("Read", "#scopes", "the scopes and reasons"),
        SummaryRow::new("Changes", changes_in_brief(subject)).action("Read", "#changes", "the changes"),
        SummaryRow::new("Proof of possession", possession),
        SummaryRow::new(decision_title(subject), brief_decision(subject)).action("Go to", "#decision", "the decision"),
    ];
    view! {
        <h2 class="nhsuk-heading-m">"At a glance"</h2>
        <SummaryList rows=client.into_iter().chain(rows).collect() />
    }
    .into_any()
}

fn brief_decision(subject: &Subject) -> String {
    let allowed = &subject.permissions;
    match subject.is_open() {
        false if reinstatement::is_proposed(subject) => "An admin has proposed to reinstate the client.".into(),
        false => "No decision is open.".into(),
        true => {
            let why_not = allowed.approve.as_ref().err().map(ToString::to_string);
            why_not.into_iter().chain(allowed.decisions_in_words()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn restricted(subject: &Subject) -> Option<AnyView> {
    if subject.revision.restricted.is_empty() {
        return None;
    }
    let asked = |name: &String| {
        let rule = subject.policy.scopes.rule(name);
        let description = rule.map(|rule| rule.description.clone()).unwrap_or_default();
        let claims = rule.map(|rule| list(&rule.claims)).unwrap_or_default();
        let reason = subject.content.reasons.get(name).cloned().unwrap_or_else(|| "No reason was given.".into());
        let title = format!("{name}: {description}");
        view! {
            <h3 class="nhsuk-heading-xs">{title}</h3>
            <p class="nhsuk-u-margin-bottom-2">{format!("Gives {claims}.")}</p>
            <blockquote class="app-quote">{paragraphs(&reason)}</blockquote>
        }
    };
    let scopes = subject.revision.restricted.iter().map(asked).collect_view();
    let heading = count(
        subject.revision.restricted.len(),
        "restricted scope: read the reason",
        "restricted scopes: read the reasons",
    );
    Some(view! { <div id="restricted"><WarningText heading=heading>{scopes}</WarningText></div> }.into_any())
}

fn warned(warnings: &[Said]) -> AnyView {
    let items = warnings.iter().map(|warning| {
        let section = Section::of_field(&warning.field).map_or("Revision", Section::title);
        let about = match (warning.field.as_str(), warning.entry.is_empty()) {
            ("redirect_uris", _) | (_, true) => section.to_owned(),
            (_, false) => format!("{section}, {}", warning.entry),
        };
        view! {
            <li>
                <strong>{about}</strong>
                ": "
                {warning.message.clone()}
            </li>
        }
    });
    let items: Vec<_> = items.collect();
    let nothing = items.is_empty();
    view! {
        <h2 class="nhsuk-heading-m" id="warnings">"Warnings"</h2>
        {if nothing {
            view! { <p>"The checks found nothing to warn about: no look-alikes, no reused keys."</p> }.into_any()
        } else {
            view! { <InsetText><ul class="nhsuk-list nhsuk-list--bullet">{items}</ul></InsetText> }.into_any()
        }}
    }
    .into_any()
}

fn asked(subject: &Subject) -> AnyView {
    let uris = subject.content.metadata.redirect_uris.iter().map(|uri| uri_line(uri, subject)).collect_view();
    let keys = match subject.content.metadata.keys.as_slice() {
        [] => UNREADABLE.into_any(),
        keys => keys.iter().map(key).collect_view().into_any(),
    };
    let vectors = match subject.content.metadata.vectors.is_empty() {
        true => "The provider’s default.".to_owned(),
        false => list(&subject.content.metadata.vectors),
    };
    let rows = vec![
        SummaryRow::new("Client name", subject.content.metadata.client_name.clone()),
        SummaryRow::new("Public key", keys),
        SummaryRow::new("Redirect URIs", view! { <ul class="nhsuk-list">{uris}</ul> }),
        SummaryRow::new("Vectors of trust", vectors),
    ];
    view! {
        <h2 class="nhsuk-heading-m" id="asked">"What the partner asks for"</h2>
        <SummaryList rows=rows />
        {scopes(subject)}
    }
    .into_any()
}

/// What is said of a key that was erased in part.
pub(super) const UNREADABLE: &str = "The key cannot be read.";

fn key(client_key: &ClientKey) -> AnyView {
    let Some(key) = &client_key.public_key else { return UNREADABLE.into_any() };
    view! {
        <p class="nhsuk-u-margin-bottom-2">{format!("RSA, {} bits, exponent {}", key.bits(), key.exponent())}</p>
        <p class="nhsuk-u-margin-bottom-2">"SHA-256 " <Copyable value=key.sha256() about="SHA-256 fingerprint" /></p>
        <p class="nhsuk-u-margin-bottom-2">"Thumbprint " <Copyable value=key.thumbprint() about="thumbprint" /></p>
        <p>"Key ID (kid): " {key_id(key, client_key.own_kid())}</p>
    }
    .into_any()
}

fn uri_line(uri: &str, subject: &Subject) -> AnyView {
    let parsed = RedirectUri::parse(uri, subject.policy.uri_rules()).ok();
    let international = parsed.as_ref().and_then(RedirectUri::unicode_host);
    let domain = parsed.as_ref().and_then(RedirectUri::registrable_domain);
    let assigned =
        parsed.as_ref().and_then(RedirectUri::assigned_domain).filter(|assigned| domain.as_ref() != Some(assigned));
    view! {
        <li>
            <code>{uri.to_owned()}</code>
            {domain.map(|domain| view! { <div class="nhsuk-hint nhsuk-u-margin-bottom-0">"Registered domain " {domain}</div> })}
            {assigned
                .map(|assigned| {
                    view! {
                        <div class="nhsuk-hint nhsuk-u-margin-bottom-0">"Name on a shared domain " {assigned}</div>
                    }
                })}
            {international
                .map(|host| {
                    view! { <div class="nhsuk-hint nhsuk-u-margin-bottom-0">"Shown to people as " {host}</div> }
                })}
        </li>
    }
    .into_any()
}

fn scopes(subject: &Subject) -> AnyView {
    let row = |name: &String| {
        let rule = subject.policy.scopes.rule(name);
        let claims = rule.map(|rule| list(&rule.claims)).unwrap_or_default();
        let reason = match (subject.content.reasons.get(name), rule.is_some_and(|rule| rule.mandatory)) {
            (Some(reason), _) => paragraphs(reason),
            (None, true) => cell("Part of every registration."),
            (None, false) => cell("No reason was given."),
        };
        let mark = subject.revision.restricted.contains(name).then(|| {
            view! { <br /> {restricted_tag()} }
        });
        vec![cell(view! { <code>{name.clone()}</code> {mark} }), cell(claims), reason]
    };
    let rows = subject.content.metadata.scopes.iter().map(row).collect();
    view! {
        <div id="scopes" class="app-scopes">
            <Table caption="Scopes and why" columns=vec!["Scope", "Claims", "Reason"] rows=rows />
        </div>
    }
    .into_any()
}

fn check_table(checks: Vec<Check>) -> AnyView {
    let verdict = |verdict: Verdict| match verdict {
        Verdict::Passed => view! { <Tag colour=Colour::Green text="Passed" /> },
        Verdict::LookAtThis => view! { <Tag colour=Colour::Orange text="Look at this" /> },
        Verdict::Problem => view! { <Tag colour=Colour::Red text="Problem" /> },
    };
    let row = |check: Check| {
        let sentences = match check.sentences.is_empty() {
            true => vec!["No problems found.".to_owned()],
            false => check.sentences,
        };
        let sentences: Vec<_> =
            sentences.into_iter().map(|sentence| view! { <p class="nhsuk-u-margin-bottom-2">{sentence}</p> }).collect();
        vec![cell(check.title), cell(verdict(check.verdict)), cell(sentences)]
    };
    let rows = checks.into_iter().map(row).collect();
    view! {
        <h2 class="nhsuk-heading-m" id="checks">"Automatic checks"</h2>
        <p>"We have just run these again, with the same rules as when the partner submitted."</p>
        <Table caption="Automatic checks" hide_caption=true columns=vec!["Check", "Verdict", "Why"] rows=rows />
    }
    .into_any()
}

fn evidence(subject: &Subject) -> AnyView {
    let items = evidence_words(&subject.policy, &subject.content.evidence);
    let body = if items.is_empty() {
        let words = format!("{} asks for no evidence.", subject.policy.title);
        view! { <p>{words}</p> }.into_any()
    } else {
        let item = |item: super::difference::ItemWords| {
            let rows = item.answers.into_iter().map(|answer| match answer.files.is_empty() {
                true => SummaryRow::new(answer.label, paragraphs(&answer.text)),
                false => {
                    let files = links(subject.registration.id, &answer.files, Some(&subject.files));
                    SummaryRow::new(answer.label, files)
                }
            });
            let looks_for = (!item.looks_for.is_empty()).then(|| {
                view! { <p class="nhsuk-hint">{format!("Look for: {}", item.looks_for)}</p> }
            });
            view! {
                <h3 class="nhsuk-heading-s">{item.title}</h3>
                {looks_for}
                <SummaryList rows=rows.collect() />
            }
        };
        items.into_iter().map(item).collect_view().into_any()
    };
    view! {
        <h2 class="nhsuk-heading-m" id="evidence">"Evidence"</h2>
        {body}
    }
    .into_any()
}

fn organisation(subject: &Subject) -> AnyView {
    let owner = &subject.organisation;
    let href = format!("/admin/organisations/{}", owner.id);
    let confirmed = match owner.confirmed {
        true => Status::Confirmed,
        false => Status::Unconfirmed,
    };
    let name = owner.name.clone();
    let rows = vec![
        SummaryRow::new("Name", view! { <a href=href>{name}</a> " " <StatusTag status=confirmed /> }),
        SummaryRow::new("ODS code", owner.ods_code.clone().unwrap_or_else(|| "Not given".into())),
    ];
    let others: Vec<_> = subject
        .others
        .iter()
        .map(|other| {
            let name = other.service.clone();
            let href = format!("/admin/reviews/{}", other.id);
            let name = match other.reviewed {
                true => cell(view! { <a href=href>{name}</a> }),
                false => cell(name),
            };
            vec![
                name,
                cell(environment_tag(&other.environment, &[])),
                cell(other.statuses.iter().map(|status| view! { <StatusTag status=*status /> " " }).collect_view()),
            ]
        })
        .collect();
    view! {
        <h2 class="nhsuk-heading-m" id="organisation">"The organisation"</h2>
        <SummaryList rows=rows />
        {if others.is_empty() {
            view! { <p>"It has no other registration."</p> }.into_any()
        } else {
            let columns = vec!["Service", "Environment", "Status"];
            view! { <Table caption="Its other registrations" columns=columns rows=others /> }.into_any()
        }}
    }
    .into_any()
}

fn approval_title(subject: &Subject, approval: &Approval) -> String {
    match approval.admin {
        Some(admin) => format!("Approved by {}", person(admin, &subject.names)),
        None => "Approved automatically".into(),
    }
}

/// Whose approval no longer counts, and why, while it matters.
fn lapsed(subject: &Subject, approval: &Approval) -> Option<String> {
    let admin = approval.admin?;
    let lapse = subject.lapse(admin)?;
    Some(format!(
        "The approval of {} no longer counts: {lapse}. Another admin can replace it.",
        person(admin, &subject.names)
    ))
}

/// What the words were written for: with the decision that closed the revision, or with an approval.
fn comment_title(subject: &Subject, comment: &Comment) -> String {
    let revision = &subject.revision;
    let what = match (revision.state, revision.decided == Some(comment.stamp)) {
        (RevisionState::Rejected, true) => "Rejected",
        (RevisionState::ChangesRequested, true) => "Changes requested",
        _ => "Comment",
    };
    let by = who(comment.stamp.by, &subject.names);
    match comment.section {
        Some(section) => format!("{what} by {by}: {}", section.title()),
        None => format!("{what} by {by}"),
    }
}

fn said(subject: &Subject) -> AnyView {
    let approvals = subject.revision.approvals.iter().map(|approval| Moment {
        at: approval.at,
        title: approval_title(subject, approval),
        by: String::new(),
        detail: lapsed(subject, approval).map(|sentence| view! { <p>{sentence}</p> }.into_any()),
    });
    let comments = subject.revision.comments.iter().map(|comment| Moment {
        at: comment.stamp.at,
        title: comment_title(subject, comment),
        by: String::new(),
        detail: Some(view! { <blockquote class="app-quote">{paragraphs(&comment.text.0)}</blockquote> }.into_any()),
    });
    let mut moments: Vec<Moment> = approvals.chain(comments).collect();
    moments.sort_by_key(|moment| moment.at);
    let body = match moments.is_empty() {
        true => view! { <p>"Nobody has approved or commented on this revision yet."</p> }.into_any(),
        false => view! { <Timeline moments=moments /> }.into_any(),
    };
    view! {
        <h2 class="nhsuk-heading-m" id="comments">"Approvals and comments so far"</h2>
        {body}
    }
    .into_any()
}

fn exact(subject: &Subject) -> AnyView {
    let revision = &subject.revision;
    let digest = view! { <Copyable value=revision.digest.clone() about="digest of the revision" /> };
    let metadata = view! { <Copyable value=revision.metadata_digest.clone() about="digest of the client metadata" /> };
    let rows = vec![
        SummaryRow::new("Revision", digest),
        SummaryRow::new("Client metadata, which is what is published", metadata),
    ];
    let pretty = serde_json::from_str::<serde_json::Value>(&subject.bytes).ok();
    let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_default();
    let bytes = subject.bytes.clone();
    view! {
        <h2 class="nhsuk-heading-m" id="exact">"What you are approving"</h2>
        <p>"Your approval covers exactly this content, identified by these SHA-256 digests. Any later edit makes a new revision."</p>
        <SummaryList rows=rows />
        <Details summary="The exact bytes of the revision">
            <p>"RFC 8785 JSON on one line, without a final newline. SHA-256 of it is the digest of the revision."</p>
            <CodeBlock code=bytes about="exact bytes" />
            <p>"The same, laid out for reading:"</p>
            <CodeBlock code=pretty about="laid out JSON" />
        </Details>
    }
    .into_any()
}

/// How many entries of the history a review shows before it links to the rest.
const RECENT: usize = 12;

fn happened(subject: &Subject) -> AnyView {
    let moments = subject.history.iter().take(RECENT).map(moment).collect::<Vec<_>>();
    let all = address_of("/history", &[("registration", &subject.registration.id.to_string())]);
    let body = match moments.is_empty() {
        true => {
            view! { <EmptyState heading="No history yet" text="What happens to this registration appears here." /> }
                .into_any()
        }
        false => view! { <Timeline moments=moments /> }.into_any(),
    };
    view! {
        <h2 class="nhsuk-heading-m" id="timeline">"What happened"</h2>
        {body}
        <p><a href=all>"All activity on this registration"</a></p>
    }
    .into_any()
}

fn decision(subject: &Subject) -> AnyView {
    if !subject.is_open() {
        let proposed = reinstatement::is_proposed(subject).then(|| {
            view! {
                <p>"An admin has proposed to reinstate the client. " <a href="#switches">"Read the proposal"</a></p>
            }
        });
        return view! {
            <h2 class="nhsuk-heading-m" id="decision">{decision_title(subject)}</h2>
            <p>"No decision is open on this revision."</p>
            {proposed}
        }
        .into_any();
    }
    let allowed = &subject.permissions;
    let page = address(subject);
    let approve = allowed.approve.is_ok().then(|| {
        view! { <LinkButton href=format!("{page}/approve")>"Approve"</LinkButton> }
    });
    let request = allowed.request_changes.is_ok().then(|| {
        let href = format!("{page}/request-changes");
        view! { <LinkButton href=href kind=ButtonKind::Secondary>"Request changes"</LinkButton> }
    });
    let reject = allowed.reject.is_ok().then(|| {
        view! { <LinkButton href=format!("{page}/reject") kind=ButtonKind::Warning>"Reject"</LinkButton> }
    });
    // A revision that is withheld was decided on: nothing but an approval has an effect.
    let reasons = match subject.is_withheld() {
        true => refusals([&allowed.approve]),
        false => refusals([&allowed.approve, &allowed.request_changes, &allowed.reject]),
    };
    let lapsed: Vec<_> = subject.revision.approvals.iter().filter_map(|approval| lapsed(subject, approval)).collect();
    view! {
        <h2 class="nhsuk-heading-m" id="decision">{decision_title(subject)}</h2>
        <p>{standing(subject)}</p>
        {lapsed.into_iter().map(|sentence| view! { <p class="app-review__lapsed">{sentence}</p> }).collect_view()}
        {reasons.into_iter().map(|reason| view! { <p class="app-review__refusal">{reason}</p> }).collect_view()}
        <ButtonGroup>{approve} {request} {reject}</ButtonGroup>
    }
    .into_any()
}

fn client(subject: &Subject) -> Option<AnyView> {
    let registration = &subject.registration;
    let client_id = registration.client_id.as_ref()?.as_str().to_owned();
    let allowed = &subject.permissions;
    let failure = registration.failure.as_ref().map(|failure| {
        let (generation, at, words) = (failure.generation, failure.at, failure.message.0.clone());
        let reference = failure_reference(registration.id, generation);
        view! {
            <InsetText>
                <p>"We could not tell the provider about generation " {generation} " on " <DateTime at=at /> ":"</p>
                <p class="app-typed">{words}</p>
                <p>"The partner sees only the reference " <strong>{reference}</strong> ", not these words."</p>
            </InsetText>
        }
    });
    let rows = vec![
        SummaryRow::new("client_id", view! { <Copyable value=client_id about="client_id" /> }),
        SummaryRow::new("Status", statuses(subject)),
        SummaryRow::new("At the provider", client_standing(subject).unwrap_or_default()),
    ];
    let why_not = match (&allowed.republish, &allowed.retire) {
        (Err(_), Err(_)) => refusals([&allowed.republish]),
        _ => BTreeSet::new(),
    };
    let heading = match subject.standing() {
        Standing::Settled(Confirmed { does: Does::Off, .. }) => "The client (suspended)",
        Standing::Settled(Confirmed { does: Does::Removed, .. }) => "The client (retired)",
        _ => "The client",
    };
    Some(
        view! {
            <h2 class="nhsuk-heading-m" id="client">{heading}</h2>
            <SummaryList rows=rows />
            {failure}
            {why_not.into_iter().map(|reason| view! { <InsetText><p>{reason}</p></InsetText> }).collect_view()}
        }
        .into_any(),
    )
}

/// The way to the form of a command about the client, for whoever may.
fn switch(
    subject: &Subject,
    allowed: &Result<(), Refusal>,
    form: &str,
    words: &'static str,
    kind: ButtonKind,
) -> Option<AnyView> {
    let href = format!("{}/{form}", address(subject));
    allowed.is_ok().then(|| view! { <LinkButton href=href kind=kind>{words}</LinkButton> }.into_any())
}

/// What switches the client off and on, in sight beside whatever is read: suspending is one admin's, at once.
fn switches(subject: &Subject) -> Option<AnyView> {
    let allowed = &subject.permissions;
    let (heading, retire) = match subject.registration.client_id {
        Some(_) => ("Suspend, reinstate or retire", "Retire the client"),
        None => ("End the registration", "Retire the registration"),
    };
    let one = |allowed, form, words, kind| switch(subject, allowed, form, words, kind);
    let reinstate = match subject.approvals_needed() {
        1 => "Reinstate the client",
        _ => "Propose to reinstate the client",
    };
    let buttons: Vec<AnyView> = [
        one(&allowed.suspend, "suspend", "Suspend the client", ButtonKind::Warning),
        one(&allowed.confirm_reinstatement, "confirm-reinstatement", "Confirm the proposal", ButtonKind::Primary),
        one(&allowed.reinstate, "reinstate", reinstate, ButtonKind::Secondary),
        one(&allowed.drop_reinstatement, "drop-reinstatement", "Drop the proposal", ButtonKind::Secondary),
        one(&allowed.republish, "republish", "Publish again", ButtonKind::Secondary),
        one(&allowed.retire, "retire", retire, ButtonKind::Warning),
    ]
    .into_iter()
    .flatten()
    .collect();
    let proposed = reinstatement::proposal(subject);
    // The proposal says itself why it lapsed.
    let refusal = allowed.confirm_reinstatement.as_ref().err().filter(|why| **why != Refusal::ReinstatementLapsed);
    let why_not = proposed.is_some().then(|| refusal.map(ToString::to_string));
    if buttons.is_empty() && proposed.is_none() {
        return None;
    }
    Some(
        view! {
            <h2 class="nhsuk-heading-m" id="switches">{heading}</h2>
            {proposed}
            {why_not.flatten().map(|reason| view! { <p class="app-review__refusal">{reason}</p> })}
            <ButtonGroup>{buttons}</ButtonGroup>
        }
        .into_any(),
    )
}

/// The sentences of what is not allowed, each once.
pub(super) fn refusals<const N: usize>(asked: [&Result<(), Refusal>; N]) -> BTreeSet<String> {
    asked.into_iter().filter_map(|answer| answer.as_ref().err()).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn html(subject: &Subject) -> String {
        samples::html(|| body(subject))
    }

    #[test]
    fn a_reviewer_sees_what_matters() {
        let subject = samples::subject();
        let html = html(&subject);
        for expected in [
            "1 restricted scope: read the reason",
            "The NHS number finds the patient",
            "https://app.riverside.example.org/callback",
            subject.revision.digest.as_str(),
            subject.revision.metadata_digest.as_str(),
            "This is the first version",
            "Riverside Health",
            "/approve",
            "/request-changes",
            "/reject",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        assert!(!html.contains("<script") && !html.contains("style="));
    }

    /// What refuses an approval is among the checks, so that they never say beside it that no rule is broken.
    #[test]
    fn the_checks_know_what_an_approval_is_refused_for() {
        let mut subject = samples::subject();
        assert!(html(&subject).contains("No rule is broken."));
        subject.misfits = vec!["The registration in the environment before this one is not published.".into()];
        let html = html(&subject);
        assert!(html.contains("1 check found a problem.") && !html.contains("No rule is broken."), "{html}");
        assert!(html.contains("The registration in the environment before this one is not published."), "{html}");
    }

    #[test]
    fn a_proposal_to_reinstate_is_a_decision_that_waits() {
        let mut subject = samples::suspended_live_with_proposal();
        subject.revision.state = RevisionState::Withdrawn;
        let html = html(&subject);
        assert!(html.contains("proposed to reinstate the client. <a href=\"#switches\">"), "{html}");
        assert!(!html.contains("No decision is open.<"), "{html}");
    }

    #[test]
    fn whoever_approved_first_learns_that_another_has_to() {
        let before = samples::subject();
        let mut registration = before.registration;
        registration.revisions[0].approvals = vec![Approval { admin: Some(before.reader), at: before.now }];
        let subject = samples::read_by(&registration, &samples::admin_number(2), &samples::voters());
        let html = html(&subject);
        assert!(html.contains("Another admin must approve it too."), "{html}");
        assert!(!html.contains("/approve\""));
        assert!(html.contains("Approved by Ada Adams"));
    }

    #[test]
    fn an_auditor_gets_no_button() {
        let mut subject = samples::subject();
        subject.permissions = samples::permissions_of_an_auditor(&subject);
        let html = html(&subject);
        assert!(html.contains("Only an NHS login admin who signed in with a second factor can do this."));
        assert!(!html.contains("/approve\"") && !html.contains("/reject\""));
        assert!(html.contains(">Decision<") && !html.contains("Your decision"), "{html}");
    }

    #[test]
    fn a_review_stands_under_the_list_that_leads_to_it() {
        let mut subject = samples::subject();
        assert_eq!(list_of(&subject).0, "Queue");
        subject.registration.revisions[0].state = domain::registration::RevisionState::Approved;
        assert_eq!(list_of(&subject).0, "Clients");
    }

    #[test]
    fn a_client_that_is_off_does_not_look_healthy_and_one_that_is_on_not_off() {
        let mut subject = samples::published_subject();
        subject.registration.suspensions.push(samples::suspension());
        let wanted = subject.registration.wanted.as_mut().unwrap();
        (wanted.enabled, wanted.generation) = (false, 2);
        let before = html(&subject);
        assert!(before.contains("People can still sign in with this client."), "{before}");
        assert!(before.contains(">Being suspended<") && !before.contains("Nobody can sign in"), "{before}");
        let published = subject.registration.published.as_mut().unwrap();
        (published.generation, published.does) = (2, Some(Does::Off));
        let html = html(&subject);
        assert!(html.contains("Nobody can sign in with this client. The provider confirmed this on"), "{html}");
        assert!(html.find(">Suspended<").unwrap() < html.find(">Sandpit</strong>").unwrap(), "the first tag: {html}");
    }

    #[test]
    fn a_reason_says_what_it_was_for() {
        let mut subject = samples::subject();
        let stamp = samples::by_the_admin();
        subject.revision.state = RevisionState::Rejected;
        subject.revision.decided = Some(stamp);
        subject.revision.comments = vec![Comment { section: None, text: "No legal basis.".into(), stamp }];
        assert_eq!(comment_title(&subject, &subject.revision.comments[0]), "Rejected by Ada Adams (NHS login admin)");
        subject.revision.state = RevisionState::ChangesRequested;
        subject.revision.comments[0].section = Some(Section::Scopes);
        let title = "Changes requested by Ada Adams (NHS login admin): Scopes and why";
        assert_eq!(comment_title(&subject, &subject.revision.comments[0]), title);
        subject.revision.decided = None;
        subject.revision.comments[0].section = None;
        assert_eq!(comment_title(&subject, &subject.revision.comments[0]), "Comment by Ada Adams (NHS login admin)");
    }

    #[test]
    fn the_difference_is_of_what_is_published() {
        let mut subject = samples::subject();
        let mut before = samples::draft();
        before.redirect_uris[1] = "https://old.riverside.example.org/callback".into();
        subject.before = Some(samples::earlier(&before));
        let html = html(&subject);
        assert!(html.contains("Added: ") && html.contains("Removed: "), "{html}");
        assert!(html.contains("https://old.riverside.example.org/callback"));
        assert!(html.contains("The same in both: Client name, "));
    }
}

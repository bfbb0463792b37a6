//! The answers of a draft or a revision, as rows to read.

use crate::{
    api::registrations::Next,
    pages::partner::files::links,
    reading::difference::{AnswerWords, answer_words, evidence_words},
    ui::{Copyable, SummaryList, SummaryRow, field_id},
};
use domain::{
    attachment::Attachment,
    draft::{Draft, Section},
    id::RegistrationId,
    key::PublicKey,
    policy::{AnswerKind, EnvironmentPolicy, EvidenceField, EvidenceItem},
    problem::Problem,
    revision::FrozenRevision,
};
use leptos::prelude::*;
use usecases::registrations::RegistrationView;

/// The answers of a revision: its own keys and evidence, whatever is asked today.
pub(super) fn revision_answers(
    registration: RegistrationId,
    content: &FrozenRevision,
    policy: &EnvironmentPolicy,
) -> AnyView {
    let evidence = evidence_words(policy, &content.evidence).into_iter().map(|item| {
        let row = |answer: AnswerWords| match answer.files.is_empty() {
            true => SummaryRow::new(answer.label, text(&answer.text)),
            false => SummaryRow::new(answer.label, links(registration, &answer.files, None)),
        };
        let rows = item.answers.into_iter().map(row).collect();
        view! { <h3 class="nhsuk-heading-s">{item.title}</h3> <SummaryList rows=rows /> }
    });
    let keys: Vec<_> = content.metadata.keys.iter().filter_map(|key| key.public_key.as_ref()).collect();
    let rows = rows(&content.draft().0, &keys, &[], None);
    view! { <SummaryList rows=rows /> {evidence.collect_view()} }.into_any()
}

/// The sections before the evidence, with links to change them where `address` names the registration's page.
fn rows(draft: &Draft, public: &[&PublicKey], problems: &[Problem], address: Option<&str>) -> Vec<SummaryRow> {
    vec![
        row(Section::ClientName, text(&draft.client_name), problems, address),
        row(Section::PublicKey, key(draft, public), problems, address),
        row(Section::RedirectUris, list(&draft.redirect_uris), problems, address),
        row(Section::Scopes, scopes(draft), problems, address),
        row(Section::Vectors, vectors(draft), problems, address),
    ]
}

/// The evidence of a draft, an item each, with links to change the answers where `address` names the registration's page.
fn evidence(view: &RegistrationView, item: &EvidenceItem, address: Option<&str>) -> AnyView {
    let answers = view.details.registration.draft.evidence.get(&item.id);
    let change = address.map(|address| and_back(&format!("{address}/evidence/{}", item.id)));
    let row = |field: &EvidenceField| {
        let answer = answers.and_then(|answers| answers.get(&field.id));
        let entry = format!("{}.{}", item.id, field.id);
        let wrong = wrong(&view.review.problems, |problem| problem.field == "evidence" && problem.entry == entry);
        let answer = answer.map_or("", String::as_str);
        let files: Vec<Attachment> = match field.kind {
            AnswerKind::Files => Attachment::all(answer).collect(),
            _ => Vec::new(),
        };
        let said = match files.is_empty() {
            true => text(&answer_words(field, answer)),
            false => links(view.details.registration.id, &files, None),
        };
        let id = field_id(&format!("evidence[{entry}]"));
        let value = view! { <div id=id tabindex="-1">{said} {wrong}</div> };
        changeable(
            SummaryRow::new(field.label.clone(), value),
            change.clone(),
            format!("the answer to: {}", field.label),
        )
    };
    let rows = item.fields.iter().filter(|field| field.is_asked(answers)).map(row).collect();
    view! { <h2 class="nhsuk-heading-s">{item.title.clone()}</h2> <SummaryList rows=rows /> }.into_any()
}

/// The address of a section that leads back to Check your answers.
pub(super) fn and_back(section: &str) -> String {
    format!("{section}?next={}", Next::Check.name())
}

/// A problem of what was submitted, at the row of the answers that it is about.
pub(super) fn at_its_row(problem: Problem) -> Problem {
    match Section::of_field(&problem.field) {
        None | Some(Section::Evidence) => problem,
        Some(section) => Problem { field: row_id(section).to_owned(), entry: String::new(), ..problem },
    }
}

/// The id of a section's row.
fn row_id(section: Section) -> &'static str {
    match section {
        Section::ClientName => "client_name",
        Section::PublicKey => "public_key",
        Section::RedirectUris => "redirect_uris",
        Section::Scopes => "scope",
        Section::Vectors => "nhs_vtr",
        Section::Evidence => "evidence",
    }
}

/// A row with a link to change it, where there is a page for that.
fn changeable(row: SummaryRow, page: Option<String>, about: impl Into<String>) -> SummaryRow {
    match page {
        Some(page) => row.change(page, about),
        None => row,
    }
}

/// The answers of a registration's draft, each problem at its row; with links to change them where `address` names the
/// registration's page.
pub(super) fn draft_answers(view: &RegistrationView, address: Option<&str>) -> AnyView {
    let (draft, policy) = (&view.details.registration.draft, &view.details.policy);
    let keys = draft.sound_keys(policy);
    let rows = rows(draft, &Vec::from_iter(&keys), &view.review.problems, address);
    let evidence = policy.asked(&draft.scopes).map(|item| evidence(view, item, address)).collect_view();
    let proved = keys.iter().any(|key| view.details.registration.proofs.contains_key(&key.thumbprint()));
    let possession = (policy.possession_required || proved).then(|| possession(view, address));
    view! { <SummaryList rows=rows /> {evidence} {possession} }.into_any()
}

/// Whether the private keys of the draft's public keys were shown to be held.
fn possession(view: &RegistrationView, address: Option<&str>) -> AnyView {
    let (draft, policy) = (&view.details.registration.draft, &view.details.policy);
    let proofs = &view.details.registration.proofs;
    let keys = draft.sound_keys(policy);
    let said = keys.iter().map(|key| match (proofs.get(&key.thumbprint()), keys.len()) {
        (Some(stamp), 1) => format!("Proved {}", super::overview::by_whom(&view.details, stamp)),
        (Some(stamp), _) => format!("{}: proved {}", key.thumbprint(), super::overview::by_whom(&view.details, stamp)),
        (None, 1) => String::new(),
        (None, _) => format!("{}: not proved yet", key.thumbprint()),
    });
    let said = said.map(|said| view! { <div>{text(&said)}</div> }).collect_view();
    let wrong = wrong(&view.review.problems, |problem| problem.field == "possession");
    let value = view! { <div id="possession" tabindex="-1">{said} {wrong}</div> };
    let row = SummaryRow::new("Proof that you hold the private key", value);
    let change = address.map(|address| and_back(&format!("{address}/possession")));
    let row = changeable(row, change, "the proof that you hold the private key");
    view! { <SummaryList rows=vec![row] /> }.into_any()
}

fn row(section: Section, value: AnyView, problems: &[Problem], address: Option<&str>) -> SummaryRow {
    let mine = |problem: &Problem| Section::of_field(&problem.field) == Some(section);
    let value = view! { <div id=row_id(section) tabindex="-1">{value} {wrong(problems, mine)}</div> };
    let change = address.map(|address| and_back(&format!("{address}/{}", section.slug())));
    changeable(SummaryRow::new(section.title(), value), change, in_a_sentence(section))
}

/// The title of a section in the middle of a sentence.
pub(super) fn in_a_sentence(section: Section) -> String {
    if section == Section::RedirectUris { "redirect URIs".into() } else { section.title().to_lowercase() }
}

fn wrong(problems: &[Problem], mine: impl Fn(&Problem) -> bool) -> AnyView {
    let mine = problems.iter().filter(|problem| mine(problem));
    mine.map(|problem| view! { <p class="nhsuk-error-message">{problem.message()}</p> }).collect_view().into_any()
}

fn text(said: &str) -> AnyView {
    match said.trim() {
        "" => view! { <span class="nhsuk-u-secondary-text-colour">"Not answered yet"</span> }.into_any(),
        said => view! { <span class="app-typed">{said.to_owned()}</span> }.into_any(),
    }
}

fn list(entries: &[String]) -> AnyView {
    if entries.is_empty() {
        return text("");
    }
    let items = entries.iter().map(|entry| view! { <li><code>{entry.clone()}</code></li> });
    view! { <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{items.collect_view()}</ul> }.into_any()
}

fn key(draft: &Draft, keys: &[&PublicKey]) -> AnyView {
    let one = |key: &&PublicKey| {
        view! {
            <div>
                {format!("RSA, {} bits", key.bits())} <br /> "SHA-256 " <Copyable value=key.sha256() about="fingerprint" />
            </div>
        }
    };
    match keys {
        [] if draft.public_keys.is_empty() => text(""),
        [] => text("A key that cannot be used yet"),
        keys => keys.iter().map(one).collect_view().into_any(),
    }
}

fn scopes(draft: &Draft) -> AnyView {
    let items = draft.scopes.iter().map(|scope| {
        let why = draft.reasons.get(scope).filter(|_| scope != "openid").cloned();
        view! {
            <li>
                <code>{scope.clone()}</code>
                {why.map(|why| view! { <br /> <span class="app-typed">{why}</span> })}
            </li>
        }
    });
    view! { <ul class="nhsuk-list nhsuk-u-margin-bottom-0">{items.collect_view()}</ul> }.into_any()
}

fn vectors(draft: &Draft) -> AnyView {
    match draft.vectors.is_empty() {
        true => text("The default: P9.Cp.Cd, P9.Cp.Ck, P9.Cm"),
        false => list(&draft.vectors),
    }
}

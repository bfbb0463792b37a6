//! The answers of a draft or a revision, as rows to read.

use crate::{
    api::registrations::RegistrationView,
    reading::difference::answer_words,
    ui::{SummaryList, SummaryRow},
};
use domain::{
    draft::{Draft, Section},
    policy::EnvironmentPolicy,
    problem::Problem,
};
use leptos::prelude::*;

/// The answers of a draft, with links to change them where `address` names the registration's page.
pub(super) fn answers_of(
    draft: &Draft,
    policy: &EnvironmentPolicy,
    problems: &[Problem],
    address: Option<&str>,
) -> AnyView {
    let rows = [
        row(Section::ClientName, text(&draft.client_name), problems, "client_name", address),
        row(Section::PublicKey, key(draft, policy), problems, "public_key", address),
        row(Section::RedirectUris, list(&draft.redirect_uris), problems, "redirect_uris", address),
        row(Section::Scopes, scopes(draft), problems, "scope", address),
        row(Section::Vectors, vectors(draft), problems, "nhs_vtr", address),
    ];
    let evidence = policy.evidence.iter().map(|item| {
        let rows = item
            .fields
            .iter()
            .map(|field| {
                let answer = draft.evidence.get(&item.id).and_then(|answers| answers.get(&field.id));
                let entry = format!("{}.{}", item.id, field.id);
                let wrong = wrong(problems, |problem| problem.field == "evidence" && problem.entry == entry);
                let said = answer_words(field, answer.map_or("", String::as_str));
                let row = SummaryRow::new(field.label.clone(), view! { {text(&said)} {wrong} });
                match address {
                    Some(address) => row.change(format!("{address}/evidence/{}", item.id), field.label.to_lowercase()),
                    None => row,
                }
            })
            .collect();
        view! { <h3 class="nhsuk-heading-s">{item.title.clone()}</h3> <SummaryList rows=rows /> }
    });
    view! { <SummaryList rows=rows.into_iter().collect() /> {evidence.collect_view()} }.into_any()
}

/// The answers of a registration's draft, each problem at its row.
pub(super) fn draft_answers(view: &RegistrationView, address: &str) -> AnyView {
    let details = &view.details;
    let answers = answers_of(&details.registration.draft, &details.policy, &view.review.problems, Some(address));
    let possession = details.policy.possession_required.then(|| possession(view, address));
    view! { {answers} {possession} }.into_any()
}

/// Whether the private key of the draft's public key was shown to be held.
fn possession(view: &RegistrationView, address: &str) -> AnyView {
    let (draft, policy) = (&view.details.registration.draft, &view.details.policy);
    let key = draft.check_key(policy).ok();
    let proof = key.and_then(|key| view.details.registration.proofs.get(&key.thumbprint()).copied());
    let said =
        proof.map_or_else(String::new, |stamp| format!("Proved {}", super::overview::by_whom(&view.details, &stamp)));
    let wrong = wrong(&view.review.problems, |problem| problem.field == "possession");
    let value = view! { <div id="possession" tabindex="-1">{text(&said)} {wrong}</div> };
    let row = SummaryRow::new("Proof that you hold the private key", value);
    let row = row.change(format!("{address}/possession"), "the proof that you hold the private key");
    view! { <SummaryList rows=vec![row] /> }.into_any()
}
fn row(section: Section, value: AnyView, problems: &[Problem], field: &str, address: Option<&str>) -> SummaryRow {
    let mine = |problem: &Problem| Section::of_field(&problem.field) == Some(section);
    let value = view! { <div id=field.to_owned() tabindex="-1">{value} {wrong(problems, mine)}</div> };
    let row = SummaryRow::new(section.title(), value);
    match address {
        Some(address) => row.change(format!("{address}/{}", section.slug()), section.title().to_lowercase()),
        None => row,
    }
}

fn wrong(problems: &[Problem], mine: impl Fn(&Problem) -> bool) -> AnyView {
    let mine = problems.iter().filter(|problem| mine(problem));
    mine.map(|problem| view! { <p class="nhsuk-error-message">{problem.message.clone()}</p> }).collect_view().into_any()
}

fn text(said: &str) -> AnyView {
    match said.trim() {
        "" => view! { <span class="nhsuk-u-secondary-text-colour">"Not answered yet"</span> }.into_any(),
        said => view! { <span class="app-paragraphs">{said.to_owned()}</span> }.into_any(),
    }
}

fn list(entries: &[String]) -> AnyView {
    if entries.is_empty() {
        return text("");
    }
    let items = entries.iter().map(|entry| view! { <li><code class="app-uri">{entry.clone()}</code></li> });
    view! { <ul class="nhsuk-list">{items.collect_view()}</ul> }.into_any()
}

fn key(draft: &Draft, policy: &EnvironmentPolicy) -> AnyView {
    match draft.check_key(policy) {
        Ok(key) => view! {
            {format!("RSA, {} bits", key.bits())} <br /> "SHA-256 " <code class="app-uri">{key.sha256()}</code>
        }
        .into_any(),
        Err(_) if draft.public_key.trim().is_empty() => text(""),
        Err(_) => text("A key that cannot be used yet"),
    }
}

fn scopes(draft: &Draft) -> AnyView {
    let items = draft.scopes.iter().map(|scope| {
        let why = draft.reasons.get(scope).filter(|_| scope != "openid").cloned();
        view! {
            <li>
                <code>{scope.clone()}</code>
                {why.map(|why| view! { <br /> <span class="app-paragraphs">{why}</span> })}
            </li>
        }
    });
    view! { <ul class="nhsuk-list">{items.collect_view()}</ul> }.into_any()
}

fn vectors(draft: &Draft) -> AnyView {
    match draft.vectors.is_empty() {
        true => text("The default: P9.Cp.Cd, P9.Cp.Ck, P9.Cm"),
        false => list(&draft.vectors),
    }
}

//! One item of evidence: the questions that the environment's policy asks.

use super::{files, sections::SectionPage};
use crate::{
    pages::frame::{page, param},
    ui::{Button, Choice, DateInput, Details, ErrorMessage, Form, Hidden, Radios, TextArea, TextInput},
};
use domain::{
    draft::DraftChange,
    evidence::asks_for_files,
    policy::{AnswerKind, AnswerOption, EvidenceField, EvidenceItem},
    scenario::scenarios,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use usecases::Fault;

/// `/registrations/:id/evidence/:item`
#[component]
pub fn EvidencePage() -> impl IntoView {
    page(async move {
        let id = param("item");
        let change = DraftChange::Evidence { item: id.clone(), answers: BTreeMap::new() };
        let mut section = SectionPage::load(change, &format!("evidence/{id}")).await?;
        let items = &section.details().policy.evidence;
        let item = items.iter().find(|item| item.id == id).cloned().ok_or(Fault::NotFound)?;
        let prefix = format!("{id}.");
        let blank = !section.details().registration.draft.evidence.contains_key(&id) && !section.refused.is_any();
        section.problems.retain(|problem| {
            problem.field != "evidence" || (!blank && (problem.entry.is_empty() || problem.entry.starts_with(&prefix)))
        });
        let fields = questions(&section, &item);
        let about = about(&section, &item);
        let (hidden, item_id) = (section.hidden(), item.id.clone());
        let theirs = section.theirs();
        let has_files = asks_for_files(&item);
        let action = if has_files { "/api/save-evidence-with-files" } else { "/api/save-evidence" };
        let body = view! {
            <p class="nhsuk-body">{item.hint.clone()}</p>
            {about}
            <Form action=action multipart=has_files>
                {hidden}
                <Hidden name="item" value=item_id />
                {fields}
                {theirs}
                <Button>"Save and continue"</Button>
            </Form>
        };
        Ok(section.page(item.title.clone(), body))
    })
}

/// What helps with the answers: what is looked for in them, and what there is to try out before.
fn about(section: &SectionPage, item: &EvidenceItem) -> AnyView {
    let looks_for = item.looks_for.clone();
    let looks_for = (!looks_for.is_empty()).then(|| {
        view! {
            <Details summary="What we look for">
                <p>{looks_for}</p>
            </Details>
        }
    });
    let scenarios = item.scenarios.then(|| {
        let all = scenarios(&section.details().registration.draft).into_iter().map(|some| {
            let each = some.each.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view();
            view! {
                <h2 class="nhsuk-heading-xs">{some.heading}</h2>
                <ul class="nhsuk-list nhsuk-list--bullet">{each}</ul>
            }
        });
        view! {
            <Details summary="What the tests have to cover">
                <p>"These follow from the vectors of trust and the scopes of your draft."</p>
                {all.collect_view()}
            </Details>
        }
    });
    view! { {looks_for} {scenarios} }.into_any()
}

/// The questions in their order; those that only one answer leads to stand below it.
fn questions(section: &SectionPage, item: &EvidenceItem) -> AnyView {
    let is_below = |field: &&EvidenceField| field.when.as_ref().is_some_and(|when| is_choice(item, &when.field));
    let on_top = item.fields.iter().filter(|field| !is_below(field));
    on_top.map(|field| question(section, item, field)).collect_view().into_any()
}

fn is_choice(item: &EvidenceItem, field: &str) -> bool {
    item.fields.iter().any(|other| other.id == field && matches!(other.kind, AnswerKind::Choice(_)))
}

/// The questions below the choices of a field, by the value of the first choice that leads to them.
fn revealed(section: &SectionPage, item: &EvidenceItem, field: &EvidenceField) -> Vec<(String, AnyView)> {
    let AnswerKind::Choice(options) = &field.kind else { return Vec::new() };
    let leads_to = |option: &AnswerOption| {
        let is_its = |other: &&EvidenceField| {
            other.when.as_ref().is_some_and(|when| when.field == field.id && when.is.first() == Some(&option.value))
        };
        let below: Vec<AnyView> =
            item.fields.iter().filter(is_its).map(|other| question(section, item, other)).collect();
        (!below.is_empty()).then(|| (option.value.clone(), below.collect_view().into_any()))
    };
    options.iter().filter_map(leads_to).collect()
}

fn question(section: &SectionPage, item: &EvidenceItem, field: &EvidenceField) -> AnyView {
    let entry = format!("{}.{}", item.id, field.id);
    let name = format!("evidence[{entry}]");
    let saved = section.answer(&entry);
    let value = section.refused.value(&name, &saved);
    let error = section.error("evidence", &entry);
    let (label, hint) = (field.label.clone(), field.hint.clone());
    match &field.kind {
        AnswerKind::Line => view! { <TextInput name=name label=label hint=hint value=value error=error /> }.into_any(),
        AnswerKind::OdsCode => {
            view! { <TextInput name=name label=label hint=hint value=value error=error width=10 code=true /> }
                .into_any()
        }
        AnswerKind::Code { .. } => {
            view! { <TextInput name=name label=label hint=hint value=value error=error width=20 code=true /> }
                .into_any()
        }
        AnswerKind::Paragraphs => {
            view! { <TextArea name=name label=label hint=hint value=value error=error max=2000 /> }.into_any()
        }
        AnswerKind::PastDate | AnswerKind::ExpiryDate => {
            view! { <DateInput name=name legend=label hint=hint value=boxes(&value) error=error /> }.into_any()
        }
        AnswerKind::Choice(options) => {
            let choices = options
                .iter()
                .map(|option| Choice::new(&*option.value, &*option.label).chosen(option.value == value))
                .collect();
            let reveals = revealed(section, item, field);
            view! { <Radios name=name legend=label hint=hint choices=choices error=error reveals=reveals /> }.into_any()
        }
        AnswerKind::Files => files::question(section, &name, &entry, (label, hint), error),
        AnswerKind::Confirmation => confirmation(name, label, value == "yes", error),
    }
}

fn confirmation(name: String, label: String, ticked: bool, error: Option<String>) -> AnyView {
    let id = crate::ui::field_id(&name);
    let wrong = error.is_some();
    let described = wrong.then(|| format!("{id}-error"));
    view! {
        <div class=if wrong { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }>
            <ErrorMessage id=id.clone() text=error />
            <div class="nhsuk-checkboxes">
                <div class="nhsuk-checkboxes__item">
                    <input
                        class="nhsuk-checkboxes__input"
                        id=id.clone()
                        name=name
                        type="checkbox"
                        value="yes"
                        checked=ticked
                        aria-describedby=described
                        aria-invalid=wrong.then_some("true")
                    />
                    <label class="nhsuk-label nhsuk-checkboxes__label" for=id>{label}</label>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// `2026-3-27`, as typed, into the boxes for day, month and year.
fn boxes(raw: &str) -> [String; 3] {
    let mut parts = raw.splitn(3, '-').map(str::to_owned);
    let year = parts.next().unwrap_or_default();
    let month = parts.next().unwrap_or_default();
    let day = parts.next().unwrap_or_default();
    [day, month, year]
}

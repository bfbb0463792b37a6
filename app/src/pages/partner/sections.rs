//! The sections of a draft, a page each: name, key, redirect URIs, scopes, vectors.

use super::{
    merging::Both,
    of_registration,
    overview::{May, is_blank, name_of},
};
use crate::{
    api::{
        context::caller,
        form::{Refused, refused},
        registrations::{self, Next},
    },
    islands::{PrivateKeyGuard, RedirectUriCheck},
    pages::frame::{Page, page, param, query},
    reading::difference::section_lines,
    ui::{
        Button, ButtonGroup, ButtonKind, Checkboxes, Choice, Colour, Diff, DiffField, ErrorMessage, Fieldset, Form,
        Hidden, InsetText, Tag, TextArea, TextInput, WarningText, date_time_text,
    },
};
use domain::{
    actor::By,
    draft::{Draft, DraftChange, Section},
    problem::Problem,
    redirect_uri::MOST,
    rule::{FormFault, Rule, Since},
    scope::ScopeRule,
    vector::{self, KnownVector},
    warning::{Said, Warning},
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::{Attached, read::RegistrationDetails};
use time::OffsetDateTime;
use usecases::{Fault, registrations::RegistrationView};

/// What every section's page starts from.
pub(super) struct SectionPage {
    pub(super) view: RegistrationView,
    pub(super) refused: Refused,
    /// Problems of this section: of what was refused, else of what is saved.
    pub(super) problems: Vec<Problem>,
    /// What the page is about, with nothing in it.
    change: DraftChange,
    /// After a conflict: what both changed, where it is known what the form showed.
    both: Option<Both>,
    /// What is known of the files in the evidence, where the page is about that.
    pub(super) files: Vec<Attached>,
    /// The rest of the address.
    slug: String,
}

impl SectionPage {
    /// Loads the registration for somebody who may edit it. `slug` is the rest of the address.
    pub(super) async fn load(change: DraftChange, slug: &str) -> Result<Self, Fault> {
        let view = registrations::registration(&param("id")).await?;
        May::caller()?.ask_edit(&view.details)?;
        let address = format!("/registrations/{}", view.details.registration.id);
        let mut refused = refused(&format!("{address}/{slug}")).await;
        tell_who(&mut refused.problems, &view.details, change.section())?;
        tell_what_is_there(&mut refused, &view.details.registration.draft);
        let shown = registrations::shown_before(&view.details, &change, &refused).await?;
        let both = shown.map(|shown| {
            let RegistrationDetails { registration, policy, .. } = &view.details;
            Both::put_together(&mut refused.values, &change, &shown, &registration.draft, policy)
        });
        let files = match &change {
            DraftChange::Evidence { .. } => registrations::files_of(&view.details).await?,
            _ => Vec::new(),
        };
        let mut page = Self { view, refused, problems: Vec::new(), change, both, files, slug: slug.to_owned() };
        page.problems = page.find_problems();
        Ok(page)
    }

    fn find_problems(&self) -> Vec<Problem> {
        if self.refused.is_any() {
            return self.refused.problems.clone();
        }
        // Nobody is told off for a form that they have not filled in yet.
        if is_blank(&self.details().registration.draft, self.change.section()) && query("done").is_empty() {
            return Vec::new();
        }
        let mine = |problem: &&Problem| Section::of_field(&problem.field) == Some(self.change.section());
        self.view.review.problems.iter().filter(mine).cloned().collect()
    }

    pub(super) fn details(&self) -> &RegistrationDetails {
        &self.view.details
    }

    /// Where this page leads once it is done.
    pub(super) fn next(&self) -> Next {
        Next::read(&query("next"))
    }

    /// The hidden fields of every section's form.
    pub(super) fn hidden(&self) -> impl IntoView + use<> {
        let registration = &self.details().registration;
        view! {
            <Hidden name="registration" value=registration.id.to_string() />
            <Hidden name="base" value=registration.draft.section_digest(self.change.section(), self.change.item()) />
            {next_field(self.next())}
        }
    }

    /// The answer to a question of the evidence that is saved, by `item.field`.
    pub(super) fn answer(&self, entry: &str) -> String {
        let (item, field) = entry.split_once('.').unwrap_or_default();
        let answers = self.details().registration.draft.evidence.get(item);
        answers.and_then(|answers| answers.get(field)).cloned().unwrap_or_default()
    }

    /// The sentence at an entry of a field.
    pub(super) fn error(&self, field: &str, entry: &str) -> Option<String> {
        crate::ui::error_for(&self.problems, field, entry)
    }

    /// After a conflict: what changed while the form was open.
    pub(super) fn theirs(&self) -> Option<AnyView> {
        let details = self.details();
        if let Some(both) = &self.both {
            return Some(both.view(&details.policy, &self.change));
        }
        let now = section_lines(&details.registration.draft, &self.change, &details.policy);
        let title = self.change.section().title();
        theirs(&self.problems, title, None, now)
    }

    /// What reviewers said about this section of the latest revision.
    fn comments(&self) -> Option<AnyView> {
        let revision = self.details().registration.revisions.last()?;
        let about = revision.comments.iter().filter(|comment| comment.section == Some(self.change.section()));
        let said = about.map(|comment| view! { <p class="app-typed">{comment.text.0.clone()}</p> }).collect_view();
        let number = revision.number;
        (!said.is_empty()).then(|| {
            view! {
                <InsetText>
                    <p><strong>{format!("Our comments on revision {number}:")}</strong></p>
                    {said}
                </InsetText>
            }
            .into_any()
        })
    }

    /// What the checks warn about in what is saved of this section.
    fn warnings(&self) -> Option<AnyView> {
        let item = self.change.item();
        let is_of_item = |entry: &str| item.is_empty() || entry.split('.').next() == Some(item);
        let mine = |warning: &&Said| {
            Section::of_field(&warning.field) == Some(self.change.section()) && is_of_item(&warning.entry)
        };
        let warnings = self.view.review.warnings.iter().filter(mine);
        let items = warnings.map(|warning| view! { <li>{warning.message.clone()}</li> }).collect_view();
        (!items.is_empty()).then(|| {
            view! {
                <WarningText heading="About what is saved">
                    <ul class="nhsuk-list nhsuk-list--bullet">{items}</ul>
                </WarningText>
            }
            .into_any()
        })
    }

    /// The finished page.
    pub(super) fn page(self, title: impl Into<String>, body: impl IntoView + 'static) -> Page {
        // Of what was refused, the warnings about what is saved say nothing.
        let warnings = if self.refused.is_any() { None } else { self.warnings() };
        let comments = self.comments();
        let waiting = self.details().registration.submitted().map(|revision| {
            let number = revision.number;
            let words = format!("Revision {number} is being reviewed. What you change here is not part of it.");
            view! { <InsetText><p>{words}</p></InsetText> }
        });
        // The fields for keys and addresses look after themselves.
        let guarded = !matches!(self.change, DraftChange::RedirectUris(_)) && self.slug != "public-key";
        let guard = guarded.then(|| view! { <PrivateKeyGuard /> });
        of_registration(title, view! { {waiting} {comments} {warnings} {body} {guard} }, self.details())
            .saved(!self.refused.is_any())
            .problems(self.problems)
    }
}

/// Says where a private key was refused that the box shows what is saved, if it does.
fn tell_what_is_there(refused: &mut Refused, draft: &Draft) {
    for problem in refused.problems.iter_mut().filter(|problem| problem.rule.is_private_key()) {
        let is_empty = saved_text(draft, &problem.field, &problem.entry).trim().is_empty();
        problem.rule = if is_empty { Rule::PrivateKey } else { Rule::PrivateKeyBeside };
    }
}

/// What is saved at an entry of a field; empty for nothing.
fn saved_text<'a>(draft: &'a Draft, field: &str, entry: &str) -> &'a str {
    let text = match field {
        "client_name" => Some(&draft.client_name),
        "redirect_uris" => entry.parse::<usize>().ok().and_then(|at| draft.redirect_uris.get(at)),
        "reasons" => draft.reasons.get(entry),
        "evidence" => entry
            .split_once('.')
            .and_then(|(item, answer)| draft.evidence.get(item).and_then(|answers| answers.get(answer))),
        _ => None,
    };
    text.map_or("", String::as_str)
}

/// Says of a conflict who saved last, and when. Of evidence it is not known who saved which item.
fn tell_who(problems: &mut [Problem], details: &RegistrationDetails, section: Section) -> Result<(), Fault> {
    let last = details.registration.edited.get(&section).filter(|_| section != Section::Evidence);
    let Some(stamp) = last else { return Ok(()) };
    told_who(problems, stamp.by, &name_of(details, stamp.by), stamp.at)
}

/// Says of a conflict who saved last, and when: the reader in another tab is nobody else.
pub(super) fn told_who(problems: &mut [Problem], by: By, name: &str, at: OffsetDateTime) -> Result<(), Fault> {
    let is_me = by == By::Account(caller()?.person()?.account);
    for problem in problems.iter_mut().filter(|problem| problem.rule.is_stale()) {
        let at = date_time_text(at);
        let since = if is_me { Since::You(at) } else { Since::Other { name: name.to_owned(), at } };
        problem.rule = FormFault::Stale(since).into();
    }
    Ok(())
}

/// The hidden field that says where a form leads, unless to the task list.
pub(super) fn next_field(next: Next) -> Option<impl IntoView + use<>> {
    (next != Next::TaskList).then(|| view! { <Hidden name="next" value=next.name() /> })
}

/// `/registrations/:id/client-name`
#[component]
pub fn ClientNamePage() -> impl IntoView {
    page(async move {
        let section = SectionPage::load(DraftChange::ClientName(String::new()), "client-name").await?;
        let present = section.details().registration.draft.client_name.clone();
        let (hidden, theirs) = (section.hidden(), section.theirs());
        let (value, error) = (section.refused.value("client_name", &present), section.error("client_name", ""));
        let body = view! {
            <Form action="/api/save-client-name">
                {hidden}
                <TextInput
                    name="client_name"
                    label="Client name"
                    label_hidden=true
                    hint="People see this when they sign in: “Continue to …”. At most 64 characters."
                    value=value
                    error=error
                />
                {theirs}
                <Button>"Save and continue"</Button>
            </Form>
        };
        Ok(section.page("Client name", body))
    })
}

/// After a conflict: what changed while the form was open, beside what was typed; where that is not known any more, what is
/// saved now.
pub(super) fn theirs(
    problems: &[Problem],
    title: &'static str,
    shown: Option<Vec<String>>,
    now: Vec<String>,
) -> Option<AnyView> {
    problems.iter().any(|problem| problem.rule.is_stale()).then(|| {
        let what = match shown {
            Some(shown) => {
                let fields = vec![DiffField::between(title, &shown, &now)];
                view! { <p>"What changed while you had this open:"</p> <Diff fields=fields /> }.into_any()
            }
            None => {
                let now = if now.is_empty() { "Nothing".to_owned() } else { now.join("\n") };
                view! { <p>"What is saved now:"</p> <pre class="app-code-block">{now}</pre> }.into_any()
            }
        };
        view! {
            <InsetText>
                {what}
                <p>"What you typed is in the form. Save it to replace what is saved now, or go back to keep what is saved."</p>
            </InsetText>
        }
        .into_any()
    })
}

/// `/registrations/:id/redirect-uris`
#[component]
pub fn RedirectUrisPage() -> impl IntoView {
    page(async move {
        let section = SectionPage::load(DraftChange::RedirectUris(Vec::new()), "redirect-uris").await?;
        let details = section.details();
        let mut present = details.registration.draft.redirect_uris.clone();
        let saved = present.clone();
        let name = |at: usize| format!("redirect_uris[{at}]");
        if let Some(last) = (0..MOST).rfind(|at| section.refused.values.contains_key(&name(*at))) {
            // What is not among what was typed held a private key: there stands what is saved.
            let there = |at: usize| saved.get(at).map_or("", String::as_str);
            present = (0..=last.max(saved.len().saturating_sub(1)))
                .map(|at| section.refused.value(&name(at), there(at)))
                .collect();
        }
        let errors = (0..present.len()).map(|at| section.error("redirect_uris", &at.to_string())).collect();
        let general = section.error("redirect_uris", "");
        let rules = details.policy.uri_rules();
        let (hidden, theirs) = (section.hidden(), section.theirs());
        let body = view! {
            <p class="nhsuk-body">
                "The addresses that people are sent back to after they sign in. The provider compares them character \
                 by "
                "character. " <a href="/guidance/redirect-uris">"What makes a good redirect URI"</a>
            </p>
            <Form action="/api/save-redirect-uris">
                {hidden}
                <RedirectUriCheck values=present errors=errors general=general rules=rules is_tool=false />
                {theirs}
                // The first button of a form is the one that Enter presses.
                <ButtonGroup>
                    <Button>"Save and continue"</Button>
                    <span class="app-asleep">
                        <Button kind=ButtonKind::Secondary name="then" value="add">
                            "Save and add another"
                        </Button>
                    </span>
                </ButtonGroup>
            </Form>
        };
        Ok(section.page("Redirect URIs", body))
    })
}

/// `/registrations/:id/scopes`
#[component]
pub fn ScopesPage() -> impl IntoView {
    page(async move {
        let section =
            SectionPage::load(DraftChange::Scopes { scopes: Vec::new(), reasons: BTreeMap::new() }, "scopes").await?;
        let rules = section.details().policy.scopes.scopes.clone();
        let rows = rules.iter().map(|rule| scope_row(&section, rule)).collect_view();
        let (general, hidden) = (section.error("scope", ""), section.hidden());
        let described = general.is_some().then(|| "scope-error".to_owned());
        let theirs = section.theirs();
        let body = view! {
            <p class="nhsuk-body">
                "Ask only for what your service needs. NHS login admins read every reason. "
                <a href="/guidance/scopes">"Scopes and their claims"</a>
            </p>
            <Form action="/api/save-scopes">
                {hidden}
                <Fieldset legend="Which scopes does your service need?" describedby=described>
                    <ErrorMessage id="scope" text=general />
                    // With scripts, ticking a scope reveals its reason; without, all reasons are there.
                    <div id="scope" tabindex="-1" class="app-scopes" data-module="nhsuk-checkboxes">
                        {rows}
                    </div>
                </Fieldset>
                {theirs}
                <Button>"Save and continue"</Button>
            </Form>
        };
        Ok(section.page("Scopes and why", body))
    })
}

fn is_chosen(section: &SectionPage, field: &str, name: &str, saved: &[String]) -> bool {
    match section.refused.is_any() {
        true => section.refused.values.contains_key(&format!("{field}[{name}]")),
        false => saved.iter().any(|chosen| chosen == name),
    }
}

fn scope_row(section: &SectionPage, rule: &ScopeRule) -> impl IntoView + use<> {
    let draft = &section.details().registration.draft;
    let name = rule.name.clone();
    let chosen = rule.mandatory || is_chosen(section, "scope", &name, &draft.scopes);
    let id = format!("scope-{name}");
    let error = section.error("scope", &name);
    let levels = rule.levels.iter().map(|level| format!("{level:?}")).collect::<Vec<_>>().join(", ");
    let claims = rule.claims.join(", ");
    let hint = format!("{} Claims: {claims}. Levels: {levels}. {}", rule.description, rule.note);
    let wrong = error.is_some();
    let described = if wrong { format!("{id}-about {id}-error") } else { format!("{id}-about") };
    let reason = format!("reasons[{name}]");
    let saved_reason = draft.reasons.get(&name).cloned().unwrap_or_default();
    let restricted = rule.restricted.then(|| view! { " " <Tag colour=Colour::Orange text="Restricted" /> });
    let group = if wrong { "nhsuk-form-group nhsuk-form-group--error app-scope" } else { "nhsuk-form-group app-scope" };
    let reason_value = section.refused.value(&reason, &saved_reason);
    let reason_error = section.error("reasons", &name);
    // A reason beside a scope that is not chosen has to be seen, so that it can be mended.
    let is_seen = reason_error.is_some() || !reason_value.trim().is_empty();
    let conditional = !rule.mandatory && (chosen || !is_seen);
    let reveals = format!("{id}-reason");
    let reason_class = match conditional && !chosen {
        true => "nhsuk-checkboxes__conditional nhsuk-checkboxes__conditional--hidden",
        false => "nhsuk-checkboxes__conditional",
    };
    view! {
        <div class=group>
            <ErrorMessage id=id.clone() text=error />
            <div class="nhsuk-checkboxes">
                <div class="nhsuk-checkboxes__item">
                    <input
                        class="nhsuk-checkboxes__input"
                        id=id.clone()
                        name="scope[]"
                        type="checkbox"
                        value=name.clone()
                        checked=chosen
                        aria-describedby=described
                        aria-invalid=wrong.then_some("true")
                        data-aria-controls=conditional.then(|| reveals.clone())
                    />
                    <label class="nhsuk-label nhsuk-checkboxes__label" for=id.clone()>
                        <code>{name.clone()}</code>
                        {restricted}
                    </label>
                    <div class="nhsuk-hint nhsuk-checkboxes__hint" id=format!("{id}-about")>{hint}</div>
                </div>
                {(!rule.mandatory)
                    .then(|| {
                        view! {
                            <div class=format!("{reason_class} app-scope__reason") id=reveals>
                                <TextArea
                                    name=reason.clone()
                                    label=format!("Why do you need {name}?")
                                    value=reason_value
                                    error=reason_error
                                    rows=2
                                    max=1000
                                />
                            </div>
                        }
                    })}
            </div>
        </div>
    }
}

/// What a vector means, and what the checks will warn about once it is chosen.
fn vector_hint(known: &KnownVector) -> String {
    let (_, _, warnings) = vector::check_all(&[known.name.to_owned()]);
    let caveats = warnings.iter().map(|warning| caveat(warning));
    std::iter::once(known.description).chain(caveats).collect::<Vec<_>>().join(" ")
}

/// A warning about one vector, short enough for a hint.
fn caveat(warning: &Said) -> &'static str {
    match Warning::of_rule(&warning.rule) {
        Some(Warning::VectorNotImplemented) => "NHS login has not yet implemented Ck.",
        Some(Warning::VectorFido) => "Works only for people who have set up FIDO sign-in.",
        Some(Warning::VectorNotInGuidance) => {
            "Not in the public guidance: ask the onboarding team whether it works here."
        }
        _ => "Has a condition, which we show when you save it.",
    }
}

/// `/registrations/:id/vectors`
#[component]
pub fn VectorsPage() -> impl IntoView {
    page(async move {
        let section = SectionPage::load(DraftChange::Vectors(Vec::new()), "vectors").await?;
        let saved = section.details().registration.draft.vectors.clone();
        let choices = vector::ALL
            .iter()
            .map(|known| {
                let name = known.name.to_owned();
                let chosen = is_chosen(&section, "nhs_vtr", &name, &saved);
                Choice::new(name.clone(), name).hint(vector_hint(known)).chosen(chosen)
            })
            .collect();
        let (hidden, error) = (section.hidden(), section.error("nhs_vtr", ""));
        let theirs = section.theirs();
        let body = view! {
            <p class="nhsuk-body">
                "How sure NHS login must be about who someone is (P0, P5, P9), and how they must sign in (C). A request "
                "may only ask for the vectors that are registered here. "
                <a href="/guidance/vectors-of-trust">"Vectors of trust explained"</a>
            </p>
            <Form action="/api/save-vectors">
                {hidden}
                <Checkboxes
                    name="nhs_vtr[]"
                    legend="Which vectors will your service ask for?"
                    hint="Leave them all unticked to use the default: P9.Cp.Cd, P9.Cp.Ck and P9.Cm."
                    choices=choices
                    error=error
                />
                {theirs}
                <Button>"Save and continue"</Button>
            </Form>
        };
        Ok(section.page("Vectors of trust", body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_of_a_single_vector_is_in_its_hint() {
        for known in vector::ALL {
            let hint = vector_hint(&known);
            assert!(
                hint.starts_with(known.description)
                    && !hint.contains(caveat(&Warning::VectorStepUp.said("nhs_vtr", ""))),
                "{hint}"
            );
        }
        assert_eq!(vector_hint(&vector::ALL[0]), vector::ALL[0].description);
    }
}

//! A registration: where it is, what is left to do, and, once published, how to connect.

use super::{acting, moments::moments, published, statuses};
use crate::{
    api::{
        context::{caller, portal},
        form::refused,
        registrations,
    },
    pages::frame::{Page, page, param, write_to_us},
    reading::{
        permissions::{fresh_enough, to_a_reader},
        standing::client_sentence,
        words::list,
    },
    ui::{
        ButtonKind, InsetText, LinkButton, Moment, Status, StatusTag, Task, TaskList, Timeline, WarningText,
        date_time_text,
    },
};
use domain::{
    actor::{Actor, By, Person, Stamp},
    aggregate::Aggregate,
    draft::{Draft, DraftChange, Section},
    key::PublicKey,
    organisation::{self, Organisation},
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{ClientState, Command, Comment, Registration, Revision, RevisionState},
    standing::{Confirmed, Does, Reader, Standing, failure_reference},
    warning::{Warning, why_a_person as why_a_person_looks},
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use time::OffsetDateTime;
use usecases::{
    Fault,
    registrations::{CopiedFrom, RegistrationView},
};

/// What the caller may do with the registration now: the same rules that the write path asks.
pub(super) struct May {
    actor: Actor,
    now: OffsetDateTime,
    is_fresh: bool,
}

impl May {
    /// The caller, now. The proof is asked for on the form, so it is not held against anyone.
    pub(super) fn caller() -> Result<Self, Fault> {
        let (person, now) = (caller()?.person()?.clone(), portal()?.auth.ambient.now());
        let is_fresh = fresh_enough(person.reauthenticated_at, now);
        Ok(Self { actor: Actor::Person(Person { reauthenticated_at: Some(now), ..person }), now, is_fresh })
    }

    /// Whether password or code were given a moment ago.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Whether the rules allow `command`, whatever the input; if not, why.
    pub(super) fn ask(&self, details: &RegistrationDetails, command: &Command) -> Result<(), Refusal> {
        to_a_reader(details.registration.decide(&self.actor, command, &details.facts, self.now).map(drop))
    }

    /// Whether the rules allow a command about an organisation; if not, why.
    pub(super) fn ask_organisation(
        &self,
        organisation: &Organisation,
        command: &organisation::Command,
    ) -> Result<(), Refusal> {
        let facts = organisation::Facts::default();
        to_a_reader(organisation.decide(&self.actor, command, &facts, self.now).map(drop))
    }

    /// As whom.
    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the rules allow `command`.
    pub(super) fn run(&self, details: &RegistrationDetails, command: &Command) -> bool {
        self.ask(details, command).is_ok()
    }

    /// Whether the caller may retire, or could with a second factor: the page of the form says how to set one up.
    fn offers_retirement(&self, details: &RegistrationDetails) -> bool {
        let asked = self.ask(details, &Command::Retire { reason: String::new() });
        matches!(asked, Ok(()) | Err(Refusal::SecondFactorToSubmit))
    }

    /// Whether the draft may be edited; if not, why.
    pub(super) fn ask_edit(&self, details: &RegistrationDetails) -> Result<(), Refusal> {
        self.ask(details, &Command::save(DraftChange::ClientName(String::new())))
    }

    /// Whether the draft may be edited.
    pub(super) fn edit(&self, details: &RegistrationDetails) -> bool {
        self.ask_edit(details).is_ok()
    }
}

/// `/registrations/:id`
#[component]
pub fn RegistrationPage() -> impl IntoView {
    page(async move {
        let view = registrations::registration(&param("id")).await?;
        let may = May::caller()?;
        let details = &view.details;
        let registration = &details.registration;
        let address = format!("/registrations/{}", registration.id);
        let refused = refused(&address).await;
        let connection = match registration.client_state() {
            ClientState::Published | ClientState::Suspended => Some(published::connection(details).await?),
            _ => None,
        };
        let from = copied_from(&view)?;
        let next = next_environment(details)?;
        let tags = statuses(details).into_iter().map(|status| view! { <StatusTag status=status /> " " });
        let body = view! {
            <p class="nhsuk-body">{tags.collect_view()}</p>
            {suspended(details)}
            {at_the_provider(details)}
            {standing(details, &address, &may)}
            {connection}
            {keys_link(details, &address, &may)}
            {next}
            {tasks(&view, &address, &may, from.as_deref()).or_else(|| Some(draft_link(&address)))}
            {timeline(moments(details, &address))}
            <p class="nhsuk-body"><a href=format!("{address}/history")>"Read all activity on this registration"</a></p>
            {may.offers_retirement(details)
                .then(|| {
                    view! {
                        <p class="nhsuk-body"><a href=format!("{address}/retire")>"Retire this registration"</a></p>
                    }
                })}
        };
        let title = format!("{} in {}", details.service_name, details.policy.title.to_lowercase());
        let service = registration.service.map(|id| format!("/services/{id}")).unwrap_or_default();
        Ok(acting(Page::new(title, body), details)
            .under("Home", "/home")
            .under(details.service_name.clone(), service)
            .environment(&details.policy)
            .refused(&refused))
    })
}

/// The environment after this one, once people can sign in here and until it is started.
fn next_environment(details: &RegistrationDetails) -> Result<Option<AnyView>, Fault> {
    let registration = &details.registration;
    let works =
        registration.retired.is_none() && registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
    let is_next = |policy: &&EnvironmentPolicy| policy.after.as_ref() == Some(&registration.environment);
    let portal = portal()?;
    let next = portal.store.environments().iter().find(is_next).filter(|_| works && !details.next_begun);
    let (Some(next), Some(service)) = (next, registration.service) else { return Ok(None) };
    let (title, page) = (next.title.to_lowercase(), format!("/services/{service}"));
    let words = format!("See what {title} needs, and start it");
    Ok(Some(
        view! {
            <InsetText>
                <p>{format!("The next environment is {title}. ")} <a href=page>{words}</a></p>
            </InsetText>
        }
        .into_any(),
    ))
}

/// Where the sections come from that were copied, if the draft is a copy.
fn copied_from(view: &RegistrationView) -> Result<Option<String>, Fault> {
    let before = match &view.copied_from {
        None => return Ok(None),
        Some(CopiedFrom::Retired) => return Ok(Some(RETIRED.into())),
        Some(CopiedFrom::Before(environment)) => environment,
    };
    let title = registrations::environments()?.into_iter().find(|policy| policy.name == *before);
    Ok(Some(title.map_or_else(|| before.clone(), |policy| policy.title.to_lowercase())))
}

/// What a draft was copied from when its environment is started again.
const RETIRED: &str = "the retired registration";

/// Nothing to tell before the first submission.
fn timeline(moments: Vec<Moment>) -> Option<AnyView> {
    let heading = view! { <h2 class="nhsuk-heading-m">"What happened"</h2> };
    (!moments.is_empty()).then(|| view! { {heading} <Timeline moments=moments /> }.into_any())
}

/// Why NHS login asked for the client to be suspended, what the provider does, and what follows.
fn suspended(details: &RegistrationDetails) -> Option<AnyView> {
    let suspension = details.registration.suspension().filter(|_| details.registration.retired.is_none())?;
    let on = date_time_text(suspension.stamp.at);
    // Not called done before the provider confirms it.
    let heading = match details.registration.standing(details.tried) {
        Standing::Settled(Confirmed { does: Does::Off, .. }) => "Your client is suspended",
        _ => "We are suspending your client",
    };
    let reason = format!("Reason given on {on}: “{}”", suspension.reason.0);
    let words = client_words(details);
    let off = details.registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::Off);
    Some(
        view! {
            <WarningText heading=heading>
                <p>{words}</p>
                <p class="app-typed">{reason}</p>
                <p>
                    "To answer this, or to tell us that it is resolved, " {write_to_us()} ". "
                    {off.then_some("We will turn it back on when this is resolved.")}
                </p>
            </WarningText>
        }
        .into_any(),
    )
}

/// What the provider was last read back to do with the client, and what is on its way.
fn client_words(details: &RegistrationDetails) -> Option<String> {
    client_sentence(&details.registration.standing(details.tried), Reader::Partner)
}

/// The same in a box, unless the page says it where it tells of the suspension.
fn at_the_provider(details: &RegistrationDetails) -> Option<AnyView> {
    let registration = &details.registration;
    let sentence = client_words(details)?;
    let standing = registration.standing(details.tried);
    if registration.suspension().is_some() && registration.retired.is_none() && !standing.is_failing() {
        return None;
    }
    // The plain address: the banner of what was just done does not come again.
    let again = format!("/registrations/{}", registration.id);
    Some(match &registration.failure {
        Some(failure) => {
            let reference = failure_reference(registration.id, failure.generation);
            view! {
                <WarningText heading="We could not tell the provider yet">
                    <p>{sentence}</p>
                    <p>
                        "We have told the NHS login admins. If you ask us about it, give this reference: "
                        <strong>{reference}</strong> "."
                    </p>
                </WarningText>
            }
            .into_any()
        }
        None if standing.step().is_some() => {
            view! { <InsetText><p>{sentence} " " <a href=again>"Check whether it is confirmed"</a></p></InsetText> }
                .into_any()
        }
        None => view! { <p class="nhsuk-body">{sentence}</p> }.into_any(),
    })
}

/// Where the latest revision is, in words, with the reviewers' comments.
fn standing(details: &RegistrationDetails, address: &str, may: &May) -> Option<AnyView> {
    let revision = details.registration.revisions.last()?;
    let (number, edits) = (revision.number, may.edit(details));
    let said = decision_comments(revision, edits.then_some(address));
    Some(match revision.state {
        RevisionState::Submitted => waiting(details, revision, address, may),
        RevisionState::ChangesRequested => view! {
            <WarningText heading="Changes requested">
                {said}
                {edits.then(|| view! { <p>"Make the changes requested, then check your answers and submit again."</p> })}
            </WarningText>
        }
        .into_any(),
        RevisionState::Rejected => view! {
            <WarningText heading=format!("Revision {number} was rejected")>
                {said}
                {edits
                    .then(|| {
                        view! {
                            <p>
                                "Read the reason. If you can fix it, update the draft and submit it again."
                            </p>
                        }
                    })}
            </WarningText>
        }
        .into_any(),
        RevisionState::Approved => return on_its_way(details, address, may),
        RevisionState::Withdrawn => return None,
    })
}

/// What was approved and the provider has not confirmed, while the reader may take it back.
fn on_its_way(details: &RegistrationDetails, address: &str, may: &May) -> Option<AnyView> {
    let number = details.registration.approved_on_its_way()?.number;
    may.run(details, &Command::Withdraw).then(|| {
        view! {
            <p class="nhsuk-body">
                {format!("Revision {number} is approved. Until the provider confirms it, you can ")}
                <a href=format!("{address}/withdraw")>"withdraw it"</a> "."
            </p>
        }
        .into_any()
    })
}

fn waiting(details: &RegistrationDetails, revision: &Revision, address: &str, may: &May) -> AnyView {
    let submitted = format!("{address}/revisions/{}", revision.number);
    let approvals =
        approvals_given(revision.standing_approvals(&details.facts.voters), revision.approvals_needed(&details.policy));
    let (number, why) = (revision.number, why_a_person(details, revision));
    let ahead = details.registration.is_draft_ahead();
    let words = format!("The draft has changed since then. The changes are not part of revision {number}.");
    let discard = details.registration.discards_to().filter(|_| may.edit(details)).map(|_| {
        let page = format!("{address}/discard");
        view! { <a href=page>"Throw away the changes in the draft"</a> }
    });
    let ahead = ahead.then(|| view! { <p>{words} " " {discard}</p> });
    // Decisions are mailed to owners and developers: those who may change the draft.
    let who_is_mailed = match may.edit(details) {
        true => "We will email you when we have decided.",
        false => "We will email your team’s owners and developers when we have decided.",
    };
    let withdraw = may.run(details, &Command::Withdraw).then(
        || view! { <p><a href=format!("{address}/withdraw")>"Withdraw it"</a> " if you need to change something."</p> },
    );
    view! {
        <InsetText>
            <p>
                {format!("Revision {number} is being reviewed. ")} {approvals} {why}
            </p>
            <p>{who_is_mailed} " A revision cannot be changed once it is submitted."</p>
            <p><a href=submitted>"Read what was submitted"</a></p>
            {ahead}
            {withdraw}
        </InsetText>
    }
    .into_any()
}

/// How many of the approvals that it needs it has, where it needs more than one.
fn approvals_given(given: usize, needed: usize) -> String {
    let word = |number: usize| match number {
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        more => more.to_string(),
    };
    match (given, needed) {
        (_, 0 | 1) => String::new(),
        (0, needed) => format!("It needs {} approvals. ", word(needed)),
        (1, needed) => format!("One of {} approvals has been given. ", word(needed)),
        (given, needed) => format!("{given} of {needed} approvals have been given. "),
    }
}

/// Why the rules did not decide, where they could have, and how long a decision takes then.
pub(super) fn why_a_person(details: &RegistrationDetails, revision: &Revision) -> String {
    let policy = &details.policy;
    let mut whys: Vec<String> = Vec::new();
    match revision.restricted.as_slice() {
        [] => {}
        [one] => whys.push(format!("it asks for {one}, a restricted scope")),
        several => whys.push(format!("it asks for restricted scopes ({})", several.join(", "))),
    }
    for why in revision.asks_a_person().filter_map(why_a_person_looks) {
        if !whys.iter().any(|said| said == why) {
            whys.push(why.to_owned());
        }
    }
    match policy.automatic && !whys.is_empty() {
        true => {
            let takes = if policy.takes_a_person.is_empty() { &policy.takes } else { &policy.takes_a_person };
            format!("An NHS login admin will review it, because {}. {takes}", list(&whys))
        }
        false => policy.takes.clone(),
    }
}

/// What was written with the decision on a revision. Each comment has a link to the section that it is about, where
/// `address` names the page of a registration that the reader may change.
pub(super) fn decision_comments(revision: &Revision, address: Option<&str>) -> AnyView {
    comments(revision.decision_comments(), address)
}

/// What reviewers wrote, in the order in which they did.
pub(super) fn comments<'a>(comments: impl Iterator<Item = &'a Comment>, address: Option<&str>) -> AnyView {
    let items = comments.map(|comment| {
        let about = comment.section.map(|section| match address {
            Some(address) => view! { <a href=section_address(section, address)>{section.title()}</a> ": " }.into_any(),
            None => format!("{}: ", section.title()).into_any(),
        });
        view! { <li class="app-typed">{about} {comment.text.0.clone()}</li> }
    });
    view! { <ul class="nhsuk-list nhsuk-list--bullet">{items.collect_view()}</ul> }.into_any()
}

/// A comment is about all evidence, whose items have a page each: the task list names them.
fn section_address(section: Section, address: &str) -> String {
    match section {
        Section::Evidence => format!("{address}#sections"),
        section => format!("{address}/{}", section.slug()),
    }
}

/// In place of the task list: the draft, to be read.
fn draft_link(address: &str) -> AnyView {
    let draft = format!("{address}/draft");
    view! { <p class="nhsuk-body"><a href=draft>"Read the draft"</a></p> }.into_any()
}

/// The way to the keys, whatever else is under way: one may have leaked.
fn keys_link(details: &RegistrationDetails, address: &str, may: &May) -> Option<AnyView> {
    let page = format!("{address}/public-key");
    (details.registration.client_id.is_some() && may.edit(details)).then(|| {
        view! { <p class="nhsuk-body"><a href=page>"Change a key, or report one that leaked"</a></p> }.into_any()
    })
}

/// The task list, while the draft may be edited.
///
/// `from` is the environment that the draft was copied from.
fn tasks(view: &RegistrationView, address: &str, may: &May, from: Option<&str>) -> Option<AnyView> {
    let details = &view.details;
    if !may.edit(details) || details.registration.submitted().is_some() {
        return None;
    }
    let sections = [Section::ClientName, Section::PublicKey, Section::RedirectUris, Section::Scopes, Section::Vectors];
    let mut list: Vec<Task> = sections.into_iter().map(|section| section_task(view, section, address, from)).collect();
    list.extend(details.policy.asked(&details.registration.draft.scopes).map(|item| {
        let page = format!("{address}/evidence/{}", item.id);
        if is_asked_since(view, &item.id) {
            return Task::new(item.title.clone(), page, Status::NotStarted).hint("You can submit without this.");
        }
        let status = evidence_status(view, &item.id);
        let task = Task::new(item.title.clone(), page, status);
        let answered = matches!(status, Status::Completed | Status::Incomplete);
        match details.registration.edited.get(&Section::Evidence).filter(|_| answered) {
            _ if status == Status::NotLookedAt => task.hint("Filled in from your organisation"),
            Some(stamp) => task.hint(format!("Evidence changed {}", by_whom(details, stamp))),
            None => task,
        }
    }));
    list.push(possession_task(view, address));
    // What was approved and never reached the provider keeps nothing working.
    let works = details.registration.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
    let (heading, words) = match details.registration.approved() {
        None => ("Fill in the registration", "You can fill in the sections in any order. We save each one as you go."),
        Some(_) if details.registration.client_state() == ClientState::Suspended => (
            "Change something",
            "What you change here is a draft. Once approved, it takes effect when the client is reinstated.",
        ),
        Some(_) if details.registration.is_draft_ahead() => (
            "Finish your change",
            match works {
                true => {
                    "The draft has changes that are not submitted yet. Check your answers to submit them. What is published keeps working until then."
                }
                false => "The draft has changes that are not submitted yet. Check your answers to submit them.",
            },
        ),
        Some(_) => (
            "Change something",
            match works {
                true => {
                    "What you change here is a draft. What is published keeps working until a new revision is approved and published."
                }
                false => {
                    "What you change here is a draft. It takes effect when a new revision is approved and published."
                }
            },
        ),
    };
    // What nobody edited since it was approved need not be frozen again to be found the same.
    let is_untouched = details.registration.approved().is_some() && !details.registration.is_draft_ahead();
    let frozen = view.review.details.as_ref();
    let same = is_untouched || frozen.is_some_and(|frozen| details.registration.is_approved_already(frozen));
    let ready = view.review.problems.is_empty() && !same;
    let discard = details.registration.discards_to().map(|_| {
        let page = format!("{address}/discard");
        view! { <p class="nhsuk-body"><a href=page>"Throw away the changes in the draft"</a></p> }
    });
    Some(
        view! {
            <section id="sections">
                <h2 class="nhsuk-heading-m">{heading}</h2>
                <p class="nhsuk-body">{words}</p>
                <TaskList id="tasks" tasks=list />
                <LinkButton
                    href=format!("{address}/check")
                    kind=if ready { ButtonKind::Primary } else { ButtonKind::Secondary }
                >
                    "Check your answers"
                </LinkButton>
                {discard}
            </section>
        }
        .into_any(),
    )
}

fn section_task(view: &RegistrationView, section: Section, address: &str, from: Option<&str>) -> Task {
    let registration = &view.details.registration;
    let status = section_status(view, section);
    let task = Task::new(section.title(), format!("{address}/{}", section.slug()), status);
    match registration.edited.get(&section) {
        Some(stamp) => task.hint(format!("Changed {}", by_whom(&view.details, stamp))),
        None if status == Status::NotLookedAt => task.hint(origin(&view.details, section, from)),
        None => task,
    }
}

/// Where what a section holds comes from, while nobody has saved it. Drafts that were started again from a retired
/// registration by an earlier version of the portal do not name it: what nothing else fills in is from there.
fn origin(details: &RegistrationDetails, section: Section, from: Option<&str>) -> String {
    let draft = &details.registration.draft;
    match (from, section) {
        (Some(from), _) => format!("Copied from {from}"),
        (None, Section::ClientName) => "Filled in from the service’s name".into(),
        (None, Section::Scopes) if is_blank(draft, section) => "openid only".into(),
        (None, Section::Vectors) if is_blank(draft, section) => "The default vectors".into(),
        (None, _) => format!("Copied from {RETIRED}"),
    }
}

pub(super) fn by_whom(details: &RegistrationDetails, stamp: &Stamp) -> String {
    format!("{} by {}", crate::ui::date_time_text(stamp.at), name_of(details, stamp.by))
}

/// The name of whoever did something, with the role; staff stay unnamed to partners.
pub(super) fn name_of(details: &RegistrationDetails, by: By) -> String {
    match by {
        By::Account(account) => match details.people.get(&account) {
            Some(person) if person.role.is_empty() || person.name.says_staff() => person.name.to_string(),
            Some(person) => format!("{} ({})", person.name, person.role),
            None => "someone who has left".into(),
        },
        By::System => "the portal".into(),
        By::Operator => "the operator".into(),
        By::Visitor => "someone who was not signed in".into(),
    }
}

fn section_status(view: &RegistrationView, section: Section) -> Status {
    let draft = &view.details.registration.draft;
    let amiss = view.review.problems.iter().any(|problem| Section::of_field(&problem.field) == Some(section));
    match (amiss, is_blank(draft, section)) {
        (false, _) if is_to_change(&view.details.registration, section) => Status::ChangesRequested,
        (false, _) if view.details.registration.is_unchecked(section) => Status::NotLookedAt,
        (false, _) => Status::Completed,
        (true, true) => Status::NotStarted,
        (true, false) => Status::Incomplete,
    }
}

/// Whether changes to a section were requested on the latest revision, and nobody has changed it since.
fn is_to_change(registration: &Registration, section: Section) -> bool {
    let latest = registration.revisions.last().filter(|last| last.state == RevisionState::ChangesRequested);
    let Some((latest, decided)) = latest.and_then(|latest| Some((latest, latest.decided?))) else { return false };
    let is_about = latest.decision_comments().any(|comment| comment.section == Some(section));
    is_about && registration.edited.get(&section).is_none_or(|edit| edit.at <= decided.at)
}

/// Whether nothing was entered in a section yet.
pub(super) fn is_blank(draft: &Draft, section: Section) -> bool {
    match section {
        Section::ClientName => draft.client_name.trim().is_empty(),
        Section::PublicKey => draft.public_keys.is_empty(),
        Section::RedirectUris => draft.redirect_uris.is_empty(),
        Section::Scopes => draft.scopes.iter().all(|scope| scope == "openid"),
        Section::Vectors => draft.vectors.is_empty(),
        Section::Evidence => draft.evidence.is_empty(),
    }
}

/// Whether something of an item is asked by now that was not when what is published was approved.
fn is_asked_since(view: &RegistrationView, item: &str) -> bool {
    let rule = Warning::EvidenceAskedSince.rule();
    view.review.warnings.iter().any(|warning| warning.rule == rule && warning.entry == item)
}

fn evidence_status(view: &RegistrationView, item: &str) -> Status {
    let prefix = format!("{item}.");
    let amiss = |problem: &domain::problem::Problem| problem.field == "evidence" && problem.entry.starts_with(&prefix);
    let answered = view.details.registration.draft.evidence.get(item);
    match (view.review.problems.iter().any(amiss), answered.is_some_and(|a| a.values().any(|text| !text.is_empty()))) {
        (false, true) if is_to_change(&view.details.registration, Section::Evidence) => Status::ChangesRequested,
        (false, _) if view.details.registration.is_unchecked(Section::Evidence) => Status::NotLookedAt,
        (false, _) => Status::Completed,
        (true, false) => Status::NotStarted,
        (true, true) => Status::Incomplete,
    }
}

fn possession_task(view: &RegistrationView, address: &str) -> Task {
    let details = &view.details;
    let title = "Proof that you hold the private key";
    let hint = if details.policy.possession_required { "Required in this environment." } else { "Optional here." };
    let keys = draft_keys(view);
    if keys.is_empty() {
        return Task::locked(title).hint("Enter your public key first.");
    }
    let proved = keys.iter().all(|key| details.registration.proofs.contains_key(&key.thumbprint()));
    let status = if proved { Status::Completed } else { Status::NotStarted };
    Task::new(title, format!("{address}/possession"), status).hint(hint)
}

/// The keys of the draft that may be used here.
fn draft_keys(view: &RegistrationView) -> Vec<PublicKey> {
    match &view.review.details {
        Some(sound) => sound.public_keys.iter().map(|named| named.key.clone()).collect(),
        None => view.details.registration.draft.sound_keys(&view.details.policy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_are_told_in_words_where_it_takes_several() {
        assert_eq!(approvals_given(0, 1), "");
        assert_eq!(approvals_given(1, 2), "One of two approvals has been given. ");
        assert_eq!(approvals_given(0, 2), "It needs two approvals. ");
        assert_eq!(approvals_given(2, 3), "2 of 3 approvals have been given. ");
    }

    #[test]
    fn a_comment_leads_to_a_page_that_is_there() {
        assert_eq!(section_address(Section::Scopes, "/registrations/1"), "/registrations/1/scopes");
        assert_eq!(section_address(Section::Evidence, "/registrations/1"), "/registrations/1#sections");
    }
}

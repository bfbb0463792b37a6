//! A registration: where it is, what is left to do, and, once published, how to connect.

use super::{published, statuses};
use crate::{
    api::{
        context::caller,
        form::refused,
        registrations::{self, RegistrationView},
    },
    pages::frame::{Page, page, param},
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
    refusal::Refusal,
    registration::{ClientState, Command, Comment, Revision, RevisionState, Suspension},
    standing::{Confirmed, Does, Reader, Standing, failure_reference},
    warning::why_a_person as why_a_person_looks,
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use time::OffsetDateTime;

/// What the caller may do with the registration now: the same rules that the write path asks.
pub(super) struct May {
    actor: Actor,
    now: OffsetDateTime,
    is_fresh: bool,
}

impl May {
    /// The caller, now. The proof is asked for on the form, so it is not held against anyone.
    pub(super) fn caller() -> Result<Self, crate::api::error::ApiError> {
        let (person, now) = (caller()?.person()?.clone(), crate::api::context::portal()?.auth.ambient.now());
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
        let same = DraftChange::ClientName(details.registration.draft.client_name.clone());
        self.ask(details, &Command::Save(same))
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
        let from = match registration.copy_of.and(details.policy.after.as_deref()) {
            Some(before) => registrations::environments()?.into_iter().find(|policy| policy.name == before),
            None => None,
        };
        let from = from.map(|policy| policy.title.to_lowercase());
        let tags = statuses(details).into_iter().map(|status| view! { <StatusTag status=status /> " " });
        let body = view! {
            <p class="nhsuk-body">{tags.collect_view()}</p>
            {suspended(details)}
            {at_the_provider(details)}
            {standing(details, &address, &may)}
            {connection}
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
        Ok(Page::new(title, body)
            .under("Home", "/home")
            .under(details.service_name.clone(), service)
            .environment(&details.policy)
            .refused(&refused))
    })
}

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
    Some(
        view! {
            <WarningText heading=heading>
                <p>{words}</p>
                <p class="app-typed">{reason}</p>
                <p>"We will turn it back on when this is resolved."</p>
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
    let said = comments(revision, edits.then_some(address));
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
        RevisionState::Approved | RevisionState::Withdrawn => return None,
    })
}

fn waiting(details: &RegistrationDetails, revision: &Revision, address: &str, may: &May) -> AnyView {
    let submitted = format!("{address}/revisions/{}", revision.number);
    let approvals =
        approvals_given(revision.standing_approvals(&details.facts.voters), usize::from(details.policy.approvals));
    let (number, why) = (revision.number, why_a_person(details, revision));
    let ahead = details.registration.is_draft_ahead();
    let words = format!("The draft has changed since then. The changes are not part of revision {number}.");
    let ahead = ahead.then(|| view! { <p>{words}</p> });
    let withdraw = may.run(details, &Command::Withdraw).then(
        || view! { <p><a href=format!("{address}/withdraw")>"Withdraw it"</a> " if you need to change something."</p> },
    );
    view! {
        <InsetText>
            <p>
                {format!("Revision {number} is being reviewed. ")} {approvals} {why}
            </p>
            <p>"We will email you when we have decided. You cannot change a revision once you have submitted it."</p>
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

/// What the reviewers wrote. Each comment has a link to the section that it is about, where `address` names the page of
/// a registration that the reader may change.
pub(super) fn comments(revision: &Revision, address: Option<&str>) -> AnyView {
    comments_at(revision, address, |_| true)
}

fn comments_at(revision: &Revision, address: Option<&str>, which: impl Fn(&Comment) -> bool) -> AnyView {
    let items = revision.comments.iter().filter(|comment| which(comment)).map(|comment| {
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
    list.extend(details.policy.evidence.iter().map(|item| {
        let page = format!("{address}/evidence/{}", item.id);
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
    let (heading, words) = match details.registration.approved() {
        None => ("Fill in the registration", "You can fill in the sections in any order. We save each one as you go."),
        Some(_) if details.registration.client_state() == ClientState::Suspended => (
            "Change something",
            "What you change here is a draft. Once approved, it takes effect when the client is reinstated.",
        ),
        Some(_) if details.registration.is_draft_ahead() => (
            "Finish your change",
            "The draft has changes that are not submitted yet. Check your answers to submit them. What is published keeps working until then.",
        ),
        Some(_) => (
            "Change something",
            "What you change here is a draft. What is published keeps working until a new revision is approved and \
             published.",
        ),
    };
    let same = view.review.details.as_ref().is_some_and(|frozen| details.registration.is_approved_already(frozen));
    let ready = view.review.problems.is_empty() && !same;
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
        None if status == Status::NotLookedAt => task.hint(match (from, section) {
            (Some(from), _) => format!("Copied from {from}"),
            (None, Section::ClientName) => "Filled in from the service’s name".into(),
            (None, Section::Scopes) => "openid only".into(),
            (None, _) => "The default vectors".into(),
        }),
        None => task,
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
        (false, _) if is_filled_in(view, section) => Status::NotLookedAt,
        (false, _) => Status::Completed,
        (true, true) => Status::NotStarted,
        (true, false) => Status::Incomplete,
    }
}

/// Whether a section holds what the portal filled in, and nobody has saved or submitted it.
fn is_filled_in(view: &RegistrationView, section: Section) -> bool {
    let registration = &view.details.registration;
    registration.revisions.is_empty() && !registration.edited.contains_key(&section)
}

/// Whether nothing was entered in a section yet.
pub(super) fn is_blank(draft: &Draft, section: Section) -> bool {
    match section {
        Section::ClientName => draft.client_name.trim().is_empty(),
        Section::PublicKey => draft.public_key.trim().is_empty(),
        Section::RedirectUris => draft.redirect_uris.is_empty(),
        Section::Scopes => draft.scopes.iter().all(|scope| scope == "openid"),
        Section::Vectors => draft.vectors.is_empty(),
        Section::Evidence => draft.evidence.is_empty(),
    }
}

fn evidence_status(view: &RegistrationView, item: &str) -> Status {
    let prefix = format!("{item}.");
    let amiss = |problem: &domain::problem::Problem| problem.field == "evidence" && problem.entry.starts_with(&prefix);
    let answered = view.details.registration.draft.evidence.get(item);
    match (view.review.problems.iter().any(amiss), answered.is_some_and(|a| a.values().any(|text| !text.is_empty()))) {
        (false, _) if is_filled_in(view, Section::Evidence) => Status::NotLookedAt,
        (false, _) => Status::Completed,
        (true, false) => Status::NotStarted,
        (true, true) => Status::Incomplete,
    }
}

fn possession_task(view: &RegistrationView, address: &str) -> Task {
    let details = &view.details;
    let title = "Proof that you hold the private key";
    let hint = if details.policy.possession_required { "Required in this environment." } else { "Optional here." };
    let Ok(key) = details.registration.draft.check_key(&details.policy) else {
        return Task::locked(title).hint("Enter your public key first.");
    };
    let proved = details.registration.proofs.contains_key(&key.thumbprint());
    let status = if proved { Status::Completed } else { Status::NotStarted };
    Task::new(title, format!("{address}/possession"), status).hint(hint)
}

/// Submissions, decisions and what the provider confirmed, newest first.
fn moments(details: &RegistrationDetails, address: &str) -> Vec<Moment> {
    let registration = &details.registration;
    let mut moments = Vec::new();
    for revision in &registration.revisions {
        moments.extend(moments_of(details, revision, address));
    }
    for suspension in &registration.suspensions {
        let reason = suspension.reason.0.clone();
        let detail = view! { <p class="app-typed">{reason}</p> }.into_any();
        moments
            .push(Moment { detail: Some(detail), ..moment(details, &suspension.stamp, "Suspension asked for".into()) });
        moments.extend(reinstated(details, suspension));
    }
    moments.extend(retired(details));
    moments.extend(switched_off(details));
    // Of two facts of one moment the later one comes first too.
    moments.sort_by_key(|moment| moment.at);
    moments.reverse();
    moments
}

/// When it was reinstated, and why where somebody said so.
fn reinstated(details: &RegistrationDetails, suspension: &Suspension) -> Option<Moment> {
    let reason = suspension.reinstated_because.0.clone();
    let detail = (!reason.is_empty()).then(|| view! { <p class="app-typed">{reason}</p> }.into_any());
    suspension.ended.map(|stamp| Moment { detail, ..moment(details, &stamp, "Reinstatement asked for".into()) })
}

/// When it was retired, and why where somebody said so.
fn retired(details: &RegistrationDetails) -> Option<Moment> {
    let registration = &details.registration;
    let title = if registration.client_id.is_some() { "Retirement asked for" } else { "Registration retired" };
    let reason = registration.retired_because.0.clone();
    let detail = (!reason.is_empty()).then(|| view! { <p class="app-typed">{reason}</p> }.into_any());
    registration.retired.map(|stamp| Moment { detail, ..moment(details, &stamp, title.into()) })
}

fn moments_of(details: &RegistrationDetails, revision: &Revision, address: &str) -> Vec<Moment> {
    let number = revision.number;
    let link = format!("{address}/revisions/{number}");
    let link = view! { <p><a href=link>{format!("Read revision {number}")}</a></p> }.into_any();
    let submitted = moment(details, &revision.submitted, format!("Revision {number} submitted"));
    let mut moments = vec![Moment { detail: Some(link), ..submitted }];
    let one_by_one = revision.approvals.len() > 1 || revision.state == RevisionState::Submitted;
    if one_by_one {
        for (at, approval) in revision.approvals.iter().enumerate() {
            // One that no longer counted was replaced by another.
            let title = match at < usize::from(details.policy.approvals) {
                true => format!("Approval {} of {}", at + 1, details.policy.approvals),
                false => "Another approval".into(),
            };
            let detail = said_at(revision, approval.at);
            moments.push(Moment { detail, ..plain(approval.at, title, "an NHS login admin".into()) });
        }
    }
    if let (Some(stamp), Some(decided)) = (&revision.decided, decided(details, revision)) {
        // What the latest revision was sent back with stands at the top of the page.
        let on_top = matches!(revision.state, RevisionState::ChangesRequested | RevisionState::Rejected)
            && details.registration.revisions.last() == Some(revision);
        let detail = if one_by_one || on_top { None } else { said_at(revision, stamp.at) };
        moments.push(Moment { detail, ..decided });
    }
    let published = |at| plain(at, format!("Revision {number} published at the provider"), "the portal".into());
    moments.extend(revision.published.map(published));
    moments
}

/// What was written together with a decision.
fn said_at(revision: &Revision, at: OffsetDateTime) -> Option<AnyView> {
    let together = |comment: &Comment| comment.stamp.at == at;
    revision.comments.iter().any(together).then(|| comments_at(revision, None, together))
}

/// What the provider confirmed last, when that is no publication but its end.
fn switched_off(details: &RegistrationDetails) -> Option<Moment> {
    let confirmed = details.registration.confirmed()?;
    let what = match confirmed.does {
        Does::On => return None,
        Does::Off => "Suspension",
        Does::Removed => "Retirement",
    };
    Some(plain(confirmed.at, format!("{what} confirmed by the provider"), "the portal".into()))
}

fn decided(details: &RegistrationDetails, revision: &Revision) -> Option<Moment> {
    let stamp = revision.decided.as_ref()?;
    let what = match revision.state {
        RevisionState::Submitted => return None,
        RevisionState::Approved if revision.approvals.iter().all(|approval| approval.admin.is_none()) => {
            return Some(plain(
                stamp.at,
                format!("Revision {} approved automatically", revision.number),
                String::new(),
            ));
        }
        RevisionState::Approved => "approved",
        RevisionState::ChangesRequested => {
            return Some(moment(details, stamp, format!("Changes requested to revision {}", revision.number)));
        }
        RevisionState::Rejected => "rejected",
        RevisionState::Withdrawn => "withdrawn",
    };
    Some(moment(details, stamp, format!("Revision {} {what}", revision.number)))
}

fn moment(details: &RegistrationDetails, stamp: &Stamp, title: String) -> Moment {
    plain(stamp.at, title, name_of(details, stamp.by))
}

fn plain(at: OffsetDateTime, title: String, by: String) -> Moment {
    Moment { at, title, by, detail: None }
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

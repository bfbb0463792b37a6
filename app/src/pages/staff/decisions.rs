//! The forms behind the buttons of a review: approve, request changes, reject, suspend, retire. Each says what it is about
//! to do, and to which bytes.

use super::{
    closed::{closed_sentence, decided, done_by_reader, overtaken, pasted_keys, take_about_another},
    difference::client_key_words,
    earlier::changes_in_brief,
    kit::{environment_tag, who},
    review::{UNREADABLE, address, display_name, list_of},
    subject::{Subject, Verdict},
    words::{count, list, the_client},
};
use crate::{
    api::{
        form::{Refused, kept, refused},
        staff_reads,
    },
    islands::PrivateKeyGuard,
    pages::{
        changed,
        frame::{Page, is_settled, moved, page, param},
        proof::proof,
    },
    reading::meanwhile::Meanwhile,
    ui::{
        Button, ButtonKind, Copyable, DiffField, Fieldset, Form, Hidden, SummaryList, SummaryRow, TextArea,
        WarningText, paragraphs,
    },
};
use domain::{
    draft::Section,
    refusal::Refusal,
    registration::{ClientState, Registration},
    revision::{ClientKey, FrozenRevision},
};
use leptos::prelude::*;
use usecases::Fault;

/// The most characters of a comment or reason, as the rules have it.
const LONGEST: u32 = 2000;

/// `/admin/reviews/:id/approve`.
#[component]
pub fn ApprovePage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/approve", |subject| &subject.permissions.approve).await?;
        let fresh = staff_reads::is_freshly_authenticated(ready.subject.now)?;
        Ok(ready.form(|subject, refused| approve_page(subject, refused, fresh)))
    })
}

/// `/admin/reviews/:id/request-changes`.
#[component]
pub fn RequestChangesPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        Ok(ready(&id, "/request-changes", |subject| &subject.permissions.request_changes)
            .await?
            .form(request_changes_page))
    })
}

/// `/admin/reviews/:id/reject`.
#[component]
pub fn RejectPage() -> impl IntoView {
    let id = param("id");
    page(async move { Ok(ready(&id, "/reject", |subject| &subject.permissions.reject).await?.form(reject_page)) })
}

/// `/admin/reviews/:id/suspend`.
#[component]
pub fn SuspendPage() -> impl IntoView {
    let id = param("id");
    page(async move { Ok(ready(&id, "/suspend", |subject| &subject.permissions.suspend).await?.form(suspend_page)) })
}

/// `/admin/reviews/:id/retire`.
#[component]
pub fn RetirePage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/retire", |subject| &subject.permissions.retire).await?;
        let fresh = staff_reads::is_freshly_authenticated(ready.subject.now)?;
        Ok(ready.form(|subject, refused| retire_page(subject, refused, fresh)))
    })
}

/// `/admin/reviews/:id/reinstate`.
#[component]
pub fn ReinstatePage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/reinstate", |subject| &subject.permissions.reinstate).await?;
        let fresh = staff_reads::is_freshly_authenticated(ready.subject.now)?;
        Ok(ready.form(|subject, refused| reinstate_page(subject, refused, fresh)))
    })
}

/// `/admin/reviews/:id/republish`.
#[component]
pub fn RepublishPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/republish", |subject| &subject.permissions.republish).await?;
        let fresh = staff_reads::is_freshly_authenticated(ready.subject.now)?;
        Ok(ready.form(|subject, refused| republish_page(subject, refused, fresh)))
    })
}

/// What a form is shown with.
pub(super) struct Ready {
    pub(super) subject: Subject,
    refused: Refused,
    /// Why there is nothing left to do on this form.
    closed: Option<Refusal>,
    /// What happened since it was opened, where that is why it was refused.
    meanwhile: Option<Meanwhile>,
    /// What is different then, under a heading each.
    differences: Vec<(String, Vec<DiffField>)>,
    /// The page that is closed then.
    form: &'static str,
    /// Where the reader's own act ended, which they come back to.
    done: Option<&'static str>,
    /// What the reader typed about another revision, and its number.
    about_another: Option<(u32, Vec<(String, String)>)>,
}

impl Ready {
    pub(super) fn form(self, page: impl Fn(&Subject, &Refused) -> Page) -> Page {
        if let Some(done) = self.done {
            return moved(&format!("{}?done={done}", address(&self.subject)));
        }
        if let Some(meanwhile) = self.meanwhile {
            let closed = overtaken(&self.subject, &self.refused, self.form, meanwhile, self.differences);
            return under_review(&self.subject, closed.page()).problems(pasted_keys(&self.refused));
        }
        if let Some(refusal) = &self.closed {
            let sentence = closed_sentence(&self.subject, refusal);
            let page = decided(&self.subject, &self.refused, sentence).page();
            return under_review(&self.subject, page).problems(pasted_keys(&self.refused));
        }
        let page = page(&self.subject, &self.refused);
        let other = self.about_another.and_then(|(number, typed)| {
            let heading = format!("What you wrote on revision {number}");
            let now = self.subject.revision.number;
            changed::quoted(heading, format!("It was not sent. Copy it if it is still true of revision {now}."), typed)
        });
        Page { body: view! { {other} {page.body} <PrivateKeyGuard /> }.into_any(), ..page }
    }
}

/// The subject of a form, where the rules allow what the form is for. What was refused is shown again even where it is no
/// longer allowed, without the form, so that nobody loses what they wrote without learning why.
pub(super) async fn ready(
    id: &str,
    form: &'static str,
    asked: impl Fn(&Subject) -> &Result<(), Refusal>,
) -> Result<Ready, Fault> {
    let subject = staff_reads::review(id, "").await?;
    let page = format!("{}{form}", address(&subject));
    let mut refused = refused(&page).await;
    let meanwhile = staff_reads::meanwhile::<Registration>(subject.registration.id, &refused).await?;
    let differences = match &meanwhile {
        Some(meanwhile) => staff_reads::differences(&subject, meanwhile).await?,
        None => Vec::new(),
    };
    if !refused.is_any() {
        refused.values = kept(&page).await;
    }
    let closed = asked(&subject).clone().err();
    if closed.is_some() && refused.is_gone() {
        refused = Refused::default();
    }
    let done =
        closed.as_ref().filter(|_| !refused.is_any()).and_then(|refusal| done_by_reader(&subject, form, refusal));
    // What closed page and open form alike tell; only the form would fill it in.
    let about_another = meanwhile.is_none().then(|| take_about_another(&subject, &mut refused)).flatten();
    match closed {
        // A revision under review was not decided on in the meantime: it has to be first.
        Some(Refusal::ReviewOpen) if !refused.is_any() => Err(Refusal::ReviewOpen.into()),
        Some(refusal) if !refused.is_any() && done.is_none() && !is_settled(&refusal) => Err(refusal.into()),
        closed => Ok(Ready { subject, refused, closed, meanwhile, differences, form, done, about_another }),
    }
}

fn framed(subject: &Subject, title: impl Into<String>, body: impl IntoView + 'static, refused: &Refused) -> Page {
    under_review(subject, Page::new(title, body)).refused(refused)
}

fn under_review(subject: &Subject, page: Page) -> Page {
    let (list, list_page) = list_of(subject);
    page.under(list, list_page)
        .under(format!("Review of {}", display_name(subject)), address(subject))
        .environment(&subject.policy)
}

fn hidden(subject: &Subject) -> AnyView {
    view! {
        <Hidden name="registration" value=subject.registration.id.to_string() />
        <Hidden name="version" value=subject.version.to_string() />
        <Hidden name="number" value=subject.revision.number.to_string() />
    }
    .into_any()
}

fn back(subject: &Subject) -> AnyView {
    view! { <p><a href=address(subject)>"Go back to the review without deciding"</a></p> }.into_any()
}

fn about(subject: &Subject, client: String) -> Vec<SummaryRow> {
    vec![
        SummaryRow::new("Client", client),
        SummaryRow::new("Service", format!("{} of {}", subject.service, subject.organisation.name)),
        SummaryRow::new("Environment", environment_tag(&subject.policy.name, std::slice::from_ref(&subject.policy))),
        SummaryRow::new("Revision", subject.revision.number.to_string()),
    ]
}

/// The revision that a decision is on: which, of which client, and where.
fn named(subject: &Subject) -> String {
    let name = display_name(subject);
    format!("revision {} of “{name}” in {}", subject.revision.number, subject.policy.title)
}

/// What follows from this approval, in one sentence.
pub fn consequence(subject: &Subject) -> String {
    let others = subject.counting_approvers().into_iter().filter(|admin| *admin != subject.reader).count();
    let missing = subject.approvals_needed().saturating_sub(others + 1);
    match missing {
        0 => "Yours is the deciding approval: as soon as you approve, we start publishing the client.".into(),
        missing => format!(
            "After yours, {} needed before it is published.",
            count(missing, "more approval is", "more approvals are")
        ),
    }
}

fn approve_page(subject: &Subject, refused: &Refused, fresh: bool) -> Page {
    let revision = &subject.revision;
    let checks = subject.checks();
    let amiss: Vec<String> =
        checks.into_iter().filter(|check| check.verdict == Verdict::Problem).map(|check| check.title).collect();
    let mut rows = about(subject, display_name(subject));
    match revision.rotation {
        Some(_) => rows.push(SummaryRow::new("Public keys", key(subject))),
        None => rows.extend(approved_content(subject)),
    }
    rows.push(SummaryRow::new(
        "SHA-256 of the revision",
        view! { <Copyable value=revision.digest.clone() about="digest of the revision" /> },
    ));
    rows.push(SummaryRow::new(
        "SHA-256 of the client metadata, which is what is published",
        view! { <Copyable value=revision.metadata_digest.clone() about="digest of the client metadata" /> },
    ));
    let grants = !revision.restricted.is_empty() && revision.rotation.is_none();
    let restricted = grants.then(|| {
        let sentence =
            format!("You are granting {}. Approve only if the reasons convince you.", list(&revision.restricted));
        view! { <WarningText heading="Restricted scopes"><p>{sentence}</p></WarningText> }
    });
    let amiss = (!amiss.is_empty()).then(|| {
        let sentence = format!("These checks found problems: {}.", list(&amiss));
        view! { <WarningText heading="Checks found problems"><p>{sentence}</p></WarningText> }
    });
    let proof = proof(fresh, refused);
    let (digest, metadata_digest) = (revision.digest.clone(), revision.metadata_digest.clone());
    let title = format!("Approve {}", named(subject));
    let button = title.clone();
    let hidden = hidden(subject);
    let hint = match subject.approvals_needed() {
        1 => "The partner and auditors can read this.",
        _ => "The other approver, the partner and auditors can read this.",
    };
    let words = words_field("comment", "Comment (optional)", hint, refused);
    let body = view! {
        <p class="nhsuk-lede-text">{consequence(subject)}</p>
        {restricted}
        {amiss}
        {said_before(subject)}
        <p>"You are about to approve exactly this, and nothing that the partner edits later:"</p>
        <SummaryList rows=rows />
        <Form action="/api/approve">
            {hidden}
            <Hidden name="digest" value=digest />
            <Hidden name="metadata_digest" value=metadata_digest />
            {words}
            {proof}
            <Button>{button}</Button>
        </Form>
        {back(subject)}
    };
    framed(subject, title, body, refused)
}

/// What is approved, field by field, and what of it is new.
fn approved_content(subject: &Subject) -> Vec<SummaryRow> {
    let vectors = match subject.content.metadata.vectors.is_empty() {
        true => "The provider’s default.".to_owned(),
        false => list(&subject.content.metadata.vectors),
    };
    vec![
        SummaryRow::new("Changes", changes_in_brief(subject)),
        SummaryRow::new("Public key", key(subject)),
        SummaryRow::new("Redirect URIs", code_lines(&subject.content.metadata.redirect_uris)),
        SummaryRow::new("Scopes", list(&subject.content.metadata.scopes)),
        SummaryRow::new("Vectors of trust", vectors),
    ]
}

/// The keys by their fingerprints; beside those that they replace, so that nobody approves another key unseen.
fn key(subject: &Subject) -> AnyView {
    let one = |key: &ClientKey| client_key_words(key).unwrap_or_else(|| UNREADABLE.to_owned());
    let words = |content: &FrozenRevision| match content.metadata.keys.as_slice() {
        [] => UNREADABLE.to_owned(),
        keys => keys.iter().map(one).collect::<Vec<_>>().join(" "),
    };
    let (new, old) = (words(&subject.content), subject.before.as_ref().map(|before| words(&before.content)));
    match old.filter(|old| *old != new) {
        None => new.into_any(),
        Some(old) => view! {
            <p><strong>"New: "</strong> {new}</p>
            <p><strong>"Published now: "</strong> {old}</p>
        }
        .into_any(),
    }
}

/// What whoever approved first wrote.
fn said_before(subject: &Subject) -> Option<AnyView> {
    let comments = &subject.revision.comments;
    let comment = |comment: &domain::registration::Comment| {
        view! {
            <h2 class="nhsuk-heading-s">{format!("Comment by {}", who(comment.stamp.by, &subject.names))}</h2>
            <blockquote class="app-quote">{paragraphs(&comment.text.0)}</blockquote>
        }
    };
    (!comments.is_empty()).then(|| comments.iter().map(comment).collect_view().into_any())
}

/// A field for the words of a decision.
fn words_field(name: &'static str, label: &'static str, hint: &'static str, refused: &Refused) -> AnyView {
    view! {
        <TextArea
            name=name
            label=label
            hint=hint
            value=refused.value(name, "")
            error=refused.at(name, "")
            max=LONGEST
        />
    }
    .into_any()
}

fn code_lines(lines: &[String]) -> AnyView {
    let items: Vec<_> = lines.iter().map(|line| view! { <li><code>{line.clone()}</code></li> }).collect();
    view! { <ul class="nhsuk-list">{items}</ul> }.into_any()
}

fn request_changes_page(subject: &Subject, refused: &Refused) -> Page {
    let section = |section: Section| {
        let name = format!("sections[{}]", section.slug());
        let error = refused.at("sections", section.slug());
        view! {
            <TextArea
                value=refused.value(&name, "")
                name=name
                label=section.title()
                error=error
                rows=2
                max=LONGEST
            />
        }
    };
    let sections: Vec<_> = Section::ALL.into_iter().map(section).collect();
    let hidden = hidden(subject);
    let hint = "Required unless you comment on a section. Say what is missing and how to fix it.";
    let words = words_field("comment", "About the whole revision", hint, refused);
    let body = view! {
        <p class="nhsuk-lede-text">
            "The partner sees your comments next to the sections that they are about, and can then change the draft \
             and submit a new revision."
        </p>
        <SummaryList rows=about(subject, display_name(subject)) />
        <Form action="/api/request-changes">
            {hidden}
            {words}
            <Fieldset legend="About one section">{sections}</Fieldset>
            <Button>"Request changes"</Button>
        </Form>
        {back(subject)}
    };
    framed(subject, format!("Request changes to {}", named(subject)), body, refused)
}

fn reject_page(subject: &Subject, refused: &Refused) -> Page {
    let title = format!("Reject {}", named(subject));
    let button = title.clone();
    let hidden = hidden(subject);
    let words = words_field("reason", "Reason", "The partner and auditors can read this.", refused);
    let body = view! {
        <WarningText heading="Rejecting is final for this revision">
            <p>
                "The partner can submit another one. If something can be fixed, request changes instead: the partner \
                 then sees your comments next to the sections."
            </p>
        </WarningText>
        <SummaryList rows=about(subject, display_name(subject)) />
        <Form action="/api/reject">
            {hidden}
            {words}
            <Button kind=ButtonKind::Warning>{button}</Button>
        </Form>
        {back(subject)}
    };
    framed(subject, title, body, refused)
}

fn suspend_page(subject: &Subject, refused: &Refused) -> Page {
    let follows = format!(
        "Once the provider confirms it, nobody can sign in to this service with NHS login in {}. You can reinstate \
         the client later, with the same client_id.",
        subject.policy.title
    );
    let warning = view! { <WarningText heading="People will not be able to sign in"><p>{follows}</p></WarningText> };
    let words = words_field("reason", "Reason", "The partner and auditors can read this.", refused);
    let switch = Switch { action: "/api/suspend", does: ("Suspend", ""), kind: ButtonKind::Warning };
    switch_page(subject, refused, switch, warning.into_any(), words)
}

fn retire_page(subject: &Subject, refused: &Refused, fresh: bool) -> Page {
    let follows = match subject.registration.wanted {
        Some(_) => format!(
            "Once the provider confirms it, nobody can sign in to this service with NHS login in {}.",
            subject.policy.title
        ),
        None => "Nothing has been published, so nobody loses a way to sign in.".into(),
    };
    // Advised only where the rules allow it.
    let instead =
        subject.permissions.suspend.is_ok().then_some(" To turn the client off for a while, suspend it instead.");
    let warning = view! {
        <WarningText heading="This cannot be undone">
            <p>{follows} " To come back, the partner must start a new registration, which gets another client_id." {instead}</p>
        </WarningText>
    };
    let words = words_field("reason", "Reason", "The partner and auditors can read this.", refused);
    let proof = proof(fresh, refused);
    let switch = Switch { action: "/api/retire-client", does: ("Retire", ""), kind: ButtonKind::Warning };
    switch_page(subject, refused, switch, warning.into_any(), view! { {words} {proof} }.into_any())
}

fn reinstate_page(subject: &Subject, refused: &Refused, fresh: bool) -> Page {
    let (verb, follows) = match subject.approvals_needed() {
        1 => ("Reinstate", "Once the provider confirms it, people can sign in to this service with NHS login again."),
        _ => (
            "Propose to reinstate",
            "Two admins reinstate a client in this environment. Nothing changes until another admin confirms your proposal.",
        ),
    };
    let warning = view! { <p class="nhsuk-lede-text">{follows}</p> };
    let words = words_field("reason", "Reason", "The partner and auditors can read this.", refused);
    let proof = proof(fresh, refused);
    let switch = Switch { action: "/api/reinstate", does: (verb, ""), kind: ButtonKind::Primary };
    switch_page(subject, refused, switch, warning.into_any(), view! { {words} {proof} }.into_any())
}

fn republish_page(subject: &Subject, refused: &Refused, fresh: bool) -> Page {
    let warning = view! { <p class="nhsuk-lede-text">{told_again(subject.registration.client_state())}</p> };
    let switch = Switch { action: "/api/republish", does: ("Publish", " again"), kind: ButtonKind::Primary };
    switch_page(subject, refused, switch, warning.into_any(), proof(fresh, refused))
}

/// What the provider is told by publishing again.
fn told_again(state: ClientState) -> &'static str {
    match state {
        ClientState::Suspended => "We tell the provider again that this client is suspended. Nothing else changes.",
        ClientState::Retired => "We tell the provider again that this client is retired. Nothing else changes.",
        _ => "We send the provider the approved client again, replacing what it holds now. Nothing else changes.",
    }
}

/// A command about the client itself.
pub(super) struct Switch {
    pub(super) action: &'static str,
    /// What it does, before and after what it does it to: a form cannot leave out which client it is, and where.
    pub(super) does: (&'static str, &'static str),
    pub(super) kind: ButtonKind,
}

pub(super) fn switch_page(
    subject: &Subject,
    refused: &Refused,
    switch: Switch,
    warning: AnyView,
    words: AnyView,
) -> Page {
    let mut rows = about(subject, subject.client_name.clone());
    rows.truncate(3);
    if let Some(client_id) = subject.registration.client_id.as_ref().map(ToString::to_string) {
        rows.push(SummaryRow::new("client_id", view! { <Copyable value=client_id about="client_id" /> }));
    }
    let hidden = hidden(subject);
    let Switch { action, does: (verb, after), kind } = switch;
    let is_client = subject.registration.client_id.is_some();
    let title = format!("{verb} {}{after}", the_client(&subject.client_name, &subject.policy.title, is_client));
    let button = title.clone();
    let body = view! {
        {warning}
        <SummaryList rows=rows />
        <Form action=action>
            {hidden}
            {words}
            <Button kind=kind>{button}</Button>
        </Form>
        <p><a href=address(subject)>"Go back to the review without changing anything"</a></p>
    };
    framed(subject, title, body, refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::{
        actor::By,
        problem::Problem,
        rule::{FormFault, Since, TextFault},
    };

    fn html(page: Page) -> String {
        samples::html(|| page.body)
    }

    #[test]
    fn an_approval_spells_out_what_it_binds() {
        let subject = samples::subject();
        let html = html(approve_page(&subject, &Refused::default(), false));
        for expected in [
            subject.revision.digest.as_str(),
            subject.revision.metadata_digest.as_str(),
            "Restricted scopes",
            "You are granting profile.",
            "This is the first version",
            "P9.Cp.Cd",
            samples::draft().sound_keys(&samples::policy("sandpit"))[0].sha256().as_str(),
            "deciding approval",
            "name=\"proof\"",
            "name=\"metadata_digest\"",
            "action=\"/api/approve\"",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn another_key_is_shown_beside_the_one_that_it_replaces() {
        let mut subject = samples::subject();
        let mut before = samples::draft();
        before.public_keys =
            vec![domain::draft::DraftKey::of(include_str!("../../../domain/tests/life/other-public.pem"))];
        let fingerprint = |draft: &domain::draft::Draft| draft.sound_keys(&samples::policy("sandpit"))[0].sha256();
        subject.before = Some(samples::earlier(&before));
        let html = html(approve_page(&subject, &Refused::default(), false));
        for expected in ["Published now: ", &fingerprint(&before), &fingerprint(&samples::draft()), "Public key."] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn the_second_approver_reads_what_the_first_one_wrote() {
        let mut subject = samples::subject();
        let comment = domain::registration::Comment {
            section: None,
            text: "I rang the practice.".into(),
            stamp: samples::by_the_admin(),
        };
        subject.revision.comments.push(comment);
        let html = html(approve_page(&subject, &Refused::default(), false));
        assert!(html.contains("Comment by Ada Adams") && html.contains("I rang the practice."), "{html}");
        assert!(!html.contains("The other approver"), "there is none in the sandpit: {html}");
    }

    #[test]
    fn retiring_names_what_it_ends_and_asks_for_a_reason_and_proof() {
        let mut subject = samples::subject();
        let client_id = domain::id::ClientId::from_random([7; 16]);
        subject.registration.client_id = Some(client_id.clone());
        let html = html(retire_page(&subject, &Refused::default(), false));
        for expected in [
            "cannot be undone",
            "Riverside repeat prescriptions",
            "Riverside Health",
            "Sandpit",
            client_id.as_str(),
            "name=\"reason\"",
            "name=\"proof\"",
            "action=\"/api/retire-client\"",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    /// Part 23: nobody ends one client for another: heading and button say which, and where. The name is that of what was
    /// approved, not what a later revision asks for.
    #[test]
    fn every_decision_names_client_and_environment_in_heading_and_button() {
        let mut subject = samples::subject();
        subject.registration.client_id = Some(domain::id::ClientId::from_random([7; 16]));
        subject.client_name = "Riverside as approved".into();
        let refused = Refused::default();
        let named = "“Riverside repeat prescriptions” in Sandpit";
        let ended = "“Riverside as approved” in Sandpit";
        for (page, named) in [
            (approve_page(&subject, &refused, true), named),
            (reject_page(&subject, &refused), named),
            (suspend_page(&subject, &refused), ended),
            (retire_page(&subject, &refused, true), ended),
            (reinstate_page(&subject, &refused, true), ended),
            (republish_page(&subject, &refused, true), ended),
        ] {
            let title = page.title.clone();
            assert!(title.contains(named), "{title}");
            let html = html(page);
            assert!(html.contains(&format!(">{title}</button>")), "{title} is not the button in {html}");
        }
    }

    #[test]
    fn publishing_again_says_what_the_provider_is_told() {
        assert!(told_again(ClientState::Suspended).contains("suspended"));
        assert!(told_again(ClientState::Retired).contains("retired"));
        assert!(told_again(ClientState::Published).contains("the approved client"));
    }

    #[test]
    fn proof_is_not_asked_twice() {
        let html = html(approve_page(&samples::subject(), &Refused::default(), true));
        assert!(!html.contains("name=\"proof\""));
    }

    #[test]
    fn the_first_of_two_approvals_does_not_decide() {
        let mut subject = samples::subject();
        subject.policy.approvals = 2;
        assert_eq!(consequence(&subject), "After yours, 1 more approval is needed before it is published.");
    }

    #[test]
    fn what_was_typed_is_shown_again() {
        let refused = Refused {
            values: [("sections[scopes]".to_owned(), "Why the phone number?".to_owned())].into(),
            problems: vec![Problem::new("comment", TextFault::FarTooLong("the comment".into()))],
        };
        let html = html(request_changes_page(&samples::subject(), &refused));
        assert!(html.contains("Why the phone number?") && html.contains("The comment is far too long."));
        assert_eq!(html.matches("<textarea").count(), 1 + Section::ALL.len());
    }

    #[test]
    fn rejecting_and_suspending_ask_for_a_reason() {
        let subject = samples::subject();
        for page in [reject_page(&subject, &Refused::default()), suspend_page(&subject, &Refused::default())] {
            let html = html(page);
            assert!(html.contains("name=\"reason\"") && html.contains("nhsuk-button--warning"));
        }
    }

    #[test]
    fn reinstating_and_publishing_again_are_confirmed() {
        let subject = samples::subject();
        for (page, action) in [
            (reinstate_page(&subject, &Refused::default(), false), "/api/reinstate"),
            (republish_page(&subject, &Refused::default(), false), "/api/republish"),
        ] {
            let html = html(page);
            assert!(html.contains(&format!("action=\"{action}\"")) && html.contains("name=\"version\""), "{html}");
            assert!(html.contains("name=\"proof\""), "{html}");
        }
        let mut live = samples::published_subject();
        live.policy.approvals = 2;
        let html = html(reinstate_page(&live, &Refused::default(), true));
        for expected in ["Propose to reinstate the client “", "another admin confirms", "name=\"reason\""] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn what_somebody_else_decided_is_no_lack_of_permission() {
        for refusal in [Refusal::NothingSubmitted, Refusal::AlreadySuspended, Refusal::NotSuspended, Refusal::NoClient]
        {
            assert!(is_settled(&refusal));
        }
        assert!(!is_settled(&Refusal::AlreadyApproved), "that was the reader");
        assert!(!is_settled(&Refusal::AdminsOnly));
    }

    /// Part of every decision form: what was typed stays, what is different is shown, and nothing can be pressed.
    #[test]
    fn a_form_that_was_overtaken_shows_what_is_different_and_no_button() {
        let values = [("sections[scopes]", "Why the phone number?"), ("comment", ""), ("version", "2")];
        let refused = Refused {
            values: values.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
            problems: vec![Problem::new("", FormFault::Stale(Since::Unknown))],
        };
        let subject = samples::subject();
        let uris = |host: &str| vec![format!("https://{host}.example.org/callback")];
        let different = DiffField::between("Redirect URIs", &uris("old"), &uris("new"));
        for form in ["/approve", "/request-changes", "/reject", "/suspend", "/retire", "/reinstate", "/republish"] {
            let meanwhile = Meanwhile {
                told: "The partner withdrew revision 1.".into(),
                happened: vec![samples::happening()],
                shown: Some(1),
                published: None,
                approved: false,
            };
            let differences = vec![("Revision 2 beside revision 1".to_owned(), vec![different.clone()])];
            let closed = overtaken(&subject, &refused, form, meanwhile, differences);
            assert!(closed.sentence.starts_with("The partner withdrew revision 1. "), "{}", closed.sentence);
            assert_eq!(closed.sentence.ends_with("Nothing was approved."), form == "/approve");
            let html = samples::html(|| closed.body());
            for expected in [
                "Comment on Scopes and why",
                "Why the phone number?",
                "Rejected revision 1.",
                "by Ada Adams",
                "Removed: ",
                "https://old.example.org/callback",
                "Added: ",
                "https://new.example.org/callback",
                "Read the review as it is now",
            ] {
                assert!(html.contains(expected), "{form}: {expected} is missing in {html}");
            }
            assert!(!html.contains("<form") && !html.contains("<textarea") && !html.contains("<button"), "{html}");
        }
    }

    #[test]
    fn whoever_decided_is_not_told_that_somebody_else_did() {
        let mut subject = samples::subject();
        subject.revision.decided = Some(domain::actor::Stamp { at: subject.now, by: By::Account(subject.reader) });
        let sentence = closed_sentence(&subject, &Refusal::NothingSubmitted);
        assert_eq!(sentence, changed::DECIDED_BY_READER);
    }
}

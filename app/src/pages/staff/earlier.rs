//! A revision beside the ones before it: what it changes in what was published, and what became of the comments on the
//! one that was sent back.

use super::{
    kit::who,
    subject::{Earlier, Subject},
    words::list,
};
use crate::ui::{DateTime, Diff, DiffField, WarningText, paragraphs};
use domain::{
    draft::Section,
    registration::{Comment, RevisionState},
};
use leptos::prelude::*;

/// What the revision changes, in a line.
pub(super) fn changes_in_brief(subject: &Subject) -> String {
    let Some((before, which)) = compared(subject) else { return first_version(subject).into() };
    let changed = changed_labels(&subject.against(before));
    match changed.is_empty() {
        true => format!("The same as revision {}, {which}.", before.revision.number),
        false => format!("{}.", list(&changed)),
    }
}

fn changed_labels(fields: &[DiffField]) -> Vec<String> {
    fields.iter().filter(|field| field.changed()).map(|field| field.label.clone()).collect()
}

/// What is said of the first of all revisions.
fn first_version(subject: &Subject) -> &'static str {
    if subject.is_open() { "This is the first version." } else { "This was the first version." }
}

/// The revision that this one is compared with, and which it is: what the provider holds, or held when this one was
/// decided; where it holds nothing, the one before it, whatever became of that.
fn compared(subject: &Subject) -> Option<(&Earlier, String)> {
    let at_provider = subject.before.as_ref().map(|before| (before, at_the_provider(subject, before)));
    at_provider.or_else(|| subject.previous.as_ref().map(|before| (before, became(subject, before).to_owned())))
}

/// A decided revision is compared with what it replaced, or would have: compared with what is published now, it would show
/// backwards what later revisions changed. What is on its way is never told as if it had been published.
fn at_the_provider(subject: &Subject, before: &Earlier) -> String {
    let registration = &subject.registration;
    let still_held = registration.held().is_some_and(|held| held.number == before.revision.number);
    let wanted = registration.wanted.as_ref().filter(|_| registration.is_publication_due());
    let is_coming = wanted.is_some_and(|wanted| wanted.revision == subject.revision.number);
    match (subject.is_open(), subject.on_its_way) {
        (true, Some(number)) => format!(
            "which is what the provider held when we last checked. Revision {number} was approved and is on its way"
        ),
        (true, None) => "which is published".into(),
        (false, _) if still_held && is_coming => format!(
            "which is what the provider held when we last checked. Revision {} was approved and is on its way",
            subject.revision.number
        ),
        (false, _) => "which the provider held when this revision was decided".into(),
    }
}

/// What became of a revision that the provider never had before this one was decided.
fn became(subject: &Subject, before: &Earlier) -> &'static str {
    match before.revision.state {
        RevisionState::Submitted => "which is being reviewed",
        RevisionState::Approved if subject.on_its_way == Some(before.revision.number) => {
            "which was approved and is on its way to the provider"
        }
        RevisionState::Approved => "which was approved",
        RevisionState::ChangesRequested => "on which changes were requested",
        RevisionState::Rejected => "which was rejected",
        RevisionState::Withdrawn => "which was withdrawn",
    }
}

/// What the revision changes, field by field.
pub(super) fn changes(subject: &Subject) -> AnyView {
    let body = match compared(subject) {
        None => view! { <p>{first_version(subject)}</p> }.into_any(),
        Some((before, which)) => {
            let fields = subject.against(before);
            let nothing = match (&subject.before, subject.is_open()) {
                (Some(_), _) => "",
                (None, true) => "Nothing is published yet. ",
                (None, false) => "Nothing had been published when this revision was decided. ",
            };
            let compared = format!("{nothing}Compared with revision {}, {which}.", before.revision.number);
            view! {
                <p>{compared}</p>
                {differences(fields)}
            }
            .into_any()
        }
    };
    view! {
        <h2 class="nhsuk-heading-m" id="changes">"What changes"</h2>
        {body}
    }
    .into_any()
}

fn differences(fields: Vec<DiffField>) -> AnyView {
    let (changed, same): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| field.changed());
    let same: Vec<String> = same.into_iter().map(|field| field.label).collect();
    view! {
        {(!changed.is_empty()).then(|| view! { <Diff fields=changed /> })}
        {(!same.is_empty()).then(|| view! { <p>{format!("The same in both: {}.", list(&same))}</p> })}
    }
    .into_any()
}

/// Why the revision before was sent back, and what the partner did about it.
pub(super) fn sent_back(subject: &Subject) -> Option<AnyView> {
    let earlier = subject.sent_back.as_ref()?;
    let number = earlier.revision.number;
    let fields = subject.against(earlier);
    let heading = match earlier.revision.state {
        RevisionState::Rejected => format!("Revision {number} was rejected"),
        _ => format!("Changes were requested on revision {number}"),
    };
    let decided = earlier.revision.decided.map(|stamp| {
        view! { <p>"By " {who(stamp.by, &subject.names)} " on " <DateTime at=stamp.at /> "."</p> }
    });
    let since = since_then(subject, earlier, &fields);
    let comments: Vec<_> = earlier.revision.decision_comments().map(|comment| answered(comment, &fields)).collect();
    Some(
        view! {
            <div id="sent-back">
                <WarningText heading=heading>
                    {decided}
                    {comments}
                    <p>{since}</p>
                </WarningText>
            </div>
        }
        .into_any(),
    )
}

fn since_then(subject: &Subject, earlier: &Earlier, fields: &[DiffField]) -> String {
    let number = earlier.revision.number;
    let changed = changed_labels(fields);
    match (changed.is_empty(), earlier.revision.metadata_digest == subject.revision.metadata_digest) {
        (true, _) => format!("Nothing has changed since revision {number}."),
        (false, true) => format!(
            "Changed since revision {number}: {}. What would be published is the same as in revision {number}.",
            list(&changed)
        ),
        (false, false) => format!("Changed since revision {number}: {}.", list(&changed)),
    }
}

/// A comment with what the partner changed of what it is about. What changed altogether is said below all of them.
fn answered(comment: &Comment, fields: &[DiffField]) -> AnyView {
    let about = comment.section.map_or("The whole revision", Section::title);
    let since = comment.section.map(|section| {
        let is_about = |field: &&DiffField| field.changed() && labels(section).contains(&field.label.as_str());
        let changed: Vec<DiffField> = fields.iter().filter(is_about).cloned().collect();
        match changed.is_empty() {
            true => view! { <p>"Not changed since."</p> }.into_any(),
            false => view! { <Diff fields=changed /> }.into_any(),
        }
    });
    view! {
        <h3 class="nhsuk-heading-s">{about}</h3>
        <blockquote class="app-quote">{paragraphs(&comment.text.0)}</blockquote>
        {since}
    }
    .into_any()
}

/// The fields of a difference that a section is made of.
fn labels(section: Section) -> &'static [&'static str] {
    match section {
        Section::ClientName => &["Client name"],
        Section::PublicKey => &["Public key"],
        Section::RedirectUris => &["Redirect URIs"],
        Section::Scopes => &["Scopes", "Reasons"],
        Section::Vectors => &["Vectors of trust"],
        Section::Evidence => &["Evidence"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::draft::Draft;

    fn resubmitted(before: &Draft) -> Subject {
        let mut subject = samples::subject();
        subject.revision.number = 2;
        let mut earlier = samples::earlier(before);
        earlier.revision.state = RevisionState::ChangesRequested;
        let stamp = samples::by_the_admin();
        earlier.revision.decided = Some(stamp);
        let comment = |section, text: &str| Comment { section, text: text.into(), stamp };
        earlier.revision.comments =
            vec![comment(None, "See below."), comment(Some(Section::RedirectUris), "Which host?")];
        subject.sent_back = Some(earlier);
        subject
    }

    fn html(subject: &Subject) -> String {
        samples::html(|| sent_back(subject))
    }

    #[test]
    fn whoever_reads_a_resubmission_sees_what_was_asked_for() {
        let mut before = samples::draft();
        before.redirect_uris[1] = "https://old.riverside.example.org/callback".into();
        let html = html(&resubmitted(&before));
        for expected in [
            "Changes were requested on revision 1",
            "Ada Adams",
            "Which host?",
            "https://old.riverside.example.org/callback",
            "Changed since revision 1: Redirect URIs.",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn a_resubmission_without_a_change_is_called_one() {
        let html = html(&resubmitted(&samples::draft()));
        assert!(html.contains("Nothing has changed since revision 1") && html.contains("Not changed since."), "{html}");
    }

    #[test]
    fn other_reasons_publish_the_same() {
        let mut before = samples::draft();
        before.reasons.insert("email".into(), "To send every patient a receipt of the order.".into());
        let mut subject = resubmitted(&before);
        subject.sent_back.as_mut().unwrap().revision.metadata_digest = subject.revision.metadata_digest.clone();
        let html = html(&subject);
        assert!(html.contains("Changed since revision 1: Reasons. What would be published is the same"), "{html}");
    }

    #[test]
    fn a_decided_revision_is_compared_with_what_it_replaced() {
        let mut subject = samples::subject();
        let mut before = samples::draft();
        before.client_name = "Riverside".into();
        subject.before = Some(samples::earlier(&before));
        subject.revision.number = 2;
        let words = |subject: &Subject| samples::html(|| changes(subject));
        assert!(words(&subject).contains("Compared with revision 1, which is published."));
        subject.revision.state = RevisionState::Approved;
        assert!(
            words(&subject)
                .contains("Compared with revision 1, which the provider held when this revision was decided.")
        );
        assert_eq!(changes_in_brief(&subject), "Client name.");
        subject.before = None;
        assert!(words(&subject).contains("This was the first version."));
    }

    /// Of a revision after one that the provider never had, the difference from that one is there to be read.
    #[test]
    fn where_nothing_is_published_the_revision_before_is_compared_with() {
        let mut subject = samples::subject();
        let mut before = samples::draft();
        before.client_name = "Riverside".into();
        subject.revision.number = 2;
        let words = |subject: &Subject| samples::html(|| changes(subject));
        for (state, became) in [
            (RevisionState::Withdrawn, "which was withdrawn"),
            (RevisionState::Rejected, "which was rejected"),
            (RevisionState::ChangesRequested, "on which changes were requested"),
            (RevisionState::Approved, "which was approved and is on its way to the provider"),
        ] {
            let mut earlier = samples::earlier(&before);
            earlier.revision.state = state;
            subject.previous = Some(earlier);
            subject.on_its_way = (state == RevisionState::Approved).then_some(1);
            let said = words(&subject);
            assert!(said.contains(&format!("Nothing is published yet. Compared with revision 1, {became}.")), "{said}");
            assert!(said.contains("Added: ") && !said.contains("first version"), "{said}");
        }
    }

    /// What is approved and not confirmed is never told as published, on its own review either.
    #[test]
    fn a_decided_revision_that_is_on_its_way_says_so() {
        let mut subject = samples::published_subject();
        subject.before = Some(samples::earlier(&samples::draft()));
        subject.revision.number = 2;
        subject.revision.state = RevisionState::Approved;
        let wanted = subject.registration.wanted.as_mut().unwrap();
        (wanted.generation, wanted.revision) = (2, 2);
        let said = samples::html(|| changes(&subject));
        let expected = "Compared with revision 1, which is what the provider held when we last checked. Revision 2 was approved and is on its way.";
        assert!(said.contains(expected), "{said}");
    }
}

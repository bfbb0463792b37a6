//! In place of a form of a decision on which nothing is left to do: whose act it was, what overtook it, what was typed.

use super::{review::address, subject::Subject};
use crate::{
    api::form::Refused,
    pages::changed::{self, Closed, Kept},
    reading::meanwhile::Meanwhile,
    ui::DiffField,
};
use domain::{
    actor::{By, Stamp},
    draft::Section,
    problem::Problem,
    refusal::Refusal,
    registration::RevisionState,
};

/// Takes out of a form what was typed while it was about another revision than now: words about one never stand in the
/// decision on another (threat 1).
pub(super) fn take_about_another(subject: &Subject, refused: &mut Refused) -> Option<(u32, Vec<(String, String)>)> {
    let number = about_another(subject, refused)?;
    let typed = typed(refused);
    refused.values.clear();
    Some((number, typed))
}

/// The number of the revision that a form was about, where it is another one than now. Forms about the client have none.
fn about_another(subject: &Subject, refused: &Refused) -> Option<u32> {
    let number = refused.values.get("number")?.parse().ok()?;
    (number != subject.revision.number).then_some(number)
}

/// Where the reader ended who did what a form is for, and comes back to it: the code of the banner.
pub(super) fn done_by_reader(subject: &Subject, form: &str, refusal: &Refusal) -> Option<&'static str> {
    let mine = |stamp: &Stamp| stamp.by == By::Account(subject.reader);
    let last = subject.registration.suspensions.last();
    let ended = || last.and_then(|last| last.ended).filter(mine);
    match (form, refusal) {
        ("/approve" | "/request-changes" | "/reject", Refusal::NothingSubmitted) => {
            let state = subject.revision.decided.filter(mine).map(|_| subject.revision.state)?;
            match state {
                RevisionState::Approved => Some("approved-already"),
                RevisionState::ChangesRequested => Some("changes-requested-already"),
                RevisionState::Rejected => Some("rejected-already"),
                RevisionState::Submitted | RevisionState::Withdrawn => None,
            }
        }
        ("/approve", Refusal::AlreadyApproved) => Some("approved-already"),
        ("/suspend", Refusal::AlreadySuspended) => last.filter(|last| mine(&last.stamp)).map(|_| "suspended-already"),
        ("/reinstate" | "/confirm-reinstatement", Refusal::NotSuspended) => ended().map(|_| "reinstated-already"),
        ("/reinstate", Refusal::ReinstatementOpen) => {
            let proposal = last.and_then(|last| last.proposal.as_ref());
            proposal.filter(|proposal| mine(&proposal.stamp)).map(|_| "reinstatement-proposed-already")
        }
        ("/retire", Refusal::Retired) => subject.registration.retired.filter(mine).map(|_| "retired-already"),
        _ => None,
    }
}

/// Why nothing is left to do on a form. What was decided on a revision says by whom; every other refusal says what is so.
pub(super) fn closed_sentence(subject: &Subject, refusal: &Refusal) -> String {
    let decided = subject.revision.decided.filter(|_| *refusal == Refusal::NothingSubmitted);
    match (subject.revision.state, decided.map(|stamp| stamp.by)) {
        (_, None) => refusal.to_string(),
        (RevisionState::Withdrawn, Some(_)) => changed::WITHDRAWN.into(),
        (_, Some(By::Account(account))) if account == subject.reader => changed::DECIDED_BY_READER.into(),
        (_, Some(_)) => changed::DECIDED.into(),
    }
}

/// Whoever pasted a private key is told to replace it, whatever became of the form (threat 12).
pub(super) fn pasted_keys(refused: &Refused) -> Vec<Problem> {
    let keys = refused.problems.iter().filter(|problem| problem.rule.is_private_key());
    keys.map(|problem| Problem::new("", problem.rule.clone())).collect()
}

pub(super) fn decided(subject: &Subject, refused: &Refused, sentence: String) -> Closed {
    Closed {
        sentence,
        sent: refused.is_any(),
        latest: subject.history.iter().take(3).cloned().collect(),
        typed: typed(refused),
        next: ("Read the review to see what was decided", address(subject)),
        ..Closed::default()
    }
}

/// In place of a form that somebody was quicker than: nothing on it decides. Whoever still wants to reads the review as it
/// is now and opens the form there again, with a proof of their own.
pub(super) fn overtaken(
    subject: &Subject,
    refused: &Refused,
    form: &str,
    meanwhile: Meanwhile,
    differences: Vec<(String, Vec<DiffField>)>,
) -> Closed {
    let outcome = match (form, meanwhile.approved) {
        // Somebody else's approval was told just before.
        ("/approve", true) => "Your approval was not recorded.",
        ("/approve", false) => "Nothing was approved.",
        _ => "Your decision was not recorded.",
    };
    let kept = if about_another(subject, refused).is_some() { Kept::Beside } else { Kept::FilledIn };
    Closed {
        sentence: format!("{} {outcome}", meanwhile.told).trim_start().to_owned(),
        sent: true,
        since: meanwhile.happened,
        differences,
        typed: typed(refused),
        kept,
        next: ("Read the review as it is now", address(subject)),
        ..Closed::default()
    }
}

/// What was typed into the fields of a decision, by what each is about.
fn typed(refused: &Refused) -> Vec<(String, String)> {
    let title = |name: &str| match name {
        "comment" => Some("Comment".to_owned()),
        "reason" => Some("Reason".to_owned()),
        name => {
            let slug = name.strip_prefix("sections[")?.strip_suffix(']')?;
            let section = Section::ALL.into_iter().find(|section| section.slug() == slug)?;
            Some(format!("Comment on {}", section.title()))
        }
    };
    refused.values.iter().filter_map(|(name, text)| Some((title(name)?, text.clone()))).collect()
}

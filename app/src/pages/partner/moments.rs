//! What happened to a registration, as its page tells it.

use super::overview::{comments, name_of};
use crate::ui::Moment;
use domain::{
    actor::Stamp,
    registration::{Comment, Revision, RevisionState, Suspension},
    standing::Does,
};
use leptos::prelude::*;
use store::read::RegistrationDetails;
use time::OffsetDateTime;

/// Submissions, decisions and what the provider confirmed, newest first.
pub(super) fn moments(details: &RegistrationDetails, address: &str) -> Vec<Moment> {
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
        moments.extend(confirmations(suspension));
    }
    moments.extend(retired(details));
    moments.extend(switched_off(details));
    // Of two facts of one moment the later one comes first too.
    moments.sort_by_key(|moment| moment.at);
    moments.reverse();
    moments
}

/// When the provider confirmed that it was off, and on again.
fn confirmations(suspension: &Suspension) -> impl Iterator<Item = Moment> {
    let confirmed = [("Suspension", suspension.confirmed), ("Reinstatement", suspension.end_confirmed)];
    confirmed.into_iter().filter_map(|(what, at)| Some(confirmation(what, at?)))
}

fn confirmation(what: &str, at: OffsetDateTime) -> Moment {
    plain(at, format!("{what} confirmed by the provider"), "the portal".into())
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
        let needed = revision.approvals_needed(&details.policy);
        for (at, approval) in revision.approvals.iter().enumerate() {
            // One that no longer counted was replaced by another.
            let title = match at < needed {
                true => format!("Approval {} of {needed}", at + 1),
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
    let together = |comment: &&Comment| comment.stamp.at == at;
    let said = || revision.comments.iter().filter(together);
    said().next().is_some().then(|| comments(said(), None))
}

/// What the provider confirmed last, when that is no publication but its end, and no suspension has it.
fn switched_off(details: &RegistrationDetails) -> Option<Moment> {
    let registration = &details.registration;
    let confirmed = registration.confirmed()?;
    let has_it = registration.suspensions.last().is_some_and(|last| last.confirmed.is_some());
    match confirmed.does {
        Does::On | Does::Absent => None,
        Does::Off => (!has_it).then(|| confirmation("Suspension", confirmed.at)),
        Does::Removed => Some(confirmation("Retirement", confirmed.at)),
    }
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

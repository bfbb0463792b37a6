//! Where a registration stands, in status tags and sentences. What a client does is what its provider was last read back to
//! do; what is on its way there has tags of its own.

use crate::ui::{Status, date_time_text};
use domain::{
    authority::Voters,
    registration::{ClientState, Registration, Revision, RevisionState},
    standing::{Does, Reader, Standing, Step, Tried},
};
use store::read::RegistrationHead;

/// The tags of a registration: first the client, then what is under way beside it. Of the approvals only those count
/// whose givers may still give them.
pub fn statuses(registration: &Registration, tried: Tried, voters: &Voters) -> Vec<Status> {
    let review = registration.revisions.last().map(|revision| (revision.state, revision.standing_approvals(voters)));
    of(
        registration.client_state(),
        &registration.standing(tried),
        review.map(|(state, _)| state),
        review.map_or(0, |(_, approvals)| approvals),
    )
}

/// The tags of a registration in a list.
pub fn head_statuses(head: &RegistrationHead) -> Vec<Status> {
    of(head.client_state, &head.standing, head.review, head.approvals.into())
}

/// The tags of a registration for staff: the client's, as in their list of clients, then the revision under review, or the
/// last one where there is no client yet.
pub fn client_statuses(head: &RegistrationHead) -> Vec<Status> {
    let mut tags = client_tags(&head.standing);
    match head.review {
        _ if tags.is_empty() => return head_statuses(head),
        Some(RevisionState::Submitted) => tags.push(under_review(head.approvals.into())),
        _ => {}
    }
    tags
}

/// Of a revision under review. With every approval that it needs it is under review only where one lapsed and counts again.
fn under_review(approvals: usize) -> Status {
    if approvals == 1 { Status::PartlyApproved } else { Status::Submitted }
}

/// The tags of a client: what the provider was last read back to do, what it still has to be told, and whether that fails.
/// None before anything is wanted.
pub fn client_tags(standing: &Standing) -> Vec<Status> {
    let does = standing.confirmed().and_then(|confirmed| match confirmed.does {
        Does::On => Some(Status::Published),
        Does::Off => Some(Status::Suspended),
        Does::Removed => Some(Status::Retired),
        Does::Absent => None,
    });
    let step = standing.step().map(|step| match step {
        Step::Publish | Step::Change => Status::Pending,
        Step::Suspend => Status::Suspending,
        Step::Reinstate => Status::Reinstating,
        Step::Retire => Status::Retiring,
        Step::TakeBack => Status::TakingBack,
    });
    // It was tried and failed: that it is on its way would be a wish.
    let step = step.filter(|step| !(standing.is_failing() && *step == Status::Pending));
    let failing = standing.is_failing().then_some(Status::Failed);
    does.into_iter().chain(step).chain(failing).collect()
}

/// The words of a client's tags, for a cell of a file.
pub fn client_words(standing: &Standing) -> String {
    let words: Vec<&str> = client_tags(standing).into_iter().map(Status::label).collect();
    words.join(", ")
}

/// Where a client stands at its provider, in sentences; none before anything is wanted.
pub fn client_sentence(standing: &Standing, reader: Reader) -> Option<String> {
    standing.sentence(reader, &date_time_text)
}

/// The status of a revision under, or after, review.
pub fn revision_status(revision: &Revision, voters: &Voters) -> Status {
    match revision.state {
        RevisionState::Submitted => under_review(revision.standing_approvals(voters)),
        RevisionState::Approved => Status::Approved,
        RevisionState::ChangesRequested => Status::ChangesRequested,
        RevisionState::Rejected => Status::Rejected,
        RevisionState::Withdrawn => Status::Withdrawn,
    }
}

fn of(client: ClientState, standing: &Standing, review: Option<RevisionState>, approvals: usize) -> Vec<Status> {
    let mut tags = client_tags(standing);
    match client {
        // A registration that never had a client.
        ClientState::Retired if tags.is_empty() => tags.push(Status::Retired),
        ClientState::Unpublished if review.is_none() => tags.push(Status::Draft),
        _ => {}
    }
    match review {
        Some(RevisionState::Submitted) => tags.push(under_review(approvals)),
        Some(RevisionState::ChangesRequested) => tags.push(Status::ChangesRequested),
        Some(RevisionState::Rejected) => tags.push(Status::Rejected),
        Some(RevisionState::Withdrawn) => tags.push(Status::Withdrawn),
        Some(RevisionState::Approved) | None => {}
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::standing::{Asked, Confirmed};
    use time::OffsetDateTime;

    fn tags(wanted: Does, last: Option<Does>, due: bool, reported: bool) -> Vec<Status> {
        let confirmed = last.map(|does| Confirmed { does, at: OffsetDateTime::UNIX_EPOCH });
        let tried = Tried { reported, ..Tried::default() };
        client_tags(&Standing::of(Some(Asked { does: wanted, since: None }), confirmed, due, tried))
    }

    #[test]
    fn one_of_two_is_said_of_one() {
        assert_eq!([0, 1, 2].map(under_review), [Status::Submitted, Status::PartlyApproved, Status::Submitted]);
    }

    #[test]
    fn the_first_tag_is_what_was_confirmed() {
        use Does::{Absent, Off, On, Removed};
        use Status::{Failed, Pending, Published, Reinstating, Retired, Retiring, Suspended, Suspending, TakingBack};
        assert_eq!(tags(On, None, true, false), [Pending]);
        assert_eq!(tags(On, None, true, true), [Failed]);
        assert_eq!(tags(On, Some(On), false, false), [Published]);
        assert_eq!(tags(On, Some(On), true, false), [Published, Pending]);
        assert_eq!(tags(On, Some(On), true, true), [Published, Failed]);
        assert_eq!(tags(Off, Some(On), true, true), [Published, Suspending, Failed]);
        assert_eq!(tags(Off, Some(Off), false, false), [Suspended]);
        assert_eq!(tags(On, Some(Off), true, false), [Suspended, Reinstating]);
        assert_eq!(tags(Removed, Some(Off), true, false), [Suspended, Retiring]);
        assert_eq!(tags(Removed, Some(Removed), false, false), [Retired]);
        assert_eq!(tags(Absent, None, true, false), [TakingBack]);
        assert_eq!(tags(Absent, Some(Absent), false, false), []);
        assert_eq!(tags(On, Some(Absent), true, false), [Pending]);
        assert_eq!(client_tags(&Standing::Nothing), []);
    }
}

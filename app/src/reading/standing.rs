//! Where a registration stands, in status tags.

use crate::ui::Status;
use domain::{
    authority::Voters,
    registration::{ClientState, Registration, Revision, RevisionState},
};
use store::read::RegistrationHead;

/// The tags of a registration: first the client, then what is under way beside it. Of the approvals only those count
/// whose givers may still give them.
pub fn statuses(registration: &Registration, voters: &Voters) -> Vec<Status> {
    let review = registration.revisions.last().map(|revision| (revision.state, revision.standing_approvals(voters)));
    of(
        registration.client_state(),
        review.map(|(state, _)| state),
        review.map_or(0, |(_, approvals)| approvals),
        registration.failure.is_some(),
        registration.is_publication_due(),
    )
}

/// The tags of a registration in a list.
pub fn head_statuses(head: &RegistrationHead) -> Vec<Status> {
    of(head.client_state, head.review, head.approvals.into(), head.failed, head.publication_due)
}

/// The tags of a registration for staff: the client's one status, as in their list of clients, then the revision under
/// review, or the last one where there is no client yet.
pub fn client_statuses(head: &RegistrationHead) -> Vec<Status> {
    let client = client_status(head.client_state, head.failed);
    match (head.client_state, head.review) {
        (ClientState::Unpublished, _) => head_statuses(head),
        (_, Some(RevisionState::Submitted)) if head.approvals > 0 => vec![client, Status::PartlyApproved],
        (_, Some(RevisionState::Submitted)) => vec![client, Status::Submitted],
        _ => vec![client],
    }
}

/// The status of a client; *failed* is a mark that outweighs its state.
pub fn client_status(state: ClientState, failed: bool) -> Status {
    match (state, failed) {
        (ClientState::Retired, _) => Status::Retired,
        (_, true) => Status::Failed,
        (ClientState::Unpublished, _) => Status::Draft,
        (ClientState::Pending, _) => Status::Pending,
        (ClientState::Published, _) => Status::Published,
        (ClientState::Suspended, _) => Status::Suspended,
    }
}

/// The status of a revision under, or after, review.
pub fn revision_status(revision: &Revision, voters: &Voters) -> Status {
    match revision.state {
        RevisionState::Submitted if revision.standing_approvals(voters) == 0 => Status::Submitted,
        RevisionState::Submitted => Status::PartlyApproved,
        RevisionState::Approved => Status::Approved,
        RevisionState::ChangesRequested => Status::ChangesRequested,
        RevisionState::Rejected => Status::Rejected,
        RevisionState::Withdrawn => Status::Withdrawn,
    }
}

fn of(
    client: ClientState,
    review: Option<RevisionState>,
    approvals: usize,
    failed: bool,
    publication_due: bool,
) -> Vec<Status> {
    let mut tags = Vec::new();
    match client {
        ClientState::Unpublished if review.is_none() => tags.push(Status::Draft),
        ClientState::Unpublished => {}
        // It was tried and failed: that says more than that it is on its way.
        ClientState::Pending if failed => {}
        ClientState::Pending => tags.push(Status::Pending),
        ClientState::Published if publication_due => tags.extend([Status::Published, Status::Pending]),
        ClientState::Published => tags.push(Status::Published),
        ClientState::Suspended => tags.push(Status::Suspended),
        ClientState::Retired => tags.push(Status::Retired),
    }
    if failed {
        tags.push(Status::Failed);
    }
    match review {
        Some(RevisionState::Submitted) if approvals > 0 => tags.push(Status::PartlyApproved),
        Some(RevisionState::Submitted) => tags.push(Status::Submitted),
        Some(RevisionState::ChangesRequested) => tags.push(Status::ChangesRequested),
        Some(RevisionState::Rejected) => tags.push(Status::Rejected),
        Some(RevisionState::Withdrawn) => tags.push(Status::Withdrawn),
        Some(RevisionState::Approved) | None => {}
    }
    tags
}

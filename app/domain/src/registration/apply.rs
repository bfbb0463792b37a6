//! Folds what happened into the state.

use super::*;
use crate::{actor::By, standing::Does};

pub(super) fn apply(state: &mut Registration, event: &Event, stamp: &Stamp) {
    match event {
        Event::Started { organisation, service, environment, copy_of, draft } => {
            state.organisation = Some(*organisation);
            state.service = Some(*service);
            state.environment.clone_from(environment);
            state.copy_of = *copy_of;
            // Empty where an erasure left nothing of it.
            state.draft = draft.content().cloned().unwrap_or_default();
            note_writer(state, stamp);
            note_keys(state, stamp);
        }
        Event::Saved { section, change } => {
            // Nothing where an erasure left nothing of it.
            if let Document::Is(change) = change {
                state.draft.change(change.clone());
                if change.section() == Section::PublicKey {
                    note_keys(state, stamp);
                }
            }
            state.edited.insert(*section, *stamp);
            note_writer(state, stamp);
        }
        Event::ChangesDiscarded { revision, draft } => {
            state.draft = draft.content().cloned().unwrap_or_default();
            let frozen = revision_mut(state, *revision).map(|revision| revision.submitted.at);
            // What was saved before that revision stays a change of what came before it.
            for edit in state.edited.values_mut() {
                edit.at = frozen.map_or(edit.at, |frozen| edit.at.min(frozen));
            }
            note_keys(state, stamp);
        }
        Event::Challenged { nonce } => {
            state.challenge = Some(Challenge { nonce: nonce.clone(), at: stamp.at });
        }
        Event::PossessionProved { thumbprint } => {
            state.challenge = None;
            state.proofs.insert(thumbprint.clone(), *stamp);
        }
        Event::KeyLeaked { thumbprint, key } => {
            state.leaked.insert(thumbprint.clone(), *stamp);
            state.draft.public_keys.retain(|other| other.public_key().as_ref() != Some(key));
            note_keys(state, stamp);
        }
        Event::KeyEndorsed(endorsement) => {
            let endorsed = Endorsed { by: endorsement.endorsed_by.thumbprint(), stamp: *stamp };
            state.endorsements.insert(endorsement.key.thumbprint(), endorsed);
        }
        Event::Submitted { number, digest, metadata_digest, thumbprints, rotation, restricted, bytes: _, warnings } => {
            state.revisions.push(Revision {
                number: *number,
                digest: digest.clone(),
                metadata_digest: metadata_digest.clone(),
                thumbprints: thumbprints.clone(),
                rotation: *rotation,
                restricted: restricted.clone(),
                submitted: *stamp,
                state: RevisionState::Submitted,
                decided: None,
                approvals: Vec::new(),
                comments: Vec::new(),
                warnings: warnings.content().cloned().unwrap_or_default(),
                published: None,
                erased: None,
            });
        }
        Event::Withdrawn { number, instead } => {
            close(state, *number, RevisionState::Withdrawn, stamp);
            if let Some(Instead { revision, generation }) = instead {
                rewant(state, *generation, stamp, |wanted| match revision {
                    Some(revision) => wanted.revision = *revision,
                    None => (wanted.enabled, wanted.removed, wanted.withdrawn) = (false, true, true),
                });
            }
        }
        Event::Approved { number, by_rules, comment, publish, .. } => {
            approve(state, *number, *by_rules, comment, stamp);
            if let Some(publish) = publish {
                close(state, *number, RevisionState::Approved, stamp);
                state.client_id = Some(publish.client_id.clone());
                let enabled = state.suspension().is_none();
                let wanted = Wanted {
                    generation: publish.generation,
                    revision: *number,
                    enabled,
                    removed: false,
                    withdrawn: false,
                    since: Some(stamp.at),
                    raised: 0,
                };
                want(state, wanted);
            }
        }
        Event::ChangesRequested { number, comment, sections } => {
            add_comment(state, *number, None, comment, stamp);
            for (section, text) in sections {
                add_comment(state, *number, Some(*section), text, stamp);
            }
            close(state, *number, RevisionState::ChangesRequested, stamp);
        }
        Event::Rejected { number, reason } => {
            add_comment(state, *number, None, reason, stamp);
            close(state, *number, RevisionState::Rejected, stamp);
        }
        Event::Published { generation, .. } => {
            let (number, does) =
                state.wanted.as_ref().map_or((0, Does::Off), |wanted| (wanted.revision, wanted.does()));
            let enabled = does == Does::On;
            note_confirmation(state, does, stamp);
            state.published =
                Some(Published { generation: *generation, revision: number, at: stamp.at, does: Some(does) });
            if let Some(wanted) = &mut state.wanted {
                wanted.raised = 0;
            }
            state.failure = None;
            if let Some(revision) = revision_mut(state, number).filter(|_| enabled) {
                revision.published.get_or_insert(stamp.at);
            }
        }
        Event::PublicationFailed { generation, message } => {
            state.failure = Some(Failure { generation: *generation, message: message.clone(), at: stamp.at });
        }
        Event::NewerGenerationFound { found, next, .. } => {
            state.seen_generation = state.seen_generation.max(*found);
            if let (Some(next), Some(wanted)) = (next, &mut state.wanted) {
                wanted.generation = *next;
                wanted.raised += 1;
                state.failure = None;
            }
        }
        Event::Republished { generation } => rewant(state, *generation, stamp, |_| ()),
        Event::Suspended { reason, generation } => {
            state.suspensions.push(Suspension {
                stamp: *stamp,
                reason: reason.clone(),
                ended: None,
                proposal: None,
                confirmed: None,
                end_confirmed: None,
                reinstated_because: FreeText::default(),
            });
            rewant(state, *generation, stamp, |wanted| wanted.enabled = false);
        }
        Event::ReinstatementProposed { reason } => {
            if let Some(suspension) = state.suspensions.last_mut() {
                suspension.proposal = Some(ReinstatementProposal { reason: reason.clone(), stamp: *stamp });
            }
        }
        Event::ReinstatementDropped => {
            if let Some(suspension) = state.suspensions.last_mut() {
                suspension.proposal = None;
            }
        }
        Event::Reinstated { generation, reason, .. } => {
            if let Some(suspension) = state.suspensions.last_mut() {
                suspension.ended = Some(*stamp);
                let proposed = suspension.proposal.as_ref().map(|proposal| &proposal.reason);
                suspension.reinstated_because = proposed.filter(|_| reason.0.is_empty()).unwrap_or(reason).clone();
            }
            rewant(state, *generation, stamp, |wanted| wanted.enabled = true);
        }
        Event::Retired { generation, reason } => {
            state.retired = Some(*stamp);
            state.retired_because.clone_from(reason);
            if let Some(generation) = generation {
                rewant(state, *generation, stamp, |wanted| {
                    (wanted.enabled, wanted.removed, wanted.withdrawn) = (false, true, false);
                });
            }
        }
        // The texts themselves are gone from what is folded here already.
        Event::TextErased(erasure) => {
            for number in &erasure.revisions {
                if let Some(revision) = revision_mut(state, *number) {
                    revision.erased = Some(*stamp);
                }
            }
        }
    }
}

/// Notes at the latest suspension what the provider was read back to do of it.
fn note_confirmation(state: &mut Registration, does: Does, stamp: &Stamp) {
    let was_off = state.confirmed().is_some_and(|confirmed| confirmed.does == Does::Off);
    let Some(suspension) = state.suspensions.last_mut() else { return };
    match (does, suspension.ended) {
        (Does::Off, None) => drop(suspension.confirmed.get_or_insert(stamp.at)),
        (Does::On, Some(_)) if was_off => drop(suspension.end_confirmed.get_or_insert(stamp.at)),
        _ => {}
    }
}

fn note_writer(state: &mut Registration, stamp: &Stamp) {
    if let By::Account(account) = stamp.by {
        state.writers.insert(account);
    }
}

/// Notes the keys that came into the draft, by the names that they have there, and forgets those that left it and were
/// never submitted.
fn note_keys(state: &mut Registration, stamp: &Stamp) {
    let mut kept: BTreeSet<String> =
        state.revisions.iter().flat_map(|revision| revision.thumbprints.iter().cloned()).collect();
    for key in &state.draft.public_keys {
        let Some(thumbprint) = key.public_key().map(|key| key.thumbprint()) else { continue };
        let known = state.keys.entry(thumbprint.clone());
        known.or_insert_with(|| KnownKey { name: String::new(), added: *stamp }).name.clone_from(&key.name);
        kept.insert(thumbprint);
    }
    state.keys.retain(|thumbprint, _| kept.contains(thumbprint));
    state.endorsements.retain(|thumbprint, _| kept.contains(thumbprint));
}

fn revision_mut(state: &mut Registration, number: u32) -> Option<&mut Revision> {
    state.revisions.iter_mut().find(|revision| revision.number == number)
}

fn close(state: &mut Registration, number: u32, to: RevisionState, stamp: &Stamp) {
    if let Some(revision) = revision_mut(state, number) {
        revision.state = to;
        revision.decided = Some(*stamp);
    }
}

fn approve(state: &mut Registration, number: u32, by_rules: bool, comment: &FreeText, stamp: &Stamp) {
    add_comment(state, number, None, comment, stamp);
    let admin = match stamp.by {
        By::Account(account) if !by_rules => Some(account),
        _ => None,
    };
    if let Some(revision) = revision_mut(state, number) {
        // Whoever says so again, because that decides, has one vote all the same.
        if admin.is_none() || !revision.approvers().any(|approver| Some(approver) == admin) {
            revision.approvals.push(Approval { admin, at: stamp.at });
        }
    }
}

fn add_comment(state: &mut Registration, number: u32, section: Option<Section>, text: &FreeText, stamp: &Stamp) {
    if text.0.is_empty() {
        return;
    }
    if let Some(revision) = revision_mut(state, number) {
        revision.comments.push(Comment { section, text: text.clone(), stamp: *stamp });
    }
}

fn want(state: &mut Registration, wanted: Wanted) {
    state.wanted = Some(wanted);
    state.failure = None;
}

fn rewant(state: &mut Registration, generation: u64, stamp: &Stamp, change: impl FnOnce(&mut Wanted)) {
    if let Some(mut wanted) = state.wanted.take() {
        (wanted.generation, wanted.since, wanted.raised) = (generation, Some(stamp.at), 0);
        change(&mut wanted);
        want(state, wanted);
    }
}

//! What a partner does with a registration: start, fill in, prove, submit, withdraw, retire. And what is read of one.

mod discard;
mod earlier;
mod endorse;
mod foresee;
mod keys;
mod leak;
mod possession;
mod retire;
mod save;
mod start;
mod submit;

pub use discard::{DiscardChanges, discard_changes, without_changes};
pub use earlier::{ChangedSection, section_with_digest, sections_changed_since};
pub use endorse::{EndorseKey, endorse_key};
pub use foresee::foreseen;
pub use keys::{AddKey, KeyPlace, RemoveKey, add_key, keys, remove_key};
pub use leak::{ReportLeak, key_of, leak_outcome, report_leak};
pub use possession::{ProvePossession, ask_nonce, prove_possession};
pub use retire::{RetireRegistration, Retired, retire_registration};
pub use save::{SaveSection, Saved, save_section};
pub use start::{StartRegistration, Started, start_registration};
pub use submit::{SubmitRegistration, Submitted, WithdrawRevision, submit_registration, withdraw_revision};

use crate::{Caller, Fault, Portal};
use domain::{
    draft::{Review, Section},
    id::RegistrationId,
    warning::Warning,
};
use store::read::RegistrationDetails;

/// A registration as its pages need it.
#[derive(Clone, Debug)]
pub struct RegistrationView {
    /// The state and what surrounds it.
    pub details: RegistrationDetails,
    /// What the checks say of the draft, today's date and the proofs included.
    pub review: Review,
    /// What the draft was copied from, while something in it has not been checked.
    pub copied_from: Option<CopiedFrom>,
}

/// Which registration of its service a draft started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedFrom {
    /// The one in the environment before, of this name.
    Before(String),
    /// One of the same environment that was retired.
    Retired,
}

/// One registration, its draft judged, when the caller may read it.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn registration(portal: &Portal, caller: &Caller, id: RegistrationId) -> Result<RegistrationView, Fault> {
    judged(portal, caller, details(portal, caller, id).await?).await
}

/// The same for whoever says nothing of what the checks find in the draft: it is not judged.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn details(portal: &Portal, caller: &Caller, id: RegistrationId) -> Result<RegistrationDetails, Fault> {
    Ok(portal.store.registration(caller.person()?, id).await?)
}

async fn judged(portal: &Portal, caller: &Caller, mut details: RegistrationDetails) -> Result<RegistrationView, Fault> {
    // What is approved was compared with all others when it was submitted.
    if details.registration.approved().is_none() || details.registration.is_draft_ahead() {
        details.facts = portal.store.compare_draft(&details).await?;
    }
    let mut review = details.registration.review_with(&details.policy, &details.facts, portal.auth.ambient.now());
    review.warnings = review.warnings.iter().map(Warning::for_partner).collect();
    review.warnings.dedup();
    let copied_from = copied_from(portal, caller, &details).await;
    Ok(RegistrationView { details, review, copied_from })
}

/// What the draft was copied from. Asked for only while a page tells it.
async fn copied_from(portal: &Portal, caller: &Caller, of: &RegistrationDetails) -> Option<CopiedFrom> {
    let registration = &of.registration;
    let copied = registration.copy_of.filter(|_| Section::ALL.iter().any(|part| registration.is_unchecked(*part)))?;
    let environment = details(portal, caller, copied).await.ok()?.registration.environment;
    Some(match environment == registration.environment {
        true => CopiedFrom::Retired,
        false => CopiedFrom::Before(environment),
    })
}

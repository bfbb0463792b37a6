//! What a revision has to meet beyond its own content. It may hold at submission and not at the decision.

use super::*;
use crate::{evidence, problem::Problem, refusal::Refusal, rule::Rule};

/// Whether the environment is open to the organisation and to the service. Whoever was let in once stays in: a client that
/// is published here may change its key, or whatever else is urgent, while the one in the environment before is suspended.
pub(super) fn open_to(registration: &Registration, policy: &EnvironmentPolicy, facts: &Facts) -> Result<(), Refusal> {
    if !policy.open_to_unconfirmed && !facts.organisation_confirmed {
        return Err(Refusal::OrganisationNotConfirmed);
    }
    if policy.after.is_some() && registration.approved().is_none() && !facts.earlier_published {
        return Err(Refusal::EarlierEnvironmentNotPublished);
    }
    Ok(())
}

/// What is wrong with a key only beside other registered keys.
#[derive(Clone, Copy)]
pub(super) enum KeyFault {
    /// It shares a prime with any of them.
    SharedPrime,
    /// Another organisation proved to hold its private half.
    OfAnotherOrganisation,
}

impl KeyFault {
    /// For the partner, at the field.
    pub(super) fn problem(self) -> Problem {
        let rule = match self {
            Self::SharedPrime => Rule::KeySharesPrime,
            Self::OfAnotherOrganisation => Rule::KeyOfAnother,
        };
        Problem::new("public_key", rule)
    }

    /// For the admin who is about to approve it.
    fn sentence(self) -> &'static str {
        match self {
            Self::SharedPrime => {
                "Its key shares a prime with another registered key, so both private keys can be computed. \
                 Request changes, and tell both partners to make new key pairs."
            }
            Self::OfAnotherOrganisation => {
                "Another organisation has registered this key, and has proved that it holds the private half. \
                 Request changes and ask for another key pair."
            }
        }
    }
}

pub(super) fn key_fault(registration: &Registration, facts: &Facts) -> Option<KeyFault> {
    let proved_by_others = |key: &RelatedKey| key.same && key.proved && is_of_others(registration, key);
    if facts.related_keys.iter().any(|key| !key.same) {
        Some(KeyFault::SharedPrime)
    } else if facts.related_keys.iter().any(proved_by_others) {
        Some(KeyFault::OfAnotherOrganisation)
    } else {
        None
    }
}

pub(super) fn is_of_others(registration: &Registration, key: &RelatedKey) -> bool {
    Some(key.organisation) != registration.organisation
}

/// Whether a proof of possession that the environment asks for is missing.
pub(super) fn lacks_proof(registration: &Registration, policy: &EnvironmentPolicy, thumbprint: &str) -> bool {
    policy.possession_required && !registration.proofs.contains_key(thumbprint)
}

/// Looks again, at the decision, at what submission required: weeks may lie between the two.
pub(super) fn still_fits(
    registration: &Registration,
    revision: &Revision,
    policy: &EnvironmentPolicy,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    let mut amiss: Vec<String> = Vec::new();
    if revision.erased.is_some() {
        // Nobody can read any more what its digest stands for.
        return Err(Refusal::NoLongerFits(vec!["Text was erased from it. Request changes or reject it.".into()]));
    }
    match open_to(registration, policy, facts) {
        Err(Refusal::OrganisationNotConfirmed) => {
            amiss.push("The organisation is not confirmed. Confirm it first, or reject the revision.".into());
        }
        Err(_) => amiss.push(
            "The registration in the environment before this one is not published. \
             Approve when it is, or request changes."
                .into(),
        ),
        Ok(()) => {}
    }
    if lacks_proof(registration, policy, &revision.thumbprint) {
        amiss.push("Nobody proved possession of its private key. Request changes and ask for the proof.".into());
    }
    amiss.extend(key_fault(registration, facts).map(|fault| fault.sentence().to_owned()));
    match &facts.frozen {
        Some(frozen) => amiss.extend(content_amiss(frozen, policy, now)),
        // What is not known to fit does not.
        None => amiss.push("What was submitted cannot be read. Tell the team that runs this portal.".into()),
    }
    if amiss.is_empty() { Ok(()) } else { Err(Refusal::NoLongerFits(amiss)) }
}

/// What is wrong by now with the key and the evidence that were frozen.
fn content_amiss(frozen: &Frozen, policy: &EnvironmentPolicy, now: OffsetDateTime) -> Vec<String> {
    let mut amiss = Vec::new();
    if policy.is_compromised(&frozen.public_key) {
        amiss.push("The private half of its key is publicly known. Request changes and ask for a new key pair.".into());
    }
    let dates = evidence::check_dates(&policy.evidence, &frozen.evidence, now.date());
    amiss.extend(dates.into_iter().map(|problem| format!("{problem} Request changes.")));
    amiss
}

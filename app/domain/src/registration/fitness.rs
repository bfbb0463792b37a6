//! What a revision has to meet beyond its own content. It may hold at submission and not at the decision.

use super::*;
use crate::{
    evidence,
    problem::Problem,
    refusal::{Misfit, Refusal},
    revision::FrozenRevision,
    rule::Rule,
};

/// Whether the environment is open to the organisation and to the service. Whoever was let in once stays in: a client that
/// is published here may change its key, or whatever else is urgent, while the one in the environment before is suspended.
pub(super) fn open_to(registration: &Registration, policy: &EnvironmentPolicy, facts: &Facts) -> Result<(), Refusal> {
    if !policy.is_open_to(facts.organisation_confirmed) {
        return Err(Refusal::OrganisationNotConfirmed);
    }
    if policy.after.is_some() && registration.approved().is_none() && !facts.earlier_published {
        return Err(Refusal::EarlierEnvironmentNotPublished);
    }
    Ok(())
}

/// What is wrong with a key only beside other registered keys.
pub(super) fn key_problem(registration: &Registration, facts: &Facts) -> Option<Problem> {
    let rule = match (facts.shares_prime, is_proved_by_others(registration, facts)) {
        (true, _) => Rule::KeySharesPrime,
        (false, true) => Rule::KeyOfAnother,
        (false, false) => return None,
    };
    Some(Problem::new("public_key", rule))
}

/// Whether another organisation proved to hold the private half.
fn is_proved_by_others(registration: &Registration, facts: &Facts) -> bool {
    facts.related_keys.iter().any(|key| key.proved && is_of_others(registration, key))
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
    if revision.erased.is_some() {
        return Err(Refusal::NoLongerFits(vec![Misfit::Erased]));
    }
    let mut amiss = Vec::new();
    match open_to(registration, policy, facts) {
        Err(Refusal::OrganisationNotConfirmed) => amiss.push(Misfit::OrganisationNotConfirmed),
        Err(_) => amiss.push(Misfit::EarlierEnvironmentNotPublished),
        Ok(()) => {}
    }
    if lacks_proof(registration, policy, &revision.thumbprint) {
        amiss.push(Misfit::NoProof);
    }
    if is_proved_by_others(registration, facts) {
        amiss.push(Misfit::KeyOfAnother);
    }
    let keys = facts.frozen.as_ref().and_then(|frozen| Some((frozen, frozen.metadata.public_keys()?)));
    match keys {
        Some((frozen, keys)) => amiss.extend(content_amiss(frozen, &keys, policy, now)),
        None => amiss.push(Misfit::Unreadable),
    }
    if amiss.is_empty() { Ok(()) } else { Err(Refusal::NoLongerFits(amiss)) }
}

/// What is wrong by now with the keys and the evidence that were frozen.
fn content_amiss(
    frozen: &FrozenRevision,
    keys: &[&PublicKey],
    policy: &EnvironmentPolicy,
    now: OffsetDateTime,
) -> Vec<Misfit> {
    let compromised = keys.iter().any(|key| policy.is_compromised(key)).then_some(Misfit::KeyCompromised);
    let dates = evidence::check_dates(&policy.evidence, &frozen.evidence, now.date());
    compromised.into_iter().chain(dates.into_iter().map(Misfit::Evidence)).collect()
}

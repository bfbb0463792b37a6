//! What a revision has to meet beyond its own content. It may hold at submission and not at the decision.

use super::*;
use crate::{
    draft::DraftKey,
    evidence,
    problem::Problem,
    refusal::{Misfit, Refusal},
    revision::FrozenRevision,
    rule::Rule,
};
use time::Date;

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

/// What is wrong with the keys of the draft only beside other registered keys.
pub(super) fn key_problems(registration: &Registration, facts: &Facts) -> Vec<Problem> {
    let draft = &registration.draft;
    let problem = |(at, key): (usize, &DraftKey)| {
        let thumbprint = key.public_key()?.thumbprint();
        let rule = if registration.is_leaked(&thumbprint, facts) {
            Rule::KeyLeaked
        } else if facts.shares_prime.contains(&thumbprint) {
            Rule::KeySharesPrime
        } else if is_proved_by_others(registration, facts, &thumbprint) {
            Rule::KeyOfAnother
        } else {
            return None;
        };
        Some(Problem::new("public_key", rule).at(draft.key_entry(at)))
    };
    draft.public_keys.iter().enumerate().filter_map(problem).collect()
}

/// Whether another organisation proved to hold the private half.
fn is_proved_by_others(registration: &Registration, facts: &Facts, thumbprint: &str) -> bool {
    let same = facts.related_keys.iter().filter(|key| key.thumbprint == thumbprint);
    same.into_iter().any(|key| key.proved && is_of_others(registration, key))
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
    // What was approved once and is withheld is not asked again from where it goes on.
    let from = revision.rotation.filter(|_| revision.state == RevisionState::Submitted).map(|rotation| rotation.from);
    if from.is_some_and(|from| !registration.is_on_with(from)) {
        amiss.push(Misfit::NotInForce);
    }
    let thumbprints = &revision.thumbprints;
    if thumbprints.iter().any(|thumbprint| lacks_proof(registration, policy, thumbprint)) {
        amiss.push(Misfit::NoProof);
    }
    // Of the keys that came: who endorsed those that were there before says nothing any more.
    let before = revision.rotation.and_then(|rotation| registration.revision(rotation.from));
    let came = thumbprints.iter().filter(|key| before.is_some_and(|before| !before.thumbprints.contains(key)));
    let endorsers = came.filter_map(|key| registration.endorsements.get(key)).map(|endorsed| &endorsed.by);
    if thumbprints.iter().chain(endorsers).any(|thumbprint| registration.is_leaked(thumbprint, facts)) {
        amiss.push(Misfit::KeyLeaked);
    }
    if thumbprints.iter().any(|thumbprint| is_proved_by_others(registration, facts, thumbprint)) {
        amiss.push(Misfit::KeyOfAnother);
    }
    let keys = facts.frozen.as_ref().and_then(|frozen| Some((frozen, frozen.metadata.public_keys()?)));
    match keys {
        Some((frozen, keys)) => {
            let today = revision.rotation.is_none().then(|| now.date());
            amiss.extend(content_amiss(frozen, &keys, policy, today));
        }
        None => amiss.push(Misfit::Unreadable),
    }
    if amiss.is_empty() { Ok(()) } else { Err(Refusal::NoLongerFits(amiss)) }
}

/// What is wrong by now with the keys and the evidence that were frozen. Where nothing but keys changed, evidence that ran out
/// keeps no key waiting: `today` is none.
fn content_amiss(
    frozen: &FrozenRevision,
    keys: &[&PublicKey],
    policy: &EnvironmentPolicy,
    today: Option<Date>,
) -> Vec<Misfit> {
    let compromised = keys.iter().any(|key| policy.is_compromised(key)).then_some(Misfit::KeyCompromised);
    let dates = today.map(|today| evidence::check_dates(&policy.evidence, &frozen.evidence, today)).unwrap_or_default();
    compromised.into_iter().chain(dates.into_iter().map(Misfit::Evidence)).collect()
}

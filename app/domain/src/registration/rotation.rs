//! Revisions in which nothing but keys changed: what they need is less than what a whole review needs (domain.md, Public
//! key, Endorsed rotation).

use super::*;
use crate::{
    actor::Actor,
    draft::NamedKey,
    possession::{self, PresentedEndorsement, Typed},
    refusal::Refusal,
    revision::{ClientKey, FrozenRevision},
};

/// How long an endorsement counts towards a submission.
pub const ENDORSEMENT_LASTS: Duration = Duration::days(1);

/// What a revision in which nothing but keys changed goes on from, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The revision that the provider held, with the same content but for its keys.
    pub from: u32,
    /// What changed.
    pub keys: KeyChange,
}

/// What changed, where it was nothing but keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// Keys were taken away, and none came.
    Removal,
    /// Keys came. In a [`Rotation`] a published key endorsed each of them.
    Addition,
}

/// Who endorsed a key of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsed {
    /// RFC 7638 thumbprint of the published key that signed.
    pub by: String,
    /// When, and who handed it in.
    pub stamp: Stamp,
}

impl Revision {
    /// How many admins have to approve it.
    pub fn approvals_needed(&self, policy: &EnvironmentPolicy) -> usize {
        match self.rotation {
            Some(rotation) => rotation.keys.approvals_needed(policy),
            None => policy.approvals_needed(),
        }
    }
}

impl KeyChange {
    /// How many admins have to approve it.
    pub fn approvals_needed(self, policy: &EnvironmentPolicy) -> usize {
        let all = policy.approvals_needed();
        match self {
            Self::Removal => 0,
            Self::Addition => policy.endorsed_approvals.map_or(all, |few| all.min(few.into())),
        }
    }
}

impl Registration {
    /// The revision that the provider holds and lets people sign in with, while nothing else is wanted of it.
    pub fn in_force(&self) -> Option<&Revision> {
        let wanted = self.wanted.as_ref().filter(|wanted| wanted.enabled && !wanted.removed)?;
        let held = self.held().filter(|held| held.number == wanted.revision && held.erased.is_none())?;
        (self.is_on_with(held.number) && !self.is_publication_due()).then_some(held)
    }

    /// Whether people sign in with this revision at the provider.
    pub(super) fn is_on_with(&self, number: u32) -> bool {
        let is_on = self.confirmed().is_some_and(|confirmed| confirmed.does == Does::On);
        is_on && self.suspension().is_none() && self.held().is_some_and(|held| held.number == number)
    }

    /// What a submission of these details would be, where nothing but keys changed since the revision in force. `facts`
    /// hold its content.
    pub fn rotation(
        &self,
        actor: &Actor,
        details: &ClientDetails,
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Option<Rotation> {
        let from = self.in_force().filter(|from| self.is_as_asked(from, facts))?;
        let keys = self.changed_keys_alone(details, facts)?;
        let is_vouched_for = match keys {
            KeyChange::Removal => has_second_factor(actor),
            KeyChange::Addition => {
                let mut came = details.public_keys.iter().map(|key| key.key.thumbprint());
                came.all(|key| from.thumbprints.contains(&key) || self.is_endorsed(&key, from, facts, now))
            }
        };
        is_vouched_for.then_some(Rotation { from: from.number, keys })
    }

    /// What these details would change of the revision in force, if that is nothing but its keys, and nobody has to look at
    /// whose they are: what [`Registration::rotation`] makes of it where who asks, or a published key, vouches for it.
    pub fn changed_keys_alone(&self, details: &ClientDetails, facts: &Facts) -> Option<KeyChange> {
        let from = self.in_force()?;
        let before = named(facts.held.as_ref()?)?;
        let with_keys_of_before = ClientDetails { public_keys: before.clone(), ..details.clone() };
        let is_asked_about = details.public_keys.iter().any(|key| is_of_strangers(self, facts, &key.key.thumbprint()));
        if with_keys_of_before.freeze().digest != from.digest || is_asked_about {
            return None;
        }
        let is_same = |key: &NamedKey, other: &NamedKey| key.key == other.key;
        let is_renamed = |key: &NamedKey| before.iter().any(|old| is_same(key, old) && old != key);
        if details.public_keys.iter().any(is_renamed) {
            return None;
        }
        let is_new = |key: &NamedKey| !before.iter().any(|old| is_same(key, old));
        match details.public_keys.iter().any(is_new) {
            true => Some(KeyChange::Addition),
            false => (details.public_keys.len() < before.len()).then_some(KeyChange::Removal),
        }
    }

    /// Whether a revision, or the last before it that was reviewed as a whole, has as many approvals as the environment asks
    /// for now: what was let in under an easier rule is reviewed once more before anything follows from it.
    fn is_as_asked(&self, revision: &Revision, facts: &Facts) -> bool {
        let Some(policy) = &facts.policy else { return false };
        let mut whole = revision;
        let before = |of: &Revision| self.revision(of.rotation?.from).filter(|before| before.number < of.number);
        while let Some(earlier) = before(whole) {
            whole = earlier;
        }
        whole.rotation.is_none() && whole.has_approvals(policy)
    }

    /// Whether a key of this revision endorsed the key lately, and has not leaked since.
    pub fn is_endorsed(&self, thumbprint: &str, by: &Revision, facts: &Facts, now: OffsetDateTime) -> bool {
        let endorsed = self.endorsements.get(thumbprint);
        endorsed.is_some_and(|endorsed| {
            let is_late = now - endorsed.stamp.at > ENDORSEMENT_LASTS;
            by.thumbprints.contains(&endorsed.by) && !self.is_leaked(&endorsed.by, facts) && !is_late
        })
    }

    /// Looks at two assertions before anything is decided on them: that costs much, and is done outside the transaction.
    /// `held` is what the provider holds.
    ///
    /// # Errors
    /// [`Refusal::EndorserNotPublished`], [`Refusal::NoKeyToProve`], [`Refusal::ChallengeGone`].
    pub fn present_endorsement(
        &self,
        typed: &Typed,
        held: &FrozenRevision,
        policy: &EnvironmentPolicy,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<PresentedEndorsement, Refusal> {
        let (drafted, challenge) = self.to_endorse(policy, audience, now)?;
        let published: Vec<PublicKey> = held.metadata.keys.iter().filter_map(|key| key.public_key.clone()).collect();
        Ok(PresentedEndorsement::of(typed, &drafted, &published, challenge, now))
    }

    /// What comes of an endorsement that was looked at.
    pub(super) fn endorse(
        &self,
        presented: &PresentedEndorsement,
        facts: &Facts,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        let (drafted, challenge) = self.to_endorse(policy, &presented.challenge().audience, now)?;
        let endorsement = presented.counts_for(&challenge, now).map_err(Refusal::problem)?;
        let is_drafted = drafted.contains(&endorsement.key);
        let in_force = self.in_force().ok_or(Refusal::EndorserNotPublished)?;
        let endorser = endorsement.endorsed_by.thumbprint();
        if !is_drafted || !in_force.thumbprints.contains(&endorser) || self.is_leaked(&endorser, facts) {
            return Err(Refusal::EndorserNotPublished);
        }
        let thumbprint = endorsement.key.thumbprint();
        Ok(vec![Event::PossessionProved { thumbprint }, Event::KeyEndorsed(endorsement.clone())])
    }

    /// The keys of the draft that the provider does not hold, and what two assertions have to say for one of them.
    fn to_endorse(
        &self,
        policy: &EnvironmentPolicy,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<(Vec<PublicKey>, possession::Challenge), Refusal> {
        let held = &self.in_force().ok_or(Refusal::EndorserNotPublished)?.thumbprints;
        let (keys, challenge) = self.to_prove(policy, audience, now)?;
        let new: Vec<PublicKey> = keys.into_iter().filter(|key| !held.contains(&key.thumbprint())).collect();
        if new.is_empty() { Err(Refusal::NoKeyToProve) } else { Ok((new, challenge)) }
    }
}

/// The keys of a revision, if all can be read.
fn named(frozen: &FrozenRevision) -> Option<Vec<NamedKey>> {
    let named = |key: &ClientKey| {
        let own_kid = Some(key.own_kid()).filter(|kid| !kid.is_empty());
        let own_kid = own_kid.map(KeyId::parse).transpose().ok()?;
        Some(NamedKey { key: key.public_key.clone()?, own_kid })
    };
    frozen.metadata.keys.iter().map(named).collect()
}

/// Whether another organisation has registered the key, proved or not: a person looks at that.
fn is_of_strangers(registration: &Registration, facts: &Facts, thumbprint: &str) -> bool {
    let same = facts.related_keys.iter().filter(|key| key.thumbprint == thumbprint);
    same.into_iter().any(|key| fitness::is_of_others(registration, key))
}

fn has_second_factor(actor: &Actor) -> bool {
    actor.person().is_some_and(|person| person.second_factor)
}

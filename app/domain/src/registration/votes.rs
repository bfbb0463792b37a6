//! Approvals that count: whose they are, whether they still stand, and how one that does not is replaced (threat 3).

use super::{
    decide::{Decision, optional_words},
    *,
};
use crate::{
    actor::{By, Person},
    refusal::Refusal,
};

impl Revision {
    /// The people who approved it, whether or not their approvals count now.
    pub fn approvers(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.approvals.iter().filter_map(|approval| approval.admin)
    }

    /// How many approvals by people count now.
    pub fn standing_approvals(&self, voters: &Voters) -> usize {
        self.approvers().filter(|admin| voters.counts(*admin)).count()
    }

    /// How many people have to stand behind it where it is published now: none where the rules suffice, and none once the
    /// provider had it, because what is live already stays as it is when an approver is locked later.
    pub fn approvals_to_publish(&self, policy: &EnvironmentPolicy) -> usize {
        if self.published.is_some() || self.is_by_rules(policy) { 0 } else { self.approvals_needed(policy) }
    }

    /// Whether it has as many approvals as are asked for now, whoever of those who gave them counts.
    pub(super) fn has_approvals(&self, policy: &EnvironmentPolicy) -> bool {
        self.is_by_rules(policy) || self.approvers().count() >= self.approvals_needed(policy)
    }

    /// Whether the rules approved it, and suffice for it now.
    fn is_by_rules(&self, policy: &EnvironmentPolicy) -> bool {
        let by_rules = self.approvals.iter().any(|approval| approval.admin.is_none());
        let suffice = policy.automatic && self.restricted.is_empty() || self.approvals_needed(policy) == 0;
        by_rules && suffice
    }
}

impl Registration {
    /// Everybody whose vote something that is not in effect yet rests on: the approvers of what is under review or on its
    /// way to the provider, and whoever proposed or decided to reinstate the client last.
    pub fn voters(&self) -> BTreeSet<AccountId> {
        let on_its_way = self.wanted.as_ref().and_then(|wanted| self.revision(wanted.revision));
        let revisions = self.submitted().into_iter().chain(on_its_way);
        revisions.flat_map(Revision::approvers).chain(self.reinstaters()).collect()
    }

    /// The revision that was approved and is wanted at the provider, while it has fewer approvals than the environment asks
    /// for: fewer that count now, until the provider had it; fewer that were ever given, afterwards. It is withheld, and
    /// the client is not switched on with it, until another admin approves it.
    pub fn short_of_approvals(&self, policy: &EnvironmentPolicy, voters: &Voters) -> Option<&Revision> {
        let wanted = self.wanted.as_ref().filter(|wanted| !wanted.removed)?;
        let revision = self.revision(wanted.revision)?;
        let approvals = match revision.published {
            None => revision.standing_approvals(voters),
            Some(_) => revision.approvers().count(),
        };
        (approvals < revision.approvals_needed(policy) && !revision.is_by_rules(policy)).then_some(revision)
    }

    /// Whether the client may be wanted on with the revision that is wanted now.
    pub(super) fn may_be_on(&self, facts: &Facts) -> Result<(), Refusal> {
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        let wanted = self.wanted.as_ref().and_then(|wanted| self.revision(wanted.revision));
        if wanted.is_some_and(|wanted| wanted.thumbprints.iter().any(|key| self.is_leaked(key, facts))) {
            return Err(Refusal::KeyLeaked);
        }
        match self.short_of_approvals(policy, &facts.voters) {
            Some(_) => Err(Refusal::TooFewApprovals),
            None => Ok(()),
        }
    }

    /// The revision with this number, if an approval of it would have an effect: it is under review, or withheld for want
    /// of approvals that count.
    pub(super) fn open_to_approval(&self, number: u32, facts: &Facts) -> Result<&Revision, Refusal> {
        let withheld = facts.policy.as_ref().and_then(|policy| self.short_of_approvals(policy, &facts.voters));
        let open = self.submitted().into_iter().chain(withheld).find(|revision| revision.number == number);
        open.ok_or(Refusal::NothingSubmitted)
    }

    /// Whether this admin may approve. Somebody who approved before may only say so again where that decides: when
    /// enough approvals count again that did not when the last one was given.
    pub(super) fn may_approve(
        &self,
        person: &Person,
        revision: &Revision,
        policy: &EnvironmentPolicy,
        facts: &Facts,
    ) -> Result<(), Refusal> {
        if revision.submitted.by == By::Account(person.account) {
            return Err(Refusal::OwnSubmission);
        }
        if self.writers.contains(&person.account) {
            return Err(Refusal::WroteInDraft);
        }
        let has_approved = revision.approvers().any(|admin| admin == person.account);
        if has_approved && revision.standing_approvals(&facts.voters) < revision.approvals_needed(policy) {
            return Err(Refusal::AlreadyApproved);
        }
        Ok(())
    }

    /// The vote of `person`, who may approve. It decides where enough votes count with it.
    pub(super) fn approve(
        &self,
        person: &Person,
        revision: &Revision,
        comment: &str,
        client_id: &ClientId,
        policy: &EnvironmentPolicy,
        facts: &Facts,
    ) -> Decision {
        let others = revision.approvers().filter(|admin| *admin != person.account && facts.voters.counts(*admin));
        let deciding = others.count() + 1 >= revision.approvals_needed(policy);
        Ok(vec![Event::Approved {
            number: revision.number,
            digest: revision.digest.clone(),
            metadata_digest: revision.metadata_digest.clone(),
            by_rules: false,
            comment: optional_words("comment", comment)?,
            publish: deciding.then(|| self.publish(client_id)),
        }])
    }
}

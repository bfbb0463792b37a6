//! Every permission and every transition of a registration.

use super::*;
use crate::{
    actor::{Actor, Person, TeamRole, TokenScope},
    aggregate::{Aggregate, ProofNeeded},
    draft::Review,
    evidence, key, possession, private_key,
    problem::Problem,
    refusal::Refusal,
    rule::{Asks, Rule, TextFault},
    text,
};

/// What is asked for where it is missing, after “Say”.
const CHANGES: &str = "what must change, in the whole revision or in a section";
const REJECTION: &str = "why you are rejecting this revision";

pub(super) type Decision = Result<Vec<Event>, Refusal>;

impl Aggregate for Registration {
    const KIND: &'static str = "registration";
    type Id = RegistrationId;
    type Command = Command;
    type Event = Event;
    type Facts = Facts;

    fn blank(id: RegistrationId) -> Self {
        Self {
            id,
            organisation: None,
            service: None,
            environment: String::new(),
            copy_of: None,
            draft: Draft::default(),
            writers: BTreeSet::new(),
            edited: BTreeMap::new(),
            keys: BTreeMap::new(),
            revisions: Vec::new(),
            challenge: None,
            proofs: BTreeMap::new(),
            endorsements: BTreeMap::new(),
            leaked: BTreeMap::new(),
            client_id: None,
            wanted: None,
            published: None,
            failure: None,
            suspensions: Vec::new(),
            retired: None,
            retired_because: FreeText::default(),
            seen_generation: 0,
        }
    }

    fn proof_needed(command: &Command) -> ProofNeeded {
        match command {
            Command::Approve { .. }
            | Command::Republish
            | Command::Reinstate { .. }
            | Command::ConfirmReinstatement { .. }
            | Command::Retire { .. }
            | Command::ReportLeak { .. }
            | Command::Erase(_) => ProofNeeded::Fresh,
            Command::Start { .. }
            | Command::Save(_)
            | Command::Challenge { .. }
            | Command::ProvePossession(_)
            | Command::EndorseKey(_)
            | Command::Submit { .. }
            | Command::DiscardChanges
            | Command::Withdraw
            | Command::RequestChanges { .. }
            | Command::Reject { .. }
            | Command::ConfirmPublished { .. }
            | Command::ReportFailure { .. }
            | Command::ReportNewer { .. }
            | Command::Suspend { .. }
            | Command::DropReinstatement => ProofNeeded::None,
        }
    }

    fn token_scope(command: &Command) -> Option<TokenScope> {
        match command {
            Command::Start { .. }
            | Command::Save(_)
            | Command::Challenge { .. }
            | Command::ProvePossession(_)
            | Command::EndorseKey(_)
            | Command::DiscardChanges => Some(TokenScope::Draft),
            Command::Submit { .. } | Command::Withdraw => Some(TokenScope::Submit),
            // What cannot be undone, and what is not its team's to do.
            Command::Retire { .. }
            | Command::ReportLeak { .. }
            | Command::Approve { .. }
            | Command::RequestChanges { .. }
            | Command::Reject { .. }
            | Command::ConfirmPublished { .. }
            | Command::ReportFailure { .. }
            | Command::ReportNewer { .. }
            | Command::Republish
            | Command::Suspend { .. }
            | Command::Reinstate { .. }
            | Command::ConfirmReinstatement { .. }
            | Command::DropReinstatement
            | Command::Erase(_) => None,
        }
    }

    fn environment_of<'a>(&'a self, command: &'a Command) -> Option<&'a str> {
        match command {
            Command::Start { environment, .. } => Some(environment),
            _ => Some(&self.environment),
        }
    }

    fn judge(&self, actor: &Actor, command: &Command, facts: &Facts, now: OffsetDateTime) -> Decision {
        if let Command::Start { organisation, service, environment, copy_of, draft } = command {
            self.may_start(actor, *organisation, facts)?;
            let draft = draft.clean().map_err(Refusal::Problems)?;
            return Ok(vec![Event::Started {
                organisation: *organisation,
                service: *service,
                environment: environment.clone(),
                copy_of: *copy_of,
                draft: Document::Is(draft.clone()),
            }]);
        }
        if self.organisation.is_none() {
            return Err(Refusal::NotFound);
        }
        match command {
            Command::Start { .. } => Err(Refusal::AlreadyRegistered),
            Command::Save(change) => self.save(actor, change, facts),
            Command::Challenge { nonce } => self.challenge(actor, nonce),
            Command::ProvePossession(presented) => self.prove_possession(actor, presented, facts, now),
            Command::EndorseKey(presented) => {
                self.editor(actor)?;
                self.endorse(presented, facts, now)
            }
            Command::ReportLeak { key, client_id } => self.report_leak(actor, key, client_id, facts),
            Command::Submit { client_id } => self.submit(actor, client_id, facts, now),
            Command::DiscardChanges => self.discard(actor, facts),
            Command::Withdraw => self.withdraw(actor, facts),
            Command::Approve { number, digest, metadata_digest, comment, client_id } => {
                let person = self.reviewer(actor)?;
                let revision = self.open_to_approval(*number, facts)?;
                let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
                self.may_approve(person, revision, policy, facts)?;
                if (digest, metadata_digest) != (&revision.digest, &revision.metadata_digest) {
                    return Err(Refusal::DigestMismatch);
                }
                fitness::still_fits(self, revision, policy, facts, now)?;
                self.approve(person, revision, comment, client_id, policy, facts)
            }
            Command::RequestChanges { number, comment, sections } => {
                self.request_changes(actor, *number, comment, sections)
            }
            Command::Reject { number, reason } => {
                self.reviewer(actor)?;
                self.under_review(*number)?;
                Ok(vec![Event::Rejected { number: *number, reason: words("reason", REJECTION, reason)? }])
            }
            Command::ConfirmPublished { generation, metadata_digest } => {
                self.confirm_published(actor, *generation, metadata_digest)
            }
            Command::ReportFailure { generation, message } => {
                self.wanted_generation(actor, *generation)?;
                // The failure of an attempt that another worker has outrun.
                if self.published.as_ref().is_some_and(|published| published.generation >= *generation) {
                    return Err(Refusal::Superseded);
                }
                let failed = Event::PublicationFailed { generation: *generation, message: FreeText(message.clone()) };
                Ok([failed].into_iter().chain(self.suspended_for_leak(self.next_generation())).collect())
            }
            Command::ReportNewer { generation, found } => self.newer_found(actor, *generation, *found),
            Command::Republish => {
                self.reviewer(actor)?;
                if self.wanted.as_ref().ok_or(Refusal::NoClient)?.enabled {
                    self.may_be_on(facts)?;
                }
                Ok(vec![Event::Republished { generation: self.next_generation() }])
            }
            Command::Suspend { reason } => self.suspend(actor, reason),
            Command::Reinstate { reason } => self.reinstate(actor, reason, facts, now),
            Command::ConfirmReinstatement { proposed_at } => {
                self.confirm_reinstatement(actor, *proposed_at, facts, now)
            }
            Command::DropReinstatement => self.drop_reinstatement(actor),
            Command::Retire { reason } => self.retire(actor, reason, facts),
            Command::Erase(erasure) => Ok(vec![Event::TextErased(erasure.decide(actor)?)]),
        }
    }

    fn apply(&mut self, event: &Event, stamp: &Stamp) {
        apply::apply(self, event, stamp);
    }
}

impl Registration {
    fn may_start(&self, actor: &Actor, organisation: OrganisationId, facts: &Facts) -> Result<(), Refusal> {
        writer(actor, Some(organisation))?;
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        if !facts.service_known {
            return Err(Refusal::NotFound);
        }
        if self.organisation.is_some() || facts.already_registered {
            return Err(Refusal::AlreadyRegistered);
        }
        fitness::open_to(self, policy, facts)
    }

    fn save(&self, actor: &Actor, sifted: &Sifted, facts: &Facts) -> Decision {
        self.editor(actor)?;
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        let change = sifted.readable(policy).map_err(Refusal::Problems)?;
        let mut changed = self.draft.clone();
        changed.change(change.clone());
        let (most, keys) = (policy.max_keys, changed.public_keys.len());
        if keys > usize::from(most) && keys > self.draft.public_keys.len() {
            return Err(Refusal::problem(Problem::new(key::FIELD, Rule::KeysMany(most))));
        }
        // Whoever saves what was filled in for them has checked it.
        if changed == self.draft && !self.is_unchecked(change.section()) {
            return Ok(Vec::new());
        }
        Ok(vec![Event::Saved { section: change.section(), change: Document::Is(change) }])
    }

    fn challenge(&self, actor: &Actor, nonce: &str) -> Decision {
        self.editor(actor)?;
        Ok(vec![Event::Challenged { nonce: nonce.into() }])
    }

    fn prove_possession(&self, actor: &Actor, presented: &Presented, facts: &Facts, now: OffsetDateTime) -> Decision {
        self.editor(actor)?;
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        let (keys, challenge) = self.to_prove(policy, &presented.challenge().audience, now)?;
        let thumbprint = presented.proves(&keys, &challenge, now).map_err(Refusal::problem)?;
        Ok(vec![Event::PossessionProved { thumbprint }])
    }

    /// Looks at an assertion before anything is decided on it: that costs much, and is done outside the transaction.
    ///
    /// # Errors
    /// That a private key was pasted instead; [`Refusal::NoKeyToProve`], [`Refusal::ChallengeGone`].
    pub fn present(
        &self,
        assertion: &str,
        policy: &EnvironmentPolicy,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<Presented, Refusal> {
        private_key_free("assertion", assertion)?;
        let (keys, challenge) = self.to_prove(policy, audience, now)?;
        Ok(Presented::of(assertion, &keys, challenge, now))
    }

    /// The keys whose possession can be proved now, and what an assertion has to say for one. `audience` is the portal's
    /// base URL.
    ///
    /// # Errors
    /// [`Refusal::NoKeyToProve`], [`Refusal::ChallengeGone`].
    pub(super) fn to_prove(
        &self,
        policy: &EnvironmentPolicy,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<(Vec<PublicKey>, possession::Challenge), Refusal> {
        let keys = self.draft.sound_keys(policy);
        if keys.is_empty() {
            return Err(Refusal::NoKeyToProve);
        }
        let open = self.challenge.as_ref().filter(|challenge| now - challenge.at <= CHALLENGE_LASTS);
        let challenge = possession::Challenge {
            issuer: self.id.to_string(),
            audience: audience.into(),
            nonce: open.ok_or(Refusal::ChallengeGone)?.nonce.clone(),
            algorithm: policy.signing_algorithm.clone(),
        };
        Ok((keys, challenge))
    }

    fn submit(&self, actor: &Actor, client_id: &ClientId, facts: &Facts, now: OffsetDateTime) -> Decision {
        self.editor(actor)?;
        if self.submitted().is_some() {
            return Err(Refusal::AlreadySubmitted);
        }
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        fitness::open_to(self, policy, facts)?;
        second_factor_to_submit(actor, Some(policy))?;
        let Review { mut problems, warnings, details } = self.review_with(policy, facts, now);
        let rotation = details.as_ref().and_then(|details| self.rotation(actor, details, facts, now));
        if rotation.is_some() {
            // A key that has to change does not wait for evidence that ran out since it was approved.
            problems.retain(|problem| !evidence::is_of_calendar(problem));
        }
        let details = details.filter(|_| problems.is_empty()).ok_or(Refusal::Problems(problems))?;
        if self.is_approved_already(&details) {
            return Err(Refusal::NothingChanged);
        }
        let frozen = details.freeze();
        let restricted = restricted(policy, &details);
        let asks_a_person = warnings.iter().any(|warning| why_a_person(warning).is_some());
        let by_rules = policy.automatic && restricted.is_empty() && !asks_a_person;
        let number = self.revisions.len() as u32 + 1;
        let mut events = vec![Event::Submitted {
            number,
            digest: frozen.digest.clone(),
            metadata_digest: frozen.metadata_digest.clone(),
            thumbprints: details.public_keys.iter().map(|named| named.key.thumbprint()).collect(),
            rotation,
            restricted,
            bytes: FreeText(frozen.bytes),
            warnings: Document::Is(warnings),
        }];
        if by_rules || rotation.is_some_and(|rotation| rotation.keys.approvals_needed(policy) == 0) {
            events.push(Event::Approved {
                number,
                digest: frozen.digest,
                metadata_digest: frozen.metadata_digest,
                by_rules: true,
                comment: FreeText(String::new()),
                publish: Some(self.publish(client_id)),
            });
        }
        Ok(events)
    }

    /// Whether what was needed to submit the revision with this number still holds, as its approval asks.
    ///
    /// # Errors
    /// [`Refusal::NoLongerFits`] with what does not; `NothingSubmitted` where no approval has an effect.
    pub fn fits(&self, number: u32, facts: &Facts, now: OffsetDateTime) -> Result<(), Refusal> {
        let policy = facts.policy.as_ref().ok_or(Refusal::UnknownEnvironment)?;
        fitness::still_fits(self, self.open_to_approval(number, facts)?, policy, facts, now)
    }

    pub(super) fn publish(&self, fresh: &ClientId) -> Publish {
        Publish {
            client_id: self.client_id.clone().unwrap_or_else(|| fresh.clone()),
            generation: self.next_generation(),
        }
    }

    fn request_changes(
        &self,
        actor: &Actor,
        number: u32,
        comment: &str,
        sections: &BTreeMap<Section, String>,
    ) -> Decision {
        self.reviewer(actor)?;
        self.under_review(number)?;
        let mut words_by_section = BTreeMap::new();
        for (section, text) in sections.iter().filter(|(_, text)| !text.trim().is_empty()) {
            words_by_section.insert(*section, words(section.slug(), CHANGES, text)?);
        }
        let comment = match words_by_section.is_empty() {
            true => words("comment", CHANGES, comment)?,
            false => optional_words("comment", comment)?,
        };
        Ok(vec![Event::ChangesRequested { number, comment, sections: words_by_section }])
    }

    fn confirm_published(&self, actor: &Actor, generation: u64, metadata_digest: &str) -> Decision {
        let wanted = self.wanted_generation(actor, generation)?;
        let revision = self.revision(wanted.revision).ok_or(Refusal::NotFound)?;
        if revision.metadata_digest != metadata_digest {
            return Err(Refusal::DigestMismatch);
        }
        if self.published.as_ref().is_some_and(|published| published.generation == generation) {
            return Ok(Vec::new());
        }
        let client = Some(self.confirmed_client(wanted));
        Ok(vec![Event::Published { generation, metadata_digest: metadata_digest.into(), client }])
    }

    fn confirmed_client(&self, wanted: &Wanted) -> ConfirmedClient {
        let was_off = self.confirmed().is_some_and(|confirmed| confirmed.does != Does::On);
        match wanted.does() {
            Does::Removed => ConfirmedClient::Removed,
            Does::Absent => ConfirmedClient::Absent,
            Does::Off => ConfirmedClient::Off,
            Does::On if was_off => ConfirmedClient::OnAgain,
            Does::On => ConfirmedClient::On,
        }
    }

    /// Switching off goes above whatever generation is there, since nothing must keep a client on. What switches it on
    /// would overwrite what somebody did at the provider: an admin looks first, and publishes again above it.
    fn newer_found(&self, actor: &Actor, generation: u64, found: u64) -> Decision {
        let wanted = self.wanted_generation(actor, generation)?;
        if found <= generation || found > LAST_GENERATION {
            return Err(Refusal::NotAllowed);
        }
        let goes_above = wanted.does() != Does::On && wanted.raised < confirmed::MOST_RAISES;
        let next = goes_above.then(|| found.max(self.seen_generation) + 1);
        // It is tried again and again, and told once.
        let told = self.failure.as_ref().is_some_and(|failure| failure.generation == generation);
        if next.is_none() && (told || found <= self.seen_generation) {
            return Ok(Vec::new());
        }
        let above = found.max(self.next_generation()) + 1;
        let suspended = self.suspended_for_leak(above).filter(|_| next.is_none());
        Ok([Event::NewerGenerationFound { generation, found, next }].into_iter().chain(suspended).collect())
    }

    fn wanted_generation(&self, actor: &Actor, generation: u64) -> Result<&Wanted, Refusal> {
        if *actor != Actor::System {
            return Err(Refusal::NotAllowed);
        }
        self.wanted.as_ref().filter(|wanted| wanted.generation == generation).ok_or(Refusal::Superseded)
    }

    /// An owner or developer of the organisation, while the registration can still change.
    pub(super) fn editor(&self, actor: &Actor) -> Result<(), Refusal> {
        writer(actor, self.organisation)?;
        match self.retired {
            Some(_) => Err(Refusal::Retired),
            None => Ok(()),
        }
    }

    /// An admin who never belonged to the organisation.
    pub(super) fn reviewer<'a>(&self, actor: &'a Actor) -> Result<&'a Person, Refusal> {
        admin(actor)?;
        let person = actor.person().ok_or(Refusal::AdminsOnly)?;
        let belonged = self.organisation.is_some_and(|id| person.ever_belonged.contains(&id));
        if belonged { Err(Refusal::BelongedToOrganisation) } else { Ok(person) }
    }

    pub(super) fn under_review(&self, number: u32) -> Result<&Revision, Refusal> {
        self.submitted().filter(|revision| revision.number == number).ok_or(Refusal::NothingSubmitted)
    }
}

fn admin(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Visitor => Err(Refusal::NotSignedIn),
        actor if actor.is_admin() => Ok(()),
        _ => Err(Refusal::AdminsOnly),
    }
}

/// The role in the organisation. Whoever has none learns no more than that it is not theirs to see.
pub(super) fn role(actor: &Actor, organisation: Option<OrganisationId>) -> Result<TeamRole, Refusal> {
    if *actor == Actor::Visitor {
        return Err(Refusal::NotSignedIn);
    }
    organisation.and_then(|id| actor.team_role(id)).ok_or(Refusal::NotFound)
}

pub(super) fn writer(actor: &Actor, organisation: Option<OrganisationId>) -> Result<(), Refusal> {
    match role(actor, organisation)? {
        TeamRole::Owner | TeamRole::Developer => Ok(()),
        TeamRole::Viewer => Err(Refusal::NotAllowed),
    }
}

/// Where the policy asks for it, whoever submits or retires has a second factor: a stolen password alone does neither
/// (threat 20). Where the environment is not configured any more, retiring is not made harder by that.
pub(super) fn second_factor_to_submit(actor: &Actor, policy: Option<&EnvironmentPolicy>) -> Result<(), Refusal> {
    let asked = policy.is_some_and(|policy| policy.second_factor_to_submit);
    let lacks = actor.person().is_some_and(|person| !person.second_factor);
    if asked && lacks { Err(Refusal::SecondFactorToSubmit) } else { Ok(()) }
}

fn restricted(policy: &EnvironmentPolicy, details: &ClientDetails) -> Vec<String> {
    let names = details.scopes.iter().map(|scope| scope.as_str());
    let is_restricted = |name: &&str| policy.scopes.rule(name).is_none_or(|rule| rule.restricted);
    names.filter(is_restricted).map(str::to_owned).collect()
}

/// What a reviewer wrote in the field `comment`, `reason` or of a section; `asked` follows “Say” where it is blank.
pub(super) fn words(field: &str, asked: &str, typed: &str) -> Result<FreeText, Refusal> {
    private_key_free(field, typed)?;
    let section = Section::ALL.into_iter().find(|section| section.slug() == field);
    let what = match section {
        // Several comments are on one form: the sentence says which.
        Some(section) => format!("the comment on “{}”", section.title()),
        None => format!("the {field}"),
    };
    text::paragraphs(field, &what, typed, 2000).map(FreeText).map_err(|problem| {
        Refusal::problem(match problem.rule {
            Rule::Text(TextFault::Missing(..)) => Problem::new(field, TextFault::Missing(asked.to_owned(), Asks::Say)),
            _ => problem,
        })
    })
}

pub(super) fn optional_words(field: &str, typed: &str) -> Result<FreeText, Refusal> {
    if typed.trim().is_empty() { Ok(FreeText(String::new())) } else { words(field, "", typed) }
}

fn private_key_free(field: &str, typed: &str) -> Result<(), Refusal> {
    match private_key::found_in(typed) {
        true => Err(Refusal::problem(Problem::new(field, Rule::PrivateKey))),
        false => Ok(()),
    }
}

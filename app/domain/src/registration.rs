//! One service in one environment: the working draft, the revisions under review, the client at the provider.

use crate::{
    actor::Stamp,
    authority::Voters,
    draft::{ClientDetails, Draft, DraftChange, Section, Sifted, SiftedDraft},
    erasure::Erasure,
    id::{AccountId, ClientId, OrganisationId, RegistrationId, ServiceId},
    key::{KeyId, PublicKey},
    policy::EnvironmentPolicy,
    possession::{Endorsement, Presented, PresentedEndorsement},
    recorded::{Document, Texts, Whole, alone, given},
    revision::FrozenRevision,
    standing::Does,
    text::FreeText,
    warning::{Said, why_a_person},
};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

mod apply;
mod confirmed;
mod decide;
mod discarding;
mod fitness;
mod keys;
mod leak;
mod rotation;
mod switching;
mod votes;
mod warnings;
mod withdrawing;

pub use confirmed::LAST_GENERATION;
pub use keys::{KeyStanding, RotationStep};
pub use leak::LeakOutcome;
pub use rotation::{ENDORSEMENT_LASTS, Endorsed, KeyChange, Rotation};

/// How long a nonce for proof of possession may be used.
pub const CHALLENGE_LASTS: Duration = Duration::hours(1);

/// A registration. See domain.md, Life of a registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The partner organisation; none before the first event.
    pub organisation: Option<OrganisationId>,
    /// The service; none before the first event.
    pub service: Option<ServiceId>,
    /// The environment's name.
    pub environment: String,
    /// The registration whose draft this one started from.
    pub copy_of: Option<RegistrationId>,
    /// What the partner is editing.
    pub draft: Draft,
    /// Everybody who ever wrote in the draft: none of them may approve.
    pub writers: BTreeSet<AccountId>,
    /// Who changed each section last.
    pub edited: BTreeMap<Section, Stamp>,
    /// Frozen drafts, oldest first.
    pub revisions: Vec<Revision>,
    /// What is known of the keys of the draft, and of those that were ever submitted, by RFC 7638 thumbprint; not of those
    /// in states from before it was noted.
    #[serde(default)]
    pub keys: BTreeMap<String, KnownKey>,
    /// The open challenge for proof of possession.
    pub challenge: Option<Challenge>,
    /// When possession was proved, by RFC 7638 thumbprint.
    pub proofs: BTreeMap<String, Stamp>,
    /// Which keys of the draft a published one endorsed, by RFC 7638 thumbprint.
    #[serde(default)]
    pub endorsements: BTreeMap<String, Endorsed>,
    /// The keys that were reported as leaked here, by RFC 7638 thumbprint: when, and by whom.
    #[serde(default)]
    pub leaked: BTreeMap<String, Stamp>,
    /// Allocated at the first approval, kept for good.
    pub client_id: Option<ClientId>,
    /// What the client store should hold.
    pub wanted: Option<Wanted>,
    /// What the client store was last read back to hold.
    pub published: Option<Published>,
    /// The last failure to publish what is wanted.
    pub failure: Option<Failure>,
    /// Each time the client was switched off, oldest first.
    pub suspensions: Vec<Suspension>,
    /// Set once retired.
    pub retired: Option<Stamp>,
    /// Why it was retired, where a reason was given. The partner reads it.
    #[serde(default)]
    pub retired_because: FreeText,
    /// The greatest generation that somebody else was found to have given the client at the provider.
    #[serde(default)]
    pub seen_generation: u64,
}

/// A draft frozen at submission. Its bytes are kept beside it, immutable; here are the digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// 1, 2, 3 …
    pub number: u32,
    /// SHA-256 of its RFC 8785 bytes, lowercase hex.
    pub digest: String,
    /// SHA-256 of `client_metadata` alone: what is published.
    pub metadata_digest: String,
    /// RFC 7638 thumbprints of its keys.
    #[serde(alias = "thumbprint", deserialize_with = "thumbprints")]
    pub thumbprints: Vec<String>,
    /// Set where nothing but keys changed, so that it needs less than a whole review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Restricted scopes that it asks for.
    pub restricted: Vec<String>,
    /// When, and who submitted it.
    pub submitted: Stamp,
    /// Where the review is.
    pub state: RevisionState,
    /// When the state became final, and by whom.
    pub decided: Option<Stamp>,
    /// Approvals so far.
    pub approvals: Vec<Approval>,
    /// What reviewers wrote.
    pub comments: Vec<Comment>,
    /// What the checks warned about at submission.
    pub warnings: Vec<Said>,
    /// When the provider was first read back to have it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub published: Option<OffsetDateTime>,
    /// When something was last erased from its bytes, which have its digest no more: it cannot be approved then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Stamp>,
}

impl Revision {
    /// The warnings that keep the rules from approving it alone: a person has to look at who is imitated (threat 2).
    pub fn asks_a_person(&self) -> impl Iterator<Item = &Said> {
        self.warnings.iter().filter(|warning| why_a_person(warning).is_some())
    }

    /// What was written with the decision that closed it: the changes requested, or why it was rejected. What somebody
    /// wrote who approved before is no part of it.
    pub fn decision_comments(&self) -> impl Iterator<Item = &Comment> {
        self.comments.iter().filter(|comment| self.decided == Some(comment.stamp))
    }
}

/// What the partner says of a key, and who brought it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownKey {
    /// What the team calls it; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it came into the draft, and who put it there.
    pub added: Stamp,
}

/// A time for which the client was switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// When it began, and who suspended it.
    pub stamp: Stamp,
    /// Why. The partner reads it.
    pub reason: FreeText,
    /// When it was reinstated, and by whom.
    pub ended: Option<Stamp>,
    /// What one admin proposed to end it by: open while it lasts, and afterwards what a second one confirmed.
    #[serde(default)]
    pub proposal: Option<ReinstatementProposal>,
    /// When the provider was first read back to let nobody sign in; none before that, and in states from before it was
    /// recorded.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub confirmed: Option<OffsetDateTime>,
    /// When the provider was first read back to let people sign in again; none as above.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub end_confirmed: Option<OffsetDateTime>,
    /// Why it was reinstated, where a reason was given. The partner reads it.
    #[serde(default)]
    pub reinstated_because: FreeText,
}

/// A proposal of one admin to reinstate a client, where the environment asks for two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReinstatementProposal {
    /// Why.
    pub reason: FreeText,
    /// When and by whom.
    pub stamp: Stamp,
}

/// Where a review is. All but `Submitted` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevisionState {
    /// Waiting for a decision.
    Submitted,
    /// Approved by everybody who had to.
    Approved,
    /// Sent back with comments.
    ChangesRequested,
    /// Refused with a reason.
    Rejected,
    /// Taken back by the partner.
    Withdrawn,
}

/// One decision to approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The approver, or nobody when the rules approved.
    pub admin: Option<AccountId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What a reviewer wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The section that it is about; none when about the whole.
    pub section: Option<Section>,
    /// The words.
    pub text: FreeText,
    /// When and who.
    pub stamp: Stamp,
}

/// A nonce to be signed with the private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be the `jti` of the client assertion.
    pub nonce: String,
    /// When it was handed out.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What the client store should hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Fences out late writers: greater with each change.
    pub generation: u64,
    /// The revision whose metadata it is.
    pub revision: u32,
    /// Off while suspended.
    pub enabled: bool,
    /// A tombstone, once retired or withdrawn.
    pub removed: bool,
    /// Withdrawn before the provider had anything: a tombstone until something else is approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// When somebody asked for it; none in states from before it was recorded.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// How often its generation was raised above what the provider was read back to have.
    #[serde(default)]
    pub raised: u32,
}

/// What the client store was read back to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The generation.
    pub generation: u64,
    /// The revision.
    pub revision: u32,
    /// When it was read back.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What the provider does with it; none in states from before it was recorded.
    #[serde(default)]
    pub does: Option<Does>,
}

/// A failure to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The generation that failed.
    pub generation: u64,
    /// The provider's words. For staff alone: they may name what is behind it (threat 21).
    pub message: FreeText,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The life of the client. *Failed* and *drifted* are marks on it, not states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientState {
    /// Nothing was approved yet.
    Unpublished,
    /// Approved, on its way to the provider for the first time.
    Pending,
    /// The provider has it.
    Published,
    /// Switched off, reversibly.
    Suspended,
    /// Switched off for good.
    Retired,
}

/// What somebody asks of a registration.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Begin, with an empty draft or a copy.
    Start {
        /// The organisation.
        organisation: OrganisationId,
        /// Its service.
        service: ServiceId,
        /// The environment's name.
        environment: String,
        /// The registration copied.
        copy_of: Option<RegistrationId>,
        /// The first draft.
        draft: Box<SiftedDraft>,
    },
    /// Save one section as typed.
    Save(Box<Sifted>),
    /// Ask for a nonce to sign.
    Challenge {
        /// 128 random bits, URL-safe.
        nonce: String,
    },
    /// Hand in a client assertion over the nonce, which was looked at already.
    ProvePossession(Box<Presented>),
    /// Hand in two assertions over the nonce, by a new key and by a published one, which were looked at already.
    EndorseKey(Box<PresentedEndorsement>),
    /// Take a key whose private half leaked out of the provider at once.
    ReportLeak {
        /// The key.
        key: Box<PublicKey>,
        /// Used when none is allocated yet.
        client_id: ClientId,
    },
    /// Freeze the draft for review.
    Submit {
        /// Used when the rules approve and none is allocated yet.
        client_id: ClientId,
    },
    /// Throw away what changed in the draft since the revision under review, or else the one approved last.
    DiscardChanges,
    /// Take the submitted revision back; where none is, the approved one that the provider has not confirmed.
    Withdraw,
    /// Approve exactly what was shown.
    Approve {
        /// The revision's number.
        number: u32,
        /// SHA-256 of its bytes as shown.
        digest: String,
        /// SHA-256 of its client metadata as shown.
        metadata_digest: String,
        /// Words for the other approver and the record; may be empty.
        comment: String,
        /// Used when this is the deciding approval and none is allocated yet.
        client_id: ClientId,
    },
    /// Send back with comments.
    RequestChanges {
        /// The revision's number.
        number: u32,
        /// About the whole.
        comment: String,
        /// About sections.
        sections: BTreeMap<Section, String>,
    },
    /// Refuse with a reason.
    Reject {
        /// The revision's number.
        number: u32,
        /// Why.
        reason: String,
    },
    /// Worker: the client store was read back to hold this generation.
    ConfirmPublished {
        /// The generation.
        generation: u64,
        /// SHA-256 of the metadata read back.
        metadata_digest: String,
    },
    /// Worker: this generation could not be published.
    ReportFailure {
        /// The generation.
        generation: u64,
        /// The provider's words.
        message: String,
    },
    /// Worker: the client store was read back to have a greater generation than this one, which nobody here gave it.
    ReportNewer {
        /// The generation that was to be written.
        generation: u64,
        /// The one that is there.
        found: u64,
    },
    /// Publish what is wanted again, as a new generation.
    Republish,
    /// Switch the client off, reversibly.
    Suspend {
        /// Why.
        reason: String,
    },
    /// Switch it on again; where the environment asks for two admins, propose to.
    Reinstate {
        /// Why. The partner reads it.
        reason: String,
    },
    /// Second the proposal to switch it on again: exactly the one that was shown.
    ConfirmReinstatement {
        /// When it was proposed, as shown.
        proposed_at: OffsetDateTime,
    },
    /// Decline the proposal to switch it on again, or take it back.
    DropReinstatement,
    /// Switch it off for good.
    Retire {
        /// Why. An admin has to say it, an owner may.
        reason: String,
    },
    /// Operator: record that a text was erased.
    Erase(Erasure),
}

impl Command {
    /// Saves one section. Looks it through, if that was not done: see [`Sifted`].
    pub fn save(change: impl Into<Sifted>) -> Self {
        Self::Save(Box::new(change.into()))
    }
}

/// What happened to a registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields, bound = "")]
pub enum Event<X: Texts = Whole> {
    /// Begun.
    Started {
        /// The organisation.
        organisation: OrganisationId,
        /// The service.
        service: ServiceId,
        /// The environment's name.
        environment: String,
        /// The registration copied.
        #[serde(deserialize_with = "given")]
        copy_of: Option<RegistrationId>,
        /// The first draft.
        draft: X::Of<Document<Draft>>,
    },
    /// One section saved.
    Saved {
        /// Which.
        section: Section,
        /// Its new content.
        change: X::Of<Document<DraftChange>>,
    },
    /// What changed in the draft was thrown away.
    ChangesDiscarded {
        /// The revision whose content the draft has again.
        revision: u32,
        /// That content.
        draft: X::Of<Document<Draft>>,
    },
    /// A nonce handed out.
    Challenged {
        /// The nonce.
        nonce: String,
    },
    /// Possession of a private key proved.
    PossessionProved {
        /// RFC 7638 thumbprint of the key.
        thumbprint: String,
    },
    /// A key that is published signed for a new one.
    KeyEndorsed(Endorsement),
    /// A private key was reported as leaked: its public half is refused from then on.
    KeyLeaked {
        /// RFC 7638 thumbprint of the key.
        thumbprint: String,
        /// The key.
        key: PublicKey,
    },
    /// A draft frozen.
    Submitted {
        /// The revision's number.
        number: u32,
        /// SHA-256 of the bytes.
        digest: String,
        /// SHA-256 of the client metadata.
        metadata_digest: String,
        /// RFC 7638 thumbprints of the keys; one, as a text, in entries from before there were several.
        #[serde(alias = "thumbprint", deserialize_with = "thumbprints")]
        thumbprints: Vec<String>,
        /// Set where nothing but keys changed since the revision in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rotation: Option<Rotation>,
        /// Restricted scopes asked for.
        restricted: Vec<String>,
        /// The exact bytes: a text, for the digests are of it as it stands.
        bytes: X::Of<FreeText>,
        /// What the checks warned about: the sentences quote what was typed.
        warnings: X::Of<Document<Vec<Said>>>,
    },
    /// Taken back.
    Withdrawn {
        /// The revision's number.
        number: u32,
        /// Set where it was approved already: what is to be published in its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<Instead>,
    },
    /// Approved by an admin or by the rules.
    Approved {
        /// The revision's number.
        number: u32,
        /// SHA-256 of the bytes.
        digest: String,
        /// SHA-256 of the client metadata.
        metadata_digest: String,
        /// Whether the rules approved, without a person.
        by_rules: bool,
        /// What the approver wrote.
        comment: X::Of<FreeText>,
        /// Set by the deciding approval: publish.
        #[serde(deserialize_with = "given")]
        publish: Option<Publish>,
    },
    /// Sent back.
    ChangesRequested {
        /// The revision's number.
        number: u32,
        /// About the whole.
        comment: X::Of<FreeText>,
        /// About sections.
        sections: BTreeMap<Section, X::Of<FreeText>>,
    },
    /// Refused.
    Rejected {
        /// The revision's number.
        number: u32,
        /// Why.
        reason: X::Of<FreeText>,
    },
    /// The provider has it.
    Published {
        /// The generation read back.
        generation: u64,
        /// SHA-256 of the metadata read back.
        metadata_digest: String,
        /// What the provider now does with the client; none in entries from before it was recorded.
        #[serde(default)]
        client: Option<ConfirmedClient>,
    },
    /// The provider could not be given it.
    PublicationFailed {
        /// The generation.
        generation: u64,
        /// The provider's words. For staff alone (threat 21).
        message: X::Of<FreeText>,
    },
    /// Somebody else gave the client a greater generation at the provider.
    NewerGenerationFound {
        /// The generation that was to be written.
        generation: u64,
        /// The one that was read back.
        found: u64,
        /// The generation that is wanted instead; none where an admin has to look first.
        #[serde(deserialize_with = "given")]
        next: Option<u64>,
    },
    /// To be published again.
    Republished {
        /// The new generation.
        generation: u64,
    },
    /// Switched off.
    Suspended {
        /// Why.
        reason: X::Of<FreeText>,
        /// The new generation, when the provider has to be told.
        generation: u64,
    },
    /// One admin proposed to switch it on again.
    ReinstatementProposed {
        /// Why.
        reason: X::Of<FreeText>,
    },
    /// The proposal to switch it on again was dropped.
    #[serde(deserialize_with = "alone")]
    ReinstatementDropped,
    /// Switched on again.
    Reinstated {
        /// The new generation.
        generation: u64,
        /// Why. Empty in entries from before it was asked, and in older ones that confirmed a proposal.
        #[serde(default = "X::before_it_was_recorded")]
        reason: X::Of<FreeText>,
        /// The proposal that this confirmed, where two admins have to; none in entries from before it was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposed: Option<Stamp>,
    },
    /// Switched off for good.
    Retired {
        /// The new generation, when the provider has to be told.
        #[serde(deserialize_with = "given")]
        generation: Option<u64>,
        /// Why; empty where an owner gave no reason.
        #[serde(default = "X::before_it_was_recorded")]
        reason: X::Of<FreeText>,
    },
    /// A text erased from it by the operator.
    TextErased(Erasure<X>),
}

/// What the provider confirmed that it does with the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedClient {
    /// It has the client, as published.
    On,
    /// It has it again, after it had confirmed that it was off.
    OnAgain,
    /// It lets nobody sign in with it.
    Off,
    /// It has it no more.
    Removed,
    /// It does not have it, as what was approved was withdrawn before.
    Absent,
}

/// What the deciding approval sets in motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The client's id, allocated now or before.
    pub client_id: ClientId,
    /// The generation to publish.
    pub generation: u64,
}

/// What is wanted of the provider once an approved revision was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// The revision that it holds; none where it was never read back to hold one, and is not to have the client.
    #[serde(deserialize_with = "given")]
    pub revision: Option<u32>,
    /// The generation to publish.
    pub generation: u64,
}

/// What a decision on a registration needs to know of the rest of the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The environment's policy; none when it is not configured.
    pub policy: Option<EnvironmentPolicy>,
    /// Whether an admin has confirmed the organisation.
    pub organisation_confirmed: bool,
    /// Whether the service is the organisation's.
    pub service_known: bool,
    /// Whether the service has a registration in this environment already that is not retired.
    pub already_registered: bool,
    /// Whether the registration in the environment before is published.
    pub earlier_published: bool,
    /// What is to be approved, or gone on from where a key leaked, read from its frozen bytes; none for other commands.
    pub frozen: Option<FrozenRevision>,
    /// The revision that the provider holds, read from its bytes; none for commands that do not ask for it.
    pub held: Option<FrozenRevision>,
    /// Registered keys that are a key of the draft, or of what is to be approved.
    pub related_keys: Vec<RelatedKey>,
    /// Which keys of the draft, by thumbprint, have a prime in common with another registered key. Asked once, at the
    /// submission: of any two keys the later one is compared with the earlier.
    pub shares_prime: BTreeSet<String>,
    /// Which of the keys that are asked about were reported as leaked, by thumbprint.
    pub leaked: BTreeSet<String>,
    /// Look-alikes of names and hosts of other organisations.
    pub look_alikes: Vec<Said>,
    /// What everybody of [`Registration::voters`] is allowed by now. Who is missing here does not count.
    pub voters: Voters,
    /// The organisation's name; empty where a command does not ask for it.
    pub organisation_name: String,
    /// The organisation's ODS code, when it gave one.
    pub organisation_ods_code: Option<String>,
    /// Whether another organisation has its name, or one that looks the same.
    pub organisation_name_taken: bool,
    /// Whether another organisation gives its ODS code.
    pub ods_code_taken: bool,
    /// The service's name of each registration in `related_keys` that is the organisation's own.
    pub services: BTreeMap<RegistrationId, String>,
    /// What each environment is called on pages, by its name.
    pub titles: BTreeMap<String, String>,
}

/// Where a key that is asked about is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedKey {
    /// RFC 7638 thumbprint of the key.
    pub thumbprint: String,
    /// Whose.
    pub organisation: OrganisationId,
    /// Of which registration.
    pub registration: RegistrationId,
    /// In which environment.
    pub environment: String,
    /// Whether that organisation proved possession.
    pub proved: bool,
}

/// Reads thumbprints, or the one of a time when there was one.
fn thumbprints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::One(thumbprint) => vec![thumbprint],
        Written::Several(thumbprints) => thumbprints,
    })
}

impl Registration {
    /// The state of the client.
    pub fn client_state(&self) -> ClientState {
        if self.retired.is_some() {
            ClientState::Retired
        } else if self.suspension().is_some() {
            ClientState::Suspended
        } else if self.wanted.as_ref().is_none_or(|wanted| wanted.withdrawn) {
            ClientState::Unpublished
        } else if self.held().is_some() {
            ClientState::Published
        } else {
            ClientState::Pending
        }
    }

    /// The revision waiting for a decision.
    pub fn submitted(&self) -> Option<&Revision> {
        self.revisions.last().filter(|revision| revision.state == RevisionState::Submitted)
    }

    /// The revision with this number.
    pub fn revision(&self, number: u32) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.number == number)
    }

    /// The revision approved last.
    pub fn approved(&self) -> Option<&Revision> {
        self.revisions.iter().rev().find(|revision| revision.state == RevisionState::Approved)
    }

    /// The revision that the one with this number answers: the latest before it that was decided on, when it was sent back.
    pub fn sent_back_before(&self, number: u32) -> Option<&Revision> {
        let mut before = self.revisions.iter().rev().filter(|revision| revision.number < number);
        let decided = before.find(|revision| revision.state != RevisionState::Withdrawn)?;
        matches!(decided.state, RevisionState::ChangesRequested | RevisionState::Rejected).then_some(decided)
    }

    /// Why and since when the client is switched off, while it is.
    pub fn suspension(&self) -> Option<&Suspension> {
        self.suspensions.last().filter(|suspension| suspension.ended.is_none())
    }

    /// Whether a draft would be frozen to the very bytes of the revision that was approved last.
    pub fn is_approved_already(&self, details: &ClientDetails) -> bool {
        self.approved().is_some_and(|approved| approved.digest == details.freeze().digest)
    }

    /// Whether the draft was changed since the revision that is under review, or else the one that was approved last:
    /// what nobody is going to decide on before it is submitted.
    pub fn is_draft_ahead(&self) -> bool {
        self.submitted_last().is_some_and(|last| self.edited.values().any(|edit| edit.at > last.submitted.at))
    }

    /// The revision that the draft is compared with: the one under review, or else the one that was approved last.
    fn submitted_last(&self) -> Option<&Revision> {
        // What a leak published in a hurry took nothing of the draft with it but the key.
        let in_a_hurry = |revision: &&Revision| self.leaked.values().any(|stamp| *stamp == revision.submitted);
        let mut approved = self.revisions.iter().rev().filter(|revision| !in_a_hurry(revision));
        self.submitted().or_else(|| approved.find(|revision| revision.state == RevisionState::Approved))
    }

    /// Whether a section holds what the portal filled in, and nobody has saved or submitted it.
    pub fn is_unchecked(&self, section: Section) -> bool {
        self.revisions.is_empty() && !self.edited.contains_key(&section)
    }

    /// Whether the client store still has to be told.
    pub fn is_publication_due(&self) -> bool {
        let published = self.published.as_ref().map_or(0, |published| published.generation);
        self.wanted.as_ref().is_some_and(|wanted| wanted.generation > published)
    }

    /// The place that it takes in its service: the environment's name until it is retired, so that there is one of each;
    /// from then on its own id, so that another one can take the place. A retired client is final.
    pub fn place(&self) -> String {
        match self.retired {
            None => self.environment.clone(),
            Some(_) => self.id.to_string(),
        }
    }
}

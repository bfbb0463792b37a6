//! One registration: the page that is read most, so one query and one for the names.

use super::{BESIDE, PersonLabel, TriesColumns, label, may_read};
use crate::{
    authority::{self, Known},
    entity::*,
    error::StoreError,
    keys,
    rows::submission,
    sql::{self, values},
    store::Store,
};
use domain::{
    actor::{Person, Stamp, account_of},
    draft::hex_digest,
    id::{AccountId, OrganisationId, RegistrationId},
    policy::EnvironmentPolicy,
    registration::{ClientState, Facts, Registration, Suspension},
    standing::Tried,
    text::FreeText,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One registration with what a page about it says and decides by.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistrationDetails {
    /// Its state.
    pub registration: Registration,
    /// Its version.
    pub version: u64,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// Whether an admin has confirmed the organisation.
    pub confirmed: bool,
    /// The service's name.
    pub service_name: String,
    /// The environment's rules.
    pub policy: EnvironmentPolicy,
    /// What `decide` needs to say which buttons there are; without other registrations' keys and names, which only
    /// the submission itself looks at.
    pub facts: Facts,
    /// Whether its service has a client in the environment after this one that is not retired.
    pub next_begun: bool,
    /// How often the provider was told what is wanted, without a confirmation.
    pub tried: Tried,
    /// Everybody whom the registration names.
    pub people: BTreeMap<AccountId, PersonLabel>,
}

/// A revision as it was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DerivePartialModel)]
#[sea_orm(entity = "revision::Entity")]
pub struct RevisionContent {
    /// Its number.
    #[sea_orm(skip)]
    pub number: u32,
    /// RFC 8785 JSON `{client_metadata, reasons, evidence}`.
    pub bytes: String,
    /// RFC 8785 JSON of `client_metadata`: what is published.
    pub metadata: String,
    /// SHA-256 of `bytes`, lowercase hex.
    pub digest: String,
    /// SHA-256 of `metadata`, lowercase hex.
    pub metadata_digest: String,
    /// Whether a text was erased from them: then they have these digests no more.
    #[sea_orm(from_expr = "revision::ErasedBy.is_not_null()")]
    pub erased: bool,
}

impl Store {
    /// One registration.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unavailable`], also when its environment is no longer configured.
    pub async fn registration(&self, viewer: &Person, id: RegistrationId) -> Result<RegistrationDetails, StoreError> {
        let (select, values) = self.registration_query(id);
        let row: Option<DetailsColumns> = sql::rows(self.reads(), &select, values).await?.pop();
        let row = row.ok_or(StoreError::NotFound)?;
        let organisation = row.organisation_id.0;
        may_read(viewer, organisation)?;
        let mut registration: Registration = row.state.read()?;
        if let (None, Some(failure)) = (viewer.staff_role(), &mut registration.failure) {
            // The provider's words may name what is behind it: nothing that partners are shown is made of them (threat 21).
            failure.message = FreeText::default();
        }
        let policy = self.environment(&registration.environment).cloned().ok_or_else(|| {
            StoreError::Unavailable(format!("the environment {} is not configured", registration.environment))
        })?;
        let confirmed = row.confirmed_at.0.is_some();
        let voting = registration.voters();
        let known = authority::read(self.reads(), Some(organisation), people_of(&registration)).await?;
        let voters = known.iter().map(Known::authority);
        let facts = Facts {
            policy: Some(policy.clone()),
            organisation_confirmed: confirmed,
            service_known: true,
            already_registered: true,
            earlier_published: row.earlier > 0,
            voters: voters.filter(|(account, _)| voting.contains(account)).collect(),
            ..Facts::default()
        };
        let people = known.into_iter().map(|known| (known.id.0, label(known, self.person_names(), viewer)));
        Ok(RegistrationDetails {
            registration,
            version: row.version.0,
            organisation_name: row.organisation_name,
            confirmed,
            service_name: row.service_name,
            policy,
            facts,
            next_begun: row.next_begun > 0,
            tried: row.tries.tried(),
            people: people.collect(),
        })
    }

    /// What the warnings about a draft rest on, beside what its page knows already: the same key, names and hosts
    /// elsewhere. Asked of a draft only, so that the partner reads before submitting what the submission records. Keys
    /// that share a prime are left to the submission itself.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn compare_draft(&self, details: &RegistrationDetails) -> Result<Facts, StoreError> {
        let mut facts = details.facts.clone();
        let (connection, draft) = (self.reads(), &details.registration.draft);
        facts.related_keys = submission::same_keys(connection, draft).await?;
        if let Some(organisation) = details.registration.organisation {
            let in_force = details.registration.in_force().into_iter().flat_map(|held| held.thumbprints.clone());
            let asked = submission::thumbprints(draft).into_iter().chain(in_force);
            facts.leaked = keys::leaked(connection, organisation, asked).await?;
        }
        facts.held = submission::held(connection, &details.registration).await?;
        submission::compare_draft(connection, &details.registration, &details.policy, &mut facts).await?;
        facts.titles = self.environments().iter().map(|policy| (policy.name.clone(), policy.title.clone())).collect();
        Ok(facts)
    }

    /// Which keys of the draft, of what the provider holds and of what it is to hold were reported as leaked, here or
    /// elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn leaked_keys(&self, registration: &Registration) -> Result<BTreeSet<String>, StoreError> {
        let Some(organisation) = registration.organisation else { return Ok(BTreeSet::new()) };
        let frozen =
            registration.held().into_iter().chain(registration.awaited()).chain(registration.wanted_revision());
        let frozen = frozen.flat_map(|revision| revision.thumbprints.clone());
        let asked = submission::thumbprints(&registration.draft).into_iter().chain(frozen);
        keys::leaked(self.reads(), organisation, asked).await
    }

    /// With the states of the registrations in the environments before and after, whichever those are. As SQL: counts of
    /// other rows of the table beside four tables, in one statement.
    fn registration_query(&self, id: RegistrationId) -> (String, Vec<Value>) {
        let mut values = values![Word(id), Word(ClientState::Published), Word(ClientState::Retired)];
        let (mut before, mut next) = (String::new(), String::new());
        for policy in self.environments() {
            if let Some(after) = &policy.after {
                values.extend([Value::from(policy.name.clone()), Value::from(after.clone())]);
                let (this, after) = (values.len() - 1, values.len());
                before.push_str(&format!(" WHEN ${this} THEN ${after}"));
                next.push_str(&format!(" WHEN ${after} THEN ${this}"));
            }
        }
        let either = |cases: String| match cases.as_str() {
            "" => "''".to_owned(),
            cases => format!("CASE g.environment{cases} END"),
        };
        let (before, next) = (either(before), either(next));
        let select = format!(
            "SELECT g.state, g.version, g.organisation_id, o.name AS organisation_name, o.confirmed_at,
                    s.name AS service_name, p.attempts, p.next_attempt_at, p.done_at,
                    (SELECT COUNT(*) FROM registrations e WHERE e.service_id = g.service_id
                        AND e.environment = {before} AND e.client_state = $2) AS earlier,
                    (SELECT COUNT(*) FROM registrations n WHERE n.service_id = g.service_id
                        AND n.environment = {next} AND n.client_state <> $3) AS next_begun
             FROM registrations g {BESIDE} WHERE g.id = $1"
        );
        (select, values)
    }

    /// One revision, byte for byte.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unavailable`], [`StoreError::Unreadable`] when the bytes no longer have their digest.
    pub async fn revision(
        &self,
        viewer: &Person,
        id: RegistrationId,
        number: u32,
    ) -> Result<RevisionContent, StoreError> {
        let row = revision::Entity::find_by_id((Word(id), i64::from(number))).inner_join(registration::Entity);
        let row: Option<RevisionColumns> = row.into_partial_model().one(self.reads()).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        may_read(viewer, row.organisation_id.0)?;
        let content = RevisionContent { number, ..row.content };
        let sound = content.erased
            || hex_digest(content.bytes.as_bytes()) == content.digest
                && hex_digest(content.metadata.as_bytes()) == content.metadata_digest;
        match sound {
            true => Ok(content),
            false => Err(StoreError::Unreadable(format!("revision {number} of {id} does not have its digest"))),
        }
    }
}

#[derive(FromQueryResult)]
struct DetailsColumns {
    state: Document,
    version: Count<u64>,
    organisation_id: Word<OrganisationId>,
    organisation_name: String,
    confirmed_at: OrNull<At>,
    service_name: String,
    earlier: i64,
    next_begun: i64,
    #[sea_orm(nested)]
    tries: TriesColumns,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "registration::Entity")]
struct RevisionColumns {
    organisation_id: Word<OrganisationId>,
    #[sea_orm(nested)]
    content: RevisionContent,
}

fn people_of(registration: &Registration) -> BTreeSet<AccountId> {
    let mut people = registration.writers.clone();
    let mut stamps: Vec<Stamp> = registration.edited.values().chain(registration.proofs.values()).copied().collect();
    stamps.extend(registration.retired);
    let proposed = |off: &Suspension| off.proposal.as_ref().map(|proposal| proposal.stamp);
    stamps
        .extend(registration.suspensions.iter().flat_map(|off| [Some(off.stamp), off.ended, proposed(off)]).flatten());
    for revision in &registration.revisions {
        stamps.push(revision.submitted);
        stamps.extend(revision.decided);
        stamps.extend(revision.comments.iter().map(|comment| comment.stamp));
        people.extend(revision.approvals.iter().filter_map(|approval| approval.admin));
    }
    people.extend(stamps.iter().filter_map(account_of));
    people
}

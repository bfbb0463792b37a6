//! One registration: the page that is read most, so one query and one for the names.

use super::{PersonLabel, accounts, label, may_read, tried};
use crate::{
    authority,
    error::StoreError,
    rows::submission,
    sql::{self, Columns, values, word_of},
    store::Store,
};
use domain::{
    actor::{By, Person, Stamp},
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionContent {
    /// Its number.
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
    pub erased: bool,
}

impl Store {
    /// One registration.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unavailable`], also when its environment is no longer configured.
    pub async fn registration(&self, viewer: &Person, id: RegistrationId) -> Result<RegistrationDetails, StoreError> {
        let (select, values) = self.registration_query(id);
        let row = sql::first(self.reads(), &select, values).await?.ok_or(StoreError::NotFound)?;
        let organisation: OrganisationId = row.parsed("organisation_id")?;
        may_read(viewer, organisation)?;
        let mut registration: Registration = row.json("state")?;
        if let (None, Some(failure)) = (viewer.staff_role(), &mut registration.failure) {
            // The provider's words may name what is behind it: nothing that partners are shown is made of them (threat 21).
            failure.message = FreeText::default();
        }
        let policy = self.environment(&registration.environment).cloned().ok_or_else(|| {
            StoreError::Unavailable(format!("the environment {} is not configured", registration.environment))
        })?;
        let confirmed = row.col::<Option<i64>>("confirmed_at")?.is_some();
        let voting = registration.voters();
        let accounts = accounts(self.reads(), organisation, &people_of(&registration)).await?;
        let voters = accounts.iter().map(authority::voter).collect::<Result<Vec<_>, _>>()?;
        let facts = Facts {
            policy: Some(policy.clone()),
            organisation_confirmed: confirmed,
            service_known: true,
            already_registered: true,
            earlier_published: row.col::<i64>("earlier")? > 0,
            voters: voters.into_iter().filter(|(account, _)| voting.contains(account)).collect(),
            ..Facts::default()
        };
        let people = accounts.iter().map(|row| Ok((row.parsed("id")?, label(row, self.person_names(), viewer)?)));
        Ok(RegistrationDetails {
            registration,
            version: row.number("version")?,
            organisation_name: row.col("organisation_name")?,
            confirmed,
            service_name: row.col("service_name")?,
            policy,
            facts,
            next_begun: row.col::<i64>("next_begun")? > 0,
            tried: tried(&row)?,
            people: people.collect::<Result<_, StoreError>>()?,
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
        submission::compare_draft(connection, &details.registration, &details.policy, &mut facts).await?;
        facts.titles = self.environments().iter().map(|policy| (policy.name.clone(), policy.title.clone())).collect();
        Ok(facts)
    }

    /// With the states of the registrations in the environments before and after, whichever those are.
    fn registration_query(&self, id: RegistrationId) -> (String, Vec<Value>) {
        let mut values = values![id.to_string(), word_of(&ClientState::Published), word_of(&ClientState::Retired)];
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
             FROM registrations g JOIN organisations o ON o.id = g.organisation_id JOIN services s ON s.id = g.service_id
             LEFT JOIN publications p ON p.registration_id = g.id
             WHERE g.id = $1"
        );
        (select, values)
    }

    /// One revision, byte for byte.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unavailable`], also when the bytes no longer have their digest.
    pub async fn revision(
        &self,
        viewer: &Person,
        id: RegistrationId,
        number: u32,
    ) -> Result<RevisionContent, StoreError> {
        let select = "SELECT r.bytes, r.metadata, r.digest, r.metadata_digest, r.erased_by, g.organisation_id
                      FROM revisions r JOIN registrations g ON g.id = r.registration_id
                      WHERE r.registration_id = $1 AND r.number = $2";
        let row = sql::first(self.reads(), select, values![id.to_string(), i64::from(number)]).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        may_read(viewer, row.parsed("organisation_id")?)?;
        let content = RevisionContent {
            number,
            bytes: row.col("bytes")?,
            metadata: row.col("metadata")?,
            digest: row.col("digest")?,
            metadata_digest: row.col("metadata_digest")?,
            erased: row.col::<Option<i64>>("erased_by")?.is_some(),
        };
        let sound = content.erased
            || hex_digest(content.bytes.as_bytes()) == content.digest
                && hex_digest(content.metadata.as_bytes()) == content.metadata_digest;
        match sound {
            true => Ok(content),
            false => Err(StoreError::Unavailable(format!("revision {number} of {id} does not have its digest"))),
        }
    }
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
    people.extend(stamps.into_iter().filter_map(|stamp| match stamp.by {
        By::Account(account) => Some(account),
        _ => None,
    }));
    people
}

//! The keys of a draft: one or several, so that a new one can stand beside the old.

use super::{Draft, hex_digest};
use crate::{
    evidence::Answers,
    key::{self, KeyId, PublicKey},
    policy::EnvironmentPolicy,
    problem::Problem,
    rule::Rule,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A key of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftKey {
    /// A public key in canonical PEM: no other text is saved here. Drafts from before that rule may hold one.
    pub pem: String,
    /// Its `kid` where the registration gives one of its own; empty for the thumbprint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kid: String,
    /// What the team calls it, for itself; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl DraftKey {
    /// A key by its text, under its thumbprint.
    pub fn of(text: impl Into<String>) -> Self {
        Self { pem: text.into(), ..Self::default() }
    }

    /// The key, if the text is one.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        PublicKey::try_from(self.pem.clone()).ok()
    }

    /// What it is called by in forms: its RFC 7638 thumbprint; of a text that is no key, the SHA-256 of that.
    #[must_use]
    pub fn id(&self) -> String {
        self.public_key().map_or_else(|| hex_digest(self.pem.as_bytes()), |key| key.thumbprint())
    }
}

/// A key that was judged, with the name that it is published under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedKey {
    /// The key.
    pub key: PublicKey,
    /// Its name in the JWKS, where it is not the thumbprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_kid: Option<KeyId>,
}

impl NamedKey {
    /// Its name in the JWKS.
    #[must_use]
    pub fn kid(&self) -> String {
        self.own_kid.as_ref().map_or_else(|| self.key.thumbprint(), |kid| kid.as_str().to_owned())
    }

    /// As it is published (RFC 7517).
    #[must_use]
    pub fn jwk(&self, algorithm: &str) -> serde_json::Value {
        match &self.own_kid {
            Some(kid) => self.key.jwk_named(algorithm, kid),
            None => self.key.jwk(algorithm),
        }
    }
}

impl Draft {
    /// Judges every key by the environment's rules and the operator's list of compromised keys. An entry is the position
    /// among several, counted from 0; a key that stands alone has none.
    pub fn check_keys(&self, policy: &EnvironmentPolicy) -> (Vec<NamedKey>, Vec<Problem>) {
        let mut problems = Vec::new();
        if self.public_keys.is_empty() {
            problems.extend(policy.check_key("").err());
        }
        if self.public_keys.len() > usize::from(policy.max_keys) {
            problems.push(Problem::new(key::FIELD, Rule::KeysMany(policy.max_keys)));
        }
        let mut keys: Vec<NamedKey> = Vec::new();
        for (at, typed) in self.public_keys.iter().enumerate() {
            let entry = self.key_entry(at);
            match judged(typed, policy, &keys) {
                Ok(key) => keys.push(key),
                Err(problem) => problems.push(problem.at(entry)),
            }
        }
        (keys, problems)
    }

    /// The keys that could be registered, whatever is wrong with others.
    pub fn sound_keys(&self, policy: &EnvironmentPolicy) -> Vec<PublicKey> {
        self.public_keys.iter().filter_map(|key| policy.check_key(&key.pem).ok()).collect()
    }

    /// How a problem names the key at this position.
    pub(crate) fn key_entry(&self, at: usize) -> String {
        if self.public_keys.len() > 1 { at.to_string() } else { String::new() }
    }

    /// Leaves out what is no public key, as drafts from before that rule may hold: it is not copied into another
    /// registration.
    pub fn drop_unreadable_keys(&mut self) {
        self.public_keys.retain(|key| key.public_key().is_some());
    }

    /// Another key is published under its own thumbprint: a name belongs to its key.
    pub(super) fn have_one_key(&mut self, pem: String) {
        match self.public_keys.as_slice() {
            [only] if only.pem == pem => {}
            _ => self.public_keys = Some(pem).filter(|pem| !pem.is_empty()).map(DraftKey::of).into_iter().collect(),
        }
    }
}

impl EnvironmentPolicy {
    /// The public key in a text, judged by the environment's rules and the operator's list of compromised keys.
    ///
    /// # Errors
    /// The first rule that the key breaks.
    pub fn check_key(&self, text: &str) -> Result<PublicKey, Problem> {
        let key = PublicKey::parse(text, &self.key_sizes)?;
        if self.is_compromised(&key) {
            return Err(Problem::new(key::FIELD, Rule::KeyListed));
        }
        Ok(key)
    }
}

/// A key beside those before it.
fn judged(typed: &DraftKey, policy: &EnvironmentPolicy, before: &[NamedKey]) -> Result<NamedKey, Problem> {
    let key = policy.check_key(&typed.pem)?;
    if before.iter().any(|other| other.key == key) {
        return Err(Problem::new(key::FIELD, Rule::KeyRepeated));
    }
    if before.iter().any(|other| key.shares_prime_with(other.key.modulus())) {
        return Err(Problem::new(key::FIELD, Rule::KeySharesPrime));
    }
    let own_kid = (!typed.kid.is_empty()).then(|| KeyId::parse(&typed.kid)).transpose()?;
    let key = NamedKey { key, own_kid };
    if before.iter().any(|other| other.kid() == key.kid()) {
        return Err(Problem::new(key::FIELD, Rule::KeyIdTaken));
    }
    Ok(key)
}

/// A draft as it is, or was, written: until there were several keys it had one, as a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    client_name: String,
    public_key: Option<String>,
    #[serde(default)]
    key_id: String,
    public_keys: Option<Vec<DraftKey>>,
    redirect_uris: Vec<String>,
    scopes: Vec<String>,
    reasons: BTreeMap<String, String>,
    vectors: Vec<String>,
    evidence: Answers,
}

impl TryFrom<Written> for Draft {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let is_named_alone = written.key_id.is_empty() || written.public_key.is_some();
        let public_keys = match (written.public_key, written.public_keys) {
            (Some(pem), None) if pem.is_empty() => Vec::new(),
            (Some(pem), None) => vec![DraftKey { kid: written.key_id, ..DraftKey::of(pem) }],
            (None, Some(keys)) if is_named_alone && are_told_apart(&keys) => keys,
            _ => return Err("a draft has its keys once"),
        };
        Ok(Self {
            client_name: written.client_name,
            public_keys,
            redirect_uris: written.redirect_uris,
            scopes: written.scopes,
            reasons: written.reasons,
            vectors: written.vectors,
            evidence: written.evidence,
        })
    }
}

fn are_told_apart(keys: &[DraftKey]) -> bool {
    let texts: BTreeSet<&str> = keys.iter().map(|key| key.pem.as_str()).collect();
    texts.len() == keys.len()
}

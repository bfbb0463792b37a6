//! What an environment demands: configuration with the rules of NHS login built in (domain.md, Environments).

use crate::{
    key::PublicKey,
    openssl_blacklist::OpensslBlacklist,
    problem::Problem,
    protected::Protected,
    redirect_uri::{self, RedirectUri, UriRules},
    scope::ScopeCatalogue,
    warning::{Said, Warning},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod nhs_login;

/// One environment of the provider: its issuer, its rules, its approvals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentPolicy {
    /// The name in addresses and configuration: `sandpit`.
    pub name: String,
    /// The name on pages: `Sandpit`.
    pub title: String,
    /// The provider's issuer identifier (OpenID Connect Discovery 1.0).
    pub issuer: String,
    /// RSA modulus sizes allowed, in bits. NHS login: exactly 2048 (S0 7.1).
    pub key_sizes: Vec<u32>,
    /// How many keys a registration may have, so that a new one can stand beside the old.
    #[serde(default = "max_keys")]
    pub max_keys: u8,
    /// SHA-256 of the SPKI, lowercase hex, of keys known to be compromised.
    #[serde(default)]
    pub compromised_keys: BTreeSet<String>,
    /// Keys known to be compromised by lists in the format of openssl-vulnkey(1): the same in every environment, from files
    /// of their own.
    #[serde(skip)]
    pub openssl_blacklist: OpensslBlacklist,
    /// Whether https redirect URIs may name this machine. Only demonstrations need it.
    #[serde(default)]
    pub allow_loopback: bool,
    /// Whether redirect URIs may use an app's own scheme (S1).
    #[serde(default)]
    pub allow_custom_schemes: bool,
    /// Whether real people sign in here: a host for tests is then worth a warning.
    #[serde(default)]
    pub production: bool,
    /// Names and hosts that nobody may pass for: the same in every environment, from a section of their own.
    #[serde(skip)]
    pub protected: Protected,
    /// JWS algorithm of client assertions and ID tokens. NHS login: RS512.
    pub signing_algorithm: String,
    /// The scopes that exist and their rules.
    #[serde(default = "ScopeCatalogue::nhs_login")]
    pub scopes: ScopeCatalogue,
    /// The environment whose registration of the same service has to be published first.
    #[serde(default)]
    pub after: Option<String>,
    /// Whether an organisation that no admin has confirmed may register here.
    #[serde(default)]
    pub open_to_unconfirmed: bool,
    /// Whether the rules alone approve what passes every check and asks no restricted scope.
    #[serde(default)]
    pub automatic: bool,
    /// How many admins have to approve, each a different person.
    pub approvals: u8,
    /// The age in days from which a team is reminded of a published key; left out, never.
    #[serde(default)]
    pub key_age_days: Option<u32>,
    /// How many admins have to approve a revision in which nothing but keys changed, each new one endorsed by a published
    /// one: 0 for none. Left out, as many as for any other.
    #[serde(default)]
    pub endorsed_approvals: Option<u8>,
    /// Whether whoever submits or retires here has to have a second factor (threat 20).
    #[serde(default)]
    pub second_factor_to_submit: bool,
    /// Whether the partner has to prove possession of the private key before submitting.
    #[serde(default)]
    pub possession_required: bool,
    /// What the partner has to answer before submitting.
    #[serde(default)]
    pub evidence: Vec<EvidenceItem>,
    /// How long a decision takes, in a person's words.
    #[serde(default)]
    pub takes: String,
    /// How long it takes when a person decides although the rules could have; empty where a person always does.
    #[serde(default)]
    pub takes_a_person: String,
}

/// The old key and the new one, while one takes the place of the other.
fn max_keys() -> u8 {
    2
}

impl EnvironmentPolicy {
    /// Whether it is open to an organisation that an admin has confirmed, or has not.
    pub fn is_open_to(&self, confirmed: bool) -> bool {
        confirmed || self.open_to_unconfirmed
    }

    /// NHS login's sandpit, integration and live, in this order.
    pub fn nhs_login() -> Vec<Self> {
        nhs_login::environments()
    }

    /// How many admins have to approve, each a different person: one at least.
    pub fn approvals_needed(&self) -> usize {
        usize::from(self.approvals.max(1))
    }

    /// The items of evidence that are asked of who asks for these scopes, in their order.
    pub fn asked(&self, scopes: &[String]) -> impl Iterator<Item = &EvidenceItem> {
        self.evidence.iter().filter(|item| item.is_asked(scopes))
    }

    /// Whether one of the operator's lists names the key.
    pub fn is_compromised(&self, key: &PublicKey) -> bool {
        self.compromised_keys.contains(&key.sha256()) || self.openssl_blacklist.has(key)
    }

    /// The rules that redirect URIs follow here.
    pub fn uri_rules(&self) -> UriRules {
        UriRules { allow_loopback: self.allow_loopback, allow_custom_schemes: self.allow_custom_schemes }
    }

    /// Judges all redirect URIs of a registration, as [`redirect_uri::check_all`] does, and refuses the hosts of the
    /// configured issuers.
    pub fn check_uris(&self, entries: &[String]) -> (Vec<RedirectUri>, Vec<Problem>) {
        let (mut uris, mut amiss) = redirect_uri::check_all(entries, self.uri_rules());
        uris.retain(|uri| match self.protected.issuer_problem(uri) {
            Some(rule) => {
                let position = entries.iter().position(|entry| entry == uri.as_str()).unwrap_or_default();
                amiss.push(rule.at(position));
                false
            }
            None => true,
        });
        let problems = amiss.into_iter().map(Problem::from).collect();
        (uris, problems)
    }

    /// What the partner and the admins should know of an acceptable redirect URI here.
    pub fn uri_warnings(&self, uri: &RedirectUri) -> Vec<Said> {
        let mut warnings = uri.warnings();
        warnings.extend(self.protected.host_warning(uri));
        if let (true, Some(word), Some(host)) = (self.production, uri.test_word(), uri.host()) {
            let sentence = match word == host {
                true => format!(
                    "“{host}” is for tests, and real people sign in to {}. Enter the address of your service.",
                    self.title
                ),
                false => format!(
                    "The host “{host}” looks like one for tests (“{word}”), and real people sign in to {}. Check that it is \
                     the address you mean.",
                    self.title
                ),
            };
            warnings.push(Warning::UriTestHost.said("redirect_uris", sentence));
        }
        warnings
    }
}

/// One item of evidence: a short form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceItem {
    /// The id in drafts and revisions: `dspt`.
    pub id: String,
    /// What it is called on the task list.
    pub title: String,
    /// Why it is asked and where to get it.
    pub hint: String,
    /// What the admin who reads it looks for, in whole sentences; partners read it too. May be empty.
    #[serde(default)]
    pub looks_for: String,
    /// The scope that it is about, where it is asked only of who asks for that one.
    #[serde(default)]
    pub of_scope: Option<String>,
    /// Whether the scenarios of the vectors that are asked for stand beside it (testing-scenarios.md).
    #[serde(default)]
    pub scenarios: bool,
    /// The answers it consists of.
    pub fields: Vec<EvidenceField>,
}

impl EvidenceItem {
    /// Whether it is asked of who asks for these scopes.
    pub fn is_asked(&self, scopes: &[String]) -> bool {
        self.of_scope.as_ref().is_none_or(|scope| scopes.contains(scope))
    }
}

/// One answer of an item of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceField {
    /// The id within its item: `expiry`.
    pub id: String,
    /// The question.
    pub label: String,
    /// Help with the answer; may be empty.
    #[serde(default)]
    pub hint: String,
    /// What is asked for in the middle of a sentence, after “Enter” (a line, a date: `the date of the report`), “Say”
    /// (paragraphs: `what your legal basis is`) or “Choose” (a choice); may be empty.
    #[serde(default)]
    pub named: String,
    /// What an answer looks like.
    pub kind: AnswerKind,
    /// The answer to another question of the item, where it is asked only with that one.
    #[serde(default)]
    pub when: Option<Answered>,
}

impl EvidenceField {
    /// Whether it is asked beside these answers of its item.
    pub fn is_asked(&self, answers: Option<&BTreeMap<String, String>>) -> bool {
        let is_so = |when: &Answered| {
            answers.and_then(|answers| answers.get(&when.field)).is_some_and(|answer| when.is.contains(answer))
        };
        self.when.as_ref().is_none_or(is_so)
    }
}

/// An answer on which another question depends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The question's id within the item.
    pub field: String,
    /// The stored values with which the other one is asked.
    pub is: Vec<String>,
}

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// One line of at most 200 characters.
    Line,
    /// Paragraphs of at most 2,000 characters.
    Paragraphs,
    /// A date that has come.
    PastDate,
    /// A date that has not passed at submission.
    ExpiryDate,
    /// An ODS code.
    OdsCode,
    /// Letters that are always the same, and so many digits: `CNTR0012345`.
    Code {
        /// The letters, capital.
        letters: String,
        /// How many digits follow.
        digits: u8,
    },
    /// One of these.
    Choice(Vec<AnswerOption>),
    /// A box that has to be ticked; the answer is `yes`.
    Confirmation,
    /// Files, a line each ([`crate::attachment::Attachment`]).
    Files,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerOption {
    /// The stored value.
    pub value: String,
    /// The words beside the radio button.
    pub label: String,
    /// Why this answer is honest but not enough, when it is.
    #[serde(default)]
    pub not_enough: Option<String>,
}

#[cfg(test)]
mod tests;

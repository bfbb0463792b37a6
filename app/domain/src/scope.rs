//! Scopes: what a partner may learn of an end-user, as a catalogue that an operator can change.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub use crate::vector::Level;
use crate::{
    problem::Problem,
    quote,
    rule::ScopeFault,
    text,
    vector::VectorOfTrust,
    warning::{Said, Warning},
};

mod nhs_login;

/// The field of the scopes themselves.
const FIELD: &str = "scope";
/// The field of the reasons given for them.
const REASONS: &str = "reasons";
/// A reason shorter than this says nothing.
const SHORTEST_REASON: usize = 10;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 1000;

/// The name of a scope that is in the environment's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// The name as OAuth has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The scopes that an environment knows, in the order in which they are shown and published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeCatalogue {
    /// The rules, one for each scope.
    pub scopes: Vec<ScopeRule>,
}

/// What the portal knows of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    /// The name as OAuth has it.
    pub name: String,
    /// The claims that the partner receives.
    pub claims: Vec<String>,
    /// What the partner gets, in plain words.
    pub description: String,
    /// The levels of identity proofing at which the claims are given.
    pub levels: Vec<Level>,
    /// Never approved by the rules alone.
    #[serde(default)]
    pub restricted: bool,
    /// Part of every registration; needs no reason.
    #[serde(default)]
    pub mandatory: bool,
    /// The scopes that cannot be asked for beside it.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// The scopes that already give its claims.
    #[serde(default)]
    pub redundant_beside: Vec<String>,
    /// What the partner must explain, as the sentence shown when the reason is empty; empty for the usual one.
    #[serde(default)]
    pub reason_prompt: String,
    /// A condition to know about: an agreement, an environment without data. Empty when there is none.
    #[serde(default)]
    pub note: String,
}

/// What the check of a registration's scopes found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The scopes, in the catalogue's order.
    pub scopes: Vec<Scope>,
    /// The reason for each scope that needs one, tidied: what reviewers read is what was judged.
    pub reasons: BTreeMap<String, String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing.
    pub warnings: Vec<Said>,
}

impl ScopeCatalogue {
    /// The rule of a scope.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&ScopeRule> {
        self.scopes.iter().find(|rule| rule.name == name)
    }

    /// Judges the scopes of a registration with their reasons and vectors. Problems of scopes are at field `scope`, of
    /// reasons at `reasons`; `entry` is the scope's name. Vectors are the ones judged already, the default included.
    #[must_use]
    pub fn check(&self, names: &[String], reasons: &BTreeMap<String, String>, vectors: &[VectorOfTrust]) -> Judged {
        let asked: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        let chosen: Vec<&ScopeRule> = self.scopes.iter().filter(|rule| asked.contains(&rule.name.as_str())).collect();
        let mut problems = self.unknown(&asked);
        problems.extend(self.missing(&chosen));
        problems.extend(exclusions(&chosen));
        problems.extend(chosen.iter().filter_map(|rule| unreachable(rule, vectors)));
        let mut clean = BTreeMap::new();
        for rule in chosen.iter().filter(|rule| !rule.mandatory) {
            match reason(rule, reasons.get(&rule.name).map_or("", String::as_str)) {
                Ok(reason) => drop(clean.insert(rule.name.clone(), reason)),
                Err(problem) => problems.push(problem.at(&rule.name)),
            }
        }
        problems.extend(self.unselected(&chosen, reasons));
        let mut warnings: Vec<Said> = chosen.iter().filter_map(|rule| partly_reachable(rule, vectors)).collect();
        warnings.extend(redundancies(&chosen));
        let scopes = chosen.iter().map(|rule| Scope(rule.name.clone())).collect();
        Judged { scopes, reasons: clean, problems, warnings }
    }

    fn unknown(&self, asked: &[&str]) -> Vec<Problem> {
        let known = || self.scopes.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut unknown: Vec<&str> = asked.iter().copied().filter(|name| self.rule(name).is_none()).collect();
        unknown.dedup();
        let refuse =
            |name: &str| Problem::new(FIELD, ScopeFault::Unknown { name: quote::short(name), known: known() }).at(name);
        unknown.into_iter().map(refuse).collect()
    }

    /// A reason beside a scope that was not selected: one of the two is a slip.
    fn unselected(&self, chosen: &[&ScopeRule], reasons: &BTreeMap<String, String>) -> Vec<Problem> {
        let explained = |rule: &&ScopeRule| reasons.get(&rule.name).is_some_and(|why| !why.trim().is_empty());
        let is_chosen = |rule: &ScopeRule| chosen.iter().any(|one| one.name == rule.name);
        let refuse = |rule: &ScopeRule| Problem::new(FIELD, ScopeFault::Unselected(rule.name.clone())).at(&rule.name);
        self.scopes.iter().filter(|rule| !rule.mandatory && !is_chosen(rule)).filter(explained).map(refuse).collect()
    }

    fn missing(&self, chosen: &[&ScopeRule]) -> Vec<Problem> {
        let absent = |rule: &&ScopeRule| rule.mandatory && !chosen.iter().any(|one| one.name == rule.name);
        let refuse = |rule: &ScopeRule| Problem::new(FIELD, ScopeFault::Mandatory(rule.name.clone())).at(&rule.name);
        self.scopes.iter().filter(absent).map(refuse).collect()
    }
}

/// One problem for each pair that excludes each other, at the later of the two.
fn exclusions(chosen: &[&ScopeRule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, later) in chosen.iter().enumerate() {
        for earlier in chosen.iter().take(position) {
            if earlier.excludes.contains(&later.name) || later.excludes.contains(&earlier.name) {
                let fault = ScopeFault::Excluded(earlier.name.clone(), later.name.clone());
                problems.push(Problem::new(FIELD, fault).at(&later.name));
            }
        }
    }
    problems
}

fn reaches(rule: &ScopeRule, vector: &VectorOfTrust) -> bool {
    rule.levels.contains(&vector.level())
}

fn levels(rule: &ScopeRule) -> String {
    rule.levels.iter().map(Level::to_string).collect::<Vec<_>>().join(" or ")
}

fn unreachable(rule: &ScopeRule, vectors: &[VectorOfTrust]) -> Option<Problem> {
    if vectors.is_empty() || vectors.iter().any(|vector| reaches(rule, vector)) {
        return None;
    }
    let fault = ScopeFault::Unreachable { name: rule.name.clone(), levels: levels(rule) };
    Some(Problem::new(FIELD, fault).at(&rule.name))
}

fn partly_reachable(rule: &ScopeRule, vectors: &[VectorOfTrust]) -> Option<Said> {
    let (enough, short): (Vec<_>, Vec<_>) = vectors.iter().partition(|vector| reaches(rule, vector));
    if enough.is_empty() || short.is_empty() {
        return None;
    }
    let short = short.iter().map(|vector| vector.as_str()).collect::<Vec<_>>().join(", ");
    let sentence = format!(
        "People who sign in with {short} will not give you the claims of {}, which needs level {}. Make sure that \
         your service works without them.",
        rule.name,
        levels(rule)
    );
    Some(Warning::ScopePartlyReachable.said(FIELD, sentence).at(&rule.name))
}

fn redundancies(chosen: &[&ScopeRule]) -> Vec<Said> {
    let mut warnings = Vec::new();
    for rule in chosen {
        for other in chosen.iter().filter(|other| rule.redundant_beside.contains(&other.name)) {
            let sentence =
                format!("{} already gives what {} gives. You can remove {}.", other.name, rule.name, rule.name);
            warnings.push(Warning::ScopeRedundant.said(FIELD, sentence).at(&rule.name));
        }
    }
    warnings
}

/// The reason for a scope, tidied.
fn reason(rule: &ScopeRule, typed: &str) -> Result<String, Problem> {
    if typed.trim().is_empty() {
        let fault = match rule.reason_prompt.as_str() {
            "" => ScopeFault::ReasonMissing(rule.name.clone()),
            prompt => ScopeFault::ReasonPrompt(prompt.to_owned()),
        };
        return Err(Problem::new(REASONS, fault));
    }
    let what = format!("the reason for {}", rule.name);
    let reason = text::paragraphs(REASONS, &what, typed, LONGEST_REASON)?;
    if reason.chars().count() < SHORTEST_REASON {
        return Err(Problem::new(REASONS, ScopeFault::ReasonShort(rule.name.clone())));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests;

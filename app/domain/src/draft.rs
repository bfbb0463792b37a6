//! What the partner is editing. **Saving is total, submitting is strict**: a draft holds raw text, and
//! [`Draft::check`] is the one judge of it in the browser, on the server and in `portal check`.

use crate::{
    client_name::ClientName,
    evidence::{self, Answers, Approved},
    policy::EnvironmentPolicy,
    private_key,
    problem::Problem,
    redirect_uri::RedirectUri,
    rule::{Rule, UriFault, UriRule},
    scope::Scope,
    vector::{self, VectorOfTrust},
    warning::{Said, Warning},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use time::Date;

mod keys;
mod limits;
mod merge;
mod sifted;

pub use keys::{DraftKey, NamedKey};
pub use merge::{Conflict, Merged};
pub use sifted::{Sifted, SiftedDraft};

/// The parts of a draft, each with a page of its own. Sections are saved one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// `client_name`.
    ClientName,
    /// `public_key`.
    PublicKey,
    /// `redirect_uris`.
    RedirectUris,
    /// `scope` and the reasons.
    Scopes,
    /// `nhs_vtr`.
    Vectors,
    /// The items of evidence.
    Evidence,
}

impl Section {
    /// All, in the order of the task list.
    pub const ALL: [Self; 6] =
        [Self::ClientName, Self::PublicKey, Self::RedirectUris, Self::Scopes, Self::Vectors, Self::Evidence];

    /// The name in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::ClientName => "client-name",
            Self::PublicKey => "public-key",
            Self::RedirectUris => "redirect-uris",
            Self::Scopes => "scopes",
            Self::Vectors => "vectors",
            Self::Evidence => "evidence",
        }
    }

    /// The name on pages.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClientName => "Client name",
            Self::PublicKey => "Public key",
            Self::RedirectUris => "Redirect URIs",
            Self::Scopes => "Scopes and why",
            Self::Vectors => "Vectors of trust",
            Self::Evidence => "Evidence",
        }
    }

    /// The section that a problem's field belongs to.
    pub fn of_field(field: &str) -> Option<Self> {
        Some(match field {
            "client_name" => Self::ClientName,
            "public_key" | "key_name" | "kid" | "key_place" | "assertion" => Self::PublicKey,
            "redirect_uris" => Self::RedirectUris,
            "scope" | "reasons" => Self::Scopes,
            "nhs_vtr" => Self::Vectors,
            "evidence" => Self::Evidence,
            _ => return None,
        })
    }
}

/// Raw text as typed. Anything may be in it, private-key material alone excepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "keys::Written")]
pub struct Draft {
    /// The name shown to the end-user.
    pub client_name: String,
    /// Public keys, in the order in which they were added.
    pub public_keys: Vec<DraftKey>,
    /// One entry a URI.
    pub redirect_uris: Vec<String>,
    /// Names of scopes.
    pub scopes: Vec<String>,
    /// Why each scope is needed, by its name.
    pub reasons: BTreeMap<String, String>,
    /// Vectors of trust.
    pub vectors: Vec<String>,
    /// Answers to the items of evidence.
    pub evidence: Answers,
}

/// New content of one section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DraftChange {
    /// [`Section::ClientName`].
    ClientName(String),
    /// [`Section::PublicKey`], while a client had one: an empty text for none. Read for good, and written no more.
    PublicKey(String),
    /// [`Section::PublicKey`]: all of the keys.
    PublicKeys(Vec<DraftKey>),
    /// [`Section::RedirectUris`].
    RedirectUris(Vec<String>),
    /// [`Section::Scopes`].
    Scopes {
        /// Names of scopes.
        scopes: Vec<String>,
        /// Reasons by scope.
        reasons: BTreeMap<String, String>,
    },
    /// [`Section::Vectors`].
    Vectors(Vec<String>),
    /// [`Section::Evidence`], one item of it.
    Evidence {
        /// The item.
        item: String,
        /// Its answers by field.
        answers: BTreeMap<String, String>,
    },
}

impl DraftChange {
    /// A key that stands alone.
    pub fn one_key(text: impl Into<String>) -> Self {
        Self::PublicKeys(vec![DraftKey::of(text)])
    }

    /// The section that this changes.
    pub fn section(&self) -> Section {
        match self {
            Self::ClientName(_) => Section::ClientName,
            Self::PublicKey(_) | Self::PublicKeys(_) => Section::PublicKey,
            Self::RedirectUris(_) => Section::RedirectUris,
            Self::Scopes { .. } => Section::Scopes,
            Self::Vectors(_) => Section::Vectors,
            Self::Evidence { .. } => Section::Evidence,
        }
    }

    /// Where a private key is in what changes. The rest of the draft was judged when it was saved.
    pub fn private_keys(&self) -> Vec<Problem> {
        let mut alone = Draft::default();
        alone.change(self.clone());
        alone.empty_private_keys()
    }

    /// The item of evidence that this changes; empty in every other section.
    pub fn item(&self) -> &str {
        match self {
            Self::Evidence { item, .. } => item,
            _ => "",
        }
    }
}

/// What every check of a draft found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// What has to be mended before submission.
    pub problems: Vec<Problem>,
    /// What the partner and the reviewers should know.
    pub warnings: Vec<Said>,
    /// The parsed content, when nothing is wrong.
    pub details: Option<ClientDetails>,
}

/// A draft that passed every check: parsed, canonical.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// The name shown to the end-user.
    pub client_name: ClientName,
    /// The keys that client assertions verify under: one at least, in the order of their thumbprints.
    pub public_keys: Vec<NamedKey>,
    /// Exact strings.
    pub redirect_uris: Vec<RedirectUri>,
    /// In the catalogue's order.
    pub scopes: Vec<Scope>,
    /// Why each scope that is not mandatory is needed, tidied.
    pub reasons: BTreeMap<String, String>,
    /// Canonical vectors.
    pub vectors: Vec<VectorOfTrust>,
    /// Clean answers.
    pub evidence: Answers,
    /// JWS algorithm of client assertions and ID tokens, from the environment's policy.
    pub signing_algorithm: String,
}

impl Draft {
    /// Replaces one section.
    pub fn change(&mut self, change: DraftChange) {
        match change {
            DraftChange::ClientName(name) => self.client_name = name,
            DraftChange::PublicKey(pem) => self.have_one_key(pem),
            DraftChange::PublicKeys(keys) => self.public_keys = keys,
            DraftChange::RedirectUris(uris) => self.redirect_uris = uris,
            DraftChange::Scopes { scopes, reasons } => {
                self.scopes = scopes;
                self.reasons = reasons;
            }
            DraftChange::Vectors(vectors) => self.vectors = vectors,
            DraftChange::Evidence { item, answers } => {
                self.evidence.insert(item, answers);
            }
        }
    }

    /// A digest of one section's raw text, so that a form can tell whether what it shows changed under it. Of evidence
    /// a form shows one `item`: two people may answer two items at once.
    pub fn section_digest(&self, section: Section, item: &str) -> String {
        let content = match section {
            Section::ClientName => json!(self.client_name),
            Section::PublicKey => json!(self.public_keys),
            Section::RedirectUris => json!(self.redirect_uris),
            Section::Scopes => json!([self.scopes, self.reasons]),
            Section::Vectors => json!(self.vectors),
            Section::Evidence => json!(self.evidence.get(item)),
        };
        hex_digest(content.to_string().as_bytes())
    }

    /// Empties every text that holds a private key and says where, so that the rest can be kept (threat 12). An entry
    /// whose name holds one, which no form of ours sends, goes as a whole.
    pub fn empty_private_keys(&mut self) -> Vec<Problem> {
        let mut problems = self.drop_private_names();
        problems.extend(emptied(&mut self.client_name, "client_name", ""));
        for key in &mut self.public_keys {
            problems.extend(emptied(&mut key.pem, "public_key", ""));
            problems.extend(emptied(&mut key.kid, "kid", ""));
            problems.extend(emptied(&mut key.name, "key_name", ""));
        }
        for (at, uri) in self.redirect_uris.iter_mut().enumerate() {
            let found = emptied(uri, "redirect_uris", "");
            problems.extend(found.map(|_| Problem::from(UriRule::new(UriFault::Private).at(at))));
        }
        problems.extend(self.scopes.iter_mut().filter_map(|scope| emptied(scope, "scope", "")));
        problems.extend(self.reasons.iter_mut().filter_map(|(scope, reason)| emptied(reason, "reasons", scope)));
        problems.extend(self.vectors.iter_mut().filter_map(|vector| emptied(vector, "nhs_vtr", "")));
        for (item, fields) in &mut self.evidence {
            let answers = fields.iter_mut();
            problems
                .extend(answers.filter_map(|(field, answer)| emptied(answer, "evidence", &format!("{item}.{field}"))));
        }
        problems
    }

    fn drop_private_names(&mut self) -> Vec<Problem> {
        let is_clean = |name: &String| !private_key::found_in(name);
        let answers = |evidence: &Answers| evidence.len() + evidence.values().map(BTreeMap::len).sum::<usize>();
        let before = (self.reasons.len(), answers(&self.evidence));
        self.reasons.retain(|scope, _| is_clean(scope));
        self.evidence.retain(|item, _| is_clean(item));
        self.evidence.values_mut().for_each(|fields| fields.retain(|field, _| is_clean(field)));
        let dropped = [("reasons", self.reasons.len() < before.0), ("evidence", answers(&self.evidence) < before.1)];
        let found = dropped.into_iter().filter(|(_, is_less)| *is_less);
        found.map(|(field, _)| Problem::new(field, Rule::PrivateKey)).collect()
    }

    /// Judges everything, and keeps warnings even when something is wrong.
    pub fn review(&self, policy: &EnvironmentPolicy) -> Review {
        self.review_after(policy, None)
    }

    /// The same, of a change to what was approved.
    pub fn review_after(&self, policy: &EnvironmentPolicy, approved: Option<Approved<'_>>) -> Review {
        let mut review = Review::default();
        let client_name = keep(ClientName::parse(&self.client_name), &mut review.problems);
        if let Some(name) = &client_name {
            review.warnings.extend(policy.protected.client_name_warning(name.as_str()));
        }
        let (mut public_keys, problems) = self.check_keys(policy);
        // The order of a JWKS says nothing: whoever removes a key and puts it back has changed nothing.
        public_keys.sort_by_key(|named| named.key.thumbprint());
        review.problems.extend(problems);
        let (redirect_uris, problems) = policy.check_uris(&self.redirect_uris);
        review.problems.extend(problems);
        for warning in redirect_uris.iter().flat_map(|uri| policy.uri_warnings(uri)) {
            // Several addresses are on one host.
            if !review.warnings.contains(&warning) {
                review.warnings.push(warning);
            }
        }
        let (vectors, problems, warnings) = vector::check_all(&self.vectors);
        review.problems.extend(problems);
        review.warnings.extend(warnings);
        let judged = policy.scopes.check(&self.scopes, &self.reasons, &vectors);
        review.problems.extend(judged.problems);
        review.warnings.extend(judged.warnings);
        let evidence = evidence::check(policy.asked(&self.scopes), &self.evidence, approved);
        review.problems.extend(evidence.problems);
        review.warnings.extend(evidence.asked_since.iter().filter_map(|item| asked_since(policy, item)));
        if !review.problems.is_empty() {
            return review;
        }
        review.details = client_name.map(|client_name| ClientDetails {
            client_name,
            public_keys,
            redirect_uris,
            scopes: judged.scopes,
            reasons: judged.reasons,
            vectors,
            evidence: evidence.answers,
            signing_algorithm: policy.signing_algorithm.clone(),
        });
        review
    }

    /// [`Draft::review`] on a day, with what only the calendar shows: evidence that has run out, events yet to come.
    /// `details` are there when nothing else is wrong.
    pub fn review_on(&self, policy: &EnvironmentPolicy, today: Date) -> Review {
        let mut review = self.review(policy);
        review.problems.extend(self.check_dates(policy, today));
        review
    }

    /// What only the calendar shows: evidence that has run out, events yet to come.
    pub fn check_dates(&self, policy: &EnvironmentPolicy, today: Date) -> Vec<Problem> {
        evidence::check_dates(policy.asked(&self.scopes), &self.evidence, today)
    }

    /// Judges everything.
    ///
    /// # Errors
    /// All that is wrong, each problem naming field, entry and rule.
    pub fn check(&self, policy: &EnvironmentPolicy) -> Result<ClientDetails, Vec<Problem>> {
        let review = self.review(policy);
        review.details.ok_or(review.problems)
    }
}

/// That something of an item is asked by now that was not when what is published was approved.
fn asked_since(policy: &EnvironmentPolicy, item: &str) -> Option<Said> {
    let item = policy.evidence.iter().find(|asked| asked.id == item)?;
    let sentence = format!(
        "“{}” was not asked in this way when your published client was approved. Answer it now if you can: you can submit \
         this change without it.",
        item.title
    );
    Some(Warning::EvidenceAskedSince.said("evidence", sentence).at(&*item.id))
}

/// Empties a text that holds a private key, and says where.
fn emptied(text: &mut String, field: &str, entry: &str) -> Option<Problem> {
    private_key::found_in(text).then(|| {
        text.clear();
        Problem::new(field, Rule::PrivateKey).at(entry)
    })
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// RFC 8785 JSON. Our documents hold no number but small integers, so this is total.
pub fn canonical(value: &Value) -> String {
    serde_jcs::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// SHA-256 in lowercase hex.
pub fn hex_digest(bytes: &[u8]) -> String {
    crate::hex::lower(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;

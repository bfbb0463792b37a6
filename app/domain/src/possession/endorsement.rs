//! An endorsement: a new key, signed for by a key of the same client that the provider holds already. Both sign one fresh
//! nonce, and both signatures are kept, so that the entry proves them later by itself.

use super::{Challenge, Jws, audience, expiry_of, other_key, other_nonce, read_token, refuse};
use crate::{key::PublicKey, problem::Problem, quote, rule::AssertionFault};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The field for the assertion that the published key signed.
const BY_PUBLISHED: &str = "endorsement";

/// What the two assertions may say, so that nothing but what is known here is kept for good.
const HEADER: [&str; 3] = ["alg", "kid", "typ"];
const CLAIMS: [&str; 7] = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"];
/// The claim that names the endorsed key (RFC 7800; `jkt` of RFC 9449).
const ENDORSES: &str = "cnf";

/// Both signatures, with all that it takes to verify them (RFC 7515).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// The new key.
    pub key: PublicKey,
    /// The published key that signed for it.
    pub endorsed_by: PublicKey,
    /// `alg` of both signatures.
    pub algorithm: String,
    /// `aud` of both: the portal's base URL.
    pub audience: String,
    /// `jti` of both: the nonce that the portal gave out.
    pub nonce: String,
    /// The client assertion that the new key signed.
    pub proof: String,
    /// The one that the published key signed, which names the new key in `cnf`.
    pub endorsement: String,
}

impl Endorsement {
    /// Reads both assertions: one of the draft's keys has to have signed the first, and one that is published the other.
    ///
    /// # Errors
    /// One problem, at `assertion` or at `endorsement`.
    fn read(
        typed: &Typed,
        drafted: &[PublicKey],
        published: &[PublicKey],
        challenge: &Challenge,
        now: OffsetDateTime,
    ) -> Result<(Self, OffsetDateTime), Problem> {
        let by = |fault: AssertionFault| {
            move |problem: Problem| match problem == other_key() {
                true => Problem { rule: fault.into(), ..problem },
                false => problem,
            }
        };
        let (key, proved_until) =
            signed(&typed.proof, drafted, challenge, None, now).map_err(by(AssertionFault::NotByNewKey))?;
        let thumbprint = key.thumbprint();
        let endorsement = signed(&typed.endorsement, published, challenge, Some(&thumbprint), now);
        let of_published = |problem| Problem { field: BY_PUBLISHED.into(), ..problem };
        let endorsement = endorsement.map_err(by(AssertionFault::NotByPublishedKey)).map_err(of_published);
        let (endorsed_by, endorsed_until) = endorsement?;
        let endorsement = Self {
            key,
            endorsed_by,
            algorithm: challenge.algorithm.clone(),
            audience: challenge.audience.clone(),
            nonce: challenge.nonce.clone(),
            proof: read_token(&typed.proof),
            endorsement: read_token(&typed.endorsement),
        };
        Ok((endorsement, proved_until.min(endorsed_until)))
    }

    /// Verifies both signatures and what they say, of the registration with this id, by nothing but what is kept. When it
    /// was is not asked.
    pub fn verifies(&self, issuer: &str) -> bool {
        let says = |token: &str, key: &PublicKey, endorses: Option<&str>| {
            let jws = Jws::read(token).ok().filter(|jws| jws.is_signed_by(key, &self.algorithm));
            jws.is_some_and(|jws| {
                let claim = |name: &str| jws.claims.get(name).and_then(Value::as_str);
                claim("iss") == Some(issuer)
                    && claim("sub") == Some(issuer)
                    && audience(&jws.claims) == Some(&self.audience)
                    && claim("jti") == Some(&self.nonce)
                    && jws.claims.get(ENDORSES) == endorses.map(confirmation).as_ref()
            })
        };
        says(&self.proof, &self.key, None) && says(&self.endorsement, &self.endorsed_by, Some(&self.key.thumbprint()))
    }
}

/// The value of `cnf` that names a key.
fn confirmation(thumbprint: &str) -> Value {
    json!({ "jkt": thumbprint })
}

/// Two assertions as pasted.
#[derive(Clone)]
pub struct Typed {
    /// By the new key.
    pub proof: String,
    /// By the published key.
    pub endorsement: String,
}

/// What came of looking at two assertions, and over which challenge. To look costs much, and is done before anything is
/// locked; whoever decides compares.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentedEndorsement {
    challenge: Challenge,
    verdict: Result<(Box<Endorsement>, OffsetDateTime), Problem>,
}

impl PresentedEndorsement {
    /// Looks at them.
    pub fn of(
        typed: &Typed,
        drafted: &[PublicKey],
        published: &[PublicKey],
        challenge: Challenge,
        now: OffsetDateTime,
    ) -> Self {
        let read = Endorsement::read(typed, drafted, published, &challenge, now);
        Self { verdict: read.map(|(endorsement, until)| (Box::new(endorsement), until)), challenge }
    }

    /// For what they were looked at.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The endorsement, over this challenge, at this time.
    ///
    /// # Errors
    /// The problem that was found; that the challenge is another one by now.
    pub fn counts_for(&self, challenge: &Challenge, now: OffsetDateTime) -> Result<&Endorsement, Problem> {
        let (endorsement, until) = self.verdict.as_ref().map_err(Clone::clone)?;
        if self.challenge != *challenge {
            return Err(other_nonce());
        }
        if *until <= now { refuse(AssertionFault::Expired) } else { Ok(endorsement) }
    }
}

/// Which of the keys signed an assertion that says exactly what it has to, and until when it says so.
fn signed(
    token: &str,
    signers: &[PublicKey],
    challenge: &Challenge,
    endorses: Option<&str>,
    now: OffsetDateTime,
) -> Result<(PublicKey, OffsetDateTime), Problem> {
    let token = read_token(token);
    let jws = Jws::read(&token)?;
    let mut verdict = Err(other_key());
    for key in signers {
        verdict = expiry_of(&jws, key, challenge, now).map(|until| (key.clone(), until));
        if verdict.as_ref().err() == Some(&other_key()) {
            continue;
        }
        if verdict.is_ok() {
            says_nothing_else(&jws, &key.thumbprint(), endorses)?;
        }
        break;
    }
    verdict
}

fn says_nothing_else(jws: &Jws<'_>, signer: &str, endorses: Option<&str>) -> Result<(), Problem> {
    no_other(&jws.header, &HEADER)?;
    if jws.header.get("typ").is_some_and(|typ| typ != "JWT") {
        return refuse(AssertionFault::Unexpected("typ".into()));
    }
    // A `kid` of the registration's own is somebody's text, and what is kept here is kept for good.
    if jws.header.get("kid").is_some_and(|named| named != signer) {
        return refuse(AssertionFault::KeyIdOther(signer.to_owned()));
    }
    let Some(thumbprint) = endorses else { return no_other(&jws.claims, &CLAIMS) };
    no_other(&jws.claims, &[&CLAIMS[..], &[ENDORSES]].concat())?;
    match jws.claims.get(ENDORSES) == Some(&confirmation(thumbprint)) {
        true => Ok(()),
        false => refuse(AssertionFault::Endorses(thumbprint.to_owned())),
    }
}

fn no_other(members: &Map<String, Value>, known: &[&str]) -> Result<(), Problem> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => refuse(AssertionFault::Unexpected(quote::short(name))),
        None => Ok(()),
    }
}

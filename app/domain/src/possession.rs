//! Proof of possession: a client assertion over a nonce, signed with the private key (RFC 7523, OIDC Core 9).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    json,
    key::PublicKey,
    private_key,
    problem::Problem,
    quote,
    rule::{AssertionFault, AssertionPart, Rule},
    signature,
};

mod endorsement;

pub use endorsement::{Endorsement, PresentedEndorsement, Typed};

const FIELD: &str = "assertion";
/// The longest assertion that is read.
const LONGEST: usize = 16 * 1024;
/// How far ahead `exp` may be.
const LIFETIME: Duration = Duration::hours(1);
/// How far two clocks may differ.
const SKEW: Duration = Duration::minutes(5);

/// What the assertion must say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `iss` and `sub`: the client, or what stands for it before it has a name.
    pub issuer: String,
    /// `aud`: the portal or the environment's endpoint.
    pub audience: String,
    /// `jti`: the nonce that the portal gave out.
    pub nonce: String,
    /// `alg`: `RS256`, `RS384` or `RS512`, as the environment's policy says.
    pub algorithm: String,
}

/// Whether the assertion proves that its maker holds the private key.
///
/// # Errors
/// One problem at field `assertion`, with its own rule and sentence for each thing that can be wrong.
pub fn verify(assertion: &str, key: &PublicKey, challenge: &Challenge, now: OffsetDateTime) -> Result<(), Problem> {
    expiry(assertion, key, challenge, now).map(drop)
}

/// Until when the assertion proves it.
fn expiry(
    assertion: &str,
    key: &PublicKey,
    challenge: &Challenge,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Problem> {
    expiry_of(&Jws::read(&read_token(assertion))?, key, challenge, now)
}

/// The token that was pasted: terminals and mail break long lines.
fn read_token(assertion: &str) -> String {
    assertion.split_whitespace().collect()
}

fn expiry_of(
    jws: &Jws<'_>,
    key: &PublicKey,
    challenge: &Challenge,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Problem> {
    check_header(&jws.header, challenge)?;
    if !jws.is_signed_by(key, &challenge.algorithm) {
        return Err(other_key());
    }
    check_names(&jws.claims, challenge)?;
    check_times(&jws.claims, now)
}

/// What came of looking at an assertion, and for which keys and challenge it was looked at. To look costs much, and is
/// done before anything is locked; whoever decides compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Presented {
    challenge: Challenge,
    /// Of which key it proves possession, by thumbprint, and until when; or why it does not.
    verdict: Result<(String, OffsetDateTime), Problem>,
}

impl Presented {
    /// Looks at an assertion, which one of the keys has to have signed. Nothing of it is kept: it is a credential while it
    /// lasts.
    pub fn of(assertion: &str, keys: &[PublicKey], challenge: Challenge, now: OffsetDateTime) -> Self {
        let mut verdict = Err(other_key());
        for key in keys {
            verdict = expiry(assertion, key, &challenge, now).map(|until| (key.thumbprint(), until));
            // Whatever else is wrong with it, it is so under every key.
            if verdict.as_ref().err() != Some(&other_key()) {
                break;
            }
        }
        Self { challenge, verdict }
    }

    /// For what it was looked at.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The thumbprint of the one of these keys that it proves possession of, over this challenge, at this time.
    ///
    /// # Errors
    /// The problem that was found; where the keys or the challenge are others by now, that it does not fit.
    pub fn proves(&self, keys: &[PublicKey], challenge: &Challenge, now: OffsetDateTime) -> Result<String, Problem> {
        let (thumbprint, until) = self.verdict.clone()?;
        if !keys.iter().any(|key| key.thumbprint() == thumbprint) {
            return Err(other_key());
        }
        if self.challenge != *challenge {
            return Err(other_nonce());
        }
        if until <= now { Err(expired()) } else { Ok(thumbprint) }
    }
}

struct Jws<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    fn read(token: &'a str) -> Result<Self, Problem> {
        if token.is_empty() {
            return refuse(AssertionFault::Missing);
        }
        if private_key::found_in(token) {
            return refuse(Rule::PrivateKey);
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [header, claims, signature] = parts[..] else {
            return refuse(match parts.len() {
                5 => AssertionFault::Encrypted,
                _ => AssertionFault::Parts,
            });
        };
        if token.len() > LONGEST {
            return refuse(AssertionFault::TooLong);
        }
        let signed = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecodable(AssertionPart::Signature))?;
        let header = object(header).ok_or_else(|| undecodable(AssertionPart::Header))?;
        let claims = object(claims).ok_or_else(|| undecodable(AssertionPart::Claims))?;
        Ok(Self { header, claims, signed, signature })
    }

    fn is_signed_by(&self, key: &PublicKey, algorithm: &str) -> bool {
        signature::verifies(key, algorithm, self.signed.as_bytes(), &self.signature)
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    match json::read(&bytes) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn undecodable(part: AssertionPart) -> Problem {
    Problem::new(FIELD, AssertionFault::Encoding(part))
}

fn check_header(header: &Map<String, Value>, challenge: &Challenge) -> Result<(), Problem> {
    let expected = &challenge.algorithm;
    match header.get("alg").and_then(Value::as_str) {
        Some(alg) if alg == expected => {}
        Some(alg) => {
            return refuse(AssertionFault::Algorithm { given: quote::short(alg), expected: expected.clone() });
        }
        None => return refuse(AssertionFault::AlgorithmMissing(expected.clone())),
    }
    if header.contains_key("crit") {
        return refuse(AssertionFault::Critical);
    }
    if let Some(name) = ["jku", "jwk", "x5u", "x5c"].iter().find(|name| header.contains_key(**name)) {
        return refuse(AssertionFault::KeyInHeader((*name).to_owned()));
    }
    Ok(())
}

fn check_names(claims: &Map<String, Value>, challenge: &Challenge) -> Result<(), Problem> {
    let faults = [("iss", AssertionFault::Issuer as fn(String) -> _), ("sub", AssertionFault::Subject)];
    for (name, fault) in faults {
        if claims.get(name).and_then(Value::as_str) != Some(challenge.issuer.as_str()) {
            return refuse(fault(challenge.issuer.clone()));
        }
    }
    if audience(claims) != Some(challenge.audience.as_str()) {
        return refuse(AssertionFault::Audience(challenge.audience.clone()));
    }
    if claims.get("jti").and_then(Value::as_str) != Some(challenge.nonce.as_str()) {
        return Err(other_nonce());
    }
    Ok(())
}

/// The one that there is, alone or in a list.
fn audience(claims: &Map<String, Value>) -> Option<&str> {
    let audience = match claims.get("aud") {
        Some(Value::Array(list)) if list.len() == 1 => list.first(),
        other => other,
    };
    audience.and_then(Value::as_str)
}

fn check_times(claims: &Map<String, Value>, now: OffsetDateTime) -> Result<OffsetDateTime, Problem> {
    let Some(expires) = instant(claims, "exp") else {
        return refuse(AssertionFault::Expiry);
    };
    if expires <= now {
        return Err(expired());
    }
    if expires - now > LIFETIME {
        return refuse(AssertionFault::ExpiryFar);
    }
    check_past(claims, "iat", AssertionFault::IssuedAt, now, expires)?;
    check_past(claims, "nbf", AssertionFault::NotBefore, now, expires)?;
    Ok(expires)
}

fn other_key() -> Problem {
    Problem::new(FIELD, AssertionFault::Signature)
}

fn other_nonce() -> Problem {
    Problem::new(FIELD, AssertionFault::Nonce)
}

fn expired() -> Problem {
    Problem::new(FIELD, AssertionFault::Expired)
}

/// `iat` and `nbf` may be left out; given, they are not in the future, and not a day before the end.
fn check_past(
    claims: &Map<String, Value>,
    name: &str,
    fault: AssertionFault,
    now: OffsetDateTime,
    expires: OffsetDateTime,
) -> Result<(), Problem> {
    if !claims.contains_key(name) {
        return Ok(());
    }
    let sane = instant(claims, name).is_some_and(|at| at <= now + SKEW && expires - at <= Duration::days(1));
    if sane { Ok(()) } else { refuse(fault) }
}

fn instant(claims: &Map<String, Value>, name: &str) -> Option<OffsetDateTime> {
    claims.get(name).and_then(Value::as_i64).and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
}

fn refuse<T>(rule: impl Into<Rule>) -> Result<T, Problem> {
    Err(Problem::new(FIELD, rule))
}

#[cfg(test)]
mod tests;

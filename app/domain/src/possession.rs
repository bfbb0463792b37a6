//! Proof of possession: a client assertion over a nonce, signed with the private key (RFC 7523, OIDC Core 9).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{json, key::PublicKey, private_key, problem::Problem, quote, signature};

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
    // Terminals and mail break long lines.
    let token: String = assertion.split_whitespace().collect();
    let jws = Jws::read(&token)?;
    check_header(&jws.header, challenge)?;
    if !signature::verifies(key, &challenge.algorithm, jws.signed.as_bytes(), &jws.signature) {
        return Err(other_key());
    }
    check_names(&jws.claims, challenge)?;
    check_times(&jws.claims, now)
}

/// What came of looking at an assertion, and for which key and challenge it was looked at. To look costs much, and is
/// done before anything is locked; whoever decides compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Presented {
    thumbprint: String,
    challenge: Challenge,
    /// Until when it proves possession, or why it does not.
    verdict: Result<OffsetDateTime, Problem>,
}

impl Presented {
    /// Looks at an assertion. Nothing of it is kept: it is a credential while it lasts.
    pub fn of(assertion: &str, key: &PublicKey, challenge: Challenge, now: OffsetDateTime) -> Self {
        let verdict = expiry(assertion, key, &challenge, now);
        Self { thumbprint: key.thumbprint(), challenge, verdict }
    }

    /// For what it was looked at.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// Whether it proves possession of this key, over this challenge, at this time.
    ///
    /// # Errors
    /// The problem that was found; where the key or the challenge is another one by now, that it does not fit.
    pub fn counts_for(&self, key: &PublicKey, challenge: &Challenge, now: OffsetDateTime) -> Result<(), Problem> {
        if self.thumbprint != key.thumbprint() {
            return Err(other_key());
        }
        if self.challenge != *challenge {
            return Err(other_nonce());
        }
        match &self.verdict {
            Err(problem) => Err(problem.clone()),
            Ok(until) if *until <= now => Err(expired()),
            Ok(_) => Ok(()),
        }
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
            return refuse(
                "assertion-missing",
                "Paste the signed assertion: three parts with full stops between them.",
            );
        }
        if private_key::found_in(token) {
            return refuse("private-key", private_key::SENTENCE);
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [header, claims, signature] = parts[..] else {
            return refuse(
                "assertion-parts",
                match parts.len() {
                    5 => {
                        "This token is encrypted (it has five parts). Paste one that is signed only: three parts with full \
                    stops between them."
                    }
                    _ => "A signed assertion has three parts with full stops between them. Paste the whole of it.",
                },
            );
        };
        if token.len() > LONGEST {
            return refuse(
                "assertion-too-long",
                "The assertion is longer than 16 KB. Leave out everything but the claims \
                that are asked for.",
            );
        }
        let signed = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
        let signature =
            BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecodable("third part (the signature)"))?;
        let header = object(header).ok_or_else(|| undecodable("first part (the header)"))?;
        let claims = object(claims).ok_or_else(|| undecodable("second part (the claims)"))?;
        Ok(Self { header, claims, signed, signature })
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    match json::read(&bytes) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn undecodable(part: &str) -> Problem {
    let sentence = format!(
        "The {part} of the assertion is not JSON in base64url without padding. Paste the token as \
        your library made it."
    );
    let sentence =
        if part.starts_with("third") { sentence.replace("JSON in base64url", "base64url") } else { sentence };
    Problem::new(FIELD, "assertion-encoding", sentence)
}

fn check_header(header: &Map<String, Value>, challenge: &Challenge) -> Result<(), Problem> {
    let expected = &challenge.algorithm;
    match header.get("alg").and_then(Value::as_str) {
        Some(alg) if alg == expected => {}
        Some(alg) => {
            return refuse(
                "assertion-alg",
                format!("The assertion is signed with “{}”. Sign it with {expected}.", quote::short(alg)),
            );
        }
        None => return refuse("assertion-alg", format!("The header has no alg. Sign the assertion with {expected}.")),
    }
    if header.contains_key("crit") {
        return refuse(
            "assertion-header",
            "The header has crit, which asks for an extension that is not known here. Remove it and sign again.",
        );
    }
    if let Some(name) = ["jku", "jwk", "x5u", "x5c"].iter().find(|name| header.contains_key(**name)) {
        return refuse(
            "assertion-header",
            format!(
                "The header has {name}, which is not allowed: the key is the one registered here. Remove it and sign again."
            ),
        );
    }
    Ok(())
}

fn check_names(claims: &Map<String, Value>, challenge: &Challenge) -> Result<(), Problem> {
    for name in ["iss", "sub"] {
        if claims.get(name).and_then(Value::as_str) != Some(challenge.issuer.as_str()) {
            return refuse(
                &format!("assertion-{name}"),
                format!("The claim {name} must be “{}”. Change it and sign again.", challenge.issuer),
            );
        }
    }
    let audience = match claims.get("aud") {
        Some(Value::Array(list)) if list.len() == 1 => list.first(),
        other => other,
    };
    if audience.and_then(Value::as_str) != Some(challenge.audience.as_str()) {
        return refuse(
            "assertion-aud",
            format!("The claim aud must be “{}” and nothing else. Change it and sign again.", challenge.audience),
        );
    }
    if claims.get("jti").and_then(Value::as_str) != Some(challenge.nonce.as_str()) {
        return Err(other_nonce());
    }
    Ok(())
}

fn check_times(claims: &Map<String, Value>, now: OffsetDateTime) -> Result<OffsetDateTime, Problem> {
    let Some(expires) = instant(claims, "exp") else {
        return refuse(
            "assertion-exp",
            "The claim exp must be a time in whole seconds since 1970. Set it to 5 minutes from \
            now and sign again.",
        );
    };
    if expires <= now {
        return Err(expired());
    }
    if expires - now > LIFETIME {
        return refuse(
            "assertion-exp-far",
            "The claim exp must be at most 1 hour from now. Set it to 5 minutes from now and \
            sign again.",
        );
    }
    check_past(claims, "iat", now, expires)?;
    check_past(claims, "nbf", now, expires)?;
    Ok(expires)
}

fn other_key() -> Problem {
    let sentence = "The signature does not match the public key of this registration. Sign with the private key of the same \
                    pair, over the unchanged text.";
    Problem::new(FIELD, "assertion-signature", sentence)
}

fn other_nonce() -> Problem {
    let sentence = "The claim jti must be the nonce shown on this page. It changes after each use: copy it again and sign \
                    again.";
    Problem::new(FIELD, "assertion-jti", sentence)
}

fn expired() -> Problem {
    let sentence = "The assertion has expired (claim exp). Sign a new one and paste it before it expires.";
    Problem::new(FIELD, "assertion-expired", sentence)
}

/// `iat` and `nbf` may be left out; given, they are not in the future, and not a day before the end.
fn check_past(
    claims: &Map<String, Value>,
    name: &str,
    now: OffsetDateTime,
    expires: OffsetDateTime,
) -> Result<(), Problem> {
    if !claims.contains_key(name) {
        return Ok(());
    }
    let sane = instant(claims, name).is_some_and(|at| at <= now + SKEW && expires - at <= Duration::days(1));
    if sane {
        return Ok(());
    }
    refuse(
        &format!("assertion-{name}"),
        format!(
            "The claim {name} must be the time of signing, in whole seconds since 1970. Check the clock of your machine and \
         sign again."
        ),
    )
}

fn instant(claims: &Map<String, Value>, name: &str) -> Option<OffsetDateTime> {
    claims.get(name).and_then(Value::as_i64).and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
}

fn refuse<T>(rule: &str, sentence: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::new(FIELD, rule, sentence))
}

#[cfg(test)]
mod tests;

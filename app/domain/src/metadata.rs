//! Client metadata of RFC 7591 read into a draft, for `portal check registration` and copies.

use crate::{
    draft::{Draft, DraftKey},
    evidence::Answers,
    json,
    key::PublicKey,
    policy::EnvironmentPolicy,
    private_key,
    problem::Problem,
    quote,
    rule::{MetadataFault, SigningMember},
    warning::{Said, Warning},
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Members whose only accepted value is known (S0 7.2; domain.md, Client authentication).
const FIXED: [(&str, &str, MetadataFault); 2] = [
    ("token_endpoint_auth_method", "private_key_jwt", MetadataFault::AuthMethod),
    ("application_type", "web", MetadataFault::ApplicationType),
];

/// Every member that is read; what is published of the others is nothing.
const KNOWN: [&str; 14] = [
    "application_type",
    "client_name",
    "evidence",
    "grant_types",
    "id_token_signed_response_alg",
    "jwks",
    "nhs_vtr",
    "public_key",
    "reasons",
    "redirect_uris",
    "response_types",
    "scope",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
];

/// How many keys of a document are read: more than any environment lets a client have.
const MOST_KEYS: usize = 8;
/// How many are looked through for a private key where there are more.
const MOST_READ: usize = 64;

/// The members of a JWK that are read (RFC 7517, RFC 7518 6.3.1).
const KNOWN_OF_KEY: [&str; 7] = ["alg", "e", "key_ops", "kid", "kty", "n", "use"];

impl Draft {
    /// The one JSON object in a text, for [`Draft::from_metadata`]. A byte-order mark before it says nothing.
    ///
    /// # Errors
    /// At field `registration`: `not-json`, `member-twice`, `not-an-object`.
    pub fn metadata_of(text: &str) -> Result<Value, Problem> {
        let fault = match json::read(text.trim_start_matches('\u{feff}').as_bytes()) {
            Ok(document @ Value::Object(_)) => return Ok(document),
            Ok(Value::Array(_)) => MetadataFault::List,
            Ok(_) => MetadataFault::NotAnObject,
            Err(json::Fault::Syntax { line, column }) => MetadataFault::NotJson { line, column },
            Err(json::Fault::Twice(name)) => MetadataFault::Twice(quote::short(&name)),
        };
        Err(Problem::new("registration", fault))
    }

    /// Reads RFC 7591 metadata plus `reasons` and `evidence`.
    ///
    /// The public keys are the RSA keys of `jwks`, or a PEM text in `public_key`.
    /// What cannot be read is left empty in the draft and named in the problems.
    pub fn from_metadata(document: &Value) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let Some(members) = document.as_object() else {
            return (Self::default(), vec![Problem::new("registration", MetadataFault::NotAnObject)]);
        };
        let draft = Self {
            client_name: text(members, "client_name", &mut problems),
            public_keys: keys(members, &mut problems),
            redirect_uris: list(members, "redirect_uris", &mut problems),
            scopes: scopes(&text(members, "scope", &mut problems), &mut problems),
            reasons: reasons(members, &mut problems),
            vectors: list(members, "nhs_vtr", &mut problems),
            evidence: answers(members, &mut problems),
        };
        for (member, value, fault) in FIXED {
            if members.get(member).is_some_and(|given| given != value) {
                problems.push(Problem::new(member, fault));
            }
        }
        problems.extend(exactly(members, "grant_types", &["authorization_code", "refresh_token"]));
        problems.extend(exactly(members, "response_types", &["code"]));
        (draft, problems)
    }

    /// A warning for each member of the metadata, and of its key, that [`Draft::from_metadata`] does not read.
    pub fn ignored_members(document: &Value) -> Vec<Said> {
        let members = document.as_object().into_iter().flat_map(Map::keys);
        let keys = document.pointer("/jwks/keys").and_then(Value::as_array).into_iter().flatten();
        let of_keys: BTreeSet<&String> = keys.filter_map(Value::as_object).flat_map(Map::keys).collect();
        // A name that holds a private key is not repeated.
        let is_shown = |name: &&String| !private_key::found_in(name);
        let ignored = members.filter(|name| !KNOWN.contains(&name.as_str())).filter(is_shown);
        let ignored_of_key = of_keys.into_iter().filter(|name| !KNOWN_OF_KEY.contains(&name.as_str())).filter(is_shown);
        let warning = |name: &String, of: &str| {
            let sentence = format!(
                "“{}”{of} cannot be registered here, so it would be left out. Make sure that your service works without it.",
                quote::short(name)
            );
            Warning::MemberIgnored.said("registration", sentence).at(quote::short(name))
        };
        let of_document = ignored.map(|name| warning(name, ""));
        of_document.chain(ignored_of_key.map(|name| warning(name, " of the key"))).collect()
    }
}

impl EnvironmentPolicy {
    /// Metadata that asks for another signature algorithm than the environment's, which would be published instead.
    pub fn other_algorithms(&self, document: &Value) -> Vec<Problem> {
        let algorithm = &self.signing_algorithm;
        let listed = document.pointer("/jwks/keys").and_then(Value::as_array).into_iter().flatten();
        let of_key = listed.filter_map(|jwk| jwk.get("alg")).map(|alg| ("jwks", SigningMember::Key, alg));
        let members = [
            ("token_endpoint_auth_signing_alg", SigningMember::Assertion),
            ("id_token_signed_response_alg", SigningMember::IdToken),
        ];
        let asked = members.into_iter().filter_map(|(name, what)| Some((name, what, document.get(name)?)));
        let mut problems = Vec::new();
        for (field, what, _) in asked.chain(of_key).filter(|(.., given)| given.as_str() != Some(algorithm)) {
            let (environment, algorithm) = (self.title.clone(), algorithm.clone());
            let problem = Problem::new(field, MetadataFault::OtherAlgorithm { environment, algorithm, what });
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }
}

fn text(members: &Map<String, Value>, member: &str, problems: &mut Vec<Problem>) -> String {
    match members.get(member) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            problems.push(Problem::new(member, MetadataFault::NotAString(member.to_owned())));
            String::new()
        }
    }
}

fn list(members: &Map<String, Value>, member: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let texts = |values: &Vec<Value>| values.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    match members.get(member) {
        None => Vec::new(),
        Some(value) => value.as_array().and_then(texts).unwrap_or_else(|| {
            problems.push(Problem::new(member, MetadataFault::NotAList(member.to_owned())));
            Vec::new()
        }),
    }
}

fn reasons(members: &Map<String, Value>, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    match members.get("reasons") {
        None => BTreeMap::new(),
        Some(value) => serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            problems.push(Problem::new("reasons", MetadataFault::NotReasons));
            BTreeMap::new()
        }),
    }
}

fn answers(members: &Map<String, Value>, problems: &mut Vec<Problem>) -> Answers {
    match members.get("evidence") {
        None => Answers::new(),
        Some(value) => serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            problems.push(Problem::new("evidence", MetadataFault::NotAnswers));
            Answers::new()
        }),
    }
}

fn keys(members: &Map<String, Value>, problems: &mut Vec<Problem>) -> Vec<DraftKey> {
    let Some(jwks) = members.get("jwks") else {
        let pem = text(members, "public_key", problems);
        return if pem.is_empty() { Vec::new() } else { vec![DraftKey::of(pem)] };
    };
    if members.contains_key("public_key") {
        problems.push(Problem::new("public_key", MetadataFault::KeyTwice));
    }
    let listed = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() || listed.len() > MOST_KEYS {
        // A private key is told first, whatever else is wrong with the list that it is in.
        let mut found =
            listed.iter().take(MOST_READ).filter_map(|jwk| PublicKey::from_jwk(jwk).err()).map(Problem::from);
        let shape = || Problem::new("jwks", MetadataFault::NotKeys(MOST_KEYS));
        problems.push(found.find(|problem| problem.rule.is_private_key()).unwrap_or_else(shape));
        return Vec::new();
    }
    let mut keys = Vec::new();
    for (at, jwk) in listed.iter().enumerate() {
        let kid = kid(jwk, problems);
        match PublicKey::from_jwk(jwk) {
            Ok(key) => {
                let kid = if key.thumbprint() == kid { String::new() } else { kid };
                keys.push(DraftKey { kid, ..DraftKey::of(key.pem()) });
            }
            Err(rule) => {
                let is_alone = listed.len() == 1;
                problems.push(Problem::from(rule).at(if is_alone { String::new() } else { at.to_string() }));
                // The others keep their places.
                keys.extend((!is_alone).then(DraftKey::default));
            }
        }
    }
    keys
}

/// The names between spaces (RFC 6749, 3.3). Commas are taken for spaces, and told of once.
fn scopes(text: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let names: Vec<String> =
        text.split([',', ' ', '\t', '\n', '\r']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if text.contains(',') {
        let meant = names.join(" ");
        let fault = match private_key::found_in(text) {
            // What could be a key is not repeated.
            true => MetadataFault::ScopeCommas,
            false => MetadataFault::ScopeCommasIn(quote::short(&meant)),
        };
        problems.push(Problem::new("scope", fault));
    }
    names
}

/// The name that a key is given; empty where it has none.
fn kid(jwk: &Value, problems: &mut Vec<Problem>) -> String {
    match jwk.get("kid") {
        None => String::new(),
        Some(Value::String(kid)) => kid.clone(),
        Some(_) => {
            problems.push(Problem::new("jwks", MetadataFault::KeyIdNotAString));
            String::new()
        }
    }
}

/// These values in any order, because these are published.
fn exactly(members: &Map<String, Value>, member: &str, published: &[&str]) -> Option<Problem> {
    let given = members.get(member)?.as_array().map(Vec::as_slice).unwrap_or_default();
    let fits = given.len() == published.len() && published.iter().all(|value| given.iter().any(|v| v == value));
    (!fits).then(|| {
        let values = published.join(" and ");
        Problem::new(member, MetadataFault::OtherValues { member: member.to_owned(), values })
    })
}

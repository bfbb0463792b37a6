//! A revision as it is frozen: the one place where its exact bytes are written, and the one where they are read.

use crate::{
    draft::{ClientDetails, Draft, canonical, hex_digest},
    erasure::ERASED,
    evidence::Answers,
    json,
    key::PublicKey,
    problem::Problem,
    redirect_uri::RedirectUri,
    scope::Scope,
    vector::VectorOfTrust,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What an approval binds: bytes and digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenBytes {
    /// RFC 8785 JSON `{client_metadata, reasons, evidence}`.
    pub bytes: String,
    /// SHA-256 of `bytes`, lowercase hex.
    pub digest: String,
    /// RFC 8785 JSON of `client_metadata` alone: what is published.
    pub metadata: String,
    /// SHA-256 of `metadata`, lowercase hex.
    pub metadata_digest: String,
}

impl ClientDetails {
    /// The client metadata of RFC 7591, extension members included: what is published.
    pub fn client_metadata(&self) -> Value {
        let scope: Vec<&str> = self.scopes.iter().map(Scope::as_str).collect();
        let keys: Vec<Value> = self.public_keys.iter().map(|key| key.jwk(&self.signing_algorithm)).collect();
        json!({
            "client_name": self.client_name.as_str(),
            "redirect_uris": self.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>(),
            "jwks": {"keys": keys},
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": self.signing_algorithm,
            "id_token_signed_response_alg": self.signing_algorithm,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": scope.join(" "),
            "nhs_vtr": self.vectors.iter().map(VectorOfTrust::as_str).collect::<Vec<_>>(),
        })
    }

    /// The exact bytes of a revision and both digests.
    pub fn freeze(&self) -> FrozenBytes {
        let metadata = canonical(&self.client_metadata());
        let document = json!({
            "client_metadata": self.client_metadata(),
            "reasons": self.reasons,
            "evidence": self.evidence,
        });
        FrozenBytes::of(canonical(&document), metadata)
    }
}

impl FrozenBytes {
    fn of(bytes: String, metadata: String) -> Self {
        let (digest, metadata_digest) = (hex_digest(bytes.as_bytes()), hex_digest(metadata.as_bytes()));
        Self { digest, metadata_digest, bytes, metadata }
    }
}

/// What was frozen is not what [`ClientDetails::freeze`] writes, nor what an erasure leaves of it. Holds nothing of the
/// text: that may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was frozen of a revision cannot be read")]
pub struct Unreadable;

/// A revision, read from its exact bytes. A member that is not there is empty; where a text was erased, [`ERASED`] stands
/// in its place, also for the name of a member, and for the whole where it went across members.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FrozenRevision {
    /// What is published.
    #[serde(rename = "client_metadata")]
    pub metadata: ClientMetadata,
    /// Why each scope that is not mandatory is needed.
    pub reasons: BTreeMap<String, String>,
    /// Clean answers.
    pub evidence: Answers,
    /// Whatever else stands in the bytes.
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl FrozenRevision {
    /// Reads the bytes of a revision.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &str) -> Result<Self, Unreadable> {
        match bytes {
            ERASED => Ok(Self::default()),
            bytes => Self::deserialize(value(bytes)?).map_err(|_| Unreadable),
        }
    }

    /// The revision as a draft, for the checks to judge it again, and what of it makes no draft.
    pub fn draft(&self) -> (Draft, Vec<Problem>) {
        let mut members = self.metadata.members.clone();
        members.insert("reasons".into(), json!(self.reasons));
        members.insert("evidence".into(), json!(self.evidence));
        Draft::from_metadata(&Value::Object(members))
    }

    /// The same without the key of this thumbprint.
    #[must_use]
    pub fn without_key(&self, thumbprint: &str) -> Self {
        let mut left = self.clone();
        let is_it = |key: &ClientKey| key.public_key.as_ref().is_some_and(|key| key.thumbprint() == thumbprint);
        let stays: Vec<bool> = left.metadata.keys.iter().map(|key| !is_it(key)).collect();
        let mut kept = stays.iter();
        left.metadata.keys.retain(|_| *kept.next().unwrap_or(&true));
        let listed = left.metadata.members.get_mut("jwks").and_then(|jwks| jwks.get_mut("keys"));
        if let Some(listed) = listed.and_then(Value::as_array_mut) {
            let mut kept = stays.iter();
            listed.retain(|_| *kept.next().unwrap_or(&true));
        }
        left
    }

    /// The exact bytes and both digests: those that it was read from, where nothing was erased from them.
    #[must_use]
    pub fn freeze(&self) -> FrozenBytes {
        let metadata = self.metadata.published();
        let mut members = self.others.clone();
        members.insert("client_metadata".into(), Value::Object(self.metadata.members.clone()));
        members.insert("reasons".into(), json!(self.reasons));
        members.insert("evidence".into(), json!(self.evidence));
        FrozenBytes::of(canonical(&Value::Object(members)), metadata)
    }

    /// What stands in the bytes and nobody fills in, by name: the metadata's members that are the same for every client of
    /// an environment, and whatever is not known.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        let known = |name: &str| FILLED_IN.contains(&name);
        let of_metadata = self.metadata.members.iter().filter(move |(name, _)| !known(name));
        of_metadata.chain(&self.others).map(|(name, value)| (name.as_str(), value))
    }
}

/// The members of client metadata that the partner fills in.
const FILLED_IN: [&str; 5] = ["client_name", "jwks", "redirect_uris", "scope", "nhs_vtr"];

/// The client metadata of a revision (RFC 7591), read. A member that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct ClientMetadata {
    /// The name shown to the end-user.
    pub client_name: String,
    /// The keys of `jwks`, in its order.
    pub keys: Vec<ClientKey>,
    /// Exact strings.
    pub redirect_uris: Vec<String>,
    /// The names in `scope`.
    pub scopes: Vec<String>,
    /// Vectors of trust: `nhs_vtr`.
    pub vectors: Vec<String>,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: String,
    /// JWS algorithm of client assertions.
    pub token_endpoint_auth_signing_alg: String,
    /// JWS algorithm of ID tokens.
    pub id_token_signed_response_alg: String,
    /// Everything as it was written.
    members: Map<String, Value>,
}

impl ClientMetadata {
    /// Reads what is published of a revision.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(metadata: &str) -> Result<Self, Unreadable> {
        match metadata {
            ERASED => Ok(Self::default()),
            metadata => Self::deserialize(value(metadata)?).map_err(|_| Unreadable),
        }
    }

    /// RFC 8785 JSON of all that was written: byte for byte what is published.
    #[must_use]
    pub fn published(&self) -> String {
        canonical(&Value::Object(self.members.clone()))
    }

    /// All that was written but the keys.
    #[must_use]
    pub fn without_keys(mut self) -> String {
        self.members.remove("jwks");
        canonical(&Value::Object(self.members))
    }

    /// The keys, if there is one and each can be read: what a decision may rest on.
    #[must_use]
    pub fn public_keys(&self) -> Option<Vec<&PublicKey>> {
        let keys: Vec<_> = self.keys.iter().map(|key| key.public_key.as_ref()).collect::<Option<_>>()?;
        (!keys.is_empty()).then_some(keys)
    }
}

/// A key of a client's JWKS, by its name there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientKey {
    /// Its `kid`.
    pub kid: String,
    /// The key; none where it cannot be read.
    pub public_key: Option<PublicKey>,
}

impl ClientKey {
    /// Its name, where that is not the thumbprint; else empty, as in a draft.
    #[must_use]
    pub fn own_kid(&self) -> &str {
        let is_thumbprint = self.public_key.as_ref().is_some_and(|key| key.thumbprint() == self.kid);
        if is_thumbprint { "" } else { &self.kid }
    }
}

impl TryFrom<Map<String, Value>> for ClientMetadata {
    type Error = Unreadable;

    fn try_from(members: Map<String, Value>) -> Result<Self, Unreadable> {
        let known = Members::deserialize(&members).map_err(|_| Unreadable)?;
        Ok(Self {
            client_name: known.client_name,
            keys: known.jwks.keys.into_iter().map(ClientKey::try_from).collect::<Result<_, _>>()?,
            redirect_uris: known.redirect_uris,
            scopes: known.scope.split_ascii_whitespace().map(str::to_owned).collect(),
            vectors: known.nhs_vtr,
            token_endpoint_auth_method: known.token_endpoint_auth_method,
            token_endpoint_auth_signing_alg: known.token_endpoint_auth_signing_alg,
            id_token_signed_response_alg: known.id_token_signed_response_alg,
            members,
        })
    }
}

impl TryFrom<Map<String, Value>> for ClientKey {
    type Error = Unreadable;

    fn try_from(jwk: Map<String, Value>) -> Result<Self, Unreadable> {
        let kid = match jwk.get("kid") {
            None => String::new(),
            Some(kid) => kid.as_str().ok_or(Unreadable)?.to_owned(),
        };
        Ok(Self { kid, public_key: PublicKey::from_jwk(&Value::Object(jwk)).ok() })
    }
}

/// The members that are read, as they are written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    client_name: String,
    jwks: Jwks,
    redirect_uris: Vec<String>,
    scope: String,
    nhs_vtr: Vec<String>,
    token_endpoint_auth_method: String,
    token_endpoint_auth_signing_alg: String,
    id_token_signed_response_alg: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Jwks {
    keys: Vec<Map<String, Value>>,
}

fn value(text: &str) -> Result<Value, Unreadable> {
    json::read(text.as_bytes()).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests;

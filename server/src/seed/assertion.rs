//! The demo relying party's key pair, and the client assertion by which the demo partner proves to hold it.

use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA512, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::SeedError;

/// How long the assertion is good for.
const LIFETIME: Duration = Duration::minutes(5);

/// A key pair of the partner's: the portal itself never has the private half of anything.
pub(super) struct KeyPair {
    /// The public half, PEM.
    pub(super) public: String,
    private: RsaKeyPair,
}

impl KeyPair {
    /// Reads `public.pem` and `private.pem` (PKCS#8 or PKCS#1).
    pub(super) fn read(directory: &Path) -> Result<Self, SeedError> {
        let (public, private) = (directory.join("public.pem"), directory.join("private.pem"));
        let unreadable = |path: &Path| SeedError::RelyingParty(path.display().to_string());
        let text = std::fs::read_to_string(&public).map_err(|_| unreadable(&public))?;
        let der = PrivateKeyDer::from_pem_file(&private).map_err(|_| unreadable(&private))?;
        let key = match &der {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(unreadable(&private)),
        };
        Ok(Self { public: text, private: key.map_err(|_| unreadable(&private))? })
    }

    /// A client assertion over the nonce (RFC 7523), RS512.
    pub(super) fn assertion(
        &self,
        client: &str,
        audience: &str,
        nonce: &str,
        now: OffsetDateTime,
    ) -> Result<String, SeedError> {
        let (iat, exp) = (now.unix_timestamp(), (now + LIFETIME).unix_timestamp());
        let claims = json!({"iss": client, "sub": client, "aud": audience, "jti": nonce, "iat": iat, "exp": exp});
        let signed = format!("{}.{}", part(&json!({"alg": "RS512", "typ": "JWT"})), part(&claims));
        let mut signature = vec![0; self.private.public().modulus_len()];
        let done = self.private.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        done.map_err(|_| SeedError::Fault("the assertion could not be signed"))?;
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

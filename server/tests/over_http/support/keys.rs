//! Key pairs made by OpenSSL on the spot: no private key is in the repository for these tests.

use std::io::Write;
use std::process::{Command, Stdio};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// A key pair of a partner.
pub(crate) struct KeyPair {
    /// PKCS#8 PEM.
    pub(crate) private: String,
    /// SPKI PEM.
    pub(crate) public: String,
}

/// A fresh RSA key pair of 2,048 bits.
pub(crate) fn pair() -> KeyPair {
    let private = openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
    let public = openssl(&["pkey", "-pubout"], private.as_bytes());
    KeyPair { private, public }
}

/// What `openssl` prints, given this on standard input.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> String {
    String::from_utf8(openssl_bytes(arguments, input)).unwrap()
}

fn openssl_bytes(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    pipe("openssl", arguments, input)
}

/// What a program prints, given this on standard input.
pub(crate) fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program is installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    output.stdout
}

/// What a proof of possession says.
pub(crate) struct Claims<'a> {
    /// `iss` and `sub`.
    pub(crate) issuer: &'a str,
    /// `aud`.
    pub(crate) audience: &'a str,
    /// `jti`.
    pub(crate) nonce: &'a str,
    /// `iat`; `exp` is five minutes later.
    pub(crate) at: OffsetDateTime,
}

impl KeyPair {
    /// The private key in DER (PKCS#8).
    pub(crate) fn private_der(&self) -> Vec<u8> {
        openssl_bytes(&["pkey", "-outform", "DER"], self.private.as_bytes())
    }

    /// A client assertion, RS512, signed by OpenSSL.
    pub(crate) fn assertion(&self, claims: &Claims<'_>) -> String {
        let (iat, exp) = (claims.at.unix_timestamp(), (claims.at + Duration::minutes(5)).unix_timestamp());
        let body = json!({
            "iss": claims.issuer, "sub": claims.issuer, "aud": claims.audience, "jti": claims.nonce, "iat": iat, "exp": exp
        });
        let signed = format!("{}.{}", part(&json!({"alg": "RS512", "typ": "JWT"})), part(&body));
        let directory = tempfile::tempdir().unwrap();
        let key = directory.path().join("key.pem");
        std::fs::write(&key, &self.private).unwrap();
        let signature = openssl_bytes(&["dgst", "-sha512", "-sign", key.to_str().unwrap()], signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

//! Why a pasted text is not an acceptable public key, each with the command that mends it.

use super::FIELD;
use crate::{private_key, problem::Problem, quote};

/// What was pasted instead of a public key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Missing,
    TooLong,
    Private,
    NotPem,
    Dashes,
    Several,
    Truncated,
    EmptyBlock,
    Escaped,
    Base64,
    LabelsDiffer,
    Label(String),
    LabelSpki,
    LabelPkcs1,
    NoHeader(&'static str),
    Trailing,
    Structure,
    HugeExponent,
    HugeModulus,
    Certificate,
    CertificateRequest,
    Pkcs7,
    OpenSsh,
    Jwk,
    Jwks,
    JwkInvalid,
    Pgp,
    RsaPss,
    OtherKey(&'static str),
}

/// The command that writes the public key of a pair that the partner has.
const PUBLIC_KEY: &str = "openssl pkey -in private_key.pem -pubout -out public_key.pem";

/// The two commands that make a new pair of a size.
pub(crate) fn new_pair(bits: u32) -> String {
    format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out private_key.pem and then {PUBLIC_KEY}")
}

impl Refusal {
    /// The problem at field `public_key`; `bits` is the size in the commands.
    pub(super) fn problem(&self, bits: u32) -> Problem {
        let (rule, sentence) = self.sentence(bits);
        Problem::new(FIELD, rule, sentence)
    }

    fn sentence(&self, bits: u32) -> (&'static str, String) {
        match self {
            Self::Private => ("private-key", private_key::SENTENCE.to_owned()),
            Self::Certificate | Self::CertificateRequest | Self::Pkcs7 | Self::OpenSsh | Self::Jwk | Self::Jwks => {
                self.convertible()
            }
            Self::Pgp | Self::RsaPss | Self::OtherKey(_) | Self::HugeExponent | Self::HugeModulus => {
                self.replaceable(bits)
            }
            Self::JwkInvalid => (
                "key-jwk-invalid",
                "This JWK is not a public RSA key. It needs kty “RSA”, and n and e in base64url.".to_owned(),
            ),
            Self::Missing => (
                "key-missing",
                format!(
                    "Paste the public key in PEM format. If you do not have a key yet, make one with {}.",
                    new_pair(bits)
                ),
            ),
            _ => self.damaged(),
        }
    }

    /// The right key is inside, or beside: one command takes it out.
    fn convertible(&self) -> (&'static str, String) {
        let (rule, what, command) = match self {
            Self::Certificate => (
                "key-certificate",
                "a certificate, not a public key on its own",
                "openssl x509 -in certificate.pem -pubkey -noout > public_key.pem",
            ),
            Self::CertificateRequest => (
                "key-certificate-request",
                "a certificate signing request (CSR), not a public key \
                on its own",
                "openssl req -in request.csr -pubkey -noout > public_key.pem",
            ),
            Self::Pkcs7 => (
                "key-pkcs7",
                "a PKCS#7 bundle of certificates, not a public key",
                "openssl pkcs7 -in bundle.p7b \
                -print_certs | openssl x509 -pubkey -noout > public_key.pem",
            ),
            Self::OpenSsh => (
                "key-openssh",
                "a public key in OpenSSH format, and it must be an RSA key in PEM format",
                "ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem",
            ),
            Self::Jwks => (
                "key-jwks",
                "a JSON Web Key Set (JWKS), and the key must be in PEM format",
                "node -p \"require('crypto').createPublicKey({\
                key: JSON.parse(require('fs').readFileSync('keys.jwks')).keys[0], format: 'jwk'}).export({type: 'spki', \
                format: 'pem'})\" > public_key.pem",
            ),
            _ => (
                "key-jwk",
                "a JSON Web Key (JWK), and the key must be in PEM format",
                "node -p \"require('crypto').createPublicKey({\
                key: JSON.parse(require('fs').readFileSync('key.jwk')), format: 'jwk'}).export({type: 'spki', format: \
                'pem'})\" > public_key.pem",
            ),
        };
        (rule, format!("This is {what}. Run {command} and paste what is in public_key.pem."))
    }

    /// Another kind of key: a new pair is needed.
    fn replaceable(&self, bits: u32) -> (&'static str, String) {
        let (rule, what) = match self {
            Self::Pgp => ("key-pgp", "This is a PGP key"),
            Self::RsaPss => ("key-rsa-pss", "This is a key for RSA-PSS signatures only, which cannot sign with RS512"),
            Self::HugeExponent => ("key-exponent", "This key has an exponent that is far too large; it must be 65537"),
            Self::HugeModulus => ("key-size", "This key has more than 8192 bits, which no environment allows"),
            Self::OtherKey(kind) => ("key-not-rsa", *kind),
            _ => ("key-not-rsa", "a key of another kind"),
        };
        let make = format!("Make an RSA pair with {}, and paste what is in public_key.pem.", new_pair(bits));
        match self {
            Self::OtherKey(_) => (rule, format!("This is {what}, and only RSA keys can be registered. {make}")),
            Self::Pgp => (rule, format!("{what}, and only RSA keys in PEM format can be registered. {make}")),
            _ => (rule, format!("{what}. {make}")),
        }
    }

    /// The text is not what it was when it was made: copy it again.
    fn damaged(&self) -> (&'static str, String) {
        let again = format!("Make the file again with {PUBLIC_KEY} and paste all of it.");
        match self {
            Self::TooLong => (
                "key-too-long",
                "This is more than 64 KB, far more than a public key. Paste the content of \
                public_key.pem, or choose that file."
                    .to_owned(),
            ),
            Self::Dashes => (
                "key-dashes",
                "The first and last lines must be exactly -----BEGIN PUBLIC KEY----- and -----END \
                PUBLIC KEY-----, with five hyphens on each side. Copy the key from a plain text editor."
                    .to_owned(),
            ),
            Self::Several => (
                "key-several",
                "There is more than one key or certificate here. Paste one public key only: \
                from its BEGIN line to its END line."
                    .to_owned(),
            ),
            Self::Truncated => ("key-truncated", format!("Part of the key is missing. {again}")),
            Self::EmptyBlock => ("key-empty", format!("There is nothing between the BEGIN and END lines. {again}")),
            Self::Escaped => (
                "key-escaped",
                "The key has \\n where its lines should end. Replace each \\n by a line break, \
                or paste the content of public_key.pem instead."
                    .to_owned(),
            ),
            Self::Base64 => (
                "key-base64",
                format!(
                    "The text between the BEGIN and END lines is damaged: it is not complete \
                base64. {again}"
                ),
            ),
            Self::LabelsDiffer => {
                ("key-labels-differ", format!("The BEGIN and END lines do not belong together. {again}"))
            }
            Self::Label(label) => {
                ("key-label", format!("The BEGIN line says “{}”, not PUBLIC KEY. {again}", quote::short(label)))
            }
            Self::LabelSpki => (
                "key-label-spki",
                "The first and last lines say PUBLIC KEY but the key inside is in PKCS#1 \
                format. Change both lines to say RSA PUBLIC KEY."
                    .to_owned(),
            ),
            Self::LabelPkcs1 => (
                "key-label-pkcs1",
                "The first and last lines say RSA PUBLIC KEY but the key inside is not in \
                PKCS#1 format. Change both lines to say PUBLIC KEY."
                    .to_owned(),
            ),
            Self::NoHeader(label) => (
                "key-no-header",
                format!(
                    "The first and last lines are missing. Put -----BEGIN {label}\
                ----- on a line above and -----END {label}----- on a line below."
                ),
            ),
            Self::Trailing => ("key-trailing", format!("There is something after the end of the key. {again}")),
            Self::Structure => (
                "key-structure",
                format!(
                    "This has the lines of a public key, but what is inside is not one. \
                {again}"
                ),
            ),
            _ => (
                "key-not-pem",
                "This is not a public key in PEM format. Paste the content of public_key.pem: it begins \
                with -----BEGIN PUBLIC KEY-----."
                    .to_owned(),
            ),
        }
    }
}

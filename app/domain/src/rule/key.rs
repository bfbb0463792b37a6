//! Why a text is not an acceptable public key, each with the command that mends it.

#![expect(missing_docs, reason = "the sentences say what each is")]

use std::fmt;

use crate::private_key;
use serde::{Deserialize, Serialize};

/// A broken rule of a public key, with the size of the new pair in its commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRule {
    /// What is wrong.
    pub fault: KeyFault,
    /// The size in bits of a pair that the environment allows.
    pub bits: u32,
}

impl KeyRule {
    /// The rule's stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.fault.name()
    }
}

impl fmt::Display for KeyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault.sentence(self.bits))
    }
}

impl std::error::Error for KeyRule {}

/// What is wrong with a text in the place of a public key, or with the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyFault {
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
    /// A line that is meant for the first or the last one, counted from 1, and what it has to be.
    Line {
        number: usize,
        wanted: String,
    },
    /// A key of ours under a label that says something else.
    Relabel {
        says: String,
        wanted: KeyForm,
    },
    /// Something convertible under a label with which the command would not read it.
    Mislabelled(Box<KeyFault>),
    NoHeader(KeyForm),
    /// A key of ours in a binary file.
    DerKey(KeyForm),
    /// Something convertible in a binary file.
    DerOther(Box<KeyFault>),
    NotText,
    PemInBase64,
    Trailing,
    Structure,
    HugeExponent,
    HugeModulus,
    Certificate,
    CertificateRequest,
    Pkcs7,
    OpenSsh,
    Ssh2,
    Jwk,
    Jwks,
    JwksOfSeveral(usize),
    JwkUse,
    JwkInvalid,
    SharedSecret,
    Pgp,
    RsaPss,
    OtherKey(OtherKey),
    /// A size in bits that the environment does not allow, and those that it does.
    Size(u32, Vec<u32>),
    Exponent(u64),
    /// The private half is in a document or a package that everybody has.
    Published,
    /// The private half can be computed.
    Weak(Weakness),
}

/// The two forms of an RSA public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyForm {
    /// `PUBLIC KEY`: `SubjectPublicKeyInfo`.
    Spki,
    /// `RSA PUBLIC KEY`: PKCS#1 (RFC 8017, A.1.1).
    Pkcs1,
}

impl KeyForm {
    /// What the lines around it say.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Spki => "PUBLIC KEY",
            Self::Pkcs1 => "RSA PUBLIC KEY",
        }
    }
}

/// A kind of key that is not RSA, or not for signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OtherKey {
    EllipticCurve,
    Ed25519OrX25519,
    Ed25519,
    Ed448,
    X25519,
    X448,
    Dsa,
    DiffieHellman,
    RsaOaep,
    OpenSsh,
    Unknown,
}

impl OtherKey {
    fn words(self) -> &'static str {
        match self {
            Self::EllipticCurve => "an elliptic curve (EC) key",
            Self::Ed25519OrX25519 => "an Ed25519 or X25519 key",
            Self::Ed25519 => "an Ed25519 key",
            Self::Ed448 => "an Ed448 key",
            Self::X25519 => "an X25519 key",
            Self::X448 => "an X448 key",
            Self::Dsa => "a DSA key",
            Self::DiffieHellman => "a Diffie-Hellman key",
            Self::RsaOaep => "an RSA-OAEP encryption key",
            Self::OpenSsh => "an OpenSSH key of another kind than RSA",
            Self::Unknown => "a key of another kind",
        }
    }
}

/// How the private half of a key can be computed from its modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weakness {
    Even,
    SmallFactor(u32),
    RepeatedBytes,
    Polynomial,
    Roca,
    PerfectPower,
    Prime,
    ClosePrimes,
}

impl Weakness {
    fn name(self) -> &'static str {
        match self {
            Self::Even => "key-even",
            Self::SmallFactor(_) => "key-small-factor",
            Self::RepeatedBytes => "key-repeated-bytes",
            Self::Polynomial => "key-polynomial",
            Self::Roca => "key-roca",
            Self::PerfectPower => "key-perfect-power",
            Self::Prime => "key-prime",
            Self::ClosePrimes => "key-close-primes",
        }
    }

    /// What is wrong with the modulus.
    fn words(self) -> String {
        match self {
            Self::SmallFactor(factor) => return format!("its modulus can be divided by {factor}"),
            Self::Even => "its modulus is an even number",
            Self::RepeatedBytes => "its modulus has the same byte 16 times in a row",
            Self::Polynomial => "its modulus has a regular pattern of zeros, made by a faulty random number generator",
            Self::Roca => "it was made by a faulty chip (ROCA, CVE-2017-15361)",
            Self::PerfectPower => "its modulus is a power of one number, not the product of two primes",
            Self::Prime => "its modulus is a prime number, not the product of two primes",
            Self::ClosePrimes => "its two primes are too close together (CVE-2022-26320)",
        }
        .to_owned()
    }
}

/// The one exponent that is accepted; the rule of the public certificate authorities, and this portal's judgement.
pub(crate) const EXPONENT: u64 = 65537;

/// The command that writes the public key of a pair that the partner has.
const PUBLIC_KEY: &str = "openssl pkey -in private_key.pem -pubout -out public_key.pem";

/// The two commands that make a new pair of a size.
fn new_pair(bits: u32) -> String {
    format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out private_key.pem and then {PUBLIC_KEY}")
}

impl KeyFault {
    /// The rule, where an environment allows these sizes in bits.
    pub(crate) fn for_sizes(self, sizes: &[u32]) -> KeyRule {
        KeyRule { fault: self, bits: sizes.first().copied().unwrap_or(2048) }
    }

    /// The label that belongs to what a command can convert.
    pub(crate) fn label(&self) -> Option<&'static str> {
        match self {
            Self::Certificate => Some("CERTIFICATE"),
            Self::CertificateRequest => Some("CERTIFICATE REQUEST"),
            Self::Pkcs7 => Some("PKCS7"),
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Private | Self::SharedSecret => "private-key",
            Self::Missing => "key-missing",
            Self::TooLong => "key-too-long",
            Self::NotPem => "key-not-pem",
            Self::Dashes | Self::Line { .. } => "key-dashes",
            Self::Several | Self::JwksOfSeveral(_) => "key-several",
            Self::Truncated => "key-truncated",
            Self::EmptyBlock => "key-empty",
            Self::Escaped => "key-escaped",
            Self::Base64 => "key-base64",
            Self::LabelsDiffer => "key-labels-differ",
            Self::Label(_) => "key-label",
            Self::Relabel { says, .. } => match says.as_str() {
                "PUBLIC KEY" => "key-label-spki",
                "RSA PUBLIC KEY" => "key-label-pkcs1",
                _ => "key-label",
            },
            Self::Mislabelled(inside) | Self::DerOther(inside) => inside.name(),
            Self::NoHeader(_) => "key-no-header",
            Self::DerKey(_) => "key-der",
            Self::NotText => "key-not-text",
            Self::PemInBase64 => "key-pem-in-base64",
            Self::Trailing => "key-trailing",
            Self::Structure => "key-structure",
            Self::HugeExponent | Self::Exponent(_) => "key-exponent",
            Self::HugeModulus | Self::Size(..) => "key-size",
            Self::Certificate => "key-certificate",
            Self::CertificateRequest => "key-certificate-request",
            Self::Pkcs7 => "key-pkcs7",
            Self::OpenSsh => "key-openssh",
            Self::Ssh2 => "key-ssh2",
            Self::Jwk => "key-jwk",
            Self::Jwks => "key-jwks",
            Self::JwkUse => "key-use",
            Self::JwkInvalid => "key-jwk-invalid",
            Self::Pgp => "key-pgp",
            Self::RsaPss => "key-rsa-pss",
            Self::OtherKey(_) => "key-not-rsa",
            Self::Published => "key-compromised",
            Self::Weak(weakness) => weakness.name(),
        }
    }

    fn sentence(&self, bits: u32) -> String {
        match self {
            Self::Private => private_key::SENTENCE.to_owned(),
            Self::Certificate | Self::CertificateRequest | Self::Pkcs7 => self.certificates("", "PEM"),
            Self::Mislabelled(inside) => {
                let wanted = inside.label().unwrap_or_default();
                inside.certificates(&format!("Change the first and last lines to say {wanted}. "), "PEM")
            }
            Self::DerOther(inside) => inside.certificates("", "DER"),
            Self::OpenSsh | Self::Ssh2 | Self::Jwk | Self::Jwks | Self::DerKey(_) | Self::PemInBase64 => {
                self.convertible()
            }
            Self::Pgp
            | Self::RsaPss
            | Self::OtherKey(_)
            | Self::HugeExponent
            | Self::HugeModulus
            | Self::Size(..)
            | Self::Exponent(_)
            | Self::Published
            | Self::Weak(_) => self.replaceable(bits),
            Self::SharedSecret => format!(
                "This is a shared secret, not a public key. It was not saved. Treat it as exposed and replace it. For NHS \
                 login, make an RSA pair with {}, and paste what is in public_key.pem.",
                new_pair(bits)
            ),
            Self::Missing => format!(
                "Paste the public key in PEM format. If you do not have a key yet, make one with {}.",
                new_pair(bits)
            ),
            Self::Line { .. } | Self::Relabel { .. } | Self::Label(_) | Self::LabelsDiffer | Self::NoHeader(_) => {
                self.mislabelled()
            }
            _ => self.damaged(),
        }
    }

    /// The key is in a certificate, or in a request for one. `before` is to be done before the command; `format` is the
    /// file's.
    fn certificates(&self, before: &str, format: &str) -> String {
        let inform = if format == "DER" { "-inform DER " } else { "" };
        let take = "openssl x509 -in certificate.pem -pubkey -noout > public_key.pem";
        let then = if before.is_empty() { "Run" } else { "Then run" };
        match self {
            Self::CertificateRequest => format!(
                "This is a certificate signing request (CSR), not a public key on its own. {before}{then} openssl req \
                 {inform}-in request.csr -pubkey -noout > public_key.pem and paste what is in public_key.pem."
            ),
            Self::Pkcs7 => format!(
                "This is a PKCS#7 bundle of certificates, not a public key. {before}{then} openssl pkcs7 {inform}-in \
                 bundle.p7b -print_certs -out certificates.pem and copy your own certificate into certificate.pem: the one \
                 whose subject line names your service, not the authority that issued it. Then run {take} and paste what \
                 is in public_key.pem."
            ),
            _ => format!(
                "This is a certificate, not a public key on its own. {before}{then} openssl x509 {inform}-in \
                 certificate.pem -pubkey -noout > public_key.pem and paste what is in public_key.pem."
            ),
        }
    }

    /// The right key is inside: commands take it out.
    fn convertible(&self) -> String {
        let (what, command) = match self {
            Self::DerKey(form) => (
                "a public key in DER format, which is binary, and the key must be in PEM format",
                match form {
                    KeyForm::Spki => "openssl pkey -pubin -inform DER -in public_key.der -out public_key.pem",
                    KeyForm::Pkcs1 => "openssl rsa -RSAPublicKey_in -inform DER -in public_key.der -out public_key.pem",
                },
            ),
            Self::PemInBase64 => {
                ("a PEM file that was encoded in base64 once more", "base64 --decode key.b64 > public_key.pem")
            }
            Self::OpenSsh => (
                "a public key in OpenSSH format, and it must be an RSA key in PEM format",
                "ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem",
            ),
            Self::Ssh2 => (
                "a public key in SSH2 format, as PuTTY writes it, and it must be an RSA key in PEM format",
                "ssh-keygen -i -f key.pub > id_rsa.pub and then ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem",
            ),
            Self::Jwks => (
                "a JSON Web Key Set (JWKS), and the key must be in PEM format",
                "node -p \"require('crypto').createPublicKey({\
                key: JSON.parse(require('fs').readFileSync('keys.jwks')).keys.find(key => key.kty === 'RSA'), format: \
                'jwk'}).export({type: 'spki', format: 'pem'})\" > public_key.pem",
            ),
            _ => (
                "a JSON Web Key (JWK), and the key must be in PEM format",
                "node -p \"require('crypto').createPublicKey({\
                key: JSON.parse(require('fs').readFileSync('key.jwk')), format: 'jwk'}).export({type: 'spki', format: \
                'pem'})\" > public_key.pem",
            ),
        };
        format!("This is {what}. Run {command} and paste what is in public_key.pem.")
    }

    /// Another kind of key, or one that is not safe: a new pair is needed.
    fn replaceable(&self, bits: u32) -> String {
        let (what, make) = match self {
            Self::Pgp => ("This is a PGP key, and only RSA keys in PEM format can be registered".to_owned(), RSA_PAIR),
            Self::RsaPss => {
                ("This is a key for RSA-PSS signatures only, which cannot sign with RS512".to_owned(), RSA_PAIR)
            }
            Self::HugeExponent => {
                ("This key has an exponent that is far too large; it must be 65537".to_owned(), RSA_PAIR)
            }
            Self::HugeModulus => ("This key has more than 8192 bits, which no environment allows".to_owned(), RSA_PAIR),
            Self::OtherKey(kind) => {
                (format!("This is {}, and only RSA keys can be registered", kind.words()), RSA_PAIR)
            }
            Self::Size(bits, allowed) => {
                let allowed = allowed.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ");
                (format!("This key has {bits} bits, and it must have {allowed}"), NEW_PAIR)
            }
            Self::Exponent(exponent) => {
                (format!("This key has the exponent {exponent}, and it must be {EXPONENT}"), NEW_PAIR)
            }
            Self::Weak(weakness) => (
                format!(
                    "Anyone can work out the private key from this public key: {}. Do not use the pair for anything",
                    weakness.words()
                ),
                NEW_PAIR,
            ),
            _ => (
                "The private key of this pair is published, so anyone can use it. Do not use the pair for anything"
                    .to_owned(),
                NEW_PAIR,
            ),
        };
        format!("{what}. Make {make} with {}, and paste what is in public_key.pem.", new_pair(bits))
    }

    /// The first or the last line is not what it has to be.
    fn mislabelled(&self) -> String {
        let again = format!("Make the file again with {PUBLIC_KEY} and paste all of it.");
        match self {
            Self::Line { number, wanted } => {
                format!("Line {number} must be exactly {wanted}, with five hyphens on each side. Correct that line.")
            }
            Self::Relabel { says, wanted } => {
                let what = match wanted {
                    KeyForm::Pkcs1 => "an RSA public key in PKCS#1 format",
                    KeyForm::Spki => "a public key",
                };
                let wanted = wanted.label();
                format!(
                    "The first and last lines say {says}, but what is inside is {what}. Change both lines to say {wanted}."
                )
            }
            Self::NoHeader(form) => {
                let label = form.label();
                format!(
                    "The first and last lines are missing. Put -----BEGIN {label}----- on a line above and -----END \
                     {label}----- on a line below."
                )
            }
            Self::Label(label) => format!("The BEGIN line says “{label}”, not PUBLIC KEY. {again}"),
            _ => format!("The BEGIN and END lines do not belong together. {again}"),
        }
    }

    /// The text is not what it was when it was made: copy it again.
    fn damaged(&self) -> String {
        let again = format!("Make the file again with {PUBLIC_KEY} and paste all of it.");
        match self {
            Self::Truncated => format!("Part of the key is missing. {again}"),
            Self::EmptyBlock => format!("There is nothing between the BEGIN and END lines. {again}"),
            Self::Base64 => {
                format!("The text between the BEGIN and END lines is damaged: it is not complete base64. {again}")
            }
            Self::Trailing => format!("There is something after the end of the key. {again}"),
            Self::Structure => format!("This has the lines of a public key, but what is inside is not one. {again}"),
            Self::JwksOfSeveral(several) => format!(
                "There are {several} RSA keys in this JSON Web Key Set (JWKS). Keep only the one that your service signs \
                 with, and paste it again."
            ),
            other => other.fixed().to_owned(),
        }
    }

    /// Sentences without a figure.
    fn fixed(&self) -> &'static str {
        match self {
            Self::JwkUse => {
                "This JWK is not marked for signatures. If your service signs with this key, set use to “sig” and leave \
                 key_ops out. Otherwise, enter the key that it signs with."
            }
            Self::JwkInvalid => "This JWK is not a public RSA key. It needs kty “RSA”, and n and e in base64url.",
            Self::TooLong => {
                "This is more than 64 KB, far more than a public key. Paste the content of public_key.pem, or choose that \
                 file."
            }
            Self::NotText => {
                "This is not text that can be read. Choose public_key.pem: its first line is -----BEGIN PUBLIC KEY-----."
            }
            Self::Dashes => {
                "The first and last lines must be exactly -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----, with \
                 five hyphens on each side. Copy the key from a plain text editor."
            }
            Self::Several => {
                "There is more than one key or certificate here. Paste one public key only: from its BEGIN line to its \
                 END line."
            }
            Self::Escaped => {
                "The key has \\n where its lines should end. Replace each \\n with a line break, or paste the content of \
                 public_key.pem instead."
            }
            _ => {
                "This is not a public key in PEM format. Paste the content of public_key.pem: it begins with -----BEGIN \
                 PUBLIC KEY-----."
            }
        }
    }
}

/// What to make in place of a key of another kind.
const RSA_PAIR: &str = "an RSA pair";
/// What to make in place of an RSA key.
const NEW_PAIR: &str = "a new pair";

//! Why a pasted text is not an acceptable public key, each with the command that mends it.

use super::{FIELD, classify::Form};
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
    /// A line that is meant for the first or the last one, counted from 1, and what it has to be.
    Line {
        number: usize,
        wanted: String,
    },
    /// A key of ours under a label that says something else.
    Relabel {
        says: String,
        wanted: &'static str,
    },
    /// Something convertible under a label with which the command would not read it.
    Mislabelled {
        wanted: &'static str,
        inside: Box<Refusal>,
    },
    NoHeader(&'static str),
    /// A key of ours in a binary file.
    DerKey(Form),
    /// Something convertible in a binary file.
    DerOther(Box<Refusal>),
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

    /// The label that belongs to what a command can convert.
    pub(super) fn label(&self) -> Option<&'static str> {
        match self {
            Self::Certificate => Some("CERTIFICATE"),
            Self::CertificateRequest => Some("CERTIFICATE REQUEST"),
            Self::Pkcs7 => Some("PKCS7"),
            _ => None,
        }
    }

    fn sentence(&self, bits: u32) -> (&'static str, String) {
        match self {
            Self::Private => ("private-key", private_key::SENTENCE.to_owned()),
            Self::Certificate | Self::CertificateRequest | Self::Pkcs7 => self.certificates("", "PEM"),
            Self::Mislabelled { wanted, inside } => {
                inside.certificates(&format!("Change the first and last lines to say {wanted}. "), "PEM")
            }
            Self::DerOther(inside) => inside.certificates("", "DER"),
            Self::OpenSsh | Self::Ssh2 | Self::Jwk | Self::Jwks | Self::DerKey(_) | Self::PemInBase64 => {
                self.convertible()
            }
            Self::Pgp | Self::RsaPss | Self::OtherKey(_) | Self::HugeExponent | Self::HugeModulus => {
                self.replaceable(bits)
            }
            Self::SharedSecret => (
                "private-key",
                format!(
                    "This is a shared secret, not a public key. It was not saved. Treat it as exposed and replace it. For \
                     NHS login, make an RSA pair with {}, and paste what is in public_key.pem.",
                    new_pair(bits)
                ),
            ),
            Self::JwksOfSeveral(several) => (
                "key-several",
                format!(
                    "There are {several} RSA keys in this JSON Web Key Set (JWKS). Keep only the one that your service \
                     signs with, and paste it again."
                ),
            ),
            Self::JwkUse => (
                "key-use",
                "This JWK is not marked for signatures. If your service signs with this key, set use to “sig” and leave \
                 key_ops out. Otherwise, enter the key that it signs with."
                    .to_owned(),
            ),
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
            Self::Line { .. } | Self::Relabel { .. } | Self::Label(_) | Self::LabelsDiffer | Self::NoHeader(_) => {
                self.mislabelled()
            }
            _ => self.damaged(),
        }
    }

    /// The key is in a certificate, or in a request for one. `before` is to be done before the command; `format` is the
    /// file's.
    fn certificates(&self, before: &str, format: &str) -> (&'static str, String) {
        let inform = if format == "DER" { "-inform DER " } else { "" };
        let take = "openssl x509 -in certificate.pem -pubkey -noout > public_key.pem";
        let then = if before.is_empty() { "Run" } else { "Then run" };
        match self {
            Self::CertificateRequest => (
                "key-certificate-request",
                format!(
                    "This is a certificate signing request (CSR), not a public key on its own. {before}{then} openssl req \
                     {inform}-in request.csr -pubkey -noout > public_key.pem and paste what is in public_key.pem."
                ),
            ),
            Self::Pkcs7 => (
                "key-pkcs7",
                format!(
                    "This is a PKCS#7 bundle of certificates, not a public key. {before}{then} openssl pkcs7 {inform}-in \
                     bundle.p7b -print_certs -out certificates.pem and copy your own certificate into certificate.pem: the \
                     one whose subject line names your service, not the authority that issued it. Then run {take} and \
                     paste what is in public_key.pem."
                ),
            ),
            _ => (
                "key-certificate",
                format!(
                    "This is a certificate, not a public key on its own. {before}{then} openssl x509 {inform}-in \
                     certificate.pem -pubkey -noout > public_key.pem and paste what is in public_key.pem."
                ),
            ),
        }
    }

    /// The right key is inside: commands take it out.
    fn convertible(&self) -> (&'static str, String) {
        let (rule, what, command) = match self {
            Self::DerKey(form) => (
                "key-der",
                "a public key in DER format, which is binary, and the key must be in PEM format",
                match form {
                    Form::Spki => "openssl pkey -pubin -inform DER -in public_key.der -out public_key.pem",
                    Form::Pkcs1 => "openssl rsa -RSAPublicKey_in -inform DER -in public_key.der -out public_key.pem",
                },
            ),
            Self::PemInBase64 => (
                "key-pem-in-base64",
                "a PEM file that was encoded in base64 once more",
                "base64 --decode key.b64 > public_key.pem",
            ),
            Self::OpenSsh => (
                "key-openssh",
                "a public key in OpenSSH format, and it must be an RSA key in PEM format",
                "ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem",
            ),
            Self::Ssh2 => (
                "key-ssh2",
                "a public key in SSH2 format, as PuTTY writes it, and it must be an RSA key in PEM format",
                "ssh-keygen -i -f key.pub > id_rsa.pub and then ssh-keygen -f id_rsa.pub -e -m PKCS8 > public_key.pem",
            ),
            Self::Jwks => (
                "key-jwks",
                "a JSON Web Key Set (JWKS), and the key must be in PEM format",
                "node -p \"require('crypto').createPublicKey({\
                key: JSON.parse(require('fs').readFileSync('keys.jwks')).keys.find(key => key.kty === 'RSA'), format: \
                'jwk'}).export({type: 'spki', format: 'pem'})\" > public_key.pem",
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

    /// The first or the last line is not what it has to be.
    fn mislabelled(&self) -> (&'static str, String) {
        let again = format!("Make the file again with {PUBLIC_KEY} and paste all of it.");
        match self {
            Self::Line { number, wanted } => (
                "key-dashes",
                format!("Line {number} must be exactly {wanted}, with five hyphens on each side. Correct that line."),
            ),
            Self::Relabel { says, wanted } => {
                let rule = match (says.as_str(), *wanted) {
                    ("PUBLIC KEY", _) => "key-label-spki",
                    ("RSA PUBLIC KEY", _) => "key-label-pkcs1",
                    _ => "key-label",
                };
                let what =
                    if *wanted == "RSA PUBLIC KEY" { "an RSA public key in PKCS#1 format" } else { "a public key" };
                let says = quote::short(says);
                (
                    rule,
                    format!(
                        "The first and last lines say {says}, but what is inside is {what}. Change both lines to say {wanted}."
                    ),
                )
            }
            Self::NoHeader(label) => (
                "key-no-header",
                format!(
                    "The first and last lines are missing. Put -----BEGIN {label}----- on a line above and -----END \
                     {label}----- on a line below."
                ),
            ),
            Self::Label(label) => {
                ("key-label", format!("The BEGIN line says “{}”, not PUBLIC KEY. {again}", quote::short(label)))
            }
            _ => ("key-labels-differ", format!("The BEGIN and END lines do not belong together. {again}")),
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
            Self::NotText => (
                "key-not-text",
                "This is not text that can be read. Choose public_key.pem: its first line is -----BEGIN PUBLIC KEY-----."
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
                "The key has \\n where its lines should end. Replace each \\n with a line break, or paste the \
                 content of public_key.pem instead."
                    .to_owned(),
            ),
            Self::Base64 => (
                "key-base64",
                format!(
                    "The text between the BEGIN and END lines is damaged: it is not complete \
                base64. {again}"
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

//! What a DER structure is: the RSA key that it should be, or the other thing that was pasted.

use super::der::{self, Broken, Element, tag};
use crate::{
    quote,
    rule::{KeyFault, KeyForm, OtherKey},
};

/// What a label announces.
pub(super) enum Announced {
    Key(KeyForm),
    Other(KeyFault),
}

impl Announced {
    /// Reads a label.
    pub(super) fn by(label: &str) -> Self {
        Self::Other(match label {
            "PUBLIC KEY" => return Self::Key(KeyForm::Spki),
            "RSA PUBLIC KEY" => return Self::Key(KeyForm::Pkcs1),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => KeyFault::Certificate,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => KeyFault::CertificateRequest,
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => KeyFault::Pkcs7,
            "EC PUBLIC KEY" | "EC PARAMETERS" => KeyFault::OtherKey(OtherKey::EllipticCurve),
            "DSA PUBLIC KEY" | "DSA PARAMETERS" => KeyFault::OtherKey(OtherKey::Dsa),
            "DH PARAMETERS" | "X9.42 DH PARAMETERS" => KeyFault::OtherKey(OtherKey::DiffieHellman),
            "SSH2 PUBLIC KEY" => KeyFault::Ssh2,
            label if label.starts_with("PGP ") => KeyFault::Pgp,
            label => KeyFault::Label(quote::short(label)),
        })
    }
}

/// The numbers of an RSA key.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    /// Big-endian, no leading zero.
    pub(super) modulus: &'a [u8],
    pub(super) exponent: u64,
}

/// Reads the numbers of a key under a label, and nothing after it. What is inside decides; where it is something else
/// than the label says, the label has to change first.
pub(super) fn rsa_numbers<'a>(bytes: &'a [u8], label: &str) -> Result<Numbers<'a>, KeyFault> {
    let announced = Announced::by(label);
    match (key(bytes), announced) {
        (Ok((found, numbers)), Announced::Key(form)) if found == form => Ok(numbers),
        (Ok((found, _)), _) => Err(KeyFault::Relabel { says: quote::short(label), wanted: found }),
        // A trusted certificate has more after its end, and a damaged one is one all the same.
        (Err(KeyFault::Structure | KeyFault::Truncated | KeyFault::Trailing), Announced::Other(other)) => Err(other),
        (Err(inside), Announced::Key(_)) => Err(match inside.label() {
            Some(_) => KeyFault::Mislabelled(Box::new(inside)),
            None => inside,
        }),
        (Err(inside), Announced::Other(other)) => Err(match inside.label() {
            Some(_) if inside != other => KeyFault::Mislabelled(Box::new(inside)),
            _ => inside,
        }),
    }
}

/// What bytes without a label are, in the words of a refusal.
pub(super) fn unlabelled(bytes: &[u8]) -> KeyFault {
    match whole(bytes) {
        Ok(outer) => something_else(outer.content).unwrap_or_else(|| KeyFault::NoHeader(form(outer.content))),
        Err(refusal) => refusal,
    }
}

/// What a file of bytes that are no text is.
pub(super) fn binary(bytes: &[u8]) -> KeyFault {
    match key(bytes) {
        Ok((form, _)) => KeyFault::DerKey(form),
        Err(inside) if inside.label().is_some() => KeyFault::DerOther(Box::new(inside)),
        Err(KeyFault::Structure) => KeyFault::NotText,
        Err(refusal) => refusal,
    }
}

/// The numbers of a key in either form.
fn key(bytes: &[u8]) -> Result<(KeyForm, Numbers<'_>), KeyFault> {
    let outer = whole(bytes)?;
    if let Some(other) = something_else(outer.content) {
        return Err(other);
    }
    let form = form(outer.content);
    let numbers = match form {
        KeyForm::Pkcs1 => pkcs1(outer.content),
        KeyForm::Spki => spki(outer.content),
    };
    numbers.map(|numbers| (form, numbers))
}

fn form(content: &[u8]) -> KeyForm {
    if first_tag(content) == Some(tag::INTEGER) { KeyForm::Pkcs1 } else { KeyForm::Spki }
}

fn whole(bytes: &[u8]) -> Result<Element<'_>, KeyFault> {
    let outer = der::expect(bytes, tag::SEQUENCE)?;
    if outer.rest.is_empty() { Ok(outer) } else { Err(KeyFault::Trailing) }
}

fn first_tag(content: &[u8]) -> Option<u8> {
    content.first().copied()
}

/// A certificate, a request or a PKCS#7 bundle, by how its content begins.
fn something_else(content: &[u8]) -> Option<KeyFault> {
    match first_tag(content)? {
        tag::OID => Some(KeyFault::Pkcs7),
        tag::SEQUENCE => {
            let signed = der::element(content).ok()?.content;
            match first_tag(signed)? {
                tag::CONTEXT_0 => Some(KeyFault::Certificate),
                tag::INTEGER => {
                    // Version 1: after the serial number an algorithm (certificate) or a name (request).
                    let second = der::element(der::element(signed).ok()?.rest).ok()?.content;
                    let algorithm = first_tag(second) == Some(tag::OID);
                    Some(if algorithm { KeyFault::Certificate } else { KeyFault::CertificateRequest })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn spki(content: &[u8]) -> Result<Numbers<'_>, KeyFault> {
    let algorithm = der::expect(content, tag::SEQUENCE)?;
    let name = der::expect(algorithm.content, tag::OID)?;
    if name.content != der::RSA_ENCRYPTION {
        return Err(other_algorithm(name.content));
    }
    // RFC 3279, 2.3.1: the parameters are NULL.
    if name.rest != [tag::NULL, 0] {
        return Err(KeyFault::Structure);
    }
    let key = der::expect(algorithm.rest, tag::BIT_STRING)?;
    let ([0, key_bytes @ ..], []) = (key.content, key.rest) else { return Err(KeyFault::Structure) };
    let inner = der::expect(key_bytes, tag::SEQUENCE)?;
    if !inner.rest.is_empty() {
        return Err(KeyFault::Trailing);
    }
    pkcs1(inner.content)
}

fn pkcs1(content: &[u8]) -> Result<Numbers<'_>, KeyFault> {
    let modulus = der::expect(content, tag::INTEGER)?;
    let exponent = der::expect(modulus.rest, tag::INTEGER)?;
    if !exponent.rest.is_empty() {
        return Err(KeyFault::Structure);
    }
    let digits = der::positive(exponent.content)?;
    if digits.len() > 8 {
        return Err(KeyFault::HugeExponent);
    }
    let exponent = digits.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Ok(Numbers { modulus: der::positive(modulus.content)?, exponent })
}

fn other_algorithm(oid: &[u8]) -> KeyFault {
    match oid {
        // 1.2.840.113549.1.1.10 and .7
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => KeyFault::RsaPss,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07] => KeyFault::OtherKey(OtherKey::RsaOaep),
        // 1.2.840.10045.2.1
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => KeyFault::OtherKey(OtherKey::EllipticCurve),
        // 1.3.101.110 to .113
        [0x2b, 0x65, 0x6e] => KeyFault::OtherKey(OtherKey::X25519),
        [0x2b, 0x65, 0x6f] => KeyFault::OtherKey(OtherKey::X448),
        [0x2b, 0x65, 0x70] => KeyFault::OtherKey(OtherKey::Ed25519),
        [0x2b, 0x65, 0x71] => KeyFault::OtherKey(OtherKey::Ed448),
        // 1.2.840.10040.4.1
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => KeyFault::OtherKey(OtherKey::Dsa),
        // 1.2.840.113549.1.3.1 and 1.2.840.10046.2.1
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01] | [0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01] => {
            KeyFault::OtherKey(OtherKey::DiffieHellman)
        }
        _ => KeyFault::OtherKey(OtherKey::Unknown),
    }
}

impl From<Broken> for KeyFault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Short => Self::Truncated,
            Broken::Malformed => Self::Structure,
        }
    }
}

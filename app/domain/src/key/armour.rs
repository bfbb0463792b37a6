//! Finds the one PEM block (RFC 7468) in a pasted text, whatever its line ends, indentation and surroundings.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    classify::{self, Form},
    refusal::Refusal,
};

const DASHES: &str = "-----";
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// A PEM block: its label and what stands between its two lines.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    /// The bytes inside.
    pub(super) fn der(&self) -> Result<Vec<u8>, Refusal> {
        // Mail programs put a sign before each line of what they quote.
        let lines =
            self.body.split(['\n', '\r']).map(|line| line.trim_start_matches(|c: char| c == '>' || c.is_whitespace()));
        let digits: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
        if digits.is_empty() {
            return Err(Refusal::EmptyBlock);
        }
        if digits.contains("\\n") || digits.contains("\\r") {
            return Err(Refusal::Escaped);
        }
        STANDARD.decode(digits).map_err(|_| Refusal::Base64)
    }
}

/// The only block of the text.
pub(super) fn only_block(text: &str) -> Result<Block<'_>, Refusal> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Refusal::Missing);
    }
    let mut begins = text.match_indices(BEGIN);
    let Some((start, _)) = begins.next() else { return Err(without_armour(text)) };
    if begins.next().is_some() || text.matches(END).count() > 1 {
        return Err(Refusal::Several);
    }
    let after = text.get(start + BEGIN.len()..).unwrap_or_default();
    let (label, after) = after.split_once(DASHES).ok_or(Refusal::Dashes)?;
    if label.contains(['\n', '\r']) {
        return Err(Refusal::Dashes);
    }
    let (body, ending) = after.split_once(END).ok_or(Refusal::Truncated)?;
    match ending.split_once(DASHES) {
        Some((end_label, _)) if end_label.trim() == label.trim() => Ok(Block { label: label.trim(), body }),
        Some((end_label, _)) if !end_label.contains(['\n', '\r']) => Err(Refusal::LabelsDiffer),
        _ => Err(Refusal::Dashes),
    }
}

/// Which form a label announces, or what else it is.
pub(super) fn form_of(label: &str) -> Result<Form, Refusal> {
    match label {
        "PUBLIC KEY" => Ok(Form::Spki),
        "RSA PUBLIC KEY" => Ok(Form::Pkcs1),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(Refusal::Certificate),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Err(Refusal::CertificateRequest),
        "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => Err(Refusal::Pkcs7),
        "EC PUBLIC KEY" | "EC PARAMETERS" => Err(Refusal::OtherKey("an elliptic curve (EC) key")),
        "DSA PUBLIC KEY" | "DSA PARAMETERS" => Err(Refusal::OtherKey("a DSA key")),
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => Err(Refusal::OtherKey("a Diffie-Hellman key")),
        "SSH2 PUBLIC KEY" => Err(Refusal::OpenSsh),
        label if label.starts_with("PGP ") => Err(Refusal::Pgp),
        label => Err(Refusal::Label(label.to_owned())),
    }
}

/// What a text without a BEGIN line is.
fn without_armour(text: &str) -> Refusal {
    let ssh = ["ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "BEGIN SSH2 PUBLIC KEY"];
    if ssh.iter().any(|mark| text.contains(mark)) {
        // The second is how the base64 of every RSA key in this format begins.
        let is_rsa = text.contains("ssh-rsa ") || text.contains("AAAAB3NzaC1yc2E");
        return if is_rsa { Refusal::OpenSsh } else { Refusal::OtherKey("an OpenSSH key of another kind than RSA") };
    }
    if text.starts_with('{') && text.contains("kty") {
        return if text.contains("\"keys\"") { Refusal::Jwks } else { Refusal::Jwk };
    }
    if text.contains(END) {
        return Refusal::Truncated;
    }
    let upper = text.to_ascii_uppercase();
    if ["BEGIN PUBLIC KEY", "BEGIN RSA PUBLIC KEY", "BEGINPUBLICKEY", "END PUBLIC KEY"]
        .iter()
        .any(|mark| upper.contains(mark))
    {
        return Refusal::Dashes;
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match STANDARD.decode(digits) {
        // 0x30: base64 of anything else is junk.
        Ok(bytes) if bytes.first() == Some(&0x30) => classify::unlabelled(&bytes),
        _ => Refusal::NotPem,
    }
}

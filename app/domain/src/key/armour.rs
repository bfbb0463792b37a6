//! Finds the one PEM block (RFC 7468) in a pasted text, whatever its line ends, indentation and surroundings.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{classify, jwk};
use crate::rule::{KeyFault, OtherKey};

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
    pub(super) fn der(&self) -> Result<Vec<u8>, KeyFault> {
        // Mail programs put a sign before each line of what they quote.
        let lines =
            self.body.split(['\n', '\r']).map(|line| line.trim_start_matches(|c: char| c == '>' || c.is_whitespace()));
        let digits: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
        if digits.is_empty() {
            return Err(KeyFault::EmptyBlock);
        }
        if digits.contains("\\n") || digits.contains("\\r") {
            return Err(KeyFault::Escaped);
        }
        STANDARD.decode(digits).map_err(|_| KeyFault::Base64)
    }
}

/// The text without the characters that nobody sees and that a page or a chat adds: they say nothing about a key.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_unseen = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    match text.contains(is_unseen) {
        true => Cow::Owned(text.replace(is_unseen, "")),
        false => Cow::Borrowed(text),
    }
}

/// The only block of the text.
pub(super) fn only_block(text: &str) -> Result<Block<'_>, KeyFault> {
    if text.trim().is_empty() {
        return Err(KeyFault::Missing);
    }
    let mut begins = text.match_indices(BEGIN);
    let Some((start, _)) = begins.next() else { return Err(without_armour(text)) };
    if begins.next().is_some() || text.matches(END).count() > 1 {
        return Err(KeyFault::Several);
    }
    let damaged = |otherwise| wrong_line(text).unwrap_or(otherwise);
    let after = text.get(start + BEGIN.len()..).unwrap_or_default();
    let (label, after) = after.split_once(DASHES).ok_or_else(|| damaged(KeyFault::Dashes))?;
    if label.contains(['\n', '\r']) {
        return Err(damaged(KeyFault::Dashes));
    }
    let (body, ending) = after.split_once(END).ok_or_else(|| damaged(KeyFault::Truncated))?;
    match ending.split_once(DASHES) {
        Some((end_label, _)) if end_label.trim() == label.trim() => Ok(Block { label: label.trim(), body }),
        Some((end_label, _)) if !end_label.contains(['\n', '\r']) => Err(KeyFault::LabelsDiffer),
        _ => Err(damaged(KeyFault::Dashes)),
    }
}

/// What a text without a BEGIN line is.
fn without_armour(text: &str) -> KeyFault {
    let text = text.trim();
    let ssh = ["ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "BEGIN SSH2 PUBLIC KEY"];
    if ssh.iter().any(|mark| text.contains(mark)) {
        // The second is how the base64 of every RSA key in this format begins.
        let is_rsa = text.contains("ssh-rsa ") || text.contains("AAAAB3NzaC1yc2E");
        return match is_rsa {
            true if text.contains("BEGIN SSH2") => KeyFault::Ssh2,
            true => KeyFault::OpenSsh,
            false => KeyFault::OtherKey(OtherKey::OpenSsh),
        };
    }
    if text.starts_with(['{', '[']) && text.contains("\"kty\"") {
        return jwk::pasted(text);
    }
    if let Some(refusal) = wrong_line(text) {
        return refusal;
    }
    if text.contains(END) {
        return KeyFault::Truncated;
    }
    let upper = text.to_ascii_uppercase();
    if ["BEGIN PUBLIC KEY", "BEGIN RSA PUBLIC KEY", "BEGINPUBLICKEY", "END PUBLIC KEY"]
        .iter()
        .any(|mark| upper.contains(mark))
    {
        return KeyFault::Dashes;
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match STANDARD.decode(digits) {
        Ok(bytes) if bytes.starts_with(BEGIN.as_bytes()) => KeyFault::PemInBase64,
        // 0x30: base64 of anything else is junk.
        Ok(bytes) if bytes.first() == Some(&0x30) => classify::unlabelled(&bytes),
        _ => KeyFault::NotPem,
    }
}

/// The first line that is meant for a BEGIN or an END line and is none, and what it has to be.
fn wrong_line(text: &str) -> Option<KeyFault> {
    let is_dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let lines = || text.lines().map(|line| line.trim_start_matches('>').trim()).zip(1..);
    let is_right = |line: &str| {
        let inner =
            line.strip_prefix(BEGIN).or_else(|| line.strip_prefix(END)).and_then(|rest| rest.strip_suffix(DASHES));
        inner.is_some_and(|label| !label.is_empty() && !label.contains('-'))
    };
    let is_meant = |line: &str| {
        let words = line.trim_matches(is_dash).trim();
        let has_dashes =
            line.starts_with(is_dash) && line.ends_with(is_dash) || line.starts_with("--") || line.ends_with("--");
        has_dashes && words.len() <= 40 && words.contains(' ') && words.contains("KEY") | words.contains("key")
    };
    let (line, number) = lines().find(|(line, _)| is_meant(line) && !is_right(line))?;
    // The other line says which label is meant.
    let right = lines().map(|(line, _)| line).find(|line| is_right(line));
    let label = right.and_then(|right| right.trim_matches('-').split_once(' ')).map(|(_, label)| label.trim());
    let label =
        label.unwrap_or(if line.to_ascii_uppercase().contains("RSA") { "RSA PUBLIC KEY" } else { "PUBLIC KEY" });
    let is_last = right.is_some_and(|right| right.starts_with(BEGIN))
        || line.to_ascii_uppercase().trim_start_matches(is_dash).trim().starts_with("END");
    let begins = if is_last { END } else { BEGIN };
    Some(KeyFault::Line { number, wanted: format!("{begins}{label}{DASHES}") })
}

//! Mistakes that can be told from how the whole address looks, before any part of it is judged. Each is a kind from the
//! field: what was copied along, a list in one field, an address in other clothes.

use super::{Mend, Refusal, dirt, host, placeholder, provider, refuse_with, several};
use crate::rule::UriFault;

/// Refuses an address that is one of these mistakes.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    check_one(text)?;
    placeholder::check(text)?;
    dirt::check(text)?;
    check_encoded(text)?;
    check_twice(text)?;
    provider::check_authorize_request(text)?;
    provider::check(&host(text).to_ascii_lowercase())
}

fn check_one(text: &str) -> Result<(), Refusal> {
    match several::addresses(text) {
        Some(all) => refuse_with(UriFault::Several(all.len()), Mend::Nothing),
        None => Ok(()),
    }
}

fn check_encoded(text: &str) -> Result<(), Refusal> {
    let lower = text.to_ascii_lowercase();
    let encoded = ["https%3a", "http%3a", "https:%2f", "http:%2f", "https%253a", "http%253a"];
    match encoded.iter().any(|start| lower.starts_with(start)) {
        true => refuse_with(UriFault::Encoded, Mend::Form(decoded(&text.replace("%25", "%")))),
        false => Ok(()),
    }
}

fn check_twice(text: &str) -> Result<(), Refusal> {
    let Some(rest) = without_scheme(text) else { return Ok(()) };
    let mut inner = rest;
    while let Some(shorter) = without_scheme(inner) {
        inner = shorter;
    }
    match inner.len() < rest.len() {
        true => refuse_with(UriFault::DoubleScheme, Mend::Form(format!("https://{inner}"))),
        false => Ok(()),
    }
}

/// What follows the scheme and its slashes, of which one or the colon may be missing where it stands inside.
fn without_scheme(text: &str) -> Option<&str> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let start = ["https://", "http://", "https//", "http//", "https:/", "http:/"]
        .into_iter()
        .find(|start| lower.starts_with(start))?;
    Some(text[start.len()..].trim_start_matches('/'))
}

/// Percent escapes read; what is not one, or no UTF-8, stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The host as it stands in an address that may still be wrong, without user name and port.
pub(super) fn host(text: &str) -> &str {
    let Some((_, rest)) = text.split_once("://") else { return "" };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    host::split(authority).0.trim_end_matches('.')
}

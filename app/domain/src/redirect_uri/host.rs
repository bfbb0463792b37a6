//! The host and port of a redirect URI.

use super::{
    Refusal, UriRules, refuse,
    suffix::{self, NotRegistrable},
    whatwg,
};
use crate::{quote, rule::UriFault};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The host and, after a colon, the port.
pub(super) fn split(authority: &str) -> (&str, Option<&str>) {
    // The colons inside brackets are an IPv6 address's.
    let start = authority.rfind(']').unwrap_or(0);
    match authority.get(start..).and_then(|rest| rest.find(':')).map(|at| start + at) {
        Some(colon) => (&authority[..colon], authority.get(colon + 1..)),
        None => (authority, None),
    }
}

/// Whether a label is in punycode.
pub(super) fn has_punycode(host: &str) -> bool {
    host.split('.').any(|label| label.starts_with("xn--"))
}

/// Judges the authority of an `https` address.
pub(super) fn judge(authority: &str, rules: UriRules) -> Result<(), Refusal> {
    check_no_userinfo(authority)?;
    let (host, port) = split(authority);
    if let Some(port) = port {
        check_port(port)?;
    }
    if host.is_empty() {
        return refuse(UriFault::HostMissing);
    }
    let lower = host.to_ascii_lowercase();
    if is_loopback(host) {
        return match rules.allow_loopback && LOOPBACK.contains(&host) {
            true => Ok(()),
            false => refuse(UriFault::Loopback),
        };
    }
    if lower.starts_with('[') || ends_in_number(&lower) {
        return refuse(UriFault::Ip);
    }
    check_labels(&lower)?;
    check_public(&lower)
}

/// A user name in the address, even an empty one, is a disguise.
pub(super) fn check_no_userinfo(authority: &str) -> Result<(), Refusal> {
    match authority.contains('@') {
        true => refuse(UriFault::UserInfo),
        false => Ok(()),
    }
}

/// Whether the host is the person's own machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    LOOPBACK.contains(&lower.as_str())
        || lower.trim_end_matches('.') == "localhost"
        || lower.trim_end_matches('.').ends_with(".localhost")
}

/// WHATWG: such a host is an IPv4 address or nothing.
fn ends_in_number(lower: &str) -> bool {
    let last = lower.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_port(port: &str) -> Result<(), Refusal> {
    let number = port.parse::<u16>().unwrap_or(0);
    if number == 443 || (port.is_empty()) {
        return refuse(UriFault::PortDefault);
    }
    if number == 0 || port.starts_with(['0', '+']) {
        return refuse(UriFault::Port);
    }
    Ok(())
}

fn check_labels(host: &str) -> Result<(), Refusal> {
    if host.ends_with('.') {
        return refuse(UriFault::TrailingDot);
    }
    let sign = |c: &char| !c.is_ascii_alphanumeric() && *c != '-' && *c != '.';
    if let Some(sign) = host.chars().find(sign) {
        return refuse(UriFault::HostCharacter(sign));
    }
    let bad = |label: &str| !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-');
    if host.len() > 253 || host.split('.').any(bad) {
        return refuse(UriFault::HostLabel);
    }
    if host.split('.').any(is_punycode_twice) {
        return refuse(UriFault::PunycodeTwice);
    }
    if let Some(newest) = whatwg::unicode_host(host).chars().find(|c| *c >= NEWEST_PLANE) {
        return refuse(UriFault::TooNew(newest));
    }
    Ok(())
}

/// From here on Unicode still gives out characters for names, each year more: whether a parser reads them depends on its
/// age, so the portal, the provider and browsers would differ (Node 20 refuses what the `url` crate accepts).
const NEWEST_PLANE: char = '\u{30000}';

/// A label that is punycode twice over: the Unicode rules refuse it since version 15.1 (UTS 46, V4), which parsers
/// follow at different speeds.
fn is_punycode_twice(label: &str) -> bool {
    whatwg::unicode_host(label).starts_with("xn--") && label.starts_with("xn--")
}

fn check_public(host: &str) -> Result<(), Refusal> {
    match suffix::registrable(host) {
        Ok(_) if suffix::private(host) == Some(host) => refuse(UriFault::PrivateSuffix(quote::short(host))),
        Ok(_) => Ok(()),
        Err(NotRegistrable::Unknown) => refuse(UriFault::NotPublic(quote::short(host))),
        Err(NotRegistrable::Suffix) => refuse(UriFault::PublicSuffix(quote::short(host))),
    }
}

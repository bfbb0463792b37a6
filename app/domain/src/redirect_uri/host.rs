//! The host and port of a redirect URI.

use super::{
    Refusal, UriRules, refuse,
    suffix::{self, NotRegistrable},
    whatwg,
};
use crate::quote;

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
        return refuse(
            "uri-host-missing",
            "The redirect URI has no host. Type the whole address, for example \
            https://www.your-service.co.uk/callback.",
        );
    }
    let lower = host.to_ascii_lowercase();
    if is_loopback(host) {
        return match rules.allow_loopback && LOOPBACK.contains(&host) {
            true => Ok(()),
            false => refuse(
                "uri-loopback",
                "The redirect URI cannot lead to a person’s own machine (localhost). Use a host \
                that has a public name.",
            ),
        };
    }
    if lower.starts_with('[') || ends_in_number(&lower) {
        return refuse(
            "uri-ip",
            "The redirect URI cannot have an IP address, however it is written. Use the name of the host.",
        );
    }
    check_labels(&lower)?;
    check_public(&lower)
}

/// A user name in the address, even an empty one, is a disguise.
pub(super) fn check_no_userinfo(authority: &str) -> Result<(), Refusal> {
    match authority.contains('@') {
        true => refuse(
            "uri-userinfo",
            "The redirect URI cannot have a user name or an @ before the host. Remove everything \
            between https:// and the host.",
        ),
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
        return refuse(
            "uri-port-default",
            "The redirect URI includes port 443, which is the default. Remove the colon and the port.",
        );
    }
    if number == 0 || port.starts_with(['0', '+']) {
        return refuse(
            "uri-port",
            "The redirect URI must have a port from 1 to 65535, without zeros in front. Correct it, \
            or remove the colon and the port.",
        );
    }
    Ok(())
}

fn check_labels(host: &str) -> Result<(), Refusal> {
    if host.ends_with('.') {
        return refuse(
            "uri-trailing-dot",
            "The redirect URI has a host that ends with a full stop. Remove the full stop.",
        );
    }
    let sign = |c: &char| !c.is_ascii_alphanumeric() && *c != '-' && *c != '.';
    if let Some(sign) = host.chars().find(sign) {
        return refuse(
            "uri-host-character",
            format!(
                "The redirect URI has “{}” in its host, which can only have letters, digits and hyphens between full stops. \
                 Remove it.",
                quote::short(&sign.to_string())
            ),
        );
    }
    let bad = |label: &str| !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-');
    if host.len() > 253 || host.split('.').any(bad) {
        return refuse(
            "uri-host-label",
            "The redirect URI has a host with an impossible part. Each part between full stops must \
            have 1 to 63 characters and cannot begin or end with a hyphen. The whole host can have 253.",
        );
    }
    if host.split('.').any(is_punycode_twice) {
        return refuse(
            "uri-invalid",
            "The redirect URI has a host with a part in punycode (xn--) that stands for punycode again. \
            Use its real name.",
        );
    }
    if let Some(newest) = whatwg::unicode_host(host).chars().find(|c| *c >= NEWEST_PLANE) {
        return refuse(
            "uri-invalid",
            format!(
                "The redirect URI has a host with a part in punycode (xn--) that stands for U+{:04X}, a character so new \
                 that not every browser reads it. Use another name of the host.",
                u32::from(newest)
            ),
        );
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
        Ok(_) if suffix::private(host) == Some(host) => refuse(
            "uri-public-suffix",
            format!(
                "The redirect URI has the host “{0}”, where anyone can claim a name. Use your own name below it, \
                 such as your-name.{0}.",
                quote::short(host)
            ),
        ),
        Ok(_) => Ok(()),
        Err(NotRegistrable::Unknown) => refuse(
            "uri-not-public",
            format!(
                "The redirect URI has the host “{}”, which is not a public name: it does not end in a top-level domain such \
                 as .uk or .com. Use a host that people can reach.",
                quote::short(host)
            ),
        ),
        Err(NotRegistrable::Suffix) => refuse(
            "uri-public-suffix",
            format!(
                "The redirect URI has the host “{}”, which many organisations share. Use the name of your own host below it.",
                quote::short(host)
            ),
        ),
    }
}

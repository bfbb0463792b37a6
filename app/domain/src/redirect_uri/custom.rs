//! Schemes of a partner's own, for native apps (RFC 8252, 7.1).

use super::{FIELD, Refusal, host, path, refuse};
use crate::{problem::Problem, quote};

/// Schemes that mean something already: to browsers, to phones, or as a way to run a script.
const TAKEN: [&str; 33] = [
    "about",
    "app",
    "blob",
    "cid",
    "content",
    "chrome",
    "chrome-extension",
    "data",
    "facetime",
    "file",
    "filesystem",
    "ftp",
    "gopher",
    "http",
    "intent",
    "jar",
    "javascript",
    "ldap",
    "mailto",
    "market",
    "moz-extension",
    "ms-settings",
    "resource",
    "sip",
    "sms",
    "smsto",
    "ssh",
    "tel",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Judges what is not `http` or `https`.
pub(super) fn judge(scheme: &str, rest: &str) -> Result<(), Refusal> {
    // One letter is a drive of Windows.
    if scheme.len() < 2 || TAKEN.contains(&scheme.to_ascii_lowercase().as_str()) {
        return refuse(
            "uri-scheme-taken",
            format!("The scheme “{scheme}:” already has a meaning of its own. Use https://, or a scheme of your app."),
        );
    }
    let Some(rest) = rest.strip_prefix('/') else {
        return refuse(
            "uri-custom-path",
            format!(
                "After “{}:” there must be a slash. Write it like {}://connect/authresponse.",
                quote::short(scheme),
                quote::short(scheme)
            ),
        );
    };
    let path = match rest.strip_prefix('/') {
        Some(rest) => {
            let (authority, path) = path::split(rest);
            judge_authority(authority)?;
            path
        }
        None => rest,
    };
    // Without a path there is nothing that could be changed in it.
    if path.is_empty() { Ok(()) } else { path::judge(path) }
}

/// A word that the app knows, never a user name or a port.
fn judge_authority(authority: &str) -> Result<(), Refusal> {
    host::check_no_userinfo(authority)?;
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._~".contains(&byte);
    if !authority.starts_with(|c: char| c.is_ascii_alphanumeric()) || !authority.bytes().all(word) {
        return refuse(
            "uri-custom-host",
            "After the two slashes there must be a name of small letters, digits and hyphens, \
            without a port.",
        );
    }
    Ok(())
}

/// Another app can claim a scheme that is not named after a domain.
pub(super) fn warning(text: &str) -> Option<Problem> {
    let (scheme, _) = text.split_once(':').filter(|(scheme, _)| *scheme != "https")?;
    (!scheme.contains('.')).then(|| Problem::new(FIELD, "uri-scheme-no-period", format!(
        "The scheme “{scheme}:” has no full stop, so another app can claim it and receive your end-users. Name it after a \
         domain of yours, like uk.co.your-service:/callback."
    )))
}

//! How a browser rewrites an address of plain ASCII (WHATWG URL, 4.4): the form that a partner should adopt.

use super::{host, path};

/// Whether a browser leaves the address as it is. Asked of addresses that passed every other rule.
pub(super) fn is_unchanged(text: &str) -> bool {
    form(text).is_some_and(|form| form == text)
}

/// The address as a browser writes it; nothing where that takes more than ASCII, or where there is nothing to adopt.
pub(super) fn form(text: &str) -> Option<String> {
    // Browsers drop tabs and line breaks anywhere, and controls and spaces at the ends.
    let text = text.trim_matches(|c: char| c <= ' ').replace(['\t', '\n', '\r'], "");
    if !text.is_ascii() || text.contains(['?', '#', ' ']) {
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    match scheme.to_ascii_lowercase().as_str() {
        "https" => https(rest),
        scheme => custom(scheme, rest),
    }
}

fn https(rest: &str) -> Option<String> {
    let rest = rest.replace('\\', "/");
    let (authority, path) = path::split(rest.trim_start_matches('/'));
    if authority.contains('@') {
        return None;
    }
    let (host, port) = host::split(authority);
    let port = match port.filter(|port| !port.is_empty()) {
        None => String::new(),
        Some(port) => match port.parse::<u16>().ok().filter(|_| !port.starts_with('+'))? {
            443 => String::new(),
            number => format!(":{number}"),
        },
    };
    Some(format!("https://{}{port}{}", host.to_ascii_lowercase(), without_dots(path)))
}

/// A scheme that browsers do not know: only its case and the dot segments of a path change.
fn custom(scheme: &str, rest: &str) -> Option<String> {
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => path::split(rest),
        None => ("", rest),
    };
    let slashes = if rest.starts_with("//") { "//" } else { "" };
    let path = if path.starts_with('/') { without_dots(path) } else { path.to_owned() };
    // Without an authority two slashes would begin one.
    let ambiguous = slashes.is_empty() && path.starts_with("//");
    (!ambiguous && !authority.contains('@')).then(|| format!("{scheme}:{slashes}{authority}{path}"))
}

/// Resolves the segments `.` and `..`, also when their dots are percent escapes.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                kept.extend(last.then_some(""));
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

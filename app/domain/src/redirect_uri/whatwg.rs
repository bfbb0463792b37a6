//! The last word on what a browser makes of an address: the WHATWG URL standard, by the `url` crate.
//!
//! In the browser itself the tables that this needs would weigh more than all other checks together. So there the server
//! is left to say whether a name in punycode stands for letters that a name may have, and the browser's own parser gives
//! the ASCII form of a name typed in other letters (`RedirectUri::suggestion_by`).

/// Whether a browser reads the address and leaves it as it is.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn accepts(text: &str) -> bool {
    serialised(text).as_deref() == Some(text)
}

/// Left to the server; see the module's words.
#[cfg(target_arch = "wasm32")]
pub(super) fn accepts(_: &str) -> bool {
    true
}

/// The address as a browser writes it, or nothing when it cannot read it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn serialised(text: &str) -> Option<String> {
    url::Url::parse(text).ok().map(String::from)
}

/// Left to the server; see the module's words.
#[cfg(target_arch = "wasm32")]
pub(super) fn serialised(_: &str) -> Option<String> {
    None
}

/// A host in punycode as it is read (RFC 3492).
pub(super) fn unicode_host(host: &str) -> String {
    let read = |label: &str| {
        let decoded = label.strip_prefix("xn--").and_then(idna::punycode::decode_to_string);
        decoded.unwrap_or_else(|| label.to_owned())
    };
    host.split('.').map(read).collect::<Vec<_>>().join(".")
}

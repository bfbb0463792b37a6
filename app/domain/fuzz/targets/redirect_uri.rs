//! Any text in the place of a redirect URI: no panic, what is accepted is what the WHATWG parser reads and writes, and what
//! is suggested instead is accepted.

#![no_main]

use domain::redirect_uri::{RedirectUri, UriRules};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    for (allow_loopback, allow_custom_schemes) in [(false, false), (true, true)] {
        let rules = UriRules { allow_loopback, allow_custom_schemes };
        match RedirectUri::parse(text, rules) {
            Ok(uri) => {
                assert_eq!(uri.as_str(), text);
                let read = Url::parse(text).expect("a URL");
                assert_eq!(read.as_str(), text, "unchanged by the parser");
                assert!(text.len() <= 2000 && text.is_ascii());
                assert!(read.query().is_none() && read.fragment().is_none());
                assert!(read.username().is_empty() && read.password().is_none());
                assert!(allow_custom_schemes || read.scheme() == "https");
                let _ = (uri.unicode_host(), uri.registrable_domain());
            }
            Err(rule) => assert!(rule.to_string().ends_with('.'), "{rule:?}"),
        }
        if let Some(suggestion) = RedirectUri::suggestion(text, rules) {
            assert!(RedirectUri::parse(&suggestion, rules).is_ok(), "{suggestion}");
        }
    }
});

use proptest::prelude::*;

use super::*;
use crate::problem::Problem;

const STRICT: UriRules = UriRules { allow_loopback: false, allow_custom_schemes: false };
const LOOPBACK: UriRules = UriRules { allow_loopback: true, allow_custom_schemes: false };
const CUSTOM: UriRules = UriRules { allow_loopback: false, allow_custom_schemes: true };

fn rule(text: &str, rules: UriRules) -> String {
    match RedirectUri::parse(text, rules) {
        Ok(uri) => {
            assert_eq!(uri.as_str(), text);
            "accepted".into()
        }
        Err(rule) => rule.name().to_owned(),
    }
}

#[test]
fn accepts_https_to_public_hosts() {
    for text in [
        "https://www.example.co.uk/callback",
        "https://example.com/",
        "https://example.com:8443/a/b;c=1/d,e/~f!$&'()+=:@",
        "https://my-service.trust.nhs.uk/auth/callback/",
        "https://xn--bcher-kva.com/x",
        "https://user.github.io/callback",
        "https://a--b.example.org/%E2%82%AC/%20x",
        "https://example.com/%C2%A0/%C3%80/%9F",
        "https://example.com//double//slash",
        "https://example.com/...",
        "https://sub.city.kawasaki.jp/x",
    ] {
        assert_eq!(rule(text, STRICT), "accepted", "{text}");
    }
    assert_eq!(rule(&format!("https://example.com/{}", "a".repeat(1980)), STRICT), "accepted");
}

#[test]
fn refuses_everything_else_by_name() {
    for (text, expected) in [
        ("", "uri-missing"),
        (" https://example.com/", "uri-whitespace"),
        ("https://example.com/a b", "uri-whitespace"),
        ("https://example.com/\n", "uri-whitespace"),
        ("https://bücher.com/", "uri-not-ascii"),
        ("https://example.com/é", "uri-not-ascii"),
        ("https://example。com/", "uri-not-ascii"),
        ("https://１２７.0.0.1/", "uri-not-ascii"),
        ("www.example.com/callback", "uri-scheme-missing"),
        ("https://a.example.com/ https://b.example.com/", "uri-several"),
        ("https://github.io/", "uri-public-suffix"),
        ("https://auth.login.nhs.uk/", "uri-provider"),
        ("//example.com/", "uri-scheme-missing"),
        ("http://example.com/", "uri-http"),
        ("javascript:alert(1)", "uri-scheme"),
        ("clientapp://connect/authresponse", "uri-scheme"),
        ("https:/example.com/", "uri-slashes"),
        ("https:example.com", "uri-slashes"),
        ("https:///example.com/", "uri-slashes"),
        ("https:\\\\example.com\\", "uri-backslash"),
        ("https://example.com/a\\b", "uri-backslash"),
        ("https://*.example.com/", "uri-wildcard"),
        ("https://example.com/*", "uri-wildcard"),
        ("https://example.com/?", "uri-query"),
        ("https://example.com/?a=b", "uri-query"),
        ("https://example.com/#", "uri-fragment"),
        ("https://user@example.com/", "uri-userinfo"),
        ("https://user:pw@example.com/", "uri-userinfo"),
        ("https://@example.com/", "uri-userinfo"),
        ("https://:@example.com/", "uri-userinfo"),
        ("https://", "uri-host-missing"),
        ("https://:8443/", "uri-host-missing"),
        ("https://example.com:/", "uri-port-default"),
        ("https://example.com:443/", "uri-port-default"),
        ("https://example.com:0/", "uri-port"),
        ("https://example.com:08443/", "uri-port"),
        ("https://example.com:65536/", "uri-port"),
        ("https://example.com:+80/", "uri-port"),
        ("https://example.com:8a/", "uri-port"),
        ("https://localhost/", "uri-loopback"),
        ("https://LOCALHOST./", "uri-loopback"),
        ("https://app.localhost/", "uri-loopback"),
        ("https://127.0.0.1/", "uri-loopback"),
        ("https://[::1]/", "uri-loopback"),
        ("https://127.1/", "uri-ip"),
        ("https://2130706433/", "uri-ip"),
        ("https://0x7f000001/", "uri-ip"),
        ("https://0177.0.0.1/", "uri-ip"),
        ("https://192.0.2.1./", "uri-ip"),
        ("https://[2001:db8::1]/", "uri-ip"),
        ("https://[::ffff:127.0.0.1]/", "uri-ip"),
        ("https://example.0x/", "uri-ip"),
        ("https://example.com./", "uri-trailing-dot"),
        ("https://exa_mple.com/", "uri-host-character"),
        ("https://exa%6Dple.com/", "uri-host-character"),
        ("https://-example.com/", "uri-host-label"),
        ("https://example-.com/", "uri-host-label"),
        ("https://a..com/", "uri-host-label"),
        ("https://.example.com/", "uri-host-label"),
        ("https://intranet/", "uri-not-public"),
        ("https://portal.internal/", "uri-not-public"),
        ("https://server.local/", "uri-not-public"),
        ("https://co.uk/", "uri-public-suffix"),
        ("https://nhs.uk/", "uri-public-suffix"),
        ("https://anything.sch.uk/", "uri-public-suffix"),
        ("https://com/", "uri-public-suffix"),
        ("https://example.com", "uri-no-path"),
        ("https://example.com/a|b", "uri-character"),
        ("https://example.com/a^b", "uri-character"),
        ("https://example.com/{id}", "uri-placeholder"),
        ("https://example.com/[id]", "uri-placeholder"),
        ("https://example.com/%", "uri-escape"),
        ("https://example.com/%zz", "uri-escape"),
        ("https://example.com/%0a", "uri-escape-forbidden"),
        ("https://example.com/%7F", "uri-escape-forbidden"),
        ("https://example.com/a%C2%80", "uri-escape-forbidden"),
        ("https://example.com/%c2%9fb", "uri-escape-forbidden"),
        ("https://example.com/%2e%2e/", "uri-escape-forbidden"),
        ("https://example.com/a%2Fb", "uri-escape-forbidden"),
        ("https://example.com/a%5cb", "uri-escape-forbidden"),
        ("https://example.com/../a", "uri-dots"),
        ("https://example.com/a/.", "uri-dots"),
        ("HTTPS://example.com/", "uri-changed"),
        ("https://EXAMPLE.com/", "uri-changed"),
        ("https://XN--BCHER-KVA.com/", "uri-changed"),
        ("https://xn--a.com/", "uri-invalid"),
        // U+3E8AC.
        ("https://xn--t92s.com/", "uri-invalid"),
        ("https://xn--xn--bcher-kva-.com/", "uri-host-label"),
    ] {
        assert_eq!(rule(text, STRICT), expected, "{text}");
        // So that a list can say which one it is.
        let sentence = RedirectUri::parse(text, STRICT).unwrap_err().to_string();
        assert!(sentence.starts_with("The redirect URI ") || expected == "uri-missing", "{sentence}");
    }
    assert_eq!(rule(&format!("https://example.com/{}", "a".repeat(1981)), STRICT), "uri-too-long");
    assert_eq!(rule(&format!("https://{}.com/", "a".repeat(64)), STRICT), "uri-host-label");
}

#[test]
fn the_form_to_adopt_is_in_the_sentence() {
    for (text, better) in [
        ("HTTPS://Example.COM", "https://example.com/"),
        (" https://example.com/ ", "https://example.com/"),
        ("https://example.com:443/a/../b/./c", "https://example.com/b/c"),
        ("https:\\\\example.com\\a", "https://example.com/a"),
        ("https:example.com", "https://example.com/"),
        ("https://bücher.com/é", "https://xn--bcher-kva.com/%C3%A9"),
        ("https://example.com:08443/", "https://example.com:8443/"),
    ] {
        assert_eq!(RedirectUri::suggestion(text, STRICT).as_deref(), Some(better), "{text}");
        let sentence = RedirectUri::parse(text, STRICT).unwrap_err().to_string();
        assert!(sentence.ends_with(&format!(" Use {better} instead.")), "{sentence}");
    }
    for text in
        ["https://example.com/", "https://127.1/", "https://user@Example.com/", "http://EXAMPLE.com", "nonsense"]
    {
        assert_eq!(RedirectUri::suggestion(text, STRICT), None, "{text}");
    }
    assert_eq!(RedirectUri::suggestion("https://localhost", LOOPBACK).as_deref(), Some("https://localhost/"));
    for text in ["https://localhost", "App.Example://Connect/.", "https://Localhost:443/"] {
        assert_eq!(RedirectUri::suggestion(text, STRICT), None, "{text}");
        assert!(!RedirectUri::parse(text, STRICT).unwrap_err().to_string().contains("instead"), "{text}");
    }
}

#[test]
fn loopback_where_the_policy_allows_it() {
    for text in
        ["https://localhost:3443/callback", "https://127.0.0.1:8443/", "https://[::1]:8443/x", "https://localhost/"]
    {
        assert_eq!(rule(text, LOOPBACK), "accepted", "{text}");
        assert_eq!(rule(text, STRICT), "uri-loopback", "{text}");
    }
    for text in
        ["http://localhost:3000/", "https://127.0.0.2/", "https://[::2]/", "https://LOCALHOST/", "https://x.localhost/"]
    {
        assert_ne!(rule(text, LOOPBACK), "accepted", "{text}");
    }
}

#[test]
fn custom_schemes_where_the_policy_allows_them() {
    for (text, expected) in [
        ("clientapp://connect/authresponse", "accepted"),
        ("uk.co.example.app:/callback", "accepted"),
        ("uk.co.example.app://callback", "accepted"),
        ("javascript://connect/%0aalert(1)", "uri-scheme-taken"),
        ("JavaScript:alert(1)", "uri-scheme-taken"),
        ("data:text/html,x", "uri-scheme-taken"),
        ("file:///etc/passwd", "uri-scheme-taken"),
        ("git://host/path", "uri-scheme-taken"),
        ("tftp://host/path", "uri-scheme-taken"),
        ("ftps://host/path", "uri-scheme-taken"),
        ("web+app://host/path", "uri-scheme-taken"),
        ("http://example.com/", "uri-http"),
        ("app.example:callback", "uri-custom-path"),
        ("app.example://user@host/", "uri-userinfo"),
        ("app.example://host:80/", "uri-custom-host"),
        ("app.example:///x", "uri-custom-host"),
        ("app.example://Host/", "uri-custom-host"),
        ("App.Example://host/", "uri-changed"),
        ("app.example:/a/../b", "uri-dots"),
        ("app.example:/?x", "uri-query"),
    ] {
        assert_eq!(rule(text, CUSTOM), expected, "{text}");
    }
    let warnings = |text: &str| RedirectUri::parse(text, CUSTOM).unwrap().warnings();
    assert_eq!(warnings("clientapp://connect/authresponse")[0].rule, "uri-scheme-no-period");
    assert!(warnings("uk.co.example.app:/callback").is_empty());
}

#[test]
fn says_what_a_host_is() {
    let uri = |text: &str| RedirectUri::parse(text, UriRules::WIDEST).unwrap();
    let plain = uri("https://www.example.co.uk:8443/a");
    assert_eq!(plain.host(), Some("www.example.co.uk"));
    assert_eq!(plain.registrable_domain().as_deref(), Some("example.co.uk"));
    assert_eq!((plain.unicode_host(), plain.warnings()), (None, vec![]));
    let international = uri("https://xn--80ak6aa92e.com/");
    assert_eq!(international.unicode_host().as_deref(), Some("аррӏе.com"));
    assert_eq!(international.host_skeleton(), uri("https://apple.com/").host_skeleton());
    assert_eq!(uri("https://n0rth.example.org/").host_skeleton(), uri("https://north.example.org/").host_skeleton());
    assert_ne!(uri("https://south.example.org/").host_skeleton(), uri("https://north.example.org/").host_skeleton());
    assert_eq!(
        international.warnings()[0].message,
        "The host xn--80ak6aa92e.com is read as “аррӏе.com”. Check that it is the address you mean."
    );
    assert_eq!(uri("clientapp://connect/x").host(), Some("connect"));
    assert_eq!(uri("clientapp://connect/x").registrable_domain(), None);
    assert_eq!(uri("https://a.city.kawasaki.jp/").registrable_domain().as_deref(), Some("city.kawasaki.jp"));
    assert_eq!(uri("https://a.b.x.kawasaki.jp/").registrable_domain().as_deref(), Some("b.x.kawasaki.jp"));
    assert_eq!(uri("https://school.place.sch.uk/").registrable_domain().as_deref(), Some("school.place.sch.uk"));
    assert_eq!(uri("https://[::1]:8443/").host(), Some("[::1]"));
}

#[test]
fn a_list_is_judged_entry_by_entry() {
    let check = |entries: &[&str]| {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        let (uris, problems) = check_all(&entries, STRICT);
        let told = |rule: UriRule| format!("{} {}", Problem::from(rule.clone()).entry, rule.name());
        let problems: Vec<String> = problems.into_iter().map(told).collect();
        (uris.len(), problems)
    };
    assert_eq!(check(&[]), (0, vec![" uri-missing".into()]));
    assert_eq!(check(&["", "  "]), (0, vec![" uri-missing".into()]));
    assert_eq!(
        check(&["https://a.com/", "", "https://a.com/", "http://b.com/"]),
        (1, vec!["2 uri-duplicate".into(), "3 uri-http".into()])
    );
    let alike = ["https://*.a.com/".to_owned(), "https://*.a.com/x".to_owned(), "-----".to_owned()];
    let sentences = check_all(&alike, STRICT).1.into_iter().map(|rule| rule.to_string()).collect::<Vec<_>>();
    assert_eq!(
        sentences,
        [
            "Redirect URI 1 cannot have a wildcard (*). Enter each address in full.",
            "Redirect URI 2 cannot have a wildcard (*). Enter each address in full.",
            "Redirect URI 3 must begin with https://. Type the whole address.",
        ]
    );
    let many: Vec<String> = (0..11).map(|number| format!("https://example.com/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(check(&many[..10]), (10, vec![]));
    assert_eq!(check(&many), (11, vec![" uri-too-many".into()]));
}

/// Pieces of which addresses, and attacks on those who compare addresses, are made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("https:"),
        Just("HTTPS:"),
        Just("//"),
        Just("/"),
        Just("\\"),
        Just("example"),
        Just("Example"),
        Just(".com"),
        Just(".co.uk"),
        Just("."),
        Just(".."),
        Just(":"),
        Just("443"),
        Just("8443"),
        Just("0"),
        Just("@"),
        Just("%2e"),
        Just("%2F"),
        Just("%41"),
        Just("%"),
        Just("?"),
        Just("#"),
        Just("xn--bcher-kva"),
        Just("xn--"),
        Just("ü"),
        Just("-"),
        Just("~"),
        Just(";"),
        Just("|"),
        Just("["),
        Just("]"),
        Just("127.0.0.1"),
        Just("localhost"),
        Just("\t"),
        Just(" "),
        Just("app.x:"),
        Just("a"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Found by `make fuzz`: what begins like the members of a key, once the line break between them is dropped.
#[test]
fn a_suggestion_is_never_refused() {
    let text = "ec:/a/.p:\r//e=fhoc.p:\r//ex_____il-/ex_____il--.";
    assert!(RedirectUri::parse(text, UriRules::WIDEST).is_err());
    assert_eq!(RedirectUri::suggestion(text, UriRules::WIDEST), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_is_accepted_no_browser_changes(tail in pieces(), headed in any::<bool>()) {
        let text = if headed { format!("https://example.com/{tail}") } else { tail };
        if RedirectUri::parse(&text, UriRules::WIDEST).is_ok() {
            prop_assert_eq!(url::Url::parse(&text).map(String::from), Ok(text.clone()));
        }
        for rules in [STRICT, LOOPBACK, CUSTOM, UriRules::WIDEST] {
            if let Some(better) = RedirectUri::suggestion(&text, rules) {
                prop_assert!(RedirectUri::parse(&better, rules).is_ok());
                prop_assert_eq!(url::Url::parse(&better).map(String::from), Ok(better));
            }
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = RedirectUri::parse(&text, UriRules::WIDEST);
        let _ = RedirectUri::parse(&format!("https://{text}"), UriRules::WIDEST);
        let _ = RedirectUri::suggestion(&text, UriRules::WIDEST);
    }
}

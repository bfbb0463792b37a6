//! Addresses from the field, byte for byte, each standing for a kind: the verdict, the sentence, and what is offered.

use domain::{policy::EnvironmentPolicy, redirect_uri::RedirectUri, warning::why_a_person};

/// The verdict on an input in an environment: the rule and sentence of its problem, or its warnings.
struct Case {
    file: &'static str,
    environment: &'static str,
    rule: &'static str,
    sentence: &'static str,
}

const fn refused(file: &'static str, environment: &'static str, rule: &'static str, sentence: &'static str) -> Case {
    Case { file, environment, rule, sentence }
}

const REFUSED: [Case; 17] = [
    refused(
        "uri-two-comma",
        "live",
        "uri-several",
        "The redirect URI is a list of 2 addresses. Enter each one as its own redirect URI.",
    ),
    refused(
        "uri-two-space-separated",
        "live",
        "uri-several",
        "The redirect URI is a list of 2 addresses. Enter each one as its own redirect URI.",
    ),
    refused(
        "uri-provider-host",
        "live",
        "uri-provider",
        "The redirect URI is an address of the provider (auth.login.nhs.uk), not of your service. Enter the address on your \
         own host that people come back to.",
    ),
    refused(
        "uri-github-pages-bare",
        "live",
        "uri-public-suffix",
        "The redirect URI has the host “github.io”, where anyone can claim a name. Use your own name below it, such \
         as your-name.github.io.",
    ),
    refused(
        "uri-matrix-traversal",
        "live",
        "uri-dots",
        "The redirect URI has “..;” or “.;” in its path, which some servers read as the folder above. Write the path in full \
         without it.",
    ),
    refused(
        "uri-trailing-nbsp",
        "live",
        "uri-whitespace",
        "The redirect URI has a character that cannot be seen (U+00A0) at its end. Remove it. Use \
         https://app.example.org/callback instead.",
    ),
    refused(
        "uri-double-scheme",
        "live",
        "uri-double-scheme",
        "The redirect URI begins with https:// or http:// twice. Remove one of them. Use \
         https://app.example.org/callback instead.",
    ),
    refused(
        "uri-placeholder-dollar",
        "live",
        "uri-placeholder",
        "The redirect URI has a placeholder that was not filled in: “${local.env_domain}”. Put the real host there.",
    ),
    refused(
        "uri-placeholder-path",
        "live",
        "uri-placeholder",
        "The redirect URI has a placeholder in it: “{tenant}”. NHS login compares one exact address, so enter that, and keep \
         what changes in the state parameter of the authorize request.",
    ),
    refused(
        "uri-quoted",
        "live",
        "uri-quoted",
        "The redirect URI has a quotation mark or bracket at its start (\"). Enter the address alone. Use \
         https://app.example.org/callback instead.",
    ),
    refused(
        "uri-trailing-comma",
        "live",
        "uri-trailing-comma",
        "The redirect URI ends with a comma, which looks like a mistake. Remove it. Use https://app.example.org/callback instead.",
    ),
    refused(
        "uri-encoded-whole",
        "live",
        "uri-encoded",
        "The redirect URI is percent-encoded as a whole. Enter the decoded address. Use https://app.example.org/callback instead.",
    ),
    refused(
        "uri-authorize-url",
        "live",
        "uri-authorize-request",
        "The redirect URI is the address of an authorize request to the provider, with your own address inside. Enter that \
         one alone. Use https://app.example.org/callback instead.",
    ),
    refused(
        "uri-http-localhost",
        "sandpit",
        "uri-loopback",
        "The redirect URI must begin with https:// and cannot lead to your own machine (localhost): give a test host of \
         yours a public name and a certificate, and use its address.",
    ),
    refused(
        "uri-custom-scheme",
        "sandpit",
        "uri-scheme",
        "The redirect URI must begin with https://, not with “myapp:”. For an app, use an https address that opens the app: \
         an app link on Android, a universal link on iOS.",
    ),
    refused(
        "uri-cyrillic-host",
        "live",
        "uri-not-ascii",
        "The redirect URI has “а” (U+0430) in its host, which is not one of the letters a to z. If you mean it, enter the host \
         in its ASCII form, which begins with xn--.",
    ),
    // The whole list, so that no input is forgotten.
    refused("uri-two-comma", "sandpit", "uri-several", ""),
];

/// Sound, and a person looks.
const LOOKED_AT: [(&str, &str); 2] = [("uri-azure-app", "uri-shared-domain"), ("uri-postman", "uri-shared-tool")];

fn input(file: &str) -> String {
    let path = format!("{}/tests/cases/{file}.in", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

fn policy(environment: &str) -> EnvironmentPolicy {
    EnvironmentPolicy::nhs_login().into_iter().find(|policy| policy.name == environment).unwrap()
}

#[test]
fn each_input_gets_its_sentence() {
    for case in &REFUSED {
        let rules = policy(case.environment).uri_rules();
        let rule = RedirectUri::parse(&input(case.file), rules).unwrap_err();
        assert_eq!(rule.name(), case.rule, "{}", case.file);
        if !case.sentence.is_empty() {
            assert_eq!(rule.to_string(), case.sentence, "{}", case.file);
        }
        // The browser gives the forms that take tables by a parser of its own: here by none at all.
        let (by_server, by_browser) = (
            RedirectUri::suggestion(&input(case.file), rules),
            RedirectUri::suggestion_by(&input(case.file), rules, |_| None),
        );
        assert_eq!(by_server, by_browser, "{}", case.file);
    }
}

#[test]
fn some_are_sound_and_a_person_looks() {
    for (file, rule) in LOOKED_AT {
        for environment in ["sandpit", "integration", "live"] {
            let policy = policy(environment);
            let uri = RedirectUri::parse(&input(file), policy.uri_rules()).unwrap();
            let warnings = policy.uri_warnings(&uri);
            let asking = |rule: &str| warnings.iter().any(|one| one.rule == rule && why_a_person(one).is_some());
            assert!(asking(rule), "{file}: {warnings:?}");
            // In live real people sign in: clinic-dev, and a tool for tests.
            assert_eq!(asking("uri-test-host"), environment == "live", "{file} in {environment}: {warnings:?}");
        }
    }
}

#[test]
fn no_input_is_left_out() {
    let folder = format!("{}/tests/cases", env!("CARGO_MANIFEST_DIR"));
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let judged = |name: &str| {
        let name = name.trim_end_matches(".in");
        REFUSED.iter().any(|case| case.file == name) || LOOKED_AT.iter().any(|(file, _)| *file == name)
    };
    let left_out: Vec<String> = names.filter(|name| name.starts_with("uri-") && !judged(name)).collect();
    assert_eq!(left_out, Vec::<String>::new());
}

#[test]
fn a_list_is_split_into_its_addresses() {
    for (list, expected) in [
        ("uri-two-comma", ["https://app.example.org/callback", "https://app2.example.org/callback"]),
        ("uri-two-space-separated", ["https://app.example.org/callback", "https://app2.example.org/callback"]),
    ] {
        assert_eq!(RedirectUri::several(&input(list)).unwrap(), expected);
        assert_eq!(RedirectUri::suggestion(&input(list), policy("live").uri_rules()), None);
    }
    for (text, count) in [
        ("https://a.example.org/cb; https://b.example.org/cb;\nhttps://c.example.org/cb", Some(3)),
        ("\"https://a.example.org/cb\", \"https://b.example.org/cb\"", Some(2)),
        ("https://a.example.org/cb%20https://b.example.org/cb", Some(2)),
        ("https://a.example.org/cbhttps://b.example.org/cb", Some(2)),
        ("https://a.example.org/cb | https://b.example.org/cb", Some(2)),
        ("https://a.example.org/cb and https://b.example.org/cb", Some(2)),
        // One address within another one is no list.
        ("https://a.example.org/to/https://b.example.org/cb", None),
        ("https://https://a.example.org/cb", None),
        ("https://a.example.org/a,b", None),
        ("app.x://connect https://a.example.org/cb", None),
    ] {
        let found = RedirectUri::several(text);
        assert_eq!(found.as_ref().map(Vec::len), count, "{text}: {found:?}");
    }
    let split = RedirectUri::several("<https://a.example.org/cb>, <https://b.example.org/cb>").unwrap();
    assert_eq!(split, ["https://a.example.org/cb", "https://b.example.org/cb"]);
}

/// The kinds behind the inputs, in other clothes.
#[test]
fn the_kinds_are_told_apart() {
    let live = policy("live").uri_rules();
    for (text, rule, offered) in [
        ("“https://app.example.org/callback”", "uri-quoted", Some("https://app.example.org/callback")),
        ("<https://app.example.org/callback>", "uri-quoted", Some("https://app.example.org/callback")),
        ("`https://app.example.org/callback`", "uri-quoted", Some("https://app.example.org/callback")),
        ("'https://app.example.org/callback',", "uri-quoted", Some("https://app.example.org/callback")),
        ("https://app.example.org/callback;", "uri-trailing-comma", Some("https://app.example.org/callback")),
        ("\u{feff}https://app.example.org/callback", "uri-whitespace", Some("https://app.example.org/callback")),
        ("https://app.example.org/callback\u{200b}", "uri-whitespace", Some("https://app.example.org/callback")),
        (
            "\u{3000}https://app.example.org/callback\u{2009}",
            "uri-whitespace",
            Some("https://app.example.org/callback"),
        ),
        ("https://app.exam\u{200b}ple.org/callback", "uri-invisible", Some("https://app.example.org/callback")),
        ("https://app.exam\u{ad}ple.org/callback", "uri-invisible", Some("https://app.example.org/callback")),
        ("https://app.example.org/callback%20", "uri-whitespace", Some("https://app.example.org/callback")),
        ("https://app.example.org/callback%C2%A0", "uri-whitespace", Some("https://app.example.org/callback")),
        ("https://app.example.org/call\u{a0}back", "uri-whitespace", None),
        ("https://app.example.org/call back", "uri-whitespace", None),
        ("http://https://app.example.org/callback", "uri-double-scheme", Some("https://app.example.org/callback")),
        ("https://https//app.example.org/callback", "uri-double-scheme", Some("https://app.example.org/callback")),
        ("https://http://https://app.example.org/cb", "uri-double-scheme", Some("https://app.example.org/cb")),
        ("HTTPS%3a%2f%2fapp.example.org%2fcallback", "uri-encoded", Some("https://app.example.org/callback")),
        ("https%253A%252F%252Fapp.example.org%252Fcb", "uri-encoded", Some("https://app.example.org/cb")),
        ("https%3A%2F%2Fauth.login.nhs.uk%2Fauthorize", "uri-encoded", None),
        ("https://auth.login.nhs.uk./authorize", "uri-provider", None),
        ("https://AUTH.SANDPIT.signin.nhs.uk:443/cb", "uri-provider", None),
        ("https://auth.aos.signin.nhs.uk/authorize?client_id=x", "uri-provider", None),
        (
            "https://idp.example.com/authorize?a=b&redirect_uri=https://app.example.org/cb",
            "uri-authorize-request",
            Some("https://app.example.org/cb"),
        ),
        ("https://auth.login.nhs.uk/authorize?redirect_uri=http%3A%2F%2Flocalhost", "uri-authorize-request", None),
        ("https://{{host}}/callback", "uri-placeholder", None),
        ("https://<your-domain>/callback", "uri-placeholder", None),
        ("https://$(HOST)/callback", "uri-placeholder", None),
        ("https://your-domain.com/callback", "uri-placeholder", None),
        ("https://app.example.org/%7Btenant%7D/callback", "uri-placeholder", None),
        ("https://app.example.org/[tenant]/callback", "uri-placeholder", None),
        ("https://app.example.org/a/..;x=1/b", "uri-dots", None),
        ("https://app.example.org/a/.;/b", "uri-dots", None),
        ("https://app.example.org/a/..%3Bx/b", "uri-dots", None),
        ("https://azurewebsites.net/cb", "uri-public-suffix", None),
        ("https://blogspot.com/cb", "uri-public-suffix", None),
        ("http://127.0.0.1:3000/cb", "uri-loopback", None),
        ("http://app.localhost/cb", "uri-loopback", None),
        ("http://app.example.org/cb", "uri-http", None),
        ("uk.example.app:/cb", "uri-scheme", None),
        // Letters that pass for others, alone or as a whole word.
        ("https://gіthub.com/cb", "uri-not-ascii", None),
        ("https://аррӏе.com/cb", "uri-not-ascii", None),
        ("https://lıoyds.example.org/cb", "uri-not-ascii", None),
        ("https://ƅank.example.org/cb", "uri-not-ascii", None),
        ("https://bücher.example.org/cb", "uri-not-ascii", Some("https://xn--bcher-kva.example.org/cb")),
        ("https://app.example.org/–cb", "uri-not-ascii", None),
        ("https://app.example.org/caf\u{e9}", "uri-not-ascii", Some("https://app.example.org/caf%C3%A9")),
    ] {
        let problem = RedirectUri::parse(text, live).unwrap_err();
        assert_eq!(problem.name(), rule, "{text}: {problem}");
        assert_eq!(RedirectUri::suggestion(text, live).as_deref(), offered, "{text}");
    }
    // What is like these and meant.
    for text in [
        "https://app.example.org/a;b/c",
        "https://app.example.org/a%20b",
        "https://app.example.org/__/auth/handler",
        "https://app.example.org/.../a",
        "https://app.example.org/a(b)/c'd",
        "https://app.example.org/$callback",
        "https://app.example.org/..a;b",
        "https://your-domain-example.org/cb",
    ] {
        assert!(RedirectUri::parse(text, live).is_ok(), "{text}: {:?}", RedirectUri::parse(text, live));
    }
}

/// What a copied address may have around or in it.
fn dirty() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let address = prop_oneof![
        Just("https://app.example.org/callback"),
        Just("HTTPS://App.Example.org"),
        Just("https%3A%2F%2Fapp.example.org%2Fcb"),
        Just("https://https://app.example.org/cb"),
        Just("https://bücher.example.org/é"),
        Just("https://auth.login.nhs.uk/authorize?redirect_uri=https%3A%2F%2Fapp.example.org%2Fcb"),
        Just("https://\u{430}pp.example.org/cb"),
        Just("https://app.example.org/{id}/cb"),
        Just("https://app.example.org/..;/cb"),
        Just("https://app.example.org/a b"),
    ];
    let dirt = || {
        let bit = prop_oneof![
            Just("\""),
            Just("'"),
            Just("“"),
            Just("<"),
            Just(">"),
            Just(" "),
            Just("\u{a0}"),
            Just("\u{200b}"),
            Just(","),
            Just(";"),
            Just("\n"),
            Just("\u{feff}"),
            Just(")"),
            Just("("),
            Just("%20"),
            Just("\u{2028}"),
        ];
        proptest::collection::vec(bit, 0..4).prop_map(|bits| bits.concat())
    };
    (dirt(), address, dirt()).prop_map(|(before, address, after)| format!("{before}{address}{after}"))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3_000))]

    #[test]
    fn what_is_offered_is_accepted_and_holds_nothing_that_was_refused(text in dirty()) {
        let live = policy("live").uri_rules();
        if let Some(better) = RedirectUri::suggestion(&text, live) {
            let uri = RedirectUri::parse(&better, live);
            proptest::prop_assert!(uri.is_ok(), "{:?} from {:?}", better, text);
            // An empty pair of brackets may be meant, as in Reset(); then what is before it is in the middle of a path.
            let lower = better.to_ascii_lowercase().replace("%20()", "");
            for refused in ["%20", "%22", "%3c", "%3e", "%7b", "%c2%a0", "%e2%80", "%ef%bb", "{", "..", "xn--pp", "login.nhs"] {
                proptest::prop_assert!(!lower.contains(refused), "{:?} from {:?}", better, text);
            }
            proptest::prop_assert!(!better.ends_with([',', ';']), "{:?} from {:?}", better, text);
        }
    }
}

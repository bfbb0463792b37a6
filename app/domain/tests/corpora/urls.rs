use domain::redirect_uri::{RedirectUri, UriRules};
use serde_json::Value;

const CASES: &str = include_str!("urltestdata.json");
const WIDEST: UriRules = UriRules { allow_loopback: true, allow_custom_schemes: true };

/// The inputs with what a browser makes of each, where it can read it without a base.
fn cases() -> Vec<(String, Option<String>)> {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let input = |case: &Value| Some((case.get("input")?.as_str()?.to_owned(), case.clone()));
    let href = |case: &Value| {
        let alone = case.get("base").is_none_or(Value::is_null) && case.get("failure").is_none();
        alone.then(|| case["href"].as_str().map(str::to_owned)).flatten()
    };
    cases.iter().filter_map(input).map(|(input, case)| (input, href(&case))).collect()
}

#[test]
fn only_what_a_browser_leaves_alone_is_accepted() {
    let cases = cases();
    assert!(cases.len() > 800, "the corpus has {} cases", cases.len());
    let mut accepted = Vec::new();
    for (input, href) in &cases {
        if RedirectUri::parse(input, WIDEST).is_err() {
            continue;
        }
        accepted.push(input.as_str());
        // With a base or without, an absolute address reads the same.
        assert_eq!(url::Url::parse(input).unwrap().as_str(), input);
        if let Some(href) = href {
            assert_eq!(href, input);
        }
    }
    accepted.sort_unstable();
    accepted.dedup();
    // Each of these was looked at; a new one must be too.
    compare_with_kept("accepted_urls.txt", &accepted.join("\n"));
}

#[test]
fn a_form_to_adopt_is_the_browsers() {
    let mut forms = 0;
    for (input, href) in cases() {
        if let (Some(better), Some(href)) = (RedirectUri::suggestion(&input, WIDEST), href) {
            assert_eq!(better, href, "{input:?}");
            forms += 1;
        }
    }
    // Most of the corpus holds what is not mended but typed again: spaces, line breaks, controls.
    assert!(forms >= 3, "{forms} forms");
}

/// Compares with a kept list; `UPDATE_SNAPSHOTS=1` rewrites it.
pub(crate) fn compare_with_kept(name: &str, found: &str) {
    let path = format!("{}/tests/snapshots/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, format!("{found}\n")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default().trim_end(), found, "look at {path}");
}

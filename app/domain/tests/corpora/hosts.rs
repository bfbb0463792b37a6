use std::collections::BTreeSet;

use domain::redirect_uri::{RedirectUri, UriRules};

const CASES: &str = include_str!("IdnaTestV2.txt");
const STRICT: UriRules = UriRules { allow_loopback: false, allow_custom_schemes: false };

/// `source; toUnicode; toUnicodeStatus; toAsciiN; …` with `\uXXXX` escapes and `""` for empty.
fn columns(line: &str) -> Vec<String> {
    line.split('#').next().unwrap_or_default().split(';').map(|column| unescape(column.trim())).collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim_matches('"');
    while let Some((before, after)) = rest.split_once("\\u") {
        out.push_str(before);
        out.extend(u32::from_str_radix(&after[..4], 16).ok().and_then(char::from_u32));
        rest = &after[4..];
    }
    out + rest
}

/// Every name is put above a registrable suffix, as most of the cases end in none.
#[test]
fn names_that_are_not_valid_are_refused_in_either_form() {
    let mut seen = [0, 0];
    let (mut wrong, mut accepted) = (Vec::new(), BTreeSet::new());
    for line in CASES.lines().filter(|line| !line.starts_with('#') && line.contains(';')) {
        let columns = columns(line);
        let (source, status, ascii) = (&columns[0], &columns[2], &columns[3]);
        for host in [source, ascii] {
            let text = format!("https://{host}.example.com/");
            let Ok(uri) = RedirectUri::parse(&text, STRICT) else { continue };
            seen[1] += 1;
            accepted.insert(text.clone());
            assert!(text.is_ascii());
            assert_eq!(url::Url::parse(&text).unwrap().as_str(), text);
            // A name in punycode that the table calls invalid must not pass.
            if host.split('.').any(|label| label.starts_with("xn--")) && host == source {
                let serious: Vec<&str> = status
                    .trim_matches(['[', ']'])
                    .split(", ")
                    .filter(|code| {
                        // WHATWG does not ask about hyphens, lengths, or ASCII that STD3 would refuse.
                        !code.is_empty() && !matches!(*code, "V2" | "V3" | "U1" | "A4_1" | "A4_2" | "X4_2")
                    })
                    .collect();
                // Chinese characters that Unicode 17 and 18 gave out, after the table of version 16 was made.
                let newer = columns[1].contains(|c: char| ('\u{323b0}'..='\u{3fffd}').contains(&c));
                if !serious.is_empty() && !newer {
                    wrong.push(format!("{host}: {serious:?}"));
                }
            }
            let _ = (uri.unicode_host(), uri.host_skeleton(), uri.warnings());
        }
        seen[0] += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    // Node's URL and the provider are asked about these too: end2end/selftest/redirect-uris.test.mjs.
    let accepted: Vec<String> = accepted.into_iter().collect();
    crate::urls::compare_with_kept("accepted_hosts.txt", &accepted.join("\n"));
    assert!(seen[0] > 6000 && seen[1] > 500, "{seen:?}");
}

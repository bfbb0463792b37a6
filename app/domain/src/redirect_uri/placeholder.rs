//! Placeholders that nobody filled in: `${host}`, `{tenant}`, `<your-domain>`, `%7Bid%7D`.

use super::{Mend, Refusal, mistake, refuse_with};
use crate::quote;

/// How placeholders begin and end, as templates, shells and documentation write them.
const FORMS: [(&str, &str); 7] =
    [("${", "}"), ("#{", "}"), ("$(", ")"), ("{", "}"), ("<", ">"), ("%7b", "%7d"), ("[", "]")];
/// Labels of hosts in examples. Whoever owns such a name would receive the people who sign in.
const EXAMPLES: &str = "your-domain yourdomain your-service yourservice your-app yourapp your-site yoursite your-host \
    yourhost your-company yourcompany your-organisation my-domain mydomain";

/// Refuses an address in which a placeholder stands.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    let Some((at, found)) = find(text) else { return Ok(()) };
    let quoted = quote::short(found);
    let after_scheme = text.find("://").map_or(0, |at| at + 3);
    let in_host = at < after_scheme + mistake::host(text).len().max(1);
    let sentence = match in_host {
        true => {
            format!("The redirect URI has a placeholder that was not filled in: “{quoted}”. Put the real host there.")
        }
        false => format!(
            "The redirect URI has a placeholder in it: “{quoted}”. NHS login compares one exact address, so enter that, and \
             keep what changes in the state parameter of the authorize request."
        ),
    };
    refuse_with("uri-placeholder", sentence, Mend::Nothing)
}

fn find(text: &str) -> Option<(usize, &str)> {
    let lower = text.to_ascii_lowercase();
    let host = mistake::host(&lower);
    let example = host.split('.').find(|label| EXAMPLES.split_ascii_whitespace().any(|known| known == *label));
    let example = example.and_then(|label| Some((lower.find(label)?, label.len())));
    if let Some((start, length)) = example {
        return Some((start, &text[start..start + length]));
    }
    FORMS.iter().find_map(|(open, close)| {
        let start = lower.find(open)?;
        let inside = start + open.len();
        let length = lower[inside..].find(close)?;
        let name = &lower[inside..inside + length];
        // The brackets of an IPv6 address hold digits and colons.
        let named = name.contains(|c: char| c.is_ascii_alphabetic()) && !name.contains(':') && !name.contains("//");
        named.then(|| (start, &text[start..inside + length + close.len()]))
    })
}

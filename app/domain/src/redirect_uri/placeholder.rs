//! Placeholders that nobody filled in: `${host}`, `{tenant}`, `<your-domain>`, `%7Bid%7D`.

use super::{Mend, Refusal, mistake, refuse_with};
use crate::{quote, rule::UriFault};

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
    let fault = if in_host { UriFault::PlaceholderHost(quoted) } else { UriFault::Placeholder(quoted) };
    refuse_with(fault, Mend::Nothing)
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

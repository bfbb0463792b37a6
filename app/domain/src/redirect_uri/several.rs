//! Several addresses in one entry: a list pasted into one field.

use super::dirt;

/// What stands between the addresses of a list, as it is or escaped.
const BETWEEN: [&str; 7] = ["%20", "%2c", "%3b", "%0a", "%0d", "%09", "%7c"];

/// The longest list that is looked at, in bytes: ten addresses of a few hundred.
const LONGEST_LIST: usize = 8 * 1024;

/// The addresses, when there are two or more, each cleaned.
pub(super) fn addresses(text: &str) -> Option<Vec<String>> {
    if text.len() > LONGEST_LIST {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut starts: Vec<usize> =
        ["https://", "http://"].iter().flat_map(|scheme| lower.match_indices(scheme)).map(|(at, _)| at).collect();
    starts.sort_unstable();
    let first = *starts.first()?;
    // An address inside another one's path or query is part of it.
    starts.retain(|start| *start == first || begins_anew(&lower[..*start]));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let all: Vec<String> = starts.iter().zip(ends).map(|(start, end)| tidy(&text[*start..end])).collect();
    (all.len() > 1 && dirt::clean(&text[..first]).is_empty()).then_some(all)
}

/// Whether an address cannot go on after this text.
fn begins_anew(before: &str) -> bool {
    BETWEEN.iter().any(|between| before.ends_with(between))
        || before.ends_with(|c: char| {
            dirt::is_blank(c) || c.is_ascii_alphanumeric() || ",;|\"'`<>()[]+&•·、，；".contains(c)
        })
}

fn tidy(text: &str) -> String {
    let mut rest = text;
    loop {
        let lower = rest.to_ascii_lowercase();
        let between = BETWEEN.iter().find(|between| lower.ends_with(**between));
        let shorter = match between {
            Some(between) => &rest[..rest.len() - between.len()],
            None => dirt::clean(rest).trim_end_matches(['|', '&', '+', '•', '·', '、', '，', '；', '\'', '(', '[']),
        };
        if shorter == rest {
            return rest.to_owned();
        }
        rest = shorter;
    }
}

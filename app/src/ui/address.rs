//! Addresses of ours with a query.

/// Text as it may stand in an address: RFC 3986 unreserved characters stay, the rest is escaped.
pub fn percent_encoded(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// An address with a query. Pairs without a value are left out, so that addresses stay short.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let given: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_only_what_is_asked() {
        assert_eq!(address("/history", &[]), "/history");
        assert_eq!(address("/history", &[("kind", ""), ("q", "a b&c=ü")]), "/history?q=a%20b%26c%3D%C3%BC");
    }
}

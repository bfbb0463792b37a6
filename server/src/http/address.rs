//! The client's address, through as many reverse proxies as the configuration says and no more.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The address of the client. Each trusted proxy has appended the address that it saw to `X-Forwarded-For`; what is
/// to the left of those was written by the client and proves nothing.
pub fn client_address(headers: &HeaderMap, peer: IpAddr, trusted_proxies: usize) -> IpAddr {
    if trusted_proxies == 0 {
        return peer;
    }
    // Bytes: what the client wrote need not be text, and stands on one line with what a proxy appended.
    let lines = headers.get_all("x-forwarded-for").iter();
    let seen: Vec<&[u8]> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
    let ours = seen.len().checked_sub(trusted_proxies).and_then(|at| seen.get(at));
    ours.and_then(|bytes| parse(std::str::from_utf8(bytes).ok()?.trim())).unwrap_or(peer)
}

/// Some proxies append the port.
fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn seen(lines: &[&str], proxies: usize) -> String {
        seen_bytes(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>(), proxies)
    }

    fn seen_bytes(lines: &[&[u8]], proxies: usize) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        client_address(&headers, "192.0.2.99".parse().unwrap(), proxies).to_string()
    }

    #[test]
    fn believes_only_what_the_trusted_proxies_wrote() {
        assert_eq!(seen(&["1.1.1.1"], 0), "192.0.2.99");
        assert_eq!(seen(&["1.1.1.1, 198.51.100.7"], 1), "198.51.100.7");
        assert_eq!(seen(&["1.1.1.1, 198.51.100.7", "10.0.0.1"], 2), "198.51.100.7");
        assert_eq!(seen(&["198.51.100.7:4711"], 1), "198.51.100.7");
        assert_eq!(seen(&["[2001:db8::1]:4711"], 1), "2001:db8::1");
        assert_eq!(seen_bytes(&[b"\xff, 198.51.100.7"], 1), "198.51.100.7", "whatever the client wrote");
    }

    #[test]
    fn falls_back_to_the_peer() {
        assert_eq!(seen(&[], 1), "192.0.2.99");
        assert_eq!(seen(&["1.1.1.1"], 2), "192.0.2.99");
        assert_eq!(seen(&["unknown"], 1), "192.0.2.99");
    }
}

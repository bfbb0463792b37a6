//! Cookies of ours, as a request brings them and an answer sets them.

use http::{HeaderMap, HeaderValue, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use usecases::Portal;

/// Adds a `Set-Cookie` header. `secure` cookies only go over https.
pub fn set_cookie(portal: &Portal, name: &str, value: &str, max_age_seconds: i64) {
    let secure = if portal.base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie);
    }
}

/// The name of a cookie of ours: over https with the prefix that keeps other hosts from planting it.
pub fn cookie_name(portal: &Portal, name: &str) -> String {
    name_at(&portal.base_url, name)
}

fn name_at(base_url: &str, name: &str) -> String {
    let prefix = if base_url.starts_with("https://") { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// The name of the cookie that holds the token of a session.
pub fn session_cookie(portal: &Portal) -> String {
    cookie_name(portal, "session")
}

/// A cookie of this request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    cookie_in(&parts.headers, name).map(str::to_owned)
}

/// The value of a cookie that was sent exactly once: of two, one was planted.
pub fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_no_other_host_plants_a_cookie() {
        assert_eq!(name_at("https://portal.example", "session"), "__Host-session");
        assert_eq!(name_at("http://127.0.0.1:3000", "session"), "session");
    }

    #[test]
    fn one_cookie_is_read_and_two_are_not() {
        let read = |line: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))]);
            cookie_in(&headers, "session").map(str::to_owned)
        };
        assert_eq!(read("a=1; session=abc; b=2").as_deref(), Some("abc"));
        assert_eq!(read("xsession=abc"), None);
        assert_eq!(read("session=abc; session=def"), None);
    }
}

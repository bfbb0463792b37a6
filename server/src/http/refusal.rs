//! The page, or the problem document, for what never reaches the application.

use std::collections::BTreeMap;

use app::ui::SERVICE_NAME;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use domain::private_key;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::frame::Frame;
use super::request::RequestId;
use crate::api::is_of_api;

/// Why a request goes no further. Both texts are constants: nothing of the request is repeated.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The heading.
    pub title: &'static str,
    /// What to do next.
    pub sentence: &'static str,
}

impl Refusal {
    /// The answer to this request.
    pub fn answer(self, frame: &Frame, request: &Request) -> Response {
        let reference = request.extensions().get::<RequestId>().map_or("", |id| id.0.as_str());
        self.to(wants_json(request), frame, reference)
    }

    /// The answer, as RFC 9457 JSON for programs and as a page for people.
    pub fn to(self, as_json: bool, frame: &Frame, reference: &str) -> Response {
        let (kind, text) = match as_json {
            true => ("application/problem+json", self.problem(reference)),
            false => ("text/html; charset=utf-8", self.page(&frame.style_sheet, reference)),
        };
        answer(self.status, kind, text)
    }

    fn problem(self, reference: &str) -> String {
        json!({"type": "about:blank", "title": self.title, "status": self.status.as_u16(), "detail": self.sentence, "reference": reference})
            .to_string()
    }

    fn page(self, style_sheet: &str, reference: &str) -> String {
        let Self { title, sentence, .. } = self;
        document(style_sheet, title, &format!("<p class=\"nhsuk-body\">{sentence}</p>{}", help(reference)))
    }
}

/// What was typed into a form that could be neither saved nor kept, to be copied from the answer.
pub struct Copies<'a> {
    /// The status.
    pub status: StatusCode,
    /// The page that the form is on.
    pub page: &'a str,
    /// What is wrong.
    pub sentences: &'a [&'a str],
    /// What was typed, by the name of the input; without passwords and private keys.
    pub typed: &'a BTreeMap<String, String>,
}

impl Copies<'_> {
    /// The answer, as RFC 9457 JSON for programs and as a page for people.
    pub fn to(&self, as_json: bool, frame: &Frame, reference: &str) -> Response {
        let title = match self.status {
            StatusCode::TOO_MANY_REQUESTS => "Wait before you try again",
            _ => "This was not saved",
        };
        let (kind, text) = match as_json {
            true => {
                let detail = self.sentences.join(" ");
                let problem =
                    json!({"title": title, "status": self.status.as_u16(), "detail": detail, "reference": reference});
                ("application/problem+json", problem.to_string())
            }
            false => ("text/html; charset=utf-8", self.document(&frame.style_sheet, title, reference)),
        };
        answer(self.status, kind, text)
    }

    fn document(&self, style_sheet: &str, title: &str, reference: &str) -> String {
        let said = self.sentences.iter().map(|said| format!("<p class=\"nhsuk-body\">{}</p>", escaped(said)));
        let typed = self
            .typed
            .iter()
            .enumerate()
            .filter(|(_, (name, text))| !text.is_empty() && !SHOWN_WITH.contains(&name.as_str()))
            .filter(|(_, (_, text))| !private_key::is_labelled(text));
        let fields = typed.map(|(at, (name, text))| {
            let (name, text) = (escaped(&named(name)), escaped(text));
            format!(
                "<div class=\"nhsuk-form-group\"><label class=\"nhsuk-label\" for=\"typed-{at}\">{name}</label>\
                 <textarea class=\"nhsuk-textarea\" id=\"typed-{at}\" rows=\"5\" readonly>\n{text}</textarea></div>"
            )
        });
        let fields: String = fields.collect();
        let heading = match fields.is_empty() {
            true => "",
            false => "<h2 class=\"nhsuk-heading-m\">What you entered</h2>",
        };
        let back = format!("<p class=\"nhsuk-body\"><a href=\"{}\">Go back to the form</a></p>", escaped(self.page));
        let body = format!("{}{heading}{fields}{back}{}", said.collect::<String>(), help(reference));
        document(style_sheet, title, &body)
    }
}

/// What says with what a form was shown: nobody typed it.
const SHOWN_WITH: [&str; 2] = ["base", "version"];

/// The name of an input as people read it: `redirect_uris[0]` is `Redirect uris 1`.
fn named(name: &str) -> String {
    let (field, entry) = name.split_once('[').unwrap_or((name, ""));
    let mut words = field.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match entry.trim_end_matches(']') {
        "" => words,
        entry => match entry.parse::<usize>() {
            Ok(at) => format!("{words} {}", at + 1),
            Err(_) => format!("{words}: {entry}"),
        },
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn help(reference: &str) -> String {
    match reference {
        "" => String::new(),
        id => format!("<p class=\"nhsuk-body\">If you need help, tell us this reference: <strong>{id}</strong>.</p>"),
    }
}

fn answer(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A page that needs nothing but its words. `title` and `body` are HTML.
fn document(style_sheet: &str, title: &str, body: &str) -> String {
    let style = match style_sheet {
        "" => String::new(),
        path => format!("<link rel=\"stylesheet\" href=\"{path}\">"),
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - {SERVICE_NAME} - NHS</title>{style}</head><body>\
         <a class=\"nhsuk-skip-link\" href=\"#maincontent\">Skip to main content</a>\
         <header class=\"nhsuk-header\" role=\"banner\"><div class=\"nhsuk-header__container nhsuk-width-container\">\
         <div class=\"nhsuk-header__service\"><a class=\"nhsuk-header__service-name\" href=\"/\">{SERVICE_NAME}</a></div>\
         </div></header><div class=\"nhsuk-width-container\">\
         <main class=\"nhsuk-main-wrapper\" id=\"maincontent\">\
         <h1 class=\"nhsuk-heading-l\">{title}</h1>{body}\
         <p class=\"nhsuk-body\"><a href=\"/\">Go to the start page</a></p></main></div></body></html>"
    )
}

/// Whether the client asked for JSON and not for a page. The API answers in nothing else.
pub fn wants_json(request: &Request) -> bool {
    is_of_api(request.uri().path()) || prefers_json(request.headers())
}

/// Whether these headers ask for JSON and not for a page.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_told_apart_and_can_be_skipped_through() {
        let refusal = Refusal { status: StatusCode::FORBIDDEN, title: "No", sentence: "Go back." };
        let page = refusal.page("/pkg/style.css", "r1");
        for expected in [
            "<title>No - Register a client with NHS login - NHS</title>",
            "href=\"#maincontent\"",
            "id=\"maincontent\"",
            "/pkg/style.css",
            "<strong>r1</strong>",
        ] {
            assert!(page.contains(expected), "{expected} is missing in {page}");
        }
    }

    #[test]
    fn what_was_typed_is_text_and_never_markup() {
        let typed = BTreeMap::from([
            ("redirect_uris[0]".to_owned(), "</textarea><script>alert(1)</script>".to_owned()),
            ("name".to_owned(), String::new()),
            (
                "public_key".to_owned(),
                format!("-----BEGIN PRIVATE{}-----\n{}\n", " KEY", "MIICANARYCANARYCANARYCANARY7canary"),
            ),
            ("base".to_owned(), "ab".repeat(32)),
        ]);
        let copies = Copies {
            status: StatusCode::UNAUTHORIZED,
            page: "/registrations/1/redirect-uris",
            sentences: &["You were signed out."],
            typed: &typed,
        };
        let page = copies.document("", "This was not saved", "r1");
        assert!(page.contains("Redirect uris 1</label>") && page.contains("&lt;/textarea&gt;&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains(">Name<") && !page.contains("abab"), "{page}");
        assert!(!page.contains("CANARY"), "what says that it is a private key is not shown: {page}");
        assert!(page.contains("You were signed out.") && page.contains("<strong>r1</strong>"), "{page}");
        assert_eq!(named("evidence[ods_code.code]"), "Evidence: ods_code.code");
    }
}

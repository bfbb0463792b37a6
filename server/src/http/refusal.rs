//! The page, or the problem document, for what never reaches the application.

use app::ui::SERVICE_NAME;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::frame::Frame;
use super::request::RequestId;

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
        self.to(wants_json(request.headers()), frame, reference)
    }

    /// The answer, as RFC 9457 JSON for programs and as a page for people.
    pub fn to(self, as_json: bool, frame: &Frame, reference: &str) -> Response {
        let (kind, text) = match as_json {
            true => ("application/problem+json", self.problem(reference)),
            false => ("text/html; charset=utf-8", self.page(&frame.style_sheet, reference)),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }

    fn problem(self, reference: &str) -> String {
        json!({"title": self.title, "status": self.status.as_u16(), "detail": self.sentence, "reference": reference})
            .to_string()
    }

    fn page(self, style_sheet: &str, reference: &str) -> String {
        let Self { title, sentence, .. } = self;
        let style = match style_sheet {
            "" => String::new(),
            path => format!("<link rel=\"stylesheet\" href=\"{path}\">"),
        };
        let reference = match reference {
            "" => String::new(),
            id => {
                format!("<p class=\"nhsuk-body\">If you need help, tell us this reference: <strong>{id}</strong>.</p>")
            }
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
             <h1 class=\"nhsuk-heading-l\">{title}</h1><p class=\"nhsuk-body\">{sentence}</p>{reference}\
             <p class=\"nhsuk-body\"><a href=\"/\">Go to the start page</a></p></main></div></body></html>"
        )
    }
}

/// Whether the client asked for JSON and not for a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
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
}

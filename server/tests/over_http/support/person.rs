//! Somebody with a browser: a cookie jar, forms that are sent as a browser sends them, and what they know by heart.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode, header};
use scraper::Html;
use time::Duration;
use tower::ServiceExt;
use url::form_urlencoded;
use usecases::auth::TotpSecret;

use super::clock;
use super::html::{self, Form};

/// The largest answer that is read.
const LARGEST: usize = 8 << 20;

/// What separates the parts of a form with files.
const BOUNDARY: &str = "----boundary-of-the-test";

/// What the portal answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Where it was asked.
    pub(crate) address: String,
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub(crate) body: String,
}

impl Answer {
    /// The page as a browser reads it.
    pub(crate) fn page(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The title of the window.
    pub(crate) fn title(&self) -> String {
        html::select(&self.page(), "title").first().map(|title| html::text_of(*title)).unwrap_or_default()
    }

    /// The readable text below `<main>`.
    pub(crate) fn text(&self) -> String {
        html::select(&self.page(), "main").first().map(|main| html::text_of(*main)).unwrap_or_default()
    }

    /// Where it redirects to; empty when it does not.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The form that goes to `action`.
    pub(crate) fn form(&self, action: &str) -> Form {
        let forms = html::forms(&self.page());
        let found = forms.into_iter().find(|form| form.endpoint() == action);
        found.unwrap_or_else(|| panic!("{} ({}) has no form {action}: {}", self.address, self.status, self.text()))
    }

    /// The `Set-Cookie` line of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned());
        lines.into_iter().find(|line| line.starts_with(&format!("{name}=")))
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let text = if self.body.contains("<main") { self.text() } else { self.body.clone() };
        assert_eq!(self.status.as_u16(), status, "{}: {text} → {}", self.address, self.location());
        self
    }

    /// Asserts a redirect that begins like this.
    #[track_caller]
    pub(crate) fn leads_to(self, start: &str) -> Self {
        let answer = self.expect(303);
        assert!(answer.location().starts_with(start), "{} leads to {}", answer.address, answer.location());
        answer
    }
}

/// Somebody with a browser.
#[derive(Clone)]
pub(crate) struct Person {
    router: Router,
    origin: String,
    /// Cookies by name.
    pub(crate) jar: BTreeMap<String, String>,
    /// The network address.
    pub(crate) peer: SocketAddr,
    /// The address to sign in with; empty for visitors.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: String,
    /// What the authenticator app holds.
    pub(crate) app: Option<TotpSecret>,
}

impl Person {
    /// A visitor.
    pub(crate) fn new(router: Router, origin: &str) -> Self {
        Self {
            router,
            origin: origin.to_owned(),
            // As a browser has it that keeps cookies and has seen a form before.
            jar: BTreeMap::from([("__Host-cookies".to_owned(), "kept".to_owned())]),
            peer: SocketAddr::from(([192, 0, 2, 1], 4711)),
            email: String::new(),
            password: "lantern teapot orchard".to_owned(),
            app: None,
        }
    }

    /// The code that the app shows. Waits for the next, as each counts once.
    pub(crate) fn code(&self) -> String {
        clock::pass(Duration::seconds(31));
        self.app.as_ref().expect("has a second factor").code_at(clock::now())
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.jar.is_empty() {
            let pairs: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, pairs.join("; ").parse().unwrap());
        }
        // The proxy in front appends the address that it saw, after whatever the client wrote.
        request.headers_mut().append("x-forwarded-for", self.peer.ip().to_string().parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        let address = request.uri().to_string();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, LARGEST).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        self.keep_cookies(&parts.headers);
        Answer { address, status: parts.status, headers: parts.headers, body }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match line.contains("Max-Age=0") {
                true => drop(self.jar.remove(name)),
                false => drop(self.jar.insert(name.to_owned(), value.to_owned())),
            }
        }
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, address: &str) -> Answer {
        let request = Request::get(address).header("sec-fetch-site", "same-origin").header("accept", "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Opens a page that is there.
    pub(crate) async fn open(&mut self, address: &str) -> Answer {
        self.get(address).await.expect(200)
    }

    /// Posts these pairs as a form of ours would.
    pub(crate) async fn post<N: AsRef<str>, V: AsRef<str>>(&mut self, action: &str, pairs: &[(N, V)]) -> Answer {
        let body = urlencoded(pairs);
        let request =
            self.request_from_page(Method::POST, action).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("content-length", body.len()).body(Body::from(body)).unwrap()).await
    }

    /// A request as one of our own pages makes it.
    pub(crate) fn request_from_page(&self, method: Method, action: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(action)
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
            .header("referer", format!("{}/", self.origin))
            .header("accept", "text/html")
    }

    /// Sends a form of a page, these fields filled in; for a file field, the content of the file.
    pub(crate) async fn submit(&mut self, page: &Answer, action: &str, filled: &[(&str, &str)]) -> Answer {
        let form = page.form(action);
        self.submit_form(&form, &form.filled(filled)).await
    }

    /// Sends a form with exactly these pairs.
    pub(crate) async fn submit_form(&mut self, form: &Form, pairs: &[(String, String)]) -> Answer {
        if form.method == "get" {
            return self.get(&format!("{}?{}", form.action, urlencoded(pairs))).await;
        }
        if !form.multipart {
            return self.post(&form.action, pairs).await;
        }
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let body = multipart(form, pairs);
        let request = self.request_from_page(Method::POST, &form.action).header("content-type", kind);
        self.send(request.header("content-length", body.len()).body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with a file of these bytes, and every other field as it is.
    pub(crate) async fn upload(&mut self, form: &Form, file: &[u8]) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.request_from_page(Method::POST, &form.action).header("content-type", kind);
        let mark = "the-file-goes-here";
        let pairs = form.filled(&[("file", mark)]);
        let body = multipart(form, &pairs);
        let at = body.windows(mark.len()).position(|window| window == mark.as_bytes()).expect("has a file field");
        let body = [&body[..at], file, &body[at + mark.len()..]].concat();
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Opens a page, sends its form, and says where that led.
    pub(crate) async fn fill(&mut self, address: &str, action: &str, filled: &[(&str, &str)]) -> Answer {
        let page = self.open(address).await;
        self.submit(&page, action, filled).await
    }

    /// Follows redirects to the page at their end.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            if !answer.status.is_redirection() {
                return answer;
            }
            let next = answer.location().split('#').next().unwrap_or_default().to_owned();
            answer = self.get(&next).await;
        }
        panic!("{} redirects for ever", answer.address);
    }

    /// Signs in, with the code where there is a second factor.
    pub(crate) async fn sign_in(&mut self) {
        let (email, password) = (self.email.clone(), self.password.clone());
        let answer = self.fill("/sign-in", "/api/sign-in", &[("email", &email), ("password", &password)]).await;
        if self.app.is_none() {
            assert!(!answer.location().contains("refused"), "{email} cannot sign in");
            answer.expect(303);
            return;
        }
        answer.leads_to("/sign-in/code");
        let code = self.code();
        self.fill("/sign-in/code", "/api/sign-in-code", &[("code", &code)]).await.leads_to("/home");
    }

    /// The cookie of the session.
    pub(crate) fn session(&self) -> Option<&str> {
        let cookie = self.jar.iter().find(|(name, _)| name.ends_with("session"));
        cookie.map(|(_, value)| value.as_str())
    }
}

/// Pairs as a body or a query.
pub(crate) fn urlencoded<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        // A browser sends line ends as CRLF.
        let value = value.as_ref().replace("\r\n", "\n").replace('\n', "\r\n");
        serializer.append_pair(name.as_ref(), &value);
    }
    serializer.finish()
}

fn multipart(form: &Form, pairs: &[(String, String)]) -> Vec<u8> {
    let mut body = String::new();
    for field in form.fields.iter().filter(|field| field.kind == "file") {
        let file = pairs.iter().find(|(name, _)| *name == field.name).map(|(_, content)| content.as_str());
        let (name, content) = (&field.name, file.unwrap_or_default());
        let file_name = if file.is_some() { "key.pem" } else { "" };
        body += &format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
        );
    }
    let is_file = |name: &str| form.fields.iter().any(|field| field.kind == "file" && field.name == name);
    for (name, value) in pairs.iter().filter(|(name, _)| !is_file(name)) {
        body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!("--{BOUNDARY}--\r\n");
    body.into_bytes()
}

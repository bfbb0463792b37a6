//! The built site, read once at start: hashed files under `/pkg`, each with its brotli and gzip form.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Names under `/pkg` hold a hash of the content: they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Everything else may change with the next release.
const A_WHILE: &str = "public, max-age=3600";

/// The file that maps logical names to hashed paths.
const MANIFEST: &str = "manifest.json";

/// One file in the forms in which it was built.
#[derive(Default)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// The built site in memory.
#[derive(Clone, Default)]
pub struct Site {
    files: Arc<HashMap<String, File>>,
    manifest: HashMap<String, String>,
}

impl Site {
    /// Reads everything below `site_dir`.
    ///
    /// # Errors
    /// When it cannot be read, or no build left its manifest there: pages would be without styles and scripts.
    pub fn load(site_dir: &Path) -> io::Result<Self> {
        let mut files = HashMap::new();
        read_into(&mut files, site_dir, "")?;
        let Some(File { plain, .. }) = files.remove(&format!("/{MANIFEST}")) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no {MANIFEST}")));
        };
        let manifest = serde_json::from_slice(&plain)?;
        Ok(Self { files: Arc::new(files), manifest })
    }

    /// Logical names (`style.css`) and the paths that they are served under (`/pkg/main.0f3a.css`).
    pub fn manifest(&self) -> &HashMap<String, String> {
        &self.manifest
    }

    /// Routes for every file: `/pkg/…` as a whole and the others by name.
    pub fn routes(&self) -> Router {
        let others = self.files.keys().filter(|path| !path.starts_with("/pkg/") && !path.contains(['{', '}']));
        let router = Router::new().route("/pkg/{*path}", get(serve));
        others.fold(router, |router, path| router.route(path, get(serve))).with_state(self.clone())
    }
}

async fn serve(State(site): State<Site>, request: Request) -> Response {
    let path = request.uri().path();
    match site.files.get(path) {
        Some(file) => file.answer(path, request.headers()),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

impl File {
    fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let (encoding, bytes) = match (&self.brotli, &self.gzip) {
            (Some(bytes), _) if accepts(headers, "br") => (Some("br"), bytes),
            (_, Some(bytes)) if accepts(headers, "gzip") => (Some("gzip"), bytes),
            _ => (None, &self.plain),
        };
        let mut response = Response::new(Body::from(bytes.clone()));
        let answer = response.headers_mut();
        let cache = if path.starts_with("/pkg/") { FOREVER } else { A_WHILE };
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

fn read_into(files: &mut HashMap<String, File>, dir: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            read_into(files, &entry.path(), &path)?;
            continue;
        }
        let bytes = Bytes::from(fs::read(entry.path())?);
        if let Some(plain) = path.strip_suffix(".br") {
            files.entry(plain.to_owned()).or_default().brotli = Some(bytes);
        } else if let Some(plain) = path.strip_suffix(".gz") {
            files.entry(plain.to_owned()).or_default().gzip = Some(bytes);
        } else {
            files.entry(path).or_default().plain = bytes;
        }
    }
    Ok(())
}

/// Whether `Accept-Encoding` names the coding without `q=0` (RFC 9110 section 12.5.3).
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = pieces.filter_map(|piece| piece.strip_prefix("q=")).any(|q| q.parse() == Ok(0.0));
        named && !refused
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use tower::ServiceExt;

    fn site() -> (tempfile::TempDir, Site) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("pkg")).unwrap();
        for (name, text) in [
            ("pkg/app.1a2b.js", "plain"),
            ("pkg/app.1a2b.js.br", "brotli"),
            ("pkg/app.1a2b.js.gz", "gzip"),
            ("favicon.ico", "icon"),
            ("manifest.json", r#"{"app.js": "/pkg/app.1a2b.js"}"#),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let site = Site::load(dir.path()).unwrap();
        (dir, site)
    }

    async fn get_with(site: &Site, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path).header("accept-encoding", accept).body(Body::empty()).unwrap();
        let (parts, body) = site.routes().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(to_bytes(body, 9_999).await.unwrap().to_vec()).unwrap();
        (parts.status, parts.headers, text)
    }

    #[tokio::test]
    async fn gives_the_smallest_form_that_is_accepted() {
        let (_dir, site) = site();
        for (accept, expected) in [
            ("gzip, deflate, br", "brotli"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("", "plain"),
            ("identity", "plain"),
        ] {
            let (status, headers, text) = get_with(&site, "/pkg/app.1a2b.js", accept).await;
            assert_eq!((status, text.as_str()), (StatusCode::OK, expected), "{accept}");
            assert_eq!(headers["cache-control"], FOREVER);
            assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
            assert_eq!(headers.contains_key("content-encoding"), expected != "plain");
        }
    }

    #[tokio::test]
    async fn gives_nothing_that_was_not_built() {
        let (_dir, site) = site();
        for path in ["/pkg/other.js", "/pkg/../manifest.json", "/pkg/%2e%2e/manifest.json", "/manifest.json"] {
            assert_eq!(get_with(&site, path, "").await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn a_site_that_was_not_built_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Site::load(&dir.path().join("nowhere")).is_err());
        assert!(Site::load(dir.path()).is_err(), "no manifest");
        fs::write(dir.path().join(MANIFEST), "{").unwrap();
        assert!(Site::load(dir.path()).is_err(), "half a manifest");
    }

    #[tokio::test]
    async fn other_files_are_cached_for_a_while() {
        let (_dir, site) = site();
        let (status, headers, _) = get_with(&site, "/favicon.ico", "br").await;
        assert_eq!((status, headers["cache-control"].to_str().unwrap()), (StatusCode::OK, A_WHILE));
        assert_eq!(site.manifest()["app.js"], "/pkg/app.1a2b.js");
    }
}

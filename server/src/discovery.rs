//! An issuer's endpoints from its discovery document (OpenID Connect Discovery 1.0 section 4), cached.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use usecases::{ProviderEndpoints, auth::Ambient};

/// How long one document is believed.
const GOOD_FOR: time::Duration = time::Duration::minutes(15);
/// How long a failure is remembered, so that a provider that is down does not slow every page.
const BAD_FOR: time::Duration = time::Duration::seconds(20);
/// How long a page may wait for the provider.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The largest document: real ones have a few kilobytes.
const SIZE_LIMIT: usize = 64 * 1024;

/// A cached reader of discovery documents. Cheap to clone.
#[derive(Clone)]
pub struct Discovery {
    client: reqwest::Client,
    ambient: Ambient,
    cache: Arc<Mutex<HashMap<String, Remembered>>>,
}

#[derive(Clone)]
struct Remembered {
    endpoints: Option<ProviderEndpoints>,
    until: OffsetDateTime,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
}

impl Discovery {
    /// A reader with an empty cache.
    pub fn new(ambient: Ambient) -> Result<Self, reqwest::Error> {
        let redirects = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().timeout(TIME_LIMIT).redirect(redirects).no_proxy().build()?;
        Ok(Self { client, ambient, cache: Arc::default() })
    }

    /// The endpoints, or `None` when they cannot be read at the moment. Issuers come from the configuration alone.
    pub async fn endpoints(&self, issuer: &str) -> Option<ProviderEndpoints> {
        let now = self.ambient.now();
        let remembered = self.cache.lock().await.get(issuer).cloned();
        if let Some(remembered) = remembered.filter(|remembered| remembered.until > now) {
            return remembered.endpoints;
        }
        // Whoever waits for a provider keeps no connection of the database.
        store::let_go();
        let endpoints = self.read(issuer).await;
        let until = now + if endpoints.is_some() { GOOD_FOR } else { BAD_FOR };
        let remembered = Remembered { endpoints: endpoints.clone(), until };
        self.cache.lock().await.insert(issuer.to_owned(), remembered);
        endpoints
    }

    async fn read(&self, issuer: &str) -> Option<ProviderEndpoints> {
        match self.fetch(issuer).await {
            Ok(document) if document.issuer == issuer => Some(ProviderEndpoints {
                authorization: document.authorization_endpoint,
                token: document.token_endpoint,
                userinfo: document.userinfo_endpoint,
                jwks: document.jwks_uri,
            }),
            Ok(_) => {
                tracing::warn!(issuer, "the discovery document names another issuer");
                None
            }
            Err(cause) => {
                tracing::warn!(issuer, cause, "the discovery document could not be read");
                None
            }
        }
    }

    async fn fetch(&self, issuer: &str) -> Result<Document, String> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let sent = self.client.get(url).send().await;
        let mut response = sent.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > SIZE_LIMIT {
                return Err("the document is too large".into());
            }
        }
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::State;
    use axum::http::StatusCode;
    use axum::routing::get;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    static SECONDS: AtomicI64 = AtomicI64::new(1_780_000_000);

    fn ambient() -> Ambient {
        let now = || OffsetDateTime::from_unix_timestamp(SECONDS.load(Ordering::SeqCst)).unwrap();
        Ambient { now, random: |_| {} }
    }

    #[derive(Clone, Default)]
    struct Provider {
        asked: Arc<AtomicUsize>,
        body: Arc<Mutex<(u16, String)>>,
    }

    async fn answer(State(provider): State<Provider>) -> (StatusCode, String) {
        provider.asked.fetch_add(1, Ordering::SeqCst);
        let (status, body) = provider.body.lock().await.clone();
        (StatusCode::from_u16(status).unwrap(), body)
    }

    /// A provider on a port of this machine, and its issuer.
    async fn provider() -> (Provider, String) {
        let provider = Provider::default();
        let app = Router::new().route("/.well-known/openid-configuration", get(answer)).with_state(provider.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (provider, issuer)
    }

    fn document(issuer: &str) -> String {
        let at = |path: &str| format!("{issuer}{path}");
        serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
            "scopes_supported": ["openid"],
        })
        .to_string()
    }

    /// One test, because the clock is shared.
    #[tokio::test]
    async fn reads_remembers_and_tolerates() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (provider, issuer) = provider().await;
        let discovery = Discovery::new(ambient()).unwrap();
        for broken in [
            (500, document(&issuer)),
            (200, "{".to_owned()),
            (200, document("https://another.example")),
            (200, format!("{}{}", document(&issuer), " ".repeat(SIZE_LIMIT))),
        ] {
            *provider.body.lock().await = broken.clone();
            assert_eq!(discovery.endpoints(&issuer).await, None, "{broken:?}");
            SECONDS.fetch_add(BAD_FOR.whole_seconds() + 1, Ordering::SeqCst);
        }
        *provider.body.lock().await = (200, document(&issuer));
        let asked = provider.asked.load(Ordering::SeqCst);
        for _ in 0..3 {
            let endpoints = discovery.endpoints(&issuer).await.unwrap();
            assert_eq!(endpoints.token, format!("{issuer}/token"));
        }
        assert_eq!(provider.asked.load(Ordering::SeqCst), asked + 1, "the document is remembered");
        SECONDS.fetch_add(GOOD_FOR.whole_seconds() + 1, Ordering::SeqCst);
        assert!(discovery.endpoints(&issuer).await.is_some());
        assert_eq!(provider.asked.load(Ordering::SeqCst), asked + 2, "and read again when it is old");
        assert_eq!(discovery.endpoints("http://127.0.0.1:1").await, None);
    }
}

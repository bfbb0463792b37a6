//! Whether the process lives and whether it can serve.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures::future::BoxFuture;
use http::StatusCode;

/// Answers whether the database can be used and has every migration.
pub type Readiness = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// `/healthz` (the process is up) and `/readyz` (it can answer pages).
pub fn routes(ready: Readiness) -> Router {
    let readyz = move || {
        let ready = Arc::clone(&ready);
        async move {
            match ready().await {
                true => (StatusCode::OK, "ready\n"),
                false => {
                    (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer or lacks migrations\n")
                }
            }
        }
    };
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(readyz))
}

//! What a page or a command finds around it: the portal, and who is asking. The server provides the one, and puts the other
//! into the request's extensions.

use leptos::prelude::use_context;
use std::sync::Arc;
use usecases::{Caller, Fault, Portal};

/// The description of the JSON API (OpenAPI 3.1), as the server makes it of its operations.
#[derive(Clone)]
pub struct ApiDocument(pub Arc<serde_json::Value>);

/// The portal of this request.
///
/// # Errors
/// `Unavailable` outside a request: a fault of ours.
pub fn portal() -> Result<Portal, Fault> {
    use_context().ok_or(Fault::Unavailable)
}

/// Who is asking.
///
/// # Errors
/// `Unavailable` outside a request: a fault of ours.
pub fn caller() -> Result<Caller, Fault> {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Caller>().cloned())
        .ok_or(Fault::Unavailable)
}

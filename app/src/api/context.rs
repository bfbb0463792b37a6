//! What a page or a command finds around it: the portal, and who is asking. The server provides the one, and puts the other
//! into the request's extensions.

use leptos::prelude::use_context;
use store::{Done, Expected, Stored};
use usecases::{Caller, Fault, Portal};

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

/// Runs one command of the caller through the one write path.
///
/// # Errors
/// `NotSignedIn` for visitors, whose session may just have ended: they sign in and go on. Else what the write path
/// answers; `TooFast` beyond what a person does.
pub async fn execute<A: Stored>(id: A::Id, expected: Expected, command: A::Command) -> Result<Done<A>, Fault> {
    let (portal, caller) = (portal()?, caller()?);
    let counted = portal.count_command(&caller)?;
    portal.execute(counted, id, expected, command).await
}

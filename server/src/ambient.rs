//! The real clock and the operating system's random bytes: the only place that reads them.

use time::OffsetDateTime;
use usecases::auth::Ambient;

/// The ambient of a running portal.
pub fn real() -> Ambient {
    Ambient { now, random }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Fills from the operating system.
///
/// # Panics
/// When the operating system has no random bytes: nothing here can be done safely without.
#[expect(clippy::disallowed_methods, reason = "the one place where random bytes are drawn")]
fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

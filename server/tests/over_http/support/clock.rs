//! A clock that stands still until it is moved, and bytes that never repeat. Both belong to the thread of the test: a
//! `#[tokio::test]` runs all of its tasks on one.

use std::cell::Cell;

use sha2::{Digest, Sha256};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use usecases::auth::Ambient;

/// Where every test begins.
const START: OffsetDateTime = datetime!(2026-03-03 09:00 UTC);

thread_local! {
    static NOW: Cell<OffsetDateTime> = const { Cell::new(START) };
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// The fake clock with the counting entropy.
pub(crate) fn ambient() -> Ambient {
    Ambient { now, random }
}

/// The time now.
pub(crate) fn now() -> OffsetDateTime {
    NOW.get()
}

/// Lets time go by.
pub(crate) fn pass(time: Duration) {
    NOW.set(NOW.get() + time);
}

/// Back to the beginning.
pub(crate) fn reset() {
    NOW.set(START);
    DRAWN.set(0);
}

/// A hash of how often bytes were drawn: looks random, never repeats within a test.
fn random(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(32) {
        DRAWN.set(DRAWN.get() + 1);
        let block = Sha256::digest(DRAWN.get().to_be_bytes());
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
}

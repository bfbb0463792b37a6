//! The clock and the entropy of the process, as values that a test can replace.

use time::OffsetDateTime;

/// The two things that code may not reach for by itself. The real ones live in `server`.
#[derive(Clone, Copy)]
pub struct Ambient {
    /// The time now, in UTC.
    pub now: fn() -> OffsetDateTime,
    /// Fills the slice with bytes from the operating system's generator.
    pub random: fn(&mut [u8]),
}

impl Ambient {
    /// The time now, in UTC.
    pub fn now(&self) -> OffsetDateTime {
        (self.now)()
    }

    /// As many fresh random bytes as the array is long.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }
}

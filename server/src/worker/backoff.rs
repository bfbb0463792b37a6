//! When to try again: twice as long after each failure, with jitter so that many do not come back together.

use time::{Duration, OffsetDateTime};
use usecases::auth::Ambient;

/// The wait after the first failure.
const FIRST: Duration = Duration::seconds(1);

/// The moment of the next try after `attempts` earlier ones: half of the wait for certain, the other half by chance. No
/// wait is longer than `longest`.
pub(super) fn next_attempt(ambient: Ambient, attempts: u32, longest: Duration) -> OffsetDateTime {
    let doubled = FIRST * 2_i32.pow(attempts.min(12));
    let half = doubled.min(longest) / 2;
    ambient.now() + half + half * (f64::from(u16::from_be_bytes(ambient.bytes())) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn waits(random: fn(&mut [u8])) -> Vec<i64> {
        let ambient = Ambient { now: || datetime!(2026-03-03 09:00 UTC), random };
        let wait = |attempts| next_attempt(ambient, attempts, Duration::minutes(10)) - ambient.now();
        (0..40).map(|attempts| wait(attempts).whole_milliseconds() as i64).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let least = waits(|bytes| bytes.fill(0));
        let most = waits(|bytes| bytes.fill(255));
        assert_eq!(least[..4], [500, 1_000, 2_000, 4_000]);
        assert_eq!(most[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!((least[39], most[39]), (300_000, 600_000));
    }
}

//! Token buckets in memory, bounded, with the clock as a parameter.
//!
//! Keys are hashed before they are kept: the table holds no address and no e-mail.

use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use time::{Duration, OffsetDateTime};

/// Buckets that one limiter keeps at most: about 6 MB when full.
const CAPACITY: usize = 50_000;

/// How many tries at once, and how soon each is given back.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Tries that may follow each other without a pause.
    pub burst: u32,
    /// The time after which one try is given back.
    pub refill: Duration,
}

/// The try was one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Whole seconds until the next try is allowed, at least 1.
    pub seconds: u64,
}

type Key = [u8; 16];

#[derive(Clone, Copy)]
struct Bucket {
    /// The moment at which the bucket is full again. In the past: it is full.
    full_at: OffsetDateTime,
}

/// Token buckets of one rate, one for each key.
pub struct Limiter {
    rate: Rate,
    capacity: usize,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Limiter {
    /// A limiter in which every bucket starts full.
    pub fn new(rate: Rate) -> Self {
        Self::with_capacity(rate, CAPACITY)
    }

    fn with_capacity(rate: Rate, capacity: usize) -> Self {
        Self { rate, capacity, buckets: Mutex::default() }
    }

    /// Takes one try from the bucket of `key`.
    pub fn take(&self, key: &str, now: OffsetDateTime) -> Result<(), TooMany> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = short_hash(key);
        let full_at = buckets.get(&key).map_or(now, |bucket| bucket.full_at.max(now));
        let next_full_at = full_at + self.rate.refill;
        let allowed_until = now + self.rate.refill * self.rate.burst;
        if next_full_at > allowed_until {
            let wait = (next_full_at - allowed_until).whole_milliseconds().max(0) as u64;
            return Err(TooMany { seconds: wait.div_ceil(1_000).max(1) });
        }
        if buckets.len() >= self.capacity && !buckets.contains_key(&key) {
            make_room(&mut buckets, now, self.capacity);
        }
        buckets.insert(key, Bucket { full_at: next_full_at });
        Ok(())
    }

    /// How many tries are left in the bucket of `key`.
    pub fn left(&self, key: &str, now: OffsetDateTime) -> u32 {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get(&short_hash(key)) else { return self.rate.burst };
        let free = now + self.rate.refill * self.rate.burst - bucket.full_at.max(now);
        let left = free.whole_milliseconds() / self.rate.refill.whole_milliseconds().max(1);
        u32::try_from(left).unwrap_or(0)
    }

    /// Fills the bucket of `key` again, after a success that shows the tries to have been honest.
    pub fn forgive(&self, key: &str) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).remove(&short_hash(key));
    }
}

/// Drops the buckets that are full again and, when those are too few, the quarter that is nearest to being full.
fn make_room(buckets: &mut HashMap<Key, Bucket>, now: OffsetDateTime, capacity: usize) {
    buckets.retain(|_, bucket| bucket.full_at > now);
    if buckets.len() <= capacity - capacity / 4 {
        return;
    }
    let mut times: Vec<OffsetDateTime> = buckets.values().map(|bucket| bucket.full_at).collect();
    let cut = (capacity / 4).min(times.len() - 1);
    let (_, cut_time, _) = times.select_nth_unstable(cut);
    let cut_time = *cut_time;
    buckets.retain(|_, bucket| bucket.full_at > cut_time);
}

fn short_hash(key: &str) -> Key {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(key.as_bytes())[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-03-03 09:00 UTC);

    fn limiter(capacity: usize) -> Limiter {
        Limiter::with_capacity(Rate { burst: 3, refill: Duration::seconds(10) }, capacity)
    }

    #[test]
    fn allows_the_burst_then_one_for_each_refill() {
        let limiter = limiter(10);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", T0), Ok(()));
        }
        assert_eq!(limiter.take("a", T0), Err(TooMany { seconds: 10 }));
        assert_eq!(limiter.take("a", T0 + Duration::milliseconds(9_500)), Err(TooMany { seconds: 1 }));
        assert_eq!(limiter.take("a", T0 + Duration::seconds(10)), Ok(()));
        assert_eq!(limiter.take("a", T0 + Duration::seconds(10)), Err(TooMany { seconds: 10 }));
    }

    #[test]
    fn a_refused_try_does_not_lengthen_the_wait() {
        let limiter = limiter(10);
        for _ in 0..100 {
            let _ = limiter.take("a", T0);
        }
        assert_eq!(limiter.take("a", T0 + Duration::seconds(10)), Ok(()));
    }

    #[test]
    fn what_is_left_is_counted() {
        let limiter = limiter(10);
        assert_eq!(limiter.left("a", T0), 3);
        for left in [2, 1, 0] {
            limiter.take("a", T0).unwrap();
            assert_eq!(limiter.left("a", T0), left);
        }
        assert_eq!(limiter.left("a", T0 + Duration::milliseconds(9_999)), 0);
        assert_eq!(limiter.left("a", T0 + Duration::seconds(10)), 1);
        assert_eq!(limiter.left("a", T0 + Duration::HOUR), 3);
    }

    #[test]
    fn keys_do_not_touch_each_other() {
        let limiter = limiter(10);
        for _ in 0..4 {
            let _ = limiter.take("a", T0);
        }
        assert_eq!(limiter.take("b", T0), Ok(()));
        limiter.forgive("a");
        assert_eq!(limiter.take("a", T0), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_most_exhausted_stays() {
        let limiter = limiter(100);
        for _ in 0..3 {
            limiter.take("attacked", T0).unwrap();
        }
        for n in 0..10_000 {
            limiter.take(&format!("key {n}"), T0).unwrap();
            assert!(limiter.buckets.lock().unwrap().len() <= 100);
        }
        assert!(limiter.take("attacked", T0).is_err());
    }
}

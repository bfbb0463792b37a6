//! How often an account or an address may try: token buckets in memory, bounded, with the clock as a parameter.
//!
//! Keys are hashed before they are kept: the table holds no address and no e-mail.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::reading::{ReadLimits, ReadRates};
use sha2::{Digest, Sha256};
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

/// The key of an address: IPv4 whole, IPv6 by its /64, the smallest block that one customer is given.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
    }
}

/// The limits of the account pages, of refused forms and of commands. Keys: the e-mail in lower case, the account's id,
/// or [`address_key`].
pub struct Limits {
    /// Passwords tried for one account, known or not, from one address.
    pub password_by_account_and_address: Limiter,
    /// Passwords tried for one account from anywhere: more than one address may, so that nobody keeps the owner out
    /// from a single one.
    pub password_by_account: Limiter,
    /// Passwords tried from one address.
    pub password_by_address: Limiter,
    /// Second-factor and recovery codes tried for one account.
    pub code_by_account: Limiter,
    /// Mails asked for to one e-mail address: verification, reset.
    pub mail_by_account: Limiter,
    /// Mails asked for, and accounts made, from one address.
    pub mail_by_address: Limiter,
    /// Forms of people who are not signed in, from one address: each may cost work, whether it is refused or not.
    pub forms_by_address: Limiter,
    /// Keys and redirect URIs looked at for people without an account, from one address.
    pub tools_by_address: Limiter,
    /// How often what was sent to be checked is judged for a page, from one address: the page may be loaded again.
    pub judged_by_address: Limiter,
    /// Refused forms kept for one account, or for one address. More than the tries above, so that their refusals are
    /// still shown.
    pub kept_forms: Limiter,
    /// Refused forms kept for all visitors together: each is a write, and addresses are cheap.
    pub kept_of_visitors: Limiter,
    /// Refused forms of one account, or one address, that are looked through for private keys where they are long: what is
    /// not looked through is not kept.
    pub searches: Limiter,
    /// How often one account, or one address, is told of a limit with the form that it sent; after that in few words.
    pub told_of_limits: Limiter,
    /// Commands of one account that is signed in: each leaves what it says in the history for good.
    pub commands_by_account: Limiter,
    /// Sections of drafts that one account sends to be saved, whatever becomes of them: each is judged.
    pub saves_by_account: Limiter,
    /// Submissions of one account: each mails every admin.
    pub submissions_by_account: Limiter,
    /// What one account reads.
    pub reads: ReadLimits,
}

impl Limits {
    /// [`Limits::reading`] at the usual rates.
    pub fn standard() -> Self {
        Self::reading(ReadRates::default())
    }

    /// The limits as they run, with those of reading. From one address a guesser gets 10 passwords for each account, and
    /// then 120 an hour; from many together 60, and then 600 an hour. An office behind one address can still sign in.
    pub fn reading(rates: ReadRates) -> Self {
        let limiter = |burst, seconds| Limiter::new(Rate { burst, refill: Duration::seconds(seconds) });
        Self {
            password_by_account_and_address: limiter(10, 30),
            password_by_account: limiter(60, 6),
            password_by_address: limiter(60, 2),
            code_by_account: limiter(5, 60),
            mail_by_account: limiter(3, 900),
            mail_by_address: limiter(30, 20),
            forms_by_address: limiter(120, 2),
            tools_by_address: limiter(60, 2),
            judged_by_address: limiter(120, 1),
            kept_forms: limiter(120, 5),
            kept_of_visitors: limiter(300, 1),
            searches: limiter(120, 3),
            told_of_limits: limiter(10, 60),
            commands_by_account: limiter(300, 10),
            saves_by_account: limiter(300, 5),
            submissions_by_account: limiter(30, 300),
            reads: ReadLimits::new(rates),
        }
    }
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

    #[test]
    fn one_ipv6_customer_has_one_key() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}

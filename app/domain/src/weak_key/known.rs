//! Remembers the verdicts on the moduli that were judged last. A verdict never changes and takes tens of milliseconds, and
//! a page shows it each time it is looked at.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::rule::Weakness;

/// Enough for every key that people look at in the same hour; 512 digests are 16 KB.
const MOST: usize = 512;

static VERDICTS: Mutex<VecDeque<([u8; 32], Option<Weakness>)>> = Mutex::new(VecDeque::new());

/// The verdict that is remembered, or else the judge's, which is remembered.
pub(super) fn or_judge(modulus: &[u8], judge: impl Fn(&[u8]) -> Option<Weakness>) -> Option<Weakness> {
    let digest: [u8; 32] = Sha256::digest(modulus).into();
    let remembered = || {
        let verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
        verdicts.iter().find(|(known, _)| *known == digest).map(|(_, verdict)| *verdict)
    };
    if let Some(verdict) = remembered() {
        return verdict;
    }
    // Judged without the lock: two people with two keys do not wait for each other.
    let verdict = judge(modulus);
    let mut verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
    verdicts.push_front((digest, verdict));
    verdicts.truncate(MOST);
    verdict
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn judges_once() {
        let times = Cell::new(0);
        let judge = |_: &[u8]| {
            times.set(times.get() + 1);
            Some(Weakness::Even)
        };
        let modulus = b"a modulus of this test alone";
        assert_eq!(or_judge(modulus, judge), or_judge(modulus, judge));
        assert_eq!(times.get(), 1);
    }
}

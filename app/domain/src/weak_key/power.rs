//! Moduli that are a power of one number: a root gives the key away.

use super::small_primes;
use crate::natural::Natural;

/// Remainders are asked of at most this many primes before a root is taken.
const WITNESSES: usize = 24;

/// Whether the number is a square, a cube or a higher power of a number above 2^16. Smaller roots have a small factor,
/// which is another rule.
pub(super) fn is_perfect(number: &Natural, primes: &[u32]) -> bool {
    let exponents = primes.iter().copied().take_while(|exponent| (*exponent as usize) * 16 <= number.bits());
    exponents.into_iter().any(|exponent| may_be_power(number, exponent, primes) && has_root(number, exponent))
}

/// Every k-th power is a k-th power modulo each prime q; where k divides q - 1, only one number in k is.
fn may_be_power(number: &Natural, exponent: u32, primes: &[u32]) -> bool {
    let witnesses = primes.iter().filter(|prime| *prime % exponent == 1).take(WITNESSES);
    witnesses.into_iter().all(|prime| small_primes::power(number.rem(*prime), (prime - 1) / exponent, *prime) <= 1)
}

/// Looks for the root one bit after the other, from the top.
fn has_root(number: &Natural, exponent: u32) -> bool {
    let limit = number.bits();
    let mut root = Natural::from_u32(0);
    for place in (0..limit.div_ceil(exponent as usize)).rev() {
        let trial = root.add(&Natural::power_of_two(place));
        match trial.pow(exponent, limit) {
            Some(power) if power == *number => return true,
            Some(power) if power < *number => root = trial,
            _ => {}
        }
    }
    false
}

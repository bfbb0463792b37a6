//! The rules that a public RSA modulus must pass: each is a way in which keys were broken in the world.
//!
//! The work is bounded: a size that the environment does not allow is refused before any arithmetic.
//! What needs other keys (a shared prime, a key seen before, the operator's list) is asked where they are at hand. The list
//! of keys that are published ships with the portal and is too large for the browser: the server alone asks it.

#[cfg(not(target_arch = "wasm32"))]
mod compromised;
mod fermat;
mod known;
mod pattern;
mod power;
mod roca;
mod small_primes;

use crate::{
    natural::Natural,
    rule::{EXPONENT, KeyFault, KeyRule, Weakness},
};

/// The size in bits of a big-endian number without leading zeros.
pub(crate) fn bits(modulus: &[u8]) -> u32 {
    let top = modulus.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX).saturating_sub(top)
}

/// Judges a modulus (big-endian, no leading zero) and its exponent.
///
/// # Errors
/// `key-size`, `key-exponent`, `key-even`, `key-small-factor`, `key-repeated-bytes`, `key-polynomial`, `key-roca`,
/// `key-perfect-power`, `key-prime`, `key-close-primes`, and on the server `key-compromised`.
pub(crate) fn check(modulus: &[u8], exponent: u64, sizes: &[u32]) -> Result<(), KeyRule> {
    let size = bits(modulus);
    let fault = if !sizes.contains(&size) {
        KeyFault::Size(size, sizes.to_vec())
    } else if exponent != EXPONENT {
        KeyFault::Exponent(exponent)
    } else if is_published(modulus) {
        KeyFault::Published
    } else if let Some(weakness) = known::or_judge(modulus, weakness) {
        KeyFault::Weak(weakness)
    } else {
        return Ok(());
    };
    Err(fault.for_sizes(sizes))
}

#[cfg(not(target_arch = "wasm32"))]
fn is_published(modulus: &[u8]) -> bool {
    compromised::is_listed(modulus)
}

#[cfg(target_arch = "wasm32")]
fn is_published(_: &[u8]) -> bool {
    false
}

/// The first rule that a modulus of a sane size breaks; the cheap rules first.
fn weakness(modulus: &[u8]) -> Option<Weakness> {
    let number = Natural::from_be_bytes(modulus);
    if number.is_even() {
        return Some(Weakness::Even);
    }
    let primes = small_primes::up_to_65537();
    if let Some(factor) = primes.iter().find(|prime| number.rem(**prime) == 0) {
        return Some(Weakness::SmallFactor(*factor));
    }
    if pattern::repeats_a_byte(modulus) {
        Some(Weakness::RepeatedBytes)
    } else if pattern::is_short_polynomial(&number) {
        Some(Weakness::Polynomial)
    } else if roca::has_fingerprint(&number, &primes) {
        Some(Weakness::Roca)
    } else if power::is_perfect(&number, &primes) {
        Some(Weakness::PerfectPower)
    } else if number.passes_fermat_test() {
        Some(Weakness::Prime)
    } else if fermat::has_close_primes(&number) {
        Some(Weakness::ClosePrimes)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;

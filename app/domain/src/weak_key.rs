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
    key::{FIELD, new_pair},
    natural::Natural,
    problem::Problem,
};

/// The one exponent that is accepted; the rule of the public certificate authorities, and this portal's judgement.
const EXPONENT: u64 = 65537;

/// A broken rule and what is wrong with the modulus.
type Weakness = (&'static str, String);

/// The size in bits of a big-endian number without leading zeros.
pub(crate) fn bits(modulus: &[u8]) -> u32 {
    let top = modulus.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX).saturating_sub(top)
}

/// Judges a modulus (big-endian, no leading zero) and its exponent.
///
/// # Errors
/// At field `public_key`: `key-size`, `key-exponent`, `key-even`, `key-small-factor`, `key-repeated-bytes`,
/// `key-polynomial`, `key-roca`, `key-perfect-power`, `key-prime`, `key-close-primes`, and
/// on the server `key-compromised`.
pub(crate) fn check(modulus: &[u8], exponent: u64, sizes: &[u32]) -> Result<(), Problem> {
    let size = bits(modulus);
    let (rule, what) = if !sizes.contains(&size) {
        ("key-size", format!("This key has {size} bits, and it must have {}", allowed(sizes)))
    } else if exponent != EXPONENT {
        ("key-exponent", format!("This key has the exponent {exponent}, and it must be {EXPONENT}"))
    } else if is_published(modulus) {
        let what = "The private key of this pair is published, so anyone can use it. Do not use the pair for anything";
        ("key-compromised", what.to_owned())
    } else if let Some((rule, what)) = known::or_judge(modulus, weakness) {
        (
            rule,
            format!(
                "Anyone can work out the private key from this public key: {what}. Do not use the pair for \
                        anything"
            ),
        )
    } else {
        return Ok(());
    };
    let bits = sizes.first().copied().unwrap_or(2048);
    let make = new_pair(bits);
    let sentence = format!("{what}. Make a new pair with {make}, and paste what is in public_key.pem.");
    Err(Problem::new(FIELD, rule, sentence))
}

#[cfg(not(target_arch = "wasm32"))]
fn is_published(modulus: &[u8]) -> bool {
    compromised::is_listed(modulus)
}

#[cfg(target_arch = "wasm32")]
fn is_published(_: &[u8]) -> bool {
    false
}

fn allowed(sizes: &[u32]) -> String {
    sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ")
}

/// The first rule that a modulus of a sane size breaks, and what is wrong with it; the cheap rules first.
fn weakness(modulus: &[u8]) -> Option<Weakness> {
    let number = Natural::from_be_bytes(modulus);
    if number.is_even() {
        return Some(("key-even", "its modulus is an even number".to_owned()));
    }
    let primes = small_primes::up_to_65537();
    if let Some(factor) = primes.iter().find(|prime| number.rem(**prime) == 0) {
        return Some(("key-small-factor", format!("its modulus can be divided by {factor}")));
    }
    let found = if pattern::repeats_a_byte(modulus) {
        ("key-repeated-bytes", "its modulus has the same byte 16 times in a row")
    } else if pattern::is_short_polynomial(&number) {
        ("key-polynomial", "its modulus has a regular pattern of zeros, made by a faulty random number generator")
    } else if roca::has_fingerprint(&number, &primes) {
        ("key-roca", "it was made by a faulty chip (ROCA, CVE-2017-15361)")
    } else if power::is_perfect(&number, &primes) {
        ("key-perfect-power", "its modulus is a power of one number, not the product of two primes")
    } else if number.passes_fermat_test() {
        ("key-prime", "its modulus is a prime number, not the product of two primes")
    } else if fermat::has_close_primes(&number) {
        ("key-close-primes", "its two primes are too close together (CVE-2022-26320)")
    } else {
        return None;
    };
    Some((found.0, found.1.to_owned()))
}

#[cfg(test)]
mod tests;

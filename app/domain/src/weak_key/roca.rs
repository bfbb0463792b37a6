//! ROCA (Nemec and others, 2017; CVE-2017-15361): the faulty chips make primes `k × M + (65537^a mod M)`, where M is the
//! product of the first primes, so that the modulus is a power of 65537 modulo each of them.

use crate::natural::Natural;

const GENERATOR: u32 = 65537;

/// How many of the first primes M is made of, by the size of the modulus (the paper's table 1).
fn primes_in_m(bits: usize) -> usize {
    match bits {
        0..=991 => 39,
        992..=1983 => 71,
        1984..=3967 => 126,
        _ => 225,
    }
}

/// Whether the modulus has the fingerprint; a sound one of 2048 bits has it once in 2^100 or more.
pub(super) fn has_fingerprint(number: &Natural, primes: &[u32]) -> bool {
    primes.iter().take(primes_in_m(number.bits())).all(|prime| is_power_of_generator(number.rem(*prime), *prime))
}

fn is_power_of_generator(rest: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == rest {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
    }
    false
}

//! Primes that are close together: Fermat's method finds them in a few steps (Böck, 2023; CVE-2022-26320).

use crate::natural::Natural;

/// As many as the public certificate authorities try.
const ROUNDS: usize = 110;

/// Whether Fermat's method factors the number, which must be odd, in that many rounds.
pub(super) fn has_close_primes(number: &Natural) -> bool {
    let one = Natural::from_u32(1);
    let root = number.sqrt();
    let mut middle = if root.mul(&root) == *number { root } else { root.add(&one) };
    let mut difference = middle.mul(&middle).sub(number);
    for _ in 0..ROUNDS {
        if is_square(&difference) {
            return true;
        }
        // (m + 1)² = m² + 2m + 1
        difference = difference.add(&middle).add(&middle).add(&one);
        middle = middle.add(&one);
    }
    false
}

/// Squares leave few remainders, so most numbers need no root.
fn is_square(number: &Natural) -> bool {
    let possible = [64, 63, 65, 11, 17, 19, 23].into_iter().all(|modulus| {
        let rest = number.rem(modulus);
        (0..modulus).any(|root| root * root % modulus == rest)
    });
    possible && {
        let root = number.sqrt();
        root.mul(&root) == *number
    }
}

//! Moduli whose bits show that they were not made at random.

use crate::natural::Natural;

/// Whether one byte stands 16 times in a row (as the badkeys project looks for): once in 2^113 at random.
pub(super) fn repeats_a_byte(modulus: &[u8]) -> bool {
    modulus.windows(16).any(|window| window.iter().all(|byte| *byte == window[0]))
}

/// The fewest zeros, over all the words, that are no accident: 2^-100 for one place, and there are a few thousand.
const ZEROS: usize = 100;

/// Whether the modulus, cut into words of some width, has zeros at the same place of every word. Then it is a
/// polynomial with short coefficients in a power of two, and polynomials are easily factored (Ryan and Böck, 2026:
/// “short-sleeve” keys). The lowest word is left out, as looking for the next prime changes it, and the highest,
/// as the size of the primes is set in it.
pub(super) fn is_short_polynomial(number: &Natural) -> bool {
    (16..=256).step_by(8).any(|width| zeros_in_every_word(number, width))
}

fn zeros_in_every_word(number: &Natural, width: usize) -> bool {
    let highest = number.bits().div_ceil(width).saturating_sub(1);
    let words = 1..highest;
    if words.len() < 4 {
        return false;
    }
    let empty = |place: usize| words.clone().all(|word| !number.bit(word * width + place));
    let mut run = 0;
    (0..width).any(|place| {
        run = if empty(place) { run + 1 } else { 0 };
        run * words.len() >= ZEROS
    })
}

//! The primes up to 65537, by the sieve of Eratosthenes.

const LAST: usize = 65537;

/// All of them, in order.
pub(super) fn up_to_65537() -> Vec<u32> {
    let mut composite = vec![false; LAST + 1];
    let mut primes = Vec::with_capacity(6543);
    for candidate in 2..=LAST {
        if composite[candidate] {
            continue;
        }
        primes.extend(u32::try_from(candidate));
        for multiple in (candidate * candidate..=LAST).step_by(candidate) {
            composite[multiple] = true;
        }
    }
    primes
}

/// The power modulo a number below 2^32.
pub(super) fn power(base: u32, mut exponent: u32, modulus: u32) -> u32 {
    let modulus = u64::from(modulus);
    let (mut result, mut square) = (1 % modulus, u64::from(base) % modulus);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * square % modulus;
        }
        square = square * square % modulus;
        exponent /= 2;
    }
    // Below the modulus, so below 2^32.
    u32::try_from(result).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_6543() {
        let primes = up_to_65537();
        assert_eq!((primes.len(), primes.first(), primes.last()), (6543, Some(&2), Some(&65537)));
    }

    #[test]
    fn powers() {
        assert_eq!(power(3, 5, 100), 43);
        assert_eq!(power(65536, 2, 65537), 1);
    }
}

//! Natural numbers of a few thousand bits: just what judging a public modulus takes, without division.
//!
//! Everything here works on public values, so nothing needs constant time. It is our own because the browser gets it
//! too, where a general library weighs more than all the rules that use it.

use std::cmp::Ordering;

/// Little-endian limbs without zero limbs at the top; zero has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Natural(Vec<u32>);

impl Natural {
    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Self {
        let limb = |chunk: &[u8]| chunk.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte));
        Self(bytes.rchunks(4).map(limb).collect()).trimmed()
    }

    pub(crate) fn from_u32(value: u32) -> Self {
        Self(vec![value]).trimmed()
    }

    pub(crate) fn to_be_bytes(&self) -> Vec<u8> {
        let bytes = self.0.iter().rev().flat_map(|limb| limb.to_be_bytes());
        bytes.skip_while(|byte| *byte == 0).collect()
    }

    fn trimmed(mut self) -> Self {
        let length = self.0.iter().rposition(|limb| *limb != 0).map_or(0, |top| top + 1);
        self.0.truncate(length);
        self
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn is_one(&self) -> bool {
        self.0 == [1]
    }

    pub(crate) fn is_even(&self) -> bool {
        self.0.first().is_none_or(|limb| limb % 2 == 0)
    }

    /// The number of bits, zero's being 0.
    pub(crate) fn bits(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * 32 - top.leading_zeros() as usize)
    }

    pub(crate) fn bit(&self, position: usize) -> bool {
        self.0.get(position / 32).is_some_and(|limb| limb >> (position % 32) & 1 == 1)
    }

    /// The remainder by a small number, which must not be zero.
    pub(crate) fn rem(&self, divisor: u32) -> u32 {
        let divisor = u64::from(divisor);
        let step = |rest: u64, limb: &u32| (rest << 32 | u64::from(*limb)) % divisor;
        low(self.0.iter().rev().fold(0, step))
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut carry = 0;
        let mut limbs: Vec<u32> = Vec::with_capacity(long.0.len() + 1);
        for (position, limb) in long.0.iter().enumerate() {
            let sum = u64::from(*limb) + u64::from(short.0.get(position).copied().unwrap_or(0)) + carry;
            limbs.push(low(sum));
            carry = sum >> 32;
        }
        limbs.push(low(carry));
        Self(limbs).trimmed()
    }

    /// The difference; `other` must not be greater.
    pub(crate) fn sub(&self, other: &Self) -> Self {
        let mut limbs = self.0.clone();
        subtract(&mut limbs, &other.0);
        Self(limbs).trimmed()
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        let mut limbs = vec![0; self.0.len() + other.0.len()];
        for (offset, a) in self.0.iter().enumerate() {
            let carry = multiply_add(&mut limbs[offset..], &other.0, *a);
            if let Some(limb) = limbs.get_mut(offset + other.0.len()) {
                *limb = carry;
            }
        }
        Self(limbs).trimmed()
    }

    /// Half, rounded down, `times` times over.
    pub(crate) fn shr(&self, times: usize) -> Self {
        let limbs = self.0.get(times / 32..).unwrap_or_default();
        let pair = |position: usize| {
            let high = u64::from(limbs.get(position + 1).copied().unwrap_or(0));
            low((high << 32 | u64::from(limbs[position])) >> (times % 32))
        };
        Self((0..limbs.len()).map(pair).collect()).trimmed()
    }

    /// Two to the power.
    pub(crate) fn power_of_two(exponent: usize) -> Self {
        let mut limbs = vec![0; exponent / 32 + 1];
        limbs[exponent / 32] = 1 << (exponent % 32);
        Self(limbs)
    }

    /// The power, or nothing when it has more bits than `limit`.
    pub(crate) fn pow(&self, exponent: u32, limit: usize) -> Option<Self> {
        let mut power = Self::from_u32(1);
        for _ in 0..exponent {
            power = power.mul(self);
            if power.bits() > limit {
                return None;
            }
        }
        Some(power)
    }

    /// The square root, rounded down; one bit after the other, from the top.
    pub(crate) fn sqrt(&self) -> Self {
        let mut rest = self.clone();
        let mut root = Self(Vec::new());
        let mut place = self.bits().saturating_sub(1) / 2 * 2;
        loop {
            let trial = root.add(&Self::power_of_two(place));
            root = root.shr(1);
            if rest >= trial {
                rest = rest.sub(&trial);
                root = root.add(&Self::power_of_two(place));
            }
            if place < 2 {
                return root;
            }
            place -= 2;
        }
    }

    /// The greatest common divisor (Stein's algorithm).
    pub(crate) fn gcd(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.clone(), other.clone());
        if a.is_zero() || b.is_zero() {
            return a.add(&b);
        }
        let twos = a.trailing_zeros().min(b.trailing_zeros());
        a = a.shr(a.trailing_zeros());
        loop {
            b = b.shr(b.trailing_zeros());
            if a > b {
                std::mem::swap(&mut a, &mut b);
            }
            b = b.sub(&a);
            if b.is_zero() {
                return a.mul(&Self::power_of_two(twos));
            }
        }
    }

    /// Whether this number and another, which may be far longer, have a factor in common.
    pub(crate) fn shares_factor_with(&self, other: Self) -> bool {
        let rest = if self.is_even() { other } else { other.folded(self) };
        !self.gcd(&rest).is_one()
    }

    /// A number of about the length of this odd one, with the same factors of it: Montgomery's reduction, limb by limb, which
    /// brings in powers of two alone.
    fn folded(self, modulus: &Self) -> Self {
        let (Self(mut limbs), length) = (self, modulus.0.len());
        let inverse = inverse_of_lowest(&modulus.0);
        let folds = limbs.len().saturating_sub(length);
        limbs.push(0);
        for at in 0..folds {
            let factor = limbs[at].wrapping_mul(inverse);
            let carry = multiply_add(&mut limbs[at..], &modulus.0, factor);
            carry_into(&mut limbs[at + length..], carry);
        }
        Self(limbs.split_off(folds)).trimmed()
    }

    fn trailing_zeros(&self) -> usize {
        let zeros = self.0.iter().take_while(|limb| **limb == 0).count();
        zeros * 32 + self.0.get(zeros).map_or(0, |limb| limb.trailing_zeros() as usize)
    }

    /// Whether 2 to the power of one less than this odd number leaves 1: so for every prime (Fermat), and for next to
    /// no other number.
    pub(crate) fn passes_fermat_test(&self) -> bool {
        if self.is_even() || self.is_one() {
            return *self == Self::from_u32(2);
        }
        let ring = Montgomery::new(self);
        let exponent = self.sub(&Self::from_u32(1));
        let mut power = ring.one.clone();
        for position in (0..exponent.bits()).rev() {
            power = ring.multiply(&power, &power);
            if exponent.bit(position) {
                ring.double(&mut power);
            }
        }
        power == ring.one
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Arithmetic modulo an odd number, on limbs of its length.
struct Montgomery<'a> {
    modulus: &'a [u32],
    /// Minus the inverse of the lowest limb, modulo 2^32.
    inverse: u32,
    /// One, in Montgomery's form: 2^(32 × length) modulo the modulus.
    one: Vec<u32>,
}

impl<'a> Montgomery<'a> {
    fn new(modulus: &'a Natural) -> Self {
        let modulus = modulus.0.as_slice();
        let mut ring = Self { modulus, inverse: inverse_of_lowest(modulus), one: Vec::new() };
        let mut one = vec![0; modulus.len()];
        one[0] = 1;
        for _ in 0..modulus.len() * 32 {
            ring.double(&mut one);
        }
        ring.one = one;
        ring
    }

    fn double(&self, number: &mut [u32]) {
        let mut carry = 0;
        for limb in number.iter_mut() {
            let top = *limb >> 31;
            *limb = *limb << 1 | carry;
            carry = top;
        }
        self.reduce(carry, number);
    }

    /// Takes the modulus off once when the number, with a carry above it, reaches it.
    fn reduce(&self, carry: u32, number: &mut [u32]) {
        if carry != 0 || number.iter().rev().cmp(self.modulus.iter().rev()) != Ordering::Less {
            subtract(number, self.modulus);
        }
    }

    fn multiply(&self, a: &[u32], b: &[u32]) -> Vec<u32> {
        let length = self.modulus.len();
        let mut product = vec![0; length * 2 + 1];
        for (offset, limb) in a.iter().enumerate() {
            product[offset + length] = multiply_add(&mut product[offset..], b, *limb);
        }
        for offset in 0..length {
            let factor = product[offset].wrapping_mul(self.inverse);
            let carry = multiply_add(&mut product[offset..], self.modulus, factor);
            carry_into(&mut product[offset + length..], carry);
        }
        let carry = product[length * 2];
        let mut result = product[length..length * 2].to_vec();
        self.reduce(carry, &mut result);
        result
    }
}

/// Adds `b` times `a` to the lowest limbs of the sum; gives the carry.
fn multiply_add(sum: &mut [u32], b: &[u32], a: u32) -> u32 {
    let mut carry = 0;
    for (limb, b) in sum.iter_mut().zip(b) {
        let value = u64::from(a) * u64::from(*b) + u64::from(*limb) + carry;
        *limb = low(value);
        carry = value >> 32;
    }
    low(carry)
}

/// Adds to the lowest limb, and what it overflows by to those above.
fn carry_into(limbs: &mut [u32], carry: u32) {
    let mut carry = u64::from(carry);
    for limb in limbs {
        if carry == 0 {
            break;
        }
        let sum = u64::from(*limb) + carry;
        *limb = low(sum);
        carry = sum >> 32;
    }
}

/// Minus the inverse of the lowest limb of an odd number, modulo 2^32.
fn inverse_of_lowest(modulus: &[u32]) -> u32 {
    let lowest = modulus.first().copied().unwrap_or(1);
    // Newton: each step doubles the correct bits; an odd number is its own inverse modulo 8.
    let inverse = (0..4).fold(lowest, |x, _| x.wrapping_mul(2u32.wrapping_sub(lowest.wrapping_mul(x))));
    inverse.wrapping_neg()
}

/// Takes `b` off the limbs, which may borrow from a carry that the caller knows of.
fn subtract(limbs: &mut [u32], b: &[u32]) {
    let mut borrow = false;
    for (position, limb) in limbs.iter_mut().enumerate() {
        let (value, under) = limb.overflowing_sub(b.get(position).copied().unwrap_or(0));
        let (value, again) = value.overflowing_sub(u32::from(borrow));
        *limb = value;
        borrow = under || again;
    }
}

/// The low half.
fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

#[cfg(test)]
mod tests;

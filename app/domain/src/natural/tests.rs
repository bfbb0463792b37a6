use proptest::prelude::*;
use rsa::BigUint;

use super::*;

fn ours(number: &BigUint) -> Natural {
    Natural::from_be_bytes(&number.to_bytes_be())
}

fn numbers() -> impl Strategy<Value = BigUint> {
    let limb = prop_oneof![3 => any::<u8>(), 1 => Just(0), 1 => Just(0xff)];
    proptest::collection::vec(limb, 0..80).prop_map(|bytes| BigUint::from_bytes_be(&bytes))
}

/// Euclid's, against our Stein's.
fn gcd(mut a: BigUint, mut b: BigUint) -> BigUint {
    let zero = BigUint::from(0u32);
    while b != zero {
        (a, b) = (b.clone(), a % b);
    }
    a
}

proptest! {
    #[test]
    fn agrees_with_a_library(a in numbers(), b in numbers(), small in 1u32.., shift in 0usize..100) {
        let (x, y) = (ours(&a), ours(&b));
        prop_assert_eq!(x.bits(), a.bits());
        prop_assert_eq!(x.add(&y), ours(&(&a + &b)));
        prop_assert_eq!(x.mul(&y), ours(&(&a * &b)));
        prop_assert_eq!(x.shr(shift), ours(&(&a >> shift)));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(BigUint::from(x.rem(small)), &a % BigUint::from(small));
        prop_assert_eq!(x.gcd(&y), ours(&gcd(a.clone(), b.clone())));
        if a >= b {
            prop_assert_eq!(x.sub(&y), ours(&(&a - &b)));
        }
    }

    #[test]
    fn a_common_factor_is_found_in_a_product(a in numbers(), others in proptest::collection::vec(numbers(), 0..4)) {
        let product = others.iter().fold(Natural::from_u32(1), |product, other| product.mul(&ours(other)));
        let number = ours(&a);
        prop_assert_eq!(number.shares_factor_with(product.clone()), !number.gcd(&product).is_one());
    }

    #[test]
    fn the_root_is_the_greatest_whose_square_fits(a in numbers()) {
        let number = ours(&a);
        let root = number.sqrt();
        let next = root.add(&Natural::from_u32(1));
        prop_assert!(root.mul(&root) <= number);
        prop_assert!(next.mul(&next) > number);
    }

    #[test]
    fn the_fermat_test_agrees_with_a_library(a in numbers()) {
        let one = BigUint::from(1u32);
        let odd = (a >> 1usize << 1usize) + BigUint::from(3u32);
        let expected = BigUint::from(2u32).modpow(&(&odd - &one), &odd) == one;
        prop_assert_eq!(ours(&odd).passes_fermat_test(), expected);
    }
}

#[test]
fn small_numbers() {
    let natural = |value| Natural::from_u32(value);
    assert!(natural(0).is_zero() && natural(0).is_even() && natural(0).bits() == 0);
    assert_eq!(natural(0).sqrt(), natural(0));
    assert_eq!(natural(99).sqrt(), natural(9));
    assert_eq!(natural(7).pow(3, 100), Some(natural(343)));
    assert_eq!(natural(7).pow(3, 8), None);
    assert!(natural(65537).passes_fermat_test());
    assert!(!natural(65535).passes_fermat_test());
}

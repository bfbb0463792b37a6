use super::*;
use crate::key::PublicKey;

const SIZES: [u32; 5] = [512, 1024, 2048, 3072, 4096];

fn rule(modulus: &Natural) -> String {
    let sizes = [u32::try_from(modulus.bits()).unwrap()];
    check(&modulus.to_be_bytes(), EXPONENT, &sizes).err().map_or("accepted".to_owned(), |rule| rule.name().to_owned())
}

fn number(hexadecimal: &str) -> Natural {
    Natural::from_be_bytes(&crate::hex::decode(hexadecimal.bytes()))
}

/// Bytes that are the same in every run: the test's only randomness.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        // xorshift64*, Vigna 2016.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
    }

    /// An odd number with exactly so many bits, the two highest set, so that products keep their size.
    fn odd(&mut self, bits: usize) -> Natural {
        let mut bytes: Vec<u8> = (0..bits / 8).map(|_| self.byte()).collect();
        bytes[0] |= 0xc0;
        *bytes.last_mut().unwrap() |= 1;
        Natural::from_be_bytes(&bytes)
    }

    fn prime(&mut self, bits: usize) -> Natural {
        next_prime(&self.odd(bits))
    }
}

fn next_prime(from: &Natural) -> Natural {
    let small = small_primes::up_to_65537();
    let mut candidate = if from.is_even() { from.add(&Natural::from_u32(1)) } else { from.clone() };
    while small.iter().any(|prime| candidate.rem(*prime) == 0) || !candidate.passes_fermat_test() {
        candidate = candidate.add(&Natural::from_u32(2));
    }
    candidate
}

#[test]
fn sound_moduli_pass() {
    let mut random = Random(7);
    for bits in [1024, 1536, 2048] {
        for _ in 0..3 {
            assert_eq!(rule(&random.prime(bits / 2).mul(&random.prime(bits / 2))), "accepted");
        }
    }
}

#[test]
fn size_and_exponent_are_asked_first() {
    let even = [0xfe; 256];
    let of = |exponent, sizes: &[u32]| check(&even, exponent, sizes).unwrap_err();
    assert_eq!(
        of(3, &[3072, 4096]).to_string(),
        "This key has 2048 bits, and it must have 3072 or 4096. Make a new pair with openssl genpkey -algorithm RSA -pkeyopt \
         rsa_keygen_bits:3072 -out private_key.pem and then openssl pkey -in private_key.pem -pubout -out public_key.pem, \
         and paste what is in public_key.pem."
    );
    assert_eq!(of(3, &SIZES).name(), "key-exponent");
    assert_eq!(of(EXPONENT, &SIZES).name(), "key-even");
    assert_eq!(check(&[0xff; 256 * 1024], EXPONENT, &SIZES).unwrap_err().name(), "key-size");
}

#[test]
fn small_factors() {
    let mut random = Random(11);
    let prime = random.prime(1008);
    for factor in [3, 251, 65521, 65537] {
        assert_eq!(rule(&prime.mul(&Natural::from_u32(factor))), "key-small-factor", "{factor}");
    }
    assert_eq!(rule(&random.prime(1008).mul(&Natural::from_u32(65539))), "accepted");
}

#[test]
fn primes_and_powers() {
    let mut random = Random(13);
    assert_eq!(rule(&random.prime(1024)), "key-prime");
    for (bits, exponent) in [(512, 2), (336, 3), (200, 5), (144, 7), (32, 31)] {
        let power = random.prime(bits).pow(exponent, 4096).unwrap();
        assert_eq!(rule(&power), "key-perfect-power", "a number of {bits} bits to the {exponent}");
    }
}

#[test]
fn close_primes() {
    let mut random = Random(17);
    let first = random.prime(512);
    let second = next_prime(&first.add(&Natural::from_u32(2)));
    assert_eq!(rule(&first.mul(&second)), "key-close-primes");
    // Primes that differ in their lower half are found in the first round or so.
    let near = next_prime(&first.add(&Natural::power_of_two(250)));
    assert_eq!(rule(&first.mul(&near)), "key-close-primes");
    let far = next_prime(&first.add(&Natural::power_of_two(300)));
    assert_eq!(rule(&first.mul(&far)), "accepted");
}

/// The round in which Fermat's method ends is known for products (m - d)(m + d): no more than 110 are tried.
#[test]
fn the_rounds_are_bounded() {
    let base = Natural::power_of_two(600).add(&Natural::power_of_two(200)).add(&Natural::from_u32(1));
    let found = |steps: u32| {
        // m = ceil(sqrt(n)) + steps exactly when d² is between two neighbours: d = sqrt(2 m steps).
        let distance = base.mul(&Natural::from_u32(2 * steps)).sqrt();
        let n = base.sub(&distance).mul(&base.add(&distance));
        fermat::has_close_primes(&n)
    };
    assert!(found(1) && found(100));
    assert!(!found(200));
}

#[test]
fn the_faulty_chips_fingerprint() {
    let primes = small_primes::up_to_65537();
    let mut random = Random(19);
    for (bits, count) in [(512, 39), (1024, 71), (2048, 126)] {
        let m = primes[..count].iter().fold(Natural::from_u32(1), |m, prime| m.mul(&Natural::from_u32(*prime)));
        let n = chip_prime(&mut random, &m, bits / 2).mul(&chip_prime(&mut random, &m, bits / 2));
        assert_eq!(rule(&n), "key-roca", "{bits}");
    }
}

/// `k × M + 65537^a mod M`, as the chips make it.
fn chip_prime(random: &mut Random, m: &Natural, bits: usize) -> Natural {
    let small = small_primes::up_to_65537();
    loop {
        let exponent = u32::from(random.byte()) + 1;
        let power = remainder(&Natural::from_u32(GENERATOR).pow(exponent, 8192).unwrap(), m);
        let k = random.odd((bits - m.bits()) / 8 * 8 + 8).shr(8 - (bits - m.bits()) % 8);
        let candidate = k.mul(m).add(&power);
        if small.iter().all(|prime| candidate.rem(*prime) != 0) && candidate.passes_fermat_test() {
            return candidate;
        }
    }
}

const GENERATOR: u32 = 65537;

fn remainder(number: &Natural, modulus: &Natural) -> Natural {
    let mut rest = number.clone();
    for shift in (0..=number.bits().saturating_sub(modulus.bits())).rev() {
        let multiple = modulus.mul(&Natural::power_of_two(shift));
        if rest >= multiple {
            rest = rest.sub(&multiple);
        }
    }
    rest
}

#[test]
fn patterns() {
    let mut random = Random(23);
    let mut bytes = random.odd(2048).to_be_bytes();
    bytes[100..116].fill(0x5a);
    assert!(pattern::repeats_a_byte(&bytes));
    bytes[107] ^= 1;
    assert!(!pattern::repeats_a_byte(&bytes));
}

/// The highest word holds the size of the primes, so it says nothing.
#[test]
fn a_pattern_is_looked_for_between_the_lowest_word_and_the_highest() {
    let mut random = Random(37);
    let word = |random: &mut Random, filled| random.odd(filled).to_be_bytes();
    let middle: Vec<u8> = (0..14).flat_map(|_| [vec![0; 4], word(&mut random, 96)].concat()).collect();
    let modulus = [word(&mut random, 128), middle, word(&mut random, 128)].concat();
    assert!(pattern::is_short_polynomial(&Natural::from_be_bytes(&modulus)));
}

/// Primes whose 128-bit words are filled in part only, and primes of 32-bit words with ten empty bits in the product:
/// the two kinds that were found in the world.
#[test]
fn short_sleeves() {
    let mut random = Random(29);
    for (word, filled) in [(128, 56), (64, 24), (32, 8)] {
        let sleeve = |random: &mut Random| {
            let words = (0..1024 / word).map(|place| random.odd(filled).mul(&Natural::power_of_two(place * word)));
            // The highest word is shifted up, as the size must be right.
            let top = Natural::power_of_two(1023);
            next_prime(&words.fold(top, |sum, word| sum.add(&word)))
        };
        let n = sleeve(&mut random).mul(&sleeve(&mut random));
        assert!(pattern::is_short_polynomial(&n), "{word}");
        assert_eq!(rule(&n), "key-polynomial", "{word}");
    }
}

#[test]
fn shared_primes() {
    let mut random = Random(31);
    let key = |p: &Natural, q: &Natural| {
        use base64::Engine;
        let n = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(p.mul(q).to_be_bytes());
        PublicKey::from_jwk(&serde_json::json!({ "kty": "RSA", "n": n, "e": "AQAB" })).unwrap()
    };
    let [p, q, r, s] = [(); 4].map(|()| random.prime(512));
    let sharing = |others: &[&PublicKey]| {
        let product = others.iter().fold(vec![1], |product, other| crate::key::multiplied(&product, other.modulus()));
        key(&p, &q).shares_prime_with(&product)
    };
    assert!(sharing(&[&key(&p, &r)]) && sharing(&[&key(&r, &q)]) && !sharing(&[&key(&r, &s)]));
    assert!(sharing(&[&key(&r, &s), &key(&p, &r)]) && sharing(&[&key(&p, &r), &key(&q, &r)]));
    assert!(!sharing(&[]));
}

#[test]
fn a_known_sound_key_is_none_of_these() {
    // RSA-2048 of the RSA Factoring Challenge.
    let challenge = "c7970ceedcc3b0754490201a7aa613cd73911081c790f5f1a8726f463550bb5b7ff0db8e1ea1189ec72f93d1650011bd\
        721aeeacc2acde32a04107f0648c2813a31f5b0b7765ff8b44b4b6ffc93384b646eb09c7cf5e8592d40ea33c80039f35\
        b4f14a04b51f7bfd781be4d1673164ba8eb991c2c4d730bbbe35f592bdef524af7e8daefd26c66fc02c479af89d64d37\
        3f442709439de66ceb955f3ea37d5159f6135809f85334b5cb1813addc80cd05609f10ac6a95ad65872c909525bdad32\
        bc729592642920f24c61dc5b3c3b7923e56b16a4d9d373d8721f24a3fc0f1b3131f55615172866bccc30f95054c824e7\
        33a5eb6817f7bc16399d48c6361cc7e5";
    let modulus = number(challenge);
    assert_eq!((modulus.bits(), rule(&modulus).as_str()), (2048, "accepted"));
}

//! The second factor: time-based codes (RFC 6238: SHA-1, 6 digits, 30 seconds) and recovery codes.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Bytes of a secret: the 160 bits that RFC 4226 section 4 recommends.
pub const SECRET_BYTES: usize = 20;

/// Seconds that one code lasts.
pub const STEP_SECONDS: i64 = 30;

/// How many recovery codes a person gets at once.
pub const RECOVERY_CODES: usize = 10;

/// Bytes of randomness in one recovery code: 120 bits, beyond guessing even from a stolen list of hashes, which need
/// not be slow then (ASVS 5.0, 6.5.2).
pub const RECOVERY_BYTES: usize = 15;

/// The secret that the person's app and the portal share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET_BYTES]);

impl TotpSecret {
    /// A secret of the random bytes given.
    pub fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The secret as it was opened from its sealed form, when it has the right length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to seal.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret to type into an app, in groups of four so that it can be read aloud.
    pub fn grouped(&self) -> String {
        groups(&BASE32_NOPAD.encode(&self.0), ' ')
    }

    /// The `otpauth://` address that an app reads. `service` and `account` are what the app then shows.
    pub fn uri(&self, service: &str, account: &str) -> String {
        let plain = |text: &str| text.replace(':', " ");
        let named = self.builder().with_issuer(Some(plain(service))).with_account_name(plain(account));
        let secret = BASE32_NOPAD.encode(&self.0);
        named.build_noncompliant().to_url().unwrap_or_else(|_| format!("otpauth://totp/account?secret={secret}"))
    }

    /// The code of the step in which `now` lies.
    pub fn code_at(&self, now: OffsetDateTime) -> String {
        self.totp().generate(seconds(now)).to_string()
    }

    /// The step whose code was typed, one step early or late allowed (RFC 6238 section 5.2). A step at or before
    /// `last_used` never matches, so that a code seen over a shoulder is worth nothing: store the step returned.
    pub fn matching_step(&self, typed: &str, now: OffsetDateTime, last_used: Option<i64>) -> Option<i64> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (totp, current) = (self.totp(), now.unix_timestamp() / STEP_SECONDS);
        let is_unused = |step: &i64| *step >= 0 && last_used.is_none_or(|used| *step > used);
        let is_typed = |step: &i64| totp.check(&code, step.unsigned_abs() * STEP_SECONDS.unsigned_abs()).is_some();
        (current - 1..=current + 1).filter(is_unused).rfind(is_typed)
    }

    fn builder(&self) -> Builder {
        let secret = Secret::from(self.0.to_vec());
        Builder::new().with_algorithm(Algorithm::SHA1).with_skew(0).with_secret(secret)
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// One recovery code in the form that the person writes down: six groups of four.
pub fn recovery_code(random: [u8; RECOVERY_BYTES]) -> String {
    groups(&BASE32_NOPAD.encode(&random), '-')
}

/// What is stored of a recovery code: the lowercase hex SHA-256 of its letters and digits, however they were typed.
pub fn recovery_hash(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| match c.to_ascii_uppercase() {
        '0' => 'O',
        '8' => 'B',
        other => other,
    });
    HEXLOWER.encode(&Sha256::digest(letters.collect::<String>().as_bytes()))
}

fn seconds(now: OffsetDateTime) -> u64 {
    u64::try_from(now.unix_timestamp()).unwrap_or(0)
}

fn groups(text: &str, between: char) -> String {
    let chars: Vec<char> = text.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(&between.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(unix).unwrap()
    }

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    /// RFC 6238 appendix B, the SHA-1 rows, of whose eight digits an app shows the last six.
    #[test]
    fn gives_the_codes_of_rfc_6238() {
        for (unix, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().code_at(at(unix)), code, "at {unix}");
            assert_eq!(rfc().matching_step(code, at(unix), None), Some(unix / 30), "at {unix}");
        }
    }

    #[test]
    fn allows_one_step_early_or_late_and_no_more() {
        let code = rfc().code_at(at(3_000));
        for (unix, matched) in [(2_939, false), (2_940, false), (2_970, true), (3_059, true), (3_060, false)] {
            assert_eq!(rfc().matching_step(&code, at(unix), None).is_some(), matched, "at {unix}");
        }
    }

    #[test]
    fn a_step_counts_once() {
        let code = rfc().code_at(at(3_000));
        assert_eq!(rfc().matching_step(&code, at(3_000), Some(99)), Some(100));
        assert_eq!(rfc().matching_step(&code, at(3_000), Some(100)), None);
        assert_eq!(rfc().matching_step(&code, at(3_000), Some(101)), None);
    }

    #[test]
    fn takes_a_code_with_spaces_and_nothing_that_is_not_six_digits() {
        assert!(rfc().matching_step("287 082 ", at(59), None).is_some());
        for typed in ["", "28708", "2870822", "28708x", "２８７０８２", "-87082", "287082287082"] {
            assert_eq!(rfc().matching_step(typed, at(59), None), None, "{typed}");
        }
    }

    #[test]
    fn the_app_reads_the_same_secret() {
        let uri = rfc().uri("NHS login: clients", "a+b@example.com");
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(!uri.contains(' '), "{uri}");
        assert_eq!(rfc().grouped(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let code = recovery_code([0x5a; RECOVERY_BYTES]);
        assert_eq!(code.len(), 29);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(recovery_hash(&typed), recovery_hash(&code));
        assert_ne!(recovery_hash(&code), recovery_hash(&recovery_code([0x5b; RECOVERY_BYTES])));
    }
}

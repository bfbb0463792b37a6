//! Password hashing: argon2id in a bounded pool, with the same work whether the account is known or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use unicode_normalization::UnicodeNormalization;

use super::pool::{Pool, PoolError};

/// KiB of memory for one hash (OWASP: m=19456, t=2, p=1).
const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

/// A hash of a password that nobody has, at the parameters above: what an unknown account is verified against.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$vJuCC85fVTHECjsKRwSjXo7pKDE1+u3qWMvRTvBBmjA";

/// Hashes passwords in a pool: at most as many at once as it has threads, 19 MiB each. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    pool: Pool,
    hashes: Arc<AtomicU64>,
}

impl Passwords {
    /// Computes at most `concurrency` hashes at once (at least one).
    pub fn new(concurrency: usize) -> Self {
        Self::within(Pool::new(concurrency))
    }

    fn within(pool: Pool) -> Self {
        Self { pool, hashes: Arc::default() }
    }

    /// The threads that hash. A test keeps them busy.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The PHC string of a password under a fresh random salt.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, PoolError> {
        let password = normal(password);
        self.run(move || {
            let hash = argon2id()?.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| PoolError::Failed)
        })
        .await
    }

    /// Whether the password is that of the PHC string. Without one (unknown account, or one without a password) the
    /// same work is done and the answer is no.
    pub async fn verify(&self, password: &str, phc: Option<&str>) -> Result<bool, PoolError> {
        let password = normal(password);
        let (known, phc) = (phc.is_some(), phc.unwrap_or(NOBODY).to_owned());
        self.run(move || {
            let hash = PasswordHash::new(&phc).map_err(|_| PoolError::Failed)?;
            let matches = argon2id()?.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(known && matches)
        })
        .await
    }

    /// Hashes computed since the start. A test compares it between paths that must not differ.
    pub fn hashes_done(&self) -> u64 {
        self.hashes.load(Ordering::SeqCst)
    }

    /// Runs one computation of argon2 in the pool.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PoolError> + Send + 'static,
    ) -> Result<T, PoolError> {
        let hashes = Arc::clone(&self.hashes);
        let counted = move || {
            hashes.fetch_add(1, Ordering::SeqCst);
            work()
        };
        self.pool.run(counted).await?
    }
}

fn argon2id() -> Result<Argon2<'static>, PoolError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PoolError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The same characters typed on another keyboard are the same password (RFC 8265 section 4.2).
fn normal(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_what_it_hashed_and_nothing_else() {
        let pool = Passwords::new(2);
        let phc = pool.hash("correct horse battery", [7; 16]).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(pool.verify("correct horse battery", Some(&phc)).await, Ok(true));
        assert_eq!(pool.verify("correct horse batterz", Some(&phc)).await, Ok(false));
        assert_eq!(pool.hashes_done(), 3);
    }

    #[tokio::test]
    async fn an_unknown_account_costs_the_same_work() {
        let pool = Passwords::new(1);
        assert_eq!(pool.verify("anything at all", None).await, Ok(false));
        assert_eq!(pool.hashes_done(), 1);
        let nobody = Params::try_from(&PasswordHash::new(NOBODY).unwrap()).unwrap();
        assert_eq!((nobody.m_cost(), nobody.t_cost(), nobody.p_cost()), (MEMORY_KIB, PASSES, LANES));
    }

    #[tokio::test]
    async fn a_broken_hash_fails_and_does_not_let_in() {
        assert_eq!(Passwords::new(1).verify("anything", Some("broken")).await, Err(PoolError::Failed));
    }

    #[tokio::test]
    async fn the_same_word_from_another_keyboard_is_the_same_password() {
        let pool = Passwords::new(1);
        let phc = pool.hash("caf\u{e9} au lait s'il vous plait", [1; 16]).await.unwrap();
        assert_eq!(pool.verify("cafe\u{301} au lait s'il vous plait", Some(&phc)).await, Ok(true));
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy() {
        let pool = Passwords::within(Pool::with_queue(1, 1));
        let tries = (0..8).map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.verify("flood", None).await })
        });
        let mut answers = Vec::new();
        for task in tries.collect::<Vec<_>>() {
            answers.push(task.await.unwrap());
        }
        assert!(answers.contains(&Err(PoolError::Busy)), "{answers:?}");
        assert!(answers.contains(&Ok(false)), "{answers:?}");
        assert_eq!(pool.verify("after the flood", None).await, Ok(false));
    }
}

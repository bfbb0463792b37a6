//! What guards an account: passwords, second factors, single-use tokens, rate limits, secrets at rest.
//!
//! Nothing here reads a clock or draws random bytes by itself: both come in through [`Ambient`], so that every
//! test can choose them.

pub mod ambient;
pub mod bucket;
pub mod limits;
pub mod password_rules;
pub mod passwords;
pub mod pool;
pub mod proof;
pub mod reading;
pub mod sealed_form;
pub mod secret_box;
pub mod tokens;
pub mod totp;
pub mod tries;
pub mod waiting;

use std::sync::Arc;

pub use ambient::Ambient;
pub use limits::Limits;
pub use password_rules::{Asked, check_password, judge_password};
pub use passwords::Passwords;
pub use pool::{Pool, PoolError};
pub use sealed_form::KeptForm;
pub use secret_box::SecretBox;
pub use tokens::Token;
pub use totp::TotpSecret;

/// Everything that server functions need to guard accounts, cheap to clone into each request.
#[derive(Clone)]
pub struct Auth {
    /// The clock and the source of random bytes.
    pub ambient: Ambient,
    /// Hashes passwords, in a bounded pool of its own: whoever checks keys does not stop people from signing in.
    pub passwords: Passwords,
    /// The bounded pool for everything else that costs more than a page: guesses of passwords, keys, what people paste.
    pub checks: Pool,
    /// How often each account and each address may try.
    pub limits: Arc<Limits>,
    /// Encrypts second-factor secrets at rest.
    pub secrets: SecretBox,
}

//! What sign-in compares with. Read outside the transaction that signs in, because hashing a password takes long.

use crate::{
    error::StoreError,
    sql::{self, Columns, values},
    store::Store,
};
use domain::{
    account::{Account, Secret},
    draft::hex_digest,
    id::AccountId,
};
use sea_orm::{ConnectionTrait, QueryResult};

/// An account with its secrets.
#[derive(Clone, PartialEq)]
pub struct CredentialsRow {
    /// The account.
    pub account: Account,
    /// PHC string of the password; none before staff chose one.
    pub password_phc: Option<String>,
    /// What stands for the password in a command that rests on its having been right.
    pub fingerprint: Secret,
    /// The sealed TOTP secret.
    pub totp_sealed: Option<String>,
    /// The step of the last code that was accepted.
    pub last_totp_step: Option<i64>,
}

impl std::fmt::Debug for CredentialsRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsRow").field("account", &self.account.id).finish_non_exhaustive()
    }
}

const SELECT: &str = "SELECT a.state, c.password_phc, c.totp_sealed, c.last_totp_step, c.sign_outs
                      FROM accounts a LEFT JOIN credentials c ON c.account_id = a.id";

impl Store {
    /// Whether anybody has an account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        sql::exists(self.reads(), "SELECT 1 AS found FROM accounts LIMIT 1", vec![]).await
    }

    /// By the address in lower case (`EmailAddress::key`).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn credentials_by_email(&self, key: &str) -> Result<Option<CredentialsRow>, StoreError> {
        let select = format!("{SELECT} WHERE a.email_key = $1");
        sql::first(self.reads(), &select, values![key]).await?.as_ref().map(read).transpose()
    }

    /// By account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn credentials(&self, account: AccountId) -> Result<Option<CredentialsRow>, StoreError> {
        let select = format!("{SELECT} WHERE a.id = $1");
        sql::first(self.reads(), &select, values![account.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// How many recovery codes of an account were not used yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreError> {
        let select = "SELECT COUNT(*) AS n FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL";
        let row = sql::first(self.reads(), select, values![account.to_string()]).await?;
        row.map_or(Ok(0), |row| row.number("n"))
    }

    /// Whether a second factor is kept, sealed under the key file.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_second_factors(&self) -> Result<bool, StoreError> {
        let select = "SELECT 1 AS found FROM credentials WHERE totp_sealed IS NOT NULL LIMIT 1";
        sql::exists(self.reads(), select, vec![]).await
    }
}

fn read(row: &QueryResult) -> Result<CredentialsRow, StoreError> {
    let password_phc: Option<String> = row.col("password_phc")?;
    Ok(CredentialsRow {
        fingerprint: fingerprint_of(password_phc.as_deref(), row.col("sign_outs")?),
        account: row.json("state")?,
        password_phc,
        totp_sealed: row.col("totp_sealed")?,
        last_totp_step: row.col("last_totp_step")?,
    })
}

/// The fingerprint as it is now, for whoever decides; none where the account has no credentials.
pub(crate) async fn fingerprint(
    connection: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<Secret>, StoreError> {
    let select = "SELECT password_phc, sign_outs FROM credentials WHERE account_id = $1";
    let row = sql::first(connection, select, values![account.to_string()]).await?;
    row.map(|row| Ok(fingerprint_of(row.col::<Option<String>>("password_phc")?.as_deref(), row.col("sign_outs")?)))
        .transpose()
}

/// Another password gives another fingerprint, and so does ending the account's sessions: a sign-in that is half way
/// ends with them (threat 7).
fn fingerprint_of(password_phc: Option<&str>, sign_outs: Option<i64>) -> Secret {
    let text = format!("{} {}", sign_outs.unwrap_or_default(), password_phc.unwrap_or_default());
    Secret(hex_digest(text.as_bytes()))
}

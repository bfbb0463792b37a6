//! What sign-in compares with. Read outside the transaction that signs in, because hashing a password takes long.

use crate::{entity::*, error::StoreError, store::Store};
use domain::{
    account::{Account, Secret},
    draft::hex_digest,
    id::AccountId,
};
use sea_orm::{PaginatorTrait, sea_query::ExprTrait};

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

/// State, password, TOTP secret, the step of its last code, and how often all sessions were ended.
type Kept = (Document, Option<String>, Option<String>, Option<i64>, Option<i64>);

impl Store {
    /// Whether anybody has an account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        is_any(self.reads(), account::Entity::find()).await
    }

    /// By the address in lower case (`EmailAddress::key`).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn credentials_by_email(&self, key: &str) -> Result<Option<CredentialsRow>, StoreError> {
        self.credentials_where(account::EmailKey.eq(key)).await
    }

    /// By account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn credentials(&self, account: AccountId) -> Result<Option<CredentialsRow>, StoreError> {
        self.credentials_where(account::Id.eq(Word(account))).await
    }

    async fn credentials_where(&self, which: Expr) -> Result<Option<CredentialsRow>, StoreError> {
        let row = account::Entity::find().left_join(credential::Entity).filter(which).select_only();
        let row = row.column(account::State);
        let row = row
            .columns([credential::PasswordPhc, credential::TotpSealed, credential::LastTotpStep, credential::SignOuts])
            .into_tuple();
        let row: Option<Kept> = row.one(self.reads()).await?;
        let Some((state, password_phc, totp_sealed, last_totp_step, sign_outs)) = row else { return Ok(None) };
        let fingerprint = fingerprint_of(password_phc.as_deref(), sign_outs);
        Ok(Some(CredentialsRow { account: state.read()?, password_phc, fingerprint, totp_sealed, last_totp_step }))
    }

    /// How many recovery codes of an account were not used yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn recovery_codes_left(&self, account: AccountId) -> Result<u64, StoreError> {
        let left = recovery_code::AccountId.eq(Word(account)).and(recovery_code::UsedAt.is_null());
        Ok(recovery_code::Entity::find().filter(left).count(self.reads()).await?)
    }

    /// Whether a second factor is kept, sealed under the key file.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_second_factors(&self) -> Result<bool, StoreError> {
        is_any(self.reads(), credential::Entity::find().filter(credential::TotpSealed.is_not_null())).await
    }
}

/// The fingerprint as it is now, for whoever decides; none where the account has no credentials.
pub(crate) async fn fingerprint(
    connection: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<Secret>, StoreError> {
    let row = credential::Entity::find_by_id(Word(account)).select_only();
    let row = row.columns([credential::PasswordPhc, credential::SignOuts]).into_tuple::<(Option<String>, i64)>();
    let row = row.one(connection).await?;
    Ok(row.map(|(password_phc, sign_outs)| fingerprint_of(password_phc.as_deref(), Some(sign_outs))))
}

/// Another password gives another fingerprint, and so does ending the account's sessions: a sign-in that is half way
/// ends with them (threat 7).
fn fingerprint_of(password_phc: Option<&str>, sign_outs: Option<i64>) -> Secret {
    let text = format!("{} {}", sign_outs.unwrap_or_default(), password_phc.unwrap_or_default());
    Secret(hex_digest(text.as_bytes()))
}

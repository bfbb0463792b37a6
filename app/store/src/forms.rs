//! Refused forms, kept for a while so that they are shown again with what was typed. The caller empties passwords and
//! private keys first.

use crate::{
    error::StoreError,
    sql::{self, Columns, millis, values},
    store::Store,
};
use domain::{id::AccountId, problem::Problem};
use time::OffsetDateTime;

/// Forms of visitors that are kept at the same time. Each has at most 96 KB.
const MOST_OF_VISITORS: u32 = 300;
/// Forms of people who are signed in, or were a moment ago, that are kept at the same time.
const MOST_OF_ACCOUNTS: u32 = 700;

/// A form that was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedForm {
    /// Which form.
    pub form: String,
    /// What was typed.
    pub values: serde_json::Value,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Whose it is; none for visitors. The caller shows it to nobody else.
    pub account: Option<AccountId>,
}

impl Store {
    /// Keeps a refused form until `expires_at`, found by the hash of a token.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_form(
        &self,
        token_hash: &str,
        form: &RefusedForm,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO refused_forms (token_hash, form, form_values, problems, account_id, expires_at)
                      VALUES ($1, $2, $3, $4, $5, $6)
                      ON CONFLICT (token_hash) DO UPDATE SET form_values = excluded.form_values,
                      problems = excluded.problems, expires_at = excluded.expires_at";
        let row = values![
            token_hash,
            form.form.clone(),
            form.values.to_string(),
            serde_json::to_string(&form.problems)?,
            form.account.map(|account| account.to_string()),
            millis(expires_at),
        ];
        self.write(insert, row).await?;
        self.forget_oldest_forms().await
    }

    /// Keeps at most so many forms in all, the newest: those of people who are signed in apart from those of visitors, who
    /// could otherwise push them out.
    async fn forget_oldest_forms(&self) -> Result<(), StoreError> {
        for (whose, most) in [("IS NULL", MOST_OF_VISITORS), ("IS NOT NULL", MOST_OF_ACCOUNTS)] {
            let delete = format!(
                "DELETE FROM refused_forms WHERE token_hash IN (
                     SELECT token_hash FROM refused_forms WHERE account_id {whose}
                     ORDER BY expires_at DESC, token_hash LIMIT 1000 OFFSET {most})"
            );
            self.write(&delete, vec![]).await?;
        }
        Ok(())
    }

    /// The form, while it is kept. Reading does not use it up: a page may be loaded again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_form(&self, token_hash: &str, now: OffsetDateTime) -> Result<Option<RefusedForm>, StoreError> {
        let select = "SELECT form, form_values, problems, account_id FROM refused_forms
                      WHERE token_hash = $1 AND expires_at > $2";
        let row = sql::first(self.reads(), select, values![token_hash, millis(now)]).await?;
        row.map(|row| {
            Ok(RefusedForm {
                form: row.col("form")?,
                values: row.json("form_values")?,
                problems: row.json("problems")?,
                account: row.parsed_option("account_id")?,
            })
        })
        .transpose()
    }

    /// Forgets a kept form. Nothing happens when there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn drop_form(&self, token_hash: &str) -> Result<(), StoreError> {
        self.write("DELETE FROM refused_forms WHERE token_hash = $1", values![token_hash]).await.map(|_| ())
    }
}

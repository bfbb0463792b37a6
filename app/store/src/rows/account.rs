//! Accounts: the secrets beside them, their sessions and links, and the mails that keep a person informed.

use super::{Change, Context, Scope, Subject, ownerless, sealed::Rows};
use crate::{
    authority, credentials,
    error::StoreError,
    history::named::{About, Person},
    links::{self, LinkPurpose},
    list_words,
    outbox::{digest, mail},
    sessions,
    sql::{self, Columns, millis, values, word_of},
};
use domain::{
    account::{Account, Command, Event, Facts, Proof, Secret},
    actor::{Actor, By, StaffRole, account_of},
    aggregate::Aggregate,
    authority::Authority,
    erasure::Erasure,
    id::{AccountId, OrganisationId},
    notice::Notice,
    refusal::Refusal,
    text::{self, FreeText},
};
use sea_orm::{DatabaseTransaction, Value};
use time::OffsetDateTime;

impl Rows for Account {
    const TABLE: &'static str = "accounts";

    fn columns(&self, _now: OffsetDateTime) -> Vec<(&'static str, Value)> {
        let email = self.email.as_ref();
        let proposed = self.proposed_role.as_ref();
        vec![
            ("email_key", email.map(|email| email.key()).unwrap_or_default().into()),
            ("email", email.map(|email| email.as_str().to_owned()).unwrap_or_default().into()),
            ("name", self.name.clone().into()),
            ("name_shape", text::name_shape(&self.name).into()),
            ("staff_role", self.staff.as_ref().map(word_of).into()),
            ("role_set_by", self.staff_set.and_then(|stamp| setter(stamp.by)).into()),
            ("role_proposed", proposed.map(|proposed| role_word(proposed.role)).into()),
            (
                "role_proposed_by",
                proposed.and_then(|proposed| account_of(&proposed.stamp)).map(|id| id.to_string()).into(),
            ),
            ("role_proposed_at", proposed.map(|proposed| millis(proposed.stamp.at)).into()),
            ("verified", self.verified.is_some().into()),
            ("second_factor", self.second_factor.is_some().into()),
            ("disabled", self.disabled.is_some().into()),
        ]
    }

    fn scope(&self) -> Scope {
        Scope::default()
    }

    fn subject(change: &Change<'_, Self>, _event: &Event) -> Subject {
        let found = if change.before.email.is_some() { change.before } else { change.after };
        let email = found.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default();
        let person = Person { name: FreeText(found.name.clone()), email: FreeText(email) };
        Subject { about: About { person: Some(person), ..About::default() }, ..Subject::default() }
    }

    fn erase(erasure: Erasure) -> Command {
        Command::Erase(erasure)
    }

    fn owner(&self) -> Option<OrganisationId> {
        None
    }

    /// Two sign-ups for one address: the loser finds the account there.
    fn taken() -> Option<Refusal> {
        Some(Refusal::AccountExists)
    }

    async fn facts(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        state: &Self,
        _actor: &Actor,
        command: &Command,
    ) -> Result<Facts, StoreError> {
        let link = match command {
            Command::Verify { link, .. } => Some((link, LinkPurpose::Verify)),
            Command::ResetPassword { link, .. } => Some((link, LinkPurpose::Reset)),
            _ => None,
        };
        let link_valid = match link {
            Some((link, purpose)) => links::is_valid(transaction, &link.0, state.id, purpose, context.now).await?,
            None => false,
        };
        let (last_totp_step, recovery_code_valid) = match command {
            Command::SignIn { proof, .. } | Command::Reauthenticate { proof, .. } => {
                proof_facts(transaction, state.id, proof).await?
            }
            _ => (None, false),
        };
        let password_stands = match command {
            Command::SignIn { shown, .. } | Command::Verify { shown, .. } => {
                credentials::fingerprint(transaction, state.id).await?.as_ref() == Some(shown)
            }
            _ => false,
        };
        let proposer = match (command, state.proposed_role.as_ref().map(|proposed| proposed.stamp.by)) {
            (Command::ConfirmRole { .. }, Some(By::Account(proposer))) => authority::of(transaction, proposer).await?,
            _ => None,
        };
        Ok(Facts { link_valid, last_totp_step, recovery_code_valid, password_stands, proposer })
    }

    async fn follow_up(
        transaction: &DatabaseTransaction,
        context: &Context<'_>,
        change: &Change<'_, Self>,
    ) -> Result<(), StoreError> {
        let secrets = Secrets { transaction, account: change.after.id, now: context.now };
        secrets.carry_out(change).await?;
        if change.before.disabled.is_some() != change.after.disabled.is_some() {
            ownerless::judge_those_of(transaction, change.after.id).await?;
        }
        if (&change.before.name, &change.before.email) != (&change.after.name, &change.after.email) {
            list_words::keep_of(transaction, Self::KIND, &change.after.id.to_string()).await?;
        }
        let counts = |account: &Account| Authority::of(account).lapse().is_none();
        if counts(change.before) && !counts(change.after) {
            digest::tell_what_lapsed(transaction, context.now, change.after.id).await?;
        }
        for event in change.events {
            if let Some(notice) = notice(event, change.before) {
                mail::enqueue(transaction, context.now, change.after.id, &notice, None).await?;
            }
        }
        Ok(())
    }
}

/// Who set a staff role, as the database's guard reads it.
fn setter(by: By) -> Option<String> {
    match by {
        By::Account(account) => Some(account.to_string()),
        By::Operator => Some("operator".into()),
        By::System | By::Visitor => None,
    }
}

/// A role that is proposed; `none` takes it away.
fn role_word(role: Option<StaffRole>) -> String {
    role.as_ref().map_or_else(|| "none".into(), word_of)
}

async fn proof_facts(
    transaction: &DatabaseTransaction,
    account: AccountId,
    proof: &Proof,
) -> Result<(Option<i64>, bool), StoreError> {
    match proof {
        Proof::PasswordOnly => Ok((None, false)),
        Proof::Totp { .. } => {
            let select = "SELECT last_totp_step FROM credentials WHERE account_id = $1";
            let row = sql::first(transaction, select, values![account.to_string()]).await?;
            Ok((row.map(|row| row.col("last_totp_step")).transpose()?.flatten(), false))
        }
        Proof::RecoveryCode { hash } => {
            let select =
                "SELECT 1 AS found FROM recovery_codes WHERE account_id = $1 AND hash = $2 AND used_at IS NULL";
            Ok((None, sql::exists(transaction, select, values![account.to_string(), hash.0.clone()]).await?))
        }
    }
}

fn notice(event: &Event, before: &Account) -> Option<Notice> {
    match event {
        Event::SignedUp { .. } => Some(Notice::VerifyAddress),
        Event::SignedUpAgain => Some(Notice::AddressInUse),
        Event::ResetAsked => Some(Notice::PasswordReset),
        Event::Recovered => Some(Notice::AccountRecovered),
        Event::Granted { .. } if before.verified.is_none() => Some(Notice::StaffInvitation),
        Event::PasswordReset | Event::PasswordChanged => Some(Notice::PasswordChanged),
        Event::SecondFactorSet if before.second_factor.is_some() => Some(Notice::SecondFactorChanged),
        Event::SecondFactorSet => Some(Notice::SecondFactorSet),
        Event::SecondFactorRemoved => Some(Notice::SecondFactorRemoved),
        _ => None,
    }
}

/// What a command does to the secrets and sessions beside an account.
struct Secrets<'a> {
    transaction: &'a DatabaseTransaction,
    account: AccountId,
    now: OffsetDateTime,
}

impl Secrets<'_> {
    async fn carry_out(&self, change: &Change<'_, Account>) -> Result<(), StoreError> {
        match change.command {
            Command::SignUp { password, .. } if change.before.email.is_none() => self.create(Some(password)).await,
            Command::SignUp { password, .. } => match change.events {
                [Event::SignedUp { .. }] => self.set_password(password).await,
                _ => Ok(()),
            },
            Command::Grant { .. } if change.before.email.is_none() => self.create(None).await,
            // Whoever signed up may not be whose address it is: the password has to be chosen by the mailed link.
            Command::Grant { .. } if change.before.verified.is_none() => self.remove_password().await,
            // Whoever holds a session when the role changes signs in again, so that none carries on with the old one.
            Command::Grant { .. } | Command::ConfirmRole { .. } | Command::Disable | Command::SignOutEverywhere => {
                sessions::end_all(self.transaction, self.account, None).await
            }
            Command::Verify { .. } => {
                links::use_up(self.transaction, self.account, LinkPurpose::Verify, self.now).await
            }
            Command::ResetPassword { password, .. } => {
                self.use_up_resets().await?;
                self.set_password(password).await?;
                sessions::end_all(self.transaction, self.account, None).await
            }
            // An open link for choosing a password would undo the choice.
            Command::ChangePassword { password, keep } => {
                self.use_up_resets().await?;
                self.set_password(password).await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await
            }
            Command::SetSecondFactor { totp, step, recovery_codes, keep } => {
                self.set_second_factor(totp, *step, recovery_codes).await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await?;
                let confirm = "UPDATE sessions SET second_factor = TRUE WHERE token_hash = $1 AND account_id = $2";
                self.run(confirm, values![keep.0.clone(), self.account.to_string()]).await
            }
            Command::RemoveSecondFactor { keep } => {
                self.remove_second_factor().await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await
            }
            // Whoever knows the old password must not be the one who sets the next second factor.
            Command::Recover => {
                self.use_up_resets().await?;
                self.remove_second_factor().await?;
                self.remove_password().await?;
                sessions::end_all(self.transaction, self.account, None).await
            }
            Command::SignIn { session, proof, .. } => self.sign_in(session, proof).await,
            Command::Reauthenticate { session, proof } => self.reauthenticate(session, proof).await,
            Command::SignOut { session } => {
                let end = "DELETE FROM sessions WHERE token_hash = $1 AND account_id = $2";
                self.run(end, values![session.0.clone(), self.account.to_string()]).await
            }
            Command::AskReset
            | Command::Rename { .. }
            | Command::ProposeRole { .. }
            | Command::DropRole
            | Command::Enable
            | Command::Erase(_) => Ok(()),
        }
    }

    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<(), StoreError> {
        sql::run(self.transaction, sql, values).await.map(|_| ())
    }

    async fn create(&self, password: Option<&Secret>) -> Result<(), StoreError> {
        let insert = "INSERT INTO credentials (account_id, password_phc) VALUES ($1, $2)";
        self.run(insert, values![self.account.to_string(), password.map(|password| password.0.clone())]).await
    }

    async fn set_password(&self, password: &Secret) -> Result<(), StoreError> {
        let set = "UPDATE credentials SET password_phc = $2 WHERE account_id = $1";
        self.run(set, values![self.account.to_string(), password.0.clone()]).await
    }

    async fn remove_password(&self) -> Result<(), StoreError> {
        let unset = "UPDATE credentials SET password_phc = NULL WHERE account_id = $1";
        self.run(unset, values![self.account.to_string()]).await
    }

    async fn use_up_resets(&self) -> Result<(), StoreError> {
        links::use_up(self.transaction, self.account, LinkPurpose::Reset, self.now).await
    }

    async fn set_second_factor(&self, totp: &Secret, step: i64, recovery_codes: &[Secret]) -> Result<(), StoreError> {
        let set = "UPDATE credentials SET totp_sealed = $2, last_totp_step = $3 WHERE account_id = $1";
        self.run(set, values![self.account.to_string(), totp.0.clone(), step]).await?;
        self.drop_recovery_codes().await?;
        for code in recovery_codes {
            let insert = "INSERT INTO recovery_codes (account_id, hash) VALUES ($1, $2)";
            self.run(insert, values![self.account.to_string(), code.0.clone()]).await?;
        }
        Ok(())
    }

    async fn remove_second_factor(&self) -> Result<(), StoreError> {
        let unset = "UPDATE credentials SET totp_sealed = NULL, last_totp_step = NULL WHERE account_id = $1";
        self.run(unset, values![self.account.to_string()]).await?;
        self.drop_recovery_codes().await
    }

    async fn drop_recovery_codes(&self) -> Result<(), StoreError> {
        self.run("DELETE FROM recovery_codes WHERE account_id = $1", values![self.account.to_string()]).await
    }

    async fn sign_in(&self, session: &Secret, proof: &Proof) -> Result<(), StoreError> {
        self.use_up(proof).await?;
        let insert = "INSERT INTO sessions (token_hash, account_id, created_at, seen_at, second_factor)
                      VALUES ($1, $2, $3, $3, $4)";
        let second_factor = *proof != Proof::PasswordOnly;
        let row = values![session.0.clone(), self.account.to_string(), millis(self.now), second_factor];
        self.run(insert, row).await
    }

    /// A code shown in an open session confirms that session with a second factor too.
    async fn reauthenticate(&self, session: &Secret, proof: &Proof) -> Result<(), StoreError> {
        self.use_up(proof).await?;
        let renew = "UPDATE sessions SET reauthenticated_at = $3, second_factor = (second_factor OR $4)
                     WHERE token_hash = $1 AND account_id = $2";
        let shown = *proof != Proof::PasswordOnly;
        let row = values![session.0.clone(), self.account.to_string(), millis(self.now), shown];
        match sql::run(self.transaction, renew, row).await? {
            1 => Ok(()),
            _ => Err(StoreError::Refused(Refusal::NotSignedIn)),
        }
    }

    /// Each code is accepted once (RFC 6238, 5.2).
    async fn use_up(&self, proof: &Proof) -> Result<(), StoreError> {
        match proof {
            Proof::PasswordOnly => Ok(()),
            Proof::Totp { step } => {
                let note = "UPDATE credentials SET last_totp_step = $2 WHERE account_id = $1";
                self.run(note, values![self.account.to_string(), *step]).await
            }
            Proof::RecoveryCode { hash } => {
                let note = "UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND hash = $2";
                self.run(note, values![self.account.to_string(), hash.0.clone(), millis(self.now)]).await
            }
        }
    }
}

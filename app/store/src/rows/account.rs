//! Accounts: the secrets beside them, their sessions and links, and the mails that keep a person informed.

use super::{Change, Context, Scope, Subject, invitations, made, ownerless, sealed::Rows};
use crate::{
    authority, credentials,
    entity::*,
    error::StoreError,
    history::named::{About, Person},
    links::{self, LinkPurpose},
    list_words,
    outbox::{digest, mail},
    sessions,
    sql::{number, word_of},
    tokens,
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
use sea_orm::sea_query::ExprTrait;
use time::OffsetDateTime;

impl Rows for Account {
    fn find(id: AccountId) -> SelectStatement {
        let row = account::Entity::find_by_id(Word(id)).select_only();
        row.columns([account::State, account::Version]).into_query()
    }

    fn row(&self, version: u64, now: OffsetDateTime, backend: DbBackend) -> Result<Statement, StoreError> {
        let email = self.email.as_ref();
        let proposed = self.proposed_role.as_ref();
        let row = account::ActiveModel {
            id: Set(Word(self.id)),
            version: Set(number(version)),
            state: Set(Document::of(self)?),
            email_key: Set(email.map(|email| email.key()).unwrap_or_default()),
            email: Set(email.map(|email| email.as_str().to_owned()).unwrap_or_default()),
            name: Set(self.name.clone()),
            name_shape: Set(text::name_shape(&self.name)),
            staff_role: Set(self.staff.map(Word)),
            role_set_by: Set(self.staff_set.and_then(|stamp| setter(stamp.by))),
            role_proposed: Set(proposed.map(|proposed| role_word(proposed.role))),
            role_proposed_by: Set(proposed.and_then(|proposed| account_of(&proposed.stamp)).map(Word)),
            role_proposed_at: Set(proposed.map(|proposed| At(proposed.stamp.at))),
            verified: Set(self.verified.is_some()),
            second_factor: Set(self.second_factor.is_some()),
            disabled: Set(self.disabled.is_some()),
            signed_in_at: NotSet,
            unlocked_at: NotSet,
            created_at: made(version, now),
        };
        keep(row, account::Version, version, backend)
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
        let link_valid = match (link, command) {
            (_, Command::SetUp { link, email, .. }) => {
                invitations::lets_set_up(transaction, email, link, context.now).await?
            }
            (Some((link, purpose)), _) => links::is_valid(transaction, &link.0, state.id, purpose, context.now).await?,
            (None, _) => false,
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
        if change.events.iter().any(|event| matches!(event, Event::Enabled | Event::Recovered)) {
            ownerless::unlocked(transaction, change.after.id, context.now).await?;
        }
        // Whoever knew the password may have made tokens by it.
        let may_be_known = |event: &Event| matches!(event, Event::PasswordReset | Event::Recovered | Event::Disabled);
        if change.events.iter().any(may_be_known) {
            tokens::forget_those_of(transaction, change.after.id).await?;
        }
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
            let row = credential::Entity::find_by_id(Word(account)).select_only().column(credential::LastTotpStep);
            Ok((row.into_tuple::<Option<i64>>().one(transaction).await?.flatten(), false))
        }
        Proof::RecoveryCode { hash } => {
            let code = recovery_code::Entity::find_by_id((Word(account), hash.0.clone()));
            Ok((None, is_any(transaction, code.filter(recovery_code::UsedAt.is_null())).await?))
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
                [Event::SignedUp { .. }] => self.set_password(Some(password)).await,
                _ => Ok(()),
            },
            Command::Grant { .. } if change.before.email.is_none() => self.create(None).await,
            // Whatever password somebody chose who signed up with this address, who need not be whose it is.
            Command::SetUp { password, link, .. } => {
                invitations::use_up(self.transaction, link).await?;
                self.use_up_resets().await?;
                match change.before.email {
                    None => self.create(Some(password)).await,
                    Some(_) => self.set_password(Some(password)).await,
                }
            }
            // Whoever signed up may not be whose address it is: the password has to be chosen by the mailed link.
            Command::Grant { .. } if change.before.verified.is_none() => self.set_password(None).await,
            // Whoever holds a session when the role changes signs in again, so that none carries on with the old one.
            Command::Grant { .. } | Command::ConfirmRole { .. } | Command::Disable | Command::SignOutEverywhere => {
                sessions::end_all(self.transaction, self.account, None).await
            }
            Command::Verify { .. } => {
                links::use_up(self.transaction, self.account, LinkPurpose::Verify, self.now).await
            }
            Command::ResetPassword { password, .. } => {
                self.use_up_resets().await?;
                self.set_password(Some(password)).await?;
                sessions::end_all(self.transaction, self.account, None).await
            }
            // An open link for choosing a password would undo the choice.
            Command::ChangePassword { password, keep } => {
                self.use_up_resets().await?;
                self.set_password(Some(password)).await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await
            }
            Command::SetSecondFactor { totp, step, recovery_codes, keep } => {
                self.set_second_factor(totp, *step, recovery_codes).await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await?;
                let confirmed = session::ActiveModel { second_factor: Set(true), ..Default::default() };
                self.run(&update(confirmed).filter(self.own(keep))).await
            }
            Command::RemoveSecondFactor { keep } => {
                self.remove_second_factor().await?;
                sessions::end_all(self.transaction, self.account, Some(&keep.0)).await
            }
            // Whoever knows the old password must not be the one who sets the next second factor.
            Command::Recover => {
                self.use_up_resets().await?;
                self.remove_second_factor().await?;
                self.set_password(None).await?;
                sessions::end_all(self.transaction, self.account, None).await
            }
            Command::SignIn { session, proof, .. } => self.sign_in(session, proof).await,
            Command::Reauthenticate { session, proof } => self.reauthenticate(session, proof).await,
            Command::SignOut { session } => self.run(&session::Entity::delete_many().filter(self.own(session))).await,
            Command::AskReset
            | Command::Rename { .. }
            | Command::ProposeRole { .. }
            | Command::DropRole
            | Command::Enable
            | Command::Erase(_) => Ok(()),
        }
    }

    async fn run(&self, query: &impl QueryTrait) -> Result<(), StoreError> {
        run(self.transaction, query).await.map(|_| ())
    }

    /// The session with this token, as far as it is the account's.
    fn own(&self, token: &Secret) -> Expr {
        session::TokenHash.eq(token.0.clone()).and(session::AccountId.eq(Word(self.account)))
    }

    async fn change(&self, to: credential::ActiveModel) -> Result<(), StoreError> {
        self.run(&update(to).filter(credential::AccountId.eq(Word(self.account)))).await
    }

    async fn create(&self, password: Option<&Secret>) -> Result<(), StoreError> {
        let (account_id, password_phc) = (Word(self.account), password.map(|password| password.0.clone()));
        let row = credential::Model { account_id, password_phc, totp_sealed: None, last_totp_step: None, sign_outs: 0 };
        add(self.transaction, row).await
    }

    async fn set_password(&self, password: Option<&Secret>) -> Result<(), StoreError> {
        let password_phc = Set(password.map(|password| password.0.clone()));
        self.change(credential::ActiveModel { password_phc, ..Default::default() }).await
    }

    async fn use_up_resets(&self) -> Result<(), StoreError> {
        links::use_up(self.transaction, self.account, LinkPurpose::Reset, self.now).await
    }

    async fn set_second_factor(&self, totp: &Secret, step: i64, recovery_codes: &[Secret]) -> Result<(), StoreError> {
        let (totp_sealed, last_totp_step) = (Set(Some(totp.0.clone())), Set(Some(step)));
        self.change(credential::ActiveModel { totp_sealed, last_totp_step, ..Default::default() }).await?;
        self.drop_recovery_codes().await?;
        let account_id = Word(self.account);
        let row = |code: &Secret| recovery_code::Model { account_id, hash: code.0.clone(), used_at: None };
        Insert::many(recovery_codes.iter().map(row)).exec_without_returning(self.transaction).await?;
        Ok(())
    }

    async fn remove_second_factor(&self) -> Result<(), StoreError> {
        let (totp_sealed, last_totp_step) = (Set(None), Set(None));
        self.change(credential::ActiveModel { totp_sealed, last_totp_step, ..Default::default() }).await?;
        self.drop_recovery_codes().await
    }

    async fn drop_recovery_codes(&self) -> Result<(), StoreError> {
        let codes = recovery_code::Entity::delete_many().filter(recovery_code::AccountId.eq(Word(self.account)));
        self.run(&codes).await
    }

    async fn sign_in(&self, session: &Secret, proof: &Proof) -> Result<(), StoreError> {
        self.use_up(proof).await?;
        let row = session::Model {
            token_hash: session.0.clone(),
            account_id: Word(self.account),
            created_at: At(self.now),
            seen_at: At(self.now),
            second_factor: *proof != Proof::PasswordOnly,
            reauthenticated_at: None,
        };
        add(self.transaction, row).await?;
        ownerless::signed_in(self.transaction, self.account, self.now).await
    }

    /// A code shown in an open session confirms that session with a second factor too.
    async fn reauthenticate(&self, session: &Secret, proof: &Proof) -> Result<(), StoreError> {
        self.use_up(proof).await?;
        let reauthenticated_at = Set(Some(At(self.now)));
        let second_factor = if *proof == Proof::PasswordOnly { NotSet } else { Set(true) };
        let renewed = session::ActiveModel { reauthenticated_at, second_factor, ..Default::default() };
        match run(self.transaction, &update(renewed).filter(self.own(session))).await? {
            1 => Ok(()),
            _ => Err(StoreError::Refused(Refusal::NotSignedIn)),
        }
    }

    /// Each code is accepted once (RFC 6238, 5.2).
    async fn use_up(&self, proof: &Proof) -> Result<(), StoreError> {
        match proof {
            Proof::PasswordOnly => Ok(()),
            Proof::Totp { step } => {
                self.change(credential::ActiveModel { last_totp_step: Set(Some(*step)), ..Default::default() }).await
            }
            Proof::RecoveryCode { hash } => {
                let used = recovery_code::ActiveModel { used_at: Set(Some(At(self.now))), ..Default::default() };
                let of_account = update(used).filter(recovery_code::AccountId.eq(Word(self.account)));
                self.run(&of_account.filter(recovery_code::Hash.eq(hash.0.clone()))).await
            }
        }
    }
}

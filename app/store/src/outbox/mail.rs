//! Mail to be sent. What it says is decided when it is written, who it goes to when it is sent.

use super::publications::skip_locked;
use crate::{
    error::StoreError,
    sql::{self, Columns, millis, values},
    store::Store,
};
use domain::{
    id::{AccountId, OrganisationId, RegistrationId},
    notice::{About, Notice},
    registration::Registration,
};
use sea_orm::{DatabaseTransaction, QueryResult};
use time::{Duration, OffsetDateTime};

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailJob {
    /// Its number in the outbox.
    pub id: i64,
    /// Whose.
    pub account: AccountId,
    /// The address.
    pub to_address: String,
    /// The name; may be empty.
    pub to_name: String,
    /// What it is about.
    pub notice: Notice,
    /// When what it tells happened.
    pub written_at: OffsetDateTime,
    /// How often it was tried before.
    pub attempts: u32,
    /// The registration that it is about, for notices that are about one.
    pub about: Option<MailAbout>,
    /// The name of the organisation that it is about, for notices that are about one.
    pub organisation_name: Option<String>,
}

/// What a mail says about a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAbout {
    /// The registration.
    pub registration: RegistrationId,
    /// The partner organisation's name.
    pub organisation_name: String,
    /// The service's name.
    pub service_name: String,
    /// The environment's title.
    pub environment_title: String,
    /// The provider's issuer identifier; empty when the environment is not configured any more.
    pub issuer: String,
    /// The client's id, once there is one.
    pub client_id: Option<String>,
    /// The revision's number.
    pub revision: u32,
    /// Whether that revision still waits for a decision.
    pub waits: bool,
    /// What reviewers wrote on it, or the provider's words when a publication failed; each with the section's title
    /// where it is about one.
    pub words: Vec<String>,
}

/// Writes a mail down, to be sent after the commit.
pub(crate) async fn enqueue(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    account: AccountId,
    notice: &Notice,
    revision: Option<u32>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO mail_outbox (account_id, notice, revision, created_at, attempts, next_attempt_at)
                  VALUES ($1, $2, $3, $4, 0, $4)";
    let row = values![account.to_string(), serde_json::to_string(notice)?, revision.map(i64::from), millis(now)];
    sql::run(transaction, insert, row).await.map(|_| ())
}

impl Store {
    /// Claims one mail that is due, if any.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_mail(&self, now: OffsetDateTime, lease: Duration) -> Result<Option<MailJob>, StoreError> {
        let work = self.begin().await?;
        let claimed = claim(work.transaction(), now, lease).await;
        let Some(row) = work.finish(claimed).await? else { return Ok(None) };
        let notice: Notice = row.json("notice")?;
        let about = match about_of(&notice) {
            Some(about) => Some(self.mail_about(about.registration, row.col("revision")?, &notice).await?),
            None => None,
        };
        let organisation_name = match organisation_of(&notice) {
            Some(id) => Some(self.organisation_name(id).await?),
            None => None,
        };
        Ok(Some(MailJob {
            id: row.col("id")?,
            account: row.parsed("account_id")?,
            to_address: row.col("email")?,
            to_name: row.col("name")?,
            notice,
            written_at: row.time("created_at")?,
            attempts: row.number("attempts")?,
            about,
            organisation_name,
        }))
    }

    /// The mail was handed to the mail server.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mail_sent(&self, id: i64, now: OffsetDateTime) -> Result<(), StoreError> {
        let note = "UPDATE mail_outbox SET sent_at = $2, lease_until = NULL WHERE id = $1 AND sent_at IS NULL";
        self.write(note, values![id, millis(now)]).await.map(|_| ())
    }

    /// The mail could not be sent: to be tried again from `next_attempt_at`, or given up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mail_failed(&self, id: i64, next_attempt_at: OffsetDateTime, give_up: bool) -> Result<(), StoreError> {
        let note = "UPDATE mail_outbox SET attempts = attempts + 1, next_attempt_at = $2, lease_until = NULL,
                    gave_up_at = $3 WHERE id = $1 AND sent_at IS NULL";
        let at = millis(next_attempt_at);
        self.write(note, values![id, at, give_up.then_some(at)]).await.map(|_| ())
    }

    async fn organisation_name(&self, id: OrganisationId) -> Result<String, StoreError> {
        let select = "SELECT name FROM organisations WHERE id = $1";
        let row = sql::first(self.connection(), select, values![id.to_string()]).await?;
        row.ok_or(StoreError::NotFound)?.col("name")
    }

    async fn mail_about(
        &self,
        id: RegistrationId,
        revision: Option<i64>,
        notice: &Notice,
    ) -> Result<MailAbout, StoreError> {
        let select = "SELECT g.state, o.name AS organisation, s.name AS service FROM registrations g
                      JOIN organisations o ON o.id = g.organisation_id JOIN services s ON s.id = g.service_id
                      WHERE g.id = $1";
        let row = sql::first(self.connection(), select, values![id.to_string()]).await?.ok_or(StoreError::NotFound)?;
        let registration: Registration = row.json("state")?;
        let revision = u32::try_from(revision.unwrap_or_default()).unwrap_or_default();
        let policy = self.environment(&registration.environment);
        Ok(MailAbout {
            registration: id,
            organisation_name: row.col("organisation")?,
            service_name: row.col("service")?,
            words: words(&registration, revision, notice),
            waits: registration.submitted().is_some_and(|submitted| submitted.number == revision),
            issuer: policy.map(|policy| policy.issuer.clone()).unwrap_or_default(),
            client_id: registration.client_id.as_ref().map(ToString::to_string),
            environment_title: policy.map_or(registration.environment, |policy| policy.title.clone()),
            revision,
        })
    }
}

async fn claim(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    lease: Duration,
) -> Result<Option<QueryResult>, StoreError> {
    let due = format!(
        "SELECT id FROM mail_outbox WHERE sent_at IS NULL AND gave_up_at IS NULL AND next_attempt_at <= $1
         AND (lease_until IS NULL OR lease_until <= $1) ORDER BY next_attempt_at, id LIMIT 1{}",
        skip_locked(transaction)
    );
    let Some(row) = sql::first(transaction, &due, values![millis(now)]).await? else { return Ok(None) };
    let id: i64 = row.col("id")?;
    let take = "UPDATE mail_outbox SET lease_until = $2 WHERE id = $1";
    sql::run(transaction, take, values![id, millis(now + lease)]).await?;
    let select = "SELECT o.id, o.account_id, o.notice, o.revision, o.created_at, o.attempts, a.email, a.name
                  FROM mail_outbox o JOIN accounts a ON a.id = o.account_id WHERE o.id = $1";
    sql::first(transaction, select, values![id]).await
}

fn about_of(notice: &Notice) -> Option<About> {
    match notice {
        Notice::Submitted(about)
        | Notice::ChangesRequested(about)
        | Notice::Rejected(about)
        | Notice::FirstApproval(about)
        | Notice::Published(about)
        | Notice::PublicationFailed(about)
        | Notice::Suspended(about)
        | Notice::Reinstated(about)
        | Notice::KeyChanged(about) => Some(*about),
        Notice::VerifyAddress
        | Notice::AddressInUse
        | Notice::PasswordReset
        | Notice::AccountRecovered
        | Notice::StaffInvitation
        | Notice::PasswordChanged
        | Notice::SecondFactorChanged
        | Notice::OrganisationWaits(_)
        | Notice::OrganisationConfirmed(_) => None,
    }
}

fn organisation_of(notice: &Notice) -> Option<OrganisationId> {
    match notice {
        Notice::OrganisationWaits(about) | Notice::OrganisationConfirmed(about) => Some(about.organisation),
        _ => None,
    }
}

fn words(registration: &Registration, revision: u32, notice: &Notice) -> Vec<String> {
    match notice {
        Notice::PublicationFailed(_) => registration.failure.iter().map(|failure| failure.message.0.clone()).collect(),
        Notice::ChangesRequested(_) | Notice::Rejected(_) => {
            let comments = registration.revision(revision).map(|revision| revision.comments.as_slice());
            let word = |comment: &domain::registration::Comment| match comment.section {
                Some(section) => format!("{}: {}", section.title(), comment.text.0),
                None => comment.text.0.clone(),
            };
            comments.unwrap_or_default().iter().map(word).collect()
        }
        _ => Vec::new(),
    }
}

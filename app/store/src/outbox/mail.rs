//! Mail to be sent. What it is about and whose it is are decided when it is written; the address, the names and the link in
//! it are those of the moment when it is sent.

use super::{digest::Digest, is_free, pace, skip_locked};
use crate::{entity::*, error::StoreError, read::TriesColumns, sql, store::Store};
use domain::{
    actor::TeamRole,
    id::{AccountId, InvitationId, OrganisationId, RegistrationId},
    notice::{About, Notice},
    organisation::Organisation,
    registration::{KeyChange, Registration},
    standing::Standing,
};
use sea_orm::{DbErr, sea_query::ExprTrait};
use time::{Date, Duration, OffsetDateTime};

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailJob {
    /// Its number in the outbox.
    pub id: i64,
    /// Whose; of an invitation, who sent it.
    pub account: AccountId,
    /// The address.
    pub to_address: String,
    /// What it is about.
    pub notice: Notice,
    /// When what it tells happened.
    pub written_at: OffsetDateTime,
    /// How often it was tried before.
    pub attempts: u32,
    /// The registration that it is about, for notices that are about one; none when that cannot be read.
    pub about: Option<MailAbout>,
    /// The name of the organisation that it is about, for notices that are about one.
    pub organisation_name: Option<String>,
    /// The invitation that it is about, for the notice that tells of one; none once it is open no more, or when its
    /// organisation cannot be read.
    pub invitation: Option<MailInvitation>,
    /// What waits, for the notice that tells it.
    pub digest: Option<Digest>,
    /// Whether it concerns them still: what is a team's is told to whoever is in it when the mail leaves.
    pub concerns: bool,
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
    /// The day on which the first of the evidence for what is published ends; none where none of it does.
    pub evidence_ends: Option<Date>,
    /// Whether that revision still waits for a decision.
    pub waits: bool,
    /// Set where nothing but keys changed in that revision.
    pub key_change: Option<KeyChange>,
    /// Where the client stands at the provider.
    pub standing: Standing,
}

/// What a mail says about an invitation to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The name of the organisation, where an admin has confirmed that it is who it says: nobody is written to in a name that
    /// anybody may take.
    pub organisation_name: Option<String>,
    /// As what.
    pub role: TeamRole,
    /// The verified address of whoever sent it; none where no person did.
    pub invited_by: Option<String>,
    /// Until when it can be accepted.
    pub until: OffsetDateTime,
    /// Whether the address has an account that its person signs in with, or gets into by another link.
    pub has_account: bool,
}

/// How the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Mails that are still to be sent.
    pub mails_waiting: u64,
    /// Mails that were given up.
    pub mails_given_up: u64,
    /// Publications that are due and failed before.
    pub publications_failed: u64,
}

/// How soon a mail that cannot be read is looked at again: another version of the portal may have written it.
const UNREADABLE_AGAIN: Duration = Duration::hours(1);

/// Writes a mail down, to be sent after the commit; later, and in the end not at all, where too many were written.
pub(crate) async fn enqueue(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    account: AccountId,
    notice: &Notice,
    revision: Option<u32>,
) -> Result<(), StoreError> {
    match pace::admit(transaction, now, account, notice).await? {
        Some(leaves) => write(transaction, now, account, notice, revision, leaves).await,
        None => {
            tracing::warn!(%account, "a mail was not written: there are too many already");
            Ok(())
        }
    }
}

/// Writes a mail down that leaves at `leaves`.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    account: AccountId,
    notice: &Notice,
    revision: Option<u32>,
    leaves: OffsetDateTime,
) -> Result<(), StoreError> {
    let row = outgoing::ActiveModel {
        account_id: Set(Word(account)),
        notice: Set(Document::of(notice)?),
        revision: Set(revision.map(i64::from)),
        urgent: Set(notice.lets_in()),
        created_at: Set(At(now)),
        attempts: Set(0),
        next_attempt_at: Set(At(leaves)),
        ..Default::default()
    };
    add(transaction, row).await
}

impl Store {
    /// Claims one mail that is due, if any; those that let somebody into an account come first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_mail(&self, now: OffsetDateTime, lease: Duration) -> Result<Option<MailJob>, StoreError> {
        self.write_digests(now).await?;
        loop {
            // Mostly nothing is due, which needs no writer's turn.
            if first_due(now).into_tuple::<i64>().one(self.connection()).await?.is_none() {
                return Ok(None);
            }
            let work = self.begin().await?;
            let claimed = claim(work.transaction(), now, lease).await;
            let Some(id) = work.finish(claimed).await? else { return Ok(None) };
            let mail = outgoing::Entity::find_by_id(id).inner_join(account::Entity).into_partial_model();
            match mail.one(self.connection()).await {
                Ok(Some(mail)) => return self.with_subject(mail, now).await.map(Some),
                Ok(None) => {}
                // One such row must not hold up the others.
                Err(DbErr::Json(_) | DbErr::Type(_)) => {
                    tracing::error!(mail = id, "a mail in the outbox cannot be read");
                    self.mail_failed(id, now + UNREADABLE_AGAIN, false, "it cannot be read").await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// With what the notice is about, by the names of now.
    async fn with_subject(&self, mail: MailColumns, now: OffsetDateTime) -> Result<MailJob, StoreError> {
        let (Word(account), Json(notice)) = (mail.account_id, mail.notice);
        let about = match about_of(&notice) {
            Some(about) => self.mail_about(about.registration, mail.revision).await?,
            None => None,
        };
        let organisation_name = match organisation_of(&notice) {
            // Before an admin has confirmed it, anybody may call one anything: no mail says that to whoever is not in it.
            Some(id) => self.organisation_name(id, notice.is_to_an_asker()).await?,
            None => None,
        };
        let digest = match notice {
            Notice::Waiting(gathered) => Some(self.digest(account, gathered, now).await?),
            Notice::OwnersAway => Some(self.owners_away(now).await?),
            _ => None,
        };
        let open = match notice {
            Notice::TeamInvitation(about) => self.mail_invitation(about.invitation, now).await?,
            _ => None,
        };
        let concerns = match notice {
            Notice::TeamInvitation(_) => open.is_some(),
            _ => !notice.is_of_team() || self.is_in_team(account, &notice).await?,
        };
        let (invitation, address) = open.flatten().unzip();
        Ok(MailJob {
            id: mail.id,
            account,
            to_address: address.unwrap_or(mail.email),
            notice,
            written_at: mail.created_at.0,
            attempts: mail.attempts.0,
            about,
            organisation_name,
            invitation,
            digest,
            concerns,
        })
    }

    /// Whether the account is in the team that a notice is about.
    async fn is_in_team(&self, account: AccountId, notice: &Notice) -> Result<bool, StoreError> {
        let teams = membership::Entity::find().filter(membership::AccountId.eq(Word(account)));
        let teams = teams.filter(membership::EndedAt.is_null());
        let of = match (organisation_of(notice), about_of(notice)) {
            (Some(organisation), _) => teams.filter(membership::OrganisationId.eq(Word(organisation))),
            (None, Some(about)) => {
                let of = registration::Entity::find_by_id(Word(about.registration)).select_only();
                let of = of.column(registration::OrganisationId).into_query();
                teams.filter(membership::OrganisationId.in_subquery(of))
            }
            (None, None) => return Ok(false),
        };
        is_any(self.connection(), of).await
    }

    /// The mail was handed to the mail server.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mail_sent(&self, id: i64, now: OffsetDateTime) -> Result<(), StoreError> {
        let sent = outgoing::ActiveModel { sent_at: Set(Some(At(now))), lease_until: Set(None), ..Default::default() };
        self.write(&update(sent).filter(outgoing::Id.eq(id)).filter(outgoing::SentAt.is_null())).await.map(|_| ())
    }

    /// The mail could not be sent: to be tried again from `next_attempt_at`, or given up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mail_failed(
        &self,
        id: i64,
        next_attempt_at: OffsetDateTime,
        give_up: bool,
        error: &str,
    ) -> Result<(), StoreError> {
        let failed = update(outgoing::ActiveModel {
            next_attempt_at: Set(At(next_attempt_at)),
            lease_until: Set(None),
            gave_up_at: Set(give_up.then_some(At(next_attempt_at))),
            last_error: Set(Some(error.into())),
            ..Default::default()
        });
        let failed = failed.col_expr(outgoing::Attempts, Expr::col(outgoing::Attempts).add(1));
        self.write(&failed.filter(outgoing::Id.eq(id)).filter(outgoing::SentAt.is_null())).await.map(|_| ())
    }

    /// What waits and what failed, for `portal doctor`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        // As SQL: three counts of two tables in one statement.
        let select = "
            SELECT (SELECT COUNT(*) FROM mail_outbox WHERE sent_at IS NULL AND gave_up_at IS NULL),
                   (SELECT COUNT(*) FROM mail_outbox WHERE gave_up_at IS NOT NULL),
                   (SELECT COUNT(*) FROM publications WHERE done_at IS NULL AND last_error IS NOT NULL)";
        let counts = sql::one(self.connection(), select, vec![]).await?;
        let (Count(mails_waiting), Count(mails_given_up), Count(publications_failed)) = counts;
        Ok(OutboxCounts { mails_waiting, mails_given_up, publications_failed })
    }

    async fn organisation_name(&self, id: OrganisationId, confirmed_only: bool) -> Result<Option<String>, StoreError> {
        let row = organisation::Entity::find_by_id(Word(id));
        let row =
            row.apply_if(confirmed_only.then_some(()), |row, ()| row.filter(organisation::ConfirmedAt.is_not_null()));
        Ok(row.select_only().column(organisation::Name).into_tuple().one(self.connection()).await?)
    }

    /// With its address. None when it was answered or withdrawn, has run out, or was sent by somebody who is locked now; nothing
    /// of it when its organisation cannot be read, which must not hold up other mails, nor lose this one.
    async fn mail_invitation(
        &self,
        id: InvitationId,
        now: OffsetDateTime,
    ) -> Result<Option<Option<(MailInvitation, String)>>, StoreError> {
        let row = invitation::Entity::find_by_id(Word(id)).inner_join(organisation::Entity);
        let row = row.filter(invitation::Until.gt(At(now))).into_partial_model::<InvitationColumns>();
        let Some(row) = row.one(self.connection()).await? else { return Ok(None) };
        let Ok(organisation) = row.state.read::<Organisation>() else { return Ok(Some(None)) };
        let Some(address) = organisation.invitations.get(&id).map(|one| one.email.clone()) else { return Ok(None) };
        let known = account::Entity::find().filter(account::EmailKey.eq(row.email_key)).select_only();
        let known = known.columns([account::Verified]).column_as(account::StaffRole.is_not_null(), "is_staff");
        let known: Option<(bool, bool)> = known.into_tuple().one(self.connection()).await?;
        let sender = match row.invited_by {
            Some(sender) => {
                let sender = account::Entity::find_by_id(sender).select_only();
                let sender = sender.columns([account::Email]).column(account::Disabled).into_tuple();
                sender.one(self.connection()).await?
            }
            None => None,
        };
        if sender.as_ref().is_some_and(|(_, locked): &(String, bool)| *locked) {
            return Ok(None);
        }
        let mail = MailInvitation {
            id,
            organisation_name: Some(organisation.name).filter(|_| organisation.confirmed.is_some()),
            role: row.role.0,
            invited_by: sender.map(|(email, _)| email),
            until: row.until.0,
            has_account: known.is_some_and(|(verified, is_staff)| verified || is_staff),
        };
        Ok(Some(Some((mail, address))))
    }

    /// Keeps the link of an invitation that is about to be mailed; the one before works no more. `token_hash` is SHA-256 of
    /// its token, lowercase hex.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn store_invitation_link(&self, id: InvitationId, token_hash: &str) -> Result<(), StoreError> {
        let link = update(invitation::ActiveModel { token_hash: Set(Some(token_hash.into())), ..Default::default() });
        self.write(&link.filter(invitation::Id.eq(Word(id)))).await.map(|_| ())
    }

    /// None when the registration is not there or cannot be read.
    async fn mail_about(&self, id: RegistrationId, revision: Option<i64>) -> Result<Option<MailAbout>, StoreError> {
        let row = registration::Entity::find_by_id(Word(id)).inner_join(organisation::Entity);
        let row = row.inner_join(service::Entity).left_join(publication::Entity).into_partial_model::<AboutColumns>();
        let Some(row) = row.one(self.connection()).await? else { return Ok(None) };
        let Ok(registration) = row.state.read::<Registration>() else { return Ok(None) };
        let revision = u32::try_from(revision.unwrap_or_default()).unwrap_or_default();
        let policy = self.environment(&registration.environment);
        Ok(Some(MailAbout {
            registration: id,
            organisation_name: row.organisation_name,
            service_name: row.service_name,
            standing: registration.standing(row.tries.tried()),
            waits: registration.submitted().is_some_and(|submitted| submitted.number == revision),
            key_change: registration.revision(revision).and_then(|one| one.rotation).map(|rotation| rotation.keys),
            issuer: policy.map(|policy| policy.issuer.clone()).unwrap_or_default(),
            client_id: registration.client_id.as_ref().map(ToString::to_string),
            environment_title: policy.map_or(registration.environment, |policy| policy.title.clone()),
            revision,
            evidence_ends: time(row.evidence_ends).map(|ends| ends.date()),
        }))
    }
}

/// The number of the mail that is due first.
fn first_due(now: OffsetDateTime) -> Select<outgoing::Entity> {
    let waiting = outgoing::Entity::find().filter(outgoing::SentAt.is_null()).filter(outgoing::GaveUpAt.is_null());
    let due =
        waiting.filter(outgoing::NextAttemptAt.lte(At(now))).filter(is_free(outgoing::LeaseUntil, now)).select_only();
    due.column(outgoing::Id)
        .order_by_desc(outgoing::Urgent)
        .order_by_asc(outgoing::NextAttemptAt)
        .order_by_asc(outgoing::Id)
}

async fn claim(
    transaction: &DatabaseTransaction,
    now: OffsetDateTime,
    lease: Duration,
) -> Result<Option<i64>, StoreError> {
    let due = skip_locked(first_due(now)).into_tuple::<i64>().one(transaction).await?;
    let Some(id) = due else { return Ok(None) };
    let taken = outgoing::ActiveModel { lease_until: Set(Some(At(now + lease))), ..Default::default() };
    run(transaction, &update(taken).filter(outgoing::Id.eq(id))).await?;
    Ok(Some(id))
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "outgoing::Entity")]
struct MailColumns {
    id: i64,
    account_id: Word<AccountId>,
    notice: Json<Notice>,
    revision: Option<i64>,
    created_at: At,
    attempts: Count<u32>,
    #[sea_orm(from_expr = "Expr::col((account::Entity, account::Email))")]
    email: String,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "invitation::Entity")]
struct InvitationColumns {
    email_key: String,
    role: Word<TeamRole>,
    invited_by: Option<Word<AccountId>>,
    until: At,
    #[sea_orm(from_expr = "Expr::col((organisation::Entity, organisation::State))")]
    state: Document,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "registration::Entity")]
struct AboutColumns {
    state: Document,
    evidence_ends: Option<At>,
    #[sea_orm(from_expr = "Expr::col((organisation::Entity, organisation::Name))")]
    organisation_name: String,
    #[sea_orm(from_expr = "Expr::col((service::Entity, service::Name))")]
    service_name: String,
    #[sea_orm(nested)]
    tries: TriesColumns,
}

fn about_of(notice: &Notice) -> Option<About> {
    match notice {
        Notice::ChangesRequested(about)
        | Notice::Rejected(about)
        | Notice::FirstApproval(about)
        | Notice::Published(about)
        | Notice::PublicationFailed(about)
        | Notice::Suspended(about)
        | Notice::ClientSuspended(about)
        | Notice::KeyLeaked(about)
        | Notice::KeyOld(about)
        | Notice::EvidenceEnds(about)
        | Notice::KeyLeakedElsewhere(about)
        | Notice::ClientKeyLeakedElsewhere(about)
        | Notice::ClientKeyLeaked(about)
        | Notice::SuspensionConfirmed(about)
        | Notice::Reinstated(about)
        | Notice::Retired(about)
        | Notice::KeyChanged(about) => Some(*about),
        Notice::TeamInvitation(_)
        | Notice::MemberJoined(_)
        | Notice::InvitationDeclined(_)
        | Notice::OwnershipOffered(_)
        | Notice::OwnershipHandedOver(_)
        | Notice::OwnershipDeclined(_)
        | Notice::JoinAsked(_)
        | Notice::JoinAgreed(_)
        | Notice::JoinDeclined(_)
        | Notice::JoinRefused(_)
        | Notice::JoinDecided(_)
        | Notice::TokenMade(_)
        | Notice::OwnersAway
        | Notice::VerifyAddress
        | Notice::AddressInUse
        | Notice::PasswordReset
        | Notice::AccountRecovered
        | Notice::StaffInvitation
        | Notice::PasswordChanged
        | Notice::SecondFactorSet
        | Notice::SecondFactorChanged
        | Notice::SecondFactorRemoved
        | Notice::Waiting(_)
        | Notice::OrganisationConfirmed(_)
        | Notice::OrganisationRenamed(_)
        | Notice::TeamRoleChanged(_)
        | Notice::RemovedFromTeam(_)
        | Notice::MemberLeft(_)
        | Notice::OwnerAdded(_) => None,
    }
}

fn organisation_of(notice: &Notice) -> Option<OrganisationId> {
    match notice {
        Notice::OrganisationConfirmed(about)
        | Notice::OrganisationRenamed(about)
        | Notice::RemovedFromTeam(about)
        | Notice::MemberLeft(about)
        | Notice::OwnerAdded(about)
        | Notice::InvitationDeclined(about)
        | Notice::OwnershipOffered(about)
        | Notice::OwnershipHandedOver(about)
        | Notice::OwnershipDeclined(about)
        | Notice::JoinAsked(about)
        | Notice::JoinDeclined(about)
        | Notice::JoinRefused(about)
        | Notice::JoinDecided(about)
        | Notice::TokenMade(about) => Some(about.organisation),
        Notice::TeamRoleChanged(about) | Notice::MemberJoined(about) | Notice::JoinAgreed(about) => {
            Some(about.organisation)
        }
        _ => None,
    }
}

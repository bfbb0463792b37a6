//! One mail: claim, make its link, send it outside any transaction.

use domain::email::EmailAddress;
use domain::id::OrganisationId;
use domain::notice::{AboutRole, Notice};
use domain::standing::Reader;
use store::{Digest, LinkPurpose, MailAbout, MailInvitation, MailJob, StoreError};
use time::Duration;
use usecases::auth::Token;

use super::backoff::next_attempt;
use super::{Step, Worker};
use crate::mail::{About, Absent, Fault, Gathered, Invited, Letter, Link, MailError, Sent};

/// How long other workers leave a claimed mail alone: longer than an SMTP conversation.
const LEASE: Duration = Duration::minutes(3);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::hours(1);
/// For how long a mail with a link into an account is tried: nobody waits for it any longer.
const LINKS_TRIED_FOR: Duration = Duration::hours(24);
/// For how long any other mail is tried (RFC 5321, 4.5.4.1).
const TRIED_FOR: Duration = Duration::days(4);
/// How long the link of a verification, of a staff invitation or of an account that was opened again lasts.
const VERIFY_WITHIN: Duration = Duration::hours(24);
/// How long the link of a password reset lasts.
const RESET_WITHIN: Duration = Duration::hours(1);

impl Worker {
    pub(super) async fn post_one(&self) -> Result<Step, StoreError> {
        let now = self.ambient.now();
        let Some(job) = self.store.claim_mail(now, LEASE).await? else { return Ok(Step::Nothing) };
        if !job.concerns || job.digest.as_ref().is_some_and(Digest::is_empty) {
            return self.store.mail_sent(job.id, now).await.map(|()| Step::MailNotNeeded);
        }
        let outcome = match (EmailAddress::parse(&job.to_address), self.letter(&job).await?) {
            (Ok(to), Some(letter)) => {
                let id = format!("{}-{}", job.id, now.unix_timestamp());
                self.mailer.send(&to, &letter, Sent { id: &id, at: now }).await
            }
            (Err(problem), _) => Err(MailError::Permanent(Fault::of("address", problem.message()))),
            (_, None) => Err(MailError::Temporary(Fault::of("subject", "what it is about cannot be read"))),
        };
        match outcome {
            Ok(()) => self.store.mail_sent(job.id, self.ambient.now()).await.map(|()| Step::Mailed),
            Err(error) => self.not_sent(&job, &error).await,
        }
    }

    async fn not_sent(&self, job: &MailJob, error: &MailError) -> Result<Step, StoreError> {
        let tried_for = if job.notice.lets_in() { LINKS_TRIED_FOR } else { TRIED_FOR };
        let next = next_attempt(self.ambient, job.attempts, LONGEST_WAIT);
        let give_up = matches!(error, MailError::Permanent(_)) || next - job.written_at > tried_for;
        // What the server said may hold addresses: it is kept with the mail, and not logged.
        tracing::warn!(mail = job.id, give_up, class = error.class(), "a mail was not sent");
        self.store.mail_failed(job.id, next, give_up, &error.to_string()).await?;
        Ok(if give_up { Step::MailGivenUp } else { Step::MailPutOff })
    }

    async fn letter(&self, job: &MailJob) -> Result<Option<Letter>, StoreError> {
        let page = |path: &str| Link::to(&self.origin, path);
        let team = |organisation| page(&team_page(organisation));
        let name = || job.organisation_name.clone().unwrap_or_default();
        Ok(Some(match &job.notice {
            Notice::VerifyAddress => {
                Letter::VerifyAddress(self.link(job, "/verify/", LinkPurpose::Verify, VERIFY_WITHIN).await?)
            }
            Notice::PasswordReset => {
                Letter::PasswordReset(self.link(job, "/reset-password/", LinkPurpose::Reset, RESET_WITHIN).await?)
            }
            Notice::AccountRecovered => {
                Letter::AccountRecovered(self.link(job, "/reset-password/", LinkPurpose::Reset, VERIFY_WITHIN).await?)
            }
            Notice::StaffInvitation => {
                Letter::StaffInvitation(self.link(job, "/reset-password/", LinkPurpose::Reset, VERIFY_WITHIN).await?)
            }
            Notice::AddressInUse => Letter::AddressInUse(page("/sign-in")),
            Notice::PasswordChanged => Letter::PasswordChanged(page("/forgotten-password"), job.written_at),
            Notice::SecondFactorSet => Letter::SecondFactorSet(page("/forgotten-password"), job.written_at),
            Notice::SecondFactorChanged => Letter::SecondFactorChanged(page("/forgotten-password"), job.written_at),
            Notice::SecondFactorRemoved => Letter::SecondFactorRemoved(page("/forgotten-password"), job.written_at),
            Notice::OrganisationConfirmed(about) => {
                Letter::OrganisationConfirmed(name(), page(&format!("/organisations/{}", about.organisation)))
            }
            Notice::OrganisationRenamed(about) => {
                Letter::OrganisationRenamed(name(), page(&format!("/admin/organisations/{}", about.organisation)))
            }
            Notice::TeamRoleChanged(AboutRole { organisation, role }) => {
                Letter::TeamRoleChanged(name(), *role, team(*organisation))
            }
            Notice::RemovedFromTeam(_) => Letter::RemovedFromTeam(name(), page("/home")),
            Notice::MemberLeft(about) => Letter::MemberLeft(name(), team(about.organisation)),
            Notice::OwnerAdded(about) => Letter::OwnerAdded(name(), team(about.organisation)),
            Notice::MemberJoined(AboutRole { organisation, role }) => {
                Letter::MemberJoined(name(), *role, team(*organisation))
            }
            Notice::InvitationDeclined(about) => Letter::InvitationDeclined(name(), team(about.organisation)),
            Notice::OwnersAway => Letter::OwnersAway(Absent {
                digest: job.digest.clone().unwrap_or_default(),
                joining: page("/admin/organisations?state=joining"),
                without_owner: page("/admin/organisations?state=without-owner"),
                owners_away: page("/admin/organisations?state=owners-away"),
                keys_left: page("/admin/organisations?state=keys-left"),
            }),
            Notice::OwnershipOffered(about) => {
                Letter::OwnershipOffered(name(), page(&format!("{}/ownership", team_page(about.organisation))))
            }
            Notice::OwnershipHandedOver(about) => Letter::OwnershipHandedOver(name(), team(about.organisation)),
            Notice::OwnershipDeclined(about) => Letter::OwnershipDeclined(name(), team(about.organisation)),
            Notice::JoinAsked(about) => Letter::JoinAsked(name(), team(about.organisation)),
            Notice::JoinAgreed(AboutRole { organisation, role }) => {
                Letter::JoinAgreed(name(), *role, page(&format!("/organisations/{organisation}")))
            }
            Notice::JoinDeclined(_) => Letter::JoinDeclined(name(), page("/home")),
            Notice::JoinRefused(_) => Letter::JoinRefused(name(), page("/home")),
            Notice::JoinDecided(about) => Letter::JoinDecided(name(), team(about.organisation)),
            Notice::TokenMade(about) => Letter::TokenMade(name(), page(&tokens_page(about.organisation))),
            Notice::TeamInvitation(_) => match &job.invitation {
                Some(invitation) => Letter::TeamInvitation(self.invited(invitation).await?),
                None => return Ok(None),
            },
            Notice::Waiting(_) => {
                let (queue, unconfirmed) = (page("/admin/queue"), page("/admin/organisations?state=unconfirmed"));
                let failing = page("/admin/publications?state=failing");
                let joining = page("/admin/organisations?state=joining");
                let digest = job.digest.clone().unwrap_or_default();
                Letter::Waiting(Gathered { digest, queue, unconfirmed, joining, failing })
            }
            about => return Ok(job.about.as_ref().and_then(|found| self.about(about, found))),
        }))
    }

    fn about(&self, notice: &Notice, found: &MailAbout) -> Option<Letter> {
        let reader = match notice {
            Notice::PublicationFailed(_)
            | Notice::ClientSuspended(_)
            | Notice::ClientKeyLeaked(_)
            | Notice::ClientKeyLeakedElsewhere(_) => Reader::Staff,
            _ => Reader::Partner,
        };
        let about = |pages: &str| About {
            service: found.service_name.clone(),
            organisation: found.organisation_name.clone(),
            environment: found.environment_title.clone(),
            issuer: found.issuer.clone(),
            client_id: found.client_id.clone(),
            revision: found.revision,
            waits: found.waits,
            key_change: found.key_change,
            standing: found.standing.sentence(reader, &app::ui::date_time_text),
            link: Link::to(&self.origin, &format!("{pages}/{}", found.registration)),
        };
        let of_keys = format!("/registrations/{}/public-key", found.registration);
        let about_keys = || About { link: Link::to(&self.origin, &of_keys), ..about("/registrations") };
        Some(match notice {
            Notice::PublicationFailed(_) => Letter::PublicationFailed(about("/admin/reviews")),
            Notice::ClientSuspended(_) => Letter::ClientSuspended(about("/admin/reviews")),
            Notice::ChangesRequested(_) => Letter::ChangesRequested(about("/registrations")),
            Notice::Rejected(_) => Letter::Rejected(about("/registrations")),
            Notice::FirstApproval(_) => Letter::FirstApproval(about("/registrations")),
            Notice::Published(_) if found.key_change.is_some() => Letter::Published(about_keys()),
            Notice::Published(_) => Letter::Published(about("/registrations")),
            Notice::Suspended(_) => Letter::Suspended(about("/registrations")),
            Notice::SuspensionConfirmed(_) => Letter::SuspensionConfirmed(about("/registrations")),
            Notice::Reinstated(_) => Letter::Reinstated(about("/registrations")),
            Notice::Retired(_) => Letter::Retired(about("/registrations")),
            Notice::EvidenceEnds(_) => {
                let until = app::ui::date_text(found.evidence_ends?);
                Letter::EvidenceEnds(about("/registrations"), until)
            }
            Notice::KeyOld(_) => Letter::KeyOld(about_keys()),
            Notice::KeyLeaked(_) => Letter::KeyLeaked(about_keys()),
            Notice::KeyLeakedElsewhere(_) => Letter::KeyLeakedElsewhere(about_keys()),
            Notice::ClientKeyLeakedElsewhere(_) => Letter::ClientKeyLeakedElsewhere(about("/admin/reviews")),
            Notice::ClientKeyLeaked(_) => Letter::ClientKeyLeaked(about("/admin/reviews")),
            Notice::KeyChanged(_) => Letter::KeyChanged(about("/registrations")),
            _ => return None,
        })
    }

    /// Whoever has no account yet gets a single-use link to make one, which lasts as long as the invitation.
    async fn invited(&self, invitation: &MailInvitation) -> Result<Invited, StoreError> {
        let mut answer = format!("/invitations/{}", invitation.id);
        if !invitation.has_account {
            let token = Token::from_bytes(self.ambient.bytes());
            self.store.store_invitation_link(invitation.id, &token.hash()).await?;
            answer = format!("{answer}/{}", token.text());
        }
        let link = Link::to(&self.origin, &answer);
        Ok(Invited {
            by: invitation.invited_by.clone(),
            organisation: invitation.organisation_name.clone(),
            role: invitation.role,
            until: invitation.until,
            has_account: invitation.has_account,
            link,
        })
    }

    /// A single-use link. Its token is made now and only its hash is kept, so that none is ever at rest.
    async fn link(&self, job: &MailJob, path: &str, purpose: LinkPurpose, lasts: Duration) -> Result<Link, StoreError> {
        let token = Token::from_bytes(self.ambient.bytes());
        let until = self.ambient.now() + lasts;
        self.store.store_link(&token.hash(), job.account, purpose, until).await?;
        Ok(Link::to(&self.origin, &format!("{path}{}", token.text())))
    }
}

fn tokens_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/tokens")
}

fn team_page(organisation: OrganisationId) -> String {
    format!("/organisations/{organisation}/team")
}

//! One publication: claim, write to the client store outside any transaction, confirm what was read back.

use std::time::Duration as StdDuration;

use domain::id::RegistrationId;
use domain::refusal::Refusal;
use domain::registration::{Command, LAST_GENERATION, Registration};
use domain::standing::failure_reference;
use store::{Claimed, Done, Expected, Moment, PublicationJob, StoreError, Who, Withheld};
use time::Duration;

use super::backoff::next_attempt;
use super::{Step, Worker};
use crate::client_store::{Client, ClientStoreError, Outcome};

/// How long other workers leave a claimed publication alone.
const LEASE: Duration = Duration::seconds(60);
/// How long the client store may take: well within the lease.
const TIME_LIMIT: StdDuration = StdDuration::from_secs(20);
/// The failure of this number is reported to the admins, when the client store only did not answer.
const REPORT_AT: u32 = 8;
/// The longest wait between two tries where the client store only did not answer.
const LONGEST_WAIT: Duration = Duration::minutes(10);
/// How soon a publication that was refused or withheld is tried again.
const AFTER_REFUSAL: Duration = Duration::hours(1);

/// The generation that could not be published.
#[derive(Clone, Copy)]
struct Tried {
    registration: RegistrationId,
    generation: u64,
    attempts: u32,
}

/// Whether the next try may succeed by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hope {
    /// The client store only did not answer.
    Soon,
    /// Somebody has to mend something first.
    No,
}

impl Worker {
    /// `silent` are the environments whose client store did not answer lately: they are left alone, and one more is added
    /// to them. So one that is out of reach costs the others one time limit, not one for each of its clients.
    pub(super) async fn publish_one(&self, silent: &mut Vec<String>) -> Result<Step, StoreError> {
        let now = self.ambient.now();
        let job = match self.store.claim_publication(now, &self.holder, LEASE, silent).await? {
            None => return Ok(Step::Nothing),
            Some(Claimed::Job(job)) => *job,
            Some(Claimed::Withheld(withheld)) => {
                let Withheld { registration, generation, attempts, reason } = withheld;
                return self.put_off(Tried { registration, generation, attempts }, Hope::No, reason.into()).await;
            }
        };
        let tried = Tried { registration: job.registration, generation: job.generation, attempts: job.attempts };
        match self.write(&job).await {
            Ok(Outcome::Confirmed) => self.confirm(&job).await,
            Ok(Outcome::Superseded { by }) => self.go_above(&job, by).await,
            Err(error @ ClientStoreError::Refused(_)) => self.put_off(tried, Hope::No, error.to_string()).await,
            Err(error) => {
                silent.push(job.environment);
                self.put_off(tried, Hope::Soon, error.to_string()).await
            }
        }
    }

    async fn write(&self, job: &PublicationJob) -> Result<Outcome, ClientStoreError> {
        let Some(client_store) = self.client_stores.get(&job.environment) else {
            let words = format!("No client store is configured for the environment {}.", job.environment);
            return Err(ClientStoreError::Refused(words));
        };
        let generation = i64::try_from(job.generation)
            .map_err(|_| ClientStoreError::Refused("The generation is beyond what a client store can hold.".into()))?;
        let client = Client {
            client_id: job.client_id.as_str().to_owned(),
            metadata: job.metadata.clone(),
            generation,
            digest: job.metadata_digest.clone(),
            enabled: job.enabled,
        };
        let work = async {
            match job.removed {
                true => client_store.remove(&client.client_id, generation).await,
                false => client_store.publish(&client).await,
            }
        };
        let late = |_| ClientStoreError::Unavailable("it did not answer in time".into());
        tokio::time::timeout(TIME_LIMIT, work).await.map_err(late)?
    }

    async fn confirm(&self, job: &PublicationJob) -> Result<Step, StoreError> {
        let command =
            Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest.clone() };
        match self.tell(job.registration, command).await {
            Ok(done) if done.events.is_empty() => {
                self.store.publication_done(job.registration, job.generation, self.ambient.now()).await?;
                Ok(Step::Published)
            }
            Ok(_) => Ok(Step::Published),
            Err(StoreError::Refused(Refusal::Superseded)) => Ok(Step::Overtaken),
            Err(error) => Err(error),
        }
    }

    /// The client store has a generation that nobody here gave it. What switches off goes above it, and is due at once;
    /// everything else waits for an admin.
    async fn go_above(&self, job: &PublicationJob, by: i64) -> Result<Step, StoreError> {
        let tried = Tried { registration: job.registration, generation: job.generation, attempts: job.attempts };
        let Some(found) = u64::try_from(by).ok().filter(|found| *found <= LAST_GENERATION) else {
            let words = format!(
                "The client store answers that it has generation {by} of this client. That is impossible: look at \
                 the client store, and give the client a generation from 1 to {LAST_GENERATION} there."
            );
            return self.put_off(tried, Hope::No, words).await;
        };
        let command = Command::ReportNewer { generation: job.generation, found };
        let registration = match self.tell(job.registration, command).await {
            Ok(done) => done.state,
            Err(StoreError::Refused(Refusal::Superseded)) => return Ok(Step::Overtaken),
            Err(error) => return Err(error),
        };
        match registration.wanted {
            Some(wanted) if wanted.generation != job.generation => Ok(Step::Overtaken),
            wanted => {
                let raised = wanted.is_some_and(|wanted| wanted.raised > 0);
                self.put_off(tried, Hope::No, newer_words(found, job.generation, raised)).await
            }
        }
    }

    async fn put_off(&self, tried: Tried, hope: Hope, words: String) -> Result<Step, StoreError> {
        let reference = failure_reference(tried.registration, tried.generation);
        tracing::warn!(registration = %tried.registration, generation = tried.generation, reference, words, "not published");
        // Nothing can be told of a registration that cannot be read: then the outbox alone says so.
        let is_news = self.is_news(tried, hope).await.unwrap_or_else(|error| {
            tracing::error!(?error, "what was not published cannot be reported");
            false
        });
        if is_news {
            let command = Command::ReportFailure { generation: tried.generation, message: words.clone() };
            match self.tell(tried.registration, command).await {
                Ok(_) => {}
                Err(StoreError::Refused(Refusal::Superseded)) => return Ok(Step::Overtaken),
                Err(error) => return Err(error),
            }
        }
        let next = match hope {
            Hope::Soon => next_attempt(self.ambient, tried.attempts, LONGEST_WAIT),
            Hope::No => self.ambient.now() + AFTER_REFUSAL,
        };
        self.store.publication_failed(tried.registration, tried.generation, next, &words).await?;
        Ok(Step::PublicationPutOff)
    }

    /// Admins hear of a failure once: at once when they have to mend something, else when it goes on.
    async fn is_news(&self, tried: Tried, hope: Hope) -> Result<bool, StoreError> {
        if hope == Hope::Soon && tried.attempts < REPORT_AT {
            return Ok(false);
        }
        let (registration, _) = self.store.load::<Registration>(tried.registration).await?;
        Ok(registration.failure.is_none_or(|failure| failure.generation != tried.generation))
    }

    async fn tell(&self, registration: RegistrationId, command: Command) -> Result<Done<Registration>, StoreError> {
        let moment = Moment::new(self.ambient.now(), self.ambient.bytes());
        self.store.execute::<Registration>(&moment, &Who::System, registration, Expected::Any, command).await
    }
}

/// For the admins: that somebody else writes at the provider, and what to do about it.
fn newer_words(found: u64, ours: u64, raised: bool) -> String {
    match raised {
        true => format!(
            "The client store has generation {found} of this client, although we went above its generation several times. \
             Something else writes there, or its answers are wrong: look at the client store, then publish again."
        ),
        false => format!(
            "The client store has generation {found} of this client, newer than our {ours}: someone changed it \
             there. Look at what they changed. “Publish again” replaces it."
        ),
    }
}

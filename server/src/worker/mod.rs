//! What follows a commit: publications to the client stores and mail, one step at a time.

mod backoff;
mod post;
mod publish;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use store::{Store, StoreError};
use tokio::sync::watch;
use usecases::auth::Ambient;

use crate::client_store::ClientStore;
use crate::mail::Mailer;

/// How long the worker rests when nothing is due: half of what a partner would notice.
const REST: Duration = Duration::from_millis(300);
/// How long it rests when the database does not answer, or a step panicked.
const LONG_REST: Duration = Duration::from_secs(3);
/// How often what ran out is deleted: refused forms must not gather faster than they run out.
const PURGE_EVERY: time::Duration = time::Duration::minutes(1);

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing was due.
    Nothing,
    /// A publication was confirmed.
    Published,
    /// A publication was overtaken by a newer one.
    Overtaken,
    /// A publication did not succeed; it is due again later.
    PublicationPutOff,
    /// A mail left.
    Mailed,
    /// A mail had nothing to tell any more.
    MailNotNeeded,
    /// A mail did not leave; it is due again later.
    MailPutOff,
    /// A mail cannot leave and was given up.
    MailGivenUp,
}

/// The worker. Any number of them may run against one database.
pub struct Worker {
    /// The portal's database.
    pub store: Store,
    /// The client store of each environment, by name.
    pub client_stores: HashMap<String, Arc<dyn ClientStore>>,
    /// How mail leaves.
    pub mailer: Mailer,
    /// What links in mails start with.
    pub origin: String,
    /// The clock and the random bytes.
    pub ambient: Ambient,
    /// Which worker holds a lease.
    pub holder: String,
}

/// What one of the two loops does: a client store that does not answer must keep no mail back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Publications,
    Mail,
}

impl Worker {
    /// Does one thing that is due: a publication before a mail.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; what was begun is due again when its lease runs out.
    pub async fn step(&self) -> Result<Step, StoreError> {
        match self.publish_one(&mut Vec::new()).await? {
            Step::Nothing => self.post_one().await,
            done => Ok(done),
        }
    }

    /// Publishes and sends mail, each in its turn, until told to stop; always finishes what was begun.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        tokio::join!(self.turns(Task::Publications, stop.clone()), self.turns(Task::Mail, stop));
    }

    async fn turns(&self, task: Task, mut stop: watch::Receiver<bool>) {
        let mut purge_at = self.ambient.now();
        let mut silent = Vec::new();
        while !*stop.borrow() {
            let now = self.ambient.now();
            if task == Task::Mail && now >= purge_at {
                self.purge().await;
                purge_at = now + PURGE_EVERY;
            }
            let turn = async {
                match task {
                    Task::Publications => self.publish_one(&mut silent).await,
                    Task::Mail => self.post_one().await,
                }
            };
            let rest = match AssertUnwindSafe(turn).catch_unwind().await {
                Ok(Ok(Step::Nothing)) => {
                    silent.clear();
                    REST
                }
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => {
                    tracing::error!(?error, "the worker could not use the database");
                    LONG_REST
                }
                // The panic hook logged it. A step leaves nothing behind but its lease, which runs out.
                Err(_) => LONG_REST,
            };
            // Whoever would say stop is gone: nobody is left to wait for.
            if tokio::time::timeout(rest, stop.changed()).await.is_ok_and(|told| told.is_err()) {
                return;
            }
        }
    }

    async fn purge(&self) {
        if let Err(error) = self.store.purge(self.ambient.now()).await {
            tracing::warn!(?error, "what ran out could not be deleted");
        }
        if let Err(error) = self.store.remind_of_keys(self.ambient.now()).await {
            tracing::warn!(?error, "teams could not be reminded of old keys");
        }
        if let Err(error) = self.store.remind_of_evidence(self.ambient.now()).await {
            tracing::warn!(?error, "teams could not be reminded of evidence that ends");
        }
        if let Err(error) = self.store.remind_of_owners(self.ambient.now()).await {
            tracing::warn!(?error, "admins could not be reminded");
        }
    }
}

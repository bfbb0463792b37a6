//! The course of the demo's three weeks: a clock that commands move on, sessions, and publication as it happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account::{Account, Command as AccountCommand, Proof, Secret};
use domain::attachment::{Attachment, MediaType, name_of};
use domain::draft::hex_digest;
use domain::id::{AccountId, OrganisationId, RegistrationId, ServiceId};
use domain::registration::{Command, Registration};
use store::{Attached, Claimed, Expected, Moment, PublicationJob, Store, Stored, Who};
use time::{Duration, OffsetDateTime};
use usecases::attachments::Files;
use usecases::auth::{Auth, Token};

use super::SeedError;
use super::people::Person;
use crate::client_store::{self, Client, ClientStore, ClientStoreError, Outcome};
use crate::config::Config;
use crate::files;

/// How long each command takes the people in the story.
const ONE_COMMAND: Duration = Duration::minutes(1);

/// How long a publication may take before somebody else would try it.
const LEASE: Duration = Duration::minutes(5);

/// Where the story is.
pub(super) struct Story<'a> {
    /// The write path.
    pub(super) store: &'a Store,
    /// Hashes passwords, seals secrets, draws random bytes.
    pub(super) auth: &'a Auth,
    /// The portal's address: what proofs of possession name as their audience.
    pub(super) origin: String,
    /// The time in the story.
    pub(super) now: OffsetDateTime,
    providers: BTreeMap<String, Arc<dyn ClientStore>>,
    files: Files,
}

impl<'a> Story<'a> {
    pub(super) fn begin(
        config: &Config,
        store: &'a Store,
        auth: &'a Auth,
        now: OffsetDateTime,
    ) -> Result<Self, SeedError> {
        let mut providers = BTreeMap::new();
        for environment in &config.environments {
            providers.insert(environment.policy.name.clone(), client_store::open(&environment.client_store)?);
        }
        for needed in ["sandpit", "integration", "live"] {
            if !providers.contains_key(needed) {
                return Err(SeedError::NoEnvironment(needed));
            }
        }
        let files = files::open(&config.files).map_err(SeedError::Files)?;
        Ok(Self { store, auth, origin: config.http.origin(), now, providers, files })
    }

    /// Lets time go by.
    pub(super) fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// Somebody attaches a PDF to a registration. Gives what the answer says of it.
    pub(super) async fn attach(
        &self,
        by: AccountId,
        to: RegistrationId,
        (name, content): (&str, &[u8]),
    ) -> Result<String, SeedError> {
        let (digest, media) = (hex_digest(content), MediaType::Pdf);
        let file = Attachment { digest, bytes: content.len(), media, name: name_of(name, media) };
        self.files.keep(&file.digest, content.to_vec()).await.map_err(|error| SeedError::Files(error.to_string()))?;
        let (digest, bytes) = (file.digest.clone(), file.bytes);
        self.store.attach(to, &Attached { digest, bytes, media, scanned_at: None }, by, self.now).await?;
        Ok(file.to_string())
    }

    /// Carries out one command.
    pub(super) async fn run<A: Stored>(&mut self, who: &Who, id: A::Id, command: A::Command) -> Result<A, SeedError> {
        self.wait(ONE_COMMAND);
        let moment = Moment::new(self.now, self.auth.ambient.bytes());
        Ok(self.store.execute::<A>(&moment, who, id, Expected::Any, command).await?.state)
    }

    /// The person signs in: with a code too, where there is a second factor.
    pub(super) async fn sign_in(&mut self, person: &Person) -> Result<Who, SeedError> {
        self.wait(Duration::hours(2));
        let proof = match person.has_second_factor {
            true => Proof::Totp { step: self.now.unix_timestamp() / usecases::auth::totp::STEP_SECONDS },
            false => Proof::PasswordOnly,
        };
        let session = self.token().hash();
        let shown = self.fingerprint(person.id).await?;
        let command = AccountCommand::SignIn { session: Secret(session.clone()), proof, shown };
        self.run::<Account>(&Who::Visitor, person.id, command).await?;
        Ok(Who::Session { token_hash: session })
    }

    /// The person enters the password again, as what opens a door or cannot be undone asks for.
    pub(super) async fn prove(&mut self, person: &Person, who: &Who) -> Result<(), SeedError> {
        let Who::Session { token_hash } = who else { return Err(SeedError::Fault("a session is missing")) };
        let session = Secret(token_hash.clone());
        let again = AccountCommand::Reauthenticate { session, proof: Proof::PasswordOnly };
        self.run::<Account>(who, person.id, again).await.map(drop)
    }

    /// What stands for the account's password where it was right.
    pub(super) async fn fingerprint(&self, account: AccountId) -> Result<Secret, SeedError> {
        let row = self.store.credentials(account).await?;
        row.map(|row| row.fingerprint).ok_or(SeedError::Fault("an account is missing"))
    }

    /// The person signs out.
    pub(super) async fn sign_out(&mut self, person: &Person, who: Who) -> Result<(), SeedError> {
        let Who::Session { token_hash } = &who else { return Ok(()) };
        let session = Secret(token_hash.clone());
        self.run::<Account>(&who, person.id, AccountCommand::SignOut { session }).await.map(drop)
    }

    /// A fresh token.
    pub(super) fn token(&self) -> Token {
        Token::from_bytes(self.auth.ambient.bytes())
    }

    /// Publishes everything that is due, as the worker does.
    pub(super) async fn publish(&mut self) -> Result<(), SeedError> {
        self.wait(ONE_COMMAND);
        while let Some(claimed) = self.store.claim_publication(self.now, "seed", LEASE, &[]).await? {
            match claimed {
                Claimed::Job(job) => self.publish_one(*job).await?,
                Claimed::Withheld(withheld) => return Err(SeedError::Fault(withheld.reason)),
            }
        }
        Ok(())
    }

    /// Mails of the weeks before were read long ago: none of them is sent now.
    pub(super) async fn clear_post(&mut self) -> Result<(), SeedError> {
        while let Some(mail) = self.store.claim_mail(self.now, LEASE).await? {
            self.store.mail_sent(mail.id, self.now).await?;
        }
        Ok(())
    }

    async fn publish_one(&mut self, job: PublicationJob) -> Result<(), SeedError> {
        let command = match self.hand_over(&job).await {
            Ok(Outcome::Confirmed) => {
                Command::ConfirmPublished { generation: job.generation, metadata_digest: job.metadata_digest.clone() }
            }
            Ok(Outcome::Superseded { .. }) => return Err(SeedError::Fault("somebody else publishes beside seed")),
            Err(error) => {
                // Left to the worker, which finds the same at the provider.
                let (message, later) = (error.to_string(), self.now + Duration::hours(1));
                self.store.publication_failed(job.registration, job.generation, later, &message).await?;
                Command::ReportFailure { generation: job.generation, message }
            }
        };
        self.run::<Registration>(&Who::System, job.registration, command).await.map(drop)
    }

    async fn hand_over(&self, job: &PublicationJob) -> Result<Outcome, ClientStoreError> {
        let Some(provider) = self.providers.get(&job.environment) else {
            return Err(ClientStoreError::Refused("the environment has no client store".into()));
        };
        let generation = i64::try_from(job.generation).unwrap_or(i64::MAX);
        if job.removed {
            return provider.remove(job.client_id.as_str(), generation).await;
        }
        let client = Client {
            client_id: job.client_id.as_str().to_owned(),
            metadata: job.metadata.clone(),
            generation,
            digest: job.metadata_digest.clone(),
            enabled: job.enabled,
        };
        provider.publish(&client).await
    }

    /// Somebody writes to the provider behind the portal's back: the publication of this client will fail.
    pub(super) async fn meddle(&self, environment: &str, client_id: &str) -> Result<(), SeedError> {
        let provider = self.providers.get(environment).ok_or(SeedError::Fault("an environment went missing"))?;
        let metadata = r#"{"client_name":"Entered by hand"}"#.to_owned();
        let digest = domain::draft::hex_digest(metadata.as_bytes());
        let client = Client { client_id: client_id.to_owned(), metadata, generation: 1, digest, enabled: false };
        provider.publish(&client).await?;
        Ok(())
    }

    fn id_parts(&self) -> (u64, [u8; 10]) {
        let millis = self.now.unix_timestamp_nanos() / 1_000_000;
        (u64::try_from(millis).unwrap_or_default(), self.auth.ambient.bytes())
    }

    pub(super) fn account_id(&self) -> AccountId {
        let (millis, random) = self.id_parts();
        AccountId::from_parts(millis, random)
    }

    pub(super) fn organisation_id(&self) -> OrganisationId {
        let (millis, random) = self.id_parts();
        OrganisationId::from_parts(millis, random)
    }

    pub(super) fn service_id(&self) -> ServiceId {
        let (millis, random) = self.id_parts();
        ServiceId::from_parts(millis, random)
    }

    pub(super) fn registration_id(&self) -> RegistrationId {
        let (millis, random) = self.id_parts();
        RegistrationId::from_parts(millis, random)
    }
}

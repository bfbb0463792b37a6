//! Files beside the answers of the evidence: judged by their content, scanned where a scanner is at hand, and kept once under
//! their digest.

mod judge;
mod private;

use crate::{Caller, Fault, Portal, registrations::details};
use bytes::Bytes;
use clamav_client::tokio as clamd;
use domain::{
    actor::Actor,
    aggregate::Aggregate,
    attachment::{Attachment, MOST_BYTES, name_of, shown},
    draft::{Draft, DraftChange, hex_digest},
    evidence,
    id::RegistrationId,
    policy::AnswerKind,
    problem::Problem,
    refusal::Refusal,
    registration::Command,
    rule::{EvidenceFault, FileFault, FileRule, Rule},
};
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path};
use std::{sync::Arc, time::Duration};
use store::{Attached, MOST_FILES, read::RegistrationDetails};

/// How long a scanner may take for one file.
const SCAN: Duration = Duration::from_secs(20);

/// Where files are kept, and who looks for viruses in them.
#[derive(Clone, Debug)]
pub struct Files {
    /// The store of contents: a directory, or a bucket for several instances.
    pub objects: Arc<dyn ObjectStore>,
    /// The scanner; none where none is configured.
    pub scanner: Option<Scanner>,
}

impl Files {
    /// Keeps a content under its digest. What is there already is the same.
    ///
    /// # Errors
    /// `Unavailable`: the cause is logged.
    pub async fn keep(&self, digest: &str, content: Vec<u8>) -> Result<(), Fault> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.objects.put_opts(&place(digest), content.into(), options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => {
                tracing::error!(?error, "a file could not be kept");
                Err(Fault::Unavailable)
            }
        }
    }
}

/// Where `clamd` listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// At this address and port.
    Tcp(String),
    /// At this socket.
    Unix(std::path::PathBuf),
}

impl Scanner {
    /// Whether it answers.
    pub async fn is_there(&self) -> bool {
        let asked = async {
            match self {
                Self::Tcp(host_address) => clamd::ping(clamd::Tcp { host_address }).await,
                Self::Unix(socket_path) => clamd::ping(clamd::Socket { socket_path }).await,
            }
        };
        let answer = tokio::time::timeout(SCAN, asked).await;
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer == clamav_client::PONG))
    }

    /// Whether it found nothing; none where it cannot be asked.
    async fn finds_nothing(&self, content: &[u8]) -> Option<bool> {
        let asked = async {
            match self {
                Self::Tcp(host_address) => clamd::scan_buffer(content, clamd::Tcp { host_address }, None).await,
                Self::Unix(socket_path) => clamd::scan_buffer(content, clamd::Socket { socket_path }, None).await,
            }
        };
        let answer = tokio::time::timeout(SCAN, asked).await.ok()?;
        let answer = answer.inspect_err(|error| tracing::error!(?error, "the scanner could not be asked")).ok()?;
        match (answer.ends_with(b": OK\0"), answer.ends_with(b"FOUND\0")) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => {
                tracing::error!(answer = %String::from_utf8_lossy(&answer), "the scanner could not look at a file");
                None
            }
        }
    }
}

/// A file to be attached.
#[derive(Clone, Debug)]
pub struct AttachFile {
    /// To this registration.
    pub registration: RegistrationId,
    /// The item of evidence.
    pub item: String,
    /// The question in it.
    pub field: String,
    /// What the browser calls it.
    pub name: String,
    /// All of it.
    pub content: Vec<u8>,
}

/// Keeps a file, so that an answer can name it. The answer itself is saved like any other.
///
/// # Errors
/// A problem at the question where the file cannot be taken; what the rules refuse; `TooFast`.
pub async fn attach_file(portal: &Portal, caller: &Caller, input: AttachFile) -> Result<Attachment, Fault> {
    portal.limit(caller, &portal.auth.limits.saves_by_account)?;
    let AttachFile { registration: id, item, field, name, content } = input;
    let found = details(portal, caller, id).await?;
    may_save(portal, caller, &found, &item)?;
    let at = format!("{item}.{field}");
    let refused = |fault: FileFault| {
        let rule = FileRule { name: shown(&name), fault };
        Fault::from(Refusal::problem(Problem::new("evidence", rule).at(at.clone())))
    };
    let items = found.policy.evidence.iter().filter(|asked| asked.id == item);
    let mut fields = items.flat_map(|asked| &asked.fields).filter(|asked| asked.id == field);
    if !fields.any(|asked| asked.kind == AnswerKind::Files) {
        return Err(Refusal::problem(Problem::new("evidence", EvidenceFault::NotAsked)).into());
    }
    match content.len() {
        0 => return Err(refused(FileFault::Empty)),
        MOST_BYTES.. if content.len() > MOST_BYTES => return Err(refused(FileFault::TooLarge)),
        _ => {}
    }
    let content = Arc::new(content);
    let looked = Arc::clone(&content);
    let look = move || {
        let media = judge::judge(&looked)?;
        Ok((hex_digest(&looked), media, private::is_in(&looked, media)))
    };
    let (digest, media, is_private) = portal.auth.checks.run(look).await?.map_err(refused)?;
    if is_private {
        return Err(Refusal::problem(Problem::new("evidence", Rule::PrivateKey).at(at.clone())).into());
    }
    let file = Attachment { digest, bytes: content.len(), media, name: name_of(&name, media) };
    let known = portal.store.attachments(id).await?;
    let is_known = known.iter().any(|known| known.is(&file));
    if !is_known && known.len() >= MOST_FILES {
        return Err(refused(FileFault::TooMany));
    }
    let scanned = scan(portal, &content).await.map_err(refused)?;
    // What is known is kept again: it may have been lost.
    portal.files.keep(&file.digest, Arc::unwrap_or_clone(content)).await?;
    if !is_known {
        let now = portal.auth.ambient.now();
        let scanned_at = scanned.then_some(now);
        let attached = Attached { digest: file.digest.clone(), bytes: file.bytes, media, scanned_at };
        portal.store.attach(id, &attached, caller.person()?.account, now).await?;
    }
    Ok(file)
}

/// Whether the caller may save answers here: nothing is looked at for anybody else.
fn may_save(portal: &Portal, caller: &Caller, of: &RegistrationDetails, item: &str) -> Result<(), Fault> {
    let actor = Actor::Person(caller.person()?.clone());
    let change = DraftChange::Evidence { item: item.to_owned(), answers: Default::default() };
    let command = Command::save(change);
    of.registration.decide(&actor, &command, &of.facts, portal.auth.ambient.now()).map_err(Fault::Refused)?;
    Ok(())
}

/// Whether a scanner looked at it, and found nothing.
async fn scan(portal: &Portal, content: &[u8]) -> Result<bool, FileFault> {
    let Some(scanner) = &portal.files.scanner else { return Ok(false) };
    match scanner.finds_nothing(content).await {
        Some(true) => Ok(true),
        Some(false) => Err(FileFault::Infected),
        None => Err(FileFault::NotScanned),
    }
}

/// The place of a content.
fn place(digest: &str) -> Path {
    Path::from(format!("{}/{digest}", &digest[..2.min(digest.len())]))
}

/// A file as it was attached, with its content.
#[derive(Clone, Debug)]
pub struct Download {
    /// What is known of it.
    pub attached: Attached,
    /// All of it.
    pub content: Bytes,
}

/// A file of a registration, for whoever may read that.
///
/// # Errors
/// `NotFound` where it is not the caller's to see, or there is none; `Unavailable` where the content cannot be had, or is
/// another one.
pub async fn download(
    portal: &Portal,
    caller: &Caller,
    registration: RegistrationId,
    digest: &str,
) -> Result<Download, Fault> {
    details(portal, caller, registration).await?;
    let attached = portal.store.attachment(registration, digest).await?;
    // Whoever waits for the content keeps no connection of the database.
    store::let_go();
    let read = async { portal.files.objects.get(&place(digest)).await?.bytes().await };
    let content = read.await.map_err(|error| {
        tracing::error!(?error, digest, "a file that was attached could not be read");
        Fault::Unavailable
    })?;
    let whole = content.clone();
    if portal.auth.checks.run(move || hex_digest(&whole)).await? != digest {
        tracing::error!(digest, "a file that was attached is another one by now");
        return Err(Fault::Unavailable);
    }
    Ok(Download { attached, content })
}

/// What is known of the files in the evidence of a registration; nothing is asked where the environment asks for none.
///
/// # Errors
/// What the store answers.
pub async fn files_of(portal: &Portal, of: &RegistrationDetails) -> Result<Vec<Attached>, Fault> {
    match of.policy.evidence.iter().any(evidence::asks_for_files) {
        true => Ok(portal.store.attachments(of.registration.id).await?),
        false => Ok(Vec::new()),
    }
}

/// Refuses answers that name a file which was never attached here.
///
/// # Errors
/// A problem that these questions are not asked; what the store answers.
pub(crate) async fn all_attached(portal: &Portal, of: &RegistrationDetails, change: &DraftChange) -> Result<(), Fault> {
    let DraftChange::Evidence { item, .. } = change else { return Ok(()) };
    let Some(asked) = of.policy.evidence.iter().find(|asked| asked.id == *item) else { return Ok(()) };
    let mut alone = Draft::default();
    alone.change(change.clone());
    let named: Vec<(&str, Attachment)> = evidence::files(asked, &alone.evidence).collect();
    if named.is_empty() {
        return Ok(());
    }
    let known = portal.store.attachments(of.registration.id).await?;
    let is_known = |(_, file): &&(&str, Attachment)| known.iter().any(|known| known.is(file));
    match named.iter().find(|named| !is_known(named)) {
        None => Ok(()),
        Some((field, _)) => {
            let problem = Problem::new("evidence", EvidenceFault::NotAsked).at(format!("{item}.{field}"));
            Err(Refusal::problem(problem).into())
        }
    }
}

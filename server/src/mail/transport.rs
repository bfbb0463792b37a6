//! How mail leaves: files in a directory, or SMTP.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use domain::email::EmailAddress;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use time::OffsetDateTime;
use tokio::io::AsyncWriteExt;

use super::letter::Letter;
use crate::config::{Mail, MailTls, MailTransport};

/// How long the SMTP server may take to accept the connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// How long a whole conversation with it may take: well within the worker's lease. lettre itself limits the connecting
/// alone.
const CONVERSATION_LIMIT: Duration = Duration::from_secs(60);

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another try may succeed.
    #[error("the mail could not be sent now: {0}")]
    Temporary(Fault),
    /// Another try would end in the same way.
    #[error("the mail cannot be sent: {0}")]
    Permanent(Fault),
}

impl MailError {
    /// What the log may say of it.
    pub fn class(&self) -> &str {
        match self {
            Self::Temporary(fault) | Self::Permanent(fault) => &fault.class,
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Fault {
    /// Without anybody's words: `smtp 550 5.1.1`, `timeout`.
    class: String,
    /// In full.
    words: String,
}

impl Fault {
    /// A fault of this class.
    pub fn of(class: &str, words: impl std::fmt::Display) -> Self {
        Self { class: class.to_owned(), words: words.to_string() }
    }
}

/// What identifies one sending, so that a repeated one is recognised.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The row of the outbox: becomes the Message-ID.
    pub id: &'a str,
    /// The Date header.
    pub at: OffsetDateTime,
}

enum Transport {
    Directory(PathBuf),
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Sends letters.
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
    limit: Duration,
}

impl Mailer {
    /// A mailer as configured. SMTP connects when the first mail leaves.
    pub fn new(config: &Mail) -> Result<Self, MailError> {
        let from = config.from.parse::<Mailbox>().map_err(wrong)?;
        let transport = match config.transport {
            MailTransport::Directory => Transport::Directory(config.directory.clone()),
            MailTransport::Smtp => Transport::Smtp(Box::new(smtp(config)?)),
        };
        Ok(Self { from, transport, limit: CONVERSATION_LIMIT })
    }

    /// The same with another limit for a conversation with the SMTP server.
    #[cfg(test)]
    pub(super) fn limited(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sends one letter to one address.
    pub async fn send(&self, to: &EmailAddress, letter: &Letter, sent: Sent<'_>) -> Result<(), MailError> {
        let message = self.message(to, letter, sent)?;
        match &self.transport {
            Transport::Directory(directory) => write(directory, &message, sent).await,
            Transport::Smtp(smtp) => {
                self.in_time(smtp.send(message)).await?.map(|_| ()).map_err(|error| refused(&error))
            }
        }
    }

    async fn in_time<T>(&self, conversation: impl Future<Output = T>) -> Result<T, MailError> {
        let late = |_| MailError::Temporary(Fault::of("timeout", "the SMTP server did not answer in time"));
        tokio::time::timeout(self.limit, conversation).await.map_err(late)
    }

    /// Whether mail could leave now, in one line for `portal doctor`.
    pub async fn describe(&self) -> Result<String, MailError> {
        match &self.transport {
            Transport::Directory(directory) => {
                let trial = directory.join("doctor.part");
                write_file(directory, &trial, b"").await.map_err(unwritten)?;
                tokio::fs::remove_file(&trial).await.map_err(unwritten)?;
                Ok(format!("files in {}", directory.display()))
            }
            Transport::Smtp(smtp) => match self.in_time(smtp.test_connection()).await? {
                Ok(true) => Ok("SMTP server answers".into()),
                Ok(false) => Err(MailError::Temporary(Fault::of("smtp", "the SMTP server closed the connection"))),
                Err(error) => Err(refused(&error)),
            },
        }
    }

    /// The message as it travels. The only header with anything from outside is `To`, a parsed address.
    fn message(&self, to: &EmailAddress, letter: &Letter, sent: Sent<'_>) -> Result<Message, MailError> {
        let rendered = letter.render();
        let to = to.as_str().parse::<Address>().map_err(wrong)?;
        let id: String = sent.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(rendered.subject.clone())
            .date(SystemTime::from(sent.at))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .multipart(
                MultiPart::alternative()
                    .singlepart(plain(rendered.plain()))
                    .singlepart(SinglePart::html(rendered.html())),
            )
            .map_err(wrong)
    }
}

/// Final is only what is surely about the recipient's address. Any other refusal, such as 535 for a wrong password or a 550
/// for a sender that is not trusted yet, is the operator's to mend: the mail waits for that.
fn refused(error: &smtp::Error) -> MailError {
    let words = error.to_string();
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let enhanced = said.split_ascii_whitespace().next().and_then(EnhancedCode::parse);
    let mut class = "smtp".to_owned();
    if let Some(code) = error.status() {
        class.push_str(&format!(" {code}"));
    }
    if let Some(EnhancedCode(code)) = enhanced {
        class.push_str(&format!(" {}.{}.{}", code[0], code[1], code[2]));
    }
    match error.is_permanent() && enhanced.is_some_and(EnhancedCode::is_about_the_recipient) {
        true => MailError::Permanent(Fault { class, words }),
        false => MailError::Temporary(Fault { class, words }),
    }
}

/// `5.1.1` at the start of an answer (RFC 2034, RFC 3463).
#[derive(Clone, Copy)]
struct EnhancedCode([u16; 3]);

impl EnhancedCode {
    fn parse(word: &str) -> Option<Self> {
        let mut parts = word.split('.').map(|part| part.parse().ok());
        let code = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Self(code))
    }

    /// The address is wrong (5.1.x, but for 5.1.7 and 5.1.8, which are about the sender's), or its mailbox closed (5.2.1).
    fn is_about_the_recipient(self) -> bool {
        matches!(self.0, [5, 1, detail] if !matches!(detail, 7 | 8)) || self.0 == [5, 2, 1]
    }
}

/// The longest line that needs no encoding (RFC 5322, 2.1.1).
const LONGEST_LINE: usize = 998;

/// Unencoded where it is ASCII, so that a link is whole for whoever reads the file as it is.
fn plain(text: String) -> SinglePart {
    let is_simple =
        text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE) && !text.contains(['\r', '\0']);
    let body = match is_simple {
        true => {
            let bytes = text.replace('\n', "\r\n").into_bytes();
            Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::SevenBit)
        }
        false => Body::new(text),
    };
    SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body)
}

fn smtp(config: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let tls = match config.tls {
        MailTls::None => Tls::None,
        MailTls::Implicit => Tls::Wrapper(tls_parameters(config)?),
        MailTls::Starttls => Tls::Required(tls_parameters(config)?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.effective_port())
        .timeout(Some(CONNECT_LIMIT))
        .tls(tls);
    if let (Some(username), Some(password)) = (&config.username, &config.password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.clone()));
    }
    Ok(builder.build())
}

fn tls_parameters(config: &Mail) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(wrong)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

/// Written under another name first: whoever watches the directory never sees half a mail.
async fn write(directory: &Path, message: &Message, sent: Sent<'_>) -> Result<(), MailError> {
    let millis = sent.at.unix_timestamp_nanos() / 1_000_000;
    let id: String = sent.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let path = directory.join(format!("{millis}-{id}.eml"));
    let draft = path.with_extension("part");
    write_file(directory, &draft, &message.formatted()).await.map_err(unwritten)?;
    tokio::fs::rename(&draft, &path).await.map_err(unwritten)
}

/// For the user of this process alone: mails hold links into accounts.
async fn write_file(directory: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).await?;
    let mut options = tokio::fs::OpenOptions::new();
    let mut open = options.write(true).create(true).truncate(true).mode(0o600).open(file).await?;
    open.write_all(bytes).await?;
    open.flush().await
}

fn unwritten(error: std::io::Error) -> MailError {
    MailError::Temporary(Fault::of("file", error))
}

/// What no other try mends.
fn wrong(error: impl std::fmt::Display) -> MailError {
    MailError::Permanent(Fault::of("unfit", error))
}

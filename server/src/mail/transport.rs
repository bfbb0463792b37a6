//! How mail leaves: files in a directory, or SMTP.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use domain::email::EmailAddress;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use time::OffsetDateTime;

use super::letter::Letter;
use crate::config::{Mail, MailTls, MailTransport};

/// How long the SMTP server may take for one step.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another try may succeed.
    #[error("the mail could not be sent now: {0}")]
    Temporary(String),
    /// Another try would end in the same way.
    #[error("the mail cannot be sent: {0}")]
    Permanent(String),
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
}

impl Mailer {
    /// A mailer as configured. SMTP connects when the first mail leaves.
    pub fn new(config: &Mail) -> Result<Self, MailError> {
        let from = config.from.parse::<Mailbox>().map_err(permanent)?;
        let transport = match config.transport {
            MailTransport::Directory => Transport::Directory(config.directory.clone()),
            MailTransport::Smtp => Transport::Smtp(Box::new(smtp(config)?)),
        };
        Ok(Self { from, transport })
    }

    /// Sends one letter to one address.
    pub async fn send(&self, to: &EmailAddress, letter: &Letter, sent: Sent<'_>) -> Result<(), MailError> {
        let message = self.message(to, letter, sent)?;
        match &self.transport {
            Transport::Directory(directory) => write(directory, &message, sent).await,
            Transport::Smtp(smtp) => smtp.send(message).await.map(|_| ()).map_err(|error| match error.status() {
                Some(code) if is_about_the_recipient(code) => permanent(error),
                _ => temporary(error),
            }),
        }
    }

    /// Whether mail could leave now, in one line for `portal doctor`.
    pub async fn describe(&self) -> Result<String, MailError> {
        match &self.transport {
            Transport::Directory(directory) => {
                tokio::fs::create_dir_all(directory).await.map_err(temporary)?;
                Ok(format!("files in {}", directory.display()))
            }
            Transport::Smtp(smtp) => match smtp.test_connection().await {
                Ok(true) => Ok("SMTP server answers".into()),
                Ok(false) => Err(MailError::Temporary("the SMTP server closed the connection".into())),
                Err(error) => Err(temporary(error)),
            },
        }
    }

    /// The message as it travels. The only header with anything from outside is `To`, a parsed address.
    fn message(&self, to: &EmailAddress, letter: &Letter, sent: Sent<'_>) -> Result<Message, MailError> {
        let rendered = letter.render();
        let to = to.as_str().parse::<Address>().map_err(permanent)?;
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
            .map_err(permanent)
    }
}

/// 550 to 553: the mailbox is not there, not to be reached from here, full or misspelt (RFC 5321, 4.2.3). Any other
/// refusal, such as 535 for a wrong password, is the operator's to mend: the mail waits for that.
fn is_about_the_recipient(code: Code) -> bool {
    (550..=553).contains(&u16::from(code))
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
        .timeout(Some(SMTP_TIMEOUT))
        .tls(tls);
    if let (Some(username), Some(password)) = (&config.username, &config.password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.clone()));
    }
    Ok(builder.build())
}

fn tls_parameters(config: &Mail) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(permanent)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(permanent)?);
    }
    builder.build_rustls().map_err(permanent)
}

/// Written under another name first: whoever watches the directory never sees half a mail.
async fn write(directory: &Path, message: &Message, sent: Sent<'_>) -> Result<(), MailError> {
    tokio::fs::create_dir_all(directory).await.map_err(temporary)?;
    let millis = sent.at.unix_timestamp_nanos() / 1_000_000;
    let id: String = sent.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let path = directory.join(format!("{millis}-{id}.eml"));
    let draft = path.with_extension("part");
    tokio::fs::write(&draft, message.formatted()).await.map_err(temporary)?;
    tokio::fs::rename(&draft, &path).await.map_err(temporary)
}

fn temporary(error: impl std::fmt::Display) -> MailError {
    MailError::Temporary(error.to_string())
}

fn permanent(error: impl std::fmt::Display) -> MailError {
    MailError::Permanent(error.to_string())
}

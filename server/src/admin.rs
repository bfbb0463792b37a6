//! `portal admin`: the first staff, the way back for somebody who cannot sign in any more, and erasing a text.

use domain::account::{Account, Command};
use domain::actor::StaffRole;
use domain::email::EmailAddress;
use domain::id::AccountId;
use std::io::Read;
use store::{ErasureReport, Expected, Moment, Store, StoreError, ToErase, Who};
use usecases::auth::Ambient;

/// More than any text that the portal keeps.
const LONGEST_TEXT: u64 = 1024 * 1024;

/// Gives a staff role to an address. An account that is new, or whose address nobody has verified, gets a mail with a link
/// for choosing its password. In the history as done by the operator.
///
/// # Errors
/// The sentence for the terminal.
pub async fn create(store: &Store, ambient: Ambient, email: &str, role: StaffRole) -> Result<String, String> {
    let email = EmailAddress::parse(email).map_err(|problem| format!("--email: {problem}"))?;
    let known = store.credentials_by_email(&email.key()).await.map_err(sentence)?;
    let unverified = known.as_ref().map(|row| row.account.verified.is_none());
    let id = known.map_or_else(|| new_account_id(ambient), |row| row.account.id);
    let moment = Moment::new(ambient.now(), ambient.bytes());
    let command = Command::Grant { email: email.clone(), role };
    let done = store.execute::<Account>(&moment, &Who::Operator, id, Expected::Any, command).await;
    done.map_err(sentence)?;
    let now = format!("{} is now {}.", email.as_str(), role.word());
    let mailed = "An email with a link to choose a password is waiting; portal serve or portal worker sends it.";
    Ok(match unverified {
        Some(false) => now,
        Some(true) => format!(
            "{now} Someone signed up with this address but did not verify it, so the password that they chose no \
             longer works. {mailed}"
        ),
        None => format!("{now} {mailed}"),
    })
}

/// Opens an account again for somebody who lost their second factor, or whom nobody else can unlock: they choose a
/// password by a mailed link. In the history as done by the operator.
///
/// # Errors
/// The sentence for the terminal.
pub async fn recover(store: &Store, ambient: Ambient, email: &str) -> Result<String, String> {
    let email = EmailAddress::parse(email).map_err(|problem| format!("--email: {problem}"))?;
    let known = store.credentials_by_email(&email.key()).await.map_err(sentence)?;
    let Some(known) = known else { return Err(format!("--email: nobody has an account with {}.", email.as_str())) };
    let moment = Moment::new(ambient.now(), ambient.bytes());
    let done =
        store.execute::<Account>(&moment, &Who::Operator, known.account.id, Expected::Any, Command::Recover).await;
    done.map_err(sentence)?;
    Ok(format!(
        "{} is reopened, without a password or second factor. An email with a link to choose a password is waiting; \
         portal serve or portal worker sends it.",
        email.as_str()
    ))
}

/// What to erase: by where it stands, by its SHA-256, or as it is read from `input`.
///
/// # Errors
/// The sentence for the terminal.
pub fn to_erase(place: Option<(u64, &str)>, digest: Option<&str>, input: impl Read) -> Result<ToErase, String> {
    if let Some((entry, pointer)) = place {
        return Ok(ToErase::Place { entry, pointer: pointer.into() });
    }
    if let Some(digest) = digest {
        return Ok(ToErase::Digest(digest.into()));
    }
    let mut text = String::new();
    let read = input.take(LONGEST_TEXT).read_to_string(&mut text);
    read.map_err(|error| format!("Standard input is not readable text ({error}). Use UTF-8."))?;
    Ok(ToErase::Text(text))
}

/// Erases a text, or says where it stands. Never says what it is.
///
/// # Errors
/// The sentence for the terminal.
pub async fn erase(
    store: &Store,
    ambient: Ambient,
    what: &ToErase,
    reason: &str,
    carry_out: bool,
) -> Result<String, String> {
    let moment = Moment::new(ambient.now(), ambient.bytes());
    let report = store.erase_text(&moment, what, reason, carry_out).await.map_err(|error| error.to_string())?;
    if report.places.is_empty() && report.left.is_empty() {
        return Ok("It is nowhere in the database. Nothing was changed.".into());
    }
    if !carry_out {
        return Ok(format!("{}\n\nNothing was changed. Add --yes to erase it.", listed(&report, "It is in:")));
    }
    let forgotten = match store.forget_what_was().await {
        Ok(true) => "No free page of the database still holds it.".to_owned(),
        Ok(false) => "The write-ahead log still holds it, because the database is being read. Stop the portal and run \
                      this command again."
            .to_owned(),
        Err(error) => format!("The database may still hold it in free pages: {}", sentence(error)),
    };
    let beyond = "Backups, copies and archived logs made before now still hold it: see “Erasing a text” in README.md.";
    Ok(format!("{}\n\n{forgotten}\n{beyond}", listed(&report, "Erased from:")))
}

fn listed(report: &ErasureReport, heading: &str) -> String {
    let mut lines = vec![heading.to_owned()];
    lines.extend(report.places.iter().map(|place| format!("  {place}")));
    if !report.left.is_empty() {
        lines.push("It cannot be erased from:".into());
        lines.extend(report.left.iter().map(|place| format!("  {place}")));
    }
    if let [first, ..] = report.entries.as_slice() {
        let last = report.entries.last().unwrap_or(first);
        lines.push(match first == last {
            true => format!("Recorded as entry {first} of the history."),
            false => format!("Recorded as {} entries of the history, up to entry {last}.", report.entries.len()),
        });
    }
    lines.join("\n")
}

/// An id for a new account.
pub fn new_account_id(ambient: Ambient) -> AccountId {
    let millis = u64::try_from(ambient.now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    AccountId::from_parts(millis, ambient.bytes())
}

fn sentence(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(cause) => format!("The database is not available: {cause}"),
        StoreError::Unreadable(cause) => format!("What is stored cannot be read: {cause}"),
        other => other.to_string(),
    }
}

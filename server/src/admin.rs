//! `portal admin`: the first staff, and the way back for somebody who cannot sign in any more.

use app::auth::Ambient;
use domain::account::{Account, Command};
use domain::actor::StaffRole;
use domain::email::EmailAddress;
use domain::id::AccountId;
use store::{Expected, Moment, Store, StoreError, Who};

/// Gives a staff role to an address. An account that is new, or whose address nobody has verified, gets a mail with a link
/// for choosing its password. In the history as done by the operator.
///
/// # Errors
/// The sentence for the terminal.
pub async fn create(store: &Store, ambient: Ambient, email: &str, role: StaffRole) -> Result<String, String> {
    let email = EmailAddress::parse(email).map_err(|problem| format!("--email: {}", problem.message))?;
    let known = store.credentials_by_email(&email.key()).await.map_err(sentence)?;
    let unverified = known.as_ref().map(|row| row.account.verified.is_none());
    let id = known.map_or_else(|| new_account_id(ambient), |row| row.account.id);
    let moment = Moment { now: ambient.now(), seed: ambient.bytes() };
    let command = Command::Grant { email: email.clone(), role };
    let done = store.execute::<Account>(&moment, &Who::Operator, id, Expected::Any, command).await;
    done.map_err(sentence)?;
    let now = format!("{} is now {}.", email.as_str(), role.word());
    let mailed = "A mail with a link for choosing a password is on its way; it leaves while portal serve or portal worker \
                  runs.";
    Ok(match unverified {
        Some(false) => now,
        Some(true) => format!(
            "{now} Somebody signed up with this address and did not show that it is theirs, so the password that they \
             chose no longer works. {mailed}"
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
    let email = EmailAddress::parse(email).map_err(|problem| format!("--email: {}", problem.message))?;
    let known = store.credentials_by_email(&email.key()).await.map_err(sentence)?;
    let Some(known) = known else { return Err(format!("--email: nobody has an account with {}.", email.as_str())) };
    let moment = Moment { now: ambient.now(), seed: ambient.bytes() };
    let done =
        store.execute::<Account>(&moment, &Who::Operator, known.account.id, Expected::Any, Command::Recover).await;
    done.map_err(sentence)?;
    Ok(format!(
        "{} is open again, without password and second factor. A mail with a link for choosing a password is on its way; \
         it leaves while portal serve or portal worker runs.",
        email.as_str()
    ))
}

/// An id for a new account.
pub fn new_account_id(ambient: Ambient) -> AccountId {
    let millis = u64::try_from(ambient.now().unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    AccountId::from_parts(millis, ambient.bytes())
}

fn sentence(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(cause) => format!("The database is not available: {cause}"),
        other => other.to_string(),
    }
}

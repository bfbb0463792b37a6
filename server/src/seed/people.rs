//! The demo people: who they are, and how each got an account.

use domain::account::{Account, Command, Secret};
use domain::actor::StaffRole;
use domain::email::EmailAddress;
use domain::id::AccountId;
use store::{LinkPurpose, Store, Who};
use time::Duration;
use usecases::auth::{TotpSecret, totp};

use super::story::Story;
use super::{PASSWORD, SeedError};

/// The 20 bytes that the codes of staff and owner are made of. For the demonstration only.
pub(super) const SECOND_FACTOR: [u8; 20] = *b"demo second factor!!";

/// How long a mailed link can be used.
const LINK_LASTS: Duration = Duration::hours(24);

/// What is printed of a demo person.
pub(super) struct Introduction {
    /// The address to sign in with.
    pub(super) email: &'static str,
    /// The name.
    name: &'static str,
    /// What the person is here.
    pub(super) is: &'static str,
    staff: Option<StaffRole>,
}

pub(super) const OWNER: &str = "owner@demo.example";
pub(super) const DEVELOPER: &str = "developer@demo.example";
pub(super) const VIEWER: &str = "viewer@demo.example";
pub(super) const ADMIN1: &str = "admin1@demo.example";
pub(super) const ADMIN2: &str = "admin2@demo.example";
pub(super) const AUDITOR: &str = "auditor@demo.example";

/// All of them.
pub(super) const ALL: [Introduction; 6] = [
    introduction(OWNER, "Olivia Grant", "owner of Riverside Digital Health", None),
    introduction(DEVELOPER, "Dev Anand", "developer there, and owner of Meadow Apps, which is not confirmed", None),
    introduction(VIEWER, "Vera Lindt", "viewer at Riverside Digital Health", None),
    introduction(
        ADMIN1,
        "Amara Okafor",
        "NHS login admin; gave the first approval of a live registration",
        Some(StaffRole::Admin),
    ),
    introduction(
        ADMIN2,
        "Aled Price",
        "NHS login admin; the second approval waits for this person",
        Some(StaffRole::Admin),
    ),
    introduction(AUDITOR, "Audrey Shaw", "auditor: reads everything, changes nothing", Some(StaffRole::Auditor)),
];

const fn introduction(
    email: &'static str,
    name: &'static str,
    is: &'static str,
    staff: Option<StaffRole>,
) -> Introduction {
    Introduction { email, name, is, staff }
}

/// Somebody with an account.
pub(super) struct Person {
    /// The account.
    pub(super) id: AccountId,
    /// Whether signing in takes a code.
    pub(super) has_second_factor: bool,
}

/// Everybody but the auditor.
pub(super) struct People {
    pub(super) owner: Person,
    pub(super) developer: Person,
    pub(super) viewer: Person,
    pub(super) admin1: Person,
    pub(super) admin2: Person,
}

/// The secret that the staff's codes are made of.
pub(super) fn second_factor() -> TotpSecret {
    TotpSecret::from_bytes(SECOND_FACTOR)
}

/// Whether this demo person has an account.
pub(super) async fn is_there(store: &Store, email: &str) -> Result<bool, SeedError> {
    Ok(store.credentials_by_email(&address(email)?.key()).await?.is_some())
}

/// Everybody but the auditor gets an account.
pub(super) async fn all_but_auditor(story: &mut Story<'_>) -> Result<People, SeedError> {
    Ok(People {
        admin1: join(story, ADMIN1).await?,
        admin2: join(story, ADMIN2).await?,
        owner: join(story, OWNER).await?,
        developer: join(story, DEVELOPER).await?,
        viewer: join(story, VIEWER).await?,
    })
}

/// The auditor gets an account.
pub(super) async fn auditor(story: &mut Story<'_>) -> Result<(), SeedError> {
    join(story, AUDITOR).await.map(drop)
}

/// Signs up, verifies the address by the mailed link and, as staff, is given the role. Staff have a second factor, and so
/// has the owner, who submits in live.
async fn join(story: &mut Story<'_>, email: &'static str) -> Result<Person, SeedError> {
    let who = ALL.iter().find(|person| person.email == email).ok_or(SeedError::Fault("a demo person is unknown"))?;
    let mut person = Person { id: story.account_id(), has_second_factor: false };
    let salt = story.auth.ambient.bytes();
    let hashed = story.auth.passwords.hash(PASSWORD, salt).await;
    let password = Secret(hashed.map_err(|_| SeedError::Fault("the password could not be hashed"))?);
    let command = Command::SignUp { email: address(email)?, name: who.name.to_owned(), password };
    story.run::<Account>(&Who::Visitor, person.id, command).await?;
    verify(story, person.id).await?;
    if let Some(role) = who.staff {
        let command = Command::Grant { email: address(email)?, role };
        story.run::<Account>(&Who::Operator, person.id, command).await?;
    }
    if who.staff.is_some() || email == OWNER {
        set_second_factor(story, &mut person).await?;
    }
    Ok(person)
}

async fn verify(story: &mut Story<'_>, account: AccountId) -> Result<(), SeedError> {
    let link = story.token().hash();
    story.store.store_link(&link, account, LinkPurpose::Verify, story.now + LINK_LASTS).await?;
    let shown = story.fingerprint(account).await?;
    story.run::<Account>(&Who::Visitor, account, Command::Verify { link: Secret(link), shown }).await.map(drop)
}

async fn set_second_factor(story: &mut Story<'_>, person: &mut Person) -> Result<(), SeedError> {
    let who = story.sign_in(person).await?;
    let Who::Session { token_hash } = &who else { return Err(SeedError::Fault("a session is missing")) };
    let (owner, nonce) = (person.id.to_string(), story.auth.ambient.bytes());
    let sealed = story.auth.secrets.seal(second_factor().as_bytes(), owner.as_bytes(), nonce);
    let recovery_codes = (0..totp::RECOVERY_CODES).map(|_| totp::recovery_code(story.auth.ambient.bytes()));
    let command = Command::SetSecondFactor {
        totp: Secret(sealed.ok_or(SeedError::Fault("the second factor could not be sealed"))?),
        step: 0,
        recovery_codes: recovery_codes.map(|code| Secret(totp::recovery_hash(&code))).collect(),
        keep: Secret(token_hash.clone()),
    };
    story.run::<Account>(&who, person.id, command).await?;
    person.has_second_factor = true;
    story.sign_out(person, who).await
}

fn address(email: &str) -> Result<EmailAddress, SeedError> {
    EmailAddress::parse(email).map_err(|_| SeedError::Fault("a demo address is wrong"))
}

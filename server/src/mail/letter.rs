//! The mails that the portal sends: one purpose each, in plain words, never with a secret beside a single-use link.

use time::OffsetDateTime;

use super::render::{Part, Rendered};

/// A link into the portal. Built from the configured base URL alone, never from a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// A page of the portal: `origin` without a final slash, `path` with a leading one.
    pub fn to(origin: &str, path: &str) -> Self {
        Self(format!("{origin}{path}"))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The registration that a mail is about.
#[derive(Clone)]
pub struct About {
    /// The name of the service.
    pub service: String,
    /// The name of its organisation.
    pub organisation: String,
    /// The environment as pages call it: `Sandpit`.
    pub environment: String,
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The client's id, once there is one.
    pub client_id: Option<String>,
    /// The number of the revision that it is about.
    pub revision: u32,
    /// Whether that revision still waits for a decision.
    pub waits: bool,
    /// Its page.
    pub link: Link,
}

/// One mail, by its purpose.
#[derive(Clone)]
pub enum Letter {
    /// Verify your address: single-use link.
    VerifyAddress(Link),
    /// Somebody signed up with your address, which has an account: the sign-in page.
    AddressInUse(Link),
    /// Choose a new password: single-use link.
    PasswordReset(Link),
    /// Whoever runs the portal opened your account again: single-use link to choose a password.
    AccountRecovered(Link),
    /// You were given a staff role: single-use link to choose a password.
    StaffInvitation(Link),
    /// Your password was changed, and when: the page for choosing another.
    PasswordChanged(Link, OffsetDateTime),
    /// Your second factor was changed, and when: the page for choosing another password.
    SecondFactorChanged(Link, OffsetDateTime),
    /// A revision is being reviewed (to admins).
    Submitted(About),
    /// Changes were requested.
    ChangesRequested(About),
    /// Rejected.
    Rejected(About),
    /// Approved by the first of two.
    FirstApproval(About),
    /// Published at the provider.
    Published(About),
    /// A publication failed (to admins).
    PublicationFailed(About),
    /// The client was switched off.
    Suspended(About),
    /// The client was switched on again.
    Reinstated(About),
    /// A revision with another key was submitted (to every owner).
    KeyChanged(About),
    /// An organisation has its first client and waits to be confirmed (to admins): its name and page.
    OrganisationWaits(String, Link),
    /// The organisation is confirmed (to its owners): its name and page.
    OrganisationConfirmed(String, Link),
}

impl Letter {
    /// The mail in words. Subjects are constants with the title of the environment, which the operator chose: nothing
    /// that a user typed gets into a header.
    pub fn render(&self) -> Rendered {
        match self {
            Self::VerifyAddress(link) => verify_address(link),
            Self::AddressInUse(link) => address_in_use(link),
            Self::PasswordReset(link) => password_reset(link),
            Self::AccountRecovered(link) => account_recovered(link),
            Self::StaffInvitation(link) => staff_invitation(link),
            Self::PasswordChanged(link, at) => changed("Your password was changed", "The password", link, *at),
            Self::SecondFactorChanged(link, at) => {
                changed("Your second factor was changed", "The second factor (the app that shows codes)", link, *at)
            }
            Self::Submitted(about) => submitted(about),
            Self::ChangesRequested(about) => changes_requested(about),
            Self::Rejected(about) => rejected(about),
            Self::FirstApproval(about) => first_approval(about),
            Self::Published(about) => published(about),
            Self::PublicationFailed(about) => publication_failed(about),
            Self::Suspended(about) => suspended(about),
            Self::Reinstated(about) => reinstated(about),
            Self::KeyChanged(about) => key_changed(about),
            Self::OrganisationWaits(name, link) => organisation_waits(name, link),
            Self::OrganisationConfirmed(name, link) => organisation_confirmed(name, link),
        }
    }
}

fn verify_address(link: &Link) -> Rendered {
    Rendered::new(
        "Verify your email address",
        vec![
            Part::text("Someone, probably you, signed up to register clients with NHS login with this email address."),
            Part::text(
                "Open this page, enter the password that you chose, and confirm that the address is yours. The link works once, and expires after 24 hours.",
            ),
            Part::link("Verify your email address", link),
            Part::text(
                "If you signed up more than once, only the latest password works. If it was not you, ignore this email. Nobody can use the account without the link.",
            ),
        ],
    )
}

fn address_in_use(link: &Link) -> Rendered {
    Rendered::new(
        "You already have an account",
        vec![
            Part::text("Someone, probably you, tried to sign up with this email address. It already has an account."),
            Part::text("Sign in with it. If you have forgotten the password, you can choose a new one there."),
            Part::link("Sign in", link),
            Part::text("If it was not you, you do not need to do anything. Nothing about your account has changed."),
        ],
    )
}

fn password_reset(link: &Link) -> Rendered {
    Rendered::new(
        "Choose a new password",
        vec![
            Part::text("Someone, probably you, asked to choose a new password for this account."),
            Part::text("Open this page to choose one. The link works once, and expires after 1 hour."),
            Part::link("Choose a new password", link),
            Part::text("If it was not you, ignore this email. Your password stays as it is."),
        ],
    )
}

fn account_recovered(link: &Link) -> Rendered {
    Rendered::new(
        "Your account has been reopened",
        vec![
            Part::text("The team that runs the NHS login client registration portal has reopened your account."),
            Part::text(
                "Your password, your second factor and your recovery codes no longer work, and you are signed out everywhere. Open this page to choose a password. The link works once, and expires after 24 hours.",
            ),
            Part::link("Choose a password", link),
            Part::text("If you did not ask for this, tell the person who runs the portal in your organisation."),
        ],
    )
}

fn staff_invitation(link: &Link) -> Rendered {
    Rendered::new(
        "You have been given a staff role",
        vec![
            Part::text("You have been given a staff role in the NHS login client registration portal."),
            Part::text(
                "Open this page to choose a password. The link works once, and expires after 24 hours. When you first sign in, you will set up a second factor. Have an authenticator app ready.",
            ),
            Part::link("Choose a password", link),
            Part::text("If you did not expect this, tell the person who runs the portal in your organisation."),
        ],
    )
}

fn changed(subject: &str, what: &str, link: &Link, at: OffsetDateTime) -> Rendered {
    let sentence = format!(
        "{what} of your account was changed on {}. Every other session was signed out.",
        app::ui::date_time_text(at)
    );
    Rendered::new(
        subject,
        vec![
            Part::text(sentence),
            Part::text(
                "If it was you, you do not need to do anything. If it was not you, choose a new password at once.",
            ),
            Part::link("Choose a new password", link),
        ],
    )
}

fn submitted(about: &About) -> Rendered {
    let sentence = format!(
        "{} submitted revision {} of the registration of {} for review.",
        about.organisation,
        about.revision,
        of(about)
    );
    about_registration("A registration is ready for review", sentence, "Review it", about)
}

fn changes_requested(about: &About) -> Rendered {
    let sentence = format!(
        "An NHS login admin reviewed the registration of {} and requested changes. The comments are beside the fields that they are about.",
        of(about)
    );
    about_registration(
        "Changes requested to your registration",
        sentence,
        "Read the comments and make the changes",
        about,
    )
}

fn rejected(about: &About) -> Rendered {
    let sentence = format!("An NHS login admin rejected the registration of {}. The reason is on its page.", of(about));
    about_registration("Your registration was rejected", sentence, "Read the reason", about)
}

fn first_approval(about: &About) -> Rendered {
    let sentence = format!(
        "An NHS login admin approved the registration of {}. A second admin must approve it too. You do not need to do anything.",
        of(about)
    );
    about_registration("Your registration has its first approval", sentence, "See where it is", about)
}

fn published(about: &About) -> Rendered {
    let sentence = format!(
        "The registration of {} was approved and is published: NHS login now knows your client. The endpoints are on its \
         page.",
        of(about)
    );
    let mut parts = vec![Part::text(sentence)];
    parts.extend(about.client_id.as_ref().map(|id| Part::text(format!("client_id: {id}"))));
    parts.push(Part::text(format!("Issuer: {}", about.issuer)));
    parts.push(Part::link("See the client_id and the endpoints", &about.link));
    Rendered::new(in_environment("Your registration is published", about), parts)
}

fn publication_failed(about: &About) -> Rendered {
    let sentence = format!(
        "The approved registration of {} could not be published. What the client store answered is on its page. The portal will keep trying, at longer intervals.",
        of(about)
    );
    about_registration("A publication failed", sentence, "See what went wrong", about)
}

fn suspended(about: &About) -> Rendered {
    let sentence = format!(
        "An NHS login admin suspended the client of {}: nobody can sign in with it until it is reinstated. The reason is \
         on its page.",
        of(about)
    );
    about_registration("Your client is suspended", sentence, "Read the reason", about)
}

fn reinstated(about: &About) -> Rendered {
    let sentence = format!(
        "An NHS login admin reinstated the client of {}: people can sign in with it again, with the same client_id.",
        of(about)
    );
    about_registration("Your client is reinstated", sentence, "See where it is", about)
}

fn key_changed(about: &About) -> Rendered {
    let mend = match about.waits {
        true => "If your team did not mean to change it, withdraw the submission now.",
        false => {
            "It is no longer being reviewed. If your team did not mean to change it, submit the key that you \
             had before, and tell the NHS login team."
        }
    };
    let sentence = format!(
        "Someone in your team submitted revision {} of the registration of {} with a different public key. {mend}",
        about.revision,
        of(about)
    );
    about_registration("The public key of your registration is changing", sentence, "Check the key", about)
}

fn organisation_waits(name: &str, link: &Link) -> Rendered {
    let sentence = format!(
        "The organisation “{name}” has its first client. No admin has confirmed it yet. It must be confirmed before it can go beyond the first environment."
    );
    Rendered::new(
        "An organisation needs to be confirmed",
        vec![Part::text(sentence), Part::link("Look at the organisation", link)],
    )
}

fn organisation_confirmed(name: &str, link: &Link) -> Rendered {
    let sentence = format!(
        "An NHS login admin confirmed the organisation “{name}”. Its services can now move on to the next environment."
    );
    Rendered::new(
        "Your organisation is confirmed",
        vec![Part::text(sentence), Part::link("See your organisation", link)],
    )
}

fn of(about: &About) -> String {
    format!("“{}” in the environment “{}”", about.service, about.environment)
}

/// A subject that tells the mails of one service apart.
fn in_environment(subject: &str, about: &About) -> String {
    format!("{subject} ({})", about.environment)
}

fn about_registration(subject: &str, sentence: String, label: &'static str, about: &About) -> Rendered {
    Rendered::new(in_environment(subject, about), vec![Part::text(sentence), Part::link(label, &about.link)])
}

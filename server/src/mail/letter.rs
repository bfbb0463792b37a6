//! The mails that the portal sends: one purpose each, in plain words, never with a secret beside a single-use link.

use domain::{actor::TeamRole, registration::KeyChange};
use store::{Digest, read::MOST_COUNTED};
use time::OffsetDateTime;

use super::render::{Part, Rendered};

mod team;

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
    /// Set where nothing but keys changed in that revision.
    pub key_change: Option<KeyChange>,
    /// What the provider does with the client, in sentences, once there is anything to say.
    pub standing: Option<String>,
    /// Its page.
    pub link: Link,
}

/// What waits for an admin, with the pages that show it.
#[derive(Clone)]
pub struct Gathered {
    /// What waits.
    pub digest: Digest,
    /// The queue of reviews.
    pub queue: Link,
    /// The organisations that nobody has confirmed.
    pub unconfirmed: Link,
    /// The organisations that somebody asks to join.
    pub joining: Link,
    /// The publications that fail.
    pub failing: Link,
}

/// What waits for an admin because no owner answers, with the pages that show it.
#[derive(Clone)]
pub struct Absent {
    /// What waits.
    pub digest: Digest,
    /// The organisations that somebody asks to join.
    pub joining: Link,
    /// The organisations without an owner who can sign in.
    pub without_owner: Link,
    /// The organisations whose owners are away.
    pub owners_away: Link,
    /// Those with a published key of somebody who left.
    pub keys_left: Link,
}

/// An invitation to a team.
#[derive(Clone)]
pub struct Invited {
    /// The verified address of whoever sent it; none where no person did.
    pub by: Option<String>,
    /// The name of the organisation, where an admin has confirmed it.
    pub organisation: Option<String>,
    /// As what.
    pub role: TeamRole,
    /// Until when it can be accepted.
    pub until: OffsetDateTime,
    /// Whether the reader has an account: then they sign in, else the link is a single-use one.
    pub has_account: bool,
    /// The page on which to answer.
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
    /// A second factor was set up, and when: the page for choosing another password.
    SecondFactorSet(Link, OffsetDateTime),
    /// Another second factor was set up.
    SecondFactorChanged(Link, OffsetDateTime),
    /// The second factor was removed.
    SecondFactorRemoved(Link, OffsetDateTime),
    /// What waits (to admins).
    Waiting(Gathered),
    /// Organisations whose owners are away (to admins).
    OwnersAway(Absent),
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
    /// An admin asked for the client to be suspended.
    Suspended(About),
    /// The same (to admins).
    ClientSuspended(About),
    /// The provider confirmed the suspension.
    SuspensionConfirmed(About),
    /// The provider confirmed that the client is reinstated.
    Reinstated(About),
    /// The provider confirmed that the client is removed.
    Retired(About),
    /// A revision with another key was submitted (to every owner).
    KeyChanged(About),
    /// A key has been in use for long (to owners and developers).
    KeyOld(About),
    /// Evidence for what is published ends, on this day.
    EvidenceEnds(About, String),
    /// A key was reported as leaked (to owners and developers).
    KeyLeaked(About),
    /// The same (to admins).
    ClientKeyLeaked(About),
    /// A key of this client leaked in another registration (to owners and developers).
    KeyLeakedElsewhere(About),
    /// The same (to admins).
    ClientKeyLeakedElsewhere(About),
    /// The organisation is confirmed (to its owners): its name and page.
    OrganisationConfirmed(String, Link),
    /// The organisation changed what an admin confirmed (to admins): its name now and its page.
    OrganisationRenamed(String, Link),
    /// An owner gave the reader another role: the organisation's name, the role, and the team's page.
    TeamRoleChanged(String, TeamRole, Link),
    /// An owner removed the reader from the team: the organisation's name, and the reader's home.
    RemovedFromTeam(String, Link),
    /// A team member left (to its owners): the organisation's name, and the team's page.
    MemberLeft(String, Link),
    /// A team member was made an owner (to the other owners): the organisation's name, and the team's page.
    OwnerAdded(String, Link),
    /// An owner asks the reader to join a team.
    TeamInvitation(Invited),
    /// Somebody accepted an invitation (to the other owners): the organisation's name, the role, and the team's page.
    MemberJoined(String, TeamRole, Link),
    /// Somebody declined an invitation (to whoever sent it): the organisation's name, and the team's page.
    InvitationDeclined(String, Link),
    /// An owner offers the ownership to the reader: the organisation's name, and the page on which to answer.
    OwnershipOffered(String, Link),
    /// The ownership was handed over: the organisation's name, and the team's page.
    OwnershipHandedOver(String, Link),
    /// The reader's offer was declined: the organisation's name, and the team's page.
    OwnershipDeclined(String, Link),
    /// Somebody asks to join (to the owners): the organisation's name, and the page on which to answer.
    JoinAsked(String, Link),
    /// The organisation, and the page of its tokens.
    TokenMade(String, Link),
    /// The reader was let into the team: the organisation's name, empty before it is confirmed, the role, and its page.
    JoinAgreed(String, TeamRole, Link),
    /// An owner did not let the reader into the team: the organisation's name, empty before it is confirmed, and the reader's home.
    JoinDeclined(String, Link),
    /// An admin did not.
    JoinRefused(String, Link),
    /// An admin answered in place of the owners: the organisation's name, and the team's page.
    JoinDecided(String, Link),
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
            Self::PasswordChanged(link, at) => {
                changed("Your password was changed", "The password of your account was changed", link, *at)
            }
            Self::SecondFactorSet(link, at) => {
                let what = "A second factor (an app that shows codes) was set up for your account";
                changed("A second factor was set up", what, link, *at)
            }
            Self::SecondFactorChanged(link, at) => {
                changed("Your second factor was changed", &format!("{FACTOR} of your account was changed"), link, *at)
            }
            Self::SecondFactorRemoved(link, at) => {
                changed("Your second factor was removed", &format!("{FACTOR} of your account was removed"), link, *at)
            }
            Self::Waiting(gathered) => waiting(gathered),
            Self::OwnersAway(absent) => owners_away(absent),
            Self::ChangesRequested(about) => changes_requested(about),
            Self::Rejected(about) => rejected(about),
            Self::FirstApproval(about) => first_approval(about),
            Self::Published(about) => published(about),
            Self::PublicationFailed(about) => publication_failed(about),
            Self::Suspended(about) => suspended(about),
            Self::ClientSuspended(about) => client_suspended(about),
            Self::SuspensionConfirmed(about) => suspension_confirmed(about),
            Self::Reinstated(about) => reinstated(about),
            Self::Retired(about) => retired(about),
            Self::KeyChanged(about) => key_changed(about),
            Self::KeyOld(about) => key_old(about),
            Self::EvidenceEnds(about, until) => evidence_ends(about, until),
            Self::KeyLeaked(about) => key_leaked(about),
            Self::ClientKeyLeaked(about) => client_key_leaked(about),
            Self::KeyLeakedElsewhere(about) => key_leaked_elsewhere(about),
            Self::ClientKeyLeakedElsewhere(about) => client_key_leaked_elsewhere(about),
            Self::OrganisationConfirmed(name, link) => organisation_confirmed(name, link),
            Self::OrganisationRenamed(name, link) => organisation_renamed(name, link),
            Self::TeamRoleChanged(name, role, link) => team::team_role_changed(name, *role, link),
            Self::RemovedFromTeam(name, link) => team::removed_from_team(name, link),
            Self::MemberLeft(name, link) => team::member_left(name, link),
            Self::OwnerAdded(name, link) => team::owner_added(name, link),
            Self::TeamInvitation(invited) => team::team_invitation(invited),
            Self::MemberJoined(name, role, link) => team::member_joined(name, *role, link),
            Self::InvitationDeclined(name, link) => team::invitation_declined(name, link),
            Self::OwnershipOffered(name, link) => team::ownership_offered(name, link),
            Self::OwnershipHandedOver(name, link) => team::ownership_handed_over(name, link),
            Self::OwnershipDeclined(name, link) => team::ownership_declined(name, link),
            Self::JoinAsked(name, link) => team::join_asked(name, link),
            Self::TokenMade(name, link) => team::token_made(name, link),
            Self::JoinAgreed(name, role, link) => team::join_agreed(name, *role, link),
            Self::JoinDeclined(name, link) => team::join_declined(name, link),
            Self::JoinRefused(name, link) => team::join_refused(name, link),
            Self::JoinDecided(name, link) => team::join_decided(name, link),
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

/// A second factor, in words that say what it is.
const FACTOR: &str = "The second factor (the app that shows codes)";

fn changed(subject: &str, what: &str, link: &Link, at: OffsetDateTime) -> Rendered {
    let sentence = format!("{what} on {}. Every other session was signed out.", app::ui::date_time_text(at));
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

fn waiting(gathered: &Gathered) -> Rendered {
    let Gathered { digest, queue, unconfirmed, joining, failing } = gathered;
    let mut parts = Vec::new();
    if !digest.revisions.is_empty() {
        parts.push(Part::text(revisions_waiting(digest)));
    }
    parts.extend(clients_waiting(digest).map(Part::text));
    let is_review = !parts.is_empty();
    if is_review {
        parts.push(Part::link("See the queue", queue));
    }
    if digest.gathered.organisations > 0 {
        let words = match digest.gathered.organisations {
            1 => "1 organisation that no admin has confirmed has its first client. Confirm it so that it can go beyond the \
                  first environment."
                .to_owned(),
            many => format!(
                "{many} organisations that no admin has confirmed have their first client. Confirm them so that they can \
                 go beyond the first environment."
            ),
        };
        parts.push(Part::text(words));
        parts.push(Part::link("See the organisations", unconfirmed));
    }
    parts.extend(requests_to_join(digest, joining));
    if digest.gathered.urgent > 0 {
        let many = match digest.gathered.urgent {
            1 => "1 more email about a client that was suspended or could not be published".to_owned(),
            many => format!("{many} more emails about clients that were suspended or could not be published"),
        };
        parts.push(Part::text(format!("We did not send you {many}, because there were too many in an hour.")));
        parts.push(Part::link("See the publications that failed", failing));
    }
    parts.push(Part::text("We send you this at most once an hour."));
    Rendered::new(if is_review { "Registrations are ready for review" } else { "Partners need your attention" }, parts)
}

/// A figure that is counted up to one more than [`MOST_COUNTED`].
fn counted(many: u64) -> String {
    if many > MOST_COUNTED { format!("More than {MOST_COUNTED}") } else { many.to_string() }
}

/// How many organisations somebody asks to join whose owners do not answer, and where they are.
fn requests_to_join(digest: &Digest, link: &Link) -> impl Iterator<Item = Part> + use<> {
    let words = match digest.joining {
        0 => None,
        1 => Some(
            "1 organisation has a request to join that its owners have not answered. An admin can answer it."
                .to_owned(),
        ),
        many => Some(format!(
            "{} organisations have requests to join that their owners have not answered. An admin can answer \
             them.",
            counted(many)
        )),
    };
    let link = Part::link("See the requests", link);
    words.into_iter().flat_map(move |words| [Part::text(words), link.clone()])
}

fn owners_away(absent: &Absent) -> Rendered {
    let Absent { digest, joining, without_owner, owners_away, keys_left } = absent;
    let mut parts: Vec<Part> = requests_to_join(digest, joining).collect();
    let lines = [
        (
            digest.without_owner,
            "1 organisation with a client has no owner who can sign in.",
            "organisations with a client have no owner who can sign in.",
            without_owner,
        ),
        (
            digest.owners_away,
            "1 organisation with a client has had no owner sign in for a long time.",
            "organisations with a client have had no owner sign in for a long time.",
            owners_away,
        ),
        (
            digest.keys_left,
            "1 organisation has a published key of someone who has left its team.",
            "organisations have published keys of people who have left their teams.",
            keys_left,
        ),
    ];
    for (count, one, many, link) in lines.into_iter().filter(|(count, ..)| *count > 0) {
        parts.push(Part::text(if count == 1 { one.to_owned() } else { format!("{} {many}", counted(count)) }));
        parts.push(Part::link("See the organisations", link));
    }
    let is_of_keys = digest.joining + digest.without_owner + digest.owners_away == 0;
    let (subject, what) = match is_of_keys {
        true => (
            "Published keys of people who have left",
            "Ask the team whether it still has the private key, and to change it if not.",
        ),
        false => ("Organisations whose owners do not answer", "Contact the team in another way."),
    };
    parts.push(Part::text(format!("{what} We send you this once a week, as long as there are any.")));
    Rendered::new(subject, parts)
}

/// How many clients wait for another admin, and for what.
fn clients_waiting(digest: &Digest) -> impl Iterator<Item = String> {
    let proposed = match digest.proposed {
        0 => None,
        1 => Some("1 proposal to reinstate a client needs another admin.".to_owned()),
        many => Some(format!("{many} proposals to reinstate clients need another admin.")),
    };
    let withheld = match digest.withheld {
        0 => None,
        1 => Some(
            "1 client is not being published, because an admin who approved or reinstated it no longer counts."
                .to_owned(),
        ),
        many => Some(format!(
            "{many} clients are not being published, because admins who approved or reinstated them no longer count."
        )),
    };
    proposed.into_iter().chain(withheld)
}

/// How many, where, and since when.
fn revisions_waiting(digest: &Digest) -> String {
    let all: u32 = digest.revisions.iter().map(|(_, many)| many).sum();
    let places: Vec<String> = digest.revisions.iter().map(|(title, many)| format!("{many} in {title}")).collect();
    let waiting = match (digest.more, all) {
        (true, _) => format!("More than {all} revisions are ready for review. Of the oldest {all}"),
        (false, 1) => "1 revision is ready for review".to_owned(),
        (false, _) => format!("{all} revisions are ready for review"),
    };
    let oldest = digest.oldest.map(|at| format!(" The oldest was submitted on {}.", app::ui::date_time_text(at)));
    format!("{waiting}: {}.{}", places.join(", "), oldest.unwrap_or_default())
}

fn changes_requested(about: &About) -> Rendered {
    let sentence = format!(
        "An NHS login admin reviewed the registration of {} and requested changes. The comments are next to the \
         fields that they are about.",
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

/// Of a client that was published before: its keys are others now.
fn keys_published(change: KeyChange, about: &About) -> Rendered {
    let (subject, words, label) = match change {
        KeyChange::Addition => (
            "Your new key is published",
            "The provider accepts it now. If the old key is still published, it accepts both. Next: let your service sign with \
             the new key.",
            "See what to do next",
        ),
        KeyChange::Removal => (
            "A key of your client was removed",
            "The provider no longer accepts it. Nothing else changed.",
            "See the keys",
        ),
    };
    let parts = vec![
        Part::text(format!("The keys of the client of {} were changed. {words}", of(about))),
        Part::text(standing(about)),
        Part::link(label, &about.link),
    ];
    Rendered::new(in_environment(subject, about), parts)
}

fn published(about: &About) -> Rendered {
    if let Some(change) = about.key_change {
        return keys_published(change, about);
    }
    let mut parts = vec![
        Part::text(format!("The registration of {} was approved and published.", of(about))),
        Part::text(standing(about)),
    ];
    parts.extend(about.client_id.as_ref().map(|id| Part::text(format!("client_id: {id}"))));
    parts.push(Part::text(format!("Issuer: {}", about.issuer)));
    parts.push(Part::link("See the client_id and the endpoints", &about.link));
    Rendered::new(in_environment("Your registration is published", about), parts)
}

fn publication_failed(about: &About) -> Rendered {
    let sentence = format!(
        "We could not tell the provider about the client of {}. Its page shows what the client store answered.",
        of(about)
    );
    about_client("A publication failed", sentence, "See what went wrong", about)
}

fn suspended(about: &About) -> Rendered {
    let sentence = format!("The client of {} is being suspended. The reason is on its page.", of(about));
    about_client("Your client is being suspended", sentence, "Read the reason", about)
}

fn client_suspended(about: &About) -> Rendered {
    let sentence =
        format!("The client of {} of {} is being suspended. The reason is on its page.", of(about), about.organisation);
    about_client("A client is being suspended", sentence, "Read the reason", about)
}

fn suspension_confirmed(about: &About) -> Rendered {
    let sentence = format!("The provider confirmed the suspension of the client of {}.", of(about));
    about_client("Your client is suspended", sentence, "See where it is", about)
}

fn reinstated(about: &About) -> Rendered {
    let sentence = format!("An NHS login admin reinstated the client of {}, with the same client_id.", of(about));
    about_client("Your client is reinstated", sentence, "See where it is", about)
}

fn retired(about: &About) -> Rendered {
    let sentence = format!("The client of {} is retired. This is final.", of(about));
    about_client("Your client is retired", sentence, "See what happened", about)
}

/// What the provider does now: since the mail was written, something else may have been asked for.
fn standing(about: &About) -> String {
    about.standing.clone().unwrap_or_default()
}

fn about_client(subject: &str, sentence: String, label: &'static str, about: &About) -> Rendered {
    let parts = vec![Part::text(sentence), Part::text(standing(about)), Part::link(label, &about.link)];
    Rendered::new(in_environment(subject, about), parts)
}

fn key_changed(about: &About) -> Rendered {
    let mend = match about.waits {
        true => "If your team did not mean to change them, withdraw the submission now.",
        false => {
            "It is no longer being reviewed. If your team did not mean to change them, submit the keys that you \
             had before, and tell the NHS login team."
        }
    };
    let sentence = format!(
        "Someone in your team submitted revision {} of the registration of {} with different public keys. {mend}",
        about.revision,
        of(about)
    );
    about_registration("The public keys of your registration are changing", sentence, "Check the keys", about)
}

fn key_old(about: &About) -> Rendered {
    let sentence = format!(
        "A public key of the client of {} has been published for a long time. The page of the key says since when. Nothing stops \
         working. Change it when it suits you: the page leads you through it, and nobody’s sign-in fails.",
        of(about)
    );
    about_client("A key of your client is getting old", sentence, "Change the key", about)
}

fn evidence_ends(about: &About, until: &str) -> Rendered {
    let sentence = format!(
        "Evidence that you gave for the client of {} has the end date {until}. Renew it, enter the new date and submit it. What \
         is published keeps working, but we cannot approve your next change on evidence that has ended.",
        of(about)
    );
    about_client("Renew the evidence for your client", sentence, "Renew the evidence", about)
}

fn key_leaked(about: &About) -> Rendered {
    let sentence = format!(
        "Someone in your team reported that a private key of the client of {} leaked. The key is refused from now on. If the \
         client has another published key, people can still sign in with that. If not, it is suspended: add and submit a new \
         key, and when it is approved, we reinstate the client. Make sure that no other service of yours uses the same key, \
         and find out who could have used it.",
        of(about)
    );
    about_client("A key of your client leaked", sentence, "See the key, and what to do", about)
}

fn key_leaked_elsewhere(about: &About) -> Rendered {
    let sentence = format!(
        "A private key was reported as leaked in another registration, and the client of {} has the same key. Nothing was \
         changed here: people can still sign in with it, and so can whoever has the private key. Report it on the page of the \
         key, which removes it, and add a new key.",
        of(about)
    );
    about_client("A key of your client leaked elsewhere", sentence, "See the key", about)
}

fn client_key_leaked_elsewhere(about: &About) -> Rendered {
    let sentence = format!(
        "A private key was reported as leaked in another registration, and the client of {} of {} has the same key. Nothing was \
         changed there. Its team was told; if it does not act, suspend the client.",
        of(about),
        about.organisation
    );
    about_client("A leaked key is still in use", sentence, "See the client", about)
}

fn client_key_leaked(about: &About) -> Rendered {
    let sentence = format!(
        "The team of {} reported that a private key of the client of {} leaked. The portal removes the key from the provider, or \
         suspends the client if it has no other key. A suspended client needs a new key approved, and is then reinstated.",
        about.organisation,
        of(about)
    );
    about_client("A key of a client leaked", sentence, "See what happened", about)
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

fn organisation_renamed(name: &str, link: &Link) -> Rendered {
    let sentence = format!(
        "An organisation changed the name or ODS code that an admin confirmed. It is now called “{name}”. It has at least \
         one client, which keeps working. Its confirmation has ended."
    );
    Rendered::new(
        "A confirmed organisation has changed its name or ODS code",
        vec![
            Part::text(sentence),
            Part::text("Check who it is. Then confirm it again, or suspend its clients."),
            Part::link("Look at the organisation", link),
        ],
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

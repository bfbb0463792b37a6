//! Every event of the history in words: one sentence each, without who and when, which stand beside it.

pub use domain::erasure::ERASED;
use domain::{
    account,
    actor::{StaffRole, TokenScope},
    draft::{DraftChange, Section},
    erasure::Erasure,
    organisation,
    person_name::PersonName,
    policy::EnvironmentPolicy,
    recorded::{AsTold, Document, Happened, Told},
    registration::{self, ConfirmedClient, Instead, KeyChange, Publish},
    standing::failure_reference,
    text::FreeText,
};
use std::collections::BTreeSet;
use store::read::{ALTERED, Author, EntryRow, Said, Then};

/// What stands where a text is for staff alone.
const WITHHELD: &str = "(only NHS login staff can read this)";

/// One entry of the history in words: what happened, in the past tense, ending with a full stop. Evidence is named as in
/// the entry's environment, and what was decided on as it was called then.
pub fn sentence(entry: &EntryRow, environments: &[EnvironmentPolicy]) -> String {
    let policy = environments.iter().find(|policy| entry.environment.as_ref() == Some(&policy.name));
    let named = Called {
        then: &entry.then,
        organisation: entry.organisation_name.as_deref(),
        proposer: entry.proposer.as_ref(),
        person: entry.person.as_ref(),
        given: entry.given.as_ref(),
    };
    let words = in_words(&entry.happened, policy, &named);
    match reference(entry) {
        Some(reference) => format!("{words} Reference: {reference}."),
        None => words,
    }
}

/// What an entry's subject was called, and is called now.
struct Called<'a> {
    then: &'a Then,
    organisation: Option<&'a str>,
    proposer: Option<&'a PersonName>,
    person: Option<&'a PersonName>,
    /// The name that the event gave.
    given: Option<&'a PersonName>,
}

/// By which the team and NHS login can speak about a failure whose cause staff alone read.
fn reference(entry: &EntryRow) -> Option<String> {
    let Happened::Registration(registration::Event::PublicationFailed { generation, .. }) = entry.happened else {
        return None;
    };
    Some(failure_reference(entry.subject.parse().ok()?, generation))
}

/// An event in words, by the kind of aggregate that it happened to.
fn in_words(happened: &Happened<AsTold>, policy: Option<&EnvironmentPolicy>, called: &Called<'_>) -> String {
    match happened {
        Happened::Registration(event) => of_registration(event, policy, called),
        Happened::Organisation(event) => of_organisation(event, called),
        Happened::Account(event) => of_account(event, called),
    }
}

/// A text of an event as it is written, with a visible sign in place of one that is not there.
fn written(text: &Told<FreeText>) -> &str {
    match text {
        Told::Text(text) => &text.0,
        Told::Erased => ERASED,
        Told::Altered => ALTERED,
        Told::Withheld => WITHHELD,
    }
}

/// A text of the past as it is written.
pub fn said(text: &Said) -> &str {
    match text {
        Said::Text(text) => text,
        Said::Erased => ERASED,
        Said::Altered => ALTERED,
    }
}

/// A name as it was, with today's beside it where it is another one: `Riverside Clinic (now: St Mary’s Hospital)`. None
/// where there is neither.
pub fn called(then: Option<&Said>, now: Option<&str>) -> Option<String> {
    match (then, now) {
        (Some(then), Some(now)) if said(then) != now => Some(format!("{} (now: {now})", said(then))),
        (Some(then), _) => Some(said(then).to_owned()),
        (None, now) => now.map(|now| format!("now called {now}")),
    }
}

/// Who did it, in the middle of a sentence: by the name and role of that moment.
pub fn by(entry: &EntryRow) -> String {
    if entry.by_rules {
        return "the automatic checks".into();
    }
    let person = match (&entry.author, entry.then.actor_role.and_then(|role| role.word())) {
        (Author::Person { then, .. }, Some(role)) if !then.says_staff() => format!("{} ({role})", who(&entry.author)),
        (author, _) => who(author),
    };
    match with_token(entry) {
        Some(token) => format!("{person}, {token}"),
        None => person,
    }
}

/// The token by which a program acted as whoever did it: `with the token “pipeline”`. None where they did it themselves.
pub fn with_token(entry: &EntryRow) -> Option<String> {
    entry.then.token.as_ref().map(|name| format!("with the token “{}”", said(name)))
}

/// Whoever it was, in the middle of a sentence: by the name of that moment, with today's beside it where it is another one.
pub fn who(author: &Author) -> String {
    match author {
        Author::Person { then, now: Some(now) } => format!("{then} (now: {now})"),
        Author::Person { then, now: None } => then.to_string(),
        Author::Invited => "the invited person".into(),
        Author::Staff => PersonName::unnamed_admin().to_string(),
        Author::Visitor => "someone who was not signed in".into(),
        Author::Portal => "the portal".into(),
        Author::Operator => "the portal’s operator".into(),
    }
}

/// The same at the start of a line or sentence. A person’s name is left as it is.
pub fn who_first(author: &Author) -> String {
    match author {
        Author::Person { .. } => who(author),
        Author::Visitor => "Not signed in".into(),
        _ => capitalised(&who(author)),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The words that somebody wrote with the event: a comment, a reason, the provider's answer.
pub fn quoted(happened: &Happened<AsTold>) -> Vec<(String, String)> {
    let quoted = match happened {
        Happened::Registration(event) => of_reviewers(event),
        Happened::Organisation(event) => of_joining(event),
        Happened::Account(_) => Vec::new(),
    };
    let of_erasure = happened.erasure().map(|erasure| ("Reason", &erasure.reason));
    let quoted = quoted.into_iter().chain(of_erasure).filter(|(_, text)| **text != Told::Withheld);
    let quoted = quoted.map(|(title, text)| (title.to_owned(), written(text).to_owned()));
    quoted.filter(|(_, text)| !text.trim().is_empty()).collect()
}

fn of_joining(event: &organisation::Event<AsTold>) -> Vec<(&'static str, &Told<FreeText>)> {
    use organisation::Event as E;
    match event {
        E::JoinRequested { reason } => vec![("Why they want to join", reason)],
        E::JoinDecided { reason, .. } => vec![("Reason", reason)],
        _ => Vec::new(),
    }
}

fn of_reviewers(event: &registration::Event<AsTold>) -> Vec<(&'static str, &Told<FreeText>)> {
    use registration::Event as E;
    match event {
        E::Approved { comment, .. } => vec![("Comment", comment)],
        E::ChangesRequested { comment, sections, .. } => {
            let by_section = sections.iter().map(|(section, text)| (section.title(), text));
            std::iter::once(("Comment", comment)).chain(by_section).collect()
        }
        E::Rejected { reason, .. }
        | E::Suspended { reason, .. }
        | E::ReinstatementProposed { reason }
        | E::Reinstated { reason, .. }
        | E::Retired { reason, .. } => vec![("Reason", reason)],
        E::PublicationFailed { message, .. } => vec![("What the provider said", message)],
        _ => Vec::new(),
    }
}

/// What an entry's event did, by a code of its own where its type alone does not say it: a provider's confirmation has one
/// type, whatever it confirmed.
pub fn action_code(entry: &EntryRow) -> &str {
    let Happened::Registration(registration::Event::Published { client: Some(client), .. }) = &entry.happened else {
        return &entry.event_type;
    };
    match client {
        ConfirmedClient::Off => "suspension_confirmed",
        ConfirmedClient::OnAgain => "reinstatement_confirmed",
        ConfirmedClient::Removed => "removal_confirmed",
        ConfirmedClient::Absent => "withdrawal_confirmed",
        ConfirmedClient::On => &entry.event_type,
    }
}

/// A short name of an event's type, for filters: `Changes requested`.
pub fn action(event_type: &str) -> String {
    let words = match event_type {
        "challenged" => "asked for a nonce".into(),
        "changes_discarded" => "changes thrown away".into(),
        "confirmed" => "organisation confirmed".into(),
        "created" => "organisation created".into(),
        "disabled" => "locked".into(),
        "enabled" => "unlocked".into(),
        "granted" => "given a staff role".into(),
        "reauthenticated" => "password or code entered again".into(),
        "recovered" => "account recovered".into(),
        "renamed" => "name changed".into(),
        "republished" => "publication requested again".into(),
        "reset_asked" => "password reset requested".into(),
        "role_confirmed" => "role proposal confirmed".into(),
        "role_dropped" => "role proposal dropped".into(),
        "saved" => "draft saved".into(),
        "started" => "registration started".into(),
        "verified" => "email address verified".into(),
        other => other.replace('_', " "),
    };
    capitalised(&words)
}

/// A registration's event in words.
fn of_registration(
    event: &registration::Event<AsTold>,
    policy: Option<&EnvironmentPolicy>,
    called: &Called<'_>,
) -> String {
    use registration::Event as E;
    match event {
        E::Started { environment, copy_of: None, .. } => format!("Started the registration in {environment}."),
        E::Started { environment, copy_of: Some(_), .. } => {
            format!("Started the registration in {environment} as a copy of an earlier registration.")
        }
        E::Saved { section, change } => saved(*section, change, policy),
        E::ChangesDiscarded { revision, .. } => {
            format!("Threw away the changes in the draft. It is the same as revision {revision} again.")
        }
        E::Challenged { .. } => "Asked for a nonce to prove possession of the private key.".into(),
        E::PossessionProved { thumbprint } => {
            format!("Proved possession of the private key with thumbprint {thumbprint}.")
        }
        E::KeyEndorsed(endorsement) => format!(
            "Endorsed the key with thumbprint {} with the published key {}. Both signatures are in this entry.",
            endorsement.key.thumbprint(),
            endorsement.endorsed_by.thumbprint()
        ),
        E::KeyLeaked { thumbprint, .. } => {
            format!(
                "Reported that the private key of the public key with thumbprint {thumbprint} leaked. It is refused since."
            )
        }
        E::Submitted { number, rotation: Some(rotation), .. } => {
            let what = match rotation.keys {
                KeyChange::Removal => "keys were removed, and nothing else changed",
                KeyChange::Addition => "only keys changed; a published key endorsed each new one",
            };
            format!("Submitted revision {number}. Since revision {} {what}.", rotation.from)
        }
        E::Submitted { number, restricted, .. } if restricted.is_empty() => {
            format!("Submitted revision {number} for review.")
        }
        E::Submitted { number, restricted, .. } => {
            let scopes = count(restricted.len(), "restricted scope", "restricted scopes");
            format!("Submitted revision {number} for review. It asks for {scopes}: {}.", list(restricted))
        }
        E::Withdrawn { number, instead: None } => format!("Withdrew revision {number}."),
        E::Withdrawn { number, instead: Some(Instead { revision: Some(held), .. }) } => format!(
            "Withdrew revision {number}, which was approved and not published yet. Revision {held} is to stay published."
        ),
        E::Withdrawn { number, instead: Some(Instead { revision: None, .. }) } => format!(
            "Withdrew revision {number}, which was approved and not published yet. The provider is not to have the client."
        ),
        E::Approved { number, by_rules: true, .. } => {
            format!("Revision {number} was approved automatically: it needed no decision by a person.")
        }
        E::Approved { number, publish: None, .. } => {
            format!("Approved revision {number}. Another admin must approve it.")
        }
        E::Approved { number, publish: Some(Publish { client_id, .. }), .. } => {
            format!("Gave the final approval of revision {number}. It will be published as client {client_id}.")
        }
        E::ChangesRequested { number, sections, .. } if sections.is_empty() => {
            format!("Requested changes to revision {number}.")
        }
        E::ChangesRequested { number, sections, .. } => {
            let titles: Vec<_> = sections.keys().map(|section| format!("“{}”", section.title())).collect();
            format!("Requested changes to revision {number}, with comments on {}.", list(&titles))
        }
        E::Rejected { number, .. } => format!("Rejected revision {number}."),
        E::Published { client, .. } => match client {
            None | Some(ConfirmedClient::On) => "The provider confirmed what was published.".into(),
            Some(ConfirmedClient::OnAgain) => "The provider confirmed that the client is reinstated.".into(),
            Some(ConfirmedClient::Off) => "The provider confirmed that the client is suspended.".into(),
            Some(ConfirmedClient::Removed) => "The provider confirmed that the client is removed.".into(),
            Some(ConfirmedClient::Absent) => "The provider confirmed that it does not have the client.".into(),
        },
        E::PublicationFailed { .. } => "We could not tell the provider about the client.".into(),
        // Partners read it too: which generations these are is in the entry (threat 21).
        E::NewerGenerationFound { next: Some(_), .. } => {
            "Someone had changed the client at the provider without us. We told the provider again what is wanted."
                .into()
        }
        E::NewerGenerationFound { next: None, .. } => {
            "Someone had changed the client at the provider without us. An NHS login admin must look at it.".into()
        }
        E::Republished { .. } => "Asked for the client to be published again.".into(),
        E::Suspended { .. } => "Asked for the client to be suspended.".into(),
        E::ReinstatementProposed { .. } => "Proposed to reinstate the client.".into(),
        E::ReinstatementDropped => "Dropped the proposal to reinstate the client.".into(),
        E::Reinstated { proposed: Some(_), .. } => {
            let proposer = called.proposer.map_or_else(|| "another admin".to_owned(), ToString::to_string);
            format!("Confirmed the proposal of {proposer} to reinstate the client.")
        }
        E::Reinstated { .. } => "Asked for the client to be reinstated.".into(),
        E::Retired { generation: Some(_), .. } => "Asked for the client to be retired for good.".into(),
        E::Retired { generation: None, .. } => "Retired the registration before anything was published.".into(),
        E::TextErased(erasure) => erased(erasure),
    }
}

/// How much was erased, and from where; not what it was.
fn erased(erasure: &Erasure<AsTold>) -> String {
    let mut places = Vec::new();
    if !erasure.texts.is_empty() {
        let entries: BTreeSet<u64> = erasure.texts.iter().map(|text| text.entry).collect();
        let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
        places.push(format!(
            "{} {} of the history",
            if entries.len() == 1 { "entry" } else { "entries" },
            list(&entries)
        ));
    }
    let numbers: Vec<String> = erasure.revisions.iter().map(ToString::to_string).collect();
    match numbers.len() {
        0 => {}
        1 => places.push(format!("revision {}", list(&numbers))),
        _ => places.push(format!("revisions {}", list(&numbers))),
    }
    match places.is_empty() {
        true => "Erased text.".into(),
        false => format!("Erased text from {}.", list(&places)),
    }
}

fn saved(section: Section, change: &Told<Document<DraftChange>>, policy: Option<&EnvironmentPolicy>) -> String {
    match change.text().and_then(Document::content) {
        Some(DraftChange::ClientName(name)) => format!("Saved the client name “{name}” in the draft."),
        Some(DraftChange::PublicKey(_)) => "Saved a public key in the draft.".into(),
        Some(DraftChange::PublicKeys(keys)) => match keys.len() {
            0 => "Left the draft without a public key.".into(),
            1 => "Saved a public key in the draft.".into(),
            more => format!("Saved {more} public keys in the draft."),
        },
        Some(DraftChange::RedirectUris(uris)) => {
            format!("Saved {} in the draft.", count(uris.len(), "redirect URI", "redirect URIs"))
        }
        Some(DraftChange::Scopes { scopes, .. }) if !scopes.is_empty() => {
            format!("Saved the scopes {} in the draft.", list(scopes))
        }
        Some(DraftChange::Vectors(vectors)) if !vectors.is_empty() => {
            format!("Saved the vectors of trust {} in the draft.", list(vectors))
        }
        Some(DraftChange::Evidence { item, .. }) => {
            let known = policy.and_then(|policy| policy.evidence.iter().find(|known| known.id == *item));
            let title = known.map_or_else(|| item.replace('_', " "), |known| known.title.clone());
            format!("Saved the evidence “{title}” in the draft.")
        }
        _ => format!("Saved the section “{}” in the draft.", section.title()),
    }
}

/// An organisation's event in words.
fn of_organisation(event: &organisation::Event<AsTold>, named: &Called<'_>) -> String {
    use organisation::Event as E;
    match event {
        E::Created { name, ods_code: None } => format!("Created the organisation {}.", written(name)),
        E::Created { name, ods_code: Some(code) } => {
            format!("Created the organisation {} with ODS code {}.", written(name), code.as_str())
        }
        E::OrganisationChanged { name, ods_code: None, .. } => {
            format!("Changed the organisation to {}.", written(name))
        }
        E::OrganisationChanged { name, ods_code: Some(code), .. } => {
            format!("Changed the organisation to {} with ODS code {}.", written(name), code.as_str())
        }
        E::ContactsChanged { .. } => "Changed the contacts of the organisation.".into(),
        E::Confirmed => confirmed(named),
        E::ServiceAdded { content, .. } => format!("Added the service {}.", service_name(content)),
        E::ServiceChanged { content, .. } => format!("Changed the service {}.", service_name(content)),
        E::MemberAdded { role, .. } => format!("Added {} as {}.", member(named), role.with_article()),
        E::RoleChanged { role, .. } => format!("Made {} {} of the team.", member(named), role.with_article()),
        E::MemberRemoved { .. } => match named.person {
            Some(name) => format!("Removed {name} from the team."),
            None => "Removed a team member.".into(),
        },
        E::MemberLeft { .. } => "Left the team.".into(),
        E::MemberInvited { email, role, .. } => {
            format!("Invited {} to the team as {}.", written(email), role.with_article())
        }
        E::InvitationSentAgain { email, .. } => format!("Sent the invitation to {} again.", written(email)),
        E::InvitationWithdrawn { email, .. } => format!("Withdrew the invitation to {}.", written(email)),
        E::InvitationAccepted { role, .. } => format!("Joined the team as {} by invitation.", role.with_article()),
        E::InvitationDeclined { email, .. } => format!("Declined the invitation to {}.", written(email)),
        E::OwnershipOffered { .. } => format!("Offered to hand over the ownership to {}.", member(named)),
        E::OwnershipOfferWithdrawn { .. } => {
            format!("Withdrew the offer to hand over the ownership to {}.", member(named))
        }
        E::OwnershipHandedOver { .. } => {
            format!("Took over the ownership from {}, who is a developer now.", member(named))
        }
        E::OwnershipOfferDeclined { .. } => format!("Declined to take over the ownership from {}.", member(named)),
        E::JoinRequested { .. } => "Asked to join the team.".into(),
        E::JoinRequestWithdrawn => "Withdrew the request to join the team.".into(),
        E::JoinAgreed { role, .. } => {
            format!("Let {} join the team as {}, as they had asked.", asker(named), role.with_article())
        }
        E::JoinDeclined { .. } => format!("Declined the request of {} to join the team.", asker(named)),
        E::JoinDecided { role: Some(role), .. } => {
            format!("Let {} join the team as {}, in place of its owners.", asker(named), role.with_article())
        }
        E::JoinDecided { role: None, .. } => {
            format!("Declined the request of {} to join the team, in place of its owners.", asker(named))
        }
        E::TokenMade { name, scope, environments, .. } => {
            let environments: Vec<&str> = environments.iter().map(String::as_str).collect();
            let may = match scope {
                TokenScope::Read => "read",
                TokenScope::Draft => "read and edit",
                TokenScope::Submit => "read, edit and submit",
            };
            format!("Made the token “{}”, which can {may} in {}.", written(name), list(&environments))
        }
        E::TokenEnded { name, .. } => format!("Ended the token “{}”.", written(name)),
        E::TokenTakenOver { name, .. } => {
            format!("Took over the token “{}”, which acted as {}.", written(name), member(named))
        }
        E::TextErased(erasure) => erased(erasure),
    }
}

/// Whoever of the team it is about.
fn member(named: &Called<'_>) -> String {
    named.person.map_or_else(|| "a team member".to_owned(), ToString::to_string)
}

/// Whoever asked to join.
fn asker(named: &Called<'_>) -> String {
    named.person.map_or_else(|| "the person who asked".to_owned(), ToString::to_string)
}

/// What exactly was confirmed: an organisation can change its name and its ODS code afterwards.
fn confirmed(named: &Called<'_>) -> String {
    let name = called(named.then.organisation.as_ref(), named.organisation);
    match (name, &named.then.ods_code, &named.then.organisation) {
        (Some(name), Some(code), _) => format!("Confirmed the organisation {name}, with ODS code {code}."),
        (Some(name), None, Some(_)) => format!("Confirmed the organisation {name}, without an ODS code."),
        (Some(name), None, None) => format!("Confirmed the organisation {name}."),
        (None, ..) => "Confirmed the organisation.".into(),
    }
}

fn service_name(content: &Told<Document<organisation::Service>>) -> String {
    let service = content.text().and_then(Document::content);
    service.map_or_else(|| ERASED.to_owned(), |service| format!("“{}”", service.name))
}

/// An account's event in words.
fn of_account(event: &account::Event<AsTold>, named: &Called<'_>) -> String {
    use account::Event as E;
    let whom = named.person.map_or_else(|| "this person".to_owned(), ToString::to_string);
    let given = named.given.map_or_else(|| ERASED.to_owned(), ToString::to_string);
    match event {
        E::SignedUp { email, .. } => {
            let whom = named.given.map_or_else(|| "Someone".to_owned(), ToString::to_string);
            format!("{whom} signed up with {}.", written(email))
        }
        E::SetUp { email, .. } => {
            let whom = named.given.map_or_else(|| "Someone".to_owned(), ToString::to_string);
            format!("{whom} set up an account with {} by the link of an invitation to a team.", written(email))
        }
        E::SignedUpAgain => "Someone signed up again with this address.".into(),
        E::Granted { email, role } => format!("Made {} {} from the command line.", written(email), with_article(*role)),
        E::Verified => "Verified the email address.".into(),
        E::ResetAsked => "Someone asked for a link to choose a new password.".into(),
        E::PasswordReset => "Chose a new password using an emailed link, which ended every session.".into(),
        E::PasswordChanged => "Changed the password, which ended every other session.".into(),
        E::SecondFactorSet => "Set a second factor.".into(),
        E::SecondFactorRemoved => "Removed the second factor.".into(),
        E::RecoveryCodeUsed => "Used a recovery code.".into(),
        E::Reauthenticated => "Entered the password or a code again before a decision.".into(),
        E::SignedIn { second_factor: true } => "Signed in with a second factor.".into(),
        E::SignedIn { second_factor: false } => "Signed in with a password only.".into(),
        E::SignedOut => "Signed out.".into(),
        E::SignedOutEverywhere => "Signed out everywhere.".into(),
        E::RoleProposed { role: Some(role) } => format!("Proposed to make {whom} {}.", with_article(*role)),
        E::RoleProposed { role: None } => format!("Proposed to remove the staff role of {whom}."),
        E::RoleConfirmed { role: Some(role) } => {
            format!("Confirmed the proposal: {whom} is now {}.", with_article(*role))
        }
        E::RoleConfirmed { role: None } => format!("Confirmed the proposal: {whom} no longer has a staff role."),
        E::RoleDropped => format!("Dropped the proposal to change the staff role of {whom}."),
        E::Disabled => "Locked the account, which ended every session.".into(),
        E::Enabled => "Unlocked the account.".into(),
        E::Renamed { .. } => format!("Changed the name to {given}."),
        E::Recovered => {
            "Recovered the account from the command line, which removed its password, second factor and sessions."
                .into()
        }
        E::TextErased(erasure) => erased(erasure),
    }
}

/// A staff role with its article.
pub fn with_article(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Admin => "an admin",
        StaffRole::Auditor => "an auditor",
    }
}

/// What a form ends or switches, by the name that people see when they sign in, and where.
pub fn the_client(name: &str, environment: &str, is_client: bool) -> String {
    let what = if is_client { "the client" } else { "the registration of" };
    format!("{what} “{name}” in {environment}")
}

/// `1 approval`, `2 approvals`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [start @ .., last] => {
            let start: Vec<_> = start.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", start.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
pub use tests::every_type;

#[cfg(test)]
mod tests;

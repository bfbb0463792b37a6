//! Every event of the history in words: one sentence each, without who and when, which stand beside it.

pub use domain::erasure::ERASED;
use domain::{
    account,
    actor::{StaffRole, TeamRole},
    draft::{DraftChange, Section},
    erasure::Erasure,
    organisation,
    person_name::PersonName,
    policy::EnvironmentPolicy,
    recorded::{AsTold, Document, Happened, Told},
    registration::{self, ConfirmedClient, Publish},
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
    match (&entry.author, entry.then.actor_role.and_then(|role| role.word())) {
        (Author::Person { then, .. }, Some(role)) if !then.says_staff() => format!("{} ({role})", who(&entry.author)),
        (author, _) => who(author),
    }
}

/// Whoever it was, in the middle of a sentence: by the name of that moment, with today's beside it where it is another one.
pub fn who(author: &Author) -> String {
    match author {
        Author::Person { then, now: Some(now) } => format!("{then} (now: {now})"),
        Author::Person { then, now: None } => then.to_string(),
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
        Happened::Organisation(_) | Happened::Account(_) => Vec::new(),
    };
    let of_erasure = happened.erasure().map(|erasure| ("Reason", &erasure.reason));
    let quoted = quoted.into_iter().chain(of_erasure).filter(|(_, text)| **text != Told::Withheld);
    let quoted = quoted.map(|(title, text)| (title.to_owned(), written(text).to_owned()));
    quoted.filter(|(_, text)| !text.trim().is_empty()).collect()
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
        ConfirmedClient::On => &entry.event_type,
    }
}

/// A short name of an event's type, for filters: `Changes requested`.
pub fn action(event_type: &str) -> String {
    let words = match event_type {
        "challenged" => "asked for a nonce".into(),
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
        E::Challenged { .. } => "Asked for a nonce to prove possession of the private key.".into(),
        E::PossessionProved { thumbprint } => {
            format!("Proved possession of the private key with thumbprint {thumbprint}.")
        }
        E::Submitted { number, restricted, .. } if restricted.is_empty() => {
            format!("Submitted revision {number} for review.")
        }
        E::Submitted { number, restricted, .. } => {
            let scopes = count(restricted.len(), "restricted scope", "restricted scopes");
            format!("Submitted revision {number} for review. It asks for {scopes}: {}.", list(restricted))
        }
        E::Withdrawn { number } => format!("Withdrew revision {number}."),
        E::Approved { number, by_rules: true, .. } => {
            format!(
                "Revision {number} was approved automatically: it passed every check and asks for no restricted scope."
            )
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
        E::Confirmed => confirmed(named),
        E::ServiceAdded { content, .. } => format!("Added the service {}.", service_name(content)),
        E::ServiceChanged { content, .. } => format!("Changed the service {}.", service_name(content)),
        E::MemberAdded { role, .. } => {
            let whom = named.person.map_or_else(|| "a team member".to_owned(), ToString::to_string);
            format!("Added {whom} as {}.", with_team_article(*role))
        }
        E::MemberRemoved { .. } => match named.person {
            Some(name) => format!("Removed {name} from the team."),
            None => "Removed a team member.".into(),
        },
        E::TextErased(erasure) => erased(erasure),
    }
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

fn with_team_article(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Owner => "an owner",
        TeamRole::Developer => "a developer",
        TeamRole::Viewer => "a viewer",
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
mod tests {
    use super::*;
    use crate::samples;
    use domain::erasure::ErasedText;
    use domain::id::{AccountId, ClientId, OrganisationId, ServiceId};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn account() -> AccountId {
        AccountId::from_parts(1, [1; 10])
    }

    fn service() -> ServiceId {
        ServiceId::from_parts(1, [1; 10])
    }

    fn organisation() -> OrganisationId {
        OrganisationId::from_parts(1, [1; 10])
    }

    fn erasure(entries: &[u64], revisions: &[u32]) -> Erasure {
        let text = |entry: &u64| ErasedText { entry: *entry, pointer: "/event/reason".into(), remains: None };
        Erasure {
            reason: "A private key.".into(),
            texts: entries.iter().map(text).collect(),
            revisions: revisions.into(),
        }
    }

    fn registration_events() -> Vec<registration::Event> {
        use registration::Event as E;
        let publish = Publish { client_id: ClientId::from_random([7; 16]), generation: 1 };
        let started = |copy_of| E::Started {
            organisation: organisation(),
            service: service(),
            environment: "sandpit".into(),
            copy_of,
            draft: Document::Is(domain::draft::Draft::default()),
        };
        let submitted = |restricted: &[&str]| E::Submitted {
            number: 2,
            digest: "d".into(),
            metadata_digest: "m".into(),
            thumbprint: "t".into(),
            restricted: restricted.iter().map(|scope| (*scope).to_owned()).collect(),
            bytes: "{}".into(),
            warnings: Document::Is(Vec::new()),
        };
        let approved = |by_rules, publish| E::Approved {
            number: 2,
            digest: "d".into(),
            metadata_digest: "m".into(),
            by_rules,
            comment: "Looks right.".into(),
            publish,
        };
        let published = |client| E::Published { generation: 1, metadata_digest: "m".into(), client: Some(client) };
        let saved = |change: &DraftChange| E::Saved { section: change.section(), change: Document::Is(change.clone()) };
        vec![
            started(None),
            started(Some(domain::id::RegistrationId::from_parts(1, [1; 10]))),
            saved(&DraftChange::ClientName("Health app".into())),
            saved(&DraftChange::PublicKey("PEM".into())),
            saved(&DraftChange::RedirectUris(vec!["https://a.example.org/".into()])),
            saved(&DraftChange::Scopes { scopes: vec!["openid".into(), "email".into()], reasons: BTreeMap::new() }),
            saved(&DraftChange::Vectors(vec!["P9.Cp.Cd".into()])),
            saved(&DraftChange::Evidence { item: "ods_code".into(), answers: BTreeMap::new() }),
            E::Challenged { nonce: "n".into() },
            E::PossessionProved { thumbprint: "t".into() },
            submitted(&[]),
            submitted(&["profile", "client_metadata"]),
            E::Withdrawn { number: 2 },
            approved(true, Some(publish.clone())),
            approved(false, None),
            approved(false, Some(publish)),
            E::ChangesRequested { number: 2, comment: "See below.".into(), sections: BTreeMap::new() },
            E::ChangesRequested {
                number: 2,
                comment: "".into(),
                sections: [(Section::Scopes, "Why phone?".into()), (Section::RedirectUris, "Which host?".into())]
                    .into(),
            },
            E::Rejected { number: 2, reason: "No legal basis.".into() },
            published(ConfirmedClient::On),
            E::PublicationFailed { generation: 1, message: "503".into() },
            E::Republished { generation: 2 },
            E::Suspended { reason: "Key leaked.".into(), generation: 3 },
            E::Reinstated { generation: 4, reason: "Settled.".into(), proposed: None },
            E::Retired { generation: Some(5), reason: "Replaced by another service.".into() },
            E::Retired { generation: None, reason: "".into() },
            published(ConfirmedClient::Off),
            published(ConfirmedClient::OnAgain),
            published(ConfirmedClient::Removed),
            E::ReinstatementProposed { reason: "Settled.".into() },
            E::ReinstatementDropped,
            E::TextErased(erasure(&[3, 7], &[2])),
            E::NewerGenerationFound { generation: 5, found: 1005, next: Some(1006) },
            E::NewerGenerationFound { generation: 5, found: 1005, next: None },
        ]
    }

    fn organisation_events() -> Vec<organisation::Event> {
        use organisation::Event as E;
        let content = || {
            Document::Is(organisation::Service {
                name: "Repeat prescriptions".into(),
                description: "d".into(),
                use_case: "u".into(),
                contacts: organisation::Contacts::default(),
            })
        };
        vec![
            E::Created { name: "Riverside".into(), ods_code: None },
            E::Created { name: "Riverside".into(), ods_code: domain::ods::OdsCode::parse("X26").ok() },
            E::OrganisationChanged { name: "Hillside".into(), ods_code: None, confirmed_as: None },
            E::OrganisationChanged {
                name: "Hillside".into(),
                ods_code: domain::ods::OdsCode::parse("X26").ok(),
                confirmed_as: None,
            },
            E::Confirmed,
            E::ServiceAdded { service: service(), content: content() },
            E::ServiceChanged { service: service(), content: content() },
            E::MemberAdded { account: account(), role: TeamRole::Developer },
            E::MemberRemoved { account: account() },
            E::TextErased(erasure(&[3], &[])),
        ]
    }

    fn account_events() -> Vec<account::Event> {
        use account::Event as E;
        vec![
            E::SignedUp { email: "ada@example.org".into(), name: "Ada".into() },
            E::SignedUpAgain,
            E::Granted { email: "ada@example.org".into(), role: StaffRole::Admin },
            E::Verified,
            E::ResetAsked,
            E::PasswordReset,
            E::PasswordChanged,
            E::SecondFactorSet,
            E::SecondFactorRemoved,
            E::RecoveryCodeUsed,
            E::Reauthenticated,
            E::SignedIn { second_factor: true },
            E::SignedIn { second_factor: false },
            E::SignedOut,
            E::SignedOutEverywhere,
            E::RoleProposed { role: Some(StaffRole::Auditor) },
            E::RoleProposed { role: None },
            E::RoleConfirmed { role: Some(StaffRole::Admin) },
            E::RoleConfirmed { role: None },
            E::RoleDropped,
            E::Disabled,
            E::Enabled,
            E::Renamed { name: "Ada".into() },
            E::Recovered,
            E::TextErased(erasure(&[], &[])),
        ]
    }

    const NAMELESS: Called<'static> =
        Called { then: &Then::NOTHING, organisation: None, person: None, given: None, proposer: None };

    fn words_of(
        kind: &str,
        event: &impl serde::Serialize,
        policy: Option<&EnvironmentPolicy>,
        called: &Called<'_>,
    ) -> String {
        in_words(&told(kind, &serde_json::to_value(event).unwrap()), policy, called)
    }

    fn told(kind: &str, event: &Value) -> Happened<AsTold> {
        Happened::read(kind, event).unwrap()
    }

    fn every_event() -> Vec<(&'static str, Value)> {
        fn of<E: serde::Serialize>(kind: &'static str, events: Vec<E>) -> Vec<(&'static str, Value)> {
            events.into_iter().map(|event| (kind, serde_json::to_value(event).unwrap())).collect()
        }
        [
            of("registration", registration_events()),
            of("organisation", organisation_events()),
            of("account", account_events()),
        ]
        .concat()
    }

    /// The types of all events, as the history names them.
    pub fn every_type() -> BTreeSet<String> {
        every_event().iter().filter_map(|(_, event)| Some(event.get("type")?.as_str()?.to_owned())).collect()
    }

    /// The matches above are exhaustive, so every variant has words; this shows that each says something of its own.
    #[test]
    fn every_event_has_its_own_sentence() {
        let sentences: Vec<String> =
            every_event().iter().map(|(kind, event)| in_words(&told(kind, event), None, &NAMELESS)).collect();
        for sentence in &sentences {
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(sentence.chars().next().is_some_and(char::is_uppercase), "{sentence}");
        }
        let different: BTreeSet<_> = sentences.iter().collect();
        assert_eq!(different.len(), sentences.len());
    }

    #[test]
    fn sentences_say_what_matters() {
        let of = |at: usize| words_of("registration", &registration_events()[at], None, &NAMELESS);
        assert_eq!(
            of(11),
            "Submitted revision 2 for review. It asks for 2 restricted scopes: profile and client_metadata."
        );
        assert_eq!(of(17), "Requested changes to revision 2, with comments on “Redirect URIs” and “Scopes and why”.");
        assert_eq!(of(19), "The provider confirmed what was published.");
        assert_eq!(of(22), "Asked for the client to be suspended.");
        assert_eq!(of(4), "Saved 1 redirect URI in the draft.");
        assert_eq!(
            words_of("account", &account_events()[2], None, &NAMELESS),
            "Made ada@example.org an admin from the command line."
        );
    }

    #[test]
    fn evidence_has_its_title() {
        let policy = crate::samples::policy("integration");
        let change = DraftChange::Evidence { item: "dspt".into(), answers: BTreeMap::new() };
        let saved: registration::Event =
            registration::Event::Saved { section: change.section(), change: Document::Is(change) };
        let expected = "Saved the evidence “Data Security and Protection Toolkit” in the draft.";
        assert_eq!(words_of("registration", &saved, Some(&policy), &NAMELESS), expected);
    }

    #[test]
    fn erased_texts_leave_a_sentence() {
        let event = json!({"type": "created", "name": {"$erased": true}, "ods_code": null});
        assert_eq!(in_words(&told("organisation", &event), None, &NAMELESS), "Created the organisation (erased).");
        let event = json!({"type": "created", "name": {"$altered": true}, "ods_code": null});
        assert_eq!(
            in_words(&told("organisation", &event), None, &NAMELESS),
            "Created the organisation (altered after it was recorded)."
        );
        let event = json!({"type": "service_added", "service": service().to_string(), "content": {"$erased": true}});
        assert_eq!(in_words(&told("organisation", &event), None, &NAMELESS), "Added the service (erased).");
    }

    /// Every entry of the corpus that the store's tests keep, of every version, is told as it was.
    #[test]
    fn what_was_kept_is_told_as_it_was() {
        let corpus = [
            (1, include_str!("../../store/tests/corpus/version-1.json")),
            (2, include_str!("../../store/tests/corpus/version-2.json")),
        ];
        let mut sentences = String::new();
        for (version, corpus) in corpus {
            let corpus: Value = serde_json::from_str(corpus).unwrap();
            for entry in corpus["entries"].as_array().unwrap() {
                let (columns, event) = (&entry["columns"], &entry["reads"]["event"]);
                let kind = columns["kind"].as_str().unwrap();
                let then: Then = serde_json::from_value(entry["reads"]["then"].clone()).unwrap();
                let happened = told(kind, event);
                let words = in_words(&happened, None, &Called { then: &then, ..NAMELESS });
                sentences += &format!("{version}, {}: {words}\n", columns["entry_index"]);
                quoted(&happened).iter().for_each(|(title, text)| sentences += &format!("    {title}: {text}\n"));
            }
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/store/tests/corpus/sentences.txt");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(path, &sentences).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap_or_default() == sentences, "UPDATE_SNAPSHOTS=1 rewrites {path}");
    }

    /// What an admin confirmed, approved or gave a role to is told as it was called then.
    #[test]
    fn what_was_decided_on_is_named_as_it_was() {
        let text = |text: &str| Some(Said::Text(text.into()));
        let then = Then { organisation: text("Riverside Clinic"), ods_code: Some("X26".into()), ..Then::default() };
        let confirmed = |then: &Then, now| {
            let called = Called { then, organisation: now, ..NAMELESS };
            words_of("organisation", &organisation_events()[4], None, &called)
        };
        assert_eq!(
            confirmed(&then, Some("St Mary’s Hospital")),
            "Confirmed the organisation Riverside Clinic (now: St Mary’s Hospital), with ODS code X26."
        );
        assert_eq!(
            confirmed(&then, Some("Riverside Clinic")),
            "Confirmed the organisation Riverside Clinic, with ODS code X26."
        );
        assert_eq!(confirmed(&Then::default(), Some("Hillside")), "Confirmed the organisation now called Hillside.");
        let erased = Then { organisation: Some(Said::Erased), ..Then::default() };
        assert_eq!(
            confirmed(&erased, Some("Hillside")),
            "Confirmed the organisation (erased) (now: Hillside), without an ODS code."
        );
        let nia = samples::shown("Nia New", None);
        let named = Called { person: Some(&nia), given: Some(&nia), ..NAMELESS };
        let of_account = |at: usize| words_of("account", &account_events()[at], None, &named);
        assert_eq!(of_account(17), "Confirmed the proposal: Nia New is now an admin.");
        assert_eq!(of_account(19), "Dropped the proposal to change the staff role of Nia New.");
        assert_eq!(of_account(22), "Changed the name to Nia New.");
        let added = words_of("organisation", &organisation_events()[7], None, &named);
        assert_eq!(added, "Added Nia New as a developer.");
    }

    /// Threat 19: a partner who takes the name by which partners read of staff.
    #[test]
    fn nobody_takes_the_words_for_staff() {
        let entry = |name: &str, staff, actor_role| {
            let author = Author::Person { then: samples::shown(name, staff), now: None };
            EntryRow { author, then: Then { actor_role, ..Then::default() }, ..samples::entry() }
        };
        let owner = entry("An NHS login admin", None, Some(store::Role::Owner));
        assert_eq!(by(&owner), "An NHS login admin (not NHS login staff) (owner)");
        assert_eq!(who_first(&owner.author), "An NHS login admin (not NHS login staff)");
        let admin = entry("Ada", Some(StaffRole::Admin), Some(store::Role::Admin));
        assert_eq!(by(&admin), "Ada (NHS login admin)");
        let staff = EntryRow { author: Author::Staff, ..samples::entry() };
        assert_eq!((by(&staff), who_first(&staff.author)), ("an NHS login admin".into(), "An NHS login admin".into()));
    }

    #[test]
    fn an_erasure_says_from_where() {
        let of = |entries: &[u64], revisions: &[u32]| {
            words_of("account", &account::Event::TextErased(erasure(entries, revisions)), None, &NAMELESS)
        };
        assert_eq!(of(&[10, 3, 3], &[2]), "Erased text from entries 3 and 10 of the history and revision 2.");
        assert_eq!(of(&[3], &[1, 2]), "Erased text from entry 3 of the history and revisions 1 and 2.");
        let event = serde_json::to_value(&organisation_events()[9]).unwrap();
        assert_eq!(quoted(&told("organisation", &event)), [("Reason".to_owned(), "A private key.".to_owned())]);
    }

    #[test]
    fn words_of_reviewers_are_quoted() {
        let event = serde_json::to_value(&registration_events()[17]).unwrap();
        let titles: Vec<_> = quoted(&told("registration", &event)).into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, ["Redirect URIs", "Scopes and why"]);
        assert!(quoted(&told("account", &json!({"type": "disabled"}))).is_empty());
    }

    #[test]
    fn actions_are_words() {
        assert_eq!(action("changes_requested"), "Changes requested");
        assert_eq!(action("disabled"), "Locked");
        assert_eq!(action("challenged"), "Asked for a nonce");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}

//! What admins decide and what auditors read.

use super::{
    context::{caller, execute, portal},
    error::ApiError,
    form::{Values, answer, values},
    registrations::parse,
    repeated::{Sent, or_done, use_up_proof},
};
use domain::{
    account::{self, Account, Event},
    actor::{By, StaffRole},
    aggregate::Aggregate,
    aggregate::is_beside,
    draft::Section,
    id::{AccountId, OrganisationId, RegistrationId},
    organisation::{self, Organisation},
    problem::Problem,
    recorded::Happened,
    refusal::Refusal,
    registration::{Command, Registration},
    rule::AccountFault,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::{Done, Expected, Stored, read::HistoryFilter};
use time::OffsetDateTime;
use usecases::{Fault, auth::proof::reauthenticate};

/// Decides on what a form showed. It is stale when anybody decided anything since, not when something happened beside
/// it: then the command goes against the version that this left.
async fn decide<A: Stored<Id: ToString>>(id: A::Id, shown: u64, command: A::Command) -> Result<Done<A>, Fault> {
    let since = portal()?.store.history_since::<A>(caller()?.person()?, id, shown).await?;
    let beside = since.iter().all(|entry| is_beside(&entry.event_type));
    let version = since.last().filter(|_| beside).map_or(shown, |latest| latest.version);
    execute(id, Expected::Version(version), command).await
}

/// Approves exactly the revision that was shown.
#[server(prefix = "/api", endpoint = "approve")]
pub async fn approve(
    registration: String,
    version: u64,
    number: u32,
    digest: String,
    metadata_digest: String,
    #[server(default)] comment: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let page = format!("/admin/reviews/{id}/approve");
    let typed = values([("comment", &comment), ("version", &version.to_string()), ("number", &number.to_string())]);
    let outcome = async {
        reauthenticate(&portal()?, &caller()?, "proof", &proof).await?;
        let client_id = portal()?.fresh_client_id();
        let command = Command::Approve { number, digest, metadata_digest, comment, client_id };
        let done = decide::<Registration>(id, version, command).await?;
        let waiting = done.state.submitted().is_some();
        Ok(format!("/admin/reviews/{id}?done={}", if waiting { "approved-first" } else { "approved" }))
    };
    let next = ended(id, version, &["approved"], &typed, outcome.await).await;
    answer(&page, typed, next).await
}

/// Where a decision on a registration ends: of one that was made already, where the first did. It brings about the first of
/// some types of event, or in other environments another of them.
async fn ended(
    id: RegistrationId,
    shown: u64,
    event_types: &[&str],
    typed: &Values,
    outcome: Result<String, Fault>,
) -> Result<String, Fault> {
    let already = format!("/admin/reviews/{id}?done={}-already", event_types.first().unwrap_or(&"").replace('_', "-"));
    or_done::<Registration>(id, Sent { shown, event_types, typed, already }, outcome).await
}

/// Sends a revision back with comments, about the whole or about sections.
#[server(prefix = "/api", endpoint = "request-changes")]
pub async fn request_changes(
    registration: String,
    version: u64,
    number: u32,
    #[server(default)] comment: String,
    #[server(default)] sections: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let mut typed = values([("comment", &comment), ("version", &version.to_string()), ("number", &number.to_string())]);
    typed.extend(sections.iter().map(|(section, text)| (format!("sections[{section}]"), text.clone())));
    let sections = sections.into_iter().filter_map(|(slug, text)| Some((by_slug(&slug)?, text))).collect();
    let command = Command::RequestChanges { number, comment, sections };
    let done = decide::<Registration>(id, version, command).await.map_err(at_section);
    let next = done.map(|_| format!("/admin/reviews/{id}?done=changes-requested"));
    let next = ended(id, version, &["changes_requested"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/request-changes"), typed, next).await
}

fn by_slug(slug: &str) -> Option<Section> {
    Section::ALL.into_iter().find(|section| section.slug() == slug)
}

/// A problem of a section's comment, at the field of the form: `sections[…]`.
fn at_section(error: Fault) -> Fault {
    let Fault::Refused(Refusal::Problems(mut problems)) = error else { return error };
    for problem in problems.iter_mut().filter(|problem| by_slug(&problem.field).is_some()) {
        problem.entry = std::mem::replace(&mut problem.field, "sections".into());
    }
    Fault::Refused(Refusal::Problems(problems))
}

/// Rejects a revision with a reason.
#[server(prefix = "/api", endpoint = "reject")]
pub async fn reject(registration: String, version: u64, number: u32, reason: String) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("reason", &reason), ("version", &version.to_string()), ("number", &number.to_string())]);
    let done = decide::<Registration>(id, version, Command::Reject { number, reason }).await;
    let next = done.map(|_| format!("/admin/reviews/{id}?done=rejected"));
    let next = ended(id, version, &["rejected"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/reject"), typed, next).await
}

/// Publishes again what is wanted.
#[server(prefix = "/api", endpoint = "republish")]
pub async fn republish(registration: String, version: u64, #[server(default)] proof: String) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("version", &version.to_string())]);
    let done = with_proof::<Registration>(&proof, id, version, Command::Republish).await;
    let next = done.map(|_| format!("/admin/reviews/{id}?done=republished"));
    let next = ended(id, version, &["republished"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/republish"), typed, next).await
}

/// Decides after asking for password or code again, where they were not given a moment ago: what the rules want for
/// [`ProofNeeded::Fresh`](domain::aggregate::ProofNeeded).
async fn with_proof<A: Stored<Id: ToString>>(
    proof: &str,
    id: A::Id,
    shown: u64,
    command: A::Command,
) -> Result<Done<A>, Fault> {
    reauthenticate(&portal()?, &caller()?, "proof", proof).await?;
    decide(id, shown, command).await
}

/// Switches a client off: one admin, at once.
#[server(prefix = "/api", endpoint = "suspend")]
pub async fn suspend(registration: String, version: u64, reason: String) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let done = decide::<Registration>(id, version, Command::Suspend { reason }).await;
    let next = done.map(|_| format!("/admin/reviews/{id}?done=suspended"));
    let next = ended(id, version, &["suspended"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/suspend"), typed, next).await
}

/// Switches a client off for good. A partner's owner does it on a page of their own.
#[server(prefix = "/api", endpoint = "retire-client")]
pub async fn retire_client(
    registration: String,
    version: u64,
    reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let done = with_proof::<Registration>(&proof, id, version, Command::Retire { reason }).await;
    let next = done.map(|_| format!("/admin/reviews/{id}?done=retired"));
    let next = ended(id, version, &["retired"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/retire"), typed, next).await
}

/// Switches a client on again, or proposes to where two admins have to.
#[server(prefix = "/api", endpoint = "reinstate")]
pub async fn reinstate(
    registration: String,
    version: u64,
    reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let done = with_proof::<Registration>(&proof, id, version, Command::Reinstate { reason }).await;
    let next = done.map(|done| match done.state.suspension() {
        Some(_) => format!("/admin/reviews/{id}?done=reinstatement-proposed"),
        None => format!("/admin/reviews/{id}?done=reinstated"),
    });
    let next = ended(id, version, &["reinstatement_proposed", "reinstated"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/reinstate"), typed, next).await
}

/// Seconds the proposal to switch a client on again.
#[server(prefix = "/api", endpoint = "confirm-reinstatement")]
pub async fn confirm_reinstatement(
    registration: String,
    version: u64,
    proposed_at: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("version", &version.to_string())]);
    let outcome = async {
        let command = Command::ConfirmReinstatement { proposed_at: shown_moment(&proposed_at)? };
        with_proof::<Registration>(&proof, id, version, command).await?;
        Ok(format!("/admin/reviews/{id}?done=reinstated"))
    };
    let next = ended(id, version, &["reinstated"], &typed, outcome.await).await;
    answer(&format!("/admin/reviews/{id}/confirm-reinstatement"), typed, next).await
}

/// Drops the proposal to switch a client on again.
#[server(prefix = "/api", endpoint = "drop-reinstatement")]
pub async fn drop_reinstatement(registration: String, version: u64) -> Result<(), ApiError> {
    let id = parse(&registration)?;
    let typed = values([("version", &version.to_string())]);
    let done = decide::<Registration>(id, version, Command::DropReinstatement).await;
    let next = done.map(|_| format!("/admin/reviews/{id}?done=reinstatement-dropped"));
    let next = ended(id, version, &["reinstatement_dropped"], &typed, next).await;
    answer(&format!("/admin/reviews/{id}/drop-reinstatement"), typed, next).await
}

/// Confirms that an organisation is who it says.
#[server(prefix = "/api", endpoint = "confirm-organisation")]
pub async fn confirm_organisation(
    organisation: String,
    version: u64,
    #[server(default)] name: String,
    #[server(default)] ods_code: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let Ok(id) = organisation.parse::<OrganisationId>() else { return Err(Fault::NotFound.into()) };
    let done = with_proof::<Organisation>(&proof, id, version, organisation::Command::Confirm).await;
    let page = format!("/admin/organisations/{id}");
    // What the form showed, so that the page can tell what is different where it was overtaken.
    let typed = values([("version", &version.to_string()), ("name", &name), ("ods_code", &ods_code)]);
    let next = done.map(|_| format!("{page}?done=organisation-confirmed"));
    let already = format!("{page}?done=organisation-confirmed-already");
    let sent = Sent { shown: version, event_types: &["confirmed"], typed: &typed, already };
    let next = or_done::<Organisation>(id, sent, next).await;
    answer(&format!("{page}/confirm"), typed, next).await
}

/// Proposes, confirms or drops a change of staff role, or locks and unlocks an account.
#[server(prefix = "/api", endpoint = "change-account")]
pub async fn change_account(
    account: String,
    action: String,
    #[server(default)] role: String,
    #[server(default)] proposed_at: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let Ok(id) = account.parse::<AccountId>() else { return Err(Fault::NotFound.into()) };
    let page = format!("/admin/people/{id}");
    let form = if ACTIONS.contains(&action.as_str()) { format!("{page}/{action}") } else { page.clone() };
    let outcome = async {
        let command = account_command(&action, &role, &proposed_at)?;
        reauthenticate(&portal()?, &caller()?, "proof", &proof).await?;
        execute::<Account>(id, Expected::Any, command).await.map_err(proposal_gone)?;
        Ok(format!("{page}?done=account-{action}"))
    };
    let next = match outcome.await {
        Err(_) if is_account_as_asked(id, &action, &role).await? => Ok(format!("{page}?done=account-{action}-already")),
        Err(Fault::Stale) => {
            use_up_proof().await?;
            Err(Fault::Stale)
        }
        next => next,
    };
    answer(&form, values([("role", &role)]), next).await
}

/// The page of an action says what happened to a proposal that is not there any more, or is another.
fn proposal_gone(error: Fault) -> Fault {
    match error {
        Fault::NotFound | Fault::Refused(Refusal::ProposalChanged) => Fault::Stale,
        error => error,
    }
}

/// Whether what is asked of an account is what the caller themselves brought about last: the same form was sent twice.
async fn is_account_as_asked(id: AccountId, action: &str, role: &str) -> Result<bool, Fault> {
    staff()?;
    let (event_type, with_role) = match action {
        "propose" => ("role_proposed", true),
        "confirm" => ("role_confirmed", true),
        "drop" => ("role_dropped", false),
        "disable" => ("disabled", false),
        "enable" => ("enabled", false),
        _ => return Ok(false),
    };
    let kind = Some(Account::KIND.to_owned());
    let of_account = HistoryFilter { kind, subject: Some(id.to_string()), ..HistoryFilter::default() };
    let (portal, caller) = (portal()?, caller()?);
    let person = caller.person()?;
    let rows = portal.store.history(person, &of_account, None).await?.rows;
    let last = rows.into_iter().find(|entry| CHANGES_OF_AN_ACCOUNT.contains(&entry.event_type.as_str()));
    Ok(last.is_some_and(|entry| {
        let given = match &entry.happened {
            Happened::Account(Event::RoleProposed { role } | Event::RoleConfirmed { role }) => *role,
            _ => None,
        };
        let same_role = given.map_or("none", StaffRole::word) == role;
        entry.event_type == event_type && entry.actor == By::Account(person.account) && (same_role || !with_role)
    }))
}

/// What admins do to an account, and what makes a proposal another one.
const CHANGES_OF_AN_ACCOUNT: [&str; 6] =
    ["role_proposed", "role_confirmed", "role_dropped", "disabled", "enabled", "granted"];

/// A moment as a hidden field holds it: milliseconds since 1970, as it is stored.
fn shown_moment(millis: &str) -> Result<OffsetDateTime, Fault> {
    let millis: i64 = millis.parse().map_err(|_| Fault::Malformed)?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).map_err(|_| Fault::Malformed)
}

/// What may be done with an account; each has a page of its own.
const ACTIONS: [&str; 5] = ["propose", "confirm", "drop", "disable", "enable"];

fn account_command(action: &str, role: &str, proposed_at: &str) -> Result<account::Command, Fault> {
    let role = match role {
        "admin" => Some(StaffRole::Admin),
        "auditor" => Some(StaffRole::Auditor),
        "" if action == "propose" => {
            let problem = Problem::new("role", AccountFault::RoleMissing);
            return Err(Refusal::problem(problem).into());
        }
        _ => None,
    };
    Ok(match action {
        "propose" => account::Command::ProposeRole { role },
        "confirm" => account::Command::ConfirmRole { role, proposed_at: shown_moment(proposed_at)? },
        "drop" => account::Command::DropRole,
        "disable" => account::Command::Disable,
        "enable" => account::Command::Enable,
        _ => {
            let problem = Problem::new("action", AccountFault::ActionUnknown);
            return Err(Refusal::problem(problem).into());
        }
    })
}

/// The caller, when they are staff and have shown their second factor.
///
/// # Errors
/// `StaffOnly` for everybody else.
pub fn staff() -> Result<StaffRole, Fault> {
    let caller = caller()?;
    let person = caller.person()?;
    person.staff_role().ok_or_else(|| Refusal::StaffOnly.into())
}

//! What admins decide and what auditors read.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, forget_kept, note_request, values},
    registrations::parse,
};
use domain::{
    actor::StaffRole,
    draft::Section,
    id::{AccountId, OrganisationId, RegistrationId},
    problem::Problem,
    refusal::Refusal,
    rule::AccountFault,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use usecases::{
    Fault, organisations,
    people::{self, AccountChange},
    reviews::{self, ApproveRevision, Shown},
};

/// Where a decision ends: of one that was made already, where the first did, as a success that says so. What was kept of its
/// form is not shown again.
fn decided(page: &str, done: &str, again: bool) -> Result<String, Fault> {
    forget_kept()?;
    Ok(format!("{page}?done={done}{}", if again { "-already" } else { "" }))
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
    let on = shown(&registration, version)?;
    let id = on.registration;
    let typed = values([("comment", &comment), ("version", &version.to_string()), ("number", &number.to_string())]);
    let approved = async {
        let input = ApproveRevision { on, number, digest, metadata_digest, comment, proof };
        let approved = reviews::approve_revision(&portal()?, &caller()?, input).await?;
        let done = if approved.waits && !approved.again { "approved-first" } else { "approved" };
        decided(&review(id), done, approved.again)
    };
    answer(&format!("/admin/reviews/{id}/approve"), typed, approved).await
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
    let on = shown(&registration, version)?;
    let id = on.registration;
    let mut typed = values([("comment", &comment), ("version", &version.to_string()), ("number", &number.to_string())]);
    typed.extend(sections.iter().map(|(section, text)| (format!("sections[{section}]"), text.clone())));
    let asked = async {
        let sections = sections.into_iter().filter_map(|(slug, text)| Some((by_slug(&slug)?, text))).collect();
        let input = reviews::RequestChanges { on, number, comment, sections };
        let done = reviews::request_changes(&portal()?, &caller()?, input).await.map_err(at_section)?;
        decided(&review(id), "changes-requested", done.again)
    };
    answer(&format!("/admin/reviews/{id}/request-changes"), typed, asked).await
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
    let on = shown(&registration, version)?;
    let id = on.registration;
    let typed = values([("reason", &reason), ("version", &version.to_string()), ("number", &number.to_string())]);
    let rejected = async {
        let done = reviews::reject_revision(&portal()?, &caller()?, on, number, reason).await?;
        decided(&review(id), "rejected", done.again)
    };
    answer(&format!("/admin/reviews/{id}/reject"), typed, rejected).await
}

/// Publishes again what is wanted.
#[server(prefix = "/api", endpoint = "republish")]
pub async fn republish(registration: String, version: u64, #[server(default)] proof: String) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let republished = async {
        let done = reviews::republish_client(&portal()?, &caller()?, on, &proof).await?;
        decided(&review(id), "republished", done.again)
    };
    answer(&format!("/admin/reviews/{id}/republish"), values([("version", &version.to_string())]), republished).await
}

/// Switches a client off: one admin, at once.
#[server(prefix = "/api", endpoint = "suspend")]
pub async fn suspend(registration: String, version: u64, reason: String) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let suspended = async {
        let done = reviews::suspend_client(&portal()?, &caller()?, on, reason).await?;
        decided(&review(id), "suspended", done.again)
    };
    answer(&format!("/admin/reviews/{id}/suspend"), typed, suspended).await
}

/// Switches a client off for good. A partner's owner does it on a page of their own.
#[server(prefix = "/api", endpoint = "retire-client")]
pub async fn retire_client(
    registration: String,
    version: u64,
    reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let retired = async {
        let done = reviews::retire_client(&portal()?, &caller()?, on, reason, &proof).await?;
        decided(&review(id), "retired", done.again)
    };
    answer(&format!("/admin/reviews/{id}/retire"), typed, retired).await
}

/// Switches a client on again, or proposes to where two admins have to.
#[server(prefix = "/api", endpoint = "reinstate")]
pub async fn reinstate(
    registration: String,
    version: u64,
    reason: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let typed = values([("reason", &reason), ("version", &version.to_string())]);
    let reinstated = async {
        let done = reviews::reinstate_client(&portal()?, &caller()?, on, reason, &proof).await?;
        let word = if done.is_proposal { "reinstatement-proposed" } else { "reinstated" };
        decided(&review(id), word, done.again)
    };
    answer(&format!("/admin/reviews/{id}/reinstate"), typed, reinstated).await
}

/// Seconds the proposal to switch a client on again.
#[server(prefix = "/api", endpoint = "confirm-reinstatement")]
pub async fn confirm_reinstatement(
    registration: String,
    version: u64,
    proposed_at: String,
    #[server(default)] proof: String,
) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let page = format!("/admin/reviews/{id}/confirm-reinstatement");
    note_request(&page, (version, &proposed_at));
    let confirmed = async {
        let proposed_at = shown_moment(&proposed_at)?;
        let done = reviews::confirm_reinstatement(&portal()?, &caller()?, on, proposed_at, &proof).await?;
        decided(&review(id), "reinstated", done.again)
    };
    answer(&page, values([("version", &version.to_string())]), confirmed).await
}

/// Drops the proposal to switch a client on again.
#[server(prefix = "/api", endpoint = "drop-reinstatement")]
pub async fn drop_reinstatement(registration: String, version: u64) -> Result<(), ApiError> {
    let on = shown(&registration, version)?;
    let id = on.registration;
    let dropped = async {
        let done = reviews::drop_reinstatement(&portal()?, &caller()?, on).await?;
        decided(&review(id), "reinstatement-dropped", done.again)
    };
    let page = format!("/admin/reviews/{id}/drop-reinstatement");
    answer(&page, values([("version", &version.to_string())]), dropped).await
}

fn review(id: RegistrationId) -> String {
    format!("/admin/reviews/{id}")
}

/// What a form showed of a registration.
fn shown(registration: &str, version: u64) -> Result<Shown, Fault> {
    Ok(Shown { registration: parse(registration)?, version })
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
    let page = format!("/admin/organisations/{id}");
    // What the form showed, so that the page can tell what is different where it was overtaken.
    let typed = values([("version", &version.to_string()), ("name", &name), ("ods_code", &ods_code)]);
    let confirmed = async {
        let done = organisations::confirm_organisation(&portal()?, &caller()?, id, version, &proof).await?;
        decided(&page, "organisation-confirmed", done.again)
    };
    answer(&format!("{page}/confirm"), typed, confirmed).await
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
    note_request(&form, (&action, &role, &proposed_at));
    let changed = async {
        let change = account_change(&action, &role, &proposed_at)?;
        let done = people::change_account(&portal()?, &caller()?, id, change, &proof).await?;
        Ok(format!("{page}?done=account-{action}{}", if done.again { "-already" } else { "" }))
    };
    answer(&form, values([("role", &role)]), changed).await
}

/// A moment as a hidden field holds it: milliseconds since 1970, as it is stored.
pub(super) fn shown_moment(millis: &str) -> Result<OffsetDateTime, Fault> {
    let millis: i64 = millis.parse().map_err(|_| Fault::Malformed)?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).map_err(|_| Fault::Malformed)
}

/// What may be done with an account; each has a page of its own.
const ACTIONS: [&str; 5] = ["propose", "confirm", "drop", "disable", "enable"];

fn account_change(action: &str, role: &str, proposed_at: &str) -> Result<AccountChange, Fault> {
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
        "propose" => AccountChange::ProposeRole(role),
        "confirm" => AccountChange::ConfirmRole { role, proposed_at: shown_moment(proposed_at)? },
        "drop" => AccountChange::DropRole,
        "disable" => AccountChange::Disable,
        "enable" => AccountChange::Enable,
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

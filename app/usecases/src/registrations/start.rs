//! Starting a service's registration in an environment.

use crate::{Caller, Fault, Portal};
use domain::{
    draft::{Draft, SiftedDraft},
    id::{RegistrationId, ServiceId},
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::{ClientState, Command, Registration},
};
use std::collections::BTreeMap;
use store::{
    Expected,
    read::{OrganisationDetails, RegistrationHead, ServiceDetails},
};

/// Asks for a registration.
#[derive(Clone, Debug)]
pub struct StartRegistration {
    /// Of this service.
    pub service: ServiceId,
    /// In the environment of this name.
    pub environment: String,
}

/// The registration that a service has in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was started now.
    Now(RegistrationId),
    /// It was there: this was asked for twice, or a colleague was quicker.
    Before(RegistrationId),
}

/// Starts a service's registration in an environment, as a copy of the one in the environment before, or of one there that
/// was retired.
///
/// # Errors
/// `NotFound` for a service that is not the caller's to see, or an unknown environment; what the rules refuse.
pub async fn start_registration(portal: &Portal, caller: &Caller, input: StartRegistration) -> Result<Started, Fault> {
    let counted = portal.count_command(caller)?;
    let StartRegistration { service, environment } = input;
    let person = caller.person()?;
    let details = portal.store.service(person, service).await?;
    let policy = portal.environment(&environment)?;
    let (before, retired) = (earlier(&details, policy), retired(&details, policy));
    // A copy tells of what it is of.
    if let (Some(token), Some(_)) = (&person.token, before) {
        token.may_in(policy.after.as_deref())?;
    }
    let mut draft = match (before, retired) {
        (Some(id), _) => portal.store.registration(person, id).await?.registration.draft,
        // Nothing typed is lost with a client that was retired, but for its key: a new client has its own.
        (None, Some(id)) => {
            let draft = portal.store.registration(person, id).await?.registration.draft;
            Draft { public_keys: Vec::new(), ..draft }
        }
        (None, None) => Draft { scopes: vec!["openid".into()], ..Draft::default() },
    };
    // Evidence is asked for anew in each environment.
    draft.evidence.clear();
    if before.is_none() && draft.client_name.is_empty() {
        draft.client_name.clone_from(&details.service.name);
    }
    prefill_ods_code(&mut draft, policy, &portal.store.organisation(person, details.organisation_id).await?);
    let (millis, random) = portal.id_parts();
    let id = RegistrationId::from_parts(millis, random);
    let draft = portal.auth.checks.run(move || SiftedDraft::from(draft)).await?;
    let command = Command::Start {
        organisation: details.organisation_id,
        service,
        environment: policy.name.clone(),
        copy_of: before.or(retired),
        draft: Box::new(draft),
    };
    match portal.execute::<Registration>(counted, id, Expected::New, command).await {
        Ok(done) if done.again => Ok(Started::Before(done.state.id)),
        Ok(_) => Ok(Started::Now(id)),
        Err(error @ Fault::Refused(Refusal::AlreadyRegistered)) => {
            let heads = portal.store.service(person, service).await?.registrations;
            let there = heads.into_iter().find(|head| head.environment == policy.name);
            there.map_or(Err(error), |head| Ok(Started::Before(head.id)))
        }
        Err(error) => Err(error),
    }
}

fn earlier(details: &ServiceDetails, policy: &EnvironmentPolicy) -> Option<RegistrationId> {
    let after = policy.after.as_ref()?;
    details.registrations.iter().find(|head| &head.environment == after).map(|head| head.id)
}

/// The registration that was retired last in the environment.
fn retired(details: &ServiceDetails, policy: &EnvironmentPolicy) -> Option<RegistrationId> {
    let is_retired =
        |head: &&RegistrationHead| head.environment == policy.name && head.client_state == ClientState::Retired;
    details.registrations.iter().find(is_retired).map(|head| head.id)
}

fn prefill_ods_code(draft: &mut Draft, policy: &EnvironmentPolicy, details: &OrganisationDetails) {
    let asked = policy.evidence.iter().any(|item| item.id == "ods_code");
    if let (true, Some(code)) = (asked, &details.organisation.ods_code) {
        draft.evidence.insert("ods_code".into(), BTreeMap::from([("code".into(), code.as_str().to_owned())]));
    }
}

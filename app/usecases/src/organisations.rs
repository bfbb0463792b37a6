//! What a partner does with an organisation and its services.

use crate::{Caller, Fault, Portal};
use domain::{
    actor::Actor,
    aggregate::Aggregate,
    id::{OrganisationId, ServiceId},
    organisation::{Command, Facts, Organisation, ServiceDraft},
};
use store::Expected;

/// An organisation to be created. Its id is chosen before, so that the same twice is one: see
/// [`Portal::fresh_organisation_id`].
#[derive(Clone, Debug)]
pub struct CreateOrganisation {
    /// Its id, which nobody has.
    pub id: OrganisationId,
    /// Its name, as typed.
    pub name: String,
    /// Its ODS code, as typed; empty for none.
    pub ods_code: String,
}

/// Creates an organisation; the caller becomes its owner.
///
/// # Errors
/// What the rules refuse: `AlreadySo` where the id stands for an organisation with another name or code; `TooFast`.
pub async fn create_organisation(portal: &Portal, caller: &Caller, input: CreateOrganisation) -> Result<(), Fault> {
    let CreateOrganisation { id, name, ods_code } = input;
    let counted = portal.count_command(caller)?;
    let create = Command::Create { name, ods_code };
    portal.execute::<Organisation>(counted, id, Expected::Any, create).await.map(drop)
}

/// An organisation as it is to be.
#[derive(Clone, Debug)]
pub struct ChangeOrganisation {
    /// Which one.
    pub organisation: OrganisationId,
    /// The digest of what the change was made from.
    pub base: String,
    /// Its name, as typed.
    pub name: String,
    /// Its ODS code, as typed; empty for none.
    pub ods_code: String,
}

/// Changes an organisation's name and ODS code. The same twice is one.
///
/// # Errors
/// `Stale` where somebody else changed it; `NotFound` when it is not the caller's to see; what the rules refuse; `TooFast`.
pub async fn change_organisation(portal: &Portal, caller: &Caller, input: ChangeOrganisation) -> Result<(), Fault> {
    let ChangeOrganisation { organisation: id, base, name, ods_code } = input;
    let before = portal.store.organisation(caller.person()?, id).await?;
    let expected = (before.organisation.digest() == base).then_some(before.version);
    change(portal, caller, id, expected, Command::Change { name, ods_code }).await
}

/// A service to be added. Its id is chosen before, so that the same twice is one: see [`Portal::fresh_service_id`].
#[derive(Clone, Debug)]
pub struct AddService {
    /// The organisation that offers it.
    pub organisation: OrganisationId,
    /// Its id, which nobody has.
    pub id: ServiceId,
    /// What it is, as typed.
    pub draft: ServiceDraft,
}

/// Adds a service to an organisation. Rests on nothing that was there before, so two people may add a service each.
///
/// # Errors
/// What the rules refuse: `AlreadySo` where the id stands for another service; `TooFast`.
pub async fn add_service(portal: &Portal, caller: &Caller, input: AddService) -> Result<(), Fault> {
    let AddService { organisation, id, draft } = input;
    let counted = portal.count_command(caller)?;
    let add = Command::AddService { id, draft };
    portal.execute::<Organisation>(counted, organisation, Expected::Any, add).await.map(drop)
}

/// A service as it is to be.
#[derive(Clone, Debug)]
pub struct ChangeService {
    /// Which one.
    pub service: ServiceId,
    /// The digest of what the change was made from.
    pub base: String,
    /// What it is, as typed.
    pub draft: ServiceDraft,
}

/// Changes a service. Rests on this service alone: what else happens to the organisation is no conflict. The same twice is
/// one.
///
/// # Errors
/// `Stale` where somebody else changed it; `NotFound` when it is not the caller's to see; what the rules refuse; `TooFast`.
pub async fn change_service(portal: &Portal, caller: &Caller, input: ChangeService) -> Result<(), Fault> {
    let ChangeService { service: id, base, draft } = input;
    let before = portal.store.service(caller.person()?, id).await?;
    let expected = (before.service.digest() == base).then_some(before.version);
    change(portal, caller, before.organisation_id, expected, Command::ChangeService { id, draft }).await
}

/// Changes what is still as the change was made from, with the version that is expected then. What was sent twice finds
/// there what it asks for, and that is nobody else's change.
async fn change(
    portal: &Portal,
    caller: &Caller,
    id: OrganisationId,
    expected: Option<u64>,
    command: Command,
) -> Result<(), Fault> {
    if let Some(version) = expected {
        let counted = portal.count_command(caller)?;
        match portal.execute::<Organisation>(counted, id, Expected::Version(version), command.clone()).await {
            Err(Fault::Stale) => {}
            done => return done.map(drop),
        }
    }
    let (actor, now) = (Actor::Person(caller.person()?.clone()), portal.auth.ambient.now());
    let present = portal.store.organisation(caller.person()?, id).await?.organisation;
    match present.decide(&actor, &command, &Facts::default(), now) {
        Ok(events) if events.is_empty() => Ok(()),
        _ => Err(Fault::Stale),
    }
}

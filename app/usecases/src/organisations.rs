//! What a partner does with an organisation and its services, and that an admin confirms it.

use crate::{
    Caller, Fault, Portal,
    decide::{Decision, Mails, RestsOn, decide},
    reviews::Decided,
};
use domain::{
    id::{OrganisationId, ServiceId},
    organisation::{Command, Contacts, Event, Organisation, ServiceDraft},
};
use store::Expected;

/// An organisation to be created.
#[derive(Clone, Debug)]
pub struct CreateOrganisation {
    /// Its name, as typed.
    pub name: String,
    /// Its ODS code, as typed; empty for none.
    pub ods_code: String,
}

/// Creates an organisation, and gives its id; the caller becomes its owner. The same twice is one.
///
/// # Errors
/// What the rules refuse; `SentBefore`; `TooFast`.
pub async fn create_organisation(
    portal: &Portal,
    caller: &Caller,
    input: CreateOrganisation,
) -> Result<OrganisationId, Fault> {
    let CreateOrganisation { name, ods_code } = input;
    let counted = portal.count_command(caller)?;
    let (id, create) = (portal.fresh_organisation_id(), Command::Create { name, ods_code });
    Ok(portal.execute::<Organisation>(counted, id, Expected::New, create).await?.state.id)
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
    let expected =
        if before.organisation.digest() == base { Expected::Version(before.version) } else { Expected::Gone };
    let counted = portal.count_command(caller)?;
    portal.execute::<Organisation>(counted, id, expected, Command::Change { name, ods_code }).await.map(drop)
}

/// An organisation's contacts as they are to be.
#[derive(Clone, Debug)]
pub struct ChangeContacts {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// The digest of what the change was made from: of none, that of empty ones.
    pub base: String,
    /// As typed.
    pub contacts: Contacts,
}

/// Says whom to ask about an organisation. Rests on its contacts alone. The same twice is one.
///
/// # Errors
/// `Stale` where somebody else changed them; what the rules refuse; `TooFast`.
pub async fn change_contacts(portal: &Portal, caller: &Caller, input: ChangeContacts) -> Result<(), Fault> {
    let ChangeContacts { organisation: id, base, contacts } = input;
    let before = portal.store.organisation(caller.person()?, id).await?;
    let present = before.organisation.contacts.unwrap_or_default();
    let expected = if present.digest() == base { Expected::Version(before.version) } else { Expected::Gone };
    let counted = portal.count_command(caller)?;
    portal.execute::<Organisation>(counted, id, expected, Command::ChangeContacts { contacts }).await.map(drop)
}

/// A service to be added.
#[derive(Clone, Debug)]
pub struct AddService {
    /// The organisation that offers it.
    pub organisation: OrganisationId,
    /// What it is, as typed.
    pub draft: ServiceDraft,
}

/// Adds a service to an organisation, and gives its id. Rests on nothing that was there before, so two people may add a
/// service each. The same twice is one.
///
/// # Errors
/// What the rules refuse; `SentBefore`; `TooFast`.
pub async fn add_service(portal: &Portal, caller: &Caller, input: AddService) -> Result<ServiceId, Fault> {
    let AddService { organisation, draft } = input;
    let counted = portal.count_command(caller)?;
    let add = Command::AddService { id: portal.fresh_service_id(), draft };
    let done = portal.execute::<Organisation>(counted, organisation, Expected::Any, add).await?;
    let added = done.events.iter().find_map(|event| match event {
        Event::ServiceAdded { service, .. } => Some(*service),
        _ => None,
    });
    added.ok_or(Fault::Unavailable)
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
    let expected = if before.service.digest() == base { Expected::Version(before.version) } else { Expected::Gone };
    let (counted, change) = (portal.count_command(caller)?, Command::ChangeService { id, draft });
    portal.execute::<Organisation>(counted, before.organisation_id, expected, change).await.map(drop)
}

/// Confirms that an organisation is who it says, as it was shown in this version. `proof` is password or code, where none was
/// shown a moment ago. For admins. The same twice is one.
///
/// # Errors
/// `Stale` where it changed since; what the rules refuse, a wrong proof included; `TooFast`.
pub async fn confirm_organisation(
    portal: &Portal,
    caller: &Caller,
    id: OrganisationId,
    version: u64,
    proof: &str,
) -> Result<Decided, Fault> {
    let decision = Decision::<Organisation> {
        id,
        rests_on: RestsOn::ButBeside(version),
        proof: Some(proof),
        command: Command::Confirm,
        mails: Mails::NoStranger,
    };
    Ok(Decided { again: decide(portal, caller, decision).await?.again })
}

//! Partner organisations and their services.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{Refused, answer, on, values},
};
use crate::reading::difference::{contact_lines, organisation_lines, service_lines};
use domain::{
    aggregate::Aggregate,
    id::{OrganisationId, ServiceId},
    organisation::{Contacts, Event, Organisation, ServiceDraft},
    problem::Problem,
    recorded::Happened,
    refusal::Refusal,
    rule::{FormFault, SentForm},
};
use leptos::prelude::*;
use store::read::{EntryRow, HistoryFilter, OrganisationDetails, OrganisationOverview, ServiceDetails};
use usecases::{Fault, organisations as usecase};

/// The caller's organisations and services with their registrations.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn home() -> Result<Vec<OrganisationOverview>, Fault> {
    Ok(portal()?.store.home(caller()?.person()?).await?)
}

/// One organisation, when the caller may read it.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn organisation(id: &str) -> Result<OrganisationDetails, Fault> {
    let id: OrganisationId = id.parse().map_err(|_| Fault::NotFound)?;
    Ok(portal()?.store.organisation(caller()?.person()?, id).await?)
}

/// One service, when the caller may read it.
///
/// # Errors
/// `NotFound` when it is not the caller's to see.
pub async fn service(id: &str) -> Result<ServiceDetails, Fault> {
    let id: ServiceId = id.parse().map_err(|_| Fault::NotFound)?;
    Ok(portal()?.store.service(caller()?.person()?, id).await?)
}

/// What of an organisation a form changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its name and ODS code.
    Name,
    /// Its contacts.
    Contacts,
    /// One of its services.
    Service(ServiceId),
}

impl Part {
    /// The types of events that write it, the one that changes it first.
    fn written_by(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["organisation_changed", "created"],
            Self::Contacts => &["contacts_changed"],
            Self::Service(_) => &["service_changed", "service_added"],
        }
    }

    fn is_of(self, entry: &EntryRow) -> bool {
        match self {
            Self::Service(service) => entry.happened.service() == Some(service),
            Self::Name | Self::Contacts => true,
        }
    }
}

/// The latest entry of the history by which a part of an organisation was changed. Looked for among the latest of its kind.
///
/// # Errors
/// `NotSignedIn`, or what the store answers.
pub async fn last_change(id: OrganisationId, part: Part) -> Result<Option<EntryRow>, Fault> {
    let event_type = part.written_by()[0];
    let filter =
        HistoryFilter { organisation: Some(id), event_type: Some(event_type.into()), ..HistoryFilter::default() };
    let mut rows = portal()?.store.history(caller()?.person()?, &filter, None).await?.rows.into_iter();
    Ok(rows.find(|entry| part.is_of(entry)))
}

/// What the form of a part of an organisation showed that was refused because that changed since; none where it is not among
/// the latest changes.
///
/// # Errors
/// `NotSignedIn` for visitors.
pub async fn shown_before(id: OrganisationId, part: Part, refused: &Refused) -> Result<Option<Vec<String>>, Fault> {
    let Some(base) = refused.stale_base() else { return Ok(None) };
    for event_type in part.written_by() {
        let event_type = Some((*event_type).to_owned());
        let filter = HistoryFilter { organisation: Some(id), event_type, ..HistoryFilter::default() };
        let rows = portal()?.store.history(caller()?.person()?, &filter, None).await?.rows;
        let mut shown = rows.iter().filter_map(|entry| shown_by(entry, part));
        if let Some((_, lines)) = shown.find(|(digest, _)| digest == base) {
            return Ok(Some(lines));
        }
    }
    Ok(None)
}

/// What a form showed after an event: its digest and its lines.
fn shown_by(entry: &EntryRow, part: Part) -> Option<(String, Vec<String>)> {
    let Happened::Organisation(event) = &entry.happened else { return None };
    match (event, part) {
        (Event::Created { name, ods_code } | Event::OrganisationChanged { name, ods_code, .. }, Part::Name) => {
            let blank = Organisation::blank(OrganisationId::from_parts(0, [0; 10]));
            let shown = Organisation { name: name.text()?.0.clone(), ods_code: ods_code.clone(), ..blank };
            Some((shown.digest(), organisation_lines(&shown)))
        }
        (Event::ContactsChanged { content }, Part::Contacts) => {
            let shown = content.text()?.content()?;
            Some((shown.digest(), contact_lines(shown)))
        }
        (
            Event::ServiceAdded { service, content } | Event::ServiceChanged { service, content },
            Part::Service(asked),
        ) if *service == asked => {
            let shown = content.text()?.content()?;
            Some((shown.digest(), service_lines(shown)))
        }
        _ => None,
    }
}

/// Creates an organisation; the caller becomes its owner.
#[server(prefix = "/api", endpoint = "create-organisation")]
pub async fn create_organisation(name: String, #[server(default)] ods_code: String) -> Result<(), ApiError> {
    let typed = values([("name", &name), ("ods_code", &ods_code)]);
    answer("/organisations/new", typed, try_create(name, ods_code)).await
}

async fn try_create(name: String, ods_code: String) -> Result<String, Fault> {
    let input = usecase::CreateOrganisation { name, ods_code };
    let created = usecase::create_organisation(&portal()?, &caller()?, input).await;
    let id = created.map_err(|error| sent_before(error, SentForm::Organisation))?;
    Ok(format!("/organisations/{id}/services/new?done=organisation-created"))
}

/// Somebody went back to a form that had its effect, and typed something else into it. It comes again as another one.
fn sent_before(error: Fault, form: SentForm) -> Fault {
    match error {
        Fault::SentBefore => Refusal::problem(Problem::new("", FormFault::SentBefore(form))).into(),
        error => error,
    }
}

/// Changes an organisation's name and ODS code.
#[server(prefix = "/api", endpoint = "change-organisation")]
pub async fn change_organisation(
    organisation: String,
    base: String,
    name: String,
    #[server(default)] ods_code: String,
) -> Result<(), ApiError> {
    let Ok(id) = organisation.parse::<OrganisationId>() else { return Err(Fault::Malformed.into()) };
    let typed = values([("name", &name), ("ods_code", &ods_code)]);
    let input = usecase::ChangeOrganisation { organisation: id, base: base.clone(), name, ods_code };
    answer(&format!("/organisations/{id}/edit"), on(&base, typed), try_rename(input)).await
}

async fn try_rename(input: usecase::ChangeOrganisation) -> Result<String, Fault> {
    let id = input.organisation;
    usecase::change_organisation(&portal()?, &caller()?, input).await?;
    Ok(format!("/organisations/{id}?done=organisation-changed"))
}

/// Says whom to ask about an organisation.
#[server(prefix = "/api", endpoint = "change-contacts")]
pub async fn change_contacts(
    organisation: String,
    base: String,
    technical: String,
    product: String,
    security: String,
) -> Result<(), ApiError> {
    let Ok(id) = organisation.parse::<OrganisationId>() else { return Err(Fault::Malformed.into()) };
    let typed = values([("technical", &technical), ("product", &product), ("security", &security)]);
    let contacts = Contacts { technical, product, security };
    let changed = async {
        let input = usecase::ChangeContacts { organisation: id, base: base.clone(), contacts };
        usecase::change_contacts(&portal()?, &caller()?, input).await?;
        Ok(format!("/organisations/{id}?done=contacts-changed"))
    };
    answer(&format!("/organisations/{id}/contacts"), on(&base, typed), changed).await
}

/// Adds a service to an organisation.
#[server(prefix = "/api", endpoint = "add-service")]
pub async fn add_service(
    organisation: String,
    name: String,
    description: String,
    use_case: String,
    technical: String,
    product: String,
    security: String,
) -> Result<(), ApiError> {
    let draft = ServiceDraft { name, description, use_case, contacts: Contacts { technical, product, security } };
    let Ok(id) = organisation.parse::<OrganisationId>() else { return Err(Fault::Malformed.into()) };
    let page = format!("/organisations/{id}/services/new");
    answer(&page, typed(&draft), try_add(id, draft)).await
}

async fn try_add(organisation: OrganisationId, draft: ServiceDraft) -> Result<String, Fault> {
    let added = usecase::add_service(&portal()?, &caller()?, usecase::AddService { organisation, draft }).await;
    let id = added.map_err(|error| sent_before(error, SentForm::Service))?;
    Ok(format!("/services/{id}?done=service-added"))
}

/// Changes a service.
#[server(prefix = "/api", endpoint = "change-service")]
pub async fn change_service(
    service: String,
    base: String,
    name: String,
    description: String,
    use_case: String,
    technical: String,
    product: String,
    security: String,
) -> Result<(), ApiError> {
    let draft = ServiceDraft { name, description, use_case, contacts: Contacts { technical, product, security } };
    let Ok(id) = service.parse::<ServiceId>() else { return Err(Fault::Malformed.into()) };
    answer(&format!("/services/{id}/edit"), on(&base, typed(&draft)), try_change(id, &base, draft)).await
}

async fn try_change(service: ServiceId, base: &str, draft: ServiceDraft) -> Result<String, Fault> {
    let input = usecase::ChangeService { service, base: base.to_owned(), draft };
    usecase::change_service(&portal()?, &caller()?, input).await?;
    Ok(format!("/services/{service}?done=service-changed"))
}

fn typed(draft: &ServiceDraft) -> super::form::Values {
    values([
        ("name", &draft.name),
        ("description", &draft.description),
        ("use_case", &draft.use_case),
        ("technical", &draft.contacts.technical),
        ("product", &draft.contacts.product),
        ("security", &draft.contacts.security),
    ])
}

//! A service: what it is, and its environments side by side.

use super::{
    head_statuses,
    sections::{theirs, told_who},
};
use crate::{
    api::{
        context::{caller, portal},
        form::{Refused, refused},
        organisations::{self, Part},
        registrations,
    },
    islands::PrivateKeyGuard,
    pages::frame::{Page, page, param},
    reading::{
        difference::service_lines,
        permissions::{ToStart, kept_from_starting, to_a_reader},
        words::who_first,
    },
    ui::{Button, ButtonKind, Copyable, Form, Hidden, StatusTag, SummaryList, SummaryRow, TextArea, TextInput},
};
use domain::{
    actor::Actor,
    organisation::{Contacts, Service, may_write},
    policy::EnvironmentPolicy,
    refusal::Refusal,
    registration::ClientState,
};
use leptos::prelude::*;
use store::read::{RegistrationHead, ServiceDetails};
use usecases::Fault;

/// `/organisations/:id/services/new`
#[component]
pub fn NewServicePage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        to_a_reader(may_write(&actor()?, details.organisation.id))?;
        let address = format!("/organisations/{}/services/new", details.organisation.id);
        let refused = refused(&address).await;
        let empty = Service {
            name: String::new(),
            description: String::new(),
            use_case: String::new(),
            // Whoever answers for the organisation, mostly answers for its services.
            contacts: details.organisation.contacts.clone().unwrap_or_default(),
        };
        let id = details.organisation.id.to_string();
        let fields = service_fields(&refused, &empty);
        let body = view! {
            <Form action="/api/add-service">
                <Hidden name="organisation" value=id />
                {fields}
                <Button>"Add service"</Button>
            </Form>
        };
        let organisation = details.organisation;
        Ok(Page::new("Add a service", body)
            .acting_for(organisation.id, &organisation.name)
            .under("Home", "/home")
            .under(organisation.name.clone(), format!("/organisations/{}", organisation.id))
            .refused(&refused))
    })
}

/// `/services/:id/edit`
#[component]
pub fn EditServicePage() -> impl IntoView {
    page(async move {
        let details = organisations::service(&param("id")).await?;
        to_a_reader(may_write(&actor()?, details.organisation_id))?;
        let address = format!("/services/{}", details.id);
        let mut refused = refused(&format!("{address}/edit")).await;
        if refused.is_stale()
            && let Some(entry) = organisations::last_change(details.organisation_id, Part::Service(details.id)).await?
        {
            told_who(&mut refused.problems, entry.actor, &who_first(&entry.author), entry.at)?;
        }
        let (service, base) = (details.id.to_string(), details.service.digest());
        let fields = service_fields(&refused, &details.service);
        let shown = organisations::shown_before(details.organisation_id, Part::Service(details.id), &refused).await?;
        let theirs = theirs(&refused.problems, "The service", shown, service_lines(&details.service));
        let body = view! {
            <Form action="/api/change-service">
                <Hidden name="service" value=service />
                <Hidden name="base" value=base />
                {fields}
                {theirs}
                <Button>"Save"</Button>
            </Form>
        };
        Ok(Page::new("Change the service", body)
            .acting_for(details.organisation_id, &details.organisation_name)
            .under("Home", "/home")
            .under(details.service.name.clone(), address)
            .refused(&refused))
    })
}

fn service_fields(refused: &Refused, present: &Service) -> impl IntoView + use<> {
    let contacts = contact_fields(refused, &present.contacts, "Who we should contact about what the service does.");
    view! {
        <TextInput
            name="name"
            label="Name of the service"
            hint="What your team calls it. When people sign in they see the client name, which may differ in each \
                  environment."
            value=refused.value("name", &present.name)
            error=refused.at("name", "")
        />
        <TextArea
            name="description"
            label="What is it?"
            value=refused.value("description", &present.description)
            error=refused.at("description", "")
            rows=3
            max=2000
        />
        <TextArea
            name="use_case"
            label="What do people use it for?"
            hint="For example, patients of our practices book appointments and order repeat prescriptions."
            value=refused.value("use_case", &present.use_case)
            error=refused.at("use_case", "")
            rows=3
            max=2000
        />
        <h2 class="nhsuk-heading-m">"Contacts"</h2>
        <p class="nhsuk-body">"Use shared mailboxes, so that we can reach your team when someone is away."</p>
        {contacts}
        <PrivateKeyGuard />
    }
}

/// The contacts of a service or of an organisation; `product` says what the product contact answers about.
pub(super) fn contact_fields(refused: &Refused, present: &Contacts, product: &'static str) -> impl IntoView + use<> {
    let contact = |name: &'static str, label: &'static str, hint: &'static str, present: &str| {
        view! {
            <TextInput
                name=name
                label=label
                hint=hint
                value=refused.value(name, present)
                error=refused.at(name, "")
                kind="email"
            />
        }
    };
    view! {
        {contact("technical", "Technical contact", "Who we should contact about the integration.", &present.technical)}
        {contact("product", "Product contact", product, &present.product)}
        {contact(
            "security",
            "Security contact",
            "Who we should contact urgently if a key may have leaked.",
            &present.security,
        )}
    }
}

/// `/services/:id`
#[component]
pub fn ServicePage() -> impl IntoView {
    page(async move {
        let details = organisations::service(&param("id")).await?;
        let environments = registrations::environments()?;
        let refused = refused(&format!("/services/{}", details.id)).await;
        let (person, now) = (caller()?.person()?.clone(), portal()?.auth.ambient.now());
        let start = ToStart {
            organisation: details.organisation_id,
            service: details.id,
            confirmed: details.confirmed,
            registrations: &details.registrations,
        };
        let kept = |policy: &EnvironmentPolicy| kept_from_starting(start, policy, &person, now);
        let column = |policy| environment_column(&details, policy, &environments, &kept(policy));
        let columns = environments.iter().map(column).collect_view();
        let writes = may_write(&actor()?, details.organisation_id).is_ok();
        let edit = format!("/services/{}/edit", details.id);
        let service = &details.service;
        let rows = [
            ("Name", service.name.clone()),
            ("Description", service.description.clone()),
            ("Use case", service.use_case.clone()),
            ("Technical contact", service.contacts.technical.clone()),
            ("Product contact", service.contacts.product.clone()),
            ("Security contact", service.contacts.security.clone()),
        ];
        let rows = rows
            .into_iter()
            .map(|(key, value)| {
                let about = key.to_lowercase();
                let row = SummaryRow::new(key, view! { <span class="app-typed">{value}</span> });
                if writes { row.change(edit.clone(), about) } else { row }
            })
            .collect();
        let body = view! {
            <h2 class="nhsuk-heading-m">"Environments"</h2>
            <div class="app-columns">{columns}</div>
            <h2 class="nhsuk-heading-m">"About the service"</h2>
            <SummaryList rows=rows />
        };
        let organisation = format!("/organisations/{}", details.organisation_id);
        Ok(Page::new(details.service.name.clone(), body)
            .acting_for(details.organisation_id, &details.organisation_name)
            .wide()
            .under("Home", "/home")
            .under(details.organisation_name.clone(), organisation)
            .refused(&refused))
    })
}

/// Whoever reads the page, as the rules know them: a form is shown only to those whose answers would be taken.
fn actor() -> Result<Actor, Fault> {
    Ok(Actor::Person(caller()?.person()?.clone()))
}

fn environment_column(
    details: &ServiceDetails,
    policy: &EnvironmentPolicy,
    all: &[EnvironmentPolicy],
    kept: &[Refusal],
) -> impl IntoView + use<> {
    // What was retired comes last, and another one can take its place.
    let head = details.registrations.iter().find(|head| head.environment == policy.name);
    let content = match head {
        Some(head) if head.client_state == ClientState::Retired => {
            view! { {started(head)} {not_started(details, policy, all, kept)} }.into_any()
        }
        Some(head) => started(head),
        None => not_started(details, policy, all, kept),
    };
    view! {
        <section class="app-columns__item">
            <h3 class="nhsuk-heading-s">{policy.title.clone()}</h3>
            {content}
        </section>
    }
}

fn started(head: &RegistrationHead) -> AnyView {
    let tags = head_statuses(head).into_iter().map(|status| view! { <StatusTag status=status /> " " }).collect_view();
    let client_id = head.client_id.as_ref().filter(|_| head.client_state != ClientState::Pending);
    view! {
        <p class="nhsuk-body">{tags}</p>
        {client_id
            .map(|id| {
                view! {
                    <p class="nhsuk-body-s">"client_id " <Copyable value=id.to_string() about="client_id" /></p>
                }
            })}
        <p class="nhsuk-body"><a href=format!("/registrations/{}", head.id)>"Open registration"</a></p>
    }
    .into_any()
}

/// What is still missing before this environment can be started, or the button that starts it.
fn not_started(
    details: &ServiceDetails,
    policy: &EnvironmentPolicy,
    all: &[EnvironmentPolicy],
    kept: &[Refusal],
) -> AnyView {
    let is_again = details.registrations.iter().any(|head| head.environment == policy.name);
    if kept.is_empty() {
        let (service, environment) = (details.id.to_string(), policy.name.clone());
        let again = if is_again { " again" } else { "" };
        let words = format!("Start {}{again}", policy.title.to_lowercase());
        let retired = is_again.then(|| {
            view! {
                <p class="nhsuk-body-s">
                    "A retired client stays retired. You can start a new registration, which gets another client_id."
                </p>
            }
        });
        let copied = policy
            .after
            .as_ref()
            .map(|after| format!(" It starts as a copy of your {} registration.", title_of(after, all).to_lowercase()));
        return view! {
            {retired}
            <p class="nhsuk-body-s">{policy.takes.clone()} {copied}</p>
            <Form action="/api/start-registration">
                <Hidden name="service" value=service />
                <Hidden name="environment" value=environment />
                <Button kind=ButtonKind::Secondary small=true>{words}</Button>
            </Form>
        }
        .into_any();
    }
    let missing = kept.iter().map(|refusal| missing(refusal, policy, all));
    let missing = missing.map(|sentence| view! { <li>{sentence}</li> }).collect_view();
    let possession = policy.possession_required.then(|| "Proof that you hold the private key".to_owned());
    let factor = policy.second_factor_to_submit.then(|| "A second factor for the person who submits".to_owned());
    let evidence: Vec<String> =
        policy.evidence.iter().map(|item| item.title.clone()).chain(possession).chain(factor).collect();
    let has_evidence = !evidence.is_empty();
    let evidence = evidence.into_iter().map(|title| view! { <li>{title}</li> }).collect_view();
    view! {
        <p class="nhsuk-body-s">{if is_again { "Before you can start again:" } else { "Not started. Before you can start:" }}</p>
        <ul class="nhsuk-list nhsuk-list--bullet nhsuk-body-s">{missing}</ul>
        {has_evidence
            .then(|| {
                view! {
                    <p class="nhsuk-body-s">"Evidence to get ready:"</p>
                    <ul class="nhsuk-list nhsuk-list--bullet nhsuk-body-s">{evidence}</ul>
                }
            })}
    }
    .into_any()
}

fn title_of<'a>(environment: &'a str, all: &'a [EnvironmentPolicy]) -> &'a str {
    all.iter().find(|policy| policy.name == environment).map_or(environment, |policy| &policy.title)
}

/// What has to happen before a start that the rules refuse.
fn missing(refusal: &Refusal, policy: &EnvironmentPolicy, all: &[EnvironmentPolicy]) -> String {
    match (refusal, &policy.after) {
        (Refusal::OrganisationNotConfirmed, _) => {
            "We must confirm your organisation. We do this once you are published in the sandpit.".into()
        }
        (Refusal::EarlierEnvironmentNotPublished, Some(after)) => {
            format!("Your {} registration must be published.", title_of(after, all).to_lowercase())
        }
        (Refusal::NotAllowed, _) => "Only an owner or developer can start it.".into(),
        (other, _) => other.to_string(),
    }
}

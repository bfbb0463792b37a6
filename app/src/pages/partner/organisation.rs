//! An organisation: create it, and see who belongs to it and what it owns.

use super::{
    sections::{theirs, told_who},
    service::contact_fields,
    team::table,
};
use crate::{
    api::{
        context::caller,
        form::{Refused, refused},
        organisations::{self, Part},
        team::team_page,
        tokens::tokens_page,
    },
    islands::PrivateKeyGuard,
    pages::frame::{Page, page, param},
    reading::{
        difference::{contact_lines, organisation_lines},
        permissions::to_a_reader,
        words::who_first,
    },
    ui::{
        Button, DateTime, EmptyState, Form, Hidden, InsetText, Status, StatusTag, SummaryList, SummaryRow, Table,
        TextInput, WarningText, cell,
    },
};
use domain::{
    actor::Actor,
    organisation::{Contacts, may_change, may_write},
};
use leptos::prelude::*;

/// `/organisations/new`
#[component]
pub fn NewOrganisationPage() -> impl IntoView {
    page(async move {
        caller()?.signed_in()?;
        let refused = refused("/organisations/new").await;
        let fields = fields(&refused, "", "");
        let body = view! {
            <p class="nhsuk-body">
                "Create the organisation that is responsible for your service. You become its first owner."
            </p>
            <Form action="/api/create-organisation">
                {fields}
                <InsetText>
                    <p>
                        "You can use the sandpit straight away. An NHS login admin must confirm your organisation before it can use other environments."
                    </p>
                </InsetText>
                <Button>"Create organisation"</Button>
            </Form>
        };
        Ok(Page::new("Create an organisation", body).under("Home", "/home").refused(&refused))
    })
}

fn fields(refused: &Refused, name: &str, code: &str) -> impl IntoView + use<> {
    let (name, name_error) = (refused.value("name", name), refused.at("name", ""));
    let (code, code_error) = (refused.value("ods_code", code), refused.at("ods_code", ""));
    view! {
        <TextInput
            name="name"
            label="Name of the organisation"
            hint="The name that people know it by, for example Leeds Teaching Hospitals NHS Trust."
            value=name
            error=name_error
            autocomplete="organization"
        />
        <TextInput
            name="ods_code"
            label="ODS code (optional)"
            hint="3 to 10 letters and digits, for example X26. You need it for integration."
            value=code
            error=code_error
            width=10
            code=true
        />
        <PrivateKeyGuard />
    }
}

/// `/organisations/:id/edit`
#[component]
pub fn EditOrganisationPage() -> impl IntoView {
    page(async move {
        let organisation = organisations::organisation(&param("id")).await?.organisation;
        to_a_reader(may_change(&Actor::Person(caller()?.person()?.clone()), organisation.id))?;
        let address = format!("/organisations/{}", organisation.id);
        let mut refused = refused(&format!("{address}/edit")).await;
        if refused.is_stale()
            && let Some(entry) = organisations::last_change(organisation.id, Part::Name).await?
        {
            told_who(&mut refused.problems, entry.actor, &who_first(&entry.author), entry.at)?;
        }
        let code = organisation.ods_code.as_ref().map_or("", |code| code.as_str()).to_owned();
        let fields = fields(&refused, &organisation.name, &code);
        let shown = organisations::shown_before(organisation.id, Part::Name, &refused).await?;
        let theirs = theirs(&refused.problems, "The organisation", shown, organisation_lines(&organisation));
        let (id, base) = (organisation.id.to_string(), organisation.digest());
        let warned = organisation.confirmed.is_some().then(|| {
            view! {
                <WarningText heading="We must confirm it again">
                    <p>
                        "We have confirmed this name and ODS code. If you change either, you cannot start or submit anything \
                         outside the sandpit until we have confirmed the new ones. What is published stays published."
                    </p>
                </WarningText>
            }
        });
        let body = view! {
            {warned}
            <Form action="/api/change-organisation">
                <Hidden name="organisation" value=id />
                <Hidden name="base" value=base />
                {fields}
                {theirs}
                <Button>"Save"</Button>
            </Form>
        };
        Ok(Page::new("Change the organisation", body)
            .acting_for(organisation.id, &organisation.name)
            .under("Home", "/home")
            .under(organisation.name.clone(), address)
            .refused(&refused))
    })
}

/// `/organisations/:id/contacts`
#[component]
pub fn ContactsPage() -> impl IntoView {
    page(async move {
        let organisation = organisations::organisation(&param("id")).await?.organisation;
        to_a_reader(may_change(&Actor::Person(caller()?.person()?.clone()), organisation.id))?;
        let address = format!("/organisations/{}", organisation.id);
        let mut refused = refused(&format!("{address}/contacts")).await;
        if refused.is_stale()
            && let Some(entry) = organisations::last_change(organisation.id, Part::Contacts).await?
        {
            told_who(&mut refused.problems, entry.actor, &who_first(&entry.author), entry.at)?;
        }
        let present = organisation.contacts.clone().unwrap_or_default();
        let fields = contact_fields(
            &refused,
            &present,
            "Who we should contact about your services and your agreement with NHS login.",
        );
        let shown = organisations::shown_before(organisation.id, Part::Contacts, &refused).await?;
        let theirs = theirs(&refused.problems, "The contacts", shown, contact_lines(&present));
        let (id, base) = (organisation.id.to_string(), present.digest());
        let body = view! {
            <p class="nhsuk-body">
                "Who we should contact about the organisation as a whole. Each service has its own contacts. Use shared \
                 mailboxes, so that we can reach your team when someone is away."
            </p>
            <Form action="/api/change-contacts">
                <Hidden name="organisation" value=id />
                <Hidden name="base" value=base />
                {fields}
                {theirs}
                <Button>"Save"</Button>
            </Form>
            <PrivateKeyGuard />
        };
        Ok(Page::new("Contacts of the organisation", body)
            .acting_for(organisation.id, &organisation.name)
            .under("Home", "/home")
            .under(organisation.name.clone(), address)
            .refused(&refused))
    })
}

/// The contacts, as far as there are any.
pub(in crate::pages) fn contact_rows(contacts: Option<&Contacts>) -> Vec<(&'static str, String)> {
    let Contacts { technical, product, security } = contacts.cloned().unwrap_or_default();
    let given = |address: String| if address.is_empty() { "Not given".to_owned() } else { address };
    vec![
        ("Technical contact", given(technical)),
        ("Product contact", given(product)),
        ("Security contact", given(security)),
    ]
}

/// `/organisations/:id`
#[component]
pub fn OrganisationPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let reader = caller()?.person()?.clone();
        let members = table(&details, reader.account);
        let (organisation, reader) = (details.organisation, Actor::Person(reader));
        let writes = may_write(&reader, organisation.id).is_ok();
        let changes = may_change(&reader, organisation.id).is_ok();
        let edit = changes.then(|| format!("/organisations/{}/edit", organisation.id));
        let change = |row: SummaryRow, about: &str| match &edit {
            Some(edit) => row.change(edit.clone(), about),
            None => row,
        };
        let confirmed = match &organisation.confirmed {
            Some(stamp) => view! { <StatusTag status=Status::Confirmed /> " " <DateTime at=stamp.at /> }.into_any(),
            None => view! { <StatusTag status=Status::Unconfirmed /> " It can use the sandpit only." }.into_any(),
        };
        let code = organisation.ods_code.as_ref().map_or("Not given", |code| code.as_str()).to_owned();
        let add = format!("/organisations/{}/services/new", organisation.id);
        let rows: Vec<_> = organisation
            .services
            .iter()
            .map(|(id, service)| {
                vec![
                    cell(view! { <a href=format!("/services/{id}")>{service.name.clone()}</a> }),
                    cell(service.description.clone()),
                ]
            })
            .collect();
        let services = match (rows.is_empty(), writes) {
            (true, true) => {
                let text = "Add the service that people will sign in to.";
                view! { <EmptyState heading="No services yet" text=text action="Add a service" href=add /> }.into_any()
            }
            (true, false) => {
                let text = "An owner or developer of the organisation can add the first one.";
                view! { <EmptyState heading="No services yet" text=text /> }.into_any()
            }
            (false, _) => view! {
                <Table caption="Services" columns=vec!["Service", "Description"] rows=rows />
                {writes.then(|| view! { <p class="nhsuk-body"><a href=add>"Add a service"</a></p> })}
            }
            .into_any(),
        };
        let team = team_page(organisation.id);
        let tokens = tokens_page(organisation.id);
        let contacts = format!("/organisations/{}/contacts", organisation.id);
        let mut rows = vec![
            SummaryRow::new("Confirmed by NHS login", confirmed),
            change(SummaryRow::new("Name", organisation.name.clone()), "the name"),
            change(SummaryRow::new("ODS code", code), "the ODS code"),
        ];
        rows.extend(contact_rows(organisation.contacts.as_ref()).into_iter().map(|(kind, address)| {
            let row = SummaryRow::new(kind, address);
            if changes { row.change(contacts.clone(), kind.to_lowercase()) } else { row }
        }));
        let body = view! {
            <SummaryList rows=rows />
            {services}
            {members}
            <p class="nhsuk-body"><a href=team>{if changes { "Manage the team" } else { "See the team" }}</a></p>
            <p class="nhsuk-body"><a href=tokens>"Tokens for programs"</a></p>
        };
        let page = Page::new(organisation.name.clone(), body).acting_for(organisation.id, &organisation.name);
        Ok(page.wide().under("Home", "/home"))
    })
}

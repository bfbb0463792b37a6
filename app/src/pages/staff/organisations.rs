//! Partner organisations, and the confirmation that each is who it says.

use super::{
    filters::{Filters, choices, list_page},
    joining,
    words::count,
};
use crate::{
    api::{
        form::{Refused, refused},
        registrations::environments,
        staff_reads::{self, OrganisationView},
    },
    pages::{
        changed::Closed,
        frame::{Page, moved, page, param, query},
        partner::organisation::contact_rows,
        proof::proof,
    },
    reading::{meanwhile::Meanwhile, standing::client_statuses},
    ui::{
        Button, Card, Copyable, DateTime, DiffField, EmptyState, Form, Hidden, InsetText, LinkButton, Select, Status,
        StatusTag, SummaryList, SummaryRow, Table, TextInput, WarningText, address, cell, date_time_text, paragraphs,
    },
};
use domain::{actor::By, organisation::Organisation, policy::EnvironmentPolicy, refusal::Refusal};
use leptos::prelude::*;
use store::read::{Namesake, OrganisationFilter, OrganisationRow, PersonLabel, ServiceDetails};

pub(super) const PATH: &str = "/admin/organisations";

/// The state of those of which no owner has signed in for long.
const OWNERS_AWAY: &str = "owners-away";

/// `/admin/organisations`.
#[component]
pub(super) fn OrganisationsPage() -> impl IntoView {
    let (search, state) = (query("search"), query("state"));
    page(async move {
        let (now, away_since) = staff_reads::absences()?;
        let filter = OrganisationFilter {
            unconfirmed_only: state == "unconfirmed",
            without_owner_only: state == "without-owner",
            owners_away_since: (state == OWNERS_AWAY).then_some(away_since),
            keys_left_only: state == "keys-left",
            joining_by: (state == "joining").then_some(now),
            search: search.clone(),
        };
        let found = staff_reads::organisations(&filter, &query("after")).await?;
        Ok(list_of(&search, &state, found))
    })
}

fn list_of(search: &str, state: &str, found: store::read::Page<OrganisationRow>) -> Page {
    let filtered = !search.is_empty() || !state.is_empty();
    let rows: Vec<_> = found.rows.iter().map(|one| row(one, state)).collect();
    let list = match (rows.is_empty(), filtered) {
        (true, true) => view! {
            <EmptyState
                heading="No organisation matches"
                text="Search for words of a name or their beginnings, or for an ODS code, or clear the filters."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState
                heading="No organisations yet"
                text="Partners create their organisation after they sign up. It appears here at once."
            />
        }
        .into_any(),
        (false, _) => {
            let columns = vec!["Organisation", "Status", "Team", "Services", "Created"];
            view! { <Table caption="Organisations" hide_caption=true columns=columns rows=rows /> }.into_any()
        }
    };
    let pairs = [("search", search.to_owned()), ("state", state.to_owned())];
    let states = [
        ("unconfirmed", "Not confirmed only"),
        ("without-owner", "No owner who can sign in"),
        (OWNERS_AWAY, "No owner has signed in recently"),
        ("keys-left", "A published key of someone who left"),
        ("joining", "Requests to join that no owner has answered"),
    ];
    let states = choices(state, "All organisations", states.into_iter());
    let search = search.to_owned();
    let body = view! {
        <p class="nhsuk-lede-text">
            "Partner organisations, newest first. An organisation that no admin has confirmed can use the sandpit only."
        </p>
        <Filters action=PATH active=filtered>
            <TextInput name="search" label="Name or ODS code" kind="search" value=search />
            <Select name="state" label="Status" choices=states />
        </Filters>
        {list_page(list, PATH, &pairs, &found)}
    };
    Page::new("Organisations", body).wide()
}

fn row(row: &OrganisationRow, state: &str) -> Vec<AnyView> {
    let href = format!("{PATH}/{}", row.id);
    let code = row.ods_code.clone().map_or_else(|| "No ODS code".to_owned(), |code| format!("ODS code {code}"));
    let count = |number: u64, one, many| count(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    vec![
        cell(view! {
            <a href=href>{row.name.clone()}</a>
            <div class="app-sub">{code}</div>
        }),
        cell(view! {
            <StatusTag status=status(row.confirmed_at.is_some()) />
            {owners(row, state).map(|words| view! { <div class="app-sub">{words}</div> })}
        }),
        cell(count(row.members, "member", "members")),
        cell(count(row.services, "service", "services")),
        cell(view! { <DateTime at=row.created_at /> }),
    ]
}

/// What there is to say of the owners, where the list is about that.
fn owners(row: &OrganisationRow, state: &str) -> Option<String> {
    match (row.without_owner, row.owner_seen_at) {
        (true, _) => Some("No owner can sign in".to_owned()),
        (false, Some(at)) if state == OWNERS_AWAY => Some(format!("An owner last signed in on {}", date_time_text(at))),
        (false, _) => None,
    }
}

fn status(confirmed: bool) -> Status {
    if confirmed { Status::Confirmed } else { Status::Unconfirmed }
}

/// `/admin/organisations/:id`.
#[component]
pub(super) fn OrganisationPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let view = staff_reads::organisation(&id).await?;
        Ok(page_of(&view, &environments()?))
    })
}

fn page_of(view: &OrganisationView, environments: &[EnvironmentPolicy]) -> Page {
    let organisation = &view.details.organisation;
    let confirmed = match &organisation.confirmed {
        Some(stamp) => {
            let by = match stamp.by {
                By::Account(account) => name(view.details.people.get(&account)),
                other => super::kit::who(other, &super::Names::new()),
            };
            let at = stamp.at;
            cell(view! {
                <StatusTag status=Status::Confirmed />
                " on "
                <DateTime at=at />
                " by "
                {by}
            })
        }
        None => {
            let was = organisation.renamed.as_ref().map(|renamed| {
                let code = renamed.was.ods_code.as_ref().map_or("none", |code| code.as_str());
                format!(" It was confirmed as {}, ODS code {code}.", renamed.was.name.0)
            });
            cell(view! { <StatusTag status=Status::Unconfirmed /> " It can use the sandpit only." {was} })
        }
    };
    let code = organisation.ods_code.as_ref().map_or("Not given", |code| code.as_str()).to_owned();
    let mut rows =
        vec![SummaryRow::new("ODS code", code), SummaryRow::new("Status", confirmed), joining::owners_seen(view)];
    if organisation.contacts.is_some() {
        let contacts = contact_rows(organisation.contacts.as_ref());
        rows.extend(contacts.into_iter().map(|(kind, address)| SummaryRow::new(kind, address)));
    }
    let all = address("/history", &[("organisation", &organisation.id.to_string())]);
    let body = view! {
        {warned(view)}
        <SummaryList rows=rows />
        {confirmation(view)}
        {joining::askers(view)}
        {services(&view.services, environments)}
        {members(view)}
        <p><a href=all>"All activity on this organisation and its services"</a></p>
    };
    Page::new(organisation.name.clone(), body).under("Organisations", PATH).wide()
}

pub(super) fn name(label: Option<&PersonLabel>) -> String {
    label.map_or_else(|| "someone who has left".to_owned(), |label| label.name.to_string())
}

/// Whom the organisation could be taken for, told to those who find out.
fn warned(view: &OrganisationView) -> Option<AnyView> {
    let name = &view.details.organisation.name;
    let imitates = view.imitates.iter().map(|read_as| {
        let sentence = format!("The name “{name}” could be read as “{read_as}”.");
        view! { <li>{sentence}</li> }.into_any()
    });
    let items: Vec<_> = imitates.chain(view.namesakes.iter().map(namesake)).collect();
    (!items.is_empty()).then(|| {
        view! {
            <WarningText heading="Check who this is">
                <ul class="nhsuk-list nhsuk-list--bullet">{items}</ul>
            </WarningText>
        }
        .into_any()
    })
}

/// Another organisation of that name or ODS code, and the way to it.
fn namesake(other: &Namesake) -> AnyView {
    let href = format!("{PATH}/{}", other.id);
    let code = other.ods_code.as_deref().filter(|_| other.same_code);
    let what = match (other.same_name, code) {
        (true, Some(code)) => format!(" has the same name, or one that looks the same, and also gives {code}."),
        (true, None) => " has the same name, or one that looks the same.".to_owned(),
        (false, code) => format!(" also gives {}.", code.unwrap_or("the same ODS code")),
    };
    view! { <li><a href=href>{other.name.clone()}</a> {what}</li> }.into_any()
}

fn confirmation(view: &OrganisationView) -> Option<AnyView> {
    if view.details.organisation.confirmed.is_some() {
        return None;
    }
    Some(match view.confirm() {
        Ok(()) => {
            let href = format!("{PATH}/{}/confirm", view.details.organisation.id);
            view! { <LinkButton href=href>"Confirm this organisation"</LinkButton> }.into_any()
        }
        Err(refusal) => {
            let sentence = refusal.to_string();
            view! { <InsetText><p>{sentence}</p></InsetText> }.into_any()
        }
    })
}

fn services(services: &[ServiceDetails], environments: &[EnvironmentPolicy]) -> AnyView {
    let cards: Vec<_> = services.iter().map(|service| service_card(service, environments)).collect();
    let body = match cards.is_empty() {
        true => view! { <p>"It has no services yet. Its team adds the first one."</p> }.into_any(),
        false => cards.into_any(),
    };
    view! {
        <h2 class="nhsuk-heading-m">"Services and registrations"</h2>
        {body}
    }
    .into_any()
}

fn service_card(details: &ServiceDetails, environments: &[EnvironmentPolicy]) -> AnyView {
    let service = &details.service;
    let contacts = [
        ("Technical", &service.contacts.technical),
        ("Product", &service.contacts.product),
        ("Security", &service.contacts.security),
    ];
    let contacts: Vec<_> =
        contacts.into_iter().map(|(kind, address)| view! { <li>{format!("{kind}: {address}")}</li> }).collect();
    let registrations: Vec<_> = details
        .registrations
        .iter()
        .map(|head| {
            let href = match head.revision {
                0 => format!("/registrations/{}", head.id),
                _ => format!("/admin/reviews/{}", head.id),
            };
            let tags: Vec<_> =
                client_statuses(head).into_iter().map(|status| view! { <StatusTag status=status /> " " }).collect();
            let client_id = match &head.client_id {
                Some(client_id) => view! { <Copyable value=client_id.to_string() about="client_id" /> }.into_any(),
                None => "None yet".into_any(),
            };
            let title = super::kit::environment_title(&head.environment, environments);
            vec![cell(view! { <a href=href>{title}</a> }), cell(tags), cell(client_id)]
        })
        .collect();
    let table = match registrations.is_empty() {
        true => view! { <p>"No registration yet."</p> }.into_any(),
        false => {
            let caption = format!("Registrations of {}", service.name);
            let columns = vec!["Environment", "Status", "client_id"];
            view! { <Table caption=caption hide_caption=true columns=columns rows=registrations /> }.into_any()
        }
    };
    let (description, use_case) = (paragraphs(&service.description), paragraphs(&service.use_case));
    view! {
        <Card heading=service.name.clone()>
            {description}
            <details class="nhsuk-details">
                <summary class="nhsuk-details__summary">
                    <span class="nhsuk-details__summary-text">"Use case and contacts"</span>
                </summary>
                <div class="nhsuk-details__text">
                    {use_case} <ul class="nhsuk-list">{contacts}</ul>
                </div>
            </details>
            {table}
        </Card>
    }
    .into_any()
}

fn members(view: &OrganisationView) -> AnyView {
    let organisation = &view.details.organisation;
    let row = |account: &domain::id::AccountId, role: &'static str| {
        let label = view.details.people.get(account);
        let href = format!("/admin/people/{account}");
        let email = label.and_then(|label| label.email.clone()).unwrap_or_default();
        vec![cell(view! { <a href=href>{name(label)}</a> }), cell(email), cell(role)]
    };
    let now = organisation.members.iter().map(|(account, role)| row(account, role.word()));
    let left = organisation.ever_members.iter().filter(|account| !organisation.members.contains_key(account));
    let rows: Vec<_> = now.chain(left.map(|account| row(account, "left"))).collect();
    let columns = vec!["Name", "Email address", "Role"];
    view! {
        <h2 class="nhsuk-heading-m">"Team"</h2>
        <p>"Nobody who is, or ever was, in this team can decide on the organisation’s registrations."</p>
        <Table caption="Team" hide_caption=true columns=columns rows=rows />
    }
    .into_any()
}

/// In place of an ODS code.
const NO_CODE: &str = "Not given";

/// `/admin/organisations/:id/confirm`.
#[component]
pub(super) fn ConfirmOrganisationPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let view = staff_reads::organisation(&id).await?;
        let id = view.details.organisation.id;
        let refused = refused(&format!("{PATH}/{id}/confirm")).await;
        if let Some(meanwhile) = staff_reads::meanwhile::<Organisation>(id, &refused).await? {
            return Ok(overtaken_page(&view, &refused, meanwhile).under("Organisations", PATH));
        }
        let mine = view.details.organisation.confirmed.is_some_and(|stamp| stamp.by == By::Account(view.reader));
        match view.confirm().err() {
            // Whoever confirmed it comes back to the form, which may have been refused before it was right.
            Some(Refusal::AlreadySo) if mine && (!refused.is_any() || refused.is_gone()) => {
                Ok(moved(&format!("{PATH}/{id}?done=organisation-confirmed-already")))
            }
            Some(refusal) if refused.is_any() || refusal == Refusal::AlreadySo => {
                Ok(confirmed_page(&view, &refused).under("Organisations", PATH))
            }
            Some(refusal) => Err(refusal.into()),
            None => Ok(confirm_page(&view, &refused).refused(&refused)),
        }
    })
}

/// Something was changed, or decided, while the form was open: what is there now is read before it is vouched for.
fn overtaken_page(view: &OrganisationView, refused: &Refused, meanwhile: Meanwhile) -> Page {
    let organisation = &view.details.organisation;
    let field = |label: &str, name: &str, now: &str| {
        let shown = refused.value(name, now);
        DiffField::between(label, &[shown], &[now.to_owned()])
    };
    let code = organisation.ods_code.as_ref().map_or(NO_CODE, |code| code.as_str());
    let fields = [field("Name", "name", &organisation.name), field("ODS code", "ods_code", code)];
    let changed: Vec<_> = fields.into_iter().filter(DiffField::changed).collect();
    let heading = "What is different from what you had open".to_owned();
    let closed = Closed {
        sentence: format!("{} Your confirmation was not recorded.", meanwhile.told).trim_start().to_owned(),
        sent: true,
        since: meanwhile.happened,
        differences: if changed.is_empty() { Vec::new() } else { vec![(heading, changed)] },
        next: ("Read the organisation as it is now", format!("{PATH}/{}", organisation.id)),
        ..Closed::default()
    };
    closed.page()
}

/// Somebody was quicker, or the reader comes back.
fn confirmed_page(view: &OrganisationView, refused: &Refused) -> Page {
    let sentence = match view.confirm() {
        Err(Refusal::AlreadySo) | Ok(()) => "This organisation is already confirmed. Nothing was changed.".to_owned(),
        Err(refusal) => refusal.to_string(),
    };
    let organisation = &view.details.organisation;
    let closed = Closed {
        sentence,
        sent: refused.is_any() && !refused.is_gone(),
        next: ("See the organisation", format!("{PATH}/{}", organisation.id)),
        ..Closed::default()
    };
    closed.page()
}

/// What to do before one vouches for an organisation.
fn make_sure(has_code: bool) -> AnyView {
    let reach = "Contact the owner using details you found independently, not the address shown here.";
    match has_code {
        true => view! {
            <WarningText heading="Check who this organisation is">
                <p>"Look the ODS code up in the Organisation Data Service. " {reach}</p>
            </WarningText>
        },
        false => view! {
            <WarningText heading="This organisation has no ODS code">
                <p>
                    "Ask the owner to add the ODS code before you confirm the organisation. The sandpit works without one."
                </p>
                <p>"If it cannot have one, check who it is another way. " {reach}</p>
            </WarningText>
        },
    }
    .into_any()
}

fn confirm_page(view: &OrganisationView, refused: &Refused) -> Page {
    let organisation = &view.details.organisation;
    let address = format!("{PATH}/{}", organisation.id);
    let code = organisation.ods_code.as_ref().map_or(NO_CODE, |code| code.as_str()).to_owned();
    let shown = (organisation.name.clone(), code.clone());
    let owners: Vec<String> = organisation
        .members
        .iter()
        .filter(|(_, role)| **role == domain::actor::TeamRole::Owner)
        .map(|(account, _)| {
            let label = view.details.people.get(account);
            let email = label.and_then(|label| label.email.clone()).unwrap_or_default();
            format!("{} {email}", name(label))
        })
        .collect();
    let rows = vec![
        SummaryRow::new("Name", organisation.name.clone()),
        SummaryRow::new("ODS code", code),
        SummaryRow::new("Owners", super::words::list(&owners)),
    ];
    let (id, version) = (organisation.id.to_string(), view.details.version.to_string());
    let title = format!("Confirm the organisation “{}”", organisation.name);
    let button = title.clone();
    let proof = proof(view.fresh, refused);
    let body = view! {
        {warned(view)}
        {make_sure(organisation.ods_code.is_some())}
        <SummaryList rows=rows />
        <p>"Once confirmed, the organisation can ask for integration and live as well as the sandpit."</p>
        <Form action="/api/confirm-organisation">
            <Hidden name="organisation" value=id />
            <Hidden name="version" value=version />
            <Hidden name="name" value=shown.0 />
            <Hidden name="ods_code" value=shown.1 />
            {proof}
            <Button>{button}</Button>
        </Form>
        <p><a href=address.clone()>"Go back without confirming"</a></p>
    };
    Page::new(title, body).under("Organisations", PATH).under(organisation.name.clone(), address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use time::macros::datetime;

    #[test]
    fn the_list_shows_who_is_not_confirmed() {
        let row = OrganisationRow {
            id: samples::organisation().id,
            name: "Riverside Health".into(),
            ods_code: Some("X26".into()),
            without_owner: true,
            owner_seen_at: None,
            confirmed_at: None,
            members: 1,
            services: 2,
            created_at: datetime!(2026-03-03 12:00 UTC),
        };
        let found = store::read::Page::of(vec![row]);
        let html = samples::html(|| list_of("", "unconfirmed", found).body);
        for expected in ["Riverside Health", "ODS code X26", "Not confirmed", "1 member", "2 services"] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn an_admin_may_confirm_and_others_learn_why_not() {
        let mut view = samples::organisation_view();
        let reader = view.reader;
        let page = |view: &OrganisationView| samples::html(|| page_of(view, &EnvironmentPolicy::nhs_login()).body);
        assert!(page(&view).contains("/confirm\""));
        view.details.organisation.ever_members.insert(reader);
        let html = page(&view);
        assert!(!html.contains("/confirm\"") && html.contains(&Refusal::BelongedToOrganisation.to_string()));
    }

    #[test]
    fn nobody_is_told_to_look_up_a_code_that_is_not_there() {
        let html = |has_code| samples::html(|| make_sure(has_code));
        assert!(html(true).contains("Look the ODS code up"));
        assert!(!html(false).contains("Look the ODS code up") && html(false).contains("has no ODS code"));
    }

    #[test]
    fn whoever_confirms_reads_whom_it_could_be_taken_for() {
        let other = Namesake {
            id: domain::id::OrganisationId::from_parts(9, [9; 10]),
            name: "Riverside Digital Health".into(),
            ods_code: Some("RDH01".into()),
            same_name: false,
            same_code: true,
        };
        let twin = Namesake { name: "Riverside Health".into(), same_name: true, same_code: false, ..other.clone() };
        let view = OrganisationView {
            imitates: Some("NHS".into()),
            namesakes: vec![other.clone(), twin],
            ..samples::organisation_view()
        };
        for html in [
            samples::html(|| confirm_page(&view, &Refused::default()).body),
            samples::html(|| page_of(&view, &[]).body),
        ] {
            for expected in [
                "could be read as “NHS”.",
                &format!("<a href=\"/admin/organisations/{}\">Riverside Digital Health</a>", other.id),
                " also gives RDH01.",
                " has the same name, or one that looks the same.",
            ] {
                assert!(html.contains(expected), "{expected} is missing in {html}");
            }
            assert!(!html.contains("An NHS login admin will"), "to an admin: {html}");
        }
    }

    #[test]
    fn the_confirmation_names_the_organisation() {
        let html = samples::html(|| confirm_page(&samples::organisation_view(), &Refused::default()).body);
        assert!(html.contains("Riverside Health") && html.contains("action=\"/api/confirm-organisation\""));
    }
}

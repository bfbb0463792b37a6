//! Every client that was ever approved.

use super::{
    filters::{Filters, choices, download, environment_choices, list_page},
    kit::environment_tag,
};
use crate::{
    api::{registrations::environments, staff_reads},
    pages::frame::{Page, page, query},
    reading::{
        lists::ClientsAsked as Asked,
        standing::{client_sentence, client_tags},
    },
    ui::{Copyable, DateTime, EmptyState, Select, StatusTag, Table, TextInput, cell},
};
use domain::{policy::EnvironmentPolicy, standing::Reader};
use leptos::prelude::*;
use store::read::ClientRow;

const PATH: &str = "/admin/clients";

/// What the list of states offers.
const STATES: [(&str, &str); 5] = [
    ("pending", "On its way to the provider"),
    ("published", "Published"),
    ("suspended", "Suspended"),
    ("retired", "Retired"),
    ("failed", "Publishing failed"),
];

/// `/admin/clients`.
#[component]
pub(super) fn ClientsPage() -> impl IntoView {
    let asked = Asked::read(query);
    page(async move {
        let environments = environments()?;
        let found = staff_reads::clients(&asked.filter(&environments), &query("after")).await?;
        Ok(page_of(&asked, found, &environments))
    })
}

fn page_of(asked: &Asked, found: store::read::Page<ClientRow>, environments: &[EnvironmentPolicy]) -> Page {
    let rows: Vec<_> = found.rows.iter().map(|client| row(client, environments)).collect();
    let filtered = asked.pairs().iter().any(|(_, value)| !value.is_empty());
    let list = match (rows.is_empty(), filtered) {
        (true, true) => view! {
            <EmptyState
                heading="No client matches"
                text="Search for a client_id, or for words of a name or their beginnings, or clear the filters."
                action="Clear the filters"
                href=PATH
            />
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState
                heading="No clients yet"
                text="A client appears here when its first revision is approved."
                action="See the review queue"
                href="/admin/queue"
            />
        }
        .into_any(),
        (false, _) => {
            let columns = vec!["Client", "client_id", "Environment", "Status", "Last confirmed at the provider"];
            view! { <Table caption="Clients" hide_caption=true columns=columns rows=rows /> }.into_any()
        }
    };
    let states = choices(&asked.state, "All states", STATES.into_iter());
    let environments = environment_choices(&asked.environment, environments);
    let search = asked.search.clone();
    let body = view! {
        <p class="nhsuk-lede-text">"Every client that has been approved, newest registration first."</p>
        <Filters action=PATH active=filtered>
            <TextInput name="search" label="client_id, client, service or organisation" kind="search" value=search />
            <Select name="environment" label="Environment" choices=environments />
            <Select name="state" label="Status" choices=states />
        </Filters>
        {list_page(list, PATH, &asked.pairs(), &found)}
        {download(PATH, &asked.pairs())}
    };
    Page::new("Clients", body).wide()
}

fn row(client: &ClientRow, environments: &[EnvironmentPolicy]) -> Vec<AnyView> {
    let href = format!("/admin/reviews/{}", client.registration);
    let tags = client_tags(&client.standing).into_iter().map(|status| view! { <StatusTag status=status /> " " });
    let standing = client.standing.step().and_then(|_| client_sentence(&client.standing, Reader::Staff));
    let confirmed = match client.published_at {
        Some(at) => cell(view! { <DateTime at=at /> }),
        None => cell("Not yet"),
    };
    vec![
        cell(view! {
            <a href=href>{client.client_name.clone()}</a>
            <div class="app-sub">{client.service_name.clone()}</div>
            <div class="app-sub">{client.organisation_name.clone()}</div>
        }),
        cell(view! { <Copyable value=client.client_id.as_str().to_owned() about="client_id" /> }),
        cell(environment_tag(&client.environment, environments)),
        cell(view! {
            {tags.collect_view()}
            {standing.map(|sentence| view! { <div class="app-sub">{sentence}</div> })}
        }),
        confirmed,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::{
        id::{ClientId, RegistrationId},
        registration::ClientState,
        standing::{Asked, Confirmed, Does, Standing, Tried},
    };
    use time::macros::datetime;

    fn client(failed: bool) -> ClientRow {
        let at = datetime!(2026-03-03 12:00 UTC);
        let asked = Asked { does: if failed { Does::Off } else { Does::On }, since: Some(at) };
        let tried = Tried { failures: u32::from(failed), next: Some(at), reported: failed };
        ClientRow {
            standing: Standing::of(Some(asked), Some(Confirmed { does: Does::On, at }), failed, tried),
            registration: RegistrationId::from_parts(1, [1; 10]),
            client_id: ClientId::from_random([0xab; 16]),
            client_name: "Riverside prescriptions".into(),
            service_name: "Prescriptions".into(),
            organisation_name: "Riverside Health".into(),
            environment: "sandpit".into(),
            client_state: ClientState::Published,
            published_at: None,
        }
    }

    fn html(asked: &super::Asked, rows: Vec<ClientRow>) -> String {
        let found = store::read::Page::of(rows);
        samples::html(|| page_of(asked, found, &EnvironmentPolicy::nhs_login()).body)
    }

    #[test]
    fn a_client_is_named_with_its_status() {
        let html = html(&super::Asked::default(), vec![client(false), client(true)]);
        for expected in ["Riverside prescriptions", &"ab".repeat(16), "Sandpit", "Published", "Publishing failed"] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
        // Suspending it was asked for, and the provider has not confirmed it.
        assert!(
            html.contains("Being suspended") && html.contains("People can still sign in with this client."),
            "{html}"
        );
        assert!(!html.contains("Nobody can sign in") && !html.contains(">Suspended</strong>"), "{html}");
    }

    #[test]
    fn nothing_found_says_what_to_do() {
        assert!(html(&super::Asked::default(), vec![]).contains("No clients yet"));
        assert!(html(&super::Asked { search: "x".into(), ..Default::default() }, vec![]).contains("No client matches"));
    }
}

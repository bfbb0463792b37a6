//! Joining an organisation that exists: found, asked for, and answered by its owners.

use super::{
    overview::May,
    team::{of_team, over, roles},
};
use crate::{
    api::{
        context::caller,
        form::{Refused, refused},
        joining::{self, FIND, ask_page, request_page},
        organisations,
        team::team_page,
    },
    islands::PrivateKeyGuard,
    pages::{
        frame::{Page, page, param, query},
        proof::proof,
    },
    reading::permissions::to_a_reader,
    ui::{
        Button, ButtonGroup, ButtonKind, DateTime, EmptyState, Form, Hidden, InsetText, Radios, Status, StatusTag,
        SummaryList, SummaryRow, Table, TextArea, TextInput, WarningText, cell, date_time_text, paragraphs,
    },
};
use domain::{
    actor::TeamRole,
    id::{AccountId, OrganisationId},
    organisation::{JoinRequest, may_change},
    refusal::Refusal,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::read::{FoundOrganisation, OrganisationDetails, OwnRequest, PersonLabel};
use usecases::Fault;

/// `/organisations/join`
#[component]
pub fn FindOrganisationPage() -> impl IntoView {
    let search = query("search");
    page(async move {
        let signed_in = caller()?.signed_in()?.clone();
        if signed_in.person.staff.is_some() {
            return Err(Refusal::StaffJoinNoTeam.into());
        }
        let asked = joining::own_requests().await?;
        let found = joining::find(&search).await?;
        Ok(find(&search, found, asked, &signed_in.person.memberships))
    })
}

fn find(
    search: &str,
    (found, more): (Vec<FoundOrganisation>, bool),
    asked: Vec<OwnRequest>,
    own: &BTreeMap<OrganisationId, TeamRole>,
) -> Page {
    let is_asked = |one: &FoundOrganisation| asked.iter().any(|request| request.organisation == one.id);
    let state = |one: &FoundOrganisation| match own.contains_key(&one.id) {
        true => Some("You are in its team"),
        false => is_asked(one).then_some("You have asked"),
    };
    let rows: Vec<_> = found.iter().map(|one| found_row(one, state(one))).collect();
    let results = match (search.trim().is_empty(), rows.is_empty()) {
        (true, _) => None,
        (false, true) if more => Some(
            view! {
                <EmptyState
                    heading="Too many organisations have words like these"
                    text="Search for the whole name, or for the ODS code."
                />
            }
            .into_any(),
        ),
        (false, true) => Some(
            view! {
                <EmptyState
                    heading="No organisation matches"
                    text="Check the spelling, or search for its ODS code. If your organisation is not here yet, create it."
                    action="Create an organisation"
                    href="/organisations/new"
                />
            }
            .into_any(),
        ),
        (false, false) => {
            let columns = vec!["Organisation", "ODS code", "Status", "Join"];
            let more = more.then(|| {
                view! { <InsetText><p>"There are more results. Add another word of the name, or search for the ODS code."</p></InsetText> }
            });
            Some(view! { <Table caption="Organisations that match" columns=columns rows=rows /> {more} }.into_any())
        }
    };
    let search = search.to_owned();
    let body = view! {
        <p class="nhsuk-body">
            "If a colleague has already created your organisation, ask to join it. One of its owners answers."
        </p>
        {requests(asked)}
        <div role="search">
            <Form action=FIND get=true>
                <TextInput
                    name="search"
                    label="Name or ODS code of the organisation"
                    hint="For example Leeds Teaching Hospitals, or RR8."
                    kind="search"
                    value=search
                />
                <Button kind=ButtonKind::Secondary>"Search"</Button>
            </Form>
        </div>
        {results}
    };
    Page::new("Join an organisation", body).under("Home", "/home")
}

/// `state` is said in place of the way to ask.
fn found_row(one: &FoundOrganisation, state: Option<&'static str>) -> Vec<AnyView> {
    let status = if one.confirmed { Status::Confirmed } else { Status::Unconfirmed };
    let link = match state {
        Some(state) => state.into_any(),
        None => {
            let about = format!(" {}", one.name);
            view! { <a href=ask_page(one.id)>"Ask to join"<span class="nhsuk-u-visually-hidden">{about}</span></a> }
                .into_any()
        }
    };
    let code = one.ods_code.clone().unwrap_or_else(|| "Not given".to_owned());
    vec![cell(one.name.clone()), cell(code), cell(view! { <StatusTag status=status /> }), cell(link)]
}

/// What the reader asked and nobody has answered.
pub(super) fn requests(asked: Vec<OwnRequest>) -> Option<impl IntoView> {
    let row = |one: OwnRequest| {
        let about = format!(" the request to join {}", one.name);
        let withdraw = view! { <a href=ask_page(one.organisation)>"Withdraw"<span class="nhsuk-u-visually-hidden">{about}</span></a> };
        vec![cell(one.name), cell(view! { <DateTime at=one.asked_at /> }), cell(withdraw)]
    };
    let rows: Vec<_> = asked.into_iter().map(row).collect();
    let columns = vec!["Organisation", "Asked", "Change"];
    (!rows.is_empty())
        .then(|| view! { <Table caption="Your requests that nobody has answered" columns=columns rows=rows /> })
}

/// `/organisations/:id/join`
#[component]
pub fn AskToJoinPage() -> impl IntoView {
    page(async move {
        let signed_in = caller()?.signed_in()?.clone();
        if signed_in.person.staff.is_some() {
            return Err(Refusal::StaffJoinNoTeam.into());
        }
        let organisation = joining::to_join(&param("id")).await?;
        let refused = refused(&ask_page(organisation.id)).await;
        if signed_in.person.memberships.contains_key(&organisation.id) {
            return Ok(member(&organisation).refused(&refused));
        }
        let asked = joining::own_requests().await?.into_iter().find(|one| one.organisation == organisation.id);
        Ok(match asked {
            Some(request) => withdraw(&request).refused(&refused),
            None => ask(&organisation, &signed_in.email, &refused).refused(&refused),
        })
    })
}

fn title(name: &str) -> String {
    format!("Ask to join {name}")
}

fn ask(organisation: &FoundOrganisation, email: &str, refused: &Refused) -> Page {
    let (id, reason, error) = (organisation.id.to_string(), refused.value("reason", ""), refused.at("reason", ""));
    let code = organisation.ods_code.clone().unwrap_or_else(|| "Not given".to_owned());
    let status = if organisation.confirmed { Status::Confirmed } else { Status::Unconfirmed };
    let rows = vec![
        SummaryRow::new("Organisation", organisation.name.clone()),
        SummaryRow::new("ODS code", code),
        SummaryRow::new("Status", view! { <StatusTag status=status /> }),
    ];
    let unconfirmed = (!organisation.confirmed).then(|| {
        view! {
            <WarningText heading="Check that this is your organisation">
                <p>"NHS login has not confirmed it yet. Anyone can create one with any name."</p>
            </WarningText>
        }
    });
    let sees = format!(
        "The team will see your name and your answer. Its owners and NHS login will also see your email address ({email})."
    );
    let body = view! {
        <SummaryList rows=rows />
        {unconfirmed}
        <Form action="/api/ask-to-join">
            <Hidden name="organisation" value=id />
            <TextArea
                name="reason"
                label="Why do you want to join?"
                hint=format!("Say who you are and what you will work on. {sees}")
                value=reason
                error=error
                rows=4
                max=2000
            />
            <ButtonGroup>
                <Button>"Ask to join"</Button>
                <a class="nhsuk-link" href=FIND>"Cancel"</a>
            </ButtonGroup>
        </Form>
        <PrivateKeyGuard />
    };
    Page::new(title(&organisation.name), body).under("Home", "/home").under("Join an organisation", FIND)
}

fn withdraw(request: &OwnRequest) -> Page {
    let (id, asked) = (request.organisation.to_string(), date_time_text(request.asked_at));
    let body = view! {
        <p class="nhsuk-body">
            {format!("You asked on {asked}. Nobody has answered yet.")}
        </p>
        <p class="nhsuk-body">
            "If nobody answers, speak to an owner of the organisation. If no owner signs in for 7 days, NHS login can answer in \
             their place."
        </p>
        <Form action="/api/withdraw-join-request">
            <Hidden name="organisation" value=id />
            <ButtonGroup>
                <Button kind=ButtonKind::Secondary>"Withdraw the request"</Button>
                <a class="nhsuk-link" href=FIND>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    Page::new(format!("You have asked to join {}", request.name), body)
        .under("Home", "/home")
        .under("Join an organisation", FIND)
}

fn member(organisation: &FoundOrganisation) -> Page {
    let href = format!("/organisations/{}", organisation.id);
    let body = view! {
        <p class="nhsuk-body">{Refusal::InTeamAlready.to_string()}</p>
        <p class="nhsuk-body"><a href=href>"See the organisation"</a></p>
    };
    Page::new(title(&organisation.name), body).under("Home", "/home").under("Join an organisation", FIND)
}

/// Those who ask to join, on the page of the team, for whoever answers them; nothing where nobody asks.
pub(super) fn askers(details: &OrganisationDetails) -> Option<impl IntoView + use<>> {
    let mut open: Vec<_> = details.organisation.requests.iter().collect();
    open.sort_by_key(|(_, request)| request.at);
    let row = |(account, request): (&AccountId, &JoinRequest)| {
        let asker = details.askers.get(account)?;
        let (name, email) = (asker.name.to_string(), asker.email.clone().unwrap_or_default());
        let page = request_page(details.organisation.id, *account);
        let about = format!(" {name}");
        let link = view! { <a href=page>"Answer"<span class="nhsuk-u-visually-hidden">{about}</span></a> };
        let at = request.at;
        Some(vec![cell(name), cell(email), cell(view! { <DateTime at=at /> }), cell(link)])
    };
    let rows: Vec<_> = open.into_iter().filter_map(row).collect();
    let columns = vec!["Name", "Email address", "Asked", "Answer"];
    (!rows.is_empty()).then(|| view! { <Table caption="People who have asked to join" columns=columns rows=rows /> })
}

/// `/organisations/:id/team/requests/:account`
#[component]
pub fn JoinRequestPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let may = May::caller()?;
        to_a_reader(may_change(may.actor(), details.organisation.id))?;
        let account: AccountId = param("account").parse().map_err(|_| Fault::NotFound)?;
        let refused = refused(&request_page(details.organisation.id, account)).await;
        let request = details.organisation.requests.get(&account).zip(details.askers.get(&account));
        Ok(match request {
            Some((request, asker)) => {
                let proof = proof(may.is_fresh(), &refused);
                answer(&details, (account, request, asker), &refused, proof).refused(&refused)
            }
            None => gone(&details).refused(&refused),
        })
    })
}

/// Who asks, when, and why in their words; and whether they were in the team before.
pub(in crate::pages) fn about(request: &JoinRequest, asker: &PersonLabel, was_in: bool) -> Vec<SummaryRow> {
    let mut rows = vec![
        SummaryRow::new("Name", asker.name.to_string()),
        SummaryRow::new("Email address", asker.email.clone().unwrap_or_default()),
        SummaryRow::new("Asked", date_time_text(request.at)),
    ];
    if was_in {
        rows.push(SummaryRow::new("Before", "Was in this team, and left or was removed"));
    }
    rows.push(SummaryRow::new("Why they want to join", paragraphs(&request.reason)));
    rows
}

fn answer(
    details: &OrganisationDetails,
    (account, request, asker): (AccountId, &JoinRequest, &PersonLabel),
    refused: &Refused,
    proof: AnyView,
) -> Page {
    let id = details.organisation.id;
    let asked_at = request.at.unix_timestamp_nanos() / 1_000_000;
    let was_in = details.organisation.ever_members.contains(&account);
    let hidden = move || {
        view! {
            <Hidden name="organisation" value=id.to_string() />
            <Hidden name="account" value=account.to_string() />
            <Hidden name="asked_at" value=asked_at.to_string() />
        }
    };
    let (choices, error) = (roles(&refused.value("role", "")), refused.at("role", ""));
    let back = team_page(id);
    let title = format!("{} has asked to join", asker.name);
    let body = view! {
        <SummaryList rows=about(request, asker, was_in) />
        <WarningText heading="Check that you know this person">
            <p>
                "Anyone can create an account with any name. The email address is verified. If you are not sure, ask them in \
                 another way before you let them in."
            </p>
        </WarningText>
        <Form action="/api/agree-to-join">
            {hidden()}
            <Radios name="role" legend="Role in the team" choices=choices error=error />
            {proof}
            <Button>"Let them join"</Button>
        </Form>
        <h2 class="nhsuk-heading-m">"Decline the request"</h2>
        <p class="nhsuk-body">"We email them. They can ask again after 30 days."</p>
        <Form action="/api/decline-to-join">
            {hidden()}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Decline"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(title, body, details, true)
}

/// In place of a request that was answered or withdrawn.
fn gone(details: &OrganisationDetails) -> Page {
    let sentence = "It was answered or withdrawn. Nothing was changed.";
    over(details, "This request is no longer open", sentence)
}

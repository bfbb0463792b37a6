//! Requests to join an organisation, which staff answer where no owner can be reached.

use super::{
    organisations::{PATH, name},
    words::list,
};
use crate::{
    api::{
        form::{Refused, refused},
        joining::{NO, staff_request_page},
        staff_reads::{self, OrganisationView},
    },
    islands::PrivateKeyGuard,
    pages::{
        changed::Closed,
        frame::{Page, page, param},
        partner::joining::about,
        proof::proof,
    },
    ui::{
        Button, ButtonGroup, Choice, DateTime, Form, Hidden, InsetText, Radios, Status, StatusTag, SummaryList,
        SummaryRow, Table, TextArea, WarningText, cell, date_time_text,
    },
};
use domain::{
    actor::TeamRole,
    id::AccountId,
    organisation::{Asked, Command, JoinRequest, OWNERS_ANSWER_WITHIN},
    refusal::Refusal,
};
use leptos::prelude::*;
use store::read::{Owners, PersonLabel};
use usecases::Fault;

/// Those who ask to join, on the page of an organisation; nothing where nobody asks.
pub(super) fn askers(view: &OrganisationView) -> Option<AnyView> {
    let organisation = &view.details.organisation;
    let mut open: Vec<_> = organisation.requests.iter().collect();
    open.sort_by_key(|(_, request)| request.at);
    let row = |(account, request): (&AccountId, &JoinRequest)| {
        let asker = view.details.askers.get(account)?;
        let name = asker.name.to_string();
        let link = match may_answer(view, *account, request) {
            Ok(()) => {
                let (page, about) = (staff_request_page(organisation.id, *account), format!(" {name}"));
                view! { <a href=page>"Answer"<span class="nhsuk-u-visually-hidden">{about}</span></a> }.into_any()
            }
            Err(_) if view.owners_answer(request.at) => "Its owners answer first".into_any(),
            Err(Refusal::AdminsOnly) => "An admin can answer".into_any(),
            Err(_) => "Another admin can answer".into_any(),
        };
        let (email, at) = (asker.email.clone().unwrap_or_default(), request.at);
        Some(vec![cell(name), cell(email), cell(view! { <DateTime at=at /> }), cell(link)])
    };
    let rows: Vec<_> = open.into_iter().filter_map(row).collect();
    let columns = vec!["Name", "Email address", "Asked", "Answer"];
    (!rows.is_empty()).then(|| {
        view! {
            <h2 class="nhsuk-heading-m">"People who have asked to join"</h2>
            <Table caption="People who have asked to join" hide_caption=true columns=columns rows=rows />
        }
        .into_any()
    })
}

/// When any owner signed in last, or was unlocked.
pub(super) fn owners_seen(view: &OrganisationView) -> SummaryRow {
    let Owners { none_can_sign_in, seen_at } = view.owners;
    let words = match (none_can_sign_in, seen_at) {
        (true, _) => "No owner can sign in".to_owned(),
        (false, Some(at)) => date_time_text(at),
        (false, None) => "No owner has signed in".to_owned(),
    };
    SummaryRow::new("Owners last seen", words)
}

/// `/admin/organisations/:id/requests/:account`
#[component]
pub(super) fn AnswerRequestPage() -> impl IntoView {
    let (id, account) = (param("id"), param("account"));
    page(async move {
        let view = staff_reads::organisation(&id).await?;
        let account: AccountId = account.parse().map_err(|_| Fault::NotFound)?;
        let organisation = &view.details.organisation;
        let refused = refused(&staff_request_page(organisation.id, account)).await;
        let Some((request, asker)) = organisation.requests.get(&account).zip(view.details.askers.get(&account)) else {
            let sentence = "This request was answered or withdrawn. Nothing was changed.";
            return Ok(closed(&view, &refused, sentence.to_owned()));
        };
        match may_answer(&view, account, request) {
            // An owner came meanwhile: what was typed is not lost.
            Err(refusal @ Refusal::OwnersAnswer) if refused.is_any() => {
                return Ok(closed(&view, &refused, format!("{refusal} Nothing was changed.")));
            }
            asked => asked?,
        }
        Ok(answer(&view, (account, request, asker), &refused).refused(&refused))
    })
}

fn answer(
    view: &OrganisationView,
    (account, request, asker): (AccountId, &JoinRequest, &PersonLabel),
    refused: &Refused,
) -> Page {
    let organisation = &view.details.organisation;
    let (id, back) = (organisation.id.to_string(), format!("{PATH}/{}", organisation.id));
    let mut rows = about(request, asker, organisation.ever_members.contains(&account));
    let owners = organisation.members.iter().filter(|(_, role)| **role == TeamRole::Owner);
    let names: Vec<String> = owners.map(|(owner, _)| name(view.details.people.get(owner))).collect();
    let status = if organisation.confirmed.is_some() { Status::Confirmed } else { Status::Unconfirmed };
    rows.extend([
        SummaryRow::new("Organisation", view! { {organisation.name.clone()} " " <StatusTag status=status /> }),
        SummaryRow::new("Owners", list(&names)),
        owners_seen(view),
    ]);
    let asked_at = (request.at.unix_timestamp_nanos() / 1_000_000).to_string();
    let chosen = refused.value("answer_with", "");
    let choice = |value: &'static str, label: &'static str| Choice::new(value, label).chosen(chosen == value);
    let choices = vec![
        choice(TeamRole::Owner.word(), "Let them join as an owner"),
        choice(TeamRole::Developer.word(), "Let them join as a developer"),
        choice(TeamRole::Viewer.word(), "Let them join as a viewer"),
        choice(NO, "Decline the request"),
    ];
    let (reason, why) = (refused.value("reason", ""), refused.at("reason", ""));
    let (error, proof) = (refused.at("answer_with", ""), proof(view.fresh, refused));
    let waits = (!view.owners.none_can_sign_in).then(|| {
        let within = OWNERS_ANSWER_WITHIN.whole_days();
        view! { <InsetText><p>{format!("An owner who signs in has another {within} days to answer first.")}</p></InsetText> }
    });
    let cancel = back.clone();
    let body = view! {
        <SummaryList rows=rows />
        <WarningText heading="You answer in place of the owners">
            <p>
                "Anyone who joins can see all of the organisation’s registrations. A developer can change them, and an owner \
                 decides who else joins. Confirm who this is using contact details you found independently, not the email \
                 address shown here. We email every owner."
            </p>
        </WarningText>
        {waits}
        <Form action="/api/answer-join-request">
            <Hidden name="organisation" value=id />
            <Hidden name="account" value=account.to_string() />
            <Hidden name="asked_at" value=asked_at />
            <Radios name="answer_with" legend="Your answer" choices=choices error=error />
            <TextArea
                name="reason"
                label="Reason"
                hint="How you confirmed who this is, and why no owner can answer. The team can read this."
                value=reason
                error=why
                rows=4
                max=2000
            />
            {proof}
            <ButtonGroup>
                <Button>"Answer the request"</Button>
                <a class="nhsuk-link" href=cancel>"Cancel"</a>
            </ButtonGroup>
        </Form>
        <PrivateKeyGuard />
    };
    Page::new(format!("{} has asked to join {}", asker.name, organisation.name), body)
        .under("Organisations", PATH)
        .under(organisation.name.clone(), back)
}

/// In place of a request that cannot be answered any more.
fn closed(view: &OrganisationView, refused: &Refused, sentence: String) -> Page {
    let organisation = &view.details.organisation;
    let typed = refused.value("reason", "");
    let closed = Closed {
        sentence,
        sent: refused.is_any() && !refused.is_gone(),
        typed: if typed.is_empty() { Vec::new() } else { vec![("Reason".to_owned(), typed)] },
        next: ("See the organisation", format!("{PATH}/{}", organisation.id)),
        ..Closed::default()
    };
    closed.page().under("Organisations", PATH)
}

/// Whether the reader may answer somebody who asks to join, or why not.
fn may_answer(view: &OrganisationView, account: AccountId, request: &JoinRequest) -> Result<(), Refusal> {
    // A no can be said of anybody: who may be let in is asked when it is sent.
    let asked = Asked { account, at: request.at };
    view.ask(&Command::DecideJoin { asked, role: None, reason: "…".to_owned() })
}

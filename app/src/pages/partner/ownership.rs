//! Handing over the ownership of an organisation: an owner asks one of the team to take over, who accepts.

use super::{
    overview::May,
    team::{email, name, of_team, over},
};
use crate::{
    api::{
        context::{caller, portal},
        form::{Refused, refused},
        organisations,
        ownership::{answer_page, offer_page, ownership_page},
        team::team_page,
    },
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    ui::{
        Button, ButtonGroup, ButtonKind, Form, Hidden, InsetText, SummaryList, SummaryRow, WarningText, date_time_text,
    },
};
use domain::{id::AccountId, organisation::Command};
use leptos::prelude::*;
use store::read::OrganisationDetails;
use time::OffsetDateTime;
use usecases::Fault;

/// What is offered, above the team: by the reader, and to them. Nothing while nothing is.
pub(super) fn notice(details: &OrganisationDetails, me: AccountId, now: OffsetDateTime) -> Option<AnyView> {
    let own = details.organisation.offers.get(&me).filter(|offer| offer.is_open(now));
    let own = own.map(|offer| {
        let (to, until) = (name(details, offer.to), date_time_text(offer.until()));
        let page = ownership_page(details.organisation.id);
        let words = format!("You asked {to} to take over from you. They can accept until {until}.");
        view! { <p>{words} " " <a href=page>"Withdraw"</a></p> }.into_any()
    });
    let to_me = offers(details, me, now);
    let lines: Vec<_> = own.into_iter().chain(to_me).collect();
    (!lines.is_empty()).then(|| view! { <InsetText>{lines}</InsetText> }.into_any())
}

/// Who asks the reader to take over, each with the way to the answer.
fn offers(
    details: &OrganisationDetails,
    me: AccountId,
    now: OffsetDateTime,
) -> impl Iterator<Item = AnyView> + use<'_> {
    details.organisation.offers_to(me, now).map(|(from, until)| {
        let page = answer_page(details.organisation.id, from);
        let (from, until) = (name(details, from), date_time_text(until));
        let words = format!("{from} asks you to take over as an owner. You can answer until {until}.");
        let about = format!(" {from}");
        view! { <p>{words} " " <a href=page>"Answer"<span class="nhsuk-u-visually-hidden">{about}</span></a></p> }
            .into_any()
    })
}

/// `/organisations/:id/team/:account/ownership`
#[component]
pub fn OfferOwnershipPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let to: AccountId = param("account").parse().map_err(|_| Fault::NotFound)?;
        let (may, me) = (May::caller()?, caller()?.person()?.account);
        may.ask_organisation(&details.organisation, &Command::OfferOwnership { account: to })?;
        let refused = refused(&offer_page(details.organisation.id, to)).await;
        Ok(offer(&details, (me, to), &refused, may.is_fresh()))
    })
}

fn offer(details: &OrganisationDetails, (me, to): (AccountId, AccountId), refused: &Refused, fresh: bool) -> Page {
    let organisation = &details.organisation;
    let (id, back) = (organisation.id.to_string(), team_page(organisation.id));
    let other = organisation.offers.get(&me).filter(|offer| offer.to != to);
    let other = other.map(|offer| {
        let words = format!("{} can no longer take over: you can ask one person at a time", name(details, offer.to));
        view! { <li>{words}</li> }
    });
    let (name, address, proof) = (name(details, to), email(details, to), proof(fresh, refused));
    let title = format!("Ask {name} to take over from you as an owner");
    let body = view! {
        <p class="nhsuk-body">{format!("We email {name} ({address}). If they accept within 7 days:")}</p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>"they become an owner"</li>
            <li>"you become a developer"</li>
            <li>"invitations that you sent are withdrawn"</li>
            <li>"we email you and the other owners"</li>
            {other}
        </ul>
        <p class="nhsuk-body">"Until they accept nothing changes, and you can withdraw."</p>
        <Form action="/api/offer-ownership">
            <Hidden name="organisation" value=id />
            <Hidden name="account" value=to.to_string() />
            {proof}
            <ButtonGroup>
                <Button>"Ask them to take over"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(title, body, details, true).refused(refused)
}

/// `/organisations/:id/team/ownership`
#[component]
pub fn OwnershipPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let (me, now) = (caller()?.person()?.account, portal()?.auth.ambient.now());
        let refused = refused(&ownership_page(details.organisation.id)).await;
        let own = details.organisation.offers.get(&me).filter(|offer| offer.is_open(now));
        let own = own.map(|offer| own_offer(&details, offer.to, offer.until()));
        let to_me: Vec<_> = offers(&details, me, now).collect();
        if own.is_none() && to_me.is_empty() {
            return Ok(gone(&details).refused(&refused));
        }
        let title = format!("Owners of {}", details.organisation.name);
        Ok(of_team(title, view! { {to_me} {own} }, &details, true).refused(&refused))
    })
}

fn own_offer(details: &OrganisationDetails, to: AccountId, until: OffsetDateTime) -> impl IntoView + use<> {
    let (id, back) = (details.organisation.id.to_string(), team_page(details.organisation.id));
    let rows = vec![
        SummaryRow::new("You asked", format!("{} ({})", name(details, to), email(details, to))),
        SummaryRow::new("They can accept until", date_time_text(until)),
    ];
    view! {
        <SummaryList rows=rows />
        <p class="nhsuk-body">"If you withdraw, nothing changes: you are still an owner."</p>
        <Form action="/api/withdraw-ownership-offer">
            <Hidden name="organisation" value=id />
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Withdraw"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    }
}

/// `/organisations/:id/team/ownership/:from`
#[component]
pub fn AnswerOwnershipPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let from: AccountId = param("from").parse().map_err(|_| Fault::NotFound)?;
        let (may, me, now) = (May::caller()?, caller()?.person()?.account, portal()?.auth.ambient.now());
        let refused = refused(&answer_page(details.organisation.id, from)).await;
        let offer = details.organisation.offers_to(me, now).find(|(giver, _)| *giver == from);
        Ok(match offer {
            Some(offer) => answer(&details, offer, proof(may.is_fresh(), &refused)).refused(&refused),
            None => gone(&details).refused(&refused),
        })
    })
}

fn answer(details: &OrganisationDetails, (from, until): (AccountId, OffsetDateTime), proof: AnyView) -> Page {
    let id = details.organisation.id;
    let from_whom = name(details, from);
    let rows = vec![
        SummaryRow::new("Asked by", format!("{from_whom} ({})", email(details, from))),
        SummaryRow::new("You can answer until", date_time_text(until)),
    ];
    let hidden = move || {
        view! {
            <Hidden name="organisation" value=id.to_string() />
            <Hidden name="from" value=from.to_string() />
        }
    };
    let follows = format!("If you accept, you become an owner immediately, and {from_whom} becomes a developer.");
    let body = view! {
        <SummaryList rows=rows />
        <WarningText heading="An owner answers for the organisation">
            <p>
                "Owners manage the team, retire registrations, and do everything that developers do. " {follows}
            </p>
        </WarningText>
        <Form action="/api/accept-ownership">
            {hidden()}
            {proof}
            <Button>"Become an owner"</Button>
        </Form>
        <h2 class="nhsuk-heading-m">"Decline"</h2>
        <p class="nhsuk-body">{format!("Nothing changes. We email {}.", name(details, from))}</p>
        <Form action="/api/decline-ownership">
            {hidden()}
            <Button kind=ButtonKind::Secondary>"Decline"</Button>
        </Form>
    };
    of_team(format!("Become an owner of {}", details.organisation.name), body, details, true)
}

/// In place of offers that were answered, withdrawn, or have run out.
fn gone(details: &OrganisationDetails) -> Page {
    let sentence =
        "It was answered or withdrawn, it has run out, or someone’s role has changed since. Nothing was changed.";
    over(details, "Nobody asks you to take over", sentence)
}

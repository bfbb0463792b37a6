//! Invitations to a team, as its owners send, see and withdraw them.

use super::{
    overview::May,
    team::{of_team, over, roles},
};
use crate::{
    api::{
        context::portal,
        form::{Refused, refused},
        organisations,
        team::{invitation_page, team_page},
    },
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    reading::permissions::to_a_reader,
    ui::{
        Button, ButtonGroup, ButtonKind, DateTime, Form, Hidden, InsetText, Radios, SummaryList, SummaryRow, Table,
        TextInput, cell, date_time_text,
    },
};
use domain::{
    id::{InvitationId, OrganisationId},
    organisation::{Invitation, Organisation, may_change},
};
use leptos::prelude::*;
use store::read::OrganisationDetails;
use time::OffsetDateTime;
use usecases::{Fault, team};

/// What leads to the form for one more.
pub(super) fn invite_button(organisation: OrganisationId) -> impl IntoView {
    let href = format!("{}/invite", team_page(organisation));
    view! { <p class="nhsuk-body"><a class="nhsuk-button" role="button" draggable="false" href=href>"Invite someone"</a></p> }
}

/// Who was invited and has not answered; nothing where nobody was.
pub(super) fn table(organisation: &Organisation, manages: bool, now: OffsetDateTime) -> Option<impl IntoView + use<>> {
    let mut open: Vec<_> = organisation.invitations.iter().collect();
    open.sort_by(|(_, one), (_, other)| (one.stamp.at, &one.email).cmp(&(other.stamp.at, &other.email)));
    let row = |(id, invitation): (&InvitationId, &Invitation)| {
        let mut cells =
            vec![cell(invitation.email.clone()), cell(invitation.role.word()), cell(until(invitation, now))];
        if manages {
            let page = invitation_page(team::Invitation { organisation: organisation.id, id: *id });
            let about = format!(" the invitation to {}", invitation.email);
            cells.push(cell(view! {
                <a href=page>"Send again or withdraw"<span class="nhsuk-u-visually-hidden">{about}</span></a>
            }));
        }
        cells
    };
    let rows: Vec<_> = open.into_iter().map(row).collect();
    let mut columns = vec!["Email address", "Role", "Can be accepted until"];
    columns.extend(manages.then_some("Change"));
    (!rows.is_empty()).then(|| view! { <Table caption="Invitations" columns=columns rows=rows /> })
}

fn until(invitation: &Invitation, now: OffsetDateTime) -> AnyView {
    match invitation.is_open(now) {
        true => view! { <DateTime at=invitation.until() /> }.into_any(),
        false => view! { "Expired on " <DateTime at=invitation.until() /> }.into_any(),
    }
}

/// `/organisations/:id/team/invite`
#[component]
pub fn InvitePage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let may = May::caller()?;
        to_a_reader(may_change(may.actor(), details.organisation.id))?;
        let refused = refused(&format!("{}/invite", team_page(details.organisation.id))).await;
        Ok(invite(&details, &refused, may.is_fresh()))
    })
}

fn invite(details: &OrganisationDetails, refused: &Refused, fresh: bool) -> Page {
    let organisation = &details.organisation;
    let (id, back) = (organisation.id.to_string(), team_page(organisation.id));
    let (email, error) = (refused.value("email", ""), refused.at("email", ""));
    let (choices, role_error) = (roles(&refused.value("role", "")), refused.at("role", ""));
    let proof = proof(fresh, refused);
    let named = organisation.confirmed.is_none().then(|| {
        view! {
            <InsetText>
                <p>
                    "NHS login has not confirmed your organisation yet, so the email gives your email address, but not the \
                     name of the organisation. Tell the person to expect it."
                </p>
            </InsetText>
        }
    });
    let body = view! {
        <p class="nhsuk-body">
            "We email a link to this address. The person does not need an account yet: they can create one with the link. The \
             invitation can be accepted for 7 days."
        </p>
        {named}
        <Form action="/api/invite-to-team">
            <Hidden name="organisation" value=id />
            <TextInput
                name="email"
                label="Email address"
                hint="Their work email address."
                value=email
                error=error
                kind="email"
            />
            <Radios name="role" legend="Role in the team" choices=choices error=role_error />
            {proof}
            <ButtonGroup>
                <Button>"Send invitation"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(format!("Invite someone to the team of {}", organisation.name), body, details, true).refused(refused)
}

/// `/organisations/:id/team/invitations/:invitation`
#[component]
pub fn InvitationPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let may = May::caller()?;
        to_a_reader(may_change(may.actor(), details.organisation.id))?;
        let id: InvitationId = param("invitation").parse().map_err(|_| Fault::NotFound)?;
        let to = team::Invitation { organisation: details.organisation.id, id };
        let refused = refused(&invitation_page(to)).await;
        Ok(match details.organisation.invitations.get(&id) {
            Some(sent) => {
                let proof = proof(may.is_fresh(), &refused);
                of_one(&details, to, sent, portal()?.auth.ambient.now(), proof).refused(&refused)
            }
            None => gone(&details),
        })
    })
}

fn of_one(
    details: &OrganisationDetails,
    to: team::Invitation,
    sent: &Invitation,
    now: OffsetDateTime,
    proof: impl IntoView + 'static,
) -> Page {
    let sender = domain::actor::account_of(&sent.stamp).and_then(|sender| details.people.get(&sender));
    let sender = sender.map_or_else(|| "the portal’s operator".to_owned(), |person| person.name.to_string());
    let rows = vec![
        SummaryRow::new("Email address", sent.email.clone()),
        SummaryRow::new("Role", sent.role.word()),
        SummaryRow::new("Sent", format!("{} by {sender}", date_time_text(sent.stamp.at))),
        SummaryRow::new("Can be accepted until", until(sent, now)),
    ];
    let hidden = move || {
        view! {
            <Hidden name="organisation" value=to.organisation.to_string() />
            <Hidden name="invitation" value=to.id.to_string() />
        }
    };
    let back = team_page(to.organisation);
    let body = view! {
        <SummaryList rows=rows />
        <h2 class="nhsuk-heading-m">"Send it again"</h2>
        <p class="nhsuk-body">
            "We email a new link, and the invitation can be accepted for another 7 days. The link in the earlier email stops \
             working."
        </p>
        <Form action="/api/send-invitation-again">
            {hidden()}
            {proof}
            <Button kind=ButtonKind::Secondary>"Send again"</Button>
        </Form>
        <h2 class="nhsuk-heading-m">"Withdraw it"</h2>
        <p class="nhsuk-body">"The invitation ends immediately. Nobody can use it to join."</p>
        <Form action="/api/withdraw-invitation">
            {hidden()}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"Withdraw"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    };
    of_team(format!("Invitation to {}", sent.email), body, details, true)
}

/// In place of an invitation that was answered or withdrawn.
fn gone(details: &OrganisationDetails) -> Page {
    let sentence = "It was accepted, declined or withdrawn. Nothing was changed.";
    over(details, "This invitation is no longer open", sentence)
}

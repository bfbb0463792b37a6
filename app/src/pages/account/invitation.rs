//! An invitation to a team, as whoever was invited answers it: with the account of the address, or by making it.

use crate::{
    api::{
        accounts::invitation_link,
        context::caller,
        form::{Refused, refused, see_other},
        team::{answer_page, own_invitation},
    },
    pages::frame::{Page, page, param},
    ui::{
        Button, ButtonKind, Form, Hidden, PasswordInput, SummaryList, SummaryRow, TextInput, WarningText,
        date_time_text,
    },
};
use domain::{actor::TeamRole, id::InvitationId, refusal::Refusal};
use leptos::prelude::*;
use store::read::InvitationRow;
use usecases::{Fault, accounts::InvitationLink};

fn invitation_id() -> Result<InvitationId, Fault> {
    param("id").parse().map_err(|_| Fault::NotFound)
}

/// `/invitations/:id`
#[component]
pub fn AnswerPage() -> impl IntoView {
    page(async move {
        let (id, signed_in) = (invitation_id()?, caller()?.signed_in()?.clone());
        let refused = refused(&answer_page(id)).await;
        Ok(match own_invitation(id).await? {
            Some(invitation) => {
                let is_staff = signed_in.person.staff.is_some();
                answer(&invitation, &signed_in.email, is_staff).refused(&refused)
            }
            None => gone(&signed_in.email),
        })
    })
}

pub(super) fn answer(invitation: &InvitationRow, email: &str, is_staff: bool) -> Page {
    if is_staff {
        let body = view! {
            <p class="nhsuk-body">{Refusal::StaffJoinNoTeam.to_string()}</p>
            <p class="nhsuk-body">"The invitation expires by itself. Tell whoever sent it that you cannot accept."</p>
        };
        return Page::new(title(invitation), body).under("Home", "/home");
    }
    let hidden = hidden(invitation);
    let body = view! {
        {about(invitation, email)}
        <div class="nhsuk-button-group">
            <Form action="/api/accept-invitation">
                {hidden()}
                <Button>"Join the team"</Button>
            </Form>
            <Form action="/api/decline-invitation">
                {hidden()}
                <Button kind=ButtonKind::Secondary>"Decline"</Button>
            </Form>
        </div>
    };
    Page::new(title(invitation), body).under("Home", "/home")
}

/// By what the forms name the invitation.
fn hidden(invitation: &InvitationRow) -> impl Fn() -> AnyView + Copy + Send + 'static + use<> {
    let (id, organisation) = (invitation.id, invitation.organisation);
    move || {
        view! {
            <Hidden name="organisation" value=organisation.to_string() />
            <Hidden name="invitation" value=id.to_string() />
        }
        .into_any()
    }
}

fn title(invitation: &InvitationRow) -> String {
    format!("Join the team of {}", invitation.organisation_name)
}

/// What whoever was invited has to know before they answer.
fn about(invitation: &InvitationRow, email: &str) -> impl IntoView + use<> {
    let role = match invitation.role {
        TeamRole::Owner => "owner: manages the team, and edits, submits and retires registrations",
        TeamRole::Developer => "developer: edits, submits and withdraws registrations",
        TeamRole::Viewer => "viewer: can see everything, but not change it",
    };
    let mut rows = vec![SummaryRow::new("Organisation", invitation.organisation_name.clone())];
    if let Some((name, address)) = &invitation.invited_by {
        rows.push(SummaryRow::new("Invited by", format!("{name} ({address})")));
    }
    rows.extend([
        SummaryRow::new("Your role", role),
        SummaryRow::new("Your email address", email.to_owned()),
        SummaryRow::new("Can be accepted until", date_time_text(invitation.until)),
    ]);
    let unconfirmed = (!invitation.confirmed).then(|| {
        view! {
            <WarningText heading="Check that you know who invited you">
                <p>
                    "NHS login has not confirmed this organisation yet. Anyone can create one with any name. Join only if you \
                     know the person and expected this."
                </p>
            </WarningText>
        }
    });
    view! {
        <SummaryList rows=rows />
        {unconfirmed}
        <p class="nhsuk-body">"People in the team will see your name and email address."</p>
    }
}

/// An invitation that this account cannot answer.
pub(super) fn gone(email: &str) -> Page {
    let body = view! {
        <p class="nhsuk-body">{format!("You are signed in as {email}.")}</p>
        <p class="nhsuk-body">"There is no invitation for this account here. It could be that:"</p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>"the invitation was sent to another email address: sign out, and sign in with that one"</li>
            <li>"it was accepted, declined or withdrawn, or has expired: ask whoever invited you to send another"</li>
        </ul>
        <p class="nhsuk-body"><a href="/home">"Go to your home page"</a></p>
    };
    Page::new("There is no invitation for you here", body)
}

/// `/invitations/:id/:token`. Visiting it changes nothing: mail scanners visit links too.
#[component]
pub fn JoinPage() -> impl IntoView {
    page(async move {
        let (id, token) = (invitation_id()?, param("token"));
        let signed_in = caller()?.signed_in.map(|signed_in| signed_in.email);
        Ok(match invitation_link(id, &token).await? {
            InvitationLink::Open(invitation) => {
                let refused = refused(&format!("{}/{token}", answer_page(id))).await;
                join(&invitation, &token, signed_in, &refused)
            }
            InvitationLink::HasAccount => {
                see_other(&answer_page(id));
                spent(id)
            }
            InvitationLink::Gone => spent(id),
        })
    })
}

pub(super) fn join(invitation: &InvitationRow, token: &str, signed_in: Option<String>, refused: &Refused) -> Page {
    let (hidden, token) = (hidden(invitation), token.to_owned());
    let (name, name_error) = (refused.value("name", ""), refused.at("name", ""));
    let declined = token.clone();
    let password_error = refused.at("password", "");
    let other = signed_in.map(|other| {
        view! { <p class="nhsuk-body">{format!("You are signed in as {other}. You will be signed out of that account.")}</p> }
    });
    let body = view! {
        {about(invitation, &invitation.email)}
        <h2 class="nhsuk-heading-m">"Create your account"</h2>
        {other}
        <Form action="/api/join-team">
            {hidden()}
            <Hidden name="token" value=token />
            <TextInput
                name="name"
                label="Your name"
                hint="Your colleagues and the NHS login team see this name next to what you do."
                value=name
                error=name_error
                autocomplete="name"
            />
            <PasswordInput
                name="password"
                label="Password"
                hint=super::password::RULES
                error=password_error
                new=true
            />
            <Button>"Create account and join"</Button>
        </Form>
        <h2 class="nhsuk-heading-m">"If you do not want to join"</h2>
        <Form action="/api/decline-invitation">
            {hidden()}
            <Hidden name="token" value=declined />
            <Button kind=ButtonKind::Secondary>"Decline"</Button>
        </Form>
    };
    Page::new(title(invitation), body).refused(refused)
}

/// A link that cannot be used any more.
pub(super) fn spent(id: InvitationId) -> Page {
    let answer = format!("/sign-in?next={}", answer_page(id));
    let body = view! {
        <p class="nhsuk-body">
            "You have used it already, or a newer email has another link, or the invitation was answered or withdrawn, or has \
             expired."
        </p>
        <ul class="nhsuk-list nhsuk-list--bullet">
            <li>"If you have an account, " <a href=answer>"sign in to see your invitation"</a> "."</li>
            <li>"If not, ask whoever invited you to send the invitation again."</li>
        </ul>
    };
    Page::new("This link no longer works", body)
}

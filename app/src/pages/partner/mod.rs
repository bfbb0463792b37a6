//! What a partner team sees: home, organisations, services, registrations.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::Route,
    path,
};

mod answers;
pub mod check;
pub mod confirm;
pub mod draft;
pub mod endorsement;
pub mod evidence;
pub(crate) mod files;
pub mod history;
pub mod home;
pub mod invitations;
pub mod joining;
pub mod keys;
pub mod leak;
mod merging;
mod moments;
mod needs;
pub mod organisation;
mod overtaken;
pub mod overview;
pub mod ownership;
pub mod possession;
pub mod published;
pub mod revision;
pub mod sections;
pub mod service;
mod snippet;
pub mod team;
pub mod tokens;

use crate::{pages::frame::Page, reading::standing, ui::Status};
use domain::registration::ClientState;
use store::read::{RegistrationDetails, RegistrationHead};

/// The tags of a registration, as its team needs them.
fn statuses(details: &RegistrationDetails) -> Vec<Status> {
    let registration = &details.registration;
    let tags = standing::statuses(registration, details.tried, &details.facts.voters);
    with_draft(tags, registration.client_state(), registration.is_draft_ahead())
}

/// The tags of a registration in a list.
fn head_statuses(head: &RegistrationHead) -> Vec<Status> {
    with_draft(standing::head_statuses(head), head.client_state, head.draft_ahead)
}

/// Beside a client that works, what was changed and not submitted is easily forgotten.
fn with_draft(mut tags: Vec<Status>, client: ClientState, is_ahead: bool) -> Vec<Status> {
    if is_ahead && client != ClientState::Retired {
        tags.push(Status::ChangesNotSubmitted);
    }
    tags
}

/// A page below that of a registration: the way here, and the environment's banner.
fn of_registration(title: impl Into<String>, body: impl IntoView + 'static, details: &RegistrationDetails) -> Page {
    let registration = &details.registration;
    let service = registration.service.map(|id| format!("/services/{id}")).unwrap_or_default();
    acting(Page::new(title, body), details)
        .under("Home", "/home")
        .under(details.service_name.clone(), service)
        .under(details.policy.title.clone(), format!("/registrations/{}", registration.id))
        .environment(&details.policy)
}

/// Says for which organisation the reader acts on the page of a registration.
fn acting(page: Page, details: &RegistrationDetails) -> Page {
    match details.registration.organisation {
        Some(organisation) => page.acting_for(organisation, &details.organisation_name),
        None => page,
    }
}

/// The routes of a partner team.
#[component(transparent)]
pub fn PartnerRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/home") view=home::HomePage ssr=SsrMode::Async />
        <Route path=path!("/organisations/new") view=organisation::NewOrganisationPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/join") view=joining::FindOrganisationPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/join") view=joining::AskToJoinPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id") view=organisation::OrganisationPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/edit") view=organisation::EditOrganisationPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/contacts") view=organisation::ContactsPage ssr=SsrMode::Async />
        <TeamRoutes />
        <Route path=path!("/organisations/:id/tokens") view=tokens::TokensPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/tokens/new") view=tokens::NewTokenPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/tokens/:token") view=tokens::TokenPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/services/new") view=service::NewServicePage ssr=SsrMode::Async />
        <Route path=path!("/services/:id") view=service::ServicePage ssr=SsrMode::Async />
        <Route path=path!("/services/:id/edit") view=service::EditServicePage ssr=SsrMode::Async />
        <RegistrationRoutes />
    }
    .into_inner()
    .into_any_nested_route()
}

#[component(transparent)]
fn TeamRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/organisations/:id/team") view=team::TeamPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/team/invite") view=invitations::InvitePage ssr=SsrMode::Async />
        <Route
            path=path!("/organisations/:id/team/invitations/:invitation")
            view=invitations::InvitationPage
            ssr=SsrMode::Async
        />
        <Route path=path!("/organisations/:id/team/requests/:account") view=joining::JoinRequestPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/team/ownership") view=ownership::OwnershipPage ssr=SsrMode::Async />
        <Route
            path=path!("/organisations/:id/team/ownership/:from")
            view=ownership::AnswerOwnershipPage
            ssr=SsrMode::Async
        />
        <Route
            path=path!("/organisations/:id/team/:account/ownership")
            view=ownership::OfferOwnershipPage
            ssr=SsrMode::Async
        />
        <Route path=path!("/organisations/:id/team/leave") view=team::LeaveTeamPage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/team/:account/role") view=team::ChangeRolePage ssr=SsrMode::Async />
        <Route path=path!("/organisations/:id/team/:account/remove") view=team::RemoveMemberPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

#[component(transparent)]
fn RegistrationRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/registrations/:id") view=overview::RegistrationPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/client-name") view=sections::ClientNamePage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/public-key") view=keys::PublicKeyPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/redirect-uris") view=sections::RedirectUrisPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/scopes") view=sections::ScopesPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/vectors") view=sections::VectorsPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/evidence/:item") view=evidence::EvidencePage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/keys/:key/leaked") view=leak::LeakPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/endorsement") view=endorsement::EndorsementPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/possession") view=possession::PossessionPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/draft") view=draft::DraftPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/check") view=check::CheckPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/revisions/:number") view=revision::RevisionPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/withdraw") view=confirm::WithdrawPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/discard") view=confirm::DiscardPage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/retire") view=confirm::RetirePage ssr=SsrMode::Async />
        <Route path=path!("/registrations/:id/history") view=history::RegistrationHistoryPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

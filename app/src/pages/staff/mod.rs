//! What admins decide on and auditors read; and the history, which partners read too.

pub mod clients;
mod closed;
pub mod decisions;
mod earlier;
mod endorsement;
pub mod filters;
mod held;
pub mod history;
pub mod joining;
pub(super) mod kit;
pub mod organisations;
pub mod people;
pub mod publications;
pub mod queue;
pub mod reinstatement;
mod renamed;
pub mod review;
#[cfg(test)]
mod walk;
pub(super) mod work;

use crate::reading::{Names, account_in, difference, subject, words};

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::Route,
    path,
};

/// The routes of staff, and of the history.
#[component(transparent)]
pub fn StaffRoutes() -> AnyNestedRoute {
    view! {
        <ReviewRoutes />
        <Route path=path!("/admin/organisations") view=organisations::OrganisationsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/organisations/:id") view=organisations::OrganisationPage ssr=SsrMode::Async />
        <Route
            path=path!("/admin/organisations/:id/confirm")
            view=organisations::ConfirmOrganisationPage
            ssr=SsrMode::Async
        />
        <Route
            path=path!("/admin/organisations/:id/requests/:account")
            view=joining::AnswerRequestPage
            ssr=SsrMode::Async
        />
        <Route path=path!("/admin/clients") view=clients::ClientsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/publications") view=publications::PublicationsPage ssr=SsrMode::Async />
        <Route path=path!("/admin/people") view=people::PeoplePage ssr=SsrMode::Async />
        <Route path=path!("/admin/people/:id") view=people::PersonPage ssr=SsrMode::Async />
        <Route path=path!("/admin/people/:id/:action") view=people::PersonActionPage ssr=SsrMode::Async />
        <Route path=path!("/history") view=history::HistoryPage ssr=SsrMode::Async />
        <Route path=path!("/history/:index") view=history::EntryPage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

#[component(transparent)]
fn ReviewRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/admin/queue") view=queue::QueuePage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id") view=review::ReviewPage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id/approve") view=decisions::ApprovePage ssr=SsrMode::Async />
        <Route
            path=path!("/admin/reviews/:id/request-changes")
            view=decisions::RequestChangesPage
            ssr=SsrMode::Async
        />
        <Route path=path!("/admin/reviews/:id/reject") view=decisions::RejectPage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id/suspend") view=decisions::SuspendPage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id/retire") view=decisions::RetirePage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id/reinstate") view=decisions::ReinstatePage ssr=SsrMode::Async />
        <Route path=path!("/admin/reviews/:id/republish") view=decisions::RepublishPage ssr=SsrMode::Async />
        <Route
            path=path!("/admin/reviews/:id/confirm-reinstatement")
            view=reinstatement::ConfirmReinstatementPage
            ssr=SsrMode::Async
        />
        <Route
            path=path!("/admin/reviews/:id/drop-reinstatement")
            view=reinstatement::DropReinstatementPage
            ssr=SsrMode::Async
        />
    }
    .into_inner()
    .into_any_nested_route()
}

//! Accounts: signing up and in, the second factor, passwords, sessions.
//!
//! Nothing here says whether an address has an account. What was typed is shown again after a refusal, passwords and
//! codes never.

pub mod invitation;
pub mod overview;
pub mod password;
pub mod qr;
pub mod second_factor;
pub mod sign_in;
pub mod sign_up;
pub mod staff_notice;
#[cfg(test)]
mod tests;

pub use staff_notice::staff_notice;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::Route,
    path,
};

/// The routes of the account pages.
#[component(transparent)]
pub fn AccountRoutes() -> AnyNestedRoute {
    view! {
        <Route path=path!("/sign-up") view=sign_up::SignUpPage ssr=SsrMode::Async />
        <Route path=path!("/sign-up/sent") view=sign_up::SentPage ssr=SsrMode::Async />
        <Route path=path!("/verify/:token") view=sign_up::VerifyPage ssr=SsrMode::Async />
        <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
        <Route path=path!("/sign-in/code") view=sign_in::CodePage ssr=SsrMode::Async />
        <Route path=path!("/forgotten-password") view=password::ForgottenPage ssr=SsrMode::Async />
        <Route path=path!("/forgotten-password/sent") view=password::ForgottenSentPage ssr=SsrMode::Async />
        <Route path=path!("/reset-password/:token") view=password::ResetPage ssr=SsrMode::Async />
        <Route path=path!("/invitations/:id") view=invitation::AnswerPage ssr=SsrMode::Async />
        <Route path=path!("/invitations/:id/:token") view=invitation::JoinPage ssr=SsrMode::Async />
        <Route path=path!("/account") view=overview::AccountPage ssr=SsrMode::Async />
        <Route path=path!("/account/name") view=overview::NamePage ssr=SsrMode::Async />
        <Route path=path!("/account/password") view=password::ChangePage ssr=SsrMode::Async />
        <Route path=path!("/account/second-factor") view=second_factor::BeginPage ssr=SsrMode::Async />
        <Route path=path!("/account/second-factor/confirm") view=second_factor::ConfirmPage ssr=SsrMode::Async />
        <Route
            path=path!("/account/second-factor/recovery-codes")
            view=second_factor::RecoveryCodesPage
            ssr=SsrMode::Async
        />
        <Route path=path!("/account/second-factor/remove") view=second_factor::RemovePage ssr=SsrMode::Async />
    }
    .into_inner()
    .into_any_nested_route()
}

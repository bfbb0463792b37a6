//! Password or second factor again, on every form whose command asks for it (threat 20).

use crate::{
    api::form::Refused,
    ui::{InsetText, PasswordInput},
};
use leptos::prelude::*;

/// The proof of who decides, where it was not given a moment ago.
pub(super) fn proof(fresh: bool, refused: &Refused) -> AnyView {
    match fresh {
        true => view! {
            <InsetText><p>"You gave your password or a code a moment ago, so we do not ask again."</p></InsetText>
        }
        .into_any(),
        false => proof_field(refused),
    }
}

/// Password or code, asked again before a decision.
fn proof_field(refused: &Refused) -> AnyView {
    view! {
        <PasswordInput
            name="proof"
            label="Your password, or a code from your authenticator app"
            hint="We ask again so that nobody can do this at a screen that you left open."
            error=refused.at("proof", "")
        />
    }
    .into_any()
}

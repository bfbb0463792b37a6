//! What staff without a second factor are told on every staff page.

use crate::ui::*;
use leptos::prelude::*;
use store::SignedIn;

/// Where to set the second factor, for staff who have not shown one in this session; nothing for everybody else.
pub fn staff_notice(signed_in: &SignedIn) -> Option<AnyView> {
    let person = &signed_in.person;
    person.staff.filter(|_| person.staff_role().is_none())?;
    let view = if signed_in.has_second_factor {
        view! {
            <WarningText heading="Sign in again">
                <p>
                    "You set up a second factor after this session began. "
                    <a href="/sign-in">"Sign in again"</a> " with a code to use the staff pages."
                </p>
            </WarningText>
        }
        .into_any()
    } else {
        view! {
            <WarningText heading="Set up your second factor">
                <p>
                    "NHS login staff need a second factor. The staff pages open once you have "
                    <a href="/account/second-factor">"set up your second factor"</a> "."
                </p>
            </WarningText>
        }
        .into_any()
    };
    Some(view)
}

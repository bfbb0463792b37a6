//! The draft as it is, to be read: for whoever may not change it, and for everybody while a revision is under review.

use super::{answers::draft_answers, of_registration};
use crate::{
    api::registrations,
    pages::frame::{page, param},
};
use leptos::prelude::*;

/// `/registrations/:id/draft`
#[component]
pub fn DraftPage() -> impl IntoView {
    page(async move {
        let view = registrations::registration(&param("id")).await?;
        let details = &view.details;
        let number = details.registration.submitted().map(|revision| revision.number);
        let words = match number {
            Some(number) => format!(
                "Your team can still change this draft. It is not part of revision {number}, which is being reviewed."
            ),
            None => {
                "This is what the team has entered so far. An owner or developer of the organisation can change it."
                    .into()
            }
        };
        let body = view! {
            <p class="nhsuk-body">{words}</p>
            {draft_answers(&view, None)}
        };
        Ok(of_registration("The draft", body, details))
    })
}

//! Everything that happened to a registration, newest first.

use super::of_registration;
use crate::{
    api::registrations,
    pages::frame::{page, param},
    reading::words::{by, sentence},
    ui::{Moment, Timeline},
};
use leptos::prelude::*;
use store::read::ON_ONE_PAGE;

/// `/registrations/:id/history`
#[component]
pub fn RegistrationHistoryPage() -> impl IntoView {
    page(async move {
        let details = registrations::registration_details(&param("id")).await?;
        let entries = registrations::registration_history(details.registration.id).await?;
        let environments = registrations::environments()?;
        let moments = entries
            .iter()
            .map(|entry| Moment { at: entry.at, title: sentence(entry, &environments), by: by(entry), detail: None })
            .collect();
        let body = view! {
            <p class="nhsuk-body">
                "Each line is an entry in the portal’s history. Entries are added but never changed."
            </p>
            <h2 class="nhsuk-u-visually-hidden">"Entries"</h2>
            <Timeline moments=moments />
            {earlier(entries.len(), &details.registration.id.to_string())}
        };
        Ok(of_registration("History", body, &details))
    })
}

/// Where the entries are that do not fit on this page.
fn earlier(shown: usize, registration: &str) -> Option<AnyView> {
    let all = format!("/history?registration={registration}");
    let line = view! { <p>{format!("Only the latest {ON_ONE_PAGE} entries are shown. ")}<a href=all>"See all of them"</a></p> };
    (shown >= ON_ONE_PAGE).then(|| line.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_leads_on() {
        assert!(earlier(ON_ONE_PAGE - 1, "1").is_none());
        let html = earlier(ON_ONE_PAGE, "1").map(|view| view.to_html()).unwrap_or_default();
        assert!(html.contains("href=\"/history?registration=1\""), "{html}");
    }
}

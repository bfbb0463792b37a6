//! A proposal to reinstate a client, where two admins have to: confirm it, or drop it.

use super::{
    decisions::{Switch, ready, switch_page},
    kit::who,
    subject::Subject,
};
use crate::{
    api::{form::Refused, staff_reads},
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    ui::{ButtonKind, DateTime, Hidden, InsetText, WarningText, paragraphs},
};
use domain::registration::ReinstatementProposal;
use leptos::prelude::*;

/// `/admin/reviews/:id/confirm-reinstatement`.
#[component]
pub(super) fn ConfirmReinstatementPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/confirm-reinstatement", |subject| &subject.permissions.confirm_reinstatement).await?;
        let fresh = staff_reads::is_freshly_authenticated(ready.subject.now)?;
        Ok(ready.form(|subject, refused| confirm_page(subject, refused, fresh)))
    })
}

/// `/admin/reviews/:id/drop-reinstatement`.
#[component]
pub(super) fn DropReinstatementPage() -> impl IntoView {
    let id = param("id");
    page(async move {
        let ready = ready(&id, "/drop-reinstatement", |subject| &subject.permissions.drop_reinstatement).await?;
        Ok(ready.form(drop_page))
    })
}

/// The proposal that was made, whether or not it still counts.
fn made(subject: &Subject) -> Option<&ReinstatementProposal> {
    subject.registration.suspension()?.proposal.as_ref()
}

/// Whether an admin proposed to reinstate the client, and nobody has decided on that.
pub(super) fn is_proposed(subject: &Subject) -> bool {
    made(subject).is_some()
}

/// The proposal for whoever looks at the client: by whom, why, and why it does not count where it does not.
pub(super) fn proposal(subject: &Subject) -> Option<AnyView> {
    let made = made(subject)?;
    let (by, at) = (who(made.stamp.by, &subject.names), made.stamp.at);
    let reason = paragraphs(&made.reason.0);
    let lapsed = lapse(subject, made).map(|sentence| view! { <p>{sentence}</p> });
    Some(
        view! {
            <WarningText heading="An admin has proposed to reinstate this client">
                <p>{by} " proposed it on " <DateTime at=at /> ":"</p>
                <blockquote class="app-quote">{reason}</blockquote>
                {lapsed}
            </WarningText>
        }
        .into_any(),
    )
}

fn lapse(subject: &Subject, made: &ReinstatementProposal) -> Option<String> {
    if subject.registration.open_reinstatement(&subject.voters, subject.now).is_some() {
        return None;
    }
    let domain::actor::By::Account(account) = made.stamp.by else { return None };
    Some(match subject.voters.lapse(account) {
        Some(lapse) => format!("The proposal no longer counts: {lapse}. Propose again to reinstate the client."),
        None => {
            "The proposal no longer counts: it is more than 7 days old. Propose again to reinstate the client.".into()
        }
    })
}

fn confirm_page(subject: &Subject, refused: &Refused, fresh: bool) -> Page {
    let shown = made(subject).map(|made| {
        let at = made.stamp.at.unix_timestamp_nanos() / 1_000_000;
        // What is confirmed is what this page shows, whatever is proposed by then.
        view! { <Hidden name="proposed_at" value=at.to_string() /> }
    });
    let warning = view! {
        <p class="nhsuk-lede-text">
            "Once the provider confirms it, people can sign in to this service with NHS login again."
        </p>
        {proposal(subject)}
    };
    let fields = view! { {shown} {proof(fresh, refused)} };
    let switch = Switch { action: "/api/confirm-reinstatement", does: ("Reinstate", ""), kind: ButtonKind::Primary };
    switch_page(subject, refused, switch, warning.into_any(), fields.into_any())
}

fn drop_page(subject: &Subject, refused: &Refused) -> Page {
    let warning = view! {
        {proposal(subject)}
        <InsetText>
            <p>"The client stays suspended. The history keeps the proposal, and that you dropped it."</p>
        </InsetText>
    };
    let does = ("Drop the proposal to reinstate", "");
    let switch = Switch { action: "/api/drop-reinstatement", does, kind: ButtonKind::Secondary };
    switch_page(subject, refused, switch, warning.into_any(), ().into_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn html(page: Page) -> String {
        samples::html(|| page.body)
    }

    #[test]
    fn whoever_confirms_sees_what_and_proves_who_they_are() {
        let subject = samples::suspended_live_with_proposal();
        let html = html(confirm_page(&subject, &Refused::default(), false));
        for expected in [
            "Zoe Zimmer",
            "The key was replaced.",
            "name=\"proposed_at\" value=\"1772539200000\"",
            "name=\"proof\"",
            "action=\"/api/confirm-reinstatement\"",
        ] {
            assert!(html.contains(expected), "{expected} is missing in {html}");
        }
    }

    #[test]
    fn a_proposal_that_no_longer_counts_says_why() {
        let mut subject = samples::suspended_live_with_proposal();
        assert!(!samples::html(|| proposal(&subject)).contains("no longer counts"));
        subject.voters = samples::voters_but_locked();
        let html = samples::html(|| proposal(&subject));
        assert!(html.contains("The proposal no longer counts: the account is locked."), "{html}");
        subject.voters = samples::voters();
        subject.now += time::Duration::days(8);
        assert!(samples::html(|| proposal(&subject)).contains("more than 7 days old"));
    }

    #[test]
    fn dropping_says_what_stays() {
        let html = html(drop_page(&samples::suspended_live_with_proposal(), &Refused::default()));
        assert!(html.contains("stays suspended") && html.contains("action=\"/api/drop-reinstatement\""), "{html}");
    }
}

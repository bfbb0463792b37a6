//! In place of a form of the team that somebody else was quicker than: what happened, what is different, and nothing to
//! press.

use super::of_registration;
use crate::{
    api::{form::Refused, registrations::changed_sections, staff_reads},
    pages::{changed::Closed, frame::Page},
};
use domain::registration::Registration;
use store::read::RegistrationDetails;
use usecases::Fault;

/// A form of the team about a registration as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Submit what Check your answers shows.
    Submit,
    /// Withdraw the revision under review.
    Withdraw,
    /// Throw away the changes in the draft.
    Discard,
    /// Retire it for good.
    Retire,
}

impl Whole {
    fn outcome(self) -> &'static str {
        match self {
            Self::Submit => "Nothing was submitted.",
            Self::Withdraw => "Nothing was withdrawn.",
            Self::Discard => "Nothing was thrown away.",
            Self::Retire => "Nothing was retired.",
        }
    }
}

/// The page, where the form was refused because somebody else was quicker; none where it was not.
pub(super) async fn overtaken(
    form: Whole,
    details: &RegistrationDetails,
    refused: &Refused,
) -> Result<Option<Page>, Fault> {
    let id = details.registration.id;
    let Some(meanwhile) = staff_reads::meanwhile::<Registration>(id, refused).await? else { return Ok(None) };
    let page = format!("/registrations/{id}");
    let changed = changed_sections(details, refused).await?;
    let heading = "What is different from what you had open".to_owned();
    let closed = Closed {
        sentence: format!("{} {}", meanwhile.told, form.outcome()).trim_start().to_owned(),
        sent: true,
        since: meanwhile.happened,
        differences: if changed.is_empty() { Vec::new() } else { vec![(heading, changed)] },
        typed: refused.values.get("reason").map(|reason| ("Reason".to_owned(), reason.clone())).into_iter().collect(),
        next: match form {
            Whole::Submit => ("Check your answers as they are now", format!("{page}/check")),
            Whole::Withdraw | Whole::Discard | Whole::Retire => ("See where the registration stands", page),
        },
        ..Closed::default()
    };
    let Page { title, sentences, body, .. } = closed.page();
    Ok(Some(sentences.into_iter().fold(of_registration(title, body, details), Page::sentence)))
}

//! The page of a form that was overtaken, or on which nothing is left to do.

use super::frame::{NOT_NOW, OVERTAKEN, Page};
use crate::{
    reading::subject::Happening,
    ui::{Diff, DiffField, Moment, Timeline, paragraphs},
};
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// What is said where the partner took back what was to be decided on.
pub(super) const WITHDRAWN: &str = "The partner withdrew this revision. Nothing was changed.";

/// What is said where somebody else has decided.
pub(super) const DECIDED: &str = "Someone else has already decided this. Nothing was changed.";

/// What is said where the reader has decided otherwise.
pub(super) const DECIDED_BY_READER: &str = "You have already decided this. Nothing more was changed.";

/// One line of a timeline, with the words that were written.
pub(super) fn moment(happening: &Happening) -> Moment {
    let quotes: Vec<_> = happening.quoted.iter().map(|(_, text)| paragraphs(text)).collect();
    let detail = (!quotes.is_empty()).then(|| view! { <blockquote class="app-quote">{quotes}</blockquote> }.into_any());
    Moment { at: happening.at, title: happening.sentence.clone(), by: happening.by.clone(), detail }
}

fn list(heading: &'static str, happened: &[Happening]) -> AnyView {
    let moments = happened.iter().map(moment).collect();
    view! {
        <section>
            <h2 class="nhsuk-heading-m">{heading}</h2>
            <Timeline moments=moments />
        </section>
    }
    .into_any()
}

/// What becomes of what was typed into a form that was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing: it has to be copied.
    #[default]
    No,
    /// It stands in the form when that is opened again.
    FilledIn,
    /// It is shown beside the form when that is opened again, because it was written about another revision.
    Beside,
}

/// The page in place of a form that decides nothing any more: what happened, what is different, what was typed. Nothing on
/// it can be sent, so that nobody decides on what they have not read.
#[derive(Default)]
pub(super) struct Closed {
    /// Why.
    pub sentence: String,
    /// Whether the reader sent it: then the sentence is an error.
    pub sent: bool,
    /// What happened since the form was opened, the latest first.
    pub since: Vec<Happening>,
    /// Whether what was sent was about something that is another by now, where no history of it is told.
    pub other: bool,
    /// What is different now from what the form was opened on, under a heading each. Empty fields say that nothing is.
    pub differences: Vec<(String, Vec<DiffField>)>,
    /// What happened last, for whoever comes back without having sent anything.
    pub latest: Vec<Happening>,
    /// What the reader typed: a title and the text.
    pub typed: Vec<(String, String)>,
    /// What becomes of that.
    pub kept: Kept,
    /// Where it can be read how things are: words and address.
    pub next: (&'static str, String),
}

impl Closed {
    /// The page, with status 409.
    pub(super) fn page(self) -> Page {
        expect_context::<ResponseOptions>().set_status(StatusCode::CONFLICT);
        let sentence = self.sent.then(|| self.sentence.clone());
        // That something changed is said where something did.
        let title = if self.sent && (!self.since.is_empty() || self.other) { OVERTAKEN } else { NOT_NOW };
        sentence.into_iter().fold(Page::new(title, self.body()), Page::sentence)
    }

    /// What follows the heading.
    pub(super) fn body(self) -> AnyView {
        let Self { sentence, sent, since, differences, latest, typed, kept, next: (words, href), .. } = self;
        let lead = (!sent).then(|| view! { <p class="nhsuk-lede-text">{sentence}</p> });
        let happened = match (since.is_empty(), latest.is_empty()) {
            (false, _) => Some(list("What happened while you had this open", &since)),
            (true, false) => Some(list("What happened last", &latest)),
            (true, true) => None,
        };
        view! {
            {lead}
            {different(differences)}
            {happened}
            {written(typed, kept)}
            <p><a href=href>{words}</a></p>
        }
        .into_any()
    }
}

/// What is different now, field by field.
fn different(differences: Vec<(String, Vec<DiffField>)>) -> AnyView {
    let one = |(heading, fields): (String, Vec<DiffField>)| {
        let fields = match fields.is_empty() {
            true => view! { <p>"There is no difference."</p> }.into_any(),
            false => view! { <Diff fields=fields /> }.into_any(),
        };
        view! { <h2 class="nhsuk-heading-m">{heading}</h2> {fields} }
    };
    differences.into_iter().map(one).collect_view().into_any()
}

fn written(typed: Vec<(String, String)>, kept: Kept) -> Option<AnyView> {
    let becomes = match kept {
        Kept::FilledIn => "It was not sent. If you open the form again within 10 minutes, it is already filled in.",
        Kept::Beside => "It was not sent. Copy it if it is still true of the revision that is there now.",
        Kept::No => "It was not saved. Copy it if you still need it.",
    };
    quoted("What you wrote".into(), becomes.into(), typed)
}

/// What the reader typed, to be read and copied: a title and the text of each. None where it is blank.
pub(super) fn quoted(heading: String, becomes: String, typed: Vec<(String, String)>) -> Option<AnyView> {
    let typed: Vec<_> = typed.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    let quote = |(title, text): (String, String)| {
        view! {
            <h3 class="nhsuk-heading-s">{title}</h3>
            <blockquote class="app-quote">{paragraphs(&text)}</blockquote>
        }
    };
    (!typed.is_empty()).then(|| {
        view! {
            <h2 class="nhsuk-heading-m">{heading}</h2>
            <p>{becomes}</p>
            {typed.into_iter().map(quote).collect_view()}
        }
        .into_any()
    })
}

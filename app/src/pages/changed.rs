//! What happened while somebody had a form open, and the page of a form on which nothing is left to do.

use super::frame::{OVERTAKEN, Page};
use crate::{
    reading::subject::Happening,
    ui::{Moment, Timeline, paragraphs},
};
use domain::problem::Problem;
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// What is said where somebody else was quicker.
pub(super) const DECIDED: &str = "Someone else decided this while you had it open. Nothing was changed.";

/// What is said where the reader comes back to a form that they sent.
pub(super) const DECIDED_BY_READER: &str = "You have decided this already. Nothing more was changed.";

/// One line of a timeline, with the words that were written.
pub(super) fn moment(happening: &Happening) -> Moment {
    let quotes: Vec<_> = happening.quoted.iter().map(|(_, text)| paragraphs(text)).collect();
    let detail = (!quotes.is_empty()).then(|| view! { <blockquote class="app-quote">{quotes}</blockquote> }.into_any());
    Moment { at: happening.at, title: happening.sentence.clone(), by: happening.by.clone(), detail }
}

/// What happened since a form was opened; nothing where nothing did.
pub(super) fn since(happened: &[Happening]) -> Option<AnyView> {
    (!happened.is_empty()).then(|| list("What happened while you had this open", happened))
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

/// A form on which nothing is left to do.
pub(super) struct Closed {
    /// Why.
    pub sentence: String,
    /// Whether the reader sent it: then the sentence is an error.
    pub sent: bool,
    /// What happened since the form was opened, the latest first.
    pub since: Vec<Happening>,
    /// What happened last, for whoever comes back without having sent anything.
    pub latest: Vec<Happening>,
    /// What the reader typed: a title and the text.
    pub typed: Vec<(String, String)>,
    /// Where it can be read how things are: words and address.
    pub next: (&'static str, String),
}

impl Closed {
    /// The page, with status 409.
    pub(super) fn page(self) -> Page {
        expect_context::<ResponseOptions>().set_status(StatusCode::CONFLICT);
        let problems = if self.sent { vec![Problem::new("", "stale", self.sentence.as_str())] } else { Vec::new() };
        Page::new(OVERTAKEN, self.body()).problems(problems)
    }

    /// What follows the heading.
    pub(super) fn body(self) -> AnyView {
        let Self { sentence, sent, since, latest, typed, next: (words, href) } = self;
        let lead = (!sent).then(|| view! { <p class="nhsuk-lede-text">{sentence}</p> });
        let happened = match (since.is_empty(), latest.is_empty()) {
            (false, _) => Some(list("What happened while you had this open", &since)),
            (true, false) => Some(list("What happened last", &latest)),
            (true, true) => None,
        };
        let typed: Vec<_> = typed.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
        let typed = (!typed.is_empty()).then(|| {
            let quote = |(title, text): (String, String)| {
                view! {
                    <h3 class="nhsuk-heading-s">{title}</h3>
                    <blockquote class="app-quote">{paragraphs(&text)}</blockquote>
                }
            };
            view! {
                <h2 class="nhsuk-heading-m">"What you wrote"</h2>
                <p>"It was not saved. Copy it if you still need it."</p>
                {typed.into_iter().map(quote).collect_view()}
            }
        });
        view! {
            {lead}
            {happened}
            {typed}
            <p><a href=href>{words}</a></p>
        }
        .into_any()
    }
}

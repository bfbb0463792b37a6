//! What an island says about what stands in its field.

use crate::ui::Copyable;
use leptos::prelude::*;

/// Takes away the summary that the page came with: it tells of what was sent before, and what stands in the field now is
/// another matter.
pub(super) fn drop_summary() {
    if let Ok(Some(summary)) = document().query_selector(".nhsuk-error-summary") {
        summary.remove();
    }
}

/// Puts a summary in its place that leads to a field, for what was refused in the browser: whoever presses the button far
/// below reads at the top what the field says.
pub(super) fn show_summary(field: &str, sentence: &str) {
    drop_summary();
    let page = document();
    let Ok(Some(heading)) = page.query_selector("main h1") else { return };
    let empty = format!(
        "<div class=\"nhsuk-error-summary\" tabindex=\"-1\"><div role=\"alert\">\
         <h2 class=\"nhsuk-error-summary__heading\">There is a problem</h2><div class=\"nhsuk-error-summary__body\">\
         <ul class=\"nhsuk-list nhsuk-error-summary__list\"><li><a href=\"#{field}\"></a></li></ul></div></div></div>"
    );
    let _ = heading.insert_adjacent_html("beforebegin", &empty);
    if let Ok(Some(link)) = page.query_selector(".nhsuk-error-summary a") {
        link.set_text_content(Some(sentence));
    }
    let title = page.title();
    if !title.starts_with("Error: ") {
        page.set_title(&format!("Error: {title}"));
    }
}

/// A judgement in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to judge.
    Silent,
    /// Acceptable; with a line each for what should be known of it: words, and an identifier where there is one.
    Sound(String, Vec<(String, String)>),
    /// Not acceptable, and why.
    Wrong(String),
}

/// A region that screen readers follow politely. It is there from the beginning, so that its first words are read.
#[component]
pub fn VerdictRegion(
    /// The id, for `aria-describedby`.
    id: String,
    /// The judgement.
    verdict: Signal<Verdict>,
) -> impl IntoView {
    let class = move || match verdict.get() {
        Verdict::Silent => "app-verdict",
        Verdict::Sound(..) => "app-verdict app-verdict--sound",
        Verdict::Wrong(_) => "app-verdict app-verdict--wrong",
    };
    let sentence = move || match verdict.get() {
        Verdict::Silent => String::new(),
        Verdict::Sound(sentence, _) | Verdict::Wrong(sentence) => sentence,
    };
    let lines = move || match verdict.get() {
        Verdict::Sound(_, lines) => lines,
        _ => Vec::new(),
    };
    view! {
        <div class=class id=id aria-live="polite">
            <p class="app-verdict__sentence">{sentence}</p>
            <For each=lines key=Clone::clone let((words, identifier))>
                <p class="app-verdict__line">
                    {words.clone()}
                    {(!identifier.is_empty()).then(|| view! { ": " <Copyable value=identifier about=words /> })}
                </p>
            </For>
        </div>
    }
}

//! The summary at the top of a page that was refused: each sentence links to its field.

use super::field::{present, problem_id};
use domain::problem::Problem;
use leptos::prelude::*;

/// What is wrong, each sentence as at its field. Nothing is rendered without problems. The page's title needs its
/// `Error: ` too: `<Page error=!problems.is_empty()>`.
#[component]
pub fn ErrorSummary(
    /// The problems, in the order of the fields.
    problems: Vec<Problem>,
    /// Plain sentences about no field, such as a refused sign-in.
    #[prop(optional)]
    sentences: Vec<String>,
    /// What to know before the list.
    #[prop(optional, into)]
    lead: String,
) -> impl IntoView {
    (!problems.is_empty() || !sentences.is_empty()).then(|| {
        let linked = problems
            .into_iter()
            .map(|problem| {
                let href = format!("#{}", problem_id(&problem));
                view! { <li><a href=href>{problem.message()}</a></li> }
            })
            .collect_view();
        let plain = sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view();
        view! {
            <div class="nhsuk-error-summary" data-module="nhsuk-error-summary" tabindex="-1">
                <div role="alert">
                    <h2 class="nhsuk-error-summary__heading">"There is a problem"</h2>
                    <div class="nhsuk-error-summary__body">
                        {present(lead).map(|lead| view! { <p>{lead}</p> })}
                        <ul class="nhsuk-list nhsuk-error-summary__list">{linked} {plain}</ul>
                    </div>
                </div>
            </div>
        }
    })
}

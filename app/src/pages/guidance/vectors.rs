//! What the vectors of trust mean.

use super::crumbs;
use crate::ui::{CodeBlock, Details, InsetText, Page, Table, cell};
use domain::vector::{ALL, KnownVector};
use leptos::prelude::*;

/// Vectors of trust.
#[component]
pub fn VectorsPage() -> impl IntoView {
    let table = |in_guidance: bool| {
        ALL.into_iter().filter(|vector| vector.in_guidance == in_guidance).map(vector_row).collect::<Vec<_>>()
    };
    let level = |name: &'static str, meaning: &'static str| vec![cell(name), cell(meaning)];
    let levels = vec![
        level("P0", "Nobody has checked who the person is. They have an email address and a phone."),
        level("P5", "The person was found in NHS records. Enough to send messages, not to show a health record."),
        level("P9", "The person’s identity was proved. Needed to show a health record."),
    ];
    view! {
        <Page title="Vectors of trust" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Vectors of trust"</h1>
            <p class="nhsuk-lede-text">
                "A vector of trust says how sure NHS login must be about who someone is (P), and how they must sign in (C)."
            </p>
            <Table caption="Levels of identity proofing" columns=vec!["Level", "What it means"] rows=levels />
            <Table caption="Vectors that you can register" columns=vec!["Vector", "What it means"] rows=table(true) />
            <Details summary="Vectors that only the interface specification names">
                <p>"They can be registered, with a warning. Ask us before you rely on them."</p>
                <Table caption="More vectors" columns=vec!["Vector", "What it means"] rows=table(false) />
            </Details>
            <h2>"How they are used"</h2>
            <p>
                "Every part of a vector must be met. If you ask for several, meeting one is enough. Each time, your service sends the vectors that it wants as "
                <code>"vtr"</code> ", chosen from those that you registered:"
            </p>
            <CodeBlock code="vtr=[\"P9.Cp.Cd\",\"P9.Cp.Ck\",\"P9.Cm\"]" about="example" />
            <p>"If you register none, these three are the default."</p>
            <InsetText>
                <p>
                    "If you register P5 and P9 together, people start at P5 and step up to P9 when they need to. Until then you receive fewer claims."
                </p>
            </InsetText>
        </Page>
    }
}

fn vector_row(vector: KnownVector) -> Vec<AnyView> {
    vec![cell(view! { <code>{vector.name}</code> }), cell(vector.description)]
}

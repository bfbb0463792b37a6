//! Organisations that changed what an admin confirmed while they have a client: shown until an admin confirms them again.

use crate::ui::{DateTime, InsetText};
use leptos::prelude::*;
use store::read::RenamedRow;

/// What to look at, above the queue; nothing while there is nothing.
pub(super) fn notice(renamed: &[RenamedRow]) -> Option<AnyView> {
    let lines: Vec<_> = renamed.iter().map(line).collect();
    let view = view! {
        <InsetText>
            <h2 class="nhsuk-heading-s">"Changed since they were confirmed"</h2>
            <p>
                "These organisations changed the name or ODS code that an admin confirmed, and they have a client. Confirm \
                 each one again, or suspend its clients."
            </p>
            <ul>{lines}</ul>
        </InsetText>
    };
    (!renamed.is_empty()).then(|| view.into_any())
}

fn line(row: &RenamedRow) -> AnyView {
    let href = format!("/admin/organisations/{}", row.id);
    let was = described(&row.was.name.0, row.was.ods_code.as_ref().map(|code| code.as_str()));
    let now = described(&row.name, row.ods_code.as_deref());
    let since = row.since;
    view! {
        <li>
            <a href=href>{format!("{was} is now {now}")}</a>
            ", since "
            <DateTime at=since />
        </li>
    }
    .into_any()
}

fn described(name: &str, ods_code: Option<&str>) -> String {
    match ods_code {
        Some(code) => format!("{name} ({code})"),
        None => format!("{name} (no ODS code)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::{id::OrganisationId, ods::OdsCode, organisation::ConfirmedAs};
    use time::macros::datetime;

    #[test]
    fn a_renamed_organisation_is_shown_by_both_names() {
        let row = RenamedRow {
            id: OrganisationId::from_parts(1, [1; 10]),
            was: ConfirmedAs { name: "Riverside Clinic".into(), ods_code: OdsCode::parse("X26").ok() },
            name: "St Mary’s Hospital".into(),
            ods_code: None,
            since: datetime!(2026-03-03 12:00 UTC),
        };
        let html = samples::html(|| notice(&[row]).into_any());
        assert!(html.contains("Riverside Clinic (X26) is now St Mary’s Hospital (no ODS code)"), "{html}");
        assert!(html.contains("/admin/organisations/"), "{html}");
        assert!(notice(&[]).is_none());
    }
}

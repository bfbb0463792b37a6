//! Clients that wait for another admin, in words: for the queue and its file.

use store::read::{HeldRow, WhyHeld};

/// What a client waits for, in a few words.
pub fn waits_for(row: &HeldRow) -> &'static str {
    match &row.why {
        WhyHeld::Proposed { stands: true, .. } => "Confirmation of a reinstatement",
        WhyHeld::Proposed { stands: false, .. } => "Another proposal to reinstate it",
        WhyHeld::Approved(_) => "Another approval",
        WhyHeld::Reinstated => "Another reinstatement",
    }
}

/// What happened, whose vote counts no more and why, and what to do.
pub fn sentences(row: &HeldRow) -> Vec<String> {
    let mut said = vec![match &row.why {
        WhyHeld::Proposed { by, reason, .. } => format!("{by} proposed to reinstate the client: “{reason}”"),
        WhyHeld::Approved(number) => format!("Revision {number} is approved, but we are not publishing it."),
        WhyHeld::Reinstated => "The client is reinstated, but we are not turning it back on.".to_owned(),
    }];
    let part = match &row.why {
        WhyHeld::Proposed { .. } => "proposal",
        WhyHeld::Approved(_) => "approval",
        WhyHeld::Reinstated => "decision",
    };
    said.extend(row.lapsed.iter().map(|(name, lapse)| format!("The {part} of {name} no longer counts: {lapse}.")));
    said.push(
        match &row.why {
            WhyHeld::Proposed { stands: true, .. } => "Another admin must confirm it.",
            WhyHeld::Proposed { .. } if row.lapsed.is_empty() => {
                "The proposal is more than 7 days old. Propose again to reinstate the client."
            }
            WhyHeld::Proposed { .. } => "Propose again to reinstate the client.",
            WhyHeld::Approved(_) => "Another admin must approve it.",
            WhyHeld::Reinstated => "Suspend the client, then reinstate it again.",
        }
        .to_owned(),
    );
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{authority::Lapse, id::RegistrationId, standing::Standing};

    fn row(why: WhyHeld, lapsed: Vec<(String, Lapse)>) -> HeldRow {
        HeldRow {
            registration: RegistrationId::from_parts(1, [1; 10]),
            environment: "live".into(),
            organisation_name: "Riverside Health".into(),
            service_name: "Prescriptions".into(),
            standing: Standing::Nothing,
            since: None,
            why,
            lapsed,
        }
    }

    #[test]
    fn each_says_whose_vote_counts_no_more_why_and_what_to_do() {
        let zoe = || vec![("Zoe Zimmer".to_owned(), Lapse::Locked)];
        let proposed =
            |stands| WhyHeld::Proposed { by: "Zoe Zimmer".into(), reason: "The key was replaced.".into(), stands };
        for (row, expected) in [
            (row(proposed(true), vec![]), "The key was replaced.” Another admin must confirm it."),
            (
                row(proposed(false), zoe()),
                "The proposal of Zoe Zimmer no longer counts: the account is locked. Propose again",
            ),
            (row(proposed(false), vec![]), "more than 7 days old"),
            (
                row(WhyHeld::Approved(3), zoe()),
                "Revision 3 is approved, but we are not publishing it. The approval of Zoe Zimmer no longer counts: the \
                 account is locked. Another admin must approve it.",
            ),
            (
                row(WhyHeld::Reinstated, zoe()),
                "The decision of Zoe Zimmer no longer counts: the account is locked. Suspend the client",
            ),
        ] {
            let said = sentences(&row).join(" ");
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
